"""Makes a proposal, its ask and its card from a call that people must decide about (R-C3, DESIGN §4).

Three records stay apart: what was proposed (here), what was approved (a statement), what was effective (an effect). A
proposal binds arguments, evidence values, card, policies and the last customer message shown, each by digest; it is never
changed: an edit, a lapse, another amount is a new one. It must never be made without every value that the card needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from agent_core.authority import card
from agent_core.authority.digests import (
    arguments_digest,
    customer_digest,
    evidence_digest,
    idempotency_key,
    intent_key,
    value_digest,
)
from agent_core.authority.gate import Verdicted
from agent_core.authority.tools import DeclaredTool, fill
from agent_core.contract.answers import Urgency
from agent_core.contract.asks import Ask
from agent_core.contract.base import Digest
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.clock import iso
from agent_core.contract.day_counts import DayCounted
from agent_core.contract.errors import Conflict
from agent_core.contract.events import MAX_EVENT_BYTES
from agent_core.contract.facts import Fact
from agent_core.contract.ids import (
    BrandId,
    ConversationId,
    OperatorId,
    ProposalId,
    ReleaseDigest,
    RunId,
    ToolName,
    WorkflowName,
    ask_id,
    proposal_id,
    random_id,
)
from agent_core.contract.money import Money
from agent_core.contract.outcomes import AskVerb
from agent_core.contract.proposals import MAX_EVIDENCE, MAX_RULES, EvidenceRef, Proposal

APPROVER_ROLES = ("supervisor", "lead", "admin")
VERBS: tuple[AskVerb, ...] = ("approve", "edit", "deny", "ask_back", "escalate", "take_over", "recall")

_MOST_BYTES = MAX_EVENT_BYTES - 64
"""The event around a proposal adds its type only."""

_URGENCY: Mapping[Urgency, int] = {"critical": 1, "high": 3, "normal": 5, "low": 7}


@dataclass(frozen=True, slots=True)
class Superseded:
    """The proposal this one takes the place of, and what it rested on."""

    proposal: ProposalId
    arguments: Mapping[str, JsonValue]
    evidence: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Edited:
    """What a person's edit was made from: the arguments, and the digest that names them."""

    arguments: Mapping[str, JsonValue]
    digest: Digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action that people must decide about.

    Attributes:
        customer: The conversation's own customer, as policy was told; only a salted digest of it is kept.
        secret: The installation's own; keys the intent.
        verdict: The gate's answer: `propose`.
        facts: The newest fact of each key; must hold every piece of evidence the tool declares.
        seen_through: `seq` of the newest customer message.
        required_people: From `Gate.required_people`.
        customer_shown: How people know the customer, cleaned text.
        model_reason: Why the model says it wants this: shown as the model's words.
        proposed_by: The person who proposes it in control of the conversation.
        edited_from: What the agent had proposed, when a person's edit makes this one.
        same_intent: Equal actions that are open or done: shown, so that approving this is approving a second one.
        generation: Counts the proposals made of the same call, from 0.
        counted: What was known of the customer's day, where the agent would have done it alone.
        people_available: How many people could approve at all; fewer than required is said on the card.
    """

    conversation: ConversationId
    brand: BrandId
    customer: str
    secret: bytes = field(repr=False)
    run: RunId
    tool_use_id: str
    tool: DeclaredTool
    arguments: Mapping[str, JsonValue]
    workflow: WorkflowName
    workflow_version: int
    release: ReleaseDigest
    verdict: Verdicted
    facts: Mapping[str, Fact]
    seen_through: int
    required_people: int
    now: datetime
    expires_at: datetime
    customer_shown: str
    urgency: Urgency = "normal"
    model_reason: str | None = None
    proposed_by: OperatorId | None = None
    edited_from: Edited | None = None
    same_intent: Sequence[ProposalId] = ()
    generation: int = 0
    nonce: str | None = None
    supersedes: Superseded | None = None
    people_available: int | None = None
    counted: DayCounted | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A proposal, ready to be appended: events `Proposed` and `AskRaised`, and three bodies."""

    proposal: Proposal
    ask: Ask
    arguments: Body
    evidence: Body
    card: Body

    @property
    def bodies(self) -> tuple[Body, Body, Body]:
        """The bodies to store with the events."""
        return self.arguments, self.evidence, self.card


def build_proposal(wanted: Wanted) -> Built:
    """Makes the proposal of a call.

    Raises:
        Conflict: `not_proposable` when the gate did not say `propose`; `evidence_missing` when a fact that the approval
            would rest on is not known; `too_much_evidence`, `too_many_rules` or `proposal_too_large` when it does not fit
            into one event of the log.
        Invalid: `bad_money`, `argument_missing` or `not_canonical`.
    """
    if wanted.verdict.verdict != "propose":
        raise Conflict("not_proposable", "The policies do not let this be proposed.", detail=wanted.verdict.code)
    tool, arguments = wanted.tool, dict(wanted.arguments)
    money = tool.money_of(arguments)
    facts = _evidence(wanted, arguments)
    if len(wanted.verdict.rules) > MAX_RULES:
        raise Conflict(
            "too_many_rules", "More rules ask for a person here than a card can name.", detail=str(len(wanted.verdict.rules))
        )
    resource = tool.resource_of(arguments)
    name = proposal_id(wanted.conversation, wanted.run, wanted.tool_use_id, wanted.generation)
    ask_name = ask_id(wanted.conversation, "approval", name)
    arguments_body = new_body("arguments", canonical(arguments).decode())
    shown = _card(wanted, arguments, facts, money)
    evidence_body = new_body("evidence", canonical(shown["evidence"]).decode())
    card_body = new_body("card", canonical(shown).decode())
    evidence = build_evidence(evidence_body.salt, facts)
    proposal = Proposal(
        id=name,
        conversation=wanted.conversation,
        brand=wanted.brand,
        customer_digest=customer_digest(arguments_body.salt, wanted.customer),
        run=wanted.run,
        tool_use_id=wanted.tool_use_id,
        tool=ToolName(tool.name),
        resource=resource,
        workflow=wanted.workflow,
        workflow_version=wanted.workflow_version,
        release=wanted.release,
        arguments=arguments_body.ref,
        evidence_body=evidence_body.ref,
        card=card_body.ref,
        arguments_digest=arguments_digest(arguments_body.salt, arguments),
        evidence=evidence,
        evidence_digest=evidence_digest(evidence),
        card_digest=card_body.ref.digest,
        seen_through=wanted.seen_through,
        policy_digest=wanted.verdict.policy_digest,
        rules=wanted.verdict.rules,
        code=wanted.verdict.code,
        intent_key=intent_of(tool, wanted.brand, arguments, secret=wanted.secret),
        idempotency_key=idempotency_key(name),
        nonce=wanted.nonce or random_id("n"),
        money=money,
        reversible=tool.reversible,
        required_people=wanted.required_people,
        ask=ask_name,
        supersedes=None if wanted.supersedes is None else wanted.supersedes.proposal,
        edited_from=None if wanted.edited_from is None else wanted.edited_from.digest,
        expires_at=wanted.expires_at,
    )
    ask = Ask(
        id=ask_name,
        kind="approval",
        brand=wanted.brand,
        conversation=wanted.conversation,
        proposal=name,
        run=wanted.run,
        code=wanted.verdict.code,
        sentence=wanted.verdict.sentence,
        priority=priority(money, wanted.urgency),
        money=money,
        verbs=VERBS,
        roles=APPROVER_ROLES,
        required_people=wanted.required_people,
        raised_at=wanted.now,
        expires_at=wanted.expires_at,
    )
    if len(canonical(proposal.model_dump(mode="json"))) > _MOST_BYTES:
        raise Conflict("proposal_too_large", "This is too large to be proposed.", detail=name)
    return Built(proposal=proposal, ask=ask, arguments=arguments_body, evidence=evidence_body, card=card_body)


def build_evidence(salt: bytes, facts: Sequence[Fact]) -> tuple[EvidenceRef, ...]:
    """The evidence of a proposal: each fact with its salted digest, in the given order."""
    return tuple(
        EvidenceRef(key=fact.key, value_digest=value_digest(salt, fact.value), source_seq=fact.source_seq) for fact in facts
    )


def intent_of(tool: DeclaredTool, brand: BrandId, arguments: Mapping[str, JsonValue], *, secret: bytes) -> str:
    """The intent key of a call: equal for two calls that mean the same. `secret` is the installation's own."""
    discriminator = fill(tool.discriminator, arguments)
    return intent_key(secret, brand, tool.name, tool.resource_of(arguments), discriminator, tool.money_of(arguments))


def priority(money: Money | None, urgency: Urgency) -> int:
    """0 first. Urgency of the customer, then how much money is at stake."""
    at_stake = 0 if money is None else money.amount_minor
    return max(0, _URGENCY[urgency] - (2 if at_stake >= 50_000 else 1 if at_stake >= 10_000 else 0))


def _evidence(wanted: Wanted, arguments: Mapping[str, JsonValue]) -> tuple[Fact, ...]:
    keys = wanted.tool.evidence_keys(arguments)
    if len(keys) > MAX_EVIDENCE:
        raise Conflict(
            "too_much_evidence",
            "This would rest on more than a person can be shown.",
            detail=f"{wanted.tool.name} {len(keys)}",
        )
    missing = [key for key in keys if key not in wanted.facts]
    if missing:
        raise Conflict(
            "evidence_missing", "What the approval would rest on is not known yet. Read it first.", detail=",".join(missing)
        )
    return tuple(wanted.facts[key] for key in keys)


def _card(wanted: Wanted, arguments: Mapping[str, JsonValue], facts: Sequence[Fact], money: Money | None) -> dict[str, Any]:
    tool = wanted.tool
    labels = _fact_labels(tool, arguments)
    in_money = frozenset(fill(use.key, arguments) for use in tool.facts if use.type == "Minor")
    shown = {
        "version": card.CARD_VERSION,
        "title": tool.title,
        "what": card.headline(tool, arguments, money),
        "to_whom": card.shown_value(wanted.customer_shown[:200]),
        "brand": wanted.brand,
        "conversation": wanted.conversation,
        "tool": tool.name,
        "resource": tool.resource_of(arguments),
        "money": None
        if money is None
        else {"amount_minor": money.amount_minor, "currency": money.currency, "text": money.text()},
        "why": card.words(wanted.model_reason, "model"),
        "rows": card.rows(tool, arguments, money),
        "evidence": card.evidence_rows(facts, labels, in_money=in_money, currency=None if money is None else money.currency),
        "rules": card.rules(wanted.verdict.rules),
        "reversible": tool.reversible,
        "raised_at": iso(wanted.now),
        "expires_at": iso(wanted.expires_at),
        "seen_through": wanted.seen_through,
        "required_people": wanted.required_people,
        "people_missing": max(0, wanted.required_people - wanted.people_available)
        if wanted.people_available is not None
        else 0,
        "proposed_by": wanted.proposed_by,
        "edited": []
        if wanted.edited_from is None
        else card.differences(wanted.edited_from.arguments, arguments, _labels(tool)),
        "same_intent": list(wanted.same_intent),
        "supersedes": _superseded(wanted, arguments, facts, labels),
    }
    if wanted.counted is not None:  # cards of before, and those of calls that nobody counts for, have no such line
        shown["counted"] = card.counted_row(wanted.counted)
    return shown


def _superseded(
    wanted: Wanted, arguments: Mapping[str, JsonValue], facts: Sequence[Fact], labels: Mapping[str, str]
) -> dict[str, Any] | None:
    old = wanted.supersedes
    if old is None:
        return None
    now = {fact.key: fact.value for fact in facts}
    return {
        "proposal": old.proposal,
        "arguments": card.differences(old.arguments, arguments, _labels(wanted.tool)),
        "evidence": card.differences(old.evidence, now, labels),
    }


def _labels(tool: DeclaredTool) -> dict[str, str]:
    return {argument.name: argument.label for argument in tool.arguments}


def _fact_labels(tool: DeclaredTool, arguments: Mapping[str, JsonValue]) -> dict[str, str]:
    labels = {fill(use.key, arguments): use.label for use in tool.facts}
    owner = tool.owner_key(arguments)
    return labels if owner is None else {owner: tool.owner_label, **labels}

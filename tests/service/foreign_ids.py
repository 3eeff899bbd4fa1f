"""What may be asked of a core with ids of another brand: a row for each route and each command (R-C1).

Whatever has no row here fails `test_brand_isolation`: a new route or command must say what it does with foreign ids.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent_core.contract.canonical import digest
from agent_core.contract.commands import Challenge
from agent_core.contract.erasing import erase_value
from agent_core.contract.ids import (
    BrandId,
    ConversationId,
    KeyFingerprint,
    OperatorId,
    ReleaseDigest,
    StreamId,
    WorkflowName,
)
from agent_core.contract.levels import LevelPreview
from agent_core.contract.overriding import override_value
from agent_core.contract.repairing import repair_value
from agent_core.contract.statements import Envelope
from agent_core.contract.views import AskCard
from console.headless import key_signing
from console.headless.key_signing import Terms
from console.headless.levels import level_statement
from console.headless.signing import KeyPair, Signer

PLAN = "cd" * 32


@dataclass(frozen=True, slots=True)
class Ids:
    """Everything that can be named, of one brand or of none; `card` is an open proposal whose binding is signed."""

    brand: str
    conversation: str
    ask: str
    proposal: str
    run: str
    statement: str
    operator: str
    key: str
    invitation: str
    customer: str
    workflow: str
    queue: str
    steering: str
    effect: str
    card: AskCard

    def named(self) -> dict[str, str]:
        """By the names that fields and parameters have."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "card"}

    def mixed(self, other: "Ids", names: frozenset[str]) -> "Ids":
        """These, but for some names those of another."""
        chosen = replace(self, **{name: getattr(other, name) for name in names})
        if chosen.card.binding is None:
            return chosen
        bound = chosen.card.binding.model_copy(
            update={
                "brand": chosen.brand,
                "conversation": chosen.conversation,
                "proposal": chosen.proposal,
                "run": chosen.run,
            }
        )
        card = chosen.card.model_copy(update={"ask": chosen.ask, "brand": chosen.brand, "binding": bound})
        return replace(chosen, card=card)


def absent(ids: Ids) -> Ids:
    """Ids of the same shape that nothing has."""

    def other(text: str) -> str:
        head, mark, tail = text.rpartition("_") if "_" in text else text.rpartition(":")
        return f"{head}{mark}{tail[::-1]}" if tail[::-1] != tail else f"{head}{mark}{tail}x"

    return ids.mixed(replace(ids, **{name: other(text) for name, text in ids.named().items()}), frozenset(ids.named()))


@dataclass(frozen=True, slots=True)
class Hand:
    """Who asks: signs with their own key, under a fresh challenge each time."""

    signer: Signer
    challenge: Challenge

    def widens(self, change: Any, ids: Ids, subject: str, value: str, *, conversation: bool = True) -> dict[str, Any]:
        """A signed change that widens."""
        found = self.signer.widening(
            self.challenge,
            change,
            subject,
            value,
            brand=BrandId(ids.brand),
            conversation=ConversationId(StreamId(ids.conversation)) if conversation else None,
        )
        return sealed(found)


def sealed(envelope: Envelope) -> dict[str, Any]:
    """An envelope for a body."""
    return envelope.model_dump(mode="json")


Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One command or request with a body.

    Attributes:
        names: The ids that stand in it, in fields or under a signature.
        body: Makes it.
    """

    names: frozenset[str]
    body: Callable[[Hand, Ids], Body]


def row(*names: str, signed: Callable[[Hand, Ids], Body] | None = None, **more: Any) -> Row:
    """A row whose fields have the names of the ids."""

    def body(hand: Hand, ids: Ids) -> Body:
        plain: Body = {name: getattr(ids, name) for name in names}
        return plain | more | ({} if signed is None else signed(hand, ids))

    return Row(frozenset(names), body)


def _decide(hand: Hand, ids: Ids) -> Body:
    return {"envelope": sealed(hand.signer.decision(hand.challenge.core, ids.card, "approve"))}


def _countersign(hand: Hand, ids: Ids) -> Body:
    asked = hand.challenge.model_copy(update={"nonce": ids.invitation})
    newcomer = replace(hand.signer, key=KeyPair.new(), operator=OperatorId("new_one"))
    made = hand.signer.enrolment(asked, name="New One", brands=(ids.brand,), of=newcomer)
    return {"envelope": sealed(made.envelope)}


def _invite(hand: Hand, ids: Ids) -> Body:
    terms = Terms("supervisor", (ids.brand,))
    made = key_signing.invitation(hand.signer, hand.challenge, OperatorId("new_one"), "New One", terms)
    return made.command.model_dump(mode="json")


def _enrol(hand: Hand, ids: Ids) -> Body:
    newcomer = replace(hand.signer, key=KeyPair.new(), operator=OperatorId("new_one"))
    return hand.signer.enrolment(hand.challenge, name="New One", brands=(ids.brand,), of=newcomer).model_dump(mode="json")


def _revoke(hand: Hand, ids: Ids) -> Body:
    made = key_signing.revocation(hand.signer, hand.challenge, KeyFingerprint(ids.key), "lost")
    return {"envelope": sealed(made.envelope)}


def _settle(hand: Hand, ids: Ids) -> Body:
    return {"envelope": hand.widens("settle_unknown", ids, ids.ask, digest({"ask": ids.ask, "happened": True}))}


def _override(hand: Hand, ids: Ids) -> Body:
    return {"envelope": hand.widens("override_routing", ids, ids.conversation, override_value(("order_status",), None))}


def _repair(hand: Hand, ids: Ids) -> Body:
    return {"envelope": hand.widens("repair", ids, ids.conversation, repair_value(PLAN, ()))}


def _erase(hand: Hand, ids: Ids) -> Body:
    names = (ConversationId(StreamId(ids.conversation)),)
    value = erase_value(names, "conversation", "customer_asked")
    return {"conversations": [*names], "envelope": hand.widens("erase", ids, ids.brand, value, conversation=False)}


def _resume(hand: Hand, ids: Ids) -> Body:
    return {"envelope": sealed(hand.signer.resuming(hand.challenge, BrandId(ids.brand), WorkflowName(ids.workflow)))}


def _level(hand: Hand, ids: Ids) -> Body:
    signer, challenge = hand.signer, hand.challenge
    shown = LevelPreview.model_construct(
        brand=BrandId(ids.brand), workflow=WorkflowName(ids.workflow), was="approval_gated", level="read_only",
        declared="approval_gated", release=ReleaseDigest("0" * 64), follows=None, required_people=1, first=None,
    )  # fmt: skip
    return {"envelope": sealed(signer.key.sign(level_statement(signer, challenge, shown)))}


_BOTH = ("conversation", "ask")
_SIGNED = frozenset({"brand", "conversation", "ask"})


def _signing(names: frozenset[str], *fields: str, signed: Callable[[Hand, Ids], Body], **more: Any) -> Row:
    """A row in which some ids stand under the signature only."""
    made = row(*fields, signed=signed, **more)
    return Row(names | made.names, made.body)


COMMANDS: Mapping[str, Row | str] = {
    "decide": _signing(_SIGNED | {"proposal", "run"}, signed=_decide),
    "edit": _signing(frozenset(), "conversation", draft="e_none", signed=_decide),
    "propose_action": _signing(frozenset(), "conversation", draft="e_none", signed=_decide),
    "recall": row("proposal", "statement"),
    "claim": row(*_BOTH, steal="It is urgent."),
    "release_claim": row(*_BOTH),
    "ask_back": row(*_BOTH, question="Why?"),
    "escalate": row(*_BOTH, comment="Please look."),
    "assign_ask": Row(
        frozenset({*_BOTH, "operator"}),
        lambda _, ids: {"conversation": ids.conversation, "ask": ids.ask, "to": ids.operator},
    ),
    "resolve_ask": row(*_BOTH),
    "settle_unknown": _signing(_SIGNED, *_BOTH, happened=True, signed=_settle),
    "still_unknown": row(*_BOTH),
    "take_over": row("conversation"),
    "hand_to_team": row("conversation"),
    "hand_back": row("conversation", note="Go on."),
    "person_reply": row("conversation", text="Good day."),
    "steer": row("conversation", "run", note="Be brief."),
    "correct_belief": row("conversation", at=1, right="Delivered.", source="The carrier said so."),
    "end_correction": row("conversation", correction="k1"),
    "end_steering": row("conversation", steering="s1"),
    "flag_assessment": row("conversation", part="whole", wrong="not_true", correction="It was another parcel.", seen=1),
    "override_routing": _signing(
        frozenset({"brand", "conversation"}), "conversation", workflows=["order_status"], signed=_override
    ),
    "repair": _signing(frozenset({"brand", "conversation"}), "conversation", plan=PLAN, signed=_repair),
    "erase": _signing(
        frozenset({"brand", "conversation"}), "brand", scope="conversation", reason="customer_asked", signed=_erase
    ),
    "note_review": row("conversation", note="Good work.", about=1),
    "score_review": row("conversation", rubric=PLAN, scores=[{"criterion": "tone", "points": 1}], seen=1),
    "finish_review": row("conversation", seen=1),
    "pause": row("brand", "workflow"),
    "change_level": _signing(frozenset({"brand", "workflow"}), "brand", "workflow", level="read_only", signed=_level),
    "recall_level": row("brand", "workflow", statement="0" * 64),
    "resume": row("brand", "workflow", signed=_resume),
    "enrol": _signing(frozenset({"brand"}), signed=_enrol),
    "invite": _signing(frozenset({"brand"}), signed=_invite),
    "withdraw_invitation": row("invitation"),
    "countersign_operator": _signing(frozenset({"brand"}), "invitation", signed=_countersign),
    "stop_key": row("key", reason="lost"),
    "revoke_key": _signing(frozenset({"key"}), signed=_revoke),
    "rotate_key": "it names keys of the session's own person only",
    "acknowledge_audit": "an admin of every brand, about the one log of the house",
    "protect_anchor": "an admin of every brand, about the one anchor of the house",
}
"""Each command of the contract with the ids it can name, or why it can name none of a brand."""

DOORS: Mapping[str, str] = {
    "GET /v1/health": "says nothing of brands",
    "POST /v1/challenge": "a random number",
    "POST /v1/sessions": "who signs in there is nobody yet",
    "POST /v1/sessions/embedded": "a token that works once",
    "POST /v1/sessions/renew": "about the session itself",
    "GET /v1/sessions/current": "about the session itself",
    "DELETE /v1/sessions/current": "about the session itself",
    "POST /v1/inbound/{brand}/{channel}": "needs that channel's secret, no session",
    "GET /v1/inbound/{brand}/{channel}/{event_id}": "needs that channel's secret, no session",
    "POST /v1/callbacks/{brand}/{system}": "needs that system's secret, no session",
    "POST /v1/invitations/open": "needs the invitation's own code, no session",
    "POST /v1/invitations/accept": "needs the invitation's own code, no session",
    "POST /v1/diagnose": "a file that somebody brings: nothing of any brand is looked at",
    "GET /v1/anchor": "where the house's trust starts, for every console",
    "GET /v1/audit/checkpoint": "the house's one log: every console is its witness and may count it",
    "GET /v1/audit/consistency": "the house's one log: every console is its witness and may count it",
    "POST /v1/audit/verification": "about the house's one log; findings in conversations of other brands are only counted",
}
"""Routes that say the same to every session, whatever its brands, and why."""

LISTS: Mapping[str, str] = {
    "GET /v1/feed": "",
    "GET /v1/core": "",
    "GET /v1/conversations": "limit=500",
    "GET /v1/listing": "",
    "GET /v1/triage": "",
    "GET /v1/asks": "",
    "GET /v1/open-asks": "limit=200",
    "GET /v1/detections": "days=30",
    "GET /v1/reply-checks": "days=30",
    "GET /v1/integrations": "",
    "GET /v1/overrides": "",
    "GET /v1/assessments": "",
    "GET /v1/authority/evidence": "days=30",
    "GET /v1/authority/levels": "",
    "GET /v1/queues": "days=30",
    "GET /v1/queues/next": "",
    "GET /v1/search": "q=&limit=100",
    "GET /v1/reviews/next": "limit=50",
    "GET /v1/oversight": "days=30",
    "GET /v1/audit/verification": "",
    "GET /v1/search/facets": "",
    "GET /v1/operators": "",
    "GET /v1/invitations": "",
}
"""Routes that answer many things, and how to ask for most of them."""

BODIES: Mapping[str, Row] = {
    "POST /v1/conversations/{conversation}/asks/{ask}/edit-preview": row(),
    "POST /v1/conversations/{conversation}/triage/reconcile": row(),
    "POST /v1/conversations/{conversation}/forks": row(position=3),
    "POST /v1/conversations/{conversation}/propose-preview": row(tool="refund_payment", arguments={"order_id": "NW-1"}),
    "POST /v1/conversations/{conversation}/check-reply": row(text="It costs 12,345.00 EUR."),
    "POST /v1/conversations/{conversation}/repair": Row(
        frozenset({"brand", "conversation"}),
        lambda hand, ids: {"type": "repair", "conversation": ids.conversation, "plan": PLAN, **_repair(hand, ids)},
    ),
    "POST /v1/authority/replay": row("brand", policy="use commerce;", days=3),
    "POST /v1/presence": row("conversation", "ask"),
    "POST /v1/erasure/preview": row("brand", "conversation", whole_customer=True),
}
"""What is sent to routes with a body."""

SEARCH = row("brand", "customer")
"""An erasure is also looked for by what a customer is called."""

THINGS: frozenset[str] = frozenset(
    {
        "GET /v1/conversations/{conversation}",
        "GET /v1/conversations/{conversation}/log",
        "GET /v1/conversations/{conversation}/packet",
        "GET /v1/conversations/{conversation}/override-preview",
        "GET /v1/conversations/{conversation}/repair",
        "GET /v1/conversations/{conversation}/triage",
        "GET /v1/conversations/{conversation}/export",
        "GET /v1/conversations/{conversation}/calls",
        "GET /v1/conversations/{conversation}/calls/{effect}/request",
        "GET /v1/conversations/{conversation}/at",
        "GET /v1/conversations/{conversation}/reviews",
        "GET /v1/asks/{ask}",
        "GET /v1/authority/levels/{brand}/{workflow}/preview",
        "GET /v1/brands/{brand}/workflows",
        *BODIES,
    }
)
"""Routes about one thing that is named."""

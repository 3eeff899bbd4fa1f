"""Each check between a yes and its action, broken alone in a living engine: in the log, the keys, the world or the release.

A case arranges what must not execute and leaves the rest as it is. Where the planner or the fold would never let a case come
as far as the check, `test_check_table` lets the planner lie: then the check itself must hold. `ELSEWHERE` names the checks
that the dispatch step cannot reach even so, and what stops the action instead.
"""

import base64
import dataclasses
import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.authority.gate import Gate
from agent_core.authority.keys import KeyRing
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.sign import key_fingerprint, sign_statement
from agent_core.authority.verify import Key
from agent_core.contract.actors import Actor, Person, PersonForAgent
from agent_core.contract.bodies import new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.events import (
    EffectFinished,
    EffectStarted,
    FactsLearned,
    KeyRevoked,
    KeyStopped,
    ProposalSettled,
    RoutingOverridden,
)  # fmt: skip
from agent_core.contract.events.overrides import RouterChoice
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import (
    CORE_STREAM,
    EffectId,
    FactId,
    KeyFingerprint,
    OperatorId,
    RunId,
)
from agent_core.contract.money import Money
from agent_core.contract.statements import (
    DecisionStatement,
    LogHead,
    SessionStatement,
    SignedBy,
)
from agent_core.engine.declared import judged_tools
from agent_core.store import Append, Draft, WakeRequest
from tests.engine.preemption import NARROWER
from tests.engine.refund_waiting import FORGED, LEO, OTHER, SUE, SYSTEM, Set

Break = Callable[[Set], Awaitable[None]]


def statement(**changes: Any) -> Break:
    """The right person really signed something else."""

    async def broken(it: Set) -> None:
        await it.yes(**changes)

    return broken


def wrapped(bend: Callable[[dict[str, Any]], dict[str, Any]]) -> Break:
    """The envelope was changed after it was signed."""

    async def broken(it: Set) -> None:
        await it.yes(envelope=bend)

    return broken


def spelt(bend: Callable[[bytes], bytes]) -> Break:
    """The right person really signed these bytes."""

    async def broken(it: Set) -> None:
        await it.yes(payload=bend)

    return broken


def person(**changes: Any) -> Break:
    """The person may less than the row says."""

    async def broken(it: Set) -> None:
        it.bend(**changes)
        role = changes.get("role", "admin")
        await it.yes(signed_by=_signed_by(it, "sue", role=role))

    return broken


def forged(*, actor: Actor = SYSTEM, **changes: Any) -> Break:
    """The proposal's row lies, and the person signed what it says."""

    async def broken(it: Set) -> None:
        await it.forge(actor=actor, **changes)
        await it.yes()

    return broken


def control(to: Any) -> Break:
    """The conversation is in other hands."""

    async def broken(it: Set) -> None:
        await it.yes()
        await it.stage.control(it.conversation, to)

    return broken


def _signed_by(it: Set, who: str, **changes: Any) -> SignedBy:
    key = key_fingerprint(it.stage.harness.keys[who])
    return SignedBy(operator=OperatorId(who), role="admin", key=key).model_copy(update=changes)


def _signature(envelope: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**envelope, "signatures": [{**envelope["signatures"][0], **changes}]}


async def _unknown_key(it: Set) -> None:
    mallory = Ed25519PrivateKey.generate()
    await it.yes(signer=mallory, signed_by=_signed_by(it, "sue", key=key_fingerprint(mallory)))


async def _key_not_named(it: Set) -> None:
    await it.yes(signed_by=_signed_by(it, "sue", key=key_fingerprint(it.stage.harness.keys["leo"])))


async def _foreign_operator(it: Set) -> None:
    await it.yes(signed_by=_signed_by(it, "sue", operator=LEO))


async def _wrong_role(it: Set) -> None:
    await it.yes(signed_by=_signed_by(it, "sue", role="lead"))


async def _revoked(it: Set) -> None:
    await it.yes()
    key = key_fingerprint(it.stage.harness.keys["sue"])
    gone = KeyRevoked(key=key, operator=SUE, statement=OTHER, envelope=new_body("envelope", "{}").ref)
    await it.stage.harness.store.append(Append(CORE_STREAM, [Draft(gone, SYSTEM)]))


async def _stopped(it: Set) -> None:
    await it.yes()
    key = key_fingerprint(it.stage.harness.keys["sue"])
    stopped = KeyStopped(key=key, operator=SUE, reason="lost_laptop")
    await it.stage.harness.store.append(Append(CORE_STREAM, [Draft(stopped, SYSTEM)]))


async def _expired_key(it: Set) -> None:
    it.bend(not_after=it.stage.clock())
    await it.yes()


async def _early(it: Set) -> None:
    past = it.stage.clock() - timedelta(hours=3)
    await it.yes(issued_at=past, expires_at=past + timedelta(minutes=15), shown_at=past)


async def _dated(it: Set, **spans: timedelta) -> None:
    moments: dict[str, Any] = {name: it.stage.clock() + span for name, span in spans.items()}
    await it.yes(**moments)


def dated(**minutes: int) -> Break:
    """Moments of the statement, in minutes from now."""

    async def broken(it: Set) -> None:
        await _dated(it, **{name: timedelta(minutes=each) for name, each in minutes.items()})

    return broken


async def _sign_in(it: Set) -> None:
    known = await it.known()
    now = it.stage.clock()
    key = it.stage.harness.keys["sue"]

    def instead(honest: bytes) -> bytes:
        said = DecisionStatement.model_validate_json(honest)
        other = SessionStatement(
            core=said.core, signed_by=said.signed_by, console=said.console, nonce=known.nonce, issued_at=now,
            expires_at=now + timedelta(minutes=15), challenge="x",
        )  # fmt: skip
        return sign_statement(other, key).payload_bytes()

    await it.yes(payload=instead)


async def _forged_ask(it: Set) -> None:
    await it.yes(ask="a_other")


async def _nonce_used(it: Set) -> None:
    """Another proposal was begun under this very nonce, and the shop said no to it."""
    first, known = it.proposal, await it.known()
    await it.forge(nonce=known.nonce)
    await it.yes()
    effect, other = EffectId("e900"), known.proposal
    begun = EffectStarted(
        effect=effect, kind="write", purpose="approved_tool", turn=1, run=other.run, tool=other.tool, proposal=FORGED,
        tool_use_id=other.tool_use_id, deadline=it.stage.clock(), arguments=other.arguments,
    )  # fmt: skip
    over = ProposalSettled(run=other.run, proposal=FORGED, outcome="failed", by="code", code="failed", sentence="No.")
    await it.put(begun, EffectFinished(effect=effect, outcome="refused", settled_by="performed"), over)
    it.proposal = first
    await it.yes()


async def _shop_refunds(it: Set) -> None:
    await it.yes()
    shop = it.stage.harness.shop
    payment = shop.payments_of("NW-10023")[0]
    shop.refund(payment["id"], amount_minor=100, currency="EUR", reason="by hand", idempotency_key="by hand")


async def _policies(it: Set) -> None:
    brands = it.stage.harness.brands
    text = brands.at_work.release.policy_text + NARROWER
    gate = Gate(AuthorityPolicy.load(text, source="authority.cedar", tools=judged_tools()))
    brands.activate(dataclasses.replace(brands.at_work, gate=gate))
    await it.yes()


async def _not_authenticated(it: Set) -> None:
    await it.yes()
    fact = FactRef(id=FactId("auth.9"), key="customer.authenticated")
    body = new_body("facts", canonical([{"id": fact.id, "key": fact.key, "value": False}]).decode())
    event = FactsLearned(source="channel", facts=(fact,), body=body.ref)
    store = it.stage.harness.store
    await store.append(Append(it.conversation, [Draft(event, SYSTEM)], bodies=[body], wake=WakeRequest()))


async def _approver_not_allowed(it: Set) -> None:
    await it.forge(ask={"roles": ("on_call",)})
    it.bend(role="on_call")
    await it.yes(signed_by=_signed_by(it, "sue", role="on_call"))


async def _over(it: Set) -> None:
    await it.yes()
    known = await it.known()
    over = ProposalSettled(
        run=known.proposal.run, proposal=it.proposal, outcome="denied", by="person", code="denied", sentence="No."
    )
    await it.put(over)


async def _late(it: Set) -> None:
    it.stage.clock.at = (await it.known()).proposal.expires_at
    await it.yes()


async def _paused(it: Set) -> None:
    await it.yes()
    await it.stage.paused(it.conversation, paused=True)


async def _workflow_paused(it: Set) -> None:
    await it.yes()
    await it.stage.paused_workflow(it.conversation, "refund_order", paused=True)


async def _run_withdrawn(it: Set) -> None:
    await it.yes()
    known = await it.known()
    choice = RouterChoice()
    event = RoutingOverridden(
        turn=1,
        operator=SUE,
        workflows=(),
        withdrawn=(RunId(known.proposal.run),),
        language="en",
        router=choice,
        queue="team",
    )
    await it.put(event, actor=Person(operator=SUE))


async def _without_workflow(it: Set) -> None:
    it.activate(workflows=tuple(each for each in it.release.content.workflows if each.name != "refund_order"))
    await it.yes()


async def _without_tool(it: Set) -> None:
    it.activate(tools=tuple(each for each in it.release.content.tools if each.name != "refund_payment"))
    await it.yes()


async def _stricter_tool(it: Set) -> None:
    def stricter(tool: Any) -> Any:
        if tool.name != "refund_payment":
            return tool
        schema = {**tool.input_schema, "required": [*tool.input_schema["required"], "ticket"]}
        properties = {**tool.input_schema["properties"], "ticket": {"type": "string"}}
        return tool.model_copy(update={"input_schema": {**schema, "properties": properties}})

    it.activate(tools=tuple(stricter(each) for each in it.release.content.tools))
    await it.yes()


async def _recalled(it: Set) -> None:
    await it.yes(undo=timedelta(minutes=5))
    await it.stage.recall(it.conversation)


async def _within_undo(it: Set) -> None:
    await it.yes(undo=timedelta(minutes=5))


async def _same_person(it: Set) -> None:
    await it.forge(required_people=2)
    await it.yes()
    await it.yes("sue", row="leo")


async def _same_key(it: Set) -> None:
    """A broken look-up gives one key to two people."""
    await it.forge(required_people=2)
    await it.yes()
    await it.yes("sue", row="leo", signed_by=_signed_by(it, "sue", operator=LEO))

    @dataclasses.dataclass
    class Both:
        ring: KeyRing
        asked: int = 0

        def get(self, fingerprint: KeyFingerprint, /) -> Key | None:
            self.asked += 1
            key = self.ring.get(fingerprint)
            if key is None or self.asked == 1:
                return key
            return dataclasses.replace(key, operator=dataclasses.replace(key.operator, id=LEO))

    it.stage.harness.bent = Both


async def _own_edit(it: Set) -> None:
    await it.forge(actor=PersonForAgent(operator=LEO), required_people=2)
    await it.yes()
    await it.yes("leo")


async def _simulated(it: Set) -> None:
    brands = it.stage.harness.brands
    brands.activate(dataclasses.replace(brands.at_work, sandbox=False))
    it.bend(simulated=True)
    await it.yes()


async def _own_proposal(it: Set) -> None:
    await it.forge(actor=Person(operator=SUE))
    await it.yes()


async def _same_intent(it: Set) -> None:
    """The same was done elsewhere, and the card did not show it."""
    await it.yes()
    key = (await it.known()).proposal.intent_key
    with sqlite3.connect(it.stage.harness.folder / "data" / "countersign.sqlite3") as connection:
        connection.execute(
            "INSERT INTO intent (intent_key, conversation, holder, brand, resource, state) VALUES (?, ?, ?, ?, ?, ?)",
            (key, "c_" + "0" * 20, "p_elsewhere", "northwind", "order:NW-10023", "executed"),
        )
    connection.close()


EUR = Money(amount_minor=1, currency="EUR")
BREAKS: Mapping[str, Break] = {
    "wrong_payload_type": wrapped(lambda it: {**it, "payloadType": "application/json"}),
    "not_one_signature": wrapped(lambda it: {**it, "signatures": it["signatures"] * 2}),
    "bad_base64": wrapped(lambda it: {**it, "payload": it["payload"] + "\n"}),
    "key_expired": _expired_key,
    "unknown_key": _unknown_key,
    "key_revoked": _revoked,
    "key_stopped": _stopped,
    "key_rotated": person(followed_by=KeyFingerprint("ed25519:" + OTHER)),
    "key_not_yet_enrolled": _early,
    "bad_signature": wrapped(lambda it: _signature(it, sig=base64.b64encode(bytes(64)).decode())),
    "not_canonical": spelt(lambda payload: payload + b" "),
    "bad_statement": spelt(lambda payload: canonical({**json.loads(payload), "statement_version": 2})),
    "wrong_core": statement(core="core_other"),
    "key_not_named": _key_not_named,
    "foreign_operator": _foreign_operator,
    "wrong_role": _wrong_role,
    "nonce_not_issued": statement(nonce="n_other"),
    "nonce_used": _nonce_used,
    "issued_in_future": dated(issued_at=5, expires_at=10),
    "statement_expired": dated(issued_at=-20, expires_at=-5, shown_at=-20),
    "shown_later": dated(shown_at=1),
    "lives_too_long": dated(expires_at=120),
    "not_a_decision": _sign_in,
    "not_an_approval": statement(decision="deny"),
    "other_proposal": statement(proposal="p_other"),
    "other_ask": _forged_ask,
    "other_brand": statement(brand="lumen"),
    "other_conversation": statement(conversation="c_" + "0" * 20),
    "other_customer": statement(customer_digest=OTHER),
    "other_proposer": statement(proposed_by=LEO),
    "other_edit": statement(edited_from=OTHER),
    "other_run": statement(run="r9"),
    "other_workflow": statement(workflow_version=99),
    "other_release": statement(release=OTHER),
    "other_tool": statement(tool="get_order"),
    "other_resource": statement(resource="order:NW-1"),
    "other_money": statement(money=EUR),
    "other_arguments": statement(arguments_digest=OTHER),
    "other_evidence": statement(evidence=()),
    "other_card": statement(card_digest=OTHER),
    "other_policy": statement(policy_digest=OTHER),
    "other_people_count": statement(required_approvals=2),
    "arguments_changed": forged(arguments_digest=OTHER),
    "evidence_changed": _shop_refunds,
    "look_again": statement(seen_through=1),
    "policy_changed": _policies,
    "policy_forbids": _not_authenticated,
    "approver_not_allowed": _approver_not_allowed,
    "proposal_over": _over,
    "proposal_expired": _late,
    "role_not_allowed": person(role="on_call"),
    "quarantined": control("quarantined"),
    "human_control": control("human"),
    "conversation_closed": control("closed"),
    "agent_paused": _paused,
    "workflow_paused": _workflow_paused,
    "run_withdrawn": _run_withdrawn,
    "workflow_withdrawn": _without_workflow,
    "tool_withdrawn": _without_tool,
    "arguments_refused": _stricter_tool,
    "recalled": _recalled,
    "too_early": _within_undo,
    "out_of_order": statement(approval_number=2),
    "same_person": _same_person,
    "same_key": _same_key,
    "own_proposal": _own_proposal,
    "own_edit": _own_edit,
    "simulated_person": _simulated,
    "too_few_people": lambda it: it.put(),
    "over_limit": person(limit=EUR),
    "over_daily_amount": person(day_limit=EUR),
    "over_daily_count": person(day_count=0),
    "foreign_brand": person(brands=("lumen",)),
    "already_done": _same_intent,
    "wrong_idempotency_key": forged(idempotency_key="p_other"),
    "log_diverged": statement(log_head=LogHead(seq=1, hash=OTHER)),
}
"""How each check is broken, by its code."""

ELSEWHERE: Mapping[str, str] = {
    "agent_paused": "nothing is taken up while the agent is paused, and the fence refuses what was decided before",
    "recalled": "the fold forgets a recalled approval and another nonce is in force: too_few_people",
    "release_withdrawn": "releases are not withdrawn one by one: workflows and tools are, and policies are always active",
    "other_comment": "words travel beside a decision when it arrives, and never again",
    "ask_over": "an ask is asked about when a decision arrives; what it decided is settled with it",
    "verb_not_allowed": "likewise",
    "approval_void": "likewise: at dispatch the reason why an approval is void is its own code",
}
"""Checks that no dispatch comes to, and why. Their own code and sentence is proven where they are reached."""

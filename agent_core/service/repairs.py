"""A conversation in quarantine as on-call is shown it, with everything a repair needs filled in (R-A8). Only reads.

Beside the log the other side is asked about writes that are on their way: a look-up, never a write. What a provider said and
what a damaged block holds is shown to people who may repair, escaped and bounded; it must never reach a model or a customer.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, cast

import structlog

from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import Conflict, CountersignError, NotFound
from agent_core.contract.ids import BodyId, ConversationId, ToolName
from agent_core.contract.repairing import (
    CallAnswerWord,
    FindingShown,
    OpenCallShown,
    RepairShown,
    RunRepairShown,
)  # fmt: skip
from agent_core.contract.statements import LogHead
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.holding import on_call
from agent_core.engine.common import Context
from agent_core.engine.examining import Broken, Examined, OpenCall, examine
from agent_core.engine.readable import readable
from agent_core.engine.repairing import Successor, answers_presumed, successors
from agent_core.models.port import ModelRequest
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.commands.repairing import REPAIRERS, UNDER_WAY, check_repairer
from agent_core.service.in_view import in_view
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import Read, read_log
from agent_core.service.triage_blocks import findings_shown
from agent_core.systems.port import DidNotHappen, Happened

log = structlog.get_logger(__name__)

MOST_REQUEST: Final = 120_000
"""Characters of a repaired request that are shown."""
_MOST_ARGUMENTS: Final = 4_000
_MOST_SAID: Final = 4_000
_MOST_FINDINGS: Final = 40

LookedUp = Literal["happened", "did_not_happen", "unknown", "not_asked"]

_RECORD: Final = {
    "never_sent": "The log says: it was never sent.",
    "ended_without_success": "The log says: every attempt ended, and none succeeded.",
    "on_its_way": "The log says: it was sent, and nothing says what became of it.",
}


async def shown(means: Means, seat: Seat, conversation: ConversationId) -> RepairShown:
    """What on-call needs, as of now.

    Raises:
        Forbidden: `role_not_allowed`.
        NotFound: `not_found`: no such conversation for this session.
        Conflict: `not_quarantined`.
    """
    check_repairer(seat)
    await in_view(means.store, seat, conversation)
    read = await read_log(means.store, conversation)
    if read.state.conversation is None or not seat.sees(read.state.brand):
        raise NotFound("not_found", "There is no such thing here.", detail=conversation)
    if read.state.control != "quarantined":
        raise Conflict("not_quarantined", "This conversation is not in quarantine.", detail=conversation)
    context = await context_of(means, read)
    state = context.session.state
    examined = await examine(context)
    looked_up: dict[str, LookedUp] = {call.key: await look_up(context, call) for call in examined.calls}
    calls = tuple([await call_shown(context, call, looked_up[call.key]) for call in examined.calls])
    held, ask = state.quarantine, on_call(state)
    evidence = await evidence_of(context, None if held is None else held.evidence)
    made = await successors(context, examined, answers_presumed(examined))  # a session of its own: it is thrown away
    damaged = any(each.verdict for each in made)
    return RepairShown(
        conversation=conversation,
        brand=state.brand,
        ask=None if ask is None else ask.ask.id,
        since=held_since(read),
        cause="" if held is None else held.cause,
        diagnosis=state.control_code if held is None else held.diagnosis,
        sentence="" if held is None else held.sentence,
        said=await said_in(context, evidence),
        places=tuple(str(place)[:200] for place in _list(evidence.get("places"))[:20]),
        runs=tuple(_run(context, broken, made) for broken in examined.runs),
        calls=calls,
        told=state.told_held,
        unanswered=len(state.waiting),
        left_alone=tuple(p.proposal.id for p in state.open_proposals() if p.effect is None),
        plan=examined.digest,
        log_head=LogHead(seq=state.seq, hash=state.head),
        seen_through=state.last_customer_seq,
        obstacle=obstacle_of(examined, damaged=damaged),
        roles=REPAIRERS,
    )


def obstacle_of(examined: Examined, *, damaged: bool) -> str:
    """Why it cannot be repaired right now; nothing when it can."""
    if examined.under_way:
        return UNDER_WAY
    return "The repaired request would be refused too: the workflow itself is damaged." if damaged else ""


def held_since(read: Read) -> datetime:
    """When it was taken out of the agent's hands."""
    held = read.state.quarantine
    seq = read.seq if held is None else held.since
    return next(record.at for record in read.records if record.seq == seq)


async def evidence_of(context: Context, ref: BodyRef | None) -> Mapping[str, Any]:
    """What was written down when it was."""
    texts = {} if ref is None else await readable(context.session, (ref,))
    return cast("Mapping[str, Any]", json.loads(next(iter(texts.values())))) if texts else {}


async def said_in(context: Context, evidence: Mapping[str, Any]) -> str:
    """What the provider said; cleaned when it came in."""
    name = evidence.get("said")
    if not isinstance(name, str):
        return ""
    try:
        return (await context.session.store.body(BodyId(name))).text[:_MOST_SAID]
    except CountersignError:
        return ""


async def call_shown(context: Context, call: OpenCall, looked_up: LookedUp) -> OpenCallShown:
    """A call without a result, for people."""
    ref = _arguments(context, call)
    texts = {} if ref is None else await readable(context.session, (ref,))
    found: dict[LookedUp, CallAnswerWord] = {"happened": "executed", "did_not_happen": "not_executed"}
    declared = context.brand.gate.policy.tools.get(ToolName(call.tool))
    money = None if call.proposal is None else context.session.state.proposals[call.proposal].proposal.money
    return OpenCallShown(
        key=call.key,
        run=call.run,
        tool=call.tool,
        title=call.tool if declared is None else declared.title,
        writes=call.writes,
        arguments=next(iter(texts.values()), "")[:_MOST_ARGUMENTS],
        money=money,
        state=call.stand,
        attempts=call.attempts,
        record=_RECORD[call.stand],
        looked_up=looked_up,
        presumed=found.get(looked_up, call.presumed),
        allowed=call.allowed,
        proposal=call.proposal,
    )


def _arguments(context: Context, call: OpenCall) -> BodyRef | None:
    """Exactly what was sent, or would be."""
    if call.call is not None:
        return call.call.arguments
    return None if call.proposal is None else context.session.state.proposals[call.proposal].proposal.arguments


async def look_up(context: Context, call: OpenCall) -> LookedUp:
    """What the other side says about a write that is on its way. Not being able to ask is not knowing."""
    effect = call.effect
    if effect is None or not call.writes or effect.idempotency_key is None:
        return "not_asked"
    ref = _arguments(context, call)
    try:
        arguments = {} if ref is None else json.loads(await context.session.text(ref))
        deadline = context.session.clock() + context.deadlines.read
        found = await context.brand.tools.reconcile(call.tool, arguments, effect.idempotency_key, deadline=deadline)
    except Exception as error:  # noqa: BLE001 - it may be the very thing that broke the conversation
        log.warning("look_up_broke", conversation=context.session.stream, effect=effect.effect, error=type(error).__name__)
        return "unknown"
    if isinstance(found, Happened):
        return "happened"
    return "did_not_happen" if isinstance(found, DidNotHappen) else "unknown"


def _run(context: Context, broken: Broken, made: Sequence[Successor]) -> RunRepairShown:
    run = context.session.state.runs[broken.run]
    successor = next(each for each in made if each.run == broken.run)
    written = json.dumps(list(successor.request.messages), ensure_ascii=False, indent=1)
    return RunRepairShown(
        run=broken.run,
        successor=successor.successor,
        workflow=run.workflow,
        title=context.workflow_of(run).title,
        phase=context.session.state.runs[successor.successor].phase,
        why=broken.why,
        findings=_findings(broken.findings, broken.request),
        request=written[:MOST_REQUEST],
        cut=len(written) > MOST_REQUEST,
        verdict=_findings(successor.verdict, successor.request),
    )


def _findings(findings: Sequence[Finding], request: ModelRequest | None) -> tuple[FindingShown, ...]:
    return findings_shown(findings, None if request is None else request.messages, _MOST_FINDINGS)


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []

"""Calls that on-call is asked about: each with the answer its record suggests, and the attempts that say so (R-M4, R-A7).

The record is the log's. It must never ask the other side by itself, nor presume that a write happened or did not where the
log does not say it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from agent_core.contract.events import EffectFinished, EffectStarted, Recorded
from agent_core.contract.ids import EffectId, RunId
from agent_core.contract.triage import AttemptShown, CallTriaged
from agent_core.conversation.state import Doubt
from agent_core.engine.common import Context
from agent_core.engine.examining import Examined, OpenCall, open_calls
from agent_core.service.repairs import call_shown
from agent_core.service.triage_faults import ask_about, overdue

_MOST_ATTEMPTS: Final = 40

_REASON: Final[Mapping[str, str]] = {
    "never_sent": "The log holds no attempt of it, so nothing can have happened outside.",
    "ended_without_success": "Every attempt ended, and the record says of none that it succeeded.",
    "on_its_way": "It was sent and nothing says what became of it, so nobody can know from the record alone.",
    "read": "It only reads: nothing can have happened outside, whatever became of it.",
    "doubt": "Its answer was lost, and looking it up has not told yet.",
}


def triaged_calls(context: Context, examined: Examined | None, now: datetime) -> tuple[OpenCall, ...]:
    """Calls on-call may be asked about: all open ones of a held conversation, elsewhere those whose time is over."""
    if examined is not None:
        return examined.calls
    return tuple(call for call in open_calls(context) if call.effect is not None and overdue(call.effect, now))


def doubted_call(doubt: Doubt) -> OpenCall:
    """A write of unknown outcome as an open call; its key is its effect."""
    effect = doubt.effect
    run, tool = effect.run or RunId("?"), str(effect.tool or "?")
    return OpenCall(effect.effect, run, tool, True, "on_its_way", effect.attempt, None, effect, effect.proposal)


async def calls_of(
    context: Context, records: Sequence[Recorded], examined: Examined | None, now: datetime
) -> tuple[CallTriaged, ...]:
    """Calls without a result, and writes of which nobody knows whether they happened."""
    state = context.session.state
    shown = [await _triaged(context, records, call, examined) for call in triaged_calls(context, examined, now)]
    about = {call.effect.effect for call in triaged_calls(context, examined, now) if call.effect is not None}
    for doubt in state.doubts.values():
        if doubt.found is None and doubt.effect.effect not in about:
            told = await _triaged(context, records, doubted_call(doubt), None)
            shown.append(told.model_copy(update={"ask": ask_about(state, doubt), "reason": _REASON["doubt"]}))
    return tuple(shown)


async def _triaged(context: Context, records: Sequence[Recorded], call: OpenCall, examined: Examined | None) -> CallTriaged:
    return CallTriaged(
        call=await call_shown(context, call, "not_asked"),
        reason=_REASON[call.stand if call.writes else "read"],
        attempts=_attempts(records, call),
        can_ask=can_ask(call),
        settle_by="ask" if examined is None else "repair",
    )


def can_ask(call: OpenCall) -> bool:
    """Whether the other side can be asked what became of it: a write that was sent under a key."""
    return call.writes and call.effect is not None and call.effect.idempotency_key is not None


def _attempts(records: Sequence[Recorded], call: OpenCall) -> tuple[AttemptShown, ...]:
    found: dict[EffectId, AttemptShown] = {}
    for record in records:
        event = record.event
        if isinstance(event, EffectStarted) and _is_of(event, call):
            found[event.effect] = AttemptShown(
                effect=event.effect,
                attempt=event.attempt,
                purpose=event.purpose,
                started_at=record.at,
                deadline=event.deadline,
                key_ending=(event.idempotency_key or "")[-6:],
            )
        elif isinstance(event, EffectFinished) and event.effect in found:
            ended = {
                "ended_at": record.at,
                "outcome": event.outcome,
                "settled_by": event.settled_by,
                "code": event.code,
                "sentence": event.sentence or "",
            }
            found[event.effect] = found[event.effect].model_copy(update=ended)
    return tuple(found.values())[-_MOST_ATTEMPTS:]


def _is_of(event: EffectStarted, call: OpenCall) -> bool:
    """Whether an effect is an attempt of this call, or a look-up about one."""
    if call.effect is not None and call.effect.effect in (event.effect, event.about):
        return True
    if call.proposal is not None:
        return event.proposal == call.proposal and event.purpose == "approved_tool"
    return call.call is not None and event.run == call.run and event.tool_use_id == call.call.tool_use_id

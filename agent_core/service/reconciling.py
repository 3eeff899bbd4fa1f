"""The other side is asked what became of calls, because a person wants to know now (R-M4, R-A7). It only looks up.

A look-up is the integration's own read-only question; it takes as long as its deadline and never longer. Not being told is
not knowing: nothing is concluded from silence. It must never write, here or there, and never settle anything by itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from agent_core.contract.errors import Invalid, NotFound, Unavailable
from agent_core.contract.ids import ConversationId
from agent_core.contract.triage import MOST_RECONCILED, CallLookedUp, ReconcileAnswer
from agent_core.engine.common import Context
from agent_core.engine.examining import OpenCall, examine
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.in_view import in_view
from agent_core.service.repairs import LookedUp, look_up
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import read_log
from agent_core.service.triage import check_looker
from agent_core.service.triage_calls import can_ask, doubted_call, triaged_calls

if TYPE_CHECKING:
    from agent_core.contract.base import Instant
    from agent_core.contract.repairing import CallAnswerWord

_AT_ONCE: Final = 4
_PATIENCE_S: Final = 20.0

_SENTENCES: Final[Mapping[LookedUp, str]] = {
    "happened": "The other side says that it happened.",
    "did_not_happen": "The other side says that it did not happen.",
    "unknown": "The other side could not be asked in time, or cannot tell. Nothing is known from that.",
}
_ONLY_READS: Final = "It only reads: there is nothing to find out."
_NEVER_SENT: Final = "It was never sent, or every attempt has ended: the record says so, and nobody need be asked."
_UNDER_WAY: Final = "Its time is not over: it may still be answered, and a look-up would be too early."


async def reconcile(means: Means, seat: Seat, conversation: ConversationId, calls: Sequence[str]) -> ReconcileAnswer:
    """What the other side says about calls without a result.

    Args:
        means: What the core works with.
        seat: Who asks.
        conversation: Whose calls.
        calls: Their keys; none: all that can be asked about, the first of them.

    Raises:
        Forbidden: `role_not_allowed`.
        NotFound: `not_found`: no such conversation for this session.
        Invalid: `no_such_call`.
        Unavailable: `too_busy`: others ask about this brand's calls at this moment.
    """
    check_looker(seat)
    await in_view(means.store, seat, conversation)
    read = await read_log(means.store, conversation)
    if read.state.conversation is None or not seat.sees(read.state.brand):
        raise NotFound("not_found", "There is no such thing here.", detail=conversation)
    context = await context_of(means, read)
    known = await _known(context)
    if any(key not in known for key in calls):
        raise Invalid("no_such_call", "There is no open call of that name here. Look at the conversation again.")
    wanted = [known[key] for key in dict.fromkeys(calls)] if calls else [call for call in known.values() if can_ask(call)]
    room = asyncio.Semaphore(_AT_ONCE)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_one(context, call, room)) for call in wanted[:MOST_RECONCILED]]
    return ReconcileAnswer(calls=tuple(task.result() for task in asked))


async def _known(context: Context) -> Mapping[str, OpenCall]:
    """Every call that may be asked about, by its key."""
    state, now = context.session.state, context.session.now
    examined = await examine(context) if state.control == "quarantined" else None
    found = {call.key: call for call in triaged_calls(context, examined, now)}
    about = {call.effect.effect for call in found.values() if call.effect is not None}
    doubted = (doubted_call(doubt) for doubt in state.doubts.values() if doubt.found is None)
    return found | {call.key: call for call in doubted if call.effect is not None and call.effect.effect not in about}


async def _one(context: Context, call: OpenCall, room: asyncio.Semaphore) -> CallLookedUp:
    if not can_ask(call):
        return _told(call, "not_asked", _NEVER_SENT if call.writes else _ONLY_READS)
    effect = call.effect
    assert effect is not None
    now: Instant = context.session.clock()
    if effect.deadline > now:
        return _told(call, "not_asked", _UNDER_WAY)
    try:
        async with asyncio.timeout(_PATIENCE_S), room:
            found = await look_up(context, call)
    except (TimeoutError, Unavailable):
        found = "unknown"
    return _told(call, found, _SENTENCES.get(found, _NEVER_SENT), now)


def _told(call: OpenCall, found: LookedUp, sentence: str, at: "Instant | None" = None) -> CallLookedUp:
    presumed: CallAnswerWord = call.presumed
    if found in ("happened", "did_not_happen"):
        presumed = "executed" if found == "happened" else "not_executed"
    return CallLookedUp(call=call.key, found=found, sentence=sentence, presumed=presumed, asked_at=at)

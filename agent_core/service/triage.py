"""What is poisoned or stuck at a brand, one row each, the worst first (R-M4). Only reads.

Nothing is asked outside here. What waits for a yes, or is healthily under way, must never be in here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from agent_core.contract.errors import CountersignError, Forbidden, Unavailable
from agent_core.contract.ids import BrandId, ConversationId, StreamId
from agent_core.contract.integrations import IntegrationShown
from agent_core.contract.triage import MOST_ROWS, SystemDown, TriageAnswer, TriageRow
from agent_core.contract.views import ConversationRow
from agent_core.service.commands.common import Means
from agent_core.service.commands.repairing import REPAIRERS
from agent_core.service.projection.health import Integrations
from agent_core.service.projection.rows import label_of
from agent_core.service.repairs import held_since
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import Read, read_log
from agent_core.service.triage_candidates import candidates
from agent_core.service.triage_faults import RANK, Fault, blocks, faults, unreadable
from agent_core.store import Store
from agent_core.store.stuck import StuckWake

if TYPE_CHECKING:
    from agent_core.contract.outcomes import ConversationLabel


def check_looker(seat: Seat) -> None:
    """Whether this person may look into what is damaged: whoever may repair it.

    Raises:
        Forbidden: `role_not_allowed`, or that nobody is signed in with a key.
    """
    if seat.person().role not in REPAIRERS:
        raise Forbidden("role_not_allowed", "Only on-call, a lead or an admin looks into what is stuck or damaged.")


async def listed(means: Means, known: Integrations, seat: Seat) -> TriageAnswer:
    """What is poisoned or stuck at the brands of this session.

    Raises:
        Forbidden: `role_not_allowed`.
    """
    check_looker(seat)
    brands = seat.brands(means.shelf.names())
    return await found_at(means.store, brands, down_at(known, brands), means.clock())


async def found_at(store: Store, brands: Sequence[BrandId], down: Sequence[IntegrationShown], now: datetime) -> TriageAnswer:
    """What is poisoned or stuck at these brands, as a store says it; `down`: their breakers that are not closed."""
    found, wakes, complete = await candidates(store, brands, now, troubled={each.brand for each in down})
    rows: list[tuple[int, datetime, TriageRow]] = []
    for stream, row in found:
        broken = [each for each in down if row and each.brand == row.brand]
        wrong, read = await _faults(store, stream, row, wakes.get(stream), broken, now)
        if wrong:
            shown = row_of(ConversationId(stream), row, read, wrong)
            rows.append((RANK[wrong[0].kind], wrong[0].since, shown))
    rows.sort(key=lambda each: each[:2])
    return TriageAnswer(
        as_of=now,
        rows=tuple(row for _, _, row in rows[:MOST_ROWS]),
        systems=tuple(_system(each) for each in down),
        complete=complete and len(rows) <= MOST_ROWS,
    )


def down_at(known: Integrations, brands: Sequence[BrandId]) -> list[IntegrationShown]:
    """Breakers of these brands that are not closed."""
    return [each for each in known.states(brands) if each.state != "closed"]


def _system(each: IntegrationShown) -> SystemDown:
    return SystemDown.model_validate(
        {
            "brand": each.brand,
            "system": each.system,
            "operation": each.operation,
            "state": each.state,
            "code": each.code or "",
            "sentence": each.sentence,
        }
    )


async def _faults(
    store: Store,
    stream: StreamId,
    row: ConversationRow | None,
    wake: StuckWake | None,
    down: Sequence[IntegrationShown],
    now: datetime,
) -> tuple[list[Fault], Read | None]:
    try:
        read = await read_log(store, stream)
        if read.state.conversation is None:
            return [], None
        held = held_since(read) if read.state.control == "quarantined" else None
        return faults(read.state, held, wake, down, now), read
    except Unavailable:
        raise
    except (CountersignError, KeyError, ValueError, TypeError, AttributeError, StopIteration):
        return [unreadable(now if row is None else row.last_at)], None


def row_of(
    conversation: ConversationId, row: ConversationRow | None, read: Read | None, wrong: Sequence[Fault]
) -> TriageRow:
    """The row of a conversation; what a view has not caught up with is told from the log."""
    first, state = wrong[0], None if read is None else read.state
    unanswered = 0 if state is None else len(state.waiting)
    label: ConversationLabel = "quarantined" if state is None else label_of(state)
    brand = row.brand if row is not None else BrandId("") if state is None else state.brand
    return TriageRow(
        conversation=conversation,
        brand=brand,
        customer_name="" if row is None else row.customer_name,
        label=label,
        kind=first.kind,
        also=tuple(dict.fromkeys(fault.kind for fault in wrong if fault.kind != first.kind)),
        diagnosis=first.diagnosis,
        sentence=first.sentence,
        since=first.since,
        blocks=blocks(first, unanswered),
        unanswered=unanswered,
        waiting_since=None if row is None else row.waiting_since,
        due_at=None if row is None else row.next_breach or row.due_at,
        breached=False if row is None else row.breached,
        urgency="normal" if row is None else row.urgency,
        ask=first.ask,
        repairable=label == "quarantined" and state is not None,
    )

"""In which queue an ask waits, and by when somebody must look and decide: fixed when it is raised (R-A4, R-E4).

The clocks of a queue run in the brand's opening hours where the queue says so. What is fixed here stands in the log, so a
later release changes nothing about what already waits. It must never look at the present moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent_core.contract.asks import Ask
from agent_core.engine.pace import hours_of
from agent_core.workflows.brand import BrandConfig, Queue


@dataclass(frozen=True, slots=True)
class Place:
    """Where an ask waits, and its clocks."""

    queue: str
    look_by: datetime
    answer_by: datetime | None


def place(brand: BrandConfig, code: str, at: datetime) -> Place:
    """The place of an ask with a reason code, raised at a moment."""
    return _placed(brand, brand.queue_for(code), at)


def placed(ask: Ask, brand: BrandConfig) -> Ask:
    """The ask in its queue."""
    where = place(brand, ask.code, ask.raised_at)
    return ask.model_copy(update={"queue": where.queue, "look_by": where.look_by, "answer_by": where.answer_by})


def placed_in(ask: Ask, brand: BrandConfig, queue: str) -> Ask:
    """The ask in a queue that a person chose; in that of its reason code where the brand has no such queue."""
    chosen = next((known for known in brand.queues if known.name == queue), None)
    where = place(brand, ask.code, ask.raised_at) if chosen is None else _placed(brand, chosen, ask.raised_at)
    return ask.model_copy(update={"queue": where.queue, "look_by": where.look_by, "answer_by": where.answer_by})


def raised_again(ask: Ask, brand: BrandConfig, at: datetime, *, higher: bool) -> Ask:
    """The ask once more, more urgent: in the next higher queue with that queue's clocks, or where it is."""
    up = _above(brand, ask.queue) if higher else None
    if up is None:
        return ask.model_copy(update={"priority": max(0, ask.priority - 1)})
    where = _placed(brand, up, at)
    return ask.model_copy(
        update={
            "queue": where.queue,
            "priority": max(0, min(ask.priority - 1, up.priority)),
            "look_by": where.look_by,
            "answer_by": where.answer_by,
        }
    )


def _placed(brand: BrandConfig, queue: Queue, at: datetime) -> Place:
    def due(seconds: int) -> datetime:
        span = timedelta(seconds=seconds)
        return hours_of(brand.opening_hours).after(at, span) if queue.in_opening_hours else at + span

    return Place(queue.name, due(queue.first_look_s), None if queue.answer_s is None else due(queue.answer_s))


def _above(brand: BrandConfig, name: str | None) -> Queue | None:
    """The next more urgent queue than the one of that name; none above the first."""
    present = next((queue for queue in brand.queues if queue.name == name), None)
    if present is None:
        return None
    above = [queue for queue in brand.queues if queue.priority < present.priority]
    return max(above, key=lambda queue: queue.priority, default=None)

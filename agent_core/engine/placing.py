"""In which queue an ask waits, and by when somebody must look and decide: fixed when it is raised (R-A4, R-E4).

The clocks of a queue run in the brand's opening hours where the queue says so. What is fixed here stands in the log, so a
later release changes nothing about what already waits. It must never look at the present moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent_core.contract.asks import Ask
from agent_core.conversation.hours import Hours
from agent_core.engine.pace import hours_of
from agent_core.workflows.brand import BrandConfig, Queue


@dataclass(frozen=True, slots=True)
class Place:
    """Where an ask waits, and its clocks."""

    queue: str
    look_by: datetime
    answer_by: datetime | None


def place(brand: BrandConfig, code: str, at: datetime, language: str = "") -> Place:
    """The place of an ask with a reason code, raised at a moment about a customer of a language."""
    return _placed(brand, brand.queue_for(code, language), at)


def placed(ask: Ask, brand: BrandConfig, language: str) -> Ask:
    """The ask in the queue of its reason, in the customer's language; an empty one where nobody knows it."""
    where = place(brand, ask.code, ask.raised_at, language)
    return _at(ask, where, language)


def placed_in(ask: Ask, brand: BrandConfig, queue: str, language: str) -> Ask:
    """The ask in a queue that a person chose; in that of its reason code where the brand has no such queue."""
    chosen = next((known for known in brand.queues if known.name == queue), None)
    at = ask.raised_at
    return _at(ask, place(brand, ask.code, at, language) if chosen is None else _placed(brand, chosen, at), language)


def _at(ask: Ask, where: Place, language: str) -> Ask:
    clocks = {"queue": where.queue, "look_by": where.look_by, "answer_by": where.answer_by}
    return ask.model_copy(update={**clocks, "language": language[:8]})


def raised_again(ask: Ask, brand: BrandConfig, at: datetime, *, higher: bool) -> Ask:
    """The ask once more, more urgent: in the next higher queue with that queue's clocks, or where it is."""
    up = _above(brand, ask) if higher else None
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


def above(ask: Ask, brand: BrandConfig, queue: str | None) -> tuple[str | None, int]:
    """Where an ask that a person sends up waits, and how urgent it is there: more urgent than before, on the same clocks."""
    chosen = next((known for known in brand.queues if known.name == queue), None) or _above(brand, ask)
    most = ask.priority - 1 if chosen is None else min(ask.priority - 1, chosen.priority)
    return ask.queue if chosen is None else chosen.name, max(0, most)


def _placed(brand: BrandConfig, queue: Queue, at: datetime) -> Place:
    def due(seconds: int) -> datetime:
        span = timedelta(seconds=seconds)
        return queue_hours(brand, queue).after(at, span) if queue.in_opening_hours else at + span

    return Place(queue.name, due(queue.first_look_s), None if queue.answer_s is None else due(queue.answer_s))


def queue_hours(brand: BrandConfig, queue: Queue) -> Hours:
    """When the people of a queue work: its own hours, or the brand's."""
    return hours_of(brand.opening_hours if queue.opening_hours is None else queue.opening_hours)


def _above(brand: BrandConfig, ask: Ask) -> Queue | None:
    """The next more urgent queue than the ask's whose people speak its language; none above the first."""
    present = next((queue for queue in brand.queues if queue.name == ask.queue), None)
    if present is None:
        return None
    above = [queue for queue in brand.queues if queue.priority < present.priority and queue.speaks(ask.language)]
    return max(above, key=lambda queue: queue.priority, default=None)

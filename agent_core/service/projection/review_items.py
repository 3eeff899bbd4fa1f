"""Items of what leads said about the conversation afterwards: one line each, for colleagues (R-M5).

They stand in the transcript because they stand in the log. Must never look like something the customer or the agent said.
"""

from agent_core.contract.events import Recorded, ReviewFinished, ReviewNoted, ReviewScored
from agent_core.service.projection.telling import Telling, mark


def noted(telling: Telling, event: ReviewNoted, record: Recorded) -> None:
    """A note of a review."""
    where = "" if event.about is None else f" about event {event.about}"
    words = f"{telling.people.name(event.operator)} noted in a review{where}:"
    mark(telling, record, "notice", "plain", words, detail=telling.story.text(event.note, 2_000))


def scored(telling: Telling, event: ReviewScored, record: Recorded) -> None:
    """A score of a review."""
    words = f"{telling.people.name(event.operator)} reviewed this conversation: {event.total_percent} %."
    mark(telling, record, "notice", "plain", words, detail=telling.story.text(event.comment, 2_000))


def finished(telling: Telling, event: ReviewFinished, record: Recorded) -> None:
    """Somebody has looked; an earlier line says what they thought."""
    mark(telling, record, "notice", "plain", f"{telling.people.name(event.operator)} has reviewed this conversation.")

"""What leads said about a conversation, and what is worth a look next (R-M5). Only reads.

The queue is everything disputed, everything flagged, and of each workflow's conversations a share that chance chose: whoever
reviews cannot choose, and nobody who works can foresee it (`search.draw`). It must never hold anybody's work up.
"""

from datetime import timedelta
from typing import Final

from agent_core.contract.events import Recorded, ReviewFinished, ReviewNoted, ReviewScored
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.reviewing import (
    ReviewItem,
    ReviewNoteShown,
    ReviewQueue,
    ReviewScoreShown,
    ReviewsShown,
)
from agent_core.service.commands.common import Means
from agent_core.service.commands.reviewing import REVIEWERS
from agent_core.service.in_view import in_view
from agent_core.service.operators import People
from agent_core.service.projection.projector import Projector
from agent_core.service.projection.story import Story
from agent_core.service.search.draw import SETTLED, Wanted, period_seed
from agent_core.service.search.searching import Search
from agent_core.service.sessions import Seat

DAYS: Final = 28
"""How far back the queue goes."""


async def shown(means: Means, projector: Projector, seat: Seat, conversation: ConversationId) -> ReviewsShown:
    """Everything said about one conversation.

    Raises:
        NotFound: `not_found`: no such conversation, or not for this session.
    """
    head = await in_view(means.store, seat, conversation)
    story = await projector.story(conversation)
    people = await means.people.people()
    brand = BrandId(head.brand or "")
    rubric = means.shelf.active(brand).release.reviewing.rubric
    scores = [record for record in story.records if isinstance(record.event, ReviewScored)]
    finished = [_seen(record) for record in story.records if isinstance(record.event, ReviewFinished | ReviewScored)]
    return ReviewsShown(
        conversation=conversation,
        brand=brand,
        seq=story.state.seq,
        rubric=rubric,
        rubric_digest=rubric.digest,
        notes=tuple(_note(story, people, record, record.event) for record in story.records
                    if isinstance(record.event, ReviewNoted)),
        scores=tuple(_score(story, people, record, rubric.digest, scores) for record in scores),
        finished_seq=max(finished, default=None),
        may_review=seat.operator is not None and seat.operator.role in REVIEWERS,
    )  # fmt: skip


def _seen(record: Recorded) -> int:
    event = record.event
    assert isinstance(event, ReviewFinished | ReviewScored)
    return event.seen


def _note(story: Story, people: People, record: Recorded, event: ReviewNoted) -> ReviewNoteShown:
    return ReviewNoteShown(
        seq=record.seq,
        at=record.at,
        operator=event.operator,
        name=people.name(event.operator),
        about=event.about,
        text=story.text(event.note, 4_000),
    )


def _score(story: Story, people: People, record: Recorded, current: str, scores: list[Recorded]) -> ReviewScoreShown:
    event = record.event
    assert isinstance(event, ReviewScored)
    later = (each.event for each in scores if each.seq > record.seq)
    return ReviewScoreShown(
        seq=record.seq,
        at=record.at,
        operator=event.operator,
        name=people.name(event.operator),
        rubric=event.rubric,
        current=event.rubric == current,
        scores=event.scores,
        total_percent=event.total_percent,
        seen=event.seen,
        picked=event.picked,
        comment=story.text(event.comment, 4_000),
        replaced=any(isinstance(each, ReviewScored) and each.operator == event.operator for each in later),
    )


async def queue(
    means: Means, search: Search, seat: Seat, brand: str | None, workflow: str | None, days: int, limit: int
) -> ReviewQueue:
    """What to look at next at the brands of a session.

    Args:
        means: Of the core.
        search: Knows every conversation.
        seat: Who asks.
        brand: Only this one.
        workflow: Only conversations in which it worked.
        days: How far back.
        limit: So many at most.
    """
    now = means.clock()
    since = now - timedelta(days=days)
    brands = [each for each in seat.brands(means.shelf.names()) if brand in (None, each)]
    shares = {each: means.shelf.active(each).release.reviewing.share_percent for each in brands}
    found = await search.worth_a_look(Wanted(shares, since, now - SETTLED, workflow, limit))
    return ReviewQueue(
        items=tuple(ReviewItem(picked=each.picked, reasons=each.reasons, seq=each.seq, of=each.of) for each in found.items),
        waiting=found.waiting,
        share_percent=min(shares.values(), default=0),
        since=since,
        seed=period_seed(means.store.secret, now),
    )

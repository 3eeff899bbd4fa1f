"""A lead notes, scores, or says that they have looked (R-M5): kept in the conversation's log, and nothing follows there.

No part of the work: the agent is told nothing, no clock moves, and whoever counts people's work passes over it. It must
never take a score by another rubric than the one that was shown.
"""

from typing import Final

from agent_core.contract.commands import CommandDone
from agent_core.contract.errors import Conflict, Forbidden, Invalid
from agent_core.contract.events import ReviewFinished, ReviewNoted, ReviewScored
from agent_core.contract.reviewing import FinishReview, NoteReview, Rubric, ScoreReview
from agent_core.contract.statements import Role
from agent_core.service.commands.common import Order, comment_body, done, in_conversation
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft

REVIEWERS: Final[tuple[Role, ...]] = ("lead", "admin")
MOST_HERE: Final = 500
"""Notes, scores and looks of one conversation."""

_REVIEWS: Final = (ReviewNoted, ReviewScored, ReviewFinished)


async def note(order: Order, command: NoteReview) -> CommandDone:
    """Keeps a note.

    Raises:
        Forbidden: `role_not_allowed`.
        Invalid: `not_seen`: there is no such event; `unclean_comment`.
        Conflict: `too_many_reviews`.
    """
    _check_reviewer(order)
    said = comment_body(command.note, command.comment_salt)
    assert said is not None

    async def build(read: Read) -> Append:
        _check_room(read, command.about or 1)
        event = ReviewNoted(operator=order.operator, note=said.ref, about=command.about)
        return Append(read.stream, [Draft(event, order.actor)], bodies=[said], keys=order.keys)

    return done(await in_conversation(order, command.conversation, build))


async def score(order: Order, command: ScoreReview) -> CommandDone:
    """Keeps a score.

    Raises:
        Forbidden: `role_not_allowed`.
        Invalid: `bad_score`: not each criterion once, or more points than there are; `not_seen`; `unclean_comment`.
        Conflict: `rubric_changed`, `too_many_reviews`.
    """
    _check_reviewer(order)
    said = comment_body(command.comment, command.comment_salt)

    async def build(read: Read) -> Append:
        _check_room(read, command.seen)
        rubric = order.means.shelf.active(read.state.brand).release.reviewing.rubric
        if rubric.digest != command.rubric:
            raise Conflict("rubric_changed", "The rubric has changed since it was shown. Score by the new one.")
        event = ReviewScored(
            operator=order.operator,
            rubric=command.rubric,
            scores=command.scores,
            total_percent=total_percent(rubric, command),
            seen=command.seen,
            picked=command.picked,
            comment=None if said is None else said.ref,
        )
        return Append(read.stream, [Draft(event, order.actor)], bodies=[] if said is None else [said], keys=order.keys)

    return done(await in_conversation(order, command.conversation, build))


async def finish(order: Order, command: FinishReview) -> CommandDone:
    """Says that one has looked so far.

    Raises:
        Forbidden: `role_not_allowed`.
        Invalid: `not_seen`.
        Conflict: `too_many_reviews`.
    """
    _check_reviewer(order)

    async def build(read: Read) -> Append:
        _check_room(read, command.seen)
        event = ReviewFinished(operator=order.operator, seen=command.seen, picked=command.picked)
        return Append(read.stream, [Draft(event, order.actor)], keys=order.keys)

    return done(await in_conversation(order, command.conversation, build))


def total_percent(rubric: Rubric, command: ScoreReview) -> int:
    """The weighted total, rounded half up.

    Raises:
        Invalid: `bad_score`.
    """
    given = {each.criterion: each.points for each in command.scores}
    if len(given) != len(command.scores) or set(given) != {each.id for each in rubric.criteria}:
        raise Invalid("bad_score", "Each criterion of the rubric needs points, once.")
    if any(given[each.id] > each.most for each in rubric.criteria):
        raise Invalid("bad_score", "There are not so many points for one of the criteria.")
    reached = sum(given[each.id] * each.weight for each in rubric.criteria)
    most = sum(each.most * each.weight for each in rubric.criteria)
    return (200 * reached + most) // (2 * most)


def _check_reviewer(order: Order) -> None:
    if order.seat.person().role not in REVIEWERS:
        raise Forbidden("role_not_allowed", "Only a lead or an admin reviews conversations.")


def _check_room(read: Read, seen: int) -> None:
    if seen > read.seq:
        raise Invalid("not_seen", "The conversation is not that long yet.")
    if sum(isinstance(record.event, _REVIEWS) for record in read.records) >= MOST_HERE:
        raise Conflict("too_many_reviews", "This conversation was reviewed too often.", detail=read.stream)

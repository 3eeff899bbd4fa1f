"""A conversation opened to look at what happened: as it is, as it was at a moment, and what a model saw (R-M5, R-H3).

Everything here is about one conversation; an answer about another one, or about another moment or call than is wanted now,
changes nothing. It must never be taken for the live conversation: nothing is done from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from agent_core.contract.events.reviewing import PickedFor
from agent_core.contract.ids import ConversationId, EffectId
from agent_core.contract.looking_back import CallRequestShown, CallsAnswer, MomentShown
from agent_core.contract.reviewing import ReviewsShown
from agent_core.contract.views import ConversationDetail
from console.state.audit_happened import AuditHappened

PastQuestion = Literal["detail", "moment", "calls", "request", "reviews"]


@dataclass(frozen=True, slots=True)
class PastOpened(AuditHappened):
    """A conversation is looked at; None closes it.

    Attributes:
        seq: The event that was found; None for no place in particular.
        words: What was searched for there, to be marked.
        picked: Why the queue of reviews held it out; None when it does not come from there.
    """

    conversation: ConversationId | None
    seq: int | None = None
    words: tuple[str, ...] = ()
    picked: PickedFor | None = None


@dataclass(frozen=True, slots=True)
class PastArrived(AuditHappened):
    """It as it is now came."""

    detail: ConversationDetail


@dataclass(frozen=True, slots=True)
class MomentWanted(AuditHappened):
    """It is wanted as it was after this event; None is the present."""

    position: int | None


@dataclass(frozen=True, slots=True)
class MomentArrived(AuditHappened):
    """It as it was came. `position`: what was asked for."""

    position: int
    moment: MomentShown


@dataclass(frozen=True, slots=True)
class CallsArrived(AuditHappened):
    """Every call of a model came."""

    answer: CallsAnswer


@dataclass(frozen=True, slots=True)
class RequestWanted(AuditHappened):
    """What a model saw in a call is wanted; None closes it."""

    effect: EffectId | None


@dataclass(frozen=True, slots=True)
class RequestArrived(AuditHappened):
    """What a model saw came."""

    request: CallRequestShown


@dataclass(frozen=True, slots=True)
class ReviewsArrived(AuditHappened):
    """What leads said about it came."""

    reviews: ReviewsShown


@dataclass(frozen=True, slots=True)
class PastFailed(AuditHappened):
    """A question about a conversation was not answered: why, safe to show."""

    conversation: ConversationId
    about: PastQuestion
    sentence: str


PastHappening = (
    PastOpened | PastArrived | MomentWanted | MomentArrived | CallsArrived | RequestWanted | RequestArrived | ReviewsArrived
    | PastFailed
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Past:
    """What is looked at.

    Attributes:
        conversation: None while none is.
        opened: Counts up with every place that is opened, so that the same place can be gone to again.
        detail: As it is now.
        position: The moment that is wanted; None for the present.
        moment: As it was; may lag behind `position` while it is on its way.
        wanted: The call whose request is wanted.
        problems: Why something did not come, by what was asked for.
    """

    conversation: ConversationId | None = None
    seq: int | None = None
    words: tuple[str, ...] = ()
    picked: PickedFor | None = None
    opened: int = 0
    detail: ConversationDetail | None = None
    position: int | None = None
    moment: MomentShown | None = None
    calls: CallsAnswer | None = None
    wanted: EffectId | None = None
    request: CallRequestShown | None = None
    reviews: ReviewsShown | None = None
    problems: Mapping[PastQuestion, str] = field(default_factory=dict[PastQuestion, str])

    @property
    def shown(self) -> ConversationDetail | None:
        """What stands on the screen: the wanted moment, and until it has come what stood there before."""
        if self.position is None:
            return self.detail
        return self.detail if self.moment is None else self.moment.detail


def reduced(past: Past, happening: PastHappening) -> Past:
    """The slice after something happened."""
    match happening:
        case PastOpened():
            return _opened(past, happening)
        case MomentWanted(position):
            moment = past.moment if position is not None else None
            return replace(past, position=position, moment=moment, problems=_without(past, "moment"))
        case RequestWanted(effect):
            kept = past.request if past.request is not None and past.request.call.effect == effect else None
            return replace(past, wanted=effect, request=kept, problems=_without(past, "request"))
        case PastFailed(conversation, about, sentence):
            if conversation != past.conversation:
                return past
            return replace(past, problems={**past.problems, about: sentence})
        case PastArrived() | MomentArrived() | CallsArrived() | RequestArrived() | ReviewsArrived():
            return _arrived(past, happening)
        case _:
            assert_never(happening)


def _opened(past: Past, happening: PastOpened) -> Past:
    same = happening.conversation is not None and happening.conversation == past.conversation
    kept = past if same else Past()
    return replace(
        kept, conversation=happening.conversation, seq=happening.seq, words=happening.words, picked=happening.picked,
        opened=past.opened + 1, position=None, moment=None,
    )  # fmt: skip


def _arrived(past: Past, happening: PastArrived | MomentArrived | CallsArrived | RequestArrived | ReviewsArrived) -> Past:
    match happening:
        case PastArrived(detail):
            old = past.detail
            late = old is not None and old.row.conversation == detail.row.conversation and old.seq > detail.seq
            if detail.row.conversation != past.conversation or late:
                return past
            return replace(past, detail=detail, problems=_without(past, "detail"))
        case MomentArrived(position, moment):
            if moment.conversation != past.conversation or position != past.position:
                return past
            return replace(past, moment=moment, problems=_without(past, "moment"))
        case CallsArrived(answer):
            if answer.conversation != past.conversation:
                return past
            return replace(past, calls=answer, problems=_without(past, "calls"))
        case RequestArrived(request):
            if request.conversation != past.conversation or request.call.effect != past.wanted:
                return past
            return replace(past, request=request, problems=_without(past, "request"))
        case ReviewsArrived(reviews):
            old = past.reviews
            late = old is not None and old.conversation == reviews.conversation and old.seq > reviews.seq
            if reviews.conversation != past.conversation or late:
                return past
            return replace(past, reviews=reviews, problems=_without(past, "reviews"))


def _without(past: Past, about: PastQuestion) -> Mapping[PastQuestion, str]:
    return {key: value for key, value in past.problems.items() if key != about}

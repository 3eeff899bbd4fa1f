"""Reviews: a brand's rubric, what leads wrote and scored, and the queue of what is worth a look (R-M5, R-K1).

A review judges work that was done. It never changes a conversation, tells the agent nothing and costs nobody anything.

    GET /v1/conversations/{c}/reviews                          -> ReviewsShown
    GET /v1/reviews/next?brand=&workflow=&limit=               -> ReviewQueue
    POST /v1/commands         NoteReview, ScoreReview, FinishReview (leads and admins)
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from agent_core.contract.base import Code, Digest, Instant, Value
from agent_core.contract.bodies import SaltText
from agent_core.contract.canonical import digest
from agent_core.contract.events.reviewing import CriterionScore, PickedFor
from agent_core.contract.facts import Percent
from agent_core.contract.ids import BrandId, ConversationId, OperatorId
from agent_core.contract.searching import FoundConversation

MOST_QUEUED: Final = 50

ReviewText = Annotated[str, Field(min_length=1, max_length=4000)]


class Criterion(Value):
    """One question of a rubric. `levels`: what 0, 1, 2 … points mean; the most points are one less than their number."""

    id: Code
    title: Annotated[str, Field(min_length=1, max_length=80)]
    description: Annotated[str, Field(max_length=400)] = ""
    levels: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=2, max_length=11)]
    weight: Annotated[int, Field(ge=1, le=10)] = 1

    @property
    def most(self) -> int:
        """Points that can be given."""
        return len(self.levels) - 1


class Rubric(Value):
    """By what a brand's conversations are judged."""

    name: Code
    title: Annotated[str, Field(min_length=1, max_length=80)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({each.id for each in self.criteria}) != len(self.criteria):
            raise ValueError("each criterion needs an id of its own")
        return self

    @property
    def digest(self) -> Digest:
        """Names this rubric in scores: another wording is another rubric."""
        return digest(self.model_dump(mode="json"))


class NoteReview(Value):
    """Write a note about a conversation, or about the event `about` in it. Nobody but colleagues sees it."""

    type: Literal["note_review"] = "note_review"
    conversation: ConversationId
    note: ReviewText
    comment_salt: SaltText | None = None
    about: Annotated[int, Field(ge=1)] | None = None


class ScoreReview(Value):
    """Score a conversation by the rubric whose digest was shown; each of its criteria once."""

    type: Literal["score_review"] = "score_review"
    conversation: ConversationId
    rubric: Digest
    scores: Annotated[tuple[CriterionScore, ...], Field(min_length=1, max_length=12)]
    seen: Annotated[int, Field(ge=1)]
    picked: PickedFor | None = None
    comment: ReviewText | None = None
    comment_salt: SaltText | None = None


class FinishReview(Value):
    """One has looked as far as `seen`: it leaves the queue."""

    type: Literal["finish_review"] = "finish_review"
    conversation: ConversationId
    seen: Annotated[int, Field(ge=1)]
    picked: PickedFor | None = None


ReviewCommand = NoteReview | ScoreReview | FinishReview


class ReviewNoteShown(Value):
    """A note. `text` says so when it was erased."""

    seq: int
    at: Instant
    operator: OperatorId
    name: str
    about: int | None
    text: str


class ReviewScoreShown(Value):
    """A score. `rubric_title` and `scores` are of the rubric it was given by; `current`: that is the present one."""

    seq: int
    at: Instant
    operator: OperatorId
    name: str
    rubric: Digest
    current: bool
    scores: tuple[CriterionScore, ...]
    total_percent: Percent
    seen: int
    picked: PickedFor | None
    comment: str
    replaced: bool = False
    """The same person scored it again later."""


class ReviewsShown(Value):
    """Everything leads said about one conversation, oldest first, and the rubric to score it by.

    Attributes:
        rubric: The brand's present one; `rubric_digest` goes into `ScoreReview.rubric`.
        finished_seq: As far as anybody has looked; none when nobody did.
        may_review: Whether this session may write any of it.
    """

    ok: Literal[True] = True
    conversation: ConversationId
    brand: BrandId
    seq: int
    rubric: Rubric
    rubric_digest: Digest
    notes: tuple[ReviewNoteShown, ...]
    scores: tuple[ReviewScoreShown, ...]
    finished_seq: int | None
    may_review: bool


class ReviewItem(Value):
    """A conversation that is worth a look. `reasons`: codes of what was flagged or disputed there."""

    picked: PickedFor
    reasons: tuple[Code, ...]
    seq: int
    of: FoundConversation


class ReviewQueue(Value):
    """What to look at next: everything disputed, everything flagged, and an honest random share of the rest.

    Attributes:
        waiting: How many wait altogether, by why they were picked; a conversation counts once, for the first reason.
        share_percent: Of each workflow's conversations at least this share is drawn, by a secret and the week they began
            in: nobody can choose or foresee what is drawn, and everybody draws the same.
        seed: Names the draw of this week.
    """

    ok: Literal[True] = True
    items: tuple[ReviewItem, ...]
    waiting: tuple[tuple[PickedFor, int], ...]
    share_percent: Percent
    since: Instant
    seed: str

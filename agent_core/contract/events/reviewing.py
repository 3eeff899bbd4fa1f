"""What leads say about a conversation afterwards: notes, scores by a rubric, and that they have looked (R-M5).

Evaluation of work that was done. Nothing follows from it in the conversation, and it is no part of the work: whoever counts
what people did for a customer passes over these events.
"""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event, Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.facts import Percent
from agent_core.contract.ids import OperatorId

PickedFor = Literal["random", "flagged", "disputed"]
"""Why the queue of reviews held it out: drawn at random, something was flagged in it, or somebody disputed it."""


class CriterionScore(Value):
    """Points for one criterion of a rubric."""

    criterion: Code
    points: int = Field(ge=0, le=10)


class ReviewNoted(Event):
    """A note about a conversation, or about the event `about` in it."""

    type: Literal["review_noted"] = "review_noted"
    operator: OperatorId
    note: BodyRef
    about: int | None = Field(default=None, ge=1)


class ReviewScored(Event):
    """A score by a rubric; a later one of the same person takes its place.

    Attributes:
        rubric: Digest of the rubric it was given by.
        total_percent: Weighted, as code reckoned it.
        seen: `seq` of the newest event that was judged.
        picked: Why it was in the queue, where it came from there.
    """

    type: Literal["review_scored"] = "review_scored"
    operator: OperatorId
    rubric: Digest
    scores: tuple[CriterionScore, ...] = Field(min_length=1, max_length=12)
    total_percent: Percent
    seen: int = Field(ge=1)
    picked: PickedFor | None = None
    comment: BodyRef | None = None


class ReviewFinished(Event):
    """Somebody has looked at the conversation as far as `seen`; it leaves the queue of reviews until more happens."""

    type: Literal["review_finished"] = "review_finished"
    operator: OperatorId
    seen: int = Field(ge=1)
    picked: PickedFor | None = None

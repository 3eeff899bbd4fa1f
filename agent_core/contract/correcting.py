"""To put right what the agent believes: the two commands, and what people see of it (R-M1, R-B7)."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from agent_core.contract.base import Instant, Value
from agent_core.contract.events.correcting import CorrectionName
from agent_core.contract.ids import ConversationId, FactId, OperatorId

Said = Annotated[str, StringConstraints(min_length=1, max_length=600)]


class CorrectBelief(Value):
    """Say that a belief, or a fact, is not so; and what is so instead, where one knows.

    Attributes:
        at: `seq` of the answer that holds the belief, and `index` its place there.
        fact: The fact that is not so, where it is no belief.
        right: What is so; none: only that it is wrong.
        source: How the person knows.
    """

    type: Literal["correct_belief"] = "correct_belief"
    conversation: ConversationId
    at: int | None = Field(default=None, ge=1)
    index: Annotated[int, Field(ge=0, le=100)] = 0
    fact: Annotated[FactId, StringConstraints(max_length=60)] | None = None
    right: Said | None = None
    source: Said

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.at is None) == (self.fact is None):
            raise ValueError("a belief or a fact, one of them")
        return self


class EndCorrection(Value):
    """Take a correction back."""

    type: Literal["end_correction"] = "end_correction"
    conversation: ConversationId
    correction: CorrectionName


class CorrectionShown(Value):
    """A correction as people see it. `statement`: what was believed; `right`: empty when only that it is wrong is known."""

    correction: CorrectionName
    operator: OperatorId
    name: str
    at: Instant
    believed_at: int | None
    index: int | None
    fact: FactId | None
    statement: str
    right: str
    source: str
    over: bool

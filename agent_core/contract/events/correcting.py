"""What a person puts right about what the agent believes, and the end of it (R-M1, R-B7)."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Event
from agent_core.contract.bodies import BodyRef
from agent_core.contract.facts import FactKey, FactRef
from agent_core.contract.ids import FactId, OperatorId, RunId

CorrectionName = Annotated[str, StringConstraints(pattern=r"^k[1-9][0-9]{0,5}$")]
"""Names a correction within its conversation: a counter."""

STATED: Final = "staff"
"""What the keys of facts begin with that staff stated. No declared tool needs such a key, so policy never reads one."""


class BeliefCorrected(Event):
    """A person says that something the agent believes is wrong, or what is so instead.

    What they state is a fact of its own, under a key that policy never reads: it may move the agent, never a limit. What a
    model was asked without it is stopped and asked again, and what waits for a yes on the strength of it lapses.

    Attributes:
        run: Whose belief it is; none when it is a fact itself that is not so.
        at: `seq` of the answer that holds the belief, and `index` its place there, from 0.
        fact: The fact that is not so.
        keys: What the belief rested on: proposals that rest on one of these lapse.
        facts: What is stated, cited like any other fact; values are in `facts_body`.
        notice: What the agent is told.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["belief_corrected"] = "belief_corrected"
    correction: CorrectionName
    operator: OperatorId
    run: RunId | None = None
    at: int | None = Field(default=None, ge=1)
    index: int | None = Field(default=None, ge=0, le=100)
    fact: FactId | None = None
    keys: tuple[FactKey, ...] = Field(default=(), max_length=40)
    facts: tuple[FactRef, ...] = Field(max_length=1)
    facts_body: BodyRef
    notice: BodyRef


class CorrectionEnded(Event):
    """A correction was taken back: whoever was told it is told that."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["correction_ended"] = "correction_ended"
    correction: CorrectionName
    operator: OperatorId
    notice: BodyRef

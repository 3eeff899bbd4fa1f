"""What a person tells the agent in private about a live conversation, and the end of it (R-E3, R-D2)."""

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from agent_core.contract.base import Event, Instant
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import OperatorId, RunId

SteeringName = Annotated[str, StringConstraints(pattern=r"^s[1-9][0-9]{0,5}$")]
"""Names a private instruction within its conversation: a counter."""


class AgentSteered(Event):
    """A person gave the agent a private instruction. What a model was asked without it is stopped and asked again.

    It changes nothing about what the agent may do: policy never reads it.

    Attributes:
        run: Only this run is told; none: every run that works here, and those that begin while it holds.
        until: From then on it holds no longer.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["agent_steered"] = "agent_steered"
    steering: SteeringName
    operator: OperatorId
    note: BodyRef
    run: RunId | None = None
    until: Instant


class SteeringEnded(Event):
    """A private instruction holds no longer, and whoever was told it is told that."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["steering_ended"] = "steering_ended"
    steering: SteeringName
    why: Literal["expired", "withdrawn"]
    operator: OperatorId | None = None
    notice: BodyRef

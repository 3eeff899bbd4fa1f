"""Why a person comes in: the reason codes of the table, and the values each rested on (R-E1)."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Event, Value
from agent_core.contract.ids import RunId


class EscalationGround(Value):
    """A value beside the figure it was held against. Never words of the customer."""

    signal: Code
    value: str = Field(max_length=80)
    limit: str = Field(max_length=80, default="")


class TriggerFired(Value):
    """One trigger of the table. `hard`: it fires whatever the agent is sure of."""

    code: Code
    hard: bool
    grounds: tuple[EscalationGround, ...] = Field(max_length=6)


class Escalated(Event):
    """Code found that a person must come in.

    Attributes:
        at: The message was understood, a run had an outcome, or a reply was about to be written.
        run: Only this part goes to a person; none: the whole conversation does, once the customer was told.
        fired: In the order in which they count; the first one is the reason.
    """

    type: Literal["escalated"] = "escalated"
    turn: int = Field(ge=0)
    at: Literal["triage", "outcome", "reply"]
    run: RunId | None = None
    fired: tuple[TriggerFired, ...] = Field(min_length=1, max_length=16)

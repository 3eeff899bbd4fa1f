"""That somebody ran a turn again in thought: who, from where, and what of it was asked anew. Nothing else of it is kept."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Event
from agent_core.contract.events.effects import Usage
from agent_core.contract.ids import OperatorId


class TurnForked(Event):
    """A turn was run again in memory, from a place of this log (R-M4). It decides nothing, and nothing was done.

    Stands in the log before anything is asked; once more, with what it took, where a model was asked.

    Attributes:
        position: `seq` of the last record that was kept.
        different: What was asked for differently: `workflow`, `arguments`, `model`, `policy`.
        live: Models or systems were to be asked where nothing was recorded.
        model_calls: Calls that were made for it; `usage` is what they took.
    """

    type: Literal["turn_forked"] = "turn_forked"
    operator: OperatorId
    position: int = Field(ge=1)
    different: tuple[Code, ...] = Field(max_length=8, default=())
    live: tuple[Code, ...] = Field(max_length=4, default=())
    model_calls: int = Field(ge=0, default=0)
    usage: Usage | None = None

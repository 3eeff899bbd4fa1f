"""How a private instruction ends: the event, and what those that were told it are told (R-E3).

One place for an end by time and by a person. The instruction itself is never taken out of a transcript.
"""

from typing import Literal

from agent_core.contract.bodies import Body
from agent_core.contract.events import SteeringEnded
from agent_core.contract.ids import OperatorId
from agent_core.conversation.state import Steering
from agent_core.engine.session import json_body

OVER = "instruction_over"
"""The outcome by which this notice is known."""

_WORDS = "This private instruction of a colleague holds no longer. Go on by your workflow alone where you followed it."


def ending(known: Steering, note: str | None, *, operator: OperatorId | None = None) -> tuple[SteeringEnded, Body]:
    """The end of an instruction.

    Args:
        known: It.
        note: Its words, so that a model with several knows which one; none where they were erased.
        operator: Who ended it; none: its time was over.
    """
    why: Literal["expired", "withdrawn"] = "expired" if operator is None else "withdrawn"
    by = "code" if operator is None else "person"
    notice = json_body("notice", {"outcome": OVER, "by": by, "instruction": note or "", "say": _WORDS})
    return SteeringEnded(steering=known.name, why=why, operator=operator, notice=notice.ref), notice

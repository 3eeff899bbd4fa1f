"""Whose an ask is meant to be (R-E4). A claim says who is on it now; an assignment says who should be, and does not end."""

from typing import Literal

from agent_core.contract.base import Event
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import AskId, OperatorId


class AskAssigned(Event):
    """A person gave an ask to somebody, to themselves, or to nobody in particular again. It decides nothing.

    Attributes:
        to: Whose it is from here on; none: whoever takes it.
        by: Who said so.
    """

    type: Literal["ask_assigned"] = "ask_assigned"
    ask: AskId
    to: OperatorId | None = None
    by: OperatorId
    comment: BodyRef | None = None

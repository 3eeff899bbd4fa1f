"""What nobody did in time: a customer who stays silent, people who do not look or decide (R-A4)."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Event, Instant
from agent_core.contract.ids import AskId
from agent_core.contract.outcomes import Clock, Quiet


class CustomerSilent(Event):
    """The customer did not write, and is asked once more with the brand's own words. Counts as nobody's work (R-J1).

    `since` is when the last words of either side were said, `number` the how manieth time in a row.
    """

    type: Literal["customer_silent"] = "customer_silent"
    why: Quiet
    number: int = Field(ge=1)
    since: Instant


class AskBreached(Event):
    """Nobody looked at an ask, or decided about it, in time. Never executes anything; the ask is raised again (R-A4, R-E4).

    Once for each clock in each queue. `told`: the customer hears now that it takes longer; once for each ask.
    """

    type: Literal["ask_breached"] = "ask_breached"
    ask: AskId
    what: Clock
    due: Instant
    told: bool = False

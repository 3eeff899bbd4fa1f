"""What the other side says a customer was given already, whoever gave it (R-C1, R-C2).

Beside `Tools`, for systems that keep a list which can be asked. Caps of what an agent may do alone must not rest on our own
log only: a restored database, another core, or people who act in the shop itself would make that count too low. Who cannot
say says so; it is never an exception, and never a zero.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Told:
    """What stands in the other side's own list.

    Attributes:
        amount_minor: Given in the currency that was asked about.
        count: How often something was given, in any currency.
    """

    amount_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class CannotTell:
    """It could not be found out.

    Attributes:
        code: Machine-readable reason; `no_list` where the system keeps none that can be asked.
        sentence: Our own words for it.
        transient: Asking again may help.
        timed_out: No answer came in time.
        retry_after: Seconds the other side asked to wait.
    """

    code: str
    sentence: str
    transient: bool = False
    timed_out: bool = False
    retry_after: float | None = None


@runtime_checkable
class Tallier(Protocol):
    """Tools of a system that can say what a customer was given."""

    async def tally(
        self, tool: str, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
    ) -> Told | CannotTell:
        """Everything given to a customer from `since` on and before `until`; never raises for anything the outside does.

        Args:
            tool: What is about to be done: the system that would do it is asked.
            customer: As that system names them.
            currency: Of the amount.
            since: The first moment that counts.
            until: The first that does not.
            deadline: The answer must be there by then.
        """
        ...


NO_LIST = CannotTell("no_list", "The system of this action keeps no list of what a customer was given.")

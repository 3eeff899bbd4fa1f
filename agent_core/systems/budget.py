"""A retry budget as a value: how much of the traffic to a system may be repetitions (R-A7).

Without one, every conversation's second attempt arrives at a system that is failing under the first ones. Each request
earns a part of a repetition; a repetition costs a whole one. Pure.
"""

from dataclasses import dataclass, replace
from typing import Final

EARNED_PERCENT: Final = 20
"""One repetition for five requests, on top of what is saved up."""
MOST: Final = 1_000
"""Hundredths of a repetition that can be saved up: ten."""


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """What is left, in hundredths of a repetition."""

    left: int = MOST

    def earned(self) -> "RetryBudget":
        """After a request."""
        return replace(self, left=min(MOST, self.left + EARNED_PERCENT))

    def spent(self) -> "RetryBudget | None":
        """After a repetition; none when there is nothing left for one."""
        return replace(self, left=self.left - 100) if self.left >= 100 else None

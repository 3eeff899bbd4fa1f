"""What can be stopped in a brand, and how far each stop would reach, as the core said when somebody asked. Pure (R-M3)."""

from dataclasses import dataclass

from agent_core.contract.ids import BrandId
from agent_core.contract.stopping import WorkflowReach, WorkflowReachAnswer


@dataclass(frozen=True, slots=True)
class Reach:
    """The slice.

    Attributes:
        answer: What the core said last; None before anybody asked.
        problem: Why it could not be read the last time, safe to show.
    """

    answer: WorkflowReachAnswer | None = None
    problem: str = ""

    def of(self, brand: str) -> tuple[WorkflowReach, ...] | None:
        """The workflows of a brand; None while they were not read."""
        return self.answer.workflows if self.answer is not None and self.answer.brand == brand else None


@dataclass(frozen=True, slots=True)
class ReachArrived:
    """The core said how far stops would reach, or why it did not."""

    brand: BrandId
    answer: WorkflowReachAnswer | None
    problem: str = ""


def reach_reduced(happening: ReachArrived) -> Reach:
    """The slice after something happened: the newest answer counts."""
    return Reach(happening.answer, happening.problem)

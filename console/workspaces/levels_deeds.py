"""What a person can do about levels. Nothing returns a result: the core says what became of it (R-C8)."""

from typing import Protocol

from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.levels import LevelPreview, LevelWaiting
from console.state.audit import Period
from console.state.levels import LevelWanted


class LevelsDeeds(Protocol):
    """The deeds."""

    def read_levels(self) -> None:
        """Ask what holds."""

    def read_evidence(self, period: Period) -> None:
        """Ask how actions fared in so many days."""

    def foresee(self, wanted: LevelWanted) -> None:
        """Ask what a change would come to. Nothing is done."""

    def sign(self, shown: LevelPreview, comment: str) -> None:
        """Sign exactly what was shown."""

    def take_back(self, brand: BrandId, workflow: WorkflowName, first: LevelWaiting) -> None:
        """Take back the first of two signatures."""

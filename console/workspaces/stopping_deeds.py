"""What a person can ask about stopping workflows. Nothing returns a result: the core says what became of it (R-M3)."""

from typing import Protocol

from agent_core.contract.ids import BrandId


class StoppingDeeds(Protocol):
    """The deeds besides `Deeds.pause` and `Deeds.resume`."""

    def read_reach(self, brand: BrandId) -> None:
        """Ask what can be stopped in a brand, and how far each stop would reach."""

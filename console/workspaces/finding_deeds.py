"""What the palette asks for while somebody types. Nothing returns a result: it is in the state (`console.state.finding`)."""

from typing import Protocol


class FindingDeeds(Protocol):
    """The deeds."""

    def find(self, typed: str) -> None:
        """Look for words in every conversation."""

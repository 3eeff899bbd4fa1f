"""What a person can ask for in Live beside deciding: what lists can be narrowed to, and a belief put right.

Nothing returns a result: what becomes of it is in the state, because the core said so.
"""

from typing import Protocol

from agent_core.contract.correcting import CorrectBelief, EndCorrection


class LiveDeeds(Protocol):
    """The deeds."""

    def read_listing(self) -> None:
        """Ask what lists can be narrowed to."""

    def correct_belief(self, command: CorrectBelief) -> None:
        """Put a belief right."""

    def end_correction(self, command: EndCorrection) -> None:
        """Take a correction back."""

"""What a person can ask for in Live beside deciding: what lists can be narrowed to, and a belief put right.

Nothing returns a result: what becomes of it is in the state, because the core said so.
"""

from typing import Protocol


class LiveDeeds(Protocol):
    """The deeds."""

    def read_listing(self) -> None:
        """Ask what lists can be narrowed to."""

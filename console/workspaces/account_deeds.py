"""Who is at this console: signing out and in again. Nothing returns a result: it is in the state."""

from typing import Protocol


class AccountDeeds(Protocol):
    """The deeds."""

    def sign_out(self) -> None:
        """End this person's session here; what customers wrote leaves the screen."""

    def sign_in(self) -> None:
        """Use the key that is kept here again."""

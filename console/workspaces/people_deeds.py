"""What a person can do about people and keys. Nothing returns a result: the core says what became of it (R-C7)."""

from dataclasses import dataclass
from typing import Protocol

from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.money import Money
from agent_core.contract.operator_commands import InvitationRow, OperatorKey
from agent_core.contract.signed import Role


@dataclass(frozen=True, slots=True)
class Once:
    """What is shown once and by nobody again.

    Attributes:
        title: Whose it is.
        words: What to do with it.
        shown: The signs themselves.
        after: What happens then; empty for nothing more to say.
    """

    title: str
    words: str
    shown: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class TermsAsked:
    """What somebody is to be allowed: role, brands, the limit of one yes, and of a day."""

    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    day_limit: Money | None


class PeopleDeeds(Protocol):
    """The deeds."""

    def read_people(self) -> None:
        """Ask who counts."""

    def invite(self, name: str, terms: TermsAsked) -> None:
        """Sign an invitation; its code is shown once."""

    def withdraw(self, row: InvitationRow) -> None:
        """Take an invitation back."""

    def countersign(self, row: InvitationRow) -> None:
        """Sign the key that was proven, after its fingerprint was compared."""

    def amend(self, known: OperatorKey, terms: TermsAsked) -> None:
        """Sign other terms for a colleague."""

    def stop(self, key: KeyFingerprint) -> None:
        """A key counts for nothing until its terms are signed anew."""

    def revoke(self, key: KeyFingerprint) -> None:
        """A key counts for nothing for ever; signed."""

    def rotate(self) -> None:
        """A new key for oneself."""

    def accept(self, code: str) -> None:
        """Make and prove a key for a one-time code; its fingerprint is shown."""

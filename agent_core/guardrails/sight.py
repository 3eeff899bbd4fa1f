"""How checks look at a text, as shapes: the boundary folds, masks and tells languages apart, and is not imported here.

Whoever composes the parts gives a `Sight` (`engine.sight`): so the checks see exactly what detectors see, and this package
stays beside the boundary, not above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

PrivateKind = Literal["card", "card_code", "iban", "bank_account", "national_id", "password", "secret"]


class Folded(Protocol):
    """A text folded for comparison: case, accents, look-alikes, spaces and what nobody sees are gone."""

    @property
    def text(self) -> str: ...

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the text behind `text[start:end]`."""
        ...


@dataclass(frozen=True, slots=True)
class Private:
    """A stretch that no reply may hold."""

    kind: PrivateKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """What code makes of a text's language.

    Attributes:
        language: Primary tag; none when it cannot be told reliably.
        others: `((start, end), tag)` of stretches that are reliably in one language, when there are several.
    """

    language: str | None
    others: tuple[tuple[tuple[int, int], str], ...] = ()


class Sight(Protocol):
    """How a text is looked at."""

    def fold(self, text: str) -> Folded:
        """The match view."""
        ...

    def private(self, text: str) -> Sequence[Private]:
        """Cards, accounts, national ids, passwords and keys."""
        ...

    def language(self, text: str) -> Spoken:
        """The language of a text."""
        ...

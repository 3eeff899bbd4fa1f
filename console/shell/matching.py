"""Which lines of the palette fit what was typed, best first. Pure, and fast enough for every key.

All words must be found, in any order; a word at the beginning of a line or of a word counts more than one inside, and
letters in order count least.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Named(Protocol):
    """Something with words to search in."""

    @property
    def words(self) -> str:
        """Its words."""
        ...


Line = TypeVar("Line", bound=Named)


def score(typed: str, words: str) -> int:
    """How well words fit what was typed: 0 not at all, more is better; anything fits nothing typed."""
    text = words.casefold()
    total = 1
    for part in typed.casefold().split():
        at = text.find(part)
        if at == 0:
            total += 40
        elif at > 0:
            total += 24 if not text[at - 1].isalnum() else 12
        elif len(part) > 1 and _in_order(part, text):
            total += 3
        else:
            return 0
    return total


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def best(typed: str, lines: Iterable[Line], most: int) -> list[Line]:
    """The lines that fit, best first, equal ones in their given order."""
    scored = [(score(typed, line.words), at, line) for at, line in enumerate(lines)]
    scored.sort(key=lambda one: (-one[0], one[1]))
    return [line for points, _, line in scored if points][:most]

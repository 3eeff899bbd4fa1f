"""Which lines of the palette fit what was typed, best first. Pure, and fast enough for every key.

All words must be found, in any order; a word at the beginning of a line or of a word counts more than one inside, and
letters in order count least.
"""

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar


class Named(Protocol):
    """Something with words to search in."""

    @property
    def words(self) -> str:
        """Its words."""
        ...

    @property
    def more(self) -> str:
        """Further words it is found by, which count less."""
        ...

    @property
    def recent(self) -> bool:
        """Whether it was chosen lately, which counts a little."""
        ...


_LATELY = 8
_WORDS = re.compile(r"\w+")
Line = TypeVar("Line", bound=Named)


def score(typed: str, words: str) -> int:
    """How well words fit what was typed: 0 not at all, more is better; anything fits nothing typed."""
    text = words.casefold()
    total = 1
    for part in typed.casefold().split():
        at = text.find(part)
        total += min(3, max(0, text.count(part) - 1))
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
    """Whether letters stand in order, each beginning a word or following the one before it: `qh`, `quho`, `quiho`."""
    begins = [at for at, sign in enumerate(text) if sign.isalnum() and (at == 0 or not text[at - 1].isalnum())]
    places = {at for at in begins if text[at] == letters[0]}
    for letter in letters[1:]:
        first = min(places, default=len(text))
        places = {at + 1 for at in places if text[at + 1 : at + 2] == letter} | {
            at for at in begins if at > first and text[at] == letter
        }
    return bool(places)


def _begun(typed: str, line: Named) -> int:
    """Few points where every word typed begins one of what something is for; letters in order would fit any long text."""
    if not line.more:
        return 0
    begun = _WORDS.findall(f"{line.words} {line.more}".casefold())
    return 2 if all(any(word.startswith(part) for word in begun) for part in typed.casefold().split()) else 0


def _ranked(typed: str, line: Named) -> int:
    points = score(typed, line.words) or _begun(typed, line)
    return points + _LATELY if points and line.recent else points


def best(typed: str, lines: Iterable[Line], most: int) -> list[Line]:
    """The lines that fit, best first, equal ones in their given order."""
    scored = [(_ranked(typed, line), at, line) for at, line in enumerate(lines)]
    scored.sort(key=lambda one: (-one[0], one[1]))
    return [line for points, _, line in scored if points][:most]

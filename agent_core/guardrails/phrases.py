"""Phrases found whatever their case, spacing, punctuation, markdown or look-alike letters, with their places (R-F1).

A text is folded (`sight.Sight.fold`), and its letters are drawn together: `gua-ran_tee`, `g u a r a n t e e` and
`**guar**antee` are one. A phrase counts where it begins and ends with words of the text, so a phrase inside another word is
none. Digits that stand for letters inside a word (`gu4rantee`) are read as both.

A guard against what a model writes by itself and against what it copies from hostile text; it is no filter of customers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent_core.guardrails.finding import Span
from agent_core.guardrails.sight import Folded, Sight

_WORD: Final = re.compile(r"[^\W_]+")
_SENTENCE: Final = re.compile(r"(?<=[.!?…:;])\s+|\n+")
_IN_PLACE_OF_LETTERS: Final = re.compile(r"[a-z][0134578@$]|[0134578@$][a-z]")
_LETTERS: Final = str.maketrans("0134578@$", "oieastbas")
_LONG: Final = 6
"""From so many letters on a phrase is found however its letters are spaced."""


class Words:
    """The words of a text, drawn together.

    Attributes:
        drawn: Every letter and digit of the folded text, nothing between.
    """

    __slots__ = ("_at", "_begins", "_ends", "_folded", "_read", "drawn")

    def __init__(self, folded: Folded) -> None:
        self._folded = folded
        text = folded.text
        if _IN_PLACE_OF_LETTERS.search(text):
            text = _as_letters(text)
        words: list[str] = []
        self._begins: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        place = 0
        for number, found in enumerate(_WORD.finditer(text)):
            words.append(folded.text[found.start() : found.end()])
            self._begins[place] = number
            place += found.end() - found.start()
            self._ends[place] = number
        self._at: list[Span] | None = None
        self.drawn = "".join(words)
        self._read = "".join(_WORD.findall(text)) if text is not folded.text else self.drawn

    def find(self, phrase: "Phrase") -> Iterator[Span]:
        """The places of a phrase, in the clean text."""
        drawn = phrase.drawn
        if not drawn:
            return
        for text in (self.drawn,) if self._read is self.drawn else (self.drawn, self._read):
            start = text.find(drawn)
            while start >= 0:
                first, last = self._begins.get(start), self._ends.get(start + len(drawn))
                if first is not None and last is not None and self._spaced(phrase, first, last):
                    yield self._place(first, last)
                start = text.find(drawn, start + 1)

    def holds(self, phrases: Iterable["Phrase"]) -> bool:
        """Whether one of the phrases is there."""
        return any(True for phrase in self._near(phrases) for _ in self.find(phrase))

    def places(self, phrases: Iterable["Phrase"]) -> tuple[Span, ...]:
        """The places of all of them, in the clean text, phrase by phrase."""
        return tuple(place for phrase in self._near(phrases) for place in self.find(phrase))

    def _near(self, phrases: Iterable["Phrase"]) -> "list[Phrase]":
        """Those whose letters stand here at all: of a brand's hundred phrases mostly none."""
        drawn, read = self.drawn, self._read
        if read is drawn:
            return [phrase for phrase in phrases if phrase.drawn in drawn]
        return [phrase for phrase in phrases if phrase.drawn in drawn or phrase.drawn in read]

    def _spaced(self, phrase: "Phrase", first: int, last: int) -> bool:
        count = last - first + 1
        return len(phrase.drawn) >= _LONG or count in (phrase.words, len(phrase.drawn))

    def _place(self, first: int, last: int) -> Span:
        if self._at is None:
            text = self._folded.text
            read = _as_letters(text) if _IN_PLACE_OF_LETTERS.search(text) else text
            self._at = [found.span() for found in _WORD.finditer(read)]
        return self._folded.span(self._at[first][0], self._at[last][1])


def _as_letters(text: str) -> str:
    """The text with signs read as letters inside words that hold letters; as long as before."""
    return re.sub(r"[a-z0-9@$]+", lambda found: _word_as_letters(found[0]), text)


def _word_as_letters(word: str) -> str:
    if word.isalpha() or word.isdigit() or not any("a" <= each <= "z" for each in word):
        return word
    return word.translate(_LETTERS) if sum(each.isalpha() for each in word) * 2 >= len(word) else word


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it is looked for."""

    drawn: str
    words: int


@lru_cache(maxsize=8192)
def phrase(sight: Sight, text: str) -> Phrase:
    """A phrase, folded once."""
    words = _WORD.findall(sight.fold(text).text)
    return Phrase("".join(words), len(words))


def phrases(sight: Sight, groups: Mapping[str, Sequence[str]]) -> list[Phrase]:
    """Phrases of every language: a reply may mix them, and a phrase to avoid is avoided in all."""
    return [phrase(sight, text) for group in groups.values() for text in group]


def sentences(text: str) -> list[Span]:
    """The places of the sentences of a text, roughly: what a `not` can reach."""
    places: list[Span] = []
    start = 0
    for found in _SENTENCE.finditer(text):
        if text[start : found.start()].strip():
            places.append((start, found.start()))
        start = found.end()
    if text[start:].strip():
        places.append((start, len(text)))
    return places

"""What is shown of a hit: a stretch of its text and where in it the words are; and how well it answers. Pure.

Never markup: places are numbers, the text is plain. Places are found by the very tokens the index was made of.
"""

from dataclasses import dataclass
from typing import Final

from agent_core.contract.searching import TextRange
from agent_core.service.search.questions import Question, Term
from agent_core.service.search.words import LONGEST, Word, plain_words, words_of

LONG: Final = 220
"""Characters of a snippet."""

_BEFORE: Final = 60
_MOST_MARKS: Final = 24
_EXACT: Final = 3
_FREQUENT: Final = 4


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of a text."""

    text: str
    marks: tuple[TextRange, ...]
    cut_before: bool
    cut_after: bool


def snippet(text: str, question: Question) -> Snippet:
    """The stretch of a text in which most of the words are, the earliest where several are as good."""
    found = places(text, question)
    start = _best_start(text, found)
    end = min(len(text), start + LONG)
    shown = "".join(" " if letter.isspace() else letter for letter in text[start:end])
    marks = [(max(a, start) - start, min(b, end) - start) for a, b, _ in found if a < end and b > start]
    merged: list[tuple[int, int]] = []
    for a, b in sorted(marks):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    ranges = tuple(TextRange(start=a, end=b) for a, b in merged[:_MOST_MARKS])
    return Snippet(shown, ranges, start > 0, end < len(text))


def places(text: str, question: Question) -> list[tuple[int, int, int]]:
    """Where the terms are: first and last character, and which term."""
    words = list(words_of(text))
    found: list[tuple[int, int, int]] = []
    for number, term in enumerate(question.wanted):
        for spelling in term.spellings:
            found.extend((a, b, number) for a, b in _places(words, spelling, term))
    return sorted(found)


def score(text: str, question: Question) -> int:
    """How well a text answers: whole words before beginnings, often before once, short before long. Only compared."""
    if text.isascii() and all(len(spelling) == 1 for term in question.wanted for spelling in term.spellings):
        return _plain_score(text, question)
    return _whole_score(text, question)


def _whole_score(text: str, question: Question) -> int:
    words = list(words_of(text))
    total = 0
    for term in question.wanted:
        exact = begun = 0
        for spelling in term.spellings:
            for a, b in _places(words, spelling, term):
                whole = len(spelling) > 1 or len(term.spellings[0][0]) >= b - a
                exact, begun = (exact + 1, begun) if whole else (exact, begun + 1)
        total += 100 * (min(exact, _FREQUENT) * _EXACT + min(begun, _FREQUENT))
    return total * 64 // (64 + len(words))


def _plain_score(text: str, question: Question) -> int:
    """The same of single words in a text of ASCII, several times as fast: the best are picked among a thousand texts."""
    words = plain_words(text)
    total = 0
    for term in question.wanted:
        exact = begun = 0
        long = len(term.spellings[0][0])
        for (wanted,) in term.spellings:
            found = [word for word in words if word.startswith(wanted) and (term.prefix or word[:LONGEST] == wanted)]
            whole = sum(len(word) <= long for word in found)
            exact, begun = exact + whole, begun + len(found) - whole
        total += 100 * (min(exact, _FREQUENT) * _EXACT + min(begun, _FREQUENT))
    return total * 64 // (64 + len(words))


def _places(words: list[Word], spelling: tuple[str, ...], term: Term) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    if not spelling:
        return found
    for place in range(len(words) - len(spelling) + 1):
        there = words[place : place + len(spelling)]
        if all(word.text == wanted for word, wanted in zip(there[:-1], spelling[:-1], strict=True)) and _is(
            there[-1], spelling[-1], begins=term.prefix
        ):
            end = there[-1].start + len(spelling[-1]) if there[-1].pair and term.prefix else there[-1].end
            found.append((there[0].start, end))
    return found


def _is(word: Word, wanted: str, *, begins: bool) -> bool:
    """Whether a word is the wanted one, or begins like it, in one of its spellings."""
    if begins:
        return word.text.startswith(wanted) or word.spelt.startswith(wanted)
    return wanted in (word.text, word.spelt)


def _best_start(text: str, found: list[tuple[int, int, int]]) -> int:
    """Where a snippet begins: a little before the place from which on most terms follow within it, at a word's start."""
    if not found or len(text) <= LONG:
        return 0
    best, most = found[0][0], 0
    for place, (a, _, _) in enumerate(found[:200]):
        there = {term for b, _, term in found[place : place + 40] if b < a + LONG - _BEFORE}
        if len(there) > most:
            best, most = a, len(there)
    start = max(0, min(best - _BEFORE, len(text) - LONG))
    while 0 < start < best and not text[start - 1].isspace():
        start += 1
    return start

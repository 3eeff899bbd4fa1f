"""Reads the words of a folded text as concepts: what tells to drop something, what binds an assistant, whose it is.

One pass over the tokens, a few dictionary look-ups each, no expression that could go back and forth: the time grows with the
length of the text and with nothing else. Writing without spaces is cut where a known word stands.
"""

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import regex

from agent_core.boundary.detectors import phrase_table, word_table
from agent_core.boundary.match import MatchView, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DENSE: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}ー"
_END: Final = ".!?。！？…"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a known word of writing without spaces.

    Attributes:
        concepts: What it or the expression it begins may mean.
        start: Place in the folded text.
        end: Place after it, or after the expression.
        sentence: Number of the sentence.
    """

    word: str
    concepts: frozenset[str]
    start: int
    end: int
    sentence: int


@dataclass(slots=True)
class _Lexicon:
    """Words and stems by their first token."""

    words: dict[str, list[tuple[tuple[str, ...], str]]] = field(
        default_factory=lambda: dict[str, list[tuple[tuple[str, ...], str]]]()
    )
    stems: dict[str, list[tuple[tuple[str, ...], str]]] = field(
        default_factory=lambda: dict[str, list[tuple[tuple[str, ...], str]]]()
    )
    lengths: tuple[int, ...] = ()
    dense: dict[str, set[str]] = field(default_factory=lambda: dict[str, set[str]]())

    def add(self, concept: str, entry: str) -> None:
        parts = [part for each in entry.split("_") for part in _split(fold(each.removesuffix("*")))]
        stem = entry.endswith("*")
        tail = tuple(parts[1:-1]) + ((parts[-1] + ("*" if stem else ""),) if len(parts) > 1 else ())
        table = self.stems if stem and len(parts) == 1 else self.words
        table.setdefault(parts[0], []).append((tail, concept))

    def finish(self) -> None:
        self.lengths = tuple(sorted({len(stem) for stem in self.stems}))

    def of(self, word: str) -> list[tuple[tuple[str, ...], str]]:
        found = list(self.words.get(word, ()))
        for length in self.lengths:
            if length > len(word):
                break
            found += self.stems.get(word[:length], ())
        return found


_WORD: Final = regex.compile(rf"(?:(?![{_DENSE}])[\p{{L}}\p{{M}}\p{{N}}])+(?:['’](?:(?![{_DENSE}])[\p{{L}}\p{{M}}])+)?")


def _split(text: str) -> list[str]:
    return _WORD.findall(text) or ([text] if text else [])


@functools.cache
def _lexicon() -> _Lexicon:
    lexicon = _Lexicon()
    for table in (word_table.SPACED, phrase_table.PHRASES):
        for concept, lines in table.items():
            for entry in " ".join(lines).split():
                lexicon.add(concept, entry)
    for concept, line in (("neutral", word_table.NEUTRAL), ("others", word_table.OTHERS), ("prompt", word_table.PROMPTS)):
        for entry in line.split():
            lexicon.add(concept, entry)
    tables: Iterable[Mapping[str, tuple[str, ...]]] = (
        word_table.DENSE, phrase_table.DENSE_PHRASES, {"prompt": (word_table.PROMPTS_DENSE,)},
    )  # fmt: skip
    for table in tables:
        for concept, lines in table.items():
            for entry in " ".join(lines).split():
                lexicon.dense.setdefault(fold(entry), set()).add(concept)
    lexicon.finish()
    return lexicon


@functools.cache
def _tokens() -> regex.Pattern[str]:
    terms = "|".join(regex.escape(term) for term in sorted(_lexicon().dense, key=len, reverse=True))
    return regex.compile(rf"(?P<term>{terms})|(?P<word>{_WORD.pattern})|(?P<dense>[{_DENSE}])|(?P<end>[{_END}])")


@functools.cache
def _tokens_of_ascii() -> re.Pattern[str] | None:
    """As `_tokens` in a text of ASCII, where no writing without spaces stands; none if a term of such writing is ASCII."""
    if any(term.isascii() for term in _lexicon().dense):
        return None
    return re.compile(r"(?P<word>[A-Za-z0-9]+(?:'[A-Za-z]+)?)|(?P<end>[.!?])")


def tokens_of(view: MatchView) -> list[Token]:
    """The tokens of a folded text, in order. `concepts` is empty for words that mean nothing here."""
    lexicon = _lexicon()
    pattern = _tokens_of_ascii() if view.text.isascii() else None
    raw: list[tuple[str, str, int, int, int]] = []
    sentence = 0
    for found in (pattern or _tokens()).finditer(view.text):
        kind = str(found.lastgroup)
        if kind == "end":
            sentence += 1
        else:
            raw.append((kind, found.group(), found.start(), found.end(), sentence))
    known: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    tokens: list[Token] = []
    for place, (kind, word, start, end, number) in enumerate(raw):
        if kind == "term":
            tokens.append(Token(word, frozenset(lexicon.dense[word]), start, end, number))
            continue
        entries = known.get(word)
        if entries is None:
            entries = known[word] = lexicon.of(word)
        if not entries:
            tokens.append(Token(word, _NOTHING, start, end, number))
            continue
        concepts: set[str] = set()
        last = end
        for tail, concept in entries:
            if not tail:
                concepts.add(concept)
            elif _follows(raw, place, tail):
                concepts.add(concept)
                last = max(last, raw[place + len(tail)][3])
        tokens.append(Token(word, frozenset(concepts), start, last, number))
    return tokens


_NOTHING: Final[frozenset[str]] = frozenset()


def _follows(raw: list[tuple[str, str, int, int, int]], place: int, tail: tuple[str, ...]) -> bool:
    if place + len(tail) >= len(raw):
        return False
    for offset, wanted in enumerate(tail, 1):
        word = raw[place + offset][1]
        if not (word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted):
            return False
    return True

"""Words of any writing system, as they are kept in the index and looked for: folded, with their places in the text.

Why not a tokenizer of SQLite's: `unicode61` keeps a whole clause of Chinese as one word and differs from version to version;
`trigram` finds nothing shorter than three letters, which most Chinese words are, and takes three times the room. Here a run
of a script without blanks is its pairs of letters and its last letter, everything else is words. What is handed to SQLite
holds letters and digits only, so its tokenizer has nothing to decide. Another `VERSION` is another index.

Nothing here may ever fail on a text, or keep a character that a query language could mean something by.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

VERSION: Final = 1

LONGEST: Final = 64
"""Characters of a word that count."""

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\u30FC\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_RUNS: Final = regex.compile(rf"[{_UNSPACED}]+|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+", regex.VERSION1)
_PLAIN: Final = regex.compile(r"[A-Za-z0-9]+")
_PLAINLY: Final = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
"""For texts of ASCII alone: what `_PLAIN` finds, several times as fast."""
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"}
_FIRST_UNSPACED: Final = regex.compile(rf"[{_UNSPACED}]", regex.VERSION1)


@dataclass(frozen=True, slots=True)
class Word:
    """One token and where it stands.

    Attributes:
        pair: Of a script without blanks; `last`: the single letter that ends such a run.
        spelt: How people write it who have no umlauts on their keyboard; empty where it has none.
    """

    text: str
    start: int
    end: int
    pair: bool = False
    last: bool = False
    spelt: str = ""


def words_of(text: str) -> Iterator[Word]:
    """The tokens of a text, in order."""
    if text.isascii():
        for found in _PLAIN.finditer(text):
            yield Word(found[0].lower()[:LONGEST], found.start(), found.end())
        return
    for found in _RUNS.finditer(text):
        run, start = found[0], found.start()
        if not _FIRST_UNSPACED.match(run):
            folded = fold(run[: 4 * LONGEST])
            if folded:
                yield Word(folded, start, found.end(), spelt=spelt(run[:LONGEST]))
            continue
        for place in range(len(run)):
            piece = fold(run[place : place + 2])
            if piece:
                yield Word(piece, start + place, min(start + place + 2, found.end()), True, place == len(run) - 1)


def plain_words(text: str) -> list[str]:
    """The words of a text of ASCII in small letters, as long as they are."""
    return text.translate(_PLAINLY).split()


def indexed(text: str) -> tuple[str, str]:
    """A text as its tokens with blanks between them, and those of them that are also spelt otherwise: what is indexed."""
    if text.isascii():
        words = plain_words(text)
        return " ".join(words if len(max(words, key=len, default="")) <= LONGEST else [word[:LONGEST] for word in words]), ""
    found: list[str] = []
    otherwise: list[str] = []
    for run in _RUNS.findall(text):
        if run.isascii():
            found.append(run.lower()[:LONGEST])
        elif _FIRST_UNSPACED.match(run):
            found.extend(filter(None, (fold(run[place : place + 2]) for place in range(len(run)))))
        elif folded := fold(run[: 4 * LONGEST]):
            found.append(folded)
            if other := spelt(run[:LONGEST]):
                otherwise.append(other)
    return " ".join(found), " ".join(otherwise)


@lru_cache(maxsize=65_536)
def spelt(word: str) -> str:
    """`mueller` for `Müller`; empty for a word without such letters."""
    lower = unicodedata.normalize("NFC", word).casefold()
    if not any(letter in lower for letter in _UMLAUTS):
        return ""
    return fold("".join(_UMLAUTS.get(letter, letter) for letter in lower))


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """A word without case, width and the accents of Latin, Greek and Cyrillic letters; letters, marks and digits only."""
    if word.isascii():
        return word.lower()[:LONGEST]
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).casefold())
    whole = unicodedata.normalize("NFC", "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f"))
    return "".join(letter for letter in whole if unicodedata.category(letter)[0] in "LMN")[:LONGEST]

"""The match view: what detectors, forbidden phrases and identifiers are compared in (R-D1, R-D3). Never shown, never sent.

Letters that look alike are one letter here: compatibility forms, case, accents, joiners, every kind of space and digit, and
the confusables of UTS 39. Each character is folded by itself, so every place leads back to the clean text, and a phrase is
folded by the same function it is looked for with. It must never be stored as somebody's words.

Two departures from UTS 39, both so that phrases stay readable: ASCII characters stay what they are (`m` is not `rn`, `1` is
not `l`; `skeleton` is the full form, for comparing two names), and a letter whose capital looks like a Latin capital is that
letter in both cases.
"""

import functools
import json
import re
import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_core.boundary.tables import CONFUSABLES_PATH, character_class, tables
from agent_core.contract.errors import Unusable

_MOST_REMEMBERED: Final = 20_000
"""Folded characters kept in memory; a text made of all of Unicode must not make it grow."""

_KANA_MARKS: Final = frozenset("\u3099\u309a")
_OTHER_MARKS = re.compile(f"[{character_class([[0x483, 0x489], [0x591, 0x5BD], [0x5BF, 0x5BF], [0x5C1, 0x5C7]])}]")
_GREEK_CAPITALS: Final = str.maketrans("ΗΝΥ", "HNY")
"""Greek capitals that look like another Latin letter than their small forms do; as capitals they matter in Latin words."""

_ODD_SPACE = re.compile("  |[\t\r]")
_SPACES = re.compile(" {2,}")
_NO_SECOND_SPACE = re.compile(r"(?:^ ?|(?<! ) |[^ ]+)")
_GREEK_CAPITAL = re.compile("[ΗΝΥ]")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z]")
_ESCAPED_OR_OUTSIDE_ASCII = re.compile(r"\\.|[^\\\x00-\x7f]+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MatchView:
    """A text folded for comparison.

    Attributes:
        text: The folded text.
        offsets: For each of its characters the place in the clean text it came from, and then the length of that text.
    """

    text: str
    offsets: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the clean text behind `text[start:end]`, with what was folded away among and after them."""
        if start >= end:
            return self.offsets[start], self.offsets[start]
        last = self.offsets[end - 1]
        while self.offsets[end] == last:
            end += 1
        return self.offsets[start], self.offsets[end]


def match_view(text: str) -> MatchView:
    """Folds a clean text.

    Args:
        text: Clean text (`clean`); anything else folds too, lone surrogates to nothing.
    """
    if text.isascii() and _ODD_SPACE.search(text) is None:
        return MatchView(text.lower(), range(len(text) + 1))
    if _GREEK_CAPITAL.search(text):
        text = _WORD.sub(_visual_capitals, text)
    folds = {each: _FOLD[each] for each in set(text)}
    if set(map(len, folds.values())) == {1}:
        folded = text.translate(str.maketrans(folds))
        starts: Sequence[int] = range(len(text) + 1)
    else:
        folded = "".join([folds[each] for each in text])
        lengths = {each: len(folded) for each, folded in folds.items()}
        starts = array("I", [place for place, each in enumerate(text) for _ in range(lengths[each])])
        starts.append(len(text))
    if "  " in folded:
        kept = [place for found in _NO_SECOND_SPACE.finditer(folded) for place in range(*found.span())]
        folded = _SPACES.sub(" ", folded)
        starts = array("I", [starts[place] for place in kept])
        starts.append(len(text))
    return MatchView(folded, starts)


def fold(text: str) -> str:
    """A phrase as it stands in a match view."""
    return match_view(text).text


def fold_pattern(pattern: str) -> str:
    r"""A regular expression whose characters beyond ASCII are folded, for use on a match view.

    ASCII is left alone, escapes such as `\W` with it: write ASCII letters small. Characters beyond ASCII must not be the
    ends of a range, nor, if they fold to several (`ß`), stand in a class or before a quantifier.
    """
    return _ESCAPED_OR_OUTSIDE_ASCII.sub(
        lambda m: m[0] if m[0][0] == "\\" else "".join(map(_FOLD.__getitem__, m[0])), pattern
    )


def skeleton(text: str) -> str:
    """The skeleton of UTS 39, section 4: two names whose skeletons are equal look alike.

    Case is kept, as the standard has it: fold it first where it does not matter.
    """
    table = prototypes()
    ignored = tables().suspect
    decomposed = unicodedata.normalize("NFD", text)
    mapped = "".join(table.get(each, each) for each in decomposed if not ignored.match(each))
    return unicodedata.normalize("NFD", mapped)


@functools.cache
def prototypes() -> Mapping[str, str]:
    """What each confusable character looks like, as shipped; see `read_prototypes`."""
    return read_prototypes(CONFUSABLES_PATH)


def read_prototypes(path: Path) -> Mapping[str, str]:
    """The prototypes in a file made by `build_tables --confusables`.

    Raises:
        Unusable: `unicode_tables_missing`.
    """
    try:
        grouped: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["prototypes"]
    except (OSError, ValueError, KeyError) as error:
        raise Unusable(
            "unicode_tables_missing", "The Unicode tables of this installation are missing or damaged. Install it again.",
            detail=str(error),
        ) from error  # fmt: skip
    return {source: prototype for prototype, sources in grouped.items() for source in sources}


class _Folded(dict[str, str]):
    """Folded characters, remembered: a customer's message uses few of them."""

    __slots__ = ()

    def __missing__(self, character: str) -> str:
        folded = _folded(character)
        if len(self) < _MOST_REMEMBERED:
            self[character] = folded
        return folded


_FOLD: Final = _Folded()


def _visual_capitals(word: re.Match[str]) -> str:
    return word[0].translate(_GREEK_CAPITALS) if _LATIN.search(word[0]) else word[0]


def _folded(character: str) -> str:
    """One character folded until nothing changes any more; three rounds are the most any needs."""
    while (folded := "".join(map(_once, character))) != character:
        character = folded
    return folded


def _once(character: str) -> str:
    if character.isascii():
        return character.lower() if character not in "\t\r" else " "
    if tables().suspect.match(character):
        return ""
    if character.isspace():
        return " "
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(character)
    if kind == "Pd":
        return "-"
    if kind[0] in "PS":
        return _of_symbol(character)
    if "\uac00" <= character <= "\ud7a3":
        return character
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return unicodedata.normalize("NFC", "".join(map(_of_letter, filter(_counts, decomposed))))


def _counts(character: str) -> bool:
    """Whether a character of a decomposition is more than an accent. Voicing marks of kana make another letter."""
    if character in _KANA_MARKS:
        return True
    return tables().inherited.match(character) is None and _OTHER_MARKS.match(character) is None


def _of_symbol(symbol: str) -> str:
    for first in _ENCLOSED_ALPHABETS:
        if 0 <= (place := ord(symbol) - first) < 26:
            return chr(ord("a") + place)
    looks = prototypes().get(symbol, "")
    if looks.isascii() and looks:
        return _SYMBOLS.get(looks, looks.lower())
    return "".join(filter(_counts, unicodedata.normalize("NFKD", symbol)))


_ENCLOSED_ALPHABETS: Final = (0x1F150, 0x1F170, 0x1F1E6)
"""White on black circles and squares, and the letters of flags: nothing in Unicode says that they are letters."""

_SYMBOLS: Final = {"''": '"', "l": "|", "O": "o"}


def _of_letter(letter: str) -> str:
    if letter.isascii() or "\u3040" <= letter <= "\u30ff":
        return letter  # kana look like Han and like brackets, and nobody writes the one for the other
    looks = prototypes().get(letter, letter)
    if looks == "rn":
        return "m"
    capital = _capitals().get(looks)
    if capital is not None:
        return capital
    bare = "".join(filter(_counts, unicodedata.normalize("NFD", looks))).lower()
    # A letter that looks like a digit stays a letter: numbers are found in the match view too.
    return bare if bare and not bare.isdigit() and (bare.isascii() or bare.isalpha()) else letter


@functools.cache
def _capitals() -> Mapping[str, str]:
    """Prototypes beyond ASCII, one of whose letters has a capital that looks like a Latin one: `в` is `b`, for `В` is."""
    table = prototypes()
    found: dict[str, str] = {}
    for small in sorted({*table, *table.values()}):
        looks = table.get(small, small)
        capital = table.get(small.upper(), "")
        if (
            small.isalpha()
            and small.islower()
            and not looks.isascii()
            and len(capital) == 1
            and capital.isascii()
            and capital.isalpha()
        ):
            found.setdefault(looks, capital.lower())
    return found

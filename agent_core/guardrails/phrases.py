"""Phrases found whatever their case, spacing, punctuation or look-alike letters.

A guard against what a model writes by itself and against what it copies from hostile text; it is no filter of customers.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

_LOOK_ALIKES: Final = str.maketrans(
    {
        **dict(zip("аеорсухіјѕԁһӏ", "aeopcyxijsdhl", strict=True)),
        **dict(zip("αοερτυικνχ", "aoeptuikvx", strict=True)),
        "ı": "i",
    }
)  # fmt: skip
_NOT_WORD: Final = re.compile(r"[\W_]+")
_ALONE: Final = re.compile(r"(?<= )(\w) (?=\w )")
_SENTENCE: Final = re.compile(r"(?<=[.!?…:;])\s+|\n+")


def squeezed(text: str) -> str:
    """The text as words between single spaces: compatible forms made plain, case folded, look-alikes made Latin.

    Letters of another script are only taken for Latin ones in words that mix both: Greek and Russian stay what they are.
    """
    if text.isascii():
        return f" {' '.join(filter(None, _NOT_WORD.split(text.lower().replace('`', '').replace(chr(39), ''))))} "
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isascii() or unicodedata.category(c) != "Cf")
    plain = shown.casefold().translate(_QUOTES).replace("'", "")
    return f" {' '.join(word if word.isascii() else _plain_word(word) for word in _NOT_WORD.split(plain) if word)} "


_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})


def _plain_word(word: str) -> str:
    mixed = any("a" <= c <= "z" for c in word)
    return word.translate(_LOOK_ALIKES) if mixed else word


@lru_cache(maxsize=4096)
def _wanted(phrase: str) -> str:
    return squeezed(phrase)


def holds_any(squeezed_text: str, phrases: Iterable[str]) -> bool:
    """Whether a squeezed text holds one of the phrases as whole words."""
    return any(_wanted(phrase) in squeezed_text for phrase in phrases)


def drawn_together(squeezed_text: str) -> str:
    """A squeezed text with letters that stand alone drawn together: `r e f u n d e d` is `refunded`."""
    return _ALONE.sub(r"\1", squeezed_text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly: what a `not` can reach."""
    return [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]


def in_language(phrases: Mapping[str, Iterable[str]]) -> list[str]:
    """Phrases of every language: a reply may mix them, and a phrase to avoid is avoided in all."""
    return [phrase for group in phrases.values() for phrase in group]

"""Which writing systems a text uses, and which words mix them as no writer does (R-D1, R-D3; UTS 39, section 5).

A product name in its own script beside the customer's script is ordinary; one Cyrillic letter inside a Latin name is an
imitation. It must never decide anything: it names words, and a detector or a person judges them.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import regex

from agent_core.boundary.match import fold

Level = Literal["single", "high", "moderate", "minimal"]
"""Restriction levels of UTS 39: one script; Latin with Japanese, Chinese or Korean; Latin with one other recommended script
that is neither Cyrillic nor Greek; anything else."""

OTHER: Final = "Other"
"""All scripts that UAX 31 does not recommend for identifiers, as one."""

_RECOMMENDED: Final = (
    "Latin", "Han", "Cyrillic", "Arabic", "Greek", "Hiragana", "Katakana", "Hangul", "Devanagari", "Hebrew", "Thai",
    "Armenian", "Bengali", "Bopomofo", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Kannada", "Khmer", "Lao",
    "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thaana", "Tibetan",
)  # fmt: skip
_AUGMENTED: Final = {
    "Han": ("Chinese", "Japanese", "Korean"),
    "Hiragana": ("Japanese",),
    "Katakana": ("Japanese",),
    "Hangul": ("Korean",),
    "Bopomofo": ("Chinese",),
}
"""UTS 39, 5.1: languages written in several scripts at once count as one script each."""

_EAST_ASIAN: Final = frozenset({"Chinese", "Japanese", "Korean"})
_SCRIPT = regex.compile("|".join(rf"(\p{{Script={name}}})" for name in _RECOMMENDED))
_SHARED = regex.compile(r"[\p{Script=Common}\p{Script=Inherited}]")
_EXTENSIONS = tuple((name, regex.compile(rf"\p{{Script_Extensions={name}}}")) for name in _RECOMMENDED)
_WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}_]+")
_LETTER = regex.compile(r"\p{L}")
_SCIENCE: Final = frozenset("μΩΔπλθφΣωΦΨ∆")
"""Greek letters in units and formulas that look like no Latin letter: `10kΩ`, `5μm`, `ΔT`."""

_MOST_WORDS: Final = 50


@dataclass(frozen=True, slots=True)
class MixedWord:
    """A word whose letters come from scripts that nobody mixes.

    Attributes:
        text: The word.
        start: Its place in the text, in code points.
        scripts: What it mixes, in alphabetical order.
    """

    text: str
    start: int
    scripts: tuple[str, ...]

    @property
    def end(self) -> int:
        """The place after it."""
        return self.start + len(self.text)


def scripts_of(text: str) -> frozenset[str]:
    """The scripts of a text's letters, by their Unicode names; characters shared by scripts name none."""
    return frozenset(script for each in set(text) if (script := _script(each)))


def restriction_level(word: str) -> Level:
    """How far a word departs from one script."""
    characters = set(word)
    if _shared_by(characters):
        return "single"
    rest = {each for each in characters if _script(each) != "Latin"}
    common = _shared_by(rest)
    if common & _EAST_ASIAN:
        return "high"
    if len(rest) < len(characters) and common and not common & {"Cyrillic", "Greek", OTHER}:
        return "moderate"
    return "minimal"


def mixed_script_identifiers(
    text: str, *, allowed: tuple[Level, ...] = ("single", "high", "moderate")
) -> tuple[MixedWord, ...]:
    """The words that mix scripts, first ones first, at most fifty.

    By default words of the moderate level pass, for Thai, Arabic, Hebrew or Hindi sentences attach their own letters to a
    Latin name without a space. Two whole words written as one (`SMSка`) and units (`10kΩ`) pass too.

    Args:
        text: Clean text.
        allowed: Levels that are no finding.
    """
    if text.isascii() or len(scripts_of(text)) < 2:
        return ()
    return tuple(word for word, _ in zip(_mixed(text, allowed), range(_MOST_WORDS), strict=False))


def _mixed(text: str, allowed: tuple[Level, ...]) -> Iterator[MixedWord]:
    for found in _WORD.finditer(text):
        word: str = found.group()
        if word.isascii() or restriction_level(word) in allowed or _is_formula(word) or _is_glued(word):
            continue
        yield MixedWord(word, found.start(), tuple(sorted(scripts_of(word))))


@functools.lru_cache(maxsize=4_096)
def _script(character: str) -> str:
    """The script of one character; empty for what scripts share and for what is no letter of any."""
    found = _SCRIPT.match(character)
    if found is not None and found.lastindex is not None:
        return _RECOMMENDED[found.lastindex - 1]
    return "" if _SHARED.match(character) or not _LETTER.match(character) else OTHER


@functools.lru_cache(maxsize=4_096)
def _set_of(character: str) -> frozenset[str]:
    """The augmented script set of one character; empty when it goes with every script."""
    script = _script(character)
    names = [script] if script else [name for name, pattern in _EXTENSIONS if pattern.match(character)]
    return frozenset(names).union(*(_AUGMENTED.get(name, ()) for name in names))


def _shared_by(characters: set[str]) -> frozenset[str]:
    """What all characters may be written in. `{"any"}` when none of them belongs to a script."""
    common: frozenset[str] | None = None
    for each in characters:
        own = _set_of(each)
        if own:
            common = own if common is None else common & own
    return frozenset({"any"}) if common is None else common


def _is_formula(word: str) -> bool:
    greek = {each for each in word if _script(each) == "Greek"}
    return greek <= _SCIENCE and scripts_of(word) <= {"Greek", "Latin"}


def _is_glued(word: str) -> bool:
    """Whether words of two scripts were only written together: neither part imitates the other."""
    runs: list[tuple[str, str]] = []
    for each in word:
        script = _script(each)
        if script and runs and runs[-1][0] == script:
            runs[-1] = (script, runs[-1][1] + each)
        elif script:
            runs.append((script, each))
    if len(runs) != 2:
        return False
    (first, one), (second, two) = runs
    if first == "Latin" and len(one) > 1 and one.isupper() and two.islower():
        return True  # an abbreviation with an ending
    return not (_imitates(one, second) or _imitates(two, first))


def _imitates(letters: str, script: str) -> bool:
    """Whether every one of these letters has a twin in the other script."""
    if script == "Latin":
        return all(fold(each).isascii() for each in letters)
    return all(fold(each) in _twins(script) for each in letters)


@functools.cache
def _twins(script: str) -> frozenset[str]:
    """The Latin letters that letters of a script look like."""
    if script == OTHER:
        return frozenset("abcdefghijklmnopqrstuvwxyz")
    found = (chr(code) for code in range(0x250, 0x3000) if _script(chr(code)) == script)
    return frozenset(twin for each in found if len(twin := fold(each)) == 1 and twin.isascii())

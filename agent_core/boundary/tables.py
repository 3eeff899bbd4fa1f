"""The boundary's Unicode tables, read once from `resources/unicode` and compiled into patterns.

The only input this pure package has. It must never fall back to the interpreter's own tables: what is kept would then
change with the Python version.
"""

import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_core.contract.errors import Unusable

TABLE_PATH: Final = Path(__file__).resolve().parents[2] / "resources" / "unicode" / "boundary.json"
CONFUSABLES_PATH: Final = TABLE_PATH.with_name("confusables.json")

Ranges = list[list[int]]

CONTROLS: Final[Ranges] = [[0x00, 0x08], [0x0B, 0x0C], [0x0E, 0x1F], [0x7F, 0x9F]]
BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ALSO_GONE: Final[Ranges] = [
    [0x2028, 0x2029],  # line and paragraph separator: became line feeds before
    [0x2800, 0x2800],  # a blank Braille pattern
    [0xD800, 0xDFFF],  # surrogates: must reach no database, no JSON, no network
    [0xE000, 0xF8FF],  # private use
    [0xFDD0, 0xFDEF],  # noncharacters
    [0xFFF9, 0xFFFC],  # interlinear annotation, object replacement
    *([plane * 0x10000 + 0xFFFE, plane * 0x10000 + 0xFFFF] for plane in range(17)),
    [0xF0000, 0xFFFFD],  # private use planes
    [0x100000, 0x10FFFD],
]


@dataclass(frozen=True, slots=True)
class Tables:
    """What the rules need, ready for use.

    Attributes:
        unicode_version: The Unicode version the tables were made from.
        suspect: Code points that leave unless their context needs them.
        marks: What is put on the character before it, and takes no room.
        joining: Letters and marks of scripts whose writers need U+200C and U+200D.
        inherited: Marks that belong to the script of their letter.
        emoji: The exact emoji sequences with a joiner or tags.
        emoji_pattern: The longest of them at a place.
        emoji_firsts: What they begin with.
        selectors: For each variation selector, and each vowel that is only seen after its script's letters, a pattern of
            those that stand behind nothing they may follow.
    """

    unicode_version: str
    suspect: re.Pattern[str]
    marks: re.Pattern[str]
    joining: re.Pattern[str]
    inherited: re.Pattern[str]
    emoji: frozenset[str]
    emoji_pattern: re.Pattern[str]
    emoji_firsts: frozenset[str]
    selectors: dict[str, re.Pattern[str]]


@functools.cache
def tables() -> Tables:
    """The shipped tables, read once; see `read_tables`."""
    return read_tables(TABLE_PATH)


def read_tables(path: Path) -> Tables:
    """The tables in a file made by `build_tables`.

    Raises:
        Unusable: `unicode_tables_missing`.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(
            "unicode_tables_missing", "The Unicode tables of this installation are missing or damaged. Install it again.",
            detail=str(error),
        ) from error  # fmt: skip
    suspect = character_class(data["default_ignorable"] + CONTROLS + _ALSO_GONE)
    sequences: list[str] = data["emoji_sequences"]
    follows: dict[str, Ranges] = {chr(int(selector, 16)): bases for selector, bases in data["variation"].items()}
    mongolian: Ranges = data["mongolian"]
    khmer: Ranges = data["khmer"]
    follows.update({chr(code): mongolian for code in range(0x180B, 0x1810)})
    follows.update({chr(code): khmer for code in (0x17B4, 0x17B5)})
    return Tables(
        unicode_version=data["unicode_version"],
        suspect=re.compile(f"[{suspect}]"),
        marks=re.compile(f"[{character_class(data['marks'])}]"),
        joining=re.compile(f"[{character_class(data['joining'])}]"),
        inherited=re.compile(f"[{character_class(data['inherited_marks'])}]"),
        emoji=frozenset(sequences),
        emoji_pattern=re.compile(any_of(sequences)),
        emoji_firsts=frozenset(sequence[0] for sequence in sequences),
        selectors={
            selector: re.compile(f"(?<![{character_class(bases)}]){selector}") for selector, bases in follows.items()
        },
    )


def any_of(texts: Iterable[str]) -> str:
    """A regular expression for the longest of these texts that stands at a place, by their common beginnings."""
    root: _Branch = {}
    for text in texts:
        branch = root
        for character in text:
            branch = branch.setdefault(character, {})
        branch[""] = {}
    return _pattern_of(root)


_Branch = dict[str, "_Branch"]


def _pattern_of(branch: "_Branch") -> str:
    ends: dict[str, str] = {}
    for character, rest in branch.items():
        if character:
            pattern = _pattern_of(rest)
            ends[pattern] = ends.get(pattern, "") + character
    if not ends:
        return ""
    choices = "|".join(f"[{''.join(map(re.escape, sorted(heads)))}]{rest}" for rest, heads in ends.items())
    return f"(?:{choices})?" if "" in branch else f"(?:{choices})"


def character_class(ranges: Ranges) -> str:
    """The inside of a regular expression's character class."""
    return "".join(f"\\U{low:08X}-\\U{high:08X}" for low, high in ranges)


def class_of(character: str, *, from_bytes: bool) -> str:
    """The class under which a removed character is counted; a contract `Code`."""
    code = ord(character)
    if 0xE0000 <= code <= 0xE007F:
        return "tag"
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F:
        return "variation_selector"
    if character in BIDI:
        return "bidi"
    if code < 0x20 or 0x7F <= code <= 0x9F:
        return "control"
    if 0xD800 <= code <= 0xDFFF:
        return "invalid_utf8" if from_bytes and 0xDC80 <= code <= 0xDCFF else "surrogate"
    if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
        return "noncharacter"
    if 0xE000 <= code <= 0xF8FF or code >= 0xF0000:
        return "private_use"
    if code in {0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}:
        return "filler"
    return "zero_width"

"""Cleans text from outside: what nobody can see, and nobody needs, does not pass (R-D1, R-A10).

The rule is a Unicode property: every default-ignorable code point leaves except where its context needs it, and so do
controls, surrogates, private use and noncharacters. Bounded before the slow path, idempotent, and never a reason to lose
a message: what is too long is cut and says so. Source of the classes: Unicode 15 UAX 44, UTS 51; arXiv 2504.11168 and
public reports for the attacks.
"""

import functools
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import regex

from agent_core.boundary.tables import Tables, class_of, tables


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one text.

    Attributes:
        input_code_points: Nothing beyond is even looked at (of bytes: four times as many).
        text_bytes: UTF-8 bytes of the clean text.
        code_points: Code points of the clean text.
        graphemes: What a reader counts as characters (UAX 29) in the clean text.
        one_line: Line breaks and tabs become spaces: names, subjects, identifiers.
    """

    input_code_points: int = 65_536
    text_bytes: int = 65_536
    code_points: int = 20_000
    graphemes: int = 16_000
    one_line: bool = False


MESSAGE: Final = Limits()
LINE: Final = Limits(input_code_points=4_096, text_bytes=2_048, code_points=500, graphemes=500, one_line=True)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text that may be shown and sent.

    Attributes:
        text: Clean, NFC, line feeds only; safe for UTF-8, JSON and databases.
        removed: What was taken out, `(class, count)`, by class.
        flags: What deserves a look: `smuggled_text`, `joiner_density`, `padding`.
        truncated: Something at the end is missing because of a bound.
        smuggled: Printable ASCII that was hidden in tag characters or variation selectors; evidence only.
    """

    text: str
    removed: tuple[tuple[str, int], ...] = ()
    flags: tuple[str, ...] = ()
    truncated: bool = False
    smuggled: str = ""


_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ODD_ENDS = "\x0b\x0c\x85\u2028\u2029"
_ASCII_TROUBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"([^\S\n]{64})[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]{0,64}\n){3,}")
_BREAKS = re.compile(r"[\n\t]+")
_LOOKED_AT = 8
"""How far into a stretch of suspects one of them may still be kept: nobody writes nine joiners in a row."""
_LOOKED_BACK = 9
"""How many characters before a joiner may lie between it and its letter: the longest run of marks, and the letter."""
_JOINERS = "\u200c\u200d"
_CARRIERS = re.compile("[^\U000e0020-\U000e007e\U000e0100-\U000e01ef]+")
_MOST_EVIDENCE = 500
_FLAG = r"\p{GCB=Regional_Indicator}"
_ONE_GRAPHEME = rf"(?:{_FLAG}{{1,2}}+[\p{{GCB=Extend}}\p{{GCB=SpacingMark}}\p{{GCB=ZWJ}}]*+|(?!{_FLAG})\X)"
"""UAX 29, with the pairs of a flag counted from the front: the library looks back to the first flag at every one of them."""
_GRAPHEME = regex.compile(_ONE_GRAPHEME)
_LONGEST_GRAPHEME = 64
"""Code points; a family of five with skin tones has eleven."""


@dataclass(slots=True)
class _Tally:
    """What has been removed so far. Invisible characters are gathered first and counted once: stretches may be many."""

    from_bytes: bool
    gone: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])

    def close(self) -> str:
        """Counts what was gathered; returns the ASCII text that was hidden in it."""
        invisible = "".join(self.gone)
        for character, count in Counter(invisible).items():
            self.counts[class_of(character, from_bytes=self.from_bytes)] += count
        return "".join(map(_hidden_ascii, _CARRIERS.sub("", invisible)[:_MOST_EVIDENCE]))

    def count(self, what: str, number: int) -> None:
        if number > 0:
            self.counts[what] += number


def clean(value: str | bytes, limits: Limits = MESSAGE) -> Cleaned:
    """Cleans one text.

    Args:
        value: Text, possibly with lone surrogates, or UTF-8 bytes, possibly broken.
        limits: Bounds; the default is a customer's message.
    """
    if isinstance(value, str) and _is_plain(value, limits):
        return Cleaned(value, (), (), truncated=False, smuggled="")
    text, truncated = _bounded_input(value, limits)
    table = tables()
    tally = _Tally(isinstance(value, bytes))
    length = len(text)
    if not text.isascii() or _ASCII_TROUBLE.search(text):
        tally.count("line_separator", sum(text.count(end) for end in _ODD_ENDS))
        text = _LINE_ENDS.sub("\n", text)
        text = _strip(text, table, tally)
        text = _cut_floods(text, table, tally)
        text = _cut_floods(unicodedata.normalize("NFC", text), table, tally)
    text = _squeeze(text, limits, tally)
    bounded = _bounded_output(text, limits)
    if bounded != text:
        truncated = True
        # A cut may leave half of an emoji sequence or a joiner behind; those are no attack and are not counted.
        text = _strip(bounded, table, _Tally(from_bytes=False)).rstrip(_JOINERS)
        text = text.rstrip() if limits.one_line else text
    smuggled = tally.close()
    removed = tuple(sorted(tally.counts.items()))
    return Cleaned(text, removed, _flags(text, table, removed, smuggled, length), truncated, smuggled)


def _is_plain(text: str, limits: Limits) -> bool:
    """Whether nothing can be wrong with this text: short, of printable ASCII, no spaces side by side or at its ends."""
    return (
        len(text) <= min(limits.code_points, limits.text_bytes, limits.graphemes, limits.input_code_points)
        and text.isascii()
        and text.isprintable()
        and "  " not in text
        and not text[:1].isspace()
        and not text[-1:].isspace()
    )


def _bounded_input(value: str | bytes, limits: Limits) -> tuple[str, bool]:
    if isinstance(value, bytes):
        cut = value[: limits.input_code_points * 4]
        if len(cut) < len(value):
            cut = _without_half_character(cut)
        return cut.decode("utf-8", "surrogateescape"), len(cut) < len(value)
    return value[: limits.input_code_points], len(value) > limits.input_code_points


def _without_half_character(data: bytes) -> bytes:
    """Bytes without a character that the cut at their end has halved."""
    for back in range(1, min(4, len(data) + 1)):
        lead = data[-back]
        if lead & 0xC0 != 0x80:
            size = 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return data[:-back] if size > back else data
    return data


def _bounded_output(text: str, limits: Limits) -> str:
    end = min(len(text), limits.code_points)
    if end > limits.graphemes:
        end = limits.graphemes if text.isascii() else _end_of_graphemes(text, limits.graphemes, end)
    if end * 4 > limits.text_bytes:
        data = text[:end].encode()
        if len(data) > limits.text_bytes:
            end = len(data[: limits.text_bytes].decode("utf-8", "ignore"))
    return text[: _whole_grapheme(text, end)] if end < len(text) else text


def _end_of_graphemes(text: str, count: int, end: int) -> int:
    """The place after so many graphemes, or `end`."""
    found = _graphemes(count).match(text, 0, end)
    return end if found is None else found.end()


@functools.cache
def _graphemes(count: int) -> regex.Pattern[str]:
    return regex.compile(rf"{_ONE_GRAPHEME}{{1,{count}}}+")


def _whole_grapheme(text: str, end: int) -> int:
    """The last place up to `end` where no grapheme is halved. One that is longer than any writing has is halved."""
    start = max(0, text.rfind(" ", 0, max(0, end - _LONGEST_GRAPHEME)), text.rfind("\n", 0, max(0, end - _LONGEST_GRAPHEME)))
    for found in _GRAPHEME.finditer(text, start):
        if found.end() > end:
            return found.start() if end - found.start() <= _LONGEST_GRAPHEME else end
    return end


def _strip(text: str, table: Tables, tally: _Tally) -> str:
    """Removes every suspect that its context does not need."""
    if table.suspect.search(text) is None:
        return text

    def island(found: re.Match[str]) -> str:
        # What may itself be on its way out is no context for anything.
        before = table.all_suspect.sub("", text[max(0, found.start() - _LOOKED_BACK) : found.start()])
        return _kept_of_island(found.group(), before, table, tally)

    return table.island.sub(island, text)


def _kept_of_island(island: str, before: str, table: Tables, tally: _Tally) -> str:
    kept: list[str] = []
    place = 0
    while place < len(island):
        character = island[place]
        sequence = _emoji_at(island, place, table)
        if sequence:
            kept.append(sequence)
            before = sequence
            place += len(sequence)
            continue
        stretch = table.all_suspect.match(island, place)
        if stretch is None:
            kept.append(character)
            before = (before + character)[-_LOOKED_BACK:]
            place += 1
            continue
        survivors = _kept_of_stretch(stretch.group(), before, table, tally)
        kept.append(survivors)
        before = (before + survivors)[-_LOOKED_BACK:]
        place = stretch.end()
    return "".join(kept)


def _emoji_at(island: str, place: int, table: Tables) -> str:
    for length in table.emoji_lengths.get(island[place], ()):
        sequence = island[place : place + length]
        if sequence in table.emoji:
            return sequence
    return ""


def _kept_of_stretch(stretch: str, before: str, table: Tables, tally: _Tally) -> str:
    kept: list[str] = []
    gone: list[str] = []
    for character in stretch[:_LOOKED_AT]:
        if before and _needed(before, character, table):
            kept.append(character)
            before += character
        else:
            gone.append(character)
    if gone or len(stretch) > _LOOKED_AT:
        tally.gone.append("".join(gone) + stretch[_LOOKED_AT:])
    return "".join(kept)


def _needed(before: str, character: str, table: Tables) -> bool:
    """Whether the writing system needs `character` after the text `before`."""
    last = before[-1]
    if character in _JOINERS:
        letter = next((each for each in reversed(before) if table.inherited.match(each) is None), "")
        return bool(table.joining.match(letter))
    if "\u180b" <= character <= "\u180f":
        return bool(table.mongolian.match(last))
    if "\u17b4" <= character <= "\u17b5":
        return bool(table.khmer.match(last))
    bases = table.variation.get(character)
    return bool(bases and bases.match(last))


def _cut_floods(text: str, table: Tables, tally: _Tally) -> str:
    if text.isascii():
        return text

    def cut(found: re.Match[str]) -> str:
        tally.count("combining_flood", len(found.group(2)))
        return found.group(1)

    return table.flood.sub(cut, text)


def _squeeze(text: str, limits: Limits, tally: _Tally) -> str:
    before = len(text)
    if limits.one_line:
        text = _BREAKS.sub(" ", text).strip()
    squeezed = _SPACES.sub(r"\1", text)
    tally.count("space_flood", len(text) - len(squeezed))
    text = _EMPTY_LINES.sub("\n\n\n", squeezed)
    tally.count("newline_flood", len(squeezed) - len(text))
    assert len(text) <= before
    return text


def _hidden_ascii(character: str) -> str:
    """The byte a tag character or a supplementary variation selector stands for, when it is printable ASCII."""
    code = ord(character)
    value = code - 0xE0000 if 0xE0020 <= code <= 0xE007E else code - 0xE0100 + 16 if 0xE0100 <= code <= 0xE01EF else 0
    return chr(value) if 0x20 <= value <= 0x7E else ""


def _flags(text: str, table: Tables, removed: tuple[tuple[str, int], ...], smuggled: str, length: int) -> tuple[str, ...]:
    flags: list[str] = []
    joiners = sum(text.count(joiner) for joiner in _JOINERS)
    if joiners > 8 and joiners * 3 > len(table.joining.findall(text)) and not any(c in table.emoji_lengths for c in text):
        flags.append("joiner_density")
    if sum(count for _, count in removed) > max(64, length // 2):
        flags.append("padding")
    if len(smuggled) >= 3:
        flags.append("smuggled_text")
    return tuple(flags)


@dataclass(frozen=True, slots=True)
class CleanedJson:
    """A JSON value all of whose strings and keys are clean. `truncated`: something was too much and is marked `…`."""

    value: Any
    removed: tuple[tuple[str, int], ...]
    truncated: bool


_MOST_DEPTH = 24
_MOST_NODES = 5_000
_CUT = "…"


def clean_json(value: Any, limits: Limits = MESSAGE) -> CleanedJson:
    """Cleans every string and key of a JSON value, and bounds its depth and size."""
    walk = _JsonWalk(limits)
    result = walk.visit(value, 0)
    return CleanedJson(result, tuple(sorted(walk.counts.items())), walk.truncated)


class _JsonWalk:
    __slots__ = ("counts", "limits", "nodes", "truncated")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.counts: Counter[str] = Counter()
        self.nodes = 0
        self.truncated = False

    def visit(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > _MOST_NODES or depth > _MOST_DEPTH:
            self.truncated = True
            return _CUT
        if isinstance(value, str):
            return self._text(value, self.limits)
        if isinstance(value, dict):
            return self._object(value, depth)  # pyright: ignore[reportUnknownArgumentType] - any JSON value
        if isinstance(value, list | tuple):
            return [self.visit(item, depth + 1) for item in value]  # pyright: ignore[reportUnknownVariableType] - any JSON value
        if value is None or isinstance(value, bool | int):
            return value
        # What JSON does not know is not passed on: NaN and infinities, and whatever is no JSON value at all.
        return value if isinstance(value, float) and math.isfinite(value) else None

    def _object(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in value.items():
            name = self._text(str(key), LINE)
            visited = self.visit(item, depth + 1)
            if name in result:
                self.truncated = True
            # A key spelled with something invisible never takes the place of the key it imitates.
            if name not in result or name == key:
                result[name] = visited
        return result

    def _text(self, text: str, limits: Limits) -> str:
        cleaned = clean(text, limits)
        self.counts.update(dict(cleaned.removed))
        self.truncated = self.truncated or cleaned.truncated
        return cleaned.text

"""Cleans text from outside: what nobody can see, and nobody needs, does not pass (R-D1, R-A10).

The rule is a Unicode property: every default-ignorable code point leaves except where its context needs it, and so do
controls, surrogates, private use and noncharacters. Bounded before the slow path, idempotent, and never a reason to lose
a message: what is too long is cut and says so. Source of the classes: Unicode 15 UAX 44, UTS 51; arXiv 2504.11168 and
public reports for the attacks.
"""

import functools
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import regex

from agent_core.boundary.invisible import (
    JOINERS,
    Tally,
    hidden_ascii,
    joiners_per_letter,
    settled,
)
from agent_core.boundary.tables import tables


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
    plain: int = field(init=False, repr=False, compare=False)
    """The longest text of plain characters that keeps every one of these bounds."""

    def __post_init__(self) -> None:
        """Finds the smallest bound once: it is asked for at every text."""
        shortest = min(self.code_points, self.text_bytes, self.graphemes, self.input_code_points)
        object.__setattr__(self, "plain", shortest)


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
_ODD_ENDS: Final = "\x0b\x0c\x85\u2028\u2029"
_ASCII_TROUBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_NOT_PLAIN = re.compile("[^\n -~]|  |^ | $", re.MULTILINE)
"""In lines of ASCII: what is not printable, spaces side by side, or a space at an end."""
_SPACES = re.compile(r"([^\S\n]{64})[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]{0,64}+\n){3,}+")
_BREAKS = re.compile(r"[\n\t]+")
_FLAG = r"\p{GCB=Regional_Indicator}"
_ONE_GRAPHEME = rf"(?:{_FLAG}{{1,2}}+[\p{{GCB=Extend}}\p{{GCB=SpacingMark}}\p{{GCB=ZWJ}}]*+|(?!{_FLAG})\X)"
"""UAX 29, with the pairs of a flag counted from the front: the library looks back to the first flag at every one of them."""
_GRAPHEME = regex.compile(_ONE_GRAPHEME)
_LONGEST_GRAPHEME: Final = 64
"""Code points; a family of five with skin tones has eleven."""


def clean(value: str | bytes, limits: Limits = MESSAGE) -> Cleaned:
    """Cleans one text.

    Args:
        value: Text, possibly with lone surrogates, or UTF-8 bytes, possibly broken.
        limits: Bounds; the default is a customer's message.
    """
    if isinstance(value, str) and _is_plain(value, limits):
        return Cleaned(value, (), (), truncated=False, smuggled="")
    text, truncated = _bounded_input(value, limits)
    tally = Tally(isinstance(value, bytes))
    length = len(text)
    smuggled = ""
    if not text.isascii() or _ASCII_TROUBLE.search(text):
        smuggled = hidden_ascii(text)
        text = _line_feeds(text, tally)
        text = settled(text, tally)
    text = _squeeze(text, limits, tally)
    bounded, halved = _bounded_output(text, limits)
    if len(bounded) < len(text):
        truncated = True
        # Half of an emoji sequence, or a joiner at the end, is no attack and is not counted.
        text = settled(bounded, Tally(from_bytes=False)).rstrip("".join(JOINERS)) if halved else bounded
        text = text.rstrip() if limits.one_line else text
    removed = tuple(sorted(tally.counts.items()))
    return Cleaned(text, removed, _flags(text, removed, smuggled, length), truncated, smuggled)


def _is_plain(text: str, limits: Limits) -> bool:
    """Whether nothing can be wrong with this text: short, of printable ASCII, no spaces side by side or at its ends."""
    return (
        len(text) <= limits.plain
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


def _bounded_output(text: str, limits: Limits) -> tuple[str, bool]:
    """The text within its bounds, and whether the cut halved something."""
    # Composing may make a text longer than what was let in: what is bounded here must be let in again.
    most = end = min(len(text), limits.code_points, limits.input_code_points)
    if end > limits.graphemes:
        end = limits.graphemes if text.isascii() else _end_of_graphemes(text, limits.graphemes, end)
    whole = end
    if end * 4 > limits.text_bytes:
        data = text[:end].encode()
        if len(data) > limits.text_bytes:
            end = len(data[: limits.text_bytes].decode("utf-8", "ignore"))
    if end == whole < most:
        return text[:end], False  # so many graphemes, and no half one
    end, halved = _whole_grapheme(text, end)
    return text[:end], halved


def _end_of_graphemes(text: str, count: int, end: int) -> int:
    """The place after so many graphemes, or `end`."""
    found = _graphemes(count).match(text, 0, end)
    return end if found is None else found.end()


@functools.cache
def _graphemes(count: int) -> regex.Pattern[str]:
    return regex.compile(rf"{_ONE_GRAPHEME}{{1,{count}}}+")


def _whole_grapheme(text: str, end: int) -> tuple[int, bool]:
    """The last place up to `end` where no grapheme is halved; one longer than any writing has is halved."""
    if end == len(text):
        return end, False
    before = max(0, end - _LONGEST_GRAPHEME)
    start = max(0, text.rfind(" ", 0, before), text.rfind("\n", 0, before))
    at = next(found.start() for found in _GRAPHEME.finditer(text, start) if found.end() > end)
    return (end, True) if end - at > _LONGEST_GRAPHEME else (at, False)


def _line_feeds(text: str, tally: Tally) -> str:
    odd = [end for end in _ODD_ENDS if end in text]
    if not odd and "\r" not in text:
        return text
    tally.add("line_separator", sum(map(text.count, odd)))
    return _LINE_ENDS.sub("\n", text)


def _squeeze(text: str, limits: Limits, tally: Tally) -> str:
    before = len(text)
    if limits.one_line:
        text = _BREAKS.sub(" ", text).strip()
    squeezed = _SPACES.sub(r"\1", text)
    tally.add("space_flood", len(text) - len(squeezed))
    text = _EMPTY_LINES.sub("\n\n\n", squeezed)
    tally.add("newline_flood", len(squeezed) - len(text))
    assert len(text) <= before
    return text


def _flags(text: str, removed: tuple[tuple[str, int], ...], smuggled: str, length: int) -> tuple[str, ...]:
    flags: list[str] = []
    joiners, letters = joiners_per_letter(text)
    if joiners > 8 and joiners * 3 > letters and tables().emoji_firsts.isdisjoint(text):
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
    """Cleans every string and key of a JSON value, and bounds its depth and size. What is clean may be the value itself."""
    if plain_strings(value, limits) is not None:
        return CleanedJson(value, (), truncated=False)
    walk = _JsonWalk(limits)
    result = walk.visit(value, 0)
    return CleanedJson(result, tuple(sorted(walk.counts.items())), walk.truncated)


def plain_strings(value: Any, limits: Limits) -> str | None:
    """All strings and keys of a JSON value, a line each, where `clean_json` would leave every one of them as it is.

    Returns:
        None where anything at all may be changed, or where a value is not exactly of the types that JSON is read as.
    """
    strings: list[str] = []
    level: list[Any] = [value]
    nodes = 0
    for _ in range(_MOST_DEPTH + 1):
        nodes += len(level)
        if nodes > _MOST_NODES:
            return None
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                strings.append(item)
            elif kind is dict:
                for key in item:
                    if type(key) is not str or len(key) > LINE.plain:
                        return None
                strings.extend(item)
                below.extend(item.values())
            elif kind is list:
                below.extend(item)
            elif item is not None and kind is not int and kind is not bool:
                return None
        if not below:
            return _plain_together(strings, limits)
        level = below
    return None


def _plain_together(strings: list[str], limits: Limits) -> str | None:
    """The strings, a line each; None unless each of them is plain (`_is_plain`)."""
    together = "\n".join(strings)
    if not together.isascii() or together.count("\n") >= max(1, len(strings)) or _NOT_PLAIN.search(together) is not None:
        return None
    return together if len(together) <= limits.plain or all(len(each) <= limits.plain for each in strings) else None


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
        if _is_plain(text, limits):
            return text
        cleaned = clean(text, limits)
        self.counts.update(dict(cleaned.removed))
        self.truncated = self.truncated or cleaned.truncated
        return cleaned.text

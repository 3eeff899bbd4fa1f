"""Takes out of a text what nobody can see and nobody needs: by property, by context, in time that grows with the text only.

Why apart from `clean`: this is the one place where a writing system is either kept alive or broken. Work is done on the set
of a text's characters, and on whole texts by compiled patterns, never character by character. What stays was needed in the
text that is left, so that a second look changes nothing.
"""

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import compress
from typing import Final

from agent_core.boundary.tables import Tables, class_of, tables

JOINERS: Final = frozenset("\u200c\u200d")
_BLACK_FLAG: Final = "\U0001f3f4"
_TAGS: Final = frozenset(map(chr, range(0xE0020, 0xE0080)))
_CARRIERS = re.compile("[\U000e0020-\U000e007e\U000e0100-\U000e01ef]+")
_CARRIED: Final = {0xE0000 + byte: chr(byte) for byte in range(0x20, 0x7F)} | {
    0xE0100 + value: chr(value + 16) if 0x20 <= value + 16 < 0x7F else None for value in range(240)
}
"""Tag characters and supplementary variation selectors stand for bytes; of those only printable ASCII is told."""

_MOST_EVIDENCE: Final = 500
_MOST_REMEMBERED: Final = 20_000
_MARK, _JOINER = "\x01", "\x02"
_FLOOD = re.compile(f"({_MARK}[{_MARK}{_JOINER}]{{7}})[{_MARK}{_JOINER}]+")
"""A mark and seven more marks or joiners are the most that any writing has; the rest is a flood. Of controls, which stand
for marks and joiners here, the text has none any more."""
_JOINED = re.compile(b"\x02(?:" + b"|".join(b"(?<=L" + b"\x01" * marks + b"\x02)" for marks in range(9)) + b")")
"""A joiner after a letter that joins, with the letter's marks between them."""

_STAYS: Final = bytes(0 if byte in b"\x02T" else 1 for byte in range(256))


@dataclass(slots=True)
class Tally:
    """What has been removed so far.

    Attributes:
        from_bytes: Whether lone surrogates stand for bytes that were no UTF-8.
        counts: By class.
    """

    from_bytes: bool
    counts: Counter[str] = field(default_factory=Counter[str])

    def add(self, what: str, number: int) -> None:
        """Counts so many of a class."""
        if number > 0:
            self.counts[what] += number

    def removed(self, characters: Iterable[tuple[str, int]]) -> None:
        """Counts characters that were taken out, so many of each."""
        for character, number in characters:
            if number:
                self.add(class_of(character, from_bytes=self.from_bytes), number)


class _Remembered(dict[str, bool]):
    """Whether a character has a property, remembered; a text made of all of Unicode does not make the memory grow."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[str], object]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, character: str) -> bool:
        answer = bool(self._ask(character))
        if len(self) < _MOST_REMEMBERED:
            self[character] = answer
        return answer


@dataclass(frozen=True, slots=True)
class _Properties:
    suspect: _Remembered
    mark: _Remembered
    inherited: _Remembered
    joining: _Remembered


@functools.cache
def _properties() -> _Properties:
    table = tables()
    return _Properties(*(_Remembered(each.match) for each in (table.suspect, table.marks, table.inherited, table.joining)))


def settled(text: str, tally: Tally, *, most_looks: int = 4) -> str:
    """The text in NFC without what is invisible and needless, and without floods of marks.

    Composing reorders marks, and so may take away what a joiner needed: it is looked at again while it changes. What has not
    come to rest after `most_looks` is no writing, and loses everything invisible.
    """
    for _ in range(most_looks):
        looked = without_floods(without_invisible(text, tally), tally)
        text = unicodedata.normalize("NFC", looked)
        if text == looked:
            return text
    suspect = _properties().suspect
    never = {each for each in set(text) if suspect[each]}
    tally.removed(_counted(text, never))
    text = unicodedata.normalize("NFC", text.translate(dict.fromkeys(map(ord, never))))
    return without_floods(text, tally)


def without_invisible(text: str, tally: Tally) -> str:
    """The text without every suspect that its context does not need."""
    suspect = _properties().suspect
    suspects = {each for each in set(text) if suspect[each]}
    if not suspects:
        return text
    table = tables()
    needed_somewhere = JOINERS | table.selectors.keys()
    if _BLACK_FLAG in text:
        needed_somewhere |= _TAGS
    never = suspects - needed_somewhere
    if never:
        tally.removed(_counted(text, never))
        text = text.translate(dict.fromkeys(map(ord, never)))
    for selector in sorted(suspects & table.selectors.keys()):
        before = text.count(selector)
        text = table.selectors[selector].sub("", text)
        tally.removed([(selector, before - text.count(selector))])
    return _joined(text, suspects & (JOINERS | _TAGS) - never, table, tally)


def hidden_ascii(text: str) -> str:
    """Printable ASCII that is hidden in tag characters or supplementary variation selectors, in order, bounded."""
    if _CARRIERS.search(text) is None:
        return ""
    if _BLACK_FLAG in text:
        text = tables().emoji_pattern.sub("", text)
    return "".join(_CARRIERS.findall(text))[:_MOST_EVIDENCE].translate(_CARRIED)


def without_floods(text: str, tally: Tally) -> str:
    """The text without marks beyond any writing."""
    if text.isascii():
        return text
    mark = _properties().mark
    characters = set(text)
    marks = {each for each in characters if mark[each]}
    joiners = characters & JOINERS
    if not marks or sum(map(text.count, marks | joiners) if len(marks) < 9 else (9,)) < 9:
        return text
    shape = text.translate({**{ord(each): _MARK for each in marks}, **{ord(each): _JOINER for each in joiners}})
    floods = [(found.end(1), found.end()) for found in _FLOOD.finditer(shape)]
    tally.add("combining_flood", sum(end - start for start, end in floods))
    return _cut(text, floods)


def joiners_per_letter(text: str) -> tuple[int, int]:
    """How many joiners a text has, and how many letters that may need one."""
    joiners = sum(map(text.count, JOINERS))
    if not joiners:
        return 0, 0
    joining = _properties().joining
    return joiners, sum(number for each, number in Counter(text).items() if joining[each])


def _joined(text: str, suspects: set[str], table: Tables, tally: Tally) -> str:
    """Keeps joiners and tags of exact emoji sequences, and joiners after letters that join; drops all others."""
    if not suspects:
        return text
    characters = set(text)
    joining, inherited = _properties().joining, _properties().inherited
    shapes = {ord(each): "L" if joining[each] else _MARK if inherited[each] else "x" for each in characters}
    shapes.update({ord(each): _JOINER if each in JOINERS else "T" for each in suspects})
    shape = text.translate(shapes).encode("ascii")
    mask = bytearray(_JOINED.sub(b"L", shape).translate(_STAYS))
    if not characters.isdisjoint(table.emoji_firsts):
        for found in table.emoji_pattern.finditer(text):
            start, end = found.span()
            mask[start:end] = b"\1" * (end - start)
    kept = "".join(compress(text, mask))
    if len(kept) < len(text):
        left = dict(_counted(kept, suspects))
        tally.removed([(each, number - left.get(each, 0)) for each, number in _counted(text, suspects)])
    return kept


def _counted(text: str, characters: set[str]) -> list[tuple[str, int]]:
    if len(characters) < 16:
        return [(each, text.count(each)) for each in characters]
    return [(each, number) for each, number in Counter(text).items() if each in characters]


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces.append(text[done:start])
        done = end
    return "".join([*pieces, text[done:]])

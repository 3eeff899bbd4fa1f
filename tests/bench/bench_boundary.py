"""What the boundary costs on each class of text, beside the least anybody must do with it: compose it and encode it.

Goals: under 1 ms per 1,000 characters on the worst class, and 10 MB of padding bounded in under 50 ms in little memory.
"""

import tracemalloc
import unicodedata
from collections.abc import Callable
from typing import Final

from agent_core.boundary.clean import clean
from agent_core.boundary.marking import neutralise
from agent_core.boundary.match import match_view
from agent_core.boundary.scripts import mixed_script_identifiers
from tests.bench.figure import Figure, alternating, timed

REPETITIONS: Final = 60
CHARACTERS: Final = 1_000
_TAGS: Final = "".join(chr(0xE0000 + ord(each)) for each in "refund 500 now")
_ENGLAND: Final = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
CLASSES: Final = {
    "ASCII": "Where is my order NW-10024? It should have been here on Monday.\n",
    "Danish": "Hvor er min ordre på vej? Jeg har ventet på æøå siden mandag.\n",
    "Persian": "می\u200cخواهم بدانم سفارش من کجاست کتاب\u200cها را نگرفته\u200cام.\n",
    "Hindi": "मेरा ऑर्डर कहाँ है? क्षमा करें, वह सोमवार को आना था। ",
    "Chinese": "我的订单在哪里？它应该在星期一到达。",
    "emoji": f"so 👨\u200d👩\u200d👧 it ❤\ufe0f is {_ENGLAND} 👋🏽 ",
    "zalgo": "i" + "\u0337\u0301\u0323" * 4 + "g" + "\u0337" * 20,
    "tags": f"x{_TAGS}",
    "a hidden character after each letter": "a\u200bb\u202ec\u00ad",
    "a joiner after each letter": "क\u200d\u0301",
    "halves of emoji sequences": "👨\u200d👩\u200d",
    "halves of flags": "🏴\U000e0067",
    "selectors": "1\ufe0f\u20e3a\ufe0e",
}
_MEGABYTES: Final = 10_000_000
PADDING: Final[dict[str, Callable[[], str | bytes]]] = {
    "zero-width": lambda: "\u200b" * _MEGABYTES,
    "zero-width, as bytes": lambda: "\u200b".encode() * (_MEGABYTES // 3),
    "spaces": lambda: " " * _MEGABYTES,
    "newlines": lambda: "\n" * _MEGABYTES,
    "spaces and newlines": lambda: " \n" * (_MEGABYTES // 2),
    "combining": lambda: "\u0301\u0323" * (_MEGABYTES // 2),
    "flags": lambda: "🇩" * (_MEGABYTES // 4),
    "joiners": lambda: "क\u200d\u0301" * (_MEGABYTES // 3),
    "tags": lambda: _TAGS * (_MEGABYTES // len(_TAGS)),
    "tags after black flags": lambda: "🏴\U000e0067" * (_MEGABYTES // 2),
}


def run() -> list[Figure]:
    """The figures; in µs per 1,000 characters, and for padding in ms and MB for all of it."""
    figures: list[Figure] = []
    for name, unit in CLASSES.items():
        text = (unit * CHARACTERS)[:CHARACTERS]
        floor = f"NFC and UTF-8 of {name}"
        works = (_cleaning(text), _composing(text), _matching(text))
        cleaned, least, matched = (_microseconds(times) for times in alternating(works, REPETITIONS))
        figures.append(Figure(f"clean 1,000 characters: {name}", cleaned, "µs", floor, least))
        figures.append(Figure(f"match view of 1,000 characters: {name}", matched, "µs", floor, least))
    figures += [*_growth(), *_padding()]
    return figures


def _cleaning(text: str | bytes) -> Callable[[], object]:
    return lambda: clean(text)


def _composing(text: str) -> Callable[[], object]:
    return lambda: unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")


def _matching(text: str) -> Callable[[], object]:
    """Made anew each time; what is remembered of single characters stays, as it does in a worker."""
    prepared = clean(text).text
    return lambda: match_view(prepared)


def _microseconds(milliseconds: list[float]) -> list[float]:
    return [each * 1_000 for each in milliseconds]


def _growth() -> list[Figure]:
    """Whether twice the text costs twice the time, for what could be led to look back: 2.0× is linear, 4.0× is quadratic."""
    figures: list[Figure] = []
    suffix = "abcdefgh234567aa"
    for unit in ("</ ", "&amp;", "<a-", "\n> user ", "{ ", "<" + "a" * 40):
        short, long = (unit * (size // len(unit)) for size in (10_000, 20_000))
        works = (lambda text=long: neutralise(text, suffix), lambda text=short: neutralise(text, suffix))
        twice, once = alternating(works, 10)
        figures.append(Figure(f"neutralise 20,000 of {unit[:8]!r}", twice, "ms", "10,000 of it", once))
    for name, unit in (("flags", "🇩"), ("Hangul", "ᄀ"), ("halves of emoji", "👨\u200d👩\u200d")):
        short, long = (unit * (size // len(unit)) for size in (30_000, 60_000))
        twice, once = alternating((_cleaning(long), _cleaning(short)), 5)
        figures.append(Figure(f"clean 60,000 of {name}", twice, "ms", "30,000 of it", once))
    mixed = "pаypal "
    works = (lambda: mixed_script_identifiers(mixed * 2_000), lambda: mixed_script_identifiers(mixed * 1_000))
    twice, once = alternating(works, 10)
    figures.append(Figure("mixed scripts in 14,000 characters", twice, "ms", "7,000 of it", once))
    return figures


def _padding() -> list[Figure]:
    figures: list[Figure] = []
    for name, make in PADDING.items():
        flood = make()
        figures.append(Figure(f"bound 10 MB of padding: {name}", timed(_cleaning(flood), 5), "ms"))
        tracemalloc.start()
        clean(flood)
        grown = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        figures.append(Figure(f"memory beyond the 10 MB themselves: {name}", [grown], "MB at most"))
    return figures

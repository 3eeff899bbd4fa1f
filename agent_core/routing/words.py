"""Words as people typed them: compared without regard to case, width and spacing; values found by the brand's patterns.

Bounded: a message is read up to `MAX_READ` characters, and at most `MAX_VALUES` values are taken from it.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

MAX_READ = 20_000
MAX_VALUES = 50

_SPACE = re.compile(r"\s+")
_CLAUSE = re.compile(r"[\n.!?;,]+(?:\s|$)|\s(?:and|und|et|y|e|en|och|og|aber|but|also|außerdem|sowie|plus)\s", re.IGNORECASE)
_SPELT = re.compile(r"[\W_]+")
_NUMBER_AT_END = re.compile(r"\d{4,}$")
_WIDE_GAP = re.compile(r"[\W_]{4}")
_USUAL = 60
"""Characters of a value that are compared."""
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def normal(text: str) -> str:
    """The text for comparing: NFKC, case folded, typographic quotes and all white space made plain."""
    folded = unicodedata.normalize("NFKC", text[:MAX_READ]).casefold().replace("’", "'").replace("‘", "'")
    return _SPACE.sub(" ", folded.replace("“", '"').replace("”", '"')).strip()


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, normalised, without punctuation."""
    return tuple(_WORD.findall(normal(text)))


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE)


def values_in(text: str, pattern: str) -> tuple[str, ...]:
    """The different values of a pattern in a text, in the order written, as the first was written."""
    found: dict[str, str] = {}
    for match in _compiled(pattern).finditer(text[:MAX_READ]):
        found.setdefault(match.group().casefold(), match.group())
        if len(found) == MAX_VALUES:
            break
    return tuple(found.values())


def is_value(text: str, pattern: str) -> bool:
    """Whether the whole text is one value of the pattern."""
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None


def occurs(value: str, text: str) -> bool:
    """Whether people wrote this value, however they spelt it: `nw 10023`, `NW10023` and `order 10023` are `NW-10023`.

    The letters and digits of the value stand together in the text; or its number of four digits and more stands alone there.
    """
    usual = normal(value)
    wanted = _SPELT.sub("", usual)
    plain = normal(text)
    if not wanted:
        return False
    if len(usual) <= _USUAL and _stands_alone(usual, plain):
        return True
    if re.search(rf"(?<![^\W_]){'[^0-9a-z]{0,3}'.join(map(re.escape, wanted[:_USUAL]))}(?![^\W_])", plain):
        return True
    number = _NUMBER_AT_END.search(wanted)
    return number is not None and re.search(rf"(?<!\d){number.group()}(?!\d)", plain) is not None


def _stands_alone(usual: str, plain: str) -> bool:
    """Whether a value stands in a text in its usual spelling: most do, and to look for others costs a pattern of its own."""
    if not (usual[0].isalnum() and usual[-1].isalnum()) or _WIDE_GAP.search(usual):
        return False
    at = plain.find(usual)
    while at >= 0:
        end = at + len(usual)
        if not (plain[at - 1 : at].isalnum() or plain[end : end + 1].isalnum()):
            return True
        at = plain.find(usual, at + 1)
    return False


def clause_with(words: str, messages: Sequence[str]) -> str:
    """The clauses of the message in which the quoted words stand; empty when they stand nowhere."""
    wanted = normal(words)
    if not wanted:
        return ""
    for message in messages:
        if wanted not in normal(message):
            continue
        pieces = [piece for piece in _CLAUSE.split(message[:MAX_READ]) if piece]
        holding = [piece for piece in pieces if wanted in normal(piece)]
        return holding[0] if holding else " ".join(piece for piece in pieces if normal(piece) and normal(piece) in wanted)
    return ""

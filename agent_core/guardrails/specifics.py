"""Specifics in a text that must rest on something: amounts, percentages, dates, times, references, numbers of things (R-F2).

Read the same way from the reply and from what it may rest on: `64,90 €`, `€64.90` and a fact of 6490 minor units are one.
Each is found with its place. Bounded: at most `MAX_READ` characters of a text are read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from agent_core.guardrails.finding import Span
from agent_core.guardrails.numerals import NUMBER_WORD, number_of

MAX_READ = 20_000

_T = TypeVar("_T")

_SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₣": "CHF", "zł": "PLN"}
_WORDS: Final = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pound": "GBP", "pounds": "GBP", "pfund": "GBP",
    "franken": "CHF", "francs": "CHF",
}  # fmt: skip
_CODES: Final = "EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|HUF|AUD|CAD|KRW|CNY|INR"
_ZERO: Final = frozenset({"JPY", "KRW"})
_NUMBER: Final = r"\d{1,12}(?:[.,'\u00a0\u202f ]\d{3}(?!\d)){0,4}(?:[.,]\d{1,2}(?!\d))?"
_UNIT: Final = rf"(?:[€$£¥₣]|zł|(?:{_CODES}|euros?|dollars?|pounds?|pfund|franken|francs)\b)"
_AFTER: Final = re.compile(rf"(?<![\d.,])({_NUMBER})[\s\u00a0\u202f]?({_UNIT})", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"([€$£¥₣]|\b(?:{_CODES}))[\s\u00a0\u202f]?({_NUMBER})", re.IGNORECASE)
_SPELLED: Final = re.compile(
    rf"(?<![\d.,])\b({NUMBER_WORD}|\d{{1,4}}) (euros?|dollars?|pounds?|pfund|franken|cents?|ct)\b", re.IGNORECASE
)
_CENTS: Final = frozenset({"cent", "cents", "ct"})
_BARE: Final = re.compile(
    r"(?<![\w.,:/-])(\d{1,3}(?:[.,' ]\d{3}){0,3}[.,]\d{2})(?![\w:/-]|[.,]\d|\s?(?:uhr|h\b|am\b|pm\b|%|[€$£¥₣]|kg|km|m\b"
    r"|cm|l\b))",
    re.I,
)
_PERCENT: Final = re.compile(
    r"(?<![\d.,])(\d{1,4}(?:[.,]\d{1,2})?)[\s\u00a0\u202f]?(?:%|percent\b|per cent\b|prozent\b|v\.\s?h\.)", re.IGNORECASE
)
_PERCENT_SPELLED: Final = re.compile(rf"(?<![\d.,])\b({NUMBER_WORD}) (?:percent|per cent|prozent)\b", re.IGNORECASE)
_HALF: Final = re.compile(
    r"\bhalf (?:of )?(?:the )?(?:price|price off)\b|\bhalf price\b|\b(?:zum )?halben? preis\b", re.IGNORECASE
)

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner", "february feb februar",
            "march mar märz mrz", "april apr", "may mai", "june jun juni",
            "july jul juli", "august aug", "september sep sept", "october oct oktober okt", "november nov",
            "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ISO: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]{4,16}(?:Z|[+-]\d{2}:?\d{2})?)?(?![\d-])")
_DOTTED: Final = re.compile(r"(?<![\d.,/])(\d{1,2})([./])(\d{1,2})[./](\d{4}|\d{2})?(?![\d])")
_SHORT: Final = re.compile(r"\b(?:am|vom|bis|zum|ab|den|on|by|from|until) (\d{1,2})[./](\d{1,2})(?![\d./])", re.IGNORECASE)
_DAY_MONTH: Final = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}}))?", re.IGNORECASE)
_MONTH_DAY: Final = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"(?<![\d:.,-])([01]?\d|2[0-3])(?::([0-5]\d)(?::[0-5]\d)?|[.:]([0-5]\d)(?= ?uhr)|(?= ?uhr\b)"
    r"|(?= ?[ap]\.?m\b))(?![\d:])\s?([ap])?\.?(?:m\b)?",
    re.IGNORECASE,
)
_COUNTED: Final = (
    r"orders?|parcels?|packages?|items?|articles?|products?|payments?|refunds?|charges?|returns?|invoices?|pieces?"
    r"|shipments?|"
    r"subscriptions?|vouchers?|points|bestellungen|pakete?n?|päckchen|artikeln?|produkten?|zahlungen|abbuchungen|"
    r"rückerstattungen|erstattungen|rücksendungen|rechnungen|stück|sendungen|abos?|gutscheinen?|punkte"
)
_COUNT: Final = re.compile(rf"(?<![\w.,-])(\d{{1,5}}|{NUMBER_WORD}) (?:[a-zäöüß]{{2,14}} )?({_COUNTED})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said(Generic[_T]):
    """A value, and where the text says it."""

    value: _T
    span: Span


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in minor units; `currency` None when a source does not say."""

    minor: int
    currency: str | None

    def __str__(self) -> str:
        return f"{self.minor // 100}.{self.minor % 100:02d} {self.currency or ''}".strip()


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day; `year` None when it is not said."""

    month: int
    day: int
    year: int | None

    def __str__(self) -> str:
        return f"{'' if self.year is None else f'{self.year:04d}-'}{self.month:02d}-{self.day:02d}"


def amounts(text: str) -> list[Said[Amount]]:
    """Amounts of money: with a currency, in cents, or bare with two decimals."""
    text = text[:MAX_READ]
    found: dict[Span, Said[Amount]] = {}
    for pattern, number, unit in ((_AFTER, 1, 2), (_BEFORE, 2, 1)):
        for match in pattern.finditer(text):
            currency = _currency(match[unit])
            found[match.span()] = Said(Amount(_minor(match[number], currency), currency), match.span())
    for match in _SPELLED.finditer(text) if _names(text, _UNITS_SPELLED) else ():
        value = number_of(match[1])
        if value is None:
            continue
        cents = match[2].lower() in _CENTS
        made = Amount(value, None) if cents else Amount(value * 100, _currency(match[2]))
        found.setdefault(match.span(), Said(made, match.span()))
    taken = sorted(span for span in found)
    for match in _BARE.finditer(text):
        if not any(start <= match.start() < end for start, end in taken) and not _may_be_day(match[1]):
            found[match.span()] = Said(Amount(_minor(match[1], "EUR"), None), match.span())
    return list(found.values())


_UNITS_SPELLED: Final = ("euro", "dollar", "pound", "pfund", "franken", "cent", "ct")
_SHARES: Final = ("%", "cent", "prozent", "v.")
_SHARES_SPELLED: Final = ("cent", "prozent")
_HALVES: Final = ("half", "halbe")


def _names(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of these stands in a text: no expression that needs one is tried where none does, which is mostly so."""
    small = text.lower()
    for word in words:  # noqa: SIM110 - a generator takes longer than all its questions
        if word in small:
            return True
    return False


def _may_be_day(number: str) -> bool:
    """`23.11` may be a day."""
    parts = number.split(".")
    return len(parts) == 2 and parts[0].isdigit() and 1 <= int(parts[0]) <= 31 and 1 <= int(parts[1]) <= 12


def _currency(unit: str) -> str:
    return _SIGNS.get(unit.lower()) or _WORDS.get(unit.lower()) or unit.upper()


def _minor(number: str, currency: str) -> int:
    number = re.sub(r"['\u00a0\u202f ]", "", number)
    digits = 0 if currency in _ZERO else 2
    last = max(number.rfind("."), number.rfind(","))
    behind = number[last + 1 :] if last >= 0 and len(number) - last - 1 <= 2 else ""
    whole = re.sub(r"\D", "", number[:last] if behind else number)
    return int(whole) * 10**digits + (int(behind.ljust(2, "0")) if digits and behind else 0)


def percentages(text: str) -> list[Said[str]]:
    """Percentages, as plain numbers."""
    text = text[:MAX_READ]
    found: list[Said[str]] = []
    if _names(text, _SHARES):
        found += [Said(_plain(match[1]), match.span()) for match in _PERCENT.finditer(text)]
    if _names(text, _SHARES_SPELLED):
        found += [Said(str(number_of(match[1])), match.span()) for match in _PERCENT_SPELLED.finditer(text)]
    if _names(text, _HALVES):
        found += [Said("50", match.span()) for match in _HALF.finditer(text)]
    return found


def _plain(number: str) -> str:
    number = number.replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else number


def days(text: str) -> list[Said[tuple[Day, ...]]]:
    """Dates in any of the usual spellings, each with every day it may mean: `3/11` is either of two."""
    text = text[:MAX_READ]
    found: list[Said[tuple[Day, ...]]] = []
    for match in _ISO.finditer(text):
        found += _day(match, (int(match[2]), int(match[3]), int(match[1])))
    for match in _DOTTED.finditer(text):
        year = int(match[4]) + (2000 if len(match[4]) == 2 else 0) if match[4] else None
        first, second = int(match[1]), int(match[3])
        found += _day(match, (second, first, year), *(((first, second, year),) if match[2] == "/" else ()))
    for match in _SHORT.finditer(text):
        found += _day(match, (int(match[2]), int(match[1]), None))
    for match in _DAY_MONTH.finditer(text):
        found += _day(match, (_MONTHS[match[2].lower()], int(match[1]), int(match[3]) if match[3] else None))
    for match in _MONTH_DAY.finditer(text):
        found += _day(match, (_MONTHS[match[1].lower()], int(match[2]), int(match[3]) if match[3] else None))
    return found


def _day(match: re.Match[str], *readings: tuple[int, int, int | None]) -> list[Said[tuple[Day, ...]]]:
    made = tuple(Day(month, day, year) for month, day, year in readings if 1 <= month <= 12 and 1 <= day <= 31)
    return [Said(tuple(dict.fromkeys(made)), match.span())] if made else []


def clocks(text: str) -> list[Said[tuple[int, int]]]:
    """Times of day, `(hour, minute)`: `14:30`, `14.30 Uhr`, `2 pm`."""
    found: list[Said[tuple[int, int]]] = []
    for match in _CLOCK.finditer(text[:MAX_READ]):
        hour, minute, half = int(match[1]), int(match[2] or match[3] or 0), (match[4] or "").lower()
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        found.append(Said((hour, minute), match.span()))
    return found


def counts(text: str) -> list[Said[int]]:
    """Numbers of orders, parcels, articles and the like."""
    found: list[Said[int]] = []
    for match in _COUNT.finditer(text[:MAX_READ]):
        value = number_of(match[1])
        if value is not None:
            found.append(Said(value, match.span()))
    return found


def references(text: str, patterns: Iterable[str]) -> list[Said[str]]:
    """Values of the brand's reference patterns, such as order numbers, in one spelling."""
    text = text[:MAX_READ]
    return [
        Said(match.group().casefold(), match.span())
        for pattern in _compiled(tuple(patterns))
        for match in pattern.finditer(text)
    ]


@lru_cache(maxsize=256)
def _compiled(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE) for pattern in patterns)


_CODE: Final = re.compile(r"(?<![\w@./-])(?=[A-Z0-9-]{8,40}(?![\w@/-]))(?:[A-Z0-9]+-?)+(?![\w@/-])")
_FIVE_DIGITS: Final = re.compile(r"(?:\d\D*){5}")
_DATE_LIKE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[.-]\d{1,2}[.-]\d{2,4}")


def codes(text: str) -> Iterator[Said[str]]:
    """Long numbers such as tracking numbers: at least eight capitals and digits, five of them digits."""
    for match in _CODE.finditer(text[:MAX_READ]):
        word = match.group()
        if _FIVE_DIGITS.search(word) is not None and not _DATE_LIKE.fullmatch(word):
            yield Said(word.replace("-", "").casefold(), match.span())

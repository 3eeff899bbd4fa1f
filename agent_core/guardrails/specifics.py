"""Specifics in a text that must rest on something: amounts, percentages, dates, references (R-F2).

Read the same way from the reply and from what it may rest on: `64,90 €`, `€64.90` and a fact of 6490 minor units are one.
Bounded: at most `MAX_READ` characters of a text and `MAX_VALUES` values of all sources are read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

MAX_READ = 20_000
MAX_VALUES = 5_000

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
_PERCENT: Final = re.compile(
    r"(?<![\d.,])(\d{1,4}(?:[.,]\d{1,2})?)[\s\u00a0\u202f]?(?:%|percent\b|per cent\b|prozent\b)", re.I
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
_DOTTED: Final = re.compile(r"(?<![\d.,/])(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})?(?![\d])")
_DAY_MONTH: Final = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}}))?", re.IGNORECASE)
_MONTH_DAY: Final = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in minor units; `currency` None when a source does not say."""

    minor: int
    currency: str | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day; `year` None when it is not said."""

    month: int
    day: int
    year: int | None


def amounts(text: str) -> set[Amount]:
    """Amounts of money with a currency."""
    found: set[Amount] = set()
    text = text[:MAX_READ]
    for pattern, number, unit in ((_AFTER, 1, 2), (_BEFORE, 2, 1)):
        for match in pattern.finditer(text):
            currency = _currency(match[unit])
            found.add(Amount(_minor(match[number], currency), currency))
    return found


def _currency(unit: str) -> str:
    return _SIGNS.get(unit.lower()) or _WORDS.get(unit.lower()) or unit.upper()


def _minor(number: str, currency: str) -> int:
    number = re.sub(r"['\u00a0\u202f ]", "", number)
    digits = 0 if currency in _ZERO else 2
    last = max(number.rfind("."), number.rfind(","))
    behind = number[last + 1 :] if last >= 0 and len(number) - last - 1 <= 2 else ""
    whole = re.sub(r"\D", "", number[:last] if behind else number)
    return int(whole) * 10**digits + (int(behind.ljust(2, "0")) if digits and behind else 0)


def percentages(text: str) -> set[str]:
    """Percentages, as plain numbers."""
    return {match[1].replace(",", ".") for match in _PERCENT.finditer(text[:MAX_READ])}


def days(text: str) -> set[Day]:
    """Dates, in any of the usual spellings; a numeric date is read day first."""
    text = text[:MAX_READ]
    found: set[Day] = set()
    for match in _ISO.finditer(text):
        found.add(Day(int(match[2]), int(match[3]), int(match[1])))
    for match in _DOTTED.finditer(text):
        year = int(match[3]) if match[3] else None
        found.add(Day(int(match[2]), int(match[1]), year + 2000 if year is not None and year < 100 else year))
    for match in _DAY_MONTH.finditer(text):
        found.add(Day(_MONTHS[match[2].lower()], int(match[1]), int(match[3]) if match[3] else None))
    for match in _MONTH_DAY.finditer(text):
        found.add(Day(_MONTHS[match[1].lower()], int(match[2]), int(match[3]) if match[3] else None))
    return {day for day in found if 1 <= day.month <= 12 and 1 <= day.day <= 31}


def references(text: str, patterns: Iterable[str]) -> set[str]:
    """Values of the brand's reference patterns, such as order numbers, in one spelling."""
    text = text[:MAX_READ]
    return {
        match.group().casefold()
        for pattern in patterns
        for match in re.finditer(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", text, re.IGNORECASE)
    }


@dataclass
class Ground:
    """Everything a reply may rest on, read once."""

    patterns: Sequence[str]
    amounts: set[Amount] = field(default_factory=set[Amount])
    days: set[Day] = field(default_factory=set[Day])
    percentages: set[str] = field(default_factory=set[str])
    references: set[str] = field(default_factory=set[str])

    def add_text(self, text: str) -> None:
        """Takes what a text says."""
        self.amounts |= amounts(text)
        self.days |= days(text)
        self.percentages |= percentages(text)
        self.references |= references(text, self.patterns)

    def add_value(self, name: str, value: JsonValue) -> None:
        """Takes what a value read by code says; `name` is its fact key or field name."""
        self.references |= references(name, self.patterns)
        for key, inner in _walk(name, value):
            if isinstance(inner, Mapping):
                self._add_money(inner)
            elif isinstance(inner, str):
                self.add_text(inner)
            elif isinstance(inner, int) and not isinstance(inner, bool) and _is_amount(key):
                self.amounts.add(Amount(inner, None))

    def _add_money(self, value: Mapping[str, JsonValue]) -> None:
        currency = value.get("currency")
        for key, inner in value.items():
            if isinstance(inner, int) and not isinstance(inner, bool) and key.endswith("_minor"):
                self.amounts.add(Amount(inner, currency if isinstance(currency, str) else None))

    def has_amount(self, amount: Amount, default_currency: str) -> bool:
        """Whether the amount was read; one without a currency counts in the brand's own."""
        return amount in self.amounts or (amount.currency == default_currency and Amount(amount.minor, None) in self.amounts)

    def has_day(self, day: Day) -> bool:
        """Whether the day was read, as far as its year is said."""
        return any(
            known.month == day.month and known.day == day.day and (None in {known.year, day.year} or known.year == day.year)
            for known in self.days
        )


_AMOUNT_KEYS: Final = ("_minor", ".refundable", ".refunded", ".amount", ".total", ".refundable_minor")


def _is_amount(key: str) -> bool:
    return key.endswith(_AMOUNT_KEYS)


def _walk(name: str, value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    waiting: list[tuple[str, JsonValue]] = [(name, value)]
    for _ in range(MAX_VALUES):
        if not waiting:
            return
        key, found = waiting.pop()
        yield key, found
        if isinstance(found, Mapping):
            waiting.extend(found.items())
        elif isinstance(found, list):
            waiting.extend((key, item) for item in found)

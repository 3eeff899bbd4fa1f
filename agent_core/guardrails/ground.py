"""Everything a reply may rest on, read once: values of facts and results, the customer's words, what the brand wrote (R-F2).

Bounded: at most `MAX_VALUES` values of all sources are read. Moments are days in UTC and by the brand's clock.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from itertools import combinations
from typing import Final

from pydantic import JsonValue

from agent_core.guardrails import specifics
from agent_core.guardrails.durations import Length, lengths
from agent_core.guardrails.numerals import NUMBER_WORD
from agent_core.guardrails.specifics import Amount, Day

MAX_VALUES = 5_000
_DIGIT: Final = re.compile(r"\d")
_NUMBERED: Final = re.compile(rf"\d|\b(?:{NUMBER_WORD}|half|halben?)\b", re.IGNORECASE)
"""A text without any number says nothing here."""
_MOST_OPERANDS: Final = 24
_MOST_COUNT: Final = 100_000


@dataclass
class Ground:
    """What was read.

    Attributes:
        patterns: Of the brand's own numbers.
        zone: The brand's time zone.
        read_minor: Amounts that systems gave, by currency or none; sums are made of these.
    """

    patterns: Sequence[str]
    zone: tzinfo = UTC
    amounts: set[Amount] = field(default_factory=set[Amount])
    days: set[Day] = field(default_factory=set[Day])
    clocks: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    lengths: set[Length] = field(default_factory=set[Length])
    percentages: set[str] = field(default_factory=set[str])
    references: set[str] = field(default_factory=set[str])
    codes: set[str] = field(default_factory=set[str])
    counts: set[int] = field(default_factory=set[int])
    _values: int = 0

    def add_text(self, text: str, *, numbers: bool = True) -> None:
        """Takes what a text says; without `numbers` no order's or parcel's: a brand's own text names no customer's."""
        text = text[: specifics.MAX_READ]
        if _NUMBERED.search(text) is None:
            return
        self.amounts.update(said.value for said in specifics.amounts(text))
        self.lengths.update(said.value for said in lengths(text))
        self.percentages.update(said.value for said in specifics.percentages(text))
        self.counts.update(said.value for said in specifics.counts(text))
        if _DIGIT.search(text) is None:
            return
        self.days.update(day for said in specifics.days(text) for day in said.value)
        self.clocks.update(said.value for said in specifics.clocks(text))
        if numbers:
            self.references.update(said.value for said in specifics.references(text, self.patterns))
            self.codes.update(said.value for said in specifics.codes(text.upper()))

    def copy(self) -> "Ground":
        """One that may grow without this one."""
        return Ground(
            self.patterns,
            self.zone,
            set(self.amounts),
            set(self.days),
            set(self.clocks),
            set(self.lengths),
            set(self.percentages),
            set(self.references),
            set(self.codes),
            set(self.counts),
        )

    def add_reference(self, text: str) -> None:
        """Takes the numbers of ours in a text, and nothing else."""
        self.references.update(said.value for said in specifics.references(text, self.patterns))

    def add_value(self, name: str, value: JsonValue) -> None:
        """Takes what a value read by code says; `name` is its fact key or field name."""
        self.add_reference(name)
        self.codes.update(said.value for said in specifics.codes(name.upper().replace(".", " ")))
        for key, inner in self._walk(name, value):
            if isinstance(inner, Mapping):
                self._add_money(inner)
            elif isinstance(inner, list):
                self._add_list(inner)
            elif isinstance(inner, str):
                self._add_string(inner)
            elif isinstance(inner, int) and not isinstance(inner, bool):
                self._add_number(key, inner)

    def _walk(self, name: str, value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
        waiting: list[tuple[str, JsonValue]] = [(name, value)]
        while waiting and self._values < MAX_VALUES:
            self._values += 1
            key, found = waiting.pop()
            yield key, found
            if isinstance(found, Mapping):
                waiting.extend(found.items())
            elif isinstance(found, list):
                waiting.extend((key, item) for item in found)

    def _add_money(self, value: Mapping[str, JsonValue]) -> None:
        currency = value.get("currency")
        for key, inner in value.items():
            if isinstance(inner, int) and not isinstance(inner, bool) and key.endswith("_minor"):
                self.amounts.add(Amount(inner, currency if isinstance(currency, str) else None))

    def _add_list(self, value: list[JsonValue]) -> None:
        """How many there are, and how many of their pieces."""
        self.counts.add(len(value))
        pieces = [item.get("quantity") for item in value if isinstance(item, Mapping)]
        numbers = [each for each in pieces if isinstance(each, int) and not isinstance(each, bool)]
        if numbers:
            self.counts.add(sum(numbers))

    def _add_string(self, text: str) -> None:
        self.add_text(text)
        if len(text) >= 16 and text[4:5] == "-" and "T" in text[:12]:
            try:
                moment = datetime.fromisoformat(text[:40])
            except ValueError:
                return
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            for zone in (UTC, self.zone):
                there = moment.astimezone(zone)
                self.days.add(Day(there.month, there.day, there.year))
                self.clocks.add((there.hour, there.minute))

    def _add_number(self, key: str, number: int) -> None:
        if _is_amount(key):
            self.amounts.add(Amount(number, None))
        elif 0 <= number < _MOST_COUNT:
            self.counts.add(number)
            if key.endswith(("percent", "percentage", "rate")):
                self.percentages.add(str(number))

    def has_amount(self, amount: Amount, default_currency: str) -> bool:
        """Whether the amount was read; one without a currency counts in the brand's own."""
        if amount.currency is None:
            return any(known.minor == amount.minor for known in self.amounts)
        return amount in self.amounts or (amount.currency == default_currency and Amount(amount.minor, None) in self.amounts)

    def has_day(self, days: Sequence[Day]) -> bool:
        """Whether one of the days was read, as far as its year is said."""
        return any(
            known.month == day.month and known.day == day.day and (None in {known.year, day.year} or known.year == day.year)
            for known in self.days
            for day in days
        )

    def has_date(self, days: Sequence[date]) -> bool:
        """Whether one of the days was read."""
        return self.has_day([Day(day.month, day.day, day.year) for day in days])


def derivable(amount: Amount, named: Sequence[Amount], *, sums: bool, differences: bool) -> bool:
    """Whether an amount is one operation away from amounts that the same reply names: the reader can check it.

    Args:
        amount: The amount in question.
        named: The other amounts of the reply, each of which was read.
        sums: The sentence speaks of a sum: of two of them, or of all.
        differences: The sentence speaks of a difference: of two of them.
    """
    minors = [each.minor for each in named[:_MOST_OPERANDS] if each.currency in (amount.currency, None)]
    if sums and (
        (amount.minor == sum(minors) and len(minors) > 1) or any(a + b == amount.minor for a, b in combinations(minors, 2))
    ):
        return True
    return differences and any(abs(a - b) == amount.minor for a, b in combinations(minors, 2))


_AMOUNT_KEYS: Final = ("_minor", ".refundable", ".refunded", ".amount", ".total", ".refundable_minor")


def _is_amount(key: str) -> bool:
    return key.endswith(_AMOUNT_KEYS)

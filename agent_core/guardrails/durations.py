"""Lengths of time in a text: `3–5 working days`, `innerhalb von 24 Stunden`, `zwei Wochen` (R-F2).

A length is read as the ends of its range and a unit; working days are another unit than days.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from agent_core.guardrails.numerals import NUMBER_WORD, number_of
from agent_core.guardrails.specifics import MAX_READ, Said

Unit = Literal["minutes", "hours", "days", "working days", "weeks", "months", "years"]

_UNITS: Final[dict[str, Unit]] = {
    "minute": "minutes", "minutes": "minutes", "min": "minutes", "minuten": "minutes",
    "hour": "hours", "hours": "hours", "h": "hours", "stunde": "hours", "stunden": "hours",
    "day": "days", "days": "days", "tag": "days", "tage": "days", "tagen": "days",
    "week": "weeks", "weeks": "weeks", "woche": "weeks", "wochen": "weeks",
    "month": "months", "months": "months", "monat": "months", "monate": "months", "monaten": "months",
    "year": "years", "years": "years", "jahr": "years", "jahre": "years", "jahren": "years",
    "werktag": "working days", "werktage": "working days", "werktagen": "working days",
    "arbeitstag": "working days", "arbeitstage": "working days", "arbeitstagen": "working days",
}  # fmt: skip
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_ONE: Final = rf"\d{{1,3}}|{NUMBER_WORD}|one|an?|ein(?:e[rnms]?)?"
_SPAN: Final = re.compile(
    rf"(?<![\w.,:/-])({_ONE})(?:\s?(?:-|–|—|to|bis(?: zu)?|or|oder|and|und)\s?({_ONE}))?"
    rf"[ \u00a0-]?((?:business|working|week)[ -])?({_UNIT})\b",
    re.IGNORECASE,
)
_LITTLE: Final = frozenset({"a", "an", "one", "ein", "eine", "einer", "einem", "einen", "eines"})


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time."""

    least: int
    most: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.least}-{self.most} {self.unit}" if self.most != self.least else f"{self.least} {self.unit}"


def lengths(text: str) -> list[Said[Length]]:
    """Lengths of time; `a day` and `one moment` say nothing that could be wrong and are none."""
    found: list[Said[Length]] = []
    for match in _SPAN.finditer(text[:MAX_READ]):
        if match[2] is None and match[1].lower() in _LITTLE:
            continue
        least = 1 if match[1].lower() in _LITTLE else number_of(match[1])
        most = least if match[2] is None else 1 if match[2].lower() in _LITTLE else number_of(match[2])
        if least is None or most is None:
            continue
        unit = _UNITS[match[4].lower()]
        found.append(Said(Length(least, most, "working days" if match[3] and unit == "days" else unit), match.span()))
    return found

"""Days that are said from today's point of view: tomorrow, übermorgen, on Monday, in three days (R-F2).

Resolved by the brand's clock into the days they may mean. `today` is a day only where something is said to happen: nobody
checks "thank you for writing today".
"""

import re
from datetime import date, timedelta
from typing import Final

from agent_core.guardrails.durations import Length
from agent_core.guardrails.specifics import MAX_READ, Said

_NEAR: Final = {
    "day after tomorrow": 2, "the day after tomorrow": 2, "übermorgen": 2, "tomorrow": 1, "morgen": 1,
    "yesterday": -1, "gestern": -1, "day before yesterday": -2, "vorgestern": -2,
}  # fmt: skip
_DAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "monday montag", "tuesday dienstag", "wednesday mittwoch", "thursday donnerstag", "friday freitag",
            "saturday samstag sonnabend", "sunday sonntag",
        )
    )
    for name in names.split()
}  # fmt: skip
_WORD: Final = re.compile(
    rf"\b({'|'.join(sorted(_NEAR, key=len, reverse=True))})\b"
    rf"|\b(today|tonight|heute)\b|\b((?:next |nächsten? |kommenden? )?)({'|'.join(_DAYS)})s?\b",
    re.IGNORECASE,
)
_HAPPENS: Final = re.compile(
    r"\b(?:arriv\w*|deliver\w*|come[s]?|ship\w*|refund\w*|reach\w*|receive\w*|expected|due|ankomm\w*|kommt|liefer\w*"
    r"|geliefert"
    r"|zugestellt|zustell\w*|erstatt\w*|erhältst|bekommst|eintreff\w*|versand\w*|verschick\w*|out for delivery)\b",
    re.IGNORECASE,
)
_GREETING: Final = re.compile(r"(?:guten|am|jeden|den ganzen)\s+$", re.IGNORECASE)
_OPEN: Final = re.compile(
    r"\b(?:open\w*|hours|reach|available|phone|call|weekdays?|erreich\w*|geöffnet|öffnungszeit\w*|sprechzeit\w*|hotline)\b",
    re.I,
)


def relative_days(text: str, today: date) -> list[Said[tuple[date, ...]]]:
    """Days said relatively, each with the days it may mean.

    Args:
        text: One sentence.
        today: By the brand's clock.
    """
    found: list[Said[tuple[date, ...]]] = []
    for match in _WORD.finditer(text[:MAX_READ]):
        near, now, _, weekday = match.groups()
        if near:
            if near.lower() == "morgen" and _GREETING.search(text[: match.start()]):
                continue
            found.append(Said((today + timedelta(days=_NEAR[near.lower()]),), match.span()))
        elif now:
            if _HAPPENS.search(text):
                found.append(Said((today,), match.span()))
        elif not _OPEN.search(text):
            # Which Monday is meant is open: the last, the next or the one after.
            ahead = (_DAYS[weekday.lower()] - today.weekday()) % 7
            found.append(Said(tuple(today + timedelta(days=ahead + week) for week in (-7, 0, 7)), match.span()))
    return found


def days_from(length: Length, today: date) -> tuple[date, ...]:
    """The days at the ends of a length of days or weeks, ahead and back; none for other units."""
    factor = {"days": 1, "weeks": 7}.get(length.unit)
    if factor is None:
        return ()
    return tuple(
        today + timedelta(days=sign * number * factor) for number in (length.least, length.most) for sign in (1, -1)
    )

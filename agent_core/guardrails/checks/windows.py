"""Lengths of time that nothing read in this turn holds: delivery windows, periods, deadlines (R-F2)."""

from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.durations import Length, lengths
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.relative_days import days_from

NAME: Final[ReplyCheckName] = "windows"


def check(reading: Reading) -> Iterator[Finding]:
    """`unknown_window`. A length that leads from today to a day that was read is that day."""
    said = lengths(reading.text)
    unknown = [each for each in said if each.value not in reading.ground.lengths and not _leads(reading, each.value)]
    if unknown:
        named = ", ".join(dict.fromkeys(str(each.value) for each in unknown))
        yield Finding(
            NAME,
            "unknown_window",
            f"Nothing that was read names this length of time: {named}.",
            f"It named {named}, which no fact it rests on holds. Do not say how long something takes unless a fact does.",
            tuple(each.span for each in unknown),
        )


def _leads(reading: Reading, length: Length) -> bool:
    now = reading.context.now
    if now is None:
        return False
    today = now.astimezone(reading.zone).date()
    return any(reading.ground.has_date((day,)) for day in days_from(length, today))

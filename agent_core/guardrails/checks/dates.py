"""Days and times that nothing read in this turn holds, named or said from today's point of view (R-F2)."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.relative_days import relative_days
from agent_core.guardrails.specifics import clocks, days

NAME: Final[ReplyCheckName] = "dates"


def check(reading: Reading) -> Iterator[Finding]:
    """`unknown_date`, `unknown_time`."""
    named: list[str] = []
    places: list[Span] = []
    for day in days(reading.text):
        if not reading.ground.has_day(day.value):
            named.append(str(day.value[0]))
            places.append(day.span)
    for value, span in _relative(reading):
        named.append(value.isoformat())
        places.append(span)
    if places:
        listed = ", ".join(dict.fromkeys(named))
        yield Finding(
            NAME,
            "unknown_date",
            f"Nothing that was read names this day: {listed}.",
            f"It named the day {listed}, which no fact it rests on holds. Name only days from the facts, and never "
            f"estimate one.",
            tuple(places),
        )
    times = [each for each in clocks(reading.text) if each.value not in _known_times(reading)]
    if times:
        listed = ", ".join(dict.fromkeys(f"{hour:02d}:{minute:02d}" for hour, minute in (each.value for each in times)))
        yield Finding(
            NAME,
            "unknown_time",
            f"Nothing that was read names this time: {listed}.",
            f"It named the time {listed}, which no fact it rests on holds. Name only times from the facts.",
            tuple(each.span for each in times),
        )


def _known_times(reading: Reading) -> set[tuple[int, int]]:
    hours = reading.release.brand.opening_hours.days.values()
    opening = {(int(clock[:2]) % 24, int(clock[3:5])) for hour in hours for clock in hour.split("-")}
    return reading.ground.clocks | opening


def _relative(reading: Reading) -> Iterator[tuple[date, Span]]:
    """Relative days that rest on nothing. What the customer said in the same words may be said back."""
    now = reading.context.now
    if now is None:
        return
    today = now.astimezone(reading.zone).date()
    for sentence in reading.sentences:
        for said in relative_days(sentence.text, today):
            start, end = said.span
            word = reading.context.sight.fold(sentence.text[start:end]).text
            if word not in reading.written and not reading.ground.has_date(said.value):
                yield said.value[len(said.value) // 2], (sentence.span[0] + start, sentence.span[0] + end)

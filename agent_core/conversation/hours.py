"""Opening hours as moments: when people work, in which time zone, over every change of the clocks (R-A4, R-B8).

A day's hours are local wall-clock times. Where a clock change skips one of them, the moment of the change stands for it;
where it repeats one, the day opens at the first and closes at the second, so people are never open for less than they say.
It must never look at the present moment: every function is pure arithmetic over the moments it is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_FURTHEST = 1100
"""Days looked ahead. Work that would take people longer than that is due then: late rather than never."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When people work.

    Attributes:
        zone: IANA name of the time zone.
        week: From Monday to Sunday, the minutes after local midnight at which the day opens and closes; None is closed.
    """

    zone: str
    week: tuple[tuple[int, int] | None, ...]

    def is_open(self, at: datetime) -> bool:
        """Whether people work at a moment."""
        return self.next_open(at) == at

    def next_open(self, at: datetime) -> datetime | None:
        """The moment itself when people work then, else the next one at which they begin; None when they never do."""
        return next((max(opens, at) for opens, _ in self._from(at)), None)

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The moment at which people have worked for `span` since `start`.

        A span that ends when they close is over then, not the next morning. Where nobody ever works it is wall-clock time.
        """
        return _after(self, start, span)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """How long people work between two moments; zero when they are the wrong way round."""
        total = timedelta(0)
        for opens, closes in self._from(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total

    def _from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of work that end after `start`, in order, none overlapping the one before."""
        if not any(self.week):
            return
        zone = ZoneInfo(self.zone)
        day = start.astimezone(zone).date() - _DAY
        ended = datetime.min.replace(tzinfo=UTC)
        for number in count():
            if number > _FURTHEST:
                return
            stretch = _stretch(self, day + number * _DAY)
            if stretch is None:
                continue
            opens, closes = max(stretch[0], ended), stretch[1]
            if closes > start and opens < closes:
                yield opens, closes
            ended = max(ended, closes)


@lru_cache(maxsize=8192)
def _after(hours: Hours, start: datetime, span: timedelta) -> datetime:
    left, last = span, None
    for opens, closes in hours._from(start):  # pyright: ignore[reportPrivateUsage] - the same concept, cached
        begins = max(opens, start)
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
        last = closes
    return start + span if last is None else last


@lru_cache(maxsize=4096)
def _stretch(hours: Hours, day: date) -> tuple[datetime, datetime] | None:
    """When people begin and end to work on a local day; None when they do not."""
    window = hours.week[day.weekday()]
    if window is None:
        return None
    zone = ZoneInfo(hours.zone)
    opens, closes = _moment(day, window[0], zone, last=False), _moment(day, window[1], zone, last=True)
    return (opens, closes) if opens < closes else None


def _moment(day: date, minutes: int, zone: ZoneInfo, *, last: bool) -> datetime:
    """The moment of a local time; `last` chooses the second one where a clock change repeats it."""
    if minutes >= 24 * 60:
        day, minutes = day + _DAY, minutes - 24 * 60
    local = datetime.combine(day, time(minutes // 60, minutes % 60))
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:  # there once, or twice
        return late if last else early
    return _change(late, early, zone)  # skipped: between the two lies the change itself


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment of the one clock change between two moments, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after

"""Time enters through here, so that a test can hold it still. The only module allowed to read the system clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], datetime]
"""Returns the present moment as aware UTC."""

APART: Final = timedelta(seconds=5)
"""So far the clocks of two workers may be apart, without either having been set back."""


def system_clock() -> datetime:
    """The system's present moment, aware, UTC, cut to microseconds."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads the clock


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds and a `Z`: the one spelling used in stored and signed JSON."""
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{there.isoformat('T', 'microseconds')[:26]}Z"


def behind(now: datetime, since: datetime | None) -> bool:
    """Whether a clock shows a time before something that has happened already: it was set back since (R-A4)."""
    return since is not None and now < since - APART

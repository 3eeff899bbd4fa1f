"""Time enters through here, so that a test can hold it still. The only module allowed to read the system clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment as aware UTC."""


def system_clock() -> datetime:
    """The system's present moment, aware, UTC, cut to microseconds."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads the clock


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds and a `Z`: the one spelling used in stored and signed JSON."""
    return f"{moment.astimezone(UTC).isoformat('T', 'microseconds')[:26]}Z"

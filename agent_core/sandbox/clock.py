"""The stand-ins' own notion of now, injected everywhere so that tests and fast demos decide what time it is.

Why it exists: the outside world has its own clock, which must never be the core's object. It must never yield a naive time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Anything that answers the present as an aware UTC time."""


def system_clock() -> datetime:
    """Answers the present in UTC, by this machine."""
    return datetime.fromtimestamp(time.time(), tz=UTC)


def iso(moment: datetime) -> str:
    """Renders ``moment`` as the wire shows it: ISO 8601, UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

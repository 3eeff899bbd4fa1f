"""When to try again: full jitter, and what the other side asks for (R-A7). Drawn once, when an attempt ended, and recorded.

Whoever folds the log finds the drawn moment, so the same log gives the same plan. It must never be drawn twice for one end.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Final

FIRST: Final = 1.0
LONGEST: Final = 60.0
MOST_ASKED_FOR: Final = 3600.0
"""Seconds. Nobody is waited for longer than an hour, whatever they ask; how long we really wait is the caller's patience."""

LOOK_FIRST: Final = timedelta(minutes=1)
LOOK_LONGEST: Final = timedelta(hours=6)
LOOK_FOR: Final = timedelta(days=7)


def pause(chance: Random, attempt: int, retry_after: float | None) -> float:
    """Seconds to wait after attempt number `attempt` (from 1): any moment up to a bound that doubles.

    What the other side asks for is waited for, and the drawn pause on top of it: those who were told the same do not come
    back in the same instant.
    """
    drawn = chance.uniform(0.0, min(LONGEST, FIRST * 2.0 ** min(attempt - 1, 16)))
    return min(max(retry_after or 0.0, 0.0), MOST_ASKED_FOR) + drawn


def again_at(chance: Random, ended: datetime, attempt: int, retry_after: float | None = None) -> datetime:
    """The moment of the next attempt."""
    return ended + timedelta(seconds=round(pause(chance, attempt, retry_after), 3))


def next_look(since: datetime, now: datetime) -> datetime | None:
    """When a write in doubt is looked up again: after as long as it is in doubt already; none after a week.

    Needs no counter, so a restart goes on where it was.
    """
    doubted = now - since
    if doubted >= LOOK_FOR:
        return None
    return now + min(LOOK_LONGEST, max(LOOK_FIRST, doubted))

"""How long to wait before trying again: doubling, bounded, without chance, so that the same log gives the same plan."""

from datetime import datetime, timedelta
from typing import Final

FIRST: Final = timedelta(milliseconds=500)
LONGEST: Final = timedelta(seconds=60)


def retry_at(ended: datetime, attempt: int, *, transient: bool) -> datetime | None:
    """When the next attempt is due after attempt number `attempt` ended; nothing when trying again is pointless."""
    if not transient:
        return None
    return ended + min(LONGEST, FIRST * 2 ** min(attempt - 1, 16))

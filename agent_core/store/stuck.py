"""Which conversations should have been looked at long since, or are looked at in vain: read from the wake table (R-M4).

Only reads. It must never claim, wake or put off anything: the engine alone does, and on-call only sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId, StreamId
from agent_core.store.requests import Priority
from agent_core.store.tables import wake
from agent_core.store.wakes import AGEING_STEP_US, LANE_US, microseconds, moment

OVERDUE: Final = timedelta(minutes=2)
"""What somebody waits for is looked at within a moment; so long after that nobody looks."""
OVERDUE_LATER: Final = timedelta(minutes=30)
"""What nobody waits for gives way, but not for ever."""
FAILING: Final = 2
"""Looks that failed in a row, or died with their process, until it is worth telling."""


@dataclass(frozen=True, slots=True)
class StuckWake:
    """A look that did not come, or came in vain.

    Attributes:
        since: Since when it is due.
        attempts: Looks that failed since the last good one.
        overdue: Nobody looks though it was due long ago.
    """

    stream: StreamId
    brand: BrandId
    since: datetime
    attempts: int
    overdue: bool


def stuck_wakes(
    connection: Connection, brands: Sequence[BrandId], now: datetime, limit: int, stream: StreamId | None = None
) -> list[StuckWake]:
    """Wakes of these brands that are stuck, the longest first; of one conversation where it is named."""
    now_us = microseconds(now)
    due = _due()
    late = now_us - sa.case((wake.c.priority >= int(Priority.TIMER), _us(OVERDUE_LATER)), else_=_us(OVERDUE))
    free = sa.and_(wake.c.owner.is_(None), due <= late)
    dead = sa.and_(wake.c.owner.is_not(None), wake.c.lease_us <= now_us - _us(OVERDUE))  # nobody took it over either
    query = sa.select(wake.c.stream, wake.c.brand, due, wake.c.attempts, sa.or_(free, dead)).where(
        wake.c.brand.in_(list(brands)), sa.or_(free, dead, wake.c.attempts >= FAILING)
    )
    if stream is not None:
        query = query.where(wake.c.stream == stream)
    rows = connection.execute(query.order_by(due, wake.c.stream).limit(limit))
    return [
        StuckWake(StreamId(str(name)), BrandId(str(brand)), moment(int(at)), int(attempts), bool(overdue))
        for name, brand, at, attempts, overdue in rows
    ]


def _due() -> sa.ColumnElement[int]:
    """When a look was wanted: its own moment, or, of what was wanted at once, the moment it was asked for.

    A claimed one has neither any more: then it is when whoever claimed it was last heard of.
    """
    asked = (wake.c.rank_us % LANE_US) - wake.c.priority * AGEING_STEP_US
    return sa.case((wake.c.owner.is_not(None), wake.c.lease_us), (wake.c.due_us > 0, wake.c.due_us), else_=asked)


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)

"""The list of conversations, narrowed: what a list asks about stands in one narrow row per conversation (R-M1).

A page walks the list's own order in lanes, one for each brand and part, through an index that holds every column a
question asks about; no stored view is opened that is not shown. A page looks at a bounded number of rows: one that found
little says how far it looked, and the next goes on there. It must never look outside the brands it was given.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import PARTS, Place, RowFilter
from agent_core.contract.views import ConversationRow
from agent_core.store.tables import listed_row

MOST_LOOKED_AT: Final = 40_000
_LEAST_PER_LANE: Final = 500

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

Columns = sa.ColumnCollection[str, sa.ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list asks about a row."""

    channel: str
    owner: str
    label: str
    intents: str
    workflows: str
    flagged: int
    waiting_us: int | None
    breach_us: int | None

    @classmethod
    def of(cls, row: ConversationRow) -> "Listed":
        """Of a row as people see it."""
        breach = 0 if row.breached else _micros(row.next_breach)
        return cls(
            channel=row.channel,
            owner=row.owner,
            label=row.label,
            intents=_words(row.intents),
            workflows=_words(row.workflows),
            flagged=int(row.flagged),
            waiting_us=_micros(row.waiting_since),
            breach_us=breach,
        )


_PUT = sa.text(
    "INSERT INTO listed_row (id, brand, bucket, sort_key, channel, owner, label, intents, workflows, flagged, waiting_us, "
    "breach_us) VALUES (:id, :brand, :bucket, :sort_key, :channel, :owner, :label, :intents, :workflows, :flagged, "
    ":waiting_us, :breach_us) ON CONFLICT (id) DO UPDATE SET brand = excluded.brand, bucket = excluded.bucket, "
    "sort_key = excluded.sort_key, channel = excluded.channel, owner = excluded.owner, label = excluded.label, "
    "intents = excluded.intents, workflows = excluded.workflows, flagged = excluded.flagged, "
    "waiting_us = excluded.waiting_us, breach_us = excluded.breach_us"
)


def put(connection: Connection, name: str, brand: str, bucket: str, sort_key: str, listed: Listed) -> None:
    """Stores what lists ask about one conversation."""
    values = {field: getattr(listed, field) for field in Listed.__slots__}
    connection.execute(_PUT, {"id": name, "brand": brand, "bucket": bucket, "sort_key": sort_key, **values})


def forget(connection: Connection, name: str | None = None) -> None:
    """Drops one conversation from every list, or all of them."""
    gone = sa.delete(listed_row)
    connection.execute(gone if name is None else gone.where(listed_row.c.id == name))


def places(
    connection: Connection,
    brands: Sequence[BrandId],
    parts: Sequence[str],
    wanted: RowFilter,
    now: datetime,
    after: Place | None,
    limit: int,
) -> tuple[list[Place], Place | None]:
    """Where the next rows of a list stand, and where the page after this one goes on; none at the end of the list.

    Args:
        connection: Of a reader.
        brands: All that may be looked at.
        parts: Of `PARTS`.
        wanted: What rows must be, at this moment.
        now: That moment.
        after: Where the page before ended.
        limit: Rows at most.
    """
    found: list[Place] = []
    budget = max(_LEAST_PER_LANE, MOST_LOOKED_AT // max(1, len(brands)))
    for part in (each for each in PARTS if each in parts):
        lane = _Lane(wanted, now, after, limit - len(found), budget)
        lanes = [lane.walk(connection, brand, part) for brand in brands]
        # Beyond where any lane stopped looking, another row of that lane may come first.
        horizon = min((stopped for _, stopped in lanes if stopped is not None), default=None)
        merged = heapq.merge(*(there for there, _ in lanes))
        known = [place for place in merged if horizon is None or place <= horizon]
        found += known[: limit - len(found)]
        if len(found) >= limit:
            return found, found[-1]
        if horizon is not None:
            return found, horizon
    return found, None


@dataclass(frozen=True, slots=True)
class _Lane:
    """How one brand's rows of one part are walked."""

    wanted: RowFilter
    now: datetime
    after: Place | None
    limit: int
    budget: int

    def walk(self, connection: Connection, brand: str, part: str) -> tuple[list[Place], Place | None]:
        """Places that fit, and where looking stopped; none when the end was reached."""
        table = listed_row.c
        there = [table.brand == brand, table.bucket == part]
        if self.after is not None:
            behind = sa.tuple_(sa.literal(self.after[0]), sa.literal(self.after[1]))
            there.append(sa.tuple_(table.sort_key, table.id) > behind)
        ordered = sa.select(listed_row).where(*there).order_by(table.sort_key, table.id)
        # Only so many rows are looked at: the inner question ends there, whether or not anything fitted.
        seen = ordered.limit(self.budget).subquery()
        asked = _conditions(seen.c, self.wanted, self.now)
        places = _read(connection, sa.select(seen.c.sort_key, seen.c.id).where(*asked).limit(self.limit))
        if len(places) == self.limit:
            return places, places[-1]
        reached = ordered.with_only_columns(table.sort_key, table.id).offset(self.budget - 1).limit(1)
        return places, next(iter(_read(connection, reached)), None)


def _read(connection: Connection, query: sa.Select[Any, Any]) -> list[Place]:
    return [(str(key), str(name)) for key, name in connection.execute(query)]


def _conditions(column: Columns, wanted: RowFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    """`contract.listing.fits`, as a question to the database."""
    asked: list[sa.ColumnElement[bool]] = []
    for name, words in (("channel", wanted.channels), ("owner", wanted.owners), ("label", wanted.labels)):
        if words:
            asked.append(column[name].in_(words))
    for name, words in (("intents", wanted.intents), ("workflows", wanted.workflows)):
        if words:
            asked.append(sa.or_(*(column[name].contains(f",{word},", autoescape=True) for word in words)))
    if wanted.flagged:
        asked.append(column["flagged"] == 1)
    if wanted.waiting_over_s is not None:
        asked.append(column["waiting_us"] <= _micros(now - timedelta(seconds=wanted.waiting_over_s)))
    if wanted.breach_within_s is not None:
        asked.append(column["breach_us"] <= _micros(now + timedelta(seconds=wanted.breach_within_s)))
    return asked


def _words(names: Sequence[str]) -> str:
    """Names between commas, so that one is found whole."""
    return f",{','.join(names)}," if names else ""


def _micros(at: datetime | None) -> int | None:
    return None if at is None else (at - _BEGINNING) // timedelta(microseconds=1)

"""How often detectors flagged and what was masked, by brand and day: the evidence by which rules are tightened (R-D3).

Rows of the table of views, counted up in the very transaction that moves the projection's position, so a text counts once
whatever happens in between. Holds codes and numbers, never words.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.detections import DetectionCount
from agent_core.contract.events import Recorded, TextFlagged
from agent_core.contract.ids import BrandId
from agent_core.store.tables import view

KIND: Final = "detections"
MASKED: Final = "masked"
"""Stands in place of a detector for what was masked; the code is its kind, the number that of stretches."""

MOST_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted. `day` in UTC; `kind` is that of its row."""

    day: date
    brand: BrandId
    entrance: str
    detector: str
    code: str
    kind: str = KIND

    @property
    def id(self) -> str:
        """The row's name; codes may be longer than a name may be."""
        parts = (self.day.isoformat(), self.brand, self.entrance, self.detector, self.code)
        if self.kind != KIND:
            parts = (self.kind, *parts)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def tallies_of(records: Iterable[Recorded]) -> Mapping[Tally, int]:
    """What flagged texts among these records count for: each signal of a text once, masks by their number."""
    counts: Counter[Tally] = Counter()
    for record in records:
        event = record.event
        if not isinstance(event, TextFlagged) or record.brand is None:
            continue
        day = record.at.date()
        for one in event.findings:
            counts[Tally(day, record.brand, event.entrance, one.detector, one.code)] += 1
        for one in event.masked:
            counts[Tally(day, record.brand, event.entrance, MASKED, one.kind)] += one.count
    return counts


_ADD = sa.text(
    "INSERT INTO view (kind, id, brand, bucket, sort_key, version, position, data) "
    "VALUES (:kind, :id, :brand, '', :sort_key, :version, 0, :data) "
    "ON CONFLICT (kind, id) DO UPDATE SET version = view.version + excluded.version"
)


def add(connection: Connection, tallies: Mapping[Tally, int]) -> None:
    """Counts up, in the transaction that stores the position of the records counted."""
    for tally, count in tallies.items():
        data = {"day": tally.day.isoformat(), "entrance": tally.entrance, "detector": tally.detector, "code": tally.code}
        connection.execute(
            _ADD,
            {
                "kind": tally.kind, "id": tally.id, "brand": tally.brand, "sort_key": data["day"], "version": count,
                "data": json.dumps(data),
            },
        )  # fmt: skip


def counted(
    connection: Connection, kind: str, brands: Sequence[BrandId], since: date
) -> Iterator[tuple[BrandId, int, dict[str, str]]]:
    """Brand, number and codes of one kind of these brands from a day on, by day; at most `MOST_ROWS`."""
    query = (
        sa.select(view.c.brand, view.c.version, view.c.data)
        .where(view.c.kind == kind, view.c.brand.in_(list(brands)), view.c.sort_key >= since.isoformat())
        .order_by(view.c.sort_key, view.c.brand, view.c.id)
        .limit(MOST_ROWS)
    )
    for brand, count, data in connection.execute(query):
        yield BrandId(brand), count, json.loads(data)


def counts(connection: Connection, brands: Sequence[BrandId], since: date) -> list[DetectionCount]:
    """Counts of these brands from a day on, by day; at most `MOST_ROWS`."""
    return [
        DetectionCount.model_validate({"brand": brand, "count": count, **row})
        for brand, count, row in counted(connection, KIND, brands, since)
    ]

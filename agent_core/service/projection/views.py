"""The table of views: rows, ask cards and the core's own mark, each with the position of the event that last changed it.

A reader filters by the brands of its session in SQL. Must never be written but by the projector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.events import Recorded
from agent_core.contract.ids import BrandId, StreamId
from agent_core.contract.listing import EVERYTHING, PARTS, Place, RowFilter
from agent_core.contract.outcomes import AskKind
from agent_core.contract.views import AskCard, BrandNumbers, ConversationRow, Counts, Numbers
from agent_core.service.projection import listing, present_counts, tallies
from agent_core.service.projection.listing import Listed
from agent_core.store.erasing import mark
from agent_core.store.tables import projection, stream, view, wake

NAME = "console"
VERSION = "14"
"""Of the shape of the stored views; another one is built again from the log."""

Kind = Literal["row", "ask"]
Once = Literal["override", "assessment"]
"""Kinds whose rows are written once, for a list with the newest first."""

Bucket = Literal["needs", "agent", "human", "all"]

_ASKED: Final = get_args(AskKind)
"""Buckets of asks that wait for somebody."""
DECIDED: Final = "decided"
"""The bucket of asks that somebody decided and that are not over yet. A closed one has its own."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A view about to be stored."""

    kind: Literal["row", "ask", "core", "override", "assessment", "authority", "decision"]
    id: str
    brand: str
    bucket: str
    sort_key: str
    version: int
    position: int
    data: str
    listed: Listed | None = None
    """What lists ask about a row."""


_PUT = sa.text(
    "INSERT INTO view (kind, id, brand, bucket, sort_key, version, position, data) "
    "VALUES (:kind, :id, :brand, :bucket, :sort_key, :version, :position, :data) "
    "ON CONFLICT (kind, id) DO UPDATE SET brand = excluded.brand, bucket = excluded.bucket, "
    "sort_key = excluded.sort_key, version = excluded.version, position = excluded.position, data = excluded.data"
)
_STAND = sa.text(
    "INSERT INTO projection (name, position) VALUES (:name, :position) "
    "ON CONFLICT (name) DO UPDATE SET position = excluded.position"
)


_DROP = sa.text("DELETE FROM view WHERE id = :id OR data LIKE :named")
_GOING = sa.text("SELECT kind, brand, bucket FROM view WHERE id = :id OR data LIKE :named")


def put(
    connection: Connection,
    placed: Sequence[Placed],
    position: int,
    tallied: Mapping[tallies.Tally, int] | None = None,
    erased: Sequence[str] = (),
) -> None:
    """Stores views and how far the projection is, in one transaction. What was counted before is not counted again.

    Args:
        connection: In the projector's transaction.
        placed: What to store.
        position: Of the newest record that they stand for.
        tallied: What to count up.
        erased: Conversations whose views go first, every one: they showed bodies that are gone (R-N5).
    """
    counted = present_counts.Moves(connection)
    for conversation in erased:
        gone = {"id": conversation, "named": f'%"conversation":"{conversation}"%'}
        counted.gone(connection.execute(_GOING, gone))
        connection.execute(_DROP, gone)
        listing.forget(connection, conversation)
    if erased:
        mark(connection)
    if tallied and (stand(connection) or 0) < position:
        tallies.add(connection, tallied)
    for each in placed:
        counted.comes(each.kind, each.id, each.brand, each.bucket)
        connection.execute(
            _PUT,
            {
                "kind": each.kind, "id": each.id, "brand": each.brand, "bucket": each.bucket, "sort_key": each.sort_key,
                "version": each.version, "position": each.position, "data": each.data,
            },
        )  # fmt: skip
        if each.listed is not None:
            listing.put(connection, each.id, each.brand, each.bucket, each.sort_key, each.listed)
    counted.store()
    connection.execute(_STAND, {"name": f"{NAME}:{VERSION}", "position": position})


def listed(kind: Once, record: Recorded, brand: BrandId, data: str) -> Placed:
    """A row that is written once, in a list with the newest record first."""
    name = f"{record.stream}:{record.seq}"
    return Placed(kind, name, brand, "", f"{10**12 - record.position:013d}", record.seq, record.position, data)


def listed_page(
    connection: Connection, kind: Once, brands: Sequence[BrandId], after: str | None, limit: int
) -> list[tuple[str, str]]:
    """Sort key and data of rows of a list, newest first."""
    query = sa.select(view.c.sort_key, view.c.data).where(view.c.kind == kind, view.c.brand.in_(list(brands)))
    if after is not None:
        query = query.where(view.c.sort_key > after)
    return [(str(key), str(data)) for key, data in connection.execute(query.order_by(view.c.sort_key).limit(limit))]


def forget(connection: Connection) -> None:
    """Drops every view: another version of them is to be built."""
    connection.execute(sa.delete(view))
    listing.forget(connection)
    connection.execute(sa.delete(projection))


def stand(connection: Connection) -> int | None:
    """How far the projection is; none when it was never built in this version."""
    row = connection.execute(sa.select(projection.c.position).where(projection.c.name == f"{NAME}:{VERSION}")).scalar()
    return None if row is None else int(row)


def changed(
    connection: Connection, kind: Kind, brands: Sequence[BrandId], after: int, upto: int, limit: int, *, closed: bool
) -> list[tuple[int, str]]:
    """Position and data of views that changed in `(after, upto]`, in that order."""
    query = (
        sa.select(view.c.position, view.c.data)
        .where(view.c.kind == kind, view.c.position > after, view.c.position <= upto, view.c.brand.in_(list(brands)))
        .order_by(view.c.position, view.c.id)
        .limit(limit)
    )
    if not closed:
        query = query.where(view.c.bucket != "closed")
    return [(int(position), str(data)) for position, data in connection.execute(query)]


def core_mark(brand: BrandId | None, position: int) -> Placed:
    """That what a core shows of itself changed: of one brand, or of the house where no brand is named."""
    name = "core" if brand is None else f"core:{brand}"
    return Placed("core", name, brand or "", "", "", position, position, "{}")


def core_position(connection: Connection, brands: Sequence[BrandId]) -> int:
    """Where the core's own view last changed for these brands: pauses, releases, people."""
    told = view.c.brand.in_(["", *brands])
    found = connection.execute(sa.select(sa.func.max(view.c.position)).where(view.c.kind == "core", told)).scalar()
    return 0 if found is None else int(found)


def page(
    connection: Connection,
    brands: Sequence[BrandId],
    bucket: Bucket,
    after: Place | None,
    limit: int,
    *,
    wanted: RowFilter = EVERYTHING,
    now: datetime,
) -> tuple[list[ConversationRow], Place | None]:
    """Rows of a page of the list, most urgent need first, and where the next page goes on; none after the last."""
    parts = PARTS if bucket == "all" else (bucket,)
    found, further = listing.places(connection, brands, parts, wanted, now, after, limit)
    names = [name for _, name in found]
    query = sa.select(view.c.id, view.c.data).where(view.c.kind == "row", view.c.id.in_(names))
    stored = {str(name): str(data) for name, data in connection.execute(query)} if names else {}
    return [ConversationRow.model_validate_json(stored[name]) for name in names if name in stored], further


def row(connection: Connection, conversation: str) -> ConversationRow | None:
    """One row."""
    data = connection.execute(sa.select(view.c.data).where(view.c.kind == "row", view.c.id == conversation)).scalar()
    return None if data is None else ConversationRow.model_validate_json(str(data))


def cards(connection: Connection, brands: Sequence[BrandId], limit: int) -> list[AskCard]:
    """Every open ask, in the order of the queue."""
    query = (
        sa.select(view.c.data)
        .where(view.c.kind == "ask", view.c.bucket != "closed", view.c.brand.in_(list(brands)))
        .order_by(view.c.sort_key, view.c.id)
        .limit(limit)
    )
    return [AskCard.model_validate_json(str(data)) for (data,) in connection.execute(query)]


def ask_page(
    connection: Connection, brands: Sequence[BrandId], after: Place | None, limit: int
) -> tuple[list[AskCard], Place | None]:
    """Open asks of a page of the queue, and where the next page goes on; none after the last."""
    here = (view.c.kind == "ask", view.c.brand.in_(list(brands)), view.c.bucket.in_((*_ASKED, DECIDED)))
    query = sa.select(view.c.sort_key, view.c.id).where(*here).order_by(view.c.sort_key, view.c.id).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(view.c.sort_key, view.c.id) > sa.tuple_(*map(sa.literal, after)))
    found = [(str(key), str(name)) for key, name in connection.execute(query)]
    names = [name for _, name in found]
    wanted = sa.select(view.c.id, view.c.data).where(view.c.kind == "ask", view.c.id.in_(names))
    stored = {str(name): str(data) for name, data in connection.execute(wanted)} if names else {}
    cards = [AskCard.model_validate_json(stored[name]) for name in names if name in stored]
    return cards, found[-1] if len(found) == limit else None


def card(connection: Connection, brands: Sequence[BrandId], ask: str) -> AskCard | None:
    """One ask of these brands, open or closed."""
    one = (view.c.kind == "ask", view.c.id == ask, view.c.brand.in_(list(brands)))
    data = connection.execute(sa.select(view.c.data).where(*one)).scalar()
    return None if data is None else AskCard.model_validate_json(str(data))


def counts(connection: Connection, brands: Sequence[BrandId]) -> Counts:
    """Numbers of the present moment, together and by brand."""
    found = present_counts.standing(connection, brands)
    each = {brand: _numbers(numbers) for brand, numbers in sorted(found.items())}
    together = {name: sum(getattr(one, name) for one in each.values()) for name in Numbers.model_fields}
    by_brand = tuple(BrandNumbers(brand=BrandId(brand), **one.model_dump()) for brand, one in each.items())
    return Counts(**together, by_brand=by_brand)


def _numbers(found: Mapping[tuple[str, str], int]) -> Numbers:
    return Numbers(
        needs_person=found.get(("row", "needs"), 0),
        agent=found.get(("row", "agent"), 0),
        human=found.get(("row", "human"), 0),
        all=sum(count for (kind, _), count in found.items() if kind == "row"),
        approvals=found.get(("ask", "approval"), 0),
        escalations=found.get(("ask", "escalation"), 0),
        quarantined=found.get(("ask", "quarantine"), 0),
        asks=sum(count for (kind, bucket), count in found.items() if kind == "ask" and bucket in _ASKED),
    )


def at_work(connection: Connection, brands: Sequence[BrandId], looking: Sequence[StreamId]) -> tuple[int, int]:
    """How many conversations of these brands are looked at at this moment, and how many wait to be.

    Args:
        connection: Of a reader.
        brands: Of the session.
        looking: Whatever the engine looks at.
    """
    ours = list(brands)
    working = sa.select(sa.func.count()).where(stream.c.id.in_(list(looking)), stream.c.brand.in_(ours))
    waiting = sa.select(sa.func.count()).where(wake.c.owner.is_(None), wake.c.due_us == 0, wake.c.brand.in_(ours))
    return int(connection.execute(working).scalar() or 0), int(connection.execute(waiting).scalar() or 0)

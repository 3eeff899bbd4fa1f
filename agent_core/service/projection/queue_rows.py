"""Numbers and clocks of asks from their stored cards, by brand, queue and language (R-E4). Only reads.

Asked of the database, so that nobody reads thousands of cards to count them. Cards are JSON; SQLite takes them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId
from agent_core.service.projection.views import DECIDED
from agent_core.store.tables import view

MOST_OPEN: Final = 20_000
MOST_OVER: Final = 20_000


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """What an open ask counts for. Moments as the card has them."""

    brand: BrandId
    queue: str
    language: str
    claimed: bool
    assigned: bool
    breached: bool
    raised_at: datetime
    next_breach: datetime | None


@dataclass(frozen=True, slots=True)
class PastAsk:
    """How fast people were with an ask: `looked` and `answered` in whole seconds, none where nobody did.

    `in_time`: none of its clocks ran out; none where it had none.
    """

    brand: BrandId
    queue: str
    looked: int | None
    answered: int | None
    in_time: bool | None


def _part(name: str) -> sa.ColumnElement[Any]:
    return sa.func.json_extract(view.c.data, f"$.{name}")


def open_asks(connection: Connection, brands: Sequence[BrandId]) -> list[OpenAsk]:
    """Every ask of these brands that waits for somebody, at most `MOST_OPEN`."""
    query = (
        sa.select(
            view.c.brand, _part("queue"), _part("language"), _part("state"), _part("assigned_to"),
            sa.func.json_array_length(view.c.data, "$.missed"), _part("raised_at"), _part("next_breach"),
        )
        .where(view.c.kind == "ask", view.c.bucket.not_in(("closed", DECIDED)), view.c.brand.in_(list(brands)))
        .order_by(view.c.sort_key, view.c.id)
        .limit(MOST_OPEN)
    )  # fmt: skip
    return [
        OpenAsk(
            BrandId(brand), queue or "", language or "", state != "waiting", assigned is not None, bool(breached),
            datetime.fromisoformat(raised), None if due is None else datetime.fromisoformat(due),
        )
        for brand, queue, language, state, assigned, breached, raised, due in connection.execute(query)
    ]  # fmt: skip


def past_asks(connection: Connection, brands: Sequence[BrandId], since: datetime) -> list[PastAsk]:
    """Asks of these brands that were raised since a moment and that somebody looked at or ended; the newest `MOST_OVER`."""
    raised = _part("raised_at")
    query = (
        sa.select(
            view.c.brand, _part("queue"), raised, _part("first_looked_at"), _part("closed_at"), _part("closed_by"),
            _part("look_by"), sa.func.json_array_length(view.c.data, "$.missed"),
        )
        .where(view.c.kind == "ask", view.c.brand.in_(list(brands)), raised >= since.isoformat().replace("+00:00", "Z"))
        .order_by(raised.desc())
        .limit(MOST_OVER)
    )  # fmt: skip
    return [found for row in connection.execute(query) if (found := _past(tuple(row))) is not None]


def _past(row: Sequence[Any]) -> PastAsk | None:
    brand, queue, raised, looked, closed, by, look_by, breached = row
    start = datetime.fromisoformat(raised)
    answered = None if closed is None or by not in _PEOPLE else _seconds(start, closed)
    seen = answered if looked is None else _seconds(start, looked)
    if seen is None:
        return None
    return PastAsk(BrandId(brand), queue or "", seen, answered, None if look_by is None else not breached)


_PEOPLE: Final = frozenset({"person"})
"""Whose end of an ask is an answer: what lapsed, expired or was withdrawn was answered by nobody."""


def _seconds(start: datetime, end: str) -> int:
    return max(0, int((datetime.fromisoformat(end) - start).total_seconds()))


def next_breaches(
    connection: Connection, brands: Sequence[BrandId], *, queue: str | None, language: str | None, limit: int
) -> list[str]:
    """The cards of open asks of which a clock runs, the first due first."""
    due = _part("next_breach")
    query = sa.select(view.c.data).where(
        view.c.kind == "ask", view.c.bucket != "closed", view.c.brand.in_(list(brands)), due.is_not(None)
    )
    if queue is not None:
        query = query.where(_part("queue") == queue)
    if language is not None:
        query = query.where(_part("language") == language)
    return [str(data) for (data,) in connection.execute(query.order_by(due, view.c.sort_key, view.c.id).limit(limit))]

"""Which conversations may be stuck: few, found by index, each looked at closely afterwards (R-M4).

From what is asked of on-call, from looks that fail or do not come, and, where a system does not work, from whoever waits.
It must never fold a log: with a million conversations only those that somebody or something complained about are folded.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId, StreamId
from agent_core.contract.triage import MOST_ROWS
from agent_core.contract.views import ConversationRow
from agent_core.service.projection import views
from agent_core.store import Store
from agent_core.store.stuck import StuckWake, stuck_wakes
from agent_core.store.tables import view

_KINDS: Final = ("quarantine", "unknown_outcome")
_MOST_AT_WORK: Final = 100

Found = list[tuple[StreamId, ConversationRow | None]]


async def candidates(
    store: Store, brands: Sequence[BrandId], now: datetime, *, troubled: set[BrandId]
) -> tuple[Found, Mapping[StreamId, StuckWake], bool]:
    """Conversations that may be stuck, each with its row, the wakes that are, and whether that is all there is.

    Args:
        store: The log.
        brands: Of the session.
        now: The present moment.
        troubled: Brands of which a system does not work.
    """

    def look(connection: Connection) -> tuple[Found, Mapping[StreamId, StuckWake], bool]:
        asked = _asked(connection, brands)
        stuck = stuck_wakes(connection, brands, now, MOST_ROWS)
        held = _held(connection, brands)
        waiting = _at_work(connection, [brand for brand in brands if brand in troubled])
        names = dict.fromkeys((*asked, *held, *(wake.stream for wake in stuck), *waiting))
        complete = max(len(asked), len(held), len(stuck)) < MOST_ROWS and len(waiting) < _MOST_AT_WORK
        return [(name, views.row(connection, name)) for name in names], {wake.stream: wake for wake in stuck}, complete

    return await store.read(lambda tx: look(tx.connection))


def _asked(connection: Connection, brands: Sequence[BrandId]) -> list[StreamId]:
    """Whatever on-call, or anybody, is asked about as held or unknown."""
    query = (
        sa.select(sa.func.json_extract(view.c.data, "$.conversation"))
        .where(view.c.kind == "ask", view.c.brand.in_(list(brands)), view.c.bucket.in_(_KINDS))
        .order_by(view.c.sort_key, view.c.id)
        .limit(MOST_ROWS)
    )
    return [StreamId(str(name)) for (name,) in connection.execute(query)]


def _held(connection: Connection, brands: Sequence[BrandId]) -> list[StreamId]:
    """What is in quarantine, or cannot be shown, whether anybody was asked or not."""
    label = sa.func.json_extract(view.c.data, "$.label")
    query = (
        sa.select(view.c.id)
        .where(view.c.kind == "row", view.c.brand.in_(list(brands)), view.c.bucket == "needs", label == "quarantined")
        .order_by(view.c.sort_key, view.c.id)
        .limit(MOST_ROWS)
    )
    return [StreamId(str(name)) for (name,) in connection.execute(query)]


def _at_work(connection: Connection, brands: Sequence[BrandId]) -> list[StreamId]:
    """What the agent has and is not done with, at brands of which a system does not work."""
    label = sa.func.json_extract(view.c.data, "$.label")
    query = (
        sa.select(view.c.id)
        .where(
            view.c.kind == "row",
            view.c.brand.in_(list(brands)),
            view.c.bucket.in_(("agent", "needs")),
            label.in_(("triaging", "resolving")),
        )
        .order_by(view.c.sort_key, view.c.id)
        .limit(_MOST_AT_WORK)
    )
    return [StreamId(str(name)) for (name,) in connection.execute(query)] if brands else []

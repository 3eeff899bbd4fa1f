"""What is stopped, since when and by whom, and how far stopping a workflow would reach (R-M3). Only reads.

Whether something is stopped is its scope's row, as fences see it; who did it is told by the log of the brand, or the core's.
It must never look at a brand that the session does not see.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from agent_core.contract.ids import CORE_STREAM, BrandId, OperatorId, StreamId, WorkflowName, brand_stream
from agent_core.contract.stopping import MOST_COUNTED, PausedWorkflow, Stopped, WorkflowReach, WorkflowReachAnswer
from agent_core.service.commands.common import Means
from agent_core.service.projection import views
from agent_core.service.projection.listing import PARTS
from agent_core.service.sessions import Seat
from agent_core.store import ReadTx
from agent_core.store.tables import event, listed_row
from agent_core.workflows.release import Release

_MOST_ASKS: Final = 2_000
_OPEN: Final = tuple(part for part in PARTS if part != "closed")


def paused_in(
    tx: ReadTx, brand: BrandId, release: Release, name: Callable[[OperatorId | None], str]
) -> tuple[PausedWorkflow, ...]:
    """The workflows of a brand that are stopped by themselves, by title."""
    stopped = tx.stops(brand).workflows
    if not stopped:
        return ()
    said = _last_stops(tx, brand_stream(brand), stopped)
    shown = (
        PausedWorkflow(
            workflow=each,
            title=_title(release, each),
            since=said[each][0],
            by=said[each][1],
            by_name=None if said[each][1] is None else name(said[each][1]),
        )
        for each in stopped
        if each in said
    )
    return tuple(sorted(shown, key=lambda one: (one.title, one.workflow)))


def stopped_by(tx: ReadTx, brand: BrandId | None, known: Mapping[OperatorId, str]) -> Stopped | None:
    """How a brand was stopped last, or with None everything; none where no log says so.

    Everybody may stop everything: `known` are the names of those whom the reader knows, nobody else's is told.
    """
    said = _last_stops(tx, CORE_STREAM if brand is None else brand_stream(brand), (None,))
    if None not in said:
        return None
    since, by = said[None]
    if by is None or by in known:
        return Stopped(since=since, by=by, by_name=None if by is None else known[by])
    return Stopped(since=since, by_name="")


async def reach(means: Means, seat: Seat, brand: BrandId) -> WorkflowReachAnswer:
    """Every workflow of a brand, and what stopping it would hold back.

    Raises:
        NotFound: No such brand for this session.
        Unavailable: It never had a release.
    """
    seat.check_brand(brand)
    release = means.shelf.active(brand).release
    people = await means.people.people()

    def read(tx: ReadTx) -> WorkflowReachAnswer:
        paused = {one.workflow: one for one in paused_in(tx, brand, release, people.name)}
        asks = [card.binding.workflow for card in views.cards(tx.connection, (brand,), _MOST_ASKS) if card.binding]
        shown = (
            WorkflowReach(
                workflow=each,
                title=_title(release, each),
                conversations=_conversations(tx, brand, each),
                asks=asks.count(each),
                paused=paused.get(each),
            )
            for each in {*release.workflows, *paused}
        )
        return WorkflowReachAnswer(brand=brand, workflows=tuple(sorted(shown, key=lambda one: (one.title, one.workflow))))

    return await means.store.read(read)


def _last_stops(
    tx: ReadTx, stream: StreamId, workflows: Iterable[WorkflowName | None]
) -> dict[WorkflowName | None, tuple[datetime, OperatorId | None]]:
    """When each was stopped last, and by whom, with None all of it; the newest rows of a log first, until all are found."""
    wanted, found = set(workflows), dict[WorkflowName | None, tuple[datetime, OperatorId | None]]()
    query = (
        sa.select(event.c.at, event.c.data)
        .where(event.c.stream == stream, event.c.type == "agent_paused")
        .order_by(event.c.seq.desc())
    )
    for at, data in tx.connection.execute(query):
        said = json.loads(str(data))
        named = said.get("workflow")
        if named in wanted and named not in found:
            found[named] = (datetime.fromisoformat(str(at)), said.get("operator"))
            if len(found) == len(wanted):
                break
    return found


def _conversations(tx: ReadTx, brand: BrandId, workflow: WorkflowName) -> int:
    row = listed_row.c
    has = row.workflows.contains(f",{workflow},", autoescape=True)
    some = sa.select(sa.literal(1)).where(row.brand == brand, row.bucket.in_(_OPEN), has).limit(MOST_COUNTED).subquery()
    return int(tx.connection.execute(sa.select(sa.func.count()).select_from(some)).scalar() or 0)


def _title(release: Release, workflow: WorkflowName) -> str:
    known = release.workflows.get(workflow)
    return workflow if known is None else known.title

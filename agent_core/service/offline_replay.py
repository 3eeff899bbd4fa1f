"""A brand's folder held against the decisions in a database, on a machine where no core runs (R-C8).

The database is copied first and only the copy is opened; nothing is called, sent or written. It must never be pointed at a
running core's folder for writing, and never starts anything.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from agent_core.authority.keys import KeyRing
from agent_core.contract.clock import Clock
from agent_core.contract.errors import Unusable
from agent_core.contract.events import ReleaseActivated
from agent_core.contract.ids import BrandId, WorkflowName, brand_stream
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.contract.levels import PolicyReplay
from agent_core.engine.runtime import BrandAtWork, Instance
from agent_core.models.port import ModelNames
from agent_core.service.brands import BrandShelf, gate_of, known_releases
from agent_core.service.copied_store import copied_store
from agent_core.service.policy_replay import Candidate, House, replayed
from agent_core.store import Store
from agent_core.store.tables import event
from agent_core.workflows.release import Release

if TYPE_CHECKING:
    from agent_core.models.port import ModelClient
    from agent_core.systems.port import Tools


@dataclass(frozen=True, slots=True)
class FolderLevels:
    """Levels as a folder declares them; of a workflow it does not have, what was declared."""

    release: Release

    async def level(self, workflow: WorkflowName, declared: AuthorityLevel) -> AuthorityLevel:
        """What the folder declares."""
        known = self.release.workflows.get(workflow)
        return declared if known is None else known.authority


class NoOperators:
    """Who may approve is not asked in a replay: approvals are taken as they were given."""

    async def keyring(self) -> KeyRing:
        """Nobody."""
        return KeyRing(anchor=None, core="")


async def replay_folder(candidate: Release, database: Path, days: int, clock: Clock) -> PolicyReplay:
    """What a folder would have decided in the last days of a database.

    Args:
        candidate: The folder's release.
        database: The file of a core's log, or a copy of it.
        days: How far back, from the newest event of the brand.
        clock: For opening the copy.

    Raises:
        Unusable: `no_database`, `not_a_database`, `no_such_brand`.
    """
    async with copied_store(database, clock) as store:
        return await _replayed(store, candidate, days)


async def _replayed(store: Store, candidate: Release, days: int) -> PolicyReplay:
    brand = candidate.brand.name
    active = await _active(store, brand)
    if active is None:
        raise Unusable("no_such_brand", f"The brand {brand} was never live in this database.")
    nothing: Any = None  # nothing is called, sent or asked in a replay
    at_work = BrandAtWork(
        release=active,
        gate=gate_of(active),
        tools=cast("Tools", nothing),
        channels={},
        model=cast("ModelClient", nothing),
        names=ModelNames(),
        sandbox=False,
    )
    shelf = BrandShelf({brand: at_work}, await known_releases(store, [brand]))
    house = House(store, shelf, NoOperators(), Instance(core="", version=""), brand)
    until = await _newest(store, brand) + timedelta(microseconds=1)
    wanted = Candidate(gate_of(candidate), FolderLevels(candidate))
    return await replayed(house, wanted, until - timedelta(days=days), until)


async def _active(store: Store, brand: BrandId) -> Release | None:
    """The release that was live last."""
    known = await known_releases(store, [brand])
    happened = [record.event for record in await store.records(brand_stream(brand))]
    activated = [each.release for each in happened if isinstance(each, ReleaseActivated)]
    return known.get(activated[-1]) if activated else None


async def _newest(store: Store, brand: BrandId) -> datetime:
    """When something last happened at the brand: a backup is replayed as of its own end."""
    query = sa.select(sa.func.max(event.c.at)).where(event.c.brand == brand)
    return datetime.fromisoformat(str(await store.read(lambda tx: tx.connection.execute(query).scalar())))

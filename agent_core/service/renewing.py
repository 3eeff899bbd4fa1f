"""A running core takes an edited brand folder: a good edit goes live as a release, a bad one changes nothing (R-F1, R-A9).

A brand whose folder was bad when the core started becomes live as soon as its folder is mended.

Looked at are names, times and sizes; a folder is read once it has stopped changing, so that a half-written edit is judged
by nobody. Runs that began keep their release. It must never take anything live that a start would have refused.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import structlog

from agent_core.authority.gate import Gate
from agent_core.contract.errors import Unavailable, Unusable
from agent_core.contract.ids import BrandId
from agent_core.engine.runtime import BrandAtWork
from agent_core.service.brands import BrandShelf
from agent_core.service.going_live import Walk, read_and_walk, refuse_release
from agent_core.store import Store
from agent_core.workflows.release import Release

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 1.0
_MOST_FILES: Final = 30_000
_State = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of a look at a folder. `release`: the one that is live, empty for none; `sentence`: why it was refused."""

    outcome: Literal["unchanged", "live", "refused"]
    release: str
    sentence: str | None = None


class Renewal:
    """The folders of a running core.

    Args:
        store: The log.
        shelf: Where active brands stand.
        folders: Of the brands that are live, and of those that were not fit to be.
        at_work: Makes a brand of a release: its clients and channels.
        walk: Walks through a release first; None goes without.
    """

    def __init__(
        self,
        store: Store,
        shelf: BrandShelf,
        folders: Mapping[BrandId, Path],
        at_work: Callable[[Release, Gate], BrandAtWork],
        walk: Walk | None,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._folders = dict(folders)
        self._at_work = at_work
        self._walk = walk
        self._refused: dict[BrandId, str] = {}

    async def renew(self, brand: BrandId) -> Renewed:
        """Reads a brand's folder and makes it live if it is good and new."""
        present = self._shelf.active(brand).release.digest if brand in self._shelf.names() else ""
        try:
            read = await read_and_walk(self._store, self._folders[brand], walk=self._walk)
            release, gate = read.release, read.gate
            if release.digest == present:
                self._refused.pop(brand, None)
                return Renewed("unchanged", present)
            at_work = self._at_work(release, gate)
            await self._shelf.renew(self._store, at_work, folder=read.folder)
        except Unusable as error:
            if self._refused.get(brand) != error.message:
                log.warning("edit_refused", brand=brand, code=error.code, sentence=error.message, release=present)
                if present:  # a brand that never had a release has no log to put it into
                    await refuse_release(self._store, brand, error)
                else:
                    self._shelf.refuse(brand, error.message)
            self._refused[brand] = error.message
            return Renewed("refused", present, error.message)
        self._refused.pop(brand, None)
        log.info("release_live", brand=brand, release=release.digest)
        return Renewed("live", release.digest)

    async def run(self) -> None:
        """Looks at every folder, again and again, until it is cancelled."""
        taken = {brand: await asyncio.to_thread(_state, folder) for brand, folder in self._folders.items()}
        before = dict(taken)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for brand, folder in self._folders.items():
                now = await asyncio.to_thread(_state, folder)
                settled, before[brand] = now == before[brand], now
                if not settled or now == taken[brand]:
                    continue
                try:
                    await self.renew(brand)
                except Unavailable as error:
                    log.warning("edit_waits", brand=brand, code=error.code)
                    continue
                taken[brand] = now


def _state(folder: Path) -> _State:
    """Every file with its time and size; what cannot be seen is left out, and reading it will say so."""
    found: list[tuple[str, int, int]] = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            try:
                stat = os.stat(path, follow_symlinks=False)
            except OSError:
                continue
            found.append((path, stat.st_mtime_ns, stat.st_size))
            if len(found) > _MOST_FILES:
                break
    return tuple(sorted(found))

"""Follows the log by position and keeps the index: behind the commits, never in them, giving way to whoever is waited for.

A stretch of the feed is read, the conversations in it are looked at as they are now, and what they say is kept together with
the position in one transaction: killed anywhere it goes on where the file says. An index of another log, or one that is
ahead of it, is forgotten and built again. What is erased is hidden from answers at once and leaves the file in the next
stretch, its volume and the write-ahead log soon after. While it is far behind it reads beside what the core remembers of
conversations. It must never write to the log, and never stop the core.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
import structlog

from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.contract.events import BodiesErased
from agent_core.contract.ids import StreamId
from agent_core.service.projection.story import Story, story_in
from agent_core.service.search.index_file import IndexFile, Talk
from agent_core.service.search.passages import Passage, passages_of
from agent_core.service.search.traits import traits_of
from agent_core.store import Committed, ReadTx, Store
from agent_core.store.tables import event

log = structlog.get_logger(__name__)

BATCH: Final = 400
"""Events of one stretch."""

PACE: Final = 0.5
"""Seconds that events are collected for before they are looked at."""

_REST_BUSY: Final = 4.0
_REST: Final = 0.5
"""How long it rests after a stretch, in times of what the stretch took: longer while customers wait for somebody."""

_AGAIN_S: Final = 1.0
_TROUBLE_S: Final = 30.0
FAR: Final = 5_000
"""Events behind, from which on answers say that it catches up."""

_FEED: Final = (
    sa.select(event.c.position, event.c.stream, event.c.type, event.c.hash)
    .where(event.c.position > sa.bindparam("after"))
    .order_by(event.c.position)
    .limit(sa.bindparam("rows"))
)
_AT: Final = sa.select(event.c.hash).where(event.c.position == sa.bindparam("at"))
_NEWEST: Final = sa.select(sa.func.max(event.c.position))
_ERASED: Final = sa.select(event.c.stream, event.c.position).where(
    event.c.position > sa.bindparam("after"), event.c.type == "bodies_erased"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Row:
    position: int
    stream: StreamId
    type: str
    hash: str


class Indexer:
    """Keeps the index of one core."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        story: Callable[[StreamId], Awaitable[Story]],
        *,
        busy: Callable[[], bool] = lambda: False,
        pace: float = PACE,
        batch: int = BATCH,
    ) -> None:
        self._store = store
        self._folder = folder
        self._story = story
        self._busy = busy
        self._pace = pace
        self._batch = batch
        self._file: IndexFile | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search-index")
        self._new = asyncio.Event()
        self._stopping = asyncio.Event()
        self._erased: dict[StreamId, int] = {}
        self._waiting: set[asyncio.Event] = set()
        self._newest = 0
        self.position = 0
        self.opened = False
        """Whether there is a file that answers can be read from."""
        self.edition = 0
        """Grows whenever the file was thrown away: connections to it are of no use any more."""

    @property
    def hidden(self) -> frozenset[str]:
        """Conversations that were erased and may still be in the index."""
        return frozenset(self._erased)

    @property
    def far_behind(self) -> bool:
        """Whether much is missing yet."""
        return not self.opened or self._newest - self.position > FAR

    async def open(self) -> None:
        """Opens the file and sees whether it is of this log.

        Raises:
            OSError, sqlite3.Error: It cannot be written.
        """
        file = await self._work(lambda: IndexFile(self._folder))
        self._file = file
        position, place = await self._work(lambda: (file.position, file.place))

        def look(tx: ReadTx) -> tuple[str | None, int, dict[StreamId, int]]:
            found = tx.connection.execute(_AT, {"at": position}).scalar()
            newest = int(tx.connection.execute(_NEWEST).scalar() or 0)
            gone = tx.connection.execute(_ERASED, {"after": position}) if position else ()
            return (None if found is None else str(found)), newest, {StreamId(name): int(at) for name, at in gone}

        there, self._newest, erased = await self._store.read(look)
        if position and place != (self._store.generation, there or ""):
            log.info("search_index_of_another_log", position=position)
            await self._forget()
        else:
            self.position = position
            self._erased |= erased
        self.opened = True

    async def run(self) -> None:
        """Works until `stop`. A disk that fails is tried again later; a damaged file is built anew."""
        unsubscribe = self._store.subscribe(self._committed)
        try:
            await self._pause(self._pace)  # a core that starts has better things to do
            while not self._stopping.is_set():
                try:
                    if not self.opened:
                        await self.open()
                    await self._follow()
                except Unavailable as error:
                    if error.code == "store_closed":
                        return
                    log.warning("search_index_waits", code=error.code)
                    await self._pause(_AGAIN_S)
                except sqlite3.DatabaseError as error:
                    await self._trouble(error)
                except OSError as error:
                    log.warning("search_index_waits", error=type(error).__name__)
                    await self._pause(_TROUBLE_S)
        finally:
            unsubscribe()

    async def _follow(self) -> None:
        while not self._stopping.is_set():
            self._new.clear()
            began = time.monotonic()
            more = await self.step()
            worked = time.monotonic() - began
            cleaned = await self._clean()
            if more:
                await self._pause(worked * (_REST_BUSY if self._busy() else _REST))
            elif not self._stopping.is_set():
                await self._news(None if cleaned else _AGAIN_S)
                await self._pause(self._pace)

    async def step(self) -> bool:
        """One stretch of the feed. False when there is no more for now."""
        after = self.position
        rows = await self._store.read(lambda tx: _rows(tx, after, self._batch))
        if not rows:
            return False
        upto = rows[-1]
        whole = {row.stream for row in rows if row.type == "bodies_erased"}
        streams = dict.fromkeys(row.stream for row in rows if row.stream.startswith("c_"))
        talks: list[tuple[Story, Sequence[Passage], bool]] = []
        told = await self._store.read(lambda tx: _stories(tx, streams)) if self.far_behind else {}
        for stream in streams:
            found = await self._look(stream, told.get(stream), 0 if stream in whole else after, upto.position)
            if found is not None:
                talks.append((*found, stream in whole))
        place = (self._store.generation, upto.hash)
        file = self._opened()

        def keep() -> None:
            made = (Talk(traits_of(story, self._store.secret), passages, anew) for story, passages, anew in talks)
            file.keep(made, upto.position, place)

        await self._work(keep)
        self.position = upto.position
        self._newest = max(self._newest, upto.position)
        self._erased = {stream: at for stream, at in self._erased.items() if at > upto.position}
        self._tell()
        return len(rows) == self._batch

    async def until(self, position: int) -> None:
        """Waits until everything up to a position of the feed can be found."""
        told = asyncio.Event()
        self._waiting.add(told)
        try:
            while self.position < position:
                told.clear()
                await told.wait()
        finally:
            self._waiting.discard(told)

    async def clean(self) -> None:
        """Takes everything that was erased out of the file for good."""
        while not await self._clean():
            await self._pause(0.05)

    async def close(self) -> None:
        """Gives the file back."""
        file, self._file, self.opened = self._file, None, False
        if file is not None:
            await self._work(file.close)
        self._thread.shutdown()

    def stop(self) -> None:
        """Ends `run` after the stretch under way."""
        self._stopping.set()
        self._new.set()

    # -- inside --------------------------------------------------------------------------------------------------

    async def _look(
        self, stream: StreamId, told: Story | None, after: int, upto: int
    ) -> tuple[Story, Sequence[Passage]] | None:
        """A conversation and what is new in it; none where it cannot be read: then it cannot be found either."""
        try:
            story = await self._story(stream) if told is None else told
            if story.state.conversation is None:
                return None
            fresh = [record for record in story.behind(after) if record.position <= upto]
            return story, [passage for record in fresh for passage in passages_of(story, record)]
        except Unavailable:
            raise
        except (CountersignError, ValueError) as error:
            log.error("search_cannot_read", stream=stream, error=type(error).__name__)  # noqa: TRY400 - structured
            return None

    async def _clean(self) -> bool:
        """A step of taking erased words away for good; whether nothing is left to do."""
        file = self._opened()
        if await self._work(file.purge):
            return False
        return await self._work(file.scrub)

    async def _trouble(self, error: sqlite3.DatabaseError) -> None:
        """A damaged file is thrown away; a full disk or a lock passes."""
        log.warning("search_index_failed", error=str(error)[:200])
        damaged = not isinstance(error, sqlite3.OperationalError) and self._file is not None
        if damaged:
            await self._forget()
        await self._pause(_AGAIN_S if damaged else _TROUBLE_S)

    async def _forget(self) -> None:
        await self._work(self._opened().forget)
        self.position = 0
        self._erased = {}
        self.edition += 1

    def _opened(self) -> IndexFile:
        assert self._file is not None
        return self._file

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _committed(self, committed: Committed) -> None:
        for record in committed.records:
            self._newest = max(self._newest, record.position)
            if isinstance(record.event, BodiesErased):
                self._erased[record.stream] = record.position
        if committed.records:
            self._new.set()

    def _tell(self) -> None:
        for told in self._waiting:
            told.set()

    async def _news(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._new.wait()
        except TimeoutError:
            return

    async def _pause(self, seconds: float) -> None:
        """Rests; `stop` ends that."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _stories(tx: ReadTx, streams: Iterable[StreamId]) -> dict[StreamId, Story]:
    """Conversations of long ago, read together: nobody looks at them now, and they must not push out those somebody does.

    One that cannot be read is missing here; it is asked for once more, alone.
    """
    found: dict[StreamId, Story] = {}
    for stream in streams:
        try:
            found[stream] = story_in(tx, stream)
        except Unavailable:
            raise
        except (CountersignError, ValueError):
            continue
    return found


def _rows(tx: ReadTx, after: int, most: int) -> list[_Row]:
    rows = tx.connection.execute(_FEED, {"after": after, "rows": most})
    return [_Row(int(position), StreamId(stream), str(name), str(hash_)) for position, stream, name, hash_ in rows]

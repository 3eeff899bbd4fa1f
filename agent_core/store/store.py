"""The store's face: asynchronous, typed, one writer behind it and a few readers.

Open it once per data folder and pass it on. Must never hold a conversation's state: what is true is what the log says.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.bodies import Body, BodyRef
from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.errors import Unavailable
from agent_core.contract.events import Recorded
from agent_core.contract.ids import BodyId, BrandId, RunId, StreamId
from agent_core.store import erasing, indexes, schema, wakes
from agent_core.store.appending import Writing, prepare, woken_at_once
from agent_core.store.beside import Beside, Together
from agent_core.store.chain import verify_links
from agent_core.store.database import Database
from agent_core.store.errors import Corrupt, NoSuchStream
from agent_core.store.folder import DATABASE_NAME, FolderLock
from agent_core.store.glance import Busy, Glance
from agent_core.store.reading import IntentRow, ReadTx, ScopeRow, Stops, StreamHead, Unreadable
from agent_core.store.requests import Append, Appended, Committed, Observer
from agent_core.store.scopes import GLOBAL_SCOPE
from agent_core.store.sqlite import SqliteDatabase
from agent_core.store.writer import Writer

Listener = Callable[[Committed], None]
Foresight = Callable[[Sequence[StreamId]], Beside[Any] | None]

T = TypeVar("T")

READERS = 3
_FEW_BODIES = 16
_SMALL_BYTES = 65_536
_MAKE = sa.text("INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING")


def _sqlite(path: Path) -> Database:
    return SqliteDatabase(path, readers=READERS)


class Store:
    """The log of one data folder. Build it with `open`, end it with `close`."""

    def __init__(
        self,
        database: Database,
        lock: FolderLock,
        *,
        clock: Clock,
        observer: Observer | None,
        generation: str,
        secret: bytes,
        writer: Callable[[Database], Writer] = Writer,
    ) -> None:
        self.clock = clock
        self.generation = generation
        """Random, made with the database: tells a feed cursor of this one from a cursor of another."""
        self.secret = secret
        """Random, 32 bytes, made with the database: keys every id and key made of an outside identifier (`ids.keyed`)."""
        self._database = database
        self._lock = lock
        self._observer = observer
        self._writer = writer(database)
        self._glance = Glance(database)
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="store-reader")
        self._listeners: dict[int, tuple[asyncio.AbstractEventLoop, Listener]] = {}
        self._foreseeing: dict[int, tuple[asyncio.AbstractEventLoop, Context, Foresight]] = {}
        self._next_listener = 0
        self._closed = False

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        clock: Clock = system_clock,
        observer: Observer | None = None,
        writer: Callable[[Database], Writer] = Writer,
        database: Callable[[Path], Database] = _sqlite,
    ) -> Self:
        """Locks the folder, brings the tables up to date and gives back what a dead core had claimed.

        Args:
            folder: The data folder.
            clock: The time of every event.
            observer: Sees every append around its commit.
            writer: What writes; tests pass one that writes at the moments they choose.
            database: What opens the file; tests pass one that fails.

        Raises:
            Unusable: `data_in_use`, `data_read_only`, `data_newer`, `data_damaged`.
            Unavailable: `disk_full`, `store_busy`.
        """
        return await asyncio.to_thread(cls._open, folder, clock, observer, writer, database)

    @classmethod
    def _open(
        cls,
        folder: Path,
        clock: Clock,
        observer: Observer | None,
        writer: Callable[[Database], Writer],
        made: Callable[[Path], Database],
    ) -> Self:
        lock = FolderLock(folder)
        database = made(folder / DATABASE_NAME)
        try:
            with database.writer.begin() as connection:
                schema.upgrade(connection)
                connection.execute(_MAKE, {"key": "generation", "value": secrets.token_hex(8)})
                connection.execute(_MAKE, {"key": "secret", "value": secrets.token_hex(32)})
                indexes.know_scope(connection, GLOBAL_SCOPE)
                if database.exclusive:
                    wakes.take_over_all(connection, wakes.microseconds(clock()))
                generation, secret = ReadTx(connection).meta("generation"), ReadTx(connection).meta("secret")
            assert generation is not None
            assert secret is not None
            named = bytes.fromhex(secret)
            return cls(database, lock, clock=clock, observer=observer, generation=generation, secret=named, writer=writer)
        except BaseException as error:
            database.close()
            lock.release()
            ours = database.translate(error) if isinstance(error, Exception) else None
            if ours is not None:
                raise ours from error
            raise

    async def close(self) -> None:
        """Writes what is queued, then gives the folder back. Harmless when done twice."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        self._glance.close()
        self._database.close()
        self._lock.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- writing ---------------------------------------------------------------------------------------------------

    async def append(self, request: Append) -> Appended:
        """Appends, all or nothing, durably; listeners are told after the commit.

        A caller that is cancelled while this runs does not know whether it happened: read again.

        Raises:
            Stale: The fence moved.
            Taken: A unique key is used.
            DuplicateIntent: An equal action is held or was executed.
            EventTooLarge: An event is above 8 KiB.
            Invalid: Something cannot be stored.
            NotFound: `no_such_stream`.
            StreamExists: `create` came second.
            Unavailable: `disk_full`, `store_busy`, `store_closed`.
        """
        return (await self.append_all([request]))[0]

    async def append_all(self, requests: Sequence[Append]) -> tuple[Appended, ...]:
        """Appends in one transaction. Every fence and check is compared with the state before all of them.

        Raises:
            CountersignError: As `append`; nothing of any of them was written.
        """
        writing = Writing(self._database, [prepare(request) for request in requests], self.clock)
        observer = self._observer

        def before_commit() -> None:
            if observer is not None:
                for request in requests:
                    observer.before_commit(request)

        def after_commit(written: tuple[tuple[Appended, ...], Committed]) -> None:
            if observer is not None:
                for request in requests:
                    observer.after_commit(request)
            self._tell(written[1])

        foreseen = self._foreseen([name for request in requests for name in woken_at_once(request)])
        if all(map(_brief, requests)):
            together = Together(writing, [beside for _, beside in foreseen])
            try:
                written = self._writer.on_the_spot(together, before_commit=before_commit, after_commit=after_commit)
            except BaseException:
                self._submit(foreseen)
                raise
            if written is not None:
                together.tell()
                await asyncio.sleep(0)  # listeners first
                return written[0][0]
        future = self._writer.submit(writing, before_commit=before_commit, after_commit=after_commit)
        self._submit(foreseen)
        return (await asyncio.wrap_future(future))[0]

    def _foreseen(self, woken: Sequence[StreamId]) -> list[tuple[Context, Beside[Any]]]:
        """What somebody wants written beside an append that wakes these; whoever foresees acts in its own name."""
        found: list[tuple[Context, Beside[Any]]] = []
        for loop, context, foresee in tuple(self._foreseeing.values()) if woken else ():
            beside = context.run(foresee, woken) if loop is asyncio.get_running_loop() else None
            if beside is not None:
                found.append((context, beside))
        return found

    def _submit(self, foreseen: Sequence[tuple[Context, Beside[Any]]]) -> None:
        """Queued behind the append, it mostly shares its COMMIT; where that failed it is written all the same."""
        for context, beside in foreseen:
            context.run(beside.submitted, self._writer)

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queues `work` for the writing thread; see `write`."""
        return self._writer.submit(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in a writing transaction: for projections and the wake table, never for the log.

        `work` may run again after a rollback, so it must do nothing but use the connection.

        Raises:
            CountersignError: What `work` raised, or `disk_full`, `store_busy`, `store_closed`; nothing was written.
        """
        return await asyncio.wrap_future(self.submit(work))

    async def scrub(self) -> bool:
        """Takes what was erased from the write-ahead log, too, where old pages live on (R-N5).

        To be called once nothing shows what was erased any more. Quick where there is nothing to do.

        Returns:
            Whether nothing is left; False when a reader held it: call again later.
        """
        mark = await self.read(lambda tx: erasing.marked(tx.connection), brief=True)
        if mark is None:
            return True
        if not await asyncio.to_thread(self._database.after_erasure):
            return False
        await self.write(lambda connection: erasing.unmark(connection, mark))
        return await self.scrub()

    # -- listening -------------------------------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` in the running loop after each commit of an append; returns what ends that."""
        number = self._next_listener = self._next_listener + 1
        self._listeners[number] = (asyncio.get_running_loop(), listener)
        return lambda: _void(self._listeners.pop(number, None))

    def foresee(self, hook: Foresight) -> Callable[[], None]:
        """Calls `hook` when an append of the running loop will wake somebody at once; returns what ends that.

        What the hook gives is written after that append and mostly shares its COMMIT. The append may still fail.
        """
        number = self._next_listener = self._next_listener + 1
        self._foreseeing[number] = (asyncio.get_running_loop(), copy_context(), hook)
        return lambda: _void(self._foreseeing.pop(number, None))

    def _tell(self, committed: Committed) -> None:
        if not self._listeners:
            return
        here = _running_here()
        for loop, listener in tuple(self._listeners.values()):
            if loop is here:
                loop.call_soon(listener, committed)  # it is awake: nothing has to be sent to it
            elif not loop.is_closed():
                loop.call_soon_threadsafe(listener, committed)

    # -- reading ---------------------------------------------------------------------------------------------------

    async def read(self, question: Callable[[ReadTx], T], *, brief: bool = False) -> T:
        """Asks several questions of one instant, on a connection that cannot write.

        Args:
            question: What to ask.
            brief: A few rows by key, small ones: answered on the spot where the database can.

        Raises:
            CountersignError: What `question` raised, or `store_busy`, `data_damaged`, `store_closed`.
        """
        if self._closed:
            raise Unavailable("store_closed", "The core is shutting down.")
        if brief:
            try:
                return self._glance.ask(question)
            except Busy:
                pass
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._ask, question)

    def _ask(self, question: Callable[[ReadTx], T]) -> T:
        try:
            with self._database.reader.begin() as connection:
                return question(ReadTx(connection))
        except Exception as error:
            ours = self._database.translate(error)
            if ours is None:
                raise
            raise ours from error

    async def head(self, stream: StreamId) -> StreamHead | None:
        """Where a stream stands; None when there is none."""
        return await self.read(lambda tx: tx.head(stream), brief=True)

    async def run_heads(self, stream: StreamId) -> dict[RunId, int]:
        """`seq` of the last event of each run of a stream."""
        return await self.read(lambda tx: tx.run_heads(stream), brief=True)

    async def records(self, stream: StreamId, after: int = 0, limit: int | None = None) -> tuple[Recorded, ...]:
        """Records of a stream with `seq` above `after`, in order."""
        return await self.read(lambda tx: tx.events(stream, after, limit))

    async def feed(self, after_position: int, limit: int, brands: Sequence[BrandId] | None = None) -> tuple[Recorded, ...]:
        """Records of all streams by `position`; with `brands`, of nothing else (not of the core either)."""
        return await self.read(lambda tx: tx.feed(after_position, limit, brands))

    async def feed_with_gaps(self, after_position: int, limit: int) -> tuple[Recorded | Unreadable, ...]:
        """The feed with whatever cannot be read in its place."""
        return await self.read(lambda tx: tx.feed_with_gaps(after_position, limit))

    async def verify(self, stream: StreamId) -> StreamHead:
        """Checks a stream's chain as stored, up to its head.

        Raises:
            Corrupt: It does not hold.
            NotFound: `no_such_stream`.
        """

        def check(tx: ReadTx) -> StreamHead:
            head = tx.head(stream)
            if head is None:
                raise NoSuchStream(stream)
            links = list(tx.links(stream))
            if verify_links(links) != head.hash or len(links) != head.seq:
                raise Corrupt(f"chain of {stream} ends at {len(links)}, not at {head.seq}")
            return head

        return await self.read(check)

    async def body(self, wanted: BodyRef | BodyId) -> Body:
        """One body, checked against its digest (the log's, when a reference is given).

        Raises:
            BodyErased: It was erased on purpose.
            Corrupt: It is missing or changed.
        """
        return await self.read(lambda tx: tx.body(wanted), brief=_small([wanted]))

    async def bodies(self, wanted: Iterable[BodyRef | BodyId]) -> dict[BodyId, Body]:
        """Bodies by id; erased ones are left out.

        Raises:
            Corrupt: One is missing or changed.
        """
        names = list(wanted)
        return await self.read(lambda tx: tx.bodies(names), brief=_small(names))

    async def texts(self, wanted: Iterable[BodyRef]) -> dict[BodyId, str]:
        """The texts of bodies; erased ones are left out.

        Raises:
            Corrupt: One is missing or changed.
        """
        names = list(wanted)
        return await self.read(lambda tx: tx.texts(names), brief=_small(names))

    async def streams(self, kind: str | None = None, brand: BrandId | None = None) -> tuple[StreamHead, ...]:
        """Streams by kind and brand, in order of their ids."""
        return await self.read(lambda tx: tx.streams(kind, brand))

    async def scopes(self, names: Iterable[str] | None = None) -> dict[str, ScopeRow]:
        """The named scopes (absent ones as epoch 0), or all there are."""
        wanted = None if names is None else list(names)
        return await self.read(lambda tx: tx.scopes(wanted), brief=wanted is not None)

    async def stops(self, brand: BrandId) -> Stops:
        """Whether a brand may start anything, and which of its workflows are stopped."""
        return await self.read(lambda tx: tx.stops(brand), brief=True)

    async def intents(self, brand: BrandId, resource: str) -> tuple[IntentRow, ...]:
        """Who holds what on one resource."""
        return await self.read(lambda tx: tx.intents(brand, resource))


def _brief(request: Append) -> bool:
    """Few rows, and small ones."""
    return not request.wake_scopes and sum(len(each.text) for each in request.bodies) <= _SMALL_BYTES


def _small(wanted: Sequence[BodyRef | BodyId]) -> bool:
    """Few bodies, and as far as is known small ones."""
    sizes = sum(item.size for item in wanted if isinstance(item, BodyRef))
    return len(wanted) <= _FEW_BODIES and sizes <= _SMALL_BYTES


def _running_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None  # the writer's thread


def _void(_value: object) -> None:
    """Forgets a value."""

"""A store that lives in memory and is gone with it: the beginning of one conversation, to be gone on from in thought (R-M4).

Same tables, same appends, same fence as the log's own, on one connection to a database that has no file. What is true at a
place of a conversation is copied into it once (`excerpt`); from then on nothing leads back to the log, for there is no
connection to it in here. It must never be opened on a file, and never be used for what must last.
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event as hooks
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from agent_core.contract.clock import Clock
from agent_core.contract.errors import Conflict, CountersignError
from agent_core.contract.ids import BodyId, StreamId
from agent_core.store.appending import Writing, prepare
from agent_core.store.reading import ReadTx
from agent_core.store.requests import Append, Appended
from agent_core.store.scopes import GLOBAL_SCOPE, brand_scope
from agent_core.store.sqlite import insert_events, translate
from agent_core.store.store import Store
from agent_core.store.tables import body, event, intent, metadata, run_head, scope_epoch, stream, tally, unique_key

if TYPE_CHECKING:
    from collections.abc import Generator

    from agent_core.store.database import Database

T = TypeVar("T")

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of bodies that are copied."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A conversation up to one place, row by row. No scope is paused in it: whoever stopped the agent stopped no thought."""

    stream: StreamId
    position: int
    rows: Mapping[str, Rows]


def excerpt(
    tx: ReadTx, name: StreamId, position: int, *, resources: Collection[str], own: Mapping[str, str], later: Collection[str]
) -> Excerpt:
    """What stands in the log of a conversation up to a place, and what others hold beside it.

    Args:
        tx: One instant of the log.
        name: The conversation.
        position: `seq` of the last event that is kept.
        resources: What actions of it were about: equal ones of others are kept.
        own: Intents that the conversation held by then, by holder, and how they stood; what it came to hold later is left
            out.
        later: Unique keys that were taken behind the place: an append that reached over it named them before it.

    Raises:
        Conflict: `too_large`: there is too much to be copied. `no_such_place`.
    """
    connection = tx.connection
    here = event.c.stream == name
    head = connection.execute(sa.select(event).where(here, event.c.seq == position)).mappings().first()
    row = connection.execute(sa.select(stream).where(stream.c.id == name)).mappings().first()
    if head is None or row is None:
        raise Conflict("no_such_place", "The log of this conversation has no such place.", detail=f"{name} {position}")
    size = connection.execute(sa.select(sa.func.sum(sa.func.length(body.c.data))).where(body.c.stream == name)).scalar()
    if int(size or 0) > MOST_BYTES:
        raise Conflict("too_large", "This conversation is too large to be gone through in thought.", detail=name)
    kept = event.c.seq <= position
    scopes = [GLOBAL_SCOPE, *([] if row["brand"] is None else [brand_scope(row["brand"])])]
    moved = sa.select(event.c.stream, event.c.run, sa.func.max(event.c.seq).label("seq"))
    keys = sa.select(unique_key).where(unique_key.c.stream == name, unique_key.c.seq <= position)
    about = intent.c.resource.in_(list(resources))
    held = sa.or_(intent.c.conversation != name, intent.c.holder.in_(list(own)))
    return Excerpt(
        name,
        position,
        {
            "stream": [{**row, "seq": position, "epoch": head["epoch"], "head_hash": head["hash"]}],
            "event": _all(connection, sa.select(event).where(here, kept).order_by(event.c.seq)),
            "run_head": _all(connection, moved.where(here, kept, event.c.run.is_not(None)).group_by(event.c.run)),
            "body": _all(connection, sa.select(body).where(body.c.stream == name)),
            "unique_key": [each for each in _all(connection, keys) if each["key"] not in later],
            "intent": [
                {**each, "state": own.get(each["holder"], each["state"])} if each["conversation"] == name else each
                for each in _all(connection, sa.select(intent).where(intent.c.brand == row["brand"], about, held))
            ],
            "scope_epoch": [
                {**each, "paused": False}
                for each in _all(connection, sa.select(scope_epoch).where(scope_epoch.c.scope.in_(scopes)))
            ],
        },
    )


def _all(connection: Connection, query: sa.sql.Executable) -> Rows:
    return [dict(row) for row in connection.execute(query).mappings()]


_TABLES: Final = (stream, event, run_head, body, unique_key, intent, scope_epoch)


class _Memory:
    """The database behind it: one connection, in this process's memory only."""

    exclusive = True
    glance = None

    def __init__(self) -> None:
        self.writer = sa.create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None),
            poolclass=StaticPool,
        )
        self.reader = self.writer
        hooks.listen(self.writer, "begin", _begin)

    def begin(self, connection: Connection, *, wait: bool) -> bool:
        del connection, wait
        return True

    def commit(self, connection: Connection) -> None:
        connection.commit()

    def insert_events(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        return insert_events(connection, rows)

    def translate(self, error: Exception) -> CountersignError | None:
        return translate(error)

    def after_erasure(self) -> bool:
        return True

    def close(self) -> None:
        self.writer.dispose()


def _begin(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN")


class MemoryStore(Store):
    """The store of one excerpt. Everything is done on the spot, on the caller's thread; nobody listens."""

    def __init__(self, taken: Excerpt, *, clock: Clock, secret: bytes, generation: str) -> None:
        """Makes it.

        Args:
            taken: What it begins with.
            clock: The time of every event that is appended here.
            secret: The installation's own, so that what outsiders named is called the same.
            generation: The store's that the excerpt is of.
        """
        self.clock = clock
        self.generation = generation
        self.secret = secret
        self._memory: Database = _Memory()
        with self._memory.writer.begin() as connection:
            metadata.create_all(connection)
            for table in _TABLES:
                rows = taken.rows.get(table.name)
                if rows:
                    connection.execute(sa.insert(table), rows)

    async def append_all(self, requests: Sequence[Append]) -> tuple[Appended, ...]:
        """Appends in one transaction; see `Store.append_all`."""
        writing = Writing(self._memory, [prepare(request) for request in requests], self.clock)
        with self._begun() as connection:
            return writing(connection)[0]

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]":
        """Runs `work` at once."""
        done: Future[T] = Future()
        try:
            with self._begun() as connection:
                done.set_result(work(connection))
        except Exception as error:  # noqa: BLE001 - whoever waits for the result is told
            done.set_exception(error)
        return done

    async def read(self, question: Callable[[ReadTx], T], *, brief: bool = False) -> T:
        """Asks several questions of one instant."""
        del brief
        with self._begun() as connection:
            return question(ReadTx(connection))

    async def count(self, amounts: Mapping[str, int]) -> None:
        """Sets counters to what they are elsewhere."""
        rows = [{"key": key, "amount": amount} for key, amount in amounts.items() if amount > 0]
        if rows:
            with self._begun() as connection:
                connection.execute(sa.insert(tally), rows)

    async def texts(self) -> dict[BodyId, str]:
        """Every body that can be read; one that was erased, or is not what its digest says, is left out."""
        names = await self.read(lambda tx: [BodyId(str(name)) for (name,) in tx.connection.execute(sa.select(body.c.id))])
        found: dict[BodyId, str] = {}
        for name in names:
            try:
                found[name] = (await self.body(name)).text
            except (CountersignError, ValueError):
                continue
        return found

    async def scrub(self) -> bool:
        """There is nothing on any disk."""
        return True

    def subscribe(self, listener: Any) -> Callable[[], None]:
        """Nobody is told of what happens in thought."""
        del listener
        return _nothing

    def foresee(self, hook: Any) -> Callable[[], None]:
        """Nothing is claimed here."""
        del hook
        return _nothing

    async def close(self) -> None:
        """Everything in it is gone."""
        self._memory.close()

    @contextmanager
    def _begun(self) -> "Generator[Connection]":
        try:
            with self._memory.writer.begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            ours = translate(error)
            if ours is None:
                raise
            raise ours from error


def _nothing() -> None:
    """There is nothing to end."""

"""A short append is written on the caller's own thread, where nobody has to wait for it; else by the writer's thread."""

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import Connection

from agent_core.contract.errors import CountersignError
from agent_core.contract.events import Recorded
from agent_core.store import Append, Committed, Fence, NewStream, Stale, Store, writer
from agent_core.store.database import Database
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.sqlite import SqliteDatabase
from agent_core.store.writer import Writer
from tests.store.logs import HeldClock, conversation, message, opened, opening

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Threads:
    """Notes which thread each append was written by: the store's observer."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def before_commit(self, append: Append) -> None:
        self.names.append(threading.current_thread().name)

    def after_commit(self, append: Append) -> None:
        assert self.names[-1] == threading.current_thread().name


HERE = threading.main_thread().name
THERE = "store-writer"


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a COMMIT takes on a machine in use, the next one is not feared."""
    monkeypatch.setattr(writer, "_QUICK", 600.0)


def test_a_short_append_is_written_on_the_spot_and_listeners_are_told_before_it_answers(tmp_path: Path) -> None:
    async def body() -> None:
        threads, heard = Threads(), list[Committed]()
        async with opened(tmp_path, observer=threads) as store:
            store.subscribe(heard.append)
            records = (await store.append(opening())).records
            assert heard[0].records == records == await store.records(conversation())
            await store.verify(conversation())
        assert threads.names == [HERE]

    asyncio.run(body())


def test_a_record_of_checked_parts_is_what_the_constructor_makes(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            (record,) = (await store.append(opening())).records
            made = Recorded(**dict(record))
            assert record == made
            assert hash(record) == hash(made)
            assert record.model_dump_json() == made.model_dump_json()
            assert record.model_copy(update={"seq": 2}).seq == 2
            assert record.model_fields_set == set(Recorded.model_fields) == made.model_fields_set

    asyncio.run(body())


def test_an_append_with_much_text_or_many_rows_is_written_by_the_thread(tmp_path: Path) -> None:
    async def body() -> None:
        threads = Threads()
        async with opened(tmp_path, observer=threads) as store:
            await store.append(opening())
            await store.append(message(text="x" * 70_000))
            await store.append(message(wake_scopes=("global",)))
        assert threads.names == [HERE, THERE, THERE]

    asyncio.run(body())


@pytest.mark.usefixtures("quick_disk")
def test_what_is_refused_leaves_nothing_behind_and_the_next_append_is_written(tmp_path: Path) -> None:
    async def body() -> None:
        threads = Threads()
        async with opened(tmp_path, observer=threads) as store:
            await store.append(opening())
            before = await store.head(conversation())
            with pytest.raises(Stale):
                await store.append(message(fence=Fence(epoch=77)))
            assert await store.head(conversation()) == before
            await store.append(message())
            await store.verify(conversation())
        assert threads.names == [HERE, HERE]

    asyncio.run(body())


def test_an_append_behind_a_queue_waits_its_turn(tmp_path: Path) -> None:
    async def body() -> None:
        threads = Threads()
        async with opened(tmp_path, observer=threads) as store:
            await store.append(opening())
            inside, go_on = threading.Event(), threading.Event()

            def slowly(_: Connection) -> None:
                inside.set()
                assert go_on.wait(120)

            slow = asyncio.create_task(store.write(slowly))
            await asyncio.to_thread(inside.wait, 120)
            second = asyncio.create_task(store.append(message()))
            await asyncio.sleep(0)
            go_on.set()
            await slow
            await second
        assert threads.names == [HERE, THERE]

    asyncio.run(body())


@pytest.mark.usefixtures("quick_disk")
def test_the_loop_does_not_stand_still_while_another_program_holds_the_lock(tmp_path: Path) -> None:
    async def body() -> None:
        threads = Threads()
        quick: Callable[[Database], Writer] = lambda database: Told(database, [0.001] * 20)  # noqa: E731 - whatever the disk
        async with await Store.open(tmp_path, clock=HeldClock(), observer=threads, writer=quick) as store:
            await store.append(opening())
            other = sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(store.append(message()))
            await asyncio.sleep(0)
            assert not waiting.done()
            other.execute("COMMIT")
            other.close()
            await waiting
            await store.append(message())
        assert threads.names == [HERE, THERE, HERE]

    asyncio.run(body())


def test_who_waits_again_after_not_waiting_waits_as_long_as_the_database_was_told(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "x.sqlite", readers=1, busy_ms=7)
    try:
        with database.writer.connect() as connection:
            for wait, told in ((False, 0), (True, 7)):
                assert database.begin(connection, wait=wait)
                assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == told
                connection.rollback()
    finally:
        database.close()


class Told(Writer):
    """Believes that each COMMIT takes as long as it is told, in seconds."""

    def __init__(self, database: Database, takes: "Sequence[float]") -> None:
        moments = iter([moment for each in takes for moment in (0.0, each)])
        super().__init__(database, seconds=lambda: next(moments))


@pytest.mark.parametrize(
    ("takes", "where"),
    [
        ([0.004, 0.004, 0.004], [HERE, HERE, HERE]),
        ([0.006, 0.001, 0.001], [HERE, THERE, HERE]),  # quick again
        ([1.0, 0.001, 0.001], [HERE, THERE, THERE]),  # it hung once, and may again
    ],
)
def test_a_slow_disk_is_waited_for_by_the_thread(tmp_path: Path, takes: list[float], where: list[str]) -> None:
    async def body() -> None:
        threads = Threads()
        told: Callable[[Database], Writer] = lambda database: Told(database, takes)  # noqa: E731 - one line says it
        store = await Store.open(tmp_path, clock=HeldClock(), observer=threads, writer=told)
        await store.append(opening())
        await store.append(message())
        await store.append(message())
        await store.close()
        assert threads.names == where

    asyncio.run(body())


def test_a_closed_store_refuses_on_the_spot(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
        with pytest.raises(CountersignError) as refused:
            await store.append(Append(conversation(2), create=NewStream("conversation", None)))
        assert refused.value.code == "store_closed"

    asyncio.run(body())

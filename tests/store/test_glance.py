"""A few rows by key are read on the spot: the truth, never written, and by somebody else when that would mean waiting."""

import asyncio
import sqlite3
import threading
from functools import partial
from pathlib import Path

import pytest

from agent_core.contract.bodies import new_body
from agent_core.contract.errors import CountersignError
from agent_core.store import Append, BodyErased, Corrupt, Erasure, ReadTx, Store
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.sqlite import SqliteDatabase
from tests.crash.disk import Faults, Kind, connect
from tests.store.logs import conversation, finished, message, opened, opening


def thread_of(_: ReadTx) -> str:
    return threading.current_thread().name


def seq_of(tx: ReadTx) -> int:
    head = tx.head(conversation())
    return 0 if head is None else head.seq


def test_a_brief_question_is_answered_on_the_spot_and_a_long_one_on_a_readers_thread(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            assert await store.read(thread_of, brief=True) == threading.current_thread().name
            assert (await store.read(thread_of)).startswith("store-reader")

    asyncio.run(body())


def test_a_glance_sees_every_append_that_was_answered(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            seen = await store.read(seq_of, brief=True)
            records = (await store.append(opening())).records
            for _ in range(3):
                assert await store.read(seq_of, brief=True) == records[-1].seq > seen
                seen = records[-1].seq
                records = (await store.append(message())).records

    asyncio.run(body())


@pytest.mark.parametrize("at", [1, 2, 3], ids=["BEGIN", "SELECT", "COMMIT"])
@pytest.mark.parametrize("kind", ["io", "io_rolled_back"])
def test_a_glance_whose_disk_failed_is_answered_by_a_reader_and_the_next_one_on_the_spot(
    tmp_path: Path, at: int, kind: Kind
) -> None:
    faults = Faults(kind, at)
    failing = partial(SqliteDatabase, readers=1, connect=partial(connect, faults))

    async def body() -> None:
        async with await Store.open(tmp_path, database=failing) as store:
            await store.append(opening())
            assert await store.read(seq_of, brief=True) == 1
            faults.working = True
            assert await store.read(seq_of, brief=True) == 1
            assert sum(faults.hit.values()) == 1
            assert await store.read(thread_of, brief=True) == threading.current_thread().name
            assert await store.read(seq_of, brief=True) == 1

    asyncio.run(body())


def test_a_glance_while_another_one_is_going_on_is_answered_by_a_reader(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            inside, go_on = threading.Event(), threading.Event()

            def slowly(tx: ReadTx) -> str:
                inside.set()
                assert go_on.wait(120)
                return thread_of(tx)

            async def elsewhere() -> str:
                return await asyncio.to_thread(asyncio.run, store.read(slowly, brief=True))

            other = asyncio.create_task(elsewhere())
            await asyncio.to_thread(inside.wait, 120)
            assert (await store.read(thread_of, brief=True)).startswith("store-reader")
            go_on.set()
            await other

    asyncio.run(body())


def test_a_glance_never_waits_for_a_lock(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())

            def busy(tx: ReadTx) -> str:
                if threading.current_thread() is threading.main_thread():
                    error = sqlite3.OperationalError("database is locked")
                    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                    raise error
                return thread_of(tx)

            assert (await store.read(busy, brief=True)).startswith("store-reader")

    asyncio.run(body())


def test_a_glance_cannot_write(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            with pytest.raises(CountersignError) as refused:
                await store.read(lambda tx: tx.connection.exec_driver_sql("DELETE FROM stream"), brief=True)
            assert refused.value.code == "data_read_only"
            assert await store.read(seq_of, brief=True) > 0

    asyncio.run(body())


def test_a_body_that_was_changed_or_erased_is_noticed_at_a_glance_too(tmp_path: Path) -> None:
    text = new_body("result", "as it was")

    async def write(store: Store) -> None:
        await store.append(opening())
        await store.append(Append(conversation(), [finished("e1", text)], bodies=[text]))

    async def body() -> None:
        async with opened(tmp_path) as store:
            await write(store)
            assert (await store.body(text.ref)).text == text.text
            with sqlite3.connect(tmp_path / DATABASE_NAME) as other:
                other.execute("UPDATE body SET data = ? WHERE id = ?", (b"as it is", text.id))
            with pytest.raises(Corrupt):
                await store.body(text.ref)
            await store.append(Append(conversation(), erases=Erasure()))
            with pytest.raises(BodyErased):
                await store.body(text.ref)

    asyncio.run(body())

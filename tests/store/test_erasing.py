"""Erasing in the database (R-N5): in the transaction of an append, and from the write-ahead log once nobody reads it."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from agent_core.contract.bodies import new_body
from agent_core.store import Append, Erasure
from agent_core.store.folder import DATABASE_NAME
from tests.store.logs import contents, conversation, message, opened, opening


def test_R_N5_scrubbing_waits_for_a_reader_and_ends_no_transaction_of_the_writer(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1))
            await store.append(message(1, "canary words"))
            with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM body").fetchall()
                await store.append(Append(conversation(1), erases=Erasure()))
                assert not await store.scrub(), "somebody still reads what was"
                reader.rollback()

            def write(connection: sa.Connection) -> bool:
                connection.execute(sa.text("INSERT INTO meta (key, value) VALUES ('in_between', '1')"))
                return asyncio.run_coroutine_threadsafe(store.scrub(), loop).result()

            loop = asyncio.get_running_loop()
            assert not await store.write(write), "the writer is in the midst of something"
            assert await store.read(lambda tx: tx.meta("in_between")) == "1"
            assert await store.scrub()
            assert await store.read(lambda tx: tx.meta("scrub")) is None
            assert not any(b"canary words" in data for data in contents(tmp_path))

    asyncio.run(body())


def test_R_N5_only_named_kinds_go_and_signed_statements_never(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1))
            given = [new_body(kind, f"the {kind}") for kind in ("message_raw", "message", "envelope")]
            await store.append(Append(conversation(1), bodies=given))
            names = [each.ref for each in given]
            await store.append(Append(conversation(1), erases=Erasure(("message_raw", "envelope"))))
            assert {each.kind for each in (await store.bodies(names)).values()} == {"message", "envelope"}
            mine = new_body("comment", "of the erasure itself")
            await store.append(Append(conversation(1), bodies=[mine], erases=Erasure()))
            assert {each.kind for each in (await store.bodies([*names, mine.ref])).values()} == {"envelope", "comment"}
            await store.verify(conversation(1))

    asyncio.run(body())


def test_R_N5_an_erasure_that_is_refused_erases_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1))
            kept = new_body("message", "kept")
            await store.append(Append(conversation(1), bodies=[kept], keys=("once",)))
            with contextlib.suppress(Exception):
                await store.append(Append(conversation(1), erases=Erasure(), keys=("once",)))
            assert (await store.body(kept.ref)).text == "kept"
            assert await store.read(lambda tx: tx.meta("scrub")) is None

    asyncio.run(body())

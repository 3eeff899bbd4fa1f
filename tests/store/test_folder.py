"""A data folder that cannot be used is refused in one sentence, and nothing in it is harmed (issue 2, bad input)."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from agent_core.contract.errors import Unavailable, Unusable
from agent_core.contract.ids import BrandId, conversation_id, message_id
from agent_core.store import Append, Corrupt, Store, schema
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.tables import metadata
from tests.store.logs import conversation, finished, message, opened, opening
from tests.store.migrated import migrated

ROOT = Path(__file__).resolve().parents[2]

HOLDS = """
import asyncio, sys
from pathlib import Path
from agent_core.store import Store

async def main():
    await Store.open(Path(sys.argv[1]))
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def code_of_opening(folder: Path) -> str:
    async def body() -> str:
        try:
            async with opened(folder):
                return "open"
        except (Unusable, Unavailable) as error:
            sentence, code = error.message, error.code
        assert sentence.endswith(".")
        assert sentence.isprintable()
        return code

    return asyncio.run(body())


def test_a_folder_in_use_by_another_core_is_refused_until_that_core_is_gone_however_it_went(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child, child.stdout:
        assert child.stdout.readline() == "open\n"
        assert code_of_opening(tmp_path) == "data_in_use"
        child.kill()
        child.wait()
    assert code_of_opening(tmp_path) == "open"


def test_two_stores_in_one_process_cannot_share_a_folder(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path):
            with pytest.raises(Unusable) as refused:
                await Store.open(tmp_path)
            assert refused.value.code == "data_in_use"

    asyncio.run(body())
    assert code_of_opening(tmp_path) == "open"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of POSIX")
def test_a_read_only_folder_is_refused() -> None:
    was = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        if was == 0:
            os.seteuid(65534)  # root may write everywhere
        try:
            assert code_of_opening(folder) == "data_read_only"
            assert code_of_opening(folder / "inside") == "data_read_only"
        finally:
            if was == 0:
                os.seteuid(was)
            folder.chmod(0o755)


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello", encoding="utf-8")
    assert code_of_opening(tmp_path / "file") == "data_read_only"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "hello"


def test_a_folder_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    assert code_of_opening(tmp_path) == "open"
    with sqlite3.connect(tmp_path / DATABASE_NAME) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = (tmp_path / DATABASE_NAME).read_bytes()
    assert code_of_opening(tmp_path) == "data_newer"
    assert (tmp_path / DATABASE_NAME).read_bytes() == before


def test_a_database_that_is_none_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(b"this is no database, this is somebody's text. " * 40)
    assert code_of_opening(tmp_path) == "data_damaged"
    assert (tmp_path / DATABASE_NAME).read_bytes().startswith(b"this is no database")


def test_a_full_disk_refuses_appends_and_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            pages = await store.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
            await store.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}").scalar_one())
            with pytest.raises(Unavailable) as full:
                await store.append(message(text="x" * 60_000))
            assert full.value.code == "disk_full"
            refused: list[str] = []

            async def write() -> None:
                try:
                    await store.append(message(text="x" * 60_000))
                except Unavailable as error:
                    refused.append(error.code)

            async with asyncio.TaskGroup() as group:
                for _ in range(5):
                    group.create_task(write())
            assert refused == ["disk_full"] * 5
            assert len(await store.records(conversation())) == 1
            await store.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000").scalar_one())
            await store.append(message(text="x" * 60_000))
            assert len(await store.records(conversation())) == 2
            await store.verify(conversation())

    asyncio.run(body())


FILLS = """
import asyncio, resource, sys
from pathlib import Path
from agent_core.contract.errors import Unavailable
from agent_core.store import Store
from tests.store.logs import conversation, message, opening

async def main():
    async with await Store.open(Path(sys.argv[1])) as store:
        await store.append(opening())
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        stored = 0
        try:
            for _ in range(100):
                await store.append(message(text="x" * 50_000))
                stored += 1
        except Unavailable as error:
            print(error.code, stored, len(await store.records(conversation())) - 1, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_refuses_bytes_refuses_appends_and_what_was_stored_stays(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILLS, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    code, stored, found = done.stdout.split()
    assert code == "disk_full"
    assert int(stored) == int(found) > 0

    async def body() -> None:
        async with opened(tmp_path) as store:
            assert len(await store.records(conversation())) == int(stored) + 1
            await store.verify(conversation())

    asyncio.run(body())


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
        await store.close()
        with pytest.raises(Unavailable) as closed:
            await store.append(message())
        assert closed.value.code == "store_closed"
        with pytest.raises(Unavailable):
            await store.records(conversation())

    asyncio.run(body())


def test_closing_writes_what_is_queued_first(tmp_path: Path) -> None:
    async def body() -> None:
        store = await Store.open(tmp_path)
        await store.append(opening())
        tasks = [asyncio.create_task(store.append(Append(conversation(), [finished(f"e{i}")]))) for i in range(30)]
        await asyncio.wait(tasks[:1])
        await store.close()
        await asyncio.wait(tasks)
        assert all(task.exception() is None for task in tasks)
        async with opened(tmp_path) as again:
            assert len(await again.records(conversation())) == 31

    asyncio.run(body())


def test_the_migrations_make_exactly_the_tables_the_code_knows(tmp_path: Path) -> None:
    with migrated(tmp_path / "data", "head") as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert schema.stored_revision(connection) == schema.HEAD


def test_a_new_database_is_to_the_letter_what_the_migrations_make_of_an_old_one(tmp_path: Path) -> None:
    def declared(connection: Connection) -> set[str]:
        rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master").all()
        return {re.sub(r'[\s"]', "", f"{row}") for row in rows}

    with migrated(tmp_path / "old", "head") as old, sa.create_engine("sqlite://").begin() as new:
        schema.upgrade(new)
        assert declared(new) == declared(old)
        assert schema.stored_revision(new) == schema.stored_revision(old) == schema.HEAD


def test_every_migration_script_is_listed_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(s.revision for s in reversed(list(scripts.walk_revisions()))) == schema.REVISIONS
    assert scripts.get_heads() == [schema.HEAD]


def test_R_N5_the_secret_that_keys_ids_is_made_with_the_store_and_stays(tmp_path: Path) -> None:
    async def secret(folder: Path) -> bytes:
        async with opened(folder) as store:
            return store.secret

    mine, other = asyncio.run(secret(tmp_path / "a")), asyncio.run(secret(tmp_path / "b"))
    assert len(mine) == len(other) == 32
    assert mine != other
    assert asyncio.run(secret(tmp_path / "a")) == mine
    names = [conversation_id(BrandId("b"), "mail", "erika@example.org", secret=key) for key in (mine, mine, other)]
    assert names[0] == names[1] != names[2]
    again = [message_id(names[0], "<1@example.org>", secret=key) for key in (mine, mine, other)]
    assert again[0] == again[1] != again[2]


def test_reading_cannot_write(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            with pytest.raises(Unusable):
                await store.read(lambda tx: tx._connection.exec_driver_sql("DELETE FROM event"))  # pyright: ignore[reportPrivateUsage]
            assert len(await store.records(conversation())) == 1

    asyncio.run(body())


def test_the_database_is_as_durable_as_it_should_be(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 5000}
            for name, value in wanted.items():
                assert await store.write(lambda c, n=name: c.exec_driver_sql(f"PRAGMA {n}").scalar_one()) == value

    asyncio.run(body())


def test_stored_json_that_is_no_event_is_damage(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.write(lambda c: c.exec_driver_sql("UPDATE event SET data = '{}'").rowcount)
            with pytest.raises(Corrupt):
                await store.records(conversation())

    asyncio.run(body())

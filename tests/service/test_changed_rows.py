"""A row that somebody changed is found while the core runs, and nothing erased comes back with a backup (R-M9, R-N5)."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from agent_core.audit.patrol import Patrol
from agent_core.contract.ids import ConversationId
from agent_core.store.chain import GENESIS, chain_hash
from console.headless.client import CoreClient
from tests.service.scene import Moved, Scene, approval, scene, settled, until
from tests.service.test_audit import LOGGER
from tests.service.test_erasing import erased, whole

DATABASE = "countersign.sqlite3"


def rewritten(folder: Path, stream: str) -> None:
    """Somebody changes an old row, and every hash behind it in that log, and the head: the log holds by itself."""
    with sqlite3.connect(folder / "data" / DATABASE) as connection:
        columns = "position, seq, epoch, version, at, brand, actor, data"
        query = f"SELECT {columns} FROM event WHERE stream = ? ORDER BY seq"  # noqa: S608 - our own names
        rows = connection.execute(query, (stream,)).fetchall()
        prev = GENESIS
        for position, seq, epoch, version, at, brand, actor, data in rows:
            said = data.replace('"author":"customer"', '"author":"person"') if '"message_received"' in data else data
            hashed = chain_hash(
                prev, stream=stream, brand=brand, seq=seq, epoch=epoch, version=version, at=at, actor=actor, event=said
            )
            connection.execute(
                "UPDATE event SET data = ?, prev = ?, hash = ? WHERE position = ?", (said, prev, hashed, position)
            )
            prev = hashed
        connection.execute("UPDATE stream SET head_hash = ? WHERE id = ?", (prev, stream))
    connection.close()


async def alarmed(client: CoreClient) -> str | None:
    """The alarm's code, once one stands."""
    found = (await client.core()).alarm
    return None if found is None else found.code


async def in_the_log(it: Scene, client: CoreClient) -> ConversationId:
    """A refund waits for a yes, and everything so far is in the Merkle log."""
    conversation = await it.write("Please refund NW-10023")
    await approval(client)
    await settled(client, conversation, 2)
    await it.core.audit.sign()
    return conversation


def test_R_M9_a_changed_row_is_found_by_looking_round_and_told_once(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(LOGGER, "audit_row_changed|audit_alarm")

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, signer = await it.admin()
            conversation = await in_the_log(it, client)
            patrol = Patrol(it.core.store, it.core.audit, chance=Random(1))
            assert await patrol.round() == 0
            assert await alarmed(client) is None
            rewritten(tmp_path, conversation)
            assert (await it.core.store.verify(conversation)).seq > 3, "its own chain holds"
            assert await patrol.round() == 1
            assert await alarmed(client) == "rewritten"
            alarm = (await client.core()).alarm
            assert alarm is not None
            await client.acknowledge_audit(alarm, it.core.instance.core)
            await patrol.round()
            assert await alarmed(client) is None, "whoever acknowledged it is not told of the same row again"
        async with scene(tmp_path) as it:
            again = await it.console()
            await again.sign_in(signer)
            assert await Patrol(it.core.store, it.core.audit, chance=Random(1)).round() == 1
            assert await alarmed(again) is None

    asyncio.run(run())


def test_R_M9_nothing_approved_is_done_on_a_log_whose_rows_were_changed(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core", required=False)

    clock = Moved()

    async def run() -> None:
        async with scene(tmp_path, undo_s=300, clock=clock) as it:
            client, _ = await it.admin()
            conversation = await in_the_log(it, client)
            card = await approval(client)
            await client.approve(card)
            rewritten(tmp_path, conversation)
            clock.by = timedelta(seconds=301)  # the undo time is over

            async def stands() -> str | None:
                return await alarmed(client)

            assert await until(client, stands) == "rewritten"
            assert it.refunds() == []

    asyncio.run(run())


@pytest.mark.slow
def test_R_N5_a_backup_brings_nothing_back_that_was_erased_and_the_alarm_says_so(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core", required=False)
    words = "Quillfeather wants to know where the parcel is"

    def holds() -> bool:
        return any(words.encode() in path.read_bytes() for path in (tmp_path / "data").glob(f"{DATABASE}*"))

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, signer = await it.admin()
            conversation = await it.write(words)
            await settled(client, conversation, 2)
            kept = await it.write("Where is NW-10024?", thread="t2")
            await settled(client, kept, 2)
        shutil.copytree(tmp_path / "data", tmp_path / "backup")
        assert holds()
        async with scene(tmp_path) as it:
            client = await it.console()
            await client.sign_in(signer)
            shown = await whole(client, conversation)
            only = shown.model_copy(
                update={"conversations": tuple(r for r in shown.conversations if r.conversation == conversation)}
            )
            await client.erase(only, "customer_asked")
            await erased(client, conversation)
            await it.core.audit.sign()
            name = f"{it.core.instance.core}.erased.json"
        listed = json.loads((tmp_path / "config" / "audit" / name).read_text(encoding="utf-8"))
        assert listed["erased"] == [conversation]
        shutil.rmtree(tmp_path / "data")
        (tmp_path / "backup").rename(tmp_path / "data")
        assert holds(), "the backup has the words"
        async with scene(tmp_path) as it:
            client = await it.console()
            await client.sign_in(signer)
            alarm = (await client.core()).alarm
            assert alarm is not None
            assert alarm.code == "rolled_back"
            assert "1 conversations that had been erased were in it again" in alarm.sentence
            detail = await client.detail(conversation)
            assert detail is not None
            assert words not in detail.model_dump_json()
            other = await client.detail(kept)
            assert other is not None
            assert "NW-10024" in other.model_dump_json(), "what was not erased is there"
        assert not holds()
        async with scene(tmp_path) as it:
            client = await it.console()
            await client.sign_in(signer)
            assert it.core.audit.erased_again == 0

    asyncio.run(run())

"""One record that cannot be read, or shown, hides no other conversation and is not hidden itself (R-A9)."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_core.contract.ids import ConversationId
from agent_core.service.projection.unshown import WORDS
from agent_core.store.folder import DATABASE_NAME
from console.headless.client import CoreClient
from tests.service.scene import Scene, scene, settled


def damage(folder: Path, statement: str, *values: object) -> None:
    """Somebody, or a disk, changed the database behind the core's back; and the views are to be built again."""
    with sqlite3.connect(folder / "data" / DATABASE_NAME) as database:
        assert database.execute(statement, values).rowcount == 1
        database.execute("DELETE FROM projection")
        database.execute("DELETE FROM view")
    database.close()


async def answered(at: Scene, client: CoreClient, thread: str, messages: int = 2) -> ConversationId:
    conversation = await at.write("Where is NW-10024?", thread=thread)
    await settled(client, conversation, messages)
    return conversation


_EVENT = "UPDATE event SET data = ? WHERE stream = ? AND seq = (SELECT max(seq) - 2 FROM event WHERE stream = ?)"
_ACTOR = "UPDATE event SET actor = ? WHERE stream = ? AND seq = (SELECT max(seq) FROM event WHERE stream = ?)"


@pytest.mark.parametrize("statement", [_EVENT, _ACTOR], ids=["an event", "an actor"])
def test_R_A9_a_record_that_is_damaged_is_passed_over_flagged_and_stops_no_feed(
    tmp_path: Path, expected_logs: Callable[..., object], statement: str
) -> None:
    expected_logs("agent_core.service.projection.projector", "feed_damaged|record_unreadable|view_failed", required=True)

    async def before() -> ConversationId:
        async with scene(tmp_path) as at:
            client = await at.reader()
            broken = await answered(at, client, "t1")
            await answered(at, client, "t2")
            return broken

    async def after() -> None:
        async with scene(tmp_path) as at:
            client = await at.reader()
            rows = {row.conversation: row for row in (await client.rows()).rows}
            assert len(rows) == 2
            assert rows[broken].snippet == WORDS
            assert rows[broken].needs_person
            assert [row.snippet for name, row in rows.items() if name != broken] != [WORDS]
            await answered(at, client, "t3")
            page = (await client.rows(bucket="needs")).rows
            assert [row.conversation for row in page] == [broken]
            assert not at.core.broken.done()

    broken = asyncio.run(before())
    damage(tmp_path, statement, '{"type": "no_such_event"}', broken, broken)
    asyncio.run(after())


def test_R_A9_a_body_that_is_gone_costs_the_view_of_one_conversation(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.projection.projector", "view_failed", required=True)

    async def before() -> ConversationId:
        async with scene(tmp_path) as at:
            client = await at.reader()
            broken = await answered(at, client, "t1")
            await answered(at, client, "t2")
            return broken

    async def after() -> None:
        async with scene(tmp_path) as at:
            client = await at.reader()
            rows = {row.conversation: row.snippet for row in (await client.rows()).rows}
            assert rows.pop(broken) == WORDS
            assert [text for text in rows.values() if text != WORDS]
            await answered(at, client, "t3")

    broken = asyncio.run(before())
    lost = "DELETE FROM body WHERE id = (SELECT id FROM body WHERE stream = ? AND kind = 'reply' LIMIT 1)"
    damage(tmp_path, lost, broken)
    asyncio.run(after())

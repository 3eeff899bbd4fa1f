"""One record that cannot be read, or shown, hides no other conversation and is not hidden itself (R-A9)."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

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
_BODY = "DELETE FROM body WHERE id = (SELECT id FROM body WHERE stream = ? AND kind = 'reply' LIMIT 1)"


def test_R_A9_what_is_damaged_in_one_conversation_is_passed_over_flagged_and_stops_no_feed(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    """An event and an actor that are none, and a body that is gone, in three conversations beside a whole one."""
    expected_logs("agent_core.service.projection.projector", "feed_damaged|record_unreadable|view_failed", required=True)

    async def before() -> list[ConversationId]:
        async with scene(tmp_path) as at:
            client = await at.reader()
            return [await answered(at, client, f"t{n}") for n in range(4)]

    async def after() -> None:
        async with scene(tmp_path) as at:
            client = await at.reader()
            rows = {row.conversation: row for row in (await client.rows()).rows}
            assert [rows[name].snippet == WORDS for name in names] == [True, True, True, False]
            assert [rows[name].needs_person for name in names] == [True, True, True, False]
            await answered(at, client, "t9")
            page = (await client.rows(bucket="needs")).rows
            assert {row.conversation for row in page} == set(names[:3])
            assert not at.core.broken.done()

    names = asyncio.run(before())
    nothing = '{"type": "no_such_event"}'
    damage(tmp_path, _EVENT, nothing, names[0], names[0])
    damage(tmp_path, _ACTOR, nothing, names[1], names[1])
    damage(tmp_path, _BODY, names[2])
    asyncio.run(after())

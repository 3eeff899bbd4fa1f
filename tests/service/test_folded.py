"""A message of a long conversation costs what came since the last one, and is decided on the newest log (R-A9)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_core.contract.ids import StreamId
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.service.folded import Folded
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Store
from tests.store.logs import conversation, message, opened, opening


class Counted:
    """A store that counts the records it was asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.read = 0

    async def records(self, stream: StreamId, after: int = 0, limit: int | None = None) -> Sequence[Any]:
        found = await self.store.records(stream, after, limit)
        self.read += len(found)
        return found


async def take(store: Store, folded: Folded, text: str) -> Read:
    """As the entrance takes a message."""

    async def build(read: Read) -> Append:
        return message(1, text)

    return (await append_on_newest(store, conversation(1), build, folded=folded))[0]


def test_R_A9_a_message_reads_what_came_since_the_last_one_and_no_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1))
            counted = Counted(store)
            folded = Folded(counted)  # pyright: ignore[reportArgumentType] - it reads records alone
            for number in range(20):
                await take(store, folded, f"Hello {number}?")
            assert counted.read == 1, "the opening; its own messages it knows"
            await store.append(message(1, "from elsewhere"))
            read = await take(store, folded, "and here")
            assert counted.read == 2
            assert read.state == fold(await store.records(conversation(1), 0, read.seq))

    asyncio.run(run())


def test_R_A6_many_at_the_same_time_are_each_taken_on_the_newest_log(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1))
            folded = Folded(store)
            async with asyncio.TaskGroup() as group:
                for number in range(20):
                    group.create_task(take(store, folded, f"Hello {number}?"))
            whole = fold(await store.records(conversation(1)))
            assert await folded.newest(conversation(1)) == whole
            assert (len(whole.messages), whole.seq) == (20, 21)

    asyncio.run(run())


def test_what_does_not_follow_on_what_is_known_is_read_from_the_beginning(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "one") as store, opened(tmp_path / "two") as other:
            for each, words in ((store, "one"), (other, "two")):
                await each.append(opening(1))
                await each.append(message(1, words))
            folded = Folded(store)
            await folded.newest(conversation(1))
            await other.append(message(1, "more"))
            folded._store = other  # pyright: ignore[reportPrivateUsage] - a log that became another one
            assert await folded.newest(conversation(1)) == fold(await other.records(conversation(1)))

    asyncio.run(run())


def test_no_more_is_remembered_than_there_is_room_for(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as store:
            counted = Counted(store)
            folded = Folded(counted, most=2)  # pyright: ignore[reportArgumentType] - it reads records alone
            for number in (1, 2, 3):
                await store.append(opening(number))
                await folded.newest(conversation(number))
            assert (counted.read, await folded.newest(conversation(9))) == (3, State())
            await folded.newest(conversation(3))
            assert counted.read == 3
            await folded.newest(conversation(1))
            assert counted.read == 4

    asyncio.run(run())

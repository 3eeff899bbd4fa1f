"""What is foreseen by an append shares its COMMIT where it can, never harms it, and is done once whatever becomes of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from agent_core.contract.errors import CountersignError, Invalid
from agent_core.contract.ids import StreamId
from agent_core.store import Beside, Fence, Priority, Stale, Store, WakeRequest, wakes
from tests.store.commits import counting
from tests.store.logs import conversation, message, opened, opening

NOW = WakeRequest(Priority.CUSTOMER)


class Foreseeing:
    """Claims what is woken, in whatever way a test wants."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.runs = 0
        self.given: list[Beside[Any]] = []

    def __call__(self, woken: Sequence[StreamId]) -> Beside[Any]:
        def work(connection: Connection) -> list[StreamId]:
            self.runs += 1
            return list(wakes.waiting_streams(connection))

        beside = Beside(work)
        self.given.append(beside)
        return beside

    async def came(self) -> list[StreamId]:
        return await asyncio.wrap_future(self.given[-1].future)


@pytest.mark.parametrize("long", [False, True], ids=["on the spot", "queued"])
def test_it_is_written_behind_the_append_and_once(tmp_path: Path, *, long: bool) -> None:
    async def play() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            foreseeing = Foreseeing(store)
            done = store.foresee(foreseeing)
            text = "x" * 70_000 if long else "Where is my order?"
            with counting(store) as count:
                await store.append(message(1, text, wake=NOW))
                assert await foreseeing.came() == [conversation()], "it sees what the append has written"
                assert count() == 1 or long
            assert foreseeing.runs == 1
            await store.append(message(1, "And again.", keys=["again"]))
            assert len(foreseeing.given) == 1, "nobody is woken by that"
            done()
            await store.append(message(wake=NOW, keys=["third"]))
            assert len(foreseeing.given) == 1

    asyncio.run(play())


def test_where_the_append_is_refused_it_is_written_by_itself(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            foreseeing = Foreseeing(store)
            store.foresee(foreseeing)
            with pytest.raises(Stale):
                await store.append(message(wake=NOW, fence=Fence(epoch=77)))
            assert await foreseeing.came() == []
            assert foreseeing.runs == 1, "the append was refused before it"

    asyncio.run(play())


def test_where_it_fails_the_append_stands_and_it_alone_is_undone(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())

            def broken(connection: Connection) -> None:
                wakes.put_wake(connection, conversation(), Priority.TIMER, wakes.moment(5), 0)
                raise Invalid("no", "Not this.")

            beside = Beside(broken)
            store.foresee(lambda _: beside)
            records = (await store.append(message(wake=NOW))).records
            with pytest.raises(CountersignError) as refused:
                await asyncio.wrap_future(beside.future)
            assert refused.value.code == "no"
            assert (await store.records(conversation()))[-1].hash == records[-1].hash
            later = await store.write(lambda c: wakes.claim(c, "me", 1, timedelta(seconds=1), 10))
            assert later.claims[0].generation == 1, "the wake of what failed was undone"

    asyncio.run(play())


def test_whoever_waits_no_more_is_not_told(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            foreseeing = Foreseeing(store)

            def cancelled(woken: Sequence[StreamId]) -> Beside[Any]:
                beside = foreseeing(woken)
                beside.future.cancel()
                return beside

            store.foresee(cancelled)
            assert (await store.append(message(wake=NOW))).records
            assert foreseeing.given[0].future.cancelled()

    asyncio.run(play())

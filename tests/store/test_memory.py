"""A place of a log goes on in memory under every rule of the log, and the log never hears of it (R-M4)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.bodies import new_body
from agent_core.contract.errors import Conflict
from agent_core.contract.events import EffectFinished
from agent_core.store import Append, Draft, DuplicateIntent, Stale, Store, brand_scope
from agent_core.store import memory as memory_module
from agent_core.store.memory import MemoryStore, excerpt
from tests.store.logs import (
    BRAND,
    HeldClock,
    contents,
    conversation,
    fence_now,
    finished,
    message,
    opened,
    opening,
    pause,
    proposed,
    settled,
    started,
)

C = conversation()
ABOUT = frozenset({"order:NW-1"})


async def lived(store: Store) -> None:
    """A conversation in which an effect ended, an action was proposed and done, and another conversation wants the same."""
    await store.append_all([opening(1), opening(2)])
    await store.append(message())
    await store.append(Append(C, [started("e1")], fence=await fence_now(store), keys=("e1:start",)))
    result = new_body("result", '{"a":1}')
    await store.append(Append(C, [finished("e1", result)], bodies=[result], keys=("e1:finish",)))
    await store.append(Append(C, [proposed("p1")]))
    await store.append(Append(C, [settled("p1", "executed")]))
    await store.append(Append(conversation(2), [proposed("p2", number=2, intent="22")]))
    await store.append(pause(C, brand_scope(BRAND)))


async def at(store: Store, position: int, *later: str, own: dict[str, str] | None = None) -> MemoryStore:
    taken = await store.read(lambda tx: excerpt(tx, C, position, resources=ABOUT, own=own or {}, later=later))
    return MemoryStore(taken, clock=HeldClock(), secret=store.secret, generation=store.generation)


def test_R_M4_every_place_of_a_log_begins_in_memory_as_it_stood_there(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await lived(store)
            records = await store.records(C)
            for position in range(1, len(records) + 1):
                memory = await at(store, position)
                assert await memory.records(C) == records[:position]
                head = await memory.head(C)
                assert head is not None
                assert (head.seq, head.hash) == (position, records[position - 1].hash)
                assert head.epoch == records[position - 1].epoch
                runs = await memory.run_heads(C)
                assert set(runs) == ({"r1"} if any(getattr(r.event, "run", None) for r in records[:position]) else set())
                assert not any(row.paused for row in (await memory.scopes()).values())
                await memory.verify(C)
                await memory.close()

    asyncio.run(body())


def test_R_M4_what_is_added_in_memory_keeps_the_rules_of_the_log_and_never_reaches_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await lived(store)
            records, bytes_before = await store.records(C), b"".join(contents(tmp_path))
            memory = await at(store, 3, "e1:finish")
            told = new_body("result", "only in thought")
            fence = await fence_now(memory)
            await memory.append(Append(C, [finished("e1", told)], bodies=[told], keys=("e1:finish",)))
            with pytest.raises(Stale):
                await memory.append(Append(C, [started("e2")], fence=fence))
            await memory.append(Append(C, [started("e2")], fence=await fence_now(memory)))
            assert [record.seq for record in await memory.records(C)] == [1, 2, 3, 4, 5]
            await memory.verify(C)
            texts = await memory.texts()
            assert texts[told.id] == "only in thought"
            ended = records[3].event
            assert isinstance(ended, EffectFinished)
            assert ended.result is not None
            assert texts[ended.result.id] == '{"a":1}'
            await memory.close()
            assert await store.records(C) == records
            assert b"".join(contents(tmp_path)) == bytes_before
            assert b"only in thought" not in bytes_before

    asyncio.run(body())


def test_R_C6_equal_actions_of_others_are_known_in_memory_and_own_ones_only_as_far_as_they_had_come(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await lived(store)
            early = await at(store, 4)
            assert [(row.holder, row.state) for row in await early.intents(BRAND, "order:NW-1")] == [("p2", "open")]
            with pytest.raises(DuplicateIntent):
                await early.append(Append(C, [proposed("p9", intent="22")]))
            await early.append(Append(C, [proposed("p1")]))
            late = await at(store, 5, own={"p1": "open"})
            held = sorted((row.holder, row.state) for row in await late.intents(BRAND, "order:NW-1"))
            assert held == [("p1", "open"), ("p2", "open")]
            for each in (early, late):
                await each.close()

    asyncio.run(body())


def test_counters_are_set_to_what_they_are_elsewhere_and_nothing_else_is(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await lived(store)
            memory = await at(store, 2)
            await memory.count({"a": 3, "b": 0})
            assert await memory.read(lambda tx: (tx.tally("a"), tx.tally("b"), tx.tally("c"))) == (3, 0, 0)
            assert await memory.scrub()
            memory.subscribe(print)()
            memory.foresee(print)()
            assert memory.submit(lambda connection: connection.dialect.name).result() == "sqlite"
            with pytest.raises(ZeroDivisionError):
                memory.submit(lambda _: 1 // 0).result()
            await memory.close()

    asyncio.run(body())


def test_what_is_too_large_or_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await lived(store)
            with pytest.raises(Conflict, match="no such place"):
                await at(store, 99)
            monkeypatch.setattr(memory_module, "MOST_BYTES", 1)
            with pytest.raises(Conflict, match="too large"):
                await at(store, 2)

    asyncio.run(body())


def test_a_draft_that_cannot_be_stored_is_refused_in_memory_too(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await lived(store)
            memory = await at(store, 2)
            twice = new_body("result", "x")
            await memory.append(Append(C, [finished("e7", twice)], bodies=[twice]))
            with pytest.raises(Exception, match="UNIQUE"):
                await memory.append(Append(C, [Draft(finished("e8", twice).event, finished("e8").actor)], bodies=[twice]))
            await memory.close()

    asyncio.run(body())

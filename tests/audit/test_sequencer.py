"""Every event stands once in the Merkle log, wherever the sequencer dies; a past that changed is noticed (R-M9, R-N5)."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from agent_core.audit import tiles
from agent_core.audit.merkle import Peaks, inclusion_proof, verify_consistency, verify_inclusion
from agent_core.audit.outside import FOLDER, OutsideFile
from agent_core.audit.sequencer import Sequencer, checked
from agent_core.contract.bodies import new_body
from agent_core.contract.checkpoints import read_checkpoint
from agent_core.contract.errors import Invalid, Unusable
from agent_core.contract.events import AuditAlarmRaised
from agent_core.contract.ids import CORE_STREAM
from agent_core.store import Append, NewStream, ReadTx, Store
from agent_core.store.folder import DATABASE_NAME
from tests.store.logs import HeldClock, conversation, finished, message, opening

CORE = "core_test"
LOGGER = "agent_core.audit.sequencer"


def sequencer_of(store: Store, folder: Path, clock: HeldClock | None = None) -> Sequencer:
    outside = OutsideFile(folder / "config", data=folder / "data", core=CORE)
    return Sequencer(store, outside, core=CORE, clock=clock or HeldClock(), pace=0.0)


@asynccontextmanager
async def core(folder: Path, clock: HeldClock | None = None) -> AsyncGenerator[tuple[Store, Sequencer]]:
    clock = clock or HeldClock()
    async with await Store.open(folder / "data", clock=clock) as store:
        if await store.head(CORE_STREAM) is None:
            await store.append(Append(CORE_STREAM, create=NewStream("core", None)))
        sequencer = sequencer_of(store, folder, clock)
        await sequencer.open()
        yield store, sequencer


async def written(store: Store, count: int, number: int = 1) -> None:
    """A conversation with so many events."""
    await store.append(opening(number))
    for start in range(0, count - 1, 100):
        some = [finished(f"e{start + each}") for each in range(min(100, count - 1 - start))]
        await store.append(Append(conversation(number), some))


async def root_by_hand(store: Store) -> Peaks:
    """The root over the events themselves, in the order of the feed."""
    rows = await store.read(lambda tx: tx.hashes(0, 10**6))
    return Peaks().grown_by(tiles.leaf_of(hash_) for _, hash_ in rows)


def test_the_root_is_the_events_own_whatever_the_steps_and_built_again_it_is_the_same(tmp_path: Path) -> None:
    async def run() -> None:
        async with await Store.open(tmp_path / "data") as store:
            by_hand = Peaks()
            for number, count in enumerate((1, 2, 250, 3, 256, 300, 70), start=1):
                await written(store, count, number)
                most = (1, 7, 256, 512, 1000)[number % 5]
                while await store.write(lambda connection, most=most: tiles.grow(connection, most)):
                    pass
                by_hand = await root_by_hand(store)
                stored = await store.read(lambda tx: tiles.peaks(tx.connection))
                assert stored == by_hand
            await store.write(tiles.forget)
            while await store.write(lambda connection: tiles.grow(connection, 513)):
                pass
            assert await store.read(lambda tx: tiles.peaks(tx.connection)) == by_hand
            assert by_hand.size == 882

    asyncio.run(run())


def test_every_event_has_a_proof_from_the_stored_tiles_and_later_ones_have_none_yet(tmp_path: Path) -> None:
    async def run() -> None:
        async with core(tmp_path) as (store, sequencer):
            await written(store, 599)
            await sequencer.catch_up()
            await store.append(message())

            def prove(tx: ReadTx) -> None:
                connection = tx.connection
                root = tiles.peaks(connection).root
                for index, (position, hash_) in enumerate(store_rows):
                    found = tiles.index_of(connection, position)
                    assert found == (index if index < 600 else None)
                    if found is not None and found % 37 == 0:
                        proof = inclusion_proof(found, 600, tiles.nodes(connection))
                        assert verify_inclusion(tiles.leaf_of(hash_), found, 600, proof, root)
                with pytest.raises(ValueError, match="not stored"):
                    tiles.peaks(connection, 601)

            store_rows = await store.read(lambda tx: tx.hashes(0, 10**6))
            await store.read(prove)

    asyncio.run(run())


def test_a_step_that_dies_before_its_commit_leaves_nothing_and_is_done_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with await Store.open(tmp_path / "data") as store:
            await written(store, 300)
            for most in (100, 156, 256):

                def dies(connection: Connection, most: int = most) -> None:
                    tiles.grow(connection, most)
                    raise Invalid("died", "The process died here.")

                before = await store.read(lambda tx: tiles.stand(tx.connection))
                with pytest.raises(Invalid):
                    await store.write(dies)
                assert await store.read(lambda tx: tiles.stand(tx.connection)) == before
                await store.write(lambda connection, most=most: tiles.grow(connection, most))
            assert await store.read(lambda tx: tiles.peaks(tx.connection)) == await root_by_hand(store)

    asyncio.run(run())


def test_checkpoints_are_signed_linked_and_consistent(tmp_path: Path) -> None:
    async def run() -> None:
        clock = HeldClock()
        async with core(tmp_path, clock) as (store, sequencer):
            await written(store, 19)
            first = await sequencer.checkpoint()
            await written(store, 300, 2)
            assert (await sequencer.checkpoint()) == first, "a moment later nothing new is signed"
            clock.advance(6)
            second = await sequencer.checkpoint()
            assert (first.size, second.size) == (20, 320)
            assert first.note is not None
            assert second.note is not None
            older, newer = checked(first.note, sequencer.key), checked(second.note, sequencer.key)
            assert older is not None
            assert newer is not None
            assert older.checkpoint.previous is None
            assert newer.checkpoint.previous == older.digest
            shown = await sequencer.consistency(20, 320)
            assert (shown.old_root, shown.new_root) == (first.root, second.root)
            proof = [bytes.fromhex(each) for each in shown.proof]
            assert verify_consistency(20, bytes.fromhex(first.root), 320, bytes.fromhex(second.root), proof)
            for old, new in ((21, 20), (0, 321), (-1, 5)):
                with pytest.raises(Invalid):
                    await sequencer.consistency(old, new)
            kept = json.loads((tmp_path / "config" / FOLDER / f"{CORE}.json").read_text(encoding="utf-8"))
            assert kept["last"] == second.note
            held = (tmp_path / "data" / DATABASE_NAME).read_bytes()
            assert kept["seed"].encode() not in held

    asyncio.run(run())


def test_R_M9_it_follows_the_feed_while_it_runs_and_signs_when_it_is_time(tmp_path: Path) -> None:
    async def run() -> None:
        clock = HeldClock()
        async with core(tmp_path, clock) as (store, sequencer):
            running = asyncio.create_task(sequencer.run())
            await written(store, 30)

            async def until(size: int) -> None:
                while sequencer.last is None or sequencer.last.checkpoint.size < size:  # noqa: ASYNC110 - nothing tells it
                    await asyncio.sleep(0)

            async with asyncio.timeout(300):
                await until(1)
                clock.advance(timedelta(minutes=6).total_seconds())
                await written(store, 3, 2)
                await until(34)
            sequencer.stop()
            await running
            await store.append(message())
            await sequencer.finish()
            assert sequencer.last is not None
            assert sequencer.last.checkpoint.size == 35

    asyncio.run(run())


def test_R_M9_an_old_database_brought_back_raises_an_alarm_that_outlives_restarts(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(LOGGER, "audit_alarm")

    async def run() -> None:
        async with core(tmp_path) as (store, sequencer):
            await written(store, 19)
            await sequencer.sign()
        shutil.copytree(tmp_path / "data", tmp_path / "backup")
        async with core(tmp_path) as (store, sequencer):
            assert sequencer.alarm is None
            await written(store, 30, 2)
            newest = await sequencer.sign()
        shutil.rmtree(tmp_path / "data")
        (tmp_path / "backup").rename(tmp_path / "data")
        async with core(tmp_path) as (store, sequencer):
            alarm = sequencer.alarm
            assert alarm is not None
            assert sequencer.stopped()
            assert (alarm.code, alarm.found_size) == ("rolled_back", 20)
            assert newest is not None
            assert alarm.expected == newest.note
            await written(store, 60, 3)  # longer than ever: still another log
            assert await sequencer.sign() == newest, "two histories are never signed"
        async with core(tmp_path) as (store, sequencer):
            assert sequencer.alarm == alarm
            shown = await sequencer.checkpoint()
            assert shown.alarm is not None
            assert (shown.alarm.expected_size, shown.size) == (50, 50)
            with pytest.raises(Invalid):
                await sequencer.acknowledge("00" * 32)
            after = await sequencer.acknowledge(alarm.digest)
            assert not sequencer.stopped()
            events = [record.event for record in await store.records(CORE_STREAM)]
            assert [event.type for event in events] == ["checkpoint_key_set", "audit_alarm_raised"]
            told = events[1]
            assert isinstance(told, AuditAlarmRaised)
            assert (told.expected, told.expected_size, told.found_size) == (newest.digest, 50, 20)
            assert after.checkpoint.previous == newest.digest
            assert after.checkpoint.size == 81
        async with core(tmp_path) as (store, sequencer):
            assert sequencer.alarm is None

    asyncio.run(run())


def test_R_M9_another_history_of_the_same_length_raises_an_alarm(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(LOGGER, "audit_alarm")

    async def run() -> None:
        for folder in ("one", "two"):
            async with core(tmp_path / folder) as (store, sequencer):
                await written(store, 300)
                await store.append(Append(conversation(), [finished("x", new_body("result", folder))], bodies=[]))
                await sequencer.sign()
        shutil.rmtree(tmp_path / "one" / "data")
        (tmp_path / "two" / "data").rename(tmp_path / "one" / "data")
        async with core(tmp_path / "one") as (_, sequencer):
            assert sequencer.alarm is not None
            assert sequencer.alarm.code == "rewritten"

    asyncio.run(run())


def test_R_M9_who_loses_the_memory_beside_the_database_is_told_and_a_new_core_is_not(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(LOGGER, "audit_alarm")

    async def run() -> None:
        async with core(tmp_path) as (store, sequencer):
            assert sequencer.alarm is None
            await written(store, 19)
            await sequencer.sign()
            key = sequencer.key
        shutil.rmtree(tmp_path / "config")
        async with core(tmp_path) as (_, sequencer):
            assert sequencer.alarm is not None
            assert sequencer.alarm.code == "forgotten"
            assert sequencer.key != key
        (tmp_path / "config" / FOLDER / f"{CORE}.json").write_text("{", encoding="utf-8")
        with pytest.raises(Unusable) as refused:
            async with core(tmp_path):
                pass
        assert refused.value.code == "audit_memory_unreadable"

    asyncio.run(run())


def test_a_tile_that_was_changed_while_the_core_ran_is_noticed_before_the_next_signature(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(LOGGER, "audit_alarm")

    async def run() -> None:
        async with core(tmp_path) as (store, sequencer):
            await written(store, 39)
            await sequencer.sign()
            with sqlite3.connect(tmp_path / "data" / DATABASE_NAME) as other:
                other.execute("UPDATE merkle_tile SET hashes = zeroblob(40 * 32)")
            other.close()
            await store.append(message())
            await sequencer.sign()
            assert sequencer.alarm is not None
            assert sequencer.alarm.code == "rewritten"

    asyncio.run(run())


def test_the_memory_never_lies_in_the_data_folder(tmp_path: Path) -> None:
    with pytest.raises(Unusable) as refused:
        OutsideFile(tmp_path / "data" / "config", data=tmp_path / "data", core=CORE)
    assert refused.value.code == "audit_beside_data"


def test_a_note_in_the_file_is_read_as_strictly_as_any_other(tmp_path: Path) -> None:
    async def run() -> None:
        async with core(tmp_path) as (store, sequencer):
            await written(store, 5)
            made = await sequencer.sign()
            assert made is not None
            assert read_checkpoint(made.note) == made
            assert checked(made.note.replace("6\n", "7\n", 1), sequencer.key) is None
            assert checked("nothing", sequencer.key) is None

    asyncio.run(run())

"""A lease that ends in the very moment it is renewed: whoever holds the row, what happens happens once (R-A2, R-A6)."""

import asyncio
import logging
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent_core.store import WakeRequest, wakes
from tests.crash.checker import check
from tests.engine.harness import ORDER
from tests.stepping.outside import ENGINE
from tests.stepping.outsiders import Outsiders
from tests.stepping.play import Play, playing
from tests.store.logs import HeldClock, conversation, opened, opening

LEASE = timedelta(seconds=10)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


@pytest.mark.parametrize("beat_first", [True, False], ids=["renewed first", "taken first"])
@pytest.mark.parametrize("past", [-1, 0, 1])
def test_R_A6_a_row_has_one_owner_at_the_end_of_a_lease(tmp_path: Path, past: int, beat_first: bool) -> None:
    """A lease counts through its last microsecond; who has lost it cannot renew it, end it or give it back."""

    async def body() -> None:
        clock = HeldClock()
        async with opened(tmp_path, clock=clock) as store:
            await store.append(opening(wake=WakeRequest()))
            began = wakes.microseconds(clock())
            (mine,) = (await store.write(lambda c: wakes.claim(c, "old", 5, LEASE, began))).claims
            now = began + (LEASE + past * MICROSECOND) // MICROSECOND

            def beat(connection: sa.Connection) -> None:
                wakes.heartbeat(connection, "old", LEASE, now, [conversation()])

            if beat_first:
                await store.write(beat)
            taken = (await store.write(lambda c: wakes.claim(c, "new", 5, LEASE, now))).claims
            if not beat_first:
                await store.write(beat)
            lost = past > 0 and not beat_first
            assert [claim.stream for claim in taken] == ([conversation()] if lost else [])
            await store.write(lambda c: wakes.finish(c, "old", mine, None, mine.priority, now))
            assert list(await store.write(wakes.waiting_streams)) == ([conversation()] if lost else [])
            later = now + 2 * LEASE // MICROSECOND
            await store.write(lambda c: wakes.heartbeat(c, "old", LEASE, later, [conversation()]))
            await store.write(lambda c: wakes.claim(c, "third", 5, LEASE, later))  # only gives it back
            again = (await store.write(lambda c: wakes.claim(c, "third", 5, LEASE, later + 5_000_000))).claims
            assert [claim.stream for claim in again] == ([conversation()] if lost else []), "a lost row cannot be renewed"

    asyncio.run(body())


def lease_ends(play: Play) -> float:
    """Seconds of the world's time until the lease of whoever works ends."""

    def read(connection: sa.Connection) -> int:
        return int(connection.execute(sa.text("SELECT max(lease_us) FROM wake WHERE owner IS NOT NULL")).scalar_one())

    until = play.between(play.core.store.read(lambda tx: read(tx.connection)))
    return (until - wakes.microseconds(play.world.clock())) / 1_000_000


@pytest.mark.parametrize("moment", ["model_asked", "tool_called", "send"])
@pytest.mark.parametrize("past", [-0.000_001, 0.0, 0.000_001, 0.5])
def test_R_A2_a_worker_that_wakes_as_its_lease_ends_does_nothing_twice(moment: str, past: float) -> None:
    """It sleeps in the middle of a refund that was agreed to, and wakes beside the one that may take over right then."""
    with playing(workers=2) as play:
        people = Outsiders(play)
        play.run(people.writes("t1", f"Please refund order {ORDER}.", "m1"))
        play.settle()
        conv = play.core.conversation("t1")
        state = play.state(conv)
        (known,) = state.open_proposals()
        asleep: list[str] = []

        def watch(line: dict[str, object]) -> bool:
            if line["what"] != moment:
                return False
            asleep.append(str(line.get("by") or line.get("worker")))
            return True

        play.world.book.watch(watch)
        play.run(people.decides("sue", conv, "approve", card=(state, known)))
        while not asleep:
            assert play.loop.step() or play.loop.forward()
        worker = next(each for each in (w.owner for w in play.core.workers) if each in asleep or "/w" not in asleep[0])
        play.loop.held.add(worker)
        play.run(asyncio.sleep(max(0.0, lease_ends(play) + past)))
        play.loop.held.clear()
        play.run(asyncio.sleep(ENGINE.lease * 2))
        play.settle()
        assert check(play.world.book.lines) == []
        assert len(play.shop.refunds(payment_id=play.shop.payments_of(ORDER)[0]["id"])) == 1
        (ended,) = play.state(conv).proposals.values()
        assert ended.outcome == "executed"
        assert not play.state(conv).open
        assert all(each.task is not None and not each.task.done() for each in play.core.workers)


def test_R_A2_a_row_that_a_worker_holds_without_knowing_is_looked_at_again(tmp_path: Path) -> None:
    """A claim whose commit was made but told as failed: nobody looks, and the worker's own heartbeat must not keep it."""

    async def body() -> None:
        clock = HeldClock()
        async with opened(tmp_path, clock=clock) as store:
            await store.append(opening(wake=WakeRequest()))
            began = wakes.microseconds(clock())
            await store.write(lambda c: wakes.claim(c, "me", 5, LEASE, began))
            now = began + 2 * LEASE // MICROSECOND
            await store.write(lambda c: wakes.heartbeat(c, "me", LEASE, now - LEASE // MICROSECOND, []))
            for besides, left in (([conversation()], 0), ([], 1)):
                idle = await store.read(
                    lambda tx, besides=besides: wakes.nothing_to_claim(tx.connection, "me", LEASE, now, besides=besides)
                )
                assert (idle is None) == bool(left)
            kept = (await store.write(lambda c: wakes.claim(c, "me", 5, LEASE, now, besides=[conversation()]))).claims
            assert list(kept) == []
            again = (await store.write(lambda c: wakes.claim(c, "me", 5, LEASE, now))).claims
            assert [claim.stream for claim in again] == [conversation()]

    asyncio.run(body())


def test_R_A9_a_claim_that_was_told_as_failed_is_no_death_however_often(tmp_path: Path) -> None:
    """It was: after minutes of a disk that lost its answers, a conversation was quarantined that nobody had looked at."""

    async def body() -> None:
        clock = HeldClock()
        async with opened(tmp_path, clock=clock) as store:
            await store.append(opening(wake=WakeRequest()))
            now = wakes.microseconds(clock())
            for _ in range(30):
                (mine,) = (await store.write(lambda c, now=now: wakes.claim(c, "me", 5, LEASE, now))).claims
                assert mine.attempts == 0
                now += 2 * LEASE // MICROSECOND
            (taken,) = (await store.write(lambda c: wakes.claim(c, "other", 5, LEASE, now))).claims
            assert taken.attempts == 1, "of one that is silent nobody knows whether it died"

    asyncio.run(body())

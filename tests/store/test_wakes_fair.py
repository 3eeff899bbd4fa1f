"""Who is looked at next: urgent first, nobody starved, brands in turn, timers never in the way (R-A6, R-A4, R-A9)."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from agent_core.contract.ids import StreamId
from agent_core.store import Priority, wakes
from agent_core.store.tables import metadata, stream, timer
from agent_core.store.tables import wake as wake_table
from agent_core.store.wakes import AGEING_STEP_US, LATER_SHARE, Bulkheads, Claim

LEASE = timedelta(seconds=10)
SECOND = 1_000_000
START = 1_780_000_000 * SECOND
LIVE = (Priority.COMMAND, Priority.CUSTOMER, Priority.ANSWER)


@contextmanager
def table(brands: dict[str, int]) -> Generator[Connection]:
    """A wake table with so many conversations of each brand, named `brand/n`."""
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine, tables=[stream, timer, wake_table])
    rows = [
        {
            "id": f"{brand}/{n}",
            "kind": "conversation",
            "brand": brand,
            "seq": 0,
            "epoch": 0,
            "head_hash": "",
            "created_at": "",
        }
        for brand, count in brands.items()
        for n in range(count)
    ]
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(stream), rows)
            yield connection
    finally:
        engine.dispose()


def wake(connection: Connection, name: str, priority: Priority, now: int, due: int | None = None) -> None:
    wakes.put_wake(connection, StreamId(name), priority, None if due is None else wakes.moment(due), now)


def claim(connection: Connection, now: int, limit: int = 1) -> list[Claim]:
    return list(wakes.claim(connection, "me", limit, LEASE, now).claims)


def look(connection: Connection, now: int, limit: int = 1) -> list[str]:
    """Claims and ends: every look takes no time."""
    found = claim(connection, now, limit)
    for each in found:
        wakes.finish(connection, "me", each, None, Priority.TIMER, now)
    return [each.stream for each in found]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(list(Priority)), min_size=2, max_size=30))
def test_R_A6_of_what_is_equally_old_the_most_urgent_goes_first(wanted: list[Priority]) -> None:
    with table({"a": len(wanted)}) as connection:
        for n, priority in enumerate(wanted):
            wake(connection, f"a/{n}", priority, START)
        seen = [wanted[int(look(connection, START + 1)[0].split("/")[1])] for _ in wanted]
    assert seen == sorted(wanted)


@settings(max_examples=25, deadline=None)
@given(st.integers(40, 200), st.integers(1, 8), st.integers(2, 8), st.sampled_from(LIVE))
def test_R_A6_a_brand_that_floods_costs_another_one_or_two_looks_for_each_of_its_own(
    flood: int, few: int, slots: int, priority: Priority
) -> None:
    """Looks overlap, the oldest ends first; the flood came before."""
    with table({"loud": flood, "quiet": few}) as connection:
        for n in range(flood):
            wake(connection, f"loud/{n}", priority, START)
        running = claim(connection, START, slots)
        for n in range(few):
            wake(connection, f"quiet/{n}", priority, START + n)
        seen: list[str] = []
        for _ in range(3 * few + slots):
            wakes.finish(connection, "me", running.pop(0), None, Priority.TIMER, START + SECOND)
            running += claim(connection, START + SECOND, 1)
            seen.append(running[-1].brand)
    assert seen.count("quiet") == few


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 12), st.integers(0, 2))
def test_R_A6_many_brands_are_looked_at_in_turn(brands: int, jitter: int) -> None:
    names = {f"b{n:02d}": 6 for n in range(brands)}
    with table(names) as connection:
        for brand in names:
            for n in range(6):
                wake(connection, f"{brand}/{n}", Priority.CUSTOMER, START + n * jitter)
        first = claim(connection, START + SECOND, limit=2 * brands)
    assert set(Counter(each.brand for each in first).values()) == {2}


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(list(Priority)), st.integers(1, 5))
def test_R_A6_nobody_is_starved_by_what_keeps_coming_and_is_more_urgent(priority: Priority, each_second: int) -> None:
    """A customer's message every moment, for ever: what is less urgent has its turn once it has aged."""
    with table({"a": 1, "live": 50 * each_second}) as connection:
        wake(connection, "a/0", priority, START)
        free = 0
        for second in range(int(priority) * AGEING_STEP_US // SECOND + 30):
            now = START + second * SECOND
            for n in range(each_second):
                wake(connection, f"live/{free + n}", Priority.CUSTOMER, now)
            free = (free + each_second) % (50 * each_second)
            if "a/0" in [name for _ in range(each_second) for name in look(connection, now)]:
                return
    pytest.fail("it never had its turn")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.integers(0, 100_000))
def test_R_A4_timers_that_fell_due_while_nobody_looked_leave_most_looks_to_the_living(live: int, overdue: int) -> None:
    """A night of sleep, a stop: thousands are due since long ago, and a customer writes now."""
    slots = 16
    with table({"a": 200, "b": 20}) as connection:
        for n in range(180):
            due = START - overdue * SECOND - n
            wake(connection, f"a/{n}", Priority.TIMER, START - 2 * overdue * SECOND, due)
        for n in range(live):
            wake(connection, f"a/{180 + n}", Priority.CUSTOMER, START)
        chosen = claim(connection, START + 1, slots)
        later = [each for each in chosen if each.priority >= Priority.TIMER]
        assert len(later) == slots // LATER_SHARE, "they go on, and are bounded"
        assert sum(each.priority == Priority.CUSTOMER for each in chosen) == live, "every live one is looked at at once"
        assert claim(connection, START + 2, slots - len(chosen)) == [], "what is running counts"
        wakes.finish(connection, "me", later[0], None, Priority.TIMER, START + 3)
        assert len(claim(connection, START + 4, slots - len(chosen) + 1)) == 1


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(1, 30),
    st.integers(2, 5),
    st.lists(st.sampled_from(list(Priority)), min_size=1, max_size=12),
)
def test_R_A9_whatever_brands_hang_another_ones_looks_are_there_at_once_and_all_are_bounded(
    own: int, shared: int, brands: int, wanted: list[Priority]
) -> None:
    """All brands but `quiet` hang for ever with more than anybody could look at; then `quiet` wakes."""
    names = {f"b{n}": own + shared + 5 for n in range(brands)}
    held: Counter[str] = Counter()
    with table({**names, "quiet": len(wanted)}) as connection:

        def take() -> list[Claim]:
            walls = Bulkheads(own, dict(held))
            free = walls.free(shared)
            found = list(wakes.claim(connection, "me", free, LEASE, START + SECOND, bulkheads=walls).claims)
            held.update(each.brand for each in found)
            return found

        for brand, count in names.items():
            for n in range(count):
                wake(connection, f"{brand}/{n}", Priority.CUSTOMER, START)
        while take():
            pass
        assert sum(held.values()) == shared + own * brands, "what is shared is used, and so is what each has for itself"
        assert min(held.values()) >= own
        for n, priority in enumerate(wanted):
            wake(connection, f"quiet/{n}", priority, START)
        live = sum(priority < Priority.TIMER for priority in wanted)
        found = take()
        later = sum(each.priority >= Priority.TIMER for each in found)
        assert {each.brand for each in found} == {"quiet"}
        timers = max(1, later) if live < len(wanted) else 0
        assert len(found) == min(own, live + timers)
        assert later <= max(1, (shared + own * (brands + 1)) // LATER_SHARE)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 64), st.integers(1, 8))
def test_R_A9_timers_of_one_brand_that_hang_leave_a_look_for_every_other_brands_timer(slots: int, others: int) -> None:
    own = max(1, slots // 8)
    names = [f"b{n}" for n in range(others)]
    with table({"hangs": slots + 5, **dict.fromkeys(names, 3)}) as connection:
        for n in range(slots + 5):
            wake(connection, f"hangs/{n}", Priority.TIMER, START)
        stuck = wakes.claim(connection, "me", slots - own, LEASE, START + SECOND, bulkheads=Bulkheads(own)).claims
        assert len(stuck) == max(1, slots // LATER_SHARE)
        for brand in names:
            wake(connection, f"{brand}/0", Priority.TIMER, START)
        walls = Bulkheads(own, {"hangs": len(stuck)})
        found = wakes.claim(connection, "me", walls.free(slots - own), LEASE, START + SECOND, bulkheads=walls).claims
        assert Counter(each.brand for each in found) == dict.fromkeys(names, 1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wake", "later", "claim", "claim", "finish", "again", "fail", "die", "restart"]),
        st.integers(0, 5),
        st.sampled_from([-3600, -1, 0, 1, 5, 3600]),
    ),
    max_size=60,
)


@settings(max_examples=120, deadline=None)
@given(STEPS)
def test_R_A6_no_wake_is_lost_and_none_is_looked_at_twice_at_once_whatever_the_clock_does(  # noqa: C901 - one row per step
    steps: list[tuple[str, int, int]],
) -> None:
    """Two workers that share a table, die, fail and are woken, while the clock jumps; then all comes to rest."""
    now = latest = START
    owed: set[str] = set()  # woken since the last look at it began
    running: dict[str, tuple[str, Claim]] = {}
    with table({"a": 4, "b": 2}) as connection:
        names = ["a/0", "a/1", "a/2", "a/3", "b/0", "b/1"]

        def take(owner: str, limit: int) -> None:
            found = wakes.claim(connection, owner, limit, timedelta(days=1), now)
            for each in found.claims:
                assert each.stream not in running, "two looks at one conversation"
                running[each.stream] = (owner, each)
                owed.discard(each.stream)

        for what, which, jump in steps:
            now += jump * SECOND
            latest = max(latest, now)
            name = names[which]
            match what:
                case "wake":
                    wake(connection, name, Priority(which % 5), now)
                    owed.add(name)
                case "later":
                    wake(connection, name, Priority.TIMER, now, now + which * SECOND)
                    owed.add(name)
                case "claim":
                    take(f"w{which % 2}", 1 + which % 3)
                case "finish" if name in running:
                    owner, each = running.pop(name)
                    wakes.finish(connection, owner, each, None, Priority.TIMER, now)
                case "again" if name in running:
                    owner, each = running.pop(name)
                    due = wakes.moment(now + which * SECOND)
                    wakes.finish(connection, owner, each, due, Priority.TIMER, now)
                    owed.add(name)
                case "fail" if name in running:
                    owner, each = running.pop(name)
                    wakes.give_back(
                        connection, owner, name, attempts=each.attempts + 1, priority=each.priority,  # pyright: ignore[reportArgumentType] - a stream's id is a string
                        due_us=now + SECOND, rank_us=wakes.rank(now + SECOND, each.priority),
                    )  # fmt: skip
                    owed.add(name)
                case "die":
                    for stream_id in [s for s, (owner, _) in running.items() if owner == f"w{which % 2}"]:
                        owed.add(stream_id)
                        del running[stream_id]
                    wakes.release_all(connection, f"w{which % 2}", now)
                case "restart":
                    owed |= set(running)
                    running.clear()
                    wakes.take_over_all(connection, now)
                case _:
                    pass
        for stream_id, (owner, each) in tuple(running.items()):
            wakes.finish(connection, owner, each, None, Priority.TIMER, now)
            del running[stream_id]
        now = latest + 3 * 3600 * SECOND  # past every moment the clock has shown, and every back-off
        for _ in range(40):
            take("w0", 4)
            for stream_id, (owner, each) in tuple(running.items()):
                wakes.finish(connection, owner, each, None, Priority.TIMER, now)
                del running[stream_id]
        assert owed == set(), "a wake was lost"
        assert list(wakes.waiting_streams(connection)) == []

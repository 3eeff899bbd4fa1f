"""What is asked of several keys at once is what is asked of each by itself (R-A3, R-C2)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.ids import BrandId, StreamId
from agent_core.store import GLOBAL_SCOPE, Append, NewStream, Stale, Store, brand_scope
from agent_core.store.reading import ReadTx
from tests.store.logs import BRAND

STREAM = StreamId("c_several")
UNKNOWN = "spent:nobody"


def test_counters_and_scopes_are_the_same_asked_together_or_one_by_one(tmp_path: Path) -> None:
    names = (GLOBAL_SCOPE, brand_scope(BRAND), brand_scope(BrandId("none")))
    keys = ("spent:b", UNKNOWN, "spent:a", "spent:b")

    def asked(tx: ReadTx) -> None:
        assert tx.tallies(keys) == {key: tx.tally(key) for key in keys} == {"spent:b": 7, UNKNOWN: 0, "spent:a": 5}
        assert list(tx.tallies(keys)) == ["spent:b", UNKNOWN, "spent:a"], "in the order they were named in"
        assert tx.tallies(()) == {}
        assert tx.scopes(names) == {name: tx.scope(name) for name in names}
        assert [(row.epoch, row.paused) for row in tx.scopes(names).values()] == [(1, True), (1, False), (0, False)]
        assert tx.scopes(()) == {}

    async def play() -> None:
        async with await Store.open(tmp_path) as store:
            made = Append(STREAM, create=NewStream(kind="conversation", brand=BRAND), tallies={"spent:a": 5, "spent:b": 7})
            await store.append(made)
            await store.append(Append(STREAM, moves_scope=(brand_scope(BRAND),), scope_paused={GLOBAL_SCOPE: True}))
            await store.read(asked)

    asyncio.run(play())


def test_R_C2_two_that_add_to_one_counter_are_told_apart_before_either_checks(tmp_path: Path) -> None:
    """A check runs once the counters are added to, so that a database with several writers lets one of them wait."""
    told: list[tuple[int, int]] = []

    def check(tx: ReadTx) -> None:
        (stored,) = tx.connection.exec_driver_sql("SELECT amount FROM tally WHERE key = 'spent:a'").fetchone() or (0,)
        told.append((tx.tally("spent:a"), int(stored)))
        if told[-1][0] >= 10:
            raise Stale("scope", detail="spent:a")

    async def play() -> None:
        async with await Store.open(tmp_path) as store:
            await store.append(Append(STREAM, create=NewStream(kind="conversation", brand=BRAND), tallies={"spent:a": 5}))
            await store.append(Append(STREAM, tallies={"spent:a": 6, "spent:b": 1}, checks=(check,)))
            with pytest.raises(Stale):
                await store.append(Append(STREAM, tallies={"spent:a": 7}, checks=(check,)))
            assert told == [(5, 11), (11, 18)], "as it stood before, and its row is held"
            assert await store.read(lambda tx: tx.tallies(["spent:a", "spent:b"])) == {"spent:a": 11, "spent:b": 1}

    asyncio.run(play())

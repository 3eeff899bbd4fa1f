"""What is asked of several keys at once is what is asked of each by itself (R-A3, R-C2)."""

import asyncio
from pathlib import Path

from agent_core.contract.ids import BrandId, StreamId
from agent_core.store import GLOBAL_SCOPE, Append, NewStream, Store, brand_scope
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

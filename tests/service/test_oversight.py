"""How people decide is measured from what they signed, per person and workflow; small numbers say so (R-C4, R-C8, R-M5)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.ids import BrandId, OperatorId
from agent_core.contract.oversight import BUCKETS_S, ENOUGH, DecisionTaken, OversightAnswer, OversightRow
from agent_core.service.oversight import rows
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import approval, scene, until

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def _oversight(client: CoreClient, **asked: object) -> OversightAnswer:
    return await client.query(OversightAnswer, "/v1/oversight", **asked)


async def _decided(client: CoreClient, count: int) -> OversightAnswer:
    async def look() -> OversightAnswer | None:
        found = await _oversight(client)
        return found if sum(row.decisions for row in found.total) == count else None

    return await until(client, look)


def test_R_C4_R_C8_decisions_are_counted_by_who_signed_them_with_what_they_signed(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it, asyncio.timeout(300):
            boss = await it.admin()
            client, signer = boss
            sam, sams = await it.colleague(boss, "Sam", role="lead")
            await it.write("Please refund NW-10023.")
            await client.deny(await approval(client), comment="Not yet.")
            await _decided(client, 1)
            second = await it.write("Please refund NW-10023.", thread="t2")
            card = await approval(sam, second)
            done = await sam.approve(card)
            assert done.statement is not None
            await sam.recall(card, done.statement)
            found = await _decided(client, 2)

            async def recalled() -> OversightAnswer | None:
                seen = await _oversight(client)
                return seen if seen.total[0].reversed else None

            found = await until(client, recalled)
            (total,) = found.total
            assert (total.approved, total.denied, total.reversed, total.operator, total.workflow) == (1, 1, 1, None, "")
            assert total.approved_unopened == 1, "the client said of nothing that it had been opened"
            assert not total.enough
            assert total.p50_s is not None
            (flow,) = found.by_workflow
            assert flow.workflow == "refund_order"
            people = {row.operator: row for row in found.by_person}
            assert (people[signer.operator].denied, people[signer.operator].name) == (1, "Ada Admin")
            assert (people[sams.operator].approved, people[sams.operator].reversed, people[sams.operator].name) == (
                1,
                1,
                "Sam",
            )
            assert [row.operator for row in (await _oversight(client, operator=sams.operator)).by_both] == [sams.operator]
            assert (await _oversight(client, brand="lumen")).total == ()
            assert (await _oversight(client, workflow="order_status")).total == ()
            old = {"since": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"}
            assert (await _oversight(client, **old)).total == ()
            with pytest.raises(CoreRefused) as wrong:
                await _oversight(client, since=old["until"], until=old["since"])
            assert wrong.value.code == "bad_period"

    asyncio.run(run())


_DECISIONS = st.lists(
    st.builds(
        DecisionTaken,
        brand=st.sampled_from([BrandId("a"), BrandId("b")]),
        workflow=st.sampled_from(["x", "y"]),
        tool=st.just("t"),
        operator=st.sampled_from([OperatorId("o1"), OperatorId("o2")]),
        decision=st.sampled_from(["approve", "deny", "edit"]),
        at=st.just(NOON),
        decided_s=st.none() | st.integers(0, 10_000),
        opened=st.none() | st.booleans(),
        edited=st.booleans(),
        recalled=st.booleans(),
    ),
    max_size=60,
)


@given(_DECISIONS)
def test_R_C8_every_decision_is_in_exactly_one_row_and_one_bucket(taken: list[DecisionTaken]) -> None:
    made: tuple[tuple[OversightRow, ...], ...] = (
        rows(taken, str, lambda one: (one.brand, "", None)),
        rows(taken, str, lambda one: (one.brand, one.workflow, None)),
        rows(taken, str, lambda one: (one.brand, "", one.operator)),
        rows(taken, str, lambda one: (one.brand, one.workflow, one.operator)),
    )
    timed = sum(one.decided_s is not None for one in taken)
    for each in made:
        assert sum(row.decisions for row in each) == len(taken)
        assert sum(bucket.count for row in each for bucket in row.times) == timed
        for row in each:
            assert row.enough is (row.decisions >= ENOUGH)
            assert len(row.times) == len(BUCKETS_S) + 1
            assert row.approved + row.denied + (row.edited - row.approved_edited) == row.decisions
            ordered = [value for value in (row.p10_s, row.p50_s, row.p90_s) if value is not None]
            assert ordered == sorted(ordered)

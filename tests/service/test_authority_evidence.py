"""What became of every action that was wanted, counted once each over any period (R-C8)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.evidence_of_authority import ActionTaken, AuthorityEvidence
from agent_core.contract.ids import BrandId
from agent_core.service.authority_evidence import counted
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import Scene, approval, scene, until

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def play(folder: Path, body: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with scene(folder) as stage, asyncio.timeout(300):
            await body(stage)

    asyncio.run(run())


async def refunds(client: CoreClient, true: Callable[[AuthorityEvidence], bool]) -> AuthorityEvidence:
    async def look() -> AuthorityEvidence | None:
        found = (await client.authority_evidence(brand="northwind")).evidence
        return next((one for one in found if one.tool == "refund_payment" and true(one)), None)

    return await until(client, look)


def test_R_C8_an_approved_and_a_denied_refund_are_evidence_within_the_period_and_the_brand(tmp_path: Path) -> None:
    async def body(stage: Scene) -> None:
        client, _ = await stage.admin()
        await stage.write("Please refund NW-10023.")
        await client.deny(await approval(client), comment="Not yet.")
        no = await refunds(client, lambda one: one.denied == 1)
        assert (no.workflow, no.proposed, no.approved_unedited, no.open) == ("refund_order", 1, 0, 0)
        assert no.unopened == 0  # nobody approved anything

        second = await stage.write("Please refund NW-10023.", thread="t2")
        await client.approve(await approval(client, second))
        both = await refunds(client, lambda one: one.approved_unedited == 1)
        assert (both.proposed, both.denied, both.open) == (2, 1, 0)
        assert both.decided_p50_s is not None
        assert both.unopened == 1  # the client said of nothing that it had been opened

        answer = await client.authority_evidence(brand="lumen")
        assert answer.evidence == ()
        with pytest.raises(CoreRefused) as wrong:
            await client.query(type(answer), "/v1/authority/evidence?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z")
        assert wrong.value.code == "bad_period"
        with pytest.raises(CoreRefused) as before_time:
            await client.query(type(answer), "/v1/authority/evidence?until=1000-01-05T00:00:00Z")
        assert before_time.value.code == "bad_period"
        old = await client.query(
            type(answer), "/v1/authority/evidence?since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z"
        )
        assert old.evidence == ()

    play(tmp_path, body)


ENDS = ("open", "executed", "failed", "unknown", "denied", "expired", "lapsed", "withdrawn", "not_executed", "edited")


@st.composite
def taken(draw: st.DrawFn) -> ActionTaken:
    kind = draw(st.sampled_from(("proposed", "autonomous", "refused")))
    return ActionTaken(
        brand=BrandId(draw(st.sampled_from(("a", "b")))),
        workflow=draw(st.sampled_from(("w1", "w2"))),
        tool=draw(st.sampled_from(("t1", "t2"))),
        kind=kind,
        at=NOON + timedelta(seconds=draw(st.integers(0, 9))),
        end="refused" if kind == "refused" else draw(st.sampled_from(ENDS)),
        code=draw(st.sampled_from(("x", "y"))),
        edited=draw(st.booleans()),
        decided_s=draw(st.none() | st.integers(0, 500)),
        opened=draw(st.none() | st.booleans()),
    )


@given(st.lists(taken(), max_size=40))
def test_R_C8_every_action_is_in_exactly_one_end_and_none_is_lost(all_taken: list[ActionTaken]) -> None:
    found = counted(all_taken)
    assert sum(one.proposed + one.autonomous + one.refused for one in found) == len(all_taken)
    for one in found:
        ends = (
            one.open + one.approved_unedited + one.approved_edited + one.autonomous_executed + one.denied + one.edited
            + one.expired + one.lapsed + one.withdrawn + one.failed + one.unknown
        )  # fmt: skip
        assert ends == one.proposed + one.autonomous
        assert sum(count for _, count in one.refused_codes) == one.refused
        mine = [each for each in all_taken if (each.brand, each.workflow, each.tool) == (one.brand, one.workflow, one.tool)]
        times = sorted(each.decided_s for each in mine if each.decided_s is not None)
        assert one.decided_p50_s == (times[(len(times) + 1) // 2 - 1] if times else None)
        assert one.unopened == sum(each.opened is False for each in mine)

"""Other policies are held against what really was decided, and nothing is executed (R-C8)."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.cli.main import main
from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.levels import PolicyReplay
from agent_core.engine.declared import judged_tools
from agent_core.service.policy_replay import Candidate, House, OneLevel, replayed
from console.headless.errors import CoreRefused
from console.headless.levels import WorkflowLevels
from tests.engine.harness import CORE, ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play
from tests.service.scene import NORTHWIND, approval, closed, quick_brand, scene, settled

BRAND = BrandId("northwind")
STRICTER = """
@id("test-no-refunds")
@why("Nothing is paid back this week")
forbid (principal is Workflow, action in [Action::"refund_payment.execute", Action::"refund_payment.propose",
  Action::"refund_payment.executeApproved"], resource);
"""


async def decided(stage: Stage) -> None:
    """Small refunds alone, a larger one on a person's yes, one that is denied, one that waits, and reads."""
    for number, text in enumerate(
        (f"Please refund 10 EUR for order {ORDER}", f"Where is order {OTHER_ORDER}?", f"Please refund order {ORDER}")
    ):
        conversation = await stage.writes(text, f"e{number}", thread=f"t{number}")
        await stage.settle(conversation)
        if (await stage.harness.state(conversation)).open_proposals() and number == 0:
            await stage.harness.decide(conversation)
            await stage.settle(conversation)
        stage.clock.forward(hours=1)


def house(stage: Stage) -> House:
    runner = stage.harness.runner
    return House(stage.harness.store, stage.harness.brands, stage.harness, runner.instance, BRAND)


async def asked(stage: Stage, candidate: Candidate) -> PolicyReplay:
    until = stage.clock() + timedelta(seconds=1)
    return await replayed(house(stage), candidate, until - timedelta(days=3), until)


@pytest.mark.parametrize("alone", [pytest.param(False, marks=pytest.mark.slow), True])
def test_R_C8_the_policies_that_decided_would_decide_the_same_again(tmp_path: Path, alone: bool) -> None:
    async def scene_(stage: Stage) -> None:
        await decided(stage)
        active = stage.harness.brands.at_work
        before = stage.harness.refunds()
        found = await asked(stage, Candidate(active.gate, active.levels))
        assert (found.counts, found.differs, found.unreadable, found.complete) == ((), (), 0, True)
        assert found.decisions >= 5
        assert found.policy_was == found.policy_would == active.gate.policy_digest
        assert stage.harness.refunds() == before

    play(tmp_path, scene_, alone=alone)


def test_R_C8_what_would_differ_is_listed_with_the_rules_that_decide(tmp_path: Path) -> None:
    async def scene_(stage: Stage) -> None:
        await decided(stage)
        active = stage.harness.brands.at_work
        text = active.release.policy_text + STRICTER
        gate = Gate(AuthorityPolicy.load(text, source="authority.cedar", tools=judged_tools()))
        found = await asked(stage, Candidate(gate, active.levels))
        assert {one.tool for one in found.differs} == {"refund_payment"}
        assert {one.would for one in found.differs} == {"forbid"}
        assert {rule.id for one in found.differs for rule in one.rules} == {"test-no-refunds"}
        assert dict(found.counts).keys() <= {"execute>forbid", "propose>forbid", "approved>forbid"}
        assert "approved>forbid" in dict(found.counts)

        low = Candidate(active.gate, OneLevel(active.levels, WorkflowName("refund_order"), "read_only"))
        lower = await asked(stage, low)
        assert dict(lower.counts) == dict(found.counts)
        assert {one.code for one in lower.differs} == {"level_read_only"}
        assert house(stage).instance.core == CORE

    play(tmp_path, scene_)


@pytest.mark.slow
def test_R_C8_the_day_counts_again_as_it_did(tmp_path: Path) -> None:
    """What ran alone because the day was young runs alone in the replay; with a smaller day it would have asked."""

    async def scene_(stage: Stage) -> None:
        for number in range(3):
            conversation = await stage.writes(f"Please refund 5 EUR for order {ORDER}", f"e{number}", thread=f"t{number}")
            await stage.settle(conversation)
        active = stage.harness.brands.at_work
        found = await asked(stage, Candidate(active.gate, active.levels))
        assert found.counts == ()

    play(tmp_path, scene_, alone=True)


@pytest.mark.slow
def test_R_C8_a_candidate_is_replayed_over_the_wire_and_from_a_folder_and_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brand = quick_brand(tmp_path)
    text = (brand / "authority.cedar").read_text(encoding="utf-8")

    async def run() -> None:
        async with scene(tmp_path) as it:
            admin = await it.admin()
            sue, _ = await it.colleague(admin, "Sue Supervisor")
            conversation = await it.write("Please refund NW-10023")
            card = await approval(admin[0])
            await settled(admin[0], conversation, 2)
            await admin[0].approve(card)
            await closed(admin[0], card)
            levels = WorkflowLevels(admin[0])
            assert (await levels.replay(NORTHWIND, text)).counts == ()
            found = await levels.replay(NORTHWIND, text + STRICTER, days=2)
            assert dict(found.counts) == {"propose>forbid": 1, "approved>forbid": 1}
            for client, policy, code in (
                (sue, text, "role_not_allowed"), (admin[0], "permit(principal, action, resource);", "policy_invalid"),
            ):  # fmt: skip
                with pytest.raises(CoreRefused) as refused:
                    await WorkflowLevels(client).replay(NORTHWIND, policy)
                assert refused.value.code == code
            assert len(it.refunds()) == 1

    asyncio.run(run())
    database = tmp_path / "data" / "countersign.sqlite3"
    before = database.read_bytes()
    arguments = ["authority", "replay", "--brand", str(brand), "--db", str(database), "--days", "3"]
    assert main(arguments) == 0
    assert "Every one of them would have been decided in the same way." in capsys.readouterr().out
    (brand / "authority.cedar").write_text(text + STRICTER, encoding="utf-8")
    assert main([*arguments, "--json"]) == 0
    assert dict(json.loads(capsys.readouterr().out)["counts"]) == {"propose>forbid": 1, "approved>forbid": 1}
    assert main(arguments) == 0
    assert "propose -> forbid (test-no-refunds)" in capsys.readouterr().out
    assert database.read_bytes() == before
    assert main(["authority", "--brand", str(brand)]) == 0
    assert "| refund_order | approval gated |" in capsys.readouterr().out

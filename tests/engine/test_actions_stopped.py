"""While the log is not the one that was signed for, nothing is written outside, and conversations go on (R-M9)."""

from pathlib import Path

from agent_core.contract.events import EffectStarted
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import Instance
from tests.engine.harness import CORE, ORDER, QUICK
from tests.engine.stage import Stage, play

SMALL = f"Please refund 10 EUR of order {ORDER}."
WHERE = f"Where is order {ORDER}?"


def test_R_M9_what_the_agent_may_do_alone_is_not_done_and_the_customer_is_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stopped = True
        stage.harness.runner = Runner(
            stage.harness.store, stage.harness.brands, stage.harness,
            instance=Instance(CORE, "test", actions_stopped=lambda: stopped), clock=stage.clock, deadlines=QUICK,
        )  # fmt: skip
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        assert stage.harness.refunds() == []
        assert [e for e in await stage.events(c, EffectStarted) if e.kind == "write"] == []
        assert stage.texts(), "the customer hears something"
        other = await stage.writes(WHERE, "2", thread="thread_2")
        await stage.settle(other)
        assert [e for e in await stage.events(other, EffectStarted) if e.kind == "read"], "reads go on"
        stopped = False
        again = await stage.writes(SMALL, "3", thread="thread_3")
        await stage.settle(again)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [1000]

    play(tmp_path, scene, alone=True)

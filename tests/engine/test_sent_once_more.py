"""What the agent does alone and failed for a moment is sent once more only while it still may be (R-A3, R-A7, R-C2).

Its grant was given at the first attempt. Between that and the next a person may have done it by hand, and policy or level
may say otherwise: the same key protects from our own second attempt, never from theirs.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_core.contract.events import CallAnswered, EffectStarted
from agent_core.contract.ids import ConversationId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play
from tests.engine.test_tools import DOWN, SMALL, failing

SLOWLY = replace(DOWN, retry_after=20.0)


class Lowered:
    """Somebody signed that a workflow may only read."""

    async def level(self, workflow: WorkflowName, declared: AuthorityLevel) -> AuthorityLevel:
        return "read_only"


async def sent(stage: Stage, c: ConversationId) -> list[EffectStarted]:
    return [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]


async def answered(stage: Stage, c: ConversationId) -> list[Any]:
    """The results of the refund's calls, in order."""
    calls = {e.tool_use_id for e in await sent(stage, c)}
    return [e.outcome for e in await stage.events(c, CallAnswered) if e.tool_use_id in calls]


async def failed_once(stage: Stage) -> ConversationId:
    """The small refund has failed, and waits to be tried again."""
    stage.harness.tools.around = failing("refund_payment", SLOWLY, times=1)
    c = await stage.writes(SMALL, "1")
    await stage.settle(c, within=5)
    assert len(await sent(stage, c)) == 1
    assert stage.harness.refunds() == []
    return c


def by_hand(stage: Stage) -> None:
    """A person gives the money in the shop itself."""
    (payment, *_) = stage.harness.shop.payments_of(ORDER)
    stage.harness.shop.refund(payment["id"], amount_minor=1000, currency="EUR", reason="goodwill", idempotency_key="by hand")


def test_R_A7_what_failed_for_a_moment_is_sent_once_more_where_nothing_has_changed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await failed_once(stage)
        await stage.settle(c, within=60)
        assert len(stage.harness.refunds()) == 1
        assert await answered(stage, c) == ["succeeded"]
        first, second = await sent(stage, c)
        assert (first.idempotency_key, first.attempt) == (second.idempotency_key, second.attempt - 1)

    play(tmp_path, scene, alone=True)


def test_R_C6_what_a_person_did_by_hand_meanwhile_is_not_done_again_after_the_hand_back(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await failed_once(stage)
        await stage.control(c, "human")
        by_hand(stage)
        await stage.settle(c, within=600)
        await stage.control(c, "agent")
        await stage.settle(c, within=600)
        assert [r["idempotency_key"] for r in stage.harness.refunds()] == ["by hand"]
        assert await answered(stage, c) == ["refused"]

    play(tmp_path, scene, alone=True)


def test_R_C8_a_level_that_went_down_meanwhile_holds_for_the_second_attempt_too(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await failed_once(stage)
        stage.harness.brands.at_work = replace(stage.harness.brand, levels=Lowered())
        await stage.settle(c, within=600)
        assert stage.harness.refunds() == []
        assert await answered(stage, c) == ["refused"]

    play(tmp_path, scene, alone=True)


def test_R_C6_what_is_not_sent_again_frees_its_intent(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await failed_once(stage)
        stage.harness.brands.at_work = replace(stage.harness.brand, levels=Lowered())
        await stage.settle(c, within=600)
        stage.harness.brands.at_work = stage.harness.brand
        other = await stage.writes(SMALL, "2", thread="thread_2")
        await stage.settle(other, within=600)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene, alone=True)


async def done_elsewhere(stage: Stage) -> None:
    """The same refund is made from another conversation: it stands in nobody's way any more."""
    stage.harness.tools.around = None
    other = await stage.writes(SMALL, "other", thread="thread_2")
    await stage.settle(other, within=600)
    assert len(stage.harness.refunds()) == 1


def test_R_C6_what_failed_for_good_frees_its_intent(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.harness.tools.around = failing("refund_payment", DOWN)
        c = await stage.writes(SMALL, "1")
        await stage.settle(c, within=600)
        assert len(await sent(stage, c)) == 2
        await done_elsewhere(stage)

    play(tmp_path, scene, alone=True)


def test_R_C6_what_the_customers_next_message_stopped_frees_its_intent(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await failed_once(stage)
        await stage.writes("Thank you, never mind!", "2")
        await stage.settle(c, within=600)
        assert await answered(stage, c) == ["failed"]
        await done_elsewhere(stage)

    play(tmp_path, scene, alone=True)

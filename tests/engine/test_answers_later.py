"""Systems answer later: under way is not done, the answer wakes its run once, and nothing waits in memory (R-A5)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import (
    AnswerArrived,
    AnswerAwaited,
    AskRaised,
    AskResolved,
    ControlChanged,
    EffectStarted,
    NoticeGiven,
    ProposalSettled,
    ReplySent,
)
from agent_core.contract.ids import ConversationId
from agent_core.conversation.machines import label
from agent_core.systems.port import ToolResult
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.later import answers, later, owed
from tests.engine.stage import Stage, play

DAY = 86_400
SMALL = f"Please refund 10 EUR of order {ORDER}."
REFUND = f"Please refund order {ORDER}."
WHERE = f"Where is order {OTHER_ORDER}?"
YES = ToolResult("succeeded", {"status": "done"})
NO = ToolResult("refused", {}, code="said_no", sentence="It said no.")
STILL = ToolResult("accepted", external_ref="op")
DOWN = ToolResult("failed", code="look_up_failed", sentence="It is down.", transient=True)


async def phases(stage: Stage, c: ConversationId) -> list[str]:
    return [run.phase for run in (await stage.harness.state(c)).runs.values()]


async def writes(stage: Stage, c: ConversationId) -> int:
    return sum(1 for e in await stage.events(c, EffectStarted) if e.kind == "write")


def test_R_A5_a_call_that_is_answered_later_leaves_nothing_open_and_the_customer_hears_that_it_is_under_way(
    tmp_path: Path,
) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert not state.open
        assert await phases(stage, c) == ["awaiting_external"]
        assert label(state.control, tuple(r.phase for r in state.runs.values()), triaging=False) == "awaiting_external"
        assert "refund_payment" not in state.actions, "under way is not done"
        assert len(stage.texts()) == 1
        assert "waiting" in stage.texts()[0]
        (awaited,) = await stage.events(c, AnswerAwaited)
        assert awaited.answers_by == stage.clock.at + timedelta(hours=1)
        assert "op_refund_payment" not in str([r.model_dump_json() for r in await stage.harness.log(c)])

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize("days", [0, 21])
def test_R_A5_the_answer_wakes_its_run_once_minutes_or_weeks_later(tmp_path: Path, days: int) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment", within_s=60 * DAY)
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        stage.clock.forward(days=days, minutes=3)
        await answers(stage, c, "succeeded", status="done")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert await phases(stage, c) == ["answered"]
        assert "refund_payment" in state.actions
        assert len(await stage.events(c, NoticeGiven)) == 1
        assert len(stage.texts()) == 2
        assert f"order.{ORDER}.operation" in state.facts
        assert await writes(stage, c) == 1

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_R_A5_a_no_that_comes_later_is_told_as_a_no(tmp_path: Path, outcome: str) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        await answers(stage, c, outcome)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert "refund_payment" not in state.actions
        assert "said no" in str(stage.model.requests[-1].messages)
        assert len(stage.texts()) == 2
        assert not await stage.harness.store.read(
            lambda tx: [row for row in tx.intents(state.brand, f"order:{ORDER}") if row.state == "executed"]
        )

    play(tmp_path, scene, alone=True)


def test_R_A5_other_work_goes_on_while_an_answer_is_owed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        await stage.writes(WHERE, "2")
        await stage.settle(c)
        assert OTHER_ORDER in stage.texts()[-1]
        assert sorted(await phases(stage, c)) == ["answered", "awaiting_external"]
        await answers(stage, c, "succeeded")
        await stage.settle(c)
        assert await phases(stage, c) == ["answered", "answered"]

    play(tmp_path, scene, alone=True)


def test_R_A5_R_C6_an_approved_action_that_is_taken_elsewhere_ends_once_with_its_answer(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await stage.harness.decide(c)
        await stage.settle(c)
        (known,) = (await stage.harness.state(c)).proposals.values()
        assert known.open
        assert await stage.events(c, ProposalSettled) == []
        await stage.settle(c, within=1800)
        assert await writes(stage, c) == 1, "it is not sent again while it is under way"
        await answers(stage, c, "succeeded")
        await answers(stage, c, "succeeded")
        await stage.settle(c)
        settled: list[ProposalSettled] = await stage.events(c, ProposalSettled)
        assert [(e.outcome, e.by, e.operator) for e in settled] == [("executed", "person", "sue")]
        assert len(await stage.events(c, NoticeGiven)) == 1
        assert [e.late for e in await stage.events(c, AnswerArrived)] == [False, True]
        assert await writes(stage, c) == 1
        state = await stage.harness.state(c)
        assert all(a.resolved for a in state.asks.values())
        assert await phases(stage, c) == ["answered"]

    play(tmp_path, scene)


def test_R_A5_what_is_not_answered_in_time_is_looked_up_and_that_answer_counts(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "refund_payment")
        tools.answers = [YES]
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        await stage.settle(c, within=3700)
        assert tools.looked == 1
        assert [e.by for e in await stage.events(c, AnswerArrived)] == ["look_up"]
        assert await phases(stage, c) == ["answered"]
        assert await writes(stage, c) == 1

    play(tmp_path, scene, alone=True)


def test_R_A5_a_look_up_that_fails_is_tried_again_and_then_people_find_out(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "refund_payment")
        tools.answers = [DOWN]
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        await stage.settle(c, within=3700)
        await stage.settle(c, within=3700)
        assert tools.looked == 3
        asks = [e.ask for e in await stage.events(c, AskRaised)]
        assert {(a.kind, a.code) for a in asks} == {("unknown_outcome", "no_answer")}
        assert await writes(stage, c) == 1
        await stage.found_out(c, happened=True)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert "refund_payment" in state.actions
        assert await phases(stage, c) == ["answered"]
        assert len(await stage.events(c, NoticeGiven)) == 1

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize(("happened", "says", "differs"), [(True, "succeeded", False), (True, "failed", True),
                                                          (False, "failed", False), (False, "succeeded", True)])  # fmt: skip
def test_R_A5_an_answer_after_a_persons_decision_is_on_record_and_never_acted_on(
    tmp_path: Path, happened: bool, says: str, differs: bool
) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "refund_payment")
        tools.answers = [STILL]
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        await stage.settle(c, within=3700)
        await stage.found_out(c, happened=happened)
        await stage.settle(c)
        before = await stage.harness.state(c)
        said, notices = len(stage.texts()), len(await stage.events(c, NoticeGiven))
        made = await answers(stage, c, says)
        await stage.settle(c)
        after = await stage.harness.state(c)
        assert made.late
        assert after.actions == before.actions
        assert (len(stage.texts()), len(await stage.events(c, NoticeGiven))) == (said, notices)
        reviews = [a for a in after.asks.values() if a.ask.kind == "review"]
        assert [a.ask.code for a in reviews] == (["late_answer_differs"] if differs else [])
        assert await writes(stage, c) == 1

    play(tmp_path, scene, alone=True)


def test_R_A5_an_answer_that_comes_after_people_were_asked_and_before_they_know_is_the_answer(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "refund_payment")
        tools.answers = [STILL]
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await stage.harness.decide(c)
        await stage.settle(c)
        await stage.settle(c, within=3700)
        assert "unknown_outcome" in [e.ask.kind for e in await stage.events(c, AskRaised)]
        await answers(stage, c, "succeeded")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert all(a.resolved for a in state.asks.values())
        assert "answered" in [e.code for e in await stage.events(c, AskResolved)]
        assert [e.outcome for e in await stage.events(c, ProposalSettled)] == ["executed"]
        assert not state.unknown

    play(tmp_path, scene)


def test_R_A5_a_persons_finding_ends_an_approved_action_that_was_never_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "refund_payment")
        tools.answers = [STILL]
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await stage.harness.decide(c)
        await stage.settle(c)
        await stage.settle(c, within=3700)
        await stage.found_out(c, happened=False)
        await stage.settle(c)
        assert [e.outcome for e in await stage.events(c, ProposalSettled)] == ["not_executed"]
        assert (await answers(stage, c, "succeeded")).late
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert "late_answer_differs" in [a.ask.code for a in state.asks.values() if not a.resolved]
        assert await writes(stage, c) == 1

    play(tmp_path, scene)


def test_R_A5_a_read_that_is_never_answered_lets_its_run_go_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "track_order")
        tools.answers = [STILL]
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert await phases(stage, c) == ["awaiting_external"]
        await stage.settle(c, within=3700)
        assert [(e.by, e.outcome) for e in await stage.events(c, AnswerArrived)] == [("deadline", "failed")]
        assert not [e for e in await stage.events(c, AskRaised) if e.ask.kind == "unknown_outcome"]
        assert await phases(stage, c) != ["awaiting_external"]
        assert (await answers(stage, c, "succeeded")).late

    play(tmp_path, scene)


def test_R_E3_an_answer_during_a_takeover_waits_for_the_hand_back(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        await stage.control(c, "human")
        await answers(stage, c, "succeeded")
        await stage.settle(c, within=600)
        assert len(stage.texts()) == 1
        assert "refund_payment" in (await stage.harness.state(c)).actions
        await stage.control(c, "agent")
        await stage.settle(c, within=600)
        assert len(stage.texts()) == 2

    play(tmp_path, scene, alone=True)


def test_R_A3_an_answer_while_the_model_thinks_is_told_after_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        asked = stage.model.hold("run")
        await stage.writes(f"And where is {ORDER}? Please refund 5 EUR more.", "2")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await answers(stage, c, "succeeded")
        await stage.writes("Hello?", "3")
        await looking
        await stage.settle(c)
        assert len(await stage.events(c, NoticeGiven)) == 1
        state = await stage.harness.state(c)
        assert not state.owed()[1:]

    play(tmp_path, scene, alone=True)


def test_a_conversation_that_is_owed_an_answer_never_closes(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment", within_s=40 * DAY)
        c = await stage.writes(SMALL, "1")
        await stage.settle(c, within=30 * DAY)
        assert [e.to for e in await stage.events(c, ControlChanged)] == []
        await answers(stage, c, "succeeded")
        await stage.settle(c, within=30 * DAY)
        assert [e.code for e in await stage.events(c, ControlChanged)] == ["resolved"]

    play(tmp_path, scene, alone=True)


def test_R_A2_a_call_whose_acceptance_was_lost_is_found_again_and_not_sent_twice(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "refund_payment")

        async def lost(name: str, perform: Callable[[], ToolResult]) -> ToolResult:
            result = perform()
            return result if name != "refund_payment" else ToolResult("unknown", code="lost", sentence="No answer.")

        tools.around = lost
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        assert len(tools.taken) == 1
        assert (await owed(stage, c)).outcome is None
        assert await phases(stage, c) == ["awaiting_external"]
        await answers(stage, c, "succeeded")
        await stage.settle(c)
        assert await phases(stage, c) == ["answered"]

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_R_A4_a_clock_that_jumps_looks_up_late_rather_than_never_and_asks_once(tmp_path: Path, jump: int) -> None:
    async def scene(stage: Stage) -> None:
        tools = later(stage, "refund_payment", within_s=7200)
        tools.answers = [STILL]
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        for span in (jump, -jump, jump, -jump):
            stage.clock.forward(seconds=span)
            await stage.settle(c, within=60)
        await stage.settle(c, within=3 * 7200)
        assert tools.looked == 1
        asks: list[Any] = await stage.events(c, AskRaised)
        assert len({e.ask.id for e in asks}) == 1

    play(tmp_path, scene, alone=True)


def test_the_reply_that_says_it_is_under_way_claims_nothing_more(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        assert len(await stage.events(c, ReplySent)) == 1
        assert "refunded" not in stage.texts()[0].replace("be refunded", "")

    play(tmp_path, scene, alone=True)

"""A person changes who works on a live conversation, at any moment, and nothing that was done is lost (R-B7, R-A3)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent_core.contract.events import (
    AskRaised,
    AskResolved,
    ControlChanged,
    EffectFinished,
    ModelSpoke,
    NoticeGiven,
    ProposalSettled,
    Proposed,
    Routed,
    RoutingOverridden,
    RunInput,
    RunOpened,
)
from agent_core.contract.ids import ConversationId, OperatorId, WorkflowName
from agent_core.conversation.health.diagnosing import errors
from agent_core.engine.overriding import Wanted, change_of, obstacles, overridden, under_way, warnings, widens
from agent_core.engine.requests import run_request
from agent_core.engine.session import Remembered, Session
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, WakeRequest
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.later import later
from tests.engine.stage import Stage, outcomes, play
from tests.engine.test_doubts import BLIND, lost

REFUND, WHERE = WorkflowName("refund_order"), WorkflowName("where_is_my_order")
ALL = f"Please refund order {ORDER}."


async def override(
    stage: Stage, c: ConversationId, *workflows: WorkflowName, queue: str | None = None, refused: Sequence[str] = ()
) -> None:
    """What the command does, without a session and its signature; nothing is done when an obstacle stands in the way."""
    wanted = Wanted(workflows, queue, OperatorId("sue"))

    async def build(read: Read) -> Append:
        session = Session(stage.harness.store, read.stream, stage.clock, Remembered())
        await session.refresh()
        context = stage.harness.runner.context(session, {})
        changed = change_of(context, workflows)
        assert [each.code for each in obstacles(context, wanted, changed)] == list(refused)
        made = await overridden(context, wanted, changed, read.records)
        return Append(read.stream, made.drafts, bodies=made.bodies, wake=WakeRequest())

    if refused:
        session = Session(stage.harness.store, c, stage.clock, Remembered())
        await session.refresh()
        context = stage.harness.runner.context(session, {})
        assert [each.code for each in obstacles(context, wanted, change_of(context, workflows))] == list(refused)
        return
    await append_on_newest(stage.harness.store, c, build)
    stage.harness.runner.nudge(c)


async def transcripts_hold(stage: Stage, c: ConversationId) -> None:
    """Every run's next request is one the provider would take."""
    session = Session(stage.harness.store, c, stage.clock, Remembered())
    await session.refresh()
    context = stage.harness.runner.context(session, {})
    for run in session.state.runs.values():
        if not run.open_calls:
            assert errors((await run_request(context, run)).request_body()) == ()
    assert not session.state.damaged


def test_R_B7_another_workflow_takes_over_and_what_was_proposed_is_withdrawn_with_a_notice(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        epoch = (await stage.harness.state(c)).epoch
        await override(stage, c, WHERE)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.epoch > epoch
        assert {run.workflow: run.phase for run in state.runs.values()} == {REFUND: "withdrawn", WHERE: "answered"}
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.code, settled.operator) == ("withdrawn", "routing_overridden", "sue")
        assert [notice.outcome for notice in await stage.events(c, NoticeGiven)] == ["withdrawn"]
        assert all(known.resolved for known in state.asks.values())
        assert stage.harness.refunds() == []
        assert len(stage.texts()) == 2, "the customer hears from the new workflow"
        (event,) = await stage.events(c, RoutingOverridden)
        assert (event.router.rule, event.router.workflows) == ("workflows", (REFUND,))
        assert [intent.id for intent in event.router.intents] == ["refund"]
        await transcripts_hold(stage, c)

    play(tmp_path, scene)


def test_R_B7_a_new_run_knows_the_facts_and_what_was_sent_and_asks_for_nothing_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Where is {ORDER}?", "1")
        await stage.settle(c)
        learned = set((await stage.harness.state(c)).facts)
        await override(stage, c, WHERE, REFUND)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert learned <= set(state.facts)
        assert [run.phase for run in state.runs.values()] == ["answered", "awaiting_approval"]
        request = next(r for r in reversed(stage.model.requests) if r.system.startswith('<workflow name="refund_order"'))
        first = str(request.messages[0])
        assert "<sent-" in first
        assert f"order.{ORDER}.status" in first
        assert f"Where is {ORDER}?" in first
        await transcripts_hold(stage, c)

    play(tmp_path, scene)


def test_R_B7_the_human_queue_gets_it_all_the_customer_is_told_and_the_agent_rests(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await override(stage, c, queue="priority")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        asks = [known.ask for known in state.asks.values() if not known.resolved]
        assert [(ask.kind, ask.code, ask.queue) for ask in asks] == [("escalation", "routing_overridden", "priority")]
        assert "colleague" in stage.texts()[-1]
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


def test_R_B7_back_to_the_agent_from_the_queue_and_the_runs_go_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("My lawyer will hear of this!", "1")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "awaiting_human"
        await override(stage, c, WHERE)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.control == "agent"
        assert all(known.resolved for known in state.asks.values())
        assert [run.workflow for run in state.runs.values()] == [WHERE]
        assert "number looks like" in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_B7_a_run_that_had_given_up_and_is_wanted_begins_anew_and_its_ask_is_over(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def broken(name: str, perform: object) -> object:
            from agent_core.systems.port import ToolResult

            return ToolResult("failed", code="down", sentence="It is down.")

        stage.harness.tools.around = broken  # pyright: ignore[reportAttributeAccessIssue] - a stand-in of the test
        c = await stage.writes(f"Where is {ORDER}?", "1")
        await stage.settle(c)
        assert [run.phase for run in (await stage.harness.state(c)).runs.values()] == ["escalated"]
        stage.harness.tools.around = None
        await override(stage, c, WHERE)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert [run.phase for run in state.runs.values()] == ["withdrawn", "answered"]
        assert all(known.resolved for known in state.asks.values())
        assert state.control == "agent"

    play(tmp_path, scene)


def test_R_B7_R_A3_a_turn_that_is_running_goes_stale_and_says_nothing_more(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold("run")
        c = await stage.writes(ALL, "1")
        working = asyncio.create_task(stage.settle(c))
        await asked.wait()
        await override(stage, c, WHERE)
        await working
        await stage.settle(c)
        ends = [e.outcome for e in await stage.events(c, EffectFinished)]
        assert ends.count("superseded") == 1
        assert stage.model.cancelled == 1
        state = await stage.harness.state(c)
        spoke = await stage.events(c, ModelSpoke)
        assert {state.runs[e.run].workflow for e in spoke} == {WHERE}
        assert stage.harness.refunds() == []
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_B7_an_override_is_faster_than_triage_and_triage_changes_nothing_any_more(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold("triage")
        c = await stage.writes(ALL, "1")
        working = asyncio.create_task(stage.settle(c))
        await asked.wait()
        await override(stage, c, WHERE)
        await working
        await stage.settle(c)
        assert await stage.events(c, Routed) == []
        (event,) = await stage.events(c, RoutingOverridden)
        assert event.router.rule is None
        assert [run.workflow for run in (await stage.harness.state(c)).runs.values()] == [WHERE]
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_B7_a_message_nobody_has_taken_yet_belongs_to_what_the_person_chose(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Where is {OTHER_ORDER}?", "1")
        await override(stage, c, WHERE)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.turn.turn == 1
        assert not state.waiting
        assert [r.purpose for r in stage.model.requests if r.purpose == "triage"] == []
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_B7_what_a_person_took_off_the_router_does_not_open_again_and_the_customer_gets_a_person(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await override(stage, c, WHERE)
        await stage.settle(c)
        await stage.writes(f"I want my money back for {ORDER}, refund it!", "2")
        await stage.settle(c)
        opened = [e.workflow for e in await stage.events(c, RunOpened)]
        assert opened == [REFUND, WHERE]
        routed = (await stage.events(c, Routed))[-1]
        assert routed.to_people == ("taken_off",)
        assert [e.ask.code for e in await stage.events(c, AskRaised)][-1] == "taken_off"
        await override(stage, c, REFUND)
        await stage.settle(c)
        assert (await stage.harness.state(c)).barred == {WHERE}

    play(tmp_path, scene)


def test_R_B7_what_is_being_carried_out_cannot_leave_in_this_moment(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        going = asyncio.Event()
        on = asyncio.Event()

        async def slow(name: str, perform: object) -> object:
            if name == "refund_payment":
                going.set()
                await on.wait()
            return perform()  # pyright: ignore[reportCallIssue, reportUnknownVariableType] - the stage's own

        stage.harness.tools.around = slow  # pyright: ignore[reportAttributeAccessIssue] - a stand-in of the test
        await stage.harness.decide(c)
        working = asyncio.create_task(stage.settle(c))
        await going.wait()
        state = await stage.harness.state(c)
        assert under_way(state, next(iter(state.runs)))
        await override(stage, c, WHERE, refused=["still_under_way"])
        on.set()
        await working
        await stage.settle(c)
        await override(stage, c, WHERE)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1, "what was done stays done"
        assert outcomes(await stage.events(c, ProposalSettled)) == {"executed": 1}

    play(tmp_path, scene)


def test_R_C6_an_action_of_which_nobody_knows_is_not_withdrawn_with_its_workflow(tmp_path: Path) -> None:
    """It was: the ask was over, the look-ups ended, and an equal refund could be paid although this one had been."""

    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=True, arrives=True, looks=[BLIND] * 12)
        await override(stage, c, WHERE)
        await stage.settle(c)
        assert await stage.events(c, ProposalSettled) == []
        state = await stage.harness.state(c)
        assert "unknown_outcome" in {known.ask.kind for known in state.asks.values() if not known.resolved}
        assert len(state.doubts) == 1
        other = await stage.writes(ALL, "2", thread="thread_2")
        await stage.settle(other)
        assert await stage.events(other, Proposed) == [], "nobody may do it again before it is known"
        await stage.settle(c, within=86_400)
        assert outcomes(await stage.events(c, ProposalSettled)) == {"executed": 1}
        assert all(known.resolved for known in (await stage.harness.state(c)).asks.values())
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_B7_what_another_system_has_taken_cannot_leave_before_its_answer(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later(stage, "refund_payment")
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.harness.decide(c)
        await stage.settle(c)
        await override(stage, c, WHERE, refused=["still_under_way"])

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("workflows", "queue", "code"),
    [
        ((), None, "nothing_chosen"),
        ((WorkflowName("no_such"),), None, "no_workflow"),
        ((WHERE,), "no_such", "no_queue"),
        ((REFUND,), None, "nothing_changes"),
    ],
)
def test_R_B7_what_makes_no_sense_is_refused_with_its_reason(
    tmp_path: Path, workflows: tuple[WorkflowName, ...], queue: str | None, code: str
) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await override(stage, c, *workflows, queue=queue, refused=[code])
        assert await stage.events(c, RoutingOverridden) == []

    play(tmp_path, scene)


def test_R_B7_only_what_lets_the_agent_do_more_needs_a_signature(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Refund {ORDER}. Where is {OTHER_ORDER}?", "1")
        await stage.settle(c)
        session = Session(stage.harness.store, c, stage.clock, Remembered())
        await session.refresh()
        context = stage.harness.runner.context(session, {})
        for names, wanted in (((WHERE,), False), ((), False), ((WHERE, REFUND), False)):
            assert widens(session.state, change_of(context, names), names) is wanted
        narrowed = change_of(context, (WHERE,))
        assert set(narrowed.lost) >= {"refund_payment", "list_payments"}
        assert narrowed.gained == {}
        assert warnings(context, narrowed, proven=True) == ()
        await override(stage, c, WHERE)
        await stage.control(c, "awaiting_human")
        await session.refresh()
        assert widens(session.state, change_of(context, (WHERE,)), (WHERE,)), "the agent gets it back"
        assert widens(session.state, change_of(context, (REFUND,)), (REFUND,)), "a withdrawn one begins anew"

    play(tmp_path, scene)


def test_R_B7_two_overrides_in_a_row_leave_the_last_set_and_one_run_each(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await override(stage, c, WHERE)
        await override(stage, c, REFUND)
        await stage.settle(c)
        state = await stage.harness.state(c)
        live = [run.workflow for run in state.runs.values() if run.phase not in ("withdrawn", "failed")]
        assert live == [REFUND]
        assert len(await stage.events(c, RunOpened)) == 2
        assert len({e.run for e in await stage.events(c, RunInput)}) == 2
        assert await stage.events(c, ControlChanged) == []
        assert all(e.by == "person" for e in await stage.events(c, AskResolved))
        await transcripts_hold(stage, c)

    play(tmp_path, scene)

"""A person tells the agent something in private while it works (R-E3, R-D2)."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent_core.contract.bodies import BodyRef, new_body
from agent_core.contract.events import AgentSteered, ControlChanged, EffectFinished, SteeringEnded
from agent_core.contract.ids import ConversationId, OperatorId, RunId
from agent_core.conversation.state import Steering
from agent_core.conversation.steering import standing
from agent_core.engine.reply_context import context_of, gather
from agent_core.engine.session import Remembered, Session
from agent_core.engine.steering import ending
from agent_core.guardrails.reply import check_reply
from agent_core.store import Append, Draft, WakeRequest
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import SUE, Stage, play

NOTE = "Be brief with this customer and thank them for their patience."
WHERE = f"Where is order {OTHER_ORDER}?"


async def tell(
    stage: Stage, c: ConversationId, *, run: str | None = None, note: str = NOTE, until: datetime | None = None
) -> BodyRef:
    body = new_body("comment", note)
    event = AgentSteered(
        steering=f"s{len((await stage.harness.state(c)).steering) + 1}",
        operator=OperatorId("sue"),
        note=body.ref,
        run=None if run is None else RunId(run),
        until=until or stage.clock.at + timedelta(days=7),
    )
    await stage.harness.store.append(Append(c, [Draft(event, SUE)], bodies=[body], wake=WakeRequest()))
    stage.harness.runner.nudge(c)
    return body.ref


def asked(stage: Stage, purpose: str = "run") -> list[str]:
    """What models were sent, newest last."""
    return [json.dumps(r.messages, ensure_ascii=False) for r in stage.model.requests if r.purpose == purpose]


def test_R_E3_a_private_instruction_is_read_from_the_next_request_on_by_runs_old_and_new(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await tell(stage, c)
        await stage.settle(c)
        assert not any(NOTE in each for each in asked(stage))
        assert len(stage.texts()) == 1
        await stage.writes(f"Where is order {OTHER_ORDER} now? And please refund order {ORDER}.", "2")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert len(state.runs) == 2
        for run in state.runs.values():
            assert [entry.kind for entry in run.transcript].count("steer") == 1
        steered = [each for each in asked(stage) if NOTE in each]
        assert steered
        assert all("<steer-" in each and 'by=\\"person\\"' in each for each in steered)
        assert not any(NOTE in text for text in stage.texts())

    play(tmp_path, scene)


def test_R_E3_what_a_model_was_asked_without_the_instruction_is_stopped_and_asked_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asking = stage.model.hold("run")
        c = await stage.writes(WHERE, "1")
        handling = asyncio.create_task(stage.settle(c))
        await asking.wait()
        await tell(stage, c)
        await stage.model.stopped.wait()
        await handling
        await stage.settle(c)
        finished = await stage.events(c, EffectFinished)
        assert "superseded" in [event.outcome for event in finished]
        requests = asked(stage)
        assert NOTE not in requests[0]
        assert all(NOTE in each for each in requests[1:])
        assert len(stage.texts()) == 1
        run = (await stage.harness.state(c)).runs[RunId("r1")]
        kinds = [entry.kind for entry in run.transcript]
        assert kinds.index("steer") < kinds.index("assistant"), "it stands before the answer that has read it"
        assert run.later == ()

    play(tmp_path, scene)


def test_R_E3_only_the_run_it_is_for_is_told(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"{WHERE} And please refund order {ORDER}.", "1")
        await stage.settle(c)
        await tell(stage, c, run="r1")
        state = await stage.harness.state(c)
        assert [e.kind for e in state.runs[RunId("r1")].transcript].count("steer") == 1
        assert "steer" not in [e.kind for e in state.runs[RunId("r2")].transcript]
        assert standing(state, RunId("r9"), state.seq) == ()

    play(tmp_path, scene)


def test_R_E3_an_instruction_ends_at_its_time_and_who_was_told_is_told_that_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        until = stage.clock.at + timedelta(hours=1)
        await tell(stage, c, until=until)
        handled = await stage.harness.runner.handle(c)
        assert handled.next_due == until
        stage.clock.at = until
        await stage.settle(c)
        (over,) = await stage.events(c, SteeringEnded)
        assert (over.why, over.operator) == ("expired", None)
        state = await stage.harness.state(c)
        assert state.steering["s1"].over
        assert (await stage.harness.runner.handle(c)).next_due != until
        await stage.writes(WHERE, "2")
        await stage.settle(c)
        assert '\\"instruction_over\\"' in asked(stage)[-1].replace('\\\\\\"', '\\"')
        await stage.writes(f"Please refund order {ORDER}.", "3")
        await stage.settle(c)
        refund = (await stage.harness.state(c)).runs[RunId("r2")]
        assert "steer" not in [entry.kind for entry in refund.transcript], "a run that began later never heard of it"

    play(tmp_path, scene)


def test_R_E3_an_end_that_comes_second_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await tell(stage, c)
        known = (await stage.harness.state(c)).steering["s1"]
        for _ in range(2):
            event, notice = ending(known, NOTE, operator=OperatorId("sue"))
            await stage.harness.store.append(Append(c, [Draft(event, SUE)], bodies=[notice]))
        run = (await stage.harness.state(c)).runs[RunId("r1")]
        assert [entry.kind for entry in run.transcript].count("notice") == 1

    play(tmp_path, scene)


def test_R_E3_the_note_of_a_hand_back_reaches_work_that_begins_later(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.control(c, "human")
        body = new_body("comment", NOTE)
        back = ControlChanged(
            to="agent", code="handed_back", sentence="Handed back.", operator=OperatorId("sue"), comment=body.ref
        )
        await stage.harness.store.append(Append(c, [Draft(back, SUE)], bodies=[body], wake=WakeRequest()))
        stage.harness.runner.nudge(c)
        await stage.writes(f"Please refund order {ORDER}.", "2")
        await stage.settle(c)
        assert NOTE in asked(stage)[-1]
        await stage.control(c, "human")
        assert (await stage.harness.state(c)).handed_back_with is None

    play(tmp_path, scene)


def test_R_D2_a_reply_that_quotes_the_instruction_does_not_leave_and_one_that_follows_it_does(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        followed = "There are 15 percent off whatever you choose next."

        async def found(text: str) -> set[str]:
            session = Session(stage.harness.store, c, stage.clock, Remembered())
            await session.refresh()
            release = stage.harness.brand.release
            material = await gather(session, session.state, tuple(session.state.runs))
            under = context_of(material, session.state, release, language="en", now=stage.clock.at)
            return {finding.code for finding in check_reply(text, under)}

        assert "unknown_percentage" in await found(followed)
        await tell(stage, c, note="Offer 15 percent off the next order, and nothing about the carrier.")
        assert "private_note" in await found("We Offer 15 percent  off the NEXT order for you.")
        assert not {"private_note", "unknown_percentage"} & await found(followed)

    play(tmp_path, scene)


def test_R_E3_an_end_without_words_that_can_be_read_still_is_one() -> None:
    ref = new_body("comment", NOTE).ref
    known = Steering("s1", ref, 1, 1, OperatorId("sue"), None, datetime(2026, 11, 21, tzinfo=UTC))
    event, notice = ending(known, None)
    assert (event.why, json.loads(notice.text)["instruction"]) == ("expired", "")

"""Words that the channel takes back: an edit is a newer message, what was deleted is not answered (R-A6, R-A3)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.actors import Customer
from agent_core.contract.bodies import new_body
from agent_core.contract.events import EffectFinished, LookAgain, MessageDeleted, MessageEdited, ReplySent
from agent_core.contract.ids import ConversationId, message_id, name_in_channel
from agent_core.store import Append, Draft, WakeRequest
from agent_core.systems.port import Delivery, NotSent
from tests.engine.harness import ORDER, OTHER_ORDER, SECRET
from tests.engine.stage import Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"
REFUND = f"Please refund order {ORDER}."
THANKS = "Thank you!"


async def edits(stage: Stage, c: ConversationId, number: str, text: str) -> None:
    """The customer changes what they had written."""
    name = name_in_channel(c, number, secret=SECRET)
    body, raw = new_body("message", text), new_body("message_raw", text)
    event = MessageEdited(
        message=message_id(c, f"edit of {number}", secret=SECRET), replaces=None, name_in_channel=name, raw=raw.ref,
        text=body.ref, occurred_at=stage.clock.at,
    )  # fmt: skip
    await stage.harness.store.append(Append(c, [Draft(event, Customer())], bodies=[body, raw], wake=WakeRequest()))
    stage.harness.runner.nudge(c)


async def deletes(stage: Stage, c: ConversationId, number: str) -> None:
    """The customer takes back what they had written."""
    raw = new_body("message_raw", "{}")
    event = MessageDeleted(
        message=None, name_in_channel=name_in_channel(c, number, secret=SECRET), raw=raw.ref, occurred_at=stage.clock.at
    )
    await stage.harness.store.append(Append(c, [Draft(event, Customer())], bodies=[raw], wake=WakeRequest()))
    stage.harness.runner.nudge(c)


async def at_rest(stage: Stage, c: ConversationId) -> None:
    state = await stage.harness.state(c)
    assert not state.damaged
    assert not state.open
    assert not state.waiting
    assert not any(run.phase == "working" for run in state.runs.values())


def test_R_A6_a_message_that_is_edited_before_its_turn_is_answered_as_it_is_now(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await edits(stage, c, "1", WHERE)
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert OTHER_ORDER in stage.texts()[0]
        assert ORDER not in stage.texts()[0]
        assert not (await stage.harness.state(c)).proposals
        await at_rest(stage, c)

    play(tmp_path, scene)


@pytest.mark.parametrize("purpose", ["triage", "run", "compose"])
def test_R_A3_an_edit_during_a_model_call_stops_it_and_one_reply_answers_the_newer_words(
    tmp_path: Path, purpose: str
) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold(purpose)
        c = await stage.writes(f"{WHERE} {REFUND}" if purpose == "compose" else WHERE, "1")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await edits(stage, c, "1", f"Where is order {ORDER}?")
        await looking
        await stage.settle(c)
        assert stage.model.cancelled == 1
        assert len(stage.texts()) == 1
        assert ORDER in stage.texts()[0]
        await at_rest(stage, c)

    play(tmp_path, scene)


def test_R_A6_an_edit_after_the_answer_is_a_newer_message(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await edits(stage, c, "1", f"Where is order {ORDER}?")
        await stage.settle(c)
        assert len(stage.texts()) == 2
        assert ORDER in stage.texts()[1]
        await at_rest(stage, c)

    play(tmp_path, scene)


@pytest.mark.parametrize("purpose", ["triage", "run"])
def test_R_A6_what_is_deleted_during_a_model_call_is_not_answered(tmp_path: Path, purpose: str) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold(purpose)
        c = await stage.writes(WHERE, "1")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await deletes(stage, c, "1")
        await looking
        await stage.settle(c)
        assert stage.texts() == []
        assert stage.model.cancelled == 1
        assert "superseded" in [e.outcome for e in await stage.events(c, EffectFinished)]
        await at_rest(stage, c)
        await stage.writes(f"Where is order {ORDER}?", "2")
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert ORDER in stage.texts()[0]
        await at_rest(stage, c)

    play(tmp_path, scene)


def test_R_A6_of_two_messages_the_one_that_is_left_is_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold("run")
        c = await stage.writes(REFUND, "1")
        await stage.writes(WHERE, "2")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await deletes(stage, c, "1")
        await looking
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert OTHER_ORDER in stage.texts()[0]
        assert ORDER not in stage.texts()[0]
        state = await stage.harness.state(c)
        assert not state.open_proposals()
        await at_rest(stage, c)

    play(tmp_path, scene)


def test_R_A3_a_draft_whose_question_was_deleted_never_leaves(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def taken_back(text: str) -> Delivery | None:
            stage.harness.channel.before = None
            await deletes(stage, c, "1")
            return NotSent("busy", "It is busy.", transient=True)

        stage.harness.channel.before = taken_back
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert stage.texts() == []
        assert await stage.events(c, ReplySent) == []
        await at_rest(stage, c)

    play(tmp_path, scene)


def test_R_A6_what_was_answered_stays_answered_when_it_is_deleted(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        asked = len(stage.model.requests)
        await deletes(stage, c, "1")
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert len(stage.model.requests) == asked
        await at_rest(stage, c)

    play(tmp_path, scene)


def test_R_C5_an_approval_whose_message_is_taken_back_must_be_looked_at_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await deletes(stage, c, "1")
        await stage.settle(c)
        assert await stage.events(c, LookAgain), "the card was shown before"
        assert stage.harness.refunds() == []

    play(tmp_path, scene)


def test_R_A6_an_edit_or_a_deletion_that_arrives_before_its_message_counts(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(THANKS, "0")
        await stage.settle(c)
        said = len(stage.texts())
        await edits(stage, c, "1", WHERE)
        await deletes(stage, c, "2")
        await stage.writes(REFUND, "1")
        await stage.writes(REFUND, "2")
        await stage.settle(c)
        assert len(stage.texts()) == said + 1
        assert OTHER_ORDER in stage.texts()[-1]
        assert not (await stage.harness.state(c)).proposals
        await at_rest(stage, c)

    play(tmp_path, scene)


def test_R_A6_a_message_told_under_two_events_is_answered_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        name = name_in_channel(c, "1", secret=SECRET)
        first = next(m for m in (await stage.harness.state(c)).messages)
        assert first.name_in_channel == name
        await stage.settle(c)
        log = await stage.harness.log(c)
        again = next(r.event for r in log if r.event.type == "message_received").model_copy(
            update={"message": message_id(c, "another event", secret=SECRET)}
        )
        await stage.harness.store.append(Append(c, [Draft(again, Customer())], wake=WakeRequest()))
        await stage.settle(c)
        assert len(stage.texts()) == 1

    play(tmp_path, scene)

"""Known damage of a transcript is healed by a run that goes on in its place, and recorded; nothing is done again (R-A8)."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import (
    AskRaised,
    ControlChanged,
    Quarantined,
    RunContinuedAs,
    TranscriptHealed,
)
from agent_core.contract.ids import ConversationId, RunId
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import Instance
from tests.engine.harness import CORE, ORDER, OTHER_ORDER, QUICK
from tests.engine.poisoned import SAID, STORED, Poison, answer, erased, sampled, stored, tampered, written
from tests.engine.stage import Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"


@pytest.fixture(autouse=True)
def quiet(expected_logs: Any) -> None:
    """Healing is logged."""
    expected_logs("agent_core.engine", "transcript_healed|transcript_unreadable|request_not_valid", required=False)


def anew(stage: Stage) -> None:
    """A worker that remembers nothing."""
    stage.harness.runner = Runner(
        stage.harness.store, stage.harness.brands, stage.harness, instance=Instance(CORE, "test"), clock=stage.clock,
        deadlines=QUICK,
    )  # fmt: skip


async def healed(stage: Stage, c: ConversationId, head: str) -> TranscriptHealed:
    """The one healing of a conversation, which goes on."""
    (event,) = await stage.events(c, TranscriptHealed)
    assert any(each.partition(":")[0] == head for each in event.diagnoses), event.diagnoses
    continued = [e for e in await stage.events(c, RunContinuedAs) if e.run == event.run]
    assert [(e.successor, e.code) for e in continued] == [(event.successor, "repaired")]
    assert await stage.events(c, Quarantined) == []
    state = await stage.harness.state(c)
    assert not state.damaged
    assert state.control == "agent"
    return event


@pytest.mark.parametrize("poison", sampled(SAID, 3))
def test_R_A8_what_a_model_said_and_the_api_would_refuse_is_healed_before_the_next_request(
    tmp_path: Path, poison: Poison
) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [answer(poison)]
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        event = await healed(stage, c, poison.head)
        read = [name for name, _ in stage.harness.tools.calls if name == "get_order"]
        assert len(read) == 1  # what was read is told, not read again
        assert [OTHER_ORDER in text for text in stage.texts()] == [True]
        await stage.writes(f"And again: {WHERE}", "2")
        await stage.settle(c)
        assert len(stage.texts()) == 2
        assert len(await stage.events(c, TranscriptHealed)) == 1
        assert (await stage.harness.state(c)).runs[event.run].phase == "withdrawn"

    play(tmp_path, scene)


@pytest.mark.parametrize("poison", sampled(STORED, 3))
def test_R_A8_a_stored_message_that_no_request_may_hold_is_healed_and_the_next_message_answered(
    tmp_path: Path, poison: Poison
) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        other = await stage.writes(WHERE, "other", thread="thread_2")
        await stage.settle(c)
        await stage.settle(other)
        before = await stage.harness.log(other)
        await stored(stage, c, written(poison))
        await stage.writes(f"And again: {WHERE}", "2")
        await stage.settle(c)
        await healed(stage, c, poison.head)
        assert len(stage.texts()) == 3
        assert stage.harness.refunds() == []
        assert await stage.harness.log(other) == before

    play(tmp_path, scene)


@pytest.mark.parametrize("text", ["", "not json", '{"type":"text"}', '"hello"', "null"])
def test_R_A8_a_stored_message_that_is_no_content_at_all_is_healed(tmp_path: Path, text: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stored(stage, c, text)
        await stage.writes(f"And again: {WHERE}", "2")
        await stage.settle(c)
        await healed(stage, c, "transcript_unreadable")
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


@pytest.mark.parametrize("how", [erased, pytest.param(tampered, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["context", "input", "assistant", "result", "sent"])
def test_R_A8_a_body_that_cannot_be_read_any_more_is_left_behind_by_name(tmp_path: Path, how: Any, kind: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        run = (await stage.harness.state(c)).runs[RunId("r1")]
        await asyncio.to_thread(how, stage.harness.folder, next(e.body for e in run.transcript if e.kind == kind))
        anew(stage)
        await stage.writes(f"And again: {WHERE}", "2")
        await stage.settle(c)
        await healed(stage, c, "transcript_unreadable")
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


def test_R_A8_healing_never_makes_a_write_again_and_keeps_what_waits_for_a_person(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        (waits,) = (await stage.harness.state(c)).open_proposals()
        await stored(stage, c, written(STORED[0]))
        await stage.writes("Is it done?", "2")
        await stage.settle(c)
        event = await healed(stage, c, "dangling_tool_use")
        state = await stage.harness.state(c)
        (still,) = state.open_proposals()
        assert still.proposal == waits.proposal
        assert state.runs[event.successor].phase == "awaiting_approval"
        assert stage.harness.refunds() == []
        await stage.harness.decide(c)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1
        assert [name for name, _ in stage.harness.tools.calls].count("refund_payment") == 1
        assert "refunded" in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_A8_damage_that_comes_back_after_each_healing_is_held_with_its_name(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        release = stage.harness.brand.release
        c = await stage.writes(WHERE, "1")
        # The name of the model's tools is damaged itself: no successor of a run could be sent either.
        stage.harness.brand = replace(stage.harness.brand, names=_NoName())
        stage.harness.brands.at_work = stage.harness.brand
        await stage.settle(c)
        (held,) = await stage.events(c, Quarantined)
        assert (held.cause, held.run) == ("request", None)
        (ask,) = await stage.events(c, AskRaised)
        assert ask.ask.kind == "quarantine"
        assert release.text("quarantine", "en") in stage.texts()[0]
        assert [e.to for e in await stage.events(c, ControlChanged)] == ["quarantined"]

    play(tmp_path, scene)


class _NoName:
    """Models without a name: every request is refused by our own check."""

    def resolve(self, alias: str) -> str:
        return ""

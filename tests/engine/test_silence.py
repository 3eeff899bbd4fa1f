"""Silence is an event: a follow-up, then the end with its reason, and never while anything waits for somebody (R-A4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.actors import System
from agent_core.contract.events import AskResolved, ControlChanged, CustomerSilent, ReplyDrafted, ReplySent, RunOpened
from agent_core.contract.ids import ConversationId
from agent_core.engine.pace import rules_of
from agent_core.store import Append, Draft
from agent_core.systems.port import Delivery, NotSent, ToolResult
from agent_core.workflows.brand import Closing, Silence
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play

DAY = 86_400
ASKS = "Please refund my order."
WHERE = f"Where is order {OTHER_ORDER}?"
REFUND = f"Please refund order {ORDER}."
TEXT = {"en": "Are you still there?", "de": "Bist du noch da?"}
TWICE = Silence(follow_up_s=3600, follow_ups=2, text=TEXT, close_s=7200)


def closing(stage: Stage, **rules: Any) -> None:
    """The brand closes like this from now on."""
    release = stage.harness.brand.release
    brand = release.content.brand.model_copy(update={"closing": Closing(in_opening_hours=False, **rules)})
    made = Release.of(release.content.model_copy(update={"brand": brand}))
    stage.harness.brands.activate(replace(stage.harness.brand, release=made))


async def ends(stage: Stage, c: ConversationId) -> list[str]:
    return [e.code for e in await stage.events(c, ControlChanged) if e.to == "closed"]


def test_R_A4_who_does_not_answer_is_asked_again_and_then_the_conversation_closes_as_silent(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, asked=TWICE)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        said = len(stage.texts())
        await stage.settle(c, within=DAY)
        assert [e.number for e in await stage.events(c, CustomerSilent)] == [1, 2]
        follow_ups = stage.harness.channel.sent()[said:]
        assert [by for _, by in follow_ups] == ["system", "system"]
        assert all(TEXT["en"] in text for text, _ in follow_ups)
        assert await ends(stage, c) == ["silent"]
        assert (await stage.harness.runner.handle(c)).next_due is None
        log = await stage.harness.log(c)
        sent = [r for r in log if isinstance(r.event, ReplySent)]
        assert all(isinstance(r.actor, System) for r in sent[said:]), "nobody's work"
        closed = next(r for r in log if isinstance(r.event, ControlChanged) and r.event.to == "closed")
        assert closed.at - sent[-1].at == timedelta(seconds=7200)
        assert sent[-1].at - sent[-2].at == timedelta(seconds=3600)

    play(tmp_path, scene)


def test_R_A4_a_message_ends_the_silence_and_the_count_begins_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, asked=TWICE)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c, within=3700)
        assert len(await stage.events(c, CustomerSilent)) == 1
        await stage.writes("And where is my parcel?", "2")
        await stage.settle(c)
        assert (await stage.harness.state(c)).follow_ups == 0
        assert await ends(stage, c) == []
        await stage.settle(c, within=3700)
        assert [e.number for e in await stage.events(c, CustomerSilent)] == [1, 1]

    play(tmp_path, scene)


def test_R_A4_a_message_while_the_follow_up_is_about_to_leave_takes_its_place(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, asked=TWICE)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        said = len(stage.texts())

        async def busy(text: str) -> Delivery | None:
            stage.harness.channel.before = None
            await stage.writes(f"It is {ORDER}", "2")
            return NotSent("busy", "It is busy.", transient=True)

        stage.harness.channel.before = busy
        await stage.settle(c, within=3700)
        assert not any(TEXT["en"] in text for text in stage.texts()[said:]), "the follow-up left after the answer"
        assert ORDER in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_A4_what_was_answered_closes_as_resolved_without_a_word(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, resolved=Silence(close_s=3600))
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=DAY)
        assert len(stage.texts()) == 1
        assert await ends(stage, c) == ["resolved"]

    play(tmp_path, scene)


def test_R_A4_what_a_person_declined_closes_as_declined(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, resolved=Silence(close_s=7200), declined=Silence(close_s=3600))
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await stage.harness.decide(c, "deny", reason="No.")
        await stage.settle(c, within=7000)
        assert await ends(stage, c) == ["declined"]

    play(tmp_path, scene)


def test_R_A4_what_waits_for_somebody_never_closes(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        short = Silence(close_s=60)
        closing(stage, asked=short, resolved=short, declined=short)
        c = await stage.writes(REFUND, "1")
        await stage.settle(c, within=3600)
        state = await stage.harness.state(c)
        assert state.open_proposals(), "a person still has to decide"
        assert await ends(stage, c) == []

    play(tmp_path, scene)


@pytest.mark.parametrize("control", ["human", "awaiting_human", "quarantined"])
def test_R_A4_what_people_have_never_closes_by_itself(tmp_path: Path, control: Any) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, resolved=Silence(close_s=60))
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.control(c, control)
        await stage.settle(c, within=10 * DAY)
        assert await ends(stage, c) == []

    play(tmp_path, scene)


def test_after_a_hand_back_silence_counts_from_then(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, resolved=Silence(close_s=3600))
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.control(c, "human")
        stage.clock.forward(days=2)
        await stage.control(c, "agent")
        await stage.settle(c, within=3000)
        assert await ends(stage, c) == []
        await stage.settle(c, within=3700)
        assert await ends(stage, c) == ["resolved"]

    play(tmp_path, scene)


def test_while_the_brand_is_stopped_nobody_is_followed_up_and_nothing_closes(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, asked=TWICE)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        await stage.paused(c, paused=True)
        await stage.settle(c, within=DAY)
        stage.clock.forward(days=3)
        await stage.settle(c)
        assert await stage.events(c, CustomerSilent) == []
        await stage.paused(c, paused=False)
        await stage.settle(c)
        assert len(await stage.events(c, CustomerSilent)) == 1, "late rather than never, and once"

    play(tmp_path, scene)


def test_R_A4_follow_ups_and_ends_wait_until_people_work(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, asked=Silence(follow_up_s=3600, follow_ups=1, text=TEXT, close_s=3600))
        release = stage.harness.brands.at_work.release
        brand = release.content.brand
        awake = brand.model_copy(update={"closing": brand.closing.model_copy(update={"in_opening_hours": True})})
        made = Release.of(release.content.model_copy(update={"brand": awake}))
        stage.harness.brands.activate(replace(stage.harness.brand, release=made))
        c = await stage.writes(ASKS, "1")  # a Saturday morning
        await stage.settle(c)
        await stage.settle(c, within=3 * DAY)
        silent = [r for r in await stage.harness.log(c) if isinstance(r.event, CustomerSilent | ControlChanged)]
        hours = rules_of(made).closing.hours
        assert hours is not None
        assert len(silent) == 2
        assert all(hours.is_open(r.at) for r in silent)
        assert silent[0].at.weekday() == 0

    play(tmp_path, scene)


async def _resolve_asks(stage: Stage, c: ConversationId) -> None:
    state = await stage.harness.state(c)
    words = "Done."
    for known in state.asks.values():
        if not known.resolved:
            await stage.person(
                c, AskResolved(ask=known.ask.id, verb="resolve", by="person", code="resolved", sentence=words)
            )


def test_a_closed_conversation_that_is_opened_again_does_not_go_back_to_people_by_itself(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, resolved=Silence(close_s=60))
        c = await stage.writes("I will sue you, my lawyer writes tomorrow!", "1")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        await _resolve_asks(stage, c)
        await stage.control(c, "human")
        await stage.control(c, "closed")
        handed = len([e for e in await stage.events(c, ControlChanged) if e.to == "awaiting_human"])
        opened = len(await stage.events(c, RunOpened))
        again = ControlChanged(to="agent", code="customer_wrote_again", sentence="The customer wrote again.")
        await stage.harness.store.append(Append(c, [Draft(again, System(part="inbound"))]))
        await stage.writes(WHERE, "3")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.control == "agent"
        assert len([e for e in await stage.events(c, ControlChanged) if e.to == "awaiting_human"]) == handed
        assert len(await stage.events(c, RunOpened)) == opened + 1, "a fresh turn"
        assert OTHER_ORDER in stage.texts()[-1]

    play(tmp_path, scene)


def test_what_people_had_before_the_end_is_worked_on_afresh_when_the_customer_asks_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def down(name: str, perform: Callable[[], ToolResult]) -> ToolResult:
            return ToolResult("failed", code="down", sentence="It is down.")

        stage.harness.tools.around = down
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        stage.harness.tools.around = None
        state = await stage.harness.state(c)
        assert [run.phase for run in state.runs.values()] == ["escalated"]
        await _resolve_asks(stage, c)
        await stage.control(c, "closed")
        again = ControlChanged(to="agent", code="customer_wrote_again", sentence="The customer wrote again.")
        await stage.harness.store.append(Append(c, [Draft(again, System(part="inbound"))]))
        await stage.writes(REFUND, "2")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.control == "agent"
        assert [p.open for p in state.open_proposals()] == [True], "proposed anew"

    play(tmp_path, scene)


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_R_A4_a_clock_that_jumps_neither_loses_nor_repeats_a_follow_up(tmp_path: Path, jump: int) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, asked=Silence(follow_up_s=7200, follow_ups=1, text=TEXT, close_s=7200))
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        stage.clock.forward(seconds=jump)
        await stage.settle(c, within=3 * 7200)
        stage.clock.forward(seconds=-jump)
        await stage.settle(c, within=DAY)
        assert len(await stage.events(c, CustomerSilent)) == 1
        assert await ends(stage, c) == ["silent"]

    play(tmp_path, scene)


def test_R_A4_timers_are_in_the_log_alone_so_a_restart_changes_nothing(tmp_path: Path) -> None:
    conversation: list[ConversationId] = []

    async def before(stage: Stage) -> None:
        closing(stage, asked=TWICE)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c, within=3700)
        conversation.append(c)

    async def after(stage: Stage) -> None:
        closing(stage, asked=TWICE)
        c = conversation[0]
        assert [e.number for e in await stage.events(c, CustomerSilent)] == [1]
        await stage.settle(c, within=DAY)
        assert [e.number for e in await stage.events(c, CustomerSilent)] == [1, 2]
        assert await ends(stage, c) == ["silent"]

    play(tmp_path, before)
    play(tmp_path, after)


def test_a_follow_up_covers_nothing_a_run_has_said(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        closing(stage, asked=TWICE)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c, within=3700)
        drafted: list[ReplyDrafted] = await stage.events(c, ReplyDrafted)
        assert drafted[-1].covers == ()
        assert drafted[-1].made_by == "fixed_text"

    play(tmp_path, scene)

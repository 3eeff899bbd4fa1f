"""Nobody looked, nobody decided: it is on record once, becomes more urgent, is never executed (R-A4, R-E4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import (
    AskBreached,
    AskClaimed,
    AskRaised,
    AskReleased,
    EffectStarted,
    ProposalSettled,
)
from agent_core.contract.ids import ConversationId, OperatorId
from agent_core.conversation.breaches import next_breach
from agent_core.conversation.state import AskState
from agent_core.engine.placing import place, raised_again
from agent_core.workflows.brand import BrandConfig, Queue
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, northwind
from tests.engine.stage import Stage, play

REFUND = f"Please refund order {ORDER}."
LATER = "still waiting for a colleague"
QUEUES = (
    Queue(name="priority", title="Priority", priority=0, first_look_s=300, answer_s=600),
    Queue(name="billing", title="Billing", priority=2, first_look_s=900, answer_s=1200),
    Queue(name="standard", title="Standard", priority=4, first_look_s=600, answer_s=1800),
)


def queues(stage: Stage, *wanted: Queue) -> None:
    """The brand has these queues from now on; everything waits in the last of them first."""
    release = stage.harness.brand.release
    brand = release.content.brand
    routing = brand.routing.model_copy(update={"queues": {"default": wanted[-1].name}})
    changed = brand.model_copy(update={"queues": wanted, "routing": routing})
    made = Release.of(release.content.model_copy(update={"brand": changed}))
    stage.harness.brands.activate(replace(stage.harness.brand, release=made))


async def the_ask(stage: Stage, c: ConversationId) -> AskState:
    return next(iter((await stage.harness.state(c)).asks.values()))


async def story(stage: Stage, c: ConversationId) -> list[tuple[str, str, bool]]:
    """What was missed about the approval, in which queue, and whether the customer was told."""
    found: list[tuple[str, str, bool]] = []
    queue = ""
    approval = (await the_ask(stage, c)).ask.id
    for event in await stage.events(c, AskBreached, AskRaised):
        if isinstance(event, AskBreached):
            if event.ask == approval:
                found.append((event.what, queue, event.told))
        elif event.ask.kind == "approval":
            queue = str(event.ask.queue)
    return found


def test_R_A4_an_undecided_approval_climbs_from_queue_to_queue_and_is_never_executed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        queues(stage, *QUEUES)
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        began = stage.clock.at
        assert next_breach(await stage.harness.state(c), await the_ask(stage, c)) == began + timedelta(seconds=600)
        await stage.settle(c, within=3 * 3600)
        assert await story(stage, c) == [
            ("first_look", "standard", False),
            ("answer", "standard", True),
            ("first_look", "billing", False),
            ("answer", "billing", False),
            ("first_look", "priority", False),
            ("answer", "priority", False),
        ]
        known = await the_ask(stage, c)
        assert (known.ask.queue, known.ask.priority) == ("priority", 0)
        assert sum(LATER in text for text in stage.texts()) == 1, "the customer is told once"
        assert [by for text, by in stage.harness.channel.sent() if LATER in text] == ["system"]
        await stage.settle(c, within=5 * 3600)
        settled: list[ProposalSettled] = await stage.events(c, ProposalSettled)
        assert [(e.outcome, e.by) for e in settled] == [("expired", "timeout")]
        assert not [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]
        assert stage.harness.refunds() == []

    play(tmp_path, scene)


def test_R_E4_who_claims_in_time_has_looked_and_who_decides_in_time_has_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        queues(stage, *QUEUES)
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        ask = (await the_ask(stage, c)).ask.id
        until = stage.clock.at + timedelta(minutes=2)
        await stage.person(c, AskClaimed(ask=ask, operator=OperatorId("sue"), until=until))
        await stage.settle(c, within=700)
        assert await story(stage, c) == []
        await stage.harness.decide(c, undo=timedelta(days=1))
        await stage.settle(c, within=3 * 3600)
        assert await story(stage, c) == [], "what waits now is only the undo time"

    play(tmp_path, scene)


def test_a_holder_stays_on_an_ask_that_goes_to_a_higher_queue(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        queues(stage, *QUEUES)
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        ask = (await the_ask(stage, c)).ask.id
        until = stage.clock.at + timedelta(hours=1)
        await stage.person(c, AskClaimed(ask=ask, operator=OperatorId("sue"), until=until))
        await stage.settle(c, within=1900)
        known = await the_ask(stage, c)
        assert (known.ask.queue, known.holder, known.looked, known.breached) == ("billing", "sue", True, ())
        await stage.person(c, AskReleased(ask=ask, operator=OperatorId("sue")))
        await stage.settle(c, within=60)
        assert (await the_ask(stage, c)).looked

    play(tmp_path, scene)


def test_R_A4_clocks_run_while_the_brand_is_stopped_and_while_people_have_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        queues(stage, *QUEUES)
        c = await stage.writes("I will sue you, my lawyer writes tomorrow!", "1")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "awaiting_human"
        await stage.paused(c, paused=True)
        await stage.settle(c, within=3600)
        assert [e.what for e in await stage.events(c, AskBreached)][:2] == ["first_look", "answer"]
        assert not any(LATER in text for text in stage.texts()), "who was handed over was told so already"

    play(tmp_path, scene)


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_R_A4_a_clock_that_jumps_back_and_forth_repeats_no_breach(tmp_path: Path, jump: int) -> None:
    async def scene(stage: Stage) -> None:
        queues(stage, *QUEUES)
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        for _ in range(3):
            stage.clock.forward(seconds=jump)
            await stage.settle(c, within=60)
            stage.clock.forward(seconds=-jump)
            await stage.settle(c, within=60)
        await stage.settle(c, within=5 * 3600)
        missed = [(what, queue) for what, queue, _ in await story(stage, c)]
        assert len(missed) == len(set(missed))
        assert {queue for _, queue in missed} == {"standard", "billing", "priority"}

    play(tmp_path, scene)


def _brand(**queue: Any) -> BrandConfig:
    brand = northwind().content.brand
    made = Queue(name="standard", title="Standard", priority=4, **queue)
    routing = brand.routing.model_copy(update={"queues": {"default": "standard"}})
    return brand.model_copy(update={"queues": (made,), "routing": routing})


def test_R_E4_clocks_count_in_opening_hours_where_the_queue_says_so() -> None:
    friday = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)  # 15:30 in Berlin; they close at 16:00
    awake = place(_brand(first_look_s=3600, answer_s=7200, in_opening_hours=True), "x", friday)
    assert awake.look_by == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert awake.answer_by == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    always = place(_brand(first_look_s=3600), "x", friday)
    assert (always.look_by, always.answer_by) == (friday + timedelta(hours=1), None)


def test_R_E4_a_night_in_which_the_clocks_change_moves_no_deadline_of_the_morning() -> None:
    saturday = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    due = place(_brand(first_look_s=3600, in_opening_hours=True), "x", saturday).look_by
    assert due == datetime(2026, 3, 30, 7, 0, tzinfo=UTC), "09:00 in Berlin, where it is summer now"


def test_above_the_first_queue_an_ask_only_becomes_more_urgent(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        queues(stage, QUEUES[0])
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        ask = (await the_ask(stage, c)).ask
        again = raised_again(ask, stage.harness.brands.at_work.release.brand, stage.clock.at, higher=True)
        assert again == ask.model_copy(update={"priority": ask.priority - 1})

    play(tmp_path, scene)

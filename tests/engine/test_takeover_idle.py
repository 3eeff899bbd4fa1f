"""Who takes a conversation over and then does nothing is an ask to the team, and then no longer has it (R-A4, R-E3)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.actors import Person, System
from agent_core.contract.bodies import new_body
from agent_core.contract.events import AskClaimed, AskRaised, AskResolved, ControlChanged, MessageReceived
from agent_core.contract.ids import ConversationId, OperatorId, message_id
from agent_core.conversation.idle import IDLE
from agent_core.conversation.state import AskState
from agent_core.store import Append, Draft, WakeRequest
from agent_core.workflows.release import Release
from tests.engine.harness import OTHER_ORDER, SECRET
from tests.engine.stage import Stage, play

SPAN = 900
WHERE = f"Where is order {OTHER_ORDER}?"


def returning(stage: Stage) -> None:
    """The brand says that what nobody works on is the agent's again."""
    release = stage.harness.brand.release
    timing = release.brand.timing.model_copy(update={"takeover_idle": "agent"})
    brand = release.content.brand.model_copy(update={"timing": timing})
    made = Release.of(release.content.model_copy(update={"brand": brand}))
    stage.harness.brands.activate(replace(stage.harness.brand, release=made))


async def passes(stage: Stage, c: ConversationId, seconds: float) -> None:
    """So much time, with a look whenever something is due."""
    ends = stage.clock() + timedelta(seconds=seconds)
    await stage.settle(c, within=seconds)
    stage.clock.at = ends
    await stage.settle(c, within=0)


async def taken_over(stage: Stage) -> ConversationId:
    """A customer was answered, writes again, and a person takes over before the agent has looked."""
    c = await stage.writes(WHERE, "1")
    await stage.settle(c)
    await stage.control(c, "human")
    await stage.writes("And another question.", "2")
    return c


async def reminders(stage: Stage, c: ConversationId) -> list[AskState]:
    return [known for known in (await stage.harness.state(c)).asks.values() if known.ask.code == IDLE]


async def control(stage: Stage, c: ConversationId) -> str:
    return (await stage.harness.state(c)).control


def test_R_A4_the_team_is_asked_first_and_then_the_conversation_waits_for_whoever_comes(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await taken_over(stage)
        said = stage.texts()
        await passes(stage, c, SPAN - 1)
        assert await reminders(stage, c) == []
        await passes(stage, c, 2)
        (reminder,) = await reminders(stage, c)
        assert reminder.ask.queue is not None
        assert not reminder.resolved
        assert await control(stage, c) == "human", "a reminder takes nothing away"
        await passes(stage, c, SPAN + 1)
        assert await control(stage, c) == "awaiting_human"
        (reminder,) = await reminders(stage, c)
        assert not reminder.resolved, "the ask stays until somebody comes"
        await passes(stage, c, 10 * SPAN)
        assert stage.texts() == said, "the agent says nothing here"
        changes = [r for r in await stage.harness.log(c) if isinstance(r.event, ControlChanged) and r.event.code == IDLE]
        assert len(changes) == 1
        assert isinstance(changes[0].actor, System)

    play(tmp_path, scene)


def test_R_A4_only_where_the_brand_says_so_the_agent_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        returning(stage)
        c = await taken_over(stage)
        said = len(stage.texts())
        await passes(stage, c, 2 * SPAN + 1)
        assert await control(stage, c) == "agent"
        assert all(known.resolved for known in await reminders(stage, c))
        await stage.settle(c)
        assert len(stage.texts()) > said, "what the customer wrote meanwhile is worked on"

    play(tmp_path, scene)


def test_R_A4_who_took_over_and_never_said_anything_is_idle_also_when_the_customer_wrote_no_more(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.control(c, "human")
        await passes(stage, c, SPAN + 1)
        assert len(await reminders(stage, c)) == 1

    play(tmp_path, scene)


def test_R_A4_who_answered_is_not_idle_until_the_customer_writes_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await taken_over(stage)
        await passes(stage, c, SPAN + 1)
        await stage.says(c, "I am on it.")
        await passes(stage, c, 20 * SPAN)
        (reminder,) = await reminders(stage, c)
        assert reminder.resolved
        over = (await stage.events(c, AskResolved))[-1]
        assert (over.by, over.code) == ("code", "colleague_is_back")
        assert await control(stage, c) == "human"
        await stage.writes("Are you there?", "3")
        await passes(stage, c, SPAN - 1)
        assert len(await reminders(stage, c)) == 1
        await stage.writes("Hello?", "4")
        await passes(stage, c, 2)
        assert len(await reminders(stage, c)) == 2, "counted from the first words that nobody answered"
        await passes(stage, c, SPAN + 1)
        assert await control(stage, c) == "awaiting_human"

    play(tmp_path, scene)


def test_R_A4_work_on_an_ask_of_the_conversation_counts_as_work(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Please refund order NW-10023.", "1")
        await stage.settle(c)
        await stage.control(c, "human")
        approval = next(iter((await stage.harness.state(c)).asks))
        for _ in range(4):
            await passes(stage, c, SPAN - 1)
            stage.clock.forward(seconds=60)
            until = stage.clock().replace(microsecond=0)
            await stage.person(c, AskClaimed(ask=approval, operator=OperatorId("sue"), until=until))
        assert await reminders(stage, c) == []

    play(tmp_path, scene)


def test_R_A4_whoever_says_that_the_reminder_needs_nothing_gives_them_as_long_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await taken_over(stage)
        await passes(stage, c, SPAN + 1)
        ask = (await reminders(stage, c))[0].ask.id
        seen = AskResolved(ask=ask, verb="resolve", by="person", operator=OperatorId("leo"), code="seen", sentence="Seen.")
        await stage.person(c, seen)
        await passes(stage, c, SPAN - 2)
        assert all(known.resolved for known in await reminders(stage, c))
        await passes(stage, c, SPAN)
        assert [known.resolved for known in await reminders(stage, c)] == [True, False]
        assert await control(stage, c) == "human"

    play(tmp_path, scene)


def test_R_A4_a_colleague_who_wrote_in_the_channel_itself_and_left_is_noticed_too(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.control(c, "human")
        text, raw = new_body("message", "I will look."), new_body("message_raw", "I will look.")
        spoke = MessageReceived(
            message=message_id(c, "p1", secret=SECRET),
            author="person",
            text=text.ref,
            raw=raw.ref,
            occurred_at=stage.clock(),
        )
        await stage.harness.store.append(Append(c, [Draft(spoke, Person())], bodies=[text, raw], wake=WakeRequest()))
        await passes(stage, c, 5 * SPAN)
        assert await reminders(stage, c) == [], "they answered, and the customer wrote no more"
        await stage.writes("Still there?", "2")
        await passes(stage, c, 2 * SPAN + 1)
        assert await control(stage, c) == "awaiting_human"

    play(tmp_path, scene)


@pytest.mark.parametrize("pause", [False, True])
def test_R_A4_it_is_a_stored_moment_that_a_restart_and_a_stop_change_nothing_about(tmp_path: Path, pause: bool) -> None:
    async def first(stage: Stage) -> None:
        c = await taken_over(stage)
        await stage.settle(c)
        found.append((c, (await stage.harness.runner.handle(c)).next_due))

    async def second(stage: Stage) -> None:
        c, due = found[0]
        if pause:
            await stage.paused(c, paused=True)
        assert (await stage.harness.runner.handle(c)).next_due == due
        stage.clock.forward(days=3)
        await stage.settle(c, within=0)
        assert len([e for e in await stage.events(c, AskRaised) if e.ask.code == IDLE]) == 1
        assert await control(stage, c) == "awaiting_human", "both moments have passed"

    found: list[Any] = []
    play(tmp_path, first)
    play(tmp_path, second)

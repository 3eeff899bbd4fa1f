"""One workflow is stopped and the others of a conversation go on; resumed, it goes on from where it stood (R-M3, R-E4)."""

import asyncio
from pathlib import Path

from agent_core.contract.events import (
    AskRaised,
    AskResolved,
    EffectFinished,
    EffectStarted,
    ProposalSettled,
    Proposed,
    ReplyDrafted,
    ReplySent,
)
from agent_core.contract.ids import ConversationId
from agent_core.conversation.paused import WORKFLOW_STOPPED
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, outcomes, play
from tests.engine.test_reply_stopped import Line

REFUND = f"Please refund order {ORDER}."
WHERE = f"Where is order {OTHER_ORDER}?"
BOTH = f"{REFUND} {WHERE}"
REFUNDS, TRACKING = "refund_order", "where_is_my_order"
A_COLLEAGUE = "A colleague will look at this personally"
THE_REST = "A colleague takes care of the rest of your message"


async def workflows_started(stage: Stage, c: ConversationId) -> set[str]:
    """The workflows of which any effect was started."""
    runs = (await stage.harness.state(c)).runs
    return {runs[e.run].workflow for e in await stage.events(c, EffectStarted) if e.run is not None}


async def asks(stage: Stage, c: ConversationId) -> list[bool]:
    """Every ask about a stopped workflow, and whether it is over."""
    state = await stage.harness.state(c)
    return [known.resolved for known in state.asks.values() if known.ask.code == WORKFLOW_STOPPED]


async def pause(stage: Stage, c: ConversationId, *, paused: bool, workflow: str = REFUNDS) -> None:
    await stage.paused_workflow(c, workflow, paused=paused)


async def stopped(stage: Stage) -> ConversationId:
    """Somebody wants money back, and the workflow for that is stopped: people are asked."""
    c = await stage.writes(REFUND, "1")
    await pause(stage, c, paused=True)
    await stage.settle(c, within=60)
    return c


def test_R_M3_of_two_intents_the_other_one_is_answered_and_the_stopped_one_waits_for_people(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(BOTH, "1")
        await pause(stage, c, paused=True)
        await stage.settle(c, within=600)
        (text,) = stage.texts()
        assert OTHER_ORDER in text
        assert THE_REST in text
        assert await workflows_started(stage, c) == {TRACKING}
        assert await asks(stage, c) == [False]
        assert (await stage.harness.state(c)).control == "agent"
        assert await stage.events(c, Proposed) == []
        await pause(stage, c, paused=False)
        await stage.settle(c)
        assert await asks(stage, c) == [True]
        assert len(stage.texts()) == 2
        assert len(await stage.events(c, Proposed)) == 1
        await stage.harness.decide(c)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_M3_a_message_for_a_stopped_workflow_alone_hears_that_a_person_comes_back_and_people_are_asked(
    tmp_path: Path,
) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await pause(stage, c, paused=True)
        await stage.settle(c, within=600)
        (text,) = stage.texts()
        assert A_COLLEAGUE in text
        assert await workflows_started(stage, c) == set()
        await stage.settle(c, within=3600)
        assert len(stage.texts()) == 1, "once for a message"
        assert await asks(stage, c) == [False]
        await stage.writes("Hello?", "2")
        await stage.settle(c, within=600)
        assert await workflows_started(stage, c) == set()

    play(tmp_path, scene)


def test_R_M3_other_workflows_and_other_brands_do_not_notice(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await pause(stage, c, paused=True)
        await stage.settle(c)
        assert OTHER_ORDER in stage.texts()[0]
        assert THE_REST not in stage.texts()[0]
        assert await asks(stage, c) == []

    play(tmp_path, scene)


def test_R_M3_what_was_approved_waits_while_its_workflow_is_stopped_and_is_done_once_it_is_resumed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await pause(stage, c, paused=True)
        await stage.harness.decide(c)
        started = len(await stage.events(c, EffectStarted))
        await stage.settle(c, within=60)
        assert stage.harness.refunds() == []
        assert len(await stage.events(c, EffectStarted)) == started
        assert outcomes(await stage.events(c, ProposalSettled)) == {}
        await stage.writes(WHERE, "2")
        await stage.settle(c, within=60)
        assert OTHER_ORDER in stage.texts()[-1], "the rest of the conversation goes on"
        assert stage.harness.refunds() == []
        await pause(stage, c, paused=False)
        await stage.settle(c)
        await stage.harness.decide(c)  # the card is looked at again: the customer wrote
        await stage.settle(c)
        assert outcomes(await stage.events(c, ProposalSettled)) == {"executed": 1}
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_M3_a_model_that_thinks_for_it_is_stopped_and_asked_again_after_the_resume(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        asked = stage.model.hold("run")
        settling = asyncio.create_task(stage.settle(c))
        await asked.wait()
        await pause(stage, c, paused=True)
        await settling
        assert stage.model.cancelled == 1
        models = [e.outcome for e in await stage.events(c, EffectFinished)]
        assert models.count("superseded") == 1
        await pause(stage, c, paused=False)
        await stage.settle(c)
        assert len(await stage.events(c, Proposed)) == 1

    play(tmp_path, scene)


def test_R_M3_a_draft_that_speaks_for_it_never_leaves_and_another_one_says_the_rest(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        line = Line(stage)
        c = await stage.writes(BOTH, "1")
        settling = asyncio.create_task(stage.settle(c))
        await line.reached.wait()
        first = (await stage.events(c, ReplyDrafted))[-1]
        assert len(first.covers) == 2, "one reply says both"
        await pause(stage, c, paused=True)
        line.goes_on.set()
        await settling
        stopped: list[EffectFinished] = [e for e in await stage.events(c, EffectFinished) if e.code == "stopped"]
        assert [e.outcome for e in stopped] == ["superseded"]
        (sent,) = await stage.events(c, ReplySent)
        drafts = {draft.reply: draft for draft in await stage.events(c, ReplyDrafted)}
        runs = (await stage.harness.state(c)).runs
        assert {runs[run].workflow for run in drafts[sent.reply].covers} == {TRACKING}
        assert OTHER_ORDER in stage.texts()[0]
        await pause(stage, c, paused=False)
        await stage.settle(c)
        last = (await stage.events(c, ReplyDrafted))[-1]
        assert {runs[run].workflow for run in last.covers} == {REFUNDS}, "what was held back is said then"
        assert len(await stage.events(c, ReplySent)) == 2

    play(tmp_path, scene)


def test_R_M3_a_write_under_way_ends_and_is_recorded(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await stage.harness.decide(c)
        tools = stage.harness.brand.tools
        perform = tools.perform

        async def paused_meanwhile(tool: str, *args: object, **more: object) -> object:
            if tool == "refund_payment":
                await pause(stage, c, paused=True)
            return await perform(tool, *args, **more)  # pyright: ignore[reportArgumentType, reportCallIssue]

        tools.perform = paused_meanwhile  # pyright: ignore[reportAttributeAccessIssue]
        await stage.settle(c, within=60)
        assert len(stage.harness.refunds()) == 1
        assert outcomes(await stage.events(c, ProposalSettled)) == {"executed": 1}
        before = len(stage.texts())
        await pause(stage, c, paused=False)
        await stage.settle(c)
        assert len(stage.texts()) == before + 1, "the customer hears of it once it goes on"

    play(tmp_path, scene)


def test_R_M3_a_person_who_takes_over_is_not_held_back_and_the_ask_is_theirs(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stopped(stage)
        await stage.control(c, "human")
        await stage.says(c, "I do this for you.")
        await stage.settle(c)
        assert stage.texts()[-1] == "I do this for you."

    play(tmp_path, scene)


def test_R_M3_stopped_with_its_brand_people_are_asked_once_and_each_resume_ends_its_own_ask(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stopped(stage)
        await stage.paused(c, paused=True)
        await stage.settle(c, within=60)
        raised = await stage.events(c, AskRaised)
        assert len(raised) == 1
        await stage.paused(c, paused=False)
        await stage.settle(c, within=60)
        assert await asks(stage, c) == [False]
        await pause(stage, c, paused=False)
        await stage.settle(c)
        assert await asks(stage, c) == [True]
        resolved = await stage.events(c, AskResolved)
        assert [one.code for one in resolved if one.by == "code"] == ["resumed"]

    play(tmp_path, scene)

"""An approved action was sent, and a person takes its workflow off before it is sent once more (R-A7, R-B7, R-C6)."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent_core.contract.events import AskResolved, EffectStarted, NoticeGiven, ProposalSettled, Proposed
from agent_core.contract.ids import ConversationId
from tests.engine.stage import Stage, outcomes, play
from tests.engine.test_ended_after_trying import ALL, BLIND, DAY, NEVER, says, sent, tried
from tests.engine.test_overriding import WHERE, override, transcripts_hold

Taken = Callable[[Stage, ConversationId], Awaitable[None]]


async def to_another(stage: Stage, c: ConversationId) -> None:
    await override(stage, c, WHERE)


async def to_people(stage: Stage, c: ConversationId) -> None:
    await override(stage, c, queue="priority")


Aways = pytest.mark.parametrize("away", [to_another, to_people])
Waits = pytest.mark.parametrize("waits", [sent, tried], ids=["for its next attempt", "for people"])


async def writes(stage: Stage, c: ConversationId) -> list[EffectStarted]:
    return [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]


@Aways
@Waits
def test_R_A7_what_had_happened_after_all_is_known_as_done(
    tmp_path: Path, away: Taken, waits: Callable[..., Awaitable[ConversationId]]
) -> None:
    async def scene(stage: Stage) -> None:
        c = await waits(stage, arrives=True)
        await away(stage, c)
        await stage.settle(c)
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.code) == ("executed", "looked_up")
        assert [notice.outcome for notice in await stage.events(c, NoticeGiven)] == ["succeeded"]
        assert len(stage.harness.refunds()) == 1
        assert len(await writes(stage, c)) == 1
        asks = (await stage.harness.state(c)).asks.values()
        assert not [known for known in asks if not known.resolved and known.ask.proposal is not None]
        await transcripts_hold(stage, c)

    play(tmp_path, scene)


@Aways
@Waits
def test_R_B7_what_really_did_not_happen_is_withdrawn_by_who_took_its_workflow_off(
    tmp_path: Path, away: Taken, waits: Callable[..., Awaitable[ConversationId]]
) -> None:
    async def scene(stage: Stage) -> None:
        c = await waits(stage, arrives=False)
        await away(stage, c)
        await stage.settle(c, within=3 * DAY)
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.code, settled.operator) == ("withdrawn", "routing_overridden", "sue")
        ask = (await stage.harness.state(c)).proposals[settled.proposal].proposal.ask
        assert [e.verb for e in await stage.events(c, AskResolved) if e.ask == ask] == ["withdraw"]
        assert len(await writes(stage, c)) == 1, "it never leaves again"
        assert stage.harness.refunds() == []
        await transcripts_hold(stage, c)

    play(tmp_path, scene)


@Aways
def test_R_C6_while_the_shop_cannot_say_nobody_is_told_anything_and_nobody_may_do_it_again(
    tmp_path: Path, away: Taken
) -> None:
    async def scene(stage: Stage) -> None:
        c = await sent(stage, arrives=True)
        says(stage, *[BLIND] * 500)
        await away(stage, c)
        await stage.settle(c, within=60)
        assert await stage.events(c, ProposalSettled) == []
        assert await stage.events(c, NoticeGiven) == []
        other = await stage.writes(ALL, "other", thread="thread_2")
        await stage.settle(other, within=60)
        assert await stage.events(other, Proposed) == []
        stage.harness.tools.looked_up = None
        await stage.settle(c, within=60)
        assert outcomes(await stage.events(c, ProposalSettled)) == {"executed": 1}
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_B7_what_can_never_be_looked_up_ends_by_what_is_on_record(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await sent(stage, arrives=False)
        stage.harness.tools.looked_up = lambda _: NEVER
        await to_another(stage, c)
        await stage.settle(c)
        assert outcomes(await stage.events(c, ProposalSettled)) == {"withdrawn": 1}

    play(tmp_path, scene)

"""An approved action that was sent, and then came to its end as not done: it is looked up once more before that (R-A7)."""

from pathlib import Path

import pytest

from agent_core.contract.events import AskRaised, LookAgain, NoticeGiven, ProposalSettled
from agent_core.contract.ids import ConversationId
from agent_core.systems.port import DidNotHappen, Reconciled, Unknown
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play

ALL = f"Please refund order {ORDER}."
BLIND = Unknown("timed_out", "The shop did not answer in time.", transient=True)
NEVER = Unknown("not_reconcilable", "It cannot be asked.", transient=False)
DAY = 86_400.0

Ends = pytest.mark.parametrize("end", ["expired", "denied"])


async def sent(stage: Stage, *, arrives: bool) -> ConversationId:
    """An approved refund was sent, its answer lost, and the shop said too early that it had not happened: it goes again."""
    c = await stage.writes(ALL, "1")
    await stage.settle(c)
    stage.harness.tools.loses_one("refund_payment", arrives=arrives)
    stage.harness.tools.looked_up = lambda _: DidNotHappen()
    await stage.harness.decide(c)
    while True:
        handled = await stage.harness.runner.handle(c)
        (known,) = (await stage.harness.state(c)).open_proposals()
        if known.attempts and known.effect is None:
            break
        assert handled.next_due is not None
        stage.clock.at = max(stage.clock.at, handled.next_due)
    stage.harness.tools.looked_up = None
    return c


async def tried(stage: Stage, *, arrives: bool) -> ConversationId:
    """As `sent`. Before it is sent once more the customer writes, so that people are asked anew."""
    c = await sent(stage, arrives=arrives)
    await stage.writes("Thank you very much for your help!", "2")
    await stage.settle(c)
    assert await stage.events(c, LookAgain)
    return c


async def ends(stage: Stage, c: ConversationId, end: str) -> None:
    if end == "denied":
        await stage.harness.decide(c, "deny")
        await stage.settle(c)
    else:
        await stage.settle(c, within=3 * DAY)


def says(stage: Stage, *found: Reconciled) -> None:
    """What the next look-ups say; the truth afterwards."""
    said = list(found)
    stage.harness.tools.looked_up = lambda truth: said.pop(0) if said else truth


@Ends
def test_R_A7_what_had_happened_after_all_is_never_told_as_not_done(tmp_path: Path, end: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await tried(stage, arrives=True)
        await ends(stage, c, end)
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.code) == ("executed", "looked_up")
        (notice,) = await stage.events(c, NoticeGiven)
        assert notice.outcome == "succeeded"
        assert len(stage.harness.refunds()) == 1
        assert not [known for known in (await stage.harness.state(c)).asks.values() if not known.resolved]

    play(tmp_path, scene, alone=True)


@Ends
def test_R_A4_what_really_did_not_happen_ends_as_it_was_decided(tmp_path: Path, end: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await tried(stage, arrives=False)
        await ends(stage, c, end)
        (settled,) = await stage.events(c, ProposalSettled)
        assert settled.outcome == end
        assert stage.harness.refunds() == []

    play(tmp_path, scene, alone=True)


@Ends
def test_R_A7_while_the_shop_cannot_say_it_waits_and_nobody_is_told_anything(tmp_path: Path, end: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await tried(stage, arrives=True)
        says(stage, *[BLIND] * 3)
        await ends(stage, c, end)
        (settled,) = await stage.events(c, ProposalSettled)
        assert settled.outcome == "executed"
        assert [e for e in await stage.events(c, AskRaised) if e.ask.code == "approval_expired"] == []

    play(tmp_path, scene, alone=True)


@Ends
def test_R_A4_what_can_never_be_looked_up_ends_by_what_is_on_record(tmp_path: Path, end: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await tried(stage, arrives=False)
        stage.harness.tools.looked_up = lambda _: NEVER
        await ends(stage, c, end)
        (settled,) = await stage.events(c, ProposalSettled)
        assert settled.outcome == end

    play(tmp_path, scene, alone=True)

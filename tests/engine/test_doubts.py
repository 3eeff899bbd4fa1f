"""A write of which nobody knows whether it happened: looked up, never guessed, never sent again, settled once (R-A7)."""

import asyncio
import itertools
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import (
    AskPutOff,
    AskRaised,
    AskResolved,
    CallAnswered,
    EffectFinished,
    EffectStarted,
    NoticeGiven,
    ProposalSettled,
    SecondAnswer,
)
from agent_core.contract.ids import ConversationId, OperatorId
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import Instance
from agent_core.engine.settling import Signed, second_answer, settled_by_person
from agent_core.models.scripted import call_tools
from agent_core.store import Append, WakeRequest
from agent_core.systems.port import DidNotHappen, Reconciled, Unknown
from tests.engine.harness import CORE, ORDER, QUICK
from tests.engine.stage import Stage, play

SMALL = f"Please refund 10 EUR of order {ORDER}."
ALL = f"Please refund order {ORDER}."
BLIND = Unknown("timed_out", "The shop did not answer in time.", transient=True)
DAY = 86_400.0

Paths = pytest.mark.parametrize("approved", [False, True], ids=["alone", "approved"])


async def lost(stage: Stage, *, approved: bool, arrives: bool, looks: list[Reconciled | None]) -> ConversationId:
    """A refund whose answer is lost. `looks`: what look-ups say, in order; None is the truth, and so is everything after."""

    def looked_up(truth: Reconciled) -> Reconciled:
        said = looks.pop(0) if looks else None
        return truth if said is None else said

    stage.harness.tools.looked_up = looked_up
    stage.harness.tools.loses_one("refund_payment", arrives=arrives)
    c = await stage.writes(ALL if approved else SMALL, "1")
    await stage.settle(c)
    if approved:
        stage.harness.tools.loses_one("refund_payment", arrives=arrives)
        await stage.harness.decide(c)
        await stage.settle(c)
    return c


async def writes(stage: Stage, c: ConversationId) -> list[EffectStarted]:
    return [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]


def restart(stage: Stage) -> None:
    stage.harness.runner = Runner(
        stage.harness.store, stage.harness.brands, stage.harness, instance=Instance(CORE, "test"), clock=stage.clock,
        deadlines=QUICK,
    )  # fmt: skip


@Paths
@pytest.mark.parametrize("arrives", [True, False], ids=["it arrived", "it did not"])
def test_R_A7_what_cannot_be_looked_up_now_is_a_question_and_is_looked_up_again_until_code_knows(
    tmp_path: Path, approved: bool, arrives: bool
) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=approved, arrives=arrives, looks=[BLIND] * 12)
        (ask,) = [e.ask for e in await stage.events(c, AskRaised) if e.ask.kind == "unknown_outcome"]
        assert ask.verbs == ("confirm_executed", "confirm_not_executed", "still_unknown", "take_over")
        assert "refunded" not in " ".join(stage.texts())
        (doubt,) = (await stage.harness.state(c)).doubts.values()
        assert doubt.look_at is not None
        if not approved:
            told = [e for e in await stage.events(c, CallAnswered) if e.outcome == "unknown"]
            words = (await stage.harness.store.body(told[0].result)).text
            assert "it is not known whether it happened" in words

        await stage.settle(c, within=DAY)
        assert len(await writes(stage, c)) == 1  # never sent again by itself
        assert len(stage.harness.refunds()) == int(arrives)
        assert [e.code for e in await stage.events(c, AskResolved) if e.ask == ask.id] == ["looked_up"]
        (notice,) = await stage.events(c, NoticeGiven)
        assert notice.outcome == ("succeeded" if arrives else "failed")
        state = await stage.harness.state(c)
        assert not state.doubts
        assert not state.unknown
        assert ("refund_payment" in state.actions) is arrives
        looks = [e for e in await stage.events(c, EffectStarted) if e.purpose == "look_up"]
        assert looks
        assert {e.about for e in looks} == {(await writes(stage, c))[0].effect}
        if approved:
            (settled,) = await stage.events(c, ProposalSettled)
            assert settled.outcome == ("executed" if arrives else "not_executed")

    play(tmp_path, scene, alone=True)


def test_R_A7_look_ups_come_less_and_less_often_and_end_some_day(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=False, arrives=True, looks=[BLIND] * 10_000)
        await stage.settle(c, within=30 * DAY)
        at = [r.at for r in await stage.harness.log(c) if getattr(r.event, "purpose", None) == "look_up"]
        gaps = [later - earlier for earlier, later in itertools.pairwise(at)]
        assert gaps == sorted(gaps)
        assert gaps[-1] <= timedelta(hours=6)
        assert 20 < len(at) < 60
        assert at[-1] - at[0] <= timedelta(days=8)
        state = await stage.harness.state(c)
        assert len([a for a in state.asks.values() if a.ask.kind == "unknown_outcome" and not a.resolved]) == 1

    play(tmp_path, scene, alone=True)


@Paths
def test_R_A7_what_the_other_side_cannot_tell_is_only_a_persons_question(tmp_path: Path, approved: bool) -> None:
    async def scene(stage: Stage) -> None:
        never = Unknown("not_reconcilable", "It cannot be asked.", transient=False)
        c = await lost(stage, approved=approved, arrives=True, looks=[never] * 10)
        await stage.settle(c, within=10 * DAY)
        assert not [e for e in await stage.events(c, EffectStarted) if e.purpose == "look_up"]
        await stage.found_out(c, happened=True)
        await stage.settle(c)
        assert not (await stage.harness.state(c)).doubts

    play(tmp_path, scene, alone=True)


@Paths
def test_R_A7_a_no_that_came_too_early_pays_once_and_is_told_as_done(tmp_path: Path, approved: bool) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=approved, arrives=True, looks=[DidNotHappen()] * 2)
        await stage.settle(c)
        started = await writes(stage, c)
        assert len({e.idempotency_key for e in started}) == 1
        assert len(stage.harness.refunds()) == 1
        if approved:  # what it rests on has changed by itself: it is looked up once more, and was done
            (settled,) = await stage.events(c, ProposalSettled)
            assert (settled.outcome, settled.code) == ("executed", "looked_up")
        else:
            assert len(started) == 2
        assert "refunded" in stage.texts()[-1]
        assert not (await stage.harness.state(c)).doubts

    play(tmp_path, scene, alone=True)


@Paths
def test_R_A7_after_a_restart_the_doubt_is_the_same(tmp_path: Path, approved: bool) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=approved, arrives=True, looks=[BLIND] * 12)
        before = await stage.harness.state(c)
        for _ in range(4):
            restart(stage)
            await stage.settle(c, within=100)
        assert len(await writes(stage, c)) == 1
        assert [a.ask.id for a in before.asks.values()] == [a.ask.id for a in (await stage.harness.state(c)).asks.values()]
        restart(stage)
        await stage.settle(c, within=DAY)
        assert not (await stage.harness.state(c)).doubts
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene, alone=True)


@Paths
@pytest.mark.parametrize("happened", [True, False])
def test_R_A7_a_person_who_is_faster_than_a_look_up_counts_and_the_look_up_is_noted(
    tmp_path: Path, approved: bool, happened: bool
) -> None:
    async def scene(stage: Stage) -> None:
        looking, go = asyncio.Event(), asyncio.Event()
        c = await lost(stage, approved=approved, arrives=True, looks=[BLIND] * 12)
        truth = stage.harness.tools.reconcile

        async def slow(*args: Any, **more: Any) -> Reconciled:
            looking.set()
            await go.wait()
            return await truth(*args, **more)

        assert (await stage.harness.state(c)).doubts
        stage.harness.tools.looked_up = None
        stage.harness.tools.reconcile = slow  # pyright: ignore[reportAttributeAccessIssue] - the same, slower
        settling = asyncio.create_task(stage.settle(c, within=DAY))
        await looking.wait()
        await stage.found_out(c, happened=happened)
        go.set()
        await settling
        (second,) = await stage.events(c, SecondAnswer)
        assert (second.by, second.happened, second.agrees) == ("look_up", True, happened)
        reviews = [e.ask for e in await stage.events(c, AskRaised) if e.ask.code == "answers_contradict"]
        assert len(reviews) == (0 if happened else 1)
        assert len(await writes(stage, c)) == 1
        assert [e.outcome for e in await stage.events(c, NoticeGiven)] == ["succeeded" if happened else "failed"]
        state = await stage.harness.state(c)
        assert not state.doubts
        assert not state.contradicted

    play(tmp_path, scene, alone=True)


@Paths
@pytest.mark.parametrize("happened", [True, False])
def test_R_A7_a_person_who_comes_after_a_look_up_is_noted_and_changes_nothing(
    tmp_path: Path, approved: bool, happened: bool
) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=approved, arrives=True, looks=[BLIND] * 12)
        (ask,) = [e.ask.id for e in await stage.events(c, AskRaised) if e.ask.kind == "unknown_outcome"]
        state = await stage.harness.state(c)
        early = second_answer(
            state, ask, happened=happened, operator=OperatorId("sue"), signed=Signed(),
            brand=stage.harness.brand.release.brand, now=stage.clock.at,
        )  # fmt: skip
        assert early is None
        await stage.settle(c, within=DAY)
        state = await stage.harness.state(c)
        with pytest.raises(Exception, match="already dealt with"):
            settled_by_person(state, ask, happened=happened, operator=OperatorId("sue"))
        late = second_answer(
            state, ask, happened=happened, operator=OperatorId("sue"), signed=Signed(),
            brand=stage.harness.brand.release.brand, now=stage.clock.at,
        )  # fmt: skip
        assert late is not None
        events = [type(draft.event) for draft in late.drafts]
        assert events == ([SecondAnswer] if happened else [SecondAnswer, AskRaised])
        await stage.harness.store.append(Append(c, late.drafts, bodies=late.bodies, wake=WakeRequest()))
        await stage.settle(c)
        after = await stage.harness.state(c)
        assert not after.damaged
        assert (after.actions, after.runs) == (state.actions, state.runs)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene, alone=True)


@Paths
def test_R_A7_still_unknown_asks_the_other_side_again_then_and_keeps_the_question_and_its_clocks(
    tmp_path: Path, approved: bool
) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=approved, arrives=True, looks=[BLIND] * 12)
        before = await stage.harness.state(c)
        known = next(a for a in before.asks.values() if a.ask.kind == "unknown_outcome")
        look_at = stage.clock.at + timedelta(hours=3)
        await stage.person(c, AskPutOff(ask=known.ask.id, operator=OperatorId("sue"), look_at=look_at))
        after = await stage.harness.state(c)
        (doubt,) = after.doubts.values()
        assert doubt.look_at == look_at
        assert after.asks[known.ask.id].ask == known.ask  # raised when it was, due when it was
        assert not after.asks[known.ask.id].resolved
        stage.harness.tools.looked_up = None
        await stage.settle(c, within=3 * 3600 - 60)
        assert not [e for e in await stage.events(c, EffectStarted) if e.purpose == "look_up"]
        await stage.settle(c, within=DAY)
        ended = [e for e in await stage.events(c, EffectFinished) if e.code == "happened"]
        assert len(ended) == 1
        assert not (await stage.harness.state(c)).doubts

    play(tmp_path, scene, alone=True)


def test_R_C6_an_agent_cannot_take_back_what_may_have_happened(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, approved=True, arrives=True, looks=[BLIND] * 40)
        stage.model.next["run"] = [call_tools(("take_back", "withdraw_proposal", {"reason": "The customer asked again."}))]
        await stage.writes(f"How long does the refund of order {ORDER} take?", "2")
        await stage.settle(c)
        answers = [e for e in await stage.events(c, CallAnswered) if e.tool_use_id == "take_back"]
        assert [e.outcome for e in answers] == ["succeeded"]
        told = json.loads((await stage.harness.store.body(answers[0].result)).text)
        assert told["result"] == {"withdrawn": 0}
        assert await stage.events(c, ProposalSettled) == []
        assert len((await stage.harness.state(c)).doubts) == 1

    play(tmp_path, scene)

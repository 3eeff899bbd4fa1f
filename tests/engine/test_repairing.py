"""On-call repairs a conversation: open calls answered, another run goes on, nothing is ever done again (R-A8, R-C6)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.bodies import new_body
from agent_core.contract.errors import Conflict, Invalid
from agent_core.contract.events import (
    AskResolved,
    CallAnswered,
    EffectFinished,
    NoticeGiven,
    Quarantined,
    QuarantineLifted,
    RunContinuedAs,
    RunInput,
)
from agent_core.contract.ids import ConversationId, OperatorId, RunId
from agent_core.contract.repairing import CallAnswerWord, CallSettled
from agent_core.engine import recovery
from agent_core.engine.common import Context
from agent_core.engine.examining import Examined, examine
from agent_core.engine.repairing import Signature, answers_presumed, checked_answers, repaired, successors
from agent_core.engine.session import Remembered, Session
from agent_core.models.failures import ModelFailure
from agent_core.store import Append, Draft, WakeRequest
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.poisoned import SAID, STORED, Poison, sampled, stored, written
from tests.engine.stage import SUE, Stage, play
from tests.engine.test_healing import anew
from tests.engine.test_quarantine import MALFORMED, give_up, held, told

WHERE = f"Where is order {OTHER_ORDER}?"
REFUND = f"Please refund order {ORDER}."


@pytest.fixture(autouse=True)
def quiet(expected_logs: Any) -> None:
    """What fails is logged."""
    expected_logs("agent_core", "model_failed|quarantined|step_broke|not_settled|effect_broke|transcript_", required=False)


async def looked_at(stage: Stage, c: ConversationId) -> tuple[Context, Examined]:
    """The conversation as it is now."""
    session = Session(stage.harness.store, c, stage.clock, Remembered())
    await session.refresh()
    context = stage.harness.runner.context(session, {})
    return context, await examine(context)


async def on_call(stage: Stage, c: ConversationId, answers: Mapping[str, CallAnswerWord] | None = None) -> None:
    """A person repairs it, with what is presumed unless they say something else."""
    context, examined = await looked_at(stage, c)
    said: dict[str, CallAnswerWord] = {**answers_presumed(examined), **(answers or {})}
    envelope = new_body("envelope", "{}")
    signed = Signature(OperatorId("sue"), examined.digest, "0" * 64, envelope.ref)
    checked = checked_answers(examined, tuple(CallSettled(call=key, answer=word) for key, word in said.items()))
    pending = await repaired(context, examined, checked, signed)
    await stage.harness.store.append(
        Append(
            c, pending.drafts, bodies=(envelope, *pending.bodies), keys=pending.keys, intent_ends=pending.intent_ends,
            wake=WakeRequest(),
        )
    )  # fmt: skip
    anew(stage)


async def works_again(stage: Stage, c: ConversationId) -> None:
    """It folds, nobody is asked any more, and the next message is answered."""
    state = await stage.harness.state(c)
    assert not state.damaged
    assert state.control == "agent"
    assert state.quarantine is None
    assert [a for a in state.asks.values() if a.ask.kind == "quarantine" and not a.resolved] == []
    before = len(stage.texts())
    await stage.writes(WHERE, f"next {before}")
    await stage.settle(c)
    assert stage.harness.channel.sent()[before:] == [(stage.texts()[-1], "agent")]
    assert told(stage) == 1
    assert (await stage.harness.state(c)).control == "agent"


def test_R_A8_a_refused_request_is_repaired_and_the_turn_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        await stage.settle(c)
        await on_call(stage, c)
        await stage.settle(c)
        (lifted,) = await stage.events(c, QuarantineLifted)
        assert (lifted.continued, lifted.diagnosis) == (("r1",), "request_refused")
        assert [e.verb for e in await stage.events(c, AskResolved)] == ["repair"]
        assert OTHER_ORDER in stage.texts()[1]
        await works_again(stage, c)

    play(tmp_path, scene)


def test_R_A8_a_refused_triage_is_asked_anew_after_the_repair(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["triage"] = [ModelFailure("invalid_request")]
        await stage.settle(c)
        await on_call(stage, c)
        await stage.settle(c)
        assert len(stage.texts()) == 2
        await works_again(stage, c)

    play(tmp_path, scene)


def test_R_A8_a_log_that_does_not_fold_is_looked_past_after_the_repair(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        wrong = RunInput(run=RunId("r9"), turn=1, messages=())
        await stage.harness.store.append(Append(c, [Draft(wrong, SUE)]))
        await stage.settle(c)
        await held(stage, c)
        await on_call(stage, c)
        await stage.settle(c)
        await works_again(stage, c)

    play(tmp_path, scene)


@pytest.mark.parametrize("poison", sampled([*SAID[:1], *STORED], 4))
def test_R_A8_whatever_a_held_conversation_holds_a_repair_makes_it_work_again(tmp_path: Path, poison: Poison) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stored(stage, c, written(poison))
        await give_up(stage, c, KeyError())
        await stage.settle(c)
        _, examined = await looked_at(stage, c)
        (broken,) = examined.runs
        assert broken.why in ("damaged", "unreadable")
        await on_call(stage, c)
        (continued,) = await stage.events(c, RunContinuedAs)
        assert continued.code == "repaired"
        await works_again(stage, c)

    play(tmp_path, scene)


def test_R_A8_the_same_look_gives_the_same_repair_and_a_newer_log_another_one(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        await stage.settle(c)
        context, first = await looked_at(stage, c)
        other, second = await looked_at(stage, c)
        assert first.digest == second.digest
        (made,) = await successors(context, first, {})
        (again,) = await successors(other, second, {})
        suffixes = [state.runs[RunId("r2")].suffix for state in (context.session.state, other.session.state)]
        texts = [str(each.request.messages).replace(s, "") for each, s in zip((made, again), suffixes, strict=True)]
        assert texts[0] == texts[1]
        assert made.verdict == ()
        await stage.writes("Hello?", "2")
        _, third = await looked_at(stage, c)
        assert third.digest != first.digest
        assert await stage.events(c, RunContinuedAs) == []

    play(tmp_path, scene)


async def lost(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> ConversationId:
    """An approved refund was sent, its answer lost; looking it up breaks each time, and the conversation is held."""

    async def breaks(*_: Any) -> Any:
        raise ZeroDivisionError

    async def cut(name: str, perform: Any) -> Any:
        if name == "refund_payment":
            perform()
            raise ConnectionError
        return perform()

    stage.harness.tools.around = cut
    c = await stage.writes(REFUND, "1")
    await stage.settle(c)
    await stage.harness.decide(c)
    monkeypatch.setattr(recovery, "settle", breaks)
    with pytest.raises(ZeroDivisionError):
        await stage.settle(c)
    await give_up(stage, c, ZeroDivisionError())
    anew(stage)
    await stage.settle(c, within=1)
    return c


@pytest.mark.parametrize(("answer", "outcome"), [("executed", "succeeded"), ("not_executed", "failed")])
def test_R_C6_what_a_person_found_out_about_a_lost_write_is_told_and_it_is_never_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: CallAnswerWord, outcome: str
) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, monkeypatch)
        _, examined = await looked_at(stage, c)
        (call,) = examined.calls
        assert (call.stand, call.presumed, call.writes) == ("on_its_way", "unknown", True)
        with pytest.raises(Invalid):
            checked_answers(examined, ())
        stage.clock.forward(seconds=60)
        await on_call(stage, c, {call.key: answer})
        await stage.settle(c)
        (known,) = (await stage.harness.state(c)).proposals.values()
        assert known.outcome == answer
        assert [e.outcome for e in await stage.events(c, NoticeGiven)] == [outcome]
        assert len(stage.harness.refunds()) == 1
        assert [name for name, _ in stage.harness.tools.calls].count("refund_payment") == 1
        assert told(stage) == 1
        assert (await stage.harness.state(c)).control != "quarantined"

    play(tmp_path, scene)


def test_R_A7_a_write_of_which_on_call_knows_nothing_either_stays_a_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Stage) -> None:
        c = await lost(stage, monkeypatch)
        await on_call(stage, c)
        await stage.settle(c, within=1)
        state = await stage.harness.state(c)
        assert "unknown_outcome" in [a.ask.kind for a in state.asks.values() if not a.resolved]
        assert [e.outcome for e in await stage.events(c, EffectFinished)][-1] == "unknown"
        assert len(stage.harness.refunds()) == 1
        await stage.found_out(c, happened=True)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1
        (known,) = (await stage.harness.state(c)).proposals.values()
        assert known.outcome == "executed"

    play(tmp_path, scene)


def test_R_A8_calls_that_were_never_sent_are_answered_so_and_may_be_asked_for_anew(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def breaks(name: str, perform: Any) -> Any:
            await stage.harness.store.append(Append(c, [Draft(wrong, SUE)]))
            stage.harness.runner.nudge(c)
            return perform()

        wrong = RunInput(run=RunId("r9"), turn=1, messages=())
        stage.harness.tools.around = breaks
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        stage.harness.tools.around = None
        state = await stage.harness.state(c)
        assert state.control == "quarantined"
        _, examined = await looked_at(stage, c)
        for call in examined.calls:
            assert call.allowed == ("not_executed",)
        await on_call(stage, c)
        await stage.settle(c)
        assert all(not run.open_calls for run in (await stage.harness.state(c)).runs.values())
        assert OTHER_ORDER in stage.texts()[-1]
        await works_again(stage, c)

    play(tmp_path, scene)


def test_R_A8_what_waits_for_a_yes_is_no_damage_and_goes_on_after_the_repair(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        await give_up(stage, c, KeyError())
        await stage.settle(c)
        _, examined = await looked_at(stage, c)
        assert examined.calls == ()
        await on_call(stage, c)
        await stage.settle(c)
        (known,) = (await stage.harness.state(c)).open_proposals()
        assert known.outcome is None
        assert stage.harness.refunds() == []
        await stage.harness.decide(c)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1
        assert "refunded" in stage.texts()[-1]
        answered = [(e.run, e.tool_use_id) for e in await stage.events(c, CallAnswered)]
        assert len(answered) == len(set(answered))

    play(tmp_path, scene)


def test_R_A8_a_workflow_whose_every_request_would_be_refused_cannot_be_repaired_into_going_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        await stage.settle(c)
        context, examined = await looked_at(stage, c)
        bad = [*context.brand.release.tools_of(context.session.state.runs[RunId("r1")].workflow)]
        assert bad
        object.__setattr__(context.brand, "names", _NoName())
        signed = Signature(OperatorId("sue"), examined.digest, "0" * 64, new_body("envelope", "{}").ref)
        with pytest.raises(Conflict) as refused:
            await repaired(context, examined, {}, signed)
        assert refused.value.code == "still_damaged"
        assert len(await stage.events(c, Quarantined)) == 1

    play(tmp_path, scene)


class _NoName:
    """Models without a name: every request is refused by our own check."""

    def resolve(self, alias: str) -> str:
        return ""

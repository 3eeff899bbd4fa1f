"""Unknown damage holds that one conversation: on-call is asked with evidence, the customer told once (R-A8, R-N6)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import (
    AskBreached,
    AskRaised,
    ControlChanged,
    EffectStarted,
    ProposalSettled,
    Quarantined,
    ReplyDrafted,
    ReplySent,
    RunInput,
)
from agent_core.contract.ids import BrandId, ConversationId, RunId
from agent_core.engine import recovery
from agent_core.models.failures import ModelFailure
from agent_core.service.brands import BrandShelf
from agent_core.service.quarantine import quarantine
from agent_core.store import Append, Draft
from agent_core.systems.port import NotSent
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import SUE, Stage, play
from tests.engine.test_healing import anew

WHERE = f"Where is order {OTHER_ORDER}?"
MALFORMED = ModelFailure("invalid_request", message="messages.3: something nobody has seen before")


@pytest.fixture(autouse=True)
def quiet(expected_logs: Any) -> None:
    """What fails is logged."""
    expected_logs("agent_core", "model_failed|quarantined|step_broke|not_settled|effect_broke", required=False)


def words(stage: Stage) -> str:
    """What the brand tells a customer who has to wait for a person."""
    return stage.harness.brand.release.text("quarantine", "en")


def told(stage: Stage) -> int:
    """How often the customer was told so."""
    return sum(words(stage) in text for text in stage.texts())


async def give_up(stage: Stage, c: ConversationId, error: Exception) -> None:
    """Looking at it failed again and again."""
    shelf = BrandShelf({BrandId("northwind"): stage.harness.brand}, {})
    await quarantine(stage.harness.store, shelf, stage.clock, c, error)


async def held(stage: Stage, c: ConversationId) -> Quarantined:
    """The newest quarantine of a conversation that is held."""
    state = await stage.harness.state(c)
    assert state.control == "quarantined"
    assert state.quarantine is not None
    return (await stage.events(c, Quarantined))[-1]


def test_R_A8_a_request_refused_although_our_check_passed_holds_the_conversation_with_evidence(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        await stage.settle(c, within=600)
        event = await held(stage, c)
        assert (event.cause, event.diagnosis, event.run) == ("provider", "request_refused", "r1")
        assert event.manifest is not None
        started = [e for e in await stage.events(c, EffectStarted) if e.purpose == "run"]
        assert started[-1].manifest == event.manifest
        assert event.evidence is not None
        evidence = json.loads((await stage.harness.store.body(event.evidence)).text)
        assert "nobody has seen" in (await stage.harness.store.body(evidence["said"])).text
        (ask,) = [e.ask for e in await stage.events(c, AskRaised)]
        assert (ask.kind, ask.verbs, ask.run) == ("quarantine", ("take_over", "repair"), "r1")
        assert ask.look_by is not None
        assert [by for _, by in stage.harness.channel.sent()] == ["system"]
        assert told(stage) == 1
        assert len(started) == 1  # nothing was tried again

    play(tmp_path, scene)


def test_R_N6_later_messages_are_seen_and_on_call_is_asked_again_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        await stage.settle(c)
        asked = len(stage.model.requests)
        for number in range(2, 6):
            await stage.writes("Hello?", str(number))
            anew(stage)
            await stage.settle(c, within=1)
        raised = [e.ask for e in await stage.events(c, AskRaised)]
        assert len({ask.id for ask in raised}) == 1
        assert len(raised) == 2
        assert raised[1].priority < raised[0].priority
        assert "has written again" in raised[1].sentence
        assert len((await stage.harness.state(c)).waiting) == 4
        assert told(stage) == len(stage.texts()) == 1
        assert len(stage.model.requests) == asked

    play(tmp_path, scene)


def test_R_A4_the_clocks_of_a_quarantine_run_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        await stage.settle(c)
        (ask,) = [a.ask for a in (await stage.harness.state(c)).asks.values()]
        assert ask.look_by is not None
        stage.clock.at = ask.look_by + timedelta(seconds=1)
        await stage.settle(c, within=0)
        assert [e.what for e in await stage.events(c, AskBreached)] == ["first_look"]
        assert told(stage) == len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_A8_what_waits_for_a_yes_stays_waiting_and_is_not_done(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        await give_up(stage, c, ValueError("secret words of a customer"))
        await stage.harness.decide(c)
        await stage.settle(c)
        (known,) = (await stage.harness.state(c)).open_proposals()
        assert known.effect is None
        assert known.complete  # signed, and not done
        assert stage.harness.refunds() == []
        assert await stage.events(c, ProposalSettled) == []
        assert told(stage) == 1
        event = await held(stage, c)
        assert (event.cause, event.diagnosis) == ("handling", "handling_failed:ValueError")
        assert event.evidence is not None
        assert "secret" not in (await stage.harness.store.body(event.evidence)).text

    play(tmp_path, scene)


@pytest.mark.parametrize("again", [1, 3])
def test_R_A8_quarantined_again_and_again_the_customer_is_told_once(tmp_path: Path, again: int) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await give_up(stage, c, KeyError())
        for _ in range(again):
            await stage.settle(c)
            await stage.control(c, "agent")
            await give_up(stage, c, KeyError())
            anew(stage)
        await stage.settle(c)
        assert told(stage) == len(stage.texts()) == 1
        assert len(await stage.events(c, Quarantined)) == again + 1

    play(tmp_path, scene)


def test_R_A8_what_could_not_be_delivered_at_once_is_told_once_all_the_same(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def busy(text: str) -> NotSent | None:
            failures.append(text)
            return NotSent("busy", "Busy.", transient=True) if len(failures) < 4 else None

        failures: list[str] = []
        c = await stage.writes(WHERE, "1")
        stage.harness.channel.before = busy
        await give_up(stage, c, KeyError())
        await stage.settle(c, within=2)
        await stage.writes("Hello?", "2")  # the draft is set aside, and made anew
        await stage.settle(c, within=600)
        assert told(stage) == len(stage.texts()) == 1
        sent = await stage.events(c, ReplySent)
        assert len(sent) == 1
        assert all(e.held for e in await stage.events(c, ReplyDrafted))

    play(tmp_path, scene)


def test_R_A8_a_step_or_a_look_up_that_breaks_keeps_nobody_untold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Stage) -> None:
        async def breaks(*_: Any) -> Any:
            raise ZeroDivisionError

        async def lost(name: str, perform: Any) -> Any:
            if name == "refund_payment":
                perform()
                raise ConnectionError  # nobody knows what became of it
            return perform()

        stage.harness.tools.around = lost
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        await stage.harness.decide(c)
        monkeypatch.setattr(recovery, "settle", breaks)
        with pytest.raises(ZeroDivisionError):
            await stage.settle(c)
        await give_up(stage, c, ZeroDivisionError())
        anew(stage)
        await stage.settle(c, within=1)
        assert told(stage) == 1
        assert len(stage.harness.refunds()) == 1
        assert [e.kind for e in (await stage.harness.state(c)).open.values()] == ["write"]

    play(tmp_path, scene)


def test_R_A8_a_log_that_does_not_fold_and_a_fold_that_breaks_are_the_same_to_on_call(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        wrong = RunInput(run=RunId("r9"), turn=1, messages=())
        await stage.harness.store.append(Append(c, [Draft(wrong, SUE)]))
        await stage.settle(c)
        event = await held(stage, c)
        assert (event.cause, event.diagnosis) == ("log", "log_does_not_fold")
        assert told(stage) == 1
        await stage.settle(c)
        assert len(await stage.events(c, ControlChanged)) == 1

    play(tmp_path, scene)


def test_R_A8_a_person_who_takes_over_ends_the_asking_and_the_customer_hears_from_them(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        await stage.settle(c)
        await stage.control(c, "human")
        await stage.says(c, "I am looking at it.")
        await stage.settle(c)
        assert stage.texts()[1:] == ["I am looking at it."]
        await give_up(stage, c, KeyError())
        await stage.settle(c)
        assert told(stage) == 2  # somebody had come back to them meanwhile

    play(tmp_path, scene)


def test_R_A9_others_go_on_while_one_is_held(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        stage.model.next["run"] = [MALFORMED]
        others = [await stage.writes(WHERE, f"o{n}", thread=f"thread_{n}") for n in (2, 3)]
        await stage.settle(c)
        for other in others:
            await stage.settle(other)
            assert (await stage.harness.state(other)).control == "agent"
        assert told(stage) == 1
        assert len(stage.texts()) == 3

    play(tmp_path, scene)

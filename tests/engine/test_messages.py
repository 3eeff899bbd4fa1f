"""The customer and people come in between: what is stale stops, what was done stays done, one reply answers all (R-A3)."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from agent_core.contract.events import EffectFinished, ReplySent, Triaged, TurnOpened
from agent_core.systems.port import Delivery, SendUnknown
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"
REFUND = f"Please refund order {ORDER}."


async def told(stage: Stage, word: str) -> int:
    """In how many replies a word stands."""
    return sum(1 for text in stage.texts() if word in text)


def test_R_A3_two_quick_messages_make_one_turn_and_one_reply(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await stage.writes(WHERE, "2")
        await stage.settle(c)
        assert len(await stage.events(c, TurnOpened)) == 1
        assert len(stage.texts()) == 1
        assert ORDER in stage.texts()[0]
        assert OTHER_ORDER in stage.texts()[0]

    play(tmp_path, scene)


@pytest.mark.parametrize("purpose", ["triage", "run", "compose"])
def test_R_A3_a_message_during_a_model_call_stops_it_and_one_reply_answers_both(tmp_path: Path, purpose: str) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold(purpose)
        first = f"{REFUND} {WHERE}" if purpose == "compose" else REFUND
        c = await stage.writes(first, "1")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await stage.writes(WHERE, "2")
        await looking
        assert stage.model.cancelled == 1
        await stage.settle(c)
        assert [e.outcome for e in await stage.events(c, EffectFinished)].count("superseded") == 1
        assert len(stage.texts()) == 1
        assert ORDER in stage.texts()[0]
        assert OTHER_ORDER in stage.texts()[0]
        written = [m for request in stage.model.requests for m in str(request.messages).split("outside-") if REFUND in m]
        assert written, "the first message was lost"

    play(tmp_path, scene)


def test_R_A3_a_nudge_cancels_a_call_that_would_never_end(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold("run")
        c = await stage.writes(WHERE, "1")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await stage.control(c, "human")
        await looking
        assert stage.model.cancelled == 1

    play(tmp_path, scene)


@pytest.mark.parametrize("purpose", ["triage", "run", "compose"])
def test_R_E3_after_a_takeover_during_a_model_call_the_agent_says_nothing(tmp_path: Path, purpose: str) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold(purpose)
        c = await stage.writes(f"{REFUND} {WHERE}", "1")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await stage.control(c, "human")
        await looking
        await stage.settle(c, within=3600)
        await stage.writes("Is it done?", "2")
        await stage.settle(c, within=3600)
        assert stage.texts() == []
        assert not (await stage.harness.state(c)).open

    play(tmp_path, scene)


def test_R_E3_after_the_hand_back_the_agent_goes_on_with_what_it_knew(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold("run")
        c = await stage.writes(WHERE, "1")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await stage.control(c, "human")
        await stage.model.stopped.wait()
        await stage.control(c, "agent")
        await looking
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert len(await stage.events(c, Triaged)) == 1

    play(tmp_path, scene)


def test_R_A3_what_left_while_the_customer_wrote_is_not_said_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def writes_again(text: str) -> Delivery | None:
            stage.harness.channel.before = None
            await stage.writes(REFUND, "2")
            return None

        stage.harness.channel.before = writes_again
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert len(stage.texts()) == 2
        assert OTHER_ORDER in stage.texts()[0]
        assert OTHER_ORDER not in stage.texts()[1]
        assert ORDER in stage.texts()[1]

    play(tmp_path, scene)


def test_R_A7_a_reply_whose_answer_was_lost_is_looked_up_and_not_sent_twice(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        sends: list[str] = []

        async def lost(text: str) -> Delivery | None:
            sends.append(text)
            stage.harness.channel.before = None
            delivery = next(iter((await stage.harness.state(c)).open.values())).idempotency_key
            await stage.harness.channel.send(
                "thread_1", text, delivery_id=str(delivery), by="agent", deadline=stage.clock.at
            )
            return SendUnknown("lost", "No answer came.")

        stage.harness.channel.before = lost
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert len(sends) == 1
        assert len(stage.texts()) == 1
        (sent,) = await stage.events(c, ReplySent)
        assert sent.reply == 1

    play(tmp_path, scene)


def test_R_A7_a_reply_of_which_nobody_knows_goes_to_a_person_and_is_never_sent_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        tries: list[str] = []

        async def lost(text: str) -> Delivery | None:
            tries.append(text)
            return SendUnknown("lost", "No answer came.")

        async def blind(delivery_id: str, *, deadline: datetime) -> Delivery:
            return SendUnknown("blind", "It cannot be looked up.")

        stage.harness.channel.before = lost
        stage.harness.channel.look_up = blind
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=3600)
        state = await stage.harness.state(c)
        assert len(tries) == 1
        assert state.control == "awaiting_human"
        assert "reply_unknown" in [a.ask.code for a in state.asks.values()]

    play(tmp_path, scene)


def test_R_B2_what_went_to_people_is_told_even_when_the_customer_writes_first(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = stage.model.hold("run")
        c = await stage.writes(f"{WHERE} I will call my lawyer.", "1")
        await stage.settle(c)
        first = len(stage.texts())
        assert first == 1
        assert not asked.is_set()
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        await stage.control(c, "agent")
        stage.model.asked.clear()
        await stage.writes(WHERE, "2")
        await stage.settle(c)
        assert len(stage.texts()) == 2

    play(tmp_path, scene)

"""Erasure by the engine (R-N5): after an order, and when the brand's time is over; never while money is in flight."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from agent_core.contract.bodies import new_body
from agent_core.contract.errors import Conflict
from agent_core.contract.events import (
    BodiesErased,
    ControlChanged,
    EffectFinished,
    ErasureOrdered,
    MessageReceived,
)
from agent_core.contract.ids import BrandId, ConversationId, OperatorId
from agent_core.conversation.erasing import erasing, forbidden, looked_at_again, obstacles
from agent_core.conversation.plan import EraseBodies, Supersede
from agent_core.engine.pace import rules_of
from agent_core.engine.session import Remembered, Session
from agent_core.engine.steps.erasing import erase
from agent_core.engine.work import finish_key
from agent_core.guardrails.reading import Kept
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Draft, Taken, WakeRequest
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import SUE, Stage, play
from tests.engine.test_tools import DOWN, SMALL, failing

BRAND = BrandId("northwind")
DAY = 86_400
WHERE = f"Where is order {OTHER_ORDER}?"
REFUND = f"Please refund order {ORDER}."

Reason = Literal["customer_asked", "law"]


def retention(stage: Stage, rules: Mapping[str, int]) -> None:
    """The brand keeps things for so long from now on."""
    release = stage.harness.brand.release
    brand = type(release.content.brand).model_validate({**release.content.brand.model_dump(), "retention": rules})
    made = Release.of(release.content.model_copy(update={"brand": brand}))
    stage.harness.brands.activate(replace(stage.harness.brand, release=made))


async def order(stage: Stage, c: ConversationId, reason: Reason = "customer_asked") -> None:
    """A signed order, as the command leaves it in the log."""
    envelope = new_body("envelope", "{}")
    event = ErasureOrdered(
        operator=OperatorId("sue"), scope="conversation", reason=reason, statement="0" * 64, envelope=envelope.ref
    )
    await stage.harness.store.append(
        Append(c, [Draft(event, SUE)], bodies=[envelope], keys=(f"erased:{c}",), wake=WakeRequest())
    )
    stage.harness.runner.nudge(c)


async def kinds(stage: Stage, c: ConversationId) -> set[str]:
    return {each.kind for each in await stage.harness.store.read(lambda tx: tx.standing_bodies(c))}


def test_R_N5_evidence_beside_a_conversation_expires_alone_and_again_after_newer_words(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        retention(stage, {"message_raw": 1})
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        said = len(stage.texts())
        assert "message_raw" in await kinds(stage, c)
        await stage.settle(c, within=1.5 * DAY)
        (gone,) = await stage.events(c, BodiesErased)
        assert (gone.whole, gone.kinds, gone.bodies, gone.operator) == (False, ("message_raw",), 1, None)
        assert "message_raw" not in await kinds(stage, c)
        assert "message" in await kinds(stage, c)
        await stage.writes(WHERE, "2")
        await stage.settle(c)
        assert len(stage.texts()) > said, "the conversation goes on"
        await stage.settle(c, within=1.5 * DAY)
        assert len(await stage.events(c, BodiesErased)) == 2
        assert "message_raw" not in await kinds(stage, c)
        assert not (await stage.harness.state(c)).damaged

    play(tmp_path, scene)


def test_R_N5_a_whole_conversation_expires_by_the_brands_rule_counted_from_its_last_words(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        retention(stage, {"everything": 30})
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        last = (await stage.harness.state(c)).touched_at
        assert last is not None
        await stage.settle(c, within=29 * DAY)
        assert await stage.events(c, BodiesErased) == []
        await stage.settle(c, within=40 * DAY)
        record = next(r for r in await stage.harness.log(c) if isinstance(r.event, BodiesErased))
        state = await stage.harness.state(c)
        moved = [
            r.at for r in await stage.harness.log(c) if isinstance(r.event, ControlChanged) and r.event.code != "erased"
        ]
        assert record.at - max([last, *moved]) == timedelta(days=30)
        assert state.erased
        assert state.control == "closed"
        assert await kinds(stage, c) == set()
        assert (await stage.harness.runner.handle(c)).next_due is None
        await stage.harness.store.verify(c)

    play(tmp_path, scene)


def test_R_N5_the_brands_rule_waits_for_money_that_is_in_flight(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert [o.code for o in obstacles(state)] == ["open_approval"]
        retention(stage, {"everything": 1})
        stage.clock.forward(days=2)
        plan = erasing(await stage.harness.state(c), rules_of(stage.harness.brand.release), stage.clock())
        assert plan == (), "due, and put off"
        await stage.settle(c, within=2 * DAY)  # it expires, which ends it
        assert not obstacles(await stage.harness.state(c))
        assert (await stage.harness.state(c)).erased

    play(tmp_path, scene)


def test_R_N5_an_order_stops_a_model_that_is_thinking_and_nothing_of_its_answer_is_kept(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        held = stage.model.hold("run")
        c = await stage.writes(WHERE, "1")
        working = asyncio.create_task(stage.settle(c))
        await held.wait()
        await order(stage, c)
        await working
        assert stage.model.cancelled == 1
        state = await stage.harness.state(c)
        assert state.erased
        assert not state.damaged
        assert not state.open
        assert {run.phase for run in state.runs.values()} == {"withdrawn"}
        assert [e.outcome for e in await stage.events(c, EffectFinished)][-1] == "superseded"
        assert await kinds(stage, c) == {"envelope"}
        assert stage.texts() == []

    play(tmp_path, scene)


def test_R_N5_an_order_is_carried_out_while_the_agent_is_stopped_and_in_quarantine(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.paused(c, paused=True)
        await order(stage, c)
        await stage.settle(c)
        assert (await stage.harness.state(c)).erased
        await stage.paused(c, paused=False)
        d = await stage.writes(WHERE, "2", thread="t2")
        await stage.settle(d)
        await stage.control(d, "quarantined")
        await order(stage, d)
        await stage.settle(d)
        state = await stage.harness.state(d)
        assert state.erased
        assert state.control == "closed"
        assert all(known.resolved for known in state.asks.values())

    play(tmp_path, scene)


def test_R_N5_what_enters_an_erased_conversation_is_refused_and_on_record(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        before = await stage.harness.state(c)
        message = next(e for e in await stage.events(c, MessageReceived))
        assert not forbidden(before, message)
        await order(stage, c)
        ordered = await stage.harness.state(c)
        assert ordered.ordered is not None
        assert forbidden(ordered, message)
        await stage.settle(c)
        assert forbidden(await stage.harness.state(c), message)
        words = new_body("message", "personal")

        async def build(read: Read) -> Append:
            event = message.model_copy(update={"text": words.ref})
            return Append(read.stream, [Draft(event, SUE)], bodies=[words])

        with pytest.raises(Conflict):
            await append_on_newest(stage.harness.store, c, build)
        assert await kinds(stage, c) == {"envelope"}

    play(tmp_path, scene)


def test_R_N5_what_cannot_be_settled_holds_up_an_erasure_for_an_hour_and_its_late_answer_is_not_kept(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        held = stage.model.hold("run")
        c = await stage.writes(WHERE, "1")
        working = asyncio.create_task(stage.settle(c))
        await held.wait()
        working.cancel()
        await asyncio.wait({working})
        await order(stage, c)
        rules = rules_of(stage.harness.brand.release)
        state = await stage.harness.state(c)
        (left,) = state.open.values()
        assert erasing(state, rules, stage.clock()) == (Supersede((left.effect,)),)
        read = replace(left, kind="read")
        assert erasing(replace(state, open={left.effect: read}), rules, left.deadline) == ()
        assert erasing(replace(state, open={left.effect: replace(left, kind="write")}), rules, left.deadline) == ()
        late = left.deadline + timedelta(hours=1)
        assert looked_at_again(state, stage.clock()) == late
        assert erasing(state, rules, late) == (EraseBodies(whole=True, kinds=()),)
        assert erasing(replace(state, open={left.effect: replace(left, kind="write")}), rules, late) == ()
        stage.clock.at = late
        session = Session(stage.harness.store, c, stage.clock, Remembered())
        await session.refresh()
        work = await erase(stage.harness.runner.context(session, {}), EraseBodies(whole=True, kinds=()))
        assert [draft.event.type for draft in work.pending.drafts] == ["effect_finished", "control_changed", "bodies_erased"]
        session.plan(work.pending)
        await session.commit(session.fence())
        assert await kinds(stage, c) == {"envelope"}
        late_words = new_body("model_message", "late")
        with pytest.raises(Taken):
            await stage.harness.store.append(
                Append(c, [], bodies=[late_words], keys=(finish_key(c, left.effect),), wake=WakeRequest())
            )
        await stage.settle(c)
        assert (await stage.harness.state(c)).erased
        assert not (await stage.harness.state(c)).damaged

    play(tmp_path, scene)


def test_R_N5_what_was_executed_is_still_found_as_done_and_no_longer_says_about_what(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Please refund 15 EUR of order " + ORDER, "1")
        await stage.settle(c)
        before = await stage.harness.store.intents(BRAND, f"order:{ORDER}")
        assert [row.state for row in before] == ["executed"]
        await order(stage, c)
        await stage.settle(c)
        assert (await stage.harness.state(c)).erased
        assert await stage.harness.store.intents(BRAND, f"order:{ORDER}") == ()
        (kept,) = await stage.harness.store.read(lambda tx: tx.intent(before[0].intent_key))
        assert (kept.state, kept.holder, kept.resource) == ("executed", before[0].holder, "erased")

    play(tmp_path, scene, alone=True)


def test_R_N5_a_write_that_waited_to_be_sent_once_more_holds_nothing_behind_the_erasure(tmp_path: Path) -> None:
    """Its intent, and what it has under way for the customer, would stand in every other conversation's way for ever."""

    async def scene(stage: Stage) -> None:
        stage.harness.tools.around = failing("refund_payment", replace(DOWN, retry_after=20.0), times=1)
        c = await stage.writes(SMALL, "1")
        await stage.settle(c, within=5)
        assert [row.state for row in await stage.harness.store.intents(BRAND, f"order:{ORDER}")] == ["open"]
        await order(stage, c)
        await stage.settle(c, within=60)
        assert (await stage.harness.state(c)).erased
        assert await held(stage) == []
        other = await stage.writes(SMALL, "2", thread="thread_2")
        await stage.settle(other, within=60)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene, alone=True)


def test_R_N5_whoever_worked_on_it_remembers_nothing_that_a_reply_was_held_against() -> None:
    memory = Remembered(read=Kept(about=("r1", "Amara Okafor, Lindenweg 4")))
    memory.forget_texts()
    assert memory.read == Kept()


async def held(stage: Stage) -> list[str]:
    """Who holds an intent that is not executed."""
    query = "SELECT holder FROM intent WHERE state <> 'executed'"
    return await stage.harness.store.write(lambda c: [str(row[0]) for row in c.exec_driver_sql(query)])

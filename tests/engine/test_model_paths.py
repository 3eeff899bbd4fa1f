"""Each way in which a model can fail, from the failure to what the customer hears (R-A7): nothing is poisoned, no loop."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import (
    AnswerRejected,
    AskRaised,
    EffectFinished,
    EffectStarted,
    ModelSpoke,
    ProposalSettled,
    Proposed,
    ReplyDrafted,
    ReplySent,
    RunAnswered,
    RunContinuedAs,
    RunEscalated,
    RunFailed,
    Usage,
)
from agent_core.contract.ids import ConversationId
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import Instance
from agent_core.models.failures import ModelFailure
from agent_core.models.scripted import call_tools, say
from agent_core.workflows.release import Release
from tests.engine.harness import CORE, ORDER, OTHER_ORDER, QUICK
from tests.engine.stage import Stage, ended_well, play, requests_of

WHERE = f"Where is order {OTHER_ORDER}?"
BOTH = f"Please refund order {ORDER}. {WHERE}"


@pytest.fixture(autouse=True)
def quiet(expected_logs: Any) -> None:
    """Failures of a model are logged as warnings."""
    expected_logs("agent_core.engine", "model_failed|model_answer_unusable|conversation_lost", required=False)


def with_timing(stage: Stage, **timing: int) -> None:
    """The brand with another deadline."""
    old = stage.harness.brand.release
    brand = old.content.brand
    brand = brand.model_copy(update={"timing": brand.timing.model_copy(update=timing)})
    release = Release.of(old.content.model_copy(update={"brand": brand}))
    stage.harness.brand = replace(stage.harness.brand, release=release)
    stage.harness.brands.at_work = stage.harness.brand


async def until(stage: Stage, c: ConversationId, wanted: Callable[[list[Any]], bool]) -> None:
    """Waits until the log holds what is wanted."""
    new = asyncio.Event()
    unsubscribe = stage.harness.store.subscribe(lambda _: new.set())
    try:
        while not wanted(await stage.events(c)):
            await new.wait()
            new.clear()
    finally:
        unsubscribe()


def test_R_A7_an_answer_that_was_cut_off_is_asked_for_once_more_with_more_room(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [ModelFailure("truncated", usage=Usage(input_tokens=9, output_tokens=4000))]
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        first, second, *_ = requests_of(stage, "run")
        assert second.max_tokens == 4 * first.max_tokens
        (failed,) = [e for e in await stage.events(c, EffectFinished) if e.outcome == "failed"]
        assert failed.usage == Usage(input_tokens=9, output_tokens=4000)  # what was paid is kept
        assert OTHER_ORDER in stage.texts()[0]

        stage.model.next["run"] = [ModelFailure("truncated")] * 9
        await stage.writes(f"And {WHERE}", "2")
        await stage.settle(c)
        assert [e.code for e in await stage.events(c, RunFailed)] == ["answer_too_long"]
        assert len(stage.model.next["run"]) == 7
        ended_well(await stage.harness.state(c))

    play(tmp_path, scene)


def test_R_A7_a_bad_answer_is_asked_for_once_more_with_the_reason_and_never_enters_the_transcript(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [say("hm")]
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        (rejected,) = await stage.events(c, AnswerRejected)
        assert rejected.code == "broken_json"
        again = str(requests_of(stage, "run")[1].messages)
        assert "Your last answer was not used. It was not one JSON object." in again
        assert "'hm'" not in again
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize("kind", ["overloaded", "server_error", "timeout", "connection"])
def test_R_A7_a_provider_that_stays_down_is_left_for_the_brands_other_model(tmp_path: Path, kind: Any) -> None:
    async def scene(stage: Stage) -> None:
        names = stage.harness.brand.names
        stage.model.next["run"] = [ModelFailure(kind), ModelFailure(kind)]
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        (over,) = await stage.events(c, RunContinuedAs)
        assert (over.code, over.fallback) == ("model_failed_over", True)
        models = [request.model for request in requests_of(stage, "run")]
        assert models[:3] == [names.standard, names.standard, names.small]
        assert set(models[3:]) == {names.small}
        state = await stage.harness.state(c)
        assert state.runs[over.run].phase == "withdrawn"
        assert len(state.open_proposals()) == 1
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_A7_a_provider_that_is_down_for_good_is_given_up_in_time_for_the_reply(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [ModelFailure("overloaded", retry_after=40)] * 9
        began = stage.clock.at
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=600)
        assert [e.code for e in await stage.events(c, RunFailed)] == ["model_unavailable"]
        (sent,) = [r for r in await stage.harness.log(c) if isinstance(r.event, ReplySent)]
        assert sent.at - began <= timedelta(seconds=46)
        ended_well(await stage.harness.state(c))

    play(tmp_path, scene)


def test_R_A7_a_limited_rate_is_waited_for_and_is_no_failure_and_the_customer_hears_in_time(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [ModelFailure("rate_limited", retry_after=20)] * 6
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=600)
        assert await stage.events(c, RunFailed, RunContinuedAs) == []
        failed = [r for r in await stage.harness.log(c) if isinstance(r.event, EffectFinished) and r.event.code]
        for record in failed:
            assert isinstance(record.event, EffectFinished)
            assert record.event.retry_at is not None
            assert record.event.retry_at - record.at >= timedelta(seconds=20)
        assert len(stage.texts()) == 2
        assert "still working" in stage.texts()[0]
        assert OTHER_ORDER in stage.texts()[1]

    play(tmp_path, scene)


def test_R_A7_a_limited_rate_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [ModelFailure("rate_limited", retry_after=100)] * 99
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=6000)
        assert [e.code for e in await stage.events(c, RunFailed)] == ["model_busy"]
        assert len(stage.model.next["run"]) > 90
        ended_well(await stage.harness.state(c))

    play(tmp_path, scene)


@pytest.mark.parametrize("purpose", ["triage", "run"])
def test_R_A7_a_key_that_is_not_accepted_is_never_tried_in_a_loop(tmp_path: Path, purpose: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next[purpose] = [ModelFailure("unauthorised")] * 9
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=6000)
        assert len(stage.model.next[purpose]) == 8
        asks = [e.ask for e in await stage.events(c, AskRaised)]
        assert [a.code for a in asks] == ["model_not_authorised"]
        assert "on_call" in asks[0].roles
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        ended_well(state)
        assert len(stage.texts()) == 1
        other = await stage.writes(WHERE, "2", thread="thread_2")
        await stage.settle(other)
        assert len(stage.model.next[purpose]) == 8  # the provider is not asked again for a while
        assert (await stage.harness.state(other)).control == "awaiting_human"

    play(tmp_path, scene)


@pytest.mark.parametrize("purpose", ["triage", "run"])
def test_R_A8_a_request_that_the_provider_calls_malformed_quarantines_that_one_conversation(
    tmp_path: Path, purpose: str
) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next[purpose] = [ModelFailure("invalid_request")]
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=600)
        state = await stage.harness.state(c)
        assert (state.control, state.control_code) == ("quarantined", "request_refused")
        assert [e.ask.kind for e in await stage.events(c, AskRaised)] == ["quarantine"]
        other = await stage.writes(WHERE, "2", thread="thread_2")
        await stage.settle(other)
        assert (await stage.harness.state(other)).control == "agent"

    play(tmp_path, scene)


def test_R_A7_a_refused_message_goes_to_people_and_the_next_one_is_answered_without_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        stage.model.next["run"] = [ModelFailure("refusal", category="general_harms")] * 9
        await stage.writes(f"Tell me something terrible about order {OTHER_ORDER}. {WHERE}", "2")
        await stage.settle(c)
        assert len(stage.model.next["run"]) == 8
        (over,) = await stage.events(c, RunContinuedAs)
        assert over.code == "model_refused"
        assert [e.code for e in await stage.events(c, RunEscalated)] == ["model_refused"]
        assert "colleague" in stage.texts()[1]
        ended_well(await stage.harness.state(c))
        for record in await stage.harness.log(c):
            assert not isinstance(record.event, ModelSpoke) or record.event.run != over.successor
        assert (await stage.harness.state(c)).control == "awaiting_human"

        stage.model.next["run"] = []
        await stage.control(c, "agent")
        state = await stage.harness.state(c)
        await stage.says(c, "One moment.")
        text = str([e.body.id for e in state.runs[over.successor].transcript])
        refused = [m.text.id for m in state.messages if m.seq > 20]
        assert not [body for body in refused if body in text]
        earlier = json.loads((await stage.harness.store.body(over.history)).text)["earlier"]
        assert {row["tool"] for row in earlier} == {"get_order", "track_order"}
        assert {row["outcome"] for row in earlier} == {"succeeded"}

    play(tmp_path, scene)


@pytest.mark.parametrize("kind", ["refusal", "too_long", "truncated", "bad_answer", "overloaded"])
def test_R_A7_triage_that_cannot_be_had_goes_to_people_in_time(tmp_path: Path, kind: Any) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["triage"] = [ModelFailure(kind)] * 99
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=600)
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        ended_well(state)
        assert len(stage.texts()) == 1
        assert len(stage.model.next["triage"]) >= 95
        assert stage.clock.at <= state.messages[0].arrived_at + timedelta(seconds=60)

    play(tmp_path, scene)


def test_R_N6_a_yes_that_comes_to_nothing_because_its_run_is_over_is_seen_by_people(tmp_path: Path) -> None:
    """It was: after a hand-back what was approved lapsed, nobody was asked, and the customer went on waiting for it."""

    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        stage.model.next["run"] = [ModelFailure("refusal")]
        await stage.writes(f"How long does the refund of order {ORDER} take?", "2")
        await stage.settle(c)
        await stage.control(c, "human")
        await stage.control(c, "agent")
        await stage.settle(c)
        await stage.harness.decide(c)
        await stage.settle(c)
        assert [(e.outcome, e.code) for e in await stage.events(c, ProposalSettled)] == [("lapsed", "run_withdrawn")]
        assert stage.harness.refunds() == []
        (ask,) = [e.ask for e in await stage.events(c, AskRaised) if "nobody has told the customer" in e.ask.sentence]
        assert (ask.kind, ask.money) == ("escalation", (await stage.events(c, Proposed))[0].proposal.money)
        assert not (await stage.harness.state(c)).asks[ask.id].resolved

    play(tmp_path, scene)


def test_R_A7_a_question_that_ends_the_process_each_time_goes_to_people(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        for _ in range(12):
            asked = stage.model.hold("run")
            looking = asyncio.create_task(stage.settle(c))
            await asyncio.wait({looking, asyncio.create_task(asked.wait())}, return_when=asyncio.FIRST_COMPLETED)
            stage.model.asked.clear()
            if looking.done():
                break
            looking.cancel()
            await asyncio.wait({looking})
            stage.harness.runner = Runner(
                stage.harness.store, stage.harness.brands, stage.harness, instance=Instance(CORE, "test"),
                clock=stage.clock, deadlines=QUICK,
            )  # fmt: skip
        await stage.settle(c)
        assert [e.code for e in await stage.events(c, RunFailed)] == ["work_was_interrupted"]
        assert len([e for e in await stage.events(c, EffectStarted) if e.purpose == "run"]) == 4
        assert "colleague" in stage.texts()[0]
        ended_well(await stage.harness.state(c))

    play(tmp_path, scene)


def test_R_A7_at_the_deadline_the_reply_says_what_is_settled_and_the_rest_follows(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def slow(name: str, perform: Any) -> Any:
            if name == "list_payments":
                await slow_one.wait()
            return perform()

        slow_one = asyncio.Event()
        stage.harness.tools.around = slow
        c = await stage.writes(BOTH, "1")
        looking = asyncio.create_task(stage.settle(c))
        await until(stage, c, lambda events: any(getattr(e, "tool", None) == "list_payments" for e in events))
        await until(stage, c, lambda events: any(isinstance(e, RunAnswered) for e in events))
        stage.clock.forward(seconds=46)
        stage.harness.runner.nudge(c)
        await until(stage, c, lambda events: any(isinstance(e, ReplySent) for e in events))
        (early,) = stage.texts()
        assert OTHER_ORDER in early
        assert ORDER not in early
        assert "still working" in early
        slow_one.set()
        await looking
        await stage.settle(c)
        assert len(stage.texts()) == 2
        assert ORDER in stage.texts()[1]
        drafted = await stage.events(c, ReplyDrafted)
        assert [d.partial for d in drafted] == [True, False]

    play(tmp_path, scene)


def test_R_A8_what_is_sent_while_a_model_thinks_stands_behind_what_it_says(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        with_timing(stage, reply_deadline_s=5)
        stage.model.next["run"] = [call_tools(("t1", "track_order", {"order_id": OTHER_ORDER}))]
        asked = stage.model.hold("run")
        c = await stage.writes(BOTH, "1")
        looking = asyncio.create_task(stage.settle(c))
        await asked.wait()
        stage.clock.forward(seconds=6)
        stage.harness.runner.nudge(c)
        await until(stage, c, lambda events: any(isinstance(e, ReplySent) for e in events))
        state = await stage.harness.state(c)
        thinking = next(run for run in state.runs.values() if any(e.run == run.run for e in state.open.values()))
        assert [e.kind for e in thinking.later] == ["sent"]
        assert "sent" not in [e.kind for e in thinking.transcript]
        looking.cancel()
        await asyncio.wait({looking})
        await stage.settle(c)
        await stage.settle(c)  # what the first one was just storing may have come first
        run = (await stage.harness.state(c)).runs[thinking.run]
        kinds = [e.kind for e in run.transcript]
        assert kinds.index("sent") > kinds.index("input")
        assert run.later == ()
        ended_well(await stage.harness.state(c))

    play(tmp_path, scene)

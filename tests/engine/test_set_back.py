"""A clock that is set back by hours: what was to wait for seconds goes on at once, and what is promised stays (R-A4)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent_core.contract.events import EffectStarted, TurnOpened
from agent_core.contract.ids import ConversationId, ReleaseDigest, RunId, StreamId, WorkflowName
from agent_core.conversation.ask_state import Failing
from agent_core.conversation.set_back import as_of, put_off
from agent_core.conversation.state import Run, State
from agent_core.engine.port import Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.models.failures import ModelFailure
from agent_core.store import Store, WakeRequest
from agent_core.systems.port import Delivery, DidNotHappen, NotSent
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play
from tests.engine.test_tools import DOWN, LOST, SMALL, failing
from tests.engine.worker import Worker, nothing_waits
from tests.store.logs import HeldClock, conversation, opened, opening

WHERE = f"Where is order {OTHER_ORDER}?"
SLOWLY = replace(DOWN, retry_after=20.0)
BUSY = ModelFailure("overloaded", retry_after=20)
HOURS = 5
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

Breaks = Callable[[Stage], str]
"""Makes something fail once, and answers what the customer writes."""


def _read(stage: Stage) -> str:
    stage.harness.tools.around = failing("track_order", SLOWLY, times=1)
    return WHERE


def _write(stage: Stage) -> str:
    stage.harness.tools.around = failing("refund_payment", SLOWLY, times=1)
    return SMALL


def _triage(stage: Stage) -> str:
    stage.model.next["triage"] = [BUSY]
    return WHERE


def _run(stage: Stage) -> str:
    stage.model.next["run"] = [BUSY]
    return WHERE


def _reply(stage: Stage) -> str:
    left = [1]

    async def before(_: str) -> Delivery | None:
        left[0] -= 1
        return None if left[0] < 0 else NotSent("busy", "It is busy.", transient=True, retry_after=20.0)

    stage.harness.channel.before = before
    return WHERE


def _customer(stage: Stage) -> str:
    """Nothing fails: a few seconds are waited for another message."""
    release = stage.harness.brand.release
    timing = release.content.brand.timing.model_copy(update={"batch_window_ms": 20_000})
    brand = release.content.brand.model_copy(update={"timing": timing})
    made = Release.of(release.content.model_copy(update={"brand": brand}))
    stage.harness.brands.activate(replace(stage.harness.brand, release=made))
    return WHERE


@pytest.mark.parametrize("breaks", [_read, _write, _triage, _run, _reply, _customer])
def test_R_A4_what_waits_for_seconds_does_not_wait_for_the_hours_that_a_clock_lost(
    tmp_path: Path, expected_logs: Callable[..., object], breaks: Breaks
) -> None:
    if breaks in (_triage, _run):
        expected_logs("agent_core.engine.asking", "model_failed", required=True)

    async def scene(stage: Stage) -> None:
        c = await stage.writes(breaks(stage), "1")
        await stage.settle(c, within=5)
        assert stage.texts() == []
        stage.clock.forward(hours=-HOURS)
        await stage.settle(c, within=5)
        (text,) = stage.texts()
        assert (ORDER if breaks is _write else OTHER_ORDER) in text
        assert len(await stage.events(c, TurnOpened)) == 1
        assert len(stage.harness.refunds()) == (breaks is _write)

    play(tmp_path, scene, alone=True)


def test_R_A4_what_is_put_off_after_the_clock_was_set_back_waits_as_long_as_it_should(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine.asking", "model_failed", required=True)

    async def scene(stage: Stage) -> None:
        stage.model.next["triage"] = [BUSY, BUSY]
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=5)
        stage.clock.forward(hours=-HOURS)
        set_back = stage.clock.at
        handled = await stage.harness.runner.handle(c)
        assert handled.next_due is not None
        assert timedelta(seconds=20) <= handled.next_due - set_back <= timedelta(seconds=30)
        assert len(_asked(stage)) == 2
        await stage.settle(c, within=60)
        assert len(_asked(stage)) == 3
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def _asked(stage: Stage) -> list[str]:
    return [request.purpose for request in stage.model.requests if request.purpose == "triage"]


@pytest.mark.parametrize("happened", [False, True])
def test_R_A4_a_write_whose_answer_was_lost_is_settled_though_its_deadline_lies_hours_ahead(
    tmp_path: Path, happened: bool
) -> None:
    async def scene(stage: Stage) -> None:
        stage.harness.tools.around = failing("refund_payment", replace(LOST, transient=True), times=1, after=happened)
        stage.harness.tools.looked_up = lambda _: DidNotHappen()
        c = await stage.writes(SMALL, "1")
        handled = await stage.harness.runner.handle(c)
        assert handled.next_due is not None, "it may still arrive, until its deadline"
        stage.harness.tools.looked_up = None
        stage.clock.forward(hours=-HOURS)
        handled = await stage.harness.runner.handle(c)
        if not happened:
            assert handled.next_due is not None
            assert handled.next_due > stage.clock.at, "and is not sent again before"
            assert len(await _writes(stage, c)) == 1
        await stage.settle(c, within=5)
        assert len(stage.harness.refunds()) == 1
        assert len(await _writes(stage, c)) == (1 if happened else 2)
        assert len(stage.texts()) == 1

    play(tmp_path, scene, alone=True)


async def _writes(stage: Stage, c: ConversationId) -> list[EffectStarted]:
    return [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]


def test_R_A4_what_failed_before_is_not_forgotten_when_something_else_fails_by_the_new_clock() -> None:
    def run(name: str, due: datetime | None) -> Run:
        return Run(RunId(name), WorkflowName("w"), 1, ReleaseDigest("d"), "s", 1, failing=Failing(retry_at=due))

    waits = {name: run(name, AT + timedelta(seconds=30)) for name in (RunId("r1"), RunId("r2"))}
    state = put_off(State(runs=waits, reply_retry_at=AT + timedelta(seconds=9)), AT)
    assert as_of(state, AT) is state
    assert as_of(state, AT - timedelta(seconds=1)) is state, "clocks of two workers are never quite together"
    set_back = AT - timedelta(hours=HOURS)
    state = put_off(state, set_back)
    assert [each.failing.retry_at for each in state.runs.values()] == [set_back, set_back]
    assert (state.reply_retry_at, state.failed_at) == (set_back, set_back)
    assert as_of(state, set_back) is state


def test_R_A4_an_undo_window_is_waited_for_by_the_clock_however_it_stands(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        undo = stage.clock.at + timedelta(seconds=20)
        await stage.harness.decide(c, undo=timedelta(seconds=20))
        stage.clock.forward(hours=-HOURS)
        handled = await stage.harness.runner.handle(c)
        assert handled.next_due == undo
        assert stage.harness.refunds() == []

    play(tmp_path, scene)


def _begin(store: Store, worker: Worker) -> tuple[TableEngine, asyncio.Task[None]]:
    engine = TableEngine(store, Pace(poll=0.02, grace=0.2))
    working = engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge)
    return engine, asyncio.create_task(working)


@pytest.mark.parametrize("meanwhile", ["working", "stopped"])
def test_R_A4_whoever_waits_for_a_moment_is_looked_at_when_the_clock_is_set_back(tmp_path: Path, meanwhile: str) -> None:
    async def body() -> None:
        clock, worker = HeldClock(), Worker()

        async def later(_: StreamId) -> Handled | None:
            return Handled(clock() + timedelta(minutes=10)) if len(worker.seen) == 1 else None

        worker.then = later
        async with opened(tmp_path, clock=clock) as store:
            await store.append(opening(wake=WakeRequest()))
            engine, running = _begin(store, worker)
            await worker.until(lambda: len(worker.seen) == 1)
            if meanwhile == "stopped":
                await engine.stop()
                await running
            clock.advance(-HOURS * 3600)
            if meanwhile == "stopped":
                engine, running = _begin(store, worker)
            await worker.until(lambda: worker.seen == [conversation()] * 2)
            await nothing_waits(store)
            await engine.stop()
            await running

    asyncio.run(body())

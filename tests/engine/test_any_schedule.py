"""Whatever happens, in whatever order: what must hold holds (R-A1, R-A2, R-A3, R-A6, R-A7, R-A8, R-C6, R-E3).

Each seed is a world of its own. A failure names its seed; `-m slow` plays many more.
"""

import asyncio
import logging
import tempfile
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agent_core.contract.actors import Person
from agent_core.contract.events import (
    CallAnswered,
    EffectFinished,
    EffectStarted,
    ModelSpoke,
    NoticeGiven,
    ProposalSettled,
    Recorded,
    ReplyDrafted,
    ReplySent,
)
from agent_core.contract.ids import ConversationId
from agent_core.conversation.decide import decide
from agent_core.conversation.evolve import evolve, fold
from agent_core.conversation.machines import SETTLED
from agent_core.conversation.state import State
from tests.engine.chance import Chance, ChanceModel
from tests.engine.harness import ORDER, OTHER_ORDER, Harness
from tests.engine.stage import Stage, StageClock

T = TypeVar("T")

WORLD = settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], phases=(Phase.explicit, Phase.generate)
)


@pytest.fixture(autouse=True)
def _expected(request: pytest.FixtureRequest) -> Generator[None]:
    """Faults are logged, as they should be: here they are the subject."""
    logging.getLogger("agent_core.engine").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core.engine").setLevel(logging.NOTSET)


def live(seed: int) -> None:
    """Plays one world and checks it."""

    async def body(folder: Path) -> None:
        chance = Chance(seed)
        clock, model = StageClock(), ChanceModel(chance)
        harness = await Harness.open(folder, clock=clock, model=model)
        try:
            stage = Stage(harness, clock, model)
            conversation = await chance.live(stage)
            await check(stage, conversation, model, f"seed {seed}: {chance.happened}")
        finally:
            await harness.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(body(Path(folder)))


async def check(stage: Stage, c: ConversationId, model: ChanceModel, what: str) -> None:
    records = await stage.harness.log(c)
    await stage.harness.store.verify(c)
    states = one_by_one(records)
    state = states[-1]
    assert model.invalid == [], f"{what}: {model.invalid}"
    assert not state.damaged, what
    assert fold(records) == state, what
    every_call_was_answered_once(records, what)
    starts_were_allowed(records, states, what)
    rules = stage.harness.brand.rules
    assert decide(state, rules, stage.clock.at) == decide(fold(records), rules, stage.clock.at)
    money_moved_once(stage, records, what)
    nothing_is_stuck(state, what)
    assert max(Counter(e.proposal for e in of(records, NoticeGiven)).values(), default=0) <= 1, what
    assert max(Counter(e.reply for e in of(records, ReplySent)).values(), default=0) <= 1, what
    assert len(stage.texts()) >= len(of(records, ReplySent)), what


def of(records: tuple[Recorded, ...], kind: type[T]) -> list[T]:
    return [r.event for r in records if isinstance(r.event, kind)]


def one_by_one(records: tuple[Recorded, ...]) -> list[State]:
    """The state before the first event, and after each."""
    states = [State()]
    for record in records:
        states.append(evolve(states[-1], record))
    return states


def every_call_was_answered_once(records: tuple[Recorded, ...], what: str) -> None:
    made = [(spoke.run, call.tool_use_id) for spoke in of(records, ModelSpoke) for call in spoke.calls]
    answered = Counter((e.run, e.tool_use_id) for e in of(records, CallAnswered))
    assert max(answered.values(), default=0) <= 1, what
    assert set(answered) <= set(made), what
    ended = Counter(e.effect for e in of(records, EffectFinished) if e.settled_by != "person")
    started = Counter(e.effect for e in of(records, EffectStarted))
    assert max(ended.values(), default=0) <= 1, what
    assert max(started.values(), default=0) <= 1, what
    assert set(ended) <= set(started), what


def starts_were_allowed(records: tuple[Recorded, ...], states: list[State], what: str) -> None:
    """Nothing of the agent's starts while a person has control; a write about something only where it may."""
    drafted = {r.event.reply: r.actor for r in records if isinstance(r.event, ReplyDrafted)}
    for record, before in zip(records, states, strict=False):
        event = record.event
        if not isinstance(event, EffectStarted):
            continue
        if event.kind == "reply":
            assert event.reply is not None
            by_person = isinstance(drafted[event.reply], Person)
            assert by_person or before.control == "agent", f"{what}: talked over a person at {record.seq}"
        elif event.kind == "write":
            assert before.control in ("agent", "awaiting_human"), f"{what}: wrote at {record.seq}"
        assert not any(e.kind == "write" for e in before.open.values()) or event.kind != "write", what


def money_moved_once(stage: Stage, records: tuple[Recorded, ...], what: str) -> None:
    refunds = [*stage.harness.refunds(ORDER), *stage.harness.refunds(OTHER_ORDER)]
    keys = [r["idempotency_key"] for r in refunds]
    assert len(set(keys)) == len(keys), what
    approved = {e.idempotency_key for e in of(records, EffectStarted) if e.purpose == "approved_tool"}
    assert set(keys) <= approved, what
    executed = [e for e in of(records, ProposalSettled) if e.outcome == "executed"]
    assert len(executed) <= len(refunds) <= len(approved), what
    assert len(refunds) == len({(r["payment_id"], r["amount_minor"]) for r in refunds}), f"{what}: {refunds}"


def nothing_is_stuck(state: State, what: str) -> None:
    assert not state.open, f"{what}: open {dict(state.open)}"
    if state.control != "agent":
        return
    assert not state.waiting, f"{what}: a message waits"
    for run in state.runs.values():
        assert run.phase in SETTLED, f"{what}: {run.run} is {run.phase}"
        assert run.answer is None, f"{what}: {run.run} has something to say"
        assert not run.open_calls, what
    assert state.turn.answered, what
    for known in state.proposals.values():
        assert known.open or known.noticed, f"{what}: nobody told {known.proposal.run}"


@settings(WORLD, max_examples=25)
@given(st.integers(min_value=0, max_value=2**32))
def test_R_A8_whatever_happens_requests_are_valid_money_moves_once_and_nothing_is_stuck(seed: int) -> None:
    live(seed)


@pytest.mark.slow
@settings(WORLD, max_examples=500)
@given(st.integers(min_value=0, max_value=2**32))
def test_R_A8_whatever_happens_many_times(seed: int) -> None:
    live(seed)

"""A conversation that goes on in thought: its store in memory, its brand with ports that look back, its engine (R-M4).

Everything is copied from the log once; what is added is added in memory only. It must never hold anything that writes
outside, and never a store with a file.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from agent_core.authority.gate import Gate
from agent_core.contract.clock import Clock
from agent_core.contract.errors import Conflict
from agent_core.contract.events import CallJudged, EffectFinished, EffectStarted, Proposed, Recorded
from agent_core.contract.forking import ForkEnd, ForkWanted
from agent_core.contract.ids import BrandId, OperatorId, ReleaseDigest, StreamId, WorkflowName
from agent_core.contract.money import NO_CURRENCY
from agent_core.conversation.evolve import fold
from agent_core.conversation.silence import busy
from agent_core.conversation.state import State
from agent_core.engine.judging import counted as done_alone
from agent_core.engine.judging import tally_keys
from agent_core.engine.overriding import Wanted, change_of, obstacles, overridden
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork, Brands, Deadlines
from agent_core.engine.session import Remembered, Session
from agent_core.engine.work import call_holder, finish_key, start_key
from agent_core.models.port import ModelNames
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.fork_ports import (
    AskModel,
    ForkedModel,
    ForkedProver,
    ForkedTools,
    SilentChannel,
    Thread,
    reads_of,
    tally_of,
)
from agent_core.service.fork_recorded import Record, Replaced
from agent_core.service.settled_append import Read
from agent_core.store import Append
from agent_core.store.memory import MemoryStore, excerpt
from agent_core.workflows.release import Release

_LOOKS: Final = 40
_FURTHEST: Final = timedelta(minutes=30)
"""How far a fork's clock is moved on: over pauses before another attempt, not over a customer's silence."""

Different = Literal["workflow", "arguments", "model", "policy"]


class ForkClock:
    """The time in a fork: it begins where the log stood, and goes on by a little with each look at it."""

    def __init__(self, begin: datetime) -> None:
        self._now = begin

    def __call__(self) -> datetime:
        self._now += timedelta(microseconds=1)
        return self._now

    def reach(self, moment: datetime) -> None:
        """Goes on to a moment that lies ahead."""
        self._now = max(self._now, moment)


@dataclass(frozen=True, slots=True)
class ForkedBrands:
    """The one brand of a fork; texts of old releases are those of the house."""

    brand: BrandAtWork
    house: Brands

    def active(self, brand: BrandId) -> BrandAtWork:
        """The brand as the fork has it."""
        assert brand == self.brand.release.brand.name
        return self.brand

    def release(self, digest: ReleaseDigest) -> Release:
        """A release by digest."""
        return self.house.release(digest)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is run again: from where, with what."""

    wanted: ForkWanted
    read: Read
    position: int
    operator: OperatorId
    different: tuple[Different, ...]
    gate: Gate | None
    replaced: Replaced | None


async def check_not_stopped(means: Means, state: State, workflow: WorkflowName | None = None) -> None:
    """Whether anything may be asked for this conversation's brand now, and for the workflows that have worked in it.

    Args:
        means: What the service has.
        state: Of the conversation.
        workflow: One that it is thought through with besides.

    Raises:
        Conflict: `stopped`.
    """
    stops = await means.store.stops(state.brand)
    if stops.everything:
        raise Conflict("stopped", "The agent is stopped here: no model and no system is asked until somebody resumes it.")
    at_work = {run.workflow for run in state.runs.values()} | ({workflow} if workflow else set())
    if at_work & stops.workflows:
        raise Conflict("stopped", "A workflow of this is stopped: nobody is asked anything until somebody resumes it.")


async def store_of(means: Means, asked: Asked, clock: Clock) -> MemoryStore:
    """The conversation up to the place, in memory."""
    records = asked.read.records
    kept = fold(records[: asked.position])
    about = {resource for record in records if (resource := _resource(record)) is not None}
    own = _own(kept, records[: asked.position])
    later = _later(asked.read.stream, records[asked.position :])
    taken = await means.store.read(
        lambda tx: excerpt(tx, asked.read.stream, asked.position, resources=about, own=own, later=later)
    )
    return MemoryStore(taken, clock=clock, secret=means.store.secret, generation=means.store.generation)


def _later(stream: StreamId, records: Sequence[Recorded]) -> frozenset[str]:
    """Keys of what began or ended behind the place."""
    found: set[str] = set()
    for record in records:
        if isinstance(record.event, EffectStarted):
            found.add(start_key(stream, record.event.effect))
        elif isinstance(record.event, EffectFinished):
            found.add(finish_key(stream, record.event.effect))
    return frozenset(found)


def _resource(record: Recorded) -> str | None:
    event = record.event
    if isinstance(event, CallJudged):
        return event.resource
    return event.proposal.resource if isinstance(event, Proposed) else None


def _own(kept: State, records: Sequence[Recorded]) -> dict[str, str]:
    """Intents the conversation held by then: of proposals, and of writes of the agent alone."""
    held = {str(key): "open" if known.open else "executed" for key, known in kept.proposals.items()}
    for record in records:
        event = record.event
        if isinstance(event, EffectStarted) and event.purpose == "tool" and event.kind == "write":
            assert event.run is not None
            assert event.tool_use_id is not None
            held[call_holder(record.stream, event.run, event.tool_use_id)] = "executed"
    return held


async def brand_of(means: Means, asked: Asked, record: Record, thread: Thread) -> BrandAtWork:
    """The brand with ports that look back, and the way ahead only where somebody said so."""
    wanted, real = asked.wanted, means.shelf.active(asked.read.state.brand)
    deadlines = Deadlines()
    reads = reads_of(real.tools, real.release.tools) if wanted.live_reads else {}
    tally = tally_of(real.tools) if wanted.live_reads else None
    return BrandAtWork(
        release=real.release,
        gate=real.gate if asked.gate is None else asked.gate,
        tools=ForkedTools(record, thread, reads, lambda: means.clock() + deadlines.read, tally),
        channels=dict.fromkeys(real.channels, SilentChannel()),
        model=ForkedModel(record, thread, await _ask(means, asked) if wanted.live_model else None, asked.replaced),
        names=real.names if wanted.model is None else ModelNames(small=wanted.model, standard=wanted.model),
        sandbox=real.sandbox,
        prover=None if real.prover is None else ForkedProver(record, thread),
    )


async def _ask(means: Means, asked: Asked) -> AskModel:
    """The brand's real model, behind its real breaker, as long as nobody stops the agent."""
    context = await context_of(means, asked.read)

    async def ask(request: Any) -> Any:
        await check_not_stopped(means, asked.read.state)
        return await context.ask(request)

    return ask


async def counted(means: Means, asked: Asked, store: MemoryStore, runner: Runner) -> None:
    """Counters of the day as they stand, without what this conversation itself did behind the place."""
    session = await _session(store, asked)
    context = runner.context(session, {})
    mine: dict[str, int] = {}
    currencies = {context.brand.release.brand.currency, NO_CURRENCY}
    for record in asked.read.records:
        event = record.event
        if isinstance(event, EffectStarted) and event.money is not None:
            currencies.add(event.money.currency)
    keys: set[str] = set()
    for currency in currencies:
        keys.update(await tally_keys(context, currency, session.now))
    for record in asked.read.records[asked.position :]:
        event = record.event
        if isinstance(event, EffectStarted) and (event.kind, event.purpose, event.attempt) == ("write", "tool", 1):
            for key, more in await done_alone(context, event.money, record.at):
                mine[key] = mine.get(key, 0) + more
    now = await means.store.read(lambda tx: {key: tx.tally(key) for key in keys})
    await store.count({key: amount - mine.get(key, 0) for key, amount in now.items()})


async def _session(store: MemoryStore, asked: Asked) -> Session:
    session = Session(store, asked.read.stream, store.clock, Remembered())
    await session.refresh()
    return session


async def override(asked: Asked, store: MemoryStore, runner: Runner) -> None:
    """The workflow that is tried takes the conversation over, as a person's override would put it there."""
    assert asked.wanted.workflow is not None
    session = await _session(store, asked)
    context = runner.context(session, {})
    wanted = Wanted(workflows=(WorkflowName(asked.wanted.workflow),), queue=None, operator=asked.operator)
    changed = change_of(context, wanted.workflows)
    for obstacle in obstacles(context, wanted, changed):
        raise Conflict(obstacle.code, obstacle.sentence, detail=asked.read.stream)
    pending = await overridden(context, wanted, changed, asked.read.records[: asked.position])
    await store.append(Append(asked.read.stream, pending.drafts, bodies=pending.bodies))


async def run_through(
    runner: Runner, store: MemoryStore, read: Read, thread: Thread, clock: ForkClock, seconds: float
) -> ForkEnd:
    """Lets the engine work until the turn is over, or the fork ends."""
    before = len(await store.records(read.stream))
    try:
        async with asyncio.timeout(seconds):
            for _ in range(_LOOKS):
                due = await _look(runner, read, thread)
                if thread.end is not None:
                    return thread.end
                records = await store.records(read.stream)
                state = fold(records)
                if not busy(state) or state.control != "agent":
                    return _end_of(records[before:], state)
                if due is None or due - clock() > _FURTHEST:
                    return "waits"
                clock.reach(due)
    except TimeoutError:
        return "time_over"
    return "too_long"


async def _look(runner: Runner, read: Read, thread: Thread) -> datetime | None:
    """One look of the engine; taken down when the fork ends in its midst."""
    looking = asyncio.create_task(runner.handle(read.stream), name=f"fork {read.stream}")
    ending = asyncio.create_task(thread.over.wait())
    try:
        await asyncio.wait({looking, ending}, return_when=asyncio.FIRST_COMPLETED)
        return looking.result().next_due if looking.done() else None
    finally:
        for task in (looking, ending):
            task.cancel()
        await asyncio.wait({looking, ending})


def _end_of(records: Sequence[Recorded], state: State) -> ForkEnd:
    kinds = {record.event.type for record in records}
    if state.control == "quarantined":
        return "quarantined"
    if "proposed" in kinds:
        return "proposed"
    if state.control in ("awaiting_human", "human"):
        return "to_people"
    if "reply_sent" in kinds:
        return "replied"
    return "nothing_to_do"

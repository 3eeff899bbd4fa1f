"""`handle(conversation)`: fold, decide, judge, perform, append, again — until nothing is left to do now (R-A1 … R-A7).

The only place where effects are started. It holds no truth: killed at any instruction, the next worker folds the log and
goes on. Starts go through the fence; outcomes carry no expectation; a nudge (new message, takeover, pause) makes it look
again at once, which stops model calls for a question that has changed (R-A3).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from agent_core.contract.clock import Clock
from agent_core.contract.ids import EffectId, StreamId
from agent_core.conversation.decide import decide
from agent_core.conversation.plan import (
    AskToLookAgain,
    Expire,
    GiveNotice,
    ReleaseAsk,
    SettleDenied,
    Step,
    Supersede,
)  # fmt: skip
from agent_core.engine import recovery
from agent_core.engine.port import Handled
from agent_core.engine.runtime import BrandAtWork, Brands, Deadlines, Instance, Operators
from agent_core.engine.session import Pending, Remembered, Session
from agent_core.engine.steps import TABLE, Context
from agent_core.engine.steps.common import broken
from agent_core.engine.work import Launch
from agent_core.store import GLOBAL_SCOPE, Stale, Store, Taken, brand_scope

log = structlog.get_logger(__name__)

_REMEMBERED = 256
_STEPS_AT_ONCE = 64
"""Rounds of deciding without an effect or a commit in between; more is a bug, not a conversation."""

_ALLOWED_WHILE_PAUSED = (AskToLookAgain, Expire, GiveNotice, ReleaseAsk, SettleDenied, Supersede)


class LostConversation(BaseException):
    """Another worker took this conversation over; whatever is in flight here must not be appended."""


class DoesNotSettle(RuntimeError):
    """Deciding went round in circles."""


class Runner:
    """Works on conversations, one handling at a time each."""

    def __init__(
        self,
        store: Store,
        brands: Brands,
        operators: Operators,
        *,
        instance: Instance,
        clock: Clock,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._store = store
        self._brands = brands
        self._operators = operators
        self._instance = instance
        self._clock = clock
        self._deadlines = deadlines or Deadlines()
        self._memories: OrderedDict[StreamId, Remembered] = OrderedDict()
        self._nudges: dict[StreamId, asyncio.Event] = {}

    def nudge(self, stream: StreamId) -> None:
        """Something was appended to a conversation that is being handled here: look again now."""
        waiting = self._nudges.get(stream)
        if waiting is not None:
            waiting.set()

    async def handle(self, stream: StreamId) -> Handled:
        """Does everything there is to do now.

        Returns:
            When to look again if nothing else happens.
        """
        memory = self._memories.pop(stream, None) or Remembered()
        session = Session(self._store, stream, self._clock, memory)
        nudge = self._nudges[stream] = asyncio.Event()
        handling = _Handling(self, session, nudge)
        try:
            due = await handling.run()
        except LostConversation:
            return Handled(next_due=None)
        except BaseException:
            await handling.stop()
            raise
        finally:
            self._nudges.pop(stream, None)
        self._memories[stream] = memory
        while len(self._memories) > _REMEMBERED:
            self._memories.popitem(last=False)
        return Handled(next_due=due)

    def context(self, session: Session, brand: BrandAtWork) -> Context:
        """What a step may use."""
        return Context(
            session=session,
            brand=brand,
            brands=self._brands,
            operators=self._operators,
            instance=self._instance,
            deadlines=self._deadlines,
        )

    def brand(self, session: Session) -> BrandAtWork:
        """The conversation's brand as it is now."""
        return self._brands.active(session.true_state.brand)


class _Handling:
    """One handling of one conversation."""

    def __init__(self, runner: Runner, session: Session, nudge: asyncio.Event) -> None:
        self._runner = runner
        self._session = session
        self._nudge = nudge
        self._tasks: dict[asyncio.Task[Pending], Launch] = {}
        self._fresh: dict[Any, Any] = {}
        self._scopes: Mapping[str, tuple[int, bool]] = {}

    async def run(self) -> datetime | None:
        """Until nothing is left to do now."""
        session = self._session
        await session.refresh()
        if session.true_state.conversation is None:
            return None
        unsettled = await self._recover()
        while True:
            self._nudge.clear()
            await session.refresh()
            brand = self._runner.brand(session)
            await self._read_scopes()
            due = await self._advance(self._runner.context(session, brand), brand)
            if not self._tasks:
                times = [time for time in (due, unsettled) if time is not None]
                return min(times) if times else None
            await self._wait()

    async def stop(self) -> None:
        """Cancels everything in flight and waits for it to end."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks.clear()

    async def _recover(self) -> datetime | None:
        """Settles what a crash left behind; returns when to look at what cannot be settled yet."""
        session = self._session
        if not session.true_state.open:
            return None
        context = self._runner.context(session, self._runner.brand(session))
        later: datetime | None = None
        for effect in tuple(session.true_state.open.values()):
            settled = await recovery.settle(context, effect)
            if isinstance(settled, datetime):
                later = settled if later is None else min(later, settled)
            else:
                log.info("recovered", conversation=session.stream, effect=effect.effect, kind=effect.kind)
                session.outcome(settled)
                await self._commit(with_scopes=False)
        return later

    async def _read_scopes(self) -> None:
        rows = {row.scope: row for row in await self._session.store.scopes()}
        names = (GLOBAL_SCOPE, brand_scope(self._session.true_state.brand))
        self._scopes = {name: (rows[name].epoch, rows[name].paused) if name in rows else (0, False) for name in names}

    @property
    def _paused(self) -> bool:
        return any(paused for _, paused in self._scopes.values())

    async def _advance(self, context: Context, brand: BrandAtWork) -> datetime | None:
        """Decides and appends until effects run or nothing is left; returns the next due time."""
        session = self._session
        for _ in range(_STEPS_AT_ONCE):
            plan = decide(session.state, brand.rules, session.now)
            steps = self._allowed(plan.steps)
            launches: list[Launch] = []
            for step in steps:
                handler: Callable[[Context, Any], Awaitable[Any]] = TABLE[type(step)]
                work = await handler(context, step)
                session.plan(work.pending)
                launches.extend(work.launches)
            if launches or (not steps and session.waiting):
                if not await self._commit(with_scopes=bool(launches)):
                    return session.now
                self._launch(launches)
                if launches:
                    continue
            if not steps:
                return plan.wake_at
        raise DoesNotSettle(f"{session.stream} at {session.true_state.seq}: {steps[:3]}")

    def _allowed(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """What may be done now: while paused only what ends things; never what is under way in this worker."""
        if self._paused:
            steps = tuple(step for step in steps if isinstance(step, _ALLOWED_WHILE_PAUSED))
            models = tuple(e.effect for e in self._session.state.open.values() if e.kind == "model")
            if models and not any(isinstance(step, Supersede) for step in steps):
                steps = (*steps, Supersede(models))
        for step in steps:
            if isinstance(step, Supersede):
                self._cancel(step.effects)
        return steps

    def _cancel(self, effects: tuple[EffectId, ...]) -> None:
        for task, launch in tuple(self._tasks.items()):
            if launch.effect in effects:
                task.cancel()
                del self._tasks[task]

    async def _commit(self, *, with_scopes: bool) -> bool:
        """Appends what waits. False: the fence had moved, so nothing planned was appended; look again."""
        session = self._session
        scopes = {name: epoch for name, (epoch, _) in self._scopes.items()} if with_scopes else {}
        try:
            await session.commit(session.fence(scopes=scopes))
        except Stale as stale:
            log.debug("stale", conversation=session.stream, reason=stale.reason)
            return False
        except Taken as taken:
            log.warning("conversation_lost", conversation=session.stream, key=taken.key)
            await self.stop()
            raise LostConversation from taken
        return True

    def _launch(self, launches: list[Launch]) -> None:
        for launch in launches:
            task = asyncio.create_task(_performed(launch), name=f"{self._session.stream}:{launch.effect}")
            self._tasks[task] = launch

    async def _wait(self) -> None:
        """Until an effect ended, or somebody nudged."""
        nudged = asyncio.create_task(self._nudge.wait())
        try:
            done, _ = await asyncio.wait({nudged, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nudged.cancel()
        for task in done:
            launch = self._tasks.pop(task, None) if task is not nudged else None  # pyright: ignore[reportArgumentType]
            if launch is None:
                continue
            error = task.exception()
            if error is None:
                self._session.outcome(task.result())  # pyright: ignore[reportArgumentType]
            else:
                log.error("effect_broke", conversation=self._session.stream, effect=launch.effect, exc_info=error)
                effect = self._session.true_state.open[launch.effect]
                self._session.outcome(broken(self._session, effect))


async def _performed(launch: Launch) -> Pending:
    return await launch.perform()

"""`handle(conversation)`: fold, decide, judge, perform, append, again — until nothing is left to do now (R-A1 … R-A7).

The only place where effects are started. It holds no truth: killed at any instruction, the next worker folds the log and
goes on. Starts go through the fence; outcomes carry no expectation; a nudge (new message, takeover, pause) makes it look
again at once, which stops model calls for a question that has changed (R-A3).
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any

import structlog

from agent_core.contract.base import of_checked
from agent_core.contract.clock import Clock
from agent_core.contract.errors import Unavailable
from agent_core.contract.events import EffectFinished
from agent_core.contract.ids import EffectId, ProposalId, StreamId, WorkflowName
from agent_core.conversation.decide import decide
from agent_core.conversation.plan import (
    AnswerNotRun,
    AskAboutAnswer,
    AskOnCall,
    AskPeople,
    AskStopped,
    AskTeam,
    AskToLookAgain,
    Breach,
    CloseCall,
    Dispatch,
    EndWithdrawn,
    EraseBodies,
    Expire,
    GiveNotice,
    GiveUpReply,
    Judge,
    LapseCorrected,
    LeaveIdle,
    NoteSecondAnswer,
    Plan,
    ReleaseAsk,
    ResolveReminder,
    SendReply,
    SettleDenied,
    SettleDoubt,
    StartCall,
    Step,
    Supersede,
    TellAnswer,
    TurnRules,
)  # fmt: skip
from agent_core.conversation.silence import busy
from agent_core.conversation.state import OpenEffect, State
from agent_core.conversation.stopped import after_stop, while_stopped
from agent_core.engine import recovery
from agent_core.engine.approved_days import ApprovedDays
from agent_core.engine.common import Reread, broken
from agent_core.engine.port import LOOK, Handled
from agent_core.engine.runtime import BrandAtWork, Brands, Deadlines, Instance, Operators
from agent_core.engine.session import Pending, Remembered, Session
from agent_core.engine.steps import TABLE, Context, Performing
from agent_core.engine.work import Launch, Work, call_holder
from agent_core.store import Draft, DuplicateIntent, LookEnd, Priority, Stale, Store, Taken

log = structlog.get_logger(__name__)

_REMEMBERED = 256
_ROUNDS = 64
"""Rounds of deciding in one go; more is a bug, not a conversation."""

_LATER = timedelta(hours=1)
"""When an effect that cannot be settled in quarantine is looked at again."""

_HOLD = timedelta(seconds=5)
"""When to look again at a proposal that may not be executed right now."""

_ALLOWED_WHILE_PAUSED = (
    AskAboutAnswer,
    AskPeople,
    AskStopped,
    AskTeam,
    AskOnCall,
    AskToLookAgain,
    Breach,
    EndWithdrawn,
    EraseBodies,
    Expire,
    GiveNotice,
    GiveUpReply,
    LapseCorrected,
    LeaveIdle,
    NoteSecondAnswer,
    ReleaseAsk,
    ResolveReminder,
    SettleDenied,
    SettleDoubt,
    Supersede,
    TellAnswer,
)

Deciding = Callable[[State, TurnRules, datetime], Plan]
"""What comes next in a conversation; `conversation.decide`, unless a test wants another answer."""


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
        chance: Random | None = None,
        deciding: Deciding = decide,
        steps: Mapping[type[Any], Performing] = TABLE,
    ) -> None:
        self._store = store
        self._brands = brands
        self._operators = operators
        self._instance = instance
        self._clock = clock
        self._deadlines = deadlines or Deadlines()
        self._chance = chance or SystemRandom()
        self._days = ApprovedDays()
        self.deciding = deciding
        self.steps = steps
        self._memories: OrderedDict[StreamId, Remembered] = OrderedDict()
        self._handlings: dict[StreamId, _Handling] = {}

    @property
    def instance(self) -> Instance:
        """Which core this is."""
        return self._instance

    def nudge(self, stream: StreamId) -> None:
        """Something was appended to a conversation that is being handled here: look again now."""
        handling = self._handlings.get(stream)
        if handling is not None:
            handling.nudge()

    async def handle(self, stream: StreamId) -> Handled:
        """Does everything there is to do now.

        Returns:
            When to look again if nothing else happens.
        """
        memory = self._memories.pop(stream, None) or Remembered()
        session = Session(self._store, stream, self._clock, memory)
        handling = self._handlings[stream] = _Handling(self, session)
        try:
            due = await handling.run()
        except LostConversation:
            # Whoever was faster need not have the conversation, or be alive: it is looked at again from the log.
            return Handled(next_due=self._clock(), priority=_priority(memory.state))
        except BaseException:
            await handling.stop()
            raise
        finally:
            self._handlings.pop(stream, None)
        memory.trim()
        self._memories[stream] = memory
        while len(self._memories) > _REMEMBERED:
            self._memories.popitem(last=False)
        return Handled(next_due=due, priority=_priority(memory.state), ended=handling.over)

    def active(self, session: Session) -> BrandAtWork:
        """The conversation's brand as it is now."""
        return self._brands.active(session.true_state.brand)

    def context(
        self, session: Session, reread: dict[ProposalId, Reread], paused: frozenset[WorkflowName] = frozenset()
    ) -> Context:
        """What a step may use. `paused`: workflows that are stopped."""
        return Context(
            session=session,
            brand=self._brands.active(session.true_state.brand),
            brands=self._brands,
            operators=self._operators,
            instance=self._instance,
            deadlines=self._deadlines,
            reread=reread,
            chance=self._chance,
            days=self._days,
            paused=paused,
        )


def _priority(state: State) -> Priority:
    """Somebody waits for what is under way here, or was agreed to; for silence and for people's clocks nobody does.

    What a customer wrote to people waits for people: a look does nothing about it, so it holds up nobody who waits for us.
    """
    agreed = any(known.complete and not known.asked_unknown for known in state.open_proposals())
    ours = state.open or state.draft is not None or state.sending is not None
    return Priority.CUSTOMER if agreed or ours or (state.control == "agent" and busy(state)) else Priority.TIMER


class _Handling:
    """One handling of one conversation."""

    def __init__(self, runner: Runner, session: Session) -> None:
        self._runner = runner
        self._session = session
        self._nudged = False
        self._stir = asyncio.Event()
        """Set whenever there may be something to do: an effect has ended, or somebody nudged."""
        self._tasks: dict[asyncio.Task[Pending | None], Launch] = {}
        self._settle_at: dict[EffectId, datetime] = {}
        self._reread: dict[ProposalId, Reread] = {}
        self._held: set[str] = set()
        """Proposals, and calls by their holder, that are put off to a later look."""
        self._scopes: Mapping[str, tuple[int, bool]] = {}
        self._stopped = False
        """The agent is stopped here, as a whole."""
        self._made: Context | None = None
        self._paused: frozenset[WorkflowName] = frozenset()
        """Workflows that are stopped. A start's fence need not name them: with each the brand's epoch moves."""
        self.over = False
        """The last append ended the look: nothing had come meanwhile, so there is nothing to look for once more."""

    async def run(self) -> datetime | None:
        """Until nothing is left to do now; returns when to look again."""
        session = self._session
        await self._look()
        if session.true_state.conversation is None:
            return None
        look = bool(session.state.open)  # nothing to settle: what was just read is what is so
        while True:
            self._nudged = False
            due = [await self._settle(), await self._advance(look=look)]
            self._forget_old_reads()
            if self.over:
                return due[1]
            if self._tasks:
                look = await self._wait(min((time for time in due if time is not None), default=None))
            elif not look:
                look = True  # the last word has the log
            else:
                if self._held:
                    due.append(session.now + _HOLD)
                return min((time for time in due if time is not None), default=None)

    def nudge(self) -> None:
        """Something new stands in the log: look before going on."""
        self._nudged = True
        self._stir.set()

    def _forget_old_reads(self) -> None:
        """What was read again and not used at once is old when it is wanted."""
        running = {launch.effect for launch in self._tasks.values()}
        for proposal in [key for key, again in self._reread.items() if not again.started & running]:
            del self._reread[proposal]

    async def stop(self) -> None:
        """Cancels everything in flight and waits for it to end."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._tasks.clear()

    async def _settle(self) -> datetime | None:
        """Settles what is open and not being performed; returns when to look at what cannot be settled yet."""
        session = self._session
        performed = {launch.effect for launch in self._tasks.values()}
        for effect in tuple(session.state.open.values()):
            if effect.effect in performed or effect.effect not in session.state.open:
                continue  # or another worker has ended it while this one settled what stood before it
            session.now = session.clock()
            if self._settle_at.get(effect.effect, session.now) > session.now:
                continue
            settled = await self._settled(effect)
            if isinstance(settled, datetime):
                self._settle_at[effect.effect] = settled
            else:
                log.info("settled", conversation=session.stream, effect=effect.effect, kind=effect.kind)
                self._settle_at.pop(effect.effect, None)
                session.outcome(settled)
                await self._commit(with_scopes=False)
        self._settle_at = {key: due for key, due in self._settle_at.items() if key in session.state.open}
        return min(self._settle_at.values(), default=None)

    async def _settled(self, effect: OpenEffect) -> Pending | datetime:
        """What became of an effect. In quarantine one that cannot be settled waits for on-call, and stops nothing else."""
        try:
            return await recovery.settle(self._context(), effect)
        except Exception as error:
            if self._session.state.control != "quarantined" or isinstance(error, Unavailable):
                raise
            log.error("not_settled", conversation=self._session.stream, effect=effect.effect, exc_info=error)  # noqa: TRY400 - structured
            return self._session.now + _LATER

    async def _carried_out(self, context: Context, step: Step) -> Work:
        """A step. In quarantine one that breaks is passed over: the customer is told, and on-call asked, all the same."""
        try:
            return await self._runner.steps[type(step)](context, step)
        except Exception as error:
            if self._session.state.control != "quarantined" or isinstance(error, Unavailable):
                raise
            log.error("step_broke", conversation=self._session.stream, step=type(step).__name__, exc_info=error)  # noqa: TRY400 - structured
            return Work()

    def _context(self) -> Context:
        """What steps may use: made anew when another release, or what is stopped, is so now; the rest stays."""
        made = self._made
        if made is None or made.paused is not self._paused or made.brand is not self._runner.active(self._session):
            made = self._made = self._runner.context(self._session, self._reread, self._paused)
        return made

    async def _look(self) -> None:
        """Reads what others appended, and whether the agent, or a workflow of it, is stopped."""
        stops = await self._session.refresh(stops=True)
        self._scopes = {name: (row.epoch, row.paused) for name, row in stops.rows.items()}
        self._stopped = stops.everything
        self._paused = stops.workflows

    async def _advance(self, *, look: bool) -> datetime | None:
        """Decides and appends until effects run or nothing is left; returns the next due time.

        Args:
            look: Read the log first. Not needed after an effect of our own ended and nobody nudged: the fence refuses what
                was decided on an older log.
        """
        session = self._session
        if look:
            await self._look()
        else:
            session.tick()
        for _ in range(_ROUNDS):
            context = self._context()
            rules = replace(context.brand.rules, paused=self._paused) if self._paused else context.brand.rules
            plan = self._runner.deciding(session.state, rules, session.now)
            steps = self._allowed(plan.steps)
            launches: list[Launch] = []
            planned = False
            for step in steps:
                work = await self._carried_out(context, step)
                if work.outcome.drafts:
                    session.outcome(work.outcome)
                session.plan(work.pending)
                launches.extend(work.launches)
                planned = planned or work.planned or bool(work.pending.drafts or work.outcome.drafts)
                if work.hold is not None:
                    self._held.add(work.hold)
            if launches or (session.waiting and not planned):
                ends = None if launches else self._last(plan.wake_at)
                begins = bool(launches) or any(isinstance(step, Judge) for step in steps)  # who judges may propose
                if await self._commit(with_scopes=begins and not self._a_person_speaks(steps), ends=ends):
                    if self.over:
                        return plan.wake_at
                    self._launch(launches)
                else:
                    await self._look()
            elif not planned:
                return plan.wake_at
        raise DoesNotSettle(f"{session.stream} at {session.true_state.seq}")

    def _last(self, next_due: datetime | None) -> LookEnd | None:
        """The end of this look, where what waits for the commit is the last there is to do now."""
        look, session = LOOK.get(), self._session
        if look is None or self._tasks or self._held or session.state.open or self._nudged:
            return None
        return LookEnd(look.owner, look.generation, session.true_state.seq, next_due, _priority(session.state))

    def _allowed(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """What may be done now: while paused only what ends things; nothing that is held or being read again."""
        if self._stopped:
            person = self._a_person_speaks(steps)
            steps = tuple(
                step for step in steps if isinstance(step, _ALLOWED_WHILE_PAUSED) or (person and isinstance(step, SendReply))
            )
            models = tuple(e.effect for e in self._session.state.open.values() if e.kind == "model")
            if models and not any(isinstance(step, Supersede) for step in steps):
                steps = (*steps, Supersede(models))
            if not any(isinstance(step, AskStopped) for step in steps):
                steps = (*steps, *while_stopped(self._session.state))
        else:
            steps = (*after_stop(self._session.state), *steps)
        if self._held:
            steps = tuple(step for step in steps if self._held.isdisjoint(self._about(step)))
        for step in steps:
            if isinstance(step, Supersede):
                self._cancel(step.effects)
        return steps

    def _about(self, step: Step) -> tuple[str, ...]:
        """What a step is put off with."""
        match step:
            case Dispatch() | EndWithdrawn() | Expire() | LapseCorrected() | SettleDenied():
                return (step.proposal,)
            case AnswerNotRun(run, calls):
                return tuple(call_holder(self._session.stream, run, call) for call in calls)
            case StartCall(run, call) | CloseCall(run, call):
                return (call_holder(self._session.stream, run, call),)
            case _:
                return ()

    def _a_person_speaks(self, steps: tuple[Step, ...]) -> bool:
        """Whether the only thing to start is a person's own reply: pausing the agent does not silence people."""
        draft = self._session.state.draft
        starts = [step for step in steps if not isinstance(step, _ALLOWED_WHILE_PAUSED)]
        return draft is not None and draft.made_by == "person" and all(isinstance(step, SendReply) for step in starts)

    def _cancel(self, effects: tuple[EffectId, ...]) -> None:
        for task, launch in tuple(self._tasks.items()):
            if launch.effect in effects:
                task.cancel()
                del self._tasks[task]

    async def _commit(self, *, with_scopes: bool, ends: LookEnd | None = None) -> bool:
        """Appends what waits. False: the fence had moved, so nothing planned was appended; look again."""
        session = self._session
        scopes = {name: epoch for name, (epoch, _) in self._scopes.items()} if with_scopes else {}
        try:
            self.over = await session.commit(session.fence(scopes=scopes), ends)
        except Stale as stale:
            log.debug("stale", conversation=session.stream, reason=stale.reason)
            return False
        except DuplicateIntent as duplicate:
            log.info("equal_intent_won", conversation=session.stream, holder=duplicate.holder)
            return False
        except Taken as taken:
            log.warning("conversation_lost", conversation=session.stream, key=taken.key)
            await self.stop()
            raise LostConversation from taken
        return True

    def _launch(self, launches: list[Launch]) -> None:
        for launch in launches:
            task = asyncio.create_task(_performed(launch, self._stir), name=f"{self._session.stream}:{launch.effect}")
            task.add_done_callback(self._ended)
            self._tasks[task] = launch

    def _ended(self, task: asyncio.Task[Pending | None]) -> None:
        """An effect has told so itself, a turn of the loop earlier; one that was cancelled before it began has not."""
        if task in self._tasks:
            self._stir.set()

    async def _wait(self, due: datetime | None) -> bool:
        """Until an effect ended, somebody nudged, or it is time for something; answers whether somebody nudged."""
        alarm = None
        if due is not None:
            ahead = max(0.0, (due - self._session.clock()).total_seconds())
            alarm = asyncio.get_running_loop().call_later(ahead, self._stir.set)
        try:
            self._stir.clear()
            if not self._nudged and not any(task.done() for task in self._tasks):
                await self._stir.wait()
        finally:
            if alarm is not None:
                alarm.cancel()
        for task in [task for task in self._tasks if task.done()]:
            self._end(task, self._tasks.pop(task))
        return self._nudged

    def _end(self, task: asyncio.Task[Pending | None], launch: Launch) -> None:
        """Takes in how an effect ended. Of a write or a reply that broke, nobody knows: it stays open and is looked up."""
        error = _error_of(task)
        if error is None:
            pending = task.result()
            if pending is not None:
                self._session.outcome(pending)
            return
        log.error("effect_broke", conversation=self._session.stream, effect=launch.effect, exc_info=error)
        effect = self._session.true_state.open.get(launch.effect)
        if effect is not None and effect.kind in ("model", "read"):
            self._session.outcome(broken(self._session, effect))


def _error_of(task: asyncio.Task[Any]) -> BaseException | None:
    """What a task that is done ended with; a cancellation that nobody here asked for is an error like others."""
    return asyncio.CancelledError("cancelled from within") if task.cancelled() else task.exception()


async def _performed(launch: Launch, stir: asyncio.Event) -> Pending | None:
    """Performs an effect. Whoever waits is woken as the last thing, so it runs right behind this."""
    began = time.monotonic()
    try:
        pending = await launch.perform()
        return None if pending is None else _timed(pending, int((time.monotonic() - began) * 1000))
    finally:
        stir.set()


def _timed(pending: Pending, milliseconds: int) -> Pending:
    """How long an effect took is measured once, around it, whatever it was."""
    return replace(pending, drafts=tuple(_took(draft, milliseconds) for draft in pending.drafts))


def _took(draft: Draft, milliseconds: int) -> Draft:
    if type(draft.event) is not EffectFinished:
        return draft
    ended = of_checked(EffectFinished, {**draft.event.__dict__, "duration_ms": milliseconds})
    return Draft(ended, draft.actor, draft.run)

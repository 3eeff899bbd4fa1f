"""The engine over the store's wake table: claims, looks, gives back. One row per conversation, one look at a time.

Measured beside job-queue and durable-execution libraries this was faster, took over dead workers by itself and lost no
wake. It sleeps until the next moment something is due, but never longer than `poll`, so a clock that jumps only makes it
look a little later; where it was set back, all that waits for a moment is looked at. Must never hold a fact that is not in a
row: being killed at any instruction loses nothing.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog
from sqlalchemy.engine import Connection

from agent_core.contract.clock import behind, iso
from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.contract.ids import BrandId, StreamId
from agent_core.engine.giving_way import GivingWay
from agent_core.engine.port import LOOK, Handle, Handled, Look, Nudge, Quarantine
from agent_core.store import GLOBAL_SCOPE, Beside, Committed, Priority, Store, brand_scope, wakes
from agent_core.store.picking import newest_moment
from agent_core.store.wakes import Bulkheads, Claim, Claimed

if TYPE_CHECKING:
    from concurrent.futures import Future

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How the engine works. Times in seconds.

    Attributes:
        concurrency: Looks at the same time of one brand, and of all brands together besides their own.
        own_share: One look of so many, one at least, is each brand's own: no other brand can hold it (R-A9).
        lease: A worker that is silent for this long is dead. The same for every worker of a store.
        poll: The longest sleep.
        attempts: A look that failed this often in a row ends in quarantine.
        deaths: A conversation at which so many looks in a row failed or died with their process is not looked at any more:
            it may be what kills them. Far more than bad luck brings, for others die with it.
        first_retry: Back-off after the first failure; doubles each time, up to `longest_retry`.
        longest_retry: At most five minutes.
        after_quarantine: When what still fails behind its quarantine is looked at again.
        grace: How long `stop` waits before it cancels.
    """

    concurrency: int = 50
    own_share: int = 8
    lease: float = 10.0
    poll: float = 1.0
    attempts: int = 5
    deaths: int = 20
    first_retry: float = 0.5
    longest_retry: float = 60.0
    after_quarantine: float = 3600.0
    grace: float = 2.0

    @property
    def own(self) -> int:
        """The looks that each brand has for itself."""
        return max(1, self.concurrency // self.own_share)

    def retry_after(self, attempts: int) -> timedelta:
        """The back-off after this many failures."""
        return timedelta(seconds=min(self.longest_retry, self.first_retry * 2 ** min(attempts - 1, 30)))


class LookBroken(CountersignError):
    """A look ended by something that is no ordinary error, e.g. a cancellation that nobody asked for."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__("look_broken", "Working on this conversation ended without a result.", detail=type(cause).__name__)


class LookDeadly(CountersignError):
    """Whoever looked at this conversation died, again and again: it is quarantined without another look."""

    def __init__(self, attempts: int) -> None:
        super().__init__("look_deadly", "Work on this conversation ended the process each time.", detail=str(attempts))


@dataclass(slots=True)
class _Look:
    """A look that is going on."""

    claim: Claim
    task: asyncio.Task[None]


class TableEngine:
    """Schedules looks at conversations, from the wake table of a store. Runs once; build another to run again."""

    def __init__(self, store: Store, pace: Pace | None = None) -> None:
        self._store = store
        self._pace = pace or Pace()
        self._lease = timedelta(seconds=self._pace.lease)
        self._owner = f"w_{secrets.token_hex(8)}"
        self._looks: dict[StreamId, _Look] = {}
        self._lanes = GivingWay()
        self._signal = asyncio.Event()
        self._early: Future[Claimed] | None = None
        """A claim that is written together with the wake it is for."""
        self._foreseen: frozenset[StreamId] = frozenset()
        self._asleep = False
        self._clock_was: datetime | None = None
        """What the clock showed last; at first, when the newest event was written."""
        self._stopping = asyncio.Event()
        self._broken: BaseException | None = None
        self._ended = asyncio.Event()
        self._ended.set()

    async def run(self, handle: Handle, *, quarantine: Quarantine, nudge: Nudge) -> None:
        """Works until `stop` or cancellation; see the port."""
        self._ended.clear()
        unsubscribe = self._store.subscribe(lambda committed: self._committed(committed, nudge))
        unforesee = self._store.foresee(self._claim_early)
        beat = asyncio.create_task(self._beat(), name="wake heartbeat")
        try:
            await self._schedule(handle, quarantine)
            await self._wind_down()
        finally:
            unsubscribe()
            unforesee()
            beat.cancel()
            await self._cancel([beat, *(look.task for look in self._looks.values())])
            try:
                await self._store.write(lambda c: wakes.release_all(c, self._owner, self._now_us()))
            except Unavailable as error:  # the lease gives them back
                log.warning("wakes_not_released", code=error.code)
            self._ended.set()

    async def stop(self) -> None:
        """Ends `run` and waits for its end. Harmless when it does not run."""
        self._stopping.set()
        self._signal.set()
        await self._ended.wait()

    @property
    def looking_at(self) -> frozenset[StreamId]:
        """The conversations that are being looked at now."""
        return frozenset(self._looks)

    async def _schedule(self, handle: Handle, quarantine: Quarantine) -> None:
        while not self._stopping.is_set():
            self._signal.clear()
            if self._broken is not None:
                raise self._broken
            await self._see_clock()
            claimed = await self._claim()
            if claimed is None:
                return
            for claim in claimed.claims:
                task = asyncio.create_task(self._look(claim, handle, quarantine), name=f"look {claim.stream}")
                task.add_done_callback(self._look_ended)
                self._looks[claim.stream] = _Look(claim, task)
            # Whatever is due was claimed, or nobody has room for it: then the end of a look is what to wait for.
            await self._sleep(self._until(claimed))

    async def _see_clock(self) -> None:
        """Where the clock was set back, also while nobody worked here, all that wait for a moment are looked at now.

        What is still to wait is said anew by each look; otherwise all would wait for as long as the clock has lost (R-A4).
        """
        now, was = self._store.clock(), self._clock_was
        if was is None:
            try:
                was = await self._store.read(lambda tx: newest_moment(tx.connection))
            except CountersignError:
                return  # the claim says what is wrong
        self._clock_was = now
        if behind(now, was):
            waited = await self._patiently(lambda c: wakes.look_now(c, wakes.microseconds(now)))
            log.info("clock_set_back", now=iso(now), was=iso(was or now), waited=waited)

    async def _claim(self) -> Claimed | None:
        """What to look at now; None when stopped. Nothing is written where nothing can be claimed."""
        early, self._early = self._early, None
        if early is not None:
            try:
                claimed = await asyncio.wrap_future(early)
                if not self._foreseen <= {claim.stream for claim in claimed.claims}:
                    self._signal.set()  # that wake was refused, or came after the claim: look again
                return claimed
            except CountersignError as error:
                log.warning("wake_table_unavailable", code=error.code)
            finally:
                self._foreseen = frozenset()
        walls = self._bulkheads()
        free = walls.free(self._pace.concurrency - self._pace.own)
        try:
            idle = await self._store.read(
                lambda tx: wakes.nothing_to_claim(
                    tx.connection,
                    self._owner,
                    self._lease,
                    self._now_us(),
                    limit=free,
                    besides=self.looking_at,
                    bulkheads=walls,
                    later=not self._lanes.waiting,
                ),
                brief=True,
            )
        except CountersignError:
            idle = None  # the claim itself says what is wrong
        return idle or await self._patiently(self._claiming())

    def _claim_early(self, woken: Sequence[StreamId]) -> Beside[Claimed] | None:
        """Somebody is being woken, and nothing is to be done here but to claim it: in the same commit, if it may be."""
        full = self._bulkheads().free(self._pace.concurrency - self._pace.own) < 1
        if not self._asleep or self._early is not None or full or self._looks.keys() & set(woken):
            return None
        claiming = Beside(self._claiming())
        self._early, self._foreseen = claiming.future, frozenset(woken)
        self._signal.set()
        return claiming

    def _bulkheads(self) -> Bulkheads:
        held: dict[str, int] = {}
        for look in self._looks.values():
            held[look.claim.brand] = held.get(look.claim.brand, 0) + 1
        return Bulkheads(self._pace.own, held)

    def _claiming(self) -> Callable[[Connection], Claimed]:
        besides, walls, later = self.looking_at, self._bulkheads(), not self._lanes.waiting
        free = walls.free(self._pace.concurrency - self._pace.own)
        return lambda c: wakes.claim(
            c, self._owner, free, self._lease, self._now_us(), besides=besides, bulkheads=walls, later=later
        )

    def _until(self, claimed: Claimed) -> float:
        if claimed.next_due is None:
            return self._pace.poll
        return max(0.0, min(self._pace.poll, (claimed.next_due - self._store.clock()).total_seconds()))

    async def _sleep(self, seconds: float) -> None:
        self._asleep = True
        try:
            async with asyncio.timeout(seconds):
                await self._signal.wait()
        except TimeoutError:
            pass
        finally:
            self._asleep = False

    async def _look(self, claim: Claim, handle: Handle, quarantine: Quarantine) -> None:
        try:
            LOOK.set(Look(self._owner, claim.generation))
            try:
                if claim.attempts >= self._pace.deaths:
                    raise LookDeadly(claim.attempts)
                handled = await self._handled(claim, handle)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                await self._failed(claim, error if isinstance(error, Exception) else LookBroken(error), quarantine)
            else:
                if not handled.ended:
                    await self._finish(claim, handled)
        finally:
            ended = self._looks.get(claim.stream)
            if ended is not None and ended.claim is claim:  # it may be claimed anew already
                del self._looks[claim.stream]
            self._signal.set()

    async def _handled(self, claim: Claim, handle: Handle) -> Handled:
        if claim.priority < Priority.TIMER:
            with self._lanes.live():
                return await handle(claim.stream)
        await self._lanes.turn(claim.stream)
        self._signal.set()  # if that was the last one that waited, more may be claimed
        with self._lanes.later():
            return await handle(claim.stream)

    def _look_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = error
            self._signal.set()

    async def _finish(self, claim: Claim, handled: Handled) -> None:
        await self._patiently(
            lambda c: wakes.finish(c, self._owner, claim, handled.next_due, handled.priority, self._now_us())
        )

    async def _failed(self, claim: Claim, error: Exception, quarantine: Quarantine) -> None:
        attempts = claim.attempts + 1
        about = {"stream": claim.stream, "attempts": attempts, "error": type(error).__name__}
        if isinstance(error, Unavailable):
            log.warning("look_put_off", code=error.code, **about)
            attempts = min(attempts, self._pace.attempts - 1)
        elif attempts < self._pace.attempts:
            log.warning("look_failed", exc_info=error, **about)
        else:
            log.error("look_quarantined", exc_info=error, **about)
            try:
                await quarantine(claim.stream, error)
            except Exception as second:
                log.error("quarantine_failed", exc_info=second, stream=claim.stream)  # noqa: TRY400 - structured
                attempts = min(attempts, self._pace.deaths // 2)  # later each time, and never as one that ends processes
            else:
                # A quarantine wakes it. Where there was nothing to do about it (it is held already, or closed) its clocks
                # still run: nobody would ever look again if its row went.
                await self._finish(claim, Handled(self._store.clock() + timedelta(seconds=self._pace.after_quarantine)))
                return
        await self._put_off(claim, attempts)

    async def _put_off(self, claim: Claim, attempts: int) -> None:
        def put_off(connection: Connection) -> None:
            due_us = wakes.microseconds(self._store.clock() + self._pace.retry_after(attempts))
            wakes.give_back(
                connection,
                self._owner,
                claim.stream,
                attempts=attempts,
                priority=claim.priority,
                due_us=due_us,
                rank_us=wakes.rank(due_us, claim.priority),
            )

        await self._patiently(put_off)

    async def _patiently(self, work: Callable[[Connection], T]) -> T | None:
        """Writes, as often as it takes while the store says *try again later*. None when stopped before it succeeded."""
        while True:
            try:
                return await self._store.write(work)
            except Unavailable as error:
                if error.code == "store_closed" or self._stopping.is_set():
                    return None
                log.warning("wake_table_unavailable", code=error.code)
                try:
                    async with asyncio.timeout(self._pace.poll):
                        await self._stopping.wait()
                except TimeoutError:
                    continue

    async def _beat(self) -> None:
        """Says that this worker lives. A missed beat only means that somebody else may look, too late to do harm."""
        while True:
            await asyncio.sleep(self._pace.lease / 3)
            if self._looks:
                try:
                    looking = self.looking_at
                    await self._store.write(
                        lambda c, looking=looking: wakes.heartbeat(c, self._owner, self._lease, self._now_us(), looking)
                    )
                except CountersignError as error:
                    log.warning("wake_heartbeat_missed", code=error.code)

    async def _wind_down(self) -> None:
        for stream in self._lanes.waiting:  # not begun: somebody else may
            self._looks[stream].task.cancel()
        tasks = [look.task for look in self._looks.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=self._pace.grace)

    async def _cancel(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=self._pace.grace)

    def _committed(self, committed: Committed, nudge: Nudge) -> None:
        touched = set(committed.woken)
        self._lanes.wanted(touched)
        for stream, look in self._looks.items():
            if stream in touched or _concerns(committed.scopes, look.claim.brand):
                nudge(stream)
        if committed.scheduled and not (touched and touched <= self._foreseen and not committed.scopes):
            self._signal.set()

    def _now_us(self) -> int:
        return wakes.microseconds(self._store.clock())


def _concerns(scopes: tuple[str, ...], brand: str) -> bool:
    return GLOBAL_SCOPE in scopes or brand_scope(BrandId(brand)) in scopes

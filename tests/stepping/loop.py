"""An event loop without surprise: every step is chosen by the test, time is a number, no thread has a say.

A step is one callback of one task, from one await to the next. Whoever chooses decides which ready step goes first; time
moves on only when nothing is ready. Steps belong to an *owner* (a worker, a console, the core itself), and an owner can be
held, as SIGSTOP would hold it, or be dead, as after SIGKILL: then not even its `finally` runs.

It is a loop of its own, and not asyncio's with parts exchanged, so that nothing of it depends on how CPython's is built.
"""

import asyncio
import contextvars
import heapq
import itertools
from asyncio import events
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, Final, TypeVar

T = TypeVar("T")

OWNER: Final = contextvars.ContextVar("owner", default="world")
"""Who a step belongs to. Tasks and callbacks inherit it from whoever made them."""

Choose = Callable[[int], int]
"""Given how many steps are ready, the index of the one that goes now."""


class Stuck(AssertionError):
    """Nothing is ready and nothing is due, but what was waited for has not happened."""


class Step(asyncio.Handle):
    """One callback that is to be called."""

    def __init__(
        self,
        loop: "SteppingLoop",
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: contextvars.Context | None,
    ) -> None:
        self.context = contextvars.copy_context() if context is None else context
        super().__init__(callback, args, loop, self.context)
        self.call = callback
        self.args = args

    @property
    def owner(self) -> str:
        """Whose step it is."""
        return self.context.get(OWNER, "world")


class Alarm(asyncio.TimerHandle):
    """A step that becomes ready at a moment."""

    def __init__(self, loop: "SteppingLoop", step: Step, when: float) -> None:
        super().__init__(when, step.call, step.args, loop, step.context)
        self.step = step

    def cancel(self) -> None:
        super().cancel()
        self.step.cancel()


def first(_ready: int) -> int:
    """The order in which things became ready: what asyncio's own loop does."""
    return 0


class SteppingLoop(asyncio.AbstractEventLoop):
    """Runs one step at a time.

    Args:
        choose: Which of the ready steps goes first.
        now: The time at which it begins.
    """

    def __init__(self, choose: Choose = first, now: float = 0.0) -> None:
        self.choose = choose
        self.steps = 0
        """How many steps were taken: the only clock that is never ambiguous."""
        self.stays: Callable[[], bool] | None = None
        """Whether whoever went last goes on, if they can: else nobody gets much done between two steps of another."""
        self._last = ""
        self.before_step: Callable[[Step], None] | None = None
        self.moved: Callable[[float], None] | None = None
        """Is told whenever time goes on."""
        self.held: set[str] = set()
        self.dead: set[str] = set()
        self.errors: list[dict[str, Any]] = []
        """What tasks and callbacks ended with and nobody took."""
        self._ready: list[Step] = []
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._alive: set[asyncio.Task[Any]] = set()
        """Tasks of the dead are not garbage: nothing of them may run, not even when they are thrown away."""
        self._number = itertools.count()
        self._now = now
        self._running = False
        self._closed = False
        self._alone: frozenset[str] | None = None

    # -- running ---------------------------------------------------------------------------------------------------

    def run_until_complete(self, future: Awaitable[T]) -> T:
        """Steps until it is done.

        Raises:
            Stuck: Nothing is left to do, and it is not done.
        """
        task = asyncio.ensure_future(future, loop=self)
        return self._until(task)

    def alone(self, owner: str, work: Coroutine[Any, Any, T], *others: str) -> T:
        """Does some work to its end, between two steps of everybody else: they stand still, as does time.

        Args:
            owner: Whose work it is.
            work: What to do.
            others: Owners who take part in it.
        """
        before, self._alone = self._alone, frozenset((owner, *others))
        task = self.task(owner, work)
        try:
            while not task.done():
                if not self.step():
                    raise Stuck(f"{owner} waits for somebody who stands still")
        finally:
            self._alone = before
        return task.result()

    def task(self, owner: str, work: Coroutine[Any, Any, T], *, name: str | None = None) -> "asyncio.Task[T]":
        """A task of an owner."""
        context = contextvars.copy_context()
        context.run(OWNER.set, owner)
        return self.create_task(work, name=name, context=context)

    def step(self) -> bool:
        """Takes one step; false when no step can be taken at this moment of time."""
        able = [number for number, step in enumerate(self._ready) if self._may_go(step)]
        while able:
            if self.stays is not None and len(able) > 1 and self.stays():
                able = [number for number in able if self._ready[number].owner == self._last] or able
            number = able[self.choose(len(able)) if len(able) > 1 else 0]
            chosen = self._ready.pop(number)
            if not chosen.cancelled():
                self._last = chosen.owner
                self._take(chosen)
                return True
            able = [number for number, step in enumerate(self._ready) if self._may_go(step)]
        return False

    def forward(self) -> bool:
        """Lets time go on to the next moment at which something is due; false when nothing is."""
        while self._alarms:
            when, _, alarm = heapq.heappop(self._alarms)
            if alarm.cancelled() or alarm.step.owner in self.dead:
                continue
            if when > self._now:
                self._now = when
                if self.moved is not None:
                    self.moved(when)
            self._ready.append(alarm.step)
            return True
        return False

    def _until(self, task: "asyncio.Future[T]") -> T:
        while not task.done():
            if not self.step() and not self.forward():
                raise Stuck(f"nothing is left to do; held: {sorted(self.held)}")
        return task.result()

    def _may_go(self, step: Step) -> bool:
        owner = step.owner
        if self._alone is not None:
            return owner in self._alone
        return owner not in self.held and owner not in self.dead

    def _take(self, step: Step) -> None:
        if self.before_step is not None and self._alone is None:
            self.before_step(step)
        self.steps += 1
        outer = events._get_running_loop()  # pyright: ignore[reportPrivateUsage] - for those who write a loop
        events._set_running_loop(self)  # pyright: ignore[reportPrivateUsage] - likewise
        self._running = True
        try:
            step.context.run(step.call, *step.args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - as asyncio's own loop does: told, not raised
            self.call_exception_handler({"message": "a callback raised", "exception": error})
        finally:
            self._running = False
            events._set_running_loop(outer)  # pyright: ignore[reportPrivateUsage] - likewise

    # -- what asyncio asks of a loop -------------------------------------------------------------------------------

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        step = Step(self, callback, args, context)
        self._ready.append(step)
        return step

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + max(delay, 0.0), callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        alarm = Alarm(self, Step(self, callback, args, context), when)
        heapq.heappush(self._alarms, (when, next(self._number), alarm))
        return alarm

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asked by `TimerHandle.cancel`; it is passed over when its moment comes."""

    def time(self) -> float:
        return self._now

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: contextvars.Context | None = None) -> Any:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        self._alive.add(task)
        task.add_done_callback(self._alive.discard)
        return task

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":
        """What would run on another thread runs as a step of its own."""
        done: Future[T] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(func(*args))
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it
                done.set_exception(error)

        self.call_soon(run)
        return asyncio.wrap_future(done, loop=self)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return self._running

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    async def shutdown_asyncgens(self) -> None:
        """None is tracked."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(context)

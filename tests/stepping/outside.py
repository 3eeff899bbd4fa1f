"""The world outside the core, with a ledger of its own: a model, a shop and a channel that answer when the test lets them.

What reached them happens in their own time, as steps of the owner `world`: a core that is held or dies after it sent
something does not call it back. Nothing here asks the core what is true.
"""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from agent_core.engine.table import Pace as EnginePace
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.sandbox.messages.rules import check_request
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.systems.port import (
    Delivery,
    NotSent,
    Reconciled,
    SendUnknown,
    Sent,
    Still,
    Stopped,
    ToolResult,
)  # fmt: skip
from agent_core.systems.tallying import CannotTell, Told
from tests.engine import desk
from tests.engine.world import BrainModel, WorldTools
from tests.stepping.branding import Branding, branding
from tests.stepping.loop import OWNER, SteppingLoop
from tests.stepping.store import SteppedWriter, sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from agent_core.store.database import Database
    from agent_core.store.writer import Writer

T = TypeVar("T")

START: Final = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WRITES: Final = frozenset({"refund_payment", *desk.WRITES})


Watcher = Callable[[dict[str, Any]], bool]
"""Is shown a line at the moment it is written; answers whether it has seen enough."""


class Book:
    """What everybody outside saw and did, in the one order in which it happened: plain JSON, a line each."""

    def __init__(self, loop: SteppingLoop) -> None:
        self.lines: list[dict[str, Any]] = []
        self._loop = loop
        self._watching: list[Watcher] = []

    def note(self, what: str, **more: Any) -> dict[str, Any]:
        """Writes a line down; `n` orders all of them, `t` is milliseconds of the world's time."""
        line = {"n": len(self.lines), "t": round(self._loop.time() * 1000), "what": what, **more}
        self.lines.append(line)
        for watcher in tuple(self._watching):
            if watcher(line):
                self._watching.remove(watcher)
        return line

    def watch(self, watcher: Watcher) -> None:
        """Shows each new line to somebody, until they have seen what they waited for."""
        self._watching.append(watcher)

    def watch_no_more(self) -> None:
        """Whoever has not seen what they waited for goes home."""
        self._watching.clear()

    def text(self) -> str:
        """The history as JSON lines."""
        return "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in self.lines)


class Pace:
    """How long things take out there, in seconds; from a seed, or always the same."""

    def __init__(self, chance: random.Random | None = None, *, lost: float = 0.0) -> None:
        self._chance = chance
        self._lost = lost

    def takes(self, least: float, most: float) -> float:
        """A duration."""
        return least if self._chance is None else self._chance.uniform(least, most)

    def loses(self) -> bool:
        """Whether an answer gets lost on its way back."""
        return self._chance is not None and self._chance.random() < self._lost


def _nobody_looks(_point: str) -> None:
    """The point is passed."""


ENGINE: Final = EnginePace(concurrency=6, lease=10.0, poll=5.0, first_retry=0.5, grace=1.0)
"""How a core's workers work, unless a world says otherwise."""


class World:
    """What all parts outside share."""

    def __init__(self, loop: SteppingLoop, shop: ShopWorld, pace: Pace, brand: Branding | None = None) -> None:
        self.loop = loop
        self.book = Book(loop)
        self.pace = pace
        self.model = SlowModel(self)
        self.tools = SlowTools(self, shop)
        self.channel = SlowChannel(self)
        self.brand = brand or branding("quick")
        self.engine = ENGINE
        self.writer: Callable[[Database], Writer] = SteppedWriter
        self.database: Callable[[Path], Database] = sqlite
        self.passed: Callable[[str], None] = _nobody_looks
        """Is told of each point the core passes; a test can end the process there."""
        self._point = "the beginning"

    @property
    def point(self) -> str:
        """The last thing that happened, in words, for whoever must find a failure."""
        return self._point

    @point.setter
    def point(self, point: str) -> None:
        self._point = point
        self.passed(point)

    def clock(self) -> datetime:
        """The world's time, which is also the core's."""
        return START + timedelta(seconds=self.loop.time())

    async def away(self, work: Callable[[], T], *, deadline: datetime, least: float, most: float) -> T | None:
        """Sends a request out, which arrives and is answered in its own time; none when no answer came by the deadline."""
        left = (deadline - self.clock()).total_seconds()
        answer: asyncio.Future[T] = self.loop.create_future()
        there, back = self.pace.takes(least, most), self.pace.takes(least, most)
        lost = self.pace.loses()

        async def travel() -> None:
            await asyncio.sleep(there)
            result = work()
            await asyncio.sleep(back)
            if not lost and not answer.done():
                answer.set_result(result)

        self.loop.task("world", travel())
        try:
            async with asyncio.timeout(left):
                return await answer
        except TimeoutError:
            return None


class SlowModel(BrainModel):
    """The literal brain behind the stand-in's strict rules, after a while. Notes every request the provider would refuse."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.invalid: list[str] = []
        self.asked = 0

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        self.asked += 1
        world, number = self.world, self.asked
        world.point = f"before model {request.purpose}"
        world.book.note("model_asked", call=number, purpose=request.purpose, by=OWNER.get())
        try:
            check_request(json.loads(request.request_bytes()), {"anthropic-version": "2026-10-21"})
        except Exception as refused:  # noqa: BLE001 - whatever it is, the test shows it
            self.invalid.append(repr(refused))
            world.book.note("model_refused", call=number, why=repr(refused))
        await asyncio.sleep(world.pace.takes(0.3, 3.0))
        answer = await super().answer(request, deadline_seconds=deadline_seconds)
        await asyncio.sleep(world.pace.takes(0.01, 0.3))
        world.point = f"after model {request.purpose}"
        world.book.note("model_answered", call=number, purpose=request.purpose, by=OWNER.get())
        return answer


class SlowTools(WorldTools):
    """The shop, some way off. A write is done once under its key, however often it arrives."""

    def __init__(self, world: World, shop: ShopWorld) -> None:
        super().__init__(shop)
        self._out = world

    async def perform(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        deadline: datetime,
        customer: str | None,
    ) -> ToolResult:
        out = self._out
        out.point = f"before {name}"
        if out.clock() >= deadline:  # as the transport does: never begun after its time
            return ToolResult(
                "failed" if name in WRITES else "timed_out", code="timed_out", sentence="Too late.", transient=True
            )

        def arrives() -> ToolResult:
            done = self._perform(name, dict(arguments), idempotency_key)
            out.passed(f"{name} arrived")
            if name in WRITES:
                out.book.note(
                    "effect",
                    tool=name,
                    key=idempotency_key,
                    arguments=dict(arguments),
                    outcome=done.outcome,
                    refund=str(done.result.get("refund_id", "")),
                )
            return done

        out.book.note("tool_called", tool=name, key=idempotency_key, by=OWNER.get())
        found = await out.away(arrives, deadline=deadline, least=0.05, most=0.8)
        out.point = f"after {name}"
        if found is not None:
            return found
        outcome = "unknown" if name in WRITES else "timed_out"
        return ToolResult(outcome, code="no_answer", sentence="No answer came.", transient=outcome == "timed_out")

    async def reconcile(
        self, name: str, arguments: Mapping[str, Any], idempotency_key: str, *, deadline: datetime
    ) -> Reconciled:
        await asyncio.sleep(self._out.pace.takes(0.02, 0.3))
        return await super().reconcile(name, arguments, idempotency_key, deadline=deadline)

    async def tally(
        self, tool: str, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
    ) -> Told | CannotTell:
        out = self._out
        out.point = "before tally"
        found = await out.away(
            lambda: desk.given(self.world, customer, currency, since, until), deadline=deadline, least=0.02, most=0.3
        )
        out.point = "after tally"
        return found or CannotTell("timed_out", "No answer came.", transient=True, timed_out=True)


class SlowChannel:
    """The channel: keeps each delivery once, and when it arrived."""

    def __init__(self, world: World) -> None:
        self._out = world
        self.delivered: dict[str, dict[str, Any]] = {}

    async def send(
        self,
        external_id: str,
        text: str,
        *,
        delivery_id: str,
        by: str,
        deadline: datetime,
        still: Still | None = None,
    ) -> Delivery:
        out = self._out
        out.point = "before send"
        if out.clock() >= deadline:
            return NotSent("timed_out", "Too late.", transient=True)
        if still is not None and not await still():
            return Stopped()

        def came() -> bool:
            self._arrives(delivery_id, external_id, text, by)
            out.passed("send arrived")
            return True

        out.book.note("send", delivery=delivery_id, thread=external_id, by=by, worker=OWNER.get())
        found = await out.away(came, deadline=deadline, least=0.05, most=0.8)
        out.point = "after send"
        return SendUnknown("no_answer", "No answer came.") if found is None else Sent(delivery_id)

    def _arrives(self, delivery_id: str, thread: str, text: str, by: str) -> None:
        if delivery_id not in self.delivered:
            line = self._out.book.note("delivered", delivery=delivery_id, thread=thread, text=text, by=by)
            self.delivered[delivery_id] = line

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        await asyncio.sleep(self._out.pace.takes(0.02, 0.3))
        if delivery_id in self.delivered:
            return Sent(delivery_id)
        return NotSent("not_found", "It is not there.", transient=False)

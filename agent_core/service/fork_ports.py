"""The outside world as a fork sees it: what was recorded, and no way to change anything (R-M4).

There is no write path in here: nothing holds a client that can write. Reads that may be asked anew are closures over one
read each, made only for tools that are declared to read, and they pass no key under which anything could be done. Where
nothing is recorded and nothing may be asked, the fork ends there and says what it would have done.
"""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn

from agent_core.contract.errors import CountersignError
from agent_core.contract.events.effects import Usage
from agent_core.contract.forking import ForkEnd
from agent_core.contract.ids import ToolName
from agent_core.contract.json_writing import json_text
from agent_core.models.failures import ModelFailure
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.service.fork_recorded import Record, Replaced
from agent_core.systems.port import (
    Delivery,
    Json,
    NotChecked,
    NotProven,
    Proven,
    Reconciled,
    Sent,
    SpokenBy,
    Still,
    ToolResult,
    Tools,
    Unknown,
)
from agent_core.systems.tallying import CannotTell, Tallier, Told
from agent_core.workflows.tools import ToolDeclaration

MOST_MODEL_CALLS: Final = 12
MOST_READS: Final = 24
_MOST_WOULD: Final = 60_000
_STILL: Final = 24
"""Turns of the loop in which nothing new was asked."""

AskModel = Callable[[ModelRequest], Awaitable[ModelAnswer]]
Tally = Callable[..., Awaitable[Told | CannotTell]]
"""`Tallier.tally` of the real tools: a read, and nothing else of them."""
Read = Callable[[Json, datetime, "str | None"], Awaitable[ToolResult]]
"""One tool that reads: arguments, deadline, customer. It has no key, so it can do nothing that has to be done once."""


@dataclass
class Thread:
    """How far a fork has come.

    Attributes:
        end: Why it ended, once it has; `would` is what would have been sent or done there.
        over: Set when it has ended.
        live: Calls whose answer was asked for just now, by effect order: `model` or the tool's name.
    """

    end: ForkEnd | None = None
    would: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    live: list[str] = field(default_factory=list[str])
    model_calls: int = 0
    reads: int = 0
    usage: Usage = field(default_factory=Usage)
    _waiting: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def turn(self, seq: int) -> None:
        """Waits until an answer's turn has come: those that were awaited side by side come in the order in which they came.

        What is under way has to come to its next question first, which takes a few turns of the loop and no time.
        """
        mine = (seq, next(self._numbers))
        heapq.heappush(self._waiting, mine)
        stood, still = None, 0
        try:
            while still < _STILL or self._waiting[0] != mine:
                await asyncio.sleep(0)
                stood, before = tuple(self._waiting), stood
                still = still + 1 if stood == before else 0
        finally:
            self._waiting.remove(mine)
            heapq.heapify(self._waiting)

    async def ends(self, why: ForkEnd, would: object) -> NoReturn:
        """Ends the fork here; whoever drives it takes it down."""
        if self.end is None:
            try:
                self.end, self.would = why, json_text(would)[:_MOST_WOULD]
            except (TypeError, ValueError, RecursionError):
                self.end = why
            self.over.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes what has ended")

    def paid(self, usage: Usage | None) -> None:
        """Counts what a call took."""
        if usage is not None:
            before, more = self.usage.model_dump(), usage.model_dump()
            self.usage = Usage(**{name: before[name] + more[name] for name in before})


class ForkedModel:
    """A model that answers as it did, and is asked anew only where a person said so."""

    def __init__(self, record: Record, thread: Thread, ask: AskModel | None, replaced: Replaced | None) -> None:
        self._record = record
        self._thread = thread
        self._ask = ask
        self._replaced = replaced

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        """The recorded answer to this very request, else a live one, else the end."""
        del deadline_seconds
        thread, kept = self._thread, self._record.model(request)
        if kept is not None:
            await thread.turn(kept.seq)
            if isinstance(kept.value, ModelFailure):
                raise kept.value
            return kept.value if self._replaced is None else self._replaced.put(kept.value)
        if self._ask is None:
            await thread.ends("model_not_recorded", request.request_body())
        if thread.model_calls >= MOST_MODEL_CALLS:
            await thread.ends("too_long", request.request_body())
        thread.model_calls += 1
        thread.live.append("model")
        try:
            answer = await self._ask(request)
        except CountersignError as failure:  # it gave no answer, or somebody has stopped the agent meanwhile
            thread.paid(failure.usage if isinstance(failure, ModelFailure) else None)
            await thread.ends("model_failed", {"code": failure.code, "message": failure.message})
        thread.paid(answer.usage)
        return answer

    async def close(self) -> None:
        """There is nothing to give back."""


def reads_of(tools: Tools, declared: Mapping[ToolName, ToolDeclaration]) -> Mapping[str, Read]:
    """One closure for each tool that is declared to read. What writes has none, and so cannot be called."""
    return {name: _read(tools, name) for name, each in declared.items() if not each.writes}


def _read(tools: Tools, name: str) -> Read:
    async def perform(arguments: Json, deadline: datetime, customer: str | None) -> ToolResult:
        return await tools.perform(name, arguments, idempotency_key=None, deadline=deadline, customer=customer)

    return perform


def tally_of(tools: Tools) -> Tally | None:
    """A closure over the one question what a customer was given; none where the tools cannot be asked."""
    if not isinstance(tools, Tallier):
        return None
    tallier = tools

    async def tally(tool: str, **asked: Any) -> Told | CannotTell:
        return await tallier.tally(tool, **asked)

    return tally


class ForkedTools:
    """Tools that answer as they did. Of what was not recorded only reads are asked, where `reads` has them."""

    def __init__(
        self,
        record: Record,
        thread: Thread,
        reads: Mapping[str, Read],
        until: Callable[[], datetime],
        tally: Tally | None = None,
    ) -> None:
        """Makes them.

        Args:
            record: What was answered.
            thread: The fork.
            reads: What may be read anew.
            until: By when a fresh answer must be there: the fork's own clock stands in the past.
            tally: Asks what a customer was given, where that may be asked anew.
        """
        self._record = record
        self._thread = thread
        self._reads = reads
        self._until = until
        self._tally = tally

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """The recorded result of this very call, else a fresh read, else the end."""
        del deadline
        thread, kept = self._thread, self._record.tool(name, dict(arguments))
        if kept is not None:
            await thread.turn(kept.seq)
            return kept.value
        would = {"tool": name, "arguments": dict(arguments)}
        if idempotency_key is not None:
            await thread.ends("write_not_performed", would)
        read = self._reads.get(name)
        if read is None or thread.reads >= MOST_READS:
            await thread.ends("read_not_recorded", would)
        thread.reads += 1
        thread.live.append(name)
        return await read(arguments, self._until(), customer)

    async def tally(
        self, tool: str, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
    ) -> Told | CannotTell:
        """What its system said of this customer, else a fresh read, else the end."""
        del deadline
        thread, kept = self._thread, self._record.tally(customer, currency)
        if kept is not None:
            await thread.turn(kept.seq)
            return kept.value
        if self._tally is None or thread.reads >= MOST_READS:
            await thread.ends("read_not_recorded", {"tool": tool, "counted": currency})
        thread.reads += 1
        thread.live.append(tool)
        return await self._tally(
            tool, customer=customer, currency=currency, since=since, until=until, deadline=self._until()
        )

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Nobody is asked in a fork."""
        del name, arguments, idempotency_key, deadline
        return Unknown("not_asked", "In a fork nobody is asked what became of a write.", transient=False)


class ForkedProver:
    """Comparisons that came out as they did."""

    def __init__(self, record: Record, thread: Thread) -> None:
        self._record = record
        self._thread = thread

    async def owner(self, email: str, reference: str, *, deadline: datetime) -> Proven | NotProven | NotChecked:
        """What comparing these came to, else the end."""
        del deadline
        kept = self._record.proof(email, reference)
        if kept is None:
            await self._thread.ends("read_not_recorded", {"proof": True})
        await self._thread.turn(kept.seq)
        return kept.value


class SilentChannel:
    """A channel on which nothing is heard: what would be said is in the fork's own log."""

    async def send(
        self,
        external_id: str,
        text: str,
        *,
        delivery_id: str,
        by: SpokenBy,
        deadline: datetime,
        still: Still | None = None,
    ) -> Delivery:
        """Takes it, and tells nobody."""
        del external_id, text, by, deadline, still
        return Sent(f"fork-{delivery_id[:12]}")

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        """It was taken."""
        del deadline
        return Sent(f"fork-{delivery_id[:12]}")

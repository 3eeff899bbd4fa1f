"""A core in a process of its own that may be killed at any instruction; the world outside is another process.

They speak lines of JSON over one socket: the core asks the world for models, tools and the channel; the world brings what
customers and people want. Everything of the core is real: store on disk, entrance, commands, engine, projection.
"""

import asyncio
import itertools
import json
import os
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from agent_core.contract.clock import system_clock
from agent_core.contract.commands import Command
from agent_core.contract.errors import CountersignError
from agent_core.contract.ids import StreamId
from agent_core.engine.runtime import BrandAtWork, Deadlines
from agent_core.engine.table import Pace, TableEngine
from agent_core.models.port import ModelAnswer, ModelNames, ModelRequest
from agent_core.service.projection.projector import Projector
from agent_core.service.quarantine import quarantine
from agent_core.store import ReadTx, Store
from agent_core.systems.port import (
    Delivery,
    DidNotHappen,
    Happened,
    NotSent,
    Reconciled,
    SendUnknown,
    Sent,
    Still,
    Stopped,
    ToolResult,
)
from tests.engine.world import answered
from tests.stepping.branding import branding
from tests.stepping.outside import WRITES
from tests.stepping.parts import Parts

SOCKET: Final = "world.sock"
LIMIT: Final = 4_000_000
"""The longest line, in bytes: a request to a model is one."""

_COMMAND: Final[TypeAdapter[Any]] = TypeAdapter(Command)
_SHORT: Final = timedelta(seconds=3)
_DEADLINES: Final = Deadlines(model=timedelta(seconds=20), read=_SHORT, write=_SHORT, reply=_SHORT)
_PACE: Final = Pace(concurrency=24, lease=10.0, poll=1.0, first_retry=0.1, deaths=1_000_000)
"""Here it is never the conversation that kills, however often in a row: cores are killed from outside, at any moment."""


class Gone(Exception):
    """The other side is not there any more."""


class Wire:
    """Both directions of one connection: questions with a number, and their answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ended = False

    async def ask(self, what: str, **more: Any) -> Any:
        """Asks the other side.

        Raises:
            Gone: It ended before it answered.
        """
        if self._ended:
            raise Gone
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.say(ask=what, number=number, **more)
        try:
            return await answer
        finally:
            self._waiting.pop(number, None)

    def say(self, **line: Any) -> None:
        """Sends a line; to nobody, if nobody is there."""
        if not self._writer.is_closing():
            self._writer.write(f"{json.dumps(line)}\n".encode())

    async def questions(self) -> "asyncio.Queue[dict[str, Any] | None]":
        """What the other side asks, until it ends: then None."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.reading = asyncio.create_task(self._read(queue))
        return queue

    async def _read(self, queue: "asyncio.Queue[dict[str, Any] | None]") -> None:
        try:
            while line := await self._reader.readline():
                told = json.loads(line)
                if "answer" not in told:
                    queue.put_nowait(told)
                elif (waiting := self._waiting.get(told["number"])) is not None and not waiting.done():
                    waiting.set_result(told["answer"])
        except (OSError, ValueError):  # killed in the middle of a line
            pass
        finally:
            self._ended = True
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(Gone())
            queue.put_nowait(None)
            self._writer.close()


class FarModel:
    """The model, out there."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        body = request.request_bytes().decode()
        return answered(await self._wire.ask("model", purpose=request.purpose, body=body), request.model)

    async def close(self) -> None:
        """Nothing to close."""


class FarTools:
    """The shop, out there."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def perform(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        deadline: datetime,
        customer: str | None,
    ) -> ToolResult:
        question = self._wire.ask(
            "tool", name=name, arguments=dict(arguments), key=idempotency_key, deadline=deadline.isoformat()
        )
        try:
            async with asyncio.timeout((deadline - system_clock()).total_seconds()):
                return result_of(await question)
        except TimeoutError:
            outcome = "unknown" if name in WRITES else "timed_out"
            return ToolResult(outcome, code="no_answer", sentence="No answer came.", transient=outcome == "timed_out")

    async def reconcile(
        self, name: str, arguments: Mapping[str, Any], idempotency_key: str, *, deadline: datetime
    ) -> Reconciled:
        found = await self._wire.ask("refunded", key=idempotency_key)
        return Happened(result_of(found)) if found else DidNotHappen()


class FarChannel:
    """The channel, out there. It says as of which place in the log a reply was still wanted: on its way more may happen."""

    def __init__(self, wire: Wire, place: Callable[[], Awaitable[int]]) -> None:
        self._wire = wire
        self._place = place

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
        place = await self._place()
        if still is not None and not await still():
            return Stopped()
        question = self._wire.ask(
            "send", thread=external_id, text=text, delivery=delivery_id, by=by, deadline=deadline.isoformat(), place=place
        )
        try:
            async with asyncio.timeout((deadline - system_clock()).total_seconds()):
                await question
        except TimeoutError:
            return SendUnknown("no_answer", "No answer came.")
        return Sent(delivery_id)

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        if await self._wire.ask("delivered", delivery=delivery_id):
            return Sent(delivery_id)
        return NotSent("not_found", "It is not there.", transient=False)


def plain(result: ToolResult) -> dict[str, Any]:
    """A result as JSON."""
    return asdict(result)


def result_of(told: Mapping[str, Any]) -> ToolResult:
    """A result from JSON."""
    given: dict[str, Any] = {**told, "facts": tuple((key, value) for key, value in told["facts"])}
    return ToolResult(**given)


def live(folder: Path) -> None:
    """The life of a core, in a process of its own: never returns."""
    try:
        asyncio.run(_life(folder))
    except BaseException:  # noqa: BLE001 - it is told to whoever looks for it, and the process ends in any case
        (folder / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(1)


async def _life(folder: Path) -> None:
    store = await Store.open(folder / "data")
    wire = Wire(*await asyncio.open_unix_connection(str(folder / SOCKET), limit=LIMIT))
    made = branding("quick")
    tools, channels = FarTools(wire), {"chat": FarChannel(wire, lambda: store.read(_newest))}
    brand = BrandAtWork(made.release, made.gate, tools, channels, FarModel(wire), ModelNames(), sandbox=True)
    parts = Parts.of(store, folder, brand, system_clock, deadlines=_DEADLINES)
    projector, engine = Projector(store, parts.shelf, parts.people), TableEngine(store, _PACE)

    async def give_up(stream: StreamId, error: Exception) -> None:
        wire.say(note="quarantined", conv=stream, why=repr(error))
        await quarantine(store, parts.shelf, system_clock, stream, error)

    await projector.catch_up()
    async with asyncio.TaskGroup() as group:
        group.create_task(projector.run())
        group.create_task(engine.run(parts.runners[0].handle, quarantine=give_up, nudge=parts.runners[0].nudge))
        questions = await wire.questions()
        while (asked := await questions.get()) is not None:
            group.create_task(_answers(wire, parts, asked))
        raise Gone


def _newest(tx: ReadTx) -> int:
    """The place in the log of what is newest in it."""
    found = tx.connection.exec_driver_sql("SELECT max(position) FROM event").scalar_one()
    return int(found)


async def _answers(wire: Wire, parts: Parts, asked: Mapping[str, Any]) -> None:
    try:
        if asked["ask"] == "message":
            message = asked["message"]
            await parts.webhook(message["event"], message["thread"], message["text"], customer=message["customer"])
        else:
            await parts.command(asked["who"], _COMMAND.validate_python(asked["command"]), asked["key"])
    except CountersignError as refused:
        wire.say(number=asked["number"], answer={"code": refused.code, "message": refused.message})
    else:
        wire.say(number=asked["number"], answer={})

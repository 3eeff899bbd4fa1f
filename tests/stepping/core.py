"""A whole core on a stepping loop: real store, service, commands, entrance, engine and policies; the world outside is made.

A template of the data folder is made once and copied for each play. A core is one process: its API and its workers are
owners that can be held and can die; what it had committed is all that another one finds.
"""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from agent_core.contract.commands import Command, CommandDone
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, StreamId
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork
from agent_core.engine.table import TableEngine
from agent_core.models.port import ModelNames
from agent_core.service.commands import Means
from agent_core.service.inbound import Accepted
from agent_core.service.quarantine import quarantine
from agent_core.store import Append, Store
from tests.stepping.branding import template
from tests.stepping.loop import OWNER
from tests.stepping.outside import START, World
from tests.stepping.parts import Parts, Shelf
from tests.stepping.store import stepped_store

T = TypeVar("T")

NORTHWIND: Final = BrandId("northwind")
PEOPLE: Final = ("sue", "leo")


@dataclass
class Worker:
    """One worker of a core."""

    owner: str
    runner: Runner
    engine: TableEngine
    task: "asyncio.Task[None] | None" = None


class Lost(Exception):
    """The core died before it answered: nobody knows whether it took effect."""


@dataclass
class Core:
    """One process of a core."""

    name: str
    world: World
    parts: Parts
    workers: list[Worker] = field(default_factory=list[Worker])
    crashed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def store(self) -> Store:
        """Its log."""
        return self.parts.store

    @property
    def shelf(self) -> Shelf:
        """Its brands."""
        return self.parts.shelf

    @property
    def means(self) -> Means:
        """What its commands work with."""
        return self.parts.means

    @property
    def api(self) -> str:
        """Who answers commands and webhooks."""
        return f"{self.name}/api"

    @property
    def owners(self) -> set[str]:
        """Everybody who dies with this process."""
        return {self.api, *(worker.owner for worker in self.workers)}

    @classmethod
    async def start(cls, folder: Path, world: World, name: str, *, workers: int) -> "Core":
        """Opens the folder and lets the workers begin."""
        observer = Noting(world, name)
        store = await stepped_store(
            folder / "data", clock=world.clock, observer=observer, writer=world.writer, database=world.database
        )
        served, channels = world.brand, {"chat": world.channel}
        brand = BrandAtWork(served.release, served.gate, world.tools, channels, world.model, ModelNames(), sandbox=True)
        parts = Parts.of(store, folder, brand, world.clock, workers=workers)
        made = [
            Worker(f"{name}/w{number}", runner, TableEngine(store, world.engine))
            for number, runner in enumerate(parts.runners, 1)
        ]
        core = cls(name, world, parts, made)

        async def give_up(stream: StreamId, error: Exception) -> None:
            world.book.note("quarantined", conv=stream, why=repr(error))
            await quarantine(store, parts.shelf, world.clock, stream, error)

        for worker in made:
            working = worker.engine.run(worker.runner.handle, quarantine=give_up, nudge=worker.runner.nudge)
            worker.task = world.loop.task(worker.owner, working, name=worker.owner)
        return core

    async def asked(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Somebody outside asks this core, and may lose it before it answers.

        Raises:
            Lost: It died first.
        """
        if self.crashed.is_set():
            raise Lost
        answering = self.world.loop.task(self.api, _begun(ask))
        crash = self.world.loop.create_task(self.crashed.wait())
        try:
            await asyncio.wait({answering, crash}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            crash.cancel()
        if not answering.done():
            raise Lost
        return answering.result()

    def dies(self) -> None:
        """SIGKILL: nobody of this process takes another step."""
        self.world.book.note("crash", core=self.name)
        self.world.loop.dead |= self.owners
        self.crashed.set()

    async def webhook(self, event: str, thread: str, text: str, *, customer: str, author: str = "customer") -> Accepted:
        """A signed webhook arrives."""
        return await self.parts.webhook(event, thread, text, customer=customer, author=author)

    async def command(self, who: str, command: Command, key: str) -> CommandDone:
        """A person's console sends a command."""
        return await self.parts.command(who, command, key)

    def conversation(self, thread: str) -> ConversationId:
        """How the core calls a thread."""
        return self.parts.conversation(thread)


async def _begun(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return await ask()


def operator(who: str) -> OperatorId:
    """A person's id."""
    return OperatorId(who)


class Noting:
    """Writes every commit into the book, at the moment it is durable."""

    def __init__(self, world: World, core: str) -> None:
        self._world = world
        self._core = core

    def before_commit(self, append: Append) -> None:
        names = ",".join(draft.event.type for draft in append.drafts)
        self._world.point = f"commit of {names or 'nothing'}"

    def after_commit(self, append: Append) -> None:
        events = [
            {**draft.event.model_dump(mode="json"), "actor": draft.actor.model_dump(mode="json")} for draft in append.drafts
        ]
        paused = dict(append.scope_paused)
        self._world.book.note("commit", conv=append.stream, events=events, by=OWNER.get(), paused=paused)
        self._world.passed(f"after {self._world.point}")


def copy_of_template(folder: Path, brand: str = "quick") -> Path:
    """A fresh folder as the template is."""
    shutil.copytree(template(brand, START), folder, dirs_exist_ok=True)
    return folder

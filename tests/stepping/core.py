"""A whole core on a stepping loop: real store, service, commands, entrance, engine and policies; the world outside is made.

A template of the data folder is made once and copied for each play. A core is one process: its API and its workers are
owners that can be held and can die; what it had committed is all that another one finds.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from agent_core.authority.sign import key_fingerprint
from agent_core.boundary.signature import read_secret, sign
from agent_core.contract.commands import Command, CommandDone
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, SessionId, StreamId, conversation_id
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork, Deadlines, Instance
from agent_core.engine.table import TableEngine
from agent_core.models.port import ModelNames
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.brands import BrandShelf
from agent_core.service.callbacks import CallbackAccepted, CallbackEntrance
from agent_core.service.commands import Means, carry_out
from agent_core.service.inbound import Accepted, Entrance
from agent_core.service.operators import OperatorBook
from agent_core.service.quarantine import quarantine
from agent_core.service.refusals import Refusals
from agent_core.service.sessions import Desk, Seat
from agent_core.service.settings import Connection
from agent_core.store import Append, Store
from tests.engine.harness import CORE
from tests.stepping.branding import template
from tests.stepping.loop import OWNER
from tests.stepping.outside import START, World
from tests.stepping.store import stepped_store

T = TypeVar("T")

NORTHWIND: Final = BrandId("northwind")
WEBHOOKS: Final = "whsec_" + "c3RlcHBpbmcgd29ybGRzIHNlY3JldCE="
DEADLINES: Final = Deadlines(
    model=timedelta(seconds=20), read=timedelta(seconds=4), write=timedelta(seconds=4), reply=timedelta(seconds=4)
)
PEOPLE: Final = ("sue", "leo")


class Shelf(BrandShelf):
    """The brands, of which another release can become active while the core runs."""

    def put(self, brand: BrandAtWork) -> None:
        """This is what is active from now on."""
        self._active[brand.release.brand.name] = brand
        self._releases[brand.release.digest] = brand.release


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
    store: Store
    shelf: Shelf
    means: Means
    entrance: Entrance
    callbacks: CallbackEntrance
    workers: list[Worker] = field(default_factory=list[Worker])
    crashed: asyncio.Event = field(default_factory=asyncio.Event)

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
        store = await stepped_store(folder / "data", clock=world.clock, observer=observer, writer=world.writer)
        anchors = AnchorFile(folder / "config", data=folder / "data")
        people = OperatorBook(store, anchors, CORE)
        release, name_of_brand = world.brand.release, world.brand.name
        brand = BrandAtWork(
            release, world.brand.gate, world.tools, {"chat": world.channel}, world.model, ModelNames(), sandbox=True
        )
        shelf = Shelf({name_of_brand: brand}, {})
        instance = Instance(CORE, "test")
        made = [
            Worker(
                f"{name}/w{number}",
                Runner(store, shelf, people, instance=instance, clock=world.clock, deadlines=DEADLINES),
                TableEngine(store, world.engine),
            )
            for number in range(1, workers + 1)
        ]
        connection = Connection(
            shop_url="http://127.0.0.1:1", shop_token=SecretStr("x"), channel_url="http://127.0.0.1:1",
            channel_token=SecretStr("x"), webhook_secrets=(SecretStr(WEBHOOKS),), callback_secrets=(SecretStr(WEBHOOKS),),
        )  # fmt: skip
        means = Means(
            store=store,
            people=people,
            desk=Desk(people, core=CORE, clock=world.clock, embedded=None),
            shelf=shelf,
            runner=made[0].runner,
            anchors=anchors,
            clock=world.clock,
            core=CORE,
            sandbox=True,
        )
        refusals = Refusals(store, shelf, world.clock)
        connections = {name_of_brand: connection}
        entrance = Entrance(store, shelf, connections, world.clock, refusals)
        callbacks = CallbackEntrance(store, shelf, connections, world.clock, refusals)
        core = cls(name, world, store, shelf, means, entrance, callbacks, made)

        async def give_up(stream: StreamId, error: Exception) -> None:
            world.book.note("quarantined", conv=stream, why=repr(error))
            await quarantine(store, shelf, world.clock, stream, error)

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
        told = {
            "type": "message.created", "id": event, "occurred_at": self.world.clock().isoformat(),
            "conversation": {"id": thread, "channel": "chat"},
            "customer": {"id": customer, "name": "Amara Okafor", "email": "a@example.com", "authenticated": True},
            "message": {"id": event, "text": text, "author": author},
        }  # fmt: skip
        headers, chunks = signed_webhook(event, told, self.world.clock())
        return await self.entrance.take(self.world.brand.name, "chat", headers, chunks)

    async def callback(self, event: str, ref: str, answer: Mapping[str, Any]) -> CallbackAccepted:
        """The shop answers a call that it had taken."""
        at = self.world.clock()
        told = {"type": "operation.answered", "id": event, "occurred_at": at.isoformat(), "ref": ref, "answer": dict(answer)}
        headers, chunks = signed_webhook(event, told, at)
        return await self.callbacks.take(self.world.brand.name, "shop", headers, chunks)

    async def command(self, who: str, command: Command, key: str) -> CommandDone:
        """A person's console sends a command."""
        ring = await self.means.people.keyring()
        fingerprint = key_fingerprint(key_of(who))
        operator = next(each.operator for each in ring.active if each.fingerprint == fingerprint)
        now = self.world.clock()
        seat = Seat(SessionId(f"s_{who}"), operator, fingerprint, begun=now, seen=now)
        return await carry_out(self.means, seat, command, key)

    def conversation(self, thread: str) -> ConversationId:
        """How the core calls a thread."""
        return conversation_id(self.world.brand.name, "chat", thread, secret=self.store.secret)


def signed_webhook(event: str, told: Mapping[str, Any], at: datetime) -> tuple[dict[str, str], AsyncIterator[bytes]]:
    """A webhook as it arrives: headers and body."""
    body = json.dumps(told).encode()
    seconds = int(at.timestamp())
    headers = {
        "webhook-id": event, "webhook-timestamp": str(seconds),
        "webhook-signature": sign(read_secret(WEBHOOKS), event, seconds, body),
    }  # fmt: skip

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return headers, chunks()


async def _begun(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return await ask()


def key_of(who: str) -> Ed25519PrivateKey:
    """A person's key, as the harness enrolled it."""
    return Ed25519PrivateKey.from_private_bytes(who[:1].encode() * 32)


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

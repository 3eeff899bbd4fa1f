"""A whole core with its sandbox over real sockets, and the people at their consoles, for the tests of the service."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.ids import BrandId, ConversationId, conversation_id
from agent_core.contract.money import Money
from agent_core.contract.statements import ConsoleIdentity, Role
from agent_core.contract.views import AskCard, ConversationDetail
from agent_core.engine.runtime import Deadlines
from agent_core.engine.table import Pace
from agent_core.sandbox.local_http import local_client
from agent_core.service.admission import Bounds
from agent_core.service.api import create_app
from agent_core.service.composition import Core
from agent_core.service.serving import served
from agent_core.service.settings import ROOT, Connection, SandboxSettings, Settings
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from console.headless.key_signing import Terms
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer, new_operator

NORTHWIND = BrandId("northwind")
TOKEN = "one-time-token"
BOTH = "Please refund NW-10023, and where is NW-10024?"
CONSOLE = ConsoleIdentity(version="0.1.0", instance="test")

_T = TypeVar("_T")


def quick_brand(folder: Path, name: str = "northwind", *, undo_s: int = 0) -> Path:
    """A copy of a demo brand that answers at once."""
    target = folder / "brands" / name
    if not target.exists():
        shutil.copytree(ROOT / "resources" / "brands" / name, target)
        text = (target / "brand.yaml").read_text(encoding="utf-8")
        lines = [_quick(line, undo_s) for line in text.splitlines()]
        (target / "brand.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _quick(line: str, undo_s: int) -> str:
    if line.lstrip().startswith("batch_window_ms:"):
        return "  batch_window_ms: 0"
    if line.lstrip().startswith("undo_s:"):
        return f"  undo_s: {undo_s}"
    return line


@dataclass
class Moved:
    """A clock that is moved forward by hand, and goes on from there."""

    by: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return system_clock() + self.by


@dataclass
class Scene:
    """A core that listens, and what a test does with it."""

    core: Core
    url: str
    stack: contextlib.AsyncExitStack
    enrollers: list[CoreClient] = field(default_factory=list[CoreClient])

    async def console(self) -> CoreClient:
        """A console without a session."""
        return await self.stack.enter_async_context(CoreClient(self.url))

    async def reader(self) -> CoreClient:
        """The console that started the core: read-only."""
        client = await self.console()
        await client.sign_in_embedded(TOKEN)
        return client

    async def admin(self, name: str = "Ada Admin") -> tuple[CoreClient, Signer]:
        """The first operator, signed in."""
        return await self.admin_from(await self.reader(), name)

    async def admin_from(self, client: CoreClient, name: str = "Ada Admin") -> tuple[CoreClient, Signer]:
        """The first operator, signed in at a console that has only read so far."""
        signer = Signer(KeyPair.new(), new_operator(name), "admin", CONSOLE)
        await client.enrol(signer.enrolment(await client.challenge(), name=name))
        await client.sign_in(signer)
        return client, signer

    async def colleague(
        self,
        admin: tuple[CoreClient, Signer],
        name: str,
        *,
        role: Role = "supervisor",
        brands: tuple[str, ...] = ("*",),
        simulated: bool = False,
    ) -> tuple[CoreClient, Signer]:
        """Another operator, enrolled by the admin, signed in at a console of their own."""
        boss, boss_signer = admin
        signer = Signer(KeyPair.new(), new_operator(name), role, CONSOLE)
        limit = Money(amount_minor=50_000, currency="EUR")
        wanted = boss_signer.enrolment(
            await boss.challenge(), name=name, brands=brands, limit=limit, of=signer, simulated=simulated
        )
        try:
            await boss.enrol(wanted)
        except CoreRefused as refused:
            if "invite" not in refused.message:
                raise
            await self._invited(boss, signer, name, Terms(role, brands, limit))
        client = await self.console()
        await client.sign_in(signer)
        if role in ("lead", "admin") and not simulated:
            self.enrollers.append(client)
        return client, signer

    async def _invited(self, boss: CoreClient, signer: Signer, name: str, terms: Terms) -> None:
        """The way of a house with several enrollers: one invites, another countersigns."""
        invited = await Operators(boss).invite(signer.operator, name, terms)
        newcomer = Operators(await self.console())
        await newcomer.accept(invited.code, await newcomer.open_invitation(invited.code), signer)
        for other in self.enrollers:
            with contextlib.suppress(CoreRefused):
                (row,) = [r for r in await Operators(other).invitations() if r.invitation == invited.invitation]
                await Operators(other).countersign(row, signer.key.fingerprint)
                return
        raise AssertionError("nobody could countersign")

    @property
    def channel(self) -> httpx.AsyncClient:
        """The sandbox's channel, from the customers' side."""
        return self._at("channel_url", "channel_token")

    def channel_of(self, brand: BrandId) -> httpx.AsyncClient:
        """The sandbox's channel of another brand."""
        return self._at("channel_url", "channel_token", brand)

    def _at(self, url: str, token: str, brand: BrandId = NORTHWIND) -> httpx.AsyncClient:
        assert self.core.sandbox is not None
        connection = self.core.sandbox.connections[brand]
        secret: SecretStr = getattr(connection, token)
        headers = {"authorization": f"Bearer {secret.get_secret_value()}"}
        return local_client(base_url=getattr(connection, url), headers=headers, timeout=120)

    async def write(self, text: str = BOTH, *, thread: str = "t1", authenticated: bool = True) -> ConversationId:
        """A customer writes; the owner of NW-10023."""
        assert self.core.sandbox is not None
        people = self.core.sandbox.shop.people()
        who = next(person for person in people if any(order.id == "NW-10023" for order in person.orders))
        customer = {"id": who.id, "name": who.name, "email": who.email, "authenticated": authenticated}
        body = {"conversation": thread, "channel": "chat", "customer": customer, "text": text}
        async with self.channel as channel:
            (await channel.post("/_sandbox/messages", json=body)).raise_for_status()
        return conversation_id(NORTHWIND, "chat", thread, secret=self.core.store.secret)

    async def replies(self, thread: str = "t1") -> list[dict[str, Any]]:
        """What the customer has read so far."""
        async with self.channel as channel:
            found = (await channel.get(f"/v1/conversations/{thread}/messages")).json()["messages"]
        return [message for message in found if message["by"] != "customer"]

    async def faults(self, *faults: Mapping[str, Any]) -> None:
        """The shop misbehaves like this from now on; with none it behaves again."""
        assert self.core.sandbox is not None
        shop = self.core.sandbox.shop_at
        headers = {"authorization": f"Bearer {shop.token.get_secret_value()}"}
        async with local_client(base_url=shop.url, headers=headers) as client:
            if not faults:
                (await client.delete("/_sandbox/faults")).raise_for_status()
            for fault in faults:
                (await client.post("/_sandbox/faults", json=dict(fault))).raise_for_status()

    def refunds(self) -> list[dict[str, Any]]:
        """Every refund of the shop for NW-10023."""
        assert self.core.sandbox is not None
        shop = self.core.sandbox.shop
        return [each for payment in shop.payments_of("NW-10023") for each in shop.refunds(payment_id=payment["id"])]


@contextlib.asynccontextmanager
async def scene(
    folder: Path,
    *,
    undo_s: int = 0,
    brands: tuple[str, ...] = ("northwind",),
    port: int = 0,
    deadlines: Deadlines | None = None,
    connections: Mapping[BrandId, Connection] | None = None,
    pace: Pace | None = None,
    folders: tuple[Path, ...] = (),
    secrets: Mapping[BrandId, Mapping[str, SecretStr]] | None = None,
    allowed_hosts: frozenset[str] = frozenset(),
    watch: bool = False,
    allow_programs: bool = False,
    bounds: Bounds | None = None,
    require_proof: bool = False,
    clock: Clock = system_clock,
) -> AsyncGenerator[Scene]:
    """A core with its sandbox, for as long as the block lasts; the same folder again is the same core.

    Brands in `connections` are connected to those systems instead of the sandbox's. `folders` are brand folders as they are,
    beside or instead of the demo's `brands`. Consoles prove who they are either way; without `require_proof` a test may also
    ask with a bare token.
    """
    settings = Settings(
        data=folder / "data",
        config=folder / "config",
        brands=(*(quick_brand(folder, name, undo_s=undo_s) for name in brands), *folders),
        secrets=secrets or {},
        allowed_hosts=allowed_hosts,
        watch=watch,
        allow_programs=allow_programs,
        sandbox=SandboxSettings(people=60),
        embedded_token=SecretStr(TOKEN),
        deadlines=deadlines or Deadlines(),
        connections=connections or {},
        pace=pace or Pace(),
        bounds=bounds or Bounds(),
        preflight=False,
        require_proof=require_proof,
    )
    async with contextlib.AsyncExitStack() as stack:
        core = await stack.enter_async_context(Core.open(settings, clock=clock))
        at = await stack.enter_async_context(served(create_app(core), port=port))
        assert core.sandbox is not None
        await core.sandbox.point_at(at.base_url)
        try:
            yield Scene(core, at.base_url, stack)
        finally:
            core.stopping.set()
            core.projector.stop()


AT_WORK = frozenset({"triaging", "resolving"})
"""How a conversation is labelled while the agent works on it."""

PATIENCE_SECONDS = 300
"""A bound only, for a test that would wait for ever: a machine may be slow by ten times at any moment."""


async def until(client: CoreClient, look: Callable[[], Awaitable[_T | None]]) -> _T:
    """Waits for a state: looks again whenever the feed says that something changed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for _ in client.feed():
            found = await look()
            if found is not None:
                return found
    raise AssertionError("the feed does not end")


async def approval(client: CoreClient, conversation: ConversationId | None = None) -> AskCard:
    """The first card that waits for a yes, once the agent has nothing more to do there; or that of one conversation.

    An answer that says that something waits is held back where it was decided meanwhile: no test may be faster than that.
    """

    async def look() -> AskCard | None:
        at_work = {row.conversation for row in (await client.rows()).rows if row.label in AT_WORK}
        cards = (card for card in await client.asks() if card.kind == "approval" and card.conversation not in at_work)
        return next((card for card in cards if conversation in (None, card.conversation)), None)

    return await until(client, look)


async def closed(client: CoreClient, card: AskCard) -> AskCard:
    """The card, once it is over."""

    async def look() -> AskCard | None:
        found = await client.ask(card.ask)
        return found if found.state == "closed" else None

    return await until(client, look)


async def settled(client: CoreClient, conversation: ConversationId, messages: int) -> ConversationDetail:
    """The conversation, once so many messages stand in it and the agent does nothing more about them."""

    async def look() -> ConversationDetail | None:
        page = await client.rows()
        row = next((row for row in page.rows if row.conversation == conversation), None)
        if row is None or row.messages < messages:
            return None
        if row.label in AT_WORK and "escalation" not in row.asks:  # a run whose workflow is stopped waits for people
            return None
        return await client.detail(conversation)

    return await until(client, look)

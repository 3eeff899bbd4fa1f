"""A core in a process of its own over real sockets, and the world it works in: what can be killed, and what stays.

Shop and channel live in the test's process and keep what happened, so a core that dies takes nothing along. It must never
say anything about the core that a person or the shop could not see.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from agent_core.contract.ids import BrandId
from agent_core.contract.money import Money
from agent_core.contract.statements import ConsoleIdentity
from agent_core.contract.views import AskCard
from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.channel.webhooks import new_webhook_secret
from agent_core.sandbox.faults import Fault, FaultBook
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.service.settings import ROOT
from console.headless.client import CoreClient
from console.headless.key_signing import Terms
from console.headless.signing import KeyPair, Signer, new_operator

NORTHWIND = BrandId("northwind")
CONSOLE = ConsoleIdentity(version="0.1.0", instance="test")
PEOPLE = 120
READY = 240.0
"""Seconds; a bound only: to begin takes a core some thirty seconds of processor, which a busy machine gives it late."""

_T = TypeVar("_T")


class Watched(FaultBook):
    """Faults of the shop, and a bell that rings at each request."""

    def __init__(self) -> None:
        super().__init__()
        self.rang = asyncio.Event()

    def note(self, scope: Any) -> dict[str, Any]:
        """Opens the record of a request, and rings."""
        self.rang.set()
        return super().note(scope)


@dataclass
class FarCore:
    """The world, and the core while one lives.

    Attributes:
        shop: What really happened.
        faults: What goes wrong on the way to the shop.
        port: Where every core of this folder listens.
        brand: The brand's folder; the shipped one with None.
    """

    folder: Path
    shop: ShopWorld
    faults: Watched
    connections: dict[str, Any]
    channel_url: str
    channel_token: str
    port: int = 0
    brand: Path | None = None
    process: asyncio.subprocess.Process | None = None
    token: str = ""
    signers: list[Signer] = field(default_factory=list[Signer])
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def url(self) -> str:
        """Where the core is."""
        return f"http://127.0.0.1:{self.port}"

    async def begin(self) -> None:
        """Starts a core, and returns when it listens."""
        self.token = secrets.token_urlsafe(24)
        options = ["--data", str(self.folder / "data"), "--config", str(self.folder / "config"), "--sandbox"]
        if self.brand is not None:
            options += ["--brand", str(self.brand)]
        said = self.folder / "said.txt"
        with said.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "agent_core", "serve", "--embedded", "--people", "5", "--port", str(self.port),
                *options,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors, cwd=ROOT,
            )  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        handed = {"token": self.token, "connections": {NORTHWIND: self.connections}}
        self.process.stdin.write(f"{json.dumps(handed)}\n".encode())
        await self.process.stdin.drain()
        async with asyncio.timeout(READY):
            ready = await self.process.stdout.readline()
        assert ready, said.read_text(encoding="utf-8")[-2_000:]
        line = json.loads(ready)
        self.port = int(line["url"].rpartition(":")[2])
        headers = {"authorization": f"Bearer {self.channel_token}"}
        async with local_client(base_url=self.channel_url, headers=headers) as channel:
            (await channel.post("/_sandbox/core", json={"core_url": self.url})).raise_for_status()

    async def kill(self) -> None:
        """No more instructions: SIGKILL."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        await self._gone()

    async def end(self) -> None:
        """Ends whatever still runs."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self._gone()

    async def _gone(self) -> None:
        assert self.process is not None
        await self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
            with contextlib.suppress(ConnectionError):
                await self.process.stdin.wait_closed()
        self.process = None

    async def write(self, text: str, thread: str, order: str) -> None:
        """The owner of an order writes."""
        who = next(person for person in self.shop.people() if any(each.id == order for each in person.orders))
        customer = {"id": who.id, "name": who.name, "email": who.email, "authenticated": True}
        body = {"conversation": thread, "channel": "chat", "customer": customer, "text": text}
        headers = {"authorization": f"Bearer {self.channel_token}"}
        async with local_client(base_url=self.channel_url, headers=headers) as channel:
            (await channel.post("/_sandbox/messages", json=body)).raise_for_status()

    def refundable(self) -> list[str]:
        """Orders of different people that could be refunded without a second person."""
        found: list[str] = []
        for person in self.shop.people():
            for order in person.orders:
                payments = self.shop.payments_of(order.id)
                if len(payments) == 1 and 2_000 < payments[0]["refundable_minor"] < 50_000:
                    found.append(order.id)
                    break
        return found

    def refunds(self, order: str) -> list[dict[str, Any]]:
        """Every refund of an order."""
        return [each for paid in self.shop.payments_of(order) for each in self.shop.refunds(payment_id=paid["id"])]

    async def people(self) -> tuple[CoreClient, CoreClient]:
        """Two people with keys, signed in: the first core's admin and a colleague."""
        ada = await self.console()
        await ada.sign_in_embedded(self.token)
        admin = Signer(KeyPair.new(), new_operator("Ada Admin"), "admin", CONSOLE)
        await ada.enrol(admin.enrolment(await ada.challenge(), name="Ada Admin"))
        await ada.sign_in(admin)
        bo = Signer(KeyPair.new(), new_operator("Bo Becker"), "supervisor", CONSOLE)
        limit = Money(amount_minor=50_000, currency="EUR")
        terms = Terms("supervisor", ("northwind",), limit)
        await ada.enrol(admin.enrolment(await ada.challenge(), name="Bo Becker", brands=terms.brands, limit=limit, of=bo))
        client = await self.console()
        await client.sign_in(bo)
        self.signers = [admin, bo]
        return ada, client

    async def back(self) -> tuple[CoreClient, CoreClient]:
        """The same two people at a core that was started again."""
        first, second = await self.console(), await self.console()
        await first.sign_in(self.signers[0])
        await second.sign_in(self.signers[1])
        return first, second

    async def console(self) -> CoreClient:
        """A console without a session; closed with everything else."""
        return await self.stack.enter_async_context(CoreClient(self.url))

    async def late(self, kind: str, seconds: float) -> None:
        """The next refund comes late: `late` is done at once and answered after so long, `slow` is done after so long."""
        self.faults.add(Fault(match="POST /v1/payments/*", kind=kind, times=1, seconds=seconds))  # pyright: ignore[reportArgumentType] - a word of the book

    async def asked(self, order: str) -> None:
        """Returns once the shop was asked to refund an order's payment."""
        (payment,) = self.shop.payments_of(order)
        async with asyncio.timeout(READY):
            while not any(payment["id"] in each["path"] and each["method"] == "POST" for each in self.faults.requests):
                self.faults.rang.clear()
                await self.faults.rang.wait()


@contextlib.asynccontextmanager
async def far_core(folder: Path, brand: Path | None = None) -> AsyncGenerator[FarCore]:
    """A world, and a first core in it, for as long as the block lasts."""
    shop_token, channel_token, secret = secrets.token_hex(8), secrets.token_hex(8), new_webhook_secret()
    shop = ShopWorld.open(folder / "shop.sqlite", seed=1, customers=PEOPLE)
    faults = Watched()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(shop.close)
        shop_at = await stack.enter_async_context(serve(create_shop_app(shop, token=shop_token, faults=faults)))
        channel = create_channel_app(secret=secret, core_url=None, token=channel_token)
        channel_at = await stack.enter_async_context(serve(channel))
        connections = {
            "shop_url": shop_at.base_url, "shop_token": shop_token, "channel_url": channel_at.base_url,
            "channel_token": channel_token, "webhook_secrets": [secret],
        }  # fmt: skip
        it = FarCore(folder, shop, faults, connections, channel_at.base_url, channel_token, brand=brand)
        try:
            await it.begin()
            yield it
        finally:
            await it.stack.aclose()
            await it.end()


async def until(look: Callable[[], Awaitable[_T | None]], client: CoreClient, *, seconds: float = READY) -> _T:
    """Waits for a state: looks again whenever the feed says that something changed."""
    async with asyncio.timeout(seconds):
        async for _ in client.feed():
            found = await look()
            if found is not None:
                return found
    raise AssertionError("the feed does not end")


async def card_about(client: CoreClient, order: str) -> AskCard:
    """The open card about an order."""

    async def look() -> AskCard | None:
        cards = [card for card in await client.asks() if card.kind == "approval"]
        return next((card for card in cards if order in card.model_dump_json()), None)

    return await until(look, client)


async def over(client: CoreClient, card: AskCard) -> AskCard:
    """The card, once it is closed."""

    async def look() -> AskCard | None:
        found = await client.ask(card.ask)
        return found if found.state == "closed" else None

    return await until(look, client)

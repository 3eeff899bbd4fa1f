"""A brand whose shop hangs holds up nobody else: whole core, real sockets, no clock (R-A9).

The other brand's conversations are counted, and so is everything that hangs, before and after.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from agent_core.contract.ids import BrandId
from agent_core.engine.runtime import Deadlines
from agent_core.engine.table import Pace
from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.channel.webhooks import new_webhook_secret
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import serve
from agent_core.service.settings import Connection
from tests.service.scene import NORTHWIND, Scene, scene

LUMEN = BrandId("lumen")
TOKEN = "bulkhead"
PATIENT = Deadlines(read=timedelta(minutes=10))
"""What hangs is given up by nobody while the others are served, however slow this machine is."""


@dataclass
class HangingShop:
    """Takes every request and answers none until it is told to."""

    asked: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncGenerator[str]:
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            self.go_on.set()
            server.close()

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(300), self._more:
            await self._more.wait_for(lambda: self.asked >= times)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            async with self._more:
                self.asked += 1
                self._more.notify_all()
            await self.go_on.wait()
        writer.close()


def _channel(url: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return local_client(base_url=url, headers=headers, timeout=120)


async def _write(channel: httpx.AsyncClient, thread: str, text: str) -> None:
    customer = {"id": f"cus_{thread}", "name": "Ada", "email": f"{thread}@example.com", "authenticated": True}
    body = {"conversation": thread, "channel": "chat", "customer": customer, "text": text}
    (await channel.post("/_sandbox/messages", json=body)).raise_for_status()


async def _answered(channel: httpx.AsyncClient, thread: str) -> None:
    """Until the customer has an answer."""
    async with asyncio.timeout(300):
        while True:
            found = await channel.get(f"/v1/conversations/{thread}/messages?after=1&wait=10")
            messages: list[dict[str, Any]] = found.json()["messages"]
            if any(message["by"] == "agent" for message in messages):
                return


@contextlib.asynccontextmanager
async def _two_brands(folder: Path, pace: Pace) -> AsyncGenerator[tuple[Scene, HangingShop, httpx.AsyncClient]]:
    """Northwind with a shop that hangs and a channel of its own; lumen as it is."""
    secret = new_webhook_secret()
    shop = HangingShop()
    app = create_channel_app(secret=secret, core_url=None, token=TOKEN)
    async with contextlib.AsyncExitStack() as stack:
        channel = await stack.enter_async_context(serve(app))
        hanging = Connection(
            shop_url=await stack.enter_async_context(shop.listening()),
            shop_token=SecretStr(TOKEN),
            channel_url=channel.base_url,
            channel_token=SecretStr(TOKEN),
            webhook_secrets=(SecretStr(secret),),
        )
        at = await stack.enter_async_context(
            scene(folder, brands=("northwind", "lumen"), connections={NORTHWIND: hanging}, pace=pace, deadlines=PATIENT)
        )
        client = await stack.enter_async_context(_channel(channel.base_url))
        (await client.post("/_sandbox/core", json={"core_url": at.url})).raise_for_status()
        yield at, shop, client


def test_R_A9_a_hanging_shop_of_one_brand_holds_up_no_other_brand_even_with_one_look(tmp_path: Path) -> None:
    concurrency = 1

    async def run() -> None:
        async with _two_brands(tmp_path, Pace(concurrency=concurrency, grace=0.1)) as (at, shop, northwind):
            for n in range(concurrency + 3):
                await _write(northwind, f"n{n}", "Where is NW-10024?")
            await shop.until_asked(min(concurrency, 8))  # the places that a shop has
            stuck = at.core.engine.looking_at
            assert at.core.sandbox is not None
            theirs = at.core.sandbox.connections[LUMEN]
            headers = {"authorization": f"Bearer {theirs.channel_token.get_secret_value()}"}
            async with local_client(base_url=theirs.channel_url, headers=headers) as lumen:
                for n in range(4):
                    await _write(lumen, f"l{n}", "Where is LL-200417?")
                for n in range(4):
                    await _answered(lumen, f"l{n}")
            assert stuck
            assert stuck <= at.core.engine.looking_at, "what hangs still hangs"
            found = (await northwind.get("/v1/conversations/n0/messages")).json()["messages"]
            assert [message["by"] for message in found] == ["customer"]

    asyncio.run(run())

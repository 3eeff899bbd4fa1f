"""The shop and the channel over real sockets, and clients that reach them, for the tests of this folder."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from agent_core.contract.clock import system_clock
from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import AsgiApp, serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.systems.channels.webchat import WebChat
from agent_core.systems.commerce.shop import ShopTools
from agent_core.systems.transport import Site, Transport

TOKEN = "sandbox-token-0815"
ORDER = "NW-10023"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123").decode()


def soon(seconds: float = 120) -> datetime:
    return system_clock() + timedelta(seconds=seconds)


@dataclass
class Scene:
    """A served stand-in: `site` as our clients see it, `control` as the test steers it."""

    site: Site
    control: httpx.AsyncClient

    async def arm(self, **fault: object) -> None:
        assert (await self.control.post("/_sandbox/faults", json=fault)).status_code == 201

    async def requests(self) -> list[dict[str, object]]:
        return (await self.control.get("/_sandbox/requests")).json()["requests"]


@asynccontextmanager
async def scene(app: AsgiApp, name: str = "shop", token: str = TOKEN) -> AsyncGenerator[Scene]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with (
        serve(app) as served,
        local_client(base_url=served.base_url, headers=headers) as control,
    ):
        transport = Transport()
        try:
            yield Scene(transport.site(name, served.base_url, SecretStr(token)), control)
        finally:
            await transport.close()


@asynccontextmanager
async def shop(token: str = TOKEN) -> AsyncGenerator[tuple[ShopTools, Scene, ShopWorld]]:
    with ShopWorld.seeded(1, 40) as world:
        async with scene(create_shop_app(world, token=TOKEN), token=token) as opened:
            yield ShopTools(opened.site), opened, world


@asynccontextmanager
async def chat() -> AsyncGenerator[tuple[WebChat, Scene]]:
    async with scene(create_channel_app(secret=SECRET, core_url=None, token=TOKEN), "channel") as opened:
        customer = {"id": "cus_1", "name": "Ana", "email": "ana@example.com", "authenticated": True}
        body = {"conversation": "cv-1", "customer": customer, "text": "Hello", "channel": "chat"}
        assert (await opened.control.post("/_sandbox/messages", json=body)).status_code == 202
        yield WebChat(opened.site), opened

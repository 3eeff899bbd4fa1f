"""The stand-ins of the outside world, started with the core over real loopback sockets (R-I5, R-N1).

The core reaches them through the same clients as any vendor. Shop and channel keep their world in the data folder; their
credentials are drawn anew at each start and live in memory only. It must never start without being asked for.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from agent_core.contract.errors import Unusable
from agent_core.contract.ids import BrandId
from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.channel.ledger import ChannelLedger
from agent_core.sandbox.channel.webhooks import new_webhook_secret
from agent_core.sandbox.customers.crowd import CustomerCrowd, Pace
from agent_core.sandbox.customers.plan import plan, scripts
from agent_core.sandbox.errors import SandboxError
from agent_core.sandbox.messages.app import create_messages_app
from agent_core.sandbox.serving import serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.callbacks import ShopCallbacks
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.service.settings import Connection, SandboxSettings


@dataclass(frozen=True, slots=True)
class Stand:
    """One stand-in: where it is and what it wants to see."""

    url: str
    token: SecretStr


class SandboxWorld:
    """Everything that stands in for the outside of this core."""

    def __init__(
        self,
        settings: SandboxSettings,
        shop: ShopWorld,
        shop_at: Stand,
        messages: Stand,
        channels: dict[BrandId, Connection],
    ) -> None:
        self.settings = settings
        self.shop = shop
        self.shop_at = shop_at
        self.messages = messages
        self.connections = channels

    async def point_at(self, core_url: str) -> None:
        """Tells the shop and every channel where the core is; until then their events wait."""
        channels = [Stand(each.channel_url, each.channel_token) for each in self.connections.values()]
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            for stand in (self.shop_at, *channels):
                answer = await client.post(
                    f"{stand.url}/_sandbox/core",
                    headers={"Authorization": f"Bearer {stand.token.get_secret_value()}"},
                    json={"core_url": core_url},
                )
                answer.raise_for_status()

    @contextlib.asynccontextmanager
    async def crowd(self) -> AsyncGenerator[None]:
        """Customers write for as long as the block lasts."""
        settings = self.settings
        if settings.customers_per_minute <= 0:
            yield
            return
        connection = next(iter(self.connections.values()))
        people = await asyncio.to_thread(self.shop.people)
        label = f"{secrets.token_hex(3)}_"
        rate = settings.customers_per_minute
        chosen = (
            scripts(settings.seed, people, rate_per_minute=rate, label=label)
            if settings.count is None
            else iter(plan(settings.seed, settings.count, people, rate_per_minute=rate, label=label))
        )
        crowd = CustomerCrowd(
            chosen,
            channel_url=connection.channel_url,
            channel_token=connection.channel_token.get_secret_value(),
            pace=Pace(settings.crowd_speed),
        )
        playing = asyncio.create_task(crowd.run(), name="crowd")
        try:
            yield
        finally:
            playing.cancel()
            await asyncio.wait({playing})
            if not playing.cancelled():
                playing.result()


@contextlib.asynccontextmanager
async def sandbox_world(settings: SandboxSettings, data: Path, brands: tuple[BrandId, ...]) -> AsyncGenerator[SandboxWorld]:
    """Starts the stand-ins for as long as the block lasts.

    Raises:
        Unusable: A stand-in cannot start.
    """
    folder = data / "sandbox"
    async with contextlib.AsyncExitStack() as stack:
        try:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
            shop = stack.enter_context(ShopWorld.open(folder / "shop.sqlite3", settings.seed, settings.people))
            shop_token, api_key = _token("shop"), _token("sk-sandbox")
            callback_secrets = {brand: SecretStr(new_webhook_secret()) for brand in brands}
            callbacks = ShopCallbacks(
                {brand: secret.get_secret_value() for brand, secret in callback_secrets.items()}, folder=folder
            )
            shop_app = create_shop_app(shop, token=shop_token.get_secret_value(), callbacks=callbacks)
            shop_served = await stack.enter_async_context(serve(shop_app))
            messages = create_messages_app(api_key=api_key.get_secret_value(), seed=settings.seed)
            messages_served = await stack.enter_async_context(serve(messages))
            connections: dict[BrandId, Connection] = {}
            for brand in brands:
                ledger = ChannelLedger.open(folder / f"channel-{brand}.sqlite3")
                stack.callback(ledger.close)
                token = _token("channel")
                secret = settings.webhook_secret or SecretStr(new_webhook_secret())
                app = create_channel_app(
                    secret=secret.get_secret_value(),
                    core_url=None,
                    token=token.get_secret_value(),
                    brand=brand,
                    ledger=ledger,
                )
                served = await stack.enter_async_context(serve(app))
                connections[brand] = Connection(
                    shop_url=shop_served.base_url,
                    shop_token=shop_token,
                    channel_url=served.base_url,
                    channel_token=token,
                    webhook_secrets=(secret,),
                    callback_secrets=(callback_secrets[brand],),
                )
        except SandboxError as error:
            raise Unusable("sandbox_unusable", error.message, detail=type(error).__name__) from error
        except ValueError as error:
            raise Unusable("sandbox_misused", f"The sandbox cannot start: {error}.") from error
        except OSError as error:
            raise Unusable(
                "sandbox_unusable", "The sandbox cannot keep its world in the data folder.", detail=str(error)
            ) from error
        yield SandboxWorld(
            settings,
            shop,
            Stand(shop_served.base_url, shop_token),
            Stand(messages_served.base_url, api_key),
            connections,
        )


def _token(prefix: str) -> SecretStr:
    return SecretStr(f"{prefix}-{secrets.token_urlsafe(18)}")

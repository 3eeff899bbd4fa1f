"""The stand-ins of the outside world, started with the core over real loopback sockets (R-I5, R-N1).

The core reaches them through the same clients as any vendor. Shop and channel keep their world in the data folder; their
credentials are drawn anew at each start and live in memory only. A brand that numbers its orders in its own way has a shop
of its own, with the same people. It must never start without being asked for.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from agent_core.contract.errors import Unusable
from agent_core.contract.ids import BrandId
from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.channel.ledger import ChannelLedger
from agent_core.sandbox.channel.webhooks import new_webhook_secret
from agent_core.sandbox.errors import SandboxError
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.messages.app import create_messages_app
from agent_core.sandbox.serving import serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.callbacks import ShopCallbacks
from agent_core.sandbox.shop.seeding import OrderNumbers
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
        shops: Mapping[BrandId, ShopWorld],
        shops_at: Sequence[Stand],
        messages: Stand,
        channels: dict[BrandId, Connection],
    ) -> None:
        self.settings = settings
        self.shop = shop
        self._shops = shops
        self._shops_at = shops_at
        self.messages = messages
        self.connections = channels

    @property
    def shop_at(self) -> Stand:
        """Where the shop is that serves every brand without one of its own."""
        return self._shops_at[0]

    def shop_of(self, brand: BrandId) -> ShopWorld:
        """The shop of a brand: its own where it numbers its orders in its own way, else the one of all others."""
        return self._shops.get(brand, self.shop)

    async def point_at(self, core_url: str) -> None:
        """Tells the shop and every channel where the core is; until then their events wait."""
        channels = [Stand(each.channel_url, each.channel_token) for each in self.connections.values()]
        async with local_client(timeout=10) as client:
            for stand in (*self._shops_at, *channels):
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
        from agent_core.sandbox.customers.crowd import CustomerCrowd, Pace  # nobody writes before the core listens
        from agent_core.sandbox.customers.plan import plan, scripts

        brand, connection = next(iter(self.connections.items()))
        people = await asyncio.to_thread(self.shop_of(brand).people)
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
async def sandbox_world(
    settings: SandboxSettings,
    data: Path,
    brands: tuple[BrandId, ...],
    numbers: Mapping[BrandId, OrderNumbers] | None = None,
) -> AsyncGenerator[SandboxWorld]:
    """Starts the stand-ins for as long as the block lasts.

    Args:
        settings: Size and seed of the world.
        data: Where it is kept.
        brands: Who is connected to it.
        numbers: How brands number their orders that do not do it in the usual way.

    Raises:
        Unusable: A stand-in cannot start.
    """
    folder = data / "sandbox"
    async with contextlib.AsyncExitStack() as stack:
        try:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
            api_key = _token("sk-sandbox")
            callback_secrets = {brand: SecretStr(new_webhook_secret()) for brand in brands}
            own = {brand: named for brand, named in (numbers or {}).items() if brand in brands}

            async def opened(file: str, of: Iterable[BrandId], named: OrderNumbers | None) -> tuple[ShopWorld, Stand]:
                world = ShopWorld.open(folder / file, settings.seed, settings.people, numbers=named)
                stack.enter_context(world)
                callbacks = ShopCallbacks({brand: callback_secrets[brand].get_secret_value() for brand in of}, folder=folder)
                token = _token("shop")
                app = create_shop_app(world, token=token.get_secret_value(), callbacks=callbacks)
                served = await stack.enter_async_context(serve(app))
                return world, Stand(served.base_url, token)

            shop, shop_at = await opened("shop.sqlite3", [brand for brand in brands if brand not in own], None)
            shops = {brand: await opened(f"shop-{brand}.sqlite3", (brand,), named) for brand, named in own.items()}
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
                its_shop = shops[brand][1] if brand in shops else shop_at
                connections[brand] = Connection(
                    shop_url=its_shop.url,
                    shop_token=its_shop.token,
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
            {brand: world for brand, (world, _) in shops.items()},
            (shop_at, *(stand for _, stand in shops.values())),
            Stand(messages_served.base_url, api_key),
            connections,
        )


def _token(prefix: str) -> SecretStr:
    return SecretStr(f"{prefix}-{secrets.token_urlsafe(18)}")

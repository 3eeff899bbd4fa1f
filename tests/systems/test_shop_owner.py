"""Whether an address and an order belong to one customer, asked of the sandbox shop over a real socket (R-B6)."""

import asyncio

import pytest

from agent_core.sandbox.shop.world import ShopWorld
from agent_core.systems.commerce.shop import ShopTools
from agent_core.systems.port import NotChecked, NotProven, Proven
from tests.systems.sandbox_scene import ORDER, Scene, shop, soon


def test_R_B6_only_the_right_address_with_the_right_order_names_the_customer_and_every_answer_asks_the_same() -> None:
    async def run() -> None:
        async with shop() as (tools, scene, world):
            await _every_pair(tools, scene, world)

    asyncio.run(run())


async def _every_pair(tools: ShopTools, scene: Scene, world: ShopWorld) -> None:
    owner = world.order(ORDER)["customer_id"]
    right = world.customer(owner)["email"]
    other = next(person.email for person in world.people() if person.id != owner)
    seen = 0
    for email, order, good in (
        (right, ORDER, True), (right.upper(), ORDER, True), (other, ORDER, False), ("no@where.example", ORDER, False),
        (right, "NW-99999", False), ("no@where.example", "NW-99999", False), (right, "../customers", False),
    ):  # fmt: skip
        found = await tools.owner(email, order, deadline=soon())
        assert found == (Proven(owner) if good else NotProven()), (email, order)
        requests = await scene.requests()
        assert len(requests) - seen == 2, "both questions, whatever the first one answers"
        seen = len(requests)


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/orders/*"])
def test_R_A7_a_shop_that_fails_has_not_said_no(path: str) -> None:
    async def run() -> None:
        async with shop() as (tools, scene, world):
            email = world.customer(world.order(ORDER)["customer_id"])["email"]
            await scene.arm(match=f"GET {path}", kind="status", status=503, times=20)
            assert isinstance(await tools.owner(email, ORDER, deadline=soon()), NotChecked)

    asyncio.run(run())

"""What the shop says a customer was given, and every way in which it cannot say (R-C1, R-C2, R-A7)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent_core.contract.clock import system_clock
from agent_core.sandbox.shop.aftersales import AfterSales
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.systems.commerce import tally
from agent_core.systems.commerce.shop import ShopTools
from agent_core.systems.own.brand_tools import BrandTools
from agent_core.systems.tallying import NO_LIST, CannotTell, Tallier, Told
from agent_core.systems.transport import Reply, Site, Trouble
from tests.systems.sandbox_scene import ORDER, Scene, shop, soon

_Play = Callable[[ShopTools, Scene, ShopWorld], Awaitable[None]]


def _play(play: _Play) -> None:
    async def run() -> None:
        async with shop() as (tools, scene, world):
            await play(tools, scene, world)

    asyncio.run(run())


async def _told(tools: Tallier, world: ShopWorld, **changes: Any) -> Told | CannotTell:
    now = system_clock()
    asked: dict[str, Any] = {
        "customer": world.order(ORDER)["customer_id"], "currency": "EUR", "since": now - timedelta(hours=1),
        "until": now + timedelta(hours=1), "deadline": soon(),
    }  # fmt: skip
    return await tools.tally("refund_payment", **(asked | changes))


def test_R_C1_refunds_and_credits_are_added_up_whoever_gave_them() -> None:
    async def play(tools: ShopTools, _scene: Scene, world: ShopWorld) -> None:
        assert isinstance(tools, Tallier)
        before = await _told(tools, world)
        assert isinstance(before, Told)
        world.alter_order(ORDER, status=None, note=None, refund_elsewhere_minor=700)
        AfterSales(world, system_clock).grant_credit(
            ORDER, amount_minor=50, currency="EUR", reason="late", idempotency_key="c"
        )
        assert await _told(tools, world) == Told(before.amount_minor + 750, before.count + 2)
        dollars = await _told(tools, world, currency="USD")
        assert dollars == Told(0, before.count + 2), "another currency, and still something that was done"
        assert await _told(tools, world, until=system_clock() - timedelta(minutes=30)) == before
        both = BrandTools({"shop": tools}, {"book": "own"})
        assert await _told(both, world) == Told(before.amount_minor + 750, before.count + 2)

    _play(play)


def test_R_C1_every_page_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(tools: ShopTools, scene: Scene, world: ShopWorld) -> None:
        before = await _told(tools, world)
        assert isinstance(before, Told)
        payment = world.payments_of(ORDER)[0]["id"]
        for number in range(205):
            world.refund(payment, amount_minor=2, currency="EUR", reason="r", idempotency_key=f"k{number}")
        assert await _told(tools, world) == Told(before.amount_minor + 410, before.count + 205)
        pages = [one for one in await scene.requests() if one["path"] == "/v1/refunds"]
        assert len(pages) == 4, "one, and three"
        monkeypatch.setattr(tally, "MOST_PAGES", 2)
        assert await _told(tools, world) == CannotTell(
            "too_many", "The shop's list of what this customer was given is too long."
        )

    _play(play)


@pytest.mark.parametrize(
    ("fault", "code", "transient"),
    [
        ({"kind": "status", "status": 500}, "system_error", True),
        ({"kind": "status", "status": 429}, "rate_limited", True),
        ({"kind": "drop_before"}, "connection_lost", True),
        ({"kind": "malformed"}, "bad_answer", False),
    ],
    ids=["an error of its own", "busy", "cut", "nonsense"],
)
@pytest.mark.parametrize("path", ["/v1/refunds", "/v1/credits"])
def test_R_A7_whatever_goes_wrong_is_an_answer_that_says_so(
    fault: Mapping[str, Any], code: str, path: str, *, transient: bool
) -> None:
    async def play(tools: ShopTools, scene: Scene, world: ShopWorld) -> None:
        await scene.arm(match=f"GET {path}", **fault)
        found = await _told(tools, world)
        assert isinstance(found, CannotTell)
        assert (found.code, found.transient) == (code, transient)

    _play(play)


def test_R_A7_nobody_waits_beyond_the_deadline_and_an_unknown_customer_is_no_zero() -> None:
    async def play(tools: ShopTools, scene: Scene, world: ShopWorld) -> None:
        unknown = await _told(tools, world, customer="cus_nobody")
        assert isinstance(unknown, CannotTell)
        assert (unknown.code, unknown.transient) == ("not_found", False)
        late = await _told(tools, world, deadline=datetime(2020, 1, 1, tzinfo=UTC))
        assert isinstance(late, CannotTell)
        assert late.timed_out
        assert late.transient

    _play(play)


def test_R_C1_a_system_without_a_list_says_so() -> None:
    async def play(tools: ShopTools, _scene: Scene, world: ShopWorld) -> None:
        assert await _told(BrandTools({}, {}), world) == NO_LIST
        assert await _told(BrandTools({"shop": tools}, {"refund_payment": "own"}), world) == NO_LIST

    _play(play)


@pytest.mark.parametrize(
    "body",
    [
        {"refunds": []},
        {"refunds": [{"amount_minor": 1.5, "currency": "EUR", "status": "succeeded"}], "next": None},
        {"refunds": [{"amount_minor": -5, "currency": "EUR", "status": "succeeded"}], "next": None},
        {"refunds": [], "next": "re_1"},
    ],
    ids=["says not whether that is all", "a fraction", "less than nothing", "an empty page that goes on"],
)
def test_R_C1_a_list_in_no_agreed_form_is_no_list(body: dict[str, Any]) -> None:
    class Bent(Site):
        def __init__(self) -> None:
            pass

        async def get(self, path: str, *, deadline: datetime, **query: str) -> Reply | Trouble:
            del deadline, query
            return Reply(200, body if path == "/v1/refunds" else {"credits": [], "next": None})

    async def run() -> None:
        now = system_clock()
        found = await tally.tallied(Bent(), customer="c", currency="EUR", since=now, until=now, deadline=soon())
        assert isinstance(found, CannotTell)
        assert found.code == "bad_answer"

    asyncio.run(run())


def test_R_C1_what_was_refused_or_taken_back_was_not_given() -> None:
    class Listed(Site):
        def __init__(self) -> None:
            pass

        async def get(self, path: str, *, deadline: datetime, **query: str) -> Reply | Trouble:
            del deadline, query
            words = ("succeeded", "pending", "failed", "cancelled")
            rows = [{"amount_minor": 10, "currency": "EUR", "status": word} for word in words]
            return Reply(200, {"refunds" if path == "/v1/refunds" else "credits": rows, "next": None})

    async def run() -> None:
        now = system_clock()
        asked: dict[str, Any] = {"customer": "c", "currency": "EUR", "since": now, "until": now, "deadline": soon()}
        assert await tally.tallied(Listed(), **asked) == Told(40, 4)

    asyncio.run(run())

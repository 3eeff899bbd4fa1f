"""What a customer was given in a period, as the shop lists it: whoever gave it, page by page (R-C1, R-I5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from agent_core.sandbox.shop.aftersales import AfterSales
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.periods import Period, credits_in, refunds_in
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal

TOKEN = "shop-test-token"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ORDER = "NW-10023"


class Clock:
    """The shop's own time."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> Iterator[ShopWorld]:
    with ShopWorld.seeded(1, 40, clock=clock) as opened:
        yield opened


def refunded(world: ShopWorld, amount: int, key: str) -> None:
    payment = world.payments_of(ORDER)[0]["id"]
    world.refund(payment, amount_minor=amount, currency="EUR", reason="late", idempotency_key=key)


def day(world: ShopWorld, limit: int = 100, after: str = "") -> Period:
    owner = str(world.order(ORDER)["customer_id"])
    return Period(owner, "2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z", limit, after)


def test_R_C1_refunds_of_a_day_are_listed_whoever_made_them(world: ShopWorld, clock: Clock) -> None:
    clock.at = NOON - timedelta(days=1)
    refunded(world, 100, "yesterday")
    clock.at = NOON
    refunded(world, 200, "ours")
    world.alter_order(ORDER, status=None, note=None, refund_elsewhere_minor=300)
    clock.at = datetime(2026, 11, 22, tzinfo=UTC)
    refunded(world, 400, "tomorrow")
    found, following = refunds_in(world, day(world))
    assert ([row["amount_minor"] for row in found], following) == ([200, 300], None)
    assert found[0]["customer_id"] == day(world).customer
    other = next(person.id for person in world.people() if person.id != day(world).customer)
    assert not [
        row for row in refunds_in(world, Period(other, "2026-11-21", "2026-11-22", 100))[0] if row["amount_minor"] == 200
    ]


def test_R_C1_a_page_says_where_it_goes_on_also_between_rows_of_one_moment(world: ShopWorld) -> None:
    for number in range(7):
        refunded(world, 10 + number, f"k{number}")
    rows: list[int] = []
    after, pages = "", 0
    while True:
        found, following = refunds_in(world, day(world, 3, after))
        rows += [int(row["amount_minor"]) for row in found]
        pages += 1
        if following is None:
            break
        after = following
    assert (rows, pages) == ([10, 11, 12, 13, 14, 15, 16], 3)
    assert refunds_in(world, day(world, 7))[1] is None, "a full last page is the last one"
    with pytest.raises(Refusal, match="id of a row"):
        refunds_in(world, day(world, after="re_99999999"))
    with pytest.raises(Refusal):
        refunds_in(world, Period("cus_nobody", "2026-11-21", "2026-11-22", 9))


def test_R_C1_credits_are_listed_in_the_same_way(world: ShopWorld, clock: Clock) -> None:
    sales = AfterSales(world, clock)
    for number in range(3):
        sales.grant_credit(ORDER, amount_minor=100 + number, currency="EUR", reason="late", idempotency_key=f"c{number}")
    found, following = credits_in(world, day(world, 2))
    assert (len(found), following) == (2, found[-1]["id"])
    rest, end = credits_in(world, day(world, 2, str(following)))
    assert (len(rest), end) == (1, None)
    assert {row["amount_minor"] for row in (*found, *rest)} == {100, 101, 102}


def test_R_I5_the_lists_over_http_are_bounded_and_signed_in_like_everything_else(world: ShopWorld) -> None:
    refunded(world, 200, "k")
    period = day(world)
    asked = {"customer_id": period.customer, "from": period.begin, "until": period.end}
    with TestClient(create_shop_app(world, token=TOKEN), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = client.get("/v1/refunds", params={**asked, "from": "2026-11-21T01:00:00+01:00"}).json()
        assert ([row["amount_minor"] for row in answer["refunds"]], answer["next"]) == ([200], None)
        assert client.get("/v1/credits", params=asked).json() == {"credits": [], "next": None}
        for wrong in (
            {"from": "yesterday"}, {"until": "2026-11-21T00:00:00"}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"},
            {"customer_id": ""}, {"after": "nothing"},
        ):  # fmt: skip
            refused = client.get("/v1/refunds", params={**asked, **wrong})
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_field"), wrong
        assert client.get("/v1/credits", params={**asked, "customer_id": "cus_0"}).status_code == 404
        assert client.get("/v1/credits", params=asked, headers={"Authorization": "Bearer x"}).status_code == 401

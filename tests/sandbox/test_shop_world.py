"""The shop's truth: seeded the same each time, and safe with money."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_core.sandbox.shop.catalogue import HOSTILE_NOTES
from agent_core.sandbox.shop.tables import WorldUnusable
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def fixed_clock() -> datetime:
    return NOW


@pytest.fixture
def world() -> Iterator[ShopWorld]:
    with ShopWorld.seeded(1, clock=fixed_clock) as opened:
        yield opened


def pinned_payment(world: ShopWorld) -> str:
    return world.payments_of("NW-10023")[0]["id"]


def refund(world: ShopWorld, payment: str, amount: int, key: str, currency: str = "EUR") -> tuple[str, bool]:
    made, new = world.refund(payment, amount_minor=amount, currency=currency, reason="late", idempotency_key=key)
    return made["id"], new


def refused(world: ShopWorld, payment: str, amount: int, key: str, currency: str = "EUR") -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        refund(world, payment, amount, key, currency)
    return caught.value.status, caught.value.code


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    with (
        ShopWorld.seeded(7, 60, fixed_clock) as one,
        ShopWorld.seeded(7, 60, fixed_clock) as two,
        ShopWorld.seeded(8, 60, fixed_clock) as three,
    ):
        assert one.people() == two.people()
        assert one.people() != three.people()
        assert one.payments_of("NW-10001") == two.payments_of("NW-10001")


def test_a_world_has_what_the_demo_needs(world: ShopWorld) -> None:
    people = world.people()
    orders = [order for person in people for order in person.orders]
    assert len(people) == 300
    assert len({person.email for person in people}) == 300
    assert {order.status for order in orders} == {"placed", "packed", "shipped", "delivered", "cancelled"}
    assert min(order.id for order in orders) == "NW-10001"
    assert any(order.charged_twice for order in orders)
    assert all(1 <= len(order.items) <= 4 for order in orders)
    assert {"en", "de", "fr", "es", "ja", "ar"} <= {person.language for person in people}
    assert any(person.plans for person in people)
    notes = {world.order(order.id)["note"] for order in orders}
    assert notes & set(HOSTILE_NOTES)
    assert all(person.email.rpartition("@")[2].removeprefix("mail.").startswith(("example", "post")) for person in people)


def test_the_pinned_pair_is_in_every_world() -> None:
    for seed in range(5):
        with ShopWorld.seeded(seed, 40, fixed_clock) as each:
            first, second = each.order("NW-10023"), each.order("NW-10024")
            assert first["customer_id"] == second["customer_id"]
            assert (first["status"], second["status"]) == ("delivered", "shipped")
            (payment,) = each.payments_of("NW-10023")
            assert payment["method"] == "card •••• 4417"
            assert payment["refundable_minor"] == 6490
            (parcel,) = each.parcels_of("NW-10024")
            assert parcel["delivered_at"] is None
            assert parcel["eta"] is not None
            assert parcel["events"][-1]["code"] == "in_transit"


def test_totals_payments_and_parcels_agree_in_every_order(world: ShopWorld) -> None:
    for person in world.people():
        for known in person.orders:
            order = world.order(known.id)
            payments = world.payments_of(known.id)
            assert all(each["amount_minor"] == order["total"]["amount_minor"] for each in payments)
            assert 0 <= order["payment"]["refunded_minor"] <= order["payment"]["captured_minor"]
            parcels = world.parcels_of(known.id)
            assert bool(parcels) == (order["status"] in {"shipped", "delivered"})
            for parcel in parcels:
                times = [event["at"] for event in parcel["events"]]
                assert times == sorted(times)
                assert all(order["placed_at"] <= at <= "2026-11-21T09:30:00.000Z" for at in times)
                assert (parcel["delivered_at"] is not None) == (order["status"] == "delivered")


def test_R_C6_one_key_makes_one_refund_however_often_it_is_sent(world: ShopWorld) -> None:
    payment = pinned_payment(world)
    first, made = refund(world, payment, 2_000, "key-1")
    again, made_again = refund(world, payment, 2_000, "key-1")
    assert (made, made_again) == (True, False)
    assert first == again
    assert world.payments_of("NW-10023")[0]["refunded_minor"] == 2_000
    assert [each["id"] for each in world.refunds(idempotency_key="key-1")] == [first]
    assert [each["id"] for each in world.refunds(payment_id=payment)] == [first]


def test_the_same_key_for_something_else_is_a_mismatch(world: ShopWorld) -> None:
    payment = pinned_payment(world)
    refund(world, payment, 2_000, "key-1")
    assert refused(world, payment, 2_001, "key-1") == (409, "idempotency_mismatch")
    other = world.payments_of("NW-10024")[0]["id"]
    assert refused(world, other, 2_000, "key-1") == (409, "idempotency_mismatch")


def test_wrong_refunds_are_refused_and_their_keys_stay_free(world: ShopWorld) -> None:
    payment = pinned_payment(world)
    assert refused(world, payment, 6_491, "k") == (422, "amount_too_large")
    assert refused(world, payment, 0, "k") == (422, "invalid_amount")
    assert refused(world, payment, -5, "k") == (422, "invalid_amount")
    assert refused(world, payment, 100, "k", "USD") == (422, "currency_mismatch")
    assert refused(world, "pay_unknown", 100, "k") == (404, "not_found")
    assert refund(world, payment, 6_490, "k")[1]
    assert refused(world, payment, 1, "k2") == (422, "amount_too_large")


def test_R_C6_racing_refunds_never_exceed_the_payment(tmp_path: Path) -> None:
    # Two worlds over one file: the lock of one process does not help the other, only the file's own transaction does.
    path = tmp_path / "shop.db"
    with ShopWorld.open(path, 1, 40, fixed_clock) as one, ShopWorld.open(path, 1, 40, fixed_clock) as two:
        payment = pinned_payment(one)
        start = threading.Barrier(12)
        outcomes: list[str] = []

        def attempt(number: int) -> None:
            start.wait()
            try:
                refund((one, two)[number % 2], payment, 1_000, f"race-{number // 2}")
                outcomes.append("made")
            except Refusal as refusal:
                outcomes.append(refusal.code)

        threads = [threading.Thread(target=attempt, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 12
        assert set(outcomes) == {"made"}
        assert one.payments_of("NW-10023")[0]["refunded_minor"] == 6_000
        assert len(two.refunds(payment_id=payment)) == 6

        outcomes.clear()

        def take_rest(number: int) -> None:
            outcomes.append(_try((one, two)[number % 2], payment, 300, f"rest-{number}"))

        rest = [threading.Thread(target=take_rest, args=(number,)) for number in range(8)]
        for thread in rest:
            thread.start()
        for thread in rest:
            thread.join()
        assert sorted(outcomes) == ["amount_too_large"] * 7 + ["made"]
        assert one.payments_of("NW-10023")[0]["refunded_minor"] == 6_300


def _try(world: ShopWorld, payment: str, amount: int, key: str) -> str:
    try:
        refund(world, payment, amount, key)
    except Refusal as refusal:
        return refusal.code
    return "made"


def test_a_world_in_a_file_survives_its_process_and_refuses_another_seed(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with ShopWorld.open(path, 3, 40, fixed_clock) as world:
        made = refund(world, pinned_payment(world), 500, "before")
    with ShopWorld.open(path, 3, 40) as world:
        assert refund(world, pinned_payment(world), 500, "before") == (made[0], False)
    with pytest.raises(WorldUnusable) as caught:
        ShopWorld.open(path, 4, 40)
    assert str(path) not in caught.value.message
    (tmp_path / "other.db").write_bytes(b"this is no database, only words" * 100)
    with pytest.raises(WorldUnusable):
        ShopWorld.open(tmp_path / "other.db", 3, 40)


def test_only_an_order_that_was_not_sent_can_be_cancelled(world: ShopWorld) -> None:
    orders = [order for person in world.people() for order in person.orders]
    placed = next(order.id for order in orders if order.status == "placed")
    cancelled, made = world.cancel_order(placed, reason="changed my mind", idempotency_key="c1")
    assert (cancelled["status"], made) == ("cancelled", True)
    assert world.cancel_order(placed, reason="changed my mind", idempotency_key="c1") == (cancelled, False)
    found = world.write_made("c1")
    assert found is not None
    assert found["answer"] == cancelled
    assert world.write_made("c2") is None
    for order in (placed, "NW-10023", "NW-10024"):
        with pytest.raises(Refusal, match="cannot be cancelled"):
            world.cancel_order(order, reason="", idempotency_key=f"c-{order}")


def test_a_subscription_moves_only_where_it_can(world: ShopWorld) -> None:
    active = next(
        each["id"] for person in world.people() for each in world.subscriptions_of(person.id) if each["status"] == "active"
    )
    assert world.change_subscription(active, "pause", idempotency_key="s1")[0]["status"] == "paused"
    assert world.change_subscription(active, "resume", idempotency_key="s2")[0]["status"] == "active"
    assert world.change_subscription(active, "cancel", idempotency_key="s3")[0]["status"] == "cancelled"
    with pytest.raises(Refusal, match="cannot resume"):
        world.change_subscription(active, "resume", idempotency_key="s4")
    with pytest.raises(Refusal, match="another request"):
        world.change_subscription(active, "cancel", idempotency_key="s2")


def test_an_order_can_be_changed_behind_the_cores_back(world: ShopWorld) -> None:
    changed = world.alter_order("NW-10023", status="cancelled", note="lost", refund_elsewhere_minor=1_000)
    assert (changed["status"], changed["note"], changed["payment"]["refunded_minor"]) == ("cancelled", "lost", 1_000)
    with pytest.raises(Refusal):
        world.alter_order("NW-10023", status=None, note=None, refund_elsewhere_minor=6_000)
    assert world.order("NW-10023")["payment"]["refunded_minor"] == 1_000
    with pytest.raises(Refusal):
        world.alter_order("NW-10023", status="eaten", note=None, refund_elsewhere_minor=0)

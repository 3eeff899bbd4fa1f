"""Builds the shop's first day from a seed: the same seed and moment always give the same people, orders and parcels.

Why it exists: tests, the demo and the crowd of customers must agree on who bought what without talking to each other.
It must never read the clock or the database; it only returns rows.

One pair is pinned in every world of at least 40 customers, because it is the example used everywhere: ``NW-10023``
(delivered, 64.90 EUR, one payment on a card ending 4417, nothing refunded) and ``NW-10024`` (shipped, under way), of one
customer.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from agent_core.sandbox.clock import iso
from agent_core.sandbox.shop.catalogue import (
    CARRIERS,
    HOSTILE_NOTES,
    HUBS,
    KIND_NOTES,
    PLANS,
    PRODUCTS,
    ROUTE,
    TROUBLE,
    Product,
)
from agent_core.sandbox.shop.names import MAIL_DOMAINS, draw_person

OrderStatus = Literal["placed", "packed", "shipped", "delivered", "cancelled"]
FIRST_ORDER = 10_001
PINNED_ORDER = 10_023
_PINNED_FROM_CUSTOMERS = 40
_ID_LETTERS = "abcdefghjkmnpqrstvwxyz0123456789"

Row = dict[str, Any]


@dataclass(frozen=True)
class OrderNumbers:
    """How orders are numbered: `NW-10001` and up, or as another brand does.

    Attributes:
        ahead: Added to the usual number.
        width: Digits, with zeros in front.
    """

    prefix: str = "NW-"
    suffix: str = ""
    ahead: int = 0
    width: int = 5

    def of(self, number: int) -> str:
        """The order's number in words, from the usual one (10001 is the first)."""
        return f"{self.prefix}{number + self.ahead:0{self.width}d}{self.suffix}"


@dataclass
class Rows:
    """The rows of a new world, one list per table."""

    customers: list[Row] = field(default_factory=list[Row])
    orders: list[Row] = field(default_factory=list[Row])
    payments: list[Row] = field(default_factory=list[Row])
    refunds: list[Row] = field(default_factory=list[Row])
    parcels: list[Row] = field(default_factory=list[Row])
    subscriptions: list[Row] = field(default_factory=list[Row])


def seed_rows(seed: int, customers: int, now: datetime, numbers: OrderNumbers | None = None) -> Rows:
    """Builds the rows of a world.

    Args:
        seed: The seed.
        customers: How many customers.
        now: The present; every time in the world is relative to it.
        numbers: How orders are numbered; everything else is the same.
    """
    named = numbers or OrderNumbers()
    dice = random.Random(f"shop-{seed}")
    rows = Rows()
    taken: set[str] = set()
    for number in range(1, customers + 1):
        customer = _customer(dice, number, now, taken)
        rows.customers.append(customer)
        for _ in range(_order_count(dice, len(rows.orders), pinned=customers >= _PINNED_FROM_CUSTOMERS)):
            _order(dice, rows, customer, now, named)
        if dice.random() < 0.25:
            rows.subscriptions.append(_subscription(dice, rows, customer, now))
    if customers >= _PINNED_FROM_CUSTOMERS:
        _pin(rows, now, named)
    return rows


def _order_count(dice: random.Random, so_far: int, *, pinned: bool) -> int:
    count = dice.choices((1, 2, 3, 4), weights=(40, 32, 18, 10))[0]
    ahead = PINNED_ORDER - FIRST_ORDER - so_far
    if pinned and ahead == 0:
        return 2
    return min(count, ahead) if pinned and ahead > 0 else count


def _customer(dice: random.Random, number: int, now: datetime, taken: set[str]) -> Row:
    person = draw_person(dice)
    mail_name = person.mail_name
    while (email := f"{mail_name}@{dice.choice(MAIL_DOMAINS)}") in taken:
        mail_name = f"{person.mail_name}{dice.randint(2, 99)}"
    taken.add(email)
    return {
        "id": f"cus_{number:05d}",
        "name": person.name,
        "email": email,
        "phone": f"+00 555 {dice.randint(0, 9_999_999):07d}",
        "language": person.culture.language,
        "country": person.culture.country,
        "address": person.address,
        "created_at": iso(now - timedelta(days=dice.randint(30, 1_500), minutes=dice.randint(0, 1_439))),
    }


def _status(dice: random.Random, age: timedelta) -> OrderStatus:
    if dice.random() < 0.05:
        return "cancelled"
    if age < timedelta(days=1):
        return "placed"
    if age < timedelta(days=2):
        return "packed"
    if age < timedelta(days=6):
        return "shipped"
    return "delivered"


def _order(dice: random.Random, rows: Rows, customer: Row, now: datetime, numbers: OrderNumbers) -> None:
    days = dice.choices((0, 1, dice.randint(2, 5), dice.randint(6, 90)), weights=(12, 12, 34, 42))[0]
    age = timedelta(days=days, minutes=dice.randint(5, 1_400))
    placed = now - age
    status = _status(dice, age)
    products = dice.sample(PRODUCTS, dice.choices((1, 2, 3, 4), weights=(45, 30, 17, 8))[0])
    items = [_item(product, dice.choices((1, 2, 3), weights=(84, 12, 4))[0]) for product in products]
    order = {
        "id": numbers.of(FIRST_ORDER + len(rows.orders)),
        "customer_id": customer["id"],
        "status": status,
        "currency": "EUR",
        "items": items,
        "address": customer["address"],
        "note": _note(dice),
        "placed_at": iso(placed),
        "cancelled_at": iso(placed + timedelta(hours=3)) if status == "cancelled" else None,
    }
    rows.orders.append(order)
    total = sum(item["quantity"] * item["unit_price_minor"] for item in items)
    _pay(dice, rows, order, total, placed)
    if status in {"shipped", "delivered"}:
        split = len(items) > 2 and dice.random() < 0.4
        for _ in range(2 if split else 1):
            rows.parcels.append(_parcel(dice, order, placed, now))


def _item(product: Product, quantity: int) -> Row:
    return {
        "sku": product.sku,
        "name": product.name,
        "quantity": quantity,
        "unit_price_minor": product.price_minor,
        "currency": "EUR",
    }


def _note(dice: random.Random) -> str:
    chance = dice.random()
    if chance < 0.03:
        return dice.choice(HOSTILE_NOTES)
    return dice.choice(KIND_NOTES) if chance < 0.22 else ""


def _new_id(dice: random.Random, prefix: str) -> str:
    return prefix + "".join(dice.choices(_ID_LETTERS, k=14))


def _pay(dice: random.Random, rows: Rows, order: Row, total: int, placed: datetime) -> None:
    method = f"card •••• {dice.randint(1000, 9999)}"
    charged_twice = dice.random() < 0.05
    for copy in range(2 if charged_twice else 1):
        rows.payments.append(
            {
                "id": _new_id(dice, "pay_"),
                "order_id": order["id"],
                "amount_minor": total,
                "currency": "EUR",
                "captured_at": iso(placed + timedelta(seconds=dice.randint(3, 40) + 45 * copy)),
                "refunded_minor": 0,
                "method": method,
            }
        )
    payment = rows.payments[-1]
    refunded = total if order["status"] == "cancelled" else 0
    if order["status"] == "delivered" and not charged_twice and dice.random() < 0.06:
        refunded = max(100, total // 4)
    if refunded:
        _refund(rows, payment, refunded, placed + timedelta(hours=4))


def _refund(rows: Rows, payment: Row, amount: int, at: datetime) -> None:
    payment["refunded_minor"] += amount
    number = len(rows.refunds) + 1
    rows.refunds.append(
        {
            "id": f"re_{number:08d}",
            "payment_id": payment["id"],
            "order_id": payment["order_id"],
            "amount_minor": amount,
            "currency": payment["currency"],
            "reason": "seeded",
            "status": "succeeded",
            "created_at": iso(at),
            "idempotency_key": f"seed-{number}",
        }
    )


def _parcel(dice: random.Random, order: Row, placed: datetime, now: datetime, steps: int | None = None) -> Row:
    carrier, prefix = dice.choice(CARRIERS)
    tracking = f"{prefix}{dice.randint(10**9, 10**10 - 1)}{order['address']['country']}"
    delivered = order["status"] == "delivered" if steps is None else steps == len(ROUTE)
    if steps is None:
        steps = len(ROUTE) if delivered else dice.randint(2, 5)
    start = placed + timedelta(hours=20)
    reach = min(now, start + timedelta(days=4)) if delivered else now
    span = max(reach - start, timedelta(hours=2)) * 0.95
    events: list[Row] = []
    for step, (code, text) in enumerate(ROUTE[:steps]):
        place = order["address"]["city"] if step >= 4 else HUBS[(dice.randint(0, 5) + step) % len(HUBS)]
        at = min(start + span * (step / max(1, steps - 1)), now)
        events.append({"code": code, "text": text, "at": iso(at), "place": place})
    if not delivered and dice.random() < 0.15:
        code, text = dice.choice(TROUBLE)
        events.append({"code": code, "text": text, "at": iso(now), "place": order["address"]["city"]})
    return {
        "tracking": tracking,
        "order_id": order["id"],
        "carrier": carrier,
        "status": events[-1]["code"],
        "eta": None if delivered else (now + timedelta(days=dice.randint(1, 3))).date().isoformat(),
        "delivered_at": events[-1]["at"] if delivered else None,
        "events": events,
    }


def _subscription(dice: random.Random, rows: Rows, customer: Row, now: datetime) -> Row:
    plan, price, interval = dice.choice(PLANS)
    return {
        "id": f"sub_{len(rows.subscriptions) + 1:05d}",
        "customer_id": customer["id"],
        "plan": plan,
        "status": dice.choices(("active", "paused", "cancelled"), weights=(8, 1, 1))[0],
        "price_minor": price,
        "currency": "EUR",
        "interval": interval,
        "renews_at": iso(now + timedelta(days=dice.randint(1, 28))),
    }


def _pin(rows: Rows, now: datetime, numbers: OrderNumbers) -> None:
    """Makes NW-10023 and NW-10024 what every example says they are."""
    dice = random.Random("pinned")
    wanted = {numbers.of(PINNED_ORDER), numbers.of(PINNED_ORDER + 1)}
    refund, parcel = (row for row in rows.orders if row["id"] in wanted)
    pinned = {refund["id"], parcel["id"]}
    rows.payments[:] = [row for row in rows.payments if row["order_id"] not in pinned]
    rows.parcels[:] = [row for row in rows.parcels if row["order_id"] not in pinned]
    rows.refunds[:] = [row for row in rows.refunds if row["order_id"] not in pinned]
    for order, sku, days, status in ((refund, "MRN-130", 9, "delivered"), (parcel, "PCK-018", 3, "shipped")):
        product = next(product for product in PRODUCTS if product.sku == sku)
        placed = now - timedelta(days=days)
        order.update(
            status=status, items=[_item(product, 1)], note="", placed_at=iso(placed), cancelled_at=None, currency="EUR"
        )
        rows.payments.append(
            {
                "id": _new_id(dice, "pay_"),
                "order_id": order["id"],
                "amount_minor": product.price_minor,
                "currency": "EUR",
                "captured_at": iso(placed + timedelta(seconds=12)),
                "refunded_minor": 0,
                "method": "card •••• 4417",
            }
        )
        rows.parcels.append(_parcel(dice, order, placed, now, len(ROUTE) if status == "delivered" else 3))

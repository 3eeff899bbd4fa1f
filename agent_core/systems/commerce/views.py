"""What a model and a policy get to see of the shop's answers: one result and its facts for each tool.

Pure. A fact is a value the shop stated, under a key that names what it is about; text somebody wrote into the shop, such as
an order's note, is never a fact. Amounts are minor units.
"""

from collections.abc import Sequence
from typing import Any

from agent_core.systems.commerce.shapes import Customer, Order, Parcel, Payment, Refund
from agent_core.systems.port import FactValue, ToolResult

_Facts = tuple[tuple[str, FactValue], ...]


def customer(found: Customer) -> ToolResult:
    """`get_customer`."""
    result = {"customer_id": found.id, "name": found.name, "email": found.email, "language": found.language}
    key = f"customer.{found.id}"
    return ToolResult("succeeded", result, ((f"{key}.name", found.name), (f"{key}.email", found.email)))


def order(found: Order) -> ToolResult:
    """`get_order`."""
    result = _order_row(found) | {
        "items": [{"title": item.name, "quantity": item.quantity} for item in found.items],
        "customer_id": found.customer_id,
        "note": found.note,
    }
    return ToolResult("succeeded", result, _order_facts(found))


def orders(found: Sequence[Order]) -> ToolResult:
    """`list_orders`: the newest thirty, without their lines."""
    newest = found[:30]
    result = {"orders": [_order_row(each) for each in newest], "count": len(found)}
    return ToolResult("succeeded", result, tuple(fact for each in newest for fact in _order_facts(each)))


def payments(order_id: str, found: Sequence[Payment]) -> ToolResult:
    """`list_payments`: `duplicate` is the later one of two payments of the same amount for the same order."""
    own = [each for each in found if each.order_id == order_id]
    result: dict[str, Any] = {"payments": [_payment_row(each) for each in own]}
    facts = tuple(fact for each in own for fact in _payment_facts(each))
    twice = _charged_twice(own)
    if twice is not None:
        result["duplicate"] = _payment_row(twice)
        facts += ((f"order.{order_id}.duplicate_payment", twice.id),)
    return ToolResult("succeeded", result, facts)


def parcels(order_id: str, found: Sequence[Parcel]) -> ToolResult:
    """`track_order`."""
    facts: _Facts = tuple(
        fact
        for each in found
        for fact in (
            (f"parcel.{each.tracking}.status", each.status),
            (f"parcel.{each.tracking}.order", order_id),
            (f"parcel.{each.tracking}.eta", each.eta),
            (f"parcel.{each.tracking}.delivered_at", each.delivered_at),
        )
    )
    facts += ((f"order.{order_id}.parcels", len(found)),)
    return ToolResult("succeeded", {"parcels": [_parcel_row(each) for each in found]}, facts)


def refund(made: Refund) -> ToolResult:
    """`refund_payment`."""
    result = {
        "refund_id": made.id, "status": made.status, "amount_minor": made.amount_minor, "currency": made.currency,
        "payment_id": made.payment_id,
    }  # fmt: skip
    key = f"refund.{made.id}"
    facts = (
        (f"{key}.status", made.status),
        (f"{key}.amount", made.amount_minor),
        (f"{key}.currency", made.currency),
        (f"{key}.payment", made.payment_id),
    )
    return ToolResult("succeeded", result, facts)


def _order_row(found: Order) -> dict[str, Any]:
    return {
        "order_id": found.id, "status": found.status, "placed_at": found.placed_at, "total": found.total.model_dump(),
    }  # fmt: skip


def _order_facts(found: Order) -> _Facts:
    key = f"order.{found.id}"
    return (
        (f"{key}.status", found.status),
        (f"{key}.customer", found.customer_id),
        (f"{key}.total", found.total.amount_minor),
        (f"{key}.currency", found.total.currency),
        (f"{key}.placed_at", found.placed_at),
    )


def _payment_row(found: Payment) -> dict[str, Any]:
    return {
        "payment_id": found.id, "amount_minor": found.amount_minor, "currency": found.currency,
        "refunded_minor": found.refunded_minor, "refundable_minor": found.refundable_minor, "method": found.method,
        "captured_at": found.captured_at,
    }  # fmt: skip


def _payment_facts(found: Payment) -> _Facts:
    key = f"payment.{found.id}"
    return (
        (f"{key}.order", found.order_id),
        (f"{key}.amount", found.amount_minor),
        (f"{key}.currency", found.currency),
        (f"{key}.refundable", found.refundable_minor),
        (f"{key}.refunded", found.refunded_minor),
        (f"{key}.captured_at", found.captured_at),
    )


def _charged_twice(found: Sequence[Payment]) -> Payment | None:
    earlier: set[tuple[int, str]] = set()
    for each in sorted(found, key=lambda payment: (payment.captured_at, payment.id)):
        amount = (each.amount_minor, each.currency)
        if amount in earlier:
            return each
        earlier.add(amount)
    return None


def _parcel_row(found: Parcel) -> dict[str, Any]:
    last = max(found.events, key=lambda event: event.at, default=None)
    return {
        "tracking": found.tracking, "carrier": found.carrier, "status": found.status,
        "last_event": last.text if last is not None else None, "place": last.place if last is not None else None,
        "eta": found.eta, "delivered_at": found.delivered_at,
    }  # fmt: skip

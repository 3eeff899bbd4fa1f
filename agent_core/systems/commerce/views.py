"""What a model and a policy get to see of the shop's answers: one result and its facts for each tool.

Pure. A fact is a value the shop stated, under a key that names what it is about; text somebody wrote into the shop, such as
an order's note, is never a fact. The names are
those of `workflows.commerce_tools`, which a test compares. Amounts are minor units.
"""

from collections.abc import Sequence
from typing import Any

from agent_core.systems.commerce.shapes import (
    Credit,
    Customer,
    Document,
    Investigation,
    Order,
    Parcel,
    Payment,
    Refund,
    Return,
    Subscription,
)  # fmt: skip
from agent_core.systems.port import FactValue, ToolResult

_Facts = tuple[tuple[str, FactValue], ...]

MOST_THINGS = 12
"""Orders, payments or parcels of one answer: each yields up to five facts, and one event names them all."""


def customer(found: Customer) -> ToolResult:
    """`get_customer`."""
    result = {
        "customer_id": found.id, "name": found.name, "language": found.language, "created_at": found.created_at,
    }  # fmt: skip
    facts = (("customer.since", found.created_at), ("customer.language", found.language), *_tier(found.tier))
    return ToolResult("succeeded", result, facts)


def order(found: Order) -> ToolResult:
    """`get_order`."""
    result = _order_row(found) | {
        "items": [{"title": item.name, "quantity": item.quantity} for item in found.items],
        "customer_id": found.customer_id,
        "note": found.note,
    }
    return ToolResult("succeeded", result, _order_facts(found))


def orders(found: Sequence[Order]) -> ToolResult:
    """`list_orders`: the newest ones, without their lines."""
    newest = found[:MOST_THINGS]
    result = {"orders": [_order_row(each) for each in newest], "count": len(found)}
    return ToolResult("succeeded", result, tuple(fact for each in newest for fact in _order_facts(each)))


def payments(order: Order, found: Sequence[Payment]) -> ToolResult:
    """`list_payments`: `duplicate` is the later one of two payments of the same amount for the same order."""
    own = [each for each in found if each.order_id == order.id][-MOST_THINGS:]
    result: dict[str, Any] = {"payments": [_payment_row(each) for each in own]}
    twice = _charged_twice(own)
    if twice is not None:
        result["duplicate"] = _payment_row(twice)
    return ToolResult("succeeded", result, (_owner(order), *(fact for each in own for fact in _payment_facts(each))))


def parcels(order: Order, found: Sequence[Parcel]) -> ToolResult:
    """`track_order`."""
    found = found[-MOST_THINGS:]
    facts = tuple(fact for each in found for fact in _parcel_facts(each, order))
    return ToolResult("succeeded", {"parcels": [_parcel_row(each) for each in found]}, (_owner(order), *facts))


def refund(made: Refund) -> ToolResult:
    """`refund_payment`."""
    result = {
        "refund_id": made.id, "status": made.status, "amount_minor": made.amount_minor, "currency": made.currency,
    }  # fmt: skip
    return ToolResult("succeeded", result, ((f"refund.{made.payment_id}.status", made.status),))


def investigation(found: Investigation) -> ToolResult:
    """`investigate_parcel`: taken, or answered. What the carrier found is a fact, its note is not."""
    result: dict[str, Any] = {"investigation_id": found.id, "tracking": found.tracking, "status": found.status}
    if found.status == "open":
        return ToolResult("accepted", result, external_ref=found.id)
    if found.finding is None:
        return ToolResult("refused", result, code="declined", sentence="The carrier will not look for this parcel.")
    result |= {"finding": found.finding, "note": found.note}
    return ToolResult("succeeded", result, ((f"parcel.{found.tracking}.finding", found.finding),))


def cancelled(found: Order) -> ToolResult:
    """`cancel_order`."""
    return ToolResult(
        "succeeded", {"order_id": found.id, "status": found.status}, ((f"order.{found.id}.status", found.status),)
    )


def readdressed(found: Order) -> ToolResult:
    """`change_address`: the address as the shop holds it now."""
    address = found.address.one_line if found.address is not None else ""
    return ToolResult("succeeded", {"order_id": found.id, "address": address}, ((f"order.{found.id}.address", address),))


def returning(found: Return) -> ToolResult:
    """`create_return`."""
    result = {
        "return_id": found.id, "order_id": found.order_id, "kind": found.kind, "status": found.status, "label": found.label,
    }  # fmt: skip
    return ToolResult("succeeded", result, ((f"return.{found.order_id}.status", found.status),))


def document(found: Document) -> ToolResult:
    """`send_document`: where it went is the shop's business and no fact."""
    result = {"document_id": found.id, "order_id": found.order_id, "document": found.document}
    return ToolResult("succeeded", result, ((f"document.{found.order_id}.sent", found.document),))


def credit(found: Credit) -> ToolResult:
    """`grant_credit`."""
    result = {
        "credit_id": found.id, "order_id": found.order_id, "amount_minor": found.amount_minor, "currency": found.currency,
    }  # fmt: skip
    return ToolResult("succeeded", result, ((f"credit.{found.order_id}.amount", found.amount_minor),))


def subscription(found: Subscription) -> ToolResult:
    """`pause_subscription` and `cancel_subscription`."""
    return ToolResult("succeeded", _subscription_row(found), _subscription_facts(found))


def subscriptions(found: Sequence[Subscription]) -> ToolResult:
    """`list_subscriptions`: `active` is there when exactly one is."""
    kept = found[:MOST_THINGS]
    result: dict[str, Any] = {"subscriptions": [_subscription_row(each) for each in kept], "count": len(found)}
    active = [each for each in kept if each.status == "active"]
    if len(active) == 1:
        result["active"] = _subscription_row(active[0])
    return ToolResult("succeeded", result, tuple(fact for each in kept for fact in _subscription_facts(each)))


def _subscription_row(found: Subscription) -> dict[str, Any]:
    return {
        "subscription_id": found.id, "plan": found.plan, "status": found.status, "amount_minor": found.price_minor,
        "currency": found.currency, "interval": found.interval, "renews_at": found.renews_at,
    }  # fmt: skip


def _subscription_facts(found: Subscription) -> _Facts:
    key = f"subscription.{found.id}"
    return (
        (f"{key}.customer", found.customer_id),
        (f"{key}.plan", found.plan),
        (f"{key}.status", found.status),
        (f"{key}.price", found.price_minor),
        (f"{key}.renews_at", found.renews_at),
    )


def _owner(order: Order) -> tuple[str, FactValue]:
    return (f"order.{order.id}.customer", order.customer_id)


def _order_row(found: Order) -> dict[str, Any]:
    return {
        "order_id": found.id, "status": found.status, "placed_at": found.placed_at, "total": found.total.model_dump(),
    }  # fmt: skip


def _order_facts(found: Order) -> _Facts:
    key = f"order.{found.id}"
    return (
        (f"{key}.status", found.status),
        _owner(found),
        (f"{key}.total", found.total.model_dump()),
        (f"{key}.placed_at", found.placed_at),
        *_tier(found.customer_tier),
    )


def _tier(word: str | None) -> _Facts:
    """What kind of customer it is, where the shop says so: who looks after them may depend on it (R-E1)."""
    return () if word is None else (("customer.tier", word),)


def _payment_row(found: Payment) -> dict[str, Any]:
    return {
        "payment_id": found.id, "order_id": found.order_id, "amount_minor": found.amount_minor, "currency": found.currency,
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
    )


def _parcel_facts(found: Parcel, order: Order) -> _Facts:
    key = f"parcel.{found.tracking}"
    return (
        (f"{key}.status", found.status),
        (f"{key}.order", order.id),
        (f"{key}.eta", found.eta),
        (f"{key}.delivered_at", found.delivered_at),
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

"""The shop's service desk as tools without a socket, for `world.WorldTools`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from agent_core.sandbox.clock import iso, system_clock
from agent_core.sandbox.shop.aftersales import AfterSales
from agent_core.sandbox.shop.periods import Period, credits_in, refunds_in
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal
from agent_core.systems.commerce import views
from agent_core.systems.commerce.shapes import Credit, Document, Order, Return, Subscription
from agent_core.systems.port import DidNotHappen, Happened, Reconciled, ToolResult
from agent_core.systems.tallying import CannotTell, Told

_READ: Mapping[str, Callable[[Any], ToolResult]] = {
    "cancel_order": lambda row: views.cancelled(Order.model_validate(row)),
    "change_address": lambda row: views.readdressed(Order.model_validate(row)),
    "create_return": lambda row: views.returning(Return.model_validate(row)),
    "send_document": lambda row: views.document(Document.model_validate(row)),
    "grant_credit": lambda row: views.credit(Credit.model_validate(row)),
    "pause_subscription": lambda row: views.subscription(Subscription.model_validate(row)),
    "cancel_subscription": lambda row: views.subscription(Subscription.model_validate(row)),
}
WRITES = frozenset(_READ)
TOOLS = frozenset({*_READ, "list_subscriptions"})


def perform(world: ShopWorld, name: str, arguments: dict[str, Any], key: str | None) -> ToolResult:
    """Performs a call as the shop would."""
    if name == "list_subscriptions":
        rows = [each for person in world.people() for each in world.subscriptions_of(person.id) if person.orders]
        owner = world.order("NW-10023")["customer_id"]
        return views.subscriptions([Subscription.model_validate(row) for row in rows if row["customer_id"] == owner])
    assert key is not None
    try:
        return _READ[name](_write(world, name, dict(arguments), key))
    except Refusal as refusal:
        return ToolResult("refused", code=refusal.code, sentence="The shop refused it.")


def given(world: ShopWorld, customer: str, currency: str, since: datetime, until: datetime) -> Told | CannotTell:
    """What the shop's own lists say a customer was given in a period."""
    period = Period(customer, iso(since), iso(until), 1_000)
    try:
        rows = [row for page in (refunds_in, credits_in) for row in page(world, period)[0]]
    except Refusal as refusal:
        return CannotTell(refusal.code, "The shop does not know this customer.")
    return Told(sum(int(row["amount_minor"]) for row in rows if row["currency"] == currency), len(rows))


def reconciled(world: ShopWorld, name: str, key: str) -> Reconciled:
    """What became of a write, by its key."""
    made = world.write_made(key)
    return DidNotHappen() if made is None else Happened(_READ[name](made["answer"]))


def _write(world: ShopWorld, name: str, given: dict[str, Any], key: str) -> dict[str, Any]:
    sales = AfterSales(world, system_clock)
    order = given.pop("order_id", "")
    match name:
        case "cancel_order":
            return world.cancel_order(order, reason=given["reason"], idempotency_key=key)[0]
        case "change_address":
            return sales.change_address(order, address=given["address"], idempotency_key=key)[0]
        case "create_return":
            return sales.open_return(order, **given, idempotency_key=key)[0]
        case "send_document":
            return sales.send_document(order, **given, idempotency_key=key)[0]
        case "grant_credit":
            return sales.grant_credit(order, **given, idempotency_key=key)[0]
        case _:
            change = "pause" if name == "pause_subscription" else "cancel"
            return world.change_subscription(given["subscription_id"], change, idempotency_key=key)[0]

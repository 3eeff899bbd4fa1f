"""What an agent can do in a shop: the built-in tools of the `commerce` group, as declarations.

The clients that perform them live in `systems`. Nothing here performs anything, and no name here depends on a brand.
"""

from agent_core.workflows.aftersales_tools import AFTERSALES_TOOLS
from agent_core.workflows.schemas import ID, MONEY, ORDER, OWNER, list_of, object_of, result_of
from agent_core.workflows.tools import (
    WITHDRAW_PROPOSAL,
    FactNeed,
    FactYield,
    MoneyFields,
    Narrowing,
    ToolCatalog,
    ToolDeclaration,
)

_PAYMENT = result_of(
    "payment_id", "order_id", "amount_minor", "currency", "refunded_minor", "refundable_minor", "method", "captured_at"
)


GET_CUSTOMER = ToolDeclaration(
    name="get_customer",
    title="Look up the customer",
    sentence="Read the record of this customer",
    resource_type="Customer",
    description="Read the customer of this conversation: name, language, since when they buy here.",
    kind="read",
    input_schema=object_of({}),
    result_schema=result_of("customer_id", "name", "language", "created_at"),
    facts_yielded=(
        FactYield(key="customer.since", value="created_at"),
        FactYield(key="customer.language", value="language"),
    ),
)

LIST_ORDERS = ToolDeclaration(
    name="list_orders",
    title="List the customer's orders",
    sentence="List the orders of this customer",
    resource_type="Customer",
    description="List the orders of the customer of this conversation, newest first, with status and total.",
    kind="read",
    input_schema=object_of({}),
    result_schema=result_of(orders=list_of(result_of("order_id", "status", "placed_at", total=MONEY))),
    facts_yielded=(
        FactYield(key="order.{order_id}.status", value="status", each="orders"),
        FactYield(key="order.{order_id}.total", value="total", each="orders"),
    ),
)

GET_ORDER = ToolDeclaration(
    name="get_order",
    title="Look up an order",
    sentence="Read order {order_id}",
    resource_type="Order",
    owner=OWNER,
    labels={"order_id": "Order"},
    description="Read one order: status (placed, packed, shipped, delivered, cancelled), items, total, when it was placed.",
    kind="read",
    instead=("list_orders",),
    input_schema=object_of({"order_id": ORDER}),
    result_schema=result_of(
        "order_id", "status", "placed_at", "customer_id", "note", total=MONEY, items=list_of(result_of("title", "quantity"))
    ),
    resource="order:{order_id}",
    facts_yielded=(
        FactYield(key="order.{order_id}.status", value="status"),
        FactYield(key="order.{order_id}.customer", value="customer_id"),
        FactYield(key="order.{order_id}.total", value="total"),
        FactYield(key="order.{order_id}.placed_at", value="placed_at"),
    ),
)

LIST_PAYMENTS = ToolDeclaration(
    name="list_payments",
    title="List the payments of an order",
    sentence="Read the payments of order {order_id}",
    resource_type="Order",
    owner=OWNER,
    labels={"order_id": "Order"},
    description=(
        "List the payments captured for one order: what was paid, what was refunded already, what can still be refunded. "
        "`duplicate` is there when the order was charged twice: it is the later of the two payments."
    ),
    kind="read",
    input_schema=object_of({"order_id": ORDER}),
    result_schema=result_of(payments=list_of(_PAYMENT), duplicate=_PAYMENT),
    resource="order:{order_id}",
    facts_yielded=(
        FactYield(key="payment.{payment_id}.amount", value="amount_minor", each="payments"),
        FactYield(key="payment.{payment_id}.refundable", value="refundable_minor", each="payments"),
        FactYield(key="payment.{payment_id}.refunded", value="refunded_minor", each="payments"),
        FactYield(key="payment.{payment_id}.order", value="order_id", each="payments"),
    ),
)

REFUND_PAYMENT = ToolDeclaration(
    name="refund_payment",
    title="Refund a payment",
    sentence="Refund {money} of payment {payment_id} for order {order_id}",
    resource_type="Order",
    owner=OWNER,
    owner_label="Order belongs to customer",
    labels={"order_id": "Order", "payment_id": "Payment", "amount_minor": "Amount"},
    only_shown=("reason",),
    description=(
        "Refund all or part of one payment to the method it was paid with. Small amounts may run at once; larger ones are "
        "decided by a person, and the answer is then `pending`. Never call it twice for the same thing."
    ),
    kind="write",
    input_schema=object_of(
        {
            "order_id": ORDER,
            "payment_id": {**ID, "description": "The payment, from list_payments."},
            "amount_minor": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10**9,
                "description": "Minor units: 2050 is 20.50.",
            },
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "The payment's own currency."},
            "reason": {"type": "string", "minLength": 1, "maxLength": 200, "description": "Why, in a few words."},
        }
    ),
    result_schema=result_of("refund_id", "status", "amount_minor", "currency"),
    resource="order:{order_id}",
    discriminator="{payment_id}",
    facts=(
        FactNeed(name="refundable_minor", type="Minor", key="payment.{payment_id}.refundable", label="Still refundable"),
        FactNeed(
            name="payment_order",
            type="String",
            key="payment.{payment_id}.order",
            label="Payment belongs to order",
            evidence=False,
        ),
        FactNeed(name="order_total", type="Money", key="order.{order_id}.total", label="Order total", evidence=False),
        FactNeed(name="order_status", type="String", key="order.{order_id}.status", label="Order status"),
    ),
    narrowing=(Narrowing(field="amount_minor", direction="smaller"), Narrowing(field="reason", direction="any_text")),
    facts_yielded=(FactYield(key="refund.{payment_id}.status", value="status"),),
    reversible=False,
    timeout_s=20,
    money=MoneyFields(amount="amount_minor", currency="currency"),
)

TRACK_ORDER = ToolDeclaration(
    name="track_order",
    title="Track the parcels of an order",
    sentence="Read where the parcels of order {order_id} are",
    resource_type="Order",
    owner=OWNER,
    labels={"order_id": "Order"},
    description="Read where the parcels of one order are: carrier, status, last event and place, expected day, delivery.",
    kind="read",
    input_schema=object_of({"order_id": ORDER}),
    result_schema=result_of(
        parcels=list_of(result_of("tracking", "carrier", "status", "last_event", "place", "eta", "delivered_at"))
    ),
    resource="order:{order_id}",
    instead=("get_order",),
    facts_yielded=(
        FactYield(key="parcel.{tracking}.status", value="status", each="parcels"),
        FactYield(key="parcel.{tracking}.eta", value="eta", each="parcels"),
        FactYield(key="parcel.{tracking}.delivered_at", value="delivered_at", each="parcels"),
    ),
)

INVESTIGATE_PARCEL = ToolDeclaration(
    name="investigate_parcel",
    title="Have a parcel looked for",
    sentence="Ask the carrier to look for parcel {tracking} of order {order_id}",
    resource_type="Order",
    owner=OWNER,
    owner_label="Order belongs to customer",
    labels={"order_id": "Order", "tracking": "Parcel"},
    only_shown=("reason",),
    low_risk=True,
    description=(
        "Ask the carrier to look for a parcel that does not arrive. The carrier answers days later: the answer here is then "
        "`pending`, and you are told what was found. Never call it twice for the same parcel."
    ),
    kind="write",
    input_schema=object_of(
        {
            "order_id": ORDER,
            "tracking": {**ID, "description": "The parcel, from track_order."},
            "reason": {"type": "string", "minLength": 1, "maxLength": 200, "description": "Why, in a few words."},
        }
    ),
    result_schema=result_of("investigation_id", "tracking", "status", "finding", "note"),
    resource="order:{order_id}",
    discriminator="{tracking}",
    facts_yielded=(FactYield(key="parcel.{tracking}.finding", value="finding"),),
    timeout_s=20,
    answers_within_s=5 * 86_400,
)

WITHDRAW = ToolDeclaration(
    name=WITHDRAW_PROPOSAL,
    title="Take back a proposal",
    sentence="Take back the proposal that waits",
    only_shown=("reason",),
    low_risk=True,
    description=(
        "Take back what you proposed and nobody has decided yet, because the customer changed their mind or it was wrong."
    ),
    kind="write",
    input_schema=object_of({"reason": {"type": "string", "minLength": 1, "maxLength": 200}}),
    internal=True,
)

COMMERCE_TOOLS = (
    GET_CUSTOMER,
    LIST_ORDERS,
    GET_ORDER,
    LIST_PAYMENTS,
    REFUND_PAYMENT,
    TRACK_ORDER,
    INVESTIGATE_PARCEL,
    *AFTERSALES_TOOLS,
)


def commerce_catalog() -> ToolCatalog:
    """The built-in tools, by group."""
    return ToolCatalog({"commerce": COMMERCE_TOOLS})

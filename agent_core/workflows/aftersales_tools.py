"""What an agent can do after somebody has bought: cancel, send elsewhere, take back, send papers, give a credit (R-I1).

Declarations of the `commerce` group, like those of `commerce_tools`; what performs them is in `systems`.
"""

from typing import Final

from pydantic import JsonValue

from agent_core.workflows.schemas import ID, ORDER, OWNER, REASON, list_of, object_of, result_of
from agent_core.workflows.tools import FactNeed, FactYield, MoneyFields, Narrowing, ToolDeclaration

_STATUS: Final = FactNeed(name="order_status", type="String", key="order.{order_id}.status", label="Order status")
_TOTAL: Final = FactNeed(name="order_total", type="Money", key="order.{order_id}.total", label="Order total", evidence=False)
_SUBSCRIPTION: Final[dict[str, JsonValue]] = {**ID, "description": "The subscription, from list_subscriptions."}
_SUBSCRIBER: Final = "subscription.{subscription_id}.customer"
_SUBSCRIBED: Final = FactNeed(
    name="subscription_status", type="String", key="subscription.{subscription_id}.status", label="Subscription"
)
_PLAN: Final = FactNeed(name="plan", type="String", key="subscription.{subscription_id}.plan", label="Plan", evidence=False)
_QUOTE: Final[dict[str, JsonValue]] = {
    "type": "string", "minLength": 2, "maxLength": 400,
    "description": "The customer's own words that say yes, exactly as they wrote them after your question.",
}  # fmt: skip
_PLAN_ROW: Final = result_of("subscription_id", "plan", "status", "amount_minor", "currency", "interval", "renews_at")

CANCEL_ORDER = ToolDeclaration(
    name="cancel_order",
    title="Cancel an order",
    sentence="Cancel order {order_id}",
    resource_type="Order",
    owner=OWNER,
    owner_label="Order belongs to customer",
    labels={"order_id": "Order"},
    only_shown=("reason",),
    description="Cancel an order that has not left yet. It moves no money: what was paid is refunded with refund_payment.",
    kind="write",
    input_schema=object_of({"order_id": ORDER, "reason": REASON}),
    result_schema=result_of("order_id", "status"),
    resource="order:{order_id}",
    discriminator="cancel",
    facts=(_STATUS, _TOTAL),
    narrowing=(Narrowing(field="reason", direction="any_text"),),
    facts_yielded=(FactYield(key="order.{order_id}.status", value="status"),),
    reversible=False,
    timeout_s=20,
)

CHANGE_ADDRESS = ToolDeclaration(
    name="change_address",
    title="Change where an order goes",
    sentence="Send order {order_id} to {address}",
    resource_type="Order",
    owner=OWNER,
    owner_label="Order belongs to customer",
    labels={"order_id": "Order", "address": "New address", "confirmed_by": "In the customer's words"},
    only_shown=("address", "confirmed_by"),
    description="Send an order that has not left yet to another address in the same country.",
    kind="write",
    input_schema=object_of(
        {
            "order_id": ORDER,
            "address": {
                "type": "string",
                "minLength": 8,
                "maxLength": 160,
                "description": "Street and number, a comma, postal code and city, as the customer wrote them.",
            },
            "confirmed_by": _QUOTE,
        }
    ),
    result_schema=result_of("order_id", "address"),
    resource="order:{order_id}",
    discriminator="address:{address}",
    facts=(_STATUS, _TOTAL),
    facts_yielded=(FactYield(key="order.{order_id}.address", value="address"),),
    confirmation="confirmed_by",
    timeout_s=20,
)

CREATE_RETURN = ToolDeclaration(
    name="create_return",
    title="Open a return",
    sentence="Open a return of order {order_id} for {kind} and send the label",
    resource_type="Order",
    owner=OWNER,
    owner_label="Order belongs to customer",
    labels={"order_id": "Order", "kind": "Wants"},
    only_shown=("reason",),
    low_risk=True,
    description=(
        "Open a return of a delivered order and send the customer its label. The money or the other item follows when the "
        "parcel is back, never at once."
    ),
    kind="write",
    input_schema=object_of(
        {
            "order_id": ORDER,
            "kind": {"type": "string", "enum": ["refund", "exchange"], "description": "What the customer wants for it."},
            "reason": REASON,
        }
    ),
    result_schema=result_of("return_id", "order_id", "kind", "status", "label"),
    resource="order:{order_id}",
    discriminator="return",
    facts=(_STATUS,),
    facts_yielded=(FactYield(key="return.{order_id}.status", value="status"),),
    timeout_s=20,
)

SEND_DOCUMENT = ToolDeclaration(
    name="send_document",
    title="Send a paper again",
    sentence="Send the {document} of order {order_id} again, to the address on file",
    resource_type="Order",
    owner=OWNER,
    owner_label="Order belongs to customer",
    labels={"order_id": "Order", "document": "Paper"},
    low_risk=True,
    description="Send the confirmation or the invoice of an order again, to the e-mail address on file and to no other.",
    kind="write",
    input_schema=object_of(
        {"order_id": ORDER, "document": {"type": "string", "enum": ["confirmation", "invoice"], "description": "Which."}}
    ),
    result_schema=result_of("document_id", "order_id", "document"),
    resource="order:{order_id}",
    discriminator="document:{document}",
    facts_yielded=(FactYield(key="document.{order_id}.sent", value="document"),),
    timeout_s=20,
)

GRANT_CREDIT = ToolDeclaration(
    name="grant_credit",
    title="Give a goodwill credit",
    sentence="Give a credit of {money} for order {order_id}",
    resource_type="Order",
    owner=OWNER,
    owner_label="Order belongs to customer",
    labels={"order_id": "Order", "amount_minor": "Amount"},
    only_shown=("reason",),
    description=(
        "Give the customer a credit for their next order, because something went wrong with this one. Small amounts may run "
        "at once; larger ones are decided by a person. Never for an order without trouble, never twice for the same one."
    ),
    kind="write",
    input_schema=object_of(
        {
            "order_id": ORDER,
            "amount_minor": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10**7,
                "description": "Minor units: 500 is 5.00.",
            },
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "The order's own currency."},
            "reason": REASON,
        }
    ),
    result_schema=result_of("credit_id", "order_id", "amount_minor", "currency"),
    resource="order:{order_id}",
    discriminator="credit",
    facts=(_TOTAL, _STATUS),
    narrowing=(Narrowing(field="amount_minor", direction="smaller"), Narrowing(field="reason", direction="any_text")),
    facts_yielded=(FactYield(key="credit.{order_id}.amount", value="amount_minor"),),
    reversible=False,
    timeout_s=20,
    money=MoneyFields(amount="amount_minor", currency="currency"),
)

LIST_SUBSCRIPTIONS = ToolDeclaration(
    name="list_subscriptions",
    title="List the customer's subscriptions",
    sentence="List the subscriptions of this customer",
    resource_type="Customer",
    description=(
        "List the subscriptions of the customer of this conversation. `active` is there when exactly one of them is active."
    ),
    kind="read",
    input_schema=object_of({}),
    result_schema={
        **result_of("count", subscriptions=list_of(_PLAN_ROW), active=_PLAN_ROW),
        "required": ["count", "subscriptions"],
    },
    facts_yielded=(
        FactYield(key="subscription.{subscription_id}.status", value="status", each="subscriptions"),
        FactYield(key="subscription.{subscription_id}.plan", value="plan", each="subscriptions"),
    ),
)

PAUSE_SUBSCRIPTION = ToolDeclaration(
    name="pause_subscription",
    title="Pause a subscription",
    sentence="Pause subscription {subscription_id}",
    resource_type="Subscription",
    owner=_SUBSCRIBER,
    owner_label="Subscription belongs to customer",
    labels={"subscription_id": "Subscription"},
    low_risk=True,
    description="Pause a subscription: nothing is sent and nothing is charged until the customer resumes it.",
    kind="write",
    input_schema=object_of({"subscription_id": _SUBSCRIPTION}),
    result_schema=_PLAN_ROW,
    resource="subscription:{subscription_id}",
    discriminator="pause",
    facts=(_SUBSCRIBED, _PLAN),
    facts_yielded=(FactYield(key="subscription.{subscription_id}.status", value="status"),),
    timeout_s=20,
)

CANCEL_SUBSCRIPTION = ToolDeclaration(
    name="cancel_subscription",
    title="End a subscription",
    sentence="End subscription {subscription_id}",
    resource_type="Subscription",
    owner=_SUBSCRIBER,
    owner_label="Subscription belongs to customer",
    labels={"subscription_id": "Subscription", "confirmed_by": "In the customer's words"},
    only_shown=("reason", "confirmed_by"),
    description="End a subscription for good, after the customer was offered a pause and has said that they want it ended.",
    kind="write",
    input_schema=object_of({"subscription_id": _SUBSCRIPTION, "reason": REASON, "confirmed_by": _QUOTE}),
    result_schema=_PLAN_ROW,
    resource="subscription:{subscription_id}",
    discriminator="end",
    facts=(_SUBSCRIBED, _PLAN),
    facts_yielded=(FactYield(key="subscription.{subscription_id}.status", value="status"),),
    confirmation="confirmed_by",
    reversible=False,
    timeout_s=20,
)

AFTERSALES_TOOLS: Final = (
    CANCEL_ORDER, CHANGE_ADDRESS, CREATE_RETURN, SEND_DOCUMENT, GRANT_CREDIT, LIST_SUBSCRIPTIONS, PAUSE_SUBSCRIPTION,
    CANCEL_SUBSCRIPTION,
)  # fmt: skip

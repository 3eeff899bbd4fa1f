"""What authority knows about the built-in tools of a shop. Names, arguments and keys are those of the tools themselves.

`agent_core.workflows.commerce_tools` says what a model and a client need; a test keeps the two in step.
"""

from agent_core.authority.tools import Argument, DeclaredTool, FactUse, MoneyArguments
from agent_core.contract.ids import ToolName

_ORDER = Argument("order_id", "String", "Order")
_ORDER_OWNER = "order.{order_id}.customer"

COMMERCE_TOOLS: tuple[DeclaredTool, ...] = (
    DeclaredTool(
        name=ToolName("get_customer"),
        title="Look up the customer",
        writes=False,
        resource_type="Customer",
        resource="customer",
        sentence="Read the record of this customer",
    ),
    DeclaredTool(
        name=ToolName("list_orders"),
        title="List the customer's orders",
        writes=False,
        resource_type="Customer",
        resource="customer",
        sentence="List the orders of this customer",
    ),
    DeclaredTool(
        name=ToolName("get_order"),
        title="Look up an order",
        writes=False,
        resource_type="Order",
        resource="order:{order_id}",
        sentence="Read order {order_id}",
        arguments=(_ORDER,),
        owner=_ORDER_OWNER,
    ),
    DeclaredTool(
        name=ToolName("list_payments"),
        title="List the payments of an order",
        writes=False,
        resource_type="Order",
        resource="order:{order_id}",
        sentence="Read the payments of order {order_id}",
        arguments=(_ORDER,),
        owner=_ORDER_OWNER,
    ),
    DeclaredTool(
        name=ToolName("track_order"),
        title="Track the parcels of an order",
        writes=False,
        resource_type="Order",
        resource="order:{order_id}",
        sentence="Read where the parcels of order {order_id} are",
        arguments=(_ORDER,),
        owner=_ORDER_OWNER,
    ),
    DeclaredTool(
        name=ToolName("refund_payment"),
        title="Refund a payment",
        writes=True,
        resource_type="Order",
        resource="order:{order_id}",
        sentence="Refund {money} of payment {payment_id} for order {order_id}",
        arguments=(
            _ORDER,
            Argument("payment_id", "String", "Payment"),
            Argument("amount_minor", "Minor", "Amount"),
            Argument("currency", "String", "Currency"),
            Argument("reason", "String", "Reason", to_policy=False),
        ),
        facts=(
            FactUse("refundable_minor", "Minor", "payment.{payment_id}.refundable", "Still refundable"),
            FactUse("payment_order", "String", "payment.{payment_id}.order", "Payment belongs to order", evidence=False),
            FactUse("order_total", "Money", "order.{order_id}.total", "Order total", evidence=False),
            FactUse("order_status", "String", "order.{order_id}.status", "Order status"),
        ),
        owner=_ORDER_OWNER,
        owner_label="Order belongs to customer",
        money=MoneyArguments(),
        discriminator="{payment_id}",
    ),
    DeclaredTool(
        name=ToolName("investigate_parcel"),
        title="Have a parcel looked for",
        writes=True,
        resource_type="Order",
        resource="order:{order_id}",
        sentence="Ask the carrier to look for parcel {tracking} of order {order_id}",
        arguments=(
            _ORDER,
            Argument("tracking", "String", "Parcel"),
            Argument("reason", "String", "Reason", to_policy=False),
        ),
        owner=_ORDER_OWNER,
        owner_label="Order belongs to customer",
        discriminator="{tracking}",
        low_risk=True,
        reversible=True,
    ),
    DeclaredTool(
        name=ToolName("withdraw_proposal"),
        title="Take back a proposal",
        writes=True,
        resource_type="Conversation",
        resource="conversation",
        sentence="Take back the proposal that waits",
        low_risk=True,
        reversible=True,
    ),
)
"""The tools of the demonstration shop."""

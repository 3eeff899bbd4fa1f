"""The shapes of a shop: arguments of each tool as a model may give them, and answers as the shop gives them.

What a model is told of the arguments is declared in `workflows.commerce_tools`; here they are checked once more, last.
Arguments are closed: a field nobody knows is refused. Answers are open: fields we do not need are ignored, those we need
must have their type. Nothing is converted; an amount that is no integer is no amount.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from agent_core.contract.clock import iso

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""An id that may stand in a path and in a fact's key."""

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[int, Field(ge=0, le=10**12)]
Text = Annotated[str, StringConstraints(max_length=4_000)]


def _moment(value: str) -> str:
    moment = datetime.fromisoformat(value[:40])
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return iso(moment)


def _day(value: str) -> str:
    return date.fromisoformat(value[:10]).isoformat()


Moment = Annotated[str, AfterValidator(_moment)]
Day = Annotated[str, AfterValidator(_day)]


class Arguments(BaseModel):
    """Arguments of one tool call."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class NoArguments(Arguments):
    """The customer is the conversation's own; nobody may name another one."""


class OrderArguments(Arguments):
    """One order, by the number the customer knows."""

    order_id: Name


class RefundArguments(Arguments):
    """A refund of a part or all of one payment."""

    order_id: Name
    payment_id: Name
    amount_minor: Annotated[int, Field(ge=1, le=10**9)]
    currency: Currency
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class InvestigationArguments(Arguments):
    """A parcel of one order that the carrier is to look for."""

    order_id: Name
    tracking: Name
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


_Reason = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Quote = Annotated[str, StringConstraints(min_length=2, max_length=400)]


class CancellationArguments(Arguments):
    """An order that is to be cancelled."""

    order_id: Name
    reason: _Reason


class AddressArguments(Arguments):
    """Another address for an order that has not left."""

    order_id: Name
    address: Annotated[str, StringConstraints(min_length=8, max_length=160)]
    confirmed_by: _Quote


class ReturnArguments(Arguments):
    """A way back for a delivered order."""

    order_id: Name
    kind: Literal["refund", "exchange"]
    reason: _Reason


class DocumentArguments(Arguments):
    """A paper of an order, sent again."""

    order_id: Name
    document: Literal["confirmation", "invoice"]


class CreditArguments(Arguments):
    """A credit for the customer of an order."""

    order_id: Name
    amount_minor: Annotated[int, Field(ge=1, le=10**9)]
    currency: Currency
    reason: _Reason


class SubscriptionArguments(Arguments):
    """A subscription that is to rest."""

    subscription_id: Name


class EndArguments(SubscriptionArguments):
    """A subscription that is to end, with the customer's own words."""

    reason: _Reason
    confirmed_by: _Quote


class Outside(BaseModel):
    """An answer of the shop, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Total(Outside):
    """An amount with its currency."""

    amount_minor: Amount
    currency: Currency


class Item(Outside):
    """One line of an order."""

    name: Text
    quantity: Annotated[int, Field(ge=0, le=10**6)]


class Customers(Outside):
    """Customers with one address: none, or one."""

    customers: list["Customer"] = Field(max_length=20)


class Address(Outside):
    """Where an order goes."""

    line1: Text
    postal_code: Text
    city: Text

    @property
    def one_line(self) -> str:
        """As people write it."""
        return f"{self.line1}, {self.postal_code} {self.city}"


class Order(Outside):
    """An order."""

    id: Name
    customer_id: Name
    status: Word
    placed_at: Moment
    total: Total
    items: list[Item] = Field(max_length=200)
    note: Text = ""
    address: Address | None = None
    customer_tier: Word | None = None
    """The shop's own word for what kind of customer this is; a fact, so it is a word and never a sentence."""


class Orders(Outside):
    """A customer's orders, newest first."""

    orders: list[Order] = Field(max_length=500)


class Payment(Outside):
    """One captured payment."""

    id: Name
    order_id: Name
    amount_minor: Amount
    currency: Currency
    refunded_minor: Amount
    refundable_minor: Amount
    method: Text
    captured_at: Moment


class Payments(Outside):
    """The payments of an order."""

    payments: list[Payment] = Field(max_length=100)


class Refund(Outside):
    """A refund that was made."""

    id: Name
    payment_id: Name
    order_id: Name
    amount_minor: Amount
    currency: Currency
    status: Word


class Refunds(Outside):
    """Refunds found by key."""

    refunds: list[Refund] = Field(max_length=100)


class ParcelEvent(Outside):
    """One thing the carrier reported."""

    code: Word
    text: Text
    at: Moment
    place: Text = ""


class Parcel(Outside):
    """A parcel as its carrier sees it."""

    tracking: Name
    carrier: Text
    status: Word
    events: list[ParcelEvent] = Field(max_length=500)
    eta: Day | None = None
    delivered_at: Moment | None = None


class Parcels(Outside):
    """The parcels of an order."""

    parcels: list[Parcel] = Field(max_length=100)


class Investigation(Outside):
    """A carrier's search for a parcel: `open`, `closed` with a finding, or `declined`."""

    id: Name
    tracking: Name
    order_id: Name
    status: Word
    finding: Word | None = None
    note: Text = ""


class Return(Outside):
    """A return that was opened."""

    id: Name
    order_id: Name
    kind: Word
    status: Word
    label: Text


class Document(Outside):
    """A paper that was sent again."""

    id: Name
    order_id: Name
    document: Word


class Credit(Outside):
    """A credit that was given."""

    id: Name
    order_id: Name
    amount_minor: Amount
    currency: Currency


class Given(Outside):
    """A refund or a credit in a list of what a customer was given."""

    amount_minor: Amount
    currency: Currency
    status: Word = "succeeded"


class GivenRefunds(Outside):
    """A page of a customer's refunds; `next` is where the list goes on, said also where it does not."""

    refunds: list[Given] = Field(max_length=500)
    next: Name | None

    @property
    def rows(self) -> list[Given]:
        """What stands on this page."""
        return self.refunds


class GivenCredits(Outside):
    """A page of a customer's credits; as `GivenRefunds`."""

    credits: list[Given] = Field(max_length=500)
    next: Name | None

    @property
    def rows(self) -> list[Given]:
        """What stands on this page."""
        return self.credits


class Subscription(Outside):
    """A subscription."""

    id: Name
    customer_id: Name
    plan: Text
    status: Word
    price_minor: Amount
    currency: Currency
    interval: Word
    renews_at: Moment


class Subscriptions(Outside):
    """A customer's subscriptions."""

    subscriptions: list[Subscription] = Field(max_length=100)


class Write(Outside):
    """What a write under a key did."""

    operation: Text
    answer: dict[str, Any]


class Writes(Outside):
    """Writes found by key."""

    writes: list[Write] = Field(max_length=10)


class Customer(Outside):
    """A customer of the shop."""

    id: Name
    name: Text
    language: Text = ""
    created_at: Moment
    tier: Word | None = None

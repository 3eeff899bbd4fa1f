"""The shop's tools: read orders, payments and parcels; refund, once (R-I1, R-C6).

Each tool is one operation of the shop's API with typed arguments and a typed outcome. A customer who is known sees their
own orders only, whatever a model asks for. It must never retry, never call a lost write failed, and never state a fact the
shop did not.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from agent_core.contract.errors import Invalid
from agent_core.systems.commerce import views
from agent_core.systems.commerce.shapes import (
    AddressArguments,
    Arguments,
    CancellationArguments,
    Credit,
    CreditArguments,
    Customer,
    Customers,
    Document,
    DocumentArguments,
    EndArguments,
    Investigation,
    InvestigationArguments,
    NoArguments,
    Order,
    OrderArguments,
    Orders,
    Parcels,
    Payments,
    Refund,
    RefundArguments,
    Refunds,
    Return,
    ReturnArguments,
    Subscription,
    SubscriptionArguments,
    Subscriptions,
    Writes,
)  # fmt: skip
from agent_core.systems.commerce.tally import tallied
from agent_core.systems.outcomes import read_failure, write_failure
from agent_core.systems.port import (
    DidNotHappen,
    Happened,
    Json,
    NotChecked,
    NotProven,
    Proven,
    Reconciled,
    ToolResult,
    Unknown,
)
from agent_core.systems.tallying import CannotTell, Told
from agent_core.systems.transport import Reply, Site, Trouble, path_part

_Shape = TypeVar("_Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Call:
    """What an operation needs beside its arguments."""

    key: str
    deadline: datetime
    customer: str | None


class _Stop(Exception):
    """A read inside an operation did not give what is needed; carries the call's outcome."""

    def __init__(self, result: ToolResult) -> None:
        super().__init__(result.code)
        self.result = result


_Operation = Callable[["ShopTools", Any, _Call], Awaitable[ToolResult]]


class ShopTools:
    """The `Tools` of one shop, of which some answer later (`LateTools`), and which knows what customers got (`Tallier`).

    Args:
        site: Where the shop is, with its credential.
        account: Whom the shop calls back, as it knows us.
    """

    def __init__(self, site: Site, *, account: str = "") -> None:
        self._site = site
        self._account = account

    @property
    def late_systems(self) -> frozenset[str]:
        """The shop; see `LateTools`."""
        return frozenset({"shop"})

    def system_of(self, tool: str) -> str:
        """The shop performs every tool of it."""
        del tool
        return "shop"

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """Performs one call; see `Tools`.

        Raises:
            ValueError: A write without a key: the caller's mistake, never the outside's.
        """
        tool = _TOOLS.get(name)
        if tool is None:
            return ToolResult("refused", code="unknown_tool", sentence="There is no such tool.")
        if tool.writes and not idempotency_key:
            raise ValueError("a write needs an idempotency key")
        try:
            given = tool.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            return _bad_arguments(error, tool.arguments)
        try:
            return await tool.operation(self, given, _Call(idempotency_key or "", deadline, customer))
        except _Stop as stop:
            return stop.result

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Finds a write by its key; the shop promises read-your-writes for this."""
        tool = _TOOLS.get(name)
        if tool is not None and tool.made is not None:
            return await self._made(tool.made, name, arguments, idempotency_key, deadline)
        if name != "refund_payment":
            return Unknown("not_reconcilable", "The shop cannot be asked what became of this.", transient=False)
        try:
            given = RefundArguments.model_validate(dict(arguments))
        except ValidationError:
            return Unknown("bad_arguments", "The recorded arguments are not those of a refund.", transient=False)
        answer = await self._site.get("/v1/refunds", deadline=deadline, idempotency_key=idempotency_key)
        if isinstance(answer, Trouble) or not answer.good:
            failure = read_failure(answer)
            return Unknown(failure.code or "failed", failure.sentence or "", transient=failure.transient)
        try:
            found = Refunds.model_validate(answer.body).refunds
        except ValidationError:
            return Unknown("bad_answer", "The shop's answer was not in the agreed form.", transient=False)
        if not found:
            return DidNotHappen()
        if len(found) > 1 or not _is_refund_of(found[0], given):
            return Unknown(
                "other_refund", "The shop has another refund under this key. Compare the two by hand.", transient=False
            )
        return Happened(views.refund(found[0]))

    async def _made(self, made: "_Made", name: str, arguments: Json, key: str, deadline: datetime) -> Reconciled:
        """Finds a write of any kind by its key, and reads what it answered."""
        answer = await self._site.get("/v1/writes", deadline=deadline, idempotency_key=key)
        if isinstance(answer, Trouble) or not answer.good:
            failure = read_failure(answer)
            return Unknown(failure.code or "failed", failure.sentence or "", transient=failure.transient)
        try:
            found = Writes.model_validate(answer.body).writes
            if not found:
                return DidNotHappen()
            given = _TOOLS[name].arguments.model_validate(dict(arguments))
            if len(found) > 1 or found[0].operation != f"POST {made.path(given)}":
                return Unknown("other_write", "The shop has another write under this key. Compare them.", transient=False)
            return Happened(made.read(found[0].answer))
        except ValidationError:
            return Unknown("bad_answer", _NOT_AGREED, transient=False)

    # -- answers that come later ------------------------------------------------------------------------------------------

    def read_answer(self, name: str, arguments: Json, answer: Mapping[str, Any]) -> ToolResult:
        """What the shop's callback says; see `LateTools`.

        Raises:
            Invalid: `bad_answer`: it is in no agreed form, or about another parcel.
        """
        try:
            found = Investigation.model_validate(dict(answer)) if name == "investigate_parcel" else None
        except ValidationError:
            found = None
        if found is None or found.tracking != arguments.get("tracking"):
            raise Invalid("bad_answer", _NOT_AGREED, detail=name)
        return views.investigation(found)

    async def look_up_answer(self, name: str, arguments: Json, ref: str, *, deadline: datetime) -> ToolResult:
        """Reads how far the shop is; see `LateTools`."""
        answer = await self._site.get(f"/v1/investigations/{path_part(ref)}", deadline=deadline)
        if isinstance(answer, Trouble) or not answer.good:
            failure = read_failure(answer)
            return replace(failure, code=f"look_up_{failure.code or 'failed'}"[:64])
        return self.read_answer(name, arguments, answer.body)

    # -- what a customer was given ----------------------------------------------------------------------------------------

    async def tally(
        self, tool: str, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
    ) -> Told | CannotTell:
        """Adds up the shop's refunds and credits, whichever tool asks; see `Tallier`."""
        del tool
        return await tallied(self._site, customer=customer, currency=currency, since=since, until=until, deadline=deadline)

    # -- who somebody is --------------------------------------------------------------------------------------------------

    async def owner(self, email: str, reference: str, *, deadline: datetime) -> Proven | NotProven | NotChecked:
        """Whose order it is, if it is that of the customer with this address; see `Prover`.

        Both questions are asked at once and both are awaited, whatever the first one answers.
        """
        named = _REFERENCE.fullmatch(reference) is not None
        async with asyncio.TaskGroup() as group:
            path = f"/v1/orders/{path_part(reference if named else '-')}"
            ordered = group.create_task(self._site.get(path, deadline=deadline))
            asked = group.create_task(self._site.get("/v1/customers", deadline=deadline, email=email))
        order, people = ordered.result(), asked.result()
        for answer in (order, people):
            if isinstance(answer, Trouble) or (not answer.good and answer.status not in (404, 422)):
                failure = read_failure(answer)
                return NotChecked(failure.code or "failed", failure.sentence or _NOT_AGREED)
        assert isinstance(order, Reply)
        assert isinstance(people, Reply)
        try:
            whose = Order.model_validate(order.body).customer_id if order.good else ""
            known = Customers.model_validate(people.body).customers if people.good else []
        except ValidationError:
            return NotChecked("bad_answer", _NOT_AGREED)
        holder = known[0].id if len(known) == 1 else ""
        same = hmac.compare_digest(hashlib.sha256(whose.encode()).digest(), hashlib.sha256(holder.encode()).digest())
        return Proven(holder) if same and holder and named else NotProven()

    # -- operations -------------------------------------------------------------------------------------------------------

    async def get_customer(self, _given: NoArguments, call: _Call) -> ToolResult:
        """Reads the conversation's customer."""
        found = await self._read(f"/v1/customers/{path_part(_known(call))}", Customer, call)
        return views.customer(found)

    async def list_orders(self, _given: NoArguments, call: _Call) -> ToolResult:
        """Lists the conversation's customer's orders."""
        found = await self._read(f"/v1/customers/{path_part(_known(call))}/orders", Orders, call)
        return views.orders(found.orders)

    async def get_order(self, given: OrderArguments, call: _Call) -> ToolResult:
        """Reads one order."""
        return views.order(await self._own_order(given.order_id, call))

    async def list_payments(self, given: OrderArguments, call: _Call) -> ToolResult:
        """Lists an order's payments; names the later one of two equal ones."""
        order = await self._own_order(given.order_id, call)
        found = await self._read(f"/v1/orders/{path_part(given.order_id)}/payments", Payments, call)
        return views.payments(order, found.payments)

    async def track_order(self, given: OrderArguments, call: _Call) -> ToolResult:
        """Reads where an order's parcels are."""
        order = await self._own_order(given.order_id, call)
        found = await self._read(f"/v1/orders/{path_part(given.order_id)}/parcels", Parcels, call)
        return views.parcels(order, found.parcels)

    async def refund_payment(self, given: RefundArguments, call: _Call) -> ToolResult:
        """Refunds a payment, once per key."""
        body = {"amount_minor": given.amount_minor, "currency": given.currency, "reason": given.reason}
        path = f"/v1/payments/{path_part(given.payment_id)}/refunds"
        answer = await self._site.post(path, body, idempotency_key=call.key, deadline=call.deadline)
        if isinstance(answer, Trouble) or not answer.good:
            return write_failure(answer)
        try:
            refund = Refund.model_validate(answer.body)
        except ValidationError:
            refund = None
        if refund is None or not _is_refund_of(refund, given):
            return ToolResult(
                "unknown", code="bad_answer", sentence="The shop took the refund, but its answer was not in the agreed form."
            )
        return views.refund(refund)

    async def investigate_parcel(self, given: InvestigationArguments, call: _Call) -> ToolResult:
        """Asks the carrier to look for a parcel of an order: taken at once, answered some day."""
        try:
            order = await self._own_order(given.order_id, call)
            known = await self._read(f"/v1/orders/{path_part(order.id)}/parcels", Parcels, call)
        except _Stop as stop:  # nothing was sent yet
            again = stop.result.outcome == "timed_out"
            raise _Stop(replace(stop.result, outcome="failed") if again else stop.result) from None
        if all(parcel.tracking != given.tracking for parcel in known.parcels):
            return ToolResult("refused", code="not_found", sentence="This order has no such parcel.")
        return await self._write(_INVESTIGATION, given, {"reason": given.reason, "account": self._account}, call)

    async def list_subscriptions(self, _given: NoArguments, call: _Call) -> ToolResult:
        """Lists the conversation's customer's subscriptions."""
        path = f"/v1/customers/{path_part(_known(call))}/subscriptions"
        return views.subscriptions((await self._read(path, Subscriptions, call)).subscriptions)

    async def write(self, given: Arguments, call: _Call) -> ToolResult:
        """Any write that is one request about an order or a subscription of this customer.

        Whose it is, is read first: nothing was sent when that does not answer.
        """
        made = _MADE[type(given)]
        try:
            await self._own(given, call)
        except _Stop as stop:
            again = stop.result.outcome == "timed_out"
            raise _Stop(replace(stop.result, outcome="failed") if again else stop.result) from None
        body = given.model_dump(exclude={"order_id", "subscription_id"})
        return await self._write(made, given, body, call)

    async def _write(self, made: "_Made", given: Arguments, body: Mapping[str, Any], call: _Call) -> ToolResult:
        answer = await self._site.post(made.path(given), body, idempotency_key=call.key, deadline=call.deadline)
        if isinstance(answer, Trouble) or not answer.good:
            return write_failure(answer)
        try:
            return made.read(answer.body)
        except ValidationError:
            return ToolResult("unknown", code="bad_answer", sentence=_NOT_AGREED)

    async def _own(self, given: Arguments, call: _Call) -> None:
        if isinstance(given, SubscriptionArguments):
            found = await self._read(f"/v1/subscriptions/{path_part(given.subscription_id)}", Subscription, call)
            if call.customer is not None and found.customer_id != call.customer:
                raise _Stop(ToolResult("refused", code="not_found", sentence=_NOTHING))
        else:
            await self._own_order(str(getattr(given, "order_id", "")), call)

    # -- inside -----------------------------------------------------------------------------------------------------------

    async def _own_order(self, order_id: str, call: _Call) -> Order:
        """The order, refused when the customer is known and it is somebody else's.

        Payments and parcels do not say whose they are, so the order is read for them too: policy needs its owner.
        """
        order = await self._read(f"/v1/orders/{path_part(order_id)}", Order, call)
        if call.customer is not None and order.customer_id != call.customer:
            # The same words as for a number that does not exist: whose it is, is nobody's business.
            raise _Stop(ToolResult("refused", code="not_found", sentence=_NO_ORDER))
        return order

    async def _read(self, path: str, shape: type[_Shape], call: _Call) -> _Shape:
        answer: Reply | Trouble = await self._site.get(path, deadline=call.deadline)
        if isinstance(answer, Reply) and answer.status == 404:
            raise _Stop(ToolResult("refused", code="not_found", sentence=_NO_ORDER if "/orders/" in path else _NOTHING))
        if isinstance(answer, Trouble) or not answer.good:
            raise _Stop(read_failure(answer))
        try:
            return shape.model_validate(answer.body)
        except ValidationError:
            sentence = "The shop's answer was not in the agreed form."
            raise _Stop(ToolResult("failed", code="bad_answer", sentence=sentence)) from None


_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_AGREED: Final = "The shop's answer was not in the agreed form."
_NO_ORDER: Final = "There is no order of this customer with this number."
_NOTHING: Final = "The shop has nothing under this name."


@dataclass(frozen=True, slots=True)
class _Made:
    """A write that is one request: where it goes, and how what it made is read, at once and when it is looked for later."""

    path: Callable[[Any], str]
    read: Callable[[Mapping[str, Any]], ToolResult]


def _made(kind: str, what: str, shape: type[_Shape], view: Callable[[_Shape], ToolResult]) -> _Made:
    name = {"orders": "order_id", "subscriptions": "subscription_id", "parcels": "tracking"}[kind]
    return _Made(
        lambda given: f"/v1/{kind}/{path_part(getattr(given, name))}/{what}",
        lambda answer: view(shape.model_validate(dict(answer))),
    )


_INVESTIGATION: Final = _made("parcels", "investigations", Investigation, views.investigation)
_MADE: Final[Mapping[type[Arguments], _Made]] = {
    CancellationArguments: _made("orders", "cancel", Order, views.cancelled),
    AddressArguments: _made("orders", "address", Order, views.readdressed),
    ReturnArguments: _made("orders", "returns", Return, views.returning),
    DocumentArguments: _made("orders", "documents", Document, views.document),
    CreditArguments: _made("orders", "credits", Credit, views.credit),
    SubscriptionArguments: _made("subscriptions", "pause", Subscription, views.subscription),
    EndArguments: _made("subscriptions", "cancel", Subscription, views.subscription),
}


@dataclass(frozen=True, slots=True)
class _Tool:
    arguments: type[Arguments]
    operation: _Operation
    writes: bool = False
    made: _Made | None = None


def _writing(arguments: type[Arguments]) -> _Tool:
    return _Tool(arguments, ShopTools.write, writes=True, made=_MADE[arguments])


_TOOLS: Final[Mapping[str, _Tool]] = {
    "get_customer": _Tool(NoArguments, ShopTools.get_customer),
    "list_orders": _Tool(NoArguments, ShopTools.list_orders),
    "get_order": _Tool(OrderArguments, ShopTools.get_order),
    "list_payments": _Tool(OrderArguments, ShopTools.list_payments),
    "refund_payment": _Tool(RefundArguments, ShopTools.refund_payment, writes=True),
    "investigate_parcel": _Tool(InvestigationArguments, ShopTools.investigate_parcel, writes=True, made=_INVESTIGATION),
    "track_order": _Tool(OrderArguments, ShopTools.track_order),
    "list_subscriptions": _Tool(NoArguments, ShopTools.list_subscriptions),
    "cancel_order": _writing(CancellationArguments),
    "change_address": _writing(AddressArguments),
    "create_return": _writing(ReturnArguments),
    "send_document": _writing(DocumentArguments),
    "grant_credit": _writing(CreditArguments),
    "pause_subscription": _writing(SubscriptionArguments),
    "cancel_subscription": _writing(EndArguments),
}


def _known(call: _Call) -> str:
    if call.customer is None:
        raise _Stop(ToolResult("refused", code="customer_unknown", sentence="It is not known who the customer is."))
    return call.customer


def _is_refund_of(refund: Refund, given: RefundArguments) -> bool:
    wanted = (given.payment_id, given.amount_minor, given.currency)
    return (refund.payment_id, refund.amount_minor, refund.currency) == wanted


def _bad_arguments(error: ValidationError, arguments: type[Arguments]) -> ToolResult:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    named = f"The argument {name} is missing or has the wrong form." if name in arguments.model_fields else ""
    return ToolResult("refused", code="bad_arguments", sentence=named or "There is an argument this tool does not have.")

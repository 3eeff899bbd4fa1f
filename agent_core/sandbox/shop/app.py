"""The shop's JSON API over HTTP. The paths, fields and promises are described in ``agent_core/sandbox/README.md``.

Why it exists: the core's commerce client must meet a server, not a mock (R-I5). It must never decide anything about money
by itself; :class:`~agent_core.sandbox.shop.world.ShopWorld` does.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent_core.sandbox.channel.app import loopback_url
from agent_core.sandbox.channel.postman import Mishaps
from agent_core.sandbox.clock import Clock, system_clock
from agent_core.sandbox.faults import FaultBook, FaultGate
from agent_core.sandbox.shop.aftersales import AfterSales
from agent_core.sandbox.shop.callbacks import ShopCallbacks
from agent_core.sandbox.shop.desk import ServiceDesk
from agent_core.sandbox.shop.periods import Periods
from agent_core.sandbox.shop.seeding import Row
from agent_core.sandbox.shop.world import ShopWorld, SubscriptionChange
from agent_core.sandbox.wire import (
    BearerGate,
    Refusal,
    answer_health,
    answer_not_found,
    answer_refusal,
    answer_wrong_method,
    idempotency_key,
    int_field,
    json_answer,
    number_field,
    read_json,
    text_field,
)


def create_shop_app(
    world: ShopWorld,
    *,
    token: str,
    faults: FaultBook | None = None,
    callbacks: ShopCallbacks | None = None,
    clock: Clock = system_clock,
) -> ASGIApp:
    """Builds the shop's ASGI application.

    Args:
        world: The shop's truth; the caller closes it.
        token: The bearer token every request must carry, the control paths too.
        faults: Faults to play; a new empty book by default.
        callbacks: How the shop answers later; closed with the application. Without them nobody is called back.
        clock: For the record of requests.
    """
    book = faults or FaultBook(clock)
    answering = callbacks or ShopCallbacks({}, clock=clock)
    shop = _Shop(world, answering)
    desk = ServiceDesk(AfterSales(world, clock))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with answering.delivering():
            yield

    routes = [
        Route("/_sandbox/health", answer_health),
        Route("/_sandbox/people", shop.people),
        Route("/_sandbox/orders/{id}", shop.alter_order, methods=["POST"]),
        Route("/_sandbox/customers/{id}", shop.set_tier, methods=["POST"]),
        Route("/_sandbox/core", shop.point_at_core, methods=["POST"]),
        Route("/_sandbox/investigations", shop.list_investigations),
        Route("/_sandbox/investigations/{id}", shop.close_investigation, methods=["POST"]),
        Route("/_sandbox/callbacks", shop.arm_callbacks, methods=["POST"]),
        Route("/_sandbox/callbacks", shop.show_callbacks, methods=["GET"]),
        *book.routes(),
        Route("/v1/customers", shop.find_customers),
        Route("/v1/customers/{id}", shop.read(world.customer)),
        Route("/v1/customers/{id}/orders", shop.listing("orders", world.orders_of)),
        Route("/v1/customers/{id}/subscriptions", shop.listing("subscriptions", world.subscriptions_of)),
        Route("/v1/orders/{id}", shop.read(world.order)),
        Route("/v1/orders/{id}/payments", shop.listing("payments", world.payments_of)),
        Route("/v1/orders/{id}/parcels", shop.listing("parcels", world.parcels_of)),
        Route("/v1/orders/{id}/cancel", shop.cancel_order, methods=["POST"]),
        Route("/v1/orders/{id}/address", desk.change_address, methods=["POST"]),
        Route("/v1/orders/{id}/returns", desk.open_return, methods=["POST"]),
        Route("/v1/orders/{id}/documents", desk.send_document, methods=["POST"]),
        Route("/v1/orders/{id}/credits", desk.grant_credit, methods=["POST"]),
        Route("/_sandbox/orders/{id}/ledger", desk.show_ledger),
        Route("/v1/payments/{id}/refunds", shop.refund, methods=["POST"]),
        Route("/v1/refunds", shop.find_refunds),
        Route("/v1/credits", shop.periods.credits),
        Route("/v1/writes", shop.find_write),
        Route("/v1/parcels/{id}", shop.read(world.parcel)),
        Route("/v1/parcels/{id}/investigations", shop.investigate, methods=["POST"]),
        Route("/v1/investigations/{id}", shop.read(world.investigation)),
        Route("/v1/subscriptions/{id}", shop.read(world.subscription)),
        *(
            Route(f"/v1/subscriptions/{{id}}/{change}", shop.change_subscription(change), methods=["POST"])
            for change in _CHANGES
        ),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={Refusal: answer_refusal, 404: answer_not_found, 405: answer_wrong_method},
    )
    return FaultGate(BearerGate(app, token), book)


_CHANGES: tuple[SubscriptionChange, ...] = ("cancel", "pause", "resume")
_Endpoint = Callable[[Request], Any]


class _Shop:
    """The endpoints; each runs its piece of SQLite in a thread, so a slow disk never blocks the loop."""

    def __init__(self, world: ShopWorld, callbacks: ShopCallbacks) -> None:
        self._world = world
        self._callbacks = callbacks
        self.periods = Periods(world)

    def read(self, one: Callable[[str], Row]) -> _Endpoint:
        """Makes the endpoint that answers one object."""

        async def endpoint(request: Request) -> Response:
            return json_answer(await asyncio.to_thread(one, request.path_params["id"]))

        return endpoint

    def listing(self, name: str, many: Callable[[str], list[Row]]) -> _Endpoint:
        """Makes the endpoint that answers a list under ``name``."""

        async def endpoint(request: Request) -> Response:
            return json_answer({name: await asyncio.to_thread(many, request.path_params["id"])})

        return endpoint

    async def find_customers(self, request: Request) -> Response:
        """``GET /v1/customers?email=``."""
        email = request.query_params.get("email", "")
        if not email:
            raise Refusal(422, "invalid_field", "email is needed.")
        return json_answer({"customers": await asyncio.to_thread(self._world.customers_by_email, email)})

    async def refund(self, request: Request) -> Response:
        """``POST /v1/payments/{id}/refunds``: 201 the first time, 200 for the same key and body again."""
        key = idempotency_key(request)
        body = await read_json(request)
        amount = int_field(body, "amount_minor")
        currency = text_field(body, "currency", limit=3)
        reason = text_field(body, "reason", default="")
        refund, made = await asyncio.to_thread(
            self._world.refund,
            request.path_params["id"],
            amount_minor=amount,
            currency=currency,
            reason=reason,
            idempotency_key=key,
        )
        return json_answer(refund, 201 if made else 200)

    async def find_refunds(self, request: Request) -> Response:
        """``GET /v1/refunds?idempotency_key=``, ``?payment_id=`` or ``?customer_id=&from=&until=``; read-your-writes."""
        if "customer_id" in request.query_params:
            return await self.periods.refunds(request)
        key = request.query_params.get("idempotency_key")
        payment = request.query_params.get("payment_id")
        if (key is None) == (payment is None):
            raise Refusal(422, "invalid_field", "Give idempotency_key, payment_id or customer_id.")
        found = await asyncio.to_thread(self._world.refunds, idempotency_key=key, payment_id=payment)
        return json_answer({"refunds": found})

    async def find_write(self, request: Request) -> Response:
        """``GET /v1/writes?idempotency_key=``: any write by its key; read-your-writes."""
        key = request.query_params.get("idempotency_key", "")
        if not key:
            raise Refusal(422, "invalid_field", "idempotency_key is needed.")
        found = await asyncio.to_thread(self._world.write_made, key)
        return json_answer({"writes": [] if found is None else [found]})

    async def cancel_order(self, request: Request) -> Response:
        """``POST /v1/orders/{id}/cancel``."""
        key = idempotency_key(request)
        reason = text_field(await read_json(request, required=False), "reason", default="")
        order, _ = await asyncio.to_thread(
            self._world.cancel_order, request.path_params["id"], reason=reason, idempotency_key=key
        )
        return json_answer(order)

    def change_subscription(self, change: SubscriptionChange) -> _Endpoint:
        """Makes ``POST /v1/subscriptions/{id}/cancel|pause|resume``."""

        async def endpoint(request: Request) -> Response:
            key = idempotency_key(request)
            said = text_field(await read_json(request, required=False), "confirmed_by", default="", storable=False)
            subscription, _ = await asyncio.to_thread(
                self._world.change_subscription, request.path_params["id"], change, idempotency_key=key, said=said
            )
            return json_answer(subscription)

        return endpoint

    async def investigate(self, request: Request) -> Response:
        """``POST /v1/parcels/{id}/investigations``: 202, taken; the answer comes by a callback or is looked up."""
        key = idempotency_key(request)
        body = await read_json(request)
        reason = text_field(body, "reason", default="")
        account = text_field(body, "account", default="", limit=80)
        found, _ = await asyncio.to_thread(
            self._world.investigate, request.path_params["id"], reason=reason, account=account, idempotency_key=key
        )
        return json_answer(found, 202)

    async def list_investigations(self, _request: Request) -> Response:
        """``GET /_sandbox/investigations``."""
        return json_answer({"investigations": await asyncio.to_thread(self._world.investigations)})

    async def close_investigation(self, request: Request) -> Response:
        """``POST /_sandbox/investigations/{id} {finding?, note?}``: the carrier answers, and the core is called back."""
        body = await read_json(request)
        finding = text_field(body, "finding", limit=40) if body.get("finding") is not None else None
        note = text_field(body, "note", default="", storable=False)
        closed = await asyncio.to_thread(
            self._world.close_investigation, request.path_params["id"], finding=finding, note=note
        )
        event = self._callbacks.answer(closed["account"], closed["id"], closed)
        return json_answer({"event_id": event, "investigation": closed}, 202)

    async def point_at_core(self, request: Request) -> Response:
        """``POST /_sandbox/core {"core_url": …|null}``: where callbacks go."""
        value: Any = (await read_json(request)).get("core_url")
        try:
            url = None if value is None else loopback_url(str(value))
        except ValueError as error:
            raise Refusal(422, "invalid_field", f"{error}.") from None
        self._callbacks.point_at(url)
        return json_answer({"core_url": url})

    async def arm_callbacks(self, request: Request) -> Response:
        """``POST /_sandbox/callbacks {times, duplicate?, race?, delay_seconds?}``: mishaps for the next callbacks."""
        body = await read_json(request)
        times, duplicate = int_field(body, "times", default=1), int_field(body, "duplicate", default=0)
        if not 1 <= times <= 1_000 or not 0 <= duplicate <= 100:
            raise Refusal(422, "invalid_field", "times must be 1 to 1000 and duplicate 0 to 100.")
        delay = number_field(body, "delay_seconds", default=0.0)
        self._callbacks.arm(Mishaps(times, duplicate, body.get("race") is True, delay))
        return json_answer({"times": times, "duplicate": duplicate, "delay_seconds": delay}, 201)

    async def show_callbacks(self, _request: Request) -> Response:
        """``GET /_sandbox/callbacks``: what no core has taken yet."""
        return json_answer(self._callbacks.outbox())

    async def people(self, _request: Request) -> Response:
        """``GET /_sandbox/people``: for the crowd of customers."""
        people = await asyncio.to_thread(self._world.people)
        return json_answer({"people": [person.as_json() for person in people]})

    async def set_tier(self, request: Request) -> Response:
        """``POST /_sandbox/customers/{id}``: what kind of customer somebody is; an empty tier is none."""
        tier = text_field(await read_json(request), "tier")
        if tier and not (tier.isascii() and tier.replace("_", "").isalnum() and tier.islower() and len(tier) <= 40):
            raise Refusal(422, "invalid_field", "A tier is one word of small letters.")
        return json_answer(await asyncio.to_thread(self._world.set_tier, request.path_params["id"], tier or None))

    async def alter_order(self, request: Request) -> Response:
        """``POST /_sandbox/orders/{id}``: changes what somebody may be waiting on."""
        body = await read_json(request)
        unknown = set(body) - {"status", "note", "refund_elsewhere_minor"}
        if unknown:
            raise Refusal(422, "invalid_field", f"Unknown: {', '.join(sorted(unknown))[:200]}.")
        refunded = int_field(body, "refund_elsewhere_minor", default=0)
        if refunded < 0:
            raise Refusal(422, "invalid_field", "refund_elsewhere_minor cannot be negative.")
        order = await asyncio.to_thread(
            self._world.alter_order,
            request.path_params["id"],
            status=text_field(body, "status") if "status" in body else None,
            note=text_field(body, "note") if "note" in body else None,
            refund_elsewhere_minor=refunded,
        )
        return json_answer(order)

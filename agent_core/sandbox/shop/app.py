"""The shop's JSON API over HTTP. The paths, fields and promises are described in ``agent_core/sandbox/README.md``.

Why it exists: the core's commerce client must meet a server, not a mock (R-I5). It must never decide anything about money
by itself; :class:`~agent_core.sandbox.shop.world.ShopWorld` does.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent_core.sandbox.clock import Clock, system_clock
from agent_core.sandbox.faults import FaultBook, FaultGate
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
    read_json,
    text_field,
)


def create_shop_app(
    world: ShopWorld, *, token: str, faults: FaultBook | None = None, clock: Clock = system_clock
) -> ASGIApp:
    """Builds the shop's ASGI application.

    Args:
        world: The shop's truth; the caller closes it.
        token: The bearer token every request must carry, the control paths too.
        faults: Faults to play; a new empty book by default.
        clock: For the record of requests.
    """
    book = faults or FaultBook(clock)
    shop = _Shop(world)
    routes = [
        Route("/_sandbox/health", answer_health),
        Route("/_sandbox/people", shop.people),
        Route("/_sandbox/orders/{id}", shop.alter_order, methods=["POST"]),
        *book.routes(),
        Route("/v1/customers", shop.find_customers),
        Route("/v1/customers/{id}", shop.read(world.customer)),
        Route("/v1/customers/{id}/orders", shop.listing("orders", world.orders_of)),
        Route("/v1/customers/{id}/subscriptions", shop.listing("subscriptions", world.subscriptions_of)),
        Route("/v1/orders/{id}", shop.read(world.order)),
        Route("/v1/orders/{id}/payments", shop.listing("payments", world.payments_of)),
        Route("/v1/orders/{id}/parcels", shop.listing("parcels", world.parcels_of)),
        Route("/v1/orders/{id}/cancel", shop.cancel_order, methods=["POST"]),
        Route("/v1/payments/{id}/refunds", shop.refund, methods=["POST"]),
        Route("/v1/refunds", shop.find_refunds),
        Route("/v1/writes", shop.find_write),
        Route("/v1/parcels/{id}", shop.read(world.parcel)),
        Route("/v1/subscriptions/{id}", shop.read(world.subscription)),
        *(
            Route(f"/v1/subscriptions/{{id}}/{change}", shop.change_subscription(change), methods=["POST"])
            for change in _CHANGES
        ),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={Refusal: answer_refusal, 404: answer_not_found, 405: answer_wrong_method},
    )
    return FaultGate(BearerGate(app, token), book)


_CHANGES: tuple[SubscriptionChange, ...] = ("cancel", "pause", "resume")
_Endpoint = Callable[[Request], Any]


class _Shop:
    """The endpoints; each runs its piece of SQLite in a thread, so a slow disk never blocks the loop."""

    def __init__(self, world: ShopWorld) -> None:
        self._world = world

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
        """``GET /v1/refunds?idempotency_key=`` or ``?payment_id=``; read-your-writes."""
        key = request.query_params.get("idempotency_key")
        payment = request.query_params.get("payment_id")
        if (key is None) == (payment is None):
            raise Refusal(422, "invalid_field", "Give either idempotency_key or payment_id.")
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
            subscription, _ = await asyncio.to_thread(
                self._world.change_subscription, request.path_params["id"], change, idempotency_key=key
            )
            return json_answer(subscription)

        return endpoint

    async def people(self, _request: Request) -> Response:
        """``GET /_sandbox/people``: for the crowd of customers."""
        people = await asyncio.to_thread(self._world.people)
        return json_answer({"people": [person.as_json() for person in people]})

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

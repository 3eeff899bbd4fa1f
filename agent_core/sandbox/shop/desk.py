"""The endpoints of the shop's service desk: what `AfterSales` does, over HTTP.

It must never decide anything; it reads requests and writes answers.
"""

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from agent_core.sandbox.shop.aftersales import AfterSales, DocumentKind, ReturnKind
from agent_core.sandbox.wire import Refusal, idempotency_key, int_field, json_answer, read_json, text_field


class ServiceDesk:
    """Each runs its piece of SQLite in a thread; 201 the first time, 200 for the same key and body again."""

    def __init__(self, sales: AfterSales) -> None:
        self._sales = sales

    async def change_address(self, request: Request) -> Response:
        """``POST /v1/orders/{id}/address {address}``."""
        key, body = idempotency_key(request), await read_json(request)
        order, made = await asyncio.to_thread(
            self._sales.change_address, request.path_params["id"], address=text_field(body, "address"), idempotency_key=key
        )
        return json_answer(order, 201 if made else 200)

    async def open_return(self, request: Request) -> Response:
        """``POST /v1/orders/{id}/returns {kind: refund|exchange, reason?}``."""
        key, body = idempotency_key(request), await read_json(request)
        opened, made = await asyncio.to_thread(
            self._sales.open_return,
            request.path_params["id"],
            kind=cast("ReturnKind", _one_of(text_field(body, "kind"), "kind", ("refund", "exchange"))),
            reason=text_field(body, "reason", default=""),
            idempotency_key=key,
        )
        return json_answer(opened, 201 if made else 200)

    async def send_document(self, request: Request) -> Response:
        """``POST /v1/orders/{id}/documents {document: confirmation|invoice}``."""
        key, body = idempotency_key(request), await read_json(request)
        document = cast("DocumentKind", _one_of(text_field(body, "document"), "document", ("confirmation", "invoice")))
        sent, made = await asyncio.to_thread(
            self._sales.send_document, request.path_params["id"], document=document, idempotency_key=key
        )
        return json_answer(sent, 201 if made else 200)

    async def grant_credit(self, request: Request) -> Response:
        """``POST /v1/orders/{id}/credits {amount_minor, currency, reason?}``."""
        key, body = idempotency_key(request), await read_json(request)
        granted, made = await asyncio.to_thread(
            self._sales.grant_credit,
            request.path_params["id"],
            amount_minor=int_field(body, "amount_minor"),
            currency=text_field(body, "currency", limit=3),
            reason=text_field(body, "reason", default=""),
            idempotency_key=key,
        )
        return json_answer(granted, 201 if made else 200)

    async def show_ledger(self, request: Request) -> Response:
        """``GET /_sandbox/orders/{id}/ledger``: everything done for an order."""
        return json_answer(await asyncio.to_thread(self._sales.ledger, request.path_params["id"]))


def _one_of(value: str, name: str, words: tuple[str, ...]) -> str:
    if value not in words:
        raise Refusal(422, "invalid_field", f"{name} must be {' or '.join(words)}.")
    return value

"""What a shop does for people after they have bought: another address, a way back, papers again, a credit.

Why it exists: a support agent must meet the rules a real shop has (a parcel that left keeps its address, a return has an
end), so that its refusals are normal paths (R-I1, R-I5). Every write is made once per key, as the world's own are.
"""

import re
from datetime import datetime, timedelta
from typing import Literal

from agent_core.sandbox.clock import Clock, iso
from agent_core.sandbox.shop.seeding import Row
from agent_core.sandbox.shop.tables import insert
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal, fingerprint

ReturnKind = Literal["refund", "exchange"]
DocumentKind = Literal["confirmation", "invoice"]
RETURN_DAYS = 60
MOST_CREDIT_MINOR = 10_000

_ADDRESS = re.compile(
    r"(?P<line1>[^,\n]{3,80}),\s*(?P<postal_code>[A-Za-z0-9][A-Za-z0-9 -]{2,9})\s+(?P<city>[^,\n\d]{2,60})"
)


class AfterSales:
    """The writes of a shop's service desk; see `ShopWorld` for what they promise."""

    def __init__(self, world: ShopWorld, clock: Clock) -> None:
        self._world = world
        self._clock = clock

    def change_address(self, order_id: str, *, address: str, idempotency_key: str) -> tuple[Row, bool]:
        """Sends an order elsewhere, as long as it has not left.

        Args:
            order_id: The order.
            address: `Street 12, 20095 Hamburg`; the country stays.
            idempotency_key: One key, one change.

        Raises:
            Refusal: 404 unknown; 409 `already_sent`; 422 `invalid_address`.
        """

        def perform() -> Row:
            order = self._world.order(order_id)
            if order["status"] not in {"placed", "packed"}:
                raise Refusal(409, "already_sent", f"The order is {order['status']}; its address cannot be changed.")
            read = _ADDRESS.fullmatch(address.strip())
            if read is None:
                raise Refusal(422, "invalid_address", "An address is street and number, a comma, postal code and city.")
            return self._world.set_address(order_id, {**order["address"], **read.groupdict()})

        return self._world.once(f"POST /v1/orders/{order_id}/address", idempotency_key, {"address": address}, perform)

    def open_return(self, order_id: str, *, kind: ReturnKind, reason: str, idempotency_key: str) -> tuple[Row, bool]:
        """Opens a return and sends its label; money moves when it has arrived, never here.

        Raises:
            Refusal: 404 unknown; 409 `not_delivered`, `too_late` or `already_returned`.
        """

        def perform() -> Row:
            order = self._world.order(order_id)
            if order["status"] != "delivered":
                raise Refusal(409, "not_delivered", f"The order is {order['status']}; there is nothing to send back yet.")
            if self._clock() - datetime.fromisoformat(order["placed_at"]) > timedelta(days=RETURN_DAYS):
                raise Refusal(409, "too_late", f"A return is possible for {RETURN_DAYS} days.")
            if self._world.many("SELECT 1 FROM returns WHERE order_id = ?", order_id):
                raise Refusal(409, "already_returned", "A return for this order is open already.")
            row: Row = {
                "id": _named("ret", idempotency_key), "order_id": order_id, "kind": kind, "reason": reason,
                "status": "label_sent", "label": _named("LBL", order_id)[:16].upper(),
                "opened_at": iso(self._clock()),
            }  # fmt: skip
            insert(self._world.connection, "returns", row)
            return row

        body = {"kind": kind, "reason": reason}
        return self._world.once(f"POST /v1/orders/{order_id}/returns", idempotency_key, body, perform)

    def send_document(self, order_id: str, *, document: DocumentKind, idempotency_key: str) -> tuple[Row, bool]:
        """Sends a paper again, to the address the customer gave when they ordered and to no other.

        Raises:
            Refusal: 404 unknown; 409 `no_invoice` for an order nothing was paid for.
        """

        def perform() -> Row:
            order = self._world.order(order_id)
            if document == "invoice" and order["payment"]["captured_minor"] == 0:
                raise Refusal(409, "no_invoice", "Nothing was paid for this order, so there is no invoice.")
            row: Row = {
                "id": _named("doc", idempotency_key), "order_id": order_id, "document": document,
                "sent_to": self._world.customer(order["customer_id"])["email"], "sent_at": iso(self._clock()),
            }  # fmt: skip
            insert(self._world.connection, "documents", row)
            return row

        return self._world.once(f"POST /v1/orders/{order_id}/documents", idempotency_key, {"document": document}, perform)

    def grant_credit(
        self, order_id: str, *, amount_minor: int, currency: str, reason: str, idempotency_key: str
    ) -> tuple[Row, bool]:
        """Gives the customer of an order a credit for the next one.

        Raises:
            Refusal: 404 unknown; 422 `invalid_amount`, `currency_mismatch` or `amount_too_large`.
        """
        body = {"amount_minor": amount_minor, "currency": currency, "reason": reason}

        def perform() -> Row:
            order = self._world.order(order_id)
            if amount_minor <= 0:
                raise Refusal(422, "invalid_amount", "The amount must be positive, in minor units.")
            if currency != order["total"]["currency"]:
                raise Refusal(422, "currency_mismatch", f"The order was paid in {order['total']['currency']}.")
            if amount_minor > MOST_CREDIT_MINOR:
                raise Refusal(422, "amount_too_large", f"A credit is at most {MOST_CREDIT_MINOR}.")
            row: Row = {
                "id": _named("cr", idempotency_key), "order_id": order_id, "customer_id": order["customer_id"],
                "amount_minor": amount_minor, "currency": currency, "reason": reason, "created_at": iso(self._clock()),
            }  # fmt: skip
            insert(self._world.connection, "credits", row)
            return row

        return self._world.once(f"POST /v1/orders/{order_id}/credits", idempotency_key, body, perform)

    def ledger(self, order_id: str) -> dict[str, list[Row]]:
        """Everything done for an order; for tests and the control side."""
        return {
            "returns": self._world.many("SELECT * FROM returns WHERE order_id = ? ORDER BY opened_at, id", order_id),
            "documents": self._world.many("SELECT * FROM documents WHERE order_id = ? ORDER BY sent_at, id", order_id),
            "credits": self._world.many("SELECT * FROM credits WHERE order_id = ? ORDER BY created_at, id", order_id),
        }


def _named(prefix: str, key: str) -> str:
    return f"{prefix}_{fingerprint(key, {})[:20]}"

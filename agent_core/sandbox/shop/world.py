"""The shop's truth: what was ordered, paid, refunded, sent and subscribed, and the only code that may change it.

Why it exists: refunds must be safe here the way they are safe at a good vendor, so that our client's retries can be proven
against it (R-C6, R-I5): one idempotency key, one refund; never more refunded than captured; a look-up by key that sees every
write that was ever acknowledged (read-your-writes). It must never know anything of HTTP.

Safe from several threads and several processes: one lock here, ``BEGIN IMMEDIATE`` and a CHECK constraint in the file.
"""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal, Self

from agent_core.sandbox.clock import Clock, iso, system_clock
from agent_core.sandbox.shop.people import KnownOrder, KnownPerson
from agent_core.sandbox.shop.seeding import OrderNumbers, Row, seed_rows
from agent_core.sandbox.shop.tables import (
    SCHEMA_VERSION,
    WorldUnusable,
    add_later_tables,
    connect,
    fill,
    insert,
    plain,
    recorded_meta,
)
from agent_core.sandbox.wire import Refusal, fingerprint

DEFAULT_CUSTOMERS = 300
SubscriptionChange = Literal["cancel", "pause", "resume"]
_SUBSCRIPTION_MOVES: dict[SubscriptionChange, tuple[tuple[str, ...], str]] = {
    "cancel": (("active", "paused"), "cancelled"),
    "pause": (("active",), "paused"),
    "resume": (("paused",), "active"),
}


class ShopWorld:
    """The seeded shop.

    Every refused operation raises :class:`~agent_core.sandbox.wire.Refusal` with status, code and sentence. Amounts are
    integer minor units; times are ISO 8601 UTC texts.
    """

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self.connection = connection
        self._clock = clock
        self._lock = threading.RLock()

    @classmethod
    def seeded(cls, seed: int = 1, customers: int = DEFAULT_CUSTOMERS, clock: Clock = system_clock) -> Self:
        """Builds a world in memory; the same seed, size and moment give the same world."""
        return cls._open(":memory:", seed, customers, clock)

    @classmethod
    def open(
        cls,
        path: Path,
        seed: int = 1,
        customers: int = DEFAULT_CUSTOMERS,
        clock: Clock = system_clock,
        numbers: OrderNumbers | None = None,
    ) -> Self:
        """Opens the world stored at ``path``, building it there the first time.

        Raises:
            WorldUnusable: The file cannot be opened, or was made from another seed, size or version.
        """
        return cls._open(str(path), seed, customers, clock, numbers)

    @classmethod
    def _open(cls, path: str, seed: int, customers: int, clock: Clock, numbers: OrderNumbers | None = None) -> Self:
        connection = connect(path)
        try:
            wanted = {"schema": str(SCHEMA_VERSION), "seed": str(seed), "customers": str(customers)}
            if numbers is not None:
                wanted["orders"] = f"{numbers.prefix} {numbers.suffix} {numbers.ahead} {numbers.width}"
            found = recorded_meta(connection)
            if not found:
                fill(connection, seed_rows(seed, customers, clock(), numbers), wanted)
            elif found != wanted:
                raise WorldUnusable(
                    "The shop's file was made from another seed or version. Remove it or choose another path.",
                    f"{path}: found {found}, wanted {wanted}",
                )
            add_later_tables(connection)
        except sqlite3.Error as error:
            connection.close()
            raise WorldUnusable("The shop's file cannot be used. Choose another path.", f"{path}: {error}") from error
        except BaseException:
            connection.close()
            raise
        return cls(connection, clock)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # -- reading ----------------------------------------------------------------------------------------------------------

    def customer(self, customer_id: str) -> Row:
        """Answers a customer, with their tier where they have one."""
        return self._one("customers", "id", customer_id, "customer") | {"tier": self._tier(customer_id)}

    def customers_by_email(self, email: str) -> list[Row]:
        """Answers the customers with this address: none or one; letter case does not matter."""
        found = self.many("SELECT * FROM customers WHERE email = ?", email)
        return [row | {"tier": self._tier(row["id"])} for row in found]

    def order(self, order_id: str) -> Row:
        """Answers an order with its total and what was paid and refunded."""
        return self._order_view(self._one("orders", "id", order_id, "order"))

    def orders_of(self, customer_id: str) -> list[Row]:
        """Answers a customer's orders, newest first."""
        self.customer(customer_id)
        found = self.many("SELECT * FROM orders WHERE customer_id = ? ORDER BY placed_at DESC, id DESC", customer_id)
        return [self._order_view(row) for row in found]

    def payments_of(self, order_id: str) -> list[Row]:
        """Answers the payments captured for an order, oldest first; an order charged twice has two."""
        self._one("orders", "id", order_id, "order")
        found = self.many("SELECT * FROM payments WHERE order_id = ? ORDER BY captured_at, id", order_id)
        return [row | {"refundable_minor": row["amount_minor"] - row["refunded_minor"]} for row in found]

    def refunds(self, *, idempotency_key: str | None = None, payment_id: str | None = None) -> list[Row]:
        """Answers the refunds made under a key or from a payment.

        Promise (read-your-writes): once :meth:`refund` has committed, this finds it, in every process. *Not found* by key
        therefore means that it did not happen, as soon as the first attempt can no longer be under way.
        """
        if idempotency_key is not None:
            return self.many("SELECT * FROM refunds WHERE idempotency_key = ?", idempotency_key)
        self._one("payments", "id", payment_id or "", "payment")
        return self.many("SELECT * FROM refunds WHERE payment_id = ? ORDER BY id", payment_id or "")

    def write_made(self, idempotency_key: str) -> Row | None:
        """Answers what a write under this key did, whatever kind it was, or None; the same promise as :meth:`refunds`."""
        found = self.many("SELECT operation, answer, created_at FROM writes WHERE idempotency_key = ?", idempotency_key)
        return found[0] | {"answer": json.loads(found[0]["answer"])} if found else None

    def parcels_of(self, order_id: str) -> list[Row]:
        """Answers an order's parcels."""
        self._one("orders", "id", order_id, "order")
        return self.many("SELECT * FROM parcels WHERE order_id = ? ORDER BY tracking", order_id)

    def parcel(self, tracking: str) -> Row:
        """Answers a parcel with its carrier's events, oldest first."""
        return self._one("parcels", "tracking", tracking, "parcel")

    def subscription(self, subscription_id: str) -> Row:
        """Answers a subscription."""
        return self._one("subscriptions", "id", subscription_id, "subscription")

    def subscriptions_of(self, customer_id: str) -> list[Row]:
        """Answers a customer's subscriptions."""
        self.customer(customer_id)
        return self.many("SELECT * FROM subscriptions WHERE customer_id = ? ORDER BY id", customer_id)

    def people(self) -> list[KnownPerson]:
        """Answers everybody with what they know of their own orders; for the crowd of customers, never for the core."""
        with self._lock:
            persons: list[KnownPerson] = []
            for row in self.many("SELECT * FROM customers ORDER BY id"):
                orders = tuple(
                    KnownOrder(
                        id=order["id"],
                        status=order["status"],
                        total_minor=order["total"]["amount_minor"],
                        refundable_minor=order["payment"]["refundable_minor"],
                        charged_twice=order["payment"]["count"] > 1,
                        items=tuple(item["name"] for item in order["items"]),
                    )
                    for order in self.orders_of(row["id"])
                )
                plans = tuple(each["plan"] for each in self.subscriptions_of(row["id"]) if each["status"] == "active")
                persons.append(KnownPerson(row["id"], row["name"], row["email"], row["language"], orders, plans))
            return persons

    # -- writing ----------------------------------------------------------------------------------------------------------

    def refund(
        self, payment_id: str, *, amount_minor: int, currency: str, reason: str, idempotency_key: str
    ) -> tuple[Row, bool]:
        """Refunds a part or all of a payment, once per key.

        Returns:
            The refund, and whether it was made by this very call (False: an earlier call with the same key made it).

        Raises:
            Refusal: 404 unknown payment; 422 ``invalid_amount``, ``currency_mismatch`` or ``amount_too_large``; 409
                ``idempotency_mismatch`` when the key was used for something else.
        """
        body = {"amount_minor": amount_minor, "currency": currency, "reason": reason}

        def perform() -> Row:
            payment = self._one("payments", "id", payment_id, "payment")
            if amount_minor <= 0:
                raise Refusal(422, "invalid_amount", "The amount must be positive, in minor units.")
            if currency != payment["currency"]:
                raise Refusal(422, "currency_mismatch", f"The payment was made in {payment['currency']}.")
            left = payment["amount_minor"] - payment["refunded_minor"]
            if amount_minor > left:
                raise Refusal(422, "amount_too_large", f"Only {left} of this payment can still be refunded.")
            return self._book_refund(payment, amount_minor, reason, idempotency_key)

        return self.once(f"POST /v1/payments/{payment_id}/refunds", idempotency_key, body, perform)

    def cancel_order(self, order_id: str, *, reason: str, idempotency_key: str) -> tuple[Row, bool]:
        """Cancels an order that was not sent yet; money is not moved by it.

        Raises:
            Refusal: 404 unknown; 409 ``not_cancellable`` or ``idempotency_mismatch``.
        """

        def perform() -> Row:
            order = self._one("orders", "id", order_id, "order")
            if order["status"] not in {"placed", "packed"}:
                raise Refusal(409, "not_cancellable", f"The order is {order['status']} and cannot be cancelled.")
            self.connection.execute(
                "UPDATE orders SET status = 'cancelled', cancelled_at = ? WHERE id = ?", (iso(self._clock()), order_id)
            )
            return self.order(order_id)

        return self.once(f"POST /v1/orders/{order_id}/cancel", idempotency_key, {"reason": reason}, perform)

    def change_subscription(
        self, subscription_id: str, change: SubscriptionChange, *, idempotency_key: str, said: str = ""
    ) -> tuple[Row, bool]:
        """Cancels, pauses or resumes a subscription. `said`: the words with which its owner confirmed it.

        Raises:
            Refusal: 404 unknown; 409 ``not_possible`` or ``idempotency_mismatch``.
        """

        def perform() -> Row:
            subscription = self.subscription(subscription_id)
            before, after = _SUBSCRIPTION_MOVES[change]
            if subscription["status"] not in before:
                raise Refusal(409, "not_possible", f"A subscription that is {subscription['status']} cannot {change}.")
            self.connection.execute("UPDATE subscriptions SET status = ? WHERE id = ?", (after, subscription_id))
            return self.subscription(subscription_id)

        return self.once(
            f"POST /v1/subscriptions/{subscription_id}/{change}", idempotency_key, {"said": said} if said else {}, perform
        )

    def investigate(self, tracking: str, *, reason: str, account: str, idempotency_key: str) -> tuple[Row, bool]:
        """Asks the carrier to look for a parcel: taken at once, answered by :meth:`close_investigation` some day.

        Raises:
            Refusal: 404 unknown; 409 ``not_possible`` for one that was never sent, or ``idempotency_mismatch``.
        """

        def perform() -> Row:
            parcel = self.parcel(tracking)
            if not parcel["events"]:
                raise Refusal(409, "not_possible", "The carrier does not have this parcel yet.")
            row: Row = {
                "id": f"inv_{fingerprint(idempotency_key, {})[:20]}", "tracking": tracking, "order_id": parcel["order_id"],
                "account": account, "reason": reason, "status": "open", "finding": None, "note": "",
                "opened_at": iso(self._clock()), "closed_at": None,
            }  # fmt: skip
            insert(self.connection, "investigations", row)
            return row

        operation = f"POST /v1/parcels/{tracking}/investigations"
        return self.once(operation, idempotency_key, {"reason": reason, "account": account}, perform)

    def investigation(self, investigation_id: str) -> Row:
        """Answers an investigation."""
        return self._one("investigations", "id", investigation_id, "investigation")

    def investigations(self) -> list[Row]:
        """Answers every investigation, oldest first; for the control side."""
        return self.many("SELECT * FROM investigations ORDER BY opened_at, id")

    def close_investigation(self, investigation_id: str, *, finding: str | None, note: str) -> Row:
        """The carrier answers: what it found, or that it will not look (no finding). A second answer changes the first.

        Raises:
            Refusal: 404 unknown.
        """
        with self._writing():
            self.investigation(investigation_id)
            self.connection.execute(
                "UPDATE investigations SET status = ?, finding = ?, note = ?, closed_at = ? WHERE id = ?",
                ("declined" if finding is None else "closed", finding, note, iso(self._clock()), investigation_id),
            )
            return self.investigation(investigation_id)

    def set_address(self, order_id: str, address: dict[str, str]) -> Row:
        """Puts an address on an order, inside a write that `once` performs."""
        self.connection.execute("UPDATE orders SET address = ? WHERE id = ?", (json.dumps(address), order_id))
        return self.order(order_id)

    def alter_order(self, order_id: str, *, status: str | None, note: str | None, refund_elsewhere_minor: int) -> Row:
        """Changes an order behind the core's back, as the shop's staff would: what approvals wait on can change (R-C4).

        Args:
            order_id: The order.
            status: New status, or None.
            note: New note, or None.
            refund_elsewhere_minor: Amount to refund from its payments, oldest first; 0 for none.

        Raises:
            Refusal: 404 unknown; 422 ``invalid_field`` or ``amount_too_large``.
        """
        with self._writing():
            self._one("orders", "id", order_id, "order")
            try:
                if status is not None:
                    self.connection.execute("UPDATE orders SET status = ? WHERE id = ?", (status, order_id))
            except sqlite3.IntegrityError:
                raise Refusal(422, "invalid_field", "status is not one of the shop's.") from None
            if note is not None:
                self.connection.execute("UPDATE orders SET note = ? WHERE id = ?", (note, order_id))
            left = refund_elsewhere_minor
            for payment in self.payments_of(order_id):
                part = min(left, payment["refundable_minor"])
                if part > 0:
                    number = self._refund_count() + 1
                    self._book_refund(payment, part, "refunded elsewhere", f"elsewhere-{number}")
                    left -= part
            if left != 0:
                raise Refusal(422, "amount_too_large", "The order's payments do not hold that much.")
            return self.order(order_id)

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _book_refund(self, payment: Row, amount_minor: int, reason: str, key: str) -> Row:
        self.connection.execute(
            "UPDATE payments SET refunded_minor = refunded_minor + ? WHERE id = ?", (amount_minor, payment["id"])
        )
        refund = {
            "id": f"re_{self._refund_count() + 1:08d}",
            "payment_id": payment["id"],
            "order_id": payment["order_id"],
            "amount_minor": amount_minor,
            "currency": payment["currency"],
            "reason": reason,
            "status": "succeeded",
            "created_at": iso(self._clock()),
            "idempotency_key": key,
        }
        insert(self.connection, "refunds", refund)
        return refund

    def _refund_count(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM refunds").fetchone()[0])

    def once(self, operation: str, key: str, body: dict[str, Any], perform: Callable[[], Row]) -> tuple[Row, bool]:
        """Performs a write once per key, in one transaction; for `AfterSales` too.

        Raises:
            Refusal: 409 `idempotency_mismatch`; whatever `perform` refuses leaves the key free.
        """
        wanted = fingerprint(operation, body)
        with self._writing():
            made = self.connection.execute(
                "SELECT fingerprint, answer FROM writes WHERE idempotency_key = ?", (key,)
            ).fetchone()
            if made is not None:
                if made["fingerprint"] != wanted:
                    raise Refusal(409, "idempotency_mismatch", "This key was used for another request.")
                return json.loads(made["answer"]), False
            answer = perform()
            entry = {
                "idempotency_key": key,
                "operation": operation,
                "fingerprint": wanted,
                "answer": json.dumps(answer, ensure_ascii=True),
                "created_at": iso(self._clock()),
            }
            insert(self.connection, "writes", entry)
            return answer, True

    @contextlib.contextmanager
    def _writing(self) -> Generator[None, None, None]:
        with self._lock:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def many(self, sql: str, *values: str) -> list[Row]:
        """Answers rows of the shop's file; `sql` is code's."""
        with self._lock:
            return [plain(row) for row in self.connection.execute(sql, values)]

    def _one(self, table: str, column: str, value: str, noun: str) -> Row:
        found = self.many(f"SELECT * FROM {table} WHERE {column} = ?", value)  # noqa: S608 - names are code's
        if not found:
            raise Refusal(404, "not_found", f"There is no such {noun}.")
        return found[0]

    def set_tier(self, customer_id: str, tier: str | None) -> Row:
        """Says what kind of customer somebody is, as the shop's staff would; None takes it back.

        Raises:
            Refusal: 404 unknown.
        """
        with self._writing():
            self.customer(customer_id)
            self.connection.execute("DELETE FROM tiers WHERE customer_id = ?", (customer_id,))
            if tier is not None:
                insert(self.connection, "tiers", {"customer_id": customer_id, "tier": tier})
        return self.customer(customer_id)

    def _tier(self, customer_id: str) -> str | None:
        found = self.many("SELECT tier FROM tiers WHERE customer_id = ?", customer_id)
        return str(found[0]["tier"]) if found else None

    def _order_view(self, row: Row) -> Row:
        with self._lock:
            payments = self.payments_of(row["id"])
        total = sum(item["quantity"] * item["unit_price_minor"] for item in row["items"])
        currency = row.pop("currency")
        captured = sum(payment["amount_minor"] for payment in payments)
        refunded = sum(payment["refunded_minor"] for payment in payments)
        return row | {
            "customer_tier": self._tier(row["customer_id"]),
            "total": {"amount_minor": total, "currency": currency},
            "payment": {
                "count": len(payments),
                "captured_minor": captured,
                "refunded_minor": refunded,
                "refundable_minor": captured - refunded,
                "currency": currency,
            },
        }

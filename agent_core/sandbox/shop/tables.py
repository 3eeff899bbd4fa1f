"""The shop's SQLite tables and their first filling.

Why it exists: the stand-in must survive a restart of its process, so its truth is a file with the promise built in: a
payment can never have more refunded than captured, whatever the code above does. It must never change an existing file
that was made from another seed.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from agent_core.sandbox.errors import SandboxError
from agent_core.sandbox.shop.seeding import Row, Rows

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE customers (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE COLLATE NOCASE, phone TEXT NOT NULL,
  language TEXT NOT NULL, country TEXT NOT NULL, address TEXT NOT NULL, created_at TEXT NOT NULL) STRICT;
CREATE TABLE orders (
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL REFERENCES customers (id),
  status TEXT NOT NULL CHECK (status IN ('placed', 'packed', 'shipped', 'delivered', 'cancelled')),
  currency TEXT NOT NULL, items TEXT NOT NULL, address TEXT NOT NULL, note TEXT NOT NULL,
  placed_at TEXT NOT NULL, cancelled_at TEXT) STRICT;
CREATE INDEX orders_of_customer ON orders (customer_id);
CREATE TABLE payments (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL, captured_at TEXT NOT NULL, method TEXT NOT NULL,
  refunded_minor INTEGER NOT NULL CHECK (refunded_minor BETWEEN 0 AND amount_minor)) STRICT;
CREATE INDEX payments_of_order ON payments (order_id);
CREATE TABLE refunds (
  id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES payments (id), order_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL, reason TEXT NOT NULL,
  status TEXT NOT NULL, created_at TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE) STRICT;
CREATE INDEX refunds_of_payment ON refunds (payment_id);
CREATE TABLE parcels (
  tracking TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), carrier TEXT NOT NULL, status TEXT NOT NULL,
  eta TEXT, delivered_at TEXT, events TEXT NOT NULL) STRICT;
CREATE INDEX parcels_of_order ON parcels (order_id);
CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL REFERENCES customers (id), plan TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'cancelled')), price_minor INTEGER NOT NULL,
  currency TEXT NOT NULL, interval TEXT NOT NULL, renews_at TEXT NOT NULL) STRICT;
CREATE TABLE writes (
  idempotency_key TEXT PRIMARY KEY, operation TEXT NOT NULL, fingerprint TEXT NOT NULL, answer TEXT NOT NULL,
  created_at TEXT NOT NULL) STRICT;
"""

_LATER = """
CREATE TABLE IF NOT EXISTS investigations (
  id TEXT PRIMARY KEY, tracking TEXT NOT NULL, order_id TEXT NOT NULL, account TEXT NOT NULL, reason TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'closed', 'declined')), finding TEXT, note TEXT NOT NULL,
  opened_at TEXT NOT NULL, closed_at TEXT) STRICT;
CREATE TABLE IF NOT EXISTS returns (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('refund', 'exchange')),
  reason TEXT NOT NULL, status TEXT NOT NULL, label TEXT NOT NULL, opened_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS documents (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, document TEXT NOT NULL CHECK (document IN ('confirmation', 'invoice')),
  sent_to TEXT NOT NULL, sent_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS credits (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, customer_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL, reason TEXT NOT NULL,
  created_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tiers (customer_id TEXT PRIMARY KEY, tier TEXT NOT NULL) STRICT;
"""
"""Tables that came later: an older file gets them when it is opened."""

JSON_COLUMNS = frozenset({"items", "address", "events"})


class WorldUnusable(SandboxError):
    """The shop's file belongs to another seed or version, or cannot be opened."""

    code = "world_unusable"


def connect(path: str) -> sqlite3.Connection:
    """Opens the file at ``path`` (or ``:memory:``) for use from several threads under the caller's lock.

    Raises:
        WorldUnusable: It cannot be opened.
    """
    try:
        connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        if path != ":memory:":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        raise WorldUnusable("The shop's file cannot be opened. Choose another path.", f"{path}: {error}") from error
    return connection


def add_later_tables(connection: sqlite3.Connection) -> None:
    """Makes the tables that an older file does not have."""
    connection.executescript(_LATER)


def recorded_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """Answers what an existing file was made from; empty for a new file."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    if found is None:
        return {}
    return {str(row["name"]): str(row["value"]) for row in connection.execute("SELECT name, value FROM meta")}


def fill(connection: sqlite3.Connection, rows: Rows, meta: dict[str, str]) -> None:
    """Makes the tables and puts ``rows`` into them, all in one transaction."""
    connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}")
    _insert(connection, "customers", rows.customers)
    _insert(connection, "orders", rows.orders)
    _insert(connection, "payments", rows.payments)
    _insert(connection, "refunds", rows.refunds)
    _insert(connection, "parcels", rows.parcels)
    _insert(connection, "subscriptions", rows.subscriptions)
    _insert(connection, "meta", [{"name": name, "value": value} for name, value in meta.items()])
    connection.execute("COMMIT")


def insert(connection: sqlite3.Connection, table: str, row: Row) -> None:
    """Inserts one row; ``table`` and the column names come from code, never from outside."""
    _insert(connection, table, [row])


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    for row in rows:
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        values = [json.dumps(v, ensure_ascii=True) if k in JSON_COLUMNS else v for k, v in row.items()]
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608 - names are code's


def plain(row: sqlite3.Row) -> dict[str, Any]:
    """Answers a row as a dictionary with its JSON columns read."""
    return {name: json.loads(row[name]) if name in JSON_COLUMNS else row[name] for name in row.keys()}  # noqa: SIM118

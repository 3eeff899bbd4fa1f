"""The channel's truth: conversations, what was said by whom, and the events the core has not yet taken.

Why it exists: a reply is kept once per delivery id, and a customer's message is kept until the core has answered 2xx for
it, also across restarts of either side (R-A6, R-I3). It must never drop an event, and never change what was said.

Texts are stored as ASCII JSON, so that NULs and lone surrogates come out as they went in. All calls come from one event
loop; each takes well under a millisecond.
"""

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from agent_core.sandbox.clock import Clock, iso, system_clock
from agent_core.sandbox.errors import SandboxError
from agent_core.sandbox.wire import Refusal, fingerprint

ChannelKind = Literal["chat", "email"]
ReplyAuthor = Literal["agent", "person", "system"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
  id TEXT PRIMARY KEY, channel TEXT NOT NULL, customer TEXT NOT NULL, subject TEXT, created_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, conversation_id TEXT NOT NULL REFERENCES conversations,
  author TEXT NOT NULL, person TEXT, text TEXT NOT NULL, delivery_id TEXT UNIQUE, fingerprint TEXT,
  created_at TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS messages_of_conversation ON messages (conversation_id, seq);
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, conversation_id TEXT NOT NULL, path TEXT NOT NULL,
  body TEXT NOT NULL, place INTEGER NOT NULL, due_ms INTEGER NOT NULL, copies INTEGER NOT NULL, racing INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, last_result TEXT, delivered_at TEXT) STRICT;
CREATE INDEX IF NOT EXISTS events_waiting ON events (due_ms) WHERE delivered_at IS NULL;
"""


class LedgerUnusable(SandboxError):
    """The channel's file cannot be opened."""

    code = "ledger_unusable"


WITH_PEOPLE = "with people"
"""Stands behind the status when the core took an event and said that its agent does nothing about it now."""


@dataclass(frozen=True)
class Letter:
    """An event on its way to the core.

    Attributes:
        id: Event id, the same for every attempt and copy.
        conversation_id: Whose turn it is; one attempt at a time per conversation.
        path: Path at the core.
        body: The exact bytes to post.
        copies: How often it is to be taken, 1 without duplicates.
        racing: Whether copies are posted at the same moment.
        attempts: Attempts so far.
    """

    id: str
    conversation_id: str
    path: str
    body: bytes
    copies: int
    racing: bool
    attempts: int


class ChannelLedger:
    """The stored side of the channel."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    @classmethod
    def open(cls, path: Path | None = None, clock: Clock = system_clock) -> Self:
        """Opens the ledger at ``path``, or one in memory.

        Raises:
            LedgerUnusable: The file cannot be opened.
        """
        try:
            connection = sqlite3.connect(
                ":memory:" if path is None else str(path), timeout=10, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            if path is not None:
                connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise LedgerUnusable("The channel's file cannot be opened. Choose another path.", f"{path}: {error}") from error
        return cls(connection, clock)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    # -- what is said -----------------------------------------------------------------------------------------------------

    def begin_or_check(self, conversation_id: str, channel: str, customer: dict[str, Any], subject: str | None) -> None:
        """Makes sure the conversation exists and belongs to this customer.

        Raises:
            Refusal: 409 ``other_customer`` or ``other_channel``.
        """
        row = self._conversation_row(conversation_id)
        if row is None:
            self._connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)",
                (conversation_id, channel, _dump(customer), _dump(subject), iso(self._clock())),
            )
        elif json.loads(row["customer"])["id"] != customer["id"]:
            raise Refusal(409, "other_customer", "The conversation belongs to another customer.")
        elif row["channel"] != channel:
            raise Refusal(409, "other_channel", f"The conversation is in {row['channel']}.")

    def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Answers a conversation; ``held_for_people`` while the core has not taken everything, or left it to people.

        Raises:
            Refusal: 404.
        """
        row = self._conversation_row(conversation_id)
        if row is None:
            raise Refusal(404, "not_found", "There is no such conversation.")
        return self._conversation_view(row)

    def conversations(self) -> list[dict[str, Any]]:
        """Answers all conversations, oldest first."""
        rows = self._connection.execute("SELECT * FROM conversations ORDER BY created_at, id").fetchall()
        return [self._conversation_view(row) for row in rows]

    def say(self, conversation_id: str, author: str, text: str, *, person: dict[str, str] | None = None) -> dict[str, Any]:
        """Keeps what a customer, or a person in the channel itself, has written."""
        return self._append(conversation_id, author, text, person, None, None)

    def change(self, conversation_id: str, message_id: str, text: str | None) -> dict[str, Any]:
        """Gives a message that was written here another text, or takes it back (None). Replies of the core never change.

        Raises:
            Refusal: 404.
        """
        row = self._connection.execute(
            "SELECT * FROM messages WHERE id = ? AND conversation_id = ? AND delivery_id IS NULL",
            (message_id, conversation_id),
        ).fetchone()
        if row is None:
            raise Refusal(404, "not_found", "There is no such message.")
        self._connection.execute("UPDATE messages SET text = ? WHERE id = ?", (_dump(text or ""), message_id))
        return _message_view(row) | {"text": text or ""}

    def reply(self, conversation_id: str, by: ReplyAuthor, text: str, delivery_id: str) -> tuple[dict[str, Any], bool]:
        """Keeps a reply from the core, once per delivery id.

        Returns:
            The message, and whether this very call made it.

        Raises:
            Refusal: 404 unknown conversation; 409 ``idempotency_mismatch``.
        """
        with self.transaction():
            self.conversation(conversation_id)
            mark = fingerprint(f"POST /v1/conversations/{conversation_id}/messages", {"text": text, "by": by})
            row = self._connection.execute("SELECT * FROM messages WHERE delivery_id = ?", (delivery_id,)).fetchone()
            if row is None:
                return self._append(conversation_id, by, text, None, delivery_id, mark), True
            if row["fingerprint"] != mark:
                raise Refusal(409, "idempotency_mismatch", "This key was used for another message.")
            return _message_view(row), False

    def messages(self, conversation_id: str, after: int = 0) -> list[dict[str, Any]]:
        """Answers the messages of a conversation behind ``after``, in order.

        Raises:
            Refusal: 404.
        """
        self.conversation(conversation_id)
        rows = self._connection.execute(
            "SELECT * FROM messages WHERE conversation_id = ? AND seq > ? ORDER BY seq", (conversation_id, after)
        )
        return [_message_view(row) for row in rows]

    def delivered(self, delivery_id: str) -> list[dict[str, Any]]:
        """Answers the message kept for a delivery id: none or one. Read-your-writes."""
        rows = self._connection.execute("SELECT * FROM messages WHERE delivery_id = ?", (delivery_id,))
        return [_message_view(row) for row in rows]

    # -- what the core has not yet taken ------------------------------------------------------------------------------------

    def post(
        self,
        event: dict[str, Any],
        path: str,
        *,
        about: str | None = None,
        delay_seconds: float = 0,
        copies: int = 1,
        racing: bool = False,
    ) -> None:
        """Puts an event into the queue; ``event`` is the webhook's body and holds the event's id.

        Events about the same thing go one after another: ``about``, or else the conversation the event names.
        """
        with self.transaction():
            cursor = self._connection.execute(
                "INSERT INTO events (id, conversation_id, path, body, place, due_ms, copies, racing)"
                " VALUES (?, ?, ?, ?, 0, ?, ?, ?)",
                (
                    event["id"],
                    about or event["conversation"]["id"],
                    path,
                    _dump(event),
                    self.now_ms() + round(delay_seconds * 1000),
                    copies,
                    int(racing),
                ),
            )
            self._connection.execute("UPDATE events SET place = seq WHERE seq = ?", (cursor.lastrowid,))

    def due(self, busy: frozenset[str], limit: int) -> list[Letter]:
        """Answers events whose time has come, the first of each conversation that is not ``busy``."""
        rows = self._connection.execute(
            "SELECT * FROM events WHERE delivered_at IS NULL AND due_ms <= ? ORDER BY place", (self.now_ms(),)
        )
        found: dict[str, Letter] = {}
        for row in rows:
            if len(found) >= limit:
                break
            if row["conversation_id"] not in busy and row["conversation_id"] not in found:
                found[row["conversation_id"]] = _letter(row)
        return list(found.values())

    def seconds_until_due(self, busy: frozenset[str]) -> float | None:
        """Answers when the next event of a conversation not in ``busy`` is due; None when nothing waits."""
        rows = self._connection.execute(
            "SELECT conversation_id, due_ms FROM events WHERE delivered_at IS NULL ORDER BY due_ms"
        )
        first = next((row["due_ms"] for row in rows if row["conversation_id"] not in busy), None)
        return None if first is None else max(0.0, (first - self.now_ms()) / 1000)

    def taken(self, event_id: str, result: str, copies: int) -> None:
        """Notes that the core took ``copies`` copies; the event is done when none is left."""
        self._connection.execute(
            "UPDATE events SET attempts = attempts + 1, last_result = ?, copies = max(0, copies - ?),"
            " delivered_at = CASE WHEN copies <= ? THEN ? END WHERE id = ?",
            (result, copies, copies, iso(self._clock()), event_id),
        )

    def failed(self, event_id: str, result: str, again_in_seconds: float) -> None:
        """Notes a failed attempt and when the next one is due."""
        self._connection.execute(
            "UPDATE events SET attempts = attempts + 1, last_result = ?, due_ms = ? WHERE id = ?",
            (result, self.now_ms() + round(again_in_seconds * 1000), event_id),
        )

    def release(self, event_ids: list[str] | None = None, *, backwards: bool = False) -> None:
        """Makes waiting events due at once: all, or these; ``backwards`` turns their order round."""
        with self.transaction():
            if event_ids is None:
                self._connection.execute("UPDATE events SET due_ms = 0 WHERE delivered_at IS NULL")
                return
            places = [
                self._connection.execute("SELECT place FROM events WHERE id = ?", (event_id,)).fetchone()["place"]
                for event_id in event_ids
            ]
            for event_id, place in zip(event_ids, reversed(places) if backwards else places, strict=True):
                self._connection.execute("UPDATE events SET due_ms = 0, place = ? WHERE id = ?", (place, event_id))

    def outbox(self) -> dict[str, Any]:
        """Answers how many events wait and were delivered, and the waiting ones."""
        rows = self._connection.execute(
            "SELECT id, conversation_id, attempts, last_result FROM events WHERE delivered_at IS NULL ORDER BY place"
        )
        waiting = [dict(row) for row in rows]
        count = self._connection.execute("SELECT count(*) FROM events WHERE delivered_at IS NOT NULL").fetchone()[0]
        return {"pending": len(waiting), "delivered": count, "events": waiting[:200]}

    # -- inside -----------------------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        """Answers the present in milliseconds since 1970."""
        return round(self._clock().timestamp() * 1000)

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside is kept together or not at all; may be nested."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # after some errors SQLite has rolled back by itself
                self._connection.execute("ROLLBACK")
            raise

    def _conversation_row(self, conversation_id: str) -> sqlite3.Row | None:
        return self._connection.execute("SELECT * FROM conversations WHERE id = ?", (conversation_id,)).fetchone()

    def _conversation_view(self, row: sqlite3.Row) -> dict[str, Any]:
        waiting = self._connection.execute(
            "SELECT 1 FROM events WHERE conversation_id = ? AND delivered_at IS NULL LIMIT 1", (row["id"],)
        ).fetchone()
        held = waiting is not None or self._left_to_people(row["id"])
        return {
            "id": row["id"],
            "channel": row["channel"],
            "customer": json.loads(row["customer"]),
            "subject": json.loads(row["subject"]),
            "created_at": row["created_at"],
            "held_for_people": held,
        }

    def _left_to_people(self, conversation_id: str) -> bool:
        """Whether the core said last that its agent does nothing here, and nobody has answered the customer since."""
        said = self._connection.execute(
            "SELECT last_result FROM events WHERE conversation_id = ? ORDER BY place DESC LIMIT 1", (conversation_id,)
        ).fetchone()
        spoke = self._connection.execute(
            "SELECT author FROM messages WHERE conversation_id = ? ORDER BY seq DESC LIMIT 1", (conversation_id,)
        ).fetchone()
        left = said is not None and str(said["last_result"]).endswith(WITH_PEOPLE)
        return left and spoke is not None and spoke["author"] == "customer"

    def _append(
        self,
        conversation_id: str,
        author: str,
        text: str,
        person: dict[str, str] | None,
        delivery_id: str | None,
        mark: str | None,
    ) -> dict[str, Any]:
        # Random, never counted: a core with an old data folder must not take a fresh channel's message for a known one.
        message_id = f"msg_{secrets.token_hex(10)}"
        self._connection.execute(
            "INSERT INTO messages (id, conversation_id, author, person, text, delivery_id, fingerprint, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (message_id, conversation_id, author, _dump(person), _dump(text), delivery_id, mark, iso(self._clock())),
        )
        row = self._connection.execute("SELECT * FROM messages WHERE id = ?", (message_id,)).fetchone()
        return _message_view(row)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _message_view(row: sqlite3.Row) -> dict[str, Any]:
    view = {
        "seq": row["seq"],
        "id": row["id"],
        "conversation_id": row["conversation_id"],
        "by": row["author"],
        "text": json.loads(row["text"]),
        "delivery_id": row["delivery_id"],
        "created_at": row["created_at"],
    }
    person = json.loads(row["person"])
    return view if person is None else view | {"person": person}


def _letter(row: sqlite3.Row) -> Letter:
    return Letter(
        id=row["id"],
        conversation_id=row["conversation_id"],
        path=row["path"],
        body=row["body"].encode("ascii"),
        copies=row["copies"],
        racing=bool(row["racing"]),
        attempts=row["attempts"],
    )

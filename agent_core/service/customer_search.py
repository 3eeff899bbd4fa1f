"""Every conversation of one customer, found in what is stored about them (R-N5).

Who somebody is stands in bodies only, so they are searched: slow, complete, and rare. A conversation is found because the
channel calls its writer the same, or because a fact of it names the same address or the same customer of the shop. What is
looked for is never kept. It must never decide what is erased: people look at the list and sign it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

import sqlalchemy as sa

from agent_core.contract.erasing import FoundBy
from agent_core.contract.events import EVENT, ConversationOpened
from agent_core.contract.facts import FactKey
from agent_core.contract.ids import BrandId, StreamId
from agent_core.contract.threads import read_thread
from agent_core.store import ReadTx
from agent_core.store.tables import body, event, stream

_EMAIL: Final[FactKey] = "customer.email"
_ID: Final[FactKey] = "customer.id"

_OPENED = (
    sa.select(event.c.stream, event.c.data)
    .join(stream, stream.c.id == event.c.stream)
    .where(stream.c.kind == "conversation", stream.c.brand == sa.bindparam("brand"), event.c.seq == 1)
    .order_by(event.c.stream)
)
_THREADS = sa.select(body.c.id, body.c.data).where(
    body.c.brand == sa.bindparam("brand"), body.c.kind == "context", body.c.erased_at.is_(None)
)
_FACTS = sa.select(body.c.stream, body.c.data).where(
    body.c.brand == sa.bindparam("brand"), body.c.kind == "facts", body.c.erased_at.is_(None)
)
_FACTS_OF = _FACTS.where(body.c.stream == sa.bindparam("stream"))


@dataclass(slots=True)
class Identity:
    """What one person is called, as far as somebody knows; all of it compared without regard to case."""

    writers: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Channel and the channel's id of the customer; an empty channel is any."""
    emails: set[str] = field(default_factory=set[str])
    ids: set[str] = field(default_factory=set[str])

    @classmethod
    def typed(cls, text: str) -> "Identity":
        """Somebody of whom only this is known: an address, or an id of the channel's or the shop's."""
        name = text.strip().casefold()
        return cls(writers={("", name)}, emails={name} if "@" in name else set(), ids={name})

    def __bool__(self) -> bool:
        return bool(self.writers or self.emails or self.ids)


def identity_of(tx: ReadTx, stream_id: StreamId) -> Identity:
    """What the customer of one conversation is called there; nothing once it is erased."""
    found = Identity()
    first = tx.events(stream_id, limit=1)
    opened = first[0].event if first else None
    brand = first[0].brand if first else None
    if isinstance(opened, ConversationOpened):
        thread = tx.bodies([opened.thread]).get(opened.thread.id)
        if thread is not None:
            found.writers.add((opened.channel, read_thread(thread.text).customer.casefold()))
    for _, data in tx.connection.execute(_FACTS_OF, {"brand": brand, "stream": stream_id}):
        for key, value in _facts(data):
            if key in (_EMAIL, _ID):
                (found.emails if key == _EMAIL else found.ids).add(value)
    return found


def conversations_of(tx: ReadTx, brand: BrandId, wanted: Identity) -> dict[StreamId, set[FoundBy]]:
    """Conversations of a brand whose customer is this one, and why they are thought to be."""
    found: dict[StreamId, set[FoundBy]] = {}
    threads = {str(name): bytes(data) for name, data in tx.connection.execute(_THREADS, {"brand": brand})}
    for name, data in tx.connection.execute(_OPENED, {"brand": brand}):
        opened = EVENT.validate_json(str(data))
        kept = threads.get(opened.thread.id) if isinstance(opened, ConversationOpened) else None
        if kept is None or not isinstance(opened, ConversationOpened):
            continue
        customer = read_thread(kept.decode()).customer.casefold()
        if {(opened.channel, customer), ("", customer)} & wanted.writers:
            found.setdefault(StreamId(name), set()).add("same_writer")
    if wanted.emails or wanted.ids:
        for name, data in tx.connection.execute(_FACTS, {"brand": brand}):
            for key, value in _facts(data):
                if key == _EMAIL and value in wanted.emails:
                    found.setdefault(StreamId(name), set()).add("same_email")
                elif key == _ID and value in wanted.ids:
                    found.setdefault(StreamId(name), set()).add("same_customer")
    return found


def _facts(data: bytes) -> Iterator[tuple[str, str]]:
    """Keys and values of a body of facts, as far as they are words."""
    try:
        entries: Any = json.loads(bytes(data))
    except ValueError:
        return
    for entry in cast("list[Any]", entries) if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            value = cast("dict[str, Any]", entry)
            if isinstance(value.get("key"), str) and isinstance(value.get("value"), str):
                yield value["key"], value["value"].casefold()

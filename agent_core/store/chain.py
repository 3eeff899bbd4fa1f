"""The hash chain of one stream: what makes a changed, dropped or reordered event visible.

`hash = sha256(prev as 32 bytes + canonical({"actor", "at", "brand", "epoch", "event", "seq", "stream", "version"}))`: a
changed version number breaks the chain, too. The canonical JSON is the one that is stored, so an event that is upcast when
read still verifies: check links, not parsed events, wherever both are at hand.
This module must never read a database.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from agent_core.contract.canonical import canonical
from agent_core.contract.clock import iso
from agent_core.contract.events import Recorded
from agent_core.contract.versions import LOG_VERSION
from agent_core.store.errors import Corrupt

GENESIS = "0" * 64
"""`prev` of the first event of every stream."""


@dataclass(frozen=True, slots=True)
class Link:
    """An event as it is stored: `actor` and `event` are canonical JSON text, `at` is spelt by `clock.iso`."""

    stream: str
    brand: str | None
    seq: int
    epoch: int
    version: int
    at: str
    actor: str
    event: str
    prev: str
    hash: str


def chain_hash(
    prev: str, *, stream: str, brand: str | None, seq: int, epoch: int, version: int, at: str, actor: str, event: str
) -> str:
    """The hash of one event. `actor` and `event` are canonical JSON already, so the whole is canonical by construction."""
    text = (
        f'{{"actor":{actor},"at":"{at}","brand":{_quoted(brand)},"epoch":{epoch},"event":{event},'
        f'"seq":{seq},"stream":{_quoted(stream)},"version":{version}}}'
    )
    return hashlib.sha256(bytes.fromhex(prev) + text.encode()).hexdigest()


@lru_cache(maxsize=1024)
def _quoted(value: str | None) -> str:
    return canonical(value).decode()


def link_of(record: Recorded) -> Link:
    """The link of a record whose event was stored in the present version of the log."""
    return Link(
        stream=record.stream,
        brand=record.brand,
        seq=record.seq,
        epoch=record.epoch,
        version=LOG_VERSION,
        at=iso(record.at),
        actor=canonical(record.actor.model_dump(mode="json")).decode(),
        event=canonical(record.event.model_dump(mode="json")).decode(),
        prev=record.prev,
        hash=record.hash,
    )


def verify_chain(records: Iterable[Recorded], *, prev: str = GENESIS, after: int = 0) -> str:
    """Checks records of one stream as one unbroken chain; see `verify_links`. Not for events that were upcast."""
    return verify_links((link_of(record) for record in records), prev=prev, after=after)


def verify_links(links: Iterable[Link], *, prev: str = GENESIS, after: int = 0) -> str:
    """Checks that links of one stream follow each other without a gap and hash to what they say.

    Args:
        links: In order of `seq`, the first one being `after` + 1.
        prev: The hash of the link before the first one.
        after: The `seq` of the link before the first one.

    Returns:
        The hash of the last link, or `prev` when there is none.

    Raises:
        Corrupt: Names the first `seq` that does not hold.
    """
    stream: str | None = None
    seq = after
    for link in links:
        seq += 1
        stream = stream if stream is not None else link.stream
        expected = chain_hash(
            prev,
            stream=stream,
            brand=link.brand,
            seq=seq,
            epoch=link.epoch,
            version=link.version,
            at=link.at,
            actor=link.actor,
            event=link.event,
        )
        if (link.stream, link.seq, link.prev, link.hash) != (stream, seq, prev, expected):
            raise Corrupt(f"chain of {stream} broken at {seq}")
        prev = expected
    return prev

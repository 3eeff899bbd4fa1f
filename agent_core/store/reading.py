"""Every question that can be asked of the store, as plain functions on one connection.

The same questions serve readers (read-only connections) and checks inside a writing transaction (`ReadTx`). Nothing here
may write.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.actors import Actor
from agent_core.contract.bodies import Body, BodyRef, salted_digest
from agent_core.contract.events import ACTOR, Recorded
from agent_core.contract.ids import BodyId, BrandId, RunId, StreamId, WorkflowName
from agent_core.store.chain import Link
from agent_core.store.errors import BodyErased, Corrupt, IntentState
from agent_core.store.one_go import at_one_go
from agent_core.store.scopes import GLOBAL_SCOPE, brand_scope, workflow_in, workflows_between
from agent_core.store.statements import Several, Statement
from agent_core.store.tables import body, event, intent, meta, run_head, scope_epoch, stream, tally, unique_key
from agent_core.store.upcast import parse_event

_CHUNK = 500
"""Ids per query; SQLite allows 999 parameters in old builds."""


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a stream stands."""

    id: StreamId
    kind: str
    brand: BrandId | None
    seq: int
    epoch: int
    hash: str


@dataclass(frozen=True, slots=True)
class Stops:
    """What stands in the way of new work of a brand, read in one instant.

    Attributes:
        rows: Of everything and of the brand, by scope.
        workflows: Those of the brand that are stopped by themselves.
    """

    rows: Mapping[str, "ScopeRow"]
    workflows: frozenset[WorkflowName]

    @property
    def everything(self) -> bool:
        """The brand, or all of them, may start nothing."""
        return any(row.paused for row in self.rows.values())


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """The epoch of everything in this scope, and whether the agent is stopped there."""

    scope: str
    epoch: int
    paused: bool


@dataclass(frozen=True, slots=True)
class IntentRow:
    """Who holds an intent: a proposal or an effect of `conversation`."""

    intent_key: str
    brand: BrandId
    resource: str
    holder: str
    conversation: StreamId
    state: IntentState


@dataclass(frozen=True, slots=True)
class StandingBodies:
    """Bodies of one kind that were not erased: how many, and their bytes of UTF-8."""

    kind: str
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Where a unique key was taken."""

    stream: StreamId
    seq: int


_RECORD = sa.select(
    event.c.stream, event.c.brand, event.c.seq, event.c.epoch, event.c.at, event.c.actor, event.c.data, event.c.prev,
    event.c.hash, event.c.position, event.c.version,
)  # fmt: skip
_STREAM = Statement(
    _RECORD.where(event.c.stream == sa.bindparam("stream"), event.c.seq > sa.bindparam("after"))
    .order_by(event.c.seq)
    .limit(sa.bindparam("rows"))
)
_FEED = _RECORD.where(event.c.position > sa.bindparam("after")).order_by(event.c.position).limit(sa.bindparam("rows"))
_FEED_BRANDS = _FEED.where(event.c.brand.in_(sa.bindparam("brands", expanding=True)))
_HEAD = sa.select(stream.c.id, stream.c.kind, stream.c.brand, stream.c.seq, stream.c.epoch, stream.c.head_hash)
_HEAD_OF = Statement(_HEAD.where(stream.c.id == sa.bindparam("stream")))
_RUN_HEADS = Statement(sa.select(run_head.c.run, run_head.c.seq).where(run_head.c.stream == sa.bindparam("stream")))
_SCOPES = sa.select(scope_epoch.c.scope, scope_epoch.c.epoch, scope_epoch.c.paused)
_SCOPES_OF = Several(_SCOPES, scope_epoch.c.scope)
_WORKFLOWS_STOPPED = Statement(
    sa.select(scope_epoch.c.scope, scope_epoch.c.epoch).where(
        scope_epoch.c.scope >= sa.bindparam("low"), scope_epoch.c.scope < sa.bindparam("high"), scope_epoch.c.paused
    )
)
_TALLIES = Several(sa.select(tally.c.key, tally.c.amount), tally.c.key)
_UNIQUE_KEY = Statement(sa.select(unique_key.c.stream, unique_key.c.seq).where(unique_key.c.key == sa.bindparam("of")))
_KEYS_BETWEEN = Statement(
    sa.select(unique_key.c.stream, unique_key.c.seq)
    .where(unique_key.c.key >= sa.bindparam("low"), unique_key.c.key < sa.bindparam("high"))
    .order_by(unique_key.c.key)
)
_INTENTS = sa.select(
    intent.c.intent_key, intent.c.brand, intent.c.resource, intent.c.holder, intent.c.conversation, intent.c.state
)
_INTENT_OF = Statement(
    _INTENTS.where(intent.c.intent_key == sa.bindparam("of")).order_by(intent.c.state.desc(), intent.c.holder)
)
_INTENTS_ON = Statement(
    _INTENTS.where(intent.c.brand == sa.bindparam("of_brand"), intent.c.resource == sa.bindparam("about")).order_by(
        intent.c.holder
    )
)
_BODY = sa.select(body.c.id, body.c.kind, body.c.digest, body.c.salt, body.c.data, body.c.erased_at)
_BODY_OF = Statement(_BODY.where(body.c.id == sa.bindparam("of")))
_BODIES = _BODY.where(body.c.id.in_(sa.bindparam("ids", expanding=True)))
_STANDING_BODIES = (
    sa.select(body.c.kind, sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(body.c.data)), 0))
    .where(body.c.stream == sa.bindparam("of"), body.c.erased_at.is_(None))
    .group_by(body.c.kind)
    .order_by(body.c.kind)
)
_LINKS = (
    sa.select(
        event.c.stream, event.c.brand, event.c.seq, event.c.epoch, event.c.version, event.c.at, event.c.actor, event.c.data,
        event.c.prev, event.c.hash,
    )
    .where(event.c.stream == sa.bindparam("stream"), event.c.seq > sa.bindparam("after"))
    .order_by(event.c.seq)
)  # fmt: skip
_HASHES = Statement(
    sa.select(event.c.position, event.c.hash)
    .where(event.c.position > sa.bindparam("after"))
    .order_by(event.c.position)
    .limit(sa.bindparam("rows"))
)
_DIGESTS = re.compile(r"[0-9a-f]{128}")
"""Two digests, one behind the other."""

_ALL = 2**31 - 1
_FEW = 16
"""Rows that are looked up one by one; more are one query."""


def record_of(row: Sequence[Any]) -> Recorded:
    """The record in one row of `_RECORD`.

    Event and actor are validated, and the columns compared with what they must be; only what fits is put together without
    going through all of it once more. Anything else is left to the model, which says what is wrong.
    """
    stream_id, brand, seq, epoch, at, actor, data, prev, hash_, position, version = row
    moment, who = datetime.fromisoformat(str(at)), _actor(str(actor))
    event_ = parse_event(str(data), int(str(version)))
    texts = type(stream_id) is str and (brand is None or type(brand) is str) and type(prev) is str and type(hash_) is str
    numbers = type(seq) is int and type(epoch) is int and type(position) is int
    if texts and numbers and moment.tzinfo is UTC and moment.year >= 1000 and _DIGESTS.fullmatch(prev + hash_):
        named = None if brand is None else BrandId(brand)
        return Recorded.of_checked(
            StreamId(stream_id), named, seq, epoch, at=moment, actor=who, event=event_, prev=prev, hash=hash_,
            position=position,
        )  # fmt: skip
    return Recorded.model_validate(
        {
            "stream": stream_id,
            "brand": brand,
            "seq": seq,
            "epoch": epoch,
            "at": moment,
            "actor": who,
            "event": event_,
            "prev": prev,
            "hash": hash_,
            "position": position,
        }
    )


@lru_cache(maxsize=2_048)
def _actor(text: str) -> Actor:
    """The actor in stored JSON; the same few are in every log, and they are frozen."""
    return ACTOR.validate_json(text)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of the feed that is no record any more: where it stands is all that is known of it."""

    stream: StreamId
    brand: BrandId | None
    seq: int
    at: datetime
    position: int


def readable(row: Sequence[Any]) -> Recorded | Unreadable:
    """The record in one row, or where the row stands.

    Raises:
        Unusable: `data_newer`: nothing here is damaged.
    """
    try:
        return record_of(row)
    except (Corrupt, ValueError):
        try:
            at = datetime.fromisoformat(str(row[4]))
        except ValueError:
            at = datetime(1970, 1, 1, tzinfo=UTC)
        return Unreadable(StreamId(row[0]), row[1], int(row[2]), at, int(row[9]))


class ReadTx:
    """Questions inside one transaction: everything it answers is true at the same instant."""

    __slots__ = ("_adding", "_connection")

    def __init__(self, connection: Connection, adding: Mapping[str, int] | None = None) -> None:
        """Takes a transaction.

        Args:
            connection: In it.
            adding: What it has added to counters already, which nobody is told: they stand as they did before.
        """
        self._connection = connection
        self._adding: Mapping[str, int] = adding or {}

    @property
    def connection(self) -> Connection:
        """The connection itself, for projections that read their own views. It cannot write where nothing may."""
        return self._connection

    def head(self, stream_id: StreamId) -> StreamHead | None:
        """Where a stream stands; None when there is none."""
        row = _HEAD_OF.first(self._connection, {"stream": stream_id})
        return None if row is None else StreamHead(*row)

    def run_heads(self, stream_id: StreamId) -> dict[RunId, int]:
        """`seq` of the last event of each run."""
        return {RunId(run): seq for run, seq in _RUN_HEADS.all(self._connection, {"stream": stream_id})}

    def events(self, stream_id: StreamId, after: int = 0, limit: int | None = None) -> tuple[Recorded, ...]:
        """Records of a stream with `seq` above `after`, in order."""
        with at_one_go():
            rows = _STREAM.all(self._connection, {"stream": stream_id, "after": after, "rows": limit or _ALL})
            return tuple(map(record_of, rows))

    def feed(self, after: int, limit: int, brands: Sequence[BrandId] | None = None) -> tuple[Recorded, ...]:
        """Records of all streams in the order of their commits, `position` above `after`. `brands` hides everything else."""
        if brands is None:
            rows = self._connection.execute(_FEED, {"after": after, "rows": limit})
        else:
            rows = self._connection.execute(_FEED_BRANDS, {"after": after, "rows": limit, "brands": list(brands)})
        return tuple(record_of(row) for row in rows)

    def feed_with_gaps(self, after: int, limit: int) -> tuple[Recorded | Unreadable, ...]:
        """The feed with whatever cannot be read in its place: one damaged row hides no others (R-A9)."""
        return tuple(readable(row) for row in self._connection.execute(_FEED, {"after": after, "rows": limit}))

    def hashes(self, after: int, limit: int) -> list[tuple[int, str]]:
        """`(position, hash)` of events in the order of the feed, as safe to follow as the feed itself."""
        return [(int(row[0]), str(row[1])) for row in _HASHES.all(self._connection, {"after": after, "rows": limit})]

    def links(self, stream_id: StreamId, after: int = 0) -> Iterator[Link]:
        """The stored links of a stream, for checking its chain; to be consumed inside the transaction."""
        for row in self._connection.execute(_LINKS, {"stream": stream_id, "after": after}):
            yield Link(*row)

    def streams(self, kind: str | None = None, brand: BrandId | None = None) -> tuple[StreamHead, ...]:
        """Streams by kind and brand, in order of their ids."""
        query = _HEAD.order_by(stream.c.id)
        if kind is not None:
            query = query.where(stream.c.kind == kind)
        if brand is not None:
            query = query.where(stream.c.brand == brand)
        return tuple(StreamHead(*row) for row in self._connection.execute(query))

    def scope(self, scope: str) -> ScopeRow:
        """The scope's row; epoch 0 and not paused when it was never moved."""
        return self.scopes([scope])[scope]

    def scopes(self, names: Iterable[str] | None = None) -> dict[str, ScopeRow]:
        """Rows of the named scopes (absent ones as epoch 0), or every row there is."""
        if names is None:
            return {str(s): ScopeRow(str(s), int(e), bool(p)) for s, e, p in self._connection.execute(_SCOPES)}
        wanted = list(names)
        found = {name: ScopeRow(name, 0, paused=False) for name in wanted}
        for name, epoch, paused in _SCOPES_OF.all(self._connection, wanted):
            found[str(name)] = ScopeRow(str(name), int(epoch), bool(paused))
        return found

    def stops(self, brand: BrandId) -> "Stops":
        """How a brand stands: whether it may start anything, on which epochs, and which of its workflows are stopped."""
        low, high = workflows_between(brand)
        stopped = (workflow_in(str(row[0])) for row in _WORKFLOWS_STOPPED.all(self._connection, {"low": low, "high": high}))
        rows = self.scopes((GLOBAL_SCOPE, brand_scope(brand)))
        return Stops(rows, frozenset(name for name in stopped if name is not None))

    def unique_key(self, key: str) -> KeyUse | None:
        """Where a unique key was taken, if it was."""
        row = _UNIQUE_KEY.first(self._connection, {"of": key})
        return None if row is None else KeyUse(*row)

    def keys_beginning(self, prefix: str) -> tuple[KeyUse, ...]:
        """Where the unique keys with this beginning were taken, in their order."""
        above = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return tuple(KeyUse(*row) for row in _KEYS_BETWEEN.all(self._connection, {"low": prefix, "high": above}))

    def unique_key_exists(self, key: str) -> bool:
        """Whether a unique key was taken."""
        return self.unique_key(key) is not None

    def intent(self, intent_key: str) -> tuple[IntentRow, ...]:
        """Who holds an intent: at most one that is not executed, and every executed one."""
        return tuple(IntentRow(*row) for row in _INTENT_OF.all(self._connection, {"of": intent_key}))

    def intents(self, brand: BrandId, resource: str) -> tuple[IntentRow, ...]:
        """Every intent on one resource of a brand."""
        rows = _INTENTS_ON.all(self._connection, {"of_brand": brand, "about": resource})
        return tuple(IntentRow(*row) for row in rows)

    def tally(self, key: str) -> int:
        """The sum of a counter; 0 when nothing was added."""
        return self.tallies((key,))[key]

    def tallies(self, keys: Sequence[str]) -> dict[str, int]:
        """The sums of some counters; 0 where nothing was added."""
        stand = dict.fromkeys(keys, 0)
        for key, amount in _TALLIES.all(self._connection, keys):
            stand[str(key)] = int(amount) - self._adding.get(key, 0)
        return stand

    def meta(self, key: str) -> str | None:
        """A value about the store itself."""
        value = self._connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()
        return None if value is None else str(value)

    def bodies(self, wanted: Iterable[BodyRef | BodyId]) -> dict[BodyId, Body]:
        """Bodies by reference or id; erased ones are left out. Prefer references: they are checked against the log.

        Raises:
            Corrupt: A body is missing, or is not what its digest says.
        """
        return {
            identity: Body.model_validate({"id": identity, "kind": kind, "salt": salt, "text": data.decode()})
            for identity, kind, salt, data in self._checked(wanted)
        }

    def texts(self, wanted: Iterable[BodyRef]) -> dict[BodyId, str]:
        """The texts of bodies, checked alike; erased ones are left out.

        Raises:
            Corrupt: A body is missing, or is not what its digest says.
        """
        with at_one_go():
            return {identity: data.decode() for identity, _, _, data in self._checked(wanted)}

    def _checked(self, wanted: Iterable[BodyRef | BodyId]) -> Iterator[tuple[BodyId, str, bytes, bytes]]:
        digests: dict[str, str | None] = {}
        for item in wanted:
            if isinstance(item, BodyRef):
                digests[item.id] = item.digest
            else:
                digests[item] = None
        seen: set[str] = set()
        names = list(digests)
        for row in self._body_rows(names):
            identity, kind, digest, salt, data, erased_at = row
            seen.add(identity)
            if erased_at is not None:
                continue
            whole = isinstance(salt, bytes) and isinstance(data, bytes)
            if not whole or salted_digest(salt, data) != (digests[identity] or digest):
                raise Corrupt(f"body {identity}")
            yield identity, kind, salt, data
        if missing := set(names) - seen:
            raise Corrupt(f"body {min(missing)} is missing")

    def _body_rows(self, names: Sequence[str]) -> Iterator[Sequence[Any]]:
        if len(names) <= _FEW:
            for name in names:
                yield from _BODY_OF.all(self._connection, {"of": name})
            return
        for start in range(0, len(names), _CHUNK):
            yield from self._connection.execute(_BODIES, {"ids": names[start : start + _CHUNK]})

    def standing_bodies(self, stream_id: StreamId) -> tuple[StandingBodies, ...]:
        """How many bodies of a stream can still be read, by kind."""
        return tuple(StandingBodies(*row) for row in self._connection.execute(_STANDING_BODIES, {"of": stream_id}))

    def body(self, wanted: BodyRef | BodyId) -> Body:
        """One body.

        Raises:
            BodyErased: It was erased on purpose.
            Corrupt: It is missing, or is not what its digest says.
        """
        identity = wanted.id if isinstance(wanted, BodyRef) else wanted
        found: Mapping[BodyId, Body] = self.bodies([wanted])
        if identity not in found:
            raise BodyErased(identity)
        return found[identity]

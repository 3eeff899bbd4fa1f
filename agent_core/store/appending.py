"""How an `Append` becomes rows: prepared outside the transaction, then checked, then written.

Checked means: every fence and every check of the whole request against the state before it. Written means: events with
`seq`, `epoch` and chain, bodies, and every index that must be true in the same instant. An error leaves nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.actors import Actor
from agent_core.contract.canonical import canonical
from agent_core.contract.clock import Clock, iso
from agent_core.contract.errors import Invalid
from agent_core.contract.events import (
    ACTOR,
    EVENT,
    MAX_EVENT_BYTES,
    AnyEvent,
    EffectStarted,
    ProposalSettled,
    Proposed,
    Recorded,
    run_of,
)
from agent_core.contract.ids import BrandId, RunId, StreamId
from agent_core.contract.versions import LOG_VERSION
from agent_core.store import erasing, indexes, wakes
from agent_core.store.chain import GENESIS, chain_hash
from agent_core.store.database import Database
from agent_core.store.errors import EventTooLarge, NoSuchStream, Stale, StreamExists
from agent_core.store.reading import ReadTx
from agent_core.store.requests import Append, Appended, Committed, Draft, Fence, Priority
from agent_core.store.scopes import brand_scope
from agent_core.store.statements import Several, Statement
from agent_core.store.tables import body, run_head, scope_epoch, stream

_MAX_KEY = 400
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_HEAD = Statement(
    sa.select(stream.c.kind, stream.c.brand, stream.c.seq, stream.c.epoch, stream.c.head_hash)
    .where(stream.c.id == sa.bindparam("id"))
    .with_for_update()
)
_RUN_SEQS = Statement(sa.select(run_head.c.run, run_head.c.seq).where(run_head.c.stream == sa.bindparam("id")))
_SCOPE_ROWS = Several(  # locked in one order, whoever asks
    sa.select(scope_epoch.c.scope, scope_epoch.c.epoch, scope_epoch.c.paused)
    .order_by(scope_epoch.c.scope)
    .with_for_update(read=True),
    scope_epoch.c.scope,
)
_CREATE = Statement(sa.insert(stream), stream.c.keys())
_MOVE = Statement("UPDATE stream SET seq = :seq, epoch = :epoch, head_hash = :hash WHERE id = :id")
_MOVE_RUN = Statement(
    "INSERT INTO run_head (stream, run, seq) VALUES (:stream, :run, :seq) "
    "ON CONFLICT (stream, run) DO UPDATE SET seq = excluded.seq"
)
_BODY = Statement(sa.insert(body), body.c.keys())


@dataclass(frozen=True, slots=True)
class _Item:
    event: AnyEvent
    draft: Draft
    run: RunId | None
    actor_json: str
    event_json: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """An append with everything that can be computed and refused before a transaction exists."""

    append: Append
    items: tuple[_Item, ...]
    bodies: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class _Stand:
    """Where a stream stands while a request is being written."""

    kind: str
    brand: BrandId | None
    seq: int
    epoch: int
    hash: str


def prepare(append: Append) -> Prepared:
    """Serialises and checks what needs no database.

    Raises:
        EventTooLarge: An event has more than 8 KiB of canonical JSON.
        Invalid: `not_canonical`, `bad_event`, `bad_key`, `start_without_fence`.
    """
    items = tuple(_item(draft) for draft in append.drafts)
    for item in items:
        if isinstance(item.event, EffectStarted) and not _fenced(append.fence, item.run):
            raise Invalid("start_without_fence", "An effect may only start behind a fence.", detail=item.event.effect)
    for key in append.keys:
        if not 0 < len(key) <= _MAX_KEY or not key.isprintable():
            raise Invalid("bad_key", "This key cannot be stored.", detail=repr(key[:80]))
    rows: list[dict[str, Any]] = []
    for item_body in append.bodies:
        try:
            ref = item_body.ref
        except UnicodeEncodeError as error:
            raise Invalid("not_utf8", "This text has a character that cannot be stored.", detail=item_body.id) from error
        rows.append({
            "id": item_body.id, "stream": append.stream, "kind": item_body.kind, "digest": ref.digest,
            "salt": item_body.salt, "data": item_body.data, "erased_at": None,
        })  # fmt: skip
    return Prepared(append, items, tuple(rows))


def _item(draft: Draft) -> _Item:
    try:
        text = canonical(draft.event.model_dump(mode="json"))
        if len(text) > MAX_EVENT_BYTES:
            raise EventTooLarge(draft.event.type, len(text))
        event = EVENT.validator.validate_json(text)  # it can be read back, and the caller gets what a reader gets
        actor: Any = draft.actor  # frozen, so it hashes by content, which the type checker cannot see
        actor_json = _actor_json(actor)
    except ValueError as error:
        detail = f"{draft.event.type}: {error}"[:500]
        raise Invalid("bad_event", "This event could not be read back.", detail=detail) from error
    run: RunId | None = draft.run if draft.run is not None else run_of(event)
    return _Item(event, draft, run, actor_json, text.decode())


@lru_cache(maxsize=1024)
def _actor_json(actor: Actor) -> str:
    """The canonical JSON of an actor, which can be read back: few of them speak very often."""
    text = canonical(actor.model_dump(mode="json"))
    ACTOR.validate_json(text)
    return text.decode()


def _fenced(fence: Fence | None, run: RunId | None) -> bool:
    return fence is not None and (run is None or run in fence.run_heads)


class Writing:
    """One request on its way into the log: one or several appends, all or nothing."""

    def __init__(self, database: Database, prepared: Sequence[Prepared], clock: Clock) -> None:
        self._database = database
        self._prepared = prepared
        self._clock = clock
        self._at = _NEVER
        self._now_us = 0
        self._stands: dict[StreamId, _Stand] = {}

    def __call__(self, connection: Connection) -> tuple[tuple[Appended, ...], Committed]:
        """Checks everything, then writes everything; runs again from the beginning after a rollback."""
        self._stands.clear()
        self._at = self._clock()
        self._now_us = wakes.microseconds(self._at)
        self._check(connection, [prepared.append for prepared in self._prepared])
        written = tuple(self._write(connection, prepared) for prepared in self._prepared)
        scopes: list[str] = []
        woken: list[StreamId] = []
        for prepared in self._prepared:
            scopes.extend(self._schedule(connection, prepared.append))
            woken.extend(_woken(prepared.append))
        ended = [self._end_look(connection, p.append, records) for p, records in zip(self._prepared, written, strict=True)]
        return tuple(map(Appended, written, ended)), Committed(
            records=tuple(record for records in written for record in records),
            woken=tuple(dict.fromkeys(woken)),
            scopes=tuple(dict.fromkeys(scopes)),
            scheduled=bool(woken) or any(ended) or any(p.append.timers or p.append.wake_scopes for p in self._prepared),
        )

    def _check(self, connection: Connection, appends: Sequence[Append]) -> None:
        """Fences, then checks. Counters are added to in between, which locks their rows where a database has many writers.

        So of two that add to one counter the second checks only once the first is done, and sees it. The checks are told
        what stood there before.
        """
        for append in appends:
            stand = self._stand(connection, append)
            if append.fence is not None:
                self._fence(connection, append.stream, stand, append.fence)
        adding: dict[str, int] = {}
        for append in appends:
            for key, amount in append.tallies.items():
                adding[key] = adding.get(key, 0) + amount
        indexes.add_tallies(connection, adding)
        reading = ReadTx(connection, adding)
        for append in appends:
            for check in append.checks:
                check(reading)

    def _stand(self, connection: Connection, append: Append) -> _Stand:
        known = self._stands.get(append.stream)
        if known is None:
            row = _HEAD.first(connection, {"id": append.stream})
            known = None if row is None else _Stand(*row)
        if known is not None:
            if append.create is not None:
                raise StreamExists(append.stream)
        elif append.create is None:
            raise NoSuchStream(append.stream)
        else:
            known = _Stand(append.create.kind, append.create.brand, 0, 0, GENESIS)
            row_values = {"id": append.stream, "kind": known.kind, "brand": known.brand, "seq": 0, "epoch": 0}
            _CREATE.run(connection, {**row_values, "head_hash": GENESIS, "created_at": iso(self._at)})
            if known.brand is not None:
                indexes.know_scope(connection, brand_scope(known.brand))
        self._stands[append.stream] = known
        return known

    @staticmethod
    def _fence(connection: Connection, stream_id: StreamId, stand: _Stand, fence: Fence) -> None:
        if stand.epoch != fence.epoch:
            raise Stale("epoch", detail=f"{stream_id}: decided at {fence.epoch}, now {stand.epoch}")
        if fence.run_heads and stand.seq != fence.read:
            heads = {str(run): int(seq) for run, seq in _RUN_SEQS.all(connection, {"id": stream_id})}
            for run, seq in fence.run_heads.items():
                if heads.get(run, 0) != seq:
                    raise Stale("run", detail=f"{stream_id} {run}: decided at {seq}, now {heads.get(run, 0)}")
        if fence.scopes:
            found = _SCOPE_ROWS.all(connection, tuple(fence.scopes))
            rows = {str(scope): (int(epoch), bool(paused)) for scope, epoch, paused in found}
            for scope in fence.scopes:
                if rows.get(scope, (0, False))[1]:
                    raise Stale("paused", detail=scope)
            for scope, epoch in fence.scopes.items():
                if rows.get(scope, (0, False))[0] != epoch:
                    raise Stale("scope", detail=f"{scope}: decided at {epoch}, now {rows.get(scope, (0, False))[0]}")

    def _write(self, connection: Connection, prepared: Prepared) -> tuple[Recorded, ...]:
        append = prepared.append
        stand = self._stands[append.stream]
        if append.keys:
            indexes.take_keys(connection, append.stream, stand.seq + 1, append.keys)
        if append.erases is not None:
            erasing.erase(connection, append.stream, append.erases, iso(self._at))
        if prepared.bodies:
            made = {"brand": stand.brand, "created_at": iso(self._at)}
            _BODY.many(connection, [{**row, **made} for row in prepared.bodies])
        records = self._events(connection, append.stream, stand, prepared.items) if prepared.items else ()
        self._intents(connection, append, stand)
        return records

    def _events(
        self, connection: Connection, stream_id: StreamId, stand: _Stand, items: Sequence[_Item]
    ) -> tuple[Recorded, ...]:
        at = iso(self._at)
        rows: list[dict[str, Any]] = []
        runs: dict[str, int] = {}
        for item in items:
            prev = stand.hash
            stand.seq += 1
            stand.epoch += int(item.event.MOVES_FENCE)
            stand.hash = chain_hash(
                prev, stream=stream_id, brand=stand.brand, seq=stand.seq, epoch=stand.epoch, version=LOG_VERSION, at=at,
                actor=item.actor_json, event=item.event_json,
            )  # fmt: skip
            if item.run is not None:
                runs[item.run] = stand.seq
            rows.append({
                "stream": stream_id, "seq": stand.seq, "epoch": stand.epoch, "version": LOG_VERSION, "at": at,
                "brand": stand.brand, "type": item.event.type, "run": item.run, "actor": item.actor_json,
                "data": item.event_json, "prev": prev, "hash": stand.hash,
            })  # fmt: skip
        positions = self._database.insert_events(connection, rows)
        _MOVE.run(connection, {"id": stream_id, "seq": stand.seq, "epoch": stand.epoch, "hash": stand.hash})
        if runs:
            _MOVE_RUN.many(connection, [{"stream": stream_id, "run": run, "seq": seq} for run, seq in runs.items()])
        return tuple(
            Recorded.of_checked(  # in `prepare`, or made here
                stream_id, stand.brand, row["seq"], row["epoch"], self._at, item.draft.actor, item.event, row["prev"],
                row["hash"], position,
            )
            for item, row, position in zip(items, rows, positions, strict=True)
        )  # fmt: skip

    @staticmethod
    def _intents(connection: Connection, append: Append, stand: _Stand) -> None:
        for draft in append.drafts:
            if isinstance(draft.event, Proposed):
                brand = draft.event.proposal.brand
                indexes.propose(connection, append.stream, brand, draft.event, append.repeats)
            elif isinstance(draft.event, ProposalSettled):
                indexes.settle(connection, append.stream, draft.event)
        for end in append.intent_ends:
            indexes.end_intent(connection, append.stream, end.holder, end.state)
        for claim in append.intents:
            indexes.claim_intent(
                connection, append.stream, stand.brand or BrandId(""), claim.intent_key, claim.resource, claim.holder,
                append.repeats,
            )  # fmt: skip

    def _schedule(self, connection: Connection, append: Append) -> tuple[str, ...]:
        moved = indexes.move_scopes(connection, append.moves_scope, append.scope_paused)
        if append.timers:
            wakes.set_timers(connection, append.stream, append.timers)
        if append.wake is not None:
            wakes.put_wake(connection, append.stream, append.wake.priority, append.wake.due, self._now_us)
        others = append.wake.priority if append.wake is not None else Priority.BACKGROUND
        for other in append.also_wake:
            wakes.put_wake(connection, other, others, None, self._now_us)
        for scope in append.wake_scopes:
            wakes.wake_scope(connection, scope, others, self._now_us)
        return moved

    def _end_look(self, connection: Connection, append: Append, records: Sequence[Recorded]) -> bool:
        end = append.ends
        if end is None or not records or records[0].seq != end.after + 1:
            return False
        return wakes.end_look(connection, append.stream, end, self._now_us)


def woken_at_once(append: Append) -> tuple[StreamId, ...]:
    """The conversations this append wakes by name, to be looked at now."""
    return _woken(append) if append.wake is None or append.wake.due is None else tuple(append.also_wake)


def _woken(append: Append) -> tuple[StreamId, ...]:
    own = () if append.wake is None else (append.stream,)
    return (*own, *append.also_wake)

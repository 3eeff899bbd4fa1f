"""The wake table: which conversation is to be looked at, how urgently, by whom. One row per conversation.

A wake means *look now*: generation + 1, priority = min, due = min. Whoever looked may delete the row only if the generation
is still the one claimed, so a wake during the look is never lost. All correctness is in the log and its fence: a look too
many is harmless, a look too few is not.

`due_us` 0 means at once, whatever any clock says; `rank_us` (since when, plus a step per priority) orders the waiting ones
and is all the ageing there is. What nobody waits for (timers, background) ranks in a lane of its own, behind all that
somebody waits for, and gets at most a quarter of the looks: thousands of timers that fall due together, after a night or a
stop, stall nobody, and are never starved. Functions here run in a caller's transaction; nothing here decides what a look
does.

Brands stand behind bulkheads: each has a few looks of its own, which no other brand can hold, and all share the rest. So a
brand whose shop hangs may fill what is shared, and every other one still goes on (R-A9).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.engine import Connection

from agent_core.contract.ids import StreamId
from agent_core.store.requests import LookEnd, Priority
from agent_core.store.scopes import GLOBAL_SCOPE, brand_in
from agent_core.store.statements import Statement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FAR_US = 2**62
AGEING_STEP_US = 30_000_000
"""A wake that has waited this long counts as one priority higher."""
LONGEST_RETRY_US = 300_000_000
"""No back-off is longer, so a row that says so was written by a clock that was wrong."""
LANE_US = 2**60
"""Added to the rank of what nobody waits for."""
LATER_SHARE = 4
"""One look of so many, at least one, may be for what nobody waits for."""
_TIMERS_AT_ONCE = 250
_CRASH_STEP_US = 1_000_000


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware moment."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The aware moment of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


@dataclass(frozen=True, slots=True)
class Claim:
    """A conversation somebody is to look at now. `attempts` counts looks that raised or died since the last good one."""

    stream: StreamId
    brand: str
    priority: Priority
    generation: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Bulkheads:
    """What brands cannot take from each other.

    Attributes:
        own: Looks that each brand has for itself. One of them may be for what nobody waits for.
        held: How many looks of each brand the worker holds now, of either kind.
    """

    own: int = 0
    held: Mapping[str, int] = field(default_factory=dict[str, int])

    def left(self, brand: str) -> int:
        """How many of its own looks a brand does not hold."""
        return max(0, self.own - self.held.get(brand, 0))

    def free(self, shared: int) -> int:
        """How many of so many shared looks nobody holds."""
        return max(0, shared - sum(max(0, count - self.own) for count in self.held.values()))


_OPEN: Final = Bulkheads()
"""Nobody has anything for themselves."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was claimed, and when the next thing that waits is due; None when nothing waits."""

    claims: tuple[Claim, ...]
    next_due: datetime | None


_LEAST = "CASE WHEN excluded.{0} < wake.{0} THEN excluded.{0} ELSE wake.{0} END"
_ON_CONFLICT = (
    "ON CONFLICT (stream) DO UPDATE SET generation = wake.generation + 1, "
    + ", ".join(f"{name} = {_LEAST.format(name)}" for name in ("priority", "due_us", "rank_us"))
)  # fmt: skip
_NEW = (
    "INSERT INTO wake (stream, brand, priority, due_us, rank_us, generation, attempts, owner, lease_us, claimed_priority) "
    "SELECT id, COALESCE(brand, ''), :priority, :due, :rank, 1, 0, NULL, 0, :priority FROM stream"
)
_WAKE = Statement(f"{_NEW} WHERE id = :stream {_ON_CONFLICT}")
_WAKE_BRAND = Statement(f"{_NEW} WHERE kind = 'conversation' AND brand = :brand {_ON_CONFLICT}")
_WAKE_ALL = Statement(f"{_NEW} WHERE kind = 'conversation' {_ON_CONFLICT}")
_FIRE = Statement(
    "DELETE FROM timer WHERE (stream, name) IN "
    "(SELECT stream, name FROM timer WHERE due_us <= :now ORDER BY due_us LIMIT :rows) RETURNING stream"
)
_SET_TIMER = Statement(
    "INSERT INTO timer (stream, name, due_us) VALUES (:stream, :name, :due) "
    "ON CONFLICT (stream, name) DO UPDATE SET due_us = excluded.due_us WHERE timer.due_us <> excluded.due_us"
)
_DROP_TIMER = Statement("DELETE FROM timer WHERE stream = :stream AND name = :name")
_AT_ONCE = f":now + CASE WHEN claimed_priority >= 3 AND priority >= 3 THEN {LANE_US} ELSE 0 END"
# A dead look: the row goes back, at once the first time, later each further time (it may be what kills the process). Our own
# row that nobody of us looks at is no death: we live, and only the answer to a claim was lost. A disk that loses answers for
# minutes would otherwise have conversations quarantined that nobody ever looked at.
_IS_LEFT = (
    "owner > '' AND (lease_us < :now OR lease_us > :longest) "
    "AND (owner <> :me OR stream NOT IN (SELECT value FROM json_each(:besides)))"
)
"""Claimed, and nobody looks at it: its owner's lease ended; or it is our own, by a claim whose commit was told as failed.

Spelt as a range, for which SQLite takes an index: with thousands waiting, every claim would read all of them.
"""
_TAKE_OVER = Statement(
    "UPDATE wake SET owner = NULL, lease_us = 0, attempts = attempts + CASE WHEN owner = :me THEN 0 ELSE 1 END, "  # noqa: S608 - constants only
    "priority = CASE WHEN claimed_priority < priority THEN claimed_priority ELSE priority END, "
    f"due_us = CASE WHEN attempts = 0 OR owner = :me THEN 0 ELSE :now + attempts * :step END, rank_us = {_AT_ONCE} "
    f"WHERE {_IS_LEFT}"
)
_IS_DUE = "owner IS NULL AND (due_us <= :now OR (attempts > 0 AND due_us < :far AND due_us > :now + :longest_retry))"
_BRANDS = Statement(
    "WITH RECURSIVE brands (brand) AS (SELECT min(brand) FROM wake WHERE owner IS NULL UNION ALL "
    "SELECT (SELECT min(w.brand) FROM wake w WHERE w.owner IS NULL AND w.brand > b.brand) FROM brands b "
    "WHERE b.brand IS NOT NULL) SELECT brand FROM brands WHERE brand IS NOT NULL"
)
_OF_BRAND = Statement(
    f"SELECT stream, brand, priority, generation, attempts, rank_us FROM wake WHERE {_IS_DUE} AND brand = :brand "  # noqa: S608 - constants only
    "AND rank_us >= :from AND rank_us < :below ORDER BY rank_us LIMIT :rows"
)
_BUSY = Statement(
    "SELECT brand, claimed_priority, count(*) FROM wake WHERE owner IS NOT NULL GROUP BY brand, claimed_priority"
)
_ANYTHING = Statement(
    f"SELECT EXISTS (SELECT 1 FROM wake WHERE {_IS_DUE}), "  # noqa: S608 - constants only
    f"EXISTS (SELECT 1 FROM timer WHERE due_us <= :now), EXISTS (SELECT 1 FROM wake WHERE {_IS_LEFT})"
)
_CLAIM = Statement(
    "UPDATE wake SET owner = :me, lease_us = :lease, claimed_priority = priority, priority = 4, due_us = :far, "
    "rank_us = :far WHERE stream = :stream AND owner IS NULL"
)
_NEXT_WAKE = Statement("SELECT min(due_us) FROM wake WHERE owner IS NULL AND due_us > :now AND due_us < :far")
_NEXT_TIMER = Statement("SELECT min(due_us) FROM timer WHERE due_us > :after")
_DELETE = Statement("DELETE FROM wake WHERE stream = :stream AND owner = :me AND generation = :generation")
_PUT_BY = Statement(
    "UPDATE wake SET owner = NULL, lease_us = 0, attempts = 0, priority = :priority, due_us = :due, rank_us = :rank "
    "WHERE stream = :stream AND owner = :me AND generation = :generation"
)
_GIVE_BACK = Statement(
    "UPDATE wake SET owner = NULL, lease_us = 0, attempts = :attempts, "
    "priority = CASE WHEN :priority < priority THEN :priority ELSE priority END, "
    "due_us = CASE WHEN :due < due_us THEN :due ELSE due_us END, "
    "rank_us = CASE WHEN :rank < rank_us THEN :rank ELSE rank_us END "
    "WHERE stream = :stream AND owner = :me"
)
_LOOK_NOW = Statement(
    "UPDATE wake SET due_us = :now, rank_us = rank_us - (due_us - :now) "
    "WHERE owner IS NULL AND due_us > :now AND due_us < :far"
)
_RELEASE_ALL = Statement(
    "UPDATE wake SET owner = NULL, lease_us = 0, due_us = 0, "  # noqa: S608 - constants only
    f"rank_us = CASE WHEN {_AT_ONCE} < rank_us THEN {_AT_ONCE} ELSE rank_us END, "
    "priority = CASE WHEN claimed_priority < priority THEN claimed_priority ELSE priority END WHERE owner = :me"
)
_WAITING_OF = Statement(
    f"SELECT count(*) FROM (SELECT 1 FROM wake WHERE {_IS_DUE} AND brand = :brand "  # noqa: S608 - constants only
    f"AND rank_us < {LANE_US} LIMIT :rows) AS some"
)
_WAITING = Statement("SELECT stream FROM wake ORDER BY stream")
_HEARTBEAT = Statement(
    "UPDATE wake SET lease_us = :lease WHERE owner = :me AND stream IN (SELECT value FROM json_each(:looking))"
)


def rank(since_us: int, priority: int) -> int:
    """Where a wake stands in the queue of its brand: lower goes first."""
    return since_us + priority * AGEING_STEP_US + (LANE_US if priority >= Priority.TIMER else 0)


def put_wake(connection: Connection, stream: StreamId, priority: Priority, due: datetime | None, now_us: int) -> None:
    """Wakes a conversation, in the caller's transaction."""
    due_us = 0 if due is None else microseconds(due)
    row = {"stream": stream, "priority": int(priority), "due": due_us, "rank": rank(max(now_us, due_us), priority)}
    _WAKE.run(connection, row)


def wake_scope(connection: Connection, scope: str, priority: Priority, now_us: int) -> None:
    """Wakes every conversation of `brand:NAME` or `global`; of a workflow's brand, for a workflow."""
    values = {"priority": int(priority), "due": 0, "rank": rank(now_us, priority)}
    if scope == GLOBAL_SCOPE:
        _WAKE_ALL.run(connection, values)
    else:
        _WAKE_BRAND.run(connection, {**values, "brand": brand_in(scope)})


def set_timers(connection: Connection, stream: StreamId, patch: Mapping[str, datetime | None]) -> None:
    """Sets and removes timers of one stream."""
    rows = [{"stream": stream, "name": n, "due": microseconds(due)} for n, due in patch.items() if due is not None]
    gone = [{"stream": stream, "name": n} for n, due in patch.items() if due is None]
    if rows:
        _SET_TIMER.many(connection, rows)
    if gone:
        _DROP_TIMER.many(connection, gone)


def fire_timers(connection: Connection, now_us: int) -> int:
    """Turns due timers into wakes, in bulk; a bounded number, so that nobody waits long for the writer.

    Returns:
        How many timers fired.
    """
    fired = [row[0] for row in _FIRE.all(connection, {"now": now_us, "rows": _TIMERS_AT_ONCE})]
    if fired:
        values = {"priority": int(Priority.TIMER), "due": 0, "rank": rank(now_us, Priority.TIMER)}
        _WAKE.many(connection, [{"stream": stream, **values} for stream in sorted(set(fired))])
    return len(fired)


def claim(
    connection: Connection,
    owner: str,
    limit: int,
    lease: timedelta,
    now_us: int,
    *,
    besides: Collection[StreamId] = (),
    bulkheads: Bulkheads = _OPEN,
    later: bool = True,
) -> Claimed:
    """Takes up to `limit` due conversations: highest priority first, brands in turn, oldest first.

    Args:
        connection: Of the caller's transaction.
        owner: Who takes them.
        limit: How many at most, besides those that a brand has for itself.
        lease: For how long, unless a heartbeat comes.
        now_us: The present moment.
        bulkheads: What each brand has for itself.
        besides: What this owner still looks at. It may have lost the row of one, having slept past its lease; to take that
            row again would make two looks at one conversation, and the end of the older would end the newer one's claim.
        later: Also what nobody waits for; False leaves it, and due timers, for another time.
    """
    lease_us = lease // _MICROSECOND
    take_over(connection, owner, now_us, longest_us=now_us + 2 * lease_us, besides=besides)
    fired = fire_timers(connection, now_us) if later else 0
    chosen = _choose(connection, limit, now_us, frozenset(besides), bulkheads, later=later)
    if chosen:
        values = {"me": owner, "lease": now_us + lease_us, "far": FAR_US}
        _CLAIM.many(connection, [{"stream": c.stream, **values} for c in chosen])
    if fired == _TIMERS_AT_ONCE:
        return Claimed(tuple(chosen), moment(now_us))
    return Claimed(tuple(chosen), _next_due(connection, now_us, later=later))


def nothing_to_claim(
    connection: Connection,
    owner: str,
    lease: timedelta,
    now_us: int,
    *,
    limit: int = 1,
    besides: Collection[StreamId] = (),
    bulkheads: Bulkheads = _OPEN,
    later: bool = True,
) -> Claimed | None:
    """Whether `claim` would change nothing, without writing: then when the next thing is due, else None."""
    longest_us = now_us + 2 * (lease // _MICROSECOND)
    values = {"me": owner, "now": now_us, "far": FAR_US, "longest_retry": LONGEST_RETRY_US, "longest": longest_us}
    values["besides"] = _listed(besides)
    found = _ANYTHING.first(connection, values)
    assert found is not None
    waiting, timers, left = map(bool, found)
    if not later:
        timers = False
        waiting = waiting and _anybody_waits(connection, values)
    if not (waiting or timers or left) or (limit < 1 and not timers and not left and not _room(connection, bulkheads)):
        return Claimed((), _next_due(connection, now_us, later=later))
    return None


def _anybody_waits(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Whether there is a due wake that somebody waits for."""
    live = {**values, "from": -FAR_US, "below": LANE_US, "rows": 1}
    return any(_OF_BRAND.first(connection, {**live, "brand": row[0]}) for row in _BRANDS.all(connection, {}))


def _room(connection: Connection, bulkheads: Bulkheads) -> bool:
    """Whether a brand that waits has a look of its own left."""
    return any(bulkheads.left(str(row[0])) for row in _BRANDS.all(connection, {}))


def _next_due(connection: Connection, now_us: int, *, later: bool) -> datetime | None:
    """When the next thing that waits is due; without `later` no timer that is due by now."""
    after = -FAR_US if later else now_us
    waiting = (_NEXT_WAKE.first(connection, {"now": now_us, "far": FAR_US}), _NEXT_TIMER.first(connection, {"after": after}))
    due = min((int(row[0]) for row in waiting if row is not None and row[0] is not None), default=None)
    return None if due is None else moment(due)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A due wake and where it stands: by age and urgency, then by its brand's turn, then by rank."""

    order: tuple[int, int, int]
    claim: Claim


def _choose(
    connection: Connection, limit: int, now_us: int, besides: frozenset[StreamId], bulkheads: Bulkheads, *, later: bool
) -> list[Claim]:
    """Who is looked at next. What somebody waits for, and beside it a bounded share of what nobody waits for."""
    brands = [str(row[0]) for row in _BRANDS.all(connection, {})]
    left = {brand: bulkheads.left(brand) for brand in brands}
    if limit < 1 and not any(left.values()):
        return []
    busy: Counter[str] = Counter()
    busy_later: Counter[str] = Counter()
    for name, priority, count in _BUSY.all(connection, {}):
        busy[str(name)] += int(count)
        busy_later[str(name)] += int(count) if priority >= Priority.TIMER else 0
    rows = max(0, limit) + max(left.values(), default=0) + len(besides)
    asked = {"now": now_us, "far": FAR_US, "longest_retry": LONGEST_RETRY_US, "rows": rows}
    live = _candidates(connection, brands, busy, now_us, {**asked, "from": -FAR_US, "below": LANE_US})
    slots = max(0, limit) + bulkheads.own + sum(max(0, count - bulkheads.own) for count in busy.values())
    share = _LaterShare(max(1, slots // LATER_SHARE), busy_later, walled=bulkheads.own > 0)
    besides_live: list[_Candidate] = []
    if later and share.room(brands):
        waiting = _candidates(connection, brands, busy, now_us, {**asked, "from": LANE_US, "below": FAR_US})
        besides_live = [each for each in waiting if each.claim.stream not in besides and share.takes(each.claim.brand)]
    chosen: list[Claim] = []
    for each in sorted((*live, *besides_live), key=lambda candidate: candidate.order):
        if each.claim.stream in besides:
            continue
        if left[each.claim.brand]:
            left[each.claim.brand] -= 1
        elif limit > 0:
            limit -= 1
        else:
            continue
        chosen.append(each.claim)
    return chosen


class _LaterShare:
    """How many looks may be for what nobody waits for: so many in all, and behind bulkheads one for each brand anyway."""

    def __init__(self, most: int, busy: Counter[str], *, walled: bool) -> None:
        self._own = 1 if walled else 0
        self._busy = Counter(busy)
        self._shared = most - self._own - sum(max(0, count - self._own) for count in busy.values())

    def room(self, brands: Sequence[str]) -> bool:
        """Whether any of these brands may have another one."""
        return self._shared > 0 or any(self._busy[brand] < self._own for brand in brands)

    def takes(self, brand: str) -> bool:
        """Takes one for a brand, if there is one."""
        if self._busy[brand] >= self._own:
            if self._shared < 1:
                return False
            self._shared -= 1
        self._busy[brand] += 1
        return True


def _candidates(
    connection: Connection, brands: Sequence[str], busy: Counter[str], now_us: int, values: Mapping[str, int]
) -> list[_Candidate]:
    """The first due wakes of one lane, of every brand, in their order."""
    found: list[_Candidate] = []
    for brand in brands:
        for turn, row in enumerate(_OF_BRAND.all(connection, {**values, "brand": brand})):
            stream, _, priority, generation, attempts, ranked = row
            claim = Claim(StreamId(stream), brand, Priority(priority), generation, attempts)
            waited = max(0, now_us - (ranked % LANE_US - priority * AGEING_STEP_US))
            aged = max(0, priority - waited // AGEING_STEP_US)
            found.append(_Candidate((aged, turn + busy[brand], ranked % LANE_US), claim))
    return sorted(found, key=lambda candidate: candidate.order)


def take_over(
    connection: Connection, owner: str, now_us: int, *, longest_us: int, besides: Collection[StreamId] = ()
) -> int:
    """Gives back rows whose lease ended, our own too. A lease beyond `longest_us` was written by a clock that was wrong.

    Args:
        connection: Of the caller's transaction.
        owner: Who asks.
        now_us: The present moment.
        longest_us: No lease is honestly longer.
        besides: What the owner looks at: those of its rows it keeps, having only slept.

    Returns:
        How many rows were given back.
    """
    values = {"me": owner, "now": now_us, "longest": longest_us, "step": _CRASH_STEP_US, "besides": _listed(besides)}
    return _TAKE_OVER.run(connection, values)


def _listed(streams: Collection[StreamId]) -> str:
    return json.dumps(sorted(streams))


def take_over_all(connection: Connection, now_us: int) -> int:
    """Gives back every claimed row: right after opening a store that nobody else can have open."""
    return take_over(connection, "", now_us, longest_us=-1)


def finish(
    connection: Connection, owner: str, done: Claim, next_due: datetime | None, priority: Priority, now_us: int
) -> None:
    """The look ended well: forget the row, unless it was woken meanwhile or is to be looked at again at `next_due`."""
    if next_due is None:
        values = {"stream": done.stream, "me": owner, "generation": done.generation}
        if _DELETE.run(connection, values):
            return
        give_back(connection, owner, done.stream, attempts=0, priority=Priority.BACKGROUND, due_us=FAR_US, rank_us=FAR_US)
        return
    due_us = microseconds(next_due)
    ranked = rank(max(now_us, due_us), priority)
    give_back(connection, owner, done.stream, attempts=0, priority=priority, due_us=due_us, rank_us=ranked)


def end_look(connection: Connection, stream: StreamId, end: LookEnd, now_us: int) -> bool:
    """Ends a look in the transaction of its last append, unless the conversation was woken since it was claimed.

    Returns:
        Whether it ended; if not, the row is as it was.
    """
    values = {"stream": stream, "me": end.owner, "generation": end.generation}
    if end.next_due is None:
        return _DELETE.run(connection, values) > 0
    due_us = microseconds(end.next_due)
    ranked = rank(max(now_us, due_us), end.priority)
    return _PUT_BY.run(connection, {**values, "priority": int(end.priority), "due": due_us, "rank": ranked}) > 0


def give_back(
    connection: Connection, owner: str, stream: StreamId, *, attempts: int, priority: Priority, due_us: int, rank_us: int
) -> None:
    """Lets go of a row, to be looked at again when due; a wake that came meanwhile keeps its own, earlier moment."""
    values = {"stream": stream, "me": owner, "attempts": attempts, "priority": int(priority), "due": due_us, "rank": rank_us}
    _GIVE_BACK.run(connection, values)


def release_all(connection: Connection, owner: str, now_us: int) -> None:
    """A worker stops on purpose: what it had not finished can be claimed at once, and no attempt is counted."""
    _RELEASE_ALL.run(connection, {"me": owner, "now": now_us})


def look_now(connection: Connection, now_us: int) -> int:
    """Lets nobody wait for a moment any more: the clock was set back, and when that will be says nothing.

    Returns:
        How many waited.
    """
    return _LOOK_NOW.run(connection, {"now": now_us, "far": FAR_US})


def heartbeat(connection: Connection, owner: str, lease: timedelta, now_us: int, looking: Collection[StreamId]) -> None:
    """Makes the owner's leases on what it looks at last longer; what it holds without knowing is let go of in time."""
    values = {"me": owner, "lease": now_us + lease // _MICROSECOND, "looking": _listed(looking)}
    _HEARTBEAT.run(connection, values)


def waiting(connection: Connection, brand: str, now_us: int, most: int) -> int:
    """How many conversations of a brand somebody waits in and nobody looks at; counted no further than `most`."""
    values = {"now": now_us, "far": FAR_US, "longest_retry": LONGEST_RETRY_US, "brand": brand, "rows": most}
    found = _WAITING_OF.first(connection, values)
    return 0 if found is None else int(found[0])


def waiting_streams(connection: Connection) -> Iterable[StreamId]:
    """Every conversation with a wake, claimed or not; for the health view and tests."""
    return [StreamId(row[0]) for row in _WAITING.all(connection, {})]

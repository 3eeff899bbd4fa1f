"""What a key reaches when it falls: approvals that nobody has executed yet are asked for again, and claims are given back.

That nothing of a fallen key is executed does not rest on this: right before an action every signature is verified anew,
under a fence that the fall has moved (R-C7). This is so that people see it at once, with the reason. It is done once per
fall; a core that died before it was done does it when it starts. It must never touch what is being carried out already.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from agent_core.authority.keys import KeyRing
from agent_core.contract.actors import Actor, System
from agent_core.contract.clock import Clock
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import AnchorRecovered, AskReleased, KeyRevoked, KeyRotated, KeyStopped, LookAgain, Recorded
from agent_core.contract.ids import CORE_STREAM, KeyFingerprint, OperatorId, StreamId, random_id
from agent_core.conversation.state import State
from agent_core.service.operators import OperatorBook
from agent_core.service.settled_append import Read, append_on_newest, read_log
from agent_core.store import Append, Draft, Priority, ReadTx, Store, WakeRequest
from agent_core.store.picking import picked, position_before, with_open_intents

log = structlog.get_logger(__name__)

_CLAIMS_SINCE = timedelta(hours=1)
"""A claim is a lease of minutes, renewed by claiming again: an older one has ended by itself."""
_ACTOR: Actor = System(part="operators")


@dataclass(frozen=True, slots=True)
class Fallen:
    """Keys that count no more, why, and people who have none left. `left`: who alone counts, where the anchor moved."""

    keys: frozenset[KeyFingerprint]
    code: str
    people: frozenset[OperatorId]
    left: KeyRing | None = None

    def holds(self, key: KeyFingerprint) -> bool:
        """Whether this key fell."""
        if self.left is not None:
            known = self.left.get(key)
            return known is None or known.out_of_use is not None
        return key in self.keys

    def is_out(self, person: OperatorId) -> bool:
        """Whether this person has no key left."""
        if self.left is not None:
            return all(key.operator.id != person or key.out_of_use is not None for key in self.left.keys.values())
        return person in self.people


async def reach(store: Store, people: OperatorBook, clock: Clock, record: Recorded) -> None:
    """Undoes what rests on the keys that fell with one event of the core's log. Harmless when done twice."""
    ring = await people.keyring()
    fallen = fallen_with(ring, record)
    if fallen.keys or fallen.left is not None:
        for stream in await _candidates(store, clock):
            await _undo(store, stream, fallen)
    if not await store.read(lambda tx: tx.unique_key_exists(_done(record))):
        await store.append(Append(CORE_STREAM, keys=(_done(record),)))


async def reach_unfinished(store: Store, people: OperatorBook, clock: Clock) -> None:
    """Does what a core that died left undone."""
    records = [record for record in await store.records(CORE_STREAM) if _falls(record)]
    names = [_done(record) for record in records]
    done = await store.read(lambda tx: {name for name in names if tx.unique_key_exists(name)})
    for record in records:
        if _done(record) not in done:
            await reach(store, people, clock, record)


async def reach_at_once(store: Store, people: OperatorBook, clock: Clock, records: Iterable[Recorded]) -> None:
    """After a command: a store that cannot be written now leaves it to the next start, and to the check before acting."""
    for record in records:
        if _falls(record):
            try:
                await reach(store, people, clock, record)
            except CountersignError as error:
                log.warning("key_reach_put_off", code=error.code, detail=error.detail)


def fallen_with(ring: KeyRing, record: Recorded) -> Fallen:
    """What fell with an event: the key it names, and every key that followed a revoked one."""
    event = record.event
    if isinstance(event, AnchorRecovered):
        return Fallen(frozenset(), "anchor_moved", frozenset(), ring)
    if not isinstance(event, KeyRevoked | KeyStopped | KeyRotated):
        return Fallen(frozenset(), "", frozenset())
    code = {KeyRevoked: "key_revoked", KeyStopped: "key_stopped", KeyRotated: "key_rotated"}[type(event)]
    keys: set[KeyFingerprint] = set()
    at = ring.get(event.key)
    while at is not None and at.fingerprint not in keys:
        if at.out_of_use is not None:
            keys.add(at.fingerprint)
        at = ring.get(at.followed_by) if at.followed_by is not None and at.revoked else None
    owners = {ring.keys[key].operator.id for key in keys}
    left = {key.operator.id for key in ring.keys.values() if key.out_of_use is None}
    return Fallen(frozenset(keys), code, frozenset(owners - left))


async def _candidates(store: Store, clock: Clock) -> tuple[StreamId, ...]:
    since = clock() - _CLAIMS_SINCE

    def question(tx: ReadTx) -> tuple[StreamId, ...]:
        claimed = picked(tx.connection, ("ask_claimed",), position_before(tx.connection, since))
        return tuple(dict.fromkeys((*with_open_intents(tx.connection), *(record.stream for record in claimed))))

    return await store.read(question)


async def _undo(store: Store, stream: StreamId, fallen: Fallen) -> None:
    if not _drafts((await read_log(store, stream)).state, fallen):
        return

    async def build(read: Read) -> Append:
        return Append(stream, _drafts(read.state, fallen), wake=WakeRequest(priority=Priority.COMMAND))

    await append_on_newest(store, stream, build)


def _drafts(state: State, fallen: Fallen) -> list[Draft]:
    """What asks for approvals again, and gives claims back."""
    drafts: list[Draft] = []
    for known in state.open_proposals():
        if known.effect is not None or known.asked_unknown or not any(fallen.holds(a.key) for a in known.approvals):
            continue
        again = LookAgain(
            run=known.proposal.run,
            code=fallen.code,
            proposal=known.proposal.id,
            seen_through=known.seen_through,
            nonce=random_id("n"),
        )
        drafts.append(Draft(again, _ACTOR))
    for ask, held in state.asks.items():
        if held.holder is not None and not held.resolved and fallen.is_out(held.holder):
            drafts.append(Draft(AskReleased(ask=ask, operator=held.holder), _ACTOR))
    return drafts


def _falls(record: Recorded) -> bool:
    return isinstance(record.event, KeyRevoked | KeyStopped | KeyRotated | AnchorRecovered)


def _done(record: Recorded) -> str:
    return f"reached:{record.seq}"

"""What a session may know of operators, keys, invitations and the anchor (R-C7).

Whoever shares a brand with somebody may know their keys; invitations are for those who enrol. It must never answer a
one-time code, its digest, or anything of people who work for other brands.
"""

import base64
from datetime import datetime

from agent_core.authority.inviting import Invited
from agent_core.authority.keys import ENROLLERS
from agent_core.authority.verify import Key
from agent_core.contract.errors import Forbidden
from agent_core.contract.events import InvitationAccepted
from agent_core.contract.operator_commands import (
    InvitationRow,
    InvitationsAnswer,
    InvitationState,
    KeyState,
    OperatorKey,
    OperatorsAnswer,
    RowIgnored,
)
from agent_core.service.commands.common import Means
from agent_core.service.operators import People
from agent_core.service.sessions import Seat


async def operators(means: Means, seat: Seat) -> OperatorsAnswer:
    """Every key this session may know of; an admin of every brand also sees the rows without a proof."""
    people, now = await means.people.people(), means.clock()
    known = [key for key in people.ring.keys.values() if seat.knows(key.operator)]
    whole = seat.operator is not None and seat.operator.role == "admin" and seat.operator.brands == ("*",)
    return OperatorsAnswer(
        operators=tuple(_key(people, key, now) for key in known),
        ignored=tuple(RowIgnored(seq=row.seq, code=row.code, honoured=row.honoured) for row in people.ring.ignored)
        if whole
        else (),
    )


async def invitations(means: Means, seat: Seat) -> InvitationsAnswer:
    """Invitations to brands of this session, newest first.

    Raises:
        Forbidden: `not_for_this_role`.
    """
    person = seat.person()
    if person.role not in ENROLLERS or person.simulated:
        raise Forbidden("not_for_this_role", "Only an admin or a lead sees invitations.")
    people, now = await means.people.people(), means.clock()
    rows = [
        await _row(means, invited, now)
        for invited in reversed(tuple(people.ring.invitations.by_id.values()))
        if person.brands == ("*",) or set(invited.terms.brands) <= set(person.brands)
    ]
    return InvitationsAnswer(invitations=tuple(rows[:200]))


async def _row(means: Means, invited: Invited, now: datetime) -> InvitationRow:
    event, accepted = invited.event, invited.accepted
    name = await means.store.body(event.name)
    return InvitationRow(
        invitation=event.invitation,
        state=_state(invited, now),
        invited_by=event.by,
        operator=event.operator,
        name=name.text,
        name_salt=name.salt.hex(),
        role=event.role,
        brands=event.brands,
        limit=event.limit,
        day_limit=event.day_limit,
        day_count=event.day_count,
        not_after=event.not_after,
        until=event.until if accepted is None else accepted.until,
        key=None if accepted is None else accepted.key,
        public_key=None if accepted is None else accepted.public_key,
    )


def _state(invited: Invited, now: datetime) -> InvitationState:
    if invited.enrolled is not None:
        return "enrolled"
    if invited.ended is not None:
        return "withdrawn"
    if over(invited.terms.until, invited.accepted, now):
        return "expired"
    return "open" if invited.accepted is None else "accepted"


def over(until: datetime, accepted: InvitationAccepted | None, now: datetime) -> bool:
    """Whether an invitation's time is over: for its code, or for the second person."""
    return now >= (until if accepted is None else accepted.until)


def _key(people: People, key: Key, now: datetime) -> OperatorKey:
    who = key.operator
    return OperatorKey(
        operator=who.id,
        name=people.name(who.id),
        role=who.role,
        brands=who.brands,
        limit=who.limit,
        day_limit=who.day_limit,
        day_count=who.day_count,
        simulated=who.simulated,
        key=key.fingerprint,
        public_key=public_text(key),
        state=_key_state(key, now),
        statement=key.statement,
        enrolled_by=key.enrolled_by,
        valid_from=key.valid_from,
        not_after=key.not_after,
        follows=key.follows,
        followed_by=key.followed_by,
        anchor=key.fingerprint == people.ring.anchor,
    )


def _key_state(key: Key, now: datetime) -> KeyState:
    if key.out_of_use is not None:
        found: dict[str, KeyState] = {"key_revoked": "revoked", "key_rotated": "rotated", "key_stopped": "stopped"}
        return found[key.out_of_use]
    return "active" if key.counts_at(now) else "expired"


def public_text(key: Key) -> str:
    """The public key as statements spell it."""
    return base64.b64encode(key.public).decode()

"""Somebody new: invited by one person with a one-time code, proven by their key, countersigned by a second person (R-C7).

Only the digest of a code is ever kept. Wrong codes are counted, and too many close the door for a while. The newcomer's key
counts for nothing before the second person has signed it. It must never enrol on the invitation's word alone.
"""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

import structlog

from agent_core.authority.anchor import enrolled_event
from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import OperatorFacts
from agent_core.authority.inviting import COUNTERSIGN_WITHIN, Invited, invited_event
from agent_core.authority.keys import ENROLLERS
from agent_core.authority.verify import open_envelope
from agent_core.boundary.sources import read
from agent_core.contract.actors import Actor, System
from agent_core.contract.bodies import Body
from agent_core.contract.commands import CommandDone
from agent_core.contract.errors import Conflict, Invalid, NotFound, Unavailable
from agent_core.contract.events import InvitationAccepted, InvitationEnded
from agent_core.contract.ids import CORE_STREAM, BodyId, InvitationId, random_id
from agent_core.contract.operator_commands import (
    AcceptInvitation,
    CountersignOperator,
    InvitationShown,
    InvitationTaken,
    Invite,
    WithdrawInvitation,
)
from agent_core.contract.operator_proofs import invitation_code_digest
from agent_core.contract.operator_statements import AcceptanceStatement, InvitationStatement
from agent_core.contract.statements import EnrolmentStatement, fingerprint, read_statement, strict_base64
from agent_core.service.commands.asks import envelope_body
from agent_core.service.commands.common import Means, Order, done
from agent_core.service.commands.operator_keys import signed_by_seat
from agent_core.store import GLOBAL_SCOPE, Append, Draft, Taken

log = structlog.get_logger(__name__)

MOST_WRONG: Final = 10
"""Wrong codes in `WITHIN`, from anywhere; a hundred random bits are not found at this pace."""
WITHIN: Final = timedelta(minutes=1)

_WHY = {
    "gives_more_than_it_has": "Nobody offers more than they have: role, brands and limits must be within your own.",
    "may_not_invite": "Only an admin or a lead invites, and nobody themselves.",
    "operator_differs": "This operator, or this invitation, is known already.",
    "never_valid": "An invitation waits for its code for two weeks at most.",
    "row_differs": "The name is not the one that was signed.",
    "second_person_needed": "Somebody else than the one who invited must countersign this key.",
    "invitation_over": "This invitation counts no more.",
    "invitation_open": "Nobody has proven a key for this invitation yet.",
    "other_key_proven": "This is not the key that was proven.",
    "not_as_invited": "This is not what the invitation offered.",
    "key_known": "This key is known here already. Make a new one.",
    "may_not_enrol": "Only an admin or a lead countersigns keys.",
    "enrols_themself": "Nobody countersigns their own key.",
}


class Guesses:
    """How many wrong codes came lately."""

    def __init__(self) -> None:
        self._wrong: deque[datetime] = deque(maxlen=MOST_WRONG)

    def check(self, now: datetime) -> None:
        """Whether another code may be tried.

        Raises:
            Unavailable: `too_many_guesses`.
        """
        if len(self._wrong) == MOST_WRONG and now - self._wrong[0] < WITHIN:
            refused = Unavailable("too_many_guesses", "Too many wrong codes. Wait a minute, then read the code again.")
            refused.retry_after = 60
            raise refused

    def wrong(self, now: datetime) -> None:
        """One more."""
        self._wrong.append(now)


async def invite(order: Order, command: Invite) -> CommandDone:
    """Stores a signed invitation.

    Raises:
        CheckFailed: The statement does not hold.
        Conflict: `invitation_refused`.
        Invalid: `bad_name`.
    """
    means = order.means
    ring = await means.people.keyring()
    verified = await signed_by_seat(order, ring, command.envelope)
    statement = verified.statement
    if not isinstance(statement, InvitationStatement):
        raise CheckFailed("bad_statement", detail=verified.digest)
    if read("name", command.name).text != command.name:
        raise Invalid("bad_name", "A name is one line of plain text.")
    name = Body(id=BodyId(random_id("b")), kind="context", salt=bytes.fromhex(command.name_salt), text=command.name)
    kept = envelope_body(command.envelope)
    event = invited_event(verified, statement, name=name.ref, envelope=kept.ref)
    _check("invitation_refused", ring.inviting_fault(event, at=means.clock(), envelope=kept.text))
    if any(brand != "*" and brand not in means.shelf.names() for brand in statement.brands):
        raise Conflict("invitation_refused", "There is no such brand here.")
    order.take_nonce(statement.nonce)
    keys = (*order.keys, f"statement:{verified.digest}", f"invitation:{statement.invitation}")
    appended = await means.store.append(Append(CORE_STREAM, [Draft(event, order.actor)], bodies=[name, kept], keys=keys))
    return done(appended.records)


async def withdraw(order: Order, command: WithdrawInvitation) -> CommandDone:
    """Takes an invitation back: who invited, or any admin or lead of its brands. By a session.

    Raises:
        NotFound: `no_such_invitation`.
        Conflict: `invitation_over`.
    """
    means, person = order.means, order.seat.person()
    invited = await _known(order, command.invitation)
    if invited.ended is not None or invited.enrolled is not None:
        raise Conflict("invitation_over", _WHY["invitation_over"])
    event = InvitationEnded(invitation=command.invitation, code="withdrawn", operator=person.id)
    keys = (*order.keys, f"invitation_ended:{command.invitation}")
    return done((await means.store.append(Append(CORE_STREAM, [Draft(event, order.actor)], keys=keys))).records)


async def countersign(order: Order, command: CountersignOperator) -> CommandDone:
    """A second person signs the key that the invited one has proven: only from here on it counts.

    Raises:
        NotFound: `no_such_invitation`.
        CheckFailed: The statement does not hold.
        Conflict: `countersigning_refused`.
    """
    means = order.means
    ring = await means.people.keyring()
    verified = await signed_by_seat(order, ring, command.envelope)
    statement = verified.statement
    if not isinstance(statement, EnrolmentStatement) or statement.nonce != command.invitation:
        raise CheckFailed("bad_statement", detail=verified.digest)
    invited = await _known(order, command.invitation)
    if invited.accepted is not None and means.clock() >= invited.accepted.until:
        _check("countersigning_refused", "invitation_over")
    kept = envelope_body(command.envelope)
    event = enrolled_event(verified, name=invited.event.name, envelope=kept.ref)
    _check("countersigning_refused", ring.enrolment_fault(event, at=means.clock(), envelope=kept.text))
    offered = OperatorFacts(
        statement.operator, statement.role, statement.brands, statement.limit, False, statement.day_limit,
        statement.day_count,
    )  # fmt: skip
    if invited.event.by == order.operator and ring.needs_another(order.operator, offered):
        _check("countersigning_refused", "second_person_needed")
    keys = (
        *order.keys, f"statement:{verified.digest}", f"invitation_ended:{command.invitation}", f"key:{event.key}",
    )  # fmt: skip
    appended = await means.store.append(
        Append(CORE_STREAM, [Draft(event, order.actor)], bodies=[kept], keys=keys, moves_scope=(GLOBAL_SCOPE,))
    )
    return done(appended.records)


async def open_invitation(means: Means, guesses: Guesses, code: str) -> InvitationShown:
    """What a code's invitation offers. Needs no session.

    Raises:
        Unavailable: `too_many_guesses`.
        NotFound: `wrong_code`.
        Invalid: `bad_code`.
    """
    invited = await _of_code(means, guesses, code)
    event = invited.event
    name = await means.store.body(event.name)
    return InvitationShown(
        invitation=event.invitation,
        core=means.core,
        operator=event.operator,
        name=name.text,
        role=event.role,
        brands=event.brands,
        limit=event.limit,
        day_limit=event.day_limit,
        day_count=event.day_count,
        until=event.until,
        invited=event.statement,
        nonce=means.desk.challenge().nonce,
    )


async def accept(means: Means, guesses: Guesses, command: AcceptInvitation) -> InvitationTaken:
    """Keeps the key that the invited person has proven, once. Needs no session: the code and the key are what counts.

    Raises:
        Unavailable: `too_many_guesses`.
        NotFound: `wrong_code`.
        CheckFailed: The statement does not hold.
        Conflict: `acceptance_refused`.
    """
    invited = await _of_code(means, guesses, command.code)
    statement = _claimed(command)
    now = means.clock()
    kept = envelope_body(command.envelope)
    public = strict_base64(statement.public_key)
    opened = open_envelope(command.envelope, public, fingerprint(public))
    event = InvitationAccepted(
        invitation=invited.event.invitation,
        key=fingerprint(public),
        public_key=statement.public_key,
        until=now + COUNTERSIGN_WITHIN,
        statement=opened.digest,
        envelope=kept.ref,
    )
    ring = await means.people.keyring()
    _check("acceptance_refused", ring.inviting_fault(event, at=now, envelope=kept.text))
    means.desk.take_nonce(statement.nonce)
    actor: Actor = System(part="invitation")
    keys = (f"statement:{opened.digest}", f"accepted:{event.invitation}")
    try:
        await means.store.append(Append(CORE_STREAM, [Draft(event, actor)], bodies=[kept], keys=keys))
    except Taken as taken:
        raise Conflict("acceptance_refused", _WHY["invitation_over"], detail=taken.detail) from taken
    return InvitationTaken(invitation=event.invitation, key=event.key, until=event.until)


def _claimed(command: AcceptInvitation) -> AcceptanceStatement:
    """What the envelope claims, before its signature is checked: only to find the key that must have signed it."""
    try:
        statement = read_statement(command.envelope.payload_bytes())
        if not isinstance(statement, AcceptanceStatement) or len(strict_base64(statement.public_key)) != 32:
            raise CheckFailed("bad_statement")
    except Invalid as error:
        raise CheckFailed("bad_statement") from error
    return statement


async def _of_code(means: Means, guesses: Guesses, code: str) -> Invited:
    """The invitation of a code that still counts. A used, an old and a wrong code look the same."""
    now = means.clock()
    guesses.check(now)
    found = (await means.people.keyring()).invitations.of_code(invitation_code_digest(code))
    if found is None or found.ended or found.accepted or found.enrolled or now >= found.terms.until:
        guesses.wrong(now)
        log.info("wrong_invitation_code")
        raise NotFound("wrong_code", "This code opens nothing, or no longer. Ask whoever invited you for a new one.")
    return found


async def _known(order: Order, invitation: InvitationId) -> Invited:
    """An invitation this person may decide about.

    Raises:
        NotFound: `no_such_invitation`.
    """
    person = order.seat.person()
    found = (await order.means.people.keyring()).invitations.get(invitation)
    mine = found is not None and (person.brands == ("*",) or set(found.terms.brands) <= set(person.brands))
    if found is None or not mine or person.role not in ENROLLERS or person.simulated:
        raise NotFound("no_such_invitation", "There is no such invitation here.")
    return found


def _check(code: str, fault: str | None) -> None:
    if fault is not None:
        raise Conflict(code, _WHY.get(fault, "This would not be proven by its signature."), detail=fault)

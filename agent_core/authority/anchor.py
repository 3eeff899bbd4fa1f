"""Where trust starts: the first key enrols itself and becomes the anchor; its fingerprint is then kept outside the database.

While no operator exists one key may do this, once (DESIGN §4, *Embedded operator*). Later enrolments are the same statement,
signed by somebody else. It must never store the fingerprint itself: whoever holds the database must not hold the anchor.
"""

from datetime import datetime

from agent_core.authority.errors import CheckFailed
from agent_core.authority.keys import KeyRing
from agent_core.authority.verify import LIFETIME, Opened, Verified, check_times, open_envelope
from agent_core.contract.base import Digest
from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import Conflict, Invalid
from agent_core.contract.events import OperatorEnrolled
from agent_core.contract.ids import KeyFingerprint, OperatorId
from agent_core.contract.money import Money
from agent_core.contract.statements import (
    ConsoleIdentity,
    EnrolmentStatement,
    Envelope,
    Role,
    SignedBy,
    fingerprint,
    read_statement,
    strict_base64,
)


def enrolment(
    *,
    operator: OperatorId,
    role: Role,
    brands: tuple[str, ...],
    limit: Money | None,
    public_key: str,
    name: BodyRef,
    core: str,
    console: ConsoleIdentity,
    nonce: str,
    now: datetime,
    signed_by: SignedBy | None = None,
    simulated: bool = False,
    day_limit: Money | None = None,
    day_count: int | None = None,
    not_after: datetime | None = None,
    replaces: Digest | None = None,
) -> EnrolmentStatement:
    """The statement that makes a key an operator's, ready to be signed.

    Args:
        operator: Whose key it becomes.
        role: Of the operator.
        brands: Brand names, or `*` alone for all.
        limit: The largest single action they may approve.
        public_key: Raw Ed25519 public key, base64.
        name: The body that holds the person's name; the statement holds its salted digest only.
        core: The core instance.
        console: What shows and signs it.
        nonce: Issued by the core.
        now: When it is signed; it lives fifteen minutes.
        signed_by: Who enrols; none means that the key enrols itself: the anchor.
        simulated: A demonstration's second person.
        day_limit: The most they may approve in one day; none means the house's own limit.
        day_count: How often they may approve in one day; likewise.
        not_after: When the key expires.
        replaces: The digest of the statement about the same key that this one amends.
    """
    own = SignedBy(operator=operator, role=role, key=fingerprint(strict_base64(public_key)))
    return EnrolmentStatement(
        core=core,
        signed_by=signed_by or own,
        console=console,
        nonce=nonce,
        issued_at=now,
        expires_at=now + LIFETIME,
        operator=operator,
        name_digest=name.digest,
        role=role,
        brands=brands,
        limit=limit,
        day_limit=day_limit,
        day_count=day_count,
        not_after=not_after,
        replaces=replaces,
        public_key=public_key,
        simulated=simulated,
    )


def open_first_enrolment(envelope: Envelope, *, ring: KeyRing, now: datetime, audience: str) -> Opened:
    """Checks the enrolment that becomes the anchor.

    Args:
        envelope: As received over the embedded console's own channel.
        ring: The ring so far; must know nobody.
        now: The core's clock.
        audience: This core's instance.

    Raises:
        Conflict: `anchor_exists` when somebody is enrolled or an anchor is set already.
        CheckFailed: When the envelope is not a valid self-signed enrolment for this core.
    """
    if ring.keys or ring.anchor is not None:
        raise Conflict("anchor_exists", "Somebody is enrolled here already. Ask an admin to enrol this key.")
    statement = _claimed(envelope)
    public = strict_base64(statement.public_key)
    opened = open_envelope(envelope, public, fingerprint(public))
    check_times(opened.statement, now)
    if statement.core != audience:
        raise CheckFailed("wrong_core")
    if statement.signed_by.operator != statement.operator:
        raise CheckFailed("foreign_operator")
    if statement.signed_by.role != statement.role:
        raise CheckFailed("wrong_role")
    return opened


def enrolled_event(opened: Opened | Verified, *, name: BodyRef, envelope: BodyRef) -> OperatorEnrolled:
    """The row of an enrolment: says exactly what was signed.

    Raises:
        CheckFailed: `bad_statement` when the statement is no enrolment.
    """
    statement = opened.statement
    if not isinstance(statement, EnrolmentStatement):
        raise CheckFailed("bad_statement")
    return OperatorEnrolled(
        operator=statement.operator,
        name=name,
        role=statement.role,
        brands=statement.brands,
        limit=statement.limit,
        day_limit=statement.day_limit,
        day_count=statement.day_count,
        not_after=statement.not_after,
        replaces=statement.replaces,
        key=_key_of(statement),
        public_key=statement.public_key,
        simulated=statement.simulated,
        statement=opened.digest,
        envelope=envelope,
        signed_by=statement.signed_by.key,
        valid_from=statement.issued_at,
    )


def _key_of(statement: EnrolmentStatement) -> KeyFingerprint:
    return fingerprint(strict_base64(statement.public_key))


def _claimed(envelope: Envelope) -> EnrolmentStatement:
    """What the envelope claims, before its signature is checked: only to find the key that must have signed it."""
    try:
        statement = read_statement(envelope.payload_bytes())
        if not isinstance(statement, EnrolmentStatement) or len(strict_base64(statement.public_key)) != 32:
            raise CheckFailed("bad_statement")
    except Invalid as error:
        raise CheckFailed("bad_statement") from error
    return statement

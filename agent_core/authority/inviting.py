"""Invitations as the core's log proves them: the signed terms, the proven key, and whether somebody took them back (R-C7).

An invitation makes nobody an operator: only an enrolment does, signed by a second person, with exactly the invitation's
terms and the key that was proven, whose nonce is the invitation's id. It must never read `now`, and never see a code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType

from agent_core.authority.verify import Opened, Verified
from agent_core.contract.base import Digest
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import InvitationAccepted, OperatorInvited
from agent_core.contract.ids import InvitationId, KeyFingerprint
from agent_core.contract.operator_statements import AcceptanceStatement, InvitationStatement
from agent_core.contract.statements import EnrolmentStatement, fingerprint, strict_base64

LONGEST = timedelta(days=14)
"""The longest an invitation may wait for its code."""
COUNTERSIGN_WITHIN = timedelta(days=3)
"""How long a proven key waits for the second person."""


@dataclass(frozen=True, slots=True)
class Invited:
    """One invitation.

    Attributes:
        event: Its row, which says what was signed.
        terms: The statement.
        accepted: The key that was proven for it.
        ended: Why it counts no more: a code.
        enrolled: The key it became.
    """

    event: OperatorInvited
    terms: InvitationStatement
    accepted: InvitationAccepted | None = None
    ended: str | None = None
    enrolled: KeyFingerprint | None = None


@dataclass(frozen=True, slots=True)
class Invitations:
    """Every invitation with a proof, by id."""

    by_id: Mapping[InvitationId, Invited] = field(default_factory=lambda: MappingProxyType({}))

    def get(self, invitation: InvitationId) -> Invited | None:
        """One of them."""
        return self.by_id.get(invitation)

    def of_code(self, code_digest: Digest) -> Invited | None:
        """The invitation a code belongs to."""
        return next((each for each in self.by_id.values() if each.terms.code_digest == code_digest), None)

    def having(self, invited: Invited) -> "Invitations":
        """With this one, new or changed."""
        return replace(self, by_id=MappingProxyType({**self.by_id, invited.terms.invitation: invited}))


def invited_event(verified: Verified, terms: InvitationStatement, *, name: BodyRef, envelope: BodyRef) -> OperatorInvited:
    """The row of an invitation: says exactly what was signed."""
    return OperatorInvited(
        invitation=terms.invitation,
        by=verified.operator.id,
        operator=terms.operator,
        name=name,
        role=terms.role,
        brands=terms.brands,
        limit=terms.limit,
        day_limit=terms.day_limit,
        day_count=terms.day_count,
        not_after=terms.not_after,
        code_digest=terms.code_digest,
        until=terms.until,
        statement=verified.digest,
        envelope=envelope,
    )


def invitation_fault(event: OperatorInvited, verified: Verified) -> str | None:
    """Why a row is not the invitation that was signed; none when it is."""
    statement = verified.statement
    if not isinstance(statement, InvitationStatement):
        return "not_an_invitation"
    if event.name.digest != statement.name_digest:
        return "row_differs"
    if event != invited_event(verified, statement, name=event.name, envelope=event.envelope):
        return "row_differs"
    if not timedelta(0) < statement.until - statement.issued_at <= LONGEST:
        return "never_valid"
    return None


def acceptance_fault(event: InvitationAccepted, opened: Opened, invited: Invited, *, core: str) -> str | None:
    """Why a proven key does not fit its invitation; none when it does. The signature was verified with that key."""
    statement = opened.statement
    if not isinstance(statement, AcceptanceStatement):
        return "not_an_acceptance"
    terms = invited.terms
    same = (
        statement.core == core,
        statement.invitation == event.invitation == terms.invitation,
        statement.invited == invited.event.statement,
        (statement.signed_by.operator, statement.signed_by.role) == (terms.operator, terms.role),
        statement.public_key == event.public_key,
        event.key == statement.signed_by.key == fingerprint(strict_base64(event.public_key)),
        event.statement == opened.digest,
    )
    return None if all(same) else "row_differs"


def enrolment_fits(statement: EnrolmentStatement, invited: Invited) -> str | None:
    """Why an enrolment is not what its invitation offered; none when it is, to the field."""
    terms, accepted = invited.terms, invited.accepted
    if invited.ended is not None or invited.enrolled is not None:
        return "invitation_over"
    if accepted is None:
        return "invitation_open"
    if statement.public_key != accepted.public_key:
        return "other_key_proven"
    offered = (
        terms.operator, terms.name_digest, terms.role, terms.brands, terms.limit, terms.day_limit, terms.day_count,
        terms.not_after,
    )  # fmt: skip
    enrolled = (
        statement.operator, statement.name_digest, statement.role, statement.brands, statement.limit, statement.day_limit,
        statement.day_count, statement.not_after,
    )  # fmt: skip
    if offered != enrolled or statement.simulated or statement.replaces is not None:
        return "not_as_invited"
    return None

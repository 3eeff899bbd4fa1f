"""What a person signs about keys: an end for ever, a successor, an invitation, a colleague's key, the anchor's recovery.

Each is made for exactly what was shown and nothing else. It must never send, show or keep a private key or a one-time code;
the one who calls shows a code once.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from agent_core.contract.bodies import salted_digest
from agent_core.contract.commands import Challenge, Enrol
from agent_core.contract.ids import InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.money import Money
from agent_core.contract.operator_commands import (
    AcceptInvitation,
    CountersignOperator,
    InvitationRow,
    InvitationShown,
    Invite,
    OperatorKey,
    ProtectAnchor,
    RevokeKey,
    RotateKey,
)
from agent_core.contract.operator_proofs import (
    invitation_code_digest,
    new_code,
    new_invitation,
    rotation_proof_bytes,
)
from agent_core.contract.operator_statements import (
    AcceptanceStatement,
    InvitationStatement,
    RecoveryKeysStatement,
    RotationStatement,
)
from agent_core.contract.signed import Role, SignedBy
from agent_core.contract.statements import EnrolmentStatement, RevocationStatement
from console import texts_headless
from console.headless.errors import NoKey
from console.headless.signing import LIFETIME, KeyPair, Signer

INVITED_FOR: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody may do: role, brands and limits, as an enrolment spells them."""

    role: Role
    brands: tuple[str, ...]
    limit: Money | None = None
    day_limit: Money | None = None
    day_count: int | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """A signed invitation, and the code to be told to the invited person, once, by another way than this."""

    command: Invite
    invitation: InvitationId
    code: str


def revocation(signer: Signer, challenge: Challenge, key: KeyFingerprint, reason: str) -> RevokeKey:
    """Signs that a key counts for nothing for ever."""
    return RevokeKey(envelope=signer.key.sign(RevocationStatement(**_signed(signer, challenge), key=key, reason=reason)))


def rotation(signer: Signer, challenge: Challenge, successor: KeyPair) -> RotateKey:
    """Signs that another key of the same person takes the place of this one. Keep the new one before this is sent."""
    proof = successor.sign_bytes(rotation_proof_bytes(challenge.core, signer.key.fingerprint, successor.fingerprint))
    statement = RotationStatement(
        **_signed(signer, challenge), public_key=successor.public_key, proof=base64.b64encode(proof).decode()
    )
    return RotateKey(envelope=signer.key.sign(statement))


def invitation(
    signer: Signer, challenge: Challenge, operator: OperatorId, name: str, terms: Terms, *, life: timedelta = INVITED_FOR
) -> Invited:
    """Signs an invitation; the code is made here, and the core never gets to know it before it is used."""
    code, name_salt, named = new_code(), secrets.token_bytes(16), new_invitation()
    statement = InvitationStatement(
        **_signed(signer, challenge),
        invitation=named,
        operator=operator,
        name_digest=salted_digest(name_salt, name.encode()),
        role=terms.role,
        brands=terms.brands,
        limit=terms.limit,
        day_limit=terms.day_limit,
        day_count=terms.day_count,
        not_after=terms.not_after,
        code_digest=invitation_code_digest(code),
        until=signer.clock() + life,
    )
    command = Invite(envelope=signer.key.sign(statement), name=name, name_salt=name_salt.hex())
    return Invited(command, named, code)


def acceptance(signer: Signer, shown: InvitationShown, code: str) -> AcceptInvitation:
    """Proves the key of the invited person, for the terms that were shown to them."""
    now = signer.clock()
    statement = AcceptanceStatement(
        core=shown.core,
        signed_by=SignedBy(operator=shown.operator, role=shown.role, key=signer.key.fingerprint),
        console=signer.console,
        nonce=shown.nonce,
        issued_at=now,
        expires_at=now + LIFETIME,
        invitation=shown.invitation,
        invited=shown.invited,
        public_key=signer.key.public_key,
    )
    return AcceptInvitation(code=code, envelope=signer.key.sign(statement))


def countersigned(signer: Signer, core: str, row: InvitationRow, fingerprint: KeyFingerprint) -> CountersignOperator:
    """Signs the key of an invited person, whose fingerprint they told this person by another way.

    Raises:
        NoKey: `other_fingerprint` when the key that was proven is another one.
    """
    if row.public_key is None or row.key != fingerprint:
        raise NoKey("other_fingerprint", texts_headless.OTHER_FINGERPRINT)
    now = signer.clock()
    statement = EnrolmentStatement(
        core=core,
        signed_by=signer.signed_by,
        console=signer.console,
        nonce=row.invitation,
        issued_at=now,
        expires_at=now + LIFETIME,
        operator=row.operator,
        name_digest=salted_digest(bytes.fromhex(row.name_salt), row.name.encode()),
        role=row.role,
        brands=row.brands,
        limit=row.limit,
        day_limit=row.day_limit,
        day_count=row.day_count,
        public_key=row.public_key,
        not_after=row.not_after,
    )
    return CountersignOperator(invitation=row.invitation, envelope=signer.key.sign(statement))


def amendment(signer: Signer, challenge: Challenge, known: OperatorKey, terms: Terms) -> Enrol:
    """Signs other terms for a colleague's key, or the same ones again where the key was stopped."""
    salt = secrets.token_bytes(16)
    statement = EnrolmentStatement(
        **_signed(signer, challenge),
        operator=known.operator,
        name_digest=salted_digest(salt, known.name.encode()),
        role=terms.role,
        brands=terms.brands,
        limit=terms.limit,
        day_limit=terms.day_limit,
        day_count=terms.day_count,
        public_key=known.public_key,
        not_after=terms.not_after,
        replaces=known.statement,
        simulated=known.simulated,
    )
    return Enrol(envelope=signer.key.sign(statement), name=known.name, name_salt=salt.hex())


def recovery_keys(
    signer: Signer, challenge: Challenge, anchor: KeyFingerprint, need: int, keys: Sequence[str]
) -> ProtectAnchor:
    """Signs which keys may move the anchor, and how many of them together."""
    statement = RecoveryKeysStatement(**_signed(signer, challenge), anchor=anchor, need=need, keys=tuple(keys))
    return ProtectAnchor(envelope=signer.key.sign(statement))


def _signed(signer: Signer, challenge: Challenge) -> dict[str, Any]:
    now = signer.clock()
    return {
        "core": challenge.core,
        "signed_by": signer.signed_by,
        "console": signer.console,
        "nonce": challenge.nonce,
        "issued_at": now,
        "expires_at": now + LIFETIME,
    }

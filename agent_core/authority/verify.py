"""Verifies one envelope: checks 1 to 4 and 6 of the security design, each with its own code (R-C4).

Exactly the bytes that were verified are parsed. `keyid` finds a key and decides nothing: the key decides, and the statement
must name the same operator, key and role. Whether the nonce was issued and is unused is state, and so `decisions.py`'s.
It must never accept a second spelling of anything: base64, JSON or statement.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import OperatorFacts
from agent_core.contract.base import Digest
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.statements import (
    PAYLOAD_TYPE,
    Envelope,
    Statement,
    pre_authentication_encoding,
    read_statement,
    statement_digest,
    strict_base64,
)

LIFETIME = timedelta(minutes=15)
"""The longest a statement may live."""
CLOCK_SKEW = timedelta(seconds=30)
"""How far ahead of the core's clock a console's may be. Expiry knows no tolerance."""


@dataclass(frozen=True, slots=True)
class Key:
    """An enrolled key.

    Attributes:
        valid_from: When its enrolment was signed; earlier statements of it count for nothing. An amendment of a key that
            counts does not change it: what was approved before is judged by what its owner may do now.
        amended_at: When the newest statement about it was signed, where that is not the first.
        revoked: Whether it was taken out of use: nothing it ever signed counts any more, unless executed already.
        not_after: From this moment on nothing it signed counts any more either, unless executed already.
        statement: The digest of the enrolment or rotation that proves it.
        stopped_at: Since when it counts for nothing until its enrolment is amended.
        follows: The key whose successor it is, and `followed_by` the key that took its place: then it counts no more.
    """

    fingerprint: KeyFingerprint
    public: bytes
    operator: OperatorFacts
    valid_from: datetime
    statement: Digest
    enrolled_by: KeyFingerprint
    revoked: bool = False
    not_after: datetime | None = None
    amended_at: datetime | None = None
    stopped_at: datetime | None = None
    follows: KeyFingerprint | None = None
    followed_by: KeyFingerprint | None = None

    @property
    def out_of_use(self) -> str | None:
        """Why it counts for nothing, whatever the time: the code of a check."""
        if self.revoked:
            return "key_revoked"
        if self.followed_by is not None:
            return "key_rotated"
        return None if self.stopped_at is None else "key_stopped"

    def counts_at(self, now: datetime) -> bool:
        """Whether it is neither out of use nor expired."""
        return self.out_of_use is None and (self.not_after is None or now < self.not_after)


class Keys(Protocol):
    """Where verification looks keys up: a `KeyRing`."""

    def get(self, fingerprint: KeyFingerprint, /) -> Key | None:
        """The enrolled key of a fingerprint, revoked ones included."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope whose signature fits a public key: the statement and its name for ever."""

    statement: Statement
    digest: Digest


@dataclass(frozen=True, slots=True)
class Verified:
    """A statement that is what its signer signed, by an enrolled key, for this core, now."""

    statement: Statement
    operator: OperatorFacts
    key: Key
    digest: Digest


def verify_envelope(envelope: Envelope, *, keys: Keys, now: datetime, audience: str) -> Verified:
    """Verifies an envelope against the enrolled keys.

    Args:
        envelope: As received.
        keys: Every enrolled key.
        now: The core's clock.
        audience: This core's instance; a statement for another one counts for nothing.

    Raises:
        CheckFailed: With the code of the first check that failed.
    """
    _refuse_wrong_form(envelope)
    key = keys.get(envelope.signatures[0].keyid)
    if key is None:
        raise CheckFailed("unknown_key", detail=envelope.signatures[0].keyid)
    if key.out_of_use is not None:
        raise CheckFailed(key.out_of_use, detail=key.fingerprint)
    if not key.counts_at(now):
        raise CheckFailed("key_expired", detail=key.fingerprint)
    opened = open_envelope(envelope, key.public, key.fingerprint)
    statement = opened.statement
    if statement.core != audience:
        raise CheckFailed("wrong_core", detail=opened.digest)
    if statement.signed_by.operator != key.operator.id:
        raise CheckFailed("foreign_operator", detail=opened.digest)
    if statement.signed_by.role != key.operator.role:
        raise CheckFailed("wrong_role", detail=opened.digest)
    if statement.issued_at < key.valid_from - CLOCK_SKEW:
        raise CheckFailed("key_not_yet_enrolled", detail=opened.digest)
    check_times(statement, now)
    return Verified(statement=statement, operator=key.operator, key=key, digest=opened.digest)


def open_envelope(envelope: Envelope, public: bytes, fingerprint: KeyFingerprint) -> Opened:
    """Verifies form and signature against one public key, and parses the very bytes that were verified.

    Args:
        envelope: As received.
        public: The raw public key, 32 bytes.
        fingerprint: Its fingerprint, which the statement must name.

    Raises:
        CheckFailed: Checks 1 to 4, as far as they need no other state.
    """
    _refuse_wrong_form(envelope)
    payload = _decoded(envelope.payload)
    signature = _decoded(envelope.signatures[0].sig)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, pre_authentication_encoding(PAYLOAD_TYPE, payload))
    except (InvalidSignature, ValueError) as error:
        raise CheckFailed("bad_signature", detail=fingerprint) from error
    try:
        statement = read_statement(payload)
    except Invalid as error:
        raise CheckFailed(error.code, detail=error.detail) from error
    digest = statement_digest(payload)
    if statement.signed_by.key != fingerprint or envelope.signatures[0].keyid != fingerprint:
        raise CheckFailed("key_not_named", detail=digest)
    return Opened(statement=statement, digest=digest)


def check_times(statement: Statement, now: datetime) -> None:
    """Whether a statement counts at a moment: issued already, not expired, no longer life than allowed.

    Raises:
        CheckFailed: `lives_too_long`, `issued_in_future` or `statement_expired`.
    """
    if not timedelta(0) < statement.expires_at - statement.issued_at <= LIFETIME:
        raise CheckFailed("lives_too_long")
    if statement.issued_at > now + CLOCK_SKEW:
        raise CheckFailed("issued_in_future")
    if now >= statement.expires_at:
        raise CheckFailed("statement_expired")


def read_envelope(text: str | bytes) -> Envelope:
    """An envelope from JSON.

    Raises:
        CheckFailed: `bad_statement` when it is not one.
    """
    try:
        return Envelope.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError) as error:
        raise CheckFailed("bad_statement", detail=str(error)[:300]) from error


def _refuse_wrong_form(envelope: Envelope) -> None:
    if envelope.payload_type != PAYLOAD_TYPE:
        raise CheckFailed("wrong_payload_type")
    if len(envelope.signatures) != 1:
        raise CheckFailed("not_one_signature")


def _decoded(text: str) -> bytes:
    try:
        return strict_base64(text)
    except Invalid as error:
        raise CheckFailed("bad_base64") from error

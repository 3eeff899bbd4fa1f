"""Signed statements about operators and their keys: invited, accepted, rotated, recovered, signed in (R-C7, DESIGN §4).

Each is frozen like every statement (`contract.statements`): another field is another class of the next version. They hold
ids, limits, public keys and salted digests, never a name, a code or a secret.
"""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Digest, Instant
from agent_core.contract.ids import InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.money import Money
from agent_core.contract.signed import Role, Signed, SignedV1

MOST_RECOVERY_KEYS = 9


class InvitationStatement(SignedV1):
    """Somebody may become an operator on these terms, if they know the code and a second person countersigns their key.

    Attributes:
        operator: How they will be called; `name_digest` is of their name, which travels beside.
        brands: Brand names, or `*` alone; `limit`, `day_limit`, `day_count` and `not_after` as in an enrolment.
        code_digest: `invitation_code_digest` of the one-time code, which the core never keeps.
        until: From this moment on the code counts for nothing.
    """

    type: Literal["invitation"] = "invitation"
    invitation: InvitationId
    operator: OperatorId
    name_digest: Digest
    role: Role
    brands: tuple[str, ...] = Field(min_length=1, max_length=200)
    limit: Money | None
    day_limit: Money | None = None
    day_count: int | None = Field(ge=0, le=1_000_000, default=None)
    not_after: Instant | None = None
    code_digest: Digest
    until: Instant


class AcceptanceStatement(SignedV1):
    """The invited person proves their key: signed by that key itself. It makes nobody an operator.

    Attributes:
        invited: Digest of the invitation's statement: the terms they accept.
    """

    type: Literal["acceptance"] = "acceptance"
    invitation: InvitationId
    invited: Digest
    public_key: str = Field(max_length=60)


class RotationStatement(SignedV1):
    """An operator's key names its successor, with the same role, brands and limits. The older key counts no more.

    Attributes:
        public_key: Raw Ed25519 public key of the successor, base64.
        proof: The successor's own signature over `rotation_proof_bytes`: nobody names a key they do not hold.
    """

    type: Literal["rotation"] = "rotation"
    public_key: str = Field(max_length=60)
    proof: str = Field(max_length=120)


class RecoveryKeysStatement(SignedV1):
    """The keys that may move the anchor, of which `need` must sign; set once, by an admin of every brand."""

    type: Literal["recovery_keys"] = "recovery_keys"
    anchor: KeyFingerprint
    need: int = Field(ge=1, le=MOST_RECOVERY_KEYS)
    keys: tuple[str, ...] = Field(min_length=1, max_length=MOST_RECOVERY_KEYS)


class ReanchorStatement(SignedV1):
    """A recovery key says where trust starts from now on. Everybody else must be enrolled anew by that key.

    Attributes:
        previous: The anchor that counts no more.
        anchor: The key that becomes the anchor, by its own enrolment.
        need: Of the next recovery keys.
        keys: The next recovery keys, public, base64.
    """

    type: Literal["reanchor"] = "reanchor"
    previous: KeyFingerprint
    anchor: KeyFingerprint
    need: int = Field(ge=1, le=MOST_RECOVERY_KEYS)
    keys: tuple[str, ...] = Field(min_length=1, max_length=MOST_RECOVERY_KEYS)


class BoundSessionStatement(Signed):
    """Answers the sign-in challenge, and names the key with which this console signs each request of the session.

    Attributes:
        session_key: Raw Ed25519 public key, base64; made by the console for this one session.
    """

    type: Literal["session"] = "session"
    statement_version: Literal[2] = 2
    challenge: str = Field(max_length=120)
    session_key: str = Field(max_length=60)

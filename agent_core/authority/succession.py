"""A key names its successor: signed by the older one, proven by the newer one (R-C7).

The successor has the same role, brands and limits. Both are one person's, so they never count as two; the older one counts
no more. It must never make a successor of a key that is known already.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent_core.authority.verify import Key, Verified
from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import Invalid
from agent_core.contract.events import KeyRotated
from agent_core.contract.operator_proofs import rotation_proof_bytes
from agent_core.contract.operator_statements import RotationStatement
from agent_core.contract.statements import fingerprint, strict_base64


def rotated_event(verified: Verified, statement: RotationStatement, *, envelope: BodyRef) -> KeyRotated:
    """The row of a rotation: says exactly what was signed.

    Raises:
        Invalid: `bad_base64` when the successor is no key.
    """
    return KeyRotated(
        operator=verified.operator.id,
        key=verified.key.fingerprint,
        successor=fingerprint(strict_base64(statement.public_key)),
        public_key=statement.public_key,
        statement=verified.digest,
        envelope=envelope,
    )


def rotation_fault(event: KeyRotated, verified: Verified, *, core: str) -> str | None:
    """Why a rotation proves no successor; none when it does."""
    statement = verified.statement
    if not isinstance(statement, RotationStatement):
        return "not_a_rotation"
    try:
        public = strict_base64(statement.public_key)
        proof = strict_base64(statement.proof)
        if event != rotated_event(verified, statement, envelope=event.envelope):
            return "row_differs"
        Ed25519PublicKey.from_public_bytes(public).verify(proof, rotation_proof_bytes(core, event.key, event.successor))
    except (Invalid, ValueError, InvalidSignature):
        return "successor_not_proven"
    return None


def successor(event: KeyRotated, verified: Verified) -> Key:
    """The key that takes the older one's place."""
    older = verified.key
    return Key(
        fingerprint=event.successor,
        public=strict_base64(event.public_key),
        operator=older.operator,
        valid_from=verified.statement.issued_at,
        statement=verified.digest,
        enrolled_by=older.fingerprint,
        not_after=older.not_after,
        follows=older.fingerprint,
    )

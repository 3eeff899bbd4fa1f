"""Signs a statement: for the demonstration's simulated person, for tools and for tests. The console has its own signer.

It must never keep a key, and never sign anything but the canonical bytes of a statement.
"""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.operator_proofs import rotation_proof_bytes
from agent_core.contract.statements import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    Statement,
    fingerprint,
    pre_authentication_encoding,
    statement_bytes,
)


def sign_statement(statement: Statement, private_key: Ed25519PrivateKey) -> Envelope:
    """The envelope of a statement, signed."""
    payload = statement_bytes(statement)
    signature = private_key.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    return Envelope(
        payloadType=PAYLOAD_TYPE,
        payload=base64.b64encode(payload).decode(),
        signatures=(EnvelopeSignature(keyid=key_fingerprint(private_key), sig=base64.b64encode(signature).decode()),),
    )


def key_fingerprint(private_key: Ed25519PrivateKey) -> KeyFingerprint:
    """The fingerprint of a private key's public half."""
    return fingerprint(private_key.public_key().public_bytes_raw())


def public_key_text(private_key: Ed25519PrivateKey) -> str:
    """The public half as an enrolment spells it: raw, base64."""
    return base64.b64encode(private_key.public_key().public_bytes_raw()).decode()


def rotation_proof(core: str, older: KeyFingerprint, successor: Ed25519PrivateKey) -> str:
    """The successor's own signature that a rotation carries, base64."""
    return base64.b64encode(successor.sign(rotation_proof_bytes(core, older, key_fingerprint(successor)))).decode()

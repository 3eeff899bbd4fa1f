"""The bytes that are digested or signed beside statements: one-time codes, successors of keys, requests of a session.

Both sides make them here, so that they are equal. It must never hold a code or a private key longer than a call.
"""

import base64
import hashlib
import secrets
from typing import Final

from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import InvitationId, KeyFingerprint

CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nothing that is read out aloud is mistaken for another."""
CODE_LENGTH: Final = 20
PROOF_HEADER: Final = "countersign-proof"

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_code() -> str:
    """A one-time code of 100 random bits, in groups of four."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def read_code(text: str) -> str:
    """A code as it was meant, however it was typed.

    Raises:
        Invalid: `bad_code`.
    """
    plain = text.upper().translate(_READ_AS)
    if len(plain) != CODE_LENGTH or not set(plain) <= set(CODE_ALPHABET):
        raise Invalid("bad_code", "A code has twenty letters and digits. Read it again.")
    return plain


def invitation_code_digest(code: str) -> str:
    """What an invitation keeps of its code. A hundred random bits need no slow hash.

    Raises:
        Invalid: `bad_code`.
    """
    return hashlib.sha256(b"countersign invitation v1\n" + read_code(code).encode()).hexdigest()


def new_invitation() -> InvitationId:
    """An id for an invitation."""
    return InvitationId("i_" + secrets.token_hex(10))


def rotation_proof_bytes(core: str, key: KeyFingerprint, successor: KeyFingerprint) -> bytes:
    """What the successor signs: for which core, and which key it follows."""
    return b"countersign rotation v1\n" + canonical({"core": core, "key": key, "successor": successor})


def request_proof_bytes(token: str, number: int, method: str, target: bytes, body: bytes) -> bytes:
    """What a console signs with its session key: this request, of this session, once.

    Args:
        token: The session's token.
        number: Grows with every request of the session.
        method: In capitals.
        target: Path and query as they are sent.
        body: As it is sent.
    """
    parts = (hashlib.sha256(token.encode()).hexdigest(), str(number), method.upper(), hashlib.sha256(body).hexdigest())
    return b"countersign request v1\n" + "\n".join(parts).encode() + b"\n" + target


def spell_proof(number: int, signature: bytes) -> str:
    """The header's value: number and signature."""
    return f"{number}.{base64.b64encode(signature).decode()}"


def read_proof(text: str) -> tuple[int, bytes] | None:
    """Number and signature of a header's value; none when it is none."""
    number, _, signature = text.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= 16):
        return None
    try:
        return int(number), base64.b64decode(signature, validate=True)
    except ValueError:
        return None


def grouped(key: KeyFingerprint) -> str:
    """A fingerprint for two people who compare it by voice: sixteen groups of four."""
    digits = key.partition(":")[2]
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))

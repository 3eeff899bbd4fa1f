"""Whether the console that sends a request is the one that signed in: each request is signed with the session's own key.

A token that leaks, out of a log or a memory dump, is worth nothing at another console; a request that was seen cannot be
sent again: every number counts once. The key is made for one session and vouched for by the signed sign-in. It must never
take a number for used before its signature was verified.
"""

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent_core.contract.errors import Invalid
from agent_core.contract.operator_proofs import read_proof, request_proof_bytes
from agent_core.contract.statements import strict_base64

_KEPT: Final = 1024
"""Numbers below the highest one that may still come, because requests overtake each other."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it arrived.

    Attributes:
        method: In capitals.
        target: Path and query, as sent.
        body: As sent.
        proof: The header's value; none when there was none.
    """

    method: str
    target: bytes
    body: bytes
    proof: str | None


@dataclass(slots=True)
class Possession:
    """A session's key, and the numbers it has used."""

    key: Ed25519PublicKey
    _highest: int = 0
    _used: set[int] = field(default_factory=set[int])

    @staticmethod
    def of(public_key: str) -> "Possession":
        """The possession of a raw public key in base64.

        Raises:
            Invalid: `bad_session_key`.
        """
        try:
            return Possession(Ed25519PublicKey.from_public_bytes(strict_base64(public_key)))
        except (Invalid, ValueError) as error:
            raise Invalid("bad_session_key", "The session's key is no Ed25519 key.") from error

    def fault(self, token: str, asking: Asking) -> str | None:
        """Why a request does not prove who sends it: a code; none when it does, and then its number is used up."""
        read = None if asking.proof is None else read_proof(asking.proof)
        if read is None:
            return "proof_missing"
        number, signature = read
        try:
            self.key.verify(signature, request_proof_bytes(token, number, asking.method, asking.target, asking.body))
        except InvalidSignature:
            return "proof_wrong"
        if number in self._used or number <= self._highest - _KEPT or number < 1:
            return "proof_used"
        self._used.add(number)
        if number > self._highest:
            self._highest = number
            if len(self._used) > 2 * _KEPT:
                self._used = {each for each in self._used if each > number - _KEPT}
        return None

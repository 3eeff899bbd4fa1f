"""A person at a terminal speaks to a running core with their own key, which comes over standard input and is never kept.

The line of standard input is what a console keeps in the system's keyring: ``{"seed", "operator", "role"}``. It must never
print a key, put one on a command line, or follow a redirect.
"""

import base64
import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Self

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter

from agent_core.authority.sign import key_fingerprint, public_key_text, sign_statement
from agent_core.contract.clock import system_clock
from agent_core.contract.errors import Conflict, Unavailable, Unusable
from agent_core.contract.ids import OperatorId, random_id
from agent_core.contract.operator_proofs import PROOF_HEADER, request_proof_bytes, spell_proof
from agent_core.contract.operator_statements import BoundSessionStatement
from agent_core.contract.signed import ConsoleIdentity, Role, SignedBy
from agent_core.contract.statements import Envelope, Statement

CONSOLE: Final = ConsoleIdentity(version="0.1.0", instance="terminal")
LIFETIME: Final = timedelta(minutes=15)
_ROLE: TypeAdapter[Role] = TypeAdapter(Role)
_MOST_LINE: Final = 4096


def private_key(seed: str) -> Ed25519PrivateKey:
    """The key of a seed in base64.

    Raises:
        Unusable: `bad_key`.
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed.strip(), validate=True))
    except ValueError as error:
        raise Unusable("bad_key", "This is no key: 44 characters of base64 are expected on standard input.") from error


def line_of_input() -> str:
    """One line of standard input, where secrets come from."""
    return sys.stdin.readline(_MOST_LINE)


class OperatorLine:
    """A signed-in operator at a terminal."""

    def __init__(self, url: str, kept: str) -> None:
        """Takes where the core is, and what a console keeps of the operator's key.

        Raises:
            Unusable: `bad_key`.
        """
        try:
            value: dict[str, Any] = json.loads(kept)
            self._key = private_key(str(value["seed"]))
            self._by = SignedBy(
                operator=OperatorId(str(value["operator"])),
                role=_ROLE.validate_python(value["role"]),
                key=key_fingerprint(self._key),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Unusable(
                "bad_key", "One line with an operator's key, as the keyring holds it, is expected on standard input."
            ) from error
        self._http = httpx.Client(base_url=url, timeout=20, follow_redirects=False, trust_env=False)
        self._session_key = Ed25519PrivateKey.generate()
        self._token = ""
        self._number = 0
        self._challenge: dict[str, Any] = {}
        self.core = ""

    def __enter__(self) -> Self:
        said = {
            **self.signed(),
            "challenge": self._challenge["challenge"],
            "session_key": public_key_text(self._session_key),
        }
        envelope = sign_statement(BoundSessionStatement.model_validate(said), self._key)
        self._token = str(self.ask("POST", "/v1/sessions", {"envelope": envelope.model_dump(mode="json")})["token"])
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._token:
                self.ask("DELETE", "/v1/sessions/current")
        finally:
            self._http.close()

    @property
    def operator(self) -> OperatorId:
        """Whose key this is."""
        return self._by.operator

    def signed(self) -> dict[str, Any]:
        """The fields every statement carries, with a fresh nonce of the core."""
        self._challenge = self.ask("POST", "/v1/challenge")
        now: datetime = system_clock()
        self.core = str(self._challenge["core"])
        return {
            "core": self.core,
            "signed_by": self._by,
            "console": CONSOLE,
            "nonce": self._challenge["nonce"],
            "issued_at": now,
            "expires_at": now + LIFETIME,
        }

    def sign(self, statement: Statement) -> Envelope:
        """Signs a statement with the operator's key."""
        return sign_statement(statement, self._key)

    def command(self, value: Mapping[str, Any]) -> None:
        """Carries out a command."""
        self.ask("POST", "/v1/commands", value, key=random_id("k"))

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> dict[str, Any]:
        """One question.

        Raises:
            Conflict: The core refused, with its own code and sentence.
            Unavailable: `core_unreachable`.
        """
        content = b"" if body is None else json.dumps(body).encode()
        request = self._http.build_request(method, path, content=content or None)
        if content:
            request.headers["content-type"] = "application/json"
        if key is not None:
            request.headers["idempotency-key"] = key
        if self._token:
            self._number += 1
            proof = request_proof_bytes(self._token, self._number, method, request.url.raw_path, content)
            request.headers[PROOF_HEADER] = spell_proof(self._number, self._session_key.sign(proof))
            request.headers["authorization"] = f"Bearer {self._token}"
        try:
            answer = self._http.send(request)
            value: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable("core_unreachable", "The core does not answer at this address.") from error
        if answer.is_success:
            return value
        refused = value.get("error", {})
        raise Conflict(str(refused.get("code", "refused")), str(refused.get("message", "The core refused it.")))

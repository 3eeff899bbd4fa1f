"""Bodies: everything long or personal, stored beside the log and named by a salted digest.

Erasing a body erases its salt, so the digest in the log proves nothing about the text any more, and the chain still
verifies (R-N5). `evolve` never reads a body.
"""

import hashlib
import secrets
from itertools import count
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Digest, Value, of_checked
from agent_core.contract.ids import BodyId
from agent_core.contract.once import once

SALT_BYTES = 16
_ID_BYTES: Final = 5

SaltText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""A salt on the wire: 16 bytes in lower-case hexadecimal."""

BodyKind = Literal[
    "message_raw", "message", "subject", "arguments", "result", "facts", "model_message", "model_system", "model_tools",
    "model_parameters", "manifest", "answer", "draft", "reply", "notice", "card", "evidence", "envelope", "comment",
    "error", "context", "triage", "diagnosis", "packet", "external_ref", "quoted", "hidden", "attachments",
]  # fmt: skip


class BodyRef(Value):
    """Names a body in an event. `size` in bytes of the UTF-8 text."""

    id: BodyId
    digest: Digest
    size: int = Field(ge=0)
    kind: BodyKind


class Body(Value):
    """A body before it is stored. `text` is UTF-8 without lone surrogates; JSON bodies are canonical JSON."""

    id: BodyId
    kind: BodyKind
    salt: bytes
    text: str

    @once
    def data(self) -> bytes:
        """The stored bytes."""
        return self.text.encode()

    @once
    def ref(self) -> BodyRef:
        """The reference that goes into an event."""
        data = self.data
        made = {"id": self.id, "digest": salted_digest(self.salt, data), "size": len(data), "kind": self.kind}
        return of_checked(BodyRef, made)


def salted_digest(salt: bytes, data: bytes) -> str:
    """SHA-256 over salt and data, hexadecimal."""
    return hashlib.sha256(salt + data).hexdigest()


_PLACES: Final = count(int.from_bytes(secrets.token_bytes(5)))
"""Begins anywhere, and goes on by one."""


def body_id() -> BodyId:
    """A new id: 40 bits that go on by one with each body of this process, then 40 random ones.

    Ids of one moment stand side by side in the database's index, so a commit of many bodies writes one page of it, not one
    for each; and no two processes can make the same id.
    """
    return _named(secrets.token_bytes(_ID_BYTES))


def _named(random: bytes) -> BodyId:
    return BodyId(f"b_{next(_PLACES) % 2**40:010x}{random.hex()}")


def new_body(kind: BodyKind, text: str) -> Body:
    """A body with a new id and a new random salt.

    Raises:
        ValueError: The text has no UTF-8: a lone surrogate is in it.
    """
    drawn = secrets.token_bytes(_ID_BYTES + SALT_BYTES)  # the system is asked once for both
    if not text.isascii():
        text.encode()
    return of_checked(Body, {"id": _named(drawn[:_ID_BYTES]), "kind": kind, "salt": drawn[_ID_BYTES:], "text": text})


class Comment(Value):
    """A person's words on their way to the core, with the salt they will be stored under.

    A statement names them by `digest`, and so does the log once they are a body: erasing that body erases the proof too.
    """

    text: str = Field(min_length=1, max_length=4000)
    salt: SaltText = Field(default_factory=lambda: secrets.token_hex(SALT_BYTES))

    @property
    def digest(self) -> Digest:
        """Equals `BodyRef.digest` of the stored comment."""
        return salted_digest(bytes.fromhex(self.salt), self.text.encode("utf-8", "surrogatepass"))

"""Signing checkpoints and checking their signatures: Ed25519 over the text, as C2SP `signed-note` wants it.

A core signs checkpoints with a key of its own that never lies in its database: whoever rewrites the database cannot sign
what it says now. It must never sign anything but the text of a checkpoint under its own name.
"""

import base64
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent_core.contract.checkpoints import Checkpoint, CheckpointKey, SignedCheckpoint, origin_of

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A core's own key for checkpoints. Its `repr` shows no secret."""

    name: str
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls, core: str) -> "NoteSigner":
        """A fresh key of a core."""
        return cls(origin_of(core), Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, core: str, seed: bytes) -> "NoteSigner":
        """The key of a kept seed.

        Raises:
            ValueError: The seed does not have 32 bytes.
        """
        return cls(origin_of(core), Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> str:
        """What is kept: base64. Never to be logged, and never to be stored in the database."""
        return base64.b64encode(self._private.private_bytes_raw()).decode()

    @property
    def key(self) -> CheckpointKey:
        """The public half."""
        return CheckpointKey(self.name, self._private.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> SignedCheckpoint:
        """Signs a checkpoint of this core.

        Raises:
            ValueError: It is another core's.
        """
        if checkpoint.origin != self.name:
            raise ValueError("a core signs its own checkpoints only")
        return SignedCheckpoint(checkpoint, self.name, self.key.key_id, self._private.sign(checkpoint.text.encode()))


def is_signed_by(note: SignedCheckpoint, key: CheckpointKey) -> bool:
    """Whether this key signed this checkpoint under its name."""
    if (note.signer, note.key_id) != (key.name, key.key_id):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(note.signature, note.checkpoint.text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True

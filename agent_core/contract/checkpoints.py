"""A checkpoint: what a core says its whole log was, at one moment, as a text that anybody can keep and check later.

    countersign/core_9f2c                                          who says it (origin)
    1234                                                           events in the log
    3q2+7wAA…=                                                     root over them (RFC 6962), base64
    at 2026-03-01T09:30:00.123456Z                                 when
    previous 64 hexadecimal digits, or -                           SHA-256 of the checkpoint before, as a whole text

    — countersign/core_9f2c uR3…=                                  Ed25519, as of C2SP signed-note

This is a C2SP `tlog-checkpoint` in a C2SP `signed-note` with two extension lines, so witnesses and tools of others can
read it. Whoever keeps one outside the database can later prove that the log was cut or rewritten. Every text here may
come from an enemy: it is bounded, it has one spelling, and it is never trusted before its signature was checked, which is
the work of whoever has a cryptography library (`agent_core.audit.notes`, the console's witness). No clock, no key, no I/O
here.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent_core.contract.base import Digest, Value
from agent_core.contract.clock import iso
from agent_core.contract.errors import Invalid
from agent_core.contract.merkle import HASH_BYTES, LARGEST_SIZE

MOST_CHARACTERS: Final = 2_000
"""Of a whole signed checkpoint; ours have about 420."""

ORIGIN_OF: Final = "countersign/"
"""What stands before the core's name in an origin."""

_ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_NAME: Final = re.compile(r"[A-Za-z0-9_./-]{1,120}", re.ASCII)
_BODY: Final = re.compile(
    r"(?P<origin>[A-Za-z0-9_./-]{1,120})\n"
    r"(?P<size>0|[1-9][0-9]{0,15})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"at (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
    r"previous (?P<previous>[0-9a-f]{64}|-)\n",
    re.ASCII,
)
_SIGNATURE: Final = re.compile(r"\u2014 (?P<name>[A-Za-z0-9_./-]{1,120}) (?P<data>[A-Za-z0-9+/]{90,92}={0,2})\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed.

    Attributes:
        origin: Who says so: `countersign/` and the core's instance.
        size: How many events the log has.
        root: The root over their hashes in the order of the feed.
        at: When, by the core's clock.
        previous: Digest of the signed checkpoint before this one; none for the first.
    """

    origin: str
    size: int
    root: bytes
    at: datetime
    previous: str | None

    @property
    def text(self) -> str:
        """The text that is signed, ending in a line feed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nat {iso(self.at)}\nprevious {self.previous or '-'}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its one signature, not yet checked.

    Attributes:
        signer: The name of the key; equals the origin.
        key_id: The first 4 bytes that name the key: a hint, never a proof.
        signature: 64 bytes over `checkpoint.text`.
    """

    checkpoint: Checkpoint
    signer: str
    key_id: bytes
    signature: bytes

    @property
    def note(self) -> str:
        """The whole text, as it is kept and handed on."""
        data = base64.b64encode(self.key_id + self.signature).decode()
        return f"{self.checkpoint.text}\n\u2014 {self.signer} {data}\n"

    @property
    def digest(self) -> str:
        """Names it for ever: SHA-256 of the whole text, hexadecimal."""
        return hashlib.sha256(self.note.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CheckpointKey:
    """The public half of the key that signs a core's checkpoints, as C2SP's verifier key spells it."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """4 bytes: what a signature line begins with."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """`NAME+ID+KEY`."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> "CheckpointKey":
        """The key in its text.

        Raises:
            Invalid: `bad_checkpoint_key`.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, data = rest.partition("+")
        raw = _decoded(data)
        if raw is None or len(raw) != 1 + _KEY_BYTES or raw[:1] != _ED25519 or not _NAME.fullmatch(name):
            raise Invalid("bad_checkpoint_key", "This is not the public key of a checkpoint.")
        found = cls(name, raw[1:])
        if found.key_id.hex() != key_id:
            raise Invalid("bad_checkpoint_key", "The public key of the checkpoint is misspelt.")
        return found


def origin_of(core: str) -> str:
    """How a core names itself in its checkpoints."""
    return f"{ORIGIN_OF}{core}"


def read_checkpoint(text: str) -> SignedCheckpoint:
    """The checkpoint in a signed text; nothing is proven by it yet.

    Raises:
        Invalid: `bad_checkpoint`: not one, or not in its one spelling.
    """
    if len(text) > MOST_CHARACTERS:
        raise _bad("too long")
    body, blank, signatures = text.partition("\n\n")
    told, signed = _BODY.fullmatch(body + "\n"), _SIGNATURE.fullmatch(signatures)
    if not blank or told is None or signed is None:
        raise _bad("not a checkpoint with one signature")
    root, data = _decoded(told["root"]), _decoded(signed["data"])
    if root is None or len(root) != HASH_BYTES or data is None or len(data) != 4 + _SIGNATURE_BYTES:
        raise _bad("not base64 of the right length")
    size = int(told["size"])
    if size > LARGEST_SIZE or signed["name"] != told["origin"]:
        raise _bad("another size or signer than possible")
    try:
        at = datetime.fromisoformat(told["at"])
    except ValueError as error:
        raise _bad("no such moment") from error
    previous = None if told["previous"] == "-" else told["previous"]
    checkpoint = Checkpoint(told["origin"], size, root, at, previous)
    return SignedCheckpoint(checkpoint, signed["name"], data[:4], data[4:])


def _decoded(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _bad(detail: str) -> Invalid:
    return Invalid("bad_checkpoint", "This is not a checkpoint of an audit log.", detail=detail)


class AlarmShown(Value):
    """Why the core stopped sensitive actions: its log is not the one that its own last checkpoint was about.

    Attributes:
        alarm: Names this alarm; what an acknowledgement signs.
        code: `rolled_back` (fewer events than before), `rewritten` (other events), `forgotten` (what was kept outside the
            database is gone).
        expected_size: Events the core had signed for.
        expected_root: The root over them, hexadecimal.
        found_size: Events there are now.
    """

    alarm: Digest
    code: str
    sentence: str
    expected_size: int
    expected_root: Digest
    found_size: int
    raised_at: str


class CheckpointAnswer(Value):
    """The newest checkpoint of a core. `note` is the whole signed text, `key` the public key it is to be checked with.

    `alarm`: sensitive actions are stopped, and this checkpoint is about the log as it was before. No `note`: the core has
    lost what it knew.
    """

    note: str | None
    key: str
    size: int
    root: Digest
    alarm: AlarmShown | None = None


class ConsistencyAnswer(Value):
    """Why the log of `new_size` events begins with that of `old_size` (RFC 9162): hashes, hexadecimal, for the verifier."""

    old_size: int
    old_root: Digest
    new_size: int
    new_root: Digest
    proof: tuple[Digest, ...]

"""This console as a witness of a core's log: each checkpoint must be proven to continue the last one that was seen here.

A core that was given an old database, or another history, can convince itself, but not a console that saw more. So what was
seen is kept here, apart from the core, with the key it was signed with; the first key that was ever seen is the one that
counts. An alarm stands until a person at this console has said that they know why. It must never believe a checkpoint before
its signature, and never forget one because a core would like it to.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent_core.contract.checkpoints import (
    CheckpointAnswer,
    CheckpointKey,
    ConsistencyAnswer,
    SignedCheckpoint,
    origin_of,
    read_checkpoint,
)
from agent_core.contract.errors import Invalid
from agent_core.contract.merkle import verify_consistency
from agent_core.contract.statements import AuditCheckpoint
from console import texts_headless
from console.headless.errors import CoreRefused

AlarmWord = Literal["rolled_back", "rewritten", "other_key", "not_signed", "core_alarm"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What this console keeps about one core: a signed checkpoint as a text, and the key it was checked with."""

    note: str
    key: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What looking came to.

    Attributes:
        word: None while the log continues what was seen.
        sentence: What to tell the person; empty while all is well.
        size: Events of the newest checkpoint that holds.
    """

    word: AlarmWord | None = None
    sentence: str = ""
    size: int = 0


class Asked(Protocol):
    """A core that can be asked for its checkpoint: `CoreClient` is one."""

    async def audit_checkpoint(self) -> CheckpointAnswer:
        """The newest checkpoint."""
        ...

    async def audit_consistency(self, old: int, new: int) -> ConsistencyAnswer:
        """Why a newer log continues an older one."""
        ...


class WitnessMemory:
    """What was seen, by core. Without a path it lasts as long as the console."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._seen: dict[str, Seen] = {} if path is None else _read(path)

    def seen(self, core: str) -> Seen | None:
        """What was last seen of a core."""
        return self._seen.get(core)

    def keep(self, core: str, seen: Seen) -> None:
        """Keeps what was seen, durably where there is a file; a disk that refuses leaves it until the console ends."""
        if self._seen.get(core) == seen:
            return
        self._seen[core] = seen
        if self._path is not None:
            _write(self._path, self._seen)


@dataclass(slots=True)
class Witness:
    """Looks at cores for one console."""

    memory: WitnessMemory
    offered: dict[str, Seen] = field(default_factory=dict[str, Seen])
    """What cores show while an alarm stands: what a person takes on by `accept`."""

    async def look(self, core: str, asked: Asked) -> Standing:
        """Asks a core for its newest checkpoint, and for the proof that it continues the last one that was seen.

        Raises:
            ClientError: The core could not be asked; nothing is known then, and nothing forgotten.
        """
        answer = await asked.audit_checkpoint()
        known = self.memory.seen(core)
        self.offered.pop(core, None)
        if answer.note is None:
            return _alarm("core_alarm" if known is None else "rolled_back", 0)
        try:
            key = CheckpointKey.read(answer.key)
            shown = read_checkpoint(answer.note)
        except Invalid:
            return _alarm("not_signed", 0)
        if not _signed(shown, key) or shown.checkpoint.origin != origin_of(core):
            return _alarm("not_signed", 0)
        self.offered[core] = now = Seen(answer.note, answer.key)
        size = shown.checkpoint.size
        word = None if known is None else await _compared(known, now, asked)
        if word is not None:
            return _alarm(word, size)
        if answer.alarm is not None:
            return _alarm("core_alarm", size)
        self.memory.keep(core, now)
        self.offered.pop(core, None)
        return Standing(size=size)

    def verified(self, core: str) -> AuditCheckpoint | None:
        """The log as far as this console verified it: what its signed decisions name (R-C4)."""
        seen = self.memory.seen(core)
        if seen is None:
            return None
        told = read_checkpoint(seen.note).checkpoint
        return AuditCheckpoint(size=told.size, root_hash=told.root.hex())

    def accept(self, core: str) -> bool:
        """A person says that they know why: the log as the core shows it counts from now on. False: nothing to accept."""
        now = self.offered.pop(core, None)
        if now is not None:
            self.memory.keep(core, now)
        return now is not None


async def _compared(known: Seen, now: Seen, asked: Asked) -> AlarmWord | None:
    if known.key != now.key:
        return "other_key"
    before, after = read_checkpoint(known.note).checkpoint, read_checkpoint(now.note).checkpoint
    if after.size < before.size:
        return "rolled_back"
    if after.size == before.size:
        return None if after.root == before.root else "rewritten"
    try:
        answer = await asked.audit_consistency(before.size, after.size)
    except CoreRefused as refused:
        if refused.code != "no_such_size":
            raise
        return "rolled_back"
    proof = [bytes.fromhex(each) for each in answer.proof]
    return None if verify_consistency(before.size, before.root, after.size, after.root, proof) else "rewritten"


def _alarm(word: AlarmWord, size: int) -> Standing:
    return Standing(word, texts_headless.LOG_ALARMS[word], size)


def _signed(note: SignedCheckpoint, key: CheckpointKey) -> bool:
    if (note.signer, note.key_id) != (key.name, key.key_id):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(note.signature, note.checkpoint.text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(path: Path) -> dict[str, Seen]:
    """What the file says; a file that cannot be read keeps no console from starting, and is kept aside."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        found = {str(core): Seen(str(seen["note"]), str(seen["key"])) for core, seen in value["cores"].items()}
        for seen in found.values():
            read_checkpoint(seen.note)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Invalid):
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".unreadable"))
        return {}
    return found


def _write(path: Path, seen: Mapping[str, Seen]) -> None:
    text = json.dumps({"version": 1, "cores": {core: {"note": one.note, "key": one.key} for core, one in seen.items()}})
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        return

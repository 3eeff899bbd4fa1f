"""What a core keeps about its log outside its database: the key it signs checkpoints with, and the last one it signed.

One small file per core in the configuration folder, beside the anchor: whoever brings an old database back, or writes
another history into it, does not hold this file, so the core notices. It is written whole, made durable, then renamed, so
it is never half. It must never be written into the data folder, never be logged, and the key in it never leaves the core.
"""

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from agent_core.audit.notes import NoteSigner
from agent_core.contract.canonical import digest
from agent_core.contract.checkpoints import AlarmShown, SignedCheckpoint, read_checkpoint
from agent_core.contract.errors import CountersignError, Unusable
from agent_core.contract.merkle import EMPTY_ROOT
from agent_core.store.private_file import write_private

FOLDER: Final = "audit"

AlarmCode = Literal["rolled_back", "rewritten", "forgotten"]

SENTENCES: Final[dict[AlarmCode, str]] = {
    "rolled_back": "The database is older than the one this core last signed for: a backup was restored, or it was cut.",
    "rewritten": "The database has another history than the one this core signed for: somebody has written into it.",
    "forgotten": "What this core keeps outside its database is gone, so nobody knows whether its log is still the same.",
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """The log is not the one that was signed for. Stands until an admin has signed that they know.

    Attributes:
        expected: The last checkpoint before, as a whole text; none when it is gone.
        found_size: Events in the log when it was noticed.
        found_root: The root over them, hexadecimal.
        raised_at: When, as `clock.iso` spells it.
        erased_again: Conversations that had been erased, and stood in it again: they were erased anew.
    """

    code: AlarmCode
    expected: str | None
    found_size: int
    found_root: str
    raised_at: str
    erased_again: int = 0

    @property
    def digest(self) -> str:
        """Names it: what an acknowledgement signs."""
        return digest(self.json())

    @property
    def sentence(self) -> str:
        """What has happened, safe to show."""
        again = f" {self.erased_again} conversations that had been erased were in it again; they are erased anew."
        return SENTENCES[self.code] + (again if self.erased_again else "")

    def json(self) -> dict[str, Any]:
        """Every field, for the file."""
        told: dict[str, Any] = {
            "code": self.code,
            "expected": self.expected,
            "found_size": self.found_size,
            "found_root": self.found_root,
            "raised_at": self.raised_at,
        }
        return {**told, "erased_again": self.erased_again} if self.erased_again else told

    @classmethod
    def read(cls, value: dict[str, Any]) -> "Alarm":
        """The alarm in the file's JSON."""
        code = value["code"]
        if code not in SENTENCES:
            raise ValueError("no such alarm")
        expected = value["expected"]
        return cls(
            code=code,
            expected=None if expected is None else read_checkpoint(str(expected)).note,
            found_size=int(value["found_size"]),
            found_root=str(value["found_root"]),
            raised_at=str(value["raised_at"]),
            erased_again=int(value.get("erased_again", 0)),
        )

    @property
    def shown(self) -> AlarmShown:
        """The alarm, for consoles."""
        known = None if self.expected is None else read_checkpoint(self.expected).checkpoint
        return AlarmShown(
            alarm=self.digest,
            code=self.code,
            sentence=self.sentence,
            expected_size=0 if known is None else known.size,
            expected_root=(EMPTY_ROOT if known is None else known.root).hex(),
            found_size=self.found_size,
            raised_at=self.raised_at,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file says."""

    signer: NoteSigner
    last: SignedCheckpoint | None = None
    alarm: Alarm | None = None
    doubted: tuple[str, ...] = ()
    """Places in which rows were found changed, each told once: an admin who acknowledged one is not told of it again."""

    def with_last(self, last: SignedCheckpoint) -> "Kept":
        """The same with a newer checkpoint and no alarm."""
        return replace(self, last=last, alarm=None)

    def with_alarm(self, alarm: Alarm) -> "Kept":
        """The same with an alarm."""
        return replace(self, alarm=alarm)


class OutsideFile:
    """The file of one core."""

    def __init__(self, folder: Path, *, data: Path, core: str) -> None:
        """Names the file.

        Args:
            folder: The configuration folder.
            data: The data folder.
            core: The core's instance.

        Raises:
            Unusable: `audit_beside_data` when the folder is the data folder or lies in it.
        """
        if folder.resolve().is_relative_to(data.resolve()):
            raise Unusable(
                "audit_beside_data",
                "The configuration folder must not be inside the data folder: choose another one with --config.",
            )
        self._core = core
        self._path = folder / FOLDER / f"{core}.json"

    def read(self) -> Kept | None:
        """What is kept; none when nothing ever was, or it is gone.

        Raises:
            Unusable: `audit_memory_unreadable`.
        """
        try:
            value = json.loads(self._path.read_text(encoding="utf-8"))
            signer = NoteSigner.from_seed(self._core, base64.b64decode(value["seed"], validate=True))
            last = None if value["last"] is None else read_checkpoint(str(value["last"]))
            alarm = None if value["alarm"] is None else Alarm.read(value["alarm"])
            doubted = tuple(str(place) for place in value.get("doubted", ()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, CountersignError) as error:
            raise Unusable(
                "audit_memory_unreadable",
                "The file in which this core remembers its own log cannot be read. Restore the configuration folder from a "
                "backup, or remove its audit folder: then an admin must acknowledge that the memory is gone.",
                detail=type(error).__name__,
            ) from error
        return Kept(signer, last, alarm, doubted)

    def write(self, kept: Kept) -> None:
        """Keeps it, durably, instead of what was there.

        Raises:
            Unusable: `audit_memory_not_writable`.
        """
        text = json.dumps(
            {
                "version": 1,
                "seed": kept.signer.seed,
                "last": None if kept.last is None else kept.last.note,
                "alarm": None if kept.alarm is None else kept.alarm.json(),
                "doubted": list(kept.doubted),
            },
            indent=1,
            sort_keys=True,
        )
        try:
            write_private(self._path, text)
        except OSError as error:
            raise Unusable(
                "audit_memory_not_writable",
                "The last checkpoint cannot be kept: make the configuration folder writable, or choose one with --config.",
                detail=str(error),
            ) from error

"""The anchor's fingerprint, kept in a file outside the data folder: who holds the database must not hold where trust starts.

One small file for every core of this installation. It is written whole, then renamed, so it is never half. It must never be
written into the data folder, and never be changed once a core's anchor stands in it.
"""

import json
import os
from pathlib import Path

from agent_core.contract.errors import Unusable
from agent_core.contract.ids import KeyFingerprint

NAME = "anchor.json"


class AnchorFile:
    """Anchors by core instance."""

    def __init__(self, folder: Path, *, data: Path) -> None:
        """Names the file.

        Raises:
            Unusable: `anchor_beside_data` when the folder is the data folder or lies in it.
        """
        if folder.resolve().is_relative_to(data.resolve()):
            raise Unusable(
                "anchor_beside_data",
                "The folder of the anchor must not be inside the data folder: choose another one with --config.",
            )
        self._path = folder / NAME

    def read(self, core: str) -> KeyFingerprint | None:
        """The anchor of a core; none when nobody was ever enrolled.

        Raises:
            Unusable: `anchor_unreadable`.
        """
        found = self._all().get(core)
        return None if found is None else KeyFingerprint(found)

    def write(self, core: str, key: KeyFingerprint) -> None:
        """Keeps the anchor of a core, durably.

        Raises:
            Unusable: `anchor_differs` when another one stands there, `anchor_not_writable`.
        """
        known = self._all()
        if known.get(core, key) != key:
            raise anchor_differs()
        text = json.dumps({"version": 1, "anchors": {**known, core: key}}, indent=1, sort_keys=True)
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            raise Unusable(
                "anchor_not_writable",
                "The anchor cannot be written: make the configuration folder writable, or choose another with --config.",
                detail=str(error),
            ) from error

    def _all(self) -> dict[str, str]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unreadable(str(error)) from error
        try:
            anchors = json.loads(text)["anchors"]
            return {str(core): str(key) for core, key in anchors.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(type(error).__name__) from error


def anchor_differs() -> Unusable:
    """The log and the anchor do not belong together."""
    return Unusable(
        "anchor_differs",
        "The operators in the data folder do not start at this installation's anchor. Restore the right data folder, or the "
        "anchor file that belongs to it; nothing is started until they agree.",
    )


def _unreadable(detail: str) -> Unusable:
    return Unusable(
        "anchor_unreadable",
        "The anchor file of the configuration folder cannot be read. Restore it from a backup.",
        detail=detail,
    )

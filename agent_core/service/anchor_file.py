"""The anchor's fingerprint, kept in a file outside the data folder: who holds the database must not hold where trust starts.

One small file for every core of this installation; beside each anchor stand the recovery keys that may move it, the
statements that moved it, and the rules its operators were enrolled under. It is written whole, then renamed, so it is never
half. It must never be written into the data folder; an anchor that stands in it is only moved by recovery keys.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent_core.authority.recovery import Move, RecoverySet
from agent_core.contract.base import Digest
from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Unusable
from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.statements import Envelope
from agent_core.store.private_file import write_private

NAME = "anchor.json"
_RULES = 2
"""Of this version: a new person needs an invitation and a second person (four eyes). Cores begun earlier have none."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is kept of one core.

    Attributes:
        anchor: Where trust starts; none while nobody was ever enrolled.
        four_eyes: Whether nobody enrols a new person alone (`KeyRing.four_eyes`).
        recovery: Who may move the anchor.
        moved: The statement that moved it here.
        moves: Every envelope that moved it, oldest first.
    """

    anchor: KeyFingerprint | None = None
    four_eyes: bool = False
    recovery: RecoverySet = field(default_factory=RecoverySet)
    moved: Digest | None = None
    moves: tuple[Envelope, ...] = ()


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
        return self.pinned(core).anchor

    def pinned(self, core: str) -> Pinned:
        """Everything kept of a core.

        Raises:
            Unusable: `anchor_unreadable`.
        """
        value = self._all()
        try:
            anchor = value["anchors"].get(core)
            more: dict[str, Any] = value.get("cores", {}).get(core, {})
            recovery: dict[str, Any] = more.get("recovery", {})
            return Pinned(
                anchor=None if anchor is None else KeyFingerprint(str(anchor)),
                four_eyes=int(more.get("rules", 1)) >= _RULES,
                recovery=RecoverySet(int(recovery.get("need", 0)), tuple(map(str, recovery.get("keys", ())))),
                moved=more.get("moved"),
                moves=tuple(Envelope.model_validate(each) for each in more.get("moves", ())),
            )
        except (ValidationError, ValueError, TypeError, AttributeError) as error:
            raise _unreadable(type(error).__name__) from error

    def write(self, core: str, key: KeyFingerprint) -> None:
        """Keeps the anchor of a core, durably.

        Raises:
            Unusable: `anchor_differs` when another one stands there, `anchor_not_writable`.
        """
        known = self.pinned(core)
        if known.anchor not in (None, key):
            raise anchor_differs()
        if known.anchor is None:
            self._put(core, replace(known, anchor=key, four_eyes=True))

    def protect(self, core: str, recovery: RecoverySet) -> None:
        """Names the recovery keys, once.

        Raises:
            Unusable: `anchor_differs` when others stand there, `anchor_not_writable`.
        """
        known = self.pinned(core)
        if known.recovery.need and known.recovery != recovery:
            raise anchor_differs()
        self._put(core, replace(known, recovery=recovery))

    def move(self, core: str, move: Move, envelopes: tuple[Envelope, ...]) -> None:
        """Moves the anchor, as recovery keys have said (`authority.recovery.check_move`). Nobody is enrolled there yet.

        Raises:
            Unusable: `anchor_differs` when another one stands there, `anchor_not_writable`.
        """
        known = self.pinned(core)
        if known.anchor != move.previous:
            raise anchor_differs()
        self._put(
            core,
            Pinned(move.anchor, True, move.then, move.opened[0].digest, (*known.moves, *envelopes)),
        )

    def _put(self, core: str, pinned: Pinned) -> None:
        value = self._all()
        anchors = {**value["anchors"], core: pinned.anchor}
        mine: dict[str, Any] = {
            "rules": _RULES if pinned.four_eyes else 1,
            "recovery": {"need": pinned.recovery.need, "keys": list(pinned.recovery.keys)},
            "moved": pinned.moved,
            "moves": [json.loads(canonical(each.model_dump(mode="json"))) for each in pinned.moves],
        }
        whole = {"version": 2, "anchors": anchors, "cores": {**value.get("cores", {}), core: mine}}
        text = json.dumps(whole, indent=1, sort_keys=True)
        try:
            write_private(self._path, text)
        except OSError as error:
            raise Unusable(
                "anchor_not_writable",
                "The anchor cannot be written: make the configuration folder writable, or choose another with --config.",
                detail=str(error),
            ) from error

    def _all(self) -> dict[str, Any]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {"anchors": {}}
        except OSError as error:
            raise _unreadable(str(error)) from error
        try:
            value: Any = json.loads(text)
            if not isinstance(value["anchors"], dict) or not isinstance(value.get("cores", {}), dict):
                raise _unreadable("shape")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(type(error).__name__) from error
        return value


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

"""Where trust starts, as this console has seen it: pinned beside the person's key, never taken from a core's word again.

The first sign-in pins the anchor and its recovery keys. Recovery keys that are named later are pinned when they are first
seen, and a person is told which: until then they are the core's word alone, afterwards others are refused. Another anchor is
believed only when enough of the pinned recovery keys have signed the move. Without that nothing is signed for this core:
somebody may have put another history under it. It must never replace a pin without those signatures.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent_core.contract.errors import Invalid
from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.operator_commands import AnchorShown
from agent_core.contract.operator_statements import ReanchorStatement
from agent_core.contract.statements import (
    PAYLOAD_TYPE,
    Envelope,
    fingerprint,
    pre_authentication_encoding,
    read_statement,
    strict_base64,
)
from console import texts_headless
from console.headless.errors import NoKey
from console.headless.keys import KeyStore

Learned = Literal["", "first", "recovery", "moved"]
"""What a comparison found that was not known: a core, who may move its anchor, or a move that those had signed."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What this console has seen of a core: the anchor, and who may move it.

    Attributes:
        learned: What was new about it when it was compared last; no part of what is kept.
    """

    anchor: KeyFingerprint
    need: int
    keys: tuple[str, ...]
    learned: Learned = field(default="", compare=False)

    @property
    def recovery(self) -> tuple[KeyFingerprint, ...]:
        """The fingerprints of the keys that may move it."""
        return tuple(fingerprint(strict_base64(key)) for key in self.keys)

    def text(self) -> str:
        """As it is kept."""
        return json.dumps({"anchor": self.anchor, "need": self.need, "keys": list(self.keys)})

    @staticmethod
    def read(text: str) -> "Pin":
        """A kept pin.

        Raises:
            NoKey: `anchor_changed` when it is damaged.
        """
        try:
            value: dict[str, Any] = json.loads(text)
            return Pin(KeyFingerprint(str(value["anchor"])), int(value["need"]), tuple(map(str, value["keys"])))
        except (ValueError, KeyError, TypeError) as error:
            raise NoKey("anchor_changed", texts_headless.ANCHOR_CHANGED) from error


def check_anchor(keys: KeyStore, shown: AnchorShown) -> Pin:
    """Compares what a core says with what is pinned, and pins what is new. May block: run it in a thread.

    Raises:
        NoKey: `anchor_changed`.
    """
    if shown.anchor is None:
        raise NoKey("anchor_changed", texts_headless.ANCHOR_CHANGED)
    name, now = f"anchor:{shown.core}", Pin(shown.anchor, shown.need, shown.recovery_keys)
    kept = keys.get(name)
    before = None if kept is None else Pin.read(kept)
    known = now if before is None else followed(before, shown)
    if known.anchor != now.anchor or (known.need and (known.need, known.keys) != (now.need, now.keys)):
        raise NoKey("anchor_changed", texts_headless.ANCHOR_CHANGED)
    if kept != now.text():
        keys.put(name, now.text())
    return replace(now, learned=_learned(before, now))


def _learned(before: Pin | None, now: Pin) -> Learned:
    if before is None:
        return "first"
    if before.anchor != now.anchor:
        return "moved"
    return "recovery" if before != now else ""


def followed(pin: Pin, shown: AnchorShown) -> Pin:
    """The pin after every move that its recovery keys have signed."""
    for _ in range(len(shown.moves)):
        if pin.anchor == shown.anchor:
            break
        moved = _moved(pin, shown)
        if moved is None:
            break
        pin = moved
    return pin


def _moved(pin: Pin, shown: AnchorShown) -> Pin | None:
    """The pin after one move, if enough recovery keys signed the same."""
    signers: dict[Pin, set[KeyFingerprint]] = {}
    known = {fingerprint(strict_base64(key)): strict_base64(key) for key in pin.keys}
    for envelope in shown.moves:
        signer = envelope.signatures[0].keyid if len(envelope.signatures) == 1 else KeyFingerprint("")
        statement = None if signer not in known else _verified(envelope, known[signer])
        if statement is None or statement.core != shown.core or statement.previous != pin.anchor:
            continue
        then = Pin(statement.anchor, statement.need, statement.keys)
        signers.setdefault(then, set()).add(signer)
    enough = [then for then, who in signers.items() if pin.need and len(who) >= pin.need]
    return enough[0] if len(enough) == 1 else None


def _verified(envelope: Envelope, public: bytes) -> ReanchorStatement | None:
    try:
        payload = envelope.payload_bytes()
        signature = strict_base64(envelope.signatures[0].sig)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, pre_authentication_encoding(PAYLOAD_TYPE, payload))
        statement = read_statement(payload)
    except (Invalid, InvalidSignature, ValueError):
        return None
    return statement if isinstance(statement, ReanchorStatement) else None

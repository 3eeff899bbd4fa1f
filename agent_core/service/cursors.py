"""Places in lists and feeds, sealed: whoever holds one can go on from it and learn nothing from it (R-C1).

A place in the house's log says how much happens at every brand, and by looking twice how busy another brand is. So a cursor
is encrypted and authenticated with a key of this store, under a fresh nonce each time: the same place never looks the same,
and every place is as long as any other. The key follows from the store's secret: cursors survive restarts and hold at every
worker of the same store, and at no other. It must never let a cursor of one list count in another.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent_core.contract.errors import CountersignError
from agent_core.store import Store

_NONCE: Final = 12
_BLOCK: Final = 64
"""What is sealed is filled up to a multiple of this, so that its length tells nothing."""
_LONGEST: Final = 1_000


class CursorLost(CountersignError):
    """The cursor belongs to another store or list, or to a future that did not happen."""

    status = 410

    def __init__(self) -> None:
        super().__init__("cursor_lost", "What this console knew no longer fits. It loads everything anew.")


def sealed(store: Store, purpose: str, *place: str | int) -> str:
    """A cursor.

    Args:
        store: Whose places these are.
        purpose: Which list or feed.
        place: What to go on from.
    """
    text = json.dumps(place, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _BLOCK)
    nonce = secrets.token_bytes(_NONCE)
    return _written(nonce + _box(store, purpose).encrypt(nonce, text, None))


def opened(store: Store, purpose: str, token: str) -> list[Any]:
    """The place of a cursor.

    Raises:
        CursorLost: It is none of this list of this store.
    """
    if len(token) > _LONGEST:
        raise CursorLost
    try:
        data = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        if _written(data) != token:
            raise CursorLost  # the last letter of base64 has bits that say nothing: one cursor has one form
        return json.loads(_box(store, purpose).decrypt(data[:_NONCE], data[_NONCE:], None))
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise CursorLost from error


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _box(store: Store, purpose: str) -> AESGCM:
    named = f"countersign cursor v1\n{store.generation}\n{purpose}"
    return AESGCM(hmac.new(store.secret, named.encode(), hashlib.sha256).digest())

"""Checks the signature of an inbound webhook on its raw bytes (R-I3).

Source: the Standard Webhooks specification 1.0: headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; HMAC-SHA256
over `id.timestamp.body`; several signatures and several secrets, so that a secret can be rotated. Nothing of the body is
read before this has passed. It must never say which secret matched, or by how much a signature missed.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from agent_core.contract.errors import Forbidden, Unusable

TOLERANCE_SECONDS: Final = 300
_MOST_SIGNATURES: Final = 10
_PREFIX: Final = "whsec_"
_ID = re.compile(r"[!-~]{1,200}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def read_secret(secret: str) -> bytes:
    """The key of a `whsec_…` secret.

    Raises:
        Unusable: `bad_webhook_secret`; the secret is not in the message.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True) if secret.startswith(_PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 16:
        raise Unusable("bad_webhook_secret", "A webhook secret is whsec_ and the base64 of at least 16 bytes.")
    return key


def sign(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """One signature as the header spells it: `v1,` and base64."""
    mac = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode("ascii")


def verify_signature(headers: Mapping[str, str], body: bytes, *, keys: Sequence[bytes], now: datetime) -> str:
    """Verifies a webhook.

    Args:
        headers: The request's headers, in any letter case.
        body: The raw bytes exactly as received.
        keys: Every key that is valid now (`read_secret`).
        now: The present moment.

    Returns:
        The webhook's id.

    Raises:
        Forbidden: `missing_header`, `stale_timestamp` (older or newer than five minutes) or `bad_signature`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id = given.get("webhook-id", "")
    timestamp = given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "").split()
    if not webhook_id or not timestamp or not signatures:
        raise Forbidden("missing_header", "A webhook carries webhook-id, webhook-timestamp and webhook-signature.")
    if not _ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise Forbidden("bad_signature", "The webhook's signature is not valid.", detail="malformed header")
    if not any(_matches(signatures, sign(key, webhook_id, int(timestamp), body)) for key in keys):
        raise Forbidden("bad_signature", "The webhook's signature is not valid.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise Forbidden("stale_timestamp", "The webhook was signed more than five minutes from now.")
    return webhook_id


def _matches(signatures: Sequence[str], wanted: str) -> bool:
    expected = wanted.encode()
    found = False
    for signature in signatures[:_MOST_SIGNATURES]:
        found |= hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), expected)
    return found

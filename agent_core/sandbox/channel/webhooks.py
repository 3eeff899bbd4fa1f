"""Signs webhooks the way Standard Webhooks describes, for the channel, for tests and for replaying recorded conversations.

Why it exists: the core must verify raw bytes (R-I3), so somebody has to sign raw bytes independently of the core's own
verifier. It must never log or return the secret.

The signed text is ``{id}.{timestamp}.{body}``; the header is ``v1,`` and the base64 of its HMAC-SHA256. The secret is
``whsec_`` and the base64 of the key. Source: the Standard Webhooks specification 1.0, "Signature scheme".
"""

import base64
import binascii
import hashlib
import hmac
import secrets

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of every such secret, not a secret


def new_webhook_secret() -> str:
    """Draws a new secret of 24 random bytes."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode("ascii")


def webhook_key(secret: str) -> bytes:
    """Reads the key bytes from a ``whsec_…`` secret.

    Raises:
        ValueError: It does not begin with ``whsec_``, is not base64, or holds fewer than 16 bytes.
    """
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError("a webhook secret begins with whsec_")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is base64 after whsec_") from None
    if len(key) < 16:
        raise ValueError("a webhook secret has 16 bytes at least")
    return key


def sign_webhook(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """Signs a webhook.

    Args:
        secret: ``whsec_…``.
        event_id: The value of ``webhook-id``; the same for every retry of one event.
        timestamp: Seconds since 1970, the value of ``webhook-timestamp``; new for every attempt.
        body: The exact bytes that are posted.

    Returns:
        The value of ``webhook-signature``: ``v1,<base64>``.

    Raises:
        ValueError: The secret has the wrong form.
    """
    signed = f"{event_id}.{timestamp}.".encode() + body
    digest = hmac.new(webhook_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def webhook_headers(secret: str, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Makes all headers of a webhook: content type, id, timestamp, signature.

    Raises:
        ValueError: The secret has the wrong form.
    """
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign_webhook(secret, event_id, timestamp, body),
    }

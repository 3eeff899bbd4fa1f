"""Identifiers. Those inside one conversation are counters, the rest are derived or random; none carries meaning.

Derived ids make retries harmless: the same webhook, the same call, the same proposal always gets the same id (R-A6, R-C6).
Those derived from what outsiders are called are keyed with a secret, so that nobody finds a person by trying names (R-N5).
"""

import hashlib
import hmac
import secrets
from typing import NewType

BrandId = NewType("BrandId", str)
StreamId = NewType("StreamId", str)
"""A log of its own: a conversation (`c_…`), a brand (`brand:NAME`) or the core itself (`core`)."""
ConversationId = NewType("ConversationId", StreamId)
RunId = NewType("RunId", str)
"""`r1`, `r2`, … within its conversation."""
EffectId = NewType("EffectId", str)
"""`e1`, `e2`, … within its conversation."""
ProposalId = NewType("ProposalId", str)
AskId = NewType("AskId", str)
BodyId = NewType("BodyId", str)
FactId = NewType("FactId", str)
"""`f1`, `f2`, … within its conversation."""
MessageId = NewType("MessageId", str)
OperatorId = NewType("OperatorId", str)
KeyFingerprint = NewType("KeyFingerprint", str)
"""`ed25519:` and the SHA-256 of the raw public key, all 64 hexadecimal characters."""
WorkflowName = NewType("WorkflowName", str)
ToolName = NewType("ToolName", str)
ReleaseDigest = NewType("ReleaseDigest", str)
SessionId = NewType("SessionId", str)
InvitationId = NewType("InvitationId", str)

CORE_STREAM = StreamId("core")


def brand_stream(brand: BrandId) -> StreamId:
    """The log of what concerns a whole brand: releases, pauses, refused inbound events."""
    return StreamId(f"brand:{brand}")


def derived(prefix: str, *parts: str) -> str:
    """An id that is the same whenever the same thing is named: prefix and 80 bits of SHA-256 over the parts."""
    material = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return f"{prefix}_{hashlib.sha256(material).hexdigest()[:20]}"


def keyed(secret: bytes, prefix: str, *parts: str) -> str:
    """An id of something that outsiders named: prefix and 80 bits of HMAC-SHA256 over prefix and parts.

    Args:
        secret: The installation's own 32 bytes (`Store.secret`).
        prefix: What kind of id it is.
        parts: What it is derived from; none of them can be found from it without the secret.
    """
    material = "\x1f".join((prefix, *parts)).encode("utf-8", "surrogatepass")
    return f"{prefix}_{hmac.new(secret, material, hashlib.sha256).hexdigest()[:20]}"


def conversation_id(brand: BrandId, channel: str, external_id: str, *, secret: bytes, again: int = 0) -> ConversationId:
    """The conversation of one thread of one channel; two brands never share one.

    `again` counts how often the thread began anew, because what was before is erased.
    """
    parts = (brand, channel, external_id, *((f"again:{again}",) if again else ()))
    return ConversationId(StreamId(keyed(secret, "c", *parts)))


def message_id(conversation: ConversationId, provider_event_id: str, *, secret: bytes) -> MessageId:
    """The message a provider's event carries; a repeated event names the same message (R-A6)."""
    return MessageId(keyed(secret, "m", conversation, provider_event_id))


def name_in_channel(conversation: ConversationId, provider_message: str, *, secret: bytes) -> MessageId:
    """A message's own id in its channel: the same for its edits and its deletion (R-A6)."""
    return MessageId(keyed(secret, "n", conversation, provider_message))


def proposal_id(conversation: ConversationId, run: str, tool_use_id: str, generation: int = 0) -> ProposalId:
    """The proposal made of one tool call; `generation` counts those that superseded an earlier one."""
    return ProposalId(derived("p", conversation, run, tool_use_id, str(generation)))


def ask_id(stream: StreamId, kind: str, subject: str) -> AskId:
    """The one thing a person must do about `subject`."""
    return AskId(derived("a", stream, kind, subject))


def random_id(prefix: str) -> str:
    """A new random id of 80 bits: sessions, nonces."""
    return f"{prefix}_{secrets.token_hex(10)}"

"""A stand-in of the provider's thinking signatures, bound to the text and to everything before the block.

It reproduces preserved thinking: a block is only valid behind the same system prompt, tools and earlier messages. The
key is a constant, so signatures survive a restart of the stand-in; it protects nothing and must never be used for more.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Literal

from agent_core.sandbox.messages.tokens import canonical

Verdict = Literal["valid", "foreign", "edited", "other_system", "other_tools", "other_messages"]

_KEY = b"countersign sandbox thinking"
_MARK = b"CSS1"
_PART = 12


@dataclass(frozen=True)
class Prefix:
    """Digests of what stands before an assistant turn.

    Attributes:
        system: Digest of the top-level system prompt.
        tools: Digest of the tools.
        messages: Digest of all earlier messages.
    """

    system: bytes
    tools: bytes
    messages: bytes

    @property
    def joined(self) -> bytes:
        """The three digests in a row."""
        return self.system + self.tools + self.messages


def prefix_of(body: dict[str, Any], until: int) -> Prefix:
    """The prefix of the message with index ``until``.

    Cache marks and the choice between a string and one text block change nothing for the model and are left out.

    Args:
        body: A request.
        until: How many messages stand before the block.
    """
    messages = [[message.get("role"), _blocks(message.get("content"))] for message in body["messages"][:until]]
    return Prefix(_digest(_blocks(body.get("system"))), _digest(_plain(body.get("tools") or [])), _digest(messages))


def sign(thinking: str, prefix: Prefix) -> str:
    """The signature of a thinking block that was created behind ``prefix``."""
    payload = _MARK + prefix.joined + _digest(thinking)
    return base64.b64encode(payload + _seal(payload)).decode()


def verify(thinking: str, signature: str, prefix: Prefix) -> Verdict:
    """What is wrong with a signature, if anything.

    Args:
        thinking: Text of the block as it came back.
        signature: Signature as it came back.
        prefix: What stands before the block in this request.
    """
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return "foreign"
    payload, seal = raw[:-_PART], raw[-_PART:]
    if len(payload) != len(_MARK) + 4 * _PART or not hmac.compare_digest(seal, _seal(payload)):
        return "foreign"
    parts = [payload[len(_MARK) + index * _PART :][:_PART] for index in range(4)]
    if parts[3] != _digest(thinking):
        return "edited"
    if parts[0] != prefix.system:
        return "other_system"
    if parts[1] != prefix.tools:
        return "other_tools"
    return "valid" if parts[2] == prefix.messages else "other_messages"


def _seal(payload: bytes) -> bytes:
    return hmac.new(_KEY, payload, hashlib.sha256).digest()[:_PART]


def _digest(value: Any) -> bytes:
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).digest()[:_PART]


def _blocks(content: Any) -> Any:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return _plain(content or [])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "cache_control" and item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value

"""An approximate token count and the cache bookkeeping behind the ``usage`` fields.

A token is taken to be four characters: an approximation, good for limits and budgets in tests, never for an invoice.
Only digests of prefixes are kept, and only a bounded number of them.
"""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

CHARACTERS_PER_TOKEN = 4
SMALLEST_CACHED_PREFIX = 1024
"""Prefixes below this many tokens are not cached, as with the real service."""

_IMAGE_TOKENS = 1600
_REMEMBERED_PREFIXES = 4096


def canonical(value: Any) -> str:
    """JSON text of a value that does not depend on the order of keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def count_text(text: str) -> int:
    """Tokens of a text: a quarter of its characters, at least one unless it is empty."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def count_value(value: Any) -> int:
    """Tokens of any part of a request; an image counts a fixed amount instead of its base64 text."""
    if isinstance(value, str):
        return count_text(value)
    if isinstance(value, dict):
        if value.get("type") == "image":
            return _IMAGE_TOKENS
        return sum(count_value(item) for item in value.values())
    if isinstance(value, list):
        return sum(count_value(item) for item in value)
    return 0 if value is None else 1


def count_request(body: dict[str, Any]) -> int:
    """Input tokens of a request: system, tools and messages."""
    return sum(count_value(body.get(part)) for part in ("system", "tools", "messages"))


@dataclass(frozen=True)
class InputUsage:
    """How the input tokens of one request are accounted.

    Attributes:
        plain: Tokens neither read from nor written to the cache.
        written_5m: Tokens written to the five-minute cache.
        written_1h: Tokens written to the one-hour cache.
        read: Tokens read from the cache.
    """

    plain: int
    written_5m: int = 0
    written_1h: int = 0
    read: int = 0

    @property
    def total(self) -> int:
        """All input tokens."""
        return self.plain + self.written_5m + self.written_1h + self.read

    def fields(self) -> dict[str, Any]:
        """The input fields of a ``usage`` object."""
        return {
            "input_tokens": self.plain,
            "cache_creation_input_tokens": self.written_5m + self.written_1h,
            "cache_read_input_tokens": self.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.written_5m,
                "ephemeral_1h_input_tokens": self.written_1h,
            },
        }


@dataclass(frozen=True)
class _Breakpoint:
    digest: str
    tokens: int
    one_hour: bool


class PromptCache:
    """Remembers which marked prefixes were seen, so that the cache fields of ``usage`` behave plausibly."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()

    def account(self, body: dict[str, Any]) -> InputUsage:
        """Splits the input tokens of a request and remembers its prefixes.

        Args:
            body: A request that passed the rules.
        """
        total = count_request(body)
        marks = [mark for mark in _breakpoints(body) if mark.tokens >= SMALLEST_CACHED_PREFIX]
        if not marks:
            return InputUsage(total)
        read = max((mark.tokens for mark in marks if mark.digest in self._seen), default=0)
        last = marks[-1]
        for mark in marks:
            self._seen[mark.digest] = None
            self._seen.move_to_end(mark.digest)
        while len(self._seen) > _REMEMBERED_PREFIXES:
            self._seen.popitem(last=False)
        written = max(last.tokens - read, 0)
        plain = max(total - last.tokens, 0)
        if last.one_hour:
            return InputUsage(plain, written_1h=written, read=read)
        return InputUsage(plain, written_5m=written, read=read)


def _breakpoints(body: dict[str, Any]) -> list[_Breakpoint]:
    """The marked prefixes in the service's order: tools, system, messages, then the automatic mark of the request."""
    digest = hashlib.sha256(str(body.get("model")).encode())
    tokens = 0
    found: list[_Breakpoint] = []
    parts: list[Any] = list(body.get("tools") or [])
    system = body.get("system")
    parts += system if isinstance(system, list) else [system] if system else []
    for message in body.get("messages") or []:
        content = message.get("content")
        parts += content if isinstance(content, list) else [content]
    for part in parts:
        marked = part.get("cache_control") if isinstance(part, dict) else None
        bare = {key: value for key, value in part.items() if key != "cache_control"} if isinstance(part, dict) else part
        digest.update(canonical(bare).encode("utf-8", "surrogatepass"))
        tokens += count_value(bare)
        if marked:
            found.append(_Breakpoint(digest.hexdigest(), tokens, marked.get("ttl") == "1h"))
    automatic = body.get("cache_control")
    if automatic:
        found.append(_Breakpoint(digest.hexdigest(), tokens, automatic.get("ttl") == "1h"))
    return found

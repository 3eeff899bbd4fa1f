"""Which requests a scripted turn or a fault is meant for.

Matching looks at the request only; it never looks at what was answered before.
"""

import fnmatch
from dataclasses import dataclass
from typing import Any, Literal

Purpose = Literal["triage", "run", "compose", "other"]


class NotInFormat(ValueError):
    """Parsed JSON or YAML that does not follow a documented format; the text names the place and what is wrong."""


_PURPOSES: dict[str, Purpose] = {"<triage": "triage", "<workflow": "run", "<compose": "compose"}


def system_text(request: dict[str, Any]) -> str:
    """The system prompt as one text."""
    system = request.get("system") or ""
    if isinstance(system, str):
        return system
    return "\n".join(str(block.get("text", "")) for block in system)


def purpose_of(request: dict[str, Any]) -> Purpose:
    """What a request is for, read off the beginning of its system prompt."""
    text = system_text(request).lstrip()
    for start, purpose in _PURPOSES.items():
        if text.startswith(start):
            return purpose
    return "other"


def request_text(request: dict[str, Any]) -> str:
    """System prompt and all texts of the messages, for ``contains``."""
    found: list[str] = [system_text(request)]
    _collect(request.get("messages"), found)
    return "\n".join(found)


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in {"type", "role", "id", "tool_use_id", "signature"}:
                _collect(item, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)


@dataclass(frozen=True)
class Match:
    """Conditions a request must meet; those left None are not asked.

    Attributes:
        model: Shell pattern of the model name.
        purpose: ``triage``, ``run``, ``compose`` or ``other``.
        contains: Text that stands anywhere in the system prompt or the messages, upper and lower case alike.
        stream: Whether the answer is to be streamed.
    """

    model: str | None = None
    purpose: Purpose | None = None
    contains: str | None = None
    stream: bool | None = None

    def accepts(self, request: dict[str, Any]) -> bool:
        """Whether the request meets every condition."""
        return self.misses(request) is None

    def misses(self, request: dict[str, Any]) -> str | None:
        """The first condition the request does not meet, in words, or None."""
        if self.model is not None and not fnmatch.fnmatchcase(str(request.get("model")), self.model):
            return f"model {request.get('model')!r} is not {self.model!r}"
        if self.purpose is not None and purpose_of(request) != self.purpose:
            return f"purpose {purpose_of(request)!r} is not {self.purpose!r}"
        if self.stream is not None and bool(request.get("stream")) != self.stream:
            return f"stream is not {self.stream}"
        if self.contains is not None and self.contains.casefold() not in request_text(request).casefold():
            return f"the text {self.contains!r} does not occur"
        return None


def match_from(data: object, where: str) -> Match:
    """Reads a match from parsed JSON or YAML.

    Raises:
        NotInFormat: Names ``where`` and what is wrong.
    """
    if data is None:
        return Match()
    if not isinstance(data, dict):
        raise NotInFormat(f"{where}: expected an object with model, purpose, contains or stream")
    unknown = set(map(str, data)) - {"model", "purpose", "contains", "stream"}
    if unknown:
        raise NotInFormat(f"{where}: unknown condition {sorted(unknown)[0]!r}")
    if data.get("purpose") not in {None, "triage", "run", "compose", "other"}:
        raise NotInFormat(f"{where}.purpose: expected triage, run, compose or other")
    for key in ("model", "contains"):
        if not isinstance(data.get(key), str | None):
            raise NotInFormat(f"{where}.{key}: expected a text")
    if not isinstance(data.get("stream"), bool | None):
        raise NotInFormat(f"{where}.stream: expected true or false")
    return Match(data.get("model"), data.get("purpose"), data.get("contains"), data.get("stream"))

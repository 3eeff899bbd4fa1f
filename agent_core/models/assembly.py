"""Puts a streamed answer together, or says why it is none.

Why: a cut stream must never look like an answer. A tool call counts only when its block was closed, its JSON was whole and
the answer ended because of it; half of `{"amount": 120.5` is not 12. It must never repair, guess or drop a block.
Source: Messages API, streaming events and stop reasons.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from agent_core.contract.events.effects import Usage
from agent_core.contract.json_writing import json_text
from agent_core.models.failures import FailureKind, ModelFailure, provider_name
from agent_core.models.port import ModelAnswer

MOST_CHARACTERS: Final = 4_000_000
_ID = re.compile(r"[a-zA-Z0-9_-]{1,128}")
"""Of calls and of tools: what the provider itself accepts when the answer is sent back."""


_PIECES: Final = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("thinking", "signature"),
}
"""Kind of piece -> kind of block it belongs to, and the field it grows."""

_STOPS: Final[Mapping[str, FailureKind]] = {
    "max_tokens": "truncated",
    "model_context_window_exceeded": "too_long",
    "refusal": "refusal",
    "pause_turn": "paused",
}


class Assembly:
    """One answer in the making. Feed every event in order, then ask for the answer."""

    def __init__(self, *, request_id: str | None = None) -> None:
        self.request_id = request_id
        self._model = ""
        self._usage: dict[str, Any] = {}
        self._blocks: list[dict[str, Any]] = []
        self._open: int | None = None
        self._input: list[str] = []
        self._stop: str | None = None
        self._details: Mapping[str, Any] = {}
        self._ended = False
        self._cut_call = False
        self._size = 0

    @property
    def usage(self) -> Usage:
        """Tokens counted so far."""
        return Usage(
            input_tokens=_count(self._usage, "input_tokens"),
            output_tokens=_count(self._usage, "output_tokens"),
            cache_read_tokens=_count(self._usage, "cache_read_input_tokens"),
            cache_write_tokens=_count(self._usage, "cache_creation_input_tokens"),
        )

    def feed(self, event: Mapping[str, Any]) -> None:
        """Takes one event; unknown kinds of events pass, as the provider's versioning demands.

        Raises:
            ModelFailure: `bad_answer`: the events do not fit together.
        """
        match event.get("type"):
            case "message_start":
                message = event["message"]
                self._model = str(message.get("model", ""))
                self._usage.update(message.get("usage") or {})
            case "content_block_start":
                self._start(event)
            case "content_block_delta":
                self._delta(event)
            case "content_block_stop":
                self._close(event)
            case "message_delta":
                self._stop = event["delta"].get("stop_reason")
                self._details = event["delta"].get("stop_details") or {}
                self._usage.update({name: value for name, value in (event.get("usage") or {}).items() if value is not None})
            case "message_stop":
                self._ended = True
            case _:
                pass

    def answer(self) -> ModelAnswer:
        """The whole answer.

        Raises:
            ModelFailure: `connection` when the stream ended early; `truncated`, `too_long`, `refusal` by the stop reason;
                `bad_answer` for anything that is not a whole answer.
        """
        if not self._ended or self._stop is None:
            raise self.failure("connection", "the stream ended before the answer was complete")
        if self._stop in _STOPS:
            raise self.failure(_STOPS[self._stop], f"stop_reason {self._stop}", category=self._details.get("category"))
        if self._open is not None or self._cut_call:
            raise self.failure("bad_answer", "a block was never closed, or a call is no whole JSON object")
        calls = [block for block in self._blocks if block["type"] == "tool_use"]
        stop: Literal["tool_use", "end_turn"]
        if self._stop == "tool_use" and calls:
            stop = "tool_use"
        elif self._stop == "end_turn" and not calls and self._blocks:
            stop = "end_turn"
        else:
            raise self.failure("bad_answer", f"stop_reason {self._stop[:40]} with {len(calls)} calls")
        if len({call["id"] for call in calls}) != len(calls):
            raise self.failure("bad_answer", "two calls have the same id")
        content = tuple(self._blocks)
        try:
            json_text(content).encode()
        except (UnicodeEncodeError, ValueError):
            raise self.failure("bad_answer", "the answer holds text that cannot be sent back") from None
        return ModelAnswer(content, stop, self.usage, provider_name(self._model) or "", provider_name(self.request_id))

    def failure(
        self, kind: FailureKind, message: str, *, category: str | None = None, retry_after: float | None = None
    ) -> ModelFailure:
        """A failure of this call, with what it has cost."""
        return ModelFailure(
            kind,
            message=message,
            request_id=self.request_id,
            category=category,
            usage=self.usage,
            retry_after=retry_after,
        )

    def _start(self, event: Mapping[str, Any]) -> None:
        if self._open is not None or event.get("index") != len(self._blocks):
            raise self.failure("bad_answer", "blocks overlap")
        block = dict(event["content_block"])
        if not isinstance(block.get("type"), str):
            raise self.failure("bad_answer", "a block without a type")
        self._open = len(self._blocks)
        self._input = []
        self._blocks.append(block)

    def _delta(self, event: Mapping[str, Any]) -> None:
        if self._open is None or event.get("index") != self._open:
            raise self.failure("bad_answer", "a piece belongs to no open block")
        block = self._blocks[self._open]
        delta = event["delta"]
        kind = delta.get("type")
        if kind == "input_json_delta" and block["type"] == "tool_use":
            piece = str(delta["partial_json"])
            self._input.append(piece)
        elif kind in _PIECES and _PIECES[kind][0] == block["type"]:
            grows = _PIECES[kind][1]
            piece = str(delta[grows])
            block[grows] = (block.get(grows) or "") + piece
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or []), delta["citation"]]
            piece = ""
        else:
            raise self.failure("bad_answer", f"an unknown piece {str(kind)[:40]}")
        self._size += len(piece)
        if self._size > MOST_CHARACTERS:
            raise self.failure("bad_answer", "the answer is absurdly long")

    def _close(self, event: Mapping[str, Any]) -> None:
        if self._open is None or event.get("index") != self._open:
            raise self.failure("bad_answer", "a block was closed that was not open")
        block = self._blocks[self._open]
        self._open = None
        if block["type"] != "tool_use":
            return
        text = "".join(self._input)
        if text:
            try:
                block["input"] = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
            except (ValueError, RecursionError):
                block["input"] = None
        named = all(isinstance(block.get(each), str) and _ID.fullmatch(block[each]) for each in ("name", "id"))
        if not named or not isinstance(block.get("input"), dict):
            # Not raised yet: a call cut by max_tokens is closed like this, and the stop reason that says so comes later.
            self._cut_call = True


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _no_constant(text: str) -> Any:
    raise ValueError(text)

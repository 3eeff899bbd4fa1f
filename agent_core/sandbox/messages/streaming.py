"""Turns a finished answer into server-sent events, in the order and shapes of the real service.

Yields one event at a time so that the answer really leaves in chunks. Never waits by itself; the application paces it.
"""

import json
from collections.abc import Iterator
from typing import Any

from agent_core.sandbox.messages.answer import Finished

CHUNK_CHARACTERS = 24
"""Characters of text, thinking or input JSON in one delta."""


def event(name: str, data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


def error_event(kind: str, message: str) -> bytes:
    """An error that arrives after the answer began with HTTP 200."""
    return event("error", {"type": "error", "error": {"type": kind, "message": message}})


def events(finished: Finished) -> Iterator[bytes]:
    """All events of an answer, from ``message_start`` to ``message_stop``."""
    message = finished.message
    usage = message["usage"]
    opening = {
        **message,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": {**usage, "output_tokens": 1, "output_tokens_details": None},
    }
    yield event("message_start", {"type": "message_start", "message": opening})
    yield event("ping", {"type": "ping"})
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block, finished.input_json.get(index, ""))
    yield event(
        "message_delta",
        {
            "type": "message_delta",
            "delta": {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")},
            "usage": {
                key: usage[key]
                for key in (
                    "input_tokens",
                    "cache_creation_input_tokens",
                    "cache_read_input_tokens",
                    "output_tokens",
                    "output_tokens_details",
                )
            },
        },
    )
    yield event("message_stop", {"type": "message_stop"})


def _block_events(index: int, block: dict[str, Any], input_json: str) -> Iterator[bytes]:
    kind = block["type"]
    empty = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}[kind]
    yield event(
        "content_block_start",
        {"type": "content_block_start", "index": index, "content_block": {**block, **empty}},
    )
    if kind == "text":
        deltas = [{"type": "text_delta", "text": part} for part in _parts(block["text"])]
    elif kind == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": part} for part in _parts(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    else:
        parts = ["", *_parts("" if input_json == "{}" else input_json)]
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
    for delta in deltas:
        yield event("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta})
    yield event("content_block_stop", {"type": "content_block_stop", "index": index})


def _parts(text: str) -> list[str]:
    return [text[start : start + CHUNK_CHARACTERS] for start in range(0, len(text), CHUNK_CHARACTERS)]

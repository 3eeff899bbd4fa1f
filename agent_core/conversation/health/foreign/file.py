"""The bytes of a file somebody has as a transcript: one JSON value, lines of JSON, broken UTF-8, half a file.

Why: on-call is handed files of every kind, at a terminal and at a console, and both must read them alike. What cannot be
read is named by a code and a sentence. It must never show more of a file than the place at which reading stopped.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from agent_core.conversation.health.findings import Outcome

_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "happened": Outcome("happened"),
    "succeeded": Outcome("happened"),
    "executed": Outcome("happened"),
    "did_not_happen": Outcome("did_not_happen"),
    "not_executed": Outcome("did_not_happen"),
    "not_run": Outcome("did_not_happen"),
    "refused": Outcome("did_not_happen"),
    "denied": Outcome("did_not_happen"),
    "unknown": Outcome("unknown"),
    "timed_out": Outcome("unknown"),
    "failed": Outcome("unknown"),
    "pending": Outcome("pending"),
    "in_flight": Outcome("in_flight"),
}
"""Words for what became of a call. That a call failed does not say that it did nothing."""


class Unreadable(Exception):
    """A file that holds no transcript; `code` and `message` go out as JSON."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parsed(data: bytes) -> Any:
    """The JSON value of a file; lines of JSON are a list.

    Raises:
        Unreadable: `empty_file`, `too_deep`, `not_json`.
    """
    # Bytes that are no UTF-8 become half characters: a fault of the transcript, and not of reading it.
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    if not text.strip():
        raise Unreadable("empty_file", "The file is empty.")
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("too_deep", "The file is nested too deeply to be read.") from None
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and isinstance(error, json.JSONDecodeError):
            return [_line(number, line) for number, line in enumerate(lines, 1)]
        raise Unreadable("not_json", f"The file is not JSON: {_place(error)}.") from None


def _line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json", f"Line {number} is not JSON: {_place(error)}.") from None


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "a number or nesting beyond what can be read"


def outcomes(value: Any) -> Mapping[str, Outcome]:
    """What became of calls, by tool use id: a word each, or an object with the recorded result.

    Raises:
        Unreadable: `bad_outcomes`.
    """
    if not isinstance(value, dict):
        raise Unreadable("bad_outcomes", "What is known of calls must be a JSON object, by tool use id.")
    return {str(call): _outcome(str(call), told) for call, told in cast("Mapping[Any, Any]", value).items()}


def _outcome(call: str, told: Any) -> Outcome:
    fields: Mapping[str, Any] = cast("Mapping[str, Any]", told) if isinstance(told, dict) else {"outcome": told}
    known = _OUTCOMES.get(str(fields.get("outcome", "happened" if "content" in fields else None)))
    content = fields.get("content")
    readable = content is None or isinstance(content, str | list)
    if known is None or not readable or not isinstance(fields.get("is_error", False), bool):
        words = ", ".join(_OUTCOMES)
        raise Unreadable("bad_outcomes", f"What became of {call[:60]!a} must be one of {words}, with a text or blocks.")
    blocks = tuple(cast("list[Any]", content)) if isinstance(content, list) else content
    return Outcome(known.what, blocks, fields.get("is_error", False))

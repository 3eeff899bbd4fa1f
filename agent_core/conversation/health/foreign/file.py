"""The bytes of a file somebody has as a transcript: one JSON value, lines of JSON, broken UTF-8, half a file.

Why: on-call is handed files of every kind, at a terminal and at a console, and both must read them alike. What cannot be
read is named by a code and a sentence. It must never show more of a file than the place at which reading stopped.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from agent_core.conversation.health.findings import Outcome
from agent_core.conversation.health.view import breaks_off

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


def stream_of_events() -> Unreadable:
    """What to say of the events in which an answer is streamed."""
    sentence = "This is a stream of answer events and not the request they answer. Diagnose the request that was sent."
    return Unreadable("stream_of_events", sentence)


_PACKED: Final = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)
_MOST_SEARCHED: Final = 16 * 1024 * 1024
_MOST_TRIED: Final = 100_000
_MOST_READ: Final = 4 * _MOST_SEARCHED
"""Characters that may be read in all while JSON is looked for: what begins like JSON and breaks off is read again."""
_MOST_DEPTH: Final = 8
_BEGINS: Final = re.compile(r"[{\[]\s*[\"{\[]|\"\s*[{\[]\s*(?:[{\[]\s*)?\\\"")
"""JSON in another text, or JSON that is written as a text of JSON there."""
_PYTHON: Final = re.compile(r"[{\[,]\s*'[^'\n]{1,80}'\s*:|:\s*(?:None|True|False)\b")
_STREAM: Final = re.compile(r"\s*(?:event:\s|data:\s*[{\[])")


def parsed(data: bytes) -> Any:
    """The JSON value of a file; lines of JSON are a list, and so is what stands in the middle of a line of a log.

    Raises:
        Unreadable: `empty_file`, `compressed_file`, `database_file`, `too_deep`, `stream_of_events`, `python_text`,
            `not_json`.
    """
    text = _text(data)
    if not text.strip():
        raise Unreadable("empty_file", "The file is empty.")
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("too_deep", "The file is nested too deeply to be read.") from None
    except ValueError as error:
        return _of_lines(text, error)


def _text(data: bytes) -> str:
    packed = next((name for magic, name in _PACKED if data.startswith(magic)), None)
    if packed is not None:
        raise Unreadable("compressed_file", f"The file is compressed ({packed}). Unpack it first.")
    if data.startswith(b"SQLite format 3\0"):
        raise Unreadable("database_file", "The file is an SQLite database. Export the conversation from it as JSON first.")
    encoding = json.detect_encoding(data)
    if encoding.startswith("utf-8"):
        # Bytes that are no UTF-8 become half characters: a fault of the transcript, and not of reading it.
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    try:
        return data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        raise Unreadable("not_json", "The file is not JSON, and no text in an encoding that could be told.") from None


def _of_lines(text: str, error: ValueError) -> Any:
    unreadable = Unreadable("not_json", f"The file is not JSON: {_place(error)}.")
    if isinstance(error, json.JSONDecodeError) and text.lstrip()[0] in '{["':
        if breaks_off(text, error):
            cut = f"it ends in the middle of a value, as if it had been cut off ({_place(error)})"
            raise Unreadable("not_json", f"The file is not JSON: {cut}.")
        if error.msg == "Extra data" and "\n" not in text[: error.pos].strip():
            # Only a line feed ends a line of JSON: other separators may stand inside a text.
            lines = text.rstrip().split("\n")
            try:
                return [_line(number, line, len(lines)) for number, line in enumerate(lines, 1) if line.strip()]
            except Unreadable as of_line:
                unreadable = of_line
    if _STREAM.match(text):
        raise stream_of_events()
    found = _inside(text)
    if found is not None:
        return found
    if _PYTHON.search(text[:_MOST_SEARCHED]) is not None:
        sentence = "This is how Python writes a value, and not JSON. Write it with json.dumps first."
        raise Unreadable("python_text", sentence)
    raise unreadable


def _inside(text: str) -> Any:
    """What stands as JSON in another text, as in a log or a shell command: all that has messages, else an error."""
    if len(text) > _MOST_SEARCHED:
        return None
    decoder = json.JSONDecoder()
    found: list[Any] = []
    errors: list[Any] = []
    place, read = 0, 0
    for _ in range(_MOST_TRIED):
        begin = _BEGINS.search(text, place)
        if begin is None or read > _MOST_READ:
            break
        place = begin.start() + 1
        try:
            value, end = decoder.raw_decode(text, begin.start())
        except (ValueError, RecursionError) as error:
            read += error.pos - begin.start() if isinstance(error, json.JSONDecodeError) else len(text) - begin.start()
            continue
        read += end - begin.start()
        place = max(end, place)
        if isinstance(value, str):
            value = _unwritten(value)
        if _holds_messages(value):
            found.append(value)
        elif isinstance(value, dict) and isinstance(cast("Mapping[str, Any]", value).get("error"), dict):
            errors.append(value)
    several = found or errors[:1]
    return several[0] if len(several) == 1 else several or None


def _unwritten(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _holds_messages(value: Any) -> bool:
    """Whether a list of messages, or of items, stands anywhere in a value, as far as one looks."""
    level = [value]
    for _ in range(_MOST_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                fields = cast("Mapping[str, Any]", item)
                if any(isinstance(fields.get(name), list) for name in ("messages", "input")):
                    return True
                below.extend(fields.values())
            elif isinstance(item, list):
                below.extend(cast("list[Any]", item))
        level = below
    return False


def _line(number: int, line: str, of: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        cut = number == of > 1 and breaks_off(line, error)
        more = " It is the last one, and was cut off: without it the file can be read." if cut else ""
        raise Unreadable("not_json", f"Line {number} is not JSON: {_place(error)}.{more}") from None


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}"
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

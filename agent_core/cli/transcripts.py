"""Reads a transcript and what is known of its calls, for `diagnose` and `repair`.

Why: on-call is handed files of every kind: one JSON value, lines of JSON, broken UTF-8, half a file. What cannot be read is
answered in JSON too. It must never show more of a file than the place at which reading stopped.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from agent_core.cli.command import Commands
from agent_core.conversation.health.findings import Finding, Outcome
from agent_core.conversation.health.foreign.detect import read
from agent_core.conversation.health.foreign.transcript import FORMS, Transcript

UNREADABLE: Final = 2
MOST_BYTES: Final = 512 * 1024 * 1024

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


def add_command(commands: Commands, name: str, *, help: str, description: str | None) -> argparse.ArgumentParser:
    """Adds a command that reads one transcript."""
    parser = commands.add_parser(name, help=help, description=description)
    parser.add_argument("file", metavar="FILE", help="the transcript as JSON or lines of JSON; - for standard input")
    parser.add_argument("--format", choices=FORMS, help="how it is kept; recognised by itself when not given")
    parser.add_argument("--known", metavar="FILE", type=Path, help="what became of calls, as JSON: {ID: WORD or object}")
    parser.add_argument("--in-flight", action="store_true", help="the last turn is still being worked on: leave it alone")
    return parser


def transcript_of(arguments: argparse.Namespace) -> tuple[Transcript, Mapping[str, Outcome]]:
    """The transcript and what is known of its calls.

    Raises:
        Unreadable: The file cannot be opened or holds no JSON.
    """
    known = _known(_parsed(_bytes(str(arguments.known)))) if arguments.known is not None else {}
    return read(_parsed(_bytes(arguments.file)), arguments.format), known


def print_unreadable(error: Unreadable) -> int:
    """Says as JSON why a file could not be read."""
    print_json({"ok": False, "error": {"code": error.code, "message": error.message}})
    return UNREADABLE


def print_json(value: Any) -> None:
    """Prints a value as JSON that every reader takes: half characters and all."""
    print(json.dumps(value, indent=2, default=repr))


def finding_json(each: Finding) -> dict[str, Any]:
    """A finding as it goes out: the seven promised fields first."""
    return {
        "diagnosis": each.diagnosis,
        "message": each.message,
        "block": each.block,
        "tool_use_ids": list(each.tool_use_ids),
        "http_status": each.http_status,
        "side_effect": each.side_effect,
        "repair": each.repair,
        "severity": each.severity,
        "sentence": each.sentence,
    }


def _bytes(name: str) -> bytes:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable("unreadable_file", f"The file cannot be read: {error.strerror}.") from error
    if len(data) > MOST_BYTES:
        raise Unreadable("file_too_large", "The file is larger than 512 MB.")
    return data


def _parsed(data: bytes) -> Any:
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


def _known(value: Any) -> Mapping[str, Outcome]:
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

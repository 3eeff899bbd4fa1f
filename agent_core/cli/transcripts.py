"""Reads a transcript and what is known of its calls, for `diagnose` and `repair`.

Why: on-call is handed files of every kind; `health.foreign.file` reads their bytes. What cannot be read is answered in JSON
too. It must never show more of a file than the place at which reading stopped.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent_core.cli.command import Commands
from agent_core.conversation.health.findings import Finding, Outcome
from agent_core.conversation.health.foreign.detect import read
from agent_core.conversation.health.foreign.file import Unreadable, outcomes, parsed
from agent_core.conversation.health.foreign.inside import located
from agent_core.conversation.health.foreign.transcript import FORMS, Transcript

UNREADABLE: Final = 2
MOST_BYTES: Final = 512 * 1024 * 1024


_READS: Final = """
A FILE is a request of the Messages API, a list of messages, lines of a session, an OpenAI chat or its responses, a LangGraph
checkpoint or state, or messages of LangChain: as JSON, lines of JSON, or inside a log, a batch or another wrapper.
"""


def add_command(commands: Commands, name: str, *, help: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """Adds a command that reads one transcript.

    Args:
        commands: Where to.
        name: Its name.
        help: One line.
        description: What it does, for whoever asks.
        epilog: What its exit codes mean.
    """
    parser = commands.add_parser(name, help=help, description=f"{description}{_READS}")
    parser.epilog = epilog
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", metavar="FILE", help="the transcript; - for standard input")
    parser.add_argument("--text", action="store_true", help="print a page for people instead of JSON")
    parser.add_argument("--format", choices=FORMS, help="how it is kept; recognised by itself when not given")
    parser.add_argument("--at", metavar="PATH", help="where in the file it stands, as names and numbers: 3.request.body")
    parser.add_argument("--known", metavar="FILE", type=Path, help="what became of calls, as JSON: {ID: WORD or object}")
    parser.add_argument("--in-flight", action="store_true", help="the last turn is still being worked on: leave it alone")
    return parser


@dataclass(frozen=True, slots=True)
class Given:
    """What a command was given: the transcript, what is known of its calls, and where in the file it stands."""

    transcript: Transcript
    known: Mapping[str, Outcome]
    at: str


def transcript_of(arguments: argparse.Namespace) -> Given:
    """The transcript and what is known of its calls.

    Raises:
        Unreadable: The file cannot be opened, or holds no transcript.
    """
    known = outcomes(parsed(_bytes(str(arguments.known)))) if arguments.known is not None else {}
    found = located(parsed(_bytes(arguments.file)), arguments.at)
    return Given(read(found.value, arguments.format), known, found.at)


def print_unreadable(error: Unreadable, *, as_text: bool) -> int:
    """Says why a file could not be read: as JSON, or in a sentence on standard error."""
    if as_text:
        sys.stderr.write(f"{error.message}\n")
    else:
        print_json({"ok": False, "error": {"code": error.code, "message": error.message}})
    return UNREADABLE


def print_json(value: Any) -> None:
    """Prints a value as JSON that every reader takes: half characters are escaped, and what is no number stands as a word.

    What is nested too deeply to be indented goes out on one line, by a writer that reaches deeper.
    """
    try:
        text = json.dumps(value, indent=2, default=repr, allow_nan=False)
    except RecursionError:
        text = json.dumps(value, default=repr)
    except ValueError:
        text = json.dumps(json.loads(json.dumps(value, default=repr), parse_constant=str))
    print_text(text)


def print_text(text: str) -> None:
    """Prints a text; who has read enough of it closes the pipe, and that is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python writes what is left when it ends, to a pipe that nobody reads.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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

"""``countersign-core repair FILE``: prints the healed transcript, what was changed, and what a person must settle.

Why it exists: a fault whose repair is known should cost on-call one command (R-A8). It must never write a file, call a tool,
or claim to know what became of a call; who knows says so with ``--known``.
"""

import argparse
from dataclasses import fields

from agent_core.cli.command import Commands
from agent_core.cli.transcript_text import repair_text
from agent_core.cli.transcripts import add_command, finding_json, print_json, print_text, print_unreadable, transcript_of
from agent_core.conversation.health.draft import Change
from agent_core.conversation.health.foreign.file import Unreadable

LEFT = 1
_DESCRIPTION = """
Prints the healed transcript in the form it came in, what was changed, and what a person must settle. The file is not
written, and no tool is called: what became of a call is said only when it is known, by --known.
"""
_EPILOG = """
exit code  0  nothing is left to a person
           1  something is: calls nobody knows the outcome of, or what no repair can heal
           2  the file could not be read; the reason is in "error"

--known takes {"TOOL_USE_ID": "executed" | "not_executed" | "unknown" | "pending" | "in_flight"}, or for each id an object
with "outcome", "content" (the recorded result) and "is_error".
"""


def add(commands: Commands) -> None:
    """Adds ``repair`` to the command line."""
    parser = add_command(commands, "repair", help="heal a transcript", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--warnings", action="store_true", help="heal also what the API would take as it is")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the repair as JSON; answers 0 when nothing is left to a person, 1 when something is, 2 when unreadable."""
    try:
        given = transcript_of(arguments)
    except Unreadable as error:
        return print_unreadable(error, as_text=arguments.text)
    done = given.transcript.repair(given.known, in_flight=arguments.in_flight, warnings=arguments.warnings)
    if arguments.text:
        print_text(repair_text(given.transcript, done, given.at))
    else:
        found = {"at": given.at} if given.at else {}
        changes = [{each.name: getattr(change, each.name) for each in fields(Change)} for change in done.changes]
        print_json({"body": done.body, "changes": changes, "left": [finding_json(each) for each in done.left], **found})
    return LEFT if done.left else 0

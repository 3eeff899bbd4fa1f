"""``countersign-core diagnose FILE``: names every fault of a transcript, at its place in the file.

Why it exists: a conversation a model's API refuses has a cause, and on-call needs its name, its calls and what it may have
done outside, before anybody touches it (R-A8). It only reads; it must never send anything.
"""

import argparse

from agent_core.cli.command import Commands
from agent_core.cli.transcript_text import diagnosis_text
from agent_core.cli.transcripts import add_command, finding_json, print_json, print_text, print_unreadable, transcript_of
from agent_core.conversation.health.foreign.file import Unreadable

FAULTY = 1
_DESCRIPTION = """
Names every fault for which a model's API would refuse a transcript, at its place in the file, and what the API would take
and a person should know. It only reads: nothing is sent, called or written.
"""
_EPILOG = """
exit code  0  the API would take it (warnings do not count)
           1  the API would refuse it
           2  the file could not be read; the reason is in "error"

findings are ordered by message and block, those about the request itself last:
  diagnosis       its name, with a cause behind the colon
  message, block  where it stands; null for the request itself, or for a whole message
  tool_use_ids    the calls it concerns
  http_status     what the API would answer; null when it would take it
  side_effect     what it may mean outside: none, possible, likely, unknown
  repair          what `countersign-core repair` would do about it
"""


def add(commands: Commands) -> None:
    """Adds ``diagnose`` to the command line."""
    parser = add_command(
        commands, "diagnose", help="name the faults of a transcript", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the findings as JSON; answers 0 when the API would take it, 1 when not, 2 when the file cannot be read."""
    try:
        given = transcript_of(arguments)
    except Unreadable as error:
        return print_unreadable(error, as_text=arguments.text)
    findings = given.transcript.diagnose(given.known, in_flight=arguments.in_flight)
    if arguments.text:
        print_text(diagnosis_text(given.transcript, findings, given.at))
    else:
        found = {"at": given.at} if given.at else {}
        print_json({"findings": [finding_json(each) for each in findings], **found})
    return FAULTY if any(each.severity == "error" for each in findings) else 0

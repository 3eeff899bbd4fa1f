"""``countersign-core diagnose FILE``: names every fault of a transcript, at its place in the file.

Why it exists: a conversation a model's API refuses has a cause, and on-call needs its name, its calls and what it may have
done outside, before anybody touches it (R-A8). It only reads; it must never send anything.
"""

import argparse

from agent_core.cli.command import Commands
from agent_core.cli.transcripts import add_command, finding_json, print_json, print_unreadable, transcript_of
from agent_core.conversation.health.foreign.file import Unreadable

FAULTY = 1


def add(commands: Commands) -> None:
    """Adds ``diagnose`` to the command line."""
    add_command(commands, "diagnose", help="name the faults of a transcript", description=__doc__).set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the findings as JSON; answers 0 when the API would take it, 1 when not, 2 when the file cannot be read."""
    try:
        transcript, known = transcript_of(arguments)
    except Unreadable as error:
        return print_unreadable(error)
    findings = transcript.diagnose(known, in_flight=arguments.in_flight)
    print_json({"findings": [finding_json(each) for each in findings]})
    return FAULTY if any(each.severity == "error" for each in findings) else 0

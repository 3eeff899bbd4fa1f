"""``countersign-core repair FILE``: prints the healed transcript, what was changed, and what a person must settle.

Why it exists: a fault whose repair is known should cost on-call one command (R-A8). It must never write a file, call a tool,
or claim to know what became of a call; who knows says so with ``--known``.
"""

import argparse
from dataclasses import asdict

from agent_core.cli.command import Commands
from agent_core.cli.transcripts import add_command, finding_json, print_json, print_unreadable, transcript_of
from agent_core.conversation.health.foreign.file import Unreadable

LEFT = 1


def add(commands: Commands) -> None:
    """Adds ``repair`` to the command line."""
    parser = add_command(commands, "repair", help="heal a transcript", description=__doc__)
    parser.add_argument("--warnings", action="store_true", help="heal also what the API would take as it is")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the repair as JSON; answers 0 when nothing is left to a person, 1 when something is, 2 when unreadable."""
    try:
        transcript, known = transcript_of(arguments)
    except Unreadable as error:
        return print_unreadable(error)
    done = transcript.repair(known, in_flight=arguments.in_flight, warnings=arguments.warnings)
    print_json(
        {
            "body": done.body,
            "changes": [asdict(change) for change in done.changes],
            "left": [finding_json(each) for each in done.left],
        }
    )
    return LEFT if done.left else 0

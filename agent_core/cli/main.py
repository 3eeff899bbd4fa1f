"""The entry point of ``countersign-core``: finds the command, runs it, and turns its errors into one sentence and a code.

Why it exists: every way in which the core cannot start must end in a sentence that says what to do. It must never show a
stack trace for an error our own code raised on purpose, and never swallow one it does not know.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import cast

from agent_core.cli import check_brand, clean, diagnose, draw_machines, pin_mcp, preflight, repair, replay, sandbox, serve
from agent_core.cli.command import Commands, Run
from agent_core.contract.errors import CountersignError
from agent_core.sandbox.errors import SandboxError

COMMANDS: tuple[Callable[[Commands], None], ...] = (
    serve.add,
    replay.add,
    sandbox.add,
    check_brand.add,
    pin_mcp.add,
    preflight.add,
    clean.add,
    draw_machines.add,
    diagnose.add,
    repair.add,
)
"""Every command, in the order the help shows them. A new command is added here by name."""

FAILED = 1


def build_parser() -> argparse.ArgumentParser:
    """Builds the parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="countersign-core", description="The agent core of Countersign: runs headless, supervised by people."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(cast("Commands", commands))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        argv: Arguments without the program's name; the process's own by default.

    Returns:
        0 when the command did what it was asked; 1 after an error that is explained in one sentence on standard error.

    Raises:
        SystemExit: 2 for arguments that make no sense, 0 after ``--help`` (argparse's own way).
    """
    arguments = build_parser().parse_args(argv)
    run = cast("Run", arguments.run)
    try:
        return run(arguments)
    except (CountersignError, SandboxError) as error:
        print(error.message, file=sys.stderr)
        return FAILED

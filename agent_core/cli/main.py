"""The entry point of ``countersign-core``: finds the command, runs it, and turns its errors into one sentence and a code.

Why it exists: every way in which the core cannot start must end in a sentence that says what to do. It must never show a
stack trace for an error our own code raised on purpose, and never swallow one it does not know.
"""

import argparse
import gc
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from agent_core.contract.errors import CountersignError
from agent_core.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from agent_core.cli.command import Run

NAMES: Final = (
    *"serve replay sandbox check-brand pin-mcp secret preflight authority explain clean".split(),  # noqa: SIM905 - one line
    *"draw-machines diagnose repair export verify-export verify-audit reindex operators triage forks".split(),  # noqa: SIM905 - one line
)
COMMANDS: Final[Mapping[str, str]] = MappingProxyType({name: f"agent_core.cli.{name.replace('-', '_')}" for name in NAMES})
"""Every command and its module, in the order the help shows them. A new command is added here by name."""

FAILED = 1

_FOR_SHOW: Final = ("rich", "pygments")
"""What libraries load to write in colour where it is installed, and do without where it is not. A core writes JSON."""


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Builds the parser.

    Args:
        only: The one command that is wanted: the others' modules are then not loaded, which takes seconds. None: all.
    """
    parser = argparse.ArgumentParser(
        prog="countersign-core", description="The agent core of Countersign: runs headless, supervised by people."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        if only in (None, name):
            import_module(module).add(commands)
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
    given = list(sys.argv[1:] if argv is None else argv)
    with _loading_quickly():
        arguments = build_parser(given[0] if given and given[0] in COMMANDS else None).parse_args(given)
        if argv is None:
            gc.freeze()  # the process is ours; else the first search goes through everything after all
    run = cast("Run", arguments.run)
    try:
        return run(arguments)
    except (CountersignError, SandboxError) as error:
        print(error.message, file=sys.stderr)
        return FAILED


@contextmanager
def _loading_quickly() -> Generator[None]:
    """No search for garbage in what is loaded, which stays (a fifth of the time); nothing that is only for show."""
    absent = [name for name in _FOR_SHOW if name not in sys.modules]
    hidden = cast("dict[str, object]", sys.modules)
    hidden.update(dict.fromkeys(absent))  # importing what is None here fails as if it were not installed
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        for name in absent:
            del hidden[name]

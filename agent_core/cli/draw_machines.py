"""``countersign-core draw-machines``: prints every state machine as pictures and tables, drawn from the code itself (R-A1).

Why it exists: a picture that a person keeps up to date is wrong after a month. It must never change more of a document than
what stands between its two marks.
"""

import argparse
import difflib
import sys
from pathlib import Path

from agent_core.cli.command import Commands
from agent_core.contract.errors import Invalid, Unusable
from agent_core.conversation import draw

OUT_OF_DATE = 1


def add(commands: Commands) -> None:
    """Adds ``draw-machines`` to the command line."""
    parser = commands.add_parser("draw-machines", help="print the state machines, drawn from the code", description=__doc__)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--write", metavar="FILE", type=Path, help="write the section of this document anew")
    where.add_argument(
        "--check", metavar="FILE", type=Path, help="answer 1 when the section of this document is out of date"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the machines, or writes or checks a document.

    Raises:
        Unusable: `no_file`.
        Invalid: `no_marks`.
    """
    path: Path | None = arguments.write or arguments.check
    if path is None:
        print(draw.document(), end="")
        return 0
    try:
        text = path.read_text(encoding="utf-8")
        fresh = draw.written_into(text)
    except OSError as error:
        raise Unusable("no_file", f"{path.name} cannot be read: give the path of a document.", detail=str(error)) from error
    except ValueError as error:
        raise Invalid("no_marks", f"{path.name} has no section for the machines: {draw.BEGIN} … {draw.END}") from error
    if arguments.write:
        path.write_text(fresh, encoding="utf-8")
        return 0
    if fresh == text:
        return 0
    sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), fresh.splitlines(True), path.name, "the code"))
    return OUT_OF_DATE

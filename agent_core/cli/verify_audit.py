"""``countersign-core verify-audit DB``: whether a database is still the log that was written, row by row.

Why it exists: whoever was harmed, an auditor, or the operator of a core must be able to find out without trusting the core
(R-M9, R-N5). It reads a copy or the living file; it must never write, and it needs no configuration, network or key.
"""

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from agent_core.cli.command import Commands
from agent_core.contract.errors import Invalid

if TYPE_CHECKING:
    from agent_core.audit.report import Report
    from agent_core.contract.checkpoints import SignedCheckpoint

HOLDS = 0
BROKEN = 1


def add(commands: Commands) -> None:
    """Adds ``verify-audit`` to the command line."""
    parser = commands.add_parser("verify-audit", help="find every changed row of a core's database", description=__doc__)
    parser.add_argument("database", type=Path, metavar="DB", help="the database, or a copy of it")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a signed checkpoint kept elsewhere: a text, or a core's or a console's file with one (repeatable)",
    )
    parser.add_argument("--key", metavar="KEY", help="the public key of the core's checkpoints, kept elsewhere")
    parser.add_argument("--anchor", metavar="FINGERPRINT", help="the anchor, kept elsewhere")
    parser.add_argument(
        "--progress",
        action="store_true",
        help="also print lines of JSON about how far it is, and give way to everything else on the machine",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints what is wrong and what cannot be known; answers 0 when the log holds, 1 when not or when it cannot be read."""
    from agent_core.audit.verifying import verify
    from agent_core.contract.checkpoints import CheckpointKey
    from agent_core.contract.ids import KeyFingerprint

    if arguments.progress:
        _give_way()
    report = verify(
        arguments.database,
        progress=_say if arguments.progress else None,
        checkpoints=tuple(_checkpoint(path) for path in arguments.checkpoint),
        key=None if arguments.key is None else CheckpointKey.read(arguments.key),
        anchor=None if arguments.anchor is None else KeyFingerprint(arguments.anchor),
    )
    if arguments.json:
        print(json.dumps(report.json(), indent=None if arguments.progress else 1))
    else:
        _print(report)
    return HOLDS if report.holds else BROKEN


def _say(events: int) -> None:
    print(json.dumps({"events_read": events}), flush=True)


def _give_way() -> None:
    """Whoever wants to see how far it is has something else running beside it."""
    if hasattr(os, "nice"):
        os.nice(10)


def _checkpoint(path: Path) -> "SignedCheckpoint":
    """The checkpoint in a file: the text itself, or the `last` of what a core keeps outside its database."""
    from agent_core.contract.checkpoints import read_checkpoint

    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith("{"):
            text = str(json.loads(text)["last"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid("bad_checkpoint", f"{path.name} cannot be read as a checkpoint.", detail=str(error)) from error
    return read_checkpoint(text)


def _print(report: "Report") -> None:
    for finding in report.findings:
        print(f"{finding.code:20} {finding.sentence}")
    for code, count in report.counts.items():
        if count > (listed := sum(each.code == code for each in report.findings)):
            print(f"{code:20} and {count - listed} more of these")
    print(
        f"{report.events} events in {report.streams} streams, {report.bodies} bodies, {report.statements} statements, "
        f"{report.checkpoints} checkpoints; signed for up to event {report.signed}; root {report.root}"
    )
    for note in report.notes:
        print(f"note: {note}")
    wrong = sum(report.counts.values())
    print("The log holds." if not wrong else f"THE LOG DOES NOT HOLD: {wrong} findings.")

"""``countersign-core verify-export``: checks an exported conversation, offline.

Why it exists: whoever is handed a conversation must be able to check it on a computer that has never heard of the core it
came from. It reads one file (and a checkpoint, if one is given), and needs no database and no network.

Prints what holds, or every finding; exit code 1 when something does not hold.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agent_core.audit.checking import Report, check_file
from agent_core.audit.exported import MOST_BYTES
from agent_core.audit.findings import Finding
from agent_core.cli.command import Commands
from agent_core.contract.checkpoints import MOST_CHARACTERS
from agent_core.contract.errors import Unusable
from agent_core.contract.ids import KeyFingerprint


def add(commands: Commands) -> None:
    """Adds ``verify-export`` to the command line."""
    parser = commands.add_parser("verify-export", help="check an exported conversation, offline", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the exported conversation")
    parser.add_argument("--anchor", metavar="FINGERPRINT", help="the fingerprint of the first key, as you know it")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="a signed checkpoint of this core that you kept")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="also write the transcript (Markdown) there")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Checks the file and prints what was found: 0 when everything holds, else 1.

    Raises:
        Unusable: `unreadable`: a file cannot be read or written.
    """
    witness = None
    if arguments.checkpoint is not None:
        witness = checkpoint_in(read_file(arguments.checkpoint, MOST_CHARACTERS * 8))
    data = read_file(arguments.file, MOST_BYTES)
    anchor = None if arguments.anchor is None else KeyFingerprint(arguments.anchor)
    report = check_file(data, anchor=anchor, witness=witness)
    if arguments.transcript is not None and report.export is not None:
        try:
            arguments.transcript.write_text(report.export.transcript, encoding="utf-8")
        except OSError as error:
            raise Unusable("unreadable", f"{arguments.transcript} cannot be written.", detail=str(error)) from error
    lines = [_json(report)] if arguments.json else _sentences(report, named=anchor is not None, kept=witness is not None)
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if report.findings else 0


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a file, at most so many and one.

    Raises:
        Unusable: `unreadable`.
    """
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Unusable("unreadable", f"{path} cannot be read.", detail=str(error)) from error


def checkpoint_in(data: bytes) -> str:
    """The signed text in a file: the text itself, or the JSON in which a core or a console keeps or answers one."""
    text = data.decode("utf-8", "replace")
    if text.startswith("{"):
        try:
            kept: Any = json.loads(text)
        except ValueError:
            return text
        found = kept.get("note", kept.get("last")) if isinstance(kept, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any JSON
        return str(found)  # pyright: ignore[reportUnknownArgumentType] - likewise
    return text


def _sentences(report: Report, *, named: bool, kept: bool) -> list[str]:
    if report.findings:
        return [_line(finding) for finding in report.findings]
    export = report.export
    assert export is not None
    lines = [
        f"Everything that can be checked holds: {len(export.events)} events, {len(export.bodies)} texts "
        f"({sum(body.text is None for body in export.bodies)} of them erased), {report.signatures} signed statements, "
        f"{report.executed} approved actions.",
        f"Conversation {export.conversation} of brand {export.brand}, core {export.core}.",
    ]
    if not named:
        lines.append(f"Trust starts at {export.trust.anchor}: compare that with what you know, or give it as --anchor.")
    if not kept:
        lines.append(f"Signed for by {export.checkpoint_key}: compare that, or give a checkpoint you kept as --checkpoint.")
    return lines


def _line(finding: Finding) -> str:
    detail = f" ({finding.detail})" if finding.detail else ""
    return f"{finding.where}: {finding.sentence} [{finding.code}]{detail}"


def _json(report: Report) -> str:
    export = report.export
    return json.dumps({
        "ok": not report.findings,
        "conversation": None if export is None else export.conversation,
        "anchor": None if export is None else export.trust.anchor,
        "checkpoint_key": None if export is None else export.checkpoint_key,
        "executed": report.executed,
        "signatures": report.signatures,
        "findings": [
            {"code": f.code, "where": f.where, "sentence": f.sentence, "detail": f.detail} for f in report.findings
        ],
    })  # fmt: skip

"""``countersign-core check-brand DIR``: says whether a brand folder may go live, or every reason why not.

Why it exists: who edits a brand's files wants file, line and reason before anybody activates them (R-F1). It only reads; it
must never activate anything.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_core.cli.command import Commands
from agent_core.service.brands import check_folder
from agent_core.workflows.findings import BrandInvalid
from agent_core.workflows.release import Release

INVALID = 1


def add(commands: Commands) -> None:
    """Adds ``check-brand`` to the command line."""
    parser = commands.add_parser("check-brand", help="check a brand folder", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, help="the brand folder")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Checks the folder, prints what it found, answers 0 when it may go live and 1 when not."""
    folder: Path = arguments.folder
    try:
        release = check_folder(folder.resolve())
    except BrandInvalid as invalid:
        if arguments.json:
            print(json.dumps({"ok": False, "findings": [finding.model_dump() for finding in invalid.findings]}, indent=2))
        else:
            for finding in invalid.findings:
                print(finding.text())
            print(invalid.message, file=sys.stderr)
        return INVALID
    if arguments.json:
        print(json.dumps({"ok": True, "findings": [], **_summary(release)}, indent=2))
    else:
        summary = _summary(release)
        print(f"{release.brand.title} may go live: release {summary['release']}")
        for name, intents in summary["workflows"].items():
            print(f"  {name}: {', '.join(intents)}")
    return 0


def _summary(release: Release) -> Mapping[str, Any]:
    return {
        "brand": release.brand.name,
        "release": release.digest,
        "policy": release.policy_digest,
        "workflows": {
            name: [intent.id for intent in workflow.intents] for name, workflow in sorted(release.workflows.items())
        },
        "tools": sorted(release.tools),
    }

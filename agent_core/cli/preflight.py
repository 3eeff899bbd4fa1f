"""``countersign-core preflight --brand DIR``: may this brand folder go live? Every check, and one executed path a workflow.

Why it exists: a folder that reads well can still lead nowhere. This reads it as `check-brand` does, with the dataflow
check, and then lets customers of a sandbox write to every workflow of it (R-A9). It touches no installation, no key, no
real system.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from agent_core.cli.command import Commands
from agent_core.cli.log_output import log_to_standard_error
from agent_core.service.brands import check_folder
from agent_core.service.going_live import SHIPPED
from agent_core.service.preflight import preflight
from agent_core.service.preflight_report import PreflightReport
from agent_core.workflows.findings import BrandInvalid, Finding

FAILED = 1


def add(commands: Commands) -> None:
    """Adds ``preflight`` to the command line."""
    parser = commands.add_parser(
        "preflight", help="check a brand folder and walk every workflow of it in a sandbox", description=__doc__
    )
    parser.add_argument("--brand", metavar="DIR", type=Path, required=True, help="the brand folder")
    parser.add_argument(
        "--workflow", metavar="NAME", action="append", default=[], help="walk only this one; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--record", action="store_true", help="note a passed release of ours in resources/brands/walked.json"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Checks and walks the folder.

    Returns:
        0 when it may go live, 1 when not; every reason is printed.
    """
    folder: Path = arguments.brand.resolve()
    log_to_standard_error()
    try:
        release = check_folder(folder)
    except BrandInvalid as invalid:
        _refused(invalid.findings, as_json=arguments.json)
        return FAILED
    unknown = set(arguments.workflow) - set(release.workflows)
    if unknown:
        print(f"{release.brand.title} has no workflow {', '.join(sorted(unknown))}.", file=sys.stderr)
        return FAILED
    report = asyncio.run(preflight(folder, release, only=arguments.workflow))
    if arguments.json:
        print(json.dumps({"ok": report.passed, "files": [], **report.model_dump(mode="json")}, indent=2))
    else:
        _show(report)
    if arguments.record and report.passed and not arguments.workflow:
        told = json.loads(SHIPPED.read_text(encoding="utf-8")) if SHIPPED.exists() else {}
        told[report.brand] = report.release
        SHIPPED.write_text(json.dumps(dict(sorted(told.items())), indent=2) + "\n", encoding="utf-8")
    return 0 if report.passed else FAILED


def _refused(findings: tuple[Finding, ...], *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"ok": False, "files": [finding.model_dump() for finding in findings], "findings": []}
        print(json.dumps({**told, "walked": []}, indent=2))
        return
    for finding in findings:
        print(finding.text())
    print("The folder cannot be read as a brand, so nothing was walked.", file=sys.stderr)


def _show(report: PreflightReport) -> None:
    for walked in report.walked:
        steps = len(walked.steps) + len(walked.missed)
        ends = ", ".join(f"{count} {phase}" for phase, count in walked.outcomes.items()) or "none"
        languages = ", ".join(walked.languages) or "no language"
        runs = f"{walked.runs} runs of {walked.conversations} conversations"
        print(f"{walked.workflow}: {runs}; {len(walked.steps)} of {steps} steps; in {languages}; ended: {ends}")
        for finding in report.findings:
            if finding.workflow == walked.workflow:
                print(f"  {finding.severity}: {finding.message} [{finding.code}]")
    verdict = "may go live" if report.passed else "does not go live"
    print(f"{report.brand} {verdict}: release {report.release}")

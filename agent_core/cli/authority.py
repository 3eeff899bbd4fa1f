"""``countersign-core authority --brand DIR``: the table of who may do what, made from the brand's policies (R-C2, R-C8).

Why it exists: who answers for an agent reviews a table, not policy text; and before other policies go live, what they would
have decided (``authority replay``). It only reads; it must never activate anything.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

from agent_core.cli.command import Commands
from agent_core.contract.errors import Unusable

if TYPE_CHECKING:
    from agent_core.contract.levels import PolicyReplay
    from agent_core.workflows.release import Release

_LISTED = 40


def add(commands: Commands) -> None:
    """Adds ``authority`` to the command line."""
    parser = commands.add_parser("authority", help="show who may do what in a brand, as a table", description=__doc__)
    parser.add_argument("--brand", metavar="DIR", type=Path, help="the brand folder")
    parser.add_argument("--all", action="store_true", help="also the built-in tools that the brand does not use")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--markdown", action="store_true", help="print Markdown (the default)")
    shape.add_argument("--text", action="store_true", help="print one aligned plain table")
    shape.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    replay = parser.add_subparsers(title="more", metavar="").add_parser(
        "replay",
        help="what the folder would have decided about what really was decided",
        description="Asks the policies and levels of a brand folder about every decision in a database. Executes nothing.",
    )
    replay.add_argument("--brand", metavar="DIR", type=Path, required=True, help="the candidate's folder")
    replay.add_argument("--db", metavar="FILE", type=Path, required=True, help="a core's database, or a copy of it")
    replay.add_argument("--days", type=int, default=14, help="how far back from its newest event (default 14)")
    replay.add_argument("--json", action="store_true", help="print JSON")
    replay.set_defaults(run=run_replay)


def run(arguments: argparse.Namespace) -> int:
    """Prints the table and answers 0.

    Raises:
        Unusable: `brand_invalid` when the folder cannot be read as a brand; `no_brand_named`.
    """
    from agent_core.authority.table import as_data, as_markdown, as_text, authority_table
    from agent_core.service.brands import gate_of, read_brand_folder
    from agent_core.workflows.tools import WITHDRAW_PROPOSAL

    if arguments.brand is None:
        raise Unusable("no_brand_named", "Name the brand's folder: --brand DIR.")
    release = read_brand_folder(arguments.brand.resolve())
    policy = gate_of(release).policy
    rows = authority_table(policy, tools=None if arguments.all else {*release.tools, WITHDRAW_PROPOSAL})
    if arguments.json:
        told = {"ok": True, "brand": release.brand.name, "release": release.digest, "policy": policy.digest}
        levels = {str(name): flow.authority for name, flow in release.workflows.items()}
        print(json.dumps({**told, "rows": as_data(rows), "levels": levels}, indent=2))
    elif arguments.text:
        print(as_text(rows))
        print(_levels(release, "{workflow:32} {level}"))
    else:
        print(as_markdown(rows, policy, title=release.brand.title), end="")
        print("\n## How far each workflow may go by itself\n")
        print("At most, as its file declares; people may sign a lower level, and take that back.\n")
        print("| Workflow | Level |\n|---|---|")
        print(_levels(release, "| {workflow} | {level} |"))
    return 0


def run_replay(arguments: argparse.Namespace) -> int:
    """Prints what differs and answers 0; nothing is changed anywhere.

    Raises:
        Unusable: The folder or the database cannot be used.
    """
    from agent_core.contract.clock import system_clock
    from agent_core.service.brands import read_brand_folder
    from agent_core.service.offline_replay import replay_folder

    if not 1 <= arguments.days <= 3650:
        raise Unusable("bad_period", "A replay looks back between 1 and 3650 days.")
    candidate = read_brand_folder(arguments.brand.resolve())
    found = asyncio.run(replay_folder(candidate, arguments.db, arguments.days, system_clock))
    if arguments.json:
        print(found.model_dump_json(indent=1))
    else:
        _print(found)
    return 0


def _levels(release: "Release", line: str) -> str:
    flows = sorted(release.workflows.values(), key=lambda flow: flow.name)
    return "\n".join(line.format(workflow=flow.name, level=flow.authority.replace("_", " ")) for flow in flows)


def _print(found: "PolicyReplay") -> None:
    period = f"from {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    print(f"{found.decisions} decisions {period} at {found.brand}")
    if found.unreadable:
        print(f"{found.unreadable} could not be asked about again: what they rested on was erased.")
    for name, count in found.counts:
        was, _, would = name.partition(">")
        print(f"{count:6} {was} -> {would}")
    if not found.counts:
        print("Every one of them would have been decided in the same way.")
    for one in found.differs[:_LISTED]:
        asked = None not in (one.people_was, one.people_would) and one.people_was != one.people_would
        people = f", people {one.people_was} -> {one.people_would}" if asked else ""
        rules = ", ".join(rule.id for rule in one.rules) or one.code
        where = f"{one.at:%Y-%m-%d %H:%M} {one.conversation} {one.workflow}/{one.tool}"
        print(f"{where}: {one.was} -> {one.would}{people} ({rules})")
    if len(found.differs) > _LISTED or not found.complete:
        print("Not all of them are listed; --json lists more.")

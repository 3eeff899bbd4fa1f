"""``countersign-core triage``: what is poisoned or stuck, and why, the worst first; from a running core or from a database.

Why it exists: on-call may have a terminal and no window, or a database and no core (R-M4). It only looks: a repair is signed
at a console. It must never print what a customer wrote or is called.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent_core.cli.command import Commands
from agent_core.contract.errors import Unusable

if TYPE_CHECKING:
    from agent_core.contract.triage import TriageAnswer

FOUND = 1


def add(commands: Commands) -> None:
    """Adds ``triage`` to the command line."""
    parser = commands.add_parser("triage", help="list what is poisoned or stuck, with its diagnosis", description=__doc__)
    add_source(parser)
    parser.add_argument("--as-of", metavar="TIME", help="with --db: the moment by which things are late (default: now)")
    parser.add_argument("--json", action="store_true", help="print everything that is known of each, as JSON")
    parser.set_defaults(run=run)


def add_source(parser: argparse.ArgumentParser) -> None:
    """Adds where it is looked: a running core, or a database."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--db", type=Path, metavar="FILE", help="a core's database or a copy of it; only a copy is opened")
    where.add_argument(
        "--url", help="a running core, e.g. http://127.0.0.1:8400; an operator's key is read from standard input"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints what is found; answers 0 when nothing is poisoned or stuck, else 1.

    Raises:
        CountersignError: It cannot be looked; the sentence says why.
    """
    found = _asked(arguments.url) if arguments.url is not None else _read(arguments)
    if arguments.json:
        print(found.model_dump_json(indent=1))
    else:
        _print(found)
    return FOUND if found.rows else 0


def _asked(url: str) -> "TriageAnswer":
    from agent_core.cli.operator_line import OperatorLine, line_of_input  # this and the rest: a help text needs none of it
    from agent_core.contract.triage import TriageAnswer

    with OperatorLine(url, line_of_input()) as line:
        return TriageAnswer.model_validate(line.ask("GET", "/v1/triage"))


def _read(arguments: argparse.Namespace) -> "TriageAnswer":
    from agent_core.contract.clock import system_clock
    from agent_core.service.offline_triage import triage_of

    now = system_clock() if arguments.as_of is None else _moment(arguments.as_of)
    return asyncio.run(triage_of(arguments.db, system_clock, now))


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable("bad_time", "Write the moment as 2026-11-21T14:00:00Z.") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _print(found: "TriageAnswer") -> None:
    for row in found.rows:
        also = f" (also {', '.join(each.replace('_', ' ') for each in row.also)})" if row.also else ""
        print(f"{row.conversation}  {row.brand}  {row.kind.replace('_', ' ')}{also} since {row.since:%Y-%m-%d %H:%M} UTC")
        print(f"    {row.diagnosis}: {row.sentence}")
        print(f"    {row.blocks}{' It can be repaired.' if row.repairable else ''}")
    for one in found.systems:
        print(f"{one.brand}  {one.system} {one.operation}: {one.sentence}")
    if not found.rows:
        print("Nothing is poisoned or stuck.")
    if not found.complete:
        print("There is more than can be listed.")

"""``countersign-core authority --brand DIR``: the table of who may do what, made from the brand's policies (R-C2).

Why it exists: who answers for an agent reviews a table, not policy text. It only reads; it must never activate anything.
"""

import argparse
import json
from pathlib import Path

from agent_core.cli.command import Commands


def add(commands: Commands) -> None:
    """Adds ``authority`` to the command line."""
    parser = commands.add_parser("authority", help="show who may do what in a brand, as a table", description=__doc__)
    parser.add_argument("--brand", metavar="DIR", type=Path, required=True, help="the brand folder")
    parser.add_argument("--all", action="store_true", help="also the built-in tools that the brand does not use")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--markdown", action="store_true", help="print Markdown (the default)")
    shape.add_argument("--text", action="store_true", help="print one aligned plain table")
    shape.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the table and answers 0.

    Raises:
        Unusable: `brand_invalid` when the folder cannot be read as a brand.
    """
    from agent_core.authority.table import as_data, as_markdown, as_text, authority_table
    from agent_core.service.brands import gate_of, read_brand_folder
    from agent_core.workflows.tools import WITHDRAW_PROPOSAL

    release = read_brand_folder(arguments.brand.resolve())
    policy = gate_of(release).policy
    rows = authority_table(policy, tools=None if arguments.all else {*release.tools, WITHDRAW_PROPOSAL})
    if arguments.json:
        told = {"ok": True, "brand": release.brand.name, "release": release.digest, "policy": policy.digest}
        print(json.dumps({**told, "rows": as_data(rows)}, indent=2))
    elif arguments.text:
        print(as_text(rows))
    else:
        print(as_markdown(rows, policy, title=release.brand.title), end="")
    return 0

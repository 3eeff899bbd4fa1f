"""``countersign-core forks``: which turns of a conversation were run again in memory, by whom, and with what else (R-M4).

Why it exists: a fork leaves nothing but its record in the log; who looked, and what it cost, can be asked for without a
window. It must never print what was said in the conversation.
"""

import argparse
import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from agent_core.cli.command import Commands
from agent_core.cli.triage import add_source

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE: Final = 500


def add(commands: Commands) -> None:
    """Adds ``forks`` to the command line."""
    parser = commands.add_parser("forks", help="list the turns of a conversation that were run again", description=__doc__)
    add_source(parser)
    parser.add_argument("--conversation", required=True, metavar="ID", help="the conversation, c_…")
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints them, oldest first. Always 0.

    Raises:
        CountersignError: It cannot be looked; the sentence says why.
    """
    asked = _asked if arguments.url is not None else _read
    found = asked(arguments)
    if arguments.json:
        print(json.dumps({"conversation": arguments.conversation, "forks": found}, indent=1))
        return 0
    for one in found:
        print(_line(one))
    if not found:
        print("No turn of this conversation was run again.")
    return 0


def _asked(arguments: argparse.Namespace) -> "Sequence[dict[str, Any]]":
    from urllib.parse import quote

    from agent_core.cli.operator_line import OperatorLine, line_of_input

    path, after = f"/v1/conversations/{quote(arguments.conversation, safe='')}/log", 0
    found: list[dict[str, Any]] = []
    with OperatorLine(arguments.url, line_of_input()) as line:
        while records := line.ask("GET", f"{path}?after={after}&limit={_PAGE}")["events"]:
            found += [_fork(record) for record in records if record["event"]["type"] == "turn_forked"]
            after = records[-1]["seq"]
    return found


def _read(arguments: argparse.Namespace) -> "Sequence[dict[str, Any]]":
    from agent_core.contract.clock import system_clock
    from agent_core.contract.ids import ConversationId, StreamId
    from agent_core.service.offline_triage import forks_in

    name = ConversationId(StreamId(arguments.conversation))
    records = asyncio.run(forks_in(arguments.db, system_clock, name))
    return [_fork(record.model_dump(mode="json")) for record in records]


def _fork(record: dict[str, Any]) -> dict[str, Any]:
    event = record["event"]
    usage = event.get("usage") or {}
    return {
        "seq": record["seq"],
        "at": record["at"],
        "operator": event["operator"],
        "position": event["position"],
        "different": list(event.get("different", ())),
        "live": list(event.get("live", ())),
        "model_calls": event.get("model_calls", 0),
        "input_tokens": usage.get("input_tokens", 0),
        "output_tokens": usage.get("output_tokens", 0),
    }


def _line(one: dict[str, Any]) -> str:
    what = ", ".join(one["different"]) or "nothing different"
    live = f"; live: {', '.join(one['live'])}" if one["live"] else ""
    cost = ""
    if one["model_calls"]:
        cost = f"; {one['model_calls']} model calls, {one['input_tokens']} tokens in, {one['output_tokens']} out"
    return f"{one['at']}  {one['operator']}  from {one['position']}: {what}{live}{cost}"

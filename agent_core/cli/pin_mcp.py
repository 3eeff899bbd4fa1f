"""``countersign-core pin-mcp DIR``: shows what a brand's MCP servers say of the tools it uses, and agrees to it.

Why it exists: a tool of a server is used only while the server says of it what somebody agreed to. This asks each server,
prints its words and schemas, and writes the digests into `tools.yaml`; with ``--check`` it writes nothing and fails where
they differ. It must never call a tool.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mcp import Client
from mcp_types import Tool
from pydantic import SecretStr

from agent_core.boundary.sources import read
from agent_core.cli.command import Commands
from agent_core.cli.log_output import log_to_standard_error
from agent_core.contract.errors import Unusable
from agent_core.systems.own.mcp_link import endpoint, program
from agent_core.systems.own.mcp_server import CONNECT_SECONDS, digest_of, offered
from agent_core.workflows.findings import Finding
from agent_core.workflows.outside import McpSystem
from agent_core.workflows.pinning import Pinned, pins_in, with_pins

DIFFERS = 1


def add(commands: Commands) -> None:
    """Adds ``pin-mcp`` to the command line."""
    parser = commands.add_parser("pin-mcp", help="agree to the tools of a brand's MCP servers", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, help="the brand folder")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a server says something else")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--allow-programs", action="store_true", help="start servers that are programs")
    parser.add_argument("--allow-host", action="append", metavar="HOST[:PORT]", help="reach this host although it is inside")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Asks every server of the folder.

    Returns:
        0 when everything is as agreed, or is now; 1 when something differs and nothing was written, or a tool is missing.

    Raises:
        Unusable: A server cannot be asked, or the file is none.
    """
    log_to_standard_error()
    path: Path = arguments.folder / "tools.yaml"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unusable("no_folder", f"There is no readable {path.name} in this folder.", detail=str(error)) from error
    pins, systems = pins_in(data)
    allowed = frozenset(arguments.allow_host or ())
    told = {name: asyncio.run(_ask(system, allowed, programs=arguments.allow_programs)) for name, system in systems.items()}
    findings = [found for pin in pins for found in _findings(pin, told)]
    missing = any(finding.code == "tool_gone" for finding in findings)
    if arguments.json:
        print(json.dumps({"ok": not findings, "findings": [finding.model_dump() for finding in findings]}, indent=2))
    else:
        _show(pins, told, findings)
    if not arguments.check and not missing and findings:
        path.write_bytes(with_pins(data, {pin: digest_of(told[pin.system][pin.tool]) for pin in pins}))
        print(f"{path.name} agrees to what the servers say now.", file=sys.stderr)
        return 0
    return DIFFERS if findings else 0


async def _ask(system: McpSystem, allowed: frozenset[str], *, programs: bool) -> Mapping[str, Tool]:
    def secret(name: str) -> SecretStr:
        value = os.environ.get(f"COUNTERSIGN_SECRET_{name.upper()}")
        if value is None:
            where = f"COUNTERSIGN_SECRET_{name.upper()}"
            raise Unusable("secret_missing", f"The credential {name} of {system.name} is not here; hand it over in {where}.")
        return SecretStr(value)

    if system.url is None:
        if not programs:
            why = f"{system.name} is a program, and none is started here without --allow-programs."
            raise Unusable("program_not_allowed", why)
        link = partial(program, system.command, {name: secret(each) for name, each in system.env.items()})
    else:
        headers: dict[str, SecretStr] = {}
        if system.auth is not None:
            value = f"{system.auth.prefix}{secret(system.auth.secret).get_secret_value()}"
            headers[system.auth.header] = SecretStr(value)
        link = partial(endpoint, system.url, headers, allowed)
    try:
        async with asyncio.timeout(CONNECT_SECONDS), Client(link(_nothing), cache=None) as client:
            return {tool.name: tool for tool in await offered(client)}
    except Exception as error:
        why = f"The server {system.name} cannot be asked what it offers."
        raise Unusable("server_unreachable", why, detail=type(error).__name__) from error


def _nothing() -> None:
    """The way was lost; whoever waits for an answer is told by the library."""


def _findings(pin: Pinned, told: Mapping[str, Mapping[str, Tool]]) -> list[Finding]:
    tool = told.get(pin.system, {}).get(pin.tool)
    if tool is None:
        code, message = "tool_gone", f"The server {pin.system} has no tool `{pin.tool}`."
    elif pin.digest is None:
        code, message = "not_pinned", f"Nobody has agreed to what {pin.system} says of `{pin.tool}`."
    elif digest_of(tool) != pin.digest:
        code, message = "schema_changed", f"{pin.system} says something else of `{pin.tool}` than was agreed to."
    else:
        return []
    return [Finding(file="tools.yaml", line=pin.line, column=pin.column, code=code, message=message)]


def _show(pins: list[Pinned], told: Mapping[str, Mapping[str, Tool]], findings: list[Finding]) -> None:
    for pin in pins:
        tool = told.get(pin.system, {}).get(pin.tool)
        if tool is not None:
            schema: Any = tool.input_schema
            print(f"{pin.system}/{pin.tool} {digest_of(tool)}")
            print(f"  {read('tool_description', tool.description or '').text}")
            print(f"  {read('tool_description', json.dumps(schema, sort_keys=True)).text}")
    for finding in findings:
        print(finding.text())

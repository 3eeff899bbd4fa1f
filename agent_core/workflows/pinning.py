"""The digests of MCP tools in `tools.yaml`: where they stand, and the same file with others. Only these places change.

The rest of the file keeps its comments and its layout, because people wrote it. It must never touch a line that holds none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent_core.contract.errors import Unusable
from agent_core.workflows.outside import McpSystem
from agent_core.workflows.parsing import validated
from agent_core.workflows.yaml_text import Located, Path, YamlRefused, read_yaml

if TYPE_CHECKING:
    from agent_core.workflows.findings import Finding

_DIGEST = re.compile(r"""digest:\s*["']?[^\s,}"']*["']?""")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One use of a server's tool.

    Attributes:
        tool: The server's own name for it.
        digest: What was agreed to; none when nobody has.
        line: Where `digest` stands, or `tool` when there is none; from 1, as `column`.
        tool_line: Where `tool` stands.
    """

    system: str
    tool: str
    digest: str | None
    line: int
    column: int
    tool_line: int
    tool_column: int


def pins_in(data: bytes) -> tuple[list[Pinned], dict[str, McpSystem]]:
    """Every use of an MCP tool in a file, and the servers by name.

    Raises:
        Unusable: `bad_tools_file` with the first reason.
    """
    try:
        located = read_yaml(data, "tools.yaml")
    except YamlRefused as refused:
        raise Unusable("bad_tools_file", refused.finding.text()) from refused
    findings: list[Finding] = []
    systems: dict[str, McpSystem] = {}
    for number, entry in enumerate(_list(located.value, "systems")):
        if isinstance(entry, dict) and entry.get("kind") == "mcp":  # pyright: ignore[reportUnknownMemberType] - any YAML
            system = validated(McpSystem, located, findings, ("systems", number))
            if system is not None:
                systems[system.name] = system
    if findings:
        raise Unusable("bad_tools_file", findings[0].text())
    pins = [
        pin for number, entry in enumerate(_list(located.value, "tools")) for pin in _of(located, number, entry, systems)
    ]
    return pins, systems


def _of(located: Located, number: int, entry: Any, systems: Mapping[str, McpSystem]) -> list[Pinned]:
    if not isinstance(entry, dict) or not isinstance(entry.get("mcp"), dict):  # pyright: ignore[reportUnknownMemberType] - any YAML
        return []
    mcp: dict[str, Any] = entry["mcp"]
    at: Path = ("tools", number, "mcp")
    system = str(entry.get("system"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - any YAML
    if system not in systems:
        raise Unusable("bad_tools_file", located.finding(at, "unknown_system", "Its system is no MCP server here.").text())
    found: list[Pinned] = []
    for place, value in ((at, mcp), ((*at, "reconcile"), mcp.get("reconcile"))):
        if isinstance(value, dict) and isinstance(value.get("tool"), str):  # pyright: ignore[reportUnknownMemberType] - any YAML
            digest: Any = value.get("digest")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - any YAML
            line, column = located.places[(*place, "tool")]
            where = located.places.get((*place, "digest"), (line, column))
            text = None if digest is None else str(digest)
            found.append(Pinned(system, str(value["tool"]), text, *where, line, column))  # pyright: ignore[reportUnknownArgumentType] - any YAML
    return found


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any YAML
    return found if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType] - any YAML


def with_pins(data: bytes, digests: Mapping[Pinned, str]) -> bytes:
    """The file with other digests: replaced where one stands, else written behind the tool's name."""
    lines = data.decode("utf-8-sig").split("\n")
    # From the end, so that what was inserted moves nothing that is still to be looked at.
    for pin, digest in sorted(digests.items(), key=lambda each: (-each[0].line, -each[0].column)):
        number, column = pin.line - 1, pin.column - 1
        line = lines[number]
        if pin.digest is not None:
            lines[number] = line[:column] + _DIGEST.sub(f"digest: {digest}", line[column:], count=1)
        elif "{" in line[:column]:  # `mcp: {tool: x}`
            lines[number] = re.sub(r"(tool:\s*[^\s,}]+)", rf"\1, digest: {digest}", line[column:], count=1)
            lines[number] = line[:column] + lines[number]
        else:
            lines.insert(number + 1, f"{' ' * column}digest: {digest}")
    return "\n".join(lines).encode()

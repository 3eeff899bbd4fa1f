"""`tools.yaml`: what a brand takes of the built-in tools, and the systems and tools it declares itself (R-B3, R-F1).

A brand may only narrow a built-in tool, and never give another one its name. A tool in no workflow is an error: nobody would
be responsible for its policy.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, ValidationError

from agent_core.contract.base import Value
from agent_core.contract.ids import ToolName
from agent_core.workflows.findings import Finding, shown
from agent_core.workflows.outside import HttpSystem, McpSystem
from agent_core.workflows.own_tools import OwnTool, own_tool
from agent_core.workflows.parsing import validated
from agent_core.workflows.texts import Word
from agent_core.workflows.tools import WITHDRAW_PROPOSAL, FactNeed, ToolCatalog, ToolDeclaration
from agent_core.workflows.workflow import Workflow
from agent_core.workflows.yaml_text import Located, Path

BUILT_IN_SYSTEMS: Final = frozenset({"shop", "channel", "model"})
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "host", "content-length",
                                    "transfer-encoding", "connection", "content-type", "accept-encoding"})  # fmt: skip


class ToolChoice(Value):
    """One tool a brand takes from a group of built-in ones.

    Attributes:
        use: The group.
        timeout_s: Seconds until it counts as timed out, when the brand wants fewer or more.
        limits: Highest value of whole-number arguments; beyond it a call is refused before any policy is asked.
        needs: Further facts policy reads before the call.
        answers_within_s: For a tool that is answered later: after so many seconds the answer is looked up.
    """

    name: Word
    use: Word
    timeout_s: int | None = Field(ge=1, le=300, default=None)
    limits: Mapping[Word, Annotated[int, Field(ge=1, le=10**15)]] = Field(default_factory=dict)
    needs: tuple[FactNeed, ...] = ()
    answers_within_s: int | None = Field(ge=60, le=90 * 86_400, default=None)


class ToolsFile(Value):
    """The frame of `tools.yaml`; each entry is read by itself, so that every wrong field is found at its own line."""

    format: Literal[1]
    systems: tuple[dict[str, JsonValue], ...] = Field(max_length=50, default=())
    tools: tuple[dict[str, JsonValue], ...] = Field(min_length=1, max_length=500)


@dataclass(frozen=True, slots=True)
class ChosenTools:
    """The brand's tools by name, where each was chosen, and the systems it brings itself."""

    tools: Mapping[ToolName, ToolDeclaration]
    places: Mapping[ToolName, Path]
    located: Located | None
    systems: Mapping[str, HttpSystem | McpSystem] = field(default_factory=dict[str, HttpSystem | McpSystem])
    unread: frozenset[str] = frozenset()
    """Names of tools that are there but could not be read: no second fault is made of the first."""

    def unused(self, workflows: Iterable[Workflow]) -> Iterator[Finding]:
        """Tools that no workflow owns: nobody would be responsible for their policy (R-B3)."""
        used = {name for workflow in workflows for name in workflow.tools}
        for name in self.tools:
            if name not in used and self.located is not None:
                yield self.located.finding(
                    self.places[name], "tool_without_workflow", f"No workflow owns the tool `{name}`; remove it or use it."
                )


def parse_tools(located: Located | None, catalog: ToolCatalog, findings: list[Finding]) -> ChosenTools:
    """`tools.yaml` over what the installation can do."""
    file = None if located is None else validated(ToolsFile, located, findings)
    if located is None or file is None:
        return ChosenTools({}, {}, None)
    systems = _systems(file, located, findings)
    tools: dict[ToolName, ToolDeclaration] = {}
    places: dict[ToolName, Path] = {}
    for number, entry in enumerate(file.tools):
        at: Path = ("tools", number)
        read = _declared if "system" in entry else _chosen
        made = read(located, at, catalog, systems, findings)
        if made is None:
            continue
        name = ToolName(made.name)
        if name in tools:
            findings.append(located.finding((*at, "name"), "duplicate_tool", f"`{name}` is declared twice."))
        tools[name], places[name] = made, (*at, "name")
    used = {str(entry.get("system")) for entry in file.tools}
    for number, entry in enumerate(file.systems):
        if entry.get("name") not in used:
            findings.append(located.finding(("systems", number), "system_without_tool", "No tool uses it; remove it."))
    for name, tool in tools.items():
        for other in tool.instead if tool.own else ():
            if ToolName(other) not in tools:
                findings.append(
                    located.finding((*places[name][:-1], "instead"), "unknown_tool", f"No tool `{other}` is declared here.")
                )
    named = (entry.get("name") for entry in file.tools)
    unread = frozenset(name for name in named if isinstance(name, str) and name not in tools)
    return ChosenTools(tools, places, located, systems, unread)


def _systems(file: ToolsFile, located: Located, findings: list[Finding]) -> dict[str, HttpSystem | McpSystem]:
    found: dict[str, HttpSystem | McpSystem] = {}
    for number, entry in enumerate(file.systems):
        at: Path = ("systems", number)
        kind = entry.get("kind")
        if kind not in {"http", "mcp"}:
            findings.append(located.finding((*at, "kind"), "unknown_kind", "A system is of the kind `http` or `mcp`."))
            continue
        system = validated(HttpSystem if kind == "http" else McpSystem, located, findings, at)
        if system is None:
            continue
        if system.name in found or system.name in BUILT_IN_SYSTEMS:
            findings.append(located.finding((*at, "name"), "name_taken", f"A system `{system.name}` is already there."))
        faults = list(_system_findings(system, located, at))
        findings.extend(faults)
        found.setdefault(system.name, system)
    return found


def _system_findings(system: HttpSystem | McpSystem, located: Located, at: Path) -> Iterator[Finding]:
    if isinstance(system, McpSystem):
        if bool(system.command) == (system.url is not None):
            yield located.finding((*at, "name"), "bad_server", "A server is a `command` or a `url`, one of them.")
        if system.url is not None and system.env:
            yield located.finding((*at, "env"), "bad_server", "Only a `command` has an environment.")
        if system.command and system.auth is not None:
            yield located.finding((*at, "auth"), "bad_server", "A `command` is given its secrets with `env`.")
    else:
        for name in system.headers:
            if name in _SECRET_HEADERS or (system.auth is not None and name == system.auth.header):
                yield located.finding((*at, "headers", name), "header_taken", f"`{name}` is not set here.")
    if system.url is not None:
        fault = address_fault(system.url)
        if fault is not None:
            yield located.finding((*at, "url"), "bad_address", fault)


def address_fault(url: str) -> str | None:
    """Why an address is none we would ever ask; None when it may be. What is reachable is the installation's matter."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not an address."
    del port
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        return "An address holds no credential; name it with `auth: {secret: …}`."
    if parts.query or parts.fragment or "{" in url or any(not "!" <= char <= "~" for char in url):
        return "An address ends before any `?` and holds no placeholder; what varies stands in the tool."
    if not host or parts.scheme not in {"http", "https"}:
        return "An address begins with `https://`."
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        literal = None
    if parts.scheme == "http" and not (host == "localhost" or (literal is not None and literal.is_loopback)):
        return "Outside this machine an address begins with `https://`."
    return None


def _declared(
    located: Located,
    at: Path,
    catalog: ToolCatalog,
    systems: Mapping[str, HttpSystem | McpSystem],
    findings: list[Finding],
) -> ToolDeclaration | None:
    tool = validated(OwnTool, located, findings, at)
    if tool is None:
        return None
    system = systems.get(tool.system)
    taken = tool.name == WITHDRAW_PROPOSAL or any(tool.name in catalog.group(group) for group in catalog.groups)
    if taken:
        findings.append(located.finding((*at, "name"), "name_taken", f"`{tool.name}` is a built-in tool."))
    if system is None:
        message = f"No system `{shown(tool.system)}` is declared under `systems`."
        findings.append(located.finding((*at, "system"), "unknown_system", message))
        return None
    return own_tool(tool, system, located, at, findings)


def _chosen(
    located: Located,
    at: Path,
    catalog: ToolCatalog,
    _systems: Mapping[str, HttpSystem | McpSystem],
    findings: list[Finding],
) -> ToolDeclaration | None:
    choice = validated(ToolChoice, located, findings, at)
    if choice is None:
        return None
    declared = catalog.group(choice.use).get(choice.name)
    if choice.use not in catalog.groups:
        known = ", ".join(catalog.groups)
        findings.append(
            located.finding((*at, "use"), "unknown_group", f"There is no group `{choice.use}`; there is {known}.")
        )
        return None
    if declared is None:
        findings.append(
            located.finding((*at, "name"), "unknown_builtin", f"The group `{choice.use}` has no tool `{choice.name}`.")
        )
        return None
    return _narrowed(declared, choice, located, at, findings)


def _narrowed(
    declared: ToolDeclaration, choice: ToolChoice, located: Located, at: Path, findings: list[Finding]
) -> ToolDeclaration | None:
    properties = dict(declared.arguments)
    fine = True
    if choice.answers_within_s is not None and declared.answers_within_s is None:
        at_once = f"`{choice.name}` is answered at once; nobody waits for it."
        findings.append(located.finding((*at, "answers_within_s"), "answered_at_once", at_once))
        fine = False
    for argument, limit in choice.limits.items():
        schema = properties.get(argument)
        if not isinstance(schema, dict) or schema.get("type") != "integer":
            findings.append(
                located.finding(
                    (*at, "limits", argument), "bad_limit", f"`{argument}` is no whole-number argument of `{choice.name}`."
                )
            )
            fine = False
            continue
        present = schema.get("maximum")
        properties[argument] = {**schema, "maximum": min(limit, present) if isinstance(present, int) else limit}
    try:
        narrowed = ToolDeclaration.model_validate(
            {
                **declared.model_dump(),
                "input_schema": {**declared.input_schema, "properties": properties},
                "timeout_s": choice.timeout_s or declared.timeout_s,
                "answers_within_s": choice.answers_within_s or declared.answers_within_s,
                "facts": (*declared.facts, *choice.needs),
            }
        )
    except ValidationError as error:
        reason = str(error.errors()[0].get("msg", ""))
        findings.append(located.finding((*at, "needs"), "bad_template", f"A fact needed is wrong: {shown(reason, 120)}."))
        return None
    return narrowed if fine else None

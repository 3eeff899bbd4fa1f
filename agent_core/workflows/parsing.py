"""From located YAML to typed values: every wrong field is a finding at its own line, and unknown fields are refused."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from agent_core.contract.base import Value
from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import ToolName
from agent_core.workflows.behaviour import Behaviour
from agent_core.workflows.brand import BrandConfig
from agent_core.workflows.findings import Finding, shown
from agent_core.workflows.texts import Word
from agent_core.workflows.tools import FactNeed, ToolCatalog, ToolDeclaration
from agent_core.workflows.workflow import Workflow
from agent_core.workflows.yaml_text import Located, Path

_M = TypeVar("_M", bound=BaseModel)

_PLAIN: Mapping[str, str] = {
    "extra_forbidden": "There is no such field here.",
    "missing": "The field `{field}` is missing.",
    "string_type": "This must be text; put it in quotes.",
    "int_type": "This must be a whole number.",
    "bool_type": "This must be `true` or `false`.",
    "tuple_type": "This must be a list.",
    "list_type": "This must be a list.",
    "dict_type": "This must be a mapping (`key: value`).",
    "mapping_type": "This must be a mapping (`key: value`).",
    "model_type": "This must be a mapping (`key: value`).",
    "model_attributes_type": "This must be a mapping (`key: value`).",
}


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
    """Everything `tools.yaml` says."""

    format: Literal[1]
    tools: tuple[ToolChoice, ...] = Field(min_length=1, max_length=500)


@dataclass(frozen=True, slots=True)
class ChosenTools:
    """The brand's tools by name, and where each was chosen."""

    tools: Mapping[ToolName, ToolDeclaration]
    places: Mapping[ToolName, Path]
    located: Located | None

    def unused(self, workflows: Iterable[Workflow]) -> Iterator[Finding]:
        """Tools that no workflow owns: nobody would be responsible for their policy (R-B3)."""
        used = {name for workflow in workflows for name in workflow.tools}
        for name in self.tools:
            if name not in used and self.located is not None:
                yield self.located.finding(
                    self.places[name], "tool_without_workflow", f"No workflow owns the tool `{name}`; remove it or use it."
                )


def parse_brand(located: Located, findings: list[Finding]) -> BrandConfig | None:
    """`brand.yaml`, or None and findings."""
    return _validated(BrandConfig, located, findings)


def parse_behaviour(located: Located, findings: list[Finding]) -> Behaviour | None:
    """`behaviour.yaml`, or None and findings."""
    return _validated(Behaviour, located, findings)


def parse_workflow(located: Located, findings: list[Finding]) -> Workflow | None:
    """A file of `workflows/`, or None and findings."""
    return _validated(Workflow, located, findings)


def parse_tools(located: Located | None, catalog: ToolCatalog, findings: list[Finding]) -> ChosenTools:
    """`tools.yaml` over what the installation can do."""
    file = None if located is None else _validated(ToolsFile, located, findings)
    if located is None or file is None:
        return ChosenTools({}, {}, None)
    tools: dict[ToolName, ToolDeclaration] = {}
    places: dict[ToolName, Path] = {}
    for number, choice in enumerate(file.tools):
        at: Path = ("tools", number)
        name = ToolName(choice.name)
        declared = catalog.group(choice.use).get(choice.name)
        if choice.use not in catalog.groups:
            known = ", ".join(catalog.groups)
            findings.append(
                located.finding((*at, "use"), "unknown_group", f"There is no group `{choice.use}`; there is {known}.")
            )
        elif declared is None:
            findings.append(
                located.finding((*at, "name"), "unknown_builtin", f"The group `{choice.use}` has no tool `{choice.name}`.")
            )
        elif name in tools:
            findings.append(located.finding((*at, "name"), "duplicate_tool", f"`{choice.name}` is declared twice."))
        else:
            narrowed = _narrowed(declared, choice, located, at, findings)
            if narrowed is not None:
                tools[name], places[name] = narrowed, (*at, "name")
    return ChosenTools(tools, places, located)


def _narrowed(
    declared: ToolDeclaration, choice: ToolChoice, located: Located, at: Path, findings: list[Finding]
) -> ToolDeclaration | None:
    properties = dict(declared.arguments)
    fine = True
    if choice.answers_within_s is not None and declared.answers_within_s is None:
        at_once = f"`{choice.name}` is answered at once; nobody waits for it."
        findings.append(located.finding((*at, "answers_within_s"), "answered_at_once", at_once))
        fine = False
    for field, limit in choice.limits.items():
        schema = properties.get(field)
        if not isinstance(schema, dict) or schema.get("type") != "integer":
            findings.append(
                located.finding(
                    (*at, "limits", field), "bad_limit", f"`{field}` is no whole-number argument of `{choice.name}`."
                )
            )
            fine = False
            continue
        present = schema.get("maximum")
        properties[field] = {**schema, "maximum": min(limit, present) if isinstance(present, int) else limit}
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


def _validated(model: type[_M], located: Located, findings: list[Finding]) -> _M | None:
    try:
        data = canonical(located.value)
    except Invalid as error:
        findings.append(
            located.finding((), "not_canonical", f"The file holds a value with no canonical form: {error.message}")
        )
        return None
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as error:
        findings.extend(_findings(error, located))
        return None


def _findings(error: ValidationError, located: Located) -> Iterator[Finding]:
    for problem in error.errors(include_url=False, include_input=False):
        path: list[str | int] = []
        for part in problem["loc"]:
            # Keys of mappings are reported as an extra `[key]` part; the place of the key is what is wanted.
            if part != "[key]":
                path.append(part)
        kind = problem["type"]
        field = path[-1] if path else ""
        message = _PLAIN.get(kind, "").replace("{field}", shown(str(field)))
        if not message:
            message = f"`{shown(str(field))}`: {shown(_sentence(problem), 200)}."
        yield located.finding(tuple(path), "unknown_field" if kind == "extra_forbidden" else "bad_value", message)


def _sentence(problem: Any) -> str:
    return str(problem["msg"]).rstrip(".")

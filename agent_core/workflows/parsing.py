"""From located YAML to typed values: every wrong field is a finding at its own line, and unknown fields are refused."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Invalid
from agent_core.workflows.behaviour import Behaviour
from agent_core.workflows.brand import BrandConfig
from agent_core.workflows.findings import Finding, shown
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


def parse_brand(located: Located, findings: list[Finding]) -> BrandConfig | None:
    """`brand.yaml`, or None and findings."""
    return validated(BrandConfig, located, findings)


def parse_behaviour(located: Located, findings: list[Finding]) -> Behaviour | None:
    """`behaviour.yaml`, or None and findings."""
    return validated(Behaviour, located, findings)


def parse_workflow(located: Located, findings: list[Finding]) -> Workflow | None:
    """A file of `workflows/`, or None and findings."""
    return validated(Workflow, located, findings)


def validated(model: type[_M], located: Located, findings: list[Finding], at: Path = ()) -> _M | None:
    """The value at a place of a file as a model, or None and every finding, each at its own line."""
    value = located.value
    for part in at:
        value = value[part]
    try:
        data = canonical(value)
    except Invalid as error:
        findings.append(
            located.finding(at, "not_canonical", f"The file holds a value with no canonical form: {error.message}")
        )
        return None
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as error:
        findings.extend(_findings(error, located, at))
        return None


def _findings(error: ValidationError, located: Located, at: Path) -> Iterator[Finding]:
    for problem in error.errors(include_url=False, include_input=False):
        path: list[str | int] = list(at)
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

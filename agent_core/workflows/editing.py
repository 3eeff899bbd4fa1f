"""A person's change of a call's arguments, held against the tool's one declaration (DESIGN §4, *Edit*). Pure.

Whether a change only narrows is a property of the declaration, never of text. Sentences name fields and rules, never values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from agent_core.workflows.tools import ToolDeclaration

MOST_FAULTS = 20
_WHOLE = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with arguments; `field` is empty where it is about all of them."""

    field: str
    code: str
    sentence: str


def field_faults(declaration: ToolDeclaration, arguments: Mapping[str, JsonValue]) -> tuple[Fault, ...]:
    """What the tool's schema has against arguments, field by field; empty when they are valid."""
    found = dict.fromkeys(_faults(declaration, arguments))
    return tuple(found)[:MOST_FAULTS]


def _faults(declaration: ToolDeclaration, arguments: Mapping[str, JsonValue]) -> Iterator[Fault]:
    known = declaration.arguments
    for error in declaration.validator.iter_errors(dict(arguments)):
        path = [str(part) for part in error.absolute_path]
        field = path[0] if path and path[0] in known else _WHOLE
        match str(error.validator):
            case "required" if not path:
                for name in error.validator_value:
                    if name not in arguments:
                        yield Fault(str(name), "missing", "This is needed.")
            case "additionalProperties" if not path:
                yield Fault(_WHOLE, "unknown_field", "There is an argument that this action does not have.")
            case rule:
                yield Fault(field, "not_valid", f"It breaks the rule {rule} {str(error.validator_value)[:80]}.")


def changed_fields(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """The names of arguments that differ, also by type: `true` is not 1."""
    names = sorted(before.keys() | after.keys())
    return tuple(name for name in names if not _same(before, after, name))


def _same(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    old, new = before.get(name), after.get(name)
    return (name in before) == (name in after) and type(old) is type(new) and old == new

"""What structured output cannot do, in a JSON schema.

Source: the vendor's page on structured outputs: objects are closed, bounds of numbers, texts and lists are not enforced
(a list may ask for at least one element), recursion is not taken. It must never judge whether a schema is a good one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from agent_core.conversation.health.view import Json

_BOUNDS: Final = """
minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength maxItems uniqueItems contains
minContains maxContains minProperties maxProperties patternProperties propertyNames
"""
BOUNDS: Final = frozenset(_BOUNDS.split())
MOST_DEPTH: Final = 60


def schema_fault(schema: Json) -> str | None:
    """The first word of a schema that structured output does not take, or none."""
    for node in nodes(schema):
        if is_open_object(node):
            return "additionalProperties"
        bad = next((name for name in node if name in BOUNDS), None)
        if bad is not None:
            return bad
        if "minItems" in node and node["minItems"] not in (0, 1):
            return "minItems"
    return "depth" if is_too_deep(schema) else None


def is_open_object(node: Mapping[str, Any]) -> bool:
    """Whether an object of the schema takes properties it does not name."""
    kind = node.get("type")
    is_object = kind == "object" or (isinstance(kind, list) and "object" in kind)
    return is_object and node.get("additionalProperties") is not False


def nodes(schema: Json) -> Iterator[dict[str, Any]]:
    """Every sub-schema, the schema itself first."""
    level: list[Json] = [schema]
    for _ in range(MOST_DEPTH):
        found = [cast("dict[str, Any]", node) for node in level if isinstance(node, dict)]
        yield from found
        level = [inner for fields in found for inner in _below(fields)]
        if not level:
            return


def is_too_deep(schema: Json) -> bool:
    """Whether a schema is nested deeper than anything here looks."""
    level: list[Json] = [schema]
    for _ in range(MOST_DEPTH):
        level = [inner for node in level if isinstance(node, dict) for inner in _below(cast("Mapping[str, Any]", node))]
    return any(isinstance(node, dict) for node in level)


def _below(fields: Mapping[str, Any]) -> Iterator[Json]:
    for name, value in fields.items():
        if name in ("properties", "$defs", "definitions") and isinstance(value, dict):
            yield from cast("Mapping[str, Json]", value).values()
        elif name in ("anyOf", "allOf", "oneOf", "prefixItems") and isinstance(value, list):
            yield from cast("list[Json]", value)
        elif name in ("items", "not", "additionalProperties"):
            yield value

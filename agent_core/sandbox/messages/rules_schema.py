"""Rules for the JSON schema of a structured answer: the provider takes only a subset of JSON Schema.

Never validates an answer; it only says which schemas would be refused.
Source: the provider's page on structured outputs and the subset the SDK rewrites schemas to.
"""

from typing import Any

from agent_core.sandbox.messages.problems import at

_UNSUPPORTED: dict[str, tuple[str, ...]] = {
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "string": ("minLength", "maxLength"),
    "array": ("maxItems", "uniqueItems"),
    "object": ("minProperties", "maxProperties", "patternProperties", "propertyNames"),
}
_DEEPEST = 64


def check_output_schema(schema: dict[str, Any], path: str, depth: int = 0) -> None:
    """Checks a schema and everything below it.

    Args:
        schema: The schema.
        path: Where the whole schema stands in the request; the provider names only that place.
        depth: How deep this call is nested.

    Raises:
        ApiProblem: 400 with the first unsupported feature.
    """
    if depth > _DEEPEST:
        raise at(path, "Schema is too deeply nested")
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        _check_kind(schema, kind, path)
    for below in _below(schema):
        check_output_schema(below, path, depth + 1)


def _check_kind(schema: dict[str, Any], kind: Any, path: str) -> None:
    if kind == "object" and schema.get("additionalProperties") is not False:
        raise at(path, "For 'object' type, 'additionalProperties' must be explicitly set to false")
    if kind == "array" and schema.get("minItems") not in (None, 0, 1):
        raise at(path, "For 'array' type, 'minItems' values other than 0 or 1 are not supported")
    found = [word for word in _UNSUPPORTED.get(str(kind), ()) if word in schema]
    if len(found) == 1:
        raise at(path, f"For '{kind}' type, property '{found[0]}' is not supported")
    if found:
        raise at(path, f"For '{kind}' type, properties {', '.join(sorted(found))} are not supported")


def _below(schema: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[Any] = []
    for word in ("properties", "$defs", "definitions"):
        named = schema.get(word)
        found += list(named.values()) if isinstance(named, dict) else []
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        several = schema.get(word)
        found += several if isinstance(several, list) else []
    found.append(schema.get("items"))
    return [item for item in found if isinstance(item, dict)]

"""The part of JSON Schema (draft 2020-12) that a brand may write, bounded: nothing that refers, repeats itself or grows.

A schema is checked when the folder is read and used on every call, so it must be cheap on hostile values: patterns are
those of `patterns`, depth and size have bounds, and texts and lists of arguments get a bound where the brand gave none.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import JsonValue

from agent_core.workflows.patterns import pattern_fault

Fault = tuple[tuple[str | int, ...], str]
"""Where in the schema, and why it is refused, as a sentence."""

MAX_DEPTH: Final = 8
MAX_SHAPES: Final = 300
_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})
_ANYWHERE: Final = frozenset({"type", "description", "enum", "const", "examples"})
_FOR: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "integer": frozenset({"minimum", "maximum"}),
    "number": frozenset({"minimum", "maximum"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
}
_MOST_TEXT: Final = 200
_MOST_ITEMS: Final = 50
_MOST_NUMBER: Final = 2**53 - 1

Use = Literal["arguments", "result"]


def shape_faults(schema: JsonValue, use: Use) -> list[Fault]:
    """Every reason why a schema is refused; empty when it may be used.

    Args:
        schema: As the brand wrote it.
        use: Arguments are whole numbers, texts, yes or no, lists and objects of these; results may hold fractions too.
    """
    faults = list(_Walk(use).faults(schema, (), 0))
    if not faults:
        from jsonschema import Draft202012Validator  # takes long to load, and a folder that is known needs it not
        from jsonschema.exceptions import SchemaError

        try:
            Draft202012Validator.check_schema(schema)  # pyright: ignore[reportArgumentType] - any JSON value is looked at
        except SchemaError as error:
            at = tuple(part if isinstance(part, int) else str(part) for part in error.absolute_path)
            faults.append((at, f"This is no JSON Schema: {error.message[:160]}."))
    return faults


class _Walk:
    def __init__(self, use: Use) -> None:
        self._use = use
        self._shapes = 0

    def faults(self, schema: JsonValue, at: tuple[str | int, ...], depth: int) -> Iterator[Fault]:
        self._shapes += 1
        if self._shapes > MAX_SHAPES or depth > MAX_DEPTH:
            yield at, f"A schema has at most {MAX_SHAPES} parts, nested at most {MAX_DEPTH} deep."
            return
        if not isinstance(schema, dict):
            yield at, "A schema is a mapping with a `type`."
            return
        kinds = _kinds(schema)
        if not kinds:
            yield (*at, "type"), f"Say the `type`: one or more of {', '.join(sorted(_TYPES))}."
            return
        if self._use == "arguments" and ("number" in kinds or "null" in kinds or len(kinds) > 1):
            yield (*at, "type"), "An argument has one type, and amounts are whole numbers: no `number`, no `null`, no list."
        known = _ANYWHERE.union(*(_FOR.get(kind, frozenset()) for kind in kinds))
        for keyword in schema:
            if keyword not in known:
                yield (*at, keyword), f"`{keyword[:40]}` is not read here beside the type `{'`, `'.join(kinds)}`."
        yield from self._pattern(schema, at)
        yield from self._parts(schema, at, depth)

    def _pattern(self, schema: dict[str, Any], at: tuple[str | int, ...]) -> Iterator[Fault]:
        pattern = schema.get("pattern")
        if pattern is None:
            return
        fault = pattern_fault(pattern) if isinstance(pattern, str) else "it is no text"
        if fault is not None:
            yield (*at, "pattern"), f"The pattern is refused: {fault}."

    def _parts(self, schema: dict[str, Any], at: tuple[str | int, ...], depth: int) -> Iterator[Fault]:
        properties = schema.get("properties", {})
        if not isinstance(properties, dict):
            yield (*at, "properties"), "`properties` is a mapping of names to schemas."
            return
        for name, below in properties.items():
            yield from self.faults(below, (*at, "properties", name), depth + 1)  # pyright: ignore[reportUnknownArgumentType] - any JSON value
        required = schema.get("required", [])
        for name in required if isinstance(required, list) else ():
            if name not in properties:
                yield (*at, "required"), f"`{str(name)[:40]}` is required but not among the properties."
        if not isinstance(schema.get("additionalProperties", False), bool):
            yield (*at, "additionalProperties"), "`additionalProperties` is `true` or `false`."
        if "items" in schema:
            yield from self.faults(schema["items"], (*at, "items"), depth + 1)
        elif "array" in _kinds(schema):
            yield at, "Say what the list holds: `items: {…}`."


def closed(schema: JsonValue) -> JsonValue:
    """A checked schema of arguments with the bounds the brand left out, and every object closed."""
    if not isinstance(schema, dict):
        return schema
    made: dict[str, JsonValue] = dict(schema)
    match schema.get("type"):
        case "string" if not ({"enum", "const"} & schema.keys()):
            made.setdefault("maxLength", _MOST_TEXT)
        case "integer" if not ({"enum", "const"} & schema.keys()):
            made.setdefault("minimum", -_MOST_NUMBER)
            made.setdefault("maximum", _MOST_NUMBER)
        case "array":
            made.setdefault("maxItems", _MOST_ITEMS)
            made["items"] = closed(schema.get("items"))
        case "object":
            properties = schema.get("properties", {})
            assert isinstance(properties, dict)
            made["properties"] = {name: closed(below) for name, below in properties.items()}
            made["additionalProperties"] = False
        case _:
            pass
    return made


def kept(schema: JsonValue, value: Any) -> Any:
    """The part of a value that its schema names: what nobody declared reaches neither model nor log.

    Args:
        schema: Checked by `shape_faults`.
        value: Valid by that schema.
    """
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        if schema.get("additionalProperties") is True or "properties" not in schema:
            return value if schema.get("additionalProperties") is True else {}
        properties = schema["properties"]
        assert isinstance(properties, dict)
        return {name: kept(properties[name], item) for name, item in value.items() if name in properties}  # pyright: ignore[reportUnknownVariableType] - any JSON
    if isinstance(value, list):
        return [kept(schema.get("items"), item) for item in value]  # pyright: ignore[reportUnknownVariableType] - any JSON
    return value


def sample(schema: JsonValue, given: Mapping[str, Any], name: str = "") -> Any:
    """A value that a schema describes, for a system that only stands in: examples first, then what was given by name."""
    if not isinstance(schema, dict):
        return None
    examples, choices = schema.get("examples"), schema.get("enum")
    if isinstance(examples, list) and examples:
        return examples[0]
    if "const" in schema:
        return schema["const"]
    if isinstance(choices, list) and choices:
        return choices[0]
    match _kinds(schema)[0]:
        case "object":
            properties = schema.get("properties")
            inside = properties if isinstance(properties, dict) else {}
            return {field: sample(below, given, field) for field, below in inside.items()}
        case "array":
            return [sample(schema.get("items"), given)]
        case "string":
            found = given.get(name)
            return found if isinstance(found, str) else "sample"
        case "integer" | "number":
            least, found = schema.get("minimum"), given.get(name)
            return found if type(found) is int else least if isinstance(least, int) else 1
        case "boolean":
            return True
        case _:
            return None


def _kinds(schema: Mapping[str, Any]) -> tuple[str, ...]:
    kind = schema.get("type")
    named = kind if isinstance(kind, list) else [kind]
    return tuple(each for each in named if each in _TYPES) if all(isinstance(each, str) for each in named) else ()  # pyright: ignore[reportUnknownVariableType] - any JSON

"""Whether arguments are valid beyond doubt, told without the library: most are, and asking it costs twenty times as much.

Only what is easy is decided, and only with yes: objects of known fields, texts, whole numbers and lists with the few rules
that tools use. Everything else is left to JSON Schema itself. A test holds every yes against the library.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

_SAYS_NOTHING: Final = {"title", "description", "examples", "default"}
_OBJECT: Final = frozenset({"type", "properties", "required", "additionalProperties", *_SAYS_NOTHING})
_STRING: Final = frozenset({"type", "enum", "pattern", "minLength", "maxLength", *_SAYS_NOTHING})
_INTEGER: Final = frozenset({"type", "enum", "minimum", "maximum", *_SAYS_NOTHING})
_BOOLEAN: Final = frozenset({"type", *_SAYS_NOTHING})
_ARRAY: Final = frozenset({"type", "items", "minItems", "maxItems", *_SAYS_NOTHING})
_DEEPEST: Final = 6


def plainly_valid(schema: Any, value: Any, depth: int = 0) -> bool:
    """True: the value is valid. False: it may be valid or not."""
    if type(schema) is not dict or depth > _DEEPEST:
        return False
    rules = cast("dict[str, Any]", schema)
    match rules.get("type"):
        case "object":
            return rules.keys() <= _OBJECT and type(value) is dict and _object(rules, cast("dict[Any, Any]", value), depth)
        case "string":
            return rules.keys() <= _STRING and type(value) is str and _string(rules, value)
        case "integer":
            return rules.keys() <= _INTEGER and type(value) is int and _integer(rules, value)
        case "boolean":
            return rules.keys() <= _BOOLEAN and type(value) is bool
        case "array":
            return rules.keys() <= _ARRAY and type(value) is list and _array(rules, cast("list[Any]", value), depth)
        case _:
            return False


def _object(rules: Mapping[str, Any], value: dict[Any, Any], depth: int) -> bool:
    fields: Any = rules.get("properties", {})
    if type(fields) is not dict or not all(name in value for name in rules.get("required", ())):
        return False
    known = cast("dict[str, Any]", fields)
    return all(name in known and plainly_valid(known[name], item, depth + 1) for name, item in value.items())


def _string(rules: Mapping[str, Any], value: str) -> bool:
    return (
        ("enum" not in rules or any(type(each) is str and each == value for each in rules["enum"]))
        and ("pattern" not in rules or re.search(rules["pattern"], value) is not None)
        and rules.get("minLength", 0) <= len(value)
        and ("maxLength" not in rules or len(value) <= rules["maxLength"])
    )


def _integer(rules: Mapping[str, Any], value: int) -> bool:
    return (
        ("enum" not in rules or any(type(each) is int and each == value for each in rules["enum"]))
        and ("minimum" not in rules or value >= rules["minimum"])
        and ("maximum" not in rules or value <= rules["maximum"])
    )


def _array(rules: Mapping[str, Any], value: list[Any], depth: int) -> bool:
    return (
        rules.get("minItems", 0) <= len(value)
        and ("maxItems" not in rules or len(value) <= rules["maxItems"])
        and ("items" not in rules or all(plainly_valid(rules["items"], item, depth + 1) for item in value))
    )

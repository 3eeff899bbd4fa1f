"""Reads a policy's condition aloud, from Cedar's JSON form, for the table people review (R-C2).

Faithful before pretty: an operator it does not know is shown by its Cedar name with its parts. It must never leave a part of
a condition out.
"""

from collections.abc import Mapping
from typing import Any

_INFIX: Mapping[str, str] = {
    "&&": "and",
    "||": "or",
    "==": "is",
    "!=": "is not",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    "+": "+",
    "-": "−",
    "*": "×",
    "in": "belongs to",
}
_CALLS: Mapping[str, str] = {"contains": "contains", "containsAll": "contains all of", "containsAny": "contains any of"}
_LOOSE = frozenset({"||", "&&"})


def conditions(est: Mapping[str, Any]) -> str:
    """Every condition of a policy; empty when it has none."""
    parts: list[str] = []
    for condition in est["conditions"]:
        unless = condition["kind"] == "unless"
        said = phrase(condition["body"], "unless" if unless else "")
        parts.append(f"unless {said}" if unless else said)
    return "; ".join(parts)


def phrase(node: Any, outer: str = "") -> str:
    """An expression in words.

    Args:
        node: Cedar's JSON form of an expression.
        outer: The operator around it, which decides about brackets.
    """
    if not isinstance(node, dict) or len(node) != 1:
        return str(node)
    ((name, body),) = node.items()
    if name in _INFIX:
        said = f"{phrase(body['left'], name)} {_INFIX[name]} {phrase(body['right'], name)}"
        return f"({said})" if name in _LOOSE and outer not in {"", name} else said
    if name in _CALLS:
        return f"{phrase(body['left'], name)} {_CALLS[name]} {phrase(body['right'], name)}"
    return _simple(name, body)


def _simple(name: str, body: Any) -> str:
    match name:
        case "Value":
            return _value(body)
        case "Var":
            return str(body)
        case ".":
            return _path(body)
        case "has":
            return f"{_path(body)} is known"
        case "is":
            return f"{phrase(body['left'], name)} is a {body['entity_type']}"
        case "!":
            return f"not ({phrase(body['arg'])})"
        case "Set":
            return "[" + ", ".join(phrase(item) for item in body) + "]"
        case "if-then-else":
            return f"if {phrase(body['if'])} then {phrase(body['then'])} else {phrase(body['else'])}"
        case _:
            parts = body.values() if isinstance(body, dict) else body if isinstance(body, list) else [body]
            return f"{name}({', '.join(phrase(part) for part in parts)})"


def _path(body: Mapping[str, Any]) -> str:
    """`context.arguments.amountMinor` is said as `arguments.amountMinor`: everything is context."""
    left = phrase(body["left"], ".")
    return body["attr"] if left == "context" else f"{left}.{body['attr']}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "__entity" in value:
        return str(value["__entity"]["id"])
    return f'"{value}"' if isinstance(value, str) else str(value)

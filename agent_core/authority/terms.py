"""Reads conditions in Cedar's JSON form: their parts, what they read, whether two of them exclude each other.

Only what is certain is said: a part that is not understood is taken to be possible. It must never decide about a call.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agent_core.authority.phrases import phrase
from agent_core.authority.tools import DeclaredTool, camel

_COMPARED = {"==", "<", "<=", ">", ">="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


def conjuncts(body: Any) -> list[Any]:
    """The parts of `a && b && c`."""
    if isinstance(body, Mapping) and "&&" in body:
        return [*conjuncts(body["&&"]["left"]), *conjuncts(body["&&"]["right"])]
    return [body]


def nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Every node of an expression."""
    if isinstance(tree, Mapping):
        yield tree
        for child in tree.values():
            yield from nodes(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from nodes(child)


def is_constant(part: Any) -> bool:
    """Whether a part reads nothing: it is the same for every call."""
    return not any("Var" in node for node in nodes(part))


def reads(tree: Any, record: str) -> set[str]:
    """The attributes of `context.<record>` that an expression reads."""
    prefix = f"{record}."
    paths = {phrase(node) for node in nodes(tree) if "." in node}
    return {path.removeprefix(prefix) for path in paths if path.startswith(prefix)}


def comparisons(tree: Any) -> Iterator[tuple[str, str, Any]]:
    """Comparisons of something with a written value: what is compared (read aloud), the operator, the value."""
    for node in nodes(tree):
        for name in _COMPARED & set(node):
            left, right = node[name]["left"], node[name]["right"]
            if _is_value(right):
                yield phrase(left), name, right["Value"]
            elif _is_value(left):
                yield phrase(right), _TURNED[name], left["Value"]


def contradiction(parts: Iterable[Any]) -> str | None:
    """What parts that must all hold want two things of; none when they may hold together."""
    chosen: dict[str, set[str]] = {}
    least: dict[str, int] = {}
    most: dict[str, int] = {}
    said: dict[str, bool] = {}
    for part in parts:
        positive, plain = _without_not(part)
        text = json.dumps(plain, sort_keys=True)
        if said.setdefault(text, positive) is not positive:
            return phrase(plain)
        for path, values in _wanted(plain) if positive else ():
            chosen[path] = chosen.get(path, values) & values
            if not chosen[path]:
                return path
        for path, name, value in comparisons([plain]) if positive and _is_comparison(plain) else ():
            if type(value) is not int:
                continue
            if name in {">", ">=", "=="}:
                least[path] = max(least.get(path, value), value + (name == ">"))
            if name in {"<", "<=", "=="}:
                most[path] = min(most.get(path, value), value - (name == "<"))
            if path in least and path in most and least[path] > most[path]:
                return path
    return None


def bound_currencies(bodies: Iterable[Any]) -> set[str]:
    """The paths of currencies that conditions compare with a written one."""
    return {
        path
        for body in bodies
        for path, name, value in comparisons(body)
        if name == "==" and isinstance(value, str) and path.rpartition(".")[2].lower().endswith("currency")
    }


def unbound_amounts(bodies: Iterable[Any], tool: DeclaredTool) -> Iterator[tuple[str, str]]:
    """Amounts that conditions compare with a written number, each with the path of the currency it is in."""
    seen: set[str] = set()
    for body in bodies:
        for node in nodes(body):
            for name in _COMPARED & set(node):
                sides = node[name]["left"], node[name]["right"]
                if not any(_is_value(side) and type(side["Value"]) is int and side["Value"] != 0 for side in sides):
                    continue
                for path in (phrase(inner) for side in sides for inner in nodes(side) if "." in inner):
                    currency = _currency_of(path, tool)
                    if currency is not None and path not in seen:
                        seen.add(path)
                        yield path, currency


def _currency_of(path: str, tool: DeclaredTool) -> str | None:
    if tool.money is not None and path == f"arguments.{camel(tool.money.amount)}":
        return f"arguments.{camel(tool.money.currency)}"
    if path in {"caps.customerMinor", "caps.brandMinor"}:
        return "caps.currency"
    return f"{path.removesuffix('amountMinor')}currency" if path.endswith(".amountMinor") else None


def _wanted(part: Any) -> Iterator[tuple[str, set[str]]]:
    """The texts a part leaves something: `x == "a"`, or `["a", "b"].contains(x)`."""
    if not isinstance(part, Mapping):
        return
    if "==" in part:
        yield from ((path, {value}) for path, _, value in comparisons(part) if isinstance(value, str))
    if "contains" in part and "Set" in part["contains"]["left"]:
        items = part["contains"]["left"]["Set"]
        if all(_is_value(item) and isinstance(item["Value"], str) for item in items):
            yield phrase(part["contains"]["right"]), {item["Value"] for item in items}


def _without_not(part: Any) -> tuple[bool, Any]:
    positive = True
    while isinstance(part, Mapping) and "!" in part:
        positive, part = not positive, part["!"]["arg"]
    return positive, part


def _is_comparison(part: Any) -> bool:
    return isinstance(part, Mapping) and bool(_COMPARED & set(part))


def _is_value(node: Any) -> bool:
    return isinstance(node, Mapping) and "Value" in node and not isinstance(node["Value"], Mapping)

"""What an answer of a brand's own system comes to: the declared part of it, and the facts at the declared paths.

An answer that is not as declared teaches nothing and is shown to nobody. It must never make a fact about who the customer
is, and never one under a key that an answer could bend into another fact's.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from agent_core.contract.facts import FactKey
from agent_core.systems.port import FactValue, ToolResult
from agent_core.workflows.json_shapes import kept
from agent_core.workflows.templates import fields_of, filled
from agent_core.workflows.tools import FactYield, ToolDeclaration

MOST_FACTS: Final = 40
"""One event names them all."""
_MOST_TEXT: Final = 1_000
_KEY: Final[TypeAdapter[str]] = TypeAdapter(FactKey)
_PART: Final = re.compile(r"[A-Za-z0-9_:-]{1,80}", re.ASCII)
_OF_CODE: Final = frozenset({"customer.authenticated", "customer.confirmed"})


def read_result(tool: ToolDeclaration, arguments: Mapping[str, Any], answer: Any) -> ToolResult | None:
    """A good answer as a result, or None when it is not as declared.

    Args:
        tool: The declaration.
        arguments: What was sent.
        answer: The other side's JSON, clean.
    """
    shape = tool.result_schema
    if shape is None or not isinstance(answer, Mapping) or not tool.result_validator.is_valid(dict(answer)):
        return None
    result = kept(shape, dict(answer))
    facts = dict(_facts(tool, arguments, result))
    return ToolResult("succeeded", result, tuple(facts.items())[:MOST_FACTS])


def at_path(value: Any, path: str) -> Any:
    """What stands at a dotted path; None when nothing does."""
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any JSON
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):  # pyright: ignore[reportUnknownArgumentType] - any JSON
            value = value[int(part)]  # pyright: ignore[reportUnknownVariableType] - any JSON
        else:
            return None
    return value


def _facts(tool: ToolDeclaration, arguments: Mapping[str, Any], result: Any) -> Iterator[tuple[str, FactValue]]:
    for declared in tool.facts_yielded:
        if declared.each is None:
            yield from _fact(declared, arguments, result)
            continue
        items = at_path(result, declared.each)
        for item in items if isinstance(items, list) else ():  # pyright: ignore[reportUnknownVariableType] - any JSON
            yield from _fact(declared, arguments, item)


def _fact(declared: FactYield, arguments: Mapping[str, Any], item: Any) -> Iterator[tuple[str, FactValue]]:
    names: dict[str, Any] = {**(item if isinstance(item, Mapping) else {}), **arguments}
    parts = {name: names.get(name) for name in fields_of(declared.key)}
    if not all(isinstance(part, str | int) and _PART.fullmatch(str(part)) for part in parts.values()):
        return
    key = filled(declared.key, parts)
    value = at_path(item, declared.value)
    if key is None or key in _OF_CODE or value is None or not _is_value(value):
        return
    try:
        yield _KEY.validate_python(key), value
    except ValidationError:
        return


def _is_value(value: Any) -> bool:
    """A text, a whole number, yes or no, or an amount with its currency."""
    if isinstance(value, int):
        return abs(value) <= 2**53
    if isinstance(value, str):
        return len(value) <= _MOST_TEXT
    if not isinstance(value, Mapping) or set(value) != {"amount_minor", "currency"}:  # pyright: ignore[reportUnknownArgumentType] - any JSON
        return False
    amount: Any = value["amount_minor"]  # pyright: ignore[reportUnknownVariableType] - any JSON
    currency: Any = value["currency"]  # pyright: ignore[reportUnknownVariableType] - any JSON
    return type(amount) is int and abs(amount) <= 2**53 and isinstance(currency, str) and len(currency) == 3

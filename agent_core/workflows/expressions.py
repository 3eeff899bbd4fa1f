"""Conditions and placeholders of steps, as PROMPT_FORMAT.md defines them: parsed here so that a wrong one never goes live.

Nothing is evaluated; that is the model's part.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

_PATH = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)*"
_PLACEHOLDER = re.compile(rf"\{{({_PATH})(?:\|(money|minor))?\}}")
_TERM = re.compile(rf"(not )?({_PATH})(?: (==|!=|<=|>=|<|>) (\S.*))?")
_AND = re.compile(r"\s+and\s+")
_ORDERED = {"<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{path}` or `{path|form}`."""

    path: str
    form: str | None

    @property
    def head(self) -> str:
        """The first part of the path."""
        return self.path.split(".", 1)[0]


class NotUnderstood(ValueError):
    """A condition or a placeholder that PROMPT_FORMAT.md does not know; the message says which part."""


def condition_paths(expression: str) -> tuple[str, ...]:
    """The paths a condition reads.

    Raises:
        NotUnderstood: When a term is not `PATH`, `not PATH` or `PATH OP LITERAL`.
    """
    paths: list[str] = []
    for term in _AND.split(expression.strip()):
        match = _TERM.fullmatch(term.strip())
        if match is None:
            raise NotUnderstood(f"`{term.strip()[:60]}` is not PATH, not PATH, or PATH OP LITERAL")
        negated, path, operator, literal = match.groups()
        if negated and operator:
            raise NotUnderstood(f"`not` stands before a bare PATH only: `{term.strip()[:60]}`")
        if literal is not None and literal.split()[-1] == "and":
            raise NotUnderstood("a term is missing after `and`")
        if literal is not None and operator in _ORDERED and not re.fullmatch(r"-?\d{1,15}", literal.strip()):
            raise NotUnderstood(f"`{operator}` compares with a whole number: `{term.strip()[:60]}`")
        paths.append(path)
    return tuple(paths)


def placeholders(text: str) -> tuple[Placeholder, ...]:
    """The placeholders of a text.

    Raises:
        NotUnderstood: When a brace belongs to no placeholder.
    """
    rest = _PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        raise NotUnderstood("a brace belongs to no `{path}`, `{path|money}` or `{path|minor}`")
    return tuple(Placeholder(match[1], match[2]) for match in _PLACEHOLDER.finditer(text))


def placeholders_within(value: JsonValue) -> Iterator[Placeholder]:
    """The placeholders of every text inside a JSON value.

    Raises:
        NotUnderstood: As `placeholders`.
    """
    if isinstance(value, str):
        yield from placeholders(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from placeholders_within(item)
    elif isinstance(value, list):
        for item in value:
            yield from placeholders_within(item)


def leads_somewhere(schema: JsonValue, parts: tuple[str, ...]) -> bool:
    """Whether a path of names and indexes can lead to a value in an object that follows a JSON schema."""
    for part in parts:
        if not isinstance(schema, Mapping):
            return False
        properties, items = schema.get("properties"), schema.get("items")
        if isinstance(properties, Mapping) and part in properties:
            schema = properties[part]
        elif items is not None and part.isdecimal():
            schema = items
        else:
            return False
    return True


def one_line_json(value: Mapping[str, JsonValue]) -> str:
    """Arguments as a prompt spells them: JSON in one line, keys sorted."""
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)

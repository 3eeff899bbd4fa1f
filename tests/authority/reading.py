"""Reads a condition of the table back as a person would, and says whether it is true of a question. Knows no Cedar.

The words are those of `agent_core.authority.phrases`; what they mean is written here a second time.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r'\s*("(?:[^"])*"|-?\d+|[≤≥<>+−×()\[\],]|[A-Za-z_][\w./-]*)')


class Untold(Exception):
    """Something the condition reads is not known."""


def holds(condition: str, world: Mapping[str, Any]) -> bool | None:
    """Whether a whole condition of the table holds; none when it cannot be told.

    Args:
        condition: The cell, empty for always.
        world: What can be named: `arguments`, `facts`, `run`, `caps`, `approval`, `proposal`, `principal`, `resource`.
    """
    try:
        return all(_part(part, world) for part in condition.split("; ") if part)
    except Untold:
        return None


def _part(text: str, world: Mapping[str, Any]) -> bool:
    unless = text.startswith("unless ")
    reader = _Reader(text.removeprefix("unless "), world)
    value = reader.either(really=True)
    assert reader.rest == [], (text, reader.rest)
    assert isinstance(value, bool), text
    return value is not unless


class _Reader:
    def __init__(self, text: str, world: Mapping[str, Any]) -> None:
        self.rest: list[str] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            assert match is not None, (text, at)
            self.rest.append(match[1])
            at = match.end()
        self._world = world

    def _take(self, *words: str) -> bool:
        if self.rest[: len(words)] == list(words):
            del self.rest[: len(words)]
            return True
        return False

    def either(self, *, really: bool) -> Any:
        """`really` is false for what a decided `and` or `or` never looks at."""
        value = self.both(really=really)
        while self._take("or"):
            other = self.both(really=really and value is False)
            value = value or other
        return value

    def both(self, *, really: bool) -> Any:
        value = self.compared(really=really)
        while self._take("and"):
            other = self.compared(really=really and value is True)
            value = value and other
        return value

    def compared(self, *, really: bool) -> Any:
        if self._take("not", "("):
            value = self.either(really=really)
            assert self._take(")")
            return not value
        name = self.rest[0]
        left = self.summed(really=False) if self._asks_only() else self.summed(really=really)
        if self._take("is", "known"):
            return self._known(name) if really else False
        if self._take("is", "a"):
            kind = self.rest.pop(0)
            return really and self._world[name]["__kind"] == kind
        if self._take("belongs", "to"):
            role = self.rest.pop(0)
            return really and role in self._world[name]["__roles"]
        for words, same in _COMPARED.items():
            if self._take(*words):
                right = self.summed(really=really)
                return same(_uid(left), _uid(right)) if really else False
        return left

    def _asks_only(self) -> bool:
        return self.rest[1:3] == ["is", "known"]

    def summed(self, *, really: bool) -> Any:
        value = self.one(really=really)
        while self.rest and self.rest[0] == "+":
            self.rest.pop(0)
            other = self.one(really=really)
            value = value + other if really else None
        return value

    def one(self, *, really: bool) -> Any:
        token = self.rest.pop(0)
        if token == "(":
            value = self.either(really=really)
            assert self._take(")")
            return value
        if token == "[":
            found: list[Any] = []
            while not self._take("]"):
                found.append(self.one(really=really))
                self._take(",")
            return found
        if token[0] == '"':
            return json.loads(token)
        if token.lstrip("-").isdigit():
            return int(token)
        if token in {"yes", "no"}:
            return token == "yes"
        return self._value(token) if really else None

    def _known(self, path: str) -> bool:
        try:
            self._value(path)
        except Untold:
            return False
        return True

    def _value(self, path: str) -> Any:
        value: Any = self._world
        for step in path.split("."):
            if not isinstance(value, Mapping) or step not in value:
                raise Untold(path)
            value = value[step]
        return value


def _uid(value: Any) -> Any:
    """Things are compared by name."""
    return value["__uid"] if isinstance(value, Mapping) and "__uid" in value else value


_COMPARED: dict[tuple[str, ...], Callable[[Any, Any], bool]] = {
    ("is", "not"): lambda a, b: a != b,
    ("is",): lambda a, b: a == b,
    ("≤",): lambda a, b: a <= b,
    ("≥",): lambda a, b: a >= b,
    ("<",): lambda a, b: a < b,
    (">",): lambda a, b: a > b,
    ("contains",): lambda a, b: b in [_uid(each) for each in a],
}


def world_of(context: str, named: str, principal: Mapping[str, str], resource: Mapping[str, str]) -> dict[str, Any]:
    """What a question holds, by the names of the table, from the JSON it was put with."""
    world: dict[str, Any] = _plain(json.loads(context))
    for entity in json.loads(named):
        uid = entity["uid"]
        known = {**_plain(entity["attrs"]), "__uid": f"{uid['type']}::{uid['id']}", "__kind": uid["type"]}
        known["__roles"] = [parent["id"] for parent in entity["parents"]]
        for name, wanted in (("principal", principal), ("resource", resource)):
            if uid == wanted:
                world[name] = known
    return world


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if "__entity" in value:
            return {"__uid": f"{value['__entity']['type']}::{value['__entity']['id']}"}
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value

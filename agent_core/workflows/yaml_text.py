"""YAML as plain data with the place of every value, from a text nobody vouches for.

Only what a brand file needs: mappings, lists, texts, whole numbers, booleans, null. Anchors, aliases, tags, more documents
than one and repeated keys are refused, fractions and dates stay text: no YAML trick can mean something else or grow (R-A10).
The event stream is read directly: no constructor ever runs. libyaml reads, which every wheel of the package brings: it is
twenty times as fast as the reader in Python, which also refuses a question mark at the end of an unquoted text in brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.error import MarkedYAMLError, YAMLError

from agent_core.workflows.findings import Finding, shown

MAX_BYTES = 512 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Located:
    """A parsed file: its value, and for every path the line and column (from 1) where its key or item stands."""

    file: str
    value: Any
    places: dict[Path, tuple[int, int]] = field(repr=False)

    def finding(self, path: Path, code: str, message: str) -> Finding:
        """A finding at a path, or at its nearest parent that has a place."""
        while path not in self.places and path:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Finding(file=self.file, line=line, column=column, code=code, message=message)


class YamlRefused(Exception):
    """A text that is not the YAML we read; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read_yaml(data: bytes, file: str) -> Located:
    """Parses one file.

    Args:
        data: The file's bytes.
        file: How findings name it.

    Raises:
        YamlRefused: `file_too_large`, `not_utf8`, `bad_yaml`, `empty_file`, `yaml_alias`, `yaml_tag`, `yaml_documents`,
            `duplicate_key`, `bad_key`, `too_deep`, `too_many_values`.
    """
    if len(data) > MAX_BYTES:
        raise YamlRefused(_at(file, 0, 0, "file_too_large", f"The file is larger than {MAX_BYTES // 1024} KiB."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise YamlRefused(_at(file, line, 0, "not_utf8", "The file is not UTF-8 text.")) from error
    try:
        return _Reader(file).read(iter(yaml.parse(text, Loader=yaml.CSafeLoader)))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = shown(str(error.problem or "this is not YAML"), 160)
        raise YamlRefused(_at(file, line, column, "bad_yaml", f"This is not valid YAML: {problem}.")) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise YamlRefused(_at(file, 0, 0, "bad_yaml", f"This is not valid YAML: {shown(str(error), 160)}.")) from error


def _at(file: str, line: int, column: int, code: str, message: str) -> Finding:
    return Finding(file=file, line=line, column=column, code=code, message=message)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._places: dict[Path, tuple[int, int]] = {}
        self._nodes = 0

    def read(self, events: Iterator[Any]) -> Located:
        found = False
        value: Any = None
        for event in events:
            match type(event).__name__:
                case "StreamStartEvent" | "StreamEndEvent" | "DocumentEndEvent" | "CommentEvent":
                    continue
                case "DocumentStartEvent":
                    if found:
                        raise self._refused(event, "yaml_documents", "One file holds one document; remove the `---`.")
                    found = True
                    value = self._node(next(events), events, ())
                case name:
                    raise self._refused(event, "bad_yaml", f"This is not valid YAML: unexpected {name}.")
        if not found or value is None:
            raise YamlRefused(_at(self._file, 0, 0, "empty_file", "The file is empty."))
        return Located(self._file, value, self._places)

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        name = type(event).__name__
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._refused(event, "too_many_values", f"A file holds at most {MAX_NODES} values.")
        if len(path) > MAX_DEPTH:
            raise self._refused(event, "too_deep", f"Values are nested at most {MAX_DEPTH} deep.")
        if getattr(event, "anchor", None) is not None:  # an alias carries the anchor it means
            raise self._refused(event, "yaml_alias", "Anchors and aliases are not read here; write the value out.")
        if getattr(event, "tag", None) is not None:
            raise self._refused(event, "yaml_tag", "Tags (`!…`) are not read here.")
        self._places.setdefault(path, self._place(event))
        match name:
            case "ScalarEvent":
                return _scalar(event.value, plain=event.style in {None, ""})
            case "SequenceStartEvent":
                return self._sequence(events, path)
            case "MappingStartEvent":
                return self._mapping(events, path)
            case _:
                raise self._refused(event, "bad_yaml", "This is not valid YAML.")

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent" or getattr(event, "anchor", None) is not None:
                raise self._refused(event, "bad_key", "A key is a plain word.")
            key = str(event.value)
            if key in items:
                raise self._refused(event, "duplicate_key", f"`{shown(key)}` is written twice.")
            self._places[(*path, key)] = self._place(event)
            items[key] = self._node(next(events), events, (*path, key))
        return items

    def _place(self, event: Any) -> tuple[int, int]:
        return event.start_mark.line + 1, event.start_mark.column + 1

    def _refused(self, event: Any, code: str, message: str) -> YamlRefused:
        line, column = self._place(event)
        return YamlRefused(_at(self._file, line, column, code, message))


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return text

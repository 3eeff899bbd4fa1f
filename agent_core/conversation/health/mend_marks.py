"""Repairs of cache marks: what the API does not know goes, four stay, and hours come before minutes.

A mark changes nothing for the model: thinking behind it stays valid. It must never touch what is marked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent_core.conversation.health.draft import Draft, Passage, Piece
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.request import MOST_MARKS, is_long, is_mark
from agent_core.conversation.health.view import Block, Json, nested_blocks


def cap_cache_marks(draft: Draft, findings: Sequence[Finding]) -> None:
    """Keeps the marks of tools, system prompt and request, and the last ones in the messages: four in all."""
    _marks(draft, findings[0].diagnosis, "cap_cache_marks", _surplus)


def drop_cache_marks(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes off marks the API does not know, and those of tools that are loaded later."""
    why = findings[0].diagnosis
    _marks(draft, why, "drop_cache_mark", lambda marks: [mark for mark in marks if mark.deferred or not is_mark(mark.value)])


def lower_cache_ttl(draft: Draft, findings: Sequence[Finding]) -> None:
    """Lets every mark behind the first one for five minutes ask for five minutes too."""
    short = False
    for mark in _all_marks(draft):
        if not is_long(mark.value):
            short = True
        elif short:
            after = {**cast("Block", mark.value), "ttl": "5m"}
            mark.put(after)
            draft.change(mark.path, None, "lower_cache_ttl", findings[0].diagnosis, before=mark.value, after=after)


@dataclass(frozen=True, slots=True)
class _Mark:
    """One cache mark: its value, whether it stands in the messages or on a deferred tool, and how to put another there."""

    value: Json
    path: str
    put: Callable[[Json], None]
    in_messages: bool = False
    deferred: bool = False


def _surplus(marks: list[_Mark]) -> list[_Mark]:
    over = max(0, len(marks) - MOST_MARKS)
    inside = [mark for mark in marks if mark.in_messages]
    outside = [mark for mark in marks if not mark.in_messages]
    gone = inside[:over]
    return gone + outside[len(outside) - (over - len(gone)) :] if over > len(gone) else gone


def _marks(draft: Draft, why: str, what: str, choose: Callable[[list[_Mark]], list[_Mark]]) -> None:
    for mark in choose(_all_marks(draft)):
        mark.put(None)
        draft.change(mark.path, None, what, why, before={"cache_control": mark.value}, after=None)


def _all_marks(draft: Draft) -> list[_Mark]:
    marks: list[_Mark] = []
    for name in ("tools", "system"):
        listed = draft.head.get(name)
        if isinstance(listed, list):
            items = draft.head[name] = list(cast("list[Json]", listed))
            for place, item in enumerate(items):
                if isinstance(item, dict) and (value := cast("Block", item).get("cache_control")) is not None:
                    later = name == "tools" and cast("Block", item).get("defer_loading") is True
                    marks.append(_Mark(value, name, _in_list(items, place), deferred=later))
    for passage in draft.passages:
        for piece in passage.pieces:
            marks.extend(_of_piece(passage, piece))
    if (value := draft.head.get("cache_control")) is not None:
        marks.append(_Mark(value, "cache_control", _in_head(draft)))
    return marks


def _of_piece(passage: Passage, piece: Piece) -> list[_Mark]:
    marks: list[_Mark] = []
    path = f"messages.{passage.at if passage.at is not None else 'new'}"
    if piece.kind == "thinking":
        return marks
    for place, inner in enumerate(nested_blocks(piece.fields) if piece.kind == "tool_result" else ()):
        if isinstance(inner, dict) and (value := cast("Block", inner).get("cache_control")) is not None:
            marks.append(_Mark(value, path, _in_result(passage, piece, place), in_messages=True))
    if (value := piece.fields.get("cache_control")) is not None:
        marks.append(_Mark(value, path, _in_piece(passage, piece), in_messages=True))
    return marks


def _in_head(draft: Draft) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        draft.head = cast("dict[str, Json]", _marked(draft.head, value))

    return put


def _in_list(items: list[Json], place: int) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        items[place] = _marked(items[place], value)

    return put


def _in_piece(passage: Passage, piece: Piece) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        # A mark changes nothing for the model: thinking behind it stays valid.
        piece.block = _marked(piece.block, value)
        passage.touched = True

    return put


def _in_result(passage: Passage, piece: Piece, place: int) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        content = list(nested_blocks(piece.fields))
        content[place] = _marked(content[place], value)
        piece.block = {**piece.fields, "content": content}
        passage.touched = True

    return put


def _marked(item: Json, value: Json) -> Json:
    """The item with this mark, or with none."""
    fields = cast("Mapping[str, Any]", item)
    kept = {name: other for name, other in fields.items() if name != "cache_control" or value is not None}
    return kept if value is None else {**kept, "cache_control": value}

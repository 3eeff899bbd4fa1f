"""A transcript in the form others keep it in: what it says as a Messages API body, and the way back.

Why: the rules are written once. A finding names the item of the original, and a repaired transcript goes out in the
original's own form; items that were not changed are the very same objects. It must never lose an item it does not know.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.draft import Change, Draft, Passage, Piece
from agent_core.conversation.health.findings import Aside, Finding, Outcome
from agent_core.conversation.health.repairing import Repaired, repair_tracked
from agent_core.conversation.health.view import Json

Form = Literal["messages", "openai_chat", "openai_responses", "langgraph"]
FORMS: tuple[Form, ...] = ("messages", "openai_chat", "openai_responses", "langgraph")

Item = Mapping[str, Any]

RECALLED: Final = "recalled"
"""The key of a call that stands nowhere in the original."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a block came from.

    Attributes:
        item: Index of the item in the original list.
        source: The item itself.
        key: Which part of the item: the form's own name for it.
        position: Index in the item's content list, or none.
    """

    item: int
    source: Json = None
    key: Any = None
    position: int | None = None


@dataclass(slots=True)
class Woven:
    """A body being put together from items: messages, and where each of their blocks came from."""

    sources: Sequence[Json]
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    parts: dict[tuple[int, int], Part] = field(default_factory=dict[tuple[int, int], Part])
    items: list[list[int]] = field(default_factory=list[list[int]])
    stop_reasons: dict[int, str] = field(default_factory=dict[int, str])
    system: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    recalled: set[str] = field(default_factory=set[str])
    """Calls that stand nowhere here: the provider keeps them."""
    places: dict[int, list[tuple[int, int]]] = field(default_factory=dict[int, list[tuple[int, int]]])
    """Item -> the places of its blocks, in order."""

    def add(self, role: str, item: int, blocks: Sequence[tuple[Json, Any, int | None]], *, join: bool = False) -> int:
        """Adds an item's blocks `(block, key, position)`, to the last message when `join` and it has that role."""
        if not (join and self.messages and self.messages[-1]["role"] == role):
            self.messages.append({"role": role, "content": []})
            self.items.append([])
        index = len(self.messages) - 1
        self.items[index].append(item)
        content: list[Json] = self.messages[index]["content"]
        for block, key, position in blocks:
            self.parts[index, len(content)] = Part(item, self.sources[item], key, position)
            self.places.setdefault(item, []).append((index, len(content)))
            content.append(block)
        return index

    def recall(self, item: int, call: str) -> None:
        """Lets a result have its call where the provider keeps what came before; nothing of it is written back."""
        if call in self.recalled:
            return
        self.recalled.add(call)
        answering = bool(self.messages) and any(b.get("type") == "tool_result" for b in self.messages[-1]["content"][-1:])
        index = len(self.messages) - (2 if answering else 1)
        if index < 0 or self.messages[index]["role"] != "assistant":
            index = len(self.messages)
            self.messages.append({"role": "assistant", "content": []})
            self.items.append([])
        content: list[Json] = self.messages[index]["content"]
        self.parts[index, len(content)] = Part(item, self.sources[item], RECALLED)
        content.append({"type": "tool_use", "id": call, "name": "recalled", "input": {}})

    def add_result(self, item: int, call: Json, content: Json, *, is_error: bool = False) -> None:
        """Adds an item that answers a call: what answers calls of one turn is one turn, in whatever many items."""
        result: dict[str, Any] = {"type": "tool_result", "content": content}
        if isinstance(call, str):
            result["tool_use_id"] = call
        if is_error:
            result["is_error"] = True
        before: list[dict[str, Any]] = self.messages[-1]["content"] if self.messages else []
        self.add("user", item, [(result, "result", None)], join=bool(before) and before[-1].get("type") == "tool_result")


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript.

    Attributes:
        form: How it was kept.
        body: What it says, as a Messages API body.
        aside: What it says beside its messages: stop reasons, calls that wait.
        place: `(message, block)` of the body -> `(item, block)` of the original.
        write: The original with its items replaced by what a repair has left; none of it when nothing could be repaired.
    """

    form: Form
    body: Json
    aside: Aside
    place: Callable[[int | None, int | None], tuple[int | None, int | None]]
    write: Callable[[Draft, Json], Json]

    def diagnose(self, known: Mapping[str, Outcome] | None = None, *, in_flight: bool = False) -> tuple[Finding, ...]:
        """Every fault, at its place in the original."""
        aside = self._aside(known, in_flight=in_flight)
        return tuple(self._placed(each) for each in diagnose(self.body, aside))

    def repair(
        self, known: Mapping[str, Outcome] | None = None, *, in_flight: bool = False, warnings: bool = False
    ) -> Repaired:
        """The healed transcript in its own form, with places of the original."""
        tracked = repair_tracked(self.body, aside=self._aside(known, in_flight=in_flight), warnings=warnings)
        done = tracked.repaired
        body = done.body if tracked.draft is None else self.write(tracked.draft, done.body)
        changes = tuple(replace(each, path=self._path(each)) for each in done.changes)
        return Repaired(body, changes, tuple(self._placed(each) for each in done.left))

    def _aside(self, known: Mapping[str, Outcome] | None, *, in_flight: bool) -> Aside:
        outcomes = {**self.aside.outcomes, **(known or {})}
        if in_flight:
            outcomes = {**dict.fromkeys(open_calls(self.body), Outcome("in_flight")), **outcomes}
        return replace(self.aside, outcomes=outcomes)

    def _placed(self, each: Finding) -> Finding:
        message, block = self.place(each.message, each.block)
        return replace(each, message=message, block=block)

    def _path(self, change: Change) -> str:
        parts = change.path.split(".")
        if parts[0] != "messages" or len(parts) < 2 or not parts[1].isdigit():
            return change.path
        item, block = self.place(int(parts[1]), int(parts[3]) if len(parts) == 4 else None)
        return f"messages.{item}" if block is None else f"messages.{item}.content.{block}"


def open_calls(body: Json) -> list[str]:
    """The calls of the last turn that have no result yet, when nothing but results stands behind it: what it waits for."""
    messages = cast("Item", body).get("messages") if isinstance(body, dict) else None
    answered: set[Json] = set()
    for message in reversed(cast("list[Json]", messages) if isinstance(messages, list) else []):
        fields = cast("Item", message) if isinstance(message, dict) else {}
        content = fields.get("content")
        listed = cast("list[Json]", content) if isinstance(content, list) else []
        blocks = [cast("Item", block) for block in listed if isinstance(block, dict)]
        if fields.get("role") == "assistant":
            calls = (block.get("id") for block in blocks if block.get("type") == "tool_use")
            return [call for call in calls if isinstance(call, str) and call not in answered]
        if not blocks or any(block.get("type") != "tool_result" for block in blocks):
            return []
        answered.update(call for block in blocks if isinstance(call := block.get("tool_use_id"), str))
    return []


@dataclass(frozen=True, slots=True)
class Way:
    """How one form is written back.

    Attributes:
        rebuild: Makes an item from pieces: the original item or none, the role, the pieces with the part each came from.
        one_item: An assistant message is one item, whatever it holds.
    """

    rebuild: Callable[[Item | None, str, Sequence[tuple[Piece, Part | None]]], Json]
    one_item: bool


def unwoven(draft: Draft, woven: Woven, items: Sequence[Json], way: Way) -> list[Json]:
    """The items of a repaired draft, in the original's form."""
    result: list[Json] = []
    for passage in draft.passages:
        if not passage.touched and passage.at is not None:
            result.extend(items[item] for item in woven.items[passage.at])
            continue
        for run in _runs(passage, woven, way):
            sources = {part.item for _, part in run if part is not None}
            source = min(sources) if sources else None
            role = passage.role or "user"
            if source is not None and len(sources) == 1 and _is_whole(run, source, woven):
                result.append(items[source])
                continue
            original = items[source] if source is not None and isinstance(items[source], dict) else None
            result.append(way.rebuild(original, role, run))
    return result


def _runs(passage: Passage, woven: Woven, way: Way) -> list[list[tuple[Piece, Part | None]]]:
    parts = ((piece, _part(piece, woven)) for piece in passage.pieces)
    placed = [(piece, part) for piece, part in parts if part is None or part.key != RECALLED]
    if passage.role == "assistant" and way.one_item:
        return [placed] if placed else []
    runs: list[list[tuple[Piece, Part | None]]] = []
    for piece, part in placed:
        alone = piece.kind in ("tool_result", "tool_use")
        last = runs[-1][-1] if runs else None
        same = last is not None and _item(last[1]) == _item(part) and last[0].kind not in ("tool_result", "tool_use")
        if same and not alone:
            runs[-1].append((piece, part))
        else:
            runs.append([(piece, part)])
    return runs


def _part(piece: Piece, woven: Woven) -> Part | None:
    if piece.at is None or piece.at[1] is None:
        return None
    return woven.parts.get((piece.at[0], piece.at[1]))


def _item(part: Part | None) -> int | None:
    return None if part is None else part.item


def _is_whole(run: Sequence[tuple[Piece, Part | None]], source: int, woven: Woven) -> bool:
    """All of an item's blocks and nothing else, none of them changed."""
    wanted = woven.places[source]
    blocks = (woven.messages[message]["content"][block] for message, block in wanted)
    return [piece.at for piece, _ in run] == wanted and all(
        piece.block is block for (piece, _), block in zip(run, blocks, strict=True)
    )

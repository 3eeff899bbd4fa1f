"""A request while it is being repaired: passages and pieces that remember where they came from.

Why: repairs shift indexes, and whoever reads a change must find it in the original. What is not touched leaves as the very
same object, so a repair cannot alter what it has no business with. It must never change the request it was made from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.view import Block, Json, written

_MOST_SHOWN: Final = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a repair has changed.

    Attributes:
        path: Where, in the request as it was given: `messages.3.content.1`, `tools`, `system`.
        what: Name of the repair.
        why: The diagnosis it answers.
        before: What stood there, as JSON; very long values are cut. None when nothing stood there.
        after: What stands there now; none when nothing does.
    """

    path: str
    what: str
    why: str
    before: Json = None
    after: Json = None


@dataclass(slots=True)
class Piece:
    """One block, and where it stood in the request as it was given; none for one that code wrote."""

    block: Json
    at: tuple[int, int | None] | None

    @property
    def kind(self) -> str:
        """The block's type, empty when it has none."""
        kind = self.fields.get("type")
        return kind if isinstance(kind, str) else ""

    @property
    def fields(self) -> Block:
        """The block's fields, none when it is no object."""
        return cast("Block", self.block) if isinstance(self.block, dict) else {}


@dataclass(slots=True)
class Passage:
    """One message.

    Attributes:
        message: The message as it was given, or the frame of one that code wrote.
        at: Its index in the request as it was given.
        pieces: Its blocks.
        plain: Its content was a string.
        touched: It must be written anew.
        moved: It says something else than before, so thinking behind it is void.
        shifted: Something before it is gone or new, so its own thinking is void too.
    """

    message: Json
    at: int | None
    pieces: list[Piece]
    plain: bool = False
    touched: bool = False
    moved: bool = False
    shifted: bool = False

    @property
    def fields(self) -> Block:
        """The message's fields, none when it is no object."""
        return cast("Block", self.message) if isinstance(self.message, dict) else {}

    @property
    def role(self) -> str | None:
        """Its role, when it is text."""
        role = self.fields.get("role")
        return role if isinstance(role, str) else None

    def written(self) -> Json:
        """The message as it goes out."""
        if not self.touched:
            return self.message
        blocks = [piece.block for piece in self.pieces]
        if self.plain and len(blocks) == 1 and isinstance(blocks[0], dict):
            only = cast("Block", blocks[0])
            if only.get("type") == "text" and set(only) == {"type", "text"}:
                return {**self.fields, "content": only["text"]}
        return {**self.fields, "content": blocks}

    def calls(self) -> list[Piece]:
        """Its calls that have an id, in order."""
        return [piece for piece in self.pieces if piece.kind == "tool_use" and isinstance(piece.fields.get("id"), str)]

    def results(self) -> list[Piece]:
        """Its results that name a call, in order."""
        named = (piece for piece in self.pieces if piece.kind == "tool_result")
        return [piece for piece in named if isinstance(piece.fields.get("tool_use_id"), str)]


def note(text: str, role: str = "user") -> Passage:
    """A message that code writes."""
    return Passage({"role": role}, None, [text_piece(text)], touched=True, moved=True, shifted=True)


def text_piece(text: str) -> Piece:
    """A text block that code writes."""
    return Piece({"type": "text", "text": text}, None)


@dataclass(slots=True)
class Draft:
    """A request being repaired.

    Attributes:
        head: Every field but the messages.
        passages: The messages.
        changes: What was changed so far.
        rebound: System prompt or tools say something else than before: all thinking is void.
        renamed: New tool use id -> the one it was known by.
        binds: Thinking is bound to what stands before it.
        waiting: Calls that are open on purpose; what waits for an answer under its id keeps its id, its name and its input.
    """

    head: dict[str, Json]
    passages: list[Passage]
    changes: list[Change] = field(default_factory=list[Change])
    rebound: bool = False
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    binds: bool = True
    waiting: frozenset[str] = frozenset()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Draft":
        """A draft of a request whose `messages` are a list."""
        messages = cast("Sequence[Json]", body["messages"])
        head = {name: value for name, value in body.items() if name != "messages"}
        return cls(head, [_passage(index, message) for index, message in enumerate(messages)])

    def body(self, names: Sequence[str]) -> dict[str, Json]:
        """The request as it goes out, its fields in the order of `names`, new ones behind."""
        fields = {**self.head, "messages": [passage.written() for passage in self.passages]}
        order = [name for name in names if name in fields]
        order += [name for name in fields if name not in names]
        return {name: fields[name] for name in order}

    def waits(self, call: Json) -> bool:
        """Whether a call of this id is open on purpose."""
        return isinstance(call, str) and call in self.waiting

    def change(self, place: Passage | str, piece: Piece | None, what: str, why: str, *, before: Json, after: Json) -> None:
        """Remembers a change at a passage, at one of its pieces, or at a field of the request."""
        path = place if isinstance(place, str) else path_of(place, piece)
        self.changes.append(Change(path, what, why, _shown(before), _shown(after)))

    def remove(self, index: int) -> None:
        """Takes a message out."""
        del self.passages[index]
        if index < len(self.passages):
            self.passages[index].shifted = True

    def insert(self, index: int, passage: Passage) -> None:
        """Puts a message in."""
        self.passages.insert(index, passage)
        if index + 1 < len(self.passages):
            self.passages[index + 1].shifted = True


def touch(passage: Passage) -> None:
    """Marks a message as saying something else than before."""
    passage.touched = True
    passage.moved = True


class _Gone:
    """Stands for a block that is taken out, until `without_gone` takes all out at once: indexes hold meanwhile."""


GONE: Final = _Gone()


def without_gone(draft: Draft) -> None:
    """Takes out what was marked with `GONE`, in one walk."""
    for passage in draft.passages:
        if passage.touched:
            passage.pieces = [piece for piece in passage.pieces if piece.block is not GONE]


def pieces_of(draft: Draft, findings: Sequence[Finding]) -> list[tuple[Passage, Piece, Finding]]:
    """Every piece concerned, once; indexes are those of the draft as it was diagnosed."""
    seen: set[int] = set()
    found: list[tuple[Passage, Piece, Finding]] = []
    for each in findings:
        if each.message is None:
            continue
        passage = draft.passages[each.message]
        piece = passage.pieces[each.block] if each.block is not None else _only(passage)
        if piece is not None and id(piece) not in seen:
            seen.add(id(piece))
            found.append((passage, piece, each))
    return found


def _only(passage: Passage) -> Piece | None:
    return passage.pieces[0] if passage.plain and passage.pieces else None


def path_of(passage: Passage, piece: Piece | None = None) -> str:
    """Where a message or block stood in the request as it was given; `messages.new` for what code wrote."""
    at = piece.at if piece is not None and piece.at is not None else (passage.at, None)
    if at[0] is None:
        return "messages.new"
    return f"messages.{at[0]}" if at[1] is None else f"messages.{at[0]}.content.{at[1]}"


def _passage(index: int, message: Json) -> Passage:
    content = cast("Block", message).get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        pieces = [Piece({"type": "text", "text": content}, (index, None))] if content else []
        return Passage(message, index, pieces, plain=True)
    if not isinstance(content, list | tuple):
        return Passage(message, index, [])
    blocks = cast("Sequence[Json]", content)
    return Passage(message, index, [Piece(block, (index, position)) for position, block in enumerate(blocks)])


def _shown(value: Json) -> Json:
    text, _ = written(value)
    if text is None:
        return None
    return value if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text)} characters)"

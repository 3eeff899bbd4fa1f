"""Repairs inside one message: blocks, fields, texts, inputs.

It must never change what a result says, and never touch thinking: a thinking block that cannot stay as it is goes.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, cast

from agent_core.conversation.health.blocks import nested_faults
from agent_core.conversation.health.draft import Draft, Passage, Piece, text_piece, touch
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.images import fault_of
from agent_core.conversation.health.shapes import FIELDS, MESSAGE_FIELDS, NESTED, SYSTEM_MESSAGE_FIELDS
from agent_core.conversation.health.texts import INVISIBLE, SURROGATE
from agent_core.conversation.health.thinking import THINKING
from agent_core.conversation.health.view import Block, Json, nested_blocks, written

EMPTY_MESSAGE: Final = "[This message was empty.]"
NO_OUTPUT: Final = "[The tool returned no output.]"
UNPARSED: Final = "unparsed_input"


def _at(draft: Draft, each: Finding) -> tuple[Passage, Piece | None]:
    """The passage and piece of a finding; indexes are those of the draft as it was diagnosed."""
    assert each.message is not None
    passage = draft.passages[each.message]
    if each.block is not None:
        return passage, passage.pieces[each.block]
    return passage, passage.pieces[0] if passage.plain and passage.pieces else None


def _pieces(draft: Draft, findings: Sequence[Finding]) -> list[tuple[Passage, Piece, Finding]]:
    """Every piece concerned, once."""
    seen: set[int] = set()
    found: list[tuple[Passage, Piece, Finding]] = []
    for each in findings:
        if each.message is None:
            continue
        passage, piece = _at(draft, each)
        if piece is not None and id(piece) not in seen:
            seen.add(id(piece))
            found.append((passage, piece, each))
    return found


def drop_block(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes blocks out; from a result only those of its blocks that are at fault."""
    for passage, piece, each in _pieces(draft, findings):
        before = piece.block
        if piece.kind == "tool_result" and each.head != "wrong_role":
            piece.block = _result_without_faults(piece.fields)
            after = piece.block
        else:
            passage.pieces = [other for other in passage.pieces if other is not piece]
            after = None
        touch(passage)
        draft.change(passage, piece, "drop_block", each.diagnosis, before=before, after=after)
    if any(each.message is None for each in findings):
        _drop_from_system(draft, next(each for each in findings if each.message is None))


def _result_without_faults(block: Block) -> Json:
    result = dict(block)
    if not isinstance(result.get("is_error", False), bool):
        del result["is_error"]
    content = result.get("content")
    if isinstance(content, list | tuple):
        is_error = result.get("is_error") is True
        result["content"] = [
            item
            for item in cast("Sequence[Json]", content)
            if all(name == "unknown_block_field" for name, _ in nested_faults([item], is_error=is_error))
        ]
    elif content is not None and not isinstance(content, str):
        result["content"] = written(content)[0] or NO_OUTPUT
    return result


def _drop_from_system(draft: Draft, each: Finding) -> None:
    system = draft.head.get("system")
    if not isinstance(system, list):
        after: Json = None
        draft.head.pop("system", None)
    else:
        kept = [item for item in cast("list[Json]", system) if _is_system_text(item)]
        after = draft.head["system"] = kept
        if not kept:
            del draft.head["system"]
    draft.rebound = True
    draft.change("system", None, "drop_block", each.diagnosis, before=system, after=after)


def _is_system_text(item: Json) -> bool:
    text = cast("Block", item).get("text") if isinstance(item, dict) else None
    return isinstance(text, str) and bool(text.strip()) and cast("Block", item).get("type") == "text"


def drop_message(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes messages out; the last one left becomes a note."""
    for each in sorted(findings, key=lambda one: one.message or 0, reverse=True):
        assert each.message is not None
        passage = draft.passages[each.message]
        before = passage.message
        if len(draft.passages) == 1:
            draft.passages[0] = Passage({"role": "user"}, passage.at, [text_piece(EMPTY_MESSAGE)], touched=True, moved=True)
        else:
            draft.remove(each.message)
        draft.change(passage, None, "drop_message", each.diagnosis, before=before, after=None)


def drop_fields(draft: Draft, findings: Sequence[Finding]) -> None:
    """Leaves out fields of messages and blocks that the API does not know."""
    for each in findings:
        assert each.message is not None
        passage, piece = _at(draft, each)
        if each.diagnosis == "unknown_message_field":
            allowed = SYSTEM_MESSAGE_FIELDS if passage.role == "system" else MESSAGE_FIELDS
            before = {name: value for name, value in passage.fields.items() if name not in allowed}
            passage.message = {name: value for name, value in passage.fields.items() if name in allowed}
            draft.change(passage, None, "drop_fields", each.diagnosis, before=before, after=None)
        elif piece is not None:
            before = piece.block
            piece.block = _known_fields(piece.fields, FIELDS, keep_citations=passage.role == "assistant")
            # The model never saw the field: signatures behind it still hold, but bytes have changed.
            touch(passage)
            draft.change(passage, piece, "drop_fields", each.diagnosis, before=before, after=piece.block)


def _known_fields(block: Block, table: Mapping[str, frozenset[str]], *, keep_citations: bool) -> Json:
    kind = block.get("type")
    allowed = table.get(kind, frozenset(block)) if isinstance(kind, str) else frozenset(block)
    kept = {name: value for name, value in block.items() if name in allowed}
    if kind == "text" and not keep_citations:
        kept.pop("citations", None)
    if kind == "tool_result" and isinstance(kept.get("content"), list):
        kept["content"] = [
            _known_fields(cast("Block", inner), NESTED, keep_citations=False) if isinstance(inner, dict) else inner
            for inner in nested_blocks(kept)
        ]
    return kept


def replace_surrogates(draft: Draft, findings: Sequence[Finding]) -> None:
    """Joins halves that belong together, and writes U+FFFD for the others."""
    _characters(draft, findings, "replace_surrogates", SURROGATE, _whole)


def replace_nul(draft: Draft, findings: Sequence[Finding]) -> None:
    """Writes U+FFFD for NUL."""
    _characters(draft, findings, "replace_nul", re.compile("\0"), lambda text: text.replace("\0", "\ufffd"))


def strip_invisible(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes out what nobody can see."""
    _characters(draft, findings, "strip_invisible", INVISIBLE, lambda text: INVISIBLE.sub("", text))


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _characters(
    draft: Draft, findings: Sequence[Finding], what: str, pattern: re.Pattern[str], mend: Callable[[str], str]
) -> None:
    def mended(text: str) -> str:
        return mend(text) if pattern.search(text) is not None else text

    for passage, piece, each in _pieces(draft, findings):
        if piece.kind in THINKING:
            passage.pieces = [other for other in passage.pieces if other is not piece]
            after = None
        else:
            after = piece.block = map_strings(piece.block, mended)
        touch(passage)
        draft.change(passage, piece, what, each.diagnosis, before=None, after=after)
    if any(each.message is None for each in findings):
        draft.head = cast("dict[str, Json]", map_strings(draft.head, mended))
        draft.rebound = True
        draft.change("request", None, what, findings[0].diagnosis, before=None, after=None)


def map_strings(value: Json, mend: Callable[[str], str]) -> Json:
    """A JSON value with every string and key mended; the same object where nothing changes."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, dict):
        fields = cast("Mapping[Any, Json]", value)
        return {mend(key) if isinstance(key, str) else key: map_strings(item, mend) for key, item in fields.items()}
    if isinstance(value, list | tuple):
        return [map_strings(item, mend) for item in cast("Sequence[Json]", value)]
    return value


def fill_output(draft: Draft, findings: Sequence[Finding]) -> None:
    """Says that a tool returned nothing."""
    for passage, piece, each in _pieces(draft, findings):
        before = piece.block
        piece.block = {**piece.fields, "content": NO_OUTPUT}
        touch(passage)
        draft.change(passage, piece, "fill_output", each.diagnosis, before=before, after=piece.block)


def parse_input(draft: Draft, findings: Sequence[Finding]) -> None:
    """Makes an object of a call's input: parsed when it is whole JSON, else the text under one key."""
    for passage, piece, each in _pieces(draft, findings):
        before = piece.block
        piece.block = {**piece.fields, "input": _object_of(piece.fields.get("input"))}
        touch(passage)
        draft.change(passage, piece, each.repair, each.diagnosis, before=before, after=piece.block)


def _object_of(value: Json) -> Json:
    if value is None or value in ([], ""):
        return {}
    text = value if isinstance(value, str) else written(value)[0]
    if isinstance(value, str):
        try:
            parsed = json.loads(value, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, dict):
            return cast("Json", parsed)
    return {UNPARSED: text or ""}


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def call_to_text(draft: Draft, findings: Sequence[Finding]) -> None:
    """Keeps a call in a user's turn as marked text: a user calls no tools."""
    for passage, piece, each in _pieces(draft, findings):
        before = piece.block
        piece.block = {"type": "text", "text": f"[A tool call stood here: {written(before)[0]}]"}
        touch(passage)
        draft.change(passage, piece, "call_to_text", each.diagnosis, before=before, after=piece.block)


def move_to_user_turn(draft: Draft, findings: Sequence[Finding]) -> None:
    """Gives back to the user what an assistant's turn holds of it.

    Results split the turn where they stand, so that what was said behind them stays behind them; anything else goes to the
    end of the next user's turn.
    """
    moved: dict[int, tuple[Passage, list[Piece]]] = {}
    for passage, piece, each in _pieces(draft, findings):
        moved.setdefault(id(passage), (passage, []))[1].append(piece)
        draft.change(passage, piece, "move_to_user_turn", each.diagnosis, before=None, after=None)
    for passage, pieces in reversed(list(moved.values())):
        index = next(place for place, other in enumerate(draft.passages) if other is passage)
        others = [piece for piece in pieces if piece.kind != "tool_result"]
        runs = _runs([piece for piece in passage.pieces if not any(piece is other for other in others)])
        touch(passage)
        made = [_turn(passage, run) for run in runs]
        draft.passages[index : index + 1] = made
        after = index + len(made)
        if others:
            if after == len(draft.passages) or draft.passages[after].role != "user":
                draft.passages.insert(after, _user_turn([]))
            draft.passages[after].pieces.extend(others)
        if after < len(draft.passages):
            if made and made[-1].role == "user" and draft.passages[after].role == "user":
                draft.passages[after].pieces[:0] = made[-1].pieces
                del draft.passages[after - 1]
                touch(draft.passages[after - 1])
            else:
                touch(draft.passages[after])


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces in stretches: results, and what is none."""
    return [list(run) for _, run in groupby(pieces, key=lambda piece: piece.kind == "tool_result")]


def _turn(passage: Passage, run: list[Piece]) -> Passage:
    if run[0].kind == "tool_result":
        return _user_turn(run)
    return Passage(passage.message, passage.at, run, touched=True, moved=True, shifted=run[0] is not passage.pieces[0])


def _user_turn(pieces: list[Piece]) -> Passage:
    return Passage({"role": "user"}, None, pieces, touched=True, moved=True, shifted=True)


def remove_image(draft: Draft, findings: Sequence[Finding]) -> None:
    """Puts a marker where an image was that cannot be sent."""
    many = any(each.diagnosis == "image_dimension:many_image_limit" for each in findings)
    for passage, piece, each in _pieces(draft, findings):
        marker = {"type": "text", "text": f"[An image was removed here: {each.sentence}]"}
        if piece.kind == "image":
            piece.block = marker
        else:
            piece.block = {
                **piece.fields,
                "content": [
                    marker
                    if isinstance(inner, dict)
                    and cast("Block", inner).get("type") == "image"
                    and fault_of(cast("Block", inner), many=many) is not None
                    else inner
                    for inner in nested_blocks(piece.fields)
                ],
            }
        touch(passage)
        draft.change(passage, piece, "remove_image", each.diagnosis, before=None, after=marker)

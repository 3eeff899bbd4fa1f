"""Repairs inside one message: blocks, fields, texts, inputs.

It must never change what a result says, and never touch thinking: a thinking block that cannot stay as it is goes.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, cast

from agent_core.conversation.health.draft import (
    GONE,
    Draft,
    Passage,
    Piece,
    pieces_of,
    text_piece,
    touch,
    without_gone,
)
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.images import fault_of
from agent_core.conversation.health.mend_words import NO_OUTPUT, image_of, result_made_whole
from agent_core.conversation.health.parts import citations_fit
from agent_core.conversation.health.shapes import FIELDS, MESSAGE_FIELDS, NESTED, SYSTEM_MESSAGE_FIELDS
from agent_core.conversation.health.texts import INVISIBLE, SURROGATE
from agent_core.conversation.health.thinking import THINKING
from agent_core.conversation.health.view import Block, Json, nested_blocks, written

EMPTY_MESSAGE: Final = "[This message was empty.]"
UNPARSED: Final = "unparsed_input"


def drop_block(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes blocks out; from a result only those of its blocks that are at fault."""
    for passage, piece, each in pieces_of(draft, findings):
        before = piece.block
        after = None
        if piece.kind == "tool_result" and each.head != "wrong_role":
            after = piece.block = result_made_whole(piece.fields)
        else:
            piece.block = GONE
        touch(passage)
        draft.change(passage, piece, "drop_block", each.diagnosis, before=before, after=after)
    without_gone(draft)
    if any(each.message is None for each in findings):
        _drop_from_system(draft, next(each for each in findings if each.message is None))


def _drop_from_system(draft: Draft, each: Finding) -> None:
    system = draft.head.get("system")
    kept = [item for item in (cast("list[Json]", system) if isinstance(system, list) else []) if not _is_empty_text(item)]
    draft.head["system"] = kept
    if not kept:
        del draft.head["system"]
    draft.rebound = True
    draft.change("system", None, "drop_block", each.diagnosis, before=system, after=kept or None)


def _is_empty_text(item: Json) -> bool:
    text = cast("Block", item).get("text") if isinstance(item, dict) else None
    return isinstance(text, str) and not text.strip()


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
        if each.diagnosis == "unknown_message_field":
            assert each.message is not None
            passage = draft.passages[each.message]
            allowed = SYSTEM_MESSAGE_FIELDS if passage.role == "system" else MESSAGE_FIELDS
            before = {name: value for name, value in passage.fields.items() if name not in allowed}
            passage.message = {name: value for name, value in passage.fields.items() if name in allowed}
            draft.change(passage, None, "drop_fields", each.diagnosis, before=before, after=None)
    for passage, piece, each in pieces_of(draft, [each for each in findings if each.diagnosis != "unknown_message_field"]):
        before = piece.block
        piece.block = _known_fields(piece.fields, FIELDS, keep_citations=passage.role == "assistant")
        # The model never saw the field: signatures behind it still hold, but bytes have changed.
        touch(passage)
        draft.change(passage, piece, "drop_fields", each.diagnosis, before=before, after=piece.block)


def _known_fields(block: Block, table: Mapping[str, frozenset[str]], *, keep_citations: bool) -> Json:
    kind = block.get("type")
    image = image_of(block)
    if image is not None:
        return image
    allowed = table.get(kind, frozenset(block)) if isinstance(kind, str) else frozenset(block)
    kept = {name: value for name, value in block.items() if name in allowed}
    if kind == "text" and not (keep_citations and citations_fit(kept.get("citations"))):
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

    for passage, piece, each in pieces_of(draft, findings):
        after = None
        if piece.kind in THINKING:
            piece.block = GONE
        else:
            after = piece.block = map_strings(piece.block, mended)
        touch(passage)
        draft.change(passage, piece, what, each.diagnosis, before=None, after=after)
    without_gone(draft)
    if any(each.message is None for each in findings):
        draft.head = cast("dict[str, Json]", map_strings(draft.head, mended))
        draft.rebound = True
        draft.change("request", None, what, findings[0].diagnosis, before=None, after=None)


def map_strings(value: Json, mend: Callable[[str], str]) -> Json:
    """A JSON value with every string and key mended, however deep it is nested."""
    root: list[Json] = [None]
    stack: list[tuple[Json, Any, Any]] = [(value, root, 0)]
    while stack:
        item, holder, key = stack.pop()
        if isinstance(item, str):
            holder[key] = mend(item)
        elif isinstance(item, dict):
            fields = cast("Mapping[Any, Json]", item)
            names = {name: mend(name) if isinstance(name, str) else name for name in fields}
            made: Any = dict.fromkeys(names.values())
            stack.extend((fields[name], made, new) for name, new in names.items())
            holder[key] = made
        elif isinstance(item, list | tuple):
            items = cast("Sequence[Json]", item)
            made = [None] * len(items)
            stack.extend((inner, made, place) for place, inner in enumerate(items))
            holder[key] = made
        else:
            holder[key] = item
    return root[0]


def fill_output(draft: Draft, findings: Sequence[Finding]) -> None:
    """Says that a tool returned nothing."""
    for passage, piece, each in pieces_of(draft, findings):
        before = piece.block
        piece.block = {**piece.fields, "content": NO_OUTPUT}
        touch(passage)
        draft.change(passage, piece, "fill_output", each.diagnosis, before=before, after=piece.block)


def parse_input(draft: Draft, findings: Sequence[Finding]) -> None:
    """Makes an object of a call's input: parsed when it is whole JSON, else the text under one key."""
    for passage, piece, each in pieces_of(draft, findings):
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


def move_to_user_turn(draft: Draft, findings: Sequence[Finding]) -> None:
    """Gives back to the user what an assistant's turn holds of it.

    Results split the turn where they stand, so that what was said behind them stays behind them; anything else goes to the
    end of the next user's turn.
    """
    moved: dict[int, tuple[Passage, list[Piece]]] = {}
    for passage, piece, each in pieces_of(draft, findings):
        moved.setdefault(id(passage), (passage, []))[1].append(piece)
        draft.change(passage, piece, "move_to_user_turn", each.diagnosis, before=None, after=None)
    places = {id(passage): place for place, passage in enumerate(draft.passages)}
    for passage, pieces in reversed(list(moved.values())):
        # From the end on: what is put in behind a message moves none before it.
        index = places[id(passage)]
        others = [piece for piece in pieces if piece.kind != "tool_result"]
        away = {id(piece) for piece in others}
        runs = _runs([piece for piece in passage.pieces if id(piece) not in away])
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
    for passage, piece, each in pieces_of(draft, findings):
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

"""Repairs of ids: a call and its result get the same new one, and only where the API takes the old one not.

It must never change the id of a call that waits for an answer: the answer would find no call.
"""

import re
from collections import deque
from collections.abc import Sequence
from typing import Final, cast

from agent_core.conversation.health.blocks import TOOL_USE_ID
from agent_core.conversation.health.draft import Draft, Passage, Piece, touch
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.parts import SERVER_TOOL_USE_ID
from agent_core.conversation.health.shapes import is_server_result
from agent_core.conversation.health.view import Block, Json, written

_SERVER: Final = "srvtoolu_"

_Results = dict[str | None, deque[tuple[Passage, Piece]]]
"""The JSON text of an id -> results behind a call that name it, and belong to no call yet."""


class _Names:
    """Ids that are taken; every new one is looked for where the last of its kind was found."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._numbers: dict[str, int] = {}

    def fresh(self, stem: str) -> str:
        """An id that begins like this and is not taken."""
        new, number = stem, self._numbers.get(stem, 2)
        while new in self._taken:
            new = f"{stem}_{number}"
            number += 1
        self._numbers[stem] = number
        self._taken.add(new)
        return new


def new_ids(draft: Draft, findings: Sequence[Finding]) -> None:
    """Gives calls with a bad or repeated id a new one, and their results the same."""
    taken = {str(piece.fields["id"]) for passage in draft.passages for piece in passage.calls()}
    taken |= {str(piece.fields["tool_use_id"]) for passage in draft.passages for piece in passage.results()}
    names = _Names(taken)
    seen: set[str] = set()
    why = {each.tool_use_ids[0]: each.diagnosis for each in findings if each.tool_use_ids}
    for index, passage in enumerate(draft.passages):
        calls = [piece for piece in passage.pieces if piece.kind == "tool_use"] if passage.role == "assistant" else []
        results = _results_behind(draft, index) if calls else {}
        for piece in calls:
            old = piece.fields.get("id")
            queue = results.get(written(old)[0])
            result = queue.popleft() if queue else None
            valid = isinstance(old, str) and (TOOL_USE_ID.fullmatch(old) is not None if draft.binds else bool(old))
            if isinstance(old, str) and (draft.waits(old) or (valid and old not in seen)):
                seen.add(old)
                continue
            new = names.fresh(_stem(old))
            seen.add(new)
            if isinstance(old, str) and not valid:
                draft.renamed[new] = old
            cause = why.get(old, "duplicate_tool_use_id") if isinstance(old, str) else "bad_tool_use_id:missing"
            _rename(draft, passage, piece, "new_id", cause, {**piece.fields, "id": new})
            if result is not None:
                _rename(draft, *result, "new_id", cause, {**result[1].fields, "tool_use_id": new})
    for passage in draft.passages:
        gone = [piece for piece in passage.pieces if passage.role == "user" and _is_nameless(piece)]
        if gone:
            passage.pieces = [piece for piece in passage.pieces if not _is_nameless(piece)]
            touch(passage)
        for piece in gone:
            draft.change(passage, piece, "drop_orphan_result", "bad_tool_use_id:missing", before=piece.block, after=None)


def _is_nameless(piece: Piece) -> bool:
    return piece.kind == "tool_result" and not isinstance(piece.fields.get("tool_use_id"), str)


def _results_behind(draft: Draft, caller: int) -> _Results:
    """Every result between an assistant's message and the next one, by the id it names."""
    found: _Results = {}
    for index in range(caller + 1, len(draft.passages)):
        passage = draft.passages[index]
        if passage.role == "assistant":
            break
        for piece in passage.pieces:
            if piece.kind == "tool_result":
                found.setdefault(written(piece.fields.get("tool_use_id"))[0], deque()).append((passage, piece))
    return found


def _rename(draft: Draft, passage: Passage, piece: Piece, what: str, why: str, after: Block) -> None:
    before, piece.block = piece.block, after
    touch(passage)
    draft.change(passage, piece, what, why, before=before, after=after)


def _stem(old: Json) -> str:
    stem = re.sub(r"[^a-zA-Z0-9_-]+", "_", old)[:80].strip("_") if isinstance(old, str) else ""
    return stem or "toolu_repaired"


def new_server_ids(draft: Draft, findings: Sequence[Finding]) -> None:
    """Gives calls of the provider's tools an id of the form it takes, and everything that names them the same."""
    why = findings[0].diagnosis
    wrong = dict.fromkeys(call for each in findings for call in each.tool_use_ids)
    names = _Names({str(piece.fields.get("id")) for passage in draft.passages for piece in passage.pieces})
    new = {old: names.fresh(_SERVER + re.sub(r"[^a-zA-Z0-9_]+", "_", old)[:80]) for old in wrong}
    for passage in draft.passages:
        for piece in passage.pieces if passage.role == "assistant" else ():
            after = _renamed(piece, new)
            if after is not None:
                _rename(draft, passage, piece, "new_server_id", why, after)


def _renamed(piece: Piece, new: dict[str, str]) -> Block | None:
    fields = piece.fields
    if piece.kind == "server_tool_use":
        return {**fields, "id": new[fields["id"]]} if _names_one(fields.get("id"), new) else None
    if is_server_result(piece.kind):
        return {**fields, "tool_use_id": new[fields["tool_use_id"]]} if _names_one(fields.get("tool_use_id"), new) else None
    caller = cast("Block", fields["caller"]) if isinstance(fields.get("caller"), dict) else {}
    named = caller.get("tool_id")
    return {**fields, "caller": {**caller, "tool_id": new[str(named)]}} if _names_one(named, new) else None


def _names_one(call: Json, new: dict[str, str]) -> bool:
    return isinstance(call, str) and call in new and SERVER_TOOL_USE_ID.fullmatch(call) is None

"""Repairs of calls and results: one result for every call, right behind it, and none without a call.

Only stretches that are at fault are rebuilt. It must never say that a call failed, was cancelled or may be repeated unless
that is known; it leaves a call alone that waits for a decision or is being carried out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final, cast

from agent_core.conversation.health.draft import Draft, Passage, Piece, pieces_of, text_piece, touch
from agent_core.conversation.health.findings import Finding, Outcome, ToolKind
from agent_core.conversation.health.mend_words import said_over_mcp
from agent_core.conversation.health.thinking import THINKING
from agent_core.conversation.health.tools import kind_of
from agent_core.conversation.health.view import Json, nested_blocks, written

NOT_KNOWN: Final = (
    "[It is not known whether this call was carried out: no result was recorded. "
    "Check what is true now before you rely on it or try it again.]"
)
HAPPENED: Final = "[This call was carried out. Its result was not recorded.]"
DID_NOT_HAPPEN: Final = "[This call was not carried out.]"
CAME_LATER: Final = "[The result of this call came later in this conversation; see the notice there.]"
ORPHAN_REMOVED: Final = "[A tool result that belongs to no call was removed here.]"


@dataclass(slots=True)
class _Calls:
    """What is known of calls while the history is settled."""

    outcomes: Mapping[str, Outcome]
    tools: Mapping[str, ToolKind]
    answered_at: dict[str, int] = field(default_factory=dict[str, int])
    """Tool use id -> index of the last message that holds a result of it."""
    seen: set[str] = field(default_factory=set[str])


def settle(
    draft: Draft, findings: Sequence[Finding], outcomes: Mapping[str, Outcome], tools: Mapping[str, ToolKind]
) -> None:
    """Rebuilds every stretch in which calls and results do not fit."""
    why = {call: each.diagnosis for each in reversed(findings) for call in each.tool_use_ids}
    known = {**outcomes, **{new: outcomes[old] for new, old in draft.renamed.items() if old in outcomes}}
    calls = _Calls(known, tools)
    for index, passage in enumerate(draft.passages):
        if passage.role == "user":
            for piece in passage.results():
                calls.answered_at[str(piece.fields["tool_use_id"])] = index
    done: list[Passage] = []
    start = 0
    count = len(draft.passages)
    while start < count:
        end = start + 1
        while end < count and draft.passages[end].role != "assistant":
            end += 1
        stretch = draft.passages[start:end]
        has_caller = stretch[0].role == "assistant"
        caller, group = (stretch[0], stretch[1:]) if has_caller else (None, stretch)
        made = caller.calls() if caller is not None else []
        if _fits(made, group) or _waits(made, group, draft):
            done.extend(stretch)
        else:
            done.extend([caller] if caller is not None else [])
            done.extend(_Rebuild(draft, caller, group, end, calls, why).passages())
        calls.seen.update(str(piece.fields["id"]) for piece in made)
        start = end
    draft.passages = done


def _fits(made: Sequence[Piece], group: Sequence[Passage]) -> bool:
    ids = [str(piece.fields["id"]) for piece in made]
    first = group[0] if group else None
    if any(passage.results() for passage in group[1:] if passage.role == "user"):
        return False
    results = first.results() if first is not None and first.role == "user" else []
    there = [str(piece.fields["tool_use_id"]) for piece in results]
    in_front = first is not None and first.pieces[: len(results)] == results
    return sorted(ids) == sorted(there) and (not ids or in_front)


def _waits(made: Sequence[Piece], group: Sequence[Passage], draft: Draft) -> bool:
    """A stretch with a call that is open on purpose stays as it is until the call is answered."""
    there = {str(piece.fields["tool_use_id"]) for passage in group for piece in passage.results()}
    return any(draft.waits(call := piece.fields["id"]) and call not in there for piece in made)


class _Rebuild:
    """Rebuilds one stretch: an assistant message, if there is one, and what follows it until the next."""

    def __init__(
        self, draft: Draft, caller: Passage | None, group: list[Passage], end: int, calls: _Calls, why: Mapping[str, str]
    ) -> None:
        self._draft = draft
        self._caller = caller
        self._group = group
        self._end = end
        self._calls = calls
        self._why = why
        self._made = {str(piece.fields["id"]): piece for piece in (caller.calls() if caller is not None else ())}
        self._results: dict[str, Piece] = {}
        self._last_holder = -1

    def passages(self) -> list[Passage]:
        """The stretch without its assistant message, as it has to be."""
        led = _leading_results(self._group)
        for place, passage in enumerate(self._group):
            if passage.role == "user" and passage.results():
                passage.pieces = self._without_results(passage, place)
                if not passage.pieces and not self._results:
                    passage.pieces = [text_piece(ORPHAN_REMOVED)]
        if not self._made:
            return self._group
        # Everything up to the last result becomes one turn; without any result, so does the first message of the user.
        until = self._last_holder
        if until < 0 and self._group and self._group[0].role == "user":
            until = 0
        inside, rest = self._group[: until + 1], self._group[until + 1 :]
        users = [passage for passage in inside if passage.role == "user"]
        others = [passage for passage in inside if passage.role != "user"]
        turn = users[0] if users else Passage({"role": "user"}, None, [], touched=True, moved=True, shifted=True)
        found = [self._results[call] for call in self._made if call in self._results]
        mine = {id(piece) for piece in found}
        led = [piece for piece in led if id(piece) in mine]
        if found and (led != found or len(users) > 1 or others):
            self._draft.change(turn, None, "results_first", self._cause(), before=None, after=None)
        front = [self._results.get(call) or self._answer(call) for call in self._made]
        turn.pieces = [*front, *(piece for passage in users for piece in passage.pieces)]
        touch(turn)
        return [turn, *others, *rest]

    def _cause(self) -> str:
        return next((self._why[call] for call in self._made if call in self._why), "tool_result_not_first")

    def _without_results(self, passage: Passage, place: int) -> list[Piece]:
        """Takes results that belong to the stretch's calls out of a message; answers what is left of it."""
        kept: list[Piece] = []
        for piece in passage.pieces:
            call = piece.fields.get("tool_use_id")
            if piece.kind != "tool_result" or not isinstance(call, str):
                kept.append(piece)
            elif call in self._made and call not in self._results:
                self._results[call] = piece
                self._last_holder = place
            elif call in self._made:
                first = self._results[call]
                before, first.block = piece.block, _joined(first.block, piece.block)
                self._note(passage, piece, "merge_duplicate_results", "duplicate_tool_result", before, first.block)
                self._last_holder = place
            elif call in self._calls.seen:
                told = _notice(piece, call)
                kept.extend(told)
                late = "orphan_tool_result:late_async_result"
                self._note(passage, piece, "result_to_notice", late, piece.block, told[0].block)
            else:
                unknown = "orphan_tool_result:unknown_id"
                self._note(passage, piece, "drop_orphan_result", self._why.get(call, unknown), piece.block, None)
        return kept

    def _note(self, passage: Passage, piece: Piece, what: str, why: str, before: Json, after: Json) -> None:
        touch(passage)
        self._draft.change(passage, piece, what, why, before=before, after=after)

    def _answer(self, call: str) -> Piece:
        """The result that code writes for a call that has none."""
        outcome = self._calls.outcomes.get(call, Outcome("unknown"))
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": call}
        if self._calls.answered_at.get(call, -1) >= self._end:
            result["content"] = CAME_LATER
        else:
            result["content"] = _known_of(outcome)
            failed = outcome.is_error if outcome.content is not None else outcome.what == "did_not_happen"
            # A model repeats what it is told has failed: of calls nobody knows of, only a lost read is called an error.
            lost = outcome.content is None and outcome.what not in ("happened", "did_not_happen")
            name = str(self._made[call].fields.get("name"))
            if failed or (lost and kind_of(name, self._calls.tools) == "read"):
                result["is_error"] = True
        assert self._caller is not None
        why = self._why.get(call, "dangling_tool_use:tail")
        self._draft.change(self._caller, self._made[call], "synthesise_result", why, before=None, after=result)
        return Piece(result, None)


def _leading_results(group: Sequence[Passage]) -> list[Piece]:
    """The results with which the stretch begins."""
    first = group[0] if group and group[0].role == "user" else None
    return [] if first is None else list(takewhile(lambda piece: piece.kind == "tool_result", first.pieces))


def _joined(first: Json, second: Json) -> Json:
    """The first result with what else the second says appended; the first one's own words are never changed."""
    one, other = cast("Mapping[str, Any]", first), cast("Mapping[str, Any]", second)
    # Said twice in one result, a refund reads like two.
    said = _blocks_of(one)
    more = [block for block in _blocks_of(other) if block not in said]
    if not more:
        return first
    content = [
        *said,
        *(more if one.get("is_error") is not True else [b for b in more if b.get("type") == "text"]),
    ]
    if len(content) > 1 and isinstance(one.get("content"), str) and all(b.get("type") == "text" for b in content):
        return {**one, "content": "\n".join(str(block["text"]) for block in content)}
    return {**one, "content": content}


def _blocks_of(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = result.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content.strip() else []
    return [cast("dict[str, Any]", block) for block in nested_blocks(result) if isinstance(block, dict)]


def _notice(piece: Piece, call: str) -> list[Piece]:
    """A late result as blocks of a user's turn, marked as what it is: nobody may take it for the customer's words."""
    blocks = _blocks_of(piece.fields)
    text = _text_of(blocks)
    failed = " It reports a failure." if piece.fields.get("is_error") is True else ""
    told = [Piece({"type": "text", "text": f"[Late result of the tool call {call}.{failed} It says: {text}]"}, piece.at)]
    told += [Piece(block, None) for block in blocks if block.get("type") in ("image", "document", "search_result")]
    return told


def _known_of(outcome: Outcome) -> str | list[dict[str, Any]]:
    """What is known of a call, as a result says it: what was recorded, or a note by code."""
    if outcome.content is not None:
        return outcome.content if isinstance(outcome.content, str) else [dict(block) for block in outcome.content]
    return {"happened": HAPPENED, "did_not_happen": DID_NOT_HAPPEN}.get(outcome.what, NOT_KNOWN)


def call_to_text(draft: Draft, findings: Sequence[Finding], outcomes: Mapping[str, Outcome]) -> None:
    """Keeps calls and results that cannot stand where they do as marked text, with what is known of a lost one."""
    concerned = pieces_of(draft, findings)
    calls = {str(piece.fields["id"]): (passage, piece) for passage in draft.passages for piece in _mcp_calls(passage)}
    for passage, piece, each in concerned:
        if piece.kind == "mcp_tool_result":
            made = calls.pop(str(piece.fields.get("tool_use_id")), None)
            _as_text(draft, passage, piece, each, _result_told(piece))
            if made is not None:
                # A call does not stay behind without the result that has become text.
                _as_text(draft, *made, each, _call_told(made[1]))
        elif piece.kind != "text":
            lost = each.head == "dangling_server_tool_use"
            known = _known_of(outcomes.get(each.tool_use_ids[0], Outcome("unknown"))) if lost else ""
            said = known if isinstance(known, str) else _text_of(known)
            more = said if not said or said.startswith("[") else f"[Its result: {said}]"
            _as_text(draft, passage, piece, each, f"{_call_told(piece)}\n{more}".rstrip())


def _mcp_calls(passage: Passage) -> list[Piece]:
    mine = (piece for piece in passage.pieces if passage.role == "assistant" and piece.kind == "mcp_tool_use")
    return [piece for piece in mine if isinstance(piece.fields.get("id"), str)]


def _as_text(draft: Draft, passage: Passage, piece: Piece, each: Finding, text: str) -> None:
    before = piece.block
    piece.block = {"type": "text", "text": text}
    touch(passage)
    draft.change(passage, piece, "call_to_text", each.diagnosis, before=before, after=piece.block)


def _call_told(piece: Piece) -> str:
    return f"[A tool call stood here: {written(piece.block)[0]}]"


def _result_told(piece: Piece) -> str:
    failed = " It reports a failure." if piece.fields.get("is_error") is True else ""
    said = "\n".join(said_over_mcp(piece.fields))
    return f"[The result of a tool call stood here.{failed} It says: {said}]"


def _text_of(blocks: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(str(block["text"]) for block in blocks if block.get("type") == "text")


def merge_turns(draft: Draft, findings: Sequence[Finding]) -> None:
    """Makes one turn of messages and the one before them; calls go to its end, where their results follow."""
    why = {each.message: each.diagnosis for each in findings}
    kept: list[Passage] = []
    merged: list[tuple[Passage, str]] = []
    grown: dict[int, Passage] = {}
    for index, passage in enumerate(draft.passages):
        if index not in why:
            passage.shifted = passage.shifted or (index - 1) in why
            kept.append(passage)
            continue
        first = kept[-1]
        # A second turn's thinking is bound to the first as an earlier message, which it is no more.
        more = [piece for piece in passage.pieces if first.role != "assistant" or piece.kind not in THINKING]
        first.pieces.extend(more)
        grown[id(first)] = first
        merged.append((passage, why[index]))
    for first in grown.values():
        if first.role == "assistant":
            first.pieces.sort(key=lambda piece: piece.kind == "tool_use")
        elif first.role == "user":
            first.pieces.sort(key=lambda piece: piece.kind != "tool_result")
        touch(first)
    draft.passages = kept
    for second, diagnosis in reversed(merged):
        draft.change(second, None, "merge_turns", diagnosis, before=None, after=None)

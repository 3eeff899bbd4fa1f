"""Sessions kept record by record: each record holds a message, or a part of one, beside what the program notes of it.

Why: a program that is sent an answer in pieces keeps a record a piece, and a record for every result. What the model was
sent is whole turns: judged record by record, a healthy session would have faults it has not. It must never lose a record, or
what a record says beside its message.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from agent_core.conversation.health.draft import Draft, Passage
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.health.foreign.messages import sent, stops
from agent_core.conversation.health.foreign.transcript import Item, Transcript
from agent_core.conversation.health.view import Json


def message_in(record: Json) -> Item | None:
    """The message a record holds, or none."""
    message = cast("Item", record).get("message") if isinstance(record, dict) else None
    return cast("Item", message) if isinstance(message, dict) and "role" in message else None


def read(records: Sequence[Json], put_back: Callable[[list[Json]], Json]) -> Transcript:
    """A list of records; those without a message, and those of a conversation beside this one, are kept and not judged.

    Args:
        records: The records.
        put_back: Takes a list of records and answers the whole original with that list in its place.
    """
    kept = _Kept(records, _turns(records))
    messages = [_turn([records[at] for at in turn]) for turn in kept.turns]
    aside = Aside(stop_reasons=stops([message_in(records[turn[-1]]) for turn in kept.turns]), form="transcript")

    def write(draft: Draft, healed: Json) -> Json:
        del healed
        return put_back(kept.written(draft) if draft.changes else list(records))

    return Transcript("messages", {"messages": messages}, aside, kept.place, write)


class _Kept:
    """The records of a session, and which of them are whole turns together."""

    def __init__(self, records: Sequence[Json], turns: list[list[int]]) -> None:
        self._records = records
        self.turns = turns
        self._starts = [_starts(records, turn) for turn in turns]

    def place(self, message: int | None, block: int | None) -> tuple[int | None, int | None]:
        """The record of a message or block, and the place of the block in it."""
        if message is None:
            return None, None
        if block is None:
            return self.turns[message][0], None
        number = self._holder(message, block)
        return self.turns[message][number], block - self._starts[message][number]

    def written(self, draft: Draft) -> list[Json]:
        """The records of a repaired session."""
        judged = {at for turn in self.turns for at in turn}
        others = [at for at in range(len(self._records)) if at not in judged]
        result: list[Json] = []
        done = 0
        for passage in draft.passages:
            if passage.at is None:
                result.append({"message": passage.written()})
                continue
            for at, record in self._of(passage, passage.at):
                # Records that are not judged stay where they stood.
                before = bisect_left(others, at)
                result.extend(self._records[other] for other in others[done:before])
                done = max(done, before)
                if record is not None:
                    result.append(record)
        result.extend(self._records[other] for other in others[done:])
        return result

    def _of(self, passage: Passage, message: int) -> Iterator[tuple[int, Json]]:
        """Every record of a message with what a repair has left of it; none when nothing is."""
        turn = self.turns[message]
        if not passage.touched:
            yield from ((at, self._records[at]) for at in turn)
        elif len(turn) == 1:
            yield turn[0], _with_message(self._records[turn[0]], passage.written())
        else:
            shares: list[list[Json]] = [[] for _ in turn]
            last = 0
            for piece in passage.pieces:
                own = last
                if piece.at is not None and piece.at[0] == message and piece.at[1] is not None:
                    own = self._holder(message, piece.at[1])
                last = max(last, own)
                # A result stays in its record; what was put behind results does not go before them again.
                shares[own if piece.kind == "tool_result" else last].append(piece.block)
            for at, share in zip(turn, shares, strict=True):
                yield at, _with_message(self._records[at], {"content": share}) if share else None

    def _holder(self, message: int, block: int) -> int:
        return bisect_right(self._starts[message], block) - 1


def _turns(records: Sequence[Json]) -> list[list[int]]:
    """The records of each message: parts of one answer have its id, and results of one turn follow one another."""
    held = [at for at, each in enumerate(records) if message_in(each) is not None]
    own = [at for at in held if cast("Item", records[at]).get("isSidechain") is not True] or held
    turns: list[list[int]] = []
    for at in own:
        if turns and _go_together(message_in(records[turns[-1][-1]]), message_in(records[at])):
            turns[-1].append(at)
        else:
            turns.append([at])
    return turns


def _go_together(first: Item | None, second: Item | None) -> bool:
    if first is None or second is None or first.get("role") != second.get("role"):
        return False
    if not isinstance(first.get("content"), list) or not isinstance(second.get("content"), list):
        return False
    if first.get("role") == "assistant":
        return isinstance(first.get("id"), str) and first["id"] == second.get("id")
    results = [_is_result(block) for block in cast("list[Json]", first["content"])]
    return bool(results) and all(results) and any(map(_is_result, cast("list[Json]", second["content"])[:1]))


def _is_result(block: Json) -> bool:
    return isinstance(block, dict) and cast("Item", block).get("type") == "tool_result"


def _turn(records: Sequence[Json]) -> Json:
    message = sent(message_in(records[0]))
    if len(records) == 1:
        return message
    return {**message, "content": [block for record in records for block in _content(record)]}


def _content(record: Json) -> list[Json]:
    content = (message_in(record) or {}).get("content")
    return cast("list[Json]", content) if isinstance(content, list) else []


def _starts(records: Sequence[Json], turn: Sequence[int]) -> list[int]:
    """The number of the first block of each record among the blocks of the message."""
    starts = [0]
    for at in turn[:-1]:
        starts.append(starts[-1] + len(_content(records[at])))
    return starts


def _with_message(record: Json, changed: Json) -> Json:
    fields: dict[str, Any] = {**cast("Item", record)}
    return {**fields, "message": {**cast("Item", fields["message"]), **cast("Item", changed)}}

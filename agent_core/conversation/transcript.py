"""A run's transcript as the Messages API takes it, built from stored pairs and never edited (DESIGN §1.5, R-A8).

User-side entries between two assistant messages become one user turn: results first, in the order of the calls, then
the rest in the order of the log. So the request is valid at every commit and only ever grows.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from agent_core.contract.ids import BodyId
from agent_core.conversation.state import Entry, MessageSeen, Run


class Marks(Protocol):
    """Renders text of one origin inside the run's unforgeable boundary (R-D2); `boundary.marking` provides it."""

    def context_block(self, suffix: str, text: str) -> str:
        """Context that code wrote."""
        ...

    def outside_block(self, suffix: str, *, origin: str, id: str, at: datetime, text: str) -> str:
        """Text that somebody outside wrote."""
        ...

    def notice_block(self, suffix: str, text: str) -> str:
        """What became of a pending call."""
        ...

    def steer_block(self, suffix: str, text: str) -> str:
        """A supervisor's private instruction."""
        ...

    def sent_block(self, suffix: str, *, by: str, text: str) -> str:
        """What was really sent to the customer."""
        ...


def build_messages(
    run: Run,
    messages: Sequence[MessageSeen],
    text: Mapping[BodyId, str],
    marks: Marks,
    read_assistant: Callable[[str], Any],
    rendered: MutableMapping[tuple[str, BodyId], str] | None = None,
) -> list[dict[str, Any]]:
    """The `messages` of the run's next request.

    Args:
        run: The run, with no open call.
        messages: The conversation's messages, for origin and time of inputs.
        text: Every body the transcript names.
        marks: Renders blocks inside the run's boundary.
        read_assistant: Parses an assistant entry's stored content, which is sent back unchanged.
        rendered: Blocks that were rendered before, by suffix and body; new ones are added. An entry never changes.

    Raises:
        ValueError: The run has an open call, so no valid request exists.
    """
    if run.open_calls:
        raise ValueError("a request while a call is open")
    written = {m.text.id: m for m in messages}
    known = {} if rendered is None else rendered
    result: list[dict[str, Any]] = []
    for turn in _turns(run.transcript):
        if turn[0].kind == "assistant":
            result.append({"role": "assistant", "content": read_assistant(text[turn[0].body.id])})
            continue
        results = [entry for entry in turn if entry.kind == "result"]
        others = [entry for entry in turn if entry.kind != "result"]
        order = _call_order(result)
        results.sort(key=lambda entry: order.get(entry.tool_use_id or "", len(order)))
        content: list[dict[str, Any]] = [
            {"type": "tool_result", "tool_use_id": e.tool_use_id, "content": [{"type": "text", "text": text[e.body.id]}]}
            for e in results
        ]
        for entry in others:
            key = (run.suffix, entry.body.id)
            if key not in known:
                known[key] = _block(entry, run.suffix, text[entry.body.id], written, marks)
            content.append({"type": "text", "text": known[key]})
        result.append({"role": "user", "content": content})
    return result


def _turns(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    turn: list[Entry] = []
    for entry in entries:
        if entry.kind == "assistant":
            if turn:
                yield turn
            yield [entry]
            turn = []
        else:
            turn.append(entry)
    if turn:
        yield turn


def _call_order(messages: Sequence[dict[str, Any]]) -> dict[str, int]:
    if not messages or messages[-1]["role"] != "assistant":
        return {}
    calls = [block["id"] for block in messages[-1]["content"] if block.get("type") == "tool_use"]
    return {call: index for index, call in enumerate(calls)}


def _block(entry: Entry, suffix: str, text: str, written: Mapping[BodyId, MessageSeen], marks: Marks) -> str:
    match entry.kind:
        case "context":
            return marks.context_block(suffix, text)
        case "input":
            message = written[entry.body.id]
            return marks.outside_block(suffix, origin=message.author, id=message.message, at=message.arrived_at, text=text)
        case "notice":
            return marks.notice_block(suffix, text)
        case "sent":
            return marks.sent_block(suffix, by=entry.by or "agent", text=text)
        case "steer":
            return marks.steer_block(suffix, text)
        case "assistant" | "result":
            raise AssertionError("handled by the caller")

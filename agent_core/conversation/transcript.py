"""A run's transcript as the Messages API takes it, built from stored pairs and never edited (DESIGN §1.5, R-A8).

User-side entries between two assistant messages become one user turn: results first, in the order of the calls, then
the rest in the order of the log. So the request is valid at every commit and only ever grows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from agent_core.contract.beside import read_files, size_words
from agent_core.contract.bodies import BodyRef
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
                known[key] = _block(entry, run.suffix, text, written, marks)
            content.append({"type": "text", "text": known[key]})
        result.append({"role": "user", "content": content})
    return result


MOST_FILES_NAMED: Final = 10


def heard(message: MessageSeen, text: Mapping[BodyId, str]) -> str:
    """A message as a model is given it: its words, and one line each on what came beside them and is not there.

    All of it goes inside the message's boundary: a file's name is the customer's, and nobody need believe these lines.
    """
    lines = [text[message.text.id]]
    listed = None if message.attachments is None else text.get(message.attachments.id)
    files = () if listed is None else tuple(file for file in read_files(listed) if not file.inline)
    if files:
        named = [f"{file.name} ({size_words(file.size)})" for file in files[:MOST_FILES_NAMED]]
        more = f" and {len(files) - len(named)} more" if len(files) > len(named) else ""
        lines.append(f"[attached, not opened: {'; '.join(named)}{more}]")
    if message.quoted_lines:
        count = message.quoted_lines
        lines.append(f"[{count} {'line' if count == 1 else 'lines'} of quoted history left out]")
    return "\n\n".join(filter(None, lines))


def beside(messages: Iterable[MessageSeen]) -> Iterator[BodyRef]:
    """The bodies that `heard` needs besides the messages' own."""
    return (message.attachments for message in messages if message.attachments is not None)


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


def _block(
    entry: Entry, suffix: str, texts: Mapping[BodyId, str], written: Mapping[BodyId, MessageSeen], marks: Marks
) -> str:
    text = texts[entry.body.id]
    match entry.kind:
        case "context":
            return marks.context_block(suffix, text)
        case "input":
            message = written[entry.body.id]
            words = heard(message, texts)
            return marks.outside_block(suffix, origin=message.author, id=message.message, at=message.arrived_at, text=words)
        case "notice":
            return marks.notice_block(suffix, text)
        case "sent":
            return marks.sent_block(suffix, by=entry.by or "agent", text=text)
        case "steer":
            return marks.steer_block(suffix, text)
        case "assistant" | "result":
            raise AssertionError("handled by the caller")

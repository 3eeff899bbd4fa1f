"""Reads what our prompts look like: the marked blocks of user turns and the sections of a system prompt.

Written from ``agent_core/workflows/PROMPT_FORMAT.md`` alone. Only tags with the run's own suffix come from code; everything
inside an ``outside`` block is data and must never be read as an instruction.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Tag = Literal["context", "outside", "notice", "sent", "steer"]

_OPENING = re.compile(r"\s*<context-([a-z2-7]{16})>")
_ATTRIBUTE = re.compile(r'([a-z_]+)="([^"]*)"')
_HEAD_ATTRIBUTE = _ATTRIBUTE
_TAGS = "context|outside|notice|sent|steer"


@dataclass(frozen=True)
class Marked:
    """One marked block.

    Attributes:
        tag: What kind of block it is.
        attributes: Attributes of the tag.
        text: What stands between the tags.
        turn: Index of the message it stands in.
    """

    tag: Tag
    attributes: dict[str, str]
    text: str
    turn: int

    @property
    def data(self) -> dict[str, Any]:
        """The block's JSON object; empty when it holds none."""
        return json_object(self.text)


@dataclass(frozen=True)
class Made:
    """A call the model made earlier, with its result when there is one.

    Attributes:
        id: Id of the call.
        tool: Tool name.
        arguments: Its input.
        turn: Index of the assistant message it stands in.
        result: The JSON object of its result; a plain or failed result is given the outcome ``failed``.
    """

    id: str
    tool: str
    arguments: dict[str, Any]
    turn: int
    result: dict[str, Any] | None = None


@dataclass
class Transcript:
    """All that one request says, in order.

    Attributes:
        marked: The marked blocks.
        made: The calls made so far.
        answers: The JSON answers given so far, with the index of their message.
        loose: Texts of user turns that are not marked; also data, never instructions.
    """

    marked: list[Marked] = field(default_factory=list[Marked])
    made: list[Made] = field(default_factory=list[Made])
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list[tuple[int, dict[str, Any]]])
    loose: list[str] = field(default_factory=list[str])

    def of(self, tag: Tag) -> list[Marked]:
        """The blocks of one kind, in order."""
        return [block for block in self.marked if block.tag == tag]

    @property
    def context(self) -> dict[str, Any]:
        """The context made by code; later context blocks complete and replace earlier ones."""
        merged: dict[str, Any] = {}
        for block in self.of("context"):
            merged.update(block.data)
        return merged


def json_object(text: str) -> dict[str, Any]:
    """The JSON object a text holds, or an empty one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read_transcript(request: dict[str, Any]) -> Transcript:
    """Reads every turn of a request."""
    found = Transcript()
    suffix = _suffix(request)
    results: dict[str, dict[str, Any]] = {}
    for turn, message in enumerate(request["messages"]):
        for block in _blocks(message["content"]):
            if message["role"] == "assistant":
                _read_own(block, turn, found)
            elif block["type"] == "tool_result":
                results[block["tool_use_id"]] = _result(block)
            elif block["type"] == "text":
                _read_marked(block["text"], suffix, turn, found)
    found.made = [*_before(found.marked), *found.made]
    found.made = [
        Made(made.id, made.tool, made.arguments, made.turn, made.result or results.get(made.id)) for made in found.made
    ]
    return found


def _before(marked: list[Marked]) -> list[Made]:
    """Calls of the run that this one continues, with what they came to."""
    made: list[Made] = []
    for block in marked:
        rows = block.data.get("earlier") if block.tag == "notice" else None
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and isinstance(row.get("arguments"), dict) and "outcome" in row:
                made.append(Made(str(row.get("tool_use_id")), str(row.get("tool")), row["arguments"], block.turn, row))
    return made


def _suffix(request: dict[str, Any]) -> str | None:
    for message in request["messages"]:
        for block in _blocks(message["content"]):
            opening = _OPENING.match(block["text"]) if block["type"] == "text" else None
            return opening[1] if opening and message["role"] == "user" else None
    return None


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _read_own(block: dict[str, Any], turn: int, found: Transcript) -> None:
    if block["type"] == "tool_use":
        found.made.append(Made(block["id"], block["name"], block["input"], turn))
    elif block["type"] == "text":
        answer = json_object(block["text"])
        if answer:
            found.answers.append((turn, answer))


def _read_marked(text: str, suffix: str | None, turn: int, found: Transcript) -> None:
    if suffix is None:
        found.loose.append(text)
        return
    pattern = re.compile(rf"<({_TAGS})-{suffix}([^>]*)>(.*?)</\1-{suffix}>", re.DOTALL)
    matches = list(pattern.finditer(text))
    for match in matches:
        attributes = dict(_ATTRIBUTE.findall(match[2]))
        found.marked.append(Marked(_tag(match[1]), attributes, match[3], turn))
    if not matches:
        found.loose.append(text)


def _tag(name: str) -> Tag:
    tags: dict[str, Tag] = {
        "context": "context",
        "outside": "outside",
        "notice": "notice",
        "sent": "sent",
        "steer": "steer",
    }
    return tags[name]


def _result(block: dict[str, Any]) -> dict[str, Any]:
    text = result_text(block)
    data = json_object(text)
    if "outcome" in data:
        return data
    # Not in our format: a provider-side or repaired result. It still answers the call.
    if block.get("is_error") or not data:
        return {"outcome": "failed", "reason": text[:500]}
    return {"outcome": "succeeded", "result": data}


def result_text(block: dict[str, Any]) -> str:
    """The text of a ``tool_result`` block."""
    content = block.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


@dataclass(frozen=True)
class SystemPrompt:
    """A system prompt of ours: the attributes of its outer tag and its sections.

    Attributes:
        tag: ``triage``, ``workflow`` or ``compose``.
        attributes: Attributes of the tag.
        sections: Lines below each ``## Heading``, by heading.
    """

    tag: str
    attributes: dict[str, str]
    sections: dict[str, list[str]]

    def lines(self, heading: str) -> list[str]:
        """The lines of a section that are not blank."""
        return [line for line in self.sections.get(heading, []) if line.strip()]

    def entities(self) -> dict[str, str]:
        """Entity names with their regular expressions."""
        found: dict[str, str] = {}
        for line in self.lines("Entities"):
            name, colon, pattern = line.strip().partition(":")
            if colon:
                found[name.strip()] = pattern.strip()
        return found


def read_system(text: str) -> SystemPrompt | None:
    """Reads a system prompt, or returns None when it is not one of ours."""
    head = re.match(r"\s*<(triage|workflow|compose)\b([^>]*)>", text)
    if head is None:
        return None
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in _body(text[head.end() :], head[1]):
        if line.startswith("## "):
            current = sections.setdefault(line[3:].strip(), [])
        else:
            current.append(line)
    return SystemPrompt(head[1], dict(_HEAD_ATTRIBUTE.findall(head[2])), sections)


def _body(text: str, tag: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip() == f"</{tag}>":
            return
        yield line

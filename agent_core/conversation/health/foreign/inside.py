"""Finds the transcript in what somebody has: a record of a log, a batch, a recording of a browser, a wrapper of their own.

Why: on-call is rarely handed the request itself. Exactly one transcript is taken, and its place is said; several are listed
and none is guessed. What is no transcript at all, though it looks like one, is named: an answer, an error, a checkpoint
whose messages are kept elsewhere. It must never look at more than a bounded number of places.
"""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from agent_core.conversation.health.findings import shown
from agent_core.conversation.health.foreign.detect import CHANNELS, holds_items, is_item, list_at
from agent_core.conversation.health.foreign.file import Unreadable, stream_of_events
from agent_core.conversation.health.foreign.langgraph import kind_of_item
from agent_core.conversation.health.view import Json

_MOST_PLACES: Final = 300_000
_MOST_TEXT: Final = 16 * 1024 * 1024
_MOST_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class Located:
    """A transcript, and where in the file it stands: names and numbers with dots; empty when it is the file itself."""

    value: Json
    at: str


def located(value: Json, at: str | None = None) -> Located:
    """The transcript in a value.

    Args:
        value: What a file holds.
        at: Where it stands, when somebody has said so.

    Raises:
        Unreadable: `no_such_place`, `several_transcripts`, `stream_of_events`, `error_answer`, `answer_only`,
            `messages_elsewhere`, `unknown_form`.
    """
    _refuse_events(value)
    there = _located(value, at)
    _refuse_events(there.value)
    _refuse_several(there.value)
    _refuse_other_forms(there.value)
    return there


def _located(value: Json, at: str | None) -> Located:
    if at:
        return Located(_follow(value, at), at)
    if is_transcript(value):
        return Located(value, "")
    found = list(_inside(value))
    if not found:
        _refuse(value)
        _refuse_records(value)
        return Located(value, "")
    if len(found) > 1:
        named = ", ".join(each.at for each in found[:_MOST_NAMED])
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        sentence = (
            f"The file holds {len(found)} transcripts, at {shown_path(named)}{more}: say which one (--at) or take it out."
        )
        raise Unreadable("several_transcripts", sentence)
    return found[0]


def shown_path(path: str) -> str:
    """A path as it may stand in a sentence."""
    return ascii(path[:600])[1:-1]


def is_transcript(value: Json) -> bool:
    """Whether a value can be read as a transcript as it stands."""
    if isinstance(value, list):
        items = cast("list[Json]", value)
        return any(_is_message(item) for item in items) and not _requests(items)
    if not isinstance(value, dict):
        return False
    fields = cast("Mapping[str, Json]", value)
    wrapped = fields.get("request")
    if isinstance(wrapped, dict) and isinstance(cast("Mapping[str, Json]", wrapped).get("messages"), list):
        return True
    held = (list_at(fields, path) for path in CHANNELS)
    return any(each is not None and not _is_nested(each) for each in held) or holds_items(fields)


def _is_nested(messages: list[Json]) -> bool:
    """Messages one list deeper than they should be: how runs of chains are recorded."""
    return bool(messages) and all(isinstance(each, list) and kind_of_item(each) is None for each in messages)


def _requests(items: list[Json]) -> bool:
    return any(
        isinstance(item, dict) and isinstance(cast("Mapping[str, Json]", item).get("messages"), list) for item in items
    )


def _is_message(item: Json) -> bool:
    if not isinstance(item, dict):
        return kind_of_item(item) is not None
    fields = cast("Mapping[str, Json]", item)
    inner = fields.get("message")
    wrapped = isinstance(inner, dict) and "role" in inner
    said = "role" in fields and ("content" in fields or "tool_calls" in fields or "function_call" in fields)
    return wrapped or said or "lc" in fields or is_item(item) or fields.get("type") in ("human", "ai", "tool")


def _inside(value: Json) -> Iterator[Located]:
    """Every transcript inside a value, the outermost first; a text that holds JSON is looked into once."""
    waiting: deque[tuple[Json, str, bool]] = deque([(value, "", False)])
    for _ in range(_MOST_PLACES):
        if not waiting:
            return
        item, at, written = waiting.popleft()
        if (at or written) and is_transcript(item):
            yield Located(item, at)
        elif isinstance(item, dict):
            fields = cast("Mapping[str, Json]", item)
            # What a model has answered is no conversation.
            within = ((name, inner) for name, inner in fields.items() if name != "choices")
            waiting.extend((inner, f"{at}.{name}" if at else str(name), written) for name, inner in within)
        elif isinstance(item, list):
            items = cast("list[Json]", item)
            waiting.extend((inner, f"{at}.{index}" if at else str(index), written) for index, inner in enumerate(items))
        elif isinstance(item, str) and not written and (inner := _written(item)) is not None:
            waiting.append((inner, at, True))


def _written(text: str) -> Json:
    """The JSON value a text holds, when it may hold a transcript."""
    begins = text[:64].lstrip()[:1] in ("{", "[")
    if not begins or len(text) > _MOST_TEXT or ('"messages"' not in text and '"input"' not in text and '"role"' not in text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _follow(value: Json, at: str) -> Json:
    for step in at.split("."):
        if isinstance(value, str):
            value = _written(value)
        if isinstance(value, dict) and step in value:
            value = cast("Mapping[str, Json]", value)[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(cast("list[Json]", value)):
            value = cast("list[Json]", value)[int(step)]
        else:
            raise Unreadable("no_such_place", f"There is nothing at {shown_path(at)}.")
    return _written(value) if isinstance(value, str) else value


_EVENTS: Final = frozenset(
    ["message_start", "message_delta", "message_stop", "content_block_start", "content_block_delta", "content_block_stop"]
)


def _refuse_events(value: Json) -> None:
    """Names the events of a stream, kept as they came: read as messages, half an answer would be a whole one."""
    items = cast("list[Json]", value) if isinstance(value, list) else []
    if items and all(map(_is_event, items)):
        raise stream_of_events()


def _is_event(item: Json) -> bool:
    fields = cast("Mapping[str, Json]", item) if isinstance(item, dict) else {}
    kind = fields.get("type")
    named = isinstance(kind, str) and (kind in _EVENTS or kind == "ping" or kind.startswith("response."))
    return named or fields.get("object") == "chat.completion.chunk"


_OF_WHICH: Final = ("conversation_id", "conversationId", "session_id", "sessionId", "thread_id", "threadId")


def _refuse_several(value: Json) -> None:
    """Names a log of several conversations: read as one, a customer's words would stand among another's."""
    items = cast("list[Json]", value) if isinstance(value, list) else []
    records = [cast("Mapping[str, Json]", item) for item in items if isinstance(item, dict) and _is_message(item)]
    for name in _OF_WHICH:
        several = {told for record in records if isinstance(told := record.get(name), str)}
        if len(several) > 1:
            sentence = f"The file holds records of {len(several)} conversations, by their {name}: bring those of one."
            raise Unreadable("several_transcripts", sentence)


def _refuse_records(value: Json) -> None:
    """Names records that hold no message at all: read as messages they would be empty, and a repair would empty them."""
    items = cast("list[Json]", value) if isinstance(value, list) else []
    if items and all(isinstance(item, dict) and not {"role", "content"} & item.keys() for item in items):
        raise Unreadable("unknown_form", "These records hold no messages of a form that is read here.")


def _refuse_other_forms(value: Json) -> None:
    """Names forms that are not read here. Read as another they would be called empty, and a repair would empty them."""
    fields = cast("Mapping[str, Json]", value) if isinstance(value, dict) else {}
    lists = [list_at(value, path) for path in (*CHANNELS, ("contents",))]
    held = next((each for each in lists if each is not None), value)
    items = cast("list[Json]", held) if isinstance(held, list) else []
    messages = [cast("Mapping[str, Json]", item) for item in items if isinstance(item, dict)]
    if any(isinstance(each.get("parts"), list) and "content" not in each for each in messages):
        raise _unknown("have parts, as an interface or another provider keeps them", "what was sent to the model")
    contents = (cast("list[Json]", each["content"]) for each in messages if isinstance(each.get("content"), list))
    blocks = [cast("Mapping[str, Json]", block) for content in contents for block in content if isinstance(block, dict)]
    if any("type" not in block and ("toolUse" in block or "toolResult" in block) for block in blocks):
        raise _unknown("are kept in the form of Bedrock Converse", "the same conversation as a request of the Messages API")
    if any(block.get("type") in ("tool-call", "tool-result") and "toolCallId" in block for block in blocks):
        raise _unknown("have calls as parts of a library between you and the provider", "what was sent to the model")
    if any(_is_message(item) or not isinstance(item, dict) or "role" in item for item in items):
        return
    if messages and any(name in fields for name in ("checkpoint", "channel_values")):
        raise _messages_elsewhere()
    if messages and all(isinstance(each.get("type"), str) for each in messages):
        raise _unknown("have no role and are of no kind known here", "what was sent to the model")


def _unknown(what: str, bring: str) -> Unreadable:
    return Unreadable("unknown_form", f"These messages {what}; that form is not read here. Bring {bring}.")


_PLACE: Final = re.compile(r"messages\.\d+(?:\.content\.\d+)?")


def _refuse(value: Json) -> None:
    """Names what is often taken for a transcript, and is none."""
    items = cast("list[Json]", value) if isinstance(value, list) else [value]
    only = items[0] if len(items) == 1 else None
    if not isinstance(only, dict):
        return
    fields = cast("Mapping[str, Any]", only)
    error = fields.get("error")
    if isinstance(error, dict) and ("message" in error or "type" in error):
        told = cast("Mapping[str, Any]", error)
        said = told.get("message")
        place = _PLACE.search(said) if isinstance(said, str) else None
        where = f" It points at {place.group()} of the request." if place is not None else ""
        sentence = f"This is an error that an API has answered ({shown(told.get('type') or told.get('code'))})."
        raise Unreadable("error_answer", f"{sentence}{where} Diagnose the request that was sent.")
    if isinstance(fields.get("choices"), list) or (fields.get("type") == "message" and "content" in fields):
        sentence = "This is one answer of a model. Diagnose the request it answers, or the whole conversation."
        raise Unreadable("answer_only", sentence)
    if _keeps_messages_elsewhere(fields):
        raise _messages_elsewhere()


def _messages_elsewhere() -> Unreadable:
    sentence = "This is a checkpoint whose messages are kept beside it, or packed as msgpack: what they say is not in this "
    return Unreadable("messages_elsewhere", f"{sentence}file. Export the state of the thread with its values as JSON.")


def _keeps_messages_elsewhere(fields: Mapping[str, Any]) -> bool:
    inner = fields.get("checkpoint")
    if isinstance(inner, dict):
        return _keeps_messages_elsewhere(cast("Mapping[str, Any]", inner))
    if fields.get("type") == "msgpack" or isinstance(inner, str):
        return True
    versions, values = fields.get("channel_versions"), fields.get("channel_values")
    if not isinstance(versions, dict) and not isinstance(values, dict):
        return False
    named = isinstance(versions, dict) and "messages" in versions
    packed = cast("Mapping[str, Any]", values).get("messages") if isinstance(values, dict) else None
    return named or isinstance(packed, str | dict)

"""Requests of the Messages API as they are handed around: bare, wrapped, as a list of messages.

Stored answers of the API say how they ended; that is read, and is no fault in a transcript.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.draft import Draft, Passage
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.health.foreign.transcript import Item, Transcript
from agent_core.conversation.health.view import Json

MOST_EXPANDED: Final = 64 * 1024 * 1024


def read_request(body: Json, meta: Mapping[str, Any] | None = None) -> Transcript:
    """A request body; `meta` is what its wrapper says of it."""
    told = meta or {}
    messages = cast("Item", body).get("messages") if isinstance(body, dict) else None
    ended = stops(cast("Sequence[Json]", messages) if isinstance(messages, list) else ())
    for name, each in told.items():
        head, _, index = str(name).partition(".")
        if head == "messages" and index.isdigit() and isinstance(each, dict):
            stop = cast("Item", each).get("stop_reason")
            if isinstance(stop, str):
                ended[int(index)] = stop
    aside = Aside(stop_reasons=ended, prefix_changed=bool(told.get("prefix_changed")))
    return Transcript("messages", body, aside, lambda message, block: (message, block), lambda _, healed: healed)


def read_messages(items: Sequence[Json], put_back: Callable[[list[Json]], Json]) -> Transcript:
    """A list of messages.

    Args:
        items: The messages.
        put_back: Takes a list of items and answers the whole original with that list in its place.
    """
    body: dict[str, Any] = {"messages": [sent(message) for message in items]}
    aside = Aside(stop_reasons=stops(items), form="transcript")

    def written(passage: Passage) -> Json:
        new, item = passage.written(), None if passage.at is None else items[passage.at]
        if not passage.touched:
            return item
        # What only a stored answer says stays with it.
        return {**cast("Item", item), **new} if isinstance(item, dict) else new

    def write(draft: Draft, healed: Json) -> Json:
        del healed
        return put_back([written(passage) for passage in draft.passages])

    return Transcript("messages", body, aside, lambda message, block: (message, block), write)


_OF_ANSWERS: Final = frozenset(
    ("id", "model", "type", "stop_reason", "stop_sequence", "stop_details", "usage", "container", "context_management")
)


def sent(message: Json) -> Json:
    """A stored answer as it would be sent: without what only an answer says."""
    if not isinstance(message, dict) or not _OF_ANSWERS & message.keys():
        return message
    return {name: value for name, value in cast("Item", message).items() if name not in _OF_ANSWERS}


def stops(messages: Sequence[Json]) -> dict[int, str]:
    """How stored answers ended, by the index of the message."""
    found: dict[int, str] = {}
    for index, message in enumerate(messages):
        stop = cast("Item", message).get("stop_reason") if isinstance(message, dict) else None
        if isinstance(stop, str):
            found[index] = stop
    return found


def expanded(example: Item) -> Json:
    """The request of a recorded example, its long texts written out; unchanged where the rules make no sense."""
    request = example.get("request")
    rules = example.get("expand")
    for rule in cast("list[Json]", rules) if isinstance(rules, list) else []:
        fields = cast("Item", rule) if isinstance(rule, dict) else {}
        path, text, times = fields.get("path"), fields.get("append"), fields.get("times")
        if isinstance(path, list) and path and isinstance(text, str) and isinstance(times, int):
            request = _appended(request, cast("list[Json]", path), text * min(times, MOST_EXPANDED // max(len(text), 1)))
    return request


def _appended(value: Json, path: Sequence[Json], text: str) -> Json:
    if not path:
        return value + text if isinstance(value, str) else value
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        return {**cast("Item", value), step: _appended(cast("Item", value)[step], rest, text)}
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(cast("list[Json]", value)):
        items = list(cast("list[Json]", value))
        items[step] = _appended(items[step], rest, text)
        return items
    return value

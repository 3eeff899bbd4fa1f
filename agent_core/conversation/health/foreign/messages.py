"""Requests of the Messages API as they are handed around: bare, wrapped, as a list of messages, as lines of a session.

Stored answers of the API say how they ended; that is read, and is no fault in a transcript.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.draft import Draft
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.health.foreign.transcript import Item, Transcript
from agent_core.conversation.health.view import Json

MOST_EXPANDED: Final = 64 * 1024 * 1024


def read_request(body: Json, meta: Mapping[str, Any] | None = None) -> Transcript:
    """A request body; `meta` is what its wrapper says of it."""
    told = meta or {}
    messages = cast("Item", body).get("messages") if isinstance(body, dict) else None
    stops = _stops(cast("Sequence[Json]", messages) if isinstance(messages, list) else ())
    for name, each in told.items():
        head, _, index = str(name).partition(".")
        if head == "messages" and index.isdigit() and isinstance(each, dict):
            stop = cast("Item", each).get("stop_reason")
            if isinstance(stop, str):
                stops[int(index)] = stop
    aside = Aside(stop_reasons=stops, prefix_changed=bool(told.get("prefix_changed")))
    return Transcript("messages", body, aside, lambda message, block: (message, block), lambda _, healed: healed)


def read_messages(items: Sequence[Json], put_back: Callable[[list[Json]], Json], unwrap: bool = False) -> Transcript:
    """A list of messages, or of records each of which holds one.

    Args:
        items: Messages, or records with a `message`; records without one are kept and not judged.
        put_back: Takes a list of items and answers the whole original with that list in its place.
        unwrap: The items are records.
    """
    places = [index for index, item in enumerate(items) if not unwrap or _inner(item) is not None]
    messages = [_inner(items[index]) if unwrap else items[index] for index in places]
    body: dict[str, Any] = {"messages": [_sent(message) for message in messages]}
    aside = Aside(stop_reasons=_stops(messages), form="transcript")

    def place(message: int | None, block: int | None) -> tuple[int | None, int | None]:
        return (None if message is None else places[message]), block

    def write(draft: Draft, healed: Json) -> Json:
        del healed
        if not draft.changes:
            return put_back(list(items))
        result: list[Json] = []
        done = 0
        for passage in draft.passages:
            if passage.at is not None:
                # Records that hold no message stay where they stood.
                result.extend(item for item in items[done : places[passage.at]] if unwrap and _inner(item) is None)
                done = max(done, places[passage.at] + 1)
            new = passage.written()
            if passage.at is None:
                result.append({"message": new} if unwrap else new)
            elif not passage.touched and new is body["messages"][passage.at]:
                result.append(items[places[passage.at]])
            else:
                result.append({**cast("Item", items[places[passage.at]]), "message": new} if unwrap else new)
        result.extend(item for item in items[done:] if unwrap and _inner(item) is None)
        return put_back(result)

    return Transcript("messages", body, aside, place, write)


def _inner(item: Json) -> Json:
    message = cast("Item", item).get("message") if isinstance(item, dict) else None
    return message if isinstance(message, dict) and "role" in message else None


_OF_ANSWERS: Final = frozenset(
    ("id", "model", "type", "stop_reason", "stop_sequence", "stop_details", "usage", "container", "context_management")
)


def _sent(message: Json) -> Json:
    """A stored answer as it would be sent: without what only an answer says."""
    if not isinstance(message, dict) or not _OF_ANSWERS & message.keys():
        return message
    return {name: value for name, value in cast("Item", message).items() if name not in _OF_ANSWERS}


def _stops(messages: Sequence[Json]) -> dict[int, str]:
    stops: dict[int, str] = {}
    for index, message in enumerate(messages):
        stop = cast("Item", message).get("stop_reason") if isinstance(message, dict) else None
        if isinstance(stop, str):
            stops[index] = stop
    return stops


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

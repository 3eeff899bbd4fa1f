"""Requests with everything the API takes beside words and calls, and ways of spoiling any place of them by chance.

Nothing here breaks a signature on purpose: whether thinking fits its prefix only the provider can see.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.conversation.health.healthy import Body, copy, healthy, picture

MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
SEARCHED = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
PAGE = {"type": "web_search_result", "url": "https://x", "title": "t", "encrypted_content": "e"}
PAGES = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [PAGE]}
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "terms"}, "title": "t"}
SEARCH = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]}
UPLOAD = {"type": "container_upload", "file_id": "file_1"}
CITATION = {"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": None}
CITING = {"type": "text", "text": "x", "citations": [{**CITATION, "start_char_index": 0, "end_char_index": 1}]}
SHOWN = [
    DOCUMENT,
    SEARCH,
    UPLOAD,
    picture(),
    {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
    {"type": "document", "source": {"type": "file", "file_id": "f"}},
    {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2.5, "", " ", "x", "1h", "5m", "tool_result", "assistant", "user", "system", [], {}, ["x"],
    [{}], {"type": "text", "text": "x"}, {"type": "text"}, [{"type": "text", "text": "x"}], [{"type": "text", "text": ""}],
    MARK, HOUR, {"a": None}, picture(), DOCUMENT, SEARCH, "toolu_1", "srvtoolu_1",
]  # fmt: skip
NAMES = ("x", "cache_control", "citations", "is_error", "type", "name", "id")


def rich(random: Random) -> Body:
    """A request both readers take."""
    body = copy(healthy(random))
    messages: list[Body] = body["messages"]
    for message in messages:
        if isinstance(message["content"], str) and random.random() < 0.7:
            message["content"] = [{"type": "text", "text": message["content"]}]
    last = messages[-1]
    if last["role"] == "user" and isinstance(last["content"], list):
        if random.random() < 0.5:
            last["content"].append(copy(random.choice(SHOWN)))
        if random.random() < 0.3:
            last["content"][-1]["cache_control"] = dict(MARK)
        if random.random() < 0.3:
            messages.append({"role": "assistant", "content": [copy(SEARCHED), copy(PAGES), copy(CITING)]})
            messages.append({"role": "user", "content": [{"type": "text", "text": "ok"}]})
    if random.random() < 0.3:
        body["tools"][0]["cache_control"] = random.choice([dict(MARK), dict(HOUR)])
    if random.random() < 0.2 and '"thinking"' not in json.dumps(body):
        body["tools"][-1]["defer_loading"] = True
    for name, value in (
        ("tool_choice", {"type": "auto", "disable_parallel_tool_use": True}), ("metadata", {"user_id": "u"}),
        ("output_config", {"effort": "low"}), ("service_tier", "auto"), ("stop_sequences", ["END"]),
    ):  # fmt: skip
        if random.random() < 0.25:
            body[name] = value
    return body


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value: its holder and its name or number."""
    stack = [value]
    while stack:
        item = stack.pop()
        keys: list[Any] = list(item) if isinstance(item, dict) else list(range(len(item))) if isinstance(item, list) else []
        for key in keys:
            yield item, key
            stack.append(item[key])


def spoil(body: Body, random: Random) -> None:
    """Changes one place of a body: another value, nothing, twice the same, a field more, or what stands elsewhere."""
    found = list(places(body))
    holder, key = random.choice(found)
    how = random.random()
    if how < 0.5:
        holder[key] = copy(random.choice(VALUES))
    elif how < 0.7:
        del holder[key]
    elif how < 0.82 and isinstance(holder, list):
        holder.insert(key, copy(holder[key]))
    elif how < 0.92 and isinstance(holder, dict):
        holder[random.choice(NAMES)] = copy(random.choice(VALUES))
    else:
        other, there = random.choice(found)
        holder[key] = copy(other[there])

"""LangGraph's side of the kills: its graph, a model that obeys the Messages API's rules, and a world in a file.

The application around it does what its documentation shows: `invoke` with the customer's message and the thread's id.
`restart` does nothing more than start, because there is nothing that would go on by itself: no worker, no queue, no lease.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_core.sandbox.messages.problems import ApiProblem
from agent_core.sandbox.messages.rules import check_request
from tests.bench.peers.langgraph_peer import Doing, Graph, Message, TurnState, calls_of

THREAD = "thread_1"
FIRST: Message = {"role": "user", "content": [{"type": "text", "text": "Please refund 10 EUR of order NW-10002."}]}
AGAIN: Message = {"role": "user", "content": [{"type": "text", "text": "Hello? Is anybody there?"}]}
CALLS = (
    ("get_order", {"order_id": "NW-10002"}),
    ("list_payments", {"order_id": "NW-10002"}),
    ("refund_payment", {"payment_id": "pay_1", "amount_minor": 1000, "currency": "EUR", "reason": "asked"}),
)


@dataclass(frozen=True)
class Found:
    """What the world and the thread look like."""

    refunds: int
    replies: tuple[str, ...]
    poisoned: bool


class World:
    """Shop and channel, in a file. Each does what it is asked once per idempotency key."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "world.sqlite", isolation_level=None)
        self._connection.execute("CREATE TABLE IF NOT EXISTS done(kind TEXT, key TEXT, text TEXT, PRIMARY KEY(kind, key))")

    def do(self, kind: str, key: str, text: str) -> None:
        """Does it, once per key."""
        self._connection.execute("INSERT OR IGNORE INTO done VALUES(?, ?, ?)", (kind, key, text))

    def texts(self, kind: str) -> tuple[str, ...]:
        """What was done of a kind, in order."""
        rows = self._connection.execute("SELECT text FROM done WHERE kind = ? ORDER BY rowid", (kind,))
        return tuple(text for (text,) in rows)


def refused(messages: list[Message]) -> bool:
    """Whether the Messages API would refuse these messages, by the sandbox's copy of its rules."""
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1000,
        "messages": messages,
        "tools": [
            {"name": name, "description": name, "input_schema": {"type": "object", "additionalProperties": True}}
            for name, _ in CALLS
        ],
    }
    try:
        check_request(json.loads(json.dumps(body)), {"anthropic-version": "2026-10-21"})
    except ApiProblem:
        return True
    return False


class BadRequest(Exception):
    """HTTP 400."""


def graph(folder: Path, happened: Callable[[], None]) -> Graph:
    """The graph on its file; `happened` is called right after each effect."""
    world = World(folder)

    def triage(_: TurnState) -> list[Mapping[str, Any]]:
        happened()
        return [{"type": "text", "text": "refund"}]

    def model(state: TurnState) -> Message:
        messages = state["messages"]
        if refused(messages):
            raise BadRequest
        called = [call["name"] for message in messages if message["role"] == "assistant" for call in calls_of(message)]
        number = len(called)
        happened()
        if number < len(CALLS):
            name, arguments = CALLS[number]
            block = {"type": "tool_use", "id": f"toolu_{len(messages)}", "name": name, "input": arguments}
            return {"role": "assistant", "content": [block]}
        asked = sum(message["role"] == "user" and message["content"][0]["type"] == "text" for message in messages)
        return {"role": "assistant", "content": [{"type": "text", "text": f"10 EUR are on their way. (answer {asked})"}]}

    def tools(state: TurnState) -> Message:
        results: list[dict[str, Any]] = []
        for call in calls_of(state["messages"][-1]):
            world.do(call["name"], f"{THREAD}/{call['id']}", json.dumps(call["input"]))
            happened()
            results.append({"type": "tool_result", "tool_use_id": call["id"], "content": "done"})
        return {"role": "user", "content": results}

    def reply(state: TurnState) -> str:
        text = state["messages"][-1]["content"][0]["text"]
        world.do("reply", f"{THREAD}/reply/{len(state['messages'])}", text)
        happened()
        return text

    return Graph(folder / "graph.sqlite", Doing(triage, model, tools, reply))


def nothing() -> None:
    """Nobody dies."""


def first(folder: Path, happened: Callable[[], None]) -> None:
    """The customer's first message."""
    graph(folder, happened).turn(THREAD, [FIRST])


def restart(folder: Path) -> None:
    """The process is back."""
    graph(folder, nothing)


def write_again(folder: Path) -> None:
    """The customer writes again; a refused request is the end of it, now and each time."""
    made = graph(folder, nothing)
    try:
        made.turn(THREAD, [AGAIN])
    except BadRequest:
        return


def look(folder: Path) -> Found:
    """What happened, and whether one more message of the customer's would be refused."""
    world = World(folder)
    messages = graph(folder, nothing).messages(THREAD)
    return Found(len(world.texts("refund_payment")), world.texts("reply"), refused([*messages, AGAIN]))

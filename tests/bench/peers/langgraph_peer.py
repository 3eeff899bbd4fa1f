"""The bench's turn as a LangGraph graph with its SQLite checkpointer: by its documentation, nothing slow on purpose.

Same model answers, same tool results, same reply, the same shop; `durability="sync"`: each step is on disk before the next
begins. Of its two savers the quicker one is used (`SqliteSaver` with `invoke`; that on aiosqlite took longer), and messages
are plain dictionaries.
"""

import importlib
import importlib.metadata
import importlib.util
import operator
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

NEEDED = ("langgraph", "langgraph.checkpoint.sqlite")
Synchronous = Literal["FULL", "NORMAL"]
Message = dict[str, Any]


def missing() -> str:
    """Why there is nothing to measure; empty when there is."""
    try:
        found = all(importlib.util.find_spec(name) is not None for name in NEEDED)
    except ModuleNotFoundError:
        found = False
    return "" if found else "LangGraph is not installed here: `make bench` sets it up where the package index can be reached"


def version() -> str:
    """Which LangGraph this is."""
    return importlib.metadata.version("langgraph")


class TurnState(TypedDict):
    """What the graph carries from node to node, and its saver stores."""

    messages: Annotated[list[Message], operator.add]
    triage: list[Mapping[str, Any]]
    reply: str


@dataclass(frozen=True)
class Doing:
    """What the nodes do; each answers what enters the state."""

    triage: Callable[[TurnState], list[Mapping[str, Any]]]
    model: Callable[[TurnState], Message]
    tools: Callable[[TurnState], Message]
    reply: Callable[[TurnState], str]


@dataclass
class Graph:
    """A compiled graph on one database file."""

    path: Path
    doing: Doing
    synchronous: Synchronous = "FULL"
    _connection: sqlite3.Connection = field(init=False)
    _graph: Any = field(init=False)

    def __post_init__(self) -> None:
        graphs: Any = importlib.import_module("langgraph.graph")
        savers: Any = importlib.import_module("langgraph.checkpoint.sqlite")
        doing = self.doing
        nodes: dict[str, Callable[[TurnState], dict[str, Any]]] = {
            "triage": lambda state: {"triage": doing.triage(state)},
            "model": lambda state: {"messages": [doing.model(state)]},
            "tools": lambda state: {"messages": [doing.tools(state)]},
            "reply": lambda state: {"reply": doing.reply(state)},
        }
        made = graphs.StateGraph(TurnState)
        for name, node in nodes.items():
            made.add_node(name, node)
        made.add_edge(graphs.START, "triage")
        made.add_edge("triage", "model")
        made.add_conditional_edges("model", _next, ["tools", "reply"])
        made.add_edge("tools", "model")
        made.add_edge("reply", graphs.END)
        self._connection = sqlite3.connect(self.path, check_same_thread=False)
        saver = savers.SqliteSaver(self._connection)
        saver.setup()
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={self.synchronous}")
        self._graph = made.compile(checkpointer=saver)

    def turn(self, thread: str, words: Sequence[Message] | None) -> dict[str, Any]:
        """A whole turn; `None` goes on with what was interrupted, which somebody has to ask for."""
        given = None if words is None else {"messages": list(words)}
        result: dict[str, Any] = self._graph.invoke(given, _of(thread), durability="sync")
        return result

    def messages(self, thread: str) -> list[Message]:
        """What the thread's newest checkpoint holds."""
        values: dict[str, Any] = self._graph.get_state(_of(thread)).values
        return values.get("messages", [])

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()


def _of(thread: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread}, "recursion_limit": 50}


def _next(state: TurnState) -> str:
    return "tools" if calls_of(state["messages"][-1]) else "reply"


def calls_of(message: Message) -> list[Mapping[str, Any]]:
    """The tool calls of an assistant message."""
    return [block for block in message["content"] if block["type"] == "tool_use"]

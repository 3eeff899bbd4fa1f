"""The same turn by LangGraph with its SQLite checkpointer, in turns with ours; and the same kills (issue 4, item 10).

Same model answers, same tool results, same shop, same reply; its saver has less to store, for it keeps no record of the
requests. Interleaved rounds in one process, both files on one disk, at the same `synchronous`.

What is not alike, and is left so: ours asks policy about every call and the shop about what it gave before, checks each
request and reply and each text from outside, and chains what it writes; the graph does none of that, writes 21 transactions
where ours writes 12, and runs synchronous code. Both go through the same stand-ins.
"""

import json
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tests.bench.bench_turn import Floor
from tests.bench.figure import Figure, alternating
from tests.bench.peers import kills
from tests.bench.peers.langgraph_peer import Doing, Graph, Message, TurnState, calls_of, missing, version
from tests.bench.turns import Core, Learned, Synchronous, learn

TURNS = 30


class GraphTurns:
    """One thread after the other on one graph."""

    def __init__(self, path: Path, learned: Learned, core: Core, synchronous: Synchronous) -> None:
        """Takes the world of a core of its own: the tools are ours, driven by hand."""
        self._learned = learned
        self._core = core
        self._number = 0
        self._about = core.bought[0]
        self._replies: list[str] = []
        read = [message for message in learned.asked if message["role"] == "user"]
        self._first, self._results = json.dumps(read[0]), [json.dumps(message) for message in read[1:]]
        doing = Doing(triage=lambda _: self._said(0), model=self._model, tools=self._tools, reply=self._reply)
        self._graph = Graph(path, doing, synchronous)

    def one(self) -> None:
        """A whole turn, from the message to the reply."""
        self._about = self._core.bought[self._number % len(self._core.bought)]
        self._number += 1
        self._graph.turn(f"thread_{self._number}", [self._renamed(self._first)])
        assert len(self._replies) == self._number, "the turn did not come to its reply"

    def close(self) -> None:
        """Gives everything back."""
        self._graph.close()
        self._core.close()

    def _model(self, state: TurnState) -> Message:
        return {"role": "assistant", "content": self._said(1 + _spoken(state))}

    def _tools(self, state: TurnState) -> Message:
        for call in calls_of(state["messages"][-1]):
            key = f"thread_{self._number}/{call['id']}"
            harness = self._core.harness
            _at_once(
                harness.tools.perform(
                    call["name"], call["input"], idempotency_key=key, deadline=harness.clock(), customer=None
                )
            )
        return self._renamed(self._results[_spoken(state) - 1])

    def _reply(self, _: TurnState) -> str:
        self._replies.append(self._learned.reply)
        return self._learned.reply

    def _said(self, number: int) -> Any:
        return json.loads(self._learned.said(number, self._about))[0]

    def _renamed(self, text: str) -> Message:
        first, now = self._learned.about, self._about
        return json.loads(text.replace(first.order, now.order).replace(first.payment, now.payment))


def _spoken(state: TurnState) -> int:
    return sum(message["role"] == "assistant" for message in state["messages"])


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine that waits for nothing answers."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waited")


def compared(folder: Path, learned: Learned, synchronous: Synchronous) -> list[Figure]:
    """A turn of ours, one of theirs and one by hand, in turns."""
    folder.mkdir()
    core = Core(folder / "ours", learned, synchronous=synchronous)
    graph = GraphTurns(folder / "theirs.sqlite", learned, Core(folder / "world", learned), synchronous)
    floor = Floor(folder / "floor.sqlite", learned.commits.written, synchronous)
    try:
        ours, theirs, beside = alternating((core.one, graph.one, floor.one), TURNS, warm_up=3)
    finally:
        floor.close()
        graph.close()
        core.close()
    peer = f"LangGraph {version()}, durability sync, synchronous {synchronous}"
    return [
        Figure(f"a turn, synchronous {synchronous}", ours, "ms", peer, theirs),
        Figure(f"a turn, synchronous {synchronous}", ours, "ms", "the same commits by hand", beside),
    ]


def run() -> list[Figure]:
    """The figures, or one that says why there are none."""
    why = missing()
    if why:
        return [Figure.skipped("the same turn and the same kills by LangGraph", why)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        learned = learn(folder / "learned")
        figures = [figure for mode in ("FULL", "NORMAL") for figure in compared(folder / mode, learned, mode)]
        return [*figures, *kills.figures(folder / "kills")]

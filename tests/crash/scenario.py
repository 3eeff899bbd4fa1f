"""The refund conversation, played by a process that may die at any point and be started again in the same folder.

Two intents in one message, one reply, a countersignature, the refund, a second reply. Everything it does to the world is
done so that doing it again is harmless, as a webhook or a console would: the process knows nothing but its folder.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from agent_core.contract.ids import ConversationId, StreamId
from agent_core.conversation.state import State
from agent_core.engine.table import Pace, TableEngine
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.store import Append, Committed, Taken
from tests.engine.harness import ORDER, OTHER_ORDER, Harness
from tests.engine.world import BrainModel

WORDS = f"Hi! I want my money back for order {ORDER}. Also where is {OTHER_ORDER}?"
SECONDS = 300
PACE = Pace(concurrency=4, lease=1.0, poll=0.2, first_retry=0.1)

Passed = Callable[[str], None]


class Points:
    """Counts the points that are passed; dies at one of them. Also the store's observer."""

    def __init__(self, die_at: int, tell: Passed) -> None:
        self.passed = 0
        self._die_at = die_at
        self._tell = tell

    def __call__(self, name: str) -> None:
        self.passed += 1
        self._tell(f"{self.passed} {name}")
        if self.passed == self._die_at:
            os._exit(9)

    def before_commit(self, append: Append) -> None:
        self(f"before commit of {_names(append)}")

    def after_commit(self, append: Append) -> None:
        self(f"after commit of {_names(append)}")


def _names(append: Append) -> str:
    return ",".join(draft.event.type for draft in append.drafts)


class NotedModel(BrainModel):
    """Writes down what was sent before it is sent, in a file that outlives the process."""

    def __init__(self, points: Points, notes: Path) -> None:
        super().__init__(points)
        self._notes = notes

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        digest = hashlib.sha256(request.request_bytes()).hexdigest()
        handle = os.open(self._notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(handle, f"{digest}\n".encode())
        finally:
            os.close(handle)
        return await super().answer(request, deadline_seconds=deadline_seconds)


async def play(folder: Path, points: Points) -> None:
    """Plays the conversation to its end, from wherever the folder says it is.

    Raises:
        TimeoutError: It did not come to its end.
        RuntimeError: It was quarantined.
    """
    model = NotedModel(points, folder / "requests.txt")
    harness = await Harness.open(folder, point=points, observer=points, model=model)
    try:
        try:
            conversation = await harness.customer_writes(WORDS)
        except Taken as taken:  # the provider delivers again what we did not acknowledge
            conversation = ConversationId(StreamId(taken.stream))
        async with asyncio.timeout(SECONDS):
            await _work(harness, conversation)
    finally:
        await harness.close()


async def _work(harness: Harness, conversation: ConversationId) -> None:
    engine = TableEngine(harness.store, PACE)
    changed = asyncio.Event()

    def committed(committed: Committed) -> None:
        if committed.records:
            changed.set()

    async def quarantine(stream: StreamId, error: Exception) -> None:
        raise RuntimeError("quarantined") from error

    unsubscribe = harness.store.subscribe(committed)
    running = asyncio.create_task(engine.run(harness.runner.handle, quarantine=quarantine, nudge=harness.runner.nudge))
    try:
        state = await _until(harness, conversation, changed, running, lambda s: s.sent >= 1)
        if state.open_proposals() and not next(iter(state.open_proposals())).approvals:
            await harness.decide(conversation)
        await _until(harness, conversation, changed, running, lambda s: s.sent >= 2 and not s.open)
    finally:
        unsubscribe()
        await engine.stop()
        await asyncio.wait({running})


async def _until(
    harness: Harness,
    conversation: ConversationId,
    changed: asyncio.Event,
    running: "asyncio.Task[None]",
    reached: Callable[[State], bool],
) -> State:
    while True:
        changed.clear()
        state = await harness.state(conversation)
        if reached(state):
            return state
        waiting = asyncio.create_task(changed.wait())
        await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            running.result()
            raise RuntimeError("the engine ended")

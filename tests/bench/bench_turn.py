"""What a turn costs at zero latency: a model that answers at once, a shop in the process, beside the same commits by hand.

The turn: triage, model, read, model, a small autonomous refund, model, one reply. The floor appends the very same events
and bodies in the very same transactions, through the same driver with the same durability, with none of our code between.
"""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agent_core.contract.canonical import canonical
from agent_core.contract.events.effects import Usage
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.store import Append
from agent_core.systems.port import Delivery, Sent, SpokenBy
from tests.bench.figure import Figure, alternating
from tests.engine.harness import ORDER, BrainModel, Harness
from tests.engine.stage import refunding_alone

TURNS = 12
WORDS = f"Please refund 10 EUR of order {ORDER}."

Rows = tuple[tuple[str, ...], ...]


@dataclass
class Commits:
    """What each commit of a conversation wrote: the store's observer."""

    written: list[tuple[Rows, Rows]]

    def before_commit(self, append: Append) -> None:
        """Notes the rows."""
        events = tuple((d.event.type, canonical(d.event.model_dump(mode="json")).decode()) for d in append.drafts)
        self.written.append((events, tuple((b.id, b.text) for b in append.bodies)))

    def after_commit(self, append: Append) -> None:
        """Nothing."""


class Learning(BrainModel):
    """The sandbox's brain, whose answers are written down once."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[str] = []

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        answer = await super().answer(request, deadline_seconds=deadline_seconds)
        self.script.append(json.dumps([list(answer.content), answer.stop_reason]))
        return answer


class Reciting:
    """Answers at once what the brain said about another order."""

    def __init__(self, script: Sequence[str]) -> None:
        self._script = script
        self._said = 0
        self._names: Sequence[tuple[str, str]] = ()

    def begin(self, names: Sequence[tuple[str, str]]) -> None:
        """A turn in which each name stands for another one."""
        self._said, self._names = 0, names

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        text = self._script[self._said]
        self._said += 1
        for name, other in self._names:
            text = text.replace(name, other)
        content, stop = json.loads(text)
        return ModelAnswer(tuple(content), stop, Usage(input_tokens=1, output_tokens=1), request.model)

    async def close(self) -> None:
        """Nothing to close."""


class MemoryChannel:
    """Takes every reply at once."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def send(self, external_id: str, text: str, *, delivery_id: str, by: SpokenBy, deadline: datetime) -> Delivery:
        self.taken.append(text)
        return Sent(delivery_id)

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        return Sent(delivery_id)


class Turns:
    """One conversation after the other on one core."""

    def __init__(self, folder: Path, model: Learning | Reciting, commits: Commits | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.model = model
        self.harness = self.loop.run_until_complete(Harness.open(folder, observer=commits, model=model))
        self.harness.shop.close()
        self.harness.shop = self.harness.tools.world = ShopWorld.seeded(1, 40)
        self.channel = MemoryChannel()
        release = refunding_alone(self.harness.brand.release)
        brand = replace(self.harness.brand, release=release, channels={"chat": self.channel})
        self.harness.brand = self.harness.brands.at_work = brand
        people = self.harness.shop.people()
        known = [(p.id, o.id) for p in people for o in p.orders if o.refundable_minor > 1000 and not o.charged_twice]
        self._orders = [(owner, order, self.harness.shop.payments_of(order)[0]["id"]) for owner, order in known]
        self._number = 0

    def one(self) -> None:
        """A whole turn, from the message to the reply."""
        owner, order, payment = self._orders[self._number % len(self._orders)]
        if isinstance(self.model, Reciting):
            _, first, paid = self._orders[0]
            self.model.begin(((first, order), (paid, payment)))
        self._number += 1
        words = WORDS.replace(ORDER, order)
        self.loop.run_until_complete(self._play(words, owner))

    async def _play(self, words: str, owner: str) -> None:
        name = f"thread_{self._number}"
        c = await self.harness.customer_writes(words, name, customer=owner, thread=name)
        await self.harness.runner.handle(c)
        assert len(self.channel.taken) == self._number, "the turn did not come to its reply"

    def close(self) -> None:
        """Gives everything back."""
        self.loop.run_until_complete(self.harness.close())
        self.loop.close()


class Floor:
    """The same rows in the same transactions, by hand."""

    def __init__(self, path: Path, commits: Sequence[tuple[Rows, Rows]]) -> None:
        self._commits = commits
        self._connection = sqlite3.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE event(position INTEGER PRIMARY KEY, type TEXT, data TEXT)",
            "CREATE TABLE body(number INTEGER PRIMARY KEY, id TEXT, data TEXT)",
        ):
            self._connection.execute(statement)

    def one(self) -> None:
        """A turn's commits."""
        for events, bodies in self._commits:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT INTO event(type, data) VALUES(?, ?)", events)
            self._connection.executemany("INSERT INTO body(id, data) VALUES(?, ?)", bodies)
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()


def run() -> list[Figure]:
    """Measures turns and their floor in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commits = Commits([])
        learning = Learning()
        watched = Turns(folder / "watched", learning, commits)
        commits.written.clear()
        watched.one()
        watched.close()
        turns = Turns(folder / "turns", Reciting(learning.script))
        floor = Floor(folder / "floor.sqlite", commits.written)
        try:
            ours, beside = alternating((turns.one, floor.one), TURNS, warm_up=2)
        finally:
            turns.close()
            floor.close()
    written = len(commits.written)
    size = sum(len(text) for events, bodies in commits.written for _, text in (*events, *bodies))
    floor_name = f"the same {written} commits by hand ({size // 1024} KiB)"
    return [
        Figure("a turn at zero latency", ours, "ms", floor_name, beside),
        Figure("commits of a turn", [float(written)], "commits"),
    ]

"""The turn that is measured, without anything that takes time by itself: a model that answers at once, a shop in memory.

Triage, model, read, model, read, model, what the shop itself gave this customer, a small autonomous refund, model, one
reply: ten effects. Policies, reply checks and the checks of requests and outside texts are the product's own.
"""

import asyncio
import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from agent_core.contract.canonical import canonical
from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.events.effects import Usage
from agent_core.contract.ids import ConversationId
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.store import Append
from agent_core.systems.port import Delivery, Sent, SpokenBy, Still, Stopped
from agent_core.systems.tallying import Told
from tests.engine.desk import given
from tests.engine.harness import ORDER, Harness
from tests.engine.stage import refunding_alone
from tests.engine.world import BrainModel
from tests.store.commits import counting, writing_driver

WORDS = f"Please refund 10 EUR of order {ORDER}."
CUSTOMERS = 200
"""People of the shop: about half of them have an order that can be refunded."""

Rows = tuple[tuple[str, ...], ...]
Synchronous = Literal["FULL", "NORMAL"]


@dataclass
class Commits:
    """What each commit of a conversation wrote: the store's observer."""

    written: list[tuple[Rows, Rows]] = field(default_factory=list[tuple[Rows, Rows]])

    def before_commit(self, append: Append) -> None:
        """Notes the rows."""
        events = tuple((d.event.type, canonical(d.event.model_dump(mode="json")).decode()) for d in append.drafts)
        self.written.append((events, tuple((b.id, b.text) for b in append.bodies)))

    def after_commit(self, append: Append) -> None:
        """Nothing."""

    @property
    def size(self) -> int:
        """Characters of all rows."""
        return sum(len(text) for events, bodies in self.written for _, text in (*events, *bodies))


class Learning(BrainModel):
    """The sandbox's brain, whose answers are written down once."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[str] = []

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        answer = await super().answer(request, deadline_seconds=deadline_seconds)
        self.script.append(json.dumps([list(answer.content), answer.stop_reason]))
        return answer


@dataclass(frozen=True)
class Bought:
    """An order that can be refunded alone, with its owner and its payment."""

    owner: str
    order: str
    payment: str


@dataclass(frozen=True)
class Learned:
    """A turn that was played once, to be recited about other orders.

    Attributes:
        answers: What the model said, triage first.
        asked: The messages of the run's last request: what it read, word for word.
        reply: What the customer got.
    """

    about: Bought
    answers: tuple[str, ...]
    asked: tuple[Mapping[str, Any], ...]
    reply: str
    commits: Commits

    def said(self, number: int, about: Bought) -> str:
        """The model's answer of that number, about another order."""
        return self.answers[number].replace(self.about.order, about.order).replace(self.about.payment, about.payment)


class Reciting:
    """Answers at once what the brain said about another order; any number of conversations side by side."""

    def __init__(self, learned: Learned, bought: Sequence[Bought]) -> None:
        self._learned = learned
        self._bought = {each.order: each for each in bought}
        self._order = re.compile("|".join(map(re.escape, self._bought)))

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        first = request.messages[0]["content"]
        found = next(match for block in reversed(first) if (match := self._order.search(block["text"])))
        spoken = sum(message["role"] == "assistant" for message in request.messages)
        number = 0 if request.purpose == "triage" else 1 + spoken
        content, stop = json.loads(self._learned.said(number, self._bought[found.group()]))
        return ModelAnswer(tuple(content), stop, Usage(input_tokens=1, output_tokens=1), request.model)

    async def close(self) -> None:
        """Nothing to close."""


class MemoryChannel:
    """Takes every reply at once."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def send(
        self, external_id: str, text: str, *, delivery_id: str, by: SpokenBy, deadline: datetime, still: Still | None = None
    ) -> Delivery:
        if still is not None and not await still():
            return Stopped()
        self.taken.append(text)
        return Sent(delivery_id)

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        return Sent(delivery_id)


class Core:
    """One core on a folder of its own, with the world in memory. Its turns go one after another unless asked otherwise."""

    def __init__(
        self,
        folder: Path,
        learned: Learned | None = None,
        *,
        observer: Any = None,
        synchronous: Synchronous = "FULL",
        clock: Clock = system_clock,
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self.world = ShopWorld.seeded(1, CUSTOMERS, clock)
        self.bought = tuple(_refundable(self.world))
        self.model: Any = Learning() if learned is None else Reciting(learned, self.bought)
        self.harness = self.loop.run_until_complete(Harness.open(folder, clock=clock, observer=observer, model=self.model))
        self.harness.shop.close()
        self.harness.shop = self.harness.tools.world = self.world
        self.channel = MemoryChannel()
        release = refunding_alone(self.harness.brand.release)
        brand = replace(self.harness.brand, release=release, channels={"chat": self.channel})
        self.harness.brand = self.harness.brands.at_work = brand
        self._number = 0
        if synchronous != "FULL":
            self._relax(synchronous)

    def one(self) -> None:
        """A whole turn, from the message to the reply."""
        self.loop.run_until_complete(self._play())

    async def _play(self) -> None:
        await self.harness.runner.handle(await self.customer_writes())
        assert len(self.channel.taken) == self._number, "the turn did not come to its reply"

    async def customer_writes(self) -> ConversationId:
        """The next customer writes, in a new conversation."""
        about = self.bought[self._number % len(self.bought)]
        self._number += 1
        name = f"thread_{self._number}"
        words = WORDS.replace(ORDER, about.order)
        return await self.harness.customer_writes(words, name, customer=about.owner, thread=name)

    def counting(self) -> AbstractContextManager[Callable[[], int]]:
        """Counts write transactions, whoever makes them."""
        return counting(self.harness.store)

    def answered_by(self, model: Any) -> None:
        """Another model from now on."""
        self.harness.brands.at_work = replace(self.harness.brands.at_work, model=model)

    def _relax(self, synchronous: Synchronous) -> None:
        writing_driver(self.harness.store).execute(f"PRAGMA synchronous={synchronous}")

    def close(self) -> None:
        """Gives everything back."""
        self.loop.run_until_complete(self.harness.close())
        self.loop.close()


def _refundable(world: ShopWorld) -> Generator[Bought]:
    """Orders a refund of 10 EUR of which comes to its reply; a few replies name amounts the checks do not let through.

    Nobody to whom the shop itself gave something back in these days: the caps know of that.
    """
    now = system_clock()
    for person in world.people():
        if given(world, person.id, "EUR", now - timedelta(days=2), now + timedelta(days=1)) != Told(0, 0):
            continue
        for order in person.orders:
            if order.refundable_minor > 1000 and not order.charged_twice and world.order(order.id)["status"] == "delivered":
                yield Bought(person.id, order.id, world.payments_of(order.id)[0]["id"])


def learn(folder: Path) -> Learned:
    """Plays the turn once with the sandbox's brain, and writes down all that was said and stored."""
    commits = Commits()
    core = Core(folder, observer=commits)
    try:
        commits.written.clear()
        core.one()
        model: Learning = core.model
        asked = next(tuple(r.messages) for r in reversed(model.requests) if r.purpose == "run")
        return Learned(core.bought[0], tuple(model.script), asked, core.channel.taken[0], commits)
    finally:
        core.close()

"""One race, from one seed: conversations with customers, two supervisors, two workers on one database, sleep and death.

A schedule decides every step of everybody; the same seed plays the same race. What it leaves is a history of JSON lines, and
`checker` judges it. Nothing here knows what must hold.
"""

import asyncio
import contextvars
import functools
import logging
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from agent_core.contract.commands import Pause
from agent_core.contract.ids import CORE_STREAM, ConversationId, WorkflowName
from agent_core.conversation.evolve import fold
from agent_core.conversation.machines import SETTLED
from agent_core.conversation.state import State
from agent_core.store import GLOBAL_SCOPE, Append, brand_scope, workflow_scope
from tests.conversation.departures import departures_of
from tests.crash.checker import check
from tests.stepping.core import NORTHWIND, PEOPLE, Core, Lost
from tests.stepping.loop import Step, Stuck
from tests.stepping.outside import Pace, Watcher
from tests.stepping.outsiders import Outsiders
from tests.stepping.play import Play, playing

T = TypeVar("T")


@dataclass(frozen=True)
class Customer:
    """Somebody who writes, about their own orders."""

    thread: str
    order_of: str
    texts: tuple[str, ...]


def _about(refunded: str, other: str) -> tuple[str, ...]:
    return (
        f"Please refund order {refunded}.",
        f"Please refund order {refunded}. Where is order {other}?",
        f"Where is order {other}?",
        f"Please refund 15 EUR of order {refunded}.",
        "Hello?",
        "Thank you!",
    )


CUSTOMERS: Final = (
    Customer("t1", "NW-10023", _about("NW-10023", "NW-10024")),
    Customer("t2", "NW-10001", _about("NW-10001", "NW-10003")),
    Customer("t3", "NW-10018", _about("NW-10018", "NW-10018")),
    Customer("t4", "NW-10023", _about("NW-10023", "NW-10024")),
)
"""The third refund needs two people; the fourth customer is the first one again, in another conversation."""

WAITS: Final = (0.0, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
"""Few and round, so that people often act in the same instant."""


LAST: Final = "reply_drafted"
"""The last moment at which a reply can be stopped: it is begun in the same commit, mostly."""

WORK: Final = "work"
"""Anything that a worker does and somebody can see."""

STAYS: Final = (0.0, 0.8, 0.9, 0.95, 0.99)
"""How likely it is that whoever went last goes on. Where all take turns, nobody's twenty steps fit between two steps of
another; where they do, what is read is old when it is written down."""

MOMENTS: Final = (
    "model_asked", "model_answered", "tool_called", "send", "delivered", "effect", "turn_opened", "triaged", "routed",
    "effect_started", "effect_finished", "call_judged", "proposed", "countersigned", "run_answered", "reply_drafted",
    "proposal_settled", "notice_given", "control_changed", "message_received",
)  # fmt: skip
"""What people, and fate, wait for before they come in between."""


@dataclass(frozen=True)
class Raced:
    """What a race came to."""

    seed: int
    problems: tuple[str, ...]
    history: str
    steps: int
    seconds: float
    """Of the world's time."""
    seen: Counter[str]
    """What happened in it, and how often: the kind of each line, and what people did with what they were told."""


def race(seed: int) -> Raced:
    """Plays one race and judges it."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    warm()
    return _played(seed)


@functools.cache
def warm() -> None:
    """What a process loads the first time it is used would be a step more in its first race, and only there."""
    _played(0)


def _played(seed: int) -> Raced:
    schedule, luck = random.Random(f"schedule {seed}"), random.Random(f"world {seed}")
    pace = Pace(random.Random(f"pace {seed}"), lost=luck.choice((0.0, 0.0, 0.05)))
    with playing(schedule.randrange, pace, workers=luck.choice((1, 2, 2, 2))) as play:
        stays = luck.choice(STAYS)
        play.loop.stays = lambda: schedule.random() < stays
        running = Race(play, luck)
        problems: list[str] = []
        try:
            running.runs()
            running.ends()
        except Stuck as stuck:
            problems.append(f"Stuck: {stuck}")
        problems += check(play.world.book.lines)
        problems += running.judged()
        problems += [f"{each.get('message')}: {each.get('exception')!r}" for each in play.loop.errors]
        book, loop = play.world.book, play.loop
        return Raced(seed, tuple(problems), book.text(), loop.steps, loop.time(), Counter(map(_word, book.lines)))


def _word(line: dict[str, Any]) -> str:
    return f"{line['op']} {line['type']} {line.get('code', '')}".strip() if line["what"] == "op" else line["what"]


@dataclass
class Stands:
    """Somebody who takes so many steps more, and then none until others are done."""

    steps: int
    still: set[str]
    seen: "asyncio.Future[None]"


class Race:
    """The people of one race, and fate."""

    def __init__(self, play: Play, luck: random.Random) -> None:
        self.play = play
        self.luck = luck
        self.people = Outsiders(play)
        self._soon: dict[str, Stands] = {}
        play.loop.before_step = self._passes
        self.customers = luck.sample(CUSTOMERS, luck.choice((1, 1, 1, 2, 2, 3)))
        for customer in self.customers:
            self.people.customers[customer.thread] = str(play.shop.order(customer.order_of)["customer_id"])

    # -- what happens ----------------------------------------------------------------------------------------------

    def runs(self) -> None:
        """Everybody does what they came for, while fate does what it likes."""
        self._fate()
        work = [self._customer(customer) for customer in self.customers]
        work += [self._supervisor(who) for who in PEOPLE]
        work += [self._duel() for _ in range(self.luck.choice((0, 1, 1)))]
        if self.luck.random() < 0.5:
            work.append(self._thinks_again())
        if self.luck.random() < 0.25:
            work.append(self._colleague_in_the_channel())
        if self.luck.random() < 0.25:
            work.append(self._stops_everything())
        self.play.run(_together(work))
        self.play.world.book.watch_no_more()  # fate comes during the race, not while everything is brought to its end
        self.play.run(asyncio.sleep(60.0))  # by then everybody sleeps no more, and every core is up again
        self.play.settle()

    def _fate(self) -> None:
        """Workers fall asleep past their lease, mostly in the middle of something; the whole core dies and starts again."""
        book, luck = self.play.world.book, self.luck
        for _ in range(luck.choice((0, 1, 1, 2))):
            book.watch(self._sleeps_after(luck.randrange(4, 40), luck.choice((2.0, 11.0, 14.0, 25.0))))
        if luck.random() < 0.4:
            book.watch(self._dies_after(luck.randrange(4, 60), luck.choice((0.5, 3.0, 9.0))))

    def _sleeps_after(self, lines: int, lasts: float) -> Watcher:
        """Whoever works at a moment falls asleep right there."""

        def watch(line: dict[str, Any]) -> bool:
            worker = str(line.get("by") or line.get("worker") or "")
            if line["n"] < lines or "/w" not in worker:
                return False
            self.play.loop.call_soon(self._falls_asleep, worker, lasts, context=_nobodys())
            return True

        return watch

    def _dies_after(self, lines: int, down: float) -> Watcher:
        """The core dies at a moment."""

        def watch(line: dict[str, Any]) -> bool:
            if line["n"] < lines:
                return False
            self.play.loop.call_soon(self._core_dies, context=_nobodys())
            self.play.loop.call_later(down, self._core_starts, context=_nobodys())
            return True

        return watch

    def _falls_asleep(self, worker: str, lasts: float) -> None:
        self.play.world.book.note("asleep", worker=worker, seconds=lasts)
        self.play.loop.held.add(worker)
        self.play.loop.call_later(lasts, self._wakes, worker)

    def _wakes(self, worker: str) -> None:
        self.play.world.book.note("awake", worker=worker)
        self.play.loop.held.discard(worker)

    def _core_dies(self) -> None:
        self.play.core.dies()

    def _core_starts(self) -> None:
        self.play.bury(self.play.core)
        self.play.start(workers=self.luck.choice((1, 2)))
        self.play.world.book.note("started", core=self.play.core.name)

    @asynccontextmanager
    async def _after(self, seconds: float) -> AsyncGenerator[None]:
        await asyncio.sleep(seconds)
        yield

    @asynccontextmanager
    async def _moment(self) -> AsyncGenerator[None]:
        """Some time passes, or until right after something happened: people write and decide at the worst moment.

        Whoever did what happened often takes no further step until they are done: what it had read is old by then.
        """
        if self.luck.random() < 0.35:
            await asyncio.sleep(self.luck.choice(WAITS))
            yield
            return
        wanted, count = self.luck.choice(
            (
                (LAST, 1),
                (self.luck.choice(MOMENTS), self.luck.choice((1, 1, 2, 3))),
                (WORK, self.luck.randrange(1, 24)),
            )
        )
        within, stands_still = self.luck.choice((4.0, 12.0, 30.0)), self.luck.random() < 0.6
        still = await self._happens(wanted, count, within=within, stands_still=stands_still)
        try:
            yield
        finally:
            self.play.loop.held -= still

    async def _happens(self, wanted: str, count: int, *, within: float, stands_still: bool = False) -> set[str]:
        """Until right after something happened for the so-many-th time, or the time is over; who stands still since."""
        seen, still = self.play.loop.create_future(), set[str]()

        def watch(line: dict[str, Any]) -> bool:
            nonlocal count
            if seen.done():
                return True
            by = str(line.get("by") or line.get("worker") or "")
            names = (line["what"], *(event["type"] for event in line.get("events", ())))
            count -= "/w" in by if wanted == WORK else wanted in names
            if count > 0:
                return False
            if stands_still and "/w" in by and by not in self.play.loop.held and by not in self._soon:
                self._soon[by] = Stands(self.luck.choice((0, 0, 0, 1, 2, 3, 5, 8, 13)), still, seen)
            else:
                seen.set_result(None)
            return True

        self.play.world.book.watch(watch)
        await asyncio.wait({seen}, timeout=within)
        seen.cancel()
        self._soon = {by: stands for by, stands in self._soon.items() if stands.still is not still}
        return still

    def _passes(self, step: Step) -> None:
        """A worker that is to stand still some steps after something happened takes one of them."""
        stands = self._soon.get(step.owner)
        if stands is None:
            return
        stands.steps -= 1
        if stands.steps < 0 and not stands.seen.done():
            del self._soon[step.owner]
            stands.still.add(step.owner)
            self.play.loop.held.add(step.owner)
            stands.seen.set_result(None)

    async def _customer(self, customer: Customer) -> None:
        for number in range(self.luck.choice((1, 2, 2, 3))):
            text = self.luck.choice(customer.texts[:2] if number == 0 else customer.texts)
            async with self._moment() if number else self._after(self.luck.choice(WAITS)):
                await self.people.writes(customer.thread, text, f"{customer.thread}-{number}")

    async def _colleague_in_the_channel(self) -> None:
        async with self._moment():
            thread = self.luck.choice(self.customers).thread
            if (await self._seen(thread)).conversation is not None:
                await self.people.writes(thread, "I look into this.", f"{thread}-person", by="person")

    async def _stops_everything(self) -> None:
        """The stop switch, of everything, of the brand or of one workflow of it; and a resume some seconds later."""
        brand = self.luck.choice((NORTHWIND, None))
        scope = GLOBAL_SCOPE if brand is None else brand_scope(brand)
        workflow = None
        if brand is not None and self.luck.getstate()[1][0] % 2:  # nothing is drawn: other races stay what they were
            workflow = WorkflowName("refund_order")
            scope = workflow_scope(brand, workflow)
        async with self._moment():
            await self._asks("sue", lambda core: core.command("sue", Pause(brand=brand, workflow=workflow), "stop"))
        await asyncio.sleep(self.luck.choice((0.5, 4.0, 10.0)))
        await self._asks("leo", lambda core: _resumed(core, scope))

    async def _supervisor(self, who: str) -> None:
        for _ in range(self.luck.choice((2, 3, 4, 6))):
            async with self._moment():
                seen = [(customer, await self._seen(customer.thread)) for customer in self.customers]
                known = [each for each in seen if each[1].conversation is not None]
                urgent = [each for each in known if each[1].open_proposals() or each[1].control != "agent"]
                if known:
                    customer, state = self.luck.choice(urgent or known)
                    await self._acts(who, self.people.core.conversation(customer.thread), state)

    async def _duel(self) -> None:
        """Both look at the same card, and both decide in the same instant: the same, or the opposite, or not that at all."""
        for _ in range(30):
            await asyncio.sleep(1.0)
            customer = self.luck.choice(self.customers)
            state = await self._seen(customer.thread)
            waiting = [known for known in state.open_proposals() if not known.complete]
            if waiting:
                break
        else:
            return
        conv, card = self.people.core.conversation(customer.thread), (state, waiting[0])
        await asyncio.sleep(self.luck.choice((0.0, 0.0, 0.3, 2.0)))
        wanted = self.luck.choice((("approve", "approve"), ("approve", "deny"), ("deny", "deny"), ("approve", "takes_over")))

        async def one(who: str, what: str) -> None:
            if what == "takes_over":
                await self.people.takes_over(who, conv)
            else:
                await self.people.decides(who, conv, what, card=card)

        await _together([one(who, what) for who, what in zip(PEOPLE, wanted, strict=True)])

    async def _thinks_again(self) -> None:
        """Who has just approved takes it back: before it acts, in the same instant, or too late."""
        for _ in range(2):
            await self._happens("countersigned", self.luck.choice((1, 1, 2)), within=30.0)
            await asyncio.sleep(self.luck.choice((0.0, 0.0, 0.1, 0.5)))
            for customer in self.customers:
                state = await self._seen(customer.thread)
                for known in state.open_proposals():
                    for approval in known.approvals[-1:]:
                        conv = self.people.core.conversation(customer.thread)
                        await self.people.recalls(str(approval.operator), conv, known)

    async def _acts(self, who: str, conv: ConversationId, state: State) -> None:
        """Does something about what is shown; what is shown may be old by then."""
        await asyncio.sleep(self.luck.choice((0.0, 0.0, 0.5, 2.0)))
        mine = [p for p in state.open_proposals() if any(a.operator == who for a in p.approvals)]
        waiting = [p for p in state.open_proposals() if not p.complete]
        weights = {"nothing": 2}
        if waiting:
            weights |= {"approve": 8, "deny": 2}
        if mine:
            weights |= {"recall": 5}
        if state.control == "human" and state.operator in (None, who):
            weights = {"says": 2, "hands_back": 4}
        elif state.control in ("awaiting_human", "quarantined"):
            weights |= {"takes_over": 3, "hands_back": 3}
        elif state.control == "agent":
            weights |= {"takes_over": 1, "stops_here": 1}
        match self.luck.choices(tuple(weights), tuple(weights.values()))[0]:
            case "approve" | "deny" as wanted:
                await self.people.decides(who, conv, wanted, card=(state, self.luck.choice(waiting)))
            case "recall":
                await self.people.recalls(who, conv, mine[0])
            case "says":
                await self.people.says(who, conv, "I take care of this myself.")
            case "hands_back":
                await self.people.hands_back(who, conv)
            case "takes_over":
                await self.people.takes_over(who, conv)
            case "stops_here":
                await self.people.stops_here(who, conv)
            case _:
                pass

    async def _seen(self, thread: str) -> State:
        """What a console shows of a thread; nothing while the core is down."""
        try:
            return await self.people.state(self.people.core.conversation(thread))
        except Lost:
            return State()

    async def _asks(self, who: str, ask: Callable[[Core], Coroutine[Any, Any, object]]) -> None:
        while await self.people.told("stop", who, CORE_STREAM, ask) == "info":
            await self.play.up()

    # -- how it ends -----------------------------------------------------------------------------------------------

    def ends(self) -> None:
        """Everything is resumed, handed back and decided, until nothing waits for anybody."""
        for scope in (GLOBAL_SCOPE, brand_scope(NORTHWIND)):
            self.play.between(_resumed(self.play.core, scope))
        for _ in range(6):
            self.play.settle()
            done = [self._settles(conv) for conv in self.play.conversations()]
            if all(done):
                return

    def _settles(self, conv: ConversationId) -> bool:
        """Whether nothing was left to do for people in a conversation; else it is done."""
        state = self.play.run(self.people.state(conv))
        if state.control != "agent":
            self.play.run(self.people.hands_back(state.operator or "sue", conv))
            return False
        waiting = [known for known in state.open_proposals() if not known.complete and not known.asked_unknown]
        for known in waiting:
            signed = {approval.operator for approval in known.approvals}
            who = next(each for each in PEOPLE if each not in signed)
            self.play.run(self.people.decides(who, conv, "approve", card=(state, known)))
        return not waiting

    def judged(self) -> list[str]:
        """What only the product's own log can tell: it kept to its tables, folds alike, and nothing is stuck."""
        problems = [f"invalid request: {each}" for each in self.play.world.model.invalid]
        for conv in self.play.conversations():
            records = self.play.log(conv)
            state = fold(records)
            problems += [f"{conv}: {each}" for each in departures_of(records)]
            if state.damaged or state.open:
                problems.append(f"{conv}: damaged {state.damaged}, open {dict(state.open)}")
            if state.control == "agent":
                late = [run.run for run in state.runs.values() if run.phase not in SETTLED or run.answer_phase is not None]
                if late or state.waiting or not state.turn.answered:
                    problems.append(f"{conv}: stuck {late} {len(state.waiting)} {state.turn.answered}")
            self.play.between(self.play.core.store.verify(conv))
        return problems


def _nobodys() -> contextvars.Context:
    """What fate does belongs to nobody: who is put to sleep could not wake themselves."""
    return contextvars.Context()


async def _resumed(core: Core, scope: str) -> None:
    await core.store.append(Append(CORE_STREAM, scope_paused={scope: False}, wake_scopes=(scope,)))


async def _together(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for each in work:
            group.create_task(each)

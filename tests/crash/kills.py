"""A core is killed by SIGKILL at random moments while conversations run, and started again; the world is the witness.

The world is this process: customers, supervisors, a model, a shop and a channel with ledgers of their own. The core is
another process, borne by a fork server, and knows nothing but its folder. Whoever asked and was not told asks again. What
everybody saw becomes a history, and `checker` judges it, one conversation after the other; then the database itself is
looked at. A seed says who does what, and how long each core may live; which instruction is its last is up to the machine.
"""

import asyncio
import functools
import itertools
import json
import random
import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent_core.authority.sign import sign_statement
from agent_core.contract.clock import system_clock
from agent_core.contract.commands import Decide, HandBack
from agent_core.contract.ids import BrandId, ConversationId, StreamId, conversation_id
from agent_core.contract.statements import read_statement, statement_bytes, statement_digest
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.wakes import microseconds
from tests.crash.autopsy import look
from tests.crash.checker import check
from tests.crash.cradle import Cradle
from tests.crash.far import LIMIT, SOCKET, Gone, Wire, plain
from tests.crash.ledger import Ledger
from tests.crash.races import warm
from tests.engine.harness import decision_statement
from tests.engine.world import BrainModel, WorldTools
from tests.stepping.branding import template
from tests.stepping.outside import WRITES
from tests.stepping.parts import key_of
from tests.stepping.play import MEMORY

if TYPE_CHECKING:
    from agent_core.systems.port import ToolResult

MOST_BACK: Final = 2
"""How often a conversation is given back to the agent; after that people keep it."""
PEOPLE: Final = ("sue", "leo")
MESSAGES: Final = 4
"""How many each customer writes, spread over all kills, so that cores die under work from the first to the last."""

PATIENCE: Final = (300.0, 1.0)
"""Seconds within which everything comes to rest once nobody is killed any more, and so many more for each conversation."""


@dataclass(frozen=True)
class Batch:
    """What a batch came to.

    Attributes:
        interrupted: Effects that were under way when a core was killed, each as often as that happened to it.
    """

    problems: Sequence[str]
    history: str
    conversations: int
    kills: int
    interrupted: int
    messages: int
    decisions: int
    effects: int


def killed(seed: int, *, conversations: int = 100, kills: int = 1_000, customers: int = 200) -> Batch:
    """Plays one batch in a folder that is gone afterwards, and judges it.

    Args:
        seed: Who does what, and how long each core lives.
        conversations: How many run.
        kills: How many cores are killed while they do.
        customers: Of the shop, which takes a while to fill.
    """
    warm()
    place = MEMORY if MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="countersign-kills-", dir=place))
    try:
        shutil.copytree(template("quick", _now(), customers), folder, dirs_exist_ok=True)
        cradle = Cradle(folder)
        try:
            return asyncio.run(_plays(folder, random.Random(f"kills {seed}"), cradle, conversations, kills, customers))
        finally:
            cradle.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _plays(folder: Path, luck: random.Random, cradle: Cradle, conversations: int, kills: int, customers: int) -> Batch:
    return await KillingWorld(folder, luck, cradle, conversations, kills, customers).plays()


@functools.cache
def _now() -> datetime:
    """When this process made its template."""
    return system_clock()


class KillingWorld:
    """Everybody outside, and whoever kills."""

    def __init__(
        self, folder: Path, luck: random.Random, cradle: Cradle, conversations: int, kills: int, customers: int
    ) -> None:
        self._folder = folder
        self._luck = luck
        self._cradle = cradle
        self._goal = kills
        self._database = folder / "data" / DATABASE_NAME
        self._ledger = Ledger(self._database)
        self._shop = ShopWorld.open(folder / "shop.sqlite", seed=1, customers=customers)
        self._tools = WorldTools(self._shop)
        self._brain = BrainModel()
        self._delivered: set[str] = set()
        self._given_back: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self._core: Wire | None = None
        self._up = asyncio.Event()
        self._enough: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._born = 0.0
        self._kills = 0
        self._calls = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._problems: list[str] = []
        self._threads = self._cast(conversations)
        with sqlite3.connect(self._database) as database:
            (secret,) = database.execute("SELECT value FROM meta WHERE key = 'secret'").fetchone()
        database.close()
        self._secret = bytes.fromhex(secret)

    def _cast(self, count: int) -> list[tuple[str, str, str]]:
        """Thread, customer and order of every conversation: each has an order of its own that can be refunded."""
        people = [str(person.id) for person in self._shop.people()]
        found: list[tuple[str, str, str]] = []
        for customer in people:
            for order in self._shop.orders_of(customer)[:1]:
                if any(payment["refundable_minor"] > 0 for payment in self._shop.payments_of(order["id"])):
                    found.append((f"t{len(found)}", customer, str(order["id"])))
        assert len(found) >= count, f"only {len(found)} customers have something to refund"
        return found[:count]

    # -- the play ------------------------------------------------------------------------------------------------------

    async def plays(self) -> Batch:
        """Lets everybody do what they came for while cores die, then brings everything to rest, and judges."""
        server = await asyncio.start_unix_server(self._connected, str(self._folder / SOCKET), limit=LIMIT)
        try:
            for thread, customer, order in self._threads:
                self._go(self._customer(thread, customer, order))
            killing = asyncio.create_task(self._kills_cores())
            while not killing.done():
                await self._people_look(within=0.1)
            await killing
            try:
                async with asyncio.timeout(PATIENCE[0] + PATIENCE[1] * len(self._threads)):
                    await self._comes_to_rest()
            except TimeoutError:
                self._problems.append(f"Stuck: {[each.get_coro() for each in self._tasks][:3]} wait, {self._waiting()}")
        finally:
            for task in self._tasks:
                task.cancel()
            self._ledger.close()
            self._cradle.kill()
            server.close()
        return await self._judged()

    def _go(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._problems.append(f"{type(error).__name__}: {error}")

    async def _kills_cores(self) -> None:
        """Each core lives for a moment that is drawn, in units of the time one usually needs to start."""
        usual = 0.1
        while self._kills < self._goal and not self._problems:
            begun = asyncio.get_running_loop().time()
            self._cradle.bear()
            lasts = self._luck.choice((0.6, 2.0, 3.0, 4.0, 6.0, 10.0)) * usual * self._luck.random()
            await asyncio.sleep(lasts)
            if self._up.is_set():
                usual = 0.9 * usual + 0.1 * min(10.0, self._born - begun)
            else:
                usual *= 1.01
            self._dies()
        self._enough.set_result(None)
        self._cradle.bear()

    def _dies(self) -> None:
        self._ledger.close()
        self._up.clear()
        self._core = None
        self._kills += 1
        if not self._cradle.kill():
            told = self._folder / "error.txt"
            self._problems.append(f"the core ended by itself: {told.read_text(encoding='utf-8') if told.exists() else ''}")
        self._ledger.note("crash", core=str(self._kills))

    async def _comes_to_rest(self) -> None:
        """Until nothing is under way, due soon, or waits for a person."""
        while True:
            await self._people_look(within=0.2)
            if not self._tasks and self._up.is_set() and not self._waiting() and not self._ledger.fresh:
                return

    def _waiting(self) -> str:
        if not self._up.is_set():
            return "the core is down"
        until = microseconds(system_clock() + timedelta(seconds=10))
        wakes = self._ledger.rows("SELECT count(*) FROM wake WHERE owner IS NOT NULL OR due_us <= ?", until)[0][0]
        timers = self._ledger.rows("SELECT count(*) FROM timer WHERE due_us <= ?", until)[0][0]
        return f"{wakes} wakes, {timers} timers" if wakes or timers else ""

    # -- the world answers ---------------------------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A core has started."""
        wire = Wire(reader, writer)
        questions = await wire.questions()
        self._ledger.open()
        self._core, self._born = wire, asyncio.get_running_loop().time()
        self._up.set()
        while (asked := await questions.get()) is not None:
            if "note" in asked:
                self._ledger.note(asked.pop("note"), **asked)
            else:
                self._go(self._answers(wire, asked))
        self._lost(wire)

    async def _running(self) -> Wire:
        """The core that runs, once there is one."""
        while self._core is None:
            await self._up.wait()
        return self._core

    def _lost(self, core: Wire) -> None:
        """A connection has ended. It can be that of a core that was dead already when it was seen to have started."""
        if self._core is core:
            self._core = None
            self._up.clear()
            self._ledger.close()

    async def _answers(self, wire: Wire, asked: dict[str, Any]) -> None:
        """What a core asked arrives, whether it still lives or not, and is answered after a while."""
        await self._running()  # what was durable before must be seen before
        answer = await getattr(self, f"_on_{asked['ask']}")(asked)
        if answer is not None:
            wire.say(number=asked["number"], answer=answer)

    async def _on_model(self, asked: dict[str, Any]) -> Any:
        number = next(self._calls)
        self._ledger.note("model_asked", call=number, purpose=asked["purpose"])
        try:
            blocks = self._brain.thinks(asked["body"].encode())
        except Exception as refused:  # noqa: BLE001 - whatever it is, the checker shows it
            self._ledger.note("model_refused", call=number, why=repr(refused))
            return None
        await asyncio.sleep(self._luck.uniform(0.0, 0.05))
        return blocks

    async def _on_tool(self, asked: dict[str, Any]) -> Any:
        name, key, deadline = asked["name"], asked["key"], datetime.fromisoformat(asked["deadline"])
        if system_clock() >= deadline:
            return None
        self._ledger.note("tool_called", tool=name, key=key)
        await self._travels()
        if system_clock() >= deadline:
            return None
        done: ToolResult = await self._tools.perform(
            name, asked["arguments"], idempotency_key=key, deadline=deadline, customer=None
        )
        if name in WRITES:
            refund = str(done.result.get("refund_id", ""))
            self._ledger.note(
                "effect", tool=name, key=key, arguments=asked["arguments"], outcome=done.outcome, refund=refund
            )
        await self._travels()
        return plain(done)

    async def _on_refunded(self, asked: dict[str, Any]) -> Any:
        await self._travels()
        found = self._shop.refunds(idempotency_key=asked["key"])
        return plain(self._tools.refunded(found[0])) if found else {}

    async def _on_send(self, asked: dict[str, Any]) -> Any:
        deadline = datetime.fromisoformat(asked["deadline"])
        if system_clock() >= deadline:
            return None
        about = {name: asked[name] for name in ("delivery", "thread", "by")}
        self._ledger.note("send", wanted=self._ledger.by(asked["place"]), **about)
        await self._travels()
        if system_clock() >= deadline:
            return None
        if asked["delivery"] not in self._delivered:
            self._delivered.add(asked["delivery"])
            self._ledger.note("delivered", text=asked["text"], **about)
        await self._travels()
        return True

    async def _on_delivered(self, asked: dict[str, Any]) -> Any:
        await self._travels()
        return asked["delivery"] in self._delivered

    async def _travels(self) -> None:
        await asyncio.sleep(self._luck.choice((0.0, 0.0, 0.002, 0.02)))

    # -- people --------------------------------------------------------------------------------------------------------

    async def _told(self, op: str, who: str, conv: str, question: dict[str, Any], **more: Any) -> str:
        """Asks the core that runs, and notes what was answered."""
        core = await self._running()
        line = {"id": next(self._numbers), "op": op, "who": who, "conv": conv, **more}
        self._ledger.note("op", type="invoke", **line)
        try:
            answer = await core.ask(**question)
        except Gone:
            self._lost(core)
            self._ledger.note("op", type="info", **line)
            return "info"
        await self._running()  # of a core that was killed right after it answered: what was durable before is seen before
        if answer:
            self._ledger.note("op", type="fail", **answer, **line)
            return "fail"
        self._ledger.note("op", type="ok", **line)
        return "ok"

    async def _customer(self, thread: str, customer: str, order: str) -> None:
        """Writes, and again while cores are killed; each message again until it is acknowledged."""
        conv = conversation_id(BrandId("northwind"), "chat", thread, secret=self._secret)
        texts = (f"Please refund order {order}.", f"Please refund order {order}. Where is it?", f"Where is order {order}?")
        moments = sorted((self._luck.uniform(0.0, 0.2), *(self._luck.random() for _ in range(MESSAGES - 1))))
        for number, moment in enumerate(moments):
            await self._until(moment)
            event = f"{thread}-{number}"
            text = self._luck.choice(texts if number == 0 else (*texts[1:], "Thank you!"))
            message = {"event": event, "thread": thread, "text": text, "customer": customer}
            question = {"what": "message", "message": message}
            await self._brings(conv, question, event)

    async def _brings(self, conv: ConversationId, question: dict[str, Any], event: str) -> None:
        """Brings a message until it is acknowledged, as a channel does; a little later where it was turned away."""
        while (told := await self._told("message", "customer", conv, question, event=event)) != "ok":
            if told == "fail":
                await self._passes(0.1, 0.5)

    async def _passes(self, least: float, most: float) -> None:
        await asyncio.sleep(self._luck.uniform(least, most))

    async def _until(self, moment: float) -> None:
        """Waits until that share of all kills is done, and at most so long."""
        while self._kills < moment * self._goal and not self._enough.done():
            await asyncio.wait({self._enough}, timeout=0.1)

    async def _people_look(self, *, within: float) -> None:
        """People see what is new, and act on what waits for them, a moment later."""
        await asyncio.sleep(within)
        if not self._up.is_set():
            return
        self._ledger.catch_up()
        fresh, self._ledger.fresh = self._ledger.fresh, []
        for conv, event in fresh:
            if event["type"] in ("proposed", "look_again", "countersigned"):
                self._go(self._decides(ConversationId(StreamId(conv))))
            elif event["type"] == "control_changed" and event["to"] in ("awaiting_human", "quarantined"):
                self._go(self._hands_back(ConversationId(StreamId(conv))))

    async def _decides(self, conv: ConversationId) -> None:
        """Both look at a card sometimes, and sign what they see; one of them may be too late."""
        for who in self._luck.sample(PEOPLE, self._luck.choice((1, 1, 1, 2))):
            await asyncio.sleep(self._luck.uniform(0.0, 1.0))
            await self._decides_as(who, conv)

    async def _decides_as(self, who: str, conv: ConversationId) -> None:
        state = await self._seen(conv)
        waiting = [known for known in state.open_proposals() if not known.complete and not known.asked_unknown]
        if not waiting or any(approval.operator == who for approval in waiting[0].approvals):
            return
        wanted = self._luck.choice(("approve", "approve", "approve", "deny"))
        envelope = sign_statement(
            decision_statement(state, waiting[0], who, key_of(who), wanted, at=system_clock()), key_of(who)
        )
        statement = statement_digest(statement_bytes(read_statement(envelope.payload_bytes())))
        command = Decide(envelope=envelope).model_dump(mode="json")
        about = {"proposal": waiting[0].proposal.id, "statement": statement}
        await self._commands(wanted, who, conv, command, **about)

    async def _hands_back(self, conv: ConversationId) -> None:
        await asyncio.sleep(self._luck.uniform(0.0, 1.0))
        state = await self._seen(conv)
        if state.control in ("awaiting_human", "quarantined") and self._given_back[conv] < MOST_BACK:
            self._given_back[conv] += 1
            command = HandBack(conversation=conv, note="Go on, please.").model_dump(mode="json")
            await self._commands("hand_back", "sue", conv, command)

    async def _commands(self, op: str, who: str, conv: str, command: dict[str, Any], **about: Any) -> None:
        """Sends a command, and again under the same key until somebody says what became of it."""
        question = {"what": "command", "who": who, "command": command, "key": f"{op}-{who}-{next(self._numbers)}"}
        while await self._told(op, who, conv, question, **about) == "info":
            pass

    async def _seen(self, conv: ConversationId) -> State:
        """What a console shows of a conversation."""
        await self._running()
        return fold(self._ledger.records(conv))

    # -- how it is judged ----------------------------------------------------------------------------------------------

    async def _judged(self) -> Batch:
        self._shop.close()
        problems = list(self._problems)
        problems += [found for lines in by_conversation(self._ledger.lines) for found in check(lines)]
        problems += await look(self._folder)
        lines = self._ledger.lines
        told = [line["op"] for line in lines if line["what"] == "op" and line["type"] == "ok"]
        history = "".join(f"{json.dumps(line, default=str)}\n" for line in lines)
        return Batch(
            problems,
            history,
            len(self._threads),
            self._kills,
            interrupted(lines),
            told.count("message"),
            told.count("approve") + told.count("deny"),
            len({line["refund"] for line in lines if line["what"] == "effect" and line["refund"]}),
        )


def interrupted(lines: Iterable[dict[str, Any]]) -> int:
    """How many effects were under way when cores were killed."""
    under_way, found = set[tuple[str, str]](), 0
    for line in lines:
        found += len(under_way) if line["what"] == "crash" else 0
        for event in line.get("events", ()):
            if event["type"] == "effect_started":
                under_way.add((line["conv"], event["effect"]))
            elif event["type"] == "effect_finished":
                under_way.discard((line["conv"], event["effect"]))
    return found


def by_conversation(lines: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Shares a history out: no rule looks beyond a conversation, and all of it at once would take hours.

    What belongs to no conversation is a history of its own: whatever arrived there was begun by nobody.
    """
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    of_key: dict[str, str] = {}
    for line in lines:
        for event in line.get("events", ()):
            if key := event.get("idempotency_key"):
                of_key[key] = line["conv"]
        key = line.get("key") or line.get("delivery")
        found[line.get("conv") or of_key.get(key or "", "")].append(line)
    return list(found.values())

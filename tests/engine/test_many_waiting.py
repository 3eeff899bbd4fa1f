"""Many conversations that wait for their moment, over restarts: each has it once, and the living go first (R-A4).

Half wait for a person who took over, half for somebody to look at an ask. Two thousand of them when it is run whole.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from agent_core.contract.actors import Customer, System
from agent_core.contract.asks import Ask
from agent_core.contract.bodies import new_body
from agent_core.contract.events import AskBreached, AskRaised, ControlChanged, ConversationOpened, MessageReceived
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, StreamId, ask_id, conversation_id, message_id
from agent_core.contract.threads import Thread, thread_body
from agent_core.conversation.idle import IDLE
from agent_core.engine.port import Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.store import Append, Draft, NewStream, WakeRequest
from agent_core.store.wakes import microseconds
from tests.engine.harness import OTHER_ORDER, SECRET, Harness
from tests.engine.stage import StageClock

SPAN = 900
PACE = Pace(concurrency=20, poll=0.1, grace=0.5)
CUSTOMER, ENGINE = Customer(), System(part="engine")


def waiting(number: int, clock: StageClock) -> Append:
    """A conversation that waits: for the person who took it over, or for whoever looks at its ask."""
    brand = BrandId("northwind")
    stream = conversation_id(brand, "chat", f"w{number}", secret=SECRET)
    thread = thread_body(Thread(external_id=f"w{number}", customer="cus_1"))
    text, raw = new_body("message", "Hello?"), new_body("message_raw", "Hello?")
    opened = ConversationOpened(brand=brand, channel="chat", thread=thread.ref)
    wrote = MessageReceived(
        message=message_id(stream, f"e{number}", secret=SECRET), text=text.ref, raw=raw.ref, occurred_at=clock()
    )
    drafts = [Draft(opened, CUSTOMER), Draft(wrote, CUSTOMER)]
    if number % 2:
        taken = ControlChanged(to="human", code="taken_over", sentence="A person took over.", operator=OperatorId("sue"))
        drafts.append(Draft(taken, ENGINE))
    else:
        ask = Ask(
            id=ask_id(stream, "escalation", "w"), kind="escalation", brand=brand, conversation=stream, code="handed_to_team",
            sentence="It waits.", priority=4, verbs=("take_over", "resolve"), roles=("supervisor",), raised_at=clock(),
            queue="standard", look_by=clock() + timedelta(seconds=SPAN),
        )  # fmt: skip
        handed = ControlChanged(to="awaiting_human", code="handed_to_team", sentence="A person is wanted.")
        drafts += [Draft(AskRaised(ask=ask), ENGINE), Draft(handed, ENGINE)]
    new = NewStream("conversation", brand)
    return Append(stream, drafts, bodies=[thread, text, raw], create=new, wake=WakeRequest())


@asynccontextmanager
async def core(folder: Path, clock: StageClock) -> AsyncGenerator[tuple[Harness, list[StreamId]]]:
    """A core at work in the folder, and every look it makes, in order."""
    harness = await Harness.open(folder, clock=clock)
    engine, looks = TableEngine(harness.store, PACE), list[StreamId]()

    async def handle(stream: StreamId) -> Handled:
        looks.append(stream)
        return await harness.runner.handle(stream)

    async def never(stream: StreamId, error: Exception) -> None:
        raise AssertionError(stream) from error

    working = asyncio.create_task(engine.run(handle, quarantine=never, nudge=harness.runner.nudge))
    try:
        yield harness, looks
    finally:
        await engine.stop()
        await working
        await harness.close()


async def at_rest(harness: Harness, clock: StageClock) -> None:
    """Until nobody is looked at and nothing is due."""
    query = f"SELECT count(*) FROM wake WHERE owner IS NOT NULL OR due_us <= {microseconds(clock())}"  # noqa: S608 - a number
    committed = asyncio.Event()
    unsubscribe = harness.store.subscribe(lambda _: committed.set())
    try:
        async with asyncio.timeout(600):
            while await harness.store.read(lambda tx: tx.connection.exec_driver_sql(query).scalar_one()):
                committed.clear()
                with contextlib.suppress(TimeoutError):  # the last end of a look tells nobody
                    async with asyncio.timeout(0.2):
                        await committed.wait()
    finally:
        unsubscribe()


async def consequences(harness: Harness, names: list[ConversationId]) -> Counter[tuple[str, ...]]:
    """What became of the conversations that waited."""
    found: Counter[tuple[str, ...]] = Counter()
    for name in names:
        events = [record.event for record in await harness.log(name)]
        reminders = ["reminded" for e in events if isinstance(e, AskRaised) and e.ask.code == IDLE]
        found[*reminders, *("breached" for e in events if isinstance(e, AskBreached))] += 1
    return found


@pytest.mark.parametrize("count", [40, pytest.param(2_000, marks=pytest.mark.slow)])
def test_R_A4_conversations_that_wait_over_restarts_have_their_moment_once_and_the_living_go_first(
    tmp_path: Path, count: int
) -> None:
    async def run() -> None:
        clock = StageClock()
        async with core(tmp_path, clock) as (harness, _):
            appends = [waiting(number, clock) for number in range(count)]
            for first in range(0, count, 50):
                await harness.store.append_all(appends[first : first + 50])
            names = [ConversationId(append.stream) for append in appends]
            await at_rest(harness, clock)
        clock.forward(seconds=SPAN - 1)
        async with core(tmp_path, clock) as (harness, looks):
            await at_rest(harness, clock)
            assert looks == [], "a restart makes nobody look who waits"
            assert await consequences(harness, names) == {(): count}
        clock.forward(seconds=2)
        harness = await Harness.open(tmp_path, clock=clock)
        live = [await harness.customer_writes(f"Where is order {OTHER_ORDER}?", f"l{n}", thread=f"l{n}") for n in range(3)]
        await harness.close()
        async with core(tmp_path, clock) as (harness, looks):
            await at_rest(harness, clock)
            assert await consequences(harness, names) == {("reminded",): count // 2, ("breached",): count // 2}
            for name in live:
                assert looks.index(name) < PACE.concurrency
                assert (await harness.state(name)).sent == 1
        async with core(tmp_path, clock) as (harness, looks):
            await at_rest(harness, clock)
            assert (looks, sum((await consequences(harness, names)).values())) == ([], count)

    asyncio.run(run())

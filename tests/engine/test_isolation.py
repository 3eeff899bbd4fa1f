"""An exception anywhere in the work on one conversation touches that one alone: named, with an ask, others answered (R-A9).

What can raise is enumerated from the code's own tables: the steps, the purposes of effects, the tools of the brand. A new
row without a case here fails.
"""

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from agent_core.contract.events import AskAnswered, EffectStarted
from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.outcomes import EffectPurpose
from agent_core.conversation.decide import decide
from agent_core.conversation.plan import Plan, TurnRules
from agent_core.conversation.state import State
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork, Instance
from agent_core.engine.steps import TABLE, Context, Performing
from agent_core.engine.table import Pace, TableEngine
from agent_core.engine.work import Work
from agent_core.models.port import ModelAnswer, ModelClient, ModelRequest
from agent_core.service.quarantine import quarantine
from agent_core.systems.port import Delivery, NotChecked, NotProven, Proven, Reconciled, ToolResult
from agent_core.systems.tallying import CannotTell, Told
from tests.engine.harness import CORE, ORDER, OTHER_ORDER, QUICK, Harness
from tests.engine.stage import Stage, play
from tests.engine.test_proving import mail_of, stranger
from tests.engine.worker import count_until
from tests.engine.world import FileChannel, WorldTools

WHERE_OTHER = f"Where is order {OTHER_ORDER}?"
ENGINE = "agent_core.engine.table"
RUNNER = "agent_core.engine.runner"
QUARANTINE = "agent_core.service.quarantine"


class Injected(Exception):
    """A bug of ours."""


def any_step(kind: type[Any]) -> Any:
    """A step of this kind, whatever is in it."""
    made: Mapping[str, Any] = {
        "int": 1, "bool": False, "datetime": datetime(2026, 11, 21, tzinfo=UTC), "tuple": (),
    }  # fmt: skip
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        hint = getattr(hints[field.name], "__origin__", hints[field.name])
        values[field.name] = made.get(getattr(hint, "__name__", ""), "x1")
    return kind(**values)


def test_R_A9_an_exception_in_any_kind_of_step_quarantines_its_conversation_and_no_other(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(ENGINE, "look_failed|look_quarantined", required=True)
    expected_logs(QUARANTINE, "quarantined", required=True)
    expected_logs(RUNNER, "step_broke", required=False)

    async def run() -> None:
        harness = await Harness.open(tmp_path)
        faults: dict[StreamId, type[Any]] = {}
        raised: list[type[Any]] = []

        def deciding(state: State, rules: TurnRules, now: datetime) -> Plan:
            fault = faults.get(state.conversation or "")  # pyright: ignore[reportCallIssue,reportArgumentType] - none is no key
            if fault is None or state.control != "agent":
                return decide(state, rules, now)
            return Plan((any_step(fault),))

        def guarded(kind: type[Any]) -> Performing:
            async def perform(context: Context, step: Any) -> Work:
                if context.session.stream in faults:
                    raised.append(kind)
                    raise Injected(kind.__name__)
                return await TABLE[kind](context, step)

            return perform

        runner = Runner(
            harness.store,
            harness.brands,
            harness,
            instance=Instance(CORE, "test"),
            clock=harness.clock,
            deadlines=QUICK,
            deciding=deciding,
            steps={kind: guarded(kind) for kind in TABLE},
        )
        engine = TableEngine(harness.store, Pace(concurrency=6, attempts=2, first_retry=0.001, poll=0.05, grace=0.2))

        async def give_up(stream: StreamId, error: Exception) -> None:
            await quarantine(harness.store, harness.brands, harness.clock, stream, error)  # pyright: ignore[reportArgumentType] - it only asks for what is active

        healthy = [await harness.customer_writes(WHERE_OTHER, f"fine {n}", thread=f"fine {n}") for n in range(3)]
        for kind in TABLE:
            faults[await harness.customer_writes(WHERE_OTHER, kind.__name__, thread=kind.__name__)] = kind
        working = asyncio.create_task(engine.run(runner.handle, quarantine=give_up, nudge=runner.nudge))
        try:
            await nothing_waits_now(harness)
            assert set(raised) == set(TABLE)
            for conversation in faults:
                state = await harness.state(ConversationId(conversation))
                assert state.control == "quarantined"
                asks = [known.ask for known in state.asks.values() if not known.resolved]
                assert [(ask.kind, ask.conversation) for ask in asks] == [("quarantine", conversation)]
            for conversation in healthy:
                state = await harness.state(conversation)
                assert (state.control, state.sent, len(state.asks)) == ("agent", 1, 0)
        finally:
            await engine.stop()
            await working
            await harness.close()

    asyncio.run(run())


def test_R_A8_a_conversation_that_breaks_in_quarantine_too_tells_its_customer_once_it_can_be_worked_on(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    """It was: nobody looked again, so the customer was never told, and no clock of its ask ever rang."""
    expected_logs(ENGINE, "look_failed|look_quarantined", required=True)
    expected_logs(QUARANTINE, "quarantined", required=True)

    async def run() -> None:
        harness = await Harness.open(tmp_path)
        mended, gave_up, told = asyncio.Event(), list[StreamId](), asyncio.Event()

        def deciding(state: State, rules: TurnRules, now: datetime) -> Plan:
            if mended.is_set():
                return decide(state, rules, now)
            raise Injected

        runner = Runner(
            harness.store, harness.brands, harness, instance=Instance(CORE, "test"), clock=harness.clock, deadlines=QUICK,
            deciding=deciding,
        )  # fmt: skip
        pace = Pace(attempts=1, first_retry=0.001, poll=0.05, grace=0.2, after_quarantine=0.05)
        engine = TableEngine(harness.store, pace)

        async def give_up(stream: StreamId, error: Exception) -> None:
            await quarantine(harness.store, harness.brands, harness.clock, stream, error)  # pyright: ignore[reportArgumentType] - it only asks for what is active
            gave_up.append(stream)
            if len(gave_up) == 2:
                mended.set()

        async def before(_: str) -> None:
            told.set()

        harness.channel.before = before
        await harness.customer_writes(WHERE_OTHER, "1")
        working = asyncio.create_task(engine.run(runner.handle, quarantine=give_up, nudge=runner.nudge))
        try:
            async with asyncio.timeout(300):
                await told.wait()
        finally:
            await engine.stop()
            await working
            await harness.close()

    asyncio.run(run())


async def nothing_waits_now(harness: Harness) -> None:
    """Until nobody is to be looked at within an hour: what is due much later is silence."""
    later = "owner IS NOT NULL OR due_us < (strftime('%s', 'now') + 3600) * 1000000"
    await count_until(harness.store, later, wanted=False)


@dataclass(frozen=True)
class Case:
    """What a customer writes so that an effect of this purpose happens, and how our own code breaks there."""

    purpose: EffectPurpose
    writes: str
    breaks: Callable[[BrandAtWork, Harness], BrandAtWork]
    approve: bool = False
    alone: bool = False
    question: bool = False
    """A person asks the agent back about what it proposed."""
    asks: bool = True
    """Whether people must be told; else the work finds another way."""


class BreakingModel:
    """Asks the brand's model, but breaks for one purpose in the conversation about `ORDER`."""

    def __init__(self, inner: ModelClient, purpose: str) -> None:
        self._inner = inner
        self._purpose = purpose

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        if request.purpose == self._purpose and ORDER in json.dumps(request.messages, default=str):
            raise Injected(self._purpose)
        return await self._inner.answer(request, deadline_seconds=deadline_seconds)

    async def close(self) -> None:
        await self._inner.close()


class BreakingTools:
    """Performs the brand's tools, but breaks where it is told to, in the conversation about `ORDER`."""

    def __init__(self, inner: WorldTools, *names: str, after: int = 0, look_up: bool = False) -> None:
        self._inner = inner
        self._names = names
        self._left = after
        self._look_up = look_up
        self._about = {payment["id"] for payment in inner.world.payments_of(ORDER)}

    async def perform(self, name: str, arguments: Mapping[str, Any], **more: Any) -> ToolResult:
        about = arguments.get("order_id") == ORDER or arguments.get("payment_id") in self._about
        if name in self._names and about:
            self._left -= 1
            if self._left < 0:
                raise Injected(name)
        result = await self._inner.perform(name, arguments, **more)
        if self._look_up and name == "refund_payment":
            return ToolResult("unknown", code="no_answer", sentence="No answer came.", transient=True)
        return result

    async def tally(self, tool: str, **asked: Any) -> Told | CannotTell:
        if "tally" in self._names:
            raise Injected("tally")
        return await self._inner.tally(tool, **asked)

    async def reconcile(self, name: str, arguments: Mapping[str, Any], key: str, *, deadline: datetime) -> Reconciled:
        if self._look_up:
            raise Injected("reconcile")
        return await self._inner.reconcile(name, arguments, key, deadline=deadline)


class BreakingChannel:
    """Sends, but breaks for what speaks of `ORDER`; and when it is asked about that, if it is told to."""

    def __init__(self, inner: FileChannel, *, look_up: bool = False) -> None:
        self._inner = inner
        self._look_up = look_up
        self._broke: set[str] = set()

    async def send(self, external_id: str, text: str, *, delivery_id: str, **more: Any) -> Delivery:
        if ORDER in text:
            self._broke.add(delivery_id)
            raise Injected("send")
        return await self._inner.send(external_id, text, delivery_id=delivery_id, **more)

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        if self._look_up and delivery_id in self._broke:
            raise Injected("look_up")
        return await self._inner.look_up(delivery_id, deadline=deadline)


def _model(purpose: str) -> Callable[[BrandAtWork, Harness], BrandAtWork]:
    return lambda brand, _: replace(brand, model=BreakingModel(brand.model, purpose))


def _tools(*names: str, **how: Any) -> Callable[[BrandAtWork, Harness], BrandAtWork]:
    return lambda brand, harness: replace(brand, tools=BreakingTools(harness.tools, *names, **how))


def _channel(**how: Any) -> Callable[[BrandAtWork, Harness], BrandAtWork]:
    return lambda brand, harness: replace(brand, channels={"chat": BreakingChannel(harness.channel, **how)})


REFUND, WHERE = f"Please refund order {ORDER}.", f"Where is order {ORDER}?"
SMALL, BOTH = f"Please refund 20 EUR for order {ORDER}.", f"{REFUND} {WHERE}"
CASES: Mapping[str, Case] = {
    "triage": Case("triage", WHERE, _model("triage")),
    "run": Case("run", WHERE, _model("run")),
    "compose": Case("compose", BOTH, _model("compose")),
    "a read": Case("tool", WHERE, _tools("get_order")),
    "another read": Case("tool", WHERE, _tools("track_order"), asks=False),
    "reread": Case("reread", REFUND, _tools("list_payments", after=1), approve=True),
    "a write alone": Case("tool", SMALL, _tools("refund_payment"), alone=True),
    "a write alone, lost": Case("tool", SMALL, _tools(look_up=True), alone=True),
    "a count of theirs": Case("tally", SMALL, _tools("tally")),
    "an approved write": Case("approved_tool", REFUND, _tools("refund_payment"), approve=True),
    "an approved write, lost": Case("approved_tool", REFUND, _tools(look_up=True), approve=True),
    "ask_back": Case("ask_back", REFUND, _model("ask_back"), question=True),
    "reply": Case("reply", WHERE, _channel()),
    "reply, lost": Case("reply", WHERE, _channel(look_up=True)),
}
"""`look_up` is a later look at a write in doubt: tests/engine/test_doubts.py. `prove` has a test of its own below."""


async def looked_at(stage: Stage, c: ConversationId) -> None:
    """As the engine does it: a look that raised is made again, and in the end there is a quarantine."""
    failed: list[Exception] = []
    while len(failed) < 3:
        try:
            await stage.settle(c, within=1800)
            return
        except Injected as error:
            failed.append(error)
    harness = stage.harness
    await quarantine(harness.store, harness.brands, stage.clock, c, failed[-1])  # pyright: ignore[reportArgumentType] - it only asks for what is active


def test_every_purpose_of_an_effect_has_a_case() -> None:
    assert {case.purpose for case in CASES.values()} | {"look_up", "prove"} == set(get_args(EffectPurpose))


@pytest.mark.parametrize("name", CASES)
def test_R_A9_an_exception_in_an_effect_of_any_purpose_touches_one_conversation(
    tmp_path: Path, expected_logs: Callable[..., object], name: str
) -> None:
    case = CASES[name]
    expected_logs(RUNNER, "effect_broke|step_broke", required=False)
    expected_logs(QUARANTINE, "quarantined", required=False)

    async def scene(stage: Stage) -> None:
        harness = stage.harness
        harness.brands.activate(case.breaks(harness.brands.at_work, harness))
        broken = await stage.writes(case.writes, "1", thread="broken")
        fine = await stage.writes(WHERE_OTHER, "2", thread="fine")
        await looked_at(stage, broken)
        if case.approve:
            await harness.decide(broken, "approve")
            await looked_at(stage, broken)
        if case.question:
            await stage.asks_back(broken, "Why is that?")
            await looked_at(stage, broken)
            (told,) = await stage.events(broken, AskAnswered)
            assert (told.outcome, told.answer) == ("not_answered", None)
        await looked_at(stage, fine)
        started = await stage.events(broken, EffectStarted)
        assert (case.purpose, case.alone) in {(e.purpose, e.kind == "write" and case.alone) for e in started}
        state = await harness.state(broken)
        asks = [known.ask for known in state.asks.values() if not known.resolved]
        assert bool(asks) is case.asks
        if not case.asks or case.purpose == "compose":
            assert any(ORDER in text for text in stage.texts()), "it was answered all the same"
        other = await harness.state(fine)
        assert (other.control, other.sent, len(other.asks)) == ("agent", 1, 0)
        refunds = [r for p in harness.shop.payments_of(ORDER) for r in harness.shop.refunds(payment_id=p["id"])]
        assert len(refunds) <= 1

    play(tmp_path, scene, alone=case.alone or case.purpose == "tally")


class BreakingProver:
    """Breaks whenever somebody wants to prove who they are."""

    async def owner(self, email: str, reference: str, *, deadline: datetime) -> Proven | NotProven | NotChecked:
        raise Injected("prove")


def test_R_A9_an_exception_while_somebody_proves_who_they_are_touches_one_conversation(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(RUNNER, "effect_broke", required=True)

    async def scene(stage: Stage) -> None:
        harness = stage.harness
        harness.brands.activate(replace(harness.brands.at_work, prover=BreakingProver()))
        broken = await stranger(stage, f"{WHERE} I am {mail_of(stage)}", thread="broken")
        fine = await stage.writes(WHERE_OTHER, "2", thread="fine")
        await looked_at(stage, broken)
        await looked_at(stage, fine)
        assert "prove" in [e.purpose for e in await stage.events(broken, EffectStarted)]
        asks = [known.ask for known in (await harness.state(broken)).asks.values() if not known.resolved]
        assert [ask.conversation for ask in asks] == [broken]
        other = await harness.state(fine)
        assert (other.control, other.sent, len(other.asks)) == ("agent", 1, 0)

    play(tmp_path, scene)

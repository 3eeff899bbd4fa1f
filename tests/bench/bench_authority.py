"""What authority costs: a judgement nobody has asked for before, every check before an approved action, decision to start.

Goals: a judgement under 0.5 ms (p99), from the durable decision to the durable start of its effect under 20 ms (p95).
"""

import asyncio
import gc
import itertools
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import cedarpy

from agent_core.authority.dispatch import check_dispatch
from agent_core.authority.facts import CallFacts, Caps
from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.request import caps_extra, question_of
from agent_core.authority.verify import open_envelope
from agent_core.contract.events import Countersigned, EffectStarted
from agent_core.contract.ids import ConversationId
from agent_core.engine.declared import judged_tools
from agent_core.engine.port import Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.store import Append
from tests.authority.scenarios import base_call
from tests.authority.world import SHIPPED_BRANDS, TOOLS, shop_gate, world
from tests.bench.figure import Figure, alternating
from tests.engine.harness import Harness

REPETITIONS: Final = 1_500
DECISIONS: Final = 40
CUSTOMERS: Final = 200


def run() -> list[Figure]:
    """The figures."""
    return [*judging(), *checking(), *starting()]


def judging() -> list[Figure]:
    """Calls of every tool, each with counters of its own, so that no answer is remembered; the worst case asks twice."""
    text = SHIPPED_BRANDS["northwind"].read_text(encoding="utf-8")
    policy = AuthorityPolicy.load(text, source="authority.cedar", tools=judged_tools())
    gate, bare = Gate(policy), _bare(policy)
    ours, beside = alternating((_each(gate, _calls()), bare), REPETITIONS, warm_up=30)
    twice, _ = alternating((_each(gate, _dear()), bare), REPETITIONS, warm_up=30)
    alone = _processor_time(_each(gate, _calls()), REPETITIONS)
    floor = "the same question to Cedar alone"
    return [
        Figure("judge one call of any tool, nothing remembered", ours, "ms", floor, beside),
        Figure("… p99", [percentile(ours, 99)], "ms", f"{floor}, p99", [percentile(beside, 99)]),
        Figure("… p99 of the processor's time", [percentile(alone, 99)], "ms"),
        Figure("judge a call that is not done alone (asks twice), p99", [percentile(twice, 99)], "ms"),
    ]


def _processor_time(work: Callable[[], object], repetitions: int) -> list[float]:
    """How long this thread itself worked, in milliseconds: on a busy machine the clock measures the others."""
    times: list[float] = []
    gc.collect()
    gc.disable()
    for _ in range(repetitions):
        began = time.thread_time_ns()
        work()
        times.append((time.thread_time_ns() - began) / 1e6)
    gc.enable()
    return times


def _calls() -> Iterator[CallFacts]:
    for number, tool in zip(itertools.count(1), itertools.cycle(TOOLS)):
        yield base_call(tool, caps=Caps(customer_minor=number))


def _dear() -> Iterator[CallFacts]:
    for number in itertools.count(1):
        yield base_call("refund_payment", minor=2001, caps=Caps(customer_minor=number))


def _each(gate: Gate, calls: Iterator[CallFacts]) -> "_Judging":
    return _Judging(gate, list(itertools.islice(calls, REPETITIONS + 30)))


class _Judging:
    """Judges the next call each time."""

    def __init__(self, gate: Gate, calls: Sequence[CallFacts]) -> None:
        self._gate = gate
        self._calls = iter(calls)

    def __call__(self) -> object:
        return self._gate.judge(next(self._calls))


def _bare(policy: AuthorityPolicy) -> "_Bare":
    one = base_call("refund_payment")
    question = question_of(one, caps_extra(one))
    return _Bare(policy, question.request("execute"), question.named)


class _Bare:
    """One request to the library, with the entities parsed each time as ours are."""

    def __init__(self, policy: AuthorityPolicy, request: dict[str, object], named: str) -> None:
        self._policy = policy
        self._request = request
        self._named = json.loads(named)

    def __call__(self) -> object:
        entities = cedarpy.Entities.from_json_str(json.dumps(self._named), self._policy.schema)
        return cedarpy.is_authorized(self._request, self._policy.policy_set, entities, self._policy.schema)


def checking() -> list[Figure]:
    """Every check between an approval and its effect, beside verifying the signature alone."""
    it = world()
    case, envelope = it.case(), it.envelope()
    public = it.sue.key.public_key().public_bytes_raw()
    assert case.gate is shop_gate()
    cleared, opened = alternating(
        (lambda: check_dispatch(case), lambda: open_envelope(envelope, public, it.sue.fingerprint)), REPETITIONS // 4
    )
    return [Figure("every check before an approved action", cleared, "ms", "verifying its signature alone", opened)]


Moment = tuple[float, float]
"""By the clock and by the process's own time, in seconds: on a busy machine only the second is ours."""


def _now() -> Moment:
    return time.perf_counter(), time.process_time()


class _Noting:
    """The store's observer: when a decision was durable, and when the start of what it allowed was."""

    def __init__(self) -> None:
        self.decided: dict[str, Moment] = {}
        self.looked: dict[str, Moment] = {}
        """The first effect after it: what the decision rests on is read again before anything else (R-C5)."""
        self.started: dict[str, Moment] = {}

    def before_commit(self, append: Append) -> None:
        """Nothing."""

    def after_commit(self, append: Append) -> None:
        """It is durable now."""
        for draft in append.drafts:
            if isinstance(draft.event, Countersigned):
                self.decided[append.stream] = _now()
            if isinstance(draft.event, EffectStarted) and append.stream in self.decided:
                self.looked.setdefault(append.stream, _now())
                if draft.event.purpose == "approved_tool":
                    self.started.setdefault(append.stream, _now())


def starting() -> list[Figure]:
    """A supervisor says yes, one conversation after the other: until the effect's start is durable, wake table included."""
    noting = _Noting()
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(_decide(Path(name), noting))
    found: list[Figure] = []
    for name, ends in (
        ("the first effect's start (evidence read again)", noting.looked),
        ("the action's own start", noting.started),
    ):
        pairs = [(ends[stream], decided) for stream, decided in noting.decided.items()]
        took, worked = ([(later[kind] - before[kind]) * 1000 for later, before in pairs] for kind in (0, 1))
        found += [
            Figure(
                f"a yes is durable -> {name}, p{percent}", [percentile(took, percent)], "ms",
                "of it our own processor time", [percentile(worked, percent)],
            )
            for percent in (50, 95)
        ]  # fmt: skip
    return found


async def _decide(folder: Path, noting: _Noting) -> None:
    harness = await Harness.open(folder, observer=noting, customers=CUSTOMERS)
    engine = TableEngine(harness.store, Pace())

    async def handle(stream: str) -> Handled:
        return await harness.runner.handle(ConversationId(stream))  # pyright: ignore[reportArgumentType] - a stream's name

    async def quarantine(_: str, error: Exception) -> None:
        raise error

    running = asyncio.create_task(engine.run(handle, quarantine=quarantine, nudge=harness.runner.nudge))
    try:
        waiting = [
            await harness.customer_writes(f"Please refund order {order}.", order, customer=owner, thread=order)
            for owner, order in itertools.islice(_refundable(harness.shop), DECISIONS)
        ]
        for conversation in waiting:
            while not (await harness.state(conversation)).open_proposals() or engine.looking_at:  # noqa: ASYNC110 - a bench
                await asyncio.sleep(0.01)
            await harness.decide(conversation)
            while conversation not in noting.started or engine.looking_at:  # noqa: ASYNC110 - a bench
                await asyncio.sleep(0.002)
    finally:
        await engine.stop()
        await running
        await harness.close()


def _refundable(shop: ShopWorld) -> Iterator[tuple[str, str]]:
    """Delivered orders of more than 20 EUR, one of each customer."""
    for person in shop.people():
        fit = (order for order in person.orders if 2000 < order.refundable_minor < 200_000 and not order.charged_twice)
        first = next((order.id for order in fit if shop.order(order.id)["status"] == "delivered"), None)
        if first is not None:
            yield person.id, first


def percentile(samples: Sequence[float], percent: int) -> float:
    """The value that so many percent of the samples do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]

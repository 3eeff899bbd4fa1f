"""A stage for the engine: a clock the test moves, a model that fails or waits on command, and what people do."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent_core.contract.actors import Person
from agent_core.contract.bodies import new_body
from agent_core.contract.events import AnyEvent, AskedBack, ControlChanged, LookAgain, Recalled, ReplyDrafted
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, WorkflowName, random_id
from agent_core.contract.outcomes import Control
from agent_core.conversation.state import State
from agent_core.engine.settling import settled_by_person
from agent_core.models.failures import ModelFailure
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.sandbox.messages.brain import Brain
from agent_core.store import Append, Draft, WakeRequest, brand_scope, workflow_scope
from agent_core.workflows.release import Release
from tests.engine.harness import Harness
from tests.engine.world import BrainModel

SUE = Person(operator=OperatorId("sue"))
NORTHWIND = brand_scope(BrandId("northwind"))


class StageClock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


class StageModel(BrainModel):
    """The brain, with failures and waits that the test orders by purpose."""

    def __init__(self, brain: Brain | None = None) -> None:
        super().__init__(brain=brain)
        self.next: dict[str, list[ModelFailure | ModelAnswer]] = {}
        self.asked: dict[str, asyncio.Event] = {}
        self.cancelled = 0
        self.stopped = asyncio.Event()
        """Somebody stopped a call that never answers."""

    def hold(self, purpose: str) -> asyncio.Event:
        """The next call of this purpose never answers; the event is set once it was asked."""
        return self.asked.setdefault(purpose, asyncio.Event())

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        held = self.asked.pop(request.purpose, None)
        if held is not None:
            self.requests.append(request)
            held.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                self.stopped.set()
                raise
        planned = self.next.get(request.purpose)
        if planned:
            self.requests.append(request)
            step = planned.pop(0)
            if isinstance(step, ModelFailure):
                raise step
            return step
        return await super().answer(request, deadline_seconds=deadline_seconds)


class Stage:
    """One harness with a clock that the test moves."""

    def __init__(self, harness: Harness, clock: StageClock, model: StageModel) -> None:
        self.harness = harness
        self.clock = clock
        self.model = model

    async def settle(self, conversation: ConversationId, *, within: float = 30) -> None:
        """Looks until nothing is due within so many seconds; the clock goes to each due time."""
        ends = self.clock.at + timedelta(seconds=within)
        while True:
            handled = await self.harness.runner.handle(conversation)
            if handled.next_due is None or handled.next_due > ends:
                return
            self.clock.at = max(self.clock.at, handled.next_due)

    async def events(self, conversation: ConversationId, *kinds: type[Any]) -> list[Any]:
        """The log's events of some types."""
        return [r.event for r in await self.harness.log(conversation) if not kinds or isinstance(r.event, kinds)]

    async def person(self, conversation: ConversationId, *events: AnyEvent) -> None:
        """A person's command is appended, and whoever looks at the conversation is nudged."""
        drafts = [Draft(event, SUE) for event in events]
        await self.harness.store.append(Append(conversation, drafts, wake=WakeRequest()))
        self.harness.runner.nudge(conversation)

    async def asks_back(self, conversation: ConversationId, question: str) -> None:
        """A person asks the agent about the one thing it has proposed."""
        known = next(iter((await self.harness.state(conversation)).open_proposals()))
        body = new_body("comment", question)
        event = AskedBack(ask=known.proposal.ask, proposal=known.proposal.id, operator=OperatorId("sue"), question=body.ref)
        await self.harness.store.append(Append(conversation, [Draft(event, SUE)], bodies=[body], wake=WakeRequest()))
        self.harness.runner.nudge(conversation)

    async def control(self, conversation: ConversationId, to: Control) -> None:
        event = ControlChanged(to=to, code="by_person", sentence="A person did.", operator=OperatorId("sue"))
        await self.person(conversation, event)

    async def says(self, conversation: ConversationId, text: str) -> None:
        """The person in control writes to the customer."""
        state = await self.harness.state(conversation)
        body = new_body("reply", text)
        event = ReplyDrafted(
            reply=state.replies + 1,
            turn=state.turn.turn,
            epoch=state.epoch,
            text=body.ref,
            covers=(),
            made_by="person",
        )
        await self.harness.store.append(Append(conversation, [Draft(event, SUE)], bodies=[body], wake=WakeRequest()))
        self.harness.runner.nudge(conversation)

    async def writes(self, text: str, event: str, **more: Any) -> ConversationId:
        """The customer writes, and whoever looks at the conversation is nudged."""
        conversation = await self.harness.customer_writes(text, event, **more)
        self.harness.runner.nudge(conversation)
        return conversation

    async def recall(self, conversation: ConversationId) -> None:
        known = next(iter((await self.harness.state(conversation)).open_proposals()))
        ask, proposal, approval = known.proposal.ask, known.proposal.id, known.approvals[-1]
        await self.person(
            conversation,
            Recalled(ask=ask, proposal=proposal, operator=OperatorId("sue"), statement=approval.statement),
            LookAgain(proposal=proposal, seen_through=known.seen_through, nonce=random_id("n")),
        )

    async def found_out(self, conversation: ConversationId, *, happened: bool) -> None:
        """A person settles the one write of unknown outcome."""
        state = await self.harness.state(conversation)
        ask = next(a.ask.id for a in state.asks.values() if a.ask.kind == "unknown_outcome" and not a.resolved)
        settled = settled_by_person(state, ask, happened=happened, operator=OperatorId("sue"))
        await self.harness.store.append(
            Append(
                conversation,
                settled.drafts,
                bodies=settled.bodies,
                intent_ends=settled.intent_ends,
                wake=WakeRequest(),
            )
        )

    async def paused(self, conversation: ConversationId, *, paused: bool) -> None:
        """The stop switch of the brand."""
        await self.harness.store.append(Append(conversation, scope_paused={NORTHWIND: paused}))
        self.harness.runner.nudge(conversation)

    async def paused_workflow(self, conversation: ConversationId, workflow: str, *, paused: bool) -> None:
        """The stop switch of one workflow of the brand."""
        scope = workflow_scope(BrandId("northwind"), WorkflowName(workflow))
        await self.harness.store.append(Append(conversation, scope_paused={scope: paused}))
        self.harness.runner.nudge(conversation)

    def texts(self) -> list[str]:
        """What arrived at the customer."""
        return [text for text, _ in self.harness.channel.sent()]


def refunding_alone(release: Release) -> Release:
    """The release with the refund workflow one step up the ladder: policy alone says what needs a person."""
    workflows = tuple(
        w.model_copy(update={"authority": "autonomous"}) if w.name == "refund_order" else w
        for w in release.content.workflows
    )
    return Release.of(release.content.model_copy(update={"workflows": workflows}))


@asynccontextmanager
async def staged(folder: Path, brain: Brain | None = None, *, alone: bool = False) -> AsyncGenerator[Stage]:
    """A stage in a folder."""
    clock, model = StageClock(), StageModel(brain)
    harness = await Harness.open(folder, clock=clock, model=model)
    if alone:
        harness.brand = replace(harness.brand, release=refunding_alone(harness.brand.release))
        harness.brands.at_work = harness.brand
    try:
        yield Stage(harness, clock, model)
    finally:
        await harness.close()


def play(
    folder: Path, scene: Callable[[Stage], Awaitable[None]], brain: Brain | None = None, *, alone: bool = False
) -> None:
    """Plays a scene; `alone`: with small refunds that need no person."""

    async def body() -> None:
        async with staged(folder, brain, alone=alone) as stage, asyncio.timeout(300):
            await scene(stage)

    asyncio.run(body())


def outcomes(events: list[Any]) -> Mapping[str, int]:
    """How often each proposal outcome occurs."""
    found: dict[str, int] = {}
    for event in events:
        found[event.outcome] = found.get(event.outcome, 0) + 1
    return found


def requests_of(stage: Stage, purpose: str) -> list[ModelRequest]:
    """What a model was asked for some purpose, in order."""
    return [request for request in stage.model.requests if request.purpose == purpose]


def ended_well(state: State) -> None:
    """Nothing hangs: it is answered, or waits for somebody who knows."""
    assert not state.damaged
    assert not state.open
    assert not [c for run in state.runs.values() for c in run.open_calls]
    if state.control == "agent":
        assert not [run for run in state.runs.values() if run.phase == "working"]
    else:
        assert [a for a in state.asks.values() if not a.resolved]

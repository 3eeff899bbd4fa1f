"""Small logs for the tests of the store: one brand, short events, a clock that stands still until told."""

from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_core.contract.actors import Actor, Agent, Customer, System
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.events import (
    AgentPaused,
    ConversationOpened,
    EffectFinished,
    EffectStarted,
    MessageReceived,
    ProposalSettled,
    Proposed,
)
from agent_core.contract.ids import (
    AskId,
    BrandId,
    ConversationId,
    EffectId,
    MessageId,
    OperatorId,
    ProposalId,
    ReleaseDigest,
    RunId,
    ToolName,
    WorkflowName,
    conversation_id,
)
from agent_core.contract.money import Money
from agent_core.contract.outcomes import ProposalOutcome
from agent_core.contract.proposals import Proposal
from agent_core.contract.threads import Thread, thread_body
from agent_core.store import GLOBAL_SCOPE, Append, Draft, Fence, NewStream, Observer, Store, WakeRequest, brand_scope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

START = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
BRAND = BrandId("northwind")
RUN = RunId("r1")
CODE: Actor = System(part="test")
SECRET = b"tests of the store ".ljust(32)
DIGEST = "ab" * 32


class HeldClock:
    """A clock that shows what it is told."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@asynccontextmanager
async def opened(
    folder: Path, *, clock: HeldClock | None = None, observer: Observer | None = None
) -> "AsyncGenerator[Store]":
    store = await Store.open(folder, clock=clock or HeldClock(), observer=observer)
    try:
        yield store
    finally:
        await store.close()


def conversation(number: int = 1, brand: BrandId = BRAND) -> ConversationId:
    return conversation_id(brand, "mail", str(number), secret=SECRET)


def opening(number: int = 1, brand: BrandId = BRAND, **more: Any) -> Append:
    thread = thread_body(Thread(external_id=str(number), customer="cus_1"))
    event = ConversationOpened(brand=brand, channel="mail", thread=thread.ref)
    return Append(
        conversation(number, brand),
        [Draft(event, Customer())],
        bodies=[thread],
        create=NewStream("conversation", brand),
        **more,
    )


def message(number: int = 1, text: str = "Where is my order?", **more: Any) -> Append:
    raw, clean = new_body("message_raw", text), new_body("message", text)
    event = MessageReceived(message=MessageId(raw.id), raw=raw.ref, text=clean.ref, occurred_at=START)
    return Append(conversation(number), [Draft(event, Customer())], bodies=[raw, clean], **more)


def started(effect: str, run: RunId | None = RUN) -> Draft:
    event = EffectStarted(
        effect=EffectId(effect), kind="read", purpose="tool", turn=1, run=run, deadline=START + timedelta(seconds=15)
    )
    return Draft(event, Agent(run=run))


def finished(effect: str, result: Body | None = None, run: RunId | None = RUN) -> Draft:
    event = EffectFinished(
        effect=EffectId(effect),
        outcome="succeeded",
        settled_by="performed",
        result=None if result is None else result.ref,
    )
    return Draft(event, CODE, run)


async def fence_now(store: Store, number: int = 1, runs: Sequence[RunId] = (RUN,)) -> Fence:
    """A fence of everything as it is now."""
    stream = conversation(number)
    head = await store.head(stream)
    assert head is not None
    heads = await store.run_heads(stream)
    names = [GLOBAL_SCOPE, brand_scope(BRAND)]
    scopes = await store.scopes(names)
    epochs = {name: scopes[name].epoch for name in names}
    return Fence(head.epoch, {run: heads.get(run, 0) for run in runs}, epochs, read=head.seq)


def proposed(name: str, *, number: int = 1, intent: str = "11", amount: int = 6490, supersedes: str | None = None) -> Draft:
    arguments = new_body("arguments", '{"amount":6490}')
    proposal = Proposal(
        id=ProposalId(name), conversation=conversation(number), brand=BRAND, run=RUN, tool_use_id=f"tu_{name}",
        tool=ToolName("refund"), resource="order:NW-1", workflow=WorkflowName("refund"), workflow_version=1,
        customer_digest=DIGEST,
        release=ReleaseDigest(DIGEST), arguments=arguments.ref, evidence_body=arguments.ref, card=arguments.ref,
        arguments_digest=DIGEST, evidence=(), evidence_digest=DIGEST, card_digest=DIGEST, seen_through=1,
        policy_digest=DIGEST, rules=(), code="above_limit", intent_key=intent * 32, idempotency_key=name, nonce=name,
        money=Money(amount_minor=amount, currency="EUR"), reversible=False, required_people=1, ask=AskId(f"a_{name}"),
        supersedes=None if supersedes is None else ProposalId(supersedes), expires_at=START + timedelta(hours=4),
    )  # fmt: skip
    return Draft(Proposed(proposal=proposal), Agent(run=RUN), RUN)


def settled(name: str, outcome: ProposalOutcome) -> Draft:
    event = ProposalSettled(proposal=ProposalId(name), outcome=outcome, by="person", code="decided", sentence="Decided.")
    return Draft(event, CODE)


def pause(stream: Any, scope: str) -> Append:
    event = AgentPaused(operator=OperatorId("op_1"), code="stop")
    return Append(stream, [Draft(event, CODE)], scope_paused={scope: True})


def woken(number: int, **more: Any) -> Append:
    return opening(number, wake=WakeRequest(**more))


def contents(folder: Path) -> Iterator[bytes]:
    """Every byte in the files of a folder."""
    for path in sorted(folder.iterdir()):
        yield path.read_bytes()

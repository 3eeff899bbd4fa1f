"""Conversations over real sockets while shop, channel and messages API fail in every way there is, from one seed.

The ledgers of the world outside are the witness: what was really done, what really arrived, which requests a provider would
refuse. Nothing here sleeps: the clock jumps to whatever is due next; only a system that keeps silent takes real time.
"""

import asyncio
import logging
import random
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from pydantic import SecretStr

from agent_core.contract.clock import system_clock
from agent_core.contract.events import EffectFinished, EffectStarted, ReplySent
from agent_core.contract.ids import ConversationId
from agent_core.conversation.evolve import fold
from agent_core.conversation.machines import SETTLED
from agent_core.conversation.state import State
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import Deadlines, Instance
from agent_core.models.provider import AnthropicModel
from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.channel.ledger import ChannelLedger
from agent_core.sandbox.faults import Fault, FaultBook, FaultKind
from agent_core.sandbox.messages.app import MessagesService, create_messages_app, service_of
from agent_core.sandbox.messages.faults import Fault as ModelFault
from agent_core.sandbox.messages.faults import Kind
from agent_core.sandbox.messages.matching import Match
from agent_core.sandbox.serving import serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.systems.channels.webchat import WebChat
from agent_core.systems.commerce.shop import ShopTools
from agent_core.systems.integrations import Integrations
from agent_core.systems.transport import Transport
from tests.conversation.departures import departures_of
from tests.engine.harness import CORE, ORDER, OTHER_ORDER, Harness
from tests.engine.stage import refunding_alone

TOKEN: Final = "sandbox-token-0815"
SECRET: Final = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM="
SILENT: Final = 60.0
"""Seconds that a system keeps silent: longer than anybody waits."""
PATIENT: Final = Deadlines(
    model=timedelta(seconds=1.5), read=timedelta(seconds=0.6), write=timedelta(seconds=0.6), reply=timedelta(seconds=0.6)
)

SYSTEM_KINDS: Final[dict[str, tuple[FaultKind, int]]] = {
    "time-out": ("timeout", 0), "429": ("status", 429), "500": ("status", 500), "529": ("status", 529),
    "refusal": ("status", 422), "malformed JSON": ("malformed", 0), "cut stream": ("cut", 0), "duplicate": ("twice", 0),
    "after the time-out": ("late", 0), "done but no answer": ("drop_after", 0), "reset": ("drop_before", 0),
    "slow": ("slow", 0), "wrong schema": ("wrong_schema", 0), "over-long": ("over_long", 0), "empty": ("empty", 0),
}  # fmt: skip
MODEL_KINDS: Final[dict[str, Kind]] = {
    "time-out": "slow", "429": "rate_limited", "500": "server_error", "529": "overloaded", "refusal": "refusal",
    "malformed JSON": "malformed", "cut stream": "cut_stream", "reset": "drop", "wrong schema": "wrong_schema",
    "over-long": "over_long", "empty": "empty", "too long": "too_long", "cut call": "max_tokens_in_call",
}  # fmt: skip

PLACES: Final[dict[str, str]] = {
    "get_order": "GET /v1/orders/NW-?????", "list_payments": "GET /v1/orders/*/payments",
    "track_order": "GET /v1/orders/*/parcels", "refund_payment": "POST /v1/payments/*",
    "look up a refund": "GET /v1/refunds", "look up a write": "GET /v1/writes",
    "send": "POST /v1/conversations/*", "look up a reply": "GET /v1/messages",
}  # fmt: skip
"""Where a fault can strike, as the stand-in's paths."""
PURPOSES: Final = ("triage", "run", "compose")
WISHES: Final = (
    f"Please refund order {ORDER}.",
    f"Please refund 10 EUR of order {ORDER}.",
    f"Where is order {OTHER_ORDER}?",
    f"Please refund order {ORDER}. Where is order {OTHER_ORDER}?",
)


class JumpingClock:
    """Goes on as time does, and jumps where the play says so."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return system_clock() + self._ahead

    def to(self, moment: datetime) -> None:
        """Nothing is due before: it is that moment now."""
        self._ahead += max(timedelta(0), moment - self())


@dataclass
class Outside:
    """A core with the world outside behind real sockets."""

    harness: Harness
    clock: JumpingClock
    shop: FaultBook
    chat: FaultBook
    ledger: ChannelLedger
    service: MessagesService
    fired: list[str] = field(default_factory=list[str])

    def arm(self, place: str, kind: str, *, times: int = 1, after: int = 0) -> None:
        """Orders a fault at one place; the name of a purpose means the model."""
        if place in PURPOSES:
            style = cast("Any", ("drop", "end", "error")[after % 3])
            seconds = SILENT if kind == "time-out" else 1.0
            match = Match(purpose=place)
            self.service.faults.arm(ModelFault(MODEL_KINDS[kind], times, after, seconds=seconds, style=style, match=match))
            return
        book = self.chat if place in ("send", "look up a reply") else self.shop
        played, status = SYSTEM_KINDS[kind]
        seconds = {"timeout": SILENT, "late": 1.0, "slow": 0.05}.get(played, 1.0)
        book.add(Fault(PLACES[place], played, status or 503, times, after, seconds))

    async def settle(self, c: ConversationId, *, within: float) -> None:
        """Looks until nothing is due any more within so many seconds."""
        ends = self.clock() + timedelta(seconds=within)
        while True:
            handled = await self.harness.runner.handle(c)
            if handled.next_due is None or handled.next_due > ends:
                return
            self.clock.to(handled.next_due)


@asynccontextmanager
async def outside(folder: Path, *, alone: bool, seed: int = 0) -> AsyncGenerator[Outside]:
    """Opens all of it in a folder."""
    clock, shop, chat = JumpingClock(), FaultBook(), FaultBook()
    ledger = ChannelLedger.open(folder / "chat.sqlite")
    messages = create_messages_app(seed=seed)
    harness = await Harness.open(folder, clock=clock)
    transport = Transport(clock=clock)
    try:
        async with (
            serve(create_shop_app(harness.shop, token=TOKEN, faults=shop)) as a_shop,
            serve(create_channel_app(secret=SECRET, core_url=None, token=TOKEN, ledger=ledger, faults=chat)) as a_chat,
            serve(messages) as an_api,
        ):
            integrations, token = Integrations(clock), SecretStr(TOKEN)
            model = AnthropicModel(base_url=an_api.base_url, api_key=SecretStr("sk-test"))
            release = refunding_alone(harness.brand.release) if alone else harness.brand.release
            harness.brands.at_work = harness.brand = replace(
                harness.brand,
                release=release,
                tools=ShopTools(transport.site("shop", a_shop.base_url, token, integrations)),
                channels={"chat": WebChat(transport.site("channel", a_chat.base_url, token, integrations))},
                model=model,
                integrations=integrations,
            )
            harness.runner = Runner(
                harness.store,
                harness.brands,
                harness,
                instance=Instance(CORE, "test"),
                clock=clock,
                deadlines=PATIENT,
                chance=random.Random(seed),
            )
            try:
                yield Outside(harness, clock, shop, chat, ledger, service_of(messages))
            finally:
                await model.close()
    finally:
        await transport.close()
        await harness.close()
        ledger.close()


@dataclass(frozen=True)
class Plan:
    """One conversation and what fails in it."""

    wish: str
    alone: bool
    faults: tuple[tuple[str, str, int, int], ...]

    @classmethod
    def of(cls, seed: int) -> "Plan":
        """A plan from a seed: one to four faults, anywhere."""
        chance = random.Random(f"faults {seed}")
        faults: list[tuple[str, str, int, int]] = []
        for _ in range(chance.choice((1, 2, 3, 4))):
            place = chance.choice((*PLACES, *PURPOSES))
            kind = chance.choice(tuple(MODEL_KINDS if place in PURPOSES else SYSTEM_KINDS))
            faults.append((place, kind, chance.choice((1, 1, 2, 3)), chance.choice((0, 0, 0, 1))))
        return cls(chance.choice(WISHES), chance.random() < 0.5, tuple(faults))


@dataclass(frozen=True)
class Came:
    """What a plan came to."""

    problems: tuple[str, ...]
    fired: int
    history: str


def faulty(seed: int) -> Came:
    """Plays the conversation of one seed."""
    return played(Plan.of(seed), seed)


def played(plan: Plan, seed: int = 0) -> Came:
    """Plays one plan, and judges it by the ledgers."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)

    async def body(folder: Path) -> Came:
        async with outside(folder, alone=plan.alone, seed=seed) as world:
            return await _played(world, plan)

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(body(Path(folder)))


async def _played(world: Outside, plan: Plan) -> Came:
    harness = world.harness
    owner = str(harness.shop.order(ORDER)["customer_id"])
    customer = {"id": owner, "name": "Amara Okafor", "email": "a@example.com", "authenticated": True}
    world.ledger.begin_or_check("thread_1", "chat", customer, None)
    for place, kind, times, after in plan.faults:
        world.arm(place, kind, times=times, after=after)
    c = await harness.customer_writes(plan.wish, "1")
    await world.settle(c, within=900)
    for _ in range(3):
        state = await harness.state(c)
        if not any(not known.complete and not known.asked_unknown for known in state.open_proposals()):
            break
        await harness.decide(c)
        await world.settle(c, within=1800)
    world.shop.clear()
    world.chat.clear()
    world.service.faults.clear()
    await world.settle(c, within=12 * 3600)
    records = await harness.log(c)
    state = fold(records)
    problems = [*departures_of(records), *_money(world, state), *_replies(world, records), *_ended(state)]
    problems += [
        f"a request that no provider takes: {entry.error}"
        for entry in world.service.record.requests
        if entry.status == 400 and entry.fault is None
    ]
    await harness.store.verify(c)
    fired = [str(entry["fault"]) for book in (world.shop, world.chat) for entry in book.requests if entry["fault"]]
    fired += [entry.fault for entry in world.service.record.requests if entry.fault]
    history = "".join(f"{record.model_dump_json()}\n" for record in records)
    return Came(tuple(problems), len(fired), history)


def _money(world: Outside, state: State) -> list[str]:
    """What the log says was done was done, and nothing else was; nothing was done twice."""
    refunds = world.harness.refunds()
    if len(refunds) > 1:
        return [f"{len(refunds)} refunds"]
    in_doubt = bool(state.unknown or state.doubts or any(p.asked_unknown and p.open for p in state.proposals.values()))
    claimed = "refund_payment" in state.actions
    if claimed and not refunds:
        return ["the log says that it was refunded, and it was not"]
    if refunds and not claimed and not in_doubt:
        return ["it was refunded, and the log does not know"]
    return []


def _replies(world: Outside, records: Any) -> list[str]:
    """Each reply arrived once at most, and what is said to be sent arrived."""
    keys = {r.event.reply: r.event.idempotency_key for r in records
            if isinstance(r.event, EffectStarted) and r.event.purpose == "reply"}  # fmt: skip
    sent = [r.event.reply for r in records if isinstance(r.event, ReplySent)]
    problems = [f"reply {n} was recorded as sent twice" for n in set(sent) if sent.count(n) > 1]
    problems += [f"reply {n} is said to be sent and is not there" for n in sent if not world.ledger.delivered(str(keys[n]))]
    said = [message for message in world.ledger.messages("thread_1") if message.get("delivery_id")]
    began = sum(1 for key in keys.values() if world.ledger.delivered(str(key)))
    if len(said) != began:
        problems.append(f"{len(said)} messages arrived of {began} replies")
    ended = [r.event.effect for r in records if isinstance(r.event, EffectFinished) and r.event.settled_by == "performed"]
    return [*problems, *(f"{effect} ended twice" for effect in set(ended) if ended.count(effect) > 1)]


def _ended(state: State) -> list[str]:
    """Answered, asked, or with a person who knows of it."""
    problems = [f"left open: {list(state.open)}"] if state.open else []
    if state.damaged:
        problems.append("damaged")
    if state.control != "agent":
        if not any(not known.resolved for known in state.asks.values()):
            problems.append(f"{state.control}, and nobody is asked")
        return problems
    late = [run.run for run in state.runs.values() if run.phase not in SETTLED or run.answer_phase is not None]
    if late or state.waiting or not state.turn.answered:
        problems.append(f"stuck: runs {late}, {len(state.waiting)} messages wait, answered {state.turn.answered}")
    return problems

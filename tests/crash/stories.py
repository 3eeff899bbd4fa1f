"""Every workflow we ship, told to its end in each way it can go; a process that dies anywhere in it goes on from its folder.

Time is a number, the world outside keeps its ledgers in files, and people keep a notebook: what they asked and were not told
they ask again, as webhooks and consoles do. So a story that is told again from the beginning only does what is left.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from agent_core.authority.sign import key_fingerprint, sign_statement
from agent_core.contract.canonical import digest
from agent_core.contract.commands import Command, Decide, HandBack, PersonReply, SettleUnknown, TakeOver
from agent_core.contract.errors import CountersignError, Invalid, Unavailable
from agent_core.contract.ids import ConversationId, OperatorId
from agent_core.contract.statements import ConsoleIdentity, LogHead, SignedBy, WideningStatement
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.systems.port import Happened, Reconciled, ToolResult, Unknown
from tests.engine.harness import CORE, ORDER, OTHER_ORDER
from tests.stepping.branding import branding
from tests.stepping.loop import SteppingLoop
from tests.stepping.outside import ENGINE, WRITES, Pace, SlowChannel, SlowModel, SlowTools, World
from tests.stepping.parts import key_of
from tests.stepping.play import Play, decision

_COMMAND: Final[TypeAdapter[Any]] = TypeAdapter(Command)
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
MOST_TRIES: Final = 300

T = TypeVar("T")


class Kept:
    """Lines of JSON in a file that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: list[Any] = []
        if path.exists():
            self.lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def add(self, line: Any) -> None:
        """Writes a line down, whole."""
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, f"{json.dumps(line)}\n".encode())
        finally:
            os.close(handle)
        self.lines.append(line)


class OtherNumbers(ShopWorld):
    """The same shop under the other brand's order numbers: `LL-010023` is `NW-10023`."""

    def __init__(self, shop: ShopWorld) -> None:
        self._shop = shop

    def order(self, order_id: str) -> dict[str, Any]:
        return self._shop.order(f"NW-{order_id[-5:]}")

    def parcels_of(self, order_id: str) -> list[dict[str, Any]]:
        return self._shop.parcels_of(f"NW-{order_id[-5:]}")


class StoryModel(SlowModel):
    """Writes down the digest of what is sent before it is sent."""

    def __init__(self, world: World, requests: Kept) -> None:
        super().__init__(world)
        self._requests = requests

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        self._requests.add(hashlib.sha256(request.request_bytes()).hexdigest())
        return await super().answer(request, deadline_seconds=deadline_seconds)


class StoryTools(SlowTools):
    """A shop that answers, or whose answers get lost, or that answers later."""

    def __init__(self, world: World, shop: ShopWorld, how: str) -> None:
        super().__init__(world, shop)
        self._how = how

    @property
    def late_systems(self) -> frozenset[str]:
        return frozenset({"shop"})

    def system_of(self, tool: str) -> str:
        del tool
        return "shop"

    def _perform(self, name: str, arguments: dict[str, Any], key: str | None) -> ToolResult:
        done = super()._perform(name, arguments, key)
        if self._how != "later" or name not in WRITES or done.outcome != "succeeded":
            return done
        return _taken(done)

    async def perform(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        deadline: datetime,
        customer: str | None,
    ) -> ToolResult:
        done = await super().perform(name, arguments, idempotency_key=idempotency_key, deadline=deadline, customer=customer)
        if self._how not in ("blind", "mute") or name not in WRITES or done.outcome != "succeeded":
            return done
        return ToolResult("unknown", code="lost", sentence="No answer came.", transient=True)

    async def reconcile(
        self, name: str, arguments: Mapping[str, Any], idempotency_key: str, *, deadline: datetime
    ) -> Reconciled:
        self._out.point = f"before look-up of {name}"
        found = await super().reconcile(name, arguments, idempotency_key, deadline=deadline)
        self._out.point = f"after look-up of {name}"
        if self._how == "mute":
            return Unknown("not_reconcilable", "It cannot be asked.", transient=False)
        if self._how == "blind" and self._out.loop.time() < HOUR / 6:
            return Unknown("timed_out", "The shop did not answer in time.", transient=True)
        if self._how == "later" and isinstance(found, Happened):
            return Happened(_taken(found.result))
        return found

    def read_answer(self, name: str, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> ToolResult:
        if answer.get("outcome") not in ("succeeded", "refused"):
            raise Invalid("bad_answer", "This is no answer.")
        if answer["outcome"] == "refused":
            return ToolResult("refused", dict(answer), code="said_no", sentence="The bank said no.")
        return ToolResult("succeeded", dict(answer), ((f"order.{arguments.get('order_id')}.operation", "done"),))

    async def look_up_answer(self, name: str, arguments: Mapping[str, Any], ref: str, *, deadline: datetime) -> ToolResult:
        return ToolResult("accepted", {"operation": ref}, external_ref=ref)


def _taken(done: ToolResult) -> ToolResult:
    return ToolResult("accepted", {"operation": done.result["refund_id"]}, external_ref=str(done.result["refund_id"]))


class StoryChannel(SlowChannel):
    """A channel whose deliveries outlive the process."""

    def __init__(self, world: World, kept: Kept) -> None:
        super().__init__(world)
        self._kept = kept
        self.delivered = {line["delivery"]: line for line in kept.lines}

    def _arrives(self, delivery_id: str, thread: str, text: str, by: str) -> None:
        super()._arrives(delivery_id, thread, text, by)
        if len(self._kept.lines) < len(self.delivered):
            self._kept.add({"delivery": delivery_id, "text": text, "by": by})


class StoryWorld(World):
    """The world of one story, in its folder."""

    def __init__(self, loop: SteppingLoop, shop: ShopWorld, pace: Pace, story: "Story", folder: Path) -> None:
        super().__init__(loop, shop, pace, branding(story.brand))
        if story.days:
            self.engine = replace(ENGINE, lease=DAY, poll=HOUR)  # looking every few seconds for days is only slow
        self.model = StoryModel(self, Kept(folder / "requests.jsonl"))
        self.tools = StoryTools(self, OtherNumbers(shop) if story.brand == "lumen" else shop, story.shop)
        self.channel = StoryChannel(self, Kept(folder / "channel.jsonl"))


class Telling:
    """One telling of a story: who takes part in it, and what they have done already."""

    def __init__(self, play: Play, folder: Path) -> None:
        self.play = play
        self.notebook = Kept(folder / "notebook.jsonl")
        self.customer = str(play.shop.order(ORDER)["customer_id"])
        self.conv: ConversationId = play.core.conversation("t1")
        self.refused: list[str] = []
        """What the core said when it could not take something at the moment."""
        self._step = 0

    def writes(self, text: str, *, by: str = "customer") -> None:
        """A message arrives, and again, until it is acknowledged."""
        self._step += 1
        event = f"event-{self._step}"
        if event not in self._told():
            self._patiently(lambda: self.play.core.webhook(event, "t1", text, customer=self.customer, author=by))
            self.notebook.add({"told": event})

    def passes(self, seconds: float = 60.0) -> None:
        """Everything goes on until nothing is due within so many seconds."""
        self.play.settle(within=seconds)

    def decides(self, wanted: str, who: str = "sue") -> None:
        """A supervisor decides what waits."""

        def made(state: State) -> Command:
            (known, *_) = [each for each in state.open_proposals() if not each.complete]
            return Decide(envelope=decision(self.play.core, who, state, known, wanted))

        self._asks(who, made)

    def takes_over(self) -> None:
        """A supervisor takes the conversation."""
        self._asks("sue", lambda _: TakeOver(conversation=self.conv))

    def says(self, text: str) -> None:
        """Who took it over writes to the customer."""
        self._asks("sue", lambda _: PersonReply(conversation=self.conv, text=text))

    def hands_back(self) -> None:
        """And gives it back."""
        self._asks("sue", lambda _: HandBack(conversation=self.conv, note="Go on, please."))

    def found_out(self) -> None:
        """A supervisor asked the bank what became of a write."""

        def made(state: State) -> Command:
            happened = bool(refunds(self.play.shop, self.customer))
            (ask,) = [a.ask.id for a in state.asks.values() if a.ask.kind == "unknown_outcome" and not a.resolved]
            key, now = key_of("sue"), self.play.world.clock()
            challenge = self.play.core.means.desk.challenge()
            statement = WideningStatement(
                core=CORE,
                signed_by=SignedBy(operator=OperatorId("sue"), role="admin", key=key_fingerprint(key)),
                console=ConsoleIdentity(version="1", instance="test"),
                nonce=challenge.nonce,
                issued_at=now,
                expires_at=challenge.expires_at,
                change="settle_unknown",
                subject=ask,
                value_digest=digest({"ask": ask, "happened": happened}),
                brand=self.play.world.brand.name,
                conversation=self.conv,
                log_head=LogHead(seq=state.seq, hash=state.head),
            )
            envelope = sign_statement(statement, key)
            return SettleUnknown(ask=ask, conversation=self.conv, happened=happened, envelope=envelope)

        self._asks("sue", made)

    def bank_answers(self, outcome: str) -> None:
        """What the shop had taken it answers now, and again, until it is acknowledged."""
        self._step += 1
        event = f"event-{self._step}"
        if event in self._told():
            return
        (ref,) = [row["id"] for row in refunds(self.play.shop, self.customer)]
        self._patiently(lambda: self.play.core.parts.callback(event, ref, {"outcome": outcome}))
        self.notebook.add({"told": event})

    def _state(self) -> State:
        return fold(self._patiently(lambda: self.play.core.store.records(self.conv)))

    def _patiently(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Asks, and a second later again while the core says that it cannot at the moment."""
        for _ in range(MOST_TRIES):
            try:
                return self.play.between(ask())
            except Unavailable as refused:
                self.refused.append(refused.code)
                self.play.run(asyncio.sleep(1.0))
        raise AssertionError(f"it is never possible: {self.refused[-1]}")

    def _told(self) -> set[str]:
        return {line["told"] for line in self.notebook.lines if "told" in line}

    def _asks(self, who: str, made: Callable[[State], Command]) -> None:
        """Sends a command until somebody says what became of it: under the same key what was asked before."""
        self._step += 1
        step = f"step-{self._step}"
        if step in self._told():
            return
        asked = [line for line in self.notebook.lines if line.get("asked") == step]
        if not any(self._repeats(who, line) for line in asked):
            command, key = made(self._state()), f"{step}-{len(asked)}"
            self.notebook.add({"asked": step, "key": key, "command": command.model_dump(mode="json")})
            self._patiently(lambda: self.play.core.command(who, command, key))
        self.notebook.add({"told": step})

    def _repeats(self, who: str, asked: Mapping[str, Any]) -> bool:
        """Asks again what was asked before; false when it has to be asked anew, because a challenge died with the core."""
        try:
            command = _COMMAND.validate_python(asked["command"])
            self._patiently(lambda: self.play.core.command(who, command, str(asked["key"])))
        except CountersignError as refused:
            if refused.code != "nonce_not_issued":
                raise
            return False
        return True


@dataclass(frozen=True)
class Story:
    """One way a conversation goes.

    Attributes:
        shop: `answers`; `blind`: answers to writes are lost, and for ten minutes it cannot be asked; `mute`: it never can;
            `later`: it takes writes and answers them later.
        ends: Who has control in the end.
        refunds: How many refunds are made.
        days: Whether it takes days until it has ended.
    """

    tell: Callable[[Telling], None]
    brand: str = "northwind"
    shop: str = "answers"
    ends: str = "agent"
    refunds: int = 0
    days: bool = False

    @property
    def may_not_leave(self) -> bool:
        """Whether nobody can tell that a write which a death held back has not left, so that it is not sent again."""
        return self.shop in ("blind", "mute")


REFUND: Final = f"I want my money back for order {ORDER}, please."
WHERE: Final = f"Where is order {OTHER_ORDER}?"


def _approved(it: Telling) -> None:
    it.writes(f"{REFUND} Also: where is {OTHER_ORDER}?")
    it.passes()
    it.decides("approve")
    it.passes()


def _approved_by_two(it: Telling) -> None:
    it.customer = str(it.play.shop.order("NW-10018")["customer_id"])
    it.writes("Please refund order NW-10018.")
    it.passes()
    it.decides("approve")
    it.passes()
    it.decides("approve", "leo")
    it.passes()


def _denied(it: Telling) -> None:
    it.writes(REFUND)
    it.passes()
    it.decides("deny")
    it.passes(4 * DAY)


def _alone(it: Telling) -> None:
    it.writes(f"Please refund 10 EUR of order {ORDER}.")
    it.passes()
    it.decides("approve")
    it.passes()
    it.writes("Thank you!")
    it.passes()


def _expired(it: Telling) -> None:
    it.writes(REFUND)
    it.passes(5 * HOUR)


def _looked_up(it: Telling) -> None:
    it.writes(REFUND)
    it.passes()
    it.decides("approve")
    it.passes(HOUR)


def _found_out(it: Telling) -> None:
    it.writes(REFUND)
    it.passes()
    it.decides("approve")
    it.passes(60)
    it.found_out()
    it.passes()


def _later(it: Telling) -> None:
    it.writes(REFUND)
    it.passes()
    it.decides("approve")
    it.passes(60)
    it.bank_answers("succeeded")
    it.passes()


def _newer_words(it: Telling) -> None:
    it.writes(REFUND)
    it.passes()
    it.writes(f"And {WHERE}")
    it.passes()
    it.decides("approve")
    it.passes()


def _human(it: Telling) -> None:
    it.writes("I want to talk to a human, please.")
    it.passes()
    it.takes_over()
    it.says("This is Sue. How can I help?")
    it.passes()
    it.hands_back()
    it.passes()


def _taken_over(it: Telling) -> None:
    it.writes(REFUND)
    it.passes()
    it.takes_over()
    it.says("I look into this myself.")
    it.passes()
    it.hands_back()
    it.passes()
    it.decides("approve")
    it.passes()


def _silent(it: Telling) -> None:
    it.writes("Please refund my order.")
    it.passes(4 * DAY)


def _where(it: Telling) -> None:
    it.writes(WHERE)
    it.passes(4 * DAY)


def _where_in_german(it: Telling) -> None:
    it.writes("Guten Tag, wo ist meine Bestellung?")
    it.passes()
    it.writes(f"Es geht um die Bestellung {OTHER_ORDER}, wo bleibt sie denn?")
    it.passes()


def _lamp(it: Telling) -> None:
    it.writes("Where is my lamp, order LL-010024?")
    it.passes(4 * DAY)


def _lamp_unknown(it: Telling) -> None:
    it.writes("Where is my parcel?")
    it.passes()
    it.writes("It is LL-999999.")
    it.passes()


def _lamp_refund(it: Telling) -> None:
    it.writes("I want my money back for LL-010023.")
    it.passes()
    it.takes_over()
    it.says("I have sent you a label.")
    it.passes()


def _too_late_to_cancel(it: Telling) -> None:
    it.writes(f"Please cancel my order {ORDER}.")
    it.passes()


def _no_subscription(it: Telling) -> None:
    it.writes("Please cancel my subscription.")
    it.passes()
    it.writes("Yes, please.")
    it.passes()


def _sent_back(it: Telling) -> None:
    it.writes(f"I want to send back {ORDER}, it is too small.")
    it.passes()


def _invoice(it: Telling) -> None:
    it.writes(f"Please send me the invoice for {ORDER} again.")
    it.passes()


def _credit(it: Telling) -> None:
    it.writes(f"I want a voucher of 20 EUR for the trouble with {ORDER}.")
    it.passes()
    it.decides("approve")
    it.passes()


def _elsewhere(it: Telling) -> None:
    it.writes(f"I have moved, new address for {OTHER_ORDER}: Lindenweg 5, 20095 Hamburg")
    it.passes()


STORIES: Final[Mapping[str, Story]] = {
    "an order that has arrived is not cancelled": Story(_too_late_to_cancel),
    "a subscription is asked about": Story(_no_subscription),
    "a return is opened": Story(_sent_back),
    "an invoice is sent again": Story(_invoice),
    "a credit is approved": Story(_credit),
    "an address comes too late": Story(_elsewhere),
    "a refund beside a question is approved": Story(_approved, refunds=1),
    "a large refund is approved by two": Story(_approved_by_two, refunds=1),
    "a refund is denied, and the end": Story(_denied, ends="closed", days=True),
    "a small refund": Story(_alone, refunds=1),
    "nobody decides": Story(_expired, days=True),
    "an answer is lost, and looked up": Story(_looked_up, shop="blind", refunds=1),
    "an answer is lost, and a person finds out": Story(_found_out, shop="mute", refunds=1),
    "the bank answers later": Story(_later, brand="later", shop="later", refunds=1),
    "the customer writes again while it waits": Story(_newer_words, refunds=1),
    "the customer asks for a human": Story(_human),
    "a person takes over and gives it back": Story(_taken_over, refunds=1),
    "the customer is silent": Story(_silent, ends="closed", days=True),
    "where is my order": Story(_where, ends="closed", days=True),
    "wo ist meine Bestellung": Story(_where_in_german),
    "where is my lamp": Story(_lamp, brand="lumen", days=True),
    "a lamp nobody knows": Story(_lamp_unknown, brand="lumen"),
    "what this brand does not do": Story(_lamp_refund, brand="lumen", ends="human"),
}


def refunds(shop: ShopWorld, customer: str) -> list[dict[str, Any]]:
    """Every refund of a customer's orders, as the shop knows them."""
    payments = [payment for order in shop.orders_of(customer) for payment in shop.payments_of(order["id"])]
    return [refund for payment in payments for refund in shop.refunds(payment_id=payment["id"])]

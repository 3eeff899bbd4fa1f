"""A whole engine in one folder: real store, real policies, real brand; the brain in process, the world in SQLite files.

Everything outside survives the death of the process, so that a crash test can look at what really happened. `point` is
called around every effect, so that a test can end the process there.
"""

import functools
import hashlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.authority.anchor import enrolled_event, enrolment, open_first_enrolment
from agent_core.authority.gate import Gate
from agent_core.authority.keys import KeyRing
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.sign import key_fingerprint, public_key_text, sign_statement
from agent_core.authority.verify import verify_envelope
from agent_core.contract.actors import Customer, Person, System
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.events import (
    AnchorSet,
    ConversationOpened,
    Countersigned,
    FactsLearned,
    MessageReceived,
    OperatorEnrolled,
    Recorded,
)  # fmt: skip
from agent_core.contract.events.effects import Usage
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import (
    CORE_STREAM,
    BrandId,
    ConversationId,
    FactId,
    OperatorId,
    ReleaseDigest,
    conversation_id,
    message_id,
    name_in_channel,
    random_id,
)  # fmt: skip
from agent_core.contract.money import Money
from agent_core.contract.statements import (
    ConsoleIdentity,
    DecisionStatement,
    EnrolmentStatement,
    LogHead,
    SignedBy,
    statement_bytes,
    statement_digest,
)  # fmt: skip
from agent_core.contract.threads import Thread, thread_body
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import ProposalState, State
from agent_core.engine.declared import judged_tools
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork, Deadlines, Instance
from agent_core.models.port import ModelAnswer, ModelNames, ModelRequest
from agent_core.sandbox.messages.answer import Call, Say
from agent_core.sandbox.messages.brain import Brain
from agent_core.sandbox.messages.literal import LiteralBrain
from agent_core.sandbox.messages.rules import check_request
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal
from agent_core.store import Append, Draft, NewStream, Store, WakeRequest
from agent_core.systems.integrations import Integrations
from agent_core.systems.port import Delivery, DidNotHappen, Happened, NotSent, Reconciled, Sent, Still, Stopped, ToolResult
from agent_core.systems.tallying import CannotTell, Told
from agent_core.workflows.commerce_tools import commerce_catalog
from agent_core.workflows.findings import Finding
from agent_core.workflows.loader import load_brand
from agent_core.workflows.release import Release
from agent_core.workflows.tools import ToolDeclaration
from tests.engine import desk

BRANDS = Path(__file__).resolve().parents[2] / "resources" / "brands"
CORE = "core_test"
SECRET = b"tests of the engine ".ljust(32)
"""Keys the ids of conversations; a test names them before there is a store."""
ORDER, OTHER_ORDER = "NW-10023", "NW-10024"

_QUICK = timedelta(seconds=0.3)
QUICK = Deadlines(model=timedelta(seconds=5), read=_QUICK, write=_QUICK, reply=_QUICK)

Point = Callable[[str], None]

Around = Callable[[str, Callable[[], ToolResult]], Awaitable[ToolResult]]
"""Stands between the engine and a tool: performs it, or fails in some way."""


def nowhere(name: str) -> None:
    """The point at which nothing happens."""


def _judged_elsewhere(text: str, source: str, tools: Iterable[ToolDeclaration]) -> list[Finding]:
    """Policy is loaded, and so checked, by the gate itself."""
    return []


@functools.cache
def northwind() -> Release:
    """The demo brand's release, quick: no waiting for a second message, no undo window."""
    release = load_brand(BRANDS / "northwind", tools=commerce_catalog(), check_policy=_judged_elsewhere)
    timing = release.content.brand.timing.model_copy(update={"batch_window_ms": 0, "undo_s": 0})
    brand = release.content.brand.model_copy(update={"timing": timing})
    return Release.of(release.content.model_copy(update={"brand": brand}))


class BrainModel:
    """The sandbox's literal brain as a model client, behind the stand-in's strict rules."""

    def __init__(self, point: Point = nowhere, brain: Brain | None = None) -> None:
        self.requests: list[ModelRequest] = []
        self._brain = brain or LiteralBrain()
        self._point = point

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        self._point(f"before model {request.purpose}")
        self.requests.append(request)
        blocks = self.thinks(request.request_bytes())
        self._point(f"after model {request.purpose}")
        return answered(blocks, request.model)

    def thinks(self, body: bytes) -> list[dict[str, Any]]:
        """The blocks with which a request is answered, if the provider would take it."""
        checked = check_request(json.loads(body), {"anthropic-version": "2026-10-21"})
        blocks: list[dict[str, Any]] = []
        for number, block in enumerate(self._brain.think(checked, 1).blocks):
            if isinstance(block, Say):
                blocks.append({"type": "text", "text": block.text})
            elif isinstance(block, Call):
                call = block.id or f"toolu_{hashlib.sha256(body).hexdigest()[:12]}_{number}"
                blocks.append({"type": "tool_use", "id": call, "name": block.tool, "input": block.arguments})
        return blocks

    async def close(self) -> None:
        """Nothing to close."""


def answered(blocks: Sequence[Mapping[str, Any]], model: str) -> ModelAnswer:
    """A whole answer of these blocks."""
    stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    return ModelAnswer(tuple(blocks), stop, Usage(input_tokens=10, output_tokens=5), model)


class WorldTools:
    """The shop's own world as tools, without a socket."""

    def __init__(self, world: ShopWorld, point: Point = nowhere) -> None:
        self.world = world
        self.calls: list[tuple[str, str | None]] = []
        self.around: Around | None = None
        self.looked_up: Callable[[Reconciled], Reconciled] | None = None
        self.tallied: Callable[[Told | CannotTell], Awaitable[Told | CannotTell]] | None = None
        """What becomes of the shop's word about a customer's day, on its way here."""
        self._point = point

    async def perform(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        deadline: datetime,
        customer: str | None,
    ) -> ToolResult:
        self._point(f"before {name}")
        self.calls.append((name, idempotency_key))
        if self.around is not None:
            result = await self.around(name, lambda: self._perform(name, dict(arguments), idempotency_key))
        else:
            result = self._perform(name, dict(arguments), idempotency_key)
        self._point(f"after {name}")
        return result

    def _perform(self, name: str, arguments: dict[str, Any], key: str | None) -> ToolResult:
        if name in desk.TOOLS:
            return desk.perform(self.world, name, arguments, key)
        order_id = arguments.get("order_id", "")
        try:
            self.world.order(order_id)
        except Refusal as refusal:
            return ToolResult("refused", code=refusal.code, sentence="There is no such order.")
        if name == "get_order":
            order = self.world.order(order_id)
            facts = (
                (f"order.{order_id}.status", order["status"]),
                (f"order.{order_id}.customer", order["customer_id"]),
                (f"order.{order_id}.total", order["total"]),
            )
            found = {"order_id": order_id, "status": order["status"], "total": order["total"]}
            return ToolResult("succeeded", found, facts)
        if name == "list_payments":
            return self._payments(order_id)
        if name == "track_order":
            parcels = [
                {"tracking": p["tracking"], "carrier": p["carrier"], "status": p["status"], "last_event": "under way",
                 "place": "Leipzig", "eta": p.get("eta"), "delivered_at": p.get("delivered_at")}
                for p in self.world.parcels_of(order_id)
            ]  # fmt: skip
            return ToolResult("succeeded", {"parcels": parcels})
        assert name == "refund_payment"
        assert key is not None
        try:
            refund, _ = self.world.refund(
                arguments["payment_id"],
                amount_minor=arguments["amount_minor"],
                currency=arguments["currency"],
                reason=arguments["reason"],
                idempotency_key=key,
            )
        except Refusal as refusal:
            return ToolResult("refused", code=refusal.code, sentence="The shop refused it.")
        return self.refunded(refund)

    def _payments(self, order_id: str) -> ToolResult:
        payments = self.world.payments_of(order_id)
        shown = [
            {"payment_id": p["id"], "amount_minor": p["amount_minor"], "currency": p["currency"],
             "refunded_minor": p["refunded_minor"], "refundable_minor": p["refundable_minor"], "method": p["method"],
             "captured_at": p["captured_at"]}
            for p in payments
        ]  # fmt: skip
        facts: list[tuple[str, Any]] = []
        for payment in payments:
            for field in ("refundable", "refunded", "amount"):
                key = f"payment.{payment['id']}.{field}"
                facts.append((key, payment["amount_minor" if field == "amount" else f"{field}_minor"]))
            facts.append((f"payment.{payment['id']}.order", order_id))
            facts.append((f"payment.{payment['id']}.currency", payment["currency"]))
            facts.append((f"payment.{payment['id']}.method", payment["method"]))
        return ToolResult("succeeded", {"payments": shown}, tuple(facts))

    def refunded(self, refund: dict[str, Any]) -> ToolResult:
        result = {
            "refund_id": refund["id"], "status": refund["status"], "amount_minor": refund["amount_minor"],
            "currency": refund["currency"],
        }  # fmt: skip
        return ToolResult("succeeded", result, ((f"refund.{refund['id']}.status", refund["status"]),))

    async def reconcile(
        self, name: str, arguments: Mapping[str, Any], idempotency_key: str, *, deadline: datetime
    ) -> Reconciled:
        if name in desk.TOOLS:
            return desk.reconciled(self.world, name, idempotency_key)
        found = self.world.refunds(idempotency_key=idempotency_key)
        truth = Happened(self.refunded(found[0])) if found else DidNotHappen()
        return self.looked_up(truth) if self.looked_up is not None else truth

    async def tally(
        self, tool: str, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
    ) -> Told | CannotTell:
        self._point("before tally")
        found = desk.given(self.world, customer, currency, since, until)
        result = found if self.tallied is None else await self.tallied(found)
        self._point("after tally")
        return result


class FileChannel:
    """A channel that keeps each delivery once, in a file."""

    def __init__(self, path: Path, point: Point = nowhere) -> None:
        self._path = path
        self._point = point
        self.before: Callable[[str], Awaitable[Delivery | None]] | None = None
        self.in_line: Callable[[], Awaitable[None]] | None = None
        """What a reply waits for before it can leave."""
        self._run("CREATE TABLE IF NOT EXISTS sent(delivery TEXT PRIMARY KEY, thread TEXT, text TEXT, by TEXT)")

    async def send(
        self,
        external_id: str,
        text: str,
        *,
        delivery_id: str,
        by: str,
        deadline: datetime,
        still: Still | None = None,
    ) -> Delivery:
        self._point("before send")
        if self.in_line is not None:
            await self.in_line()
        if still is not None and not await still():
            return Stopped()
        if self.before is not None and (instead := await self.before(text)) is not None:
            return instead
        self._run("INSERT OR IGNORE INTO sent VALUES(?, ?, ?, ?)", delivery_id, external_id, text, by)
        self._point("after send")
        return Sent(delivery_id)

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        rows = self._run("SELECT delivery FROM sent WHERE delivery = ?", delivery_id)
        return Sent(delivery_id) if rows else NotSent("not_found", "It is not there.", transient=False)

    def sent(self) -> list[tuple[str, str]]:
        """Text and speaker of everything that arrived, in order."""
        return [(row[0], row[1]) for row in self._run("SELECT text, by FROM sent ORDER BY rowid")]

    def _run(self, statement: str, *values: str) -> list[Any]:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


def decision_statement(
    state: State, known: ProposalState, who: str, key: Ed25519PrivateKey, wanted: str, *, at: datetime
) -> DecisionStatement:
    """What a person states who sees this card now and says approve or deny."""
    proposal = known.proposal
    return DecisionStatement(
        core=CORE,
        signed_by=SignedBy(operator=OperatorId(who), role="admin", key=key_fingerprint(key)),
        console=ConsoleIdentity(version="1", instance="test"),
        nonce=known.nonce,
        issued_at=at,
        expires_at=at + timedelta(minutes=15),
        decision="approve" if wanted == "approve" else "deny",
        brand=proposal.brand,
        conversation=proposal.conversation,
        customer_digest=proposal.customer_digest,
        ask=proposal.ask,
        proposal=proposal.id,
        seen_through=known.seen_through,
        workflow=proposal.workflow,
        workflow_version=proposal.workflow_version,
        release=proposal.release,
        run=proposal.run,
        tool=proposal.tool,
        resource=proposal.resource,
        arguments_digest=proposal.arguments_digest,
        evidence=proposal.evidence,
        evidence_digest=proposal.evidence_digest,
        card_digest=proposal.card_digest,
        policy_digest=proposal.policy_digest,
        money=proposal.money,
        approval_number=min(len(known.approvals) + 1, 5),
        previous_approvals=tuple(a.statement for a in known.approvals),
        required_approvals=proposal.required_people,
        log_head=LogHead(seq=state.seq, hash=state.head),
        shown_at=at - timedelta(seconds=5),
    )


@dataclass
class OneBrand:
    """`Brands` with a single one."""

    at_work: BrandAtWork
    before: tuple[Release, ...] = ()

    def active(self, brand: BrandId) -> BrandAtWork:
        return self.at_work

    def release(self, digest: ReleaseDigest) -> Release:
        return next(release for release in (self.at_work.release, *self.before) if release.digest == digest)

    def activate(self, at_work: BrandAtWork) -> None:
        """Another release, policy or set of tools is active from now on."""
        self.before = (*self.before, self.at_work.release)
        self.at_work = at_work


class Harness:
    """The engine and its world. Build it with `open`, in a folder that may have been used before."""

    def __init__(
        self, folder: Path, store: Store, clock: Clock, point: Point, model: Any = None, customers: int = 40
    ) -> None:
        self.folder = folder
        self.store = store
        self.clock = clock
        self.shop = ShopWorld.open(folder / "shop.sqlite", seed=1, customers=customers, clock=clock)
        self.channel = FileChannel(folder / "channel.sqlite", point)
        self.tools = WorldTools(self.shop, point)
        self.model = model or BrainModel(point)
        self.bent: Callable[[KeyRing], Any] = lambda ring: ring
        """What a test makes of the key ring, before anybody looks at it."""
        self.keys = {who: Ed25519PrivateKey.from_private_bytes(who[:1].encode() * 32) for who in ("sue", "leo")}
        release = northwind()
        policy = AuthorityPolicy.load(release.policy_text, source="authority.cedar", tools=judged_tools())
        self.brand = BrandAtWork(
            release,
            Gate(policy),
            self.tools,
            {"chat": self.channel},
            self.model,
            ModelNames(),
            sandbox=True,
            integrations=Integrations(clock),
        )
        self.brands = OneBrand(self.brand)
        self.runner = Runner(
            store,
            self.brands,
            self,
            instance=Instance(CORE, "test"),
            clock=clock,
            deadlines=QUICK,
            chance=Random(1),
        )

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        clock: Clock = system_clock,
        point: Point = nowhere,
        observer: Any = None,
        model: Any = None,
        customers: int = 40,
    ) -> "Harness":
        """Opens the folder and, the first time, enrols the supervisor."""
        store = await Store.open(folder / "data", clock=clock, observer=observer)
        harness = cls(folder, store, clock, point, model, customers)
        if await store.head(CORE_STREAM) is None:
            await harness._enrol()
        return harness

    async def close(self) -> None:
        """Closes store and shop."""
        await self.store.close()
        self.shop.close()

    async def enrol_leo(self) -> None:
        """A second supervisor, enrolled by the first."""
        sue = SignedBy(operator=OperatorId("sue"), role="admin", key=key_fingerprint(self.keys["sue"]))
        name, statement = self._enrolment("leo", sue)
        envelope = sign_statement(statement, self.keys["sue"])
        body = new_body("envelope", canonical(envelope.model_dump(mode="json")).decode())
        verified = verify_envelope(envelope, keys=await self.keyring(), now=self.clock(), audience=CORE)
        event = enrolled_event(verified, name=name.ref, envelope=body.ref)
        await self.store.append(Append(CORE_STREAM, [Draft(event, System(part="test"))], bodies=(name, body)))

    def _enrolment(self, who: str, signed_by: SignedBy | None = None) -> tuple[Body, EnrolmentStatement]:
        name = new_body("comment", who.title())
        statement = enrolment(
            operator=OperatorId(who),
            role="admin",
            brands=("*",),
            limit=Money(amount_minor=500_000, currency="EUR"),
            public_key=public_key_text(self.keys[who]),
            name=name.ref,
            core=CORE,
            console=ConsoleIdentity(version="1", instance="test"),
            nonce=f"enrol {who}",
            now=self.clock(),
            signed_by=signed_by,
        )
        return name, statement

    async def _enrol(self) -> None:
        name, statement = self._enrolment("sue")
        envelope = sign_statement(statement, self.keys["sue"])
        body = new_body("envelope", canonical(envelope.model_dump(mode="json")).decode())
        ring = KeyRing(anchor=None, core=CORE)
        opened = open_first_enrolment(envelope, ring=ring, now=self.clock(), audience=CORE)
        event: OperatorEnrolled = enrolled_event(opened, name=name.ref, envelope=body.ref)
        system = System(part="test")
        drafts = [Draft(AnchorSet(key=key_fingerprint(self.keys["sue"])), system), Draft(event, system)]
        await self.store.append(Append(CORE_STREAM, drafts, bodies=(name, body), create=NewStream(kind="core", brand=None)))

    async def keyring(self) -> KeyRing:
        """`Operators`: folded from the core's log."""
        records = await self.store.records(CORE_STREAM)
        refs = [r.event.envelope for r in records if isinstance(r.event, OperatorEnrolled)]
        texts = {key: body.text for key, body in (await self.store.bodies(refs)).items()}
        return self.bent(KeyRing.fold(records, key_fingerprint(self.keys["sue"]), texts, core=CORE))

    async def customer_writes(
        self, text: str, event: str = "evt_1", *, customer: str | None = None, thread: str = "thread_1"
    ) -> ConversationId:
        """A message arrives, in one transaction with its wake."""
        brand = BrandId("northwind")
        conversation = conversation_id(brand, "chat", thread, secret=SECRET)
        owner = customer or self.shop.order(ORDER)["customer_id"]
        body, raw = new_body("message", text), new_body("message_raw", text)
        actor = Customer()
        drafts: list[Draft] = []
        bodies = [body, raw]
        new = await self.store.head(conversation) is None
        if new:
            values = [
                ("customer.authenticated", True),
                ("customer.name", "Amara Okafor"),
                ("customer.email", "a@example.com"),
            ]
            refs = tuple(FactRef(id=FactId(f"auth.{n}"), key=key) for n, (key, _) in enumerate(values, 1))
            facts = new_body(
                "facts",
                canonical([{"id": r.id, "key": k, "value": v} for r, (k, v) in zip(refs, values, strict=True)]).decode(),
            )
            named = thread_body(Thread(external_id=thread, customer=owner))
            bodies += [facts, named]
            opened = ConversationOpened(brand=brand, channel="chat", thread=named.ref)
            learned = FactsLearned(source="channel", facts=refs, body=facts.ref)
            drafts = [Draft(opened, actor), Draft(learned, System(part="inbound"))]
        received = MessageReceived(
            message=message_id(conversation, event, secret=SECRET),
            raw=raw.ref,
            text=body.ref,
            occurred_at=self.clock(),
            name_in_channel=name_in_channel(conversation, event, secret=SECRET),
        )
        await self.store.append(
            Append(
                conversation,
                [*drafts, Draft(received, actor)],
                bodies=bodies,
                create=NewStream(kind="conversation", brand=brand) if new else None,
                wake=WakeRequest(),
                keys=(f"inbound:northwind:chat:{event}",),
            )
        )
        return conversation

    async def state(self, conversation: ConversationId) -> State:
        """The conversation, folded from its log."""
        return fold(await self.store.records(conversation))

    async def log(self, conversation: ConversationId) -> tuple[Recorded, ...]:
        """The conversation's log."""
        return await self.store.records(conversation)

    async def decide(
        self,
        conversation: ConversationId,
        decision: str = "approve",
        *,
        reason: str | None = None,
        undo: timedelta = timedelta(0),
        who: str = "sue",
        **changes: Any,
    ) -> DecisionStatement:
        """An operator signs a decision about the one open proposal, as a console would, and it is appended."""
        key = self.keys[who]
        comment = None if reason is None else new_body("comment", reason)
        state = await self.state(conversation)
        (known, *_) = state.open_proposals()
        proposal = known.proposal
        now = self.clock()
        statement = decision_statement(state, known, who, key, decision, at=now).model_copy(update=changes)
        envelope = sign_statement(statement, key)
        body = new_body("envelope", canonical(envelope.model_dump(mode="json")).decode())
        event = Countersigned(
            run=proposal.run,
            ask=proposal.ask,
            proposal=proposal.id,
            decision=statement.decision,
            operator=OperatorId(who),
            key=key_fingerprint(key),
            nonce=known.nonce,
            statement=statement_digest(statement_bytes(statement)),
            envelope=body.ref,
            seen_through=known.seen_through,
            expires_at=statement.expires_at,
            not_before=now + undo,
            comment=None if comment is None else comment.ref,
        )
        await self.store.append(
            Append(
                conversation,
                [Draft(event, Person(operator=OperatorId(who)))],
                bodies=[body] if comment is None else [body, comment],
                wake=WakeRequest(),
                keys=(f"nonce:{known.nonce}:{random_id('x') if changes.get('nonce') else statement.approval_number}",),
            )
        )
        return statement

    def refunds(self, order: str = ORDER) -> list[Any]:
        """Every refund of the order's payments, as the shop knows them."""
        return [r for p in self.shop.payments_of(order) for r in self.shop.refunds(payment_id=p["id"])]

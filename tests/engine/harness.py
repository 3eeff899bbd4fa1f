"""A whole engine in one folder: real store, real policies, real brand; the brain in process, the world in SQLite files.

Everything outside survives the death of the process, so that a crash test can look at what really happened (`world`).
"""

import functools
from collections.abc import Callable, Iterable
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
from agent_core.models.port import ModelNames
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.store import Append, Draft, NewStream, Store, WakeRequest
from agent_core.systems.integrations import Integrations
from agent_core.workflows.commerce_tools import commerce_catalog
from agent_core.workflows.findings import Finding
from agent_core.workflows.loader import load_brand
from agent_core.workflows.release import Release
from agent_core.workflows.tools import ToolDeclaration
from tests.engine.world import BrainModel, FileChannel, Point, WorldTools, nowhere

BRANDS = Path(__file__).resolve().parents[2] / "resources" / "brands"
CORE = "core_test"
SECRET = b"tests of the engine ".ljust(32)
"""Keys the ids of conversations; a test names them before there is a store."""
ORDER, OTHER_ORDER = "NW-10023", "NW-10024"

_QUICK = timedelta(seconds=0.3)
QUICK = Deadlines(model=timedelta(seconds=5), read=_QUICK, write=_QUICK, reply=_QUICK)


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


@functools.cache
def northwinds_policy() -> AuthorityPolicy:
    """What the demo brand's own text permits; a policy never changes, and reading it takes longer than many a test."""
    return AuthorityPolicy.load(northwind().policy_text, source="authority.cedar", tools=judged_tools())


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
        self.brand = BrandAtWork(
            northwind(),
            Gate(northwinds_policy()),
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

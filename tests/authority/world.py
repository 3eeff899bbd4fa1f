"""One refund of 64.90 EUR that waits for a person, with everything around it; each test bends one thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import JsonValue

from agent_core.authority.anchor import enrolled_event, enrolment
from agent_core.authority.decisions import Arrival, Given, Standing, nonce_key
from agent_core.authority.dispatch import DispatchCase
from agent_core.authority.facts import CallFacts, Caps, OperatorFacts, RunFacts, call_facts
from agent_core.authority.gate import Gate
from agent_core.authority.keys import KeyRing
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.proposals import Built, Wanted, build_proposal
from agent_core.authority.sign import key_fingerprint, public_key_text, sign_statement
from agent_core.authority.verify import Opened
from agent_core.contract.actors import System
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.events import AnyEvent, Recorded
from agent_core.contract.facts import Fact
from agent_core.contract.ids import (
    CORE_STREAM,
    BodyId,
    BrandId,
    ConversationId,
    FactId,
    KeyFingerprint,
    OperatorId,
    ReleaseDigest,
    RunId,
    StreamId,
    WorkflowName,
    random_id,
)  # fmt: skip
from agent_core.contract.money import Money
from agent_core.contract.statements import (
    ConsoleIdentity,
    DecisionStatement,
    EnrolmentStatement,
    Envelope,
    LogHead,
    Role,
    SignedBy,
    statement_bytes,
    statement_digest,
)  # fmt: skip
from agent_core.engine.declared import judged_tools

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CORE = "core-test-1"
BRAND = BrandId("northwind")
CONSOLE = ConsoleIdentity(version="0.1.0", instance="console-1")
CONVERSATION = ConversationId(StreamId("c_0123456789abcdef0123"))
HEAD = LogHead(seq=41, hash="a" * 64)
SECRET = b"s" * 32
SHOP = "use commerce;\n"
"""The text of a brand that has nothing but the default policies."""
SHIPPED_BRANDS = {
    path.parent.name: path for path in sorted((Path(__file__).parents[2] / "resources" / "brands").glob("*/authority.cedar"))
}
ORDER, PAYMENT = "NW-10023", "pay_81"
ARGUMENTS: dict[str, JsonValue] = {
    "order_id": ORDER,
    "payment_id": PAYMENT,
    "amount_minor": 6490,
    "currency": "EUR",
    "reason": "charged twice",
}
VALUES: dict[str, JsonValue] = {
    f"order.{ORDER}.customer": "cus_1",
    f"order.{ORDER}.status": "delivered",
    f"order.{ORDER}.total": {"amount_minor": 160_000, "currency": "EUR"},
    f"payment.{PAYMENT}.order": ORDER,
    f"payment.{PAYMENT}.refundable": 160_000,
    "subscription.sub_1.customer": "cus_1",
    "subscription.sub_1.status": "active",
}
TOOLS = {str(tool.name): tool for tool in judged_tools()}
REFUND = TOOLS["refund_payment"]
OTHERS: dict[str, JsonValue] = {
    "order_id": ORDER, "reason": "charged twice", "tracking": "NP1", "address": "Lindenweg 5, 20095 Hamburg",
    "kind": "refund",
    "document": "invoice", "amount_minor": 400, "currency": "EUR", "subscription_id": "sub_1", "confirmed_by": "yes",
}  # fmt: skip
"""Arguments that other tools than the refund take."""


def eur(minor: int) -> Money:
    return Money(amount_minor=minor, currency="EUR")


@cache
def shop_policy() -> AuthorityPolicy:
    return AuthorityPolicy.load(SHOP, source="authority.cedar", tools=judged_tools())


@cache
def shop_gate() -> Gate:
    return Gate(shop_policy())


def fact(key: str, value: JsonValue) -> Fact:
    return Fact(id=FactId("f1"), key=key, value=value, source="list_payments", source_seq=17, read_at=NOW)


def facts_of(values: Mapping[str, JsonValue]) -> dict[str, Fact]:
    return {key: fact(key, value) for key, value in values.items()}


def run_facts(**changes: Any) -> RunFacts:
    base: dict[str, Any] = {
        "brand": BRAND,
        "workflow": WorkflowName("refund_order"),
        "tools": frozenset(TOOLS),
        "customer": "cus_1",
        "customer_authenticated": True,
        "sandbox_brand": False,
    }
    return RunFacts(**{**base, **changes})


def call(
    tool: str = "refund_payment",
    *,
    arguments: Mapping[str, JsonValue] | None = None,
    values: Mapping[str, JsonValue] | None = None,
    run: RunFacts | None = None,
    caps: Caps | None = None,
    operator: OperatorFacts | None = None,
    resource_brand: BrandId | None = None,
) -> CallFacts:
    return call_facts(
        TOOLS[tool],
        _arguments_of(tool) if arguments is None else arguments,
        run or run_facts(),
        facts_of(VALUES if values is None else values),
        caps=caps,
        operator=operator,
        resource_brand=resource_brand,
    )


def _arguments_of(tool: str) -> Mapping[str, JsonValue]:
    if tool == "refund_payment":
        return ARGUMENTS
    return {argument.name: OTHERS[argument.name] for argument in TOOLS[tool].arguments}


def refund(minor: int, **others: Any) -> CallFacts:
    return call(arguments={**ARGUMENTS, "amount_minor": minor}, **others)


def record(event: AnyEvent, seq: int, at: datetime = NOW) -> Recorded:
    return Recorded(
        stream=CORE_STREAM, brand=None, seq=seq, epoch=0, at=at, actor=System(part="test"), event=event,
        prev="0" * 64, hash=f"{seq:064x}",
    )  # fmt: skip


@dataclass(frozen=True)
class Someone:
    """A person with a key."""

    id: OperatorId
    role: Role
    key: Ed25519PrivateKey
    brands: tuple[str, ...] = ("northwind",)
    limit: Money | None = None
    simulated: bool = False
    day_limit: Money | None = None
    day_count: int | None = None
    not_after: datetime | None = None

    @property
    def signed_by(self) -> SignedBy:
        return SignedBy(operator=self.id, role=self.role, key=self.fingerprint)

    @property
    def fingerprint(self) -> KeyFingerprint:
        return key_fingerprint(self.key)

    @property
    def facts(self) -> OperatorFacts:
        return OperatorFacts(self.id, self.role, self.brands, self.limit, self.simulated, self.day_limit, self.day_count)


def someone(name: str, role: Role = "supervisor", **others: Any) -> Someone:
    others.setdefault("limit", eur(200_000))
    return Someone(id=OperatorId(name), role=role, key=Ed25519PrivateKey.generate(), **others)


@dataclass
class CoreLog:
    """The core's own log: enrolments and what proves them."""

    anchor: KeyFingerprint | None = None
    records: list[Recorded] = field(default_factory=list[Recorded])
    bodies: dict[BodyId, str] = field(default_factory=dict[BodyId, str])

    def enrol(
        self, person: Someone, by: Someone | None = None, /, *, at: datetime = NOW - timedelta(hours=1), **bend: Any
    ) -> None:
        name = new_body("comment", person.id)
        statement = enrolment(
            operator=person.id, role=person.role, brands=person.brands, limit=person.limit,
            public_key=public_key_text(person.key), name=name.ref, core=CORE, console=CONSOLE, nonce=random_id("n"), now=at,
            signed_by=None if by is None else by.signed_by, simulated=person.simulated, day_limit=person.day_limit,
            day_count=person.day_count, not_after=person.not_after, replaces=self.newest(person),
        )  # fmt: skip
        self.append_enrolment(statement, (by or person).key, name, at=at, **bend)

    def newest(self, person: Someone) -> str | None:
        """The digest of the enrolment of this key that counts so far."""
        known = self.ring().get(person.fingerprint)
        return None if known is None else known.statement

    def append_enrolment(
        self, statement: EnrolmentStatement, signer: Ed25519PrivateKey, named: Body, /, *, at: datetime, **bend: Any
    ) -> None:
        envelope = sign_statement(statement, signer)
        body = new_body("envelope", envelope.model_dump_json())
        opened = Opened(statement=statement, digest=statement_digest(statement_bytes(statement)))
        event = enrolled_event(opened, name=named.ref, envelope=body.ref)
        self.append(event.model_copy(update=bend), body, at=at)

    def append(self, event: AnyEvent, body: Body | None = None, *, at: datetime = NOW) -> None:
        if body is not None:
            self.bodies[body.id] = body.text
        self.records.append(record(event, len(self.records) + 1, at))

    def ring(self, anchor: KeyFingerprint | None = None) -> KeyRing:
        return KeyRing.fold(self.records, anchor or self.anchor, self.bodies, core=CORE)


@dataclass
class World:
    """A proposal that waits, two supervisors, an admin."""

    admin: Someone
    sue: Someone
    sam: Someone
    log: CoreLog
    keys: KeyRing
    built: Built
    arguments: dict[str, JsonValue]

    def bent_sue(self, **changes: Any) -> Someone:
        """Sue, enrolled otherwise."""
        return replace(self.sue, **changes)

    def statement(self, by: Someone | None = None, **changes: Any) -> DecisionStatement:
        person, proposal = by or self.sue, self.built.proposal
        base: dict[str, Any] = {
            "core": CORE,
            "signed_by": person.signed_by,
            "console": CONSOLE,
            "nonce": proposal.nonce,
            "issued_at": NOW,
            "expires_at": NOW + timedelta(minutes=15),
            "decision": "approve",
            "brand": proposal.brand,
            "conversation": proposal.conversation,
            "customer_digest": proposal.customer_digest,
            "ask": proposal.ask,
            "proposal": proposal.id,
            "seen_through": proposal.seen_through,
            "workflow": proposal.workflow,
            "workflow_version": proposal.workflow_version,
            "release": proposal.release,
            "run": proposal.run,
            "tool": proposal.tool,
            "resource": proposal.resource,
            "arguments_digest": proposal.arguments_digest,
            "evidence": proposal.evidence,
            "evidence_digest": proposal.evidence_digest,
            "card_digest": proposal.card_digest,
            "policy_digest": proposal.policy_digest,
            "money": proposal.money,
            "approval_number": 1,
            "required_approvals": proposal.required_people,
            "previous_approvals": (),
            "log_head": HEAD,
            "shown_at": NOW - timedelta(minutes=1),
        }
        return DecisionStatement(**{**base, **changes})

    def envelope(self, by: Someone | None = None, **changes: Any) -> Envelope:
        return sign_statement(self.statement(by, **changes), (by or self.sue).key)

    def second(self, by: Someone, first: Envelope, **changes: Any) -> Envelope:
        digest = statement_digest(first.payload_bytes())
        return self.envelope(by, **{"approval_number": 2, "previous_approvals": (digest,), **changes})

    def standing(self, **changes: Any) -> Standing:
        proposal = self.built.proposal
        base: dict[str, Any] = {
            "proposal": proposal,
            "ask": self.built.ask,
            "seen_through": proposal.seen_through,
            "newest_message": proposal.seen_through,
            "nonce": proposal.nonce,
            "log_hashes": {HEAD.seq: HEAD.hash},
        }
        return Standing(**{**base, **changes})

    def given(self, envelope: Envelope, **changes: Any) -> Given:
        base: dict[str, Any] = {"envelope": envelope, "nonce": self.built.proposal.nonce, "not_before": NOW}
        return Given(**{**base, **changes})

    def call(self, **changes: Any) -> CallFacts:
        full: dict[str, Any] = {"arguments": self.arguments, **changes}
        return call(**full)

    def arrival(self, envelope: Envelope | None = None, **changes: Any) -> Arrival:
        base: dict[str, Any] = {
            "envelope": envelope or self.envelope(),
            "standing": self.standing(),
            "keys": self.keys,
            "gate": shop_gate(),
            "call": self.call(),
            "now": NOW + timedelta(seconds=5),
            "core": CORE,
        }
        return Arrival(**{**base, **changes})

    def case(self, *envelopes: Envelope, **changes: Any) -> DispatchCase:
        used = envelopes or (self.envelope(),)
        keys = self.built.proposal.evidence
        base: dict[str, Any] = {
            "standing": self.standing(used_nonces=frozenset({nonce_key(self.built.proposal.nonce, 1)})),
            "given": tuple(self.given(envelope) for envelope in used),
            "keys": self.keys,
            "gate": shop_gate(),
            "call": self.call(),
            "now": NOW + timedelta(seconds=20),
            "core": CORE,
            "arguments_salt": self.built.arguments.salt,
            "evidence_salt": self.built.evidence.salt,
            "evidence_now": {item.key: VALUES[item.key] for item in keys},
            "idempotency_key": self.built.proposal.idempotency_key,
        }
        return DispatchCase(**{**base, **changes})


def wanted(arguments: Mapping[str, JsonValue] | None = None, **changes: Any) -> Wanted:
    proposed = call(arguments=arguments)
    gate = shop_gate()
    base: dict[str, Any] = {
        "conversation": CONVERSATION,
        "brand": BRAND,
        "customer": "cus_1",
        "secret": SECRET,
        "run": RunId("r1"),
        "tool_use_id": "toolu_1",
        "tool": REFUND,
        "arguments": ARGUMENTS if arguments is None else arguments,
        "workflow": WorkflowName("refund_order"),
        "workflow_version": 3,
        "release": ReleaseDigest("f" * 64),
        "verdict": gate.judge(proposed),
        "facts": facts_of(VALUES),
        "seen_through": 30,
        "required_people": gate.required_people(proposed) or 1,
        "now": NOW - timedelta(minutes=3),
        "expires_at": NOW + timedelta(hours=4),
        "customer_shown": "Ada Example",
        "model_reason": "The customer was charged twice for the same order.",
    }
    return Wanted(**{**base, **changes})


@cache
def _people() -> tuple[Someone, Someone, Someone, CoreLog]:
    admin = someone("ann", "admin", brands=("*",), limit=None)
    sue, sam = someone("sue"), someone("sam")
    log = CoreLog(anchor=admin.fingerprint)
    log.enrol(admin)
    log.enrol(sue, admin)
    log.enrol(sam, admin)
    return admin, sue, sam, log


def world(minor: int = 6490) -> World:
    admin, sue, sam, log = _people()
    arguments: dict[str, JsonValue] = {**ARGUMENTS, "amount_minor": minor}
    return World(
        admin=admin, sue=sue, sam=sam, log=log, keys=log.ring(), built=build_proposal(wanted(arguments)), arguments=arguments
    )


Bend = Callable[[World], Any]

"""Questions put to a gate about every shipped tool: one that is allowed, and every neighbour that differs in one thing.

Used twice: every mutant of a shipped policy must answer one of them differently, and every rule must decide one of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import JsonValue

from agent_core.authority.facts import ApprovalFacts, CallFacts, Caps, OperatorFacts
from agent_core.authority.gate import Gate, Verdicted
from agent_core.authority.tools import fill
from agent_core.contract.ids import BrandId, OperatorId
from agent_core.contract.money import Money
from tests.authority.world import ARGUMENTS, ORDER, OTHERS, PAYMENT, TOOLS, VALUES, call, eur, run_facts, someone

Ask = Callable[[Gate], Verdicted]
Way = Literal["judge", "approved", "approve"]
"""How the gate is asked."""

SUE = someone("sue", limit=eur(50_000)).facts
PAT = someone("pat", limit=eur(50_000)).facts
LUMEN = BrandId("lumen")


@dataclass(frozen=True)
class Question:
    """One question: its name says what differs."""

    name: str
    tool: str
    way: Way
    ask: Ask

    def answer(self, gate: Gate) -> tuple[str, tuple[str, ...]]:
        verdict = self.ask(gate)
        return verdict.verdict, tuple(sorted(rule.id for rule in verdict.rules))


STATUS, TOTAL = f"order.{ORDER}.status", f"order.{ORDER}.total"


def money(minor: int, currency: str = "EUR") -> dict[str, JsonValue]:
    return {"amount_minor": minor, "currency": currency}


@dataclass(frozen=True)
class Base:
    """What makes one tool's call allowed without anybody: what differs from `VALUES`, its arguments, the customer's yes."""

    values: Mapping[str, JsonValue]
    minor: int | None = None
    confirmed: bool = False


BASES: dict[str, Base] = {
    "refund_payment": Base({}, minor=1500),
    "grant_credit": Base({}, minor=400),
    "cancel_order": Base({STATUS: "placed", TOTAL: money(10_000)}),
    "change_address": Base({STATUS: "packed", TOTAL: money(15_000)}, confirmed=True),
    "cancel_subscription": Base({}, confirmed=True),
}

RUNS: dict[str, dict[str, Any]] = {
    "as it should be": {},
    "customer not authenticated": {"customer_authenticated": False},
    "customer confirmed": {"customer_confirmed": True},
    "customer not confirmed": {"customer_confirmed": False},
    "another customer": {"customer": "cus_2"},
    "another brand": {"brand": LUMEN},
    "quarantined": {"quarantined": True},
    "a person has control": {"human_has_control": True},
    "something pending on the thing": {"resource_has_pending": True},
    "no tools": {"tools": frozenset()},
    "level read-only": {"level": "read_only"},
    "level low-risk": {"level": "low_risk_writes"},
    "level approval-gated": {"level": "approval_gated"},
    "level unheard of": {"level": "king"},
    "sandbox brand": {"sandbox_brand": True},
}

COUNTS: dict[str, Caps] = (
    {f"{n} alone for the customer today": Caps(customer_count=n) for n in (1, 2, 3, 4, 9, 10, 11)}
    | {f"{n} alone for the brand today": Caps(brand_count=n) for n in (999, 1000, 1001, 1999, 2000, 2001)}
    | {"what was given today is not known": Caps(known=False)}
)

LIMITS: dict[str, tuple[int, int]] = {"refund_payment": (5000, 200_000), "grant_credit": (1000, 50_000)}
"""What is given alone in a day: to one customer, by the brand."""

AMOUNTS: dict[str, tuple[int, ...]] = {
    "refund_payment": (-1, 0, 1, 1999, 2000, 2001, 49_999, 50_000, 50_001, 159_999, 160_000, 160_001),
    "grant_credit": (-1, 0, 1, 499, 500, 501, 4999, 5000, 5001),
}

FACTS: dict[str, tuple[JsonValue, ...]] = {
    "order_status": (None, 5, "placed", "packed", "shipped", "delivered", "cancelled"),
    "order_total": (
        None, "much", *(money(n) for n in (399, 400, 401, 9999, 10_000, 10_001, 14_999, 15_000, 15_001)),
        *(money(n) for n in (249_999, 250_000, 250_001)), money(400, "USD"), money(160_000, "USD"),
    ),
    "refundable_minor": (None, "lots", 0, 1499, 1500, 1501),
    "payment_order": (None, "NW-1"),
    "subscription_status": (None, "active", "paused", "cancelled"),
    "plan": (None,),
}  # fmt: skip
"""Values of each fact, none when it is unknown."""


def base_call(tool: str, **changes: Any) -> CallFacts:
    """A call that is allowed, with changes: `values`, `minor`, `run`, `caps`, `resource_brand`, `currency`."""
    base = BASES.get(tool, Base({}))
    values = {**VALUES, **base.values, **changes.pop("values", {})}
    run = run_facts(**{"customer_confirmed": base.confirmed, **changes.pop("run", {})})
    minor, currency = changes.pop("minor", base.minor), changes.pop("currency", "EUR")
    named = ARGUMENTS if tool == "refund_payment" else OTHERS
    arguments = {argument.name: named[argument.name] for argument in TOOLS[tool].arguments}
    if minor is not None:
        arguments |= {"amount_minor": minor, "currency": currency}
    known = {key: value for key, value in values.items() if value is not None}
    return call(tool, arguments=arguments, values=known, run=run, **changes)


def calls() -> Iterator[tuple[str, str, CallFacts]]:
    """Calls of every tool with one difference each: tool, name, call."""
    for tool in TOOLS:
        for name, changes in RUNS.items():
            yield tool, name, base_call(tool, run=changes)
        yield tool, "in another brand's systems", base_call(tool, resource_brand=LUMEN)
        yield tool, "nothing known", base_call(tool, values=dict.fromkeys((*VALUES, STATUS, TOTAL)))
        for name, changes in _known(tool):
            yield tool, name, base_call(tool, values=changes)
        if TOOLS[tool].writes:
            for name, caps in COUNTS.items():
                yield tool, name, base_call(tool, caps=caps)
        yield from _about_money(tool)
    yield "get_customer", "another customer's record", replace(base_call("get_customer"), resource="customer:cus_2")


def _known(tool: str) -> Iterator[tuple[str, dict[str, JsonValue]]]:
    declared = TOOLS[tool]
    arguments = base_call(tool).arguments
    for use in declared.facts:
        for value in FACTS[use.name]:
            yield f"{use.name} is {value}", {fill(use.key, arguments): value}
    owner = declared.owner_key(arguments)
    if owner is not None:
        yield "owner unknown", {owner: None}
        yield "owner is another", {owner: "cus_2"}


def _about_money(tool: str) -> Iterator[tuple[str, str, CallFacts]]:
    if tool not in LIMITS:
        return
    minor = BASES[tool].minor
    assert minor is not None
    for amount in AMOUNTS[tool]:
        yield tool, f"of {amount}", base_call(tool, minor=amount)
    for off in (-1, 0, 1):
        customer, brand = (limit - minor + off for limit in LIMITS[tool])
        yield tool, f"customer's cap {off:+}", base_call(tool, caps=Caps(customer_minor=customer))
        yield tool, f"brand's cap {off:+}", base_call(tool, caps=Caps(brand_minor=brand))
    yield tool, "counted in another currency", base_call(tool, caps=Caps(currency="USD"))
    paid = {TOTAL: money(160_000, "USD")}
    yield tool, "in dollars", base_call(tool, currency="USD", values=paid)
    yield tool, "in dollars, counted in dollars", base_call(tool, currency="USD", values=paid, caps=Caps(currency="USD"))
    if tool == "refund_payment":
        large = {f"payment.{PAYMENT}.order": None}
        yield tool, "large, of no known order", base_call(tool, minor=60_000, values=large)


def by_people(one: CallFacts) -> Iterator[tuple[str, CallFacts]]:
    """The same call, proposed by a person."""
    yield "by a person", replace(one, operator=PAT)
    yield "by a person of another brand", replace(one, operator=replace(PAT, brands=("lumen",)))
    yield "by a simulated person", replace(one, operator=replace(PAT, simulated=True))
    yield "by a person of all brands", replace(one, operator=replace(PAT, brands=("*",)))


PEOPLE: dict[str, OperatorFacts] = {
    "supervisor": SUE,
    "lead": replace(SUE, role="lead"),
    "admin": replace(SUE, role="admin"),
    "admin without limit": replace(SUE, role="admin", limit=None),
    "supervisor without limit": replace(SUE, limit=None),
    "on-call": replace(SUE, role="on_call"),
    "dollar limit": replace(SUE, limit=Money(amount_minor=50_000, currency="USD")),
    "another brand": replace(SUE, brands=("lumen",)),
    "all brands": replace(SUE, brands=("*",)),
    "no brand": replace(SUE, brands=()),
    "simulated": replace(SUE, simulated=True),
}

MONEY: dict[str, Money | None] = {
    "no money": None,
    "below the limit": eur(49_999),
    "at the limit": eur(50_000),
    "above the limit": eur(50_001),
}

APPROVALS = {
    "one": ApprovalFacts((SUE.id,), verified=True),
    "two": ApprovalFacts((SUE.id, PAT.id), verified=True),
    "three": ApprovalFacts((SUE.id, PAT.id, OperatorId("kim")), verified=True),
    "none": ApprovalFacts((), verified=True),
    "one unverified": ApprovalFacts((SUE.id,), verified=False),
}


def questions() -> list[Question]:
    """Every question, the ones about single differences first."""
    found: list[Question] = []
    every = list(calls())
    for tool, name, one in every:
        found.append(Question(f"judge: {tool}, {name}", tool, "judge", lambda gate, one=one: gate.judge(one)))
    for tool, name, one in every:
        for people, approval in APPROVALS.items():
            if people != "one" and not (name == "as it should be" or name.startswith(("of ", "order_total", "in dollars"))):
                continue
            ask: Ask = lambda gate, one=one, approval=approval: gate.may_execute_approved(one, approval)  # noqa: E731 - a table
            found.append(Question(f"approved by {people}: {tool}, {name}", tool, "approved", ask))
    found.extend(_approving())
    for tool, name, one in every:
        if not (name in RUNS or name.startswith(("in another", "owner", "nothing"))):
            continue
        for who, theirs in by_people(one):
            asking: Ask = lambda gate, theirs=theirs: gate.judge(theirs)  # noqa: E731 - a table
            found.append(Question(f"judge {who}: {tool}, {name}", tool, "judge", asking))
    return found


def _approving() -> Iterator[Question]:
    refund, sandbox = base_call("refund_payment"), base_call("refund_payment", run={"sandbox_brand": True})
    for name, one in (("refund", refund), ("refund in the sandbox", sandbox)):
        for who, person in PEOPLE.items():
            for size, sum_ in MONEY.items():
                yield Question(
                    f"{who} approves {size}: {name}", "refund_payment", "approve", _approve(person, one, money=sum_)
                )
    for tool in TOOLS:
        for who, person in PEOPLE.items():
            yield Question(f"{who} approves {tool}", tool, "approve", _approve(person, base_call(tool)))
    for who, prior in {"nobody": (), "somebody else": (PAT.id,), "themselves": (SUE.id,)}.items():
        yield Question(
            f"approved before by {who}", "refund_payment", "approve", _approve(SUE, refund, prior_approvers=prior)
        )
    for who, proposer in {"themselves": SUE.id, "somebody else": PAT.id}.items():
        yield Question(
            f"proposed by {who}", "refund_payment", "approve", _approve(SUE, refund, proposed_by=OperatorId(proposer))
        )
    for name, run in RUNS.items():
        yield Question(
            f"sue approves, {name}", "refund_payment", "approve", _approve(SUE, base_call("refund_payment", run=run))
        )
    elsewhere = base_call("refund_payment", resource_brand=LUMEN)
    yield Question("sue approves elsewhere", "refund_payment", "approve", _approve(SUE, elsewhere))


def _approve(person: OperatorFacts, one: CallFacts, **how: Any) -> Ask:
    return lambda gate: gate.may_approve(person, one, **how)

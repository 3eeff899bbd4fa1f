"""Questions put to the gate: one that is allowed for each kind, and every neighbour of it that differs in one thing.

Used twice: every mutant of the policies must answer one of them differently, and so must every dropped rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from agent_core.authority.facts import ApprovalFacts, CallFacts, Caps, OperatorFacts
from agent_core.authority.gate import Gate, Verdicted
from agent_core.contract.ids import BrandId, OperatorId
from agent_core.contract.money import Money
from tests.authority.world import (
    ARGUMENTS,
    ORDER,
    PAYMENT,
    TOOLS,
    VALUES,
    call,
    eur,
    refund,
    run_facts,
    someone,
)

Ask = Callable[[Gate], Verdicted]

SUE = someone("sue", limit=eur(50_000)).facts
PAT = someone("pat", limit=eur(50_000)).facts
LUMEN = BrandId("lumen")


@dataclass(frozen=True)
class Question:
    """One question: its name says what differs."""

    name: str
    ask: Ask

    def answer(self, gate: Gate) -> tuple[str, tuple[str, ...]]:
        verdict = self.ask(gate)
        return verdict.verdict, tuple(sorted(rule.id for rule in verdict.rules))


RUNS: dict[str, dict[str, Any]] = {
    "as it should be": {},
    "customer not authenticated": {"customer_authenticated": False},
    "customer confirmed": {"customer_confirmed": True},
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

AMOUNTS = (-1, 0, 1, 1999, 2000, 2001, 4999, 5000, 5001, 49_999, 50_000, 50_001, 159_999, 160_000, 160_001)

CAPS: dict[str, Caps] = {
    "nothing today": Caps(),
    "customer at the cap": Caps(customer_minor=5000 - 1500),
    "customer one below": Caps(customer_minor=5000 - 1501),
    "customer above the cap": Caps(customer_minor=5001 - 1500),
    "two refunds today": Caps(customer_count=2),
    "three refunds today": Caps(customer_count=3),
    "four refunds today": Caps(customer_count=4),
    "brand at the cap": Caps(brand_minor=200_000 - 1500),
    "brand above the cap": Caps(brand_minor=200_001 - 1500),
    "counted in another currency": Caps(currency="USD"),
}


def without(*ends: str) -> dict[str, JsonValue]:
    return {key: value for key, value in VALUES.items() if not key.endswith(ends)}


VALUED: dict[str, dict[str, JsonValue]] = {
    "refundable unknown": without(".refundable"),
    "refundable of another type": {**VALUES, f"payment.{PAYMENT}.refundable": "lots"},
    "refundable exactly": {**VALUES, f"payment.{PAYMENT}.refundable": 1500},
    "refundable too little": {**VALUES, f"payment.{PAYMENT}.refundable": 1499},
    "nothing refundable": {**VALUES, f"payment.{PAYMENT}.refundable": 0},
    "payment of unknown order": without(".order"),
    "payment of another order": {**VALUES, f"payment.{PAYMENT}.order": "NW-1"},
    "order total unknown": without(".total"),
    "order paid in another currency": {**VALUES, f"order.{ORDER}.total": {"amount_minor": 1, "currency": "USD"}},
    "owner unknown": without(".customer"),
    "owner is another": {**VALUES, f"order.{ORDER}.customer": "cus_2"},
    "nothing known": {},
}


def calls() -> Iterator[tuple[str, CallFacts]]:
    """Calls of every tool, and every neighbour of the small refund."""
    for tool in TOOLS:
        for name, changes in RUNS.items():
            yield f"{tool}, {name}", call(tool, run=run_facts(**changes))
        yield f"{tool}, in another brand's systems", call(tool, resource_brand=LUMEN)
        yield f"{tool}, nothing known", call(tool, values={})
    for minor in AMOUNTS:
        yield f"refund of {minor}", refund(minor)
        yield f"refund of {minor}, confirmed", refund(minor, run=run_facts(customer_confirmed=True))
    for name, changes in RUNS.items():
        yield f"small refund, {name}", refund(1500, run=run_facts(**changes))
    for name, caps in CAPS.items():
        yield f"small refund, {name}", refund(1500, caps=caps)
    for name, values in VALUED.items():
        yield f"small refund, {name}", refund(1500, values=values)
        yield f"large refund, {name}", refund(60_000, values=values)
    dollars: dict[str, JsonValue] = {**ARGUMENTS, "amount_minor": 1500, "currency": "USD"}
    paid: dict[str, JsonValue] = {**VALUES, f"order.{ORDER}.total": {"amount_minor": 1, "currency": "USD"}}
    yield "small refund in dollars", call(arguments=dollars, values=paid)
    yield "small refund in dollars, counted in dollars", call(arguments=dollars, values=paid, caps=Caps(currency="USD"))
    foreign = replace(call("get_customer"), resource="customer:cus_2")
    yield "another customer's record", foreign


def by_people(one: CallFacts) -> Iterator[tuple[str, CallFacts]]:
    """The same call, proposed by a person."""
    yield "by a person", replace(one, operator=PAT)
    yield "by a person of another brand", replace(one, operator=replace(PAT, brands=("lumen",)))
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


def questions() -> list[Question]:
    """Every question, the ones about single differences first."""
    found: list[Question] = []
    every = list(calls())
    for name, one in every:
        found.append(Question(f"judge: {name}", lambda gate, one=one: gate.judge(one)))
    for name, one in every:
        for people, approval in {
            "one": ApprovalFacts((SUE.id,), verified=True),
            "two": ApprovalFacts((SUE.id, PAT.id), verified=True),
            "none": ApprovalFacts((), verified=True),
            "one unverified": ApprovalFacts((SUE.id,), verified=False),
        }.items():
            ask: Ask = lambda gate, one=one, approval=approval: gate.may_execute_approved(one, approval)  # noqa: E731 - a table
            found.append(Question(f"approved by {people}: {name}", ask))
    for name, one in (("refund", refund(1500)), ("refund in the sandbox", refund(1500, run=run_facts(sandbox_brand=True)))):
        for who, person in PEOPLE.items():
            for size, money in MONEY.items():
                found.append(Question(f"{who} approves {size}: {name}", _approve(person, one, money=money)))
    for who, prior in {"nobody": (), "somebody else": (PAT.id,), "themselves": (SUE.id,)}.items():
        found.append(Question(f"approved before by {who}", _approve(SUE, refund(1500), prior_approvers=prior)))
    for who, proposer in {"themselves": SUE.id, "somebody else": PAT.id}.items():
        found.append(Question(f"proposed by {who}", _approve(SUE, refund(1500), proposed_by=OperatorId(proposer))))
    for name, run in RUNS.items():
        found.append(Question(f"sue approves, {name}", _approve(SUE, refund(1500, run=run_facts(**run)))))
    found.append(Question("sue approves elsewhere", _approve(SUE, refund(1500, resource_brand=LUMEN))))
    for name, one in every:
        for who, theirs in by_people(one):
            found.append(Question(f"judge {who}: {name}", lambda gate, theirs=theirs: gate.judge(theirs)))
    return found


def _approve(person: OperatorFacts, one: CallFacts, **how: Any) -> Ask:
    return lambda gate: gate.may_approve(person, one, **how)

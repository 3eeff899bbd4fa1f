"""The gate and a second reading of the table, in plain Python, agree on random questions about every shipped tool (R-C2)."""

import random
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from agent_core.authority.facts import ApprovalFacts, CallFacts, Caps, OperatorFacts
from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.contract.ids import BrandId, OperatorId
from agent_core.contract.money import Money
from agent_core.engine.declared import judged_tools
from tests.authority.oracle import ABOUT_MONEY, OF_CUSTOMER, Somebody, Wish, done_when_approved, judged, may_say_yes
from tests.authority.test_gate import OVERFLOWING
from tests.authority.world import OTHERS, SHIPPED_BRANDS, TOOLS, run_facts

IDS = (
    "NW-1",
    "ada",
    "NW-2",
    'x" || true',
    "\u202eevil",
    "Ünï-ço∂é 🜁",
    "a\x00b",
    '"; permit(principal, action, resource);',
    "",
    "i" * 400,
)
"""Ids as the outside might spell them."""
AMOUNTS = (-1, 0, 1, 499, 500, 501, 1999, 2000, 2001, 4999, 5000, 5001, 49_999, 50_000, 50_001, 249_999, 250_000, 250_001)
HUGE = (2**53, 2**53 + 1, 2**63 - 1, 2**63, 10**30)
TODAY = (
    *({name: n} for name in ("customer_minor", "brand_minor") for n in (*AMOUNTS, 600, 3500, 48_500, 198_500, *HUGE)),
    *({"customer_count": n} for n in (1, 2, 3, 9, 10, 11)),
    *({"brand_count": n} for n in (999, 1000, 1999, 2000, 2**63)),
)
"""What was done alone today."""


@cache
def policy_of(more: str = "") -> AuthorityPolicy:
    text = SHIPPED_BRANDS["northwind"].read_text(encoding="utf-8") + more
    return AuthorityPolicy.load(text, source="authority.cedar", tools=judged_tools())


def wish(rng: random.Random) -> Wish:
    """A wish that is mostly right, with a few things wrong with it."""

    def odd(usual: Any, *others: Any) -> Any:
        return usual if rng.random() < 0.93 else rng.choice(others)

    tool = rng.choice([*TOOLS, "refund_payment", "refund_payment", "grant_credit", "cancel_order"])
    order, customer = odd("NW-1", *IDS), odd("ada", *IDS)
    small = {"refund_payment": 1500, "grant_credit": 400}.get(tool)
    total = odd(rng.choice((9000, 10_000, 10_001, 14_999, 15_000, 15_001, 100_000, *AMOUNTS)), *HUGE)
    status = {"cancel_order": "placed", "change_address": "packed"}.get(tool, "delivered")
    return Wish(
        tool=tool,
        amount=None if small is None else rng.choice((small, odd(rng.choice(AMOUNTS), *HUGE, True, "5", 1.5, None))),
        currency=odd("EUR", "USD", "eur", "", None, 7),
        order=order,
        owner=odd(customer, None, "eve", *IDS),
        customer=customer,
        record_of=odd(customer, "eve", *filter(None, IDS)),
        thing_brand=odd("northwind", "lumen"),
        brand=odd("northwind", "lumen"),
        status=odd(status, None, "placed", "packed", "shipped", "delivered", "cancelled", "", 5, "Placed"),
        total=odd((total, odd("EUR", "USD", "eur")), None, "much", (True, "EUR"), (5, None)),
        left=odd(rng.choice((60_000, 1500, 1499, *AMOUNTS)), None, "lots", *HUGE),
        paid_for=odd(order, None, "NW-2", *IDS),
        subscription=odd("active", None, "paused", "cancelled", "", 5),
        signed_in=odd(True, False),
        confirmed=rng.random() < 0.7,
        quarantined=odd(False, True),
        person_in_control=rng.random() < 0.12,
        something_waits=odd(False, True),
        own_tool=odd(True, False),
        level=odd("autonomous", "read_only", "low_risk_writes", "approval_gated", "king", ""),
        sandbox=odd(False, True),
        today=odd({}, *TODAY),
        today_currency=odd("EUR", "USD"),
        given_known=odd(True, False),
        by=somebody(rng) if rng.random() < 0.12 else None,
    )  # fmt: skip


def somebody(rng: random.Random) -> Somebody:
    return Somebody(
        name=rng.choice(("pat", "sue")),
        role=rng.choice(("supervisor", "lead", "admin", "on_call")),
        brands=rng.choice((("northwind",), ("northwind",), ("northwind", "lumen"), ("lumen",), ("*",), ())),
        limit=rng.choice(((50_000, "EUR"), (50_000, "EUR"), (50_000, "USD"), (0, "EUR"), None)),
        simulated=rng.random() < 0.1,
    )


def call_of(w: Wish) -> CallFacts:
    """The wish as the gate is asked about it. Ids go in as they are: the gate may not rely on their having been checked."""
    tool = TOOLS[w.tool]
    arguments = {argument.name: OTHERS.get(argument.name, "pay_1") for argument in tool.arguments}
    if "order_id" in arguments:
        arguments["order_id"] = w.order
    if w.tool in ABOUT_MONEY:
        arguments |= {"amount_minor": w.amount, "currency": w.currency}
    known: dict[str, Any] = {
        "order_status": w.status,
        "order_total": {"amount_minor": w.total[0], "currency": w.total[1]} if isinstance(w.total, tuple) else w.total,
        "refundable_minor": w.left,
        "payment_order": w.paid_for,
        "subscription_status": w.subscription,
    }
    names = {use.name for use in tool.facts}
    return CallFacts(
        tool=tool,
        arguments=arguments,
        run=run_facts(
            brand=BrandId(w.brand), customer=w.customer, customer_authenticated=w.signed_in, customer_confirmed=w.confirmed,
            quarantined=w.quarantined, human_has_control=w.person_in_control, resource_has_pending=w.something_waits,
            level=w.level, sandbox_brand=w.sandbox, tools=frozenset({w.tool} if w.own_tool else {"nothing"}),
        ),
        resource=f"customer:{w.record_of}" if w.tool in OF_CUSTOMER else f"thing:{w.order}",
        resource_brand=BrandId(w.thing_brand),
        owner=w.owner,
        facts={name: value for name, value in known.items() if value is not None and name in names},
        caps=Caps(currency=w.today_currency, known=w.given_known, **w.today),
        operator=None if w.by is None else person_of(w.by),
    )  # fmt: skip


def person_of(who: Somebody) -> OperatorFacts:
    limit = None if who.limit is None else Money(amount_minor=who.limit[0], currency=who.limit[1])
    return OperatorFacts(OperatorId(who.name), who.role, who.brands, limit, who.simulated)  # pyright: ignore[reportArgumentType] - a plain word


def disagreements(seed: int, count: int) -> tuple[list[Any], dict[str, int]]:
    """Where the two differ, and how often each answer was given."""
    rng, gate = random.Random(seed), Gate(policy_of())
    wrong: list[Any] = []
    seen: dict[str, int] = {}
    for _ in range(count):
        w = wish(rng)
        way = rng.choice(("judged", "judged", "judged", "approved", "yes"))
        if way == "judged":
            answer = gate.judge(call_of(w)).verdict
            expected: Any = judged(w)
        elif way == "approved":
            people, checked = rng.choice((0, 1, 1, 2, 2, 3)), rng.random() < 0.9
            names = tuple(OperatorId(f"p{number}") for number in range(people))
            # The same person twice is one person.
            approval = ApprovalFacts((*names, *names[:1]), verified=checked)
            answer = gate.may_execute_approved(call_of(w), approval).allowed
            expected = done_when_approved(w, people, checked=checked)
        else:
            who, proposer = somebody(rng), rng.choice((None, None, "pat", "sue"))
            before = rng.choice(((), (), ("pat",), ("sue", "kim")))
            moves = rng.choice((None, (49_999, "EUR"), (50_000, "EUR"), (50_001, "EUR"), (10, "USD")))
            answer = gate.may_approve(
                person_of(who),
                call_of(replace(w, by=None)),
                money=None if moves is None else Money(amount_minor=moves[0], currency=moves[1]),
                proposed_by=None if proposer is None else OperatorId(proposer),
                prior_approvers=[OperatorId(name) for name in before],
            ).allowed
            expected = may_say_yes(w, who, moves, proposer, before)
        seen[f"{way} {answer}"] = seen.get(f"{way} {answer}", 0) + 1
        if answer != expected:
            wrong.append((way, answer, expected, w))
    return wrong, seen


EVERY = {"judged execute", "judged propose", "judged forbid", "approved True", "approved False", "yes True", "yes False"}


def test_R_C2_the_gate_agrees_with_an_independent_oracle_about_every_shipped_tool() -> None:
    wrong, seen = disagreements(6, 5_000)
    assert wrong == []
    assert set(seen) == EVERY
    assert min(seen.values()) > 30, seen


@pytest.mark.slow
def test_R_C2_the_gate_agrees_with_the_oracle_a_hundred_thousand_times() -> None:
    wrong, seen = disagreements(7, 100_000)
    assert wrong == []
    assert set(seen) == EVERY


def test_R_C2_a_rule_that_errs_grants_nothing_whatever_else_is_asked() -> None:
    """Beside a forbid that errs for every refund above nothing, all other tools are judged as before."""
    rng, gate = random.Random(8), Gate(policy_of(OVERFLOWING))
    seen: set[str] = set()
    for _ in range(800):
        w = wish(rng)
        expected = "forbid" if w.tool == "refund_payment" else judged(w)
        seen.add(expected)
        assert gate.judge(call_of(w)).verdict == expected, w
    assert seen == {"execute", "propose", "forbid"}

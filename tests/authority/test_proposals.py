"""A proposal, its ask, its card: what is bound, what is shown, what is never the same twice (R-C3, R-C6)."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from agent_core.authority import card
from agent_core.authority.digests import arguments_digest, evidence_digest, intent_key, value_digest
from agent_core.authority.proposals import Edited, Superseded, build_proposal, intent_of, priority
from agent_core.authority.tools import FactUse
from agent_core.contract.bodies import salted_digest
from agent_core.contract.canonical import parse_strict
from agent_core.contract.errors import Conflict, Invalid
from agent_core.contract.events import EVENT, MAX_EVENT_BYTES, AskRaised, Proposed
from agent_core.contract.ids import OperatorId, ProposalId
from agent_core.contract.money import Money
from agent_core.contract.proposals import RuleCited
from tests.authority.world import (
    ARGUMENTS,
    BRAND,
    NOW,
    ORDER,
    PAYMENT,
    REFUND,
    SECRET,
    TOOLS,
    VALUES,
    eur,
    facts_of,
    refund,
    shop_gate,
    wanted,
)


def shown(**changes: Any) -> dict[str, Any]:
    return json.loads(build_proposal(wanted(**changes)).card.text)


def test_R_C3_the_card_says_what_to_whom_how_much_why_on_which_evidence_and_by_which_rule() -> None:
    it = shown()
    assert it["what"] == "Refund 64.90\u00a0EUR of payment pay_81 for order NW-10023"
    assert it["to_whom"] == "Ada Example"
    assert it["money"] == {"amount_minor": 6490, "currency": "EUR", "text": "64.90\u00a0EUR"}
    assert it["why"] == {"words_of": "model", "text": "The customer was charged twice for the same order."}
    assert [(row["label"], row["value"]) for row in it["rows"]] == [
        ("Order", ORDER), ("Payment", PAYMENT), ("Amount", "64.90\u00a0EUR"), ("Reason", "charged twice"),
    ]  # fmt: skip
    assert [(row["label"], row["shown"], row["source"], row["source_seq"]) for row in it["evidence"]] == [
        ("Order belongs to customer", "cus_1", "list_payments", 17),
        ("Still refundable", "1600.00\u00a0EUR", "list_payments", 17),
        ("Order status", "delivered", "list_payments", 17),
    ]
    assert {row["read_at"] for row in it["evidence"]} == {"2026-03-02T10:00:00.000000Z"}
    assert it["rules"][0]["id"] == "refund-ask-a-person"
    assert (it["reversible"], it["required_people"], it["seen_through"]) == (False, 1, 30)


def test_the_bodies_are_canonical_and_their_salted_digests_are_the_proposals() -> None:
    built = build_proposal(wanted())
    proposal = built.proposal
    for body, ref in zip(built.bodies, (proposal.arguments, proposal.evidence_body, proposal.card), strict=True):
        parse_strict(body.data)
        assert body.ref == ref
        assert salted_digest(body.salt, body.data) == ref.digest
    assert proposal.card_digest == built.card.ref.digest
    assert proposal.arguments_digest == arguments_digest(built.arguments.salt, ARGUMENTS) == proposal.arguments.digest
    assert proposal.evidence_digest == evidence_digest(proposal.evidence)
    assert proposal.customer_digest == salted_digest(built.arguments.salt, b'"cus_1"')
    assert "cus_1" not in proposal.model_dump_json()
    for item in proposal.evidence:
        assert item.value_digest == value_digest(built.evidence.salt, VALUES[item.key])


def test_the_events_fit_into_the_log() -> None:
    built = build_proposal(wanted())
    for event in (Proposed(proposal=built.proposal), AskRaised(ask=built.ask)):
        assert len(EVENT.dump_json(event)) < MAX_EVENT_BYTES


def test_two_proposals_of_the_same_arguments_share_no_digest() -> None:
    one, two = build_proposal(wanted()).proposal, build_proposal(wanted()).proposal
    assert one.id == two.id
    assert one.arguments_digest != two.arguments_digest
    assert one.nonce != two.nonce
    assert one.evidence[0].value_digest != two.evidence[0].value_digest


def test_R_C6_intent_finds_the_same_action_and_lets_an_honest_second_one_through() -> None:
    same = build_proposal(wanted(tool_use_id="toolu_2")).proposal
    first = build_proposal(wanted()).proposal
    assert same.intent_key == first.intent_key
    assert same.idempotency_key != first.idempotency_key
    other = intent_of(REFUND, BRAND, {**ARGUMENTS, "amount_minor": 6491}, secret=SECRET)
    reworded = intent_of(REFUND, BRAND, {**ARGUMENTS, "reason": "again"}, secret=SECRET)
    assert other != first.intent_key
    assert reworded == first.intent_key
    about = (BRAND, REFUND.name, "order:1", "p")
    assert intent_key(SECRET, *about, None) != intent_key(SECRET, *about, eur(0))
    assert intent_key(SECRET, *about, None) != intent_key(b"t" * 32, *about, None)


def test_a_superseding_proposal_shows_the_difference() -> None:
    old = Superseded(
        proposal=ProposalId("p_old"),
        arguments={**ARGUMENTS, "amount_minor": 5000, "gone": "x"},
        evidence={**VALUES, f"payment.{PAYMENT}.refundable": 5000, f"order.{ORDER}.status": "shipped"},
    )
    built = build_proposal(wanted(supersedes=old, generation=1))
    it = json.loads(built.card.text)["supersedes"]
    assert built.proposal.supersedes == "p_old"
    assert built.proposal.id != build_proposal(wanted()).proposal.id
    assert {(row["label"], row["before"], row["after"]) for row in it["arguments"]} == {
        ("Amount", "5000", "6490"), ("gone", "x", ""),
    }  # fmt: skip
    assert ("Order status", "shipped", "delivered") in {(r["label"], r["before"], r["after"]) for r in it["evidence"]}


def test_an_edit_by_a_person_is_shown_beside_what_the_agent_wanted() -> None:
    edit = Edited({**ARGUMENTS, "amount_minor": 9000}, "e" * 64)
    assert build_proposal(wanted(edited_from=edit)).proposal.edited_from == "e" * 64
    it = shown(edited_from=edit, proposed_by=OperatorId("sue"), people_available=0)
    assert [(row["name"], row["before"], row["after"]) for row in it["edited"]] == [("amount_minor", "9000", "6490")]
    assert (it["proposed_by"], it["people_missing"]) == ("sue", 1)


def test_equal_intents_are_on_the_card() -> None:
    assert shown(same_intent=(ProposalId("p_twin"),))["same_intent"] == ["p_twin"]


def test_nothing_is_proposed_that_the_gate_did_not_send_to_people() -> None:
    for minor in (100, 0):
        with pytest.raises(Conflict) as caught:
            build_proposal(wanted(verdict=shop_gate().judge(refund(minor))))
        assert caught.value.code == "not_proposable"


def test_R_C5_nothing_is_proposed_on_evidence_nobody_has_read() -> None:
    values = {key: value for key, value in VALUES.items() if not key.endswith(".status")}
    with pytest.raises(Conflict) as caught:
        build_proposal(wanted(facts=facts_of(values)))
    assert (caught.value.code, caught.value.detail) == ("evidence_missing", f"order.{ORDER}.status")


def test_a_proposal_that_no_card_and_no_event_can_hold_is_refused() -> None:
    rule = RuleCited(id="r", why="w")
    verdict = wanted().verdict
    many = replace(REFUND, facts=tuple(FactUse(f"f{n}", "String", f"order.x{n}.status", "x") for n in range(16)))
    long = [FactUse(f"f{n}", "String", f"order.{'x' * 140}{n}.status", "x") for n in range(15)]
    values: dict[str, JsonValue] = {**VALUES, **{use.key: "x" for use in (*many.facts, *long)}}
    wide = replace(verdict, rules=tuple(RuleCited(id="i" * 120, why="w" * 300) for _ in range(6)))
    known = facts_of(values)
    assert build_proposal(wanted(verdict=replace(verdict, rules=(rule,) * 6))).proposal.rules
    assert len(build_proposal(wanted(tool=replace(many, facts=many.facts[:15]), facts=known)).proposal.evidence) == 16
    for code, refused in {
        "too_many_rules": wanted(verdict=replace(verdict, rules=(rule,) * 7)),
        "too_much_evidence": wanted(tool=many, facts=known),
        "proposal_too_large": wanted(tool=replace(REFUND, facts=tuple(long)), facts=known, verdict=wide),
    }.items():
        with pytest.raises(Conflict) as caught:
            build_proposal(refused)
        assert caught.value.code == code


def test_arguments_without_canonical_form_are_refused() -> None:
    with pytest.raises(Invalid):
        build_proposal(wanted(arguments=None, facts=facts_of({**VALUES, f"order.{ORDER}.status": 1.5})))


def test_the_ask_is_sorted_by_urgency_then_money() -> None:
    built = build_proposal(wanted(urgency="high", nonce="n_given"))
    assert built.ask.id == built.proposal.ask
    assert built.ask.proposal == built.proposal.id
    assert built.proposal.nonce == "n_given"
    assert priority(eur(100), "normal") > priority(eur(10_000), "normal") > priority(eur(50_000), "normal")
    assert priority(eur(50_000), "critical") == 0
    assert priority(None, "low") == 7


def test_a_tool_without_money_owner_or_facts_makes_a_card_too() -> None:
    tool = TOOLS["withdraw_proposal"]
    verdict = replace(shop_gate().judge(refund(6490)), verdict="propose")
    base = wanted()
    built = build_proposal(
        replace(base, tool=tool, arguments={"reason": "changed their mind"}, verdict=verdict, model_reason=None)
    )
    it = json.loads(built.card.text)
    assert (it["money"], it["why"], it["evidence"]) == (None, None, [])
    assert it["rows"] == [{"name": "reason", "label": "Reason", "value": "changed their mind"}]
    assert built.proposal.money is None


VALUES_SHOWN: list[tuple[JsonValue, str]] = [
    (True, "yes"), (False, "no"), (None, "none"), (7, "7"), ("text", "text"), (["a", 1], "a, 1"),
    ({"b": 1, "a": True}, "a: yes, b: 1"), ({"amount_minor": 5, "currency": "EUR"}, "0.05\u00a0EUR"),
    ({"amount_minor": -5, "currency": "EUR"}, "amount_minor: -5, currency: EUR"),
    ({"amount_minor": 5, "currency": "euro"}, "amount_minor: 5, currency: euro"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), VALUES_SHOWN)
def test_values_are_shown_as_people_read_them(value: JsonValue, text: str) -> None:
    assert card.shown_value(value) == text


def test_amounts_take_the_currency_of_the_call() -> None:
    assert card.shown_value(500, currency="JPY") == Money(amount_minor=500, currency="JPY").text()
    assert card.shown_value(-500, currency="EUR") == "-500"


def test_long_words_are_cut_and_say_so() -> None:
    it = shown(model_reason="x" * 5000, customer_shown="y" * 5000)
    assert len(it["why"]["text"]) == card.MAX_TEXT
    assert it["why"]["text"].endswith("…")
    assert len(it["to_whom"]) == 200


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_any_value_is_shown_as_bounded_text_and_differs_from_nothing(value: Any) -> None:
    assert len(card.shown_value(value)) <= card.MAX_VALUE
    assert card.differences({"a": value}, {"a": value}, {}) == []


def test_digests_depend_on_the_salt_and_on_every_argument() -> None:
    rng = random.Random(1)
    salt = rng.randbytes(16)
    seen = {arguments_digest(salt, ARGUMENTS), arguments_digest(rng.randbytes(16), ARGUMENTS)}
    for name in ARGUMENTS:
        seen.add(arguments_digest(salt, {**ARGUMENTS, name: "other"}))
        seen.add(arguments_digest(salt, {key: value for key, value in ARGUMENTS.items() if key != name}))
    assert len(seen) == 2 + 2 * len(ARGUMENTS)
    assert arguments_digest(salt, dict(reversed(ARGUMENTS.items()))) == arguments_digest(salt, ARGUMENTS)
    assert NOW.tzinfo is not None


def test_an_optional_argument_that_was_not_given_has_no_row() -> None:
    less = {name: value for name, value in ARGUMENTS.items() if name != "reason"}
    assert [row["name"] for row in card.rows(REFUND, less, eur(6490))] == ["order_id", "payment_id", "amount_minor"]
    assert [row["value"] for row in card.rows(REFUND, {"amount_minor": 5}, None)] == ["5"]

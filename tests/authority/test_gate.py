"""What the agent and people may do in the shop, case by case, and against an independent oracle (R-C1, R-C2)."""

from dataclasses import replace

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agent_core.authority.facts import ApprovalFacts, CallFacts, Caps, call_facts, to_cedar
from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.proposals import build_proposal
from agent_core.authority.shipped import commerce_policies
from agent_core.authority.tools import Argument, DeclaredTool, FactUse
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import OperatorId, ToolName
from agent_core.engine.declared import judged_tools
from agent_core.workflows.tools import WITHDRAW_PROPOSAL
from tests.authority.scenarios import LUMEN, PAT, SUE, calls
from tests.authority.world import (
    ARGUMENTS,
    ORDER,
    PAYMENT,
    REFUND,
    SHOP,
    TOOLS,
    VALUES,
    call,
    eur,
    facts_of,
    refund,
    run_facts,
    shop_gate,
    shop_policy,
    wanted,
)

OVERFLOWING = """
@id("overflowing") @why("its sum overflows")
forbid (principal, action in [Action::"refund_payment.execute", Action::"refund_payment.propose"], resource is Order)
when { context.arguments.amountMinor + 9223372036854775807 < 0 };
"""
ONE = ApprovalFacts((SUE.id,), verified=True)
TWO = ApprovalFacts((SUE.id, PAT.id), verified=True)

JUDGED: dict[str, tuple[CallFacts, str, str]] = {
    "a refund of 20.00 is made alone": (refund(2000), "execute", "allowed"),
    "a refund of 20.01 is proposed": (refund(2001), "propose", "needs_approval"),
    "a refund of nothing is refused": (refund(0), "forbid", "over_refundable"),
    "a negative refund is refused": (refund(-5), "forbid", "over_refundable"),
    "a refund above what is left is refused": (refund(160_001), "forbid", "over_refundable"),
    "a refund nobody knows the rest of is refused": (
        refund(100, values={k: v for k, v in VALUES.items() if not k.endswith(".refundable")}), "forbid", "over_refundable",
    ),
    "without signing in nothing is refunded": (
        refund(100, run=run_facts(customer_authenticated=False)), "forbid", "no_rule_allows",
    ),
    "another customer's order is not refunded": (refund(100, run=run_facts(customer="cus_2")), "forbid", "other_customer"),
    "another brand's order is not refunded": (refund(100, resource_brand=LUMEN), "forbid", "other_brand"),
    "another order's payment is not refunded": (
        refund(100, values={**VALUES, f"payment.{PAYMENT}.order": "NW-2"}), "forbid", "foreign_payment",
    ),
    "a workflow without the tool does not refund": (
        refund(100, run=run_facts(tools=frozenset({"get_order"}))), "forbid", "tool_not_in_workflow",
    ),
    "a quarantined conversation refunds nothing": (refund(100, run=run_facts(quarantined=True)), "forbid", "quarantined"),
    "while a person has control nothing is refunded": (
        refund(100, run=run_facts(human_has_control=True)), "forbid", "human_control",
    ),
    "a second action on the same thing waits": (
        refund(100, run=run_facts(resource_has_pending=True)), "forbid", "pending_elsewhere",
    ),
    "the customer's cap of the day makes it a proposal": (
        refund(1500, caps=Caps(customer_minor=4000)), "propose", "needs_approval",
    ),
    "a read-only workflow changes nothing": (refund(100, run=run_facts(level="read_only")), "forbid", "level_read_only"),
    "an approval-gated workflow asks first": (
        refund(100, run=run_facts(level="approval_gated")), "propose", "level_approval_gated",
    ),
    "an order of unknown owner is read": (call("get_order", values={}), "execute", "allowed"),
    "another customer's order is not read": (call("get_order", run=run_facts(customer="cus_2")), "forbid", "other_customer"),
    "a proposal is withdrawn alone": (call("withdraw_proposal"), "execute", "allowed"),
    "a person in control proposes": (
        replace(refund(100, run=run_facts(human_has_control=True)), operator=PAT), "propose", "needs_approval",
    ),
    "a person without control proposes nothing": (replace(refund(100), operator=PAT), "forbid", "not_in_control"),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_R_C2_the_verdict_and_its_reason(name: str) -> None:
    one, verdict, code = JUDGED[name]
    answer = shop_gate().judge(one)
    assert (answer.verdict, answer.code) == (verdict, code)
    assert answer.policy_digest == shop_policy().digest
    assert verdict == "forbid" or answer.rules
    assert answer.sentence


def test_R_C2_a_verdict_cites_the_rule_and_its_reason_in_words() -> None:
    answer = shop_gate().judge(refund(100, run=run_facts(level="approval_gated")))
    assert [rule.id for rule in answer.rules] == ["refund-ask-a-person", "house-level-approval-gated"]
    assert answer.sentence == "Larger refunds, and those above the day's caps, wait for a person"


def test_R_C2_every_verdict_about_every_shipped_tool_names_its_rules_and_its_policies() -> None:
    """Alone and proposed: a permit at least. Forbidden: a forbid, or nothing allows it and the code says so."""
    gate, seen = shop_gate(), set[tuple[str, str]]()
    for tool, name, one in calls():
        answer = gate.judge(one)
        effects = {gate.policy.rules[rule.id].effect for rule in answer.rules}
        assert answer.policy_digest == gate.policy_digest
        assert all(rule.why == gate.policy.rules[rule.id].why for rule in answer.rules)
        if answer.verdict == "forbid":
            assert effects == {"forbid"} or (not effects and answer.code in {"no_rule_allows", "not_judgeable"}), (
                tool,
                name,
            )
        else:
            assert "permit" in effects, (tool, name)
        seen.add((tool, answer.verdict))
    asking = {str(tool.name) for tool in judged_tools() if tool.writes} - {WITHDRAW_PROPOSAL}
    assert seen >= {(str(tool.name), verdict) for tool in judged_tools() for verdict in ("execute", "forbid")}
    assert seen >= {(tool, "propose") for tool in asking}


def test_the_gates_people() -> None:
    gate, one = shop_gate(), refund(60_000)
    assert not gate.may_execute_approved(one, ONE).allowed
    assert gate.may_execute_approved(one, TWO).allowed
    assert not gate.may_execute_approved(one, replace(TWO, approvers=(SUE.id, SUE.id))).allowed
    assert not gate.may_execute_approved(refund(100), replace(ONE, verified=False)).allowed
    assert [gate.required_people(refund(n)) for n in (100, 50_000, 50_001, 160_001)] == [1, 1, 2, None]


def test_operators_approve_within_limit_and_brand_and_never_their_own() -> None:
    gate, one = shop_gate(), refund(40_000)
    assert gate.may_approve(SUE, one, money=eur(50_000)).allowed
    assert gate.may_approve(SUE, one, money=eur(50_001)).code == "over_limit"
    assert gate.may_approve(SUE, one, money=eur(1), proposed_by=SUE.id).code == "own_proposal"
    assert gate.may_approve(SUE, one, money=eur(1), prior_approvers=[SUE.id]).code == "same_person"
    assert gate.may_approve(replace(SUE, brands=("lumen",)), one, money=eur(1)).code == "other_brand"
    assert gate.may_approve(replace(SUE, role="on_call"), one, money=eur(1)).code == "no_rule_allows"
    assert gate.may_approve(replace(SUE, simulated=True), one, money=eur(1)).code == "simulated_person"


def test_R_C1_what_a_read_shows_is_held_back_when_it_is_another_customers() -> None:
    gate = shop_gate()
    assert gate.may_disclose(call("get_order")).allowed
    assert gate.may_disclose(call("get_order", values={})).code == "no_rule_allows"
    foreign = call("get_order", values={**VALUES, f"order.{ORDER}.customer": "cus_2"})
    assert gate.may_disclose(foreign).code == "other_customer"


def test_what_cannot_be_judged_is_forbidden() -> None:
    gate = shop_gate()
    odd: list[dict[str, JsonValue]] = [
        {**ARGUMENTS, "amount_minor": 15.5},
        {**ARGUMENTS, "amount_minor": True},
        {**ARGUMENTS, "amount_minor": 2**63},
        {**ARGUMENTS, "amount_minor": "1500"},
        {**ARGUMENTS, "currency": None},
        {**ARGUMENTS, "currency": {"__entity": {"type": "Workflow", "id": "x"}}},
        {**ARGUMENTS, "currency": "\ud800"},
        {**ARGUMENTS, "currency": "E" * 3000},
    ]
    for arguments in odd:
        answer = gate.judge(call(arguments=arguments))
        assert (answer.verdict, answer.code) == ("forbid", "not_judgeable"), arguments
        assert not gate.may_execute_approved(call(arguments=arguments), TWO).allowed
        assert not gate.may_approve(SUE, call(arguments=arguments)).allowed


def test_a_tool_the_policies_do_not_know_is_forbidden() -> None:
    other = replace(REFUND, title="Refund, bent")
    assert shop_gate().judge(replace(call(), tool=other)).code == "unknown_tool"
    unknown = replace(REFUND, name=ToolName("launch_rocket"))
    assert shop_gate().judge(replace(call(), tool=unknown)).code == "unknown_tool"


def test_odd_ids_are_values_and_never_policy_text() -> None:
    gate = shop_gate()
    for odd in ('x" || true', "a\nb", "\u202e", '"; permit(principal, action, resource);', ""):
        with pytest.raises(Invalid) as caught:
            call(arguments={**ARGUMENTS, "order_id": odd})
        assert caught.value.code == "bad_resource"
        one = replace(refund(100), arguments={**ARGUMENTS, "order_id": odd}, resource=f"order:{odd}", owner="cus_2")
        assert gate.judge(one).code == "other_customer"


def test_an_error_in_a_rule_means_no_although_cedar_says_allow() -> None:
    """Cedar skips a `forbid` that errors and allows: measured. The gate does not."""
    policy = AuthorityPolicy.load(SHOP + OVERFLOWING, source="x", tools=judged_tools())
    answer = Gate(policy).judge(refund(100))
    assert (answer.verdict, answer.code) == ("forbid", "not_judgeable")
    assert "overflow" in answer.detail


NOTE = DeclaredTool(
    name=ToolName("note_customer"),
    title="Note something about the customer",
    writes=True,
    resource_type="Customer",
    resource="customer",
    sentence="Write a note",
    arguments=(Argument("urgent", "Bool", "Urgent", optional=True), Argument("tags", "Strings", "Tags")),
    facts=(FactUse("vip", "Bool", "customer.vip", "VIP"), FactUse("names", "Strings", "customer.names", "Names")),
)
NOTE_POLICY = """
@id("note") @why("Notes are harmless")
permit (principal is Workflow, action == Action::"note_customer.execute", resource is Customer)
when {
  !(context.arguments has urgent) && context.arguments.tags.contains("a")
  && context.facts has vip && context.facts.vip
};
"""


def test_a_brand_adds_a_tool_by_declaring_it() -> None:
    policy = AuthorityPolicy.load(NOTE_POLICY, source="brand", tools=[NOTE])
    gate = Gate(policy)
    run = run_facts(tools=frozenset({"note_customer"}))
    facts = facts_of({"customer.vip": True, "customer.names": ["x", 1]})
    assert gate.judge(call_facts(NOTE, {"tags": ["a", "b"]}, run, facts)).verdict == "execute"
    assert gate.judge(call_facts(NOTE, {"tags": ["b"]}, run, facts)).verdict == "forbid"
    assert gate.judge(call_facts(NOTE, {"tags": ["a"], "urgent": False}, run, facts)).verdict == "forbid"
    assert gate.judge(call_facts(NOTE, {"tags": ["a"]}, run, facts_of({"customer.vip": "yes"}))).verdict == "forbid"
    assert gate.judge(call_facts(NOTE, {"tags": [1]}, run, facts)).code == "not_judgeable"
    assert gate.judge(call_facts(NOTE, {}, run, facts)).code == "not_judgeable"


def test_a_declaration_that_names_unknown_arguments_is_refused() -> None:
    for wrong in ({"resource": "order:{nope}"}, {"discriminator": "{nope}"}, {"name": ToolName("Bad Name")}):
        with pytest.raises(Invalid) as caught:
            replace(REFUND, **wrong)
        assert caught.value.code == "bad_tool_declaration"


def test_money_of_a_call_is_whole_minor_units_or_an_error() -> None:
    for wrong in (
        {"amount_minor": 1.5},
        {"amount_minor": -1},
        {"currency": "euro"},
        {"currency": 7},
        {"amount_minor": True},
    ):
        with pytest.raises(Invalid) as caught:
            REFUND.money_of({**ARGUMENTS, **wrong})
        assert caught.value.code == "bad_money"
    assert TOOLS["get_order"].money_of({}) is None
    with pytest.raises(Invalid) as caught:
        REFUND.resource_of({"order_id": None})
    assert caught.value.code == "argument_missing"


@pytest.mark.parametrize("given", ["", "ada@example.com", "NW 1", "Ada Example", "NW-1\n", "Nr.１", "x" * 121, "a/b"])
def test_what_an_action_is_about_is_an_id_and_never_an_address_or_a_sentence(given: str) -> None:
    with pytest.raises(Invalid) as caught:
        REFUND.resource_of({**ARGUMENTS, "order_id": given})
    assert caught.value.code == "bad_resource"
    assert REFUND.resource_of({**ARGUMENTS, "order_id": "x" * 120}) == f"order:{'x' * 120}"
    with pytest.raises(ValueError, match="resource"):
        build_proposal(wanted()).proposal.model_validate(
            {**build_proposal(wanted()).proposal.model_dump(mode="json"), "resource": f"order:{given}"}
        )


def test_only_values_of_the_declared_type_reach_policy() -> None:
    assert to_cedar({"amount_minor": 5, "currency": "EUR"}, "Money") == {"amountMinor": 5, "currency": "EUR"}
    odd: list[JsonValue] = [
        5, {"amount_minor": "5", "currency": "EUR"}, {"amount_minor": 5}, {"amount_minor": 2**60, "currency": "EUR"},
    ]  # fmt: skip
    for wrong in odd:
        assert to_cedar(wrong, "Money") is None
    assert to_cedar("Zoë", "String") == "Zoë"
    assert to_cedar(1, "Bool") is None
    assert to_cedar(["a", 1], "Strings") is None
    assert to_cedar("a", "Strings") is None


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["order_id", "payment_id", "amount_minor", "currency"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=40), st.lists(st.text(max_size=5), max_size=3)),
        min_size=4,
    )
)
def test_no_arguments_make_the_gate_crash_or_pay(arguments: dict[str, JsonValue]) -> None:
    try:
        one = call(arguments=arguments)
    except Invalid:
        return
    assert shop_gate().judge(one).verdict == "forbid"


def test_the_decision_of_cedar_itself_is_what_the_gate_reports() -> None:
    """The gate adds nothing: the plain library, asked the same, allows."""
    answer = cedarpy.validate_policies(commerce_policies(), shop_policy().schema)
    assert answer.validation_passed
    assert shop_gate().policy is shop_policy()
    assert OperatorId("sue") == SUE.id

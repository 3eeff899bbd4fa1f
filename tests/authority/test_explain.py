"""Why a call may happen or not, what was missing, whom it needs, and what the executor asks later (R-C2)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent_core.authority.explain import explain
from agent_core.authority.facts import Caps
from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.cli.main import main
from agent_core.engine.declared import judged_tools
from tests.authority.scenarios import APPROVALS, PAT, SUE, by_people, calls, questions
from tests.authority.test_gate import OVERFLOWING
from tests.authority.world import SHOP, call, refund, shop_gate
from tests.service.scene import scene

BRAND = Path(__file__).parents[2] / "resources" / "brands" / "northwind"
ARGS = {"order_id": "NW-10023", "payment_id": "pay_81", "amount_minor": 1500, "currency": "EUR", "reason": "late"}
KNOWN = ("refundable_minor=64.90EUR", "payment_order=NW-10023", "order_total=64.90EUR", "level=autonomous")


def test_an_explanation_never_differs_from_the_verdict() -> None:
    """Over the calls of every tool: the ways say what the gate says, and a rule that decided is among those weighed."""
    gate = shop_gate()
    for number, (tool, name, one) in enumerate(calls()):
        if number % 13:
            continue
        for asked in (one, *(theirs for _, theirs in list(by_people(one))[:1])):
            found = explain(gate, asked, person=SUE)
            ways = {way.mode: way for way in found.ways}
            granted = [mode for mode in ("execute", "propose") if mode in ways and ways[mode].granted]
            assert (granted or ["forbid"])[0] == found.verdict.verdict, (tool, name)
            assert ways["executeApproved"].granted == found.later.allowed, (tool, name)
            assert found.as_person is not None
            assert ways["approve"].granted == found.as_person.allowed, (tool, name)
            weighed = {rule.rule for way in found.ways for rule in (*way.allowed_by, *way.forbidden_by)}
            assert {rule.id for rule in found.verdict.rules} <= weighed, (tool, name)
            for way in found.ways:
                assert way.granted == bool(way.allowed_by and not way.forbidden_by), (tool, name, way)
    assert len(questions()) > len(APPROVALS)


def test_what_was_missing_is_said_part_by_part_with_the_values() -> None:
    found = explain(shop_gate(), refund(2500, caps=Caps(customer_minor=3000)))
    alone = found.way("execute")
    assert alone is not None
    assert [rule.rule for rule in alone.nearest] == ["refund-small-alone"]
    assert [(part.text, part.holds) for part in alone.nearest[0].missing] == [
        ("arguments.amountMinor ≤ 2000", False),
        ("caps.customerMinor + arguments.amountMinor ≤ 5000", False),
    ]
    assert alone.nearest[0].missing[1].values == {"caps.customerMinor": 3000, "arguments.amountMinor": 2500}
    assert (found.people, found.approvers) == (1, ("supervisors", "leads", "admins"))
    assert found.way("approve") is None


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    found = explain(shop_gate(), refund(100, values={}))
    asking = found.way("propose")
    assert asking is not None
    unknown = {part.text: part.holds for rule in asking.forbidden_by for part in rule.missing}
    assert unknown["facts.refundableMinor is known"] is False
    assert unknown["arguments.amountMinor ≤ facts.refundableMinor"] is None
    assert found.people is None
    assert not found.later.allowed


def test_another_persons_rule_is_nearest_only_as_somebody_elses() -> None:
    found = explain(shop_gate(), refund(100), person=PAT)
    yes = found.way("approve")
    assert yes is not None
    assert [rule.rule for rule in yes.allowed_by] == ["supervisors-approve-orders"]
    assert [(rule.rule, rule.concerned) for rule in yes.nearest] == [
        ("leads-approve-orders", False),
        ("admins-approve-orders", False),
    ]


def test_an_error_counts_as_no_and_is_told() -> None:
    gate = Gate(AuthorityPolicy.load(SHOP + OVERFLOWING, source="x", tools=judged_tools()))
    found = explain(gate, refund(100))
    alone = found.way("execute")
    assert alone is not None
    assert not alone.granted
    assert "overflow" in alone.error
    odd = explain(shop_gate(), call(arguments={**ARGS, "amount_minor": "1500"}))
    assert (odd.verdict.code, {way.error for way in odd.ways}) == ("not_judgeable", {"refund_payment.amount_minor"})


def told(capsys: pytest.CaptureFixture[str], *more: str, **changes: Any) -> str:
    facts = [item for fact in changes.pop("facts", KNOWN) for item in ("--fact", fact)]
    values = json.dumps({**ARGS, **changes})
    command = ["explain", "--brand", str(BRAND), "--workflow", "refund_order", "--tool", "refund_payment", "--args", values]
    assert main([*command, *facts, *more]) == 0
    return capsys.readouterr().out


def test_R_C2_explain_says_yes_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys)
    assert "YES: the agent does this alone." in said
    assert "because of refund-small-alone: Refunds up to 20.00 EUR" in said
    assert "Supposed: the customer is signed in; it is theirs;" in said


def test_R_C2_explain_says_whom_it_needs_and_what_would_have_been_needed(capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, "--as", "supervisor:50.00EUR", amount_minor=6490)
    assert "PEOPLE ARE ASKED" in said
    assert "Needs: 1 person: supervisors or leads or admins, each within their limit" in said
    assert "needs arguments.amountMinor ≤ 2000   (arguments.amountMinor is 6490)" in said
    assert "Later, when they have said yes (asked again right before it happens): yes" in said
    assert "A supervisor with a limit of 50.00\u00a0EUR may not say yes" in said
    assert "(commerce.cedar:" in said


def test_R_C2_explain_says_no_by_what_is_not_known_and_by_bad_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, facts=())
    assert "NO: this does not happen." in said
    assert "needs facts.refundableMinor is known   (facts.refundableMinor is not known)" in said
    assert "refundable_minor" not in said
    assert "policies are never asked: the arguments are not valid" in told(capsys, amount_minor=300_000)


def test_explain_says_so_when_nothing_is_about_it_and_when_an_error_counts_as_no(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["explain", "--brand", str(BRAND), "--workflow", "refund_order", "--args", json.dumps({"order_id": "NW-1"})]
    assert main([*command, "--tool", "get_order", "--fact", "owner=unknown", "--as", "on_call"]) == 0
    said = capsys.readouterr().out
    assert "YES" in said
    assert "nobody knows whose it is" in said
    assert "Asking people: no\n  no policy is about this" in said
    assert main([*command, "--tool", "get_order", "--fact", "authenticated=no", "--fact", "owner=cus_2"]) == 0
    said = capsys.readouterr().out
    assert "the customer is not signed in; it is another customer's" in said
    said = told(capsys, "--as", "on_call:90.00EUR", "--fact", "today.currency=USD")
    assert "for others only: supervisors-approve-orders" in said
    assert "An on-call with a limit of 90.00\u00a0EUR may not say yes" in said
    assert main([*command, "--tool", "refund_payment", "--args", json.dumps({**ARGS, "amount_minor": "x"})]) == 0
    said = capsys.readouterr().out
    assert "This call could not be judged, so it is not allowed. (refund_payment.amount_minor)" in said
    assert "an error counts as no: refund_payment.amount_minor" in said


def test_explain_of_a_person_in_control(capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, "--as", "supervisor:500.00EUR", "--in-control")
    assert "PEOPLE ARE ASKED" in said
    assert "Alone" not in said


def test_R_C2_explain_as_an_enrolled_person_reads_what_was_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def enrol() -> None:
        async with scene(tmp_path) as it:
            await it.colleague(await it.admin(), "Bo Becker")

    asyncio.run(enrol())
    where = ("--data", str(tmp_path / "data"), "--config", str(tmp_path / "config"))
    facts = ("refundable_minor=900.00EUR", "payment_order=NW-10023", "order_total=900.00EUR")
    said = told(capsys, "--as", "Bo Becker", *where, facts=facts, amount_minor=50_001)
    assert "A supervisor with a limit of 500.00\u00a0EUR may not say yes" in said
    said = told(capsys, "--as", "Ada Admin", *where, facts=facts, amount_minor=50_001)
    assert "An admin with no limit may say yes" in said
    command = ["explain", "--brand", str(BRAND), "--workflow", "refund_order", "--tool", "refund_payment", "--args", "{}"]
    for name, sentence in (("Zoe", "Enrolled are: Ada Admin (op_adaadmin_"), ("sue", "There is no data folder")):
        folder = where if name == "Zoe" else ("--data", str(tmp_path / "nowhere"))
        assert main([*command, "--args", json.dumps(ARGS), "--as", name, *folder]) == 1
        assert sentence in capsys.readouterr().err


def test_explain_as_json_carries_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(told(capsys, "--json", "--as", "lead", amount_minor=6490))
    assert data["verdict"]["verdict"] == "propose"
    assert data["people"] == 1
    assert data["as_person"]["code"] == "over_limit"
    assert [way["mode"] for way in data["ways"]] == ["execute", "propose", "executeApproved", "approve"]
    assert data["verdict"]["policy_digest"] == data["later"]["policy_digest"]


WRONG: dict[str, tuple[list[str], str]] = {
    "arguments that are no object": (["--args", "[1]"], "--args is a JSON object"),
    "arguments that are no JSON": (["--args", "{"], "--args is a JSON object"),
    "a fact nobody reads": (["--fact", "mood=good"], "there are refundable_minor, payment_order"),
    "a fact without a value": (["--fact", "confirmed"], "is written as name=value"),
    "a word for yes or no": (["--fact", "confirmed=perhaps"], "is yes or no"),
    "an amount without a currency": (["--fact", "order_total=64"], "is an amount with a currency"),
    "an amount with too many decimals": (["--fact", "order_total=64.901EUR"], "is an amount with a currency"),
    "a fraction of a minor unit": (["--fact", "refundable_minor=1.5"], "is an integer"),
    "a level nobody knows": (["--fact", "level=king"], "is one of read_only"),
    "a role nobody has": (["--as", "sue"], "Say whose yes it is by role"),
    "a limit that is none": (["--as", "lead:much"], "A limit is written as 500.00EUR"),
    "control without a person": (["--in-control"], "--in-control needs --as"),
    "a tool nobody has": (["--tool", "launch_rocket"], "There is no such tool"),
    "a workflow nobody has": (["--workflow", "holidays"], "no such workflow"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_question_is_one_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    more, sentence = WRONG[name]
    command = ["explain", "--brand", str(BRAND), "--workflow", "refund_order", "--tool", "refund_payment"]
    assert main([*command, "--args", json.dumps(ARGS), *more]) == 1
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""


def test_R_C2_the_table_of_a_brand_is_one_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["authority", "--brand", str(BRAND)]) == 0
    table = capsys.readouterr().out
    assert table.startswith("# Northwind Outfitters: who may do what")
    assert "## Refund a payment" in table
    assert "## House rules: no brand can allow these" in table
    assert "Have a parcel looked for" not in table, "the brand has no such tool"
    assert main(["authority", "--brand", str(BRAND), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["origin"] for row in rows} == {"house", "default", "brand"}
    assert main(["authority", "--brand", str(BRAND), "--text", "--all"]) == 0
    assert "Have a parcel looked for" in capsys.readouterr().out

"""The cases a lead reads, `resources/policies/cases.md`, are what the policies say, people and rules included (R-C2)."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from agent_core.authority.facts import CallFacts
from agent_core.authority.gate import Gate
from agent_core.cli.supposed import supposed_call, supposed_person
from agent_core.service.brands import gate_of, read_brand_folder
from agent_core.workflows.release import Release
from tests.authority.world import OTHERS, TOOLS

RESOURCES = Path(__file__).parents[2] / "resources"
USUAL = {
    "order_status": "delivered", "order_total": "64.90EUR", "refundable_minor": "64.90EUR", "payment_order": "NW-10023",
    "subscription_status": "active", "level": "autonomous",
}  # fmt: skip


@cache
def brand() -> tuple[Release, Gate]:
    release = read_brand_folder(RESOURCES / "brands" / "northwind")
    return release, gate_of(release)


def cases() -> list[tuple[str, ...]]:
    lines = (RESOURCES / "policies" / "cases.md").read_text(encoding="utf-8").splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| ")]
    return [row for row in rows if row[0] != "case"]


def supposed(tool: str, text: str) -> tuple[CallFacts, dict[str, str]]:
    """The call of a line, and what was said besides facts: `amount`, `by`, `as`."""
    release, gate = brand()
    said = dict(part.split("=", 1) for part in text.split())
    facts = {
        name: value for name, value in (USUAL | said).items() if name not in {"amount", "by", "as"} and value != "unknown"
    }
    if said.get("owner") == "unknown":
        facts["owner"] = "unknown"
    known = {use.name for use in TOOLS[tool].facts}
    told = [f"{name}={value}" for name, value in facts.items() if name in known or name not in USUAL or name == "level"]
    arguments = {item.name: OTHERS.get(item.name, "pay_1") for item in TOOLS[tool].arguments}
    if "order_id" in arguments:
        arguments["order_id"] = "NW-10023"
    if "amount" in said:
        amount, currency = said["amount"][:-3], said["amount"][-3:]
        arguments |= {"amount_minor": int(amount.replace(".", "")), "currency": currency}
    workflow = next(flow.name for flow in release.workflows.values() if tool in flow.tools)
    return supposed_call(release, gate, workflow=workflow, tool=tool, arguments=arguments, facts=told), said


@pytest.mark.parametrize(("name", "tool", "text", "answer", "because"), cases())
def test_R_C2_the_case_is_what_the_policies_say(name: str, tool: str, text: str, answer: str, because: str) -> None:
    gate = brand()[1]
    call, said = supposed(tool, text)
    if "as" in said:
        person = supposed_person(said["as"], brand="northwind", currency="EUR")
        verdict = gate.may_approve(person, call, money=call.tool.money_of(call.arguments))
        got = "yes" if verdict.allowed else "no"
    else:
        if "by" in said:
            who = supposed_person(said["by"], brand="northwind", currency="EUR")
            call = replace(call, operator=who, run=replace(call.run, human_has_control=True))
        verdict = gate.judge(call)
        people = gate.required_people(call)
        asking = "1 person" if people == 1 else f"{people} people"
        got = {"execute": "alone", "propose": asking, "forbid": "never"}[verdict.verdict]
    assert (got, {rule.id for rule in verdict.rules}) == (answer, set(because.split())), name


def test_every_tool_and_every_rule_of_the_brand_has_a_case() -> None:
    release, gate = brand()
    told = {rule for *_, because in cases() for rule in because.split()}
    own = {rule.id for rule in gate.policy.rules.values() if not (rule.house or rule.default)}
    assert own - told <= {"northwind-dear-cancellation"}, "that one decides when it is executed: `2 people` is its case"
    assert {tool for _, tool, *_ in cases()} >= {str(name) for name in release.tools if release.tools[name].writes}

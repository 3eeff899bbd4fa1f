"""One declaration of a tool: what policy reads and what the card shows is derived from it, and nothing is said twice."""

import json

from pydantic import JsonValue

from agent_core.authority import card
from agent_core.engine.declared import judged_tool, judged_tools
from agent_core.workflows.commerce_tools import COMMERCE_TOOLS, REFUND_PAYMENT, WITHDRAW
from agent_core.workflows.release import Release
from agent_core.workflows.tools import MoneyFields, ToolDeclaration
from tests.workflows.releases import release

REFUND: dict[str, JsonValue] = {
    "order_id": "NW-10023", "payment_id": "pay_81", "amount_minor": 6490, "currency": "EUR", "reason": "broken",
}  # fmt: skip
SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "tags": {"type": "array", "items": {"type": "string"}}, "gift": {"type": "boolean"}, "amount": {"type": "integer"},
        "currency": {"type": "string"}, "price": {"type": "number"}, "odd": True, "lists": {"type": "array"},
        "many": {"type": ["string"]}, "note": {"type": "string"},
    },
    "required": ["currency", "amount"],
}  # fmt: skip


def test_what_policy_reads_of_arguments_follows_their_schema() -> None:
    tool = ToolDeclaration(
        name="gift_wrap",
        description="Wrap it.",
        kind="read",
        input_schema=SCHEMA,
        money=MoneyFields(amount="amount", currency="currency"),
        only_shown=("note",),
        labels={"tags": "Marks"},
    )
    found = judged_tool(tool)
    seen = {item.name: item.type for item in found.arguments if item.to_policy}
    assert seen == {"currency": "String", "amount": "Minor", "gift": "Bool", "tags": "Strings"}
    assert [item.name for item in found.arguments][:2] == ["currency", "amount"]  # the order in which they are required
    assert {item.name for item in found.arguments if item.optional} == set(tool.arguments) - {"currency", "amount"}
    assert next(item.label for item in found.arguments if item.name == "tags") == "Marks"
    assert (found.title, found.resource, found.writes) == ("Gift wrap", "conversation", False)


def test_R_C3_the_card_of_a_refund_is_the_same_from_code_and_from_a_stored_release() -> None:
    stored = Release.from_json(release().to_json()).tools
    shipped = {str(tool.name): tool for tool in judged_tools()}
    for made in (shipped["refund_payment"], judged_tool(next(t for t in stored.values() if t.name == "refund_payment"))):
        money = made.money_of(REFUND)
        assert money is not None
        assert card.headline(made, REFUND, money) == f"Refund {money.text()} of payment pay_81 for order NW-10023"
        labels = ["Order", "Payment", "Amount", "Reason"]
        assert [row["label"] for row in card.rows(made, REFUND, money)] == labels
        assert made.owner_key(REFUND) == "order.NW-10023.customer"
        assert made.evidence_keys(REFUND) == REFUND_PAYMENT.evidence_of(REFUND)
    assert set(shipped) == {tool.name for tool in (*COMMERCE_TOOLS, WITHDRAW)}


def test_R_H4_a_release_from_before_still_loads_and_is_judged_by_what_we_ship() -> None:
    content = json.loads(release().to_json())
    new = {"title", "sentence", "labels", "only_shown", "facts", "owner", "owner_label", "resource_type", "low_risk"}
    for tool in content["tools"]:
        for name in new:
            del tool[name]
        tool["facts_needed"], tool["evidence"] = ["order.{order_id}.customer"], ["order.{order_id}.status"]
    old = Release.from_json(json.dumps(content))
    assert set(judged_tools(old.content.tools)) == set(judged_tools())

"""Tools as declarations: what names the resource, what an edit may change, what arguments are wrong."""

from typing import Any

import pytest
from pydantic import JsonValue, ValidationError

from agent_core.contract.money import Money
from agent_core.workflows.commerce_tools import COMMERCE_TOOLS, REFUND_PAYMENT, WITHDRAW
from agent_core.workflows.tools import ToolDeclaration, argument_faults
from tests.workflows.releases import release

REFUND: dict[str, JsonValue] = {
    "order_id": "NW-10023", "payment_id": "pay_81", "amount_minor": 6490, "currency": "EUR", "reason": "broken",
}  # fmt: skip


def test_a_call_names_its_resource_its_evidence_and_its_money() -> None:
    assert REFUND_PAYMENT.resource_of(REFUND) == "order:NW-10023"
    assert REFUND_PAYMENT.intent_of(REFUND) == "pay_81"
    assert REFUND_PAYMENT.money_of(REFUND) == Money(amount_minor=6490, currency="EUR")
    assert REFUND_PAYMENT.evidence_of(REFUND) == (
        "order.NW-10023.customer", "payment.pay_81.refundable", "order.NW-10023.status",
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"order_id": None}, {"order_id": {"a": 1}}, {"order_id": True}, {"order_id": ""}, {"order_id": "x" * 121}]
)
def test_a_call_that_does_not_name_its_resource_has_none(wrong: dict[str, JsonValue]) -> None:
    assert REFUND_PAYMENT.resource_of({**REFUND, **wrong}) is None


@pytest.mark.parametrize(
    "wrong", [{"amount_minor": True}, {"amount_minor": 64.9}, {"amount_minor": -1}, {"currency": "eur"}]
)
def test_money_is_whole_minor_units_with_a_currency(wrong: dict[str, JsonValue]) -> None:
    assert REFUND_PAYMENT.money_of({**REFUND, **wrong}) is None


def test_only_a_smaller_amount_and_another_reason_narrow() -> None:
    narrows = REFUND_PAYMENT.narrows
    assert narrows(REFUND, {**REFUND, "amount_minor": 6489})
    assert narrows(REFUND, {**REFUND, "reason": "agreed with the customer"})
    for changed in (
        {"amount_minor": 6491}, {"amount_minor": 0}, {"amount_minor": True}, {"currency": "USD"}, {"payment_id": "pay_82"},
        {"order_id": "NW-10024"}, {"extra": 1},
    ):  # fmt: skip
        assert not narrows(REFUND, {**REFUND, **changed}), changed
    assert not narrows({**REFUND, "order_id": 1}, {**REFUND, "order_id": True})


def test_wrong_arguments_are_told_in_words_without_the_values() -> None:
    faults = argument_faults(REFUND_PAYMENT, {"order_id": "evil text!", "amount_minor": 0, "token": "s3cret"})
    assert any("payment_id" in fault and "missing" in fault for fault in faults)
    assert any("amount_minor" in fault for fault in faults)
    assert not any("evil" in fault or "s3cret" in fault for fault in faults)
    assert argument_faults(REFUND_PAYMENT, REFUND) == ()
    assert argument_faults(REFUND_PAYMENT, ["not", "an", "object"])


@pytest.mark.parametrize(
    "wrong", [{"currency": "EUR\n"}, {"amount_minor": 6490.0}, {"currency": None}, {"amount_minor": 10**16}]
)
def test_R_C1_a_write_whose_money_cannot_be_read_is_refused_whatever_its_schema_leaves_open(
    wrong: dict[str, JsonValue],
) -> None:
    """What names no money is held against no cap of the day and no person's limit."""
    fields: dict[str, Any] = {name: getattr(REFUND_PAYMENT, name) for name in ToolDeclaration.model_fields}
    fields["input_schema"] = {"type": "object", "properties": {name: {} for name in REFUND}, "additionalProperties": False}
    lax = ToolDeclaration(**fields)
    assert argument_faults(lax, REFUND) == ()
    given = {name: value for name, value in {**REFUND, **wrong}.items() if value is not None}
    (fault,) = argument_faults(lax, given)
    assert "minor units" in fault
    assert argument_faults(REFUND_PAYMENT, given)


def test_R_B3_a_workflow_offers_its_own_tools_and_the_way_back_only_where_it_can_write() -> None:
    assert tuple(release().tools_of("refund_order")) == ("get_order", "list_payments", "refund_payment", "withdraw_proposal")
    assert tuple(release().tools_of("where_is_my_order")) == ("get_order", "track_order")
    assert not WITHDRAW.writes


@pytest.mark.parametrize("tool", [*COMMERCE_TOOLS, WITHDRAW], ids=lambda tool: tool.name)
def test_every_schema_is_closed_and_every_write_can_be_told_apart(tool: ToolDeclaration) -> None:
    assert tool.input_schema["additionalProperties"] is False
    assert not tool.writes or (tool.resource and tool.discriminator)


@pytest.mark.parametrize(
    "wrong",
    [
        {"resource": "order:{nothing}"}, {"resource": "order:{order_id"}, {"resource": None}, {"owner": "x.{nope}"},
        {"money": {"amount": "sum", "currency": "currency"}}, {"input_schema": {"type": "object"}},
    ],
)  # fmt: skip
def test_a_declaration_that_names_what_it_does_not_have_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ToolDeclaration.model_validate({**REFUND_PAYMENT.model_dump(), **wrong})

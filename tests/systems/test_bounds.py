"""However much a shop knows, what it yields fits into one event (DESIGN §6: 8 KiB)."""

from typing import Any

import pytest

from agent_core.contract.canonical import canonical
from agent_core.contract.events import MAX_EVENT_BYTES, EffectFinished
from agent_core.contract.ids import EffectId
from agent_core.engine.effects import tool_facts
from agent_core.systems.commerce.shapes import Order, Payment
from agent_core.systems.commerce.views import orders, payments
from agent_core.systems.port import ToolResult

LONG = "N" * 60


def order(number: int) -> Order:
    return Order.model_validate(
        {
            "id": f"{LONG}{number:03}", "customer_id": "cus_1", "status": "shipped", "note": "", "items": [],
            "placed_at": "2026-11-17T03:18:25Z", "total": {"amount_minor": 1, "currency": "EUR"},
        }
    )  # fmt: skip


def payment(number: int) -> Payment:
    return Payment.model_validate(
        {
            "id": f"{LONG}{number:03}", "order_id": order(0).id, "amount_minor": number, "currency": "EUR", "method": "card",
            "refunded_minor": 0, "refundable_minor": number, "captured_at": "2026-11-17T03:18:25Z",
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    "result", [orders([order(n) for n in range(100)]), payments(order(0), [payment(n) for n in range(1, 100)])]
)
def test_a_long_list_of_long_ids_fits_into_one_event(result: ToolResult) -> None:
    refs, body = tool_facts(EffectId("e1000"), result)
    assert body is not None
    finished = EffectFinished(
        effect=EffectId("e1000"),
        outcome="succeeded",
        settled_by="performed",
        facts=refs,
        facts_body=body.ref,
        result=body.ref,
    )
    written: Any = finished.model_dump(mode="json")
    assert len(canonical(written)) < MAX_EVENT_BYTES

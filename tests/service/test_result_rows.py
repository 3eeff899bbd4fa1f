"""A tool's result is shown as people read it, never as raw JSON (R-M1)."""

from typing import Any

from agent_core.service.projection.result_rows import MOST_IN_A_LIST, rows_of


def shown(result: dict[str, Any], arguments: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    return [(row.label, row.value.replace("\u00a0", " ")) for row in rows_of(result, arguments)]


def test_R_M1_an_order_says_its_total_as_money_its_day_as_a_day_and_its_items_in_words() -> None:
    order = {
        "order_id": "NW-1", "status": "in_transit", "placed_at": "2026-11-17T03:18:25.527000Z", "customer_id": "cus_1",
        "total": {"amount_minor": 26350, "currency": "EUR"},
        "items": [{"quantity": 1, "title": "Rope"}, {"quantity": 2, "title": "Mat"}],
    }  # fmt: skip

    assert shown(order, {"order_id": "NW-1"}) == [
        ("Status", "in transit"),
        ("Placed", "17 Nov 2026, 03:18"),
        ("Total", "263.50 EUR"),
        ("Items", "1 × Rope, 2 × Mat"),
    ]


def test_R_M1_each_payment_is_one_line_with_its_own_currency() -> None:
    payments = [
        {
            "payment_id": f"pay_{n}",
            "amount_minor": 500,
            "currency": "JPY",
            "refundable_minor": 500,
            "method": "card •••• 9",
        }
        for n in (1, 2)
    ]

    assert shown({"payments": payments}) == [
        ("Payment 1", "pay_1 · 500 JPY · refundable 500 JPY · card •••• 9"),
        ("Payment 2", "pay_2 · 500 JPY · refundable 500 JPY · card •••• 9"),
    ]


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = shown({"orders": [{"order_id": f"NW-{n}"} for n in range(MOST_IN_A_LIST + 3)]})

    assert rows[-1] == ("Order", "and 3 more")
    assert len(rows) == MOST_IN_A_LIST + 1


def test_an_empty_list_and_odd_values_are_shown_plainly() -> None:
    assert shown({"parcels": [], "eta": "2026-13-99", "open": True}) == [
        ("Parcels", "none"), ("Eta", "2026-13-99"), ("Open", "yes"),
    ]  # fmt: skip

"""A card says what was counted of the customer's day, on both sides, and how old that is (R-C1, R-C3)."""

from datetime import UTC, datetime
from typing import Any

from agent_core.authority.card import counted_row
from agent_core.contract.day_counts import DayCounted
from agent_core.contract.ids import EffectId
from agent_core.service.projection.cards import shown_evidence

DAY = datetime(2026, 11, 21, tzinfo=UTC)
READ = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def rows(**changes: Any) -> list[tuple[str, str, str]]:
    """Label, value and moment of every row of a card with such counts."""
    found = DayCounted.model_validate({"currency": "EUR", "day": DAY, "ours_minor": 1_500, "ours_count": 1} | changes)
    shown = {"raised_at": "2026-11-21T09:31:00Z", "tool": "refund_payment", "counted": counted_row(found)}
    return [(row.label, row.value, f"{row.read_at:%H:%M}") for row in shown_evidence(shown)]


def test_R_C1_both_counts_stand_on_the_card_with_their_age() -> None:
    asked = {"theirs_minor": 4_600, "theirs_count": 3, "read_at": READ, "effect": EffectId("e7")}
    assert rows(**asked) == [
        ("Given alone today, by our own log", "15.00\u00a0EUR · 1\u00a0×", "09:31"),
        ("Given today, by the system's own list", "46.00\u00a0EUR · 3\u00a0×", "09:30"),
    ]
    assert rows(**asked, missing_minor=500, missing_count=1)[2:] == [
        ("Of ours, on its way to that list", "5.00\u00a0EUR · 1\u00a0×", "09:30"),
    ]


def test_R_C2_what_is_not_known_is_no_number() -> None:
    assert rows(code="integration_down")[1] == (
        "Given today, by the system's own list",
        "Not known: integration down",
        "09:31",
    )


def test_cards_of_before_have_no_such_rows() -> None:
    assert shown_evidence({"evidence": []}) == ()


def owner(key: str, customer: object) -> tuple[str, bool]:
    row = {
        "key": key, "label": "Order belongs to customer", "value": "cus_1", "shown": "cus_1", "source": "get_order",
        "source_seq": 3, "read_at": "2026-11-21T09:30:00Z",
    }  # fmt: skip
    (shown,) = shown_evidence({"evidence": [row]}, customer)
    return shown.value, shown.this_customer


def test_R_C3_whose_an_order_is_stays_as_signed_and_is_known_to_be_this_customer() -> None:
    assert owner("order.NW-1.customer", "cus_1") == ("cus_1", True)
    assert owner("order.NW-1.customer", "cus_2") == ("cus_1", False)
    assert owner("order.NW-1.customer", None) == ("cus_1", False)
    assert owner("customer.id", "cus_1") == ("cus_1", False)

"""Whose something is, where it is the customer one talks with, is said by name (R-M1)."""

from datetime import UTC, datetime

from agent_core.contract.facts import Fact
from agent_core.contract.ids import FactId
from agent_core.service.projection.fact_rows import facts_of


def facts(**values: str) -> dict[str, Fact]:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return {
        key.replace("__", "."): Fact(
            id=FactId(f"e1.{place}"),
            key=key.replace("__", "."),
            value=value,
            source="get_order",
            source_seq=place,
            read_at=at,
        )
        for place, (key, value) in enumerate(values.items(), start=1)
    }


def said(own: str | None, **values: str) -> dict[str, str]:
    return {one.key: one.value for one in facts_of(facts(**values), own=own)}


def test_R_M1_the_owner_of_an_order_is_named_where_it_is_this_customer_and_an_id_where_not() -> None:
    shown = said(
        "cus_1",
        customer__id="cus_1",
        customer__name="Amara Okafor",
        order__customer_id="cus_1",
        payment__customer_id="cus_2",
    )
    assert shown["order.customer_id"] == "this customer (Amara Okafor)"
    assert shown["payment.customer_id"] == "cus_2"
    assert shown["customer.id"] == "cus_1"
    assert said("cus_1", order__customer_id="cus_1")["order.customer_id"] == "this customer"
    assert said(None, order__customer_id="cus_1")["order.customer_id"] == "cus_1"

"""Customers of a sandbox name orders that their brand's own pattern knows (R-A9, R-N1)."""

import asyncio
import re
from pathlib import Path

import pytest

from agent_core.sandbox.shop.seeding import OrderNumbers
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.service.preflight import preflight
from agent_core.service.sandbox_numbers import order_numbers
from tests.workflows.releases import BRANDS, copy, edit, load, release

PATTERN = r"'LL-\d{6}'"


def test_the_example_of_the_brand_is_the_pinned_order_and_all_else_is_the_same(tmp_path: Path) -> None:
    numbers = order_numbers(release("lumen"))
    assert numbers is not None
    with ShopWorld.open(tmp_path / "a", customers=60, numbers=numbers) as lumen, ShopWorld.seeded(customers=60) as usual:
        assert lumen.order("LL-200417")["items"] == usual.order("NW-10023")["items"]
        orders = [order.id for person in lumen.people() for order in person.orders]
        assert all(re.fullmatch(r"LL-\d{6}", order) for order in orders)
        assert len(set(orders)) == len(orders)
        assert [person.name for person in lumen.people()] == [person.name for person in usual.people()]


def test_a_brand_whose_pattern_knows_the_usual_numbers_shares_the_usual_shop() -> None:
    assert order_numbers(release("northwind")) is None


@pytest.mark.parametrize(
    ("pattern", "example", "made"),
    [
        (r"'#\d{5}-X'", "'#50400-X'", OrderNumbers("#", "-X", 40_377, 5)),
        (r"'0\d{8}'", "'000300417'", OrderNumbers("", "", 290_394, 9)),
        (r"'LL-200417'", "LL-200417", None),
        (r"'[A-Z]{6}'", "ABCDEF", None),
        (r"'LL-\d{4}'", "LL-0001", None),
    ],
)
def test_numbers_are_made_of_the_example_or_not_at_all(
    tmp_path: Path, pattern: str, example: str, made: OrderNumbers | None
) -> None:
    folder = copy(tmp_path)
    edit(folder, "brand.yaml", PATTERN, pattern)
    edit(folder, "brand.yaml", "example: LL-200417", f"example: {example}")
    assert order_numbers(load(folder)) == made


def test_R_A9_every_step_of_the_second_brand_is_walked() -> None:
    lumen = release("lumen")
    report = asyncio.run(preflight(BRANDS / "lumen", lumen))
    assert report.passed
    (walked,) = report.walked
    assert set(walked.steps) == {step.id for step in lumen.workflow("parcel_status").steps}

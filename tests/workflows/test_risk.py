"""Tiers: from irreversibility, amount, the tool's and the brand's word; never less careful than the defaults (R-C3)."""

import pytest

from agent_core.contract.money import Money
from agent_core.contract.risk import TIERS, Tier
from agent_core.workflows.risk import USUAL, RiskRules, people_of, risk_of, tier_of


def _eur(minor: int) -> Money:
    return Money(amount_minor=minor, currency="EUR")


@pytest.mark.parametrize(
    ("reversible", "money", "tier"),
    [
        (True, None, "low"),
        (False, None, "medium"),
        (True, _eur(24_999), "low"),
        (True, _eur(25_000), "medium"),
        (True, _eur(100_000), "high"),
        (False, _eur(1), "medium"),
        (False, _eur(24_999), "medium"),
        (False, _eur(25_000), "high"),
        (False, _eur(99_999), "high"),
        (False, _eur(100_000), "critical"),
        (False, Money(amount_minor=1, currency="JPY"), "high"),
    ],
)
def test_R_C3_a_tier_comes_from_what_cannot_be_undone_and_how_much_it_is(
    reversible: bool, money: Money | None, tier: Tier
) -> None:
    assert tier_of("x", None, money, reversible=reversible, rules=USUAL, currency="EUR") == tier


def test_R_C3_a_tool_and_a_brand_may_ask_for_more_care_and_never_for_less() -> None:
    rules = RiskRules(tools={"cancel": "high", "refund": "low"})
    assert tier_of("cancel", None, None, reversible=True, rules=rules, currency="EUR") == "high"
    assert tier_of("refund", None, None, reversible=False, rules=rules, currency="EUR") == "medium"
    assert tier_of("refund", "critical", None, reversible=True, rules=rules, currency="EUR") == "critical"
    for declared in TIERS:
        found = tier_of("refund", declared, _eur(5), reversible=False, rules=rules, currency="EUR")
        assert TIERS.index(found) >= max(TIERS.index(declared), TIERS.index("medium"))


def test_R_C3_what_a_tier_asks_for_is_the_brands_to_say_and_together_is_never_for_the_higher_two() -> None:
    rules = RiskRules(min_shown_s={"high": 9}, people={"high": 2})
    usual = {tier: risk_of(tier, USUAL, "EUR") for tier in TIERS}
    assert [usual[tier].min_shown_s for tier in TIERS] == [0, 0, 3, 6]
    assert [usual[tier].confirm for tier in TIERS] == [False, False, True, True]
    assert [usual[tier].batch is not None for tier in TIERS] == [True, True, False, False]
    assert (risk_of("high", rules, "EUR").min_shown_s, people_of("high", rules), people_of("critical", USUAL)) == (9, 2, 2)
    assert risk_of("low", RiskRules(batch=None), "EUR").batch is None

"""Every trigger just below, at and above its threshold, and which of them counts when several fire (R-E1)."""

from dataclasses import replace
from itertools import combinations
from typing import get_args

import pytest

from agent_core.contract.answers import Sentiment
from agent_core.contract.money import Money
from agent_core.escalation.rules import Rules
from agent_core.escalation.signals import Signals
from agent_core.escalation.table import STANDING, TABLE, Moment, evaluate

RULES = Rules()
QUIET = Signals(category="orders", moods=("neutral",), turns=1, agent_percent=97, retrieval_percent=90)


def fired(signals: Signals, at: Moment, rules: Rules = RULES) -> tuple[str, ...]:
    return tuple(each.code for each in evaluate(signals, rules, at))


def disputing(minor: int, currency: str = "EUR") -> Signals:
    return replace(QUIET, disputes=1, amounts=(Money(amount_minor=minor, currency=currency),))


NEGATIVE: Sentiment = "negative"
MOODS: dict[str, tuple[Sentiment, ...]] = {
    "second": ("neutral", NEGATIVE),
    "third": ("neutral", "neutral", NEGATIVE),
    "fourth": (NEGATIVE, NEGATIVE, NEGATIVE, NEGATIVE),
    "over": (NEGATIVE, NEGATIVE, "neutral"),
    "step": ("positive", "neutral"),
    "fall": ("positive", NEGATIVE),
    "slow": ("positive", "neutral", NEGATIVE),
    "mended": ("positive", NEGATIVE, "neutral"),
    "flat": (NEGATIVE, NEGATIVE),
    "up": (NEGATIVE, "positive"),
    "long_ago": ("positive", "neutral", "neutral", NEGATIVE),
}


def mood(name: str) -> Signals:
    return replace(QUIET, moods=MOODS[name])


FAR = Rules(negative_turns=20)
"""Frustration is out of reach, so that the trend can be seen alone."""

ROWS: list[tuple[str, Moment, Signals, bool, Rules]] = [
    ("safety", "triage", replace(QUIET, safety=True), True, RULES),
    ("safety", "triage", QUIET, False, RULES),
    ("account_security", "triage", QUIET, False, RULES),
    ("account_security", "triage", replace(QUIET, security=1), True, RULES),
    ("account_security", "triage", replace(QUIET, security=2), True, RULES),
    ("legal_language", "triage", QUIET, False, RULES),
    ("legal_language", "triage", replace(QUIET, legal=True), True, RULES),
    ("regulatory", "triage", QUIET, False, RULES),
    ("regulatory", "triage", replace(QUIET, regulatory=1), True, RULES),
    ("regulatory", "triage", replace(QUIET, regulatory=3), True, RULES),
    ("disputed_payment", "triage", disputing(49_999), False, RULES),
    ("disputed_payment", "triage", disputing(50_000), False, RULES),
    ("disputed_payment", "triage", disputing(50_001), True, RULES),
    ("disputed_payment", "reply", disputing(50_001), True, RULES),
    ("disputed_payment", "reply", replace(disputing(50_001), disputes=0), False, RULES),
    ("disputed_payment", "reply", replace(QUIET, disputes=1), False, RULES),
    ("disputed_payment", "reply", disputing(1, "CHF"), True, RULES),
    ("disputed_payment", "reply", disputing(1, "CHF"), False, Rules(disputed_above={"CHF": 1})),
    ("enterprise_billing", "triage", replace(QUIET, tier="enterprise", category="billing"), True, RULES),
    ("enterprise_billing", "reply", replace(QUIET, tier="enterprise", category="billing"), True, RULES),
    ("enterprise_billing", "triage", replace(QUIET, tier="enterprise"), False, RULES),
    ("enterprise_billing", "triage", replace(QUIET, tier="basic", category="billing"), False, RULES),
    ("enterprise_billing", "triage", replace(QUIET, tier=None, category="billing"), False, RULES),
    ("vip", "triage", replace(QUIET, tier="vip"), True, RULES),
    ("vip", "reply", replace(QUIET, tier="vip"), True, RULES),
    ("vip", "triage", replace(QUIET, tier="gold"), False, RULES),
    ("vip", "triage", replace(QUIET, tier="gold"), True, Rules(vip_tiers=frozenset({"gold"}))),
    ("vip", "triage", replace(QUIET, tier=None), False, RULES),
    ("frustrated", "triage", mood("second"), False, RULES),
    ("frustrated", "triage", mood("third"), True, RULES),
    ("frustrated", "triage", mood("fourth"), True, RULES),
    ("frustrated", "triage", mood("over"), False, RULES),
    ("too_many_turns", "triage", replace(QUIET, turns=7), False, RULES),
    ("too_many_turns", "triage", replace(QUIET, turns=8), True, RULES),
    ("too_many_turns", "triage", replace(QUIET, turns=9), True, RULES),
    ("low_retrieval", "outcome", replace(QUIET, category="billing", retrieval_percent=49), True, RULES),
    ("low_retrieval", "outcome", replace(QUIET, category="billing", retrieval_percent=50), False, RULES),
    ("low_retrieval", "outcome", replace(QUIET, category="billing", retrieval_percent=51), False, RULES),
    ("low_retrieval", "outcome", replace(QUIET, category="orders", retrieval_percent=0), False, RULES),
    ("low_retrieval", "outcome", replace(QUIET, category="billing", retrieval_percent=None), False, RULES),
    ("low_confidence", "outcome", replace(QUIET, agent_percent=59), True, RULES),
    ("low_confidence", "outcome", replace(QUIET, agent_percent=60), False, RULES),
    ("low_confidence", "outcome", replace(QUIET, agent_percent=61), False, RULES),
    ("low_confidence", "outcome", replace(QUIET, agent_percent=None), False, RULES),
    ("falling_sentiment", "triage", mood("step"), False, FAR),
    ("falling_sentiment", "triage", mood("step"), True, Rules(falling_by=1)),
    ("falling_sentiment", "triage", mood("fall"), True, FAR),
    ("falling_sentiment", "triage", mood("slow"), True, FAR),
    ("falling_sentiment", "triage", mood("mended"), False, FAR),
    ("falling_sentiment", "triage", mood("flat"), False, FAR),
    ("falling_sentiment", "triage", mood("up"), False, FAR),
    ("falling_sentiment", "triage", mood("long_ago"), False, FAR),
    ("falling_sentiment", "triage", mood("long_ago"), True, Rules(negative_turns=20, falling_turns=4)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "at", "signals", "fires", "rules"), ROWS)
def test_R_E1_a_trigger_fires_from_its_threshold_on_and_alone(
    code: str, at: Moment, signals: Signals, fires: bool, rules: Rules
) -> None:
    assert fired(signals, at, rules) == ((code,) if fires else ())


def test_R_E1_every_trigger_of_the_table_is_tried_on_both_sides() -> None:
    tried = {(code, fires) for code, _, _, fires, _ in ROWS}
    assert tried == {(trigger.code, fires) for trigger in TABLE for fires in (True, False)}


@pytest.mark.parametrize("at", get_args(Moment))
def test_nothing_fires_on_a_quiet_conversation(at: Moment) -> None:
    assert fired(QUIET, at) == ()


ALL = Signals(
    safety=True, legal=True, security=1, regulatory=1, disputes=1, amounts=(Money(amount_minor=90_000, currency="EUR"),),
    category="billing", tier="both", moods=("positive", "neutral", "negative"), turns=9, agent_percent=10,
    retrieval_percent=10,
)  # fmt: skip
BOTH = Rules(vip_tiers=frozenset({"both"}), enterprise_tiers=frozenset({"both"}))


def test_R_E1_at_each_moment_every_trigger_of_that_moment_fires_and_soft_ones_only_alone() -> None:
    for at in get_args(Moment):
        rows = [trigger for trigger in TABLE if at in trigger.at]
        wanted = [t.code for t in rows if t.hard] or [t.code for t in rows]
        assert fired(ALL, at, BOTH) == tuple(wanted)


def test_R_E1_of_any_two_the_one_that_stands_first_counts_and_hard_ones_drop_soft_ones() -> None:
    everything = frozenset(trigger.code for trigger in TABLE)
    for at in get_args(Moment):
        rows = [trigger for trigger in TABLE if at in trigger.at]
        for first, second in combinations(rows, 2):
            found = evaluate(ALL, BOTH, at, already=everything - {first.code, second.code})
            both = first.hard == second.hard
            assert tuple(f.code for f in found) == ((first.code, second.code) if both else (first.code,))


def test_hard_triggers_stand_before_soft_ones() -> None:
    hard = [trigger.hard for trigger in TABLE]
    assert hard == sorted(hard, reverse=True)


def test_R_E1_what_fired_names_the_values_it_rested_on_and_what_they_were_held_against() -> None:
    found = evaluate(disputing(60_000), RULES, "reply")
    assert [(g.signal, g.value, g.limit) for g in found[0].grounds] == [
        ("dispute_words", "1", ""),
        ("amount_minor", "60000 EUR", "50000 EUR"),
    ]
    assert all(each.grounds for at in get_args(Moment) for each in evaluate(ALL, BOTH, at))


def test_R_E3_what_fired_already_does_not_fire_again() -> None:
    assert evaluate(ALL, BOTH, "reply", already=STANDING | {"disputed_payment"}) == ()
    assert sorted(STANDING) == ["enterprise_billing", "vip"]

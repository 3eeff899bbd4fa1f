"""Of ten thousand workflows triage is shown those the words point at, or topics first (R-B1, R-B4)."""

from functools import cache
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from agent_core.contract.ids import WorkflowName
from agent_core.routing.shortlist import MOST_SHOWN, IntentIndex, too_many
from agent_core.workflows import prompt
from tests.workflows.releases import release

VERBS = tuple(
    f"{a}{b}"
    for a, b in product(
        ["cancel", "renew", "repair", "rent", "buy", "sell", "lend", "paint", "wash", "ship"],
        ("", "ing", "ed", "er", "able", "ness", "less", "ful", "ish", "dom"),
    )
)
NOUNS = tuple(
    f"{a}{b}"
    for a, b in product(
        ["boat", "kite", "lamp", "shoe", "tent", "bike", "ring", "sofa", "drum", "vase"],
        ["house", "case", "cover", "strap", "light", "wheel", "frame", "paper", "glass", "board"],
    )
)


@cache
def crowd(verbs: int = 100, nouns: int = 100) -> Any:
    """A release's shape with a workflow for each verb and noun, by the noun's topic."""
    intents: dict[str, Any] = {}
    workflows: dict[str, Any] = {}
    for verb, noun in product(VERBS[:verbs], NOUNS[:nouns]):
        name = f"{verb}_{noun}"
        phrases = (f"{verb} my {noun}", f"{noun} {verb}")
        described = SimpleNamespace(description=f"The customer wants to {verb} a {noun}.", phrases=phrases)
        intents[name] = SimpleNamespace(workflow=WorkflowName(name), intent=described)
        workflows[name] = SimpleNamespace(topic=noun)
    return SimpleNamespace(intents=intents, workflows=workflows)


@cache
def index() -> IntentIndex:
    return IntentIndex(crowd())


def test_R_B4_the_right_intent_of_ten_thousand_is_ranked_first_and_few_are_shown() -> None:
    for verb, noun in (("cancel", "boathouse"), ("washing", "drumlight"), ("shipdom", "vaseboard")):
        found = index().shortlist([f"Hello, please {verb} my {noun} today"])
        assert len(found.intents) <= MOST_SHOWN
        assert f"{verb}_{noun}" in found.intents[:15], "stems of one verb share their beginning"
        assert found.covered


def test_R_B1_two_wishes_in_two_sentences_are_both_shown() -> None:
    found = index().shortlist(["Please cancel my boathouse. Then repair my lampcover please."])
    assert {"cancel_boathouse", "repair_lampcover"} <= set(found.intents)
    assert found.covered


def test_a_sentence_no_phrase_stands_in_asks_for_topics_first() -> None:
    found = index().shortlist(["Please cancel my boathouse. And something quite different happened to us yesterday."])
    assert not found.covered
    assert "cancel_boathouse" in found.intents


def test_topics_narrow_what_is_shown_and_what_is_at_work_always_is() -> None:
    found = index().shortlist(["it is broken"], topics=["kitecase"], open_workflows=[WorkflowName("sell_sofapaper")])
    assert found.intents[0] == "sell_sofapaper"
    assert all(name.endswith("_kitecase") for name in found.intents[1:])
    assert len(found.intents) == MOST_SHOWN


def test_topics_that_share_words_come_first_and_all_fit_one_question() -> None:
    topics = index().ranked_topics(["my boathouse leaks"])
    assert topics[0] == "boathouse"
    assert len(topics) == MOST_SHOWN


@pytest.mark.parametrize("text", ["", "???", "a " * 20_000, "订单取消了吗", "\u200b", "1 2 3"])
def test_any_text_gives_a_list(text: str) -> None:
    assert len(index().shortlist([text]).intents) <= MOST_SHOWN


def test_words_without_spaces_are_found_by_their_parts() -> None:
    made = crowd(3, 3)
    described = SimpleNamespace(description="取消", phrases=("取消订单",))
    intents = {**made.intents, "cancel_zh": SimpleNamespace(workflow=WorkflowName("cancel_boathouse"), intent=described)}
    small = IntentIndex(SimpleNamespace(intents=intents, workflows=made.workflows))  # pyright: ignore[reportArgumentType] - a shape of the test
    assert small.shortlist(["你好,我想取消订单,谢谢"]).intents[0] == "cancel_zh"


def test_R_B1_the_two_questions_have_one_form_and_list_only_what_they_are_given() -> None:
    made = release()
    assert not too_many(made)
    first = prompt.topics_system(made, ("refunds", "delivery"))
    second = prompt.triage_system(made, ("refund",))
    for text in (first, second, prompt.triage_system(made)):
        assert text.startswith('<triage brand="northwind">')
        assert text.count("## Intents") == 1
    assert '"id": "refunds", "workflow": "topic"' in first
    assert '"id": "refund"' in second
    assert '"id": "order_status"' not in second

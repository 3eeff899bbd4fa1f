"""The recorded examples of poisoned transcripts: named as they are named there, healed so that the API takes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.findings import Aside, Finding
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.standin import refusal
from tests.poisoned_examples import FIXTURES, NOT_HERE, examples, expanded

REPAIRS = {
    "02": "reconcile_then_synthesise",
    "05": "results_first",
    "07": "synthesise_result",
    "10": "drop_orphan_result",
    "14": "merge_duplicate_results",
    "18": "parse_input",
    "21": "drop_block",
    "25": "replace_surrogates",
    "30": "drop_parameter",
    "38": "append_user_turn",
    "43": "disable_thinking",
    "46": "strip_thinking",
    "49": "remove_image",
    "51": "shrink_result",
    "53": "drop_exchange",
    "55": "drop_block",
}
ALSO = {"43": ("bad_parameter:thinking_budget",)}
"""Example 43 asks for a thinking budget of 1024 with max_tokens 1024: a second fault, of which its note does not speak."""


def aside_of(example: dict[str, Any]) -> Aside:
    meta = example["meta"]
    stops = {int(name.split(".")[1]): told["stop_reason"] for name, told in meta.items() if name.startswith("messages.")}
    return Aside(stop_reasons=stops, prefix_changed="prefix_changed" in meta)


def where(each: Finding) -> str | None:
    if each.message is None:
        return None
    return f"messages.{each.message}" if each.block is None else f"messages.{each.message}.content.{each.block}"


def test_the_examples_are_there() -> None:
    if not FIXTURES:
        pytest.skip(NOT_HERE)
    assert len(examples()) >= 17


@pytest.mark.parametrize("path", examples(), ids=lambda path: path.stem)
def test_R_A8_a_recorded_example_is_named_as_it_was_and_healed(path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    expected, number = example["expected"], path.stem[:2]
    body, aside = expanded(example), aside_of(example)
    found = diagnose(body, aside)
    if expected["diagnosis"] == "healthy":
        assert found == ()
        assert repair(body, aside=aside).body is body
        return
    first = found[0]
    assert (first.diagnosis, first.http_status) == (expected["diagnosis"], expected["http"])
    assert (where(first), list(first.tool_use_ids)) == (expected["where"], expected["tool_use_ids"])
    assert (first.side_effect, first.repair) == (expected["side_effect"], REPAIRS[number])
    assert tuple(each.diagnosis for each in found[1:]) == ALSO.get(number, ())
    assert (refusal(body) is not None) == (expected["http"] is not None)
    healed = repair(body, aside=aside)
    assert refusal(healed.body) is None
    assert healed.changes
    assert [each for each in diagnose(healed.body) if each.severity == "error"] == []
    assert [each.diagnosis for each in healed.left] == [first.diagnosis] * (expected["side_effect"] == "unknown")
    assert repair(healed.body).body is healed.body

"""Two readers who share no code, asked about requests of every kind in which any place was spoiled by chance (R-A8).

What the stand-in refuses has an error of ours, what it takes has none, and what was healed without anything left to a
person it takes. Left out is what only one of the two can know: whether a signature fits, and whether there is such a model.
"""

import json
from random import Random

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import Body
from tests.conversation.health.rich import rich, spoil
from tests.conversation.health.standin import refusal


def only_one_can_know(refused: str | None) -> bool:
    return refused is not None and (
        "signature" in refused or "cannot be modified" in refused or refused.startswith("model:")
    )


def spoiled(seed: int, times: int) -> Body:
    random = Random(seed)
    body = rich(random)
    for _ in range(times):
        spoil(body, random)
    return body


def agree(seed: int, times: int) -> None:
    body = spoiled(seed, times)
    before = json.dumps(body)
    errors = [each.diagnosis for each in diagnose(body) if each.severity == "error"]
    refused = refusal(body)
    told = f"seed {seed}, {times} spoiled: {errors} / {refused}"
    assert bool(errors) == bool(refused) or only_one_can_know(refused), told
    healed = repair(body)
    assert json.dumps(body) == before, told
    assert repair(body) == healed, f"{told}: not deterministic"
    assert json.dumps(repair(healed.body).body) == json.dumps(healed.body), f"{told}: not idempotent"
    rest = refusal(healed.body)
    assert any(each.severity == "error" for each in healed.left) or rest is None or only_one_can_know(rest), (
        f"{told} / {rest}"
    )
    assert errors or healed.body is body or healed.changes, told


def test_R_A8_requests_of_every_kind_are_healthy_for_both() -> None:
    for seed in range(150):
        body = rich(Random(seed))
        assert [each.diagnosis for each in diagnose(body) if each.severity == "error"] == [], seed
        assert refusal(body) is None or only_one_can_know(refusal(body)), seed


@pytest.mark.parametrize("times", [1, 2, 3])
def test_R_A8_both_readers_agree_wherever_a_request_is_spoiled(times: int) -> None:
    for seed in range(200):
        agree(seed * 3 + times, times)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1_000, 21_000, 500))
def test_R_A8_both_readers_agree_on_twenty_thousand_spoiled_requests(start: int) -> None:
    for seed in range(start, start + 500):
        agree(seed, 1 + seed % 3)

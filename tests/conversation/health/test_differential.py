"""Two readers of the same rules, who share no code, asked about thousands of poisoned requests.

An error of ours means a refusal of the stand-in's, and the other way round; what we have healed, it takes. Not generated are
words changed in the middle of signed thinking: only the provider can see them.
"""

import json
from random import Random

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import Body, copy, healthy
from tests.conversation.health.poisons import POISONS
from tests.conversation.health.standin import refusal

NAMES = sorted(POISONS)


def poisoned(seed: int, kinds: int) -> tuple[Body, list[str], tuple[str, ...]]:
    """A poisoned request, the names of its poisons, and what the last of them may be called."""
    random = Random(seed)
    body = copy(healthy(random))
    names = random.sample(NAMES, kinds)
    wanted: tuple[str, ...] = ()
    for name in names:
        wanted = POISONS[name](body, random) or wanted
    return body, names, wanted


def agree(seed: int, kinds: int) -> None:
    body, names, _ = poisoned(seed, kinds)
    errors = [each.diagnosis for each in diagnose(body) if each.severity == "error"]
    refused = refusal(body)
    told = f"seed {seed}, {names}: {errors} / {refused}"
    assert bool(errors) == bool(refused), told
    before = json.dumps(body)
    healed = repair(body)
    assert json.dumps(body) == before, told
    beyond = [
        each for each in healed.left if each.severity == "error" and each.repair in ("needs_person", "needs_successor")
    ]
    assert bool(beyond) or refusal(healed.body) is None, f"{told} / {refusal(healed.body)}"
    assert bool(beyond) or not [each for each in diagnose(healed.body) if each.severity == "error"], told
    assert repair(healed.body).body is healed.body, f"{told}: not idempotent"
    assert repair(body).changes == healed.changes, f"{told}: not deterministic"


@pytest.mark.parametrize("start", range(0, 1500, 250))
def test_R_A8_both_readers_agree_on_pairs_of_poisons_and_on_what_was_healed(start: int) -> None:
    for seed in range(start, start + 250):
        agree(seed, 2)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1500, 12_000, 500))
def test_R_A8_both_readers_agree_on_ten_thousand_poisoned_requests(start: int) -> None:
    for seed in range(start, start + 500):
        agree(seed, 1 + seed % 3)


@pytest.mark.parametrize("name", NAMES)
def test_R_A8_every_poison_is_called_by_its_name(name: str) -> None:
    applied = 0
    for seed in range(400):
        random = Random(seed)
        body = copy(healthy(random))
        wanted = POISONS[name](body, random)
        if not wanted:
            continue
        applied += 1
        found = {each.diagnosis for each in diagnose(body)}
        assert found & set(wanted), f"seed {seed}: {found}"
        if applied == 12:
            return
    assert applied >= 3, "this poison has hardly found a place"


def test_healthy_requests_are_healthy_for_both() -> None:
    for seed in range(300):
        body = healthy(Random(seed))
        assert diagnose(body) == (), seed
        assert refusal(body) is None, seed
        assert repair(body).body is body

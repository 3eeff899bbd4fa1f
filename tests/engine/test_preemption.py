"""Whatever comes between any two steps of a turn: what is stale stops, what is done stays known, one reply answers all.

Every await point of a worker is a step of the loop, so none can be forgotten: the points are found by playing the scene
once. At each of them comes each of twelve things (R-A3, R-A6, R-C5, R-E3, R-M3). A sample runs always, all with `-m slow`.
"""

import logging
import random
from collections import Counter
from collections.abc import Generator

import pytest

from tests.engine.preemption import BETWEEN, play_one, points, shown

EACH = 3
"""So many things come at each kind of point in the sample."""
SEED = 20261121


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """What is put off or lost is logged, as it should be: here it is the subject."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def names() -> list[str]:
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    return points()


def test_R_A3_the_points_lie_around_everything_a_turn_does(names: list[str]) -> None:
    passed = Counter(names)
    for what in ("model triage", "model run", "model compose", "get_order", "list_payments", "track_order", "refund_payment",
                 "send"):  # fmt: skip
        assert passed[f"before {what}"], what
        assert passed[f"after {what}"], what
    commits = [name for name in passed if name.startswith("commit of")]
    for event in ("turn_opened", "routed", "proposed", "reply_drafted", "reply_sent", "proposal_settled", "notice_given"):
        assert any(event in name for name in commits), event
    assert len(names) > 250


def sample(names: list[str]) -> list[tuple[int, str]]:
    """At every kind of point some things, at a drawn one of its places; each thing about equally often."""
    chance = random.Random(SEED)
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    things, kinds = list(BETWEEN), list(places.values())
    chance.shuffle(things)
    turns = [(kind, len(things) // EACH * turn + number) for turn in range(EACH) for number, kind in enumerate(kinds)]
    return [(chance.choice(kind), things[turn % len(things)]) for kind, turn in turns]


def played(cases: list[tuple[int, str]]) -> None:
    outcomes = [(at, what, play_one(at, what)) for at, what in cases]
    failed = [shown(at, what, outcome) for at, what, outcome in outcomes if outcome.problems]
    assert not failed, "\n".join([f"{len(failed)} of {len(cases)}", *failed[:8]])
    assert all(outcome.happened for _, _, outcome in outcomes)


def test_R_A3_whatever_comes_at_a_sampled_point_everything_holds(names: list[str]) -> None:
    cases = sample(names)
    assert {names[at] for at, _ in cases} == set(names)
    assert min(Counter(what for _, what in cases).values()) > 5
    assert len(set(cases)) > 90
    played(cases)


@pytest.mark.slow
@pytest.mark.parametrize("what", BETWEEN)
def test_R_A3_whatever_comes_at_every_point_everything_holds(names: list[str], what: str) -> None:
    played([(at, what) for at in range(len(names))])

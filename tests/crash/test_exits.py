"""The core dies at one point of each story of each workflow we ship, and nobody can tell afterwards (R-A2, R-C6).

One drawn point of every story here; `python -m tests.crash.torture exits` takes every point, and pairs of them.
"""

import json
import logging
import os
import random
from collections import Counter
from collections.abc import Generator
from typing import Final

import pytest

from tests.crash import exits
from tests.crash.stories import STORIES
from tests.workflows.releases import release

SEED: Final = 20261121

pytestmark = pytest.mark.skipif(os.name != "posix", reason="tellings are forked")


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """What the core logs about lost answers is the subject here."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


def test_R_A2_the_stories_are_about_every_workflow_of_both_brands_and_every_way_it_can_go() -> None:
    ends = [json.loads(exits.undisturbed(name).end) for name in STORIES]
    told = {workflow for end in ends for workflow, _ in end["phases"]}
    assert told == {*release("northwind").workflows, *release("lumen").workflows}
    outcomes = {row[1] for end in ends for row in end["proposals"]}
    assert {"executed", "denied", "expired"} <= outcomes
    assert {"unknown_outcome", "approval", "escalation"} <= {row[0] for end in ends for row in end["asks"]}
    events = Counter(name for end in ends for name, _ in end["events"])
    for name in ("answer_arrived", "customer_silent", "control_changed", "countersigned", "look_again"):
        assert events[name], name


def test_R_A2_points_lie_around_every_commit_and_everything_that_reaches_the_world() -> None:
    points = Counter(point for name in STORIES for point in exits.undisturbed(name).points)
    for what in ("written", "refund_payment arrived", "send arrived", "before model triage", "after model run",
                 "before look-up of refund_payment", "after get_order"):  # fmt: skip
        assert points[what], what
    commits = {name for point in points if point.startswith("commit of") for name in point[10:].split(",")}
    assert {"countersigned", "effect_started", "effect_finished", "reply_sent", "proposal_settled", "answer_arrived",
            "control_changed", "message_received"} <= commits  # fmt: skip


def test_R_A2_R_C6_a_death_at_a_drawn_point_of_every_story_changes_nothing() -> None:
    luck = random.Random(SEED)
    first = 1
    for name in STORIES:
        most = len(exits.undisturbed(name).points)
        seed = first + luck.randrange(most)
        assert exits.deaths(seed)[0] == name
        assert exits.exits(seed)[0] == []
        first += most


def test_R_A2_deaths_while_recovering_change_nothing() -> None:
    after = exits.count()
    for seed in range(after + 1, after + 5):
        assert len(exits.deaths(seed)[1]) >= 2
        assert exits.exits(seed)[0] == []


def test_R_A2_a_telling_that_ends_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `exits` says when a death does change something."""
    whole = exits.undisturbed("a small refund")
    seed = next(seed for seed in range(1, exits.count()) if exits.deaths(seed) == ("a small refund", (3,)))
    other = json.loads(whole.end) | {"refunds": [[1000, "pay_1"], [1000, "pay_1"]]}

    def undisturbed(name: str) -> exits.Told:
        assert name == "a small refund"
        return exits.Told(0, whole.points, json.dumps(other))

    monkeypatch.setattr(exits, "undisturbed", undisturbed)
    (problem,) = exits.exits(seed)[0]
    assert "died at ['3 " in problem
    assert "refunds: [[1000" in problem

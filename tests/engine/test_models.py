"""A model refuses, is cut off, is limited, or talks nonsense: each has its path, and no transcript is poisoned (R-A7)."""

from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import ModelSpoke, ReplyDrafted, RunEscalated, RunFailed
from agent_core.models.failures import ModelFailure
from agent_core.models.port import ModelAnswer
from agent_core.models.scripted import call_tools, say, say_json
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"
BOTH = f"Please refund order {ORDER}. {WHERE}"


@pytest.fixture
def quiet(expected_logs: object) -> None:
    """Failures of a model are logged as warnings."""
    expected_logs("agent_core.engine.asking", "model_failed|model_answer_unusable", required=False)  # pyright: ignore[reportCallIssue] - a fixture's function


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["rate_limited", "overloaded", "connection", "timeout", "server_error", "paused"])
@pytest.mark.parametrize("purpose", ["triage", "run"])
def test_R_A7_a_call_that_failed_for_a_moment_is_made_again(tmp_path: Path, purpose: str, kind: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next[purpose] = [ModelFailure(kind), ModelFailure(kind)]  # pyright: ignore[reportArgumentType] - its words
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert OTHER_ORDER in stage.texts()[0]

    play(tmp_path, scene)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "answer",
    [
        ModelFailure("bad_answer"),
        say("I would rather talk about something else."),
        say_json({"phase": "dancing"}),
        say('{"phase": "answered", "points": [{"text": "half'),
        call_tools(("same", "get_order", {}), ("same", "get_order", {})),
    ],
    ids=["cut", "prose", "wrong json", "cut json", "one id twice"],
)
def test_R_A7_a_model_that_never_gives_a_usable_answer_fails_its_run_to_people(
    tmp_path: Path, answer: ModelFailure | ModelAnswer
) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [answer] * 9
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=600)
        (failed,) = await stage.events(c, RunFailed)
        assert failed.code == "model_gave_no_answer"
        assert await stage.events(c, ModelSpoke) == []
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        assert [a for a in state.asks.values() if not a.resolved]
        assert len(stage.texts()) == 1
        assert "colleague" in stage.texts()[0].lower()

    play(tmp_path, scene)


@pytest.mark.usefixtures("quiet")
def test_R_A7_a_message_that_nobody_can_triage_goes_to_people_and_the_customer_is_told(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["triage"] = [say("hm")] * 9
        c = await stage.writes(WHERE, "1")
        await stage.settle(c, within=600)
        assert (await stage.harness.state(c)).control == "awaiting_human"
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("answer", [ModelFailure("overloaded"), say("hm")], ids=["overloaded", "nonsense"])
def test_R_F2_when_the_composer_fails_the_points_themselves_are_sent(
    tmp_path: Path, answer: ModelFailure | ModelAnswer
) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["compose"] = [answer, answer]
        c = await stage.writes(BOTH, "1")
        await stage.settle(c)
        (drafted,) = await stage.events(c, ReplyDrafted)
        assert drafted.made_by == "one_run"
        assert len(stage.texts()) == 1
        assert ORDER in stage.texts()[0]
        assert OTHER_ORDER in stage.texts()[0]

    play(tmp_path, scene)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["overloaded", "server_error", "timeout", "connection"])
def test_R_A7_when_the_composers_model_is_down_the_brands_other_one_composes_at_once(tmp_path: Path, kind: Any) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["compose"] = [ModelFailure(kind)]
        began = stage.clock.at
        c = await stage.writes(BOTH, "1")
        await stage.settle(c)
        (drafted,) = await stage.events(c, ReplyDrafted)
        assert drafted.made_by == "composer"
        names = stage.harness.brand.names
        composed = [request.model for request in stage.model.requests if request.purpose == "compose"]
        assert composed == [names.small, names.standard]
        assert len(stage.texts()) == 1
        assert stage.clock.at == began, "nobody waits: the points are there to be said"
        assert not (await stage.harness.state(c)).compose_down

    play(tmp_path, scene)


@pytest.mark.usefixtures("quiet")
def test_R_B2_one_run_fails_and_the_others_part_is_answered_all_the_same(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [ModelFailure("refusal")]
        c = await stage.writes(BOTH, "1")
        await stage.settle(c)
        assert [e.code for e in await stage.events(c, RunEscalated)] == ["model_refused"]
        assert len(stage.texts()) == 1
        assert "colleague" in stage.texts()[0].lower()
        assert (await stage.harness.state(c)).control == "agent"

    play(tmp_path, scene)

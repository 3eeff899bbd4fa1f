"""An answer without its required fields is asked for once more with the reason, then a person has it (R-B5, R-A7)."""

import json
from collections.abc import Callable
from pathlib import Path

from agent_core.contract.events import AnswerRejected, AskRaised, RunAnswered
from agent_core.contract.events.effects import Usage
from agent_core.models.port import ModelAnswer
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play

WANT = f"Where is {ORDER}?"


def saying(**outputs: str) -> ModelAnswer:
    found = {"order_id": "", "status": "", **outputs}
    answer = {"phase": "answered", "points": [{"text": "I have looked at it for you.", "fact_ids": []}], "question": None,
              "outputs": found, "beliefs": [], "escalation": None, "disclosures": []}  # fmt: skip
    return ModelAnswer(({"type": "text", "text": json.dumps(answer)},), "end_turn", Usage(), "scripted")


def test_R_B5_missing_fields_are_asked_for_once_with_the_reason(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine", "model_answer_unusable|reply_blocked", required=True)

    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [saying(), saying(order_id=ORDER)]
        c = await stage.writes(WANT, "1")
        await stage.settle(c)
        (rejected,) = await stage.events(c, AnswerRejected)
        assert rejected.code == "outputs_missing"
        last = [r for r in stage.model.requests if r.purpose == "run"][-1]
        assert "left a required output empty" in json.dumps(list(last.messages))
        assert last.system.startswith('<workflow name="where_is_my_order"')
        assert len(await stage.events(c, RunAnswered)) == 1

    play(tmp_path, scene)


def test_R_B5_fields_that_stay_missing_bring_a_person_and_the_customer_is_told(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine", "model_answer_unusable", required=True)

    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [saying() for _ in range(9)]
        c = await stage.writes(WANT, "1")
        await stage.settle(c)
        assert len(await stage.events(c, AnswerRejected)) == 2
        assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["model_gave_no_answer"]
        assert await stage.events(c, RunAnswered) == []
        assert "colleague" in stage.texts()[-1]

    play(tmp_path, scene)

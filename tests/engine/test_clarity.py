"""One precise question, never the same one twice, then a person (R-B9)."""

from pathlib import Path

from agent_core.contract.events import AskRaised, RunAnswered, RunEscalated
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play


def test_R_B9_a_run_that_would_ask_the_same_again_gives_it_to_a_person(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Where is my order?", "1")
        await stage.settle(c)
        assert "number looks like" in stage.texts()[0]
        await stage.writes("I do not have it here, sorry.", "2")
        await stage.settle(c)
        assert [e.code for e in await stage.events(c, RunEscalated)] == ["missing_information"]
        assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["missing_information"]
        assert "number looks like" not in stage.texts()[1]
        assert "colleague" in stage.texts()[1]

    play(tmp_path, scene)


def test_R_B9_an_answer_to_the_question_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Where is my order?", "1")
        await stage.settle(c)
        await stage.writes(f"It is {ORDER}", "2")
        await stage.settle(c)
        assert [e.phase for e in await stage.events(c, RunAnswered)] == ["asking", "answered"]

    play(tmp_path, scene)


def test_R_B9_a_new_request_may_need_the_same_question(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Where is my order?", "1")
        await stage.settle(c)
        await stage.writes("And where is my other order?", "2")
        await stage.settle(c)
        assert await stage.events(c, RunEscalated) == []
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


def test_R_B9_what_stays_unclear_is_asked_once_and_then_a_persons(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("It is like the last time, you know.", "1")
        await stage.settle(c)
        await stage.writes("As I said, you know.", "2")
        await stage.settle(c)
        assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["unclear_twice"]
        assert len(set(stage.texts())) == 2

    play(tmp_path, scene)

"""When code sends a message to people, the customer is told, in their language, exactly once (R-E2)."""

from pathlib import Path

import pytest

from agent_core.contract.events import AskRaised
from tests.engine.harness import OTHER_ORDER
from tests.engine.stage import Stage, play

PATHS: dict[str, str] = {
    "legal_language": "I will call my lawyer about order " + OTHER_ORDER,
    "safety": "My lamp caught fire.",
    "account_security": "My account was hacked.",
    "regulatory": "I will tell the Financial Conduct Authority.",
}


@pytest.mark.parametrize("path", PATHS)
def test_R_E2_the_customer_is_told_exactly_once_that_a_person_comes_in(tmp_path: Path, path: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(PATHS[path], "1")
        await stage.settle(c, within=900)
        assert await stage.events(c, AskRaised)
        assert (await stage.harness.state(c)).control == "awaiting_human"
        assert len(stage.texts()) == 1
        assert "colleague" in stage.texts()[0].casefold()

    play(tmp_path, scene)


def test_R_E2_a_german_customer_is_told_in_german(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Mein Konto wurde gehackt, bitte hilf mir schnell damit.", "1")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "awaiting_human"
        assert len(stage.texts()) == 1
        assert (await stage.harness.state(c)).turn.language == "de"
        assert "colleague" not in stage.texts()[0]

    play(tmp_path, scene)

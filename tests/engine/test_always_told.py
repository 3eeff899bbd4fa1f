"""Whatever brings a person, the customer hears it once, in that very turn: every trigger of the table (R-E1, R-E2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from agent_core.contract.events import AskRaised, Escalated
from agent_core.contract.ids import ConversationId
from agent_core.escalation.table import TABLE
from agent_core.systems.port import ToolResult
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play
from tests.engine.test_escalating import learned

WHERE = f"Where is order {OTHER_ORDER}?"
REFUND = f"Please refund order {ORDER}."
ANGRY = f"This is a disgrace, I am furious. {WHERE}"
Scene = Callable[[Stage], Awaitable[ConversationId]]


def rules(stage: Stage, **changed: Any) -> None:
    """The brand with other thresholds."""
    release = stage.harness.brand.release
    own = release.behaviour.escalation.model_copy(update=changed)
    behaviour = release.behaviour.model_copy(update={"escalation": own})
    made = Release.of(release.content.model_copy(update={"behaviour": behaviour}))
    stage.harness.brand = replace(stage.harness.brand, release=made)
    stage.harness.brands.at_work = stage.harness.brand


def written(*texts: str) -> Scene:
    """A customer writes these, one after another."""

    async def scene(stage: Stage) -> ConversationId:
        for number, text in enumerate(texts, 1):
            conversation = await stage.writes(text, str(number))
            await stage.settle(conversation)
        return conversation  # pyright: ignore[reportPossiblyUnboundVariable] - there is one text at least

    return scene


def of_tier(tier: str, text: str) -> Scene:
    async def scene(stage: Stage) -> ConversationId:
        conversation = await written(WHERE)(stage)
        await learned(stage, conversation, tier=tier)
        await stage.writes(text, "2")
        await stage.settle(conversation)
        return conversation

    return scene


async def disputed(stage: Stage) -> ConversationId:
    rules(stage, disputed_above={"EUR": 1})
    return await written(f"Where is order {ORDER}? I did not authorise this payment.")(stage)


async def unsure(stage: Stage) -> ConversationId:
    rules(stage, agent_percent=98)
    return await written(WHERE)(stage)


async def weak(stage: Stage) -> ConversationId:
    """Something that looks knowledge up says how well it fits."""
    rules(stage, sensitive_categories=("orders", "billing", "account"))

    async def around(name: str, perform: Callable[[], ToolResult]) -> ToolResult:
        found = perform()
        return replace(found, facts=(*found.facts, ("knowledge.returns.fit_percent", 49), ("knowledge.fit_percent", 20)))

    stage.harness.tools.around = around
    return await written(WHERE)(stage)


SCENES: Final[Mapping[str, Scene]] = {
    "safety": written(f"{WHERE} The lamp caught fire and my child is injured."),
    "account_security": written(f"My account was hacked. {WHERE}"),
    "legal_language": written(f"My lawyer will sue you. {WHERE}"),
    "regulatory": written(f"I will tell the press about you.  {WHERE}"),
    "disputed_payment": disputed,
    "enterprise_billing": of_tier("enterprise", REFUND),
    "vip": of_tier("vip", WHERE),
    "frustrated": written(ANGRY, ANGRY, ANGRY),
    "too_many_turns": written(*[WHERE] * 8),
    "low_retrieval": weak,
    "low_confidence": unsure,
    "falling_sentiment": written(f"You are great, thank you so much! {WHERE}", ANGRY),
}


def test_every_trigger_of_the_table_has_its_scene() -> None:
    assert list(SCENES) == [trigger.code for trigger in TABLE]


@pytest.mark.parametrize("code", SCENES)
def test_R_E2_the_customer_is_told_once_and_people_are_asked_once(tmp_path: Path, code: str) -> None:
    async def scene(stage: Stage) -> None:
        conversation = await SCENES[code](stage)
        fired = [event.fired[0].code for event in await stage.events(conversation, Escalated)]
        assert fired == [code]
        assert [event.ask.code for event in await stage.events(conversation, AskRaised)].count(code) == 1
        heard = stage.texts()
        assert "colleague" in heard[-1], heard
        assert sum("colleague" in text for text in heard) == 1, "told once"
        state = await stage.harness.state(conversation)
        assert state.turn.replied
        assert state.draft is None
        await stage.settle(conversation, within=60)
        assert stage.texts() == heard

    play(tmp_path, scene)

"""What a workflow wants proven is proven before the action, whatever the model says (R-B4, R-E1)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import CallJudged, EffectStarted, MessageReceived
from agent_core.contract.ids import ConversationId
from agent_core.sandbox.messages.answer import Answer, Call, Say
from agent_core.sandbox.messages.literal import LiteralBrain
from agent_core.sandbox.messages.matching import purpose_of
from tests.engine.stage import Stage, play

END = "Please cancel my subscription."
TOOL = "cancel_subscription"


def subscription(stage: Stage) -> dict[str, Any]:
    """The one subscription of the customer of NW-10023, made active."""
    shop = stage.harness.shop
    owner = shop.order("NW-10023")["customer_id"]
    shop.connection.execute("DELETE FROM subscriptions WHERE customer_id = ?", (owner,))
    shop.connection.execute(
        "INSERT INTO subscriptions VALUES ('sub_own', ?, 'Repair club', 'active', 490, 'EUR', 'month', ?)",
        (owner, "2026-12-01T00:00:00Z"),
    )
    return shop.subscription("sub_own")


def status(stage: Stage) -> str:
    return stage.harness.shop.subscription("sub_own")["status"]


async def judged(stage: Stage, conversation: ConversationId) -> list[tuple[str, str]]:
    events = await stage.events(conversation, CallJudged)
    return [(event.verdict, event.code) for event in events if event.tool == TOOL]


def test_R_B4_it_ends_after_the_offer_was_read_and_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        subscription(stage)
        c = await stage.writes(END, "1")
        await stage.settle(c)
        assert "I can pause it for you" in stage.texts()[-1]
        assert status(stage) == "active"
        await stage.writes("Yes, please.", "2")
        await stage.settle(c)
        assert status(stage) == "cancelled", (stage.texts(), await judged(stage, c))
        assert "has ended" in stage.texts()[-1]
        assert await judged(stage, c) == [("execute", "allowed")]

    play(tmp_path, scene)


def test_R_E1_whoever_says_no_keeps_it_and_is_not_asked_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        subscription(stage)
        c = await stage.writes(END, "1")
        await stage.settle(c)
        await stage.writes("No thanks, rather not.", "2")
        await stage.settle(c)
        assert status(stage) == "active"
        assert await judged(stage, c) == []
        assert "stays as it is" in stage.texts()[-1]

    play(tmp_path, scene)


class Pushy(LiteralBrain):
    """Ends the subscription at once, with a quote of its own making; then says that it did not work."""

    def __init__(self, quote: str, *, after_offer: bool) -> None:
        self.quote, self.after_offer = quote, after_offer
        self.tried = False

    def think(self, request: dict[str, Any], seed: int) -> Answer:
        asked = "Shall I end it all the same?" in json.dumps(request["messages"])
        if purpose_of(request) == "run" and not self.tried and (asked or not self.after_offer):
            self.tried = True
            arguments = {"subscription_id": "sub_own", "reason": "they want it", "confirmed_by": self.quote}
            return Answer((Call(TOOL, arguments),))
        if purpose_of(request) == "run" and self.tried:
            told = {
                "phase": "answered", "points": [{"text": "I am still looking at this.", "fact_ids": []}], "question": None,
                "outputs": {"end_status": "not_started"}, "beliefs": [], "escalation": None, "disclosures": [],
            }  # fmt: skip
            return Answer((Say(json.dumps(told)),))
        return super().think(request, seed)


@pytest.mark.parametrize(
    ("quote", "after_offer", "reply", "code"),
    [
        ("Please cancel my subscription", False, None, "offer_not_delivered"),
        ("Yes, please", True, "What would that cost?", "not_their_words"),
        ("Please cancel my subscription", True, "What would that cost?", "not_their_words"),
        ("Shall I end it all the same", True, "What would that cost?", "not_their_words"),
        ("rather not", True, "rather not", None),
        ("no", True, "no", "no_confirmation"),
    ],
)
def test_R_B4_a_model_that_claims_a_yes_gets_nothing(
    tmp_path: Path, quote: str, after_offer: bool, reply: str | None, code: str | None
) -> None:
    async def scene(stage: Stage) -> None:
        subscription(stage)
        c = await stage.writes(END, "1")
        await stage.settle(c)
        if reply is not None:
            await stage.writes(reply, "2")
            await stage.settle(c)
        if code is None:
            return
        assert await judged(stage, c) == [("forbid", code)]
        assert status(stage) == "active"
        assert not [e for e in await stage.events(c, EffectStarted) if e.tool == TOOL]

    play(tmp_path, scene, Pushy(quote, after_offer=after_offer))


def test_R_B4_a_yes_that_was_taken_back_before_the_call_counts_no_more(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        subscription(stage)
        c = await stage.writes(END, "1")
        await stage.settle(c)
        asked = stage.model.hold("run")
        await stage.writes("Yes, please.", "2")
        looking = asyncio.create_task(stage.harness.runner.handle(c))
        await asked.wait()
        await stage.writes("Wait, no thanks, keep it!", "3")
        await looking
        await stage.settle(c)
        assert status(stage) == "active"
        assert len(await stage.events(c, MessageReceived)) == 3

    play(tmp_path, scene)

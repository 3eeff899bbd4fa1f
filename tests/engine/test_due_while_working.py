"""What is due while an effect is still under way happens when it is due, not when the effect ends (R-A4, R-A8)."""

import asyncio

import pytest

from agent_core.models.port import ModelAnswer, ModelRequest
from tests.engine.harness import ORDER
from tests.stepping.outsiders import Outsiders
from tests.stepping.play import playing

LONG = 100.0
"""Seconds a call to a model takes here; a model has 120."""


def test_R_A8_a_customer_is_told_at_the_deadline_while_a_model_still_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    with playing() as play:
        model = play.world.model
        answer = model.answer

        async def slow(request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
            if request.purpose == "run" and model.asked == 2:
                await asyncio.sleep(LONG)
            return await answer(request, deadline_seconds=deadline_seconds)

        monkeypatch.setattr(model, "answer", slow)
        deadline = play.world.brand.release.brand.timing.reply_deadline_s
        assert deadline < LONG
        play.run(Outsiders(play).writes("t1", f"Please refund order {ORDER}.", "m1"))
        while not play.world.channel.delivered:
            assert play.loop.step() or play.loop.forward()
        (first,) = play.world.channel.delivered.values()
        assert first["t"] < (deadline + 5) * 1000, "it waited for the model to end"
        assert "still working" in first["text"]
        play.settle(within=LONG)
        assert len(play.world.channel.delivered) == 2

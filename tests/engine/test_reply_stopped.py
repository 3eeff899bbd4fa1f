"""A reply that was begun leaves only while it is still wanted: asked last thing, before it is handed over (R-A3).

What may have left by then is on record, and whoever has the conversation sees it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agent_core.contract.clock import system_clock
from agent_core.contract.events import EffectFinished, ReplyDropped, ReplySent
from agent_core.contract.ids import ConversationId
from agent_core.service.operators import People
from agent_core.service.projection.items import tell
from agent_core.service.projection.story import read_story
from agent_core.service.projection.telling import Telling
from agent_core.systems.channels.webchat import WebChat
from agent_core.systems.integrations import Integrations
from agent_core.systems.port import Delivery, SendUnknown, Sent, Stopped
from agent_core.systems.transport import Transport
from tests.engine.harness import OTHER_ORDER
from tests.engine.stage import Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"


class Line:
    """Holds the next reply back in front of the channel until the test lets it go on."""

    def __init__(self, stage: Stage) -> None:
        self.reached, self.goes_on = asyncio.Event(), asyncio.Event()
        self._channel = stage.harness.channel
        self._channel.in_line = self._wait

    async def _wait(self) -> None:
        self._channel.in_line = None
        self.reached.set()
        await self.goes_on.wait()


async def _takeover(stage: Stage, c: ConversationId) -> None:
    await stage.control(c, "human")


async def _message(stage: Stage, c: ConversationId) -> None:
    await stage.writes("And tell me when it arrives.", "2")


async def _pause(stage: Stage, c: ConversationId) -> None:
    await stage.paused(c, paused=True)


Between = Callable[[Stage, ConversationId], Awaitable[None]]
BETWEEN: dict[str, Between] = {"takeover": _takeover, "message": _message, "pause": _pause}


async def begun(stage: Stage, what: Between) -> ConversationId:
    """Something comes after the reply was begun and before the channel was called; then all goes on."""
    line = Line(stage)
    c = await stage.writes(WHERE, "1")
    settling = asyncio.create_task(stage.settle(c))
    await line.reached.wait()
    assert (await stage.harness.state(c)).sending is not None
    await what(stage, c)
    line.goes_on.set()
    await settling
    return c


@pytest.mark.parametrize("what", BETWEEN)
def test_R_A3_a_reply_that_was_begun_does_not_leave_when_something_comes_first(tmp_path: Path, what: str) -> None:
    async def scene(stage: Stage) -> None:
        c = await begun(stage, BETWEEN[what])
        stopped: list[EffectFinished] = [e for e in await stage.events(c, EffectFinished) if e.code == "stopped"]
        assert [e.outcome for e in stopped] == ["superseded"]
        state = await stage.harness.state(c)
        assert state.sending is None
        assert len(stage.texts()) == (1 if what == "message" else 0)
        assert not state.asks

    play(tmp_path, scene)


def test_R_A3_a_reply_that_a_pause_stopped_leaves_once_after_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await begun(stage, _pause)
        await stage.settle(c)
        assert stage.texts() == []
        await stage.paused(c, paused=False)
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert len(await stage.events(c, ReplySent)) == 1

    play(tmp_path, scene)


def test_R_A3_a_persons_own_words_leave_whatever_comes(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.control(c, "human")
        line = Line(stage)
        await stage.says(c, "I look into it.")
        settling = asyncio.create_task(stage.settle(c))
        await line.reached.wait()
        await stage.writes("Thanks", "2")
        line.goes_on.set()
        await settling
        assert stage.texts()[-1] == "I look into it."

    play(tmp_path, scene)


def test_R_A3_what_left_before_a_takeover_and_was_not_answered_is_a_persons_question(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async def takes_over(_: str) -> Delivery | None:
            stage.harness.channel.before = None
            await stage.control(c, "human")
            return SendUnknown("lost", "No answer.")

        async def nobody_knows(delivery_id: str, *, deadline: Any) -> Delivery:
            return SendUnknown("lost", "No answer.")

        stage.harness.channel.before = takes_over
        stage.harness.channel.look_up = nobody_knows  # pyright: ignore[reportAttributeAccessIssue] - this channel cannot tell
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        (dropped,) = await stage.events(c, ReplyDropped)
        assert dropped.code == "reply_unknown"
        state = await stage.harness.state(c)
        assert state.control == "human"
        assert [a.ask.code for a in state.asks.values() if not a.resolved] == ["reply_unknown"]

    play(tmp_path, scene)


def test_R_A3_who_takes_over_sees_that_a_reply_may_be_on_its_way(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        seen: list[Any] = []

        async def takes_over(_: str) -> Delivery | None:
            await stage.control(c, "human")
            story = await read_story(stage.harness.store, c)
            telling = Telling(story, People(await stage.harness.keyring(), {}), stage.harness.brands.at_work)
            tell(telling)
            seen.extend(item for item in telling.ordered() if item.id == "reply1")
            return None

        stage.harness.channel.before = takes_over
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert [(item.kind, item.delivery) for item in seen] == [("message", "sending")]
        assert len(await stage.events(c, ReplySent)) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize("wanted", [True, False])
def test_R_A3_who_waits_for_a_place_at_the_channel_is_asked_when_it_is_free(wanted: bool) -> None:
    """Not when it gets in line: the wait can be long, and that is when people take over."""
    arrived: list[str] = []
    free = asyncio.Event()

    async def answers(request: httpx.Request) -> httpx.Response:
        arrived.append(request.url.path)
        if len(arrived) == 1:
            await free.wait()
        return httpx.Response(200, json={"id": "m1"})

    async def scene() -> None:
        said = not wanted

        async def still() -> bool:
            return said

        transport = Transport(inner=httpx.MockTransport(answers), per_site=1)
        integrations = Integrations()
        channel = WebChat(transport.site("channel", "https://channel.test", SecretStr("x"), integrations))
        deadline = system_clock().replace(year=2100)
        try:
            async with asyncio.TaskGroup() as group:
                first = group.create_task(channel.send("t1", "one", delivery_id="d1", by="agent", deadline=deadline))
                second = group.create_task(
                    channel.send("t1", "two", delivery_id="d2", by="agent", deadline=deadline, still=still)
                )
                await asyncio.sleep(0)
                said = wanted
                free.set()
            assert isinstance(first.result(), Sent)
            assert isinstance(second.result(), Sent if wanted else Stopped)
            assert len(arrived) == (2 if wanted else 1)
            assert integrations.held("channel", "write") is None
        finally:
            await transport.close()

    asyncio.run(scene())

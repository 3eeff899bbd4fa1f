"""The channel's people close a conversation while something of it is on its way: then it is theirs, and nothing is lost.

In a closed conversation nothing is sent, nothing is tried again, and no clock of an ask runs (R-E3, R-N6).
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_core.boundary.inbound_changes import InboundChange
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import ControlChanged
from agent_core.contract.ids import BodyId, ConversationId, MessageId
from agent_core.conversation.changing import replace
from agent_core.conversation.state import MessageSeen, State
from agent_core.service.inbound_changes import closing, something_waits
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append
from agent_core.systems.port import Delivery, NotSent
from tests.engine.stage import Stage, play
from tests.engine.test_sent_once_more import by_hand, failed_once
from tests.store.logs import START

NEW_ONE = "I have sent you a new one today."


async def closed_outside(stage: Stage, c: ConversationId) -> None:
    """A colleague closes the ticket in the helpdesk itself."""
    change = InboundChange("conversation.closed", "evt_closed", stage.clock(), "thread_1", None, "person", "{}")

    async def build(read: Read) -> Append:
        return closing(read, change, "inbound:closed")

    await append_on_newest(stage.harness.store, c, build)
    stage.harness.runner.nudge(c)


def down(times: int) -> object:
    left = [times]

    async def before(_: str) -> Delivery | None:
        if not left[0]:
            return None
        left[0] -= 1
        return NotSent("down", "The channel is down.", transient=True, retry_after=30.0)

    return before


@pytest.mark.parametrize("tried", [False, True])
def test_R_E3_a_persons_words_that_wait_for_the_channel_leave_although_the_ticket_is_closed(
    tmp_path: Path, *, tried: bool
) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Thank you!", "1")
        await stage.settle(c)
        before = len(stage.texts())
        await stage.control(c, "human")
        await stage.says(c, NEW_ONE)
        stage.harness.channel.before = down(1)  # pyright: ignore[reportAttributeAccessIssue] - it is one
        if tried:
            await stage.settle(c, within=5)
        assert len(stage.texts()) == before
        await closed_outside(stage, c)
        await stage.settle(c, within=600)
        assert stage.texts()[before:] == [NEW_ONE]
        state = await stage.harness.state(c)
        assert (state.control, state.draft) == ("human", None)

    play(tmp_path, scene)


def test_R_E3_a_refund_that_waits_to_be_tried_again_makes_closing_a_takeover(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await failed_once(stage)
        await closed_outside(stage, c)
        changed = (await stage.events(c, ControlChanged))[-1]
        assert (changed.to, changed.code) == ("human", "closed_in_channel_while_waiting")
        by_hand(stage)
        await stage.settle(c, within=600)
        assert [r["idempotency_key"] for r in stage.harness.refunds()] == ["by hand"]

    play(tmp_path, scene, alone=True)


def test_R_E3_where_nothing_waits_it_is_closed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes("Thank you!", "1")
        await stage.settle(c)
        await closed_outside(stage, c)
        assert (await stage.harness.state(c)).control == "closed"

    play(tmp_path, scene)


ONE: Any = SimpleNamespace(open=True, resolved=False, outcome=None, made_by="person", kind="write")
MESSAGE = MessageSeen(7, MessageId("m"), "customer", BodyRef(id=BodyId("b"), kind="message", digest="0" * 64, size=1), START)


@pytest.mark.parametrize(
    "waits",
    [
        {"unknown": {"e1": ONE}},
        {"awaited": {"e1": ONE}},
        {"proposals": {"p1": ONE}},
        {"asks": {"a1": ONE}},
        {"messages": (MESSAGE,)},
        {"draft": ONE},
        {"sending": ONE},
        {"open": {"e1": ONE}},
    ],
    ids=lambda waits: next(iter(waits)),
)
def test_R_E3_whatever_waits_makes_closing_a_takeover(waits: dict[str, Any]) -> None:
    assert not something_waits(State())
    assert something_waits(replace(State(), **waits))

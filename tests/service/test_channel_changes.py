"""What a channel takes back, tells twice or late, or closes, over real sockets: recorded, shown, and never lost (R-A6)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import ControlChanged, InboundContradicted, InboundRefused, MessageDeleted, MessageEdited
from agent_core.contract.ids import brand_stream
from agent_core.contract.views import MessageItem
from tests.service.scene import BOTH, NORTHWIND, Scene, approval, scene, settled
from tests.service.test_inbound import event, messages, post, stream_of

MAX = {"kind": "person", "id": "u1", "name": "Max"}


async def events(it: Scene, kind: type[Any], thread: str = "t9") -> list[Any]:
    return [r.event for r in await it.core.store.records(stream_of(it, thread=thread)) if isinstance(r.event, kind)]


async def shown(it: Scene, thread: str = "t9") -> list[MessageItem]:
    detail = await it.core.projector.detail(stream_of(it, thread=thread))
    assert detail is not None
    return [item for item in detail.items if isinstance(item, MessageItem) and item.by in ("customer", "person")]


async def pause(it: Scene) -> None:
    """The agent is stopped: what is told here is about records and views only."""
    from agent_core.store import Append, brand_scope

    await it.core.store.append(Append(brand_stream(NORTHWIND), scope_paused={brand_scope(NORTHWIND): True}))


def edit(text: str, *, of: str = "1", number: str = "e1", **more: Any) -> dict[str, Any]:
    changed = event(text, number=number, **more)
    return changed | {"type": "message.updated", "message": {"id": f"msg_{of}", "text": text}}


def deletion(*, of: str = "1", number: str = "d1", **more: Any) -> dict[str, Any]:
    return event(number=number, **more) | {"type": "message.deleted", "message": {"id": f"msg_{of}"}}


def test_R_A6_an_edit_takes_the_place_of_the_message_and_both_are_kept_raw(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await pause(it)
            assert (await post(it, event("My order is NW-1"))).status_code == 200
            assert (await post(it, edit("My order is NW-2"), name="evt_e1")).status_code == 200
            assert (await post(it, edit("My order is NW-2"), name="evt_e1")).json()["duplicate"]
            (changed,) = await events(it, MessageEdited)
            (first,) = await messages(it)
            assert changed.replaces == first.message
            assert not changed.unchanged
            assert "NW-1" in (await it.core.store.body(first.raw)).text
            assert "NW-2" in (await it.core.store.body(changed.raw)).text
            (item,) = await shown(it)
            assert (item.text, item.id) == ("My order is NW-2", first.message)
            assert "edited" in item.flags

    asyncio.run(run())


def test_an_edit_in_which_nothing_to_read_changes_is_no_reason_to_work(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await pause(it)
            await post(it, event("Hello there"))
            await post(it, edit("Hello\u200b there"), name="evt_e1")
            (changed,) = await events(it, MessageEdited)
            assert changed.unchanged

    asyncio.run(run())


def test_R_A6_a_deleted_message_is_no_longer_shown_and_its_raw_record_stays(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await pause(it)
            await post(it, event("My password is swordfish"))
            assert (await post(it, deletion(), name="evt_d1")).status_code == 200
            (gone,) = await events(it, MessageDeleted)
            (first,) = await messages(it)
            assert gone.message == first.message
            (item,) = await shown(it)
            assert "swordfish" not in item.text
            assert "deleted" in item.flags
            assert (await it.core.store.body(first.raw)).text
            detail = await it.core.projector.detail(stream_of(it))
            assert detail is not None
            assert "swordfish" not in detail.row.snippet

    asyncio.run(run())


def test_R_A6_a_deletion_of_a_conversation_nobody_knows_is_refused_and_taken_once_it_is_known(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await pause(it)
            refused = await post(it, deletion(), name="evt_d1")
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_conversation")
            await post(it, event("Hello"))
            assert (await post(it, deletion(), name="evt_d1")).json() == {
                "ok": True,
                "duplicate": False,
                "with_people": False,
            }
            records = await it.core.store.records(brand_stream(NORTHWIND))
            assert [r.event.code for r in records if isinstance(r.event, InboundRefused)] == ["unknown_conversation"]

    asyncio.run(run())


def test_R_A6_the_same_event_told_otherwise_is_on_record_once_and_the_first_telling_counts(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await pause(it)
            await post(it, event("Refund 10 EUR"))
            for _ in range(2):
                assert (await post(it, event("Refund 99 EUR"))).json() == {
                    "ok": True,
                    "duplicate": True,
                    "with_people": True,
                }
            assert (await post(it, event("Refund 10 EUR", author=MAX))).json()["duplicate"]
            told = await events(it, InboundContradicted)
            assert [each.what for each in told] == ["content", "author"]
            assert "99" in (await it.core.store.body(told[0].raw)).text
            (item,) = await shown(it)
            assert item.text == "Refund 10 EUR"
            assert "contradicted" in item.flags
            assert await events(it, ControlChanged) == [], "another author the second time is no takeover"

    asyncio.run(run())


def test_R_A6_a_message_that_arrives_late_stands_where_it_was_written_and_is_new_input(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await pause(it)
            await post(it, event("second", number="2", occurred_at="2026-11-01T10:05:00Z"), name="evt_2")
            await post(it, event("third", number="3", occurred_at="2026-11-01T10:06:00Z"), name="evt_3")
            await post(it, event("first", number="1", occurred_at="2026-11-01T10:00:00Z"))
            items = await shown(it)
            assert [item.text for item in items] == ["first", "second", "third"]
            assert "arrived_late" in items[0].flags
            story = await it.core.projector.story(stream_of(it))
            assert len(story.state.waiting) == 3, "none was passed over"
            assert [story.text(m.text) for m in story.state.waiting] == ["second", "third", "first"]

    asyncio.run(run())


def closed(number: str = "c1", **more: Any) -> dict[str, Any]:
    return {
        "type": "conversation.closed",
        "id": f"evt_{number}",
        "occurred_at": "2026-11-01T11:00:00Z",
        "conversation": {"id": "t9", "channel": "chat"},
        "author": MAX,
        **more,
    }


def test_R_E3_a_conversation_the_channels_people_close_is_closed_and_opens_again_with_the_next_message(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            reader = await it.reader()
            await it.write("Thank you!", thread="t9")
            await settled(reader, stream_of(it), 2)
            assert (await post(it, closed(), name="evt_c1")).status_code == 200
            assert (await post(it, closed(), name="evt_c1")).json()["duplicate"]
            assert [(e.to, e.code) for e in await events(it, ControlChanged)] == [("closed", "closed_in_channel")]
            await it.write("Thanks a lot, bye!", thread="t9")
            await settled(reader, stream_of(it), 4)
            assert [e.to for e in await events(it, ControlChanged)] == ["closed", "agent"]

    asyncio.run(run())


def test_R_E3_closing_while_an_action_waits_for_a_yes_is_a_takeover(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            reader = await it.reader()
            await it.write(BOTH, thread="t9")
            await approval(reader)
            assert (await post(it, closed(), name="evt_c1")).status_code == 200
            (changed,) = await events(it, ControlChanged)
            assert (changed.to, changed.code) == ("human", "closed_in_channel_while_waiting")
            assert it.refunds() == []
            story = await it.core.projector.story(stream_of(it))
            assert story.state.open_proposals(), "nothing that waits is withdrawn"

    asyncio.run(run())


@pytest.mark.parametrize("what", ["edits", "deletions", "closings"])
def test_R_I5_the_channel_of_the_sandbox_tells_all_of_it(tmp_path: Path, what: str) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await pause(it)
            await it.write("Where is NW-10024?", thread="t9")
            async with it.channel as channel:
                found = (await channel.get("/v1/conversations/t9/messages")).json()["messages"]
                person = {"id": "u1", "name": "Max"}
                body = {"conversation": "t9", "message": found[0]["id"], "text": "Where is NW-10023?", "person": person}
                (await channel.post(f"/_sandbox/{what}", json=body)).raise_for_status()
                async with asyncio.timeout(300):
                    while (await channel.get("/_sandbox/outbox")).json()["pending"]:
                        await _projected(it)
            kinds = {"edits": MessageEdited, "deletions": MessageDeleted, "closings": ControlChanged}
            assert len(await events(it, kinds[what])) == 1

    asyncio.run(run())


async def _projected(it: Scene) -> None:
    await it.core.projector.wait(it.core.projector.position, 0.2, it.core.stopping)

"""The product in one sentence, over real sockets: proposed by the model, countersigned by a person, done exactly once."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from console.headless import example_approve
from tests.service.scene import approval, closed, scene, settled


def test_R_C4_a_message_with_two_wishes_gets_one_reply_a_countersigned_refund_and_one_more_reply(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=1) as it:
            client, signer = await it.admin()
            conversation = await it.write()
            card = await approval(client)
            assert card.money is not None
            assert (card.money.amount_minor, card.money.currency) == (6490, "EUR")
            before = await settled(client, conversation, 2)
            first = await it.replies()
            assert len(first) == 1
            assert "NW-10024" in first[0]["text"]
            assert "waiting" in first[0]["text"]
            assert it.refunds() == []
            assert {run.workflow for run in before.runs} == {"refund_order", "where_is_my_order"}

            done = await client.approve(await client.ask(card.ask))
            assert done.not_before is not None

            over = await closed(client, card)
            assert over.closed_by == "person"
            assert over.closed_name == "Ada Admin"
            after = await settled(client, conversation, 3)
            refunds = it.refunds()
            assert len(refunds) == 1
            assert refunds[0]["amount_minor"] == 6490
            at = datetime.fromisoformat(refunds[0]["created_at"]) + timedelta(milliseconds=1)  # the shop cuts them off
            assert at >= done.not_before, "not before the undo time was over"
            replies = await it.replies()
            assert len(replies) == 2
            assert "refunded" in replies[1]["text"]
            assert "NW-10024" not in replies[1]["text"]

            log = await client.log(conversation)
            assert log["verified"] is True
            signed = [e["event"] for e in log["events"] if e["event"]["type"] == "countersigned"]
            assert [event["key"] for event in signed] == [signer.key.fingerprint]
            calls = [item for item in after.items if item.kind == "tool_call" and item.tool == "refund_payment"]
            assert [call.outcome for call in calls] == ["succeeded"]

    asyncio.run(run())


def test_a_denial_reaches_the_customer_and_nothing_is_refunded(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            conversation = await it.write("Please refund NW-10023")
            card = await approval(client)
            await settled(client, conversation, 2)
            await client.deny(await client.ask(card.ask), comment="The parcel shows no damage.")
            over = await closed(client, card)
            assert over.closed_by == "person"
            await settled(client, conversation, 3)
            assert it.refunds() == []
            assert "not approved" in (await it.replies())[1]["text"]

    asyncio.run(run())


def test_the_example_of_twenty_lines_approves_a_refund(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    said = asyncio.run(example_approve.main())
    assert said.endswith("It was done.")

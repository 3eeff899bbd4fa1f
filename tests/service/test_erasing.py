"""R-N5 through a whole core: a customer is looked for, erased by a signed order, and begins anew when they write again.

Unique strings are planted at every entrance; afterwards every table, every byte of the database and every view is searched.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.commands import HandBack, PersonReply, TakeOver
from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.events import BodiesErased, ErasureOrdered
from agent_core.contract.ids import ConversationId, conversation_id
from agent_core.contract.views import ConversationDetail
from agent_core.store.folder import DATABASE_NAME
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import NORTHWIND, Scene, approval, closed, scene, settled, until
from tests.service.test_personal_data import holders

PLANTED = {
    "text": "canary-text-41q",
    "name": "Canarina-name-41q",
    "mail": "canary-mail-41q@example.org",
    "subject": "canary-subject-41q",
    "customer": "canary-customer-41q",
    "hidden": "canary-hidden-41q",
    "reply": "canary-reply-41q",
    "note": "canary-note-41q",
    "takeover": "canary-takeover-41q",
    "approval": "canary-approval-41q",
}


async def plants(it: Scene, text: str, thread: str, *, html: str | None = None) -> ConversationId:
    """A customer whose every name is a canary writes."""
    customer = {
        "id": PLANTED["customer"], "name": PLANTED["name"], "email": PLANTED["mail"], "authenticated": False,
    }  # fmt: skip
    body: dict[str, Any] = {
        "conversation": thread, "channel": "chat", "customer": customer, "text": text, "subject": PLANTED["subject"],
    }  # fmt: skip
    if html is not None:
        body["html"] = html
    async with it.channel as channel:
        (await channel.post("/_sandbox/messages", json=body)).raise_for_status()
    return conversation_id(NORTHWIND, "chat", thread, secret=it.core.store.secret)


def holds(data: bytes) -> bool:
    return b"41q" in data


def on_disk(folder: Path) -> list[str]:
    """Files of the database that hold a canary."""
    return [path.name for path in sorted((folder / "data").glob(f"{DATABASE_NAME}*")) if holds(path.read_bytes())]


async def erased(client: CoreClient, conversation: ConversationId) -> ConversationDetail:
    """The conversation, once it is gone from the list's views, too."""

    async def look() -> ConversationDetail | None:
        row = next(row for row in (await client.rows()).rows if row.conversation == conversation)
        found = await client.detail(conversation)
        return found if row.customer_name == "(erased)" else None

    return await until(client, look)


async def whole(client: CoreClient, conversation: ConversationId) -> ErasurePreview:
    return await client.erasure_preview(ErasureWanted(brand=NORTHWIND, conversation=conversation, whole_customer=True))


def test_R_N5_what_was_planted_at_every_entrance_is_nowhere_after_an_erasure_and_the_proofs_hold(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as it:
            admin, signer = await it.admin()
            chain = await it.write(f"{PLANTED['text']}: please refund NW-10023.", thread="t1")
            card = await approval(admin)
            await admin.approve(card, comment=PLANTED["approval"])
            await closed(admin, card)
            await settled(admin, chain, 2)
            other = await plants(it, f"{PLANTED['text']} where is NW-10024?", "t2")
            await settled(admin, other, 1)
            await admin.command(TakeOver(conversation=other, comment=PLANTED["takeover"]))
            await admin.command(PersonReply(conversation=other, text=f"Hello {PLANTED['reply']}"))
            await settled(admin, other, 2)
            await admin.command(HandBack(conversation=other, note=PLANTED["note"]))
            third = await plants(it, f"And {PLANTED['text']}", "t3")
            await settled(admin, third, 1)
            found = await holders(it.core.store, holds)
            assert found == {("body", "data"), ("view", "data")}

            shown = await whole(admin, other)
            assert {row.conversation for row in shown.conversations} == {other, third}
            assert {"same_writer", "same_email"} <= set(shown.conversations[0].found_by)
            by_name = await admin.erasure_preview(ErasureWanted(brand=NORTHWIND, customer=PLANTED["mail"].upper()))
            assert {row.conversation for row in by_name.conversations} == {other, third}
            alone = await admin.erasure_preview(ErasureWanted(brand=NORTHWIND, conversation=chain))
            for preview in (shown, alone):
                assert preview.allowed, preview
                await admin.erase(preview, "customer_asked")
            for conversation in (chain, other, third):
                detail = await erased(admin, conversation)
                assert not holds(detail.model_dump_json().encode())
                assert detail.row.customer_name == "(erased)"
                words = [item.text for item in detail.items if item.kind == "mark"]
                assert any(w.startswith("Erased on ") and "Ada Admin" in w for w in words), words
                await it.core.store.verify(conversation)
            assert await holders(it.core.store, holds) == set()
            assert not holds((await admin.rows()).model_dump_json().encode())
            assert not holds(json.dumps([card.model_dump(mode="json") for card in await admin.asks()]).encode())
            assert not holds((await admin.ask(card.ask)).model_dump_json().encode())
            assert not holds((await admin.changes(None, wait=0)).model_dump_json().encode())
            assert not holds((await admin.handoff_packet(other)).model_dump_json().encode())
            assert not holds(json.dumps(await admin.log(other)).encode())
            assert any([await it.core.store.scrub() for _ in range(40)])
            assert on_disk(tmp_path) == [], "while it runs"
            events = [record.event for record in await it.core.store.records(chain)]
            order = next(event for event in events if isinstance(event, ErasureOrdered))
            gone = next(event for event in events if isinstance(event, BodiesErased))
            assert gone.whole
            assert gone.statement == order.statement
            envelopes = await it.core.store.read(lambda tx: tx.standing_bodies(chain))
            assert [each.kind for each in envelopes] == ["envelope"]
            assert signer.operator == order.operator
        assert on_disk(tmp_path) == []

    asyncio.run(body())


def test_R_N5_a_customer_who_writes_again_after_an_erasure_begins_anew_and_is_answered(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as it:
            admin, _ = await it.admin()
            first = await it.write("Where is NW-10023?")
            await settled(admin, first, 2)
            await admin.erase(await whole(admin, first), "law")
            await erased(admin, first)
            before = len(await it.core.store.records(first))
            await it.write("Where is NW-10023?")
            again = conversation_id(NORTHWIND, "chat", "t1", secret=it.core.store.secret, again=1)
            detail = await settled(admin, again, 2)
            assert detail.row.customer_name != "(erased)"
            assert len(await it.replies()) == 2
            assert len(await it.core.store.records(first)) == before, "nothing enters what is erased"
            await admin.erase(await whole(admin, again), "customer_asked")
            await erased(admin, again)
            await it.write("And now?")
            await settled(admin, conversation_id(NORTHWIND, "chat", "t1", secret=it.core.store.secret, again=2), 2)

    asyncio.run(body())


def test_R_N5_nothing_is_erased_while_money_is_in_flight_and_only_by_those_who_may(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as it:
            admin, signer = await it.admin()
            conversation = await it.write("Please refund NW-10023.")
            await approval(admin)
            shown = await whole(admin, conversation)
            assert not shown.allowed
            assert [o.code for o in shown.conversations[0].obstacles] == ["open_approval"]
            assert shown.bodies > 0
            assert shown.kept
            with pytest.raises(CoreRefused) as refused:
                await admin.erase(shown, "customer_asked")
            assert refused.value.code == "money_in_flight"
            assert "Nothing was erased." in str(refused.value)
            supervisor, _ = await it.colleague((admin, signer), "Sam Super")
            with pytest.raises(CoreRefused) as refused:
                await whole(supervisor, conversation)
            assert refused.value.code == "role_not_allowed"
            lead, _ = await it.colleague((admin, signer), "Lea Lead", role="lead", brands=("lumen",))
            with pytest.raises(CoreRefused) as refused:
                await whole(lead, conversation)
            assert refused.value.code == "not_found"
            records = await it.core.store.records(conversation)
            assert not any(isinstance(record.event, ErasureOrdered) for record in records)

    asyncio.run(body())


def test_R_N5_nothing_is_done_in_an_erased_conversation_any_more(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as it:
            admin, _ = await it.admin()
            conversation = await it.write("Where is NW-10023?")
            await settled(admin, conversation, 2)
            shown = await whole(admin, conversation)
            await admin.erase(shown, "customer_asked", key="once")
            await erased(admin, conversation)
            with pytest.raises(CoreRefused) as refused:
                await admin.command(TakeOver(conversation=conversation))
            assert refused.value.code == "not_possible"
            with pytest.raises(CoreRefused) as refused:
                await admin.erase(shown, "customer_asked")
            assert refused.value.code in ("erased_already", "already_done")
            again = await whole(admin, conversation)
            assert again.conversations == ()
            assert not again.allowed

    asyncio.run(body())

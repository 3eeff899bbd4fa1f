"""R-N5 through a whole core: a customer is looked for, erased by a signed order, and begins anew when they write again.

Unique strings are planted at every entrance; afterwards every table, every byte of the database and every view is searched.
"""

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.commands import FlagAssessment, HandBack, PersonReply, Steer, TakeOver
from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.events import BodiesErased, ErasureOrdered
from agent_core.contract.ids import ConversationId, conversation_id
from agent_core.contract.views import ConversationDetail
from agent_core.service.search.index_file import FILE_NAME
from agent_core.store.folder import DATABASE_NAME
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import NORTHWIND, Scene, approval, closed, scene, settled, until
from tests.service.test_personal_data import holders
from tests.service.test_search import indexed, search

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
    "steering": "canary-steering-41q",
    "correction": "canary-correction-41q",
    "edited": "canary-edited-41q",
    "mailed": "canary-mailed-41q",
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


async def edits(it: Scene, thread: str, text: str) -> None:
    """The customer changes what they wrote last."""
    async with it.channel as channel:
        said = (await channel.get(f"/v1/conversations/{thread}/messages")).json()["messages"]
        last = next(message["id"] for message in reversed(said) if message["by"] == "customer")
        body = {"conversation": thread, "message": last, "text": text}
        (await channel.post("/_sandbox/edits", json=body)).raise_for_status()


async def shows(client: CoreClient, conversation: ConversationId, words: str) -> bool | None:
    """True once the conversation shows these words."""
    found = await client.detail(conversation)
    return True if found is not None and words in found.model_dump_json() else None


async def mails(it: Scene, thread: str) -> ConversationId:
    """The customer sends a whole mail, with history below it and something that nobody sees."""
    customer = {
        "id": PLANTED["customer"], "name": PLANTED["name"], "email": PLANTED["mail"], "authenticated": False,
    }  # fmt: skip
    raw = (
        f"From: {PLANTED['name']} <{PLANTED['mail']}>\r\nTo: help@northwind.example\r\nSubject: {PLANTED['subject']}\r\n"
        "Message-ID: <m1@example.org>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=utf-8\r\n\r\n"
        f"<p>Where is NW-10024? {PLANTED['mailed']}</p><p style='display:none'>{PLANTED['hidden']}</p>\r\n"
    )
    body = {
        "conversation": thread, "channel": "email", "customer": customer, "text": "see the mail",
        "raw": base64.b64encode(raw.encode()).decode(),
    }  # fmt: skip
    async with it.channel as channel:
        (await channel.post("/_sandbox/messages", json=body)).raise_for_status()
    return conversation_id(NORTHWIND, "email", thread, secret=it.core.store.secret)


def holds(data: bytes) -> bool:
    return b"41q" in data


def has(words: str) -> Callable[[bytes], bool]:
    return lambda data: words.encode() in data


def on_disk(folder: Path) -> list[str]:
    """Files of the core that hold a canary: its database and its search. What the channel itself keeps is not ours."""
    files = [path for name in (DATABASE_NAME, FILE_NAME) for path in sorted((folder / "data").glob(f"{name}*"))]
    assert len(files) > 1
    return [path.name for path in files if holds(path.read_bytes())]


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
            packet = await admin.handoff_packet(other)
            await admin.command(
                FlagAssessment(
                    conversation=other, part="tone", wrong="unclear", correction=PLANTED["correction"], seen=packet.seq
                )
            )
            third = await plants(it, f"And {PLANTED['text']}", "t3")
            await settled(admin, third, 1)
            await admin.command(Steer(conversation=third, note=PLANTED["steering"]))
            await edits(it, "t3", f"Or rather {PLANTED['edited']}")
            await until(admin, lambda: shows(admin, third, PLANTED["edited"]))
            mailed = await mails(it, "t4")
            await settled(admin, mailed, 1)
            assert {planted for planted in PLANTED if not await holders(it.core.store, has(PLANTED[planted]))} == set()
            people = it.core.sandbox.shop.people() if it.core.sandbox is not None else ()
            owner = next(person for person in people if any(order.id == "NW-10023" for order in person.orders))
            assert await holders(it.core.store, has(owner.email))
            await indexed(it)
            assert holds((await search(admin, limit=100)).model_dump_json().encode())
            found = await holders(it.core.store, holds)
            assert found == {("body", "data"), ("view", "data")}

            shown = await whole(admin, other)
            assert {row.conversation for row in shown.conversations} == {other, third, mailed}
            why = {row.conversation: set(row.found_by) for row in shown.conversations}
            assert why == {other: {"named", "same_writer", "same_email"}, third: {"same_writer", "same_email"},
                           mailed: {"same_email"}}  # fmt: skip
            by_name = await admin.erasure_preview(ErasureWanted(brand=NORTHWIND, customer=PLANTED["mail"].upper()))
            assert {row.conversation for row in by_name.conversations} == {other, third, mailed}
            alone = await admin.erasure_preview(ErasureWanted(brand=NORTHWIND, conversation=chain))
            for preview in (shown, alone):
                assert preview.allowed, preview
                await admin.erase(preview, "customer_asked")
            for conversation in (chain, other, third, mailed):
                detail = await erased(admin, conversation)
                assert not holds(detail.model_dump_json().encode())
                assert detail.row.customer_name == "(erased)"
                words = [item.text for item in detail.items if item.kind == "mark"]
                assert any(w.startswith("Erased on ") and "Ada Admin" in w for w in words), words
                await it.core.store.verify(conversation)
            assert await holders(it.core.store, holds) == set()
            assert await holders(it.core.store, has(owner.email)) == set(), "what the shop had said of the customer"
            assert not holds((await admin.rows()).model_dump_json().encode())
            assert not holds(json.dumps([card.model_dump(mode="json") for card in await admin.asks()]).encode())
            assert not holds((await admin.ask(card.ask)).model_dump_json().encode())
            assert not holds((await admin.changes(None, wait=0)).model_dump_json().encode())
            assert not holds((await admin.handoff_packet(other)).model_dump_json().encode())
            assert not holds(json.dumps(await admin.log(other)).encode())
            assert any([await it.core.store.scrub() for _ in range(40)])
            await indexed(it)
            await it.core.indexer.clean()
            assert on_disk(tmp_path) == [], "while it runs"
            assert not holds((await search(admin, limit=100)).model_dump_json().encode())
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
            shown = await whole(admin, first)
            await admin.erase(shown, "law")
            await erased(admin, first)
            with pytest.raises(CoreRefused) as refused:
                await admin.command(TakeOver(conversation=first))
            assert refused.value.code == "not_possible"
            with pytest.raises(CoreRefused) as refused:
                await admin.erase(shown, "customer_asked")
            assert refused.value.code in ("erased_already", "already_done")
            again = await whole(admin, first)
            assert (again.conversations, again.allowed) == ((), False)
            before = len(await it.core.store.records(first))
            await it.write("Where is NW-10023?")
            second = conversation_id(NORTHWIND, "chat", "t1", secret=it.core.store.secret, again=1)
            detail = await settled(admin, second, 2)
            assert detail.row.customer_name != "(erased)"
            assert len(await it.replies()) == 2
            assert len(await it.core.store.records(first)) == before, "nothing enters what is erased"
            await admin.erase(await whole(admin, second), "customer_asked")
            await erased(admin, second)
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

"""The entrance for channels: taken once, cleaned, or refused with a reason and a record; nothing lost, nothing harmed."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from agent_core.contract.actors import System
from agent_core.contract.events import ControlChanged, InboundRefused, MessageReceived
from agent_core.contract.ids import ConversationId, brand_stream, conversation_id
from agent_core.sandbox.local_http import local_client
from agent_core.service.inbound import MOST_BYTES
from agent_core.service.raw_body import TooLarge
from agent_core.service.refusals import REFUSALS_KEPT
from agent_core.store import Append, Draft
from tests.service.scene import NORTHWIND, Scene, scene

PATH = "/v1/inbound/northwind/chat"


def event(text: str = "Hello there", *, number: str = "1", thread: str = "t9", **more: Any) -> dict[str, Any]:
    return {
        "type": "message.created",
        "id": f"evt_{number}",
        "occurred_at": "2026-11-01T10:00:00.000Z",
        "conversation": {"id": thread, "channel": "chat"},
        "customer": {"id": "cus_9", "name": "Nia", "email": "nia@example.com", "authenticated": True},
        "message": {"id": f"msg_{number}", "text": text},
        **more,
    }


def signed(it: Scene, body: bytes, name: str = "evt_1", *, at: int | None = None) -> dict[str, str]:
    assert it.core.sandbox is not None
    secret = it.core.sandbox.connections[NORTHWIND].webhook_secrets[0].get_secret_value()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    seconds = int(time.time()) if at is None else at
    mac = hmac.new(key, f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


async def post(it: Scene, value: Any, *, name: str = "evt_1", path: str = PATH, **more: Any) -> httpx.Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = more.pop("headers", None) or signed(it, body, name, **more)
    async with local_client(base_url=it.url) as client:
        return await client.post(path, content=body, headers=headers)


async def refusals(it: Scene) -> list[InboundRefused]:
    records = await it.core.store.records(brand_stream(NORTHWIND))
    return [record.event for record in records if isinstance(record.event, InboundRefused)]


def stream_of(it: Scene, channel: str = "chat", thread: str = "t9") -> ConversationId:
    return conversation_id(NORTHWIND, channel, thread, secret=it.core.store.secret)


async def messages(it: Scene, thread: str = "t9") -> list[MessageReceived]:
    records = await it.core.store.records(stream_of(it, thread=thread))
    return [record.event for record in records if isinstance(record.event, MessageReceived)]


def test_R_A6_a_message_that_arrives_many_times_at_once_is_taken_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(post(it, event())) for _ in range(20)]
            answers = [task.result() for task in tasks]
            assert {answer.status_code for answer in answers} == {200}
            assert sorted(answer.json()["duplicate"] for answer in answers) == [False] + [True] * 19
            assert len(await messages(it)) == 1
            again = (await post(it, event())).json()  # by then people may have it: the channel knows of no such thread
            assert (again["ok"], again["duplicate"]) == (True, True)

    asyncio.run(run())


def test_R_A6_messages_of_many_conversations_at_once_are_all_taken(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            async with asyncio.TaskGroup() as group:
                for number in range(30):
                    name = f"evt_{number}"
                    group.create_task(post(it, event(number=str(number), thread=f"t{number % 3}"), name=name))
            found = [len(await messages(it, f"t{thread}")) for thread in range(3)]
            assert found == [10, 10, 10]

    asyncio.run(run())


def test_R_A10_each_bad_webhook_is_refused_with_its_status_and_leaves_an_event(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            good = json.dumps(event()).encode()
            cases: list[tuple[httpx.Response, int, str]] = [
                (await post(it, good, headers={"x": "y"}), 403, "missing_header"),
                (await post(it, good, headers={**signed(it, good), "webhook-signature": "v1,AAAA"}), 403, "bad_signature"),
                (await post(it, good, headers=signed(it, b"other")), 403, "bad_signature"),
                (await post(it, good, at=int(time.time()) - 900), 403, "stale_timestamp"),
                (await post(it, b'{"type": "message.created", '), 422, "broken_json"),
                (await post(it, b"[" * 100_000), 422, "broken_json"),
                (await post(it, event() | {"message": {"id": "m", "text": 7}}), 422, "bad_field"),
                (await post(it, event() | {"type": "message.read"}), 422, "unknown_type"),
                (await post(it, good, path="/v1/inbound/northwind/pigeon"), 404, "no_channel"),
                (await post(it, good, path="/v1/inbound/nobody/chat"), 404, "no_brand"),
            ]
            for answer, status, code in cases:
                assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
                assert answer.json()["ok"] is False
                assert answer.json()["error"]["message"].endswith(".")
                assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]
            kept = await refusals(it)
            assert [each.code for each in kept] == [code for _, _, code in cases[:-1]]
            assert all(each.entrance.startswith("inbound:") for each in kept)
            assert await messages(it) == []

    asyncio.run(run())


def test_R_A10_ten_megabytes_of_invisible_characters_are_refused_at_once_without_being_held(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            flood = ("\u200b" * 3_400_000).encode()
            assert len(flood) > 10_000_000
            read = 0

            async def chunks() -> AsyncIterator[bytes]:
                nonlocal read
                for start in range(0, len(flood), 65_536):
                    read += 65_536
                    yield flood[start : start + 65_536]

            async def announced() -> AsyncIterator[bytes]:
                nonlocal read
                read += len(flood)
                yield flood

            tracemalloc.start()
            codes: list[str] = []
            for headers, stream in (({}, chunks()), ({"content-length": str(len(flood))}, announced())):
                try:
                    await it.core.entrance.take("northwind", "chat", headers, stream)
                except TooLarge as refusal:
                    codes.append(refusal.code)
            grown = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert codes == ["too_large", "too_large"]
            assert grown < 4 * MOST_BYTES
            assert read <= MOST_BYTES + 2 * 65_536
            answer = await post(it, flood[:1_200_000])
            assert answer.status_code == 413
            assert [each.code for each in await refusals(it)] == ["too_large"] * 3

    asyncio.run(run())


def test_R_A10_refusals_are_counted_but_only_so_many_a_minute_are_stored(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            async with asyncio.TaskGroup() as group:
                for _ in range(REFUSALS_KEPT + 20):
                    group.create_task(post(it, b"{}", headers={"x": "y"}))
            assert len(await refusals(it)) == REFUSALS_KEPT

    asyncio.run(run())


def test_R_D1_a_nul_and_half_a_surrogate_pair_are_cleaned_and_the_raw_text_is_kept(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            body = json.dumps(event("What\x00 a\ud800 nice\u202e day\u200b!")).encode()
            assert (await post(it, body)).status_code == 200
            taken = (await messages(it))[0]
            assert (await it.core.store.body(taken.text)).text == "What a nice day!"
            assert "\\u0000" in (await it.core.store.body(taken.raw)).text
            assert sum(each.count for each in taken.stripped) >= 4

    asyncio.run(run())


def test_R_E3_a_colleague_who_writes_in_the_channel_has_the_conversation(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            person = event("I am on it", number="2", author={"kind": "person", "id": "u1", "name": "Max"})
            await post(it, event(thread="t9"))
            assert (await post(it, person, name="evt_2")).status_code == 200
            records = await it.core.store.records(stream_of(it))
            changed = [record.event for record in records if isinstance(record.event, ControlChanged)]
            assert [(each.to, each.code) for each in changed] == [("human", "person_wrote_in_channel")]
            assert [each.author for each in await messages(it)] == ["customer", "person"]

    asyncio.run(run())


def test_a_message_to_a_closed_conversation_opens_it_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await post(it, event())
            stream = stream_of(it)
            closed = ControlChanged(to="closed", code="test", sentence="Closed.")
            await it.core.store.append(Append(stream, [Draft(closed, System(part="test"))]))
            await post(it, event("Once more", number="2"), name="evt_2")
            records = await it.core.store.records(stream)
            codes = [record.event.code for record in records if isinstance(record.event, ControlChanged)]
            assert codes[:2] == ["test", "customer_wrote_again"]

    asyncio.run(run())


def test_only_a_channel_that_vouches_makes_a_customer_authenticated(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await post(it, event(), path="/v1/inbound/northwind/email")
            await post(it, event())
            told: dict[str, object] = {}
            for channel in ("email", "chat"):
                story = await it.core.projector.story(stream_of(it, channel))
                told[channel] = story.fact("customer.authenticated")
            assert told == {"email": False, "chat": True}

    asyncio.run(run())

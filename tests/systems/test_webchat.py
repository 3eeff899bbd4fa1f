"""Replies out over the sandbox channel: each delivered once, and looked up when nobody knows (R-I3, R-A7)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent_core.boundary.inbound import InboundMessage, read_message
from agent_core.boundary.signature import read_secret, sign, verify_signature
from agent_core.contract.clock import system_clock
from agent_core.sandbox.channel.webhooks import sign_webhook
from agent_core.sandbox.serving import serve
from agent_core.systems.channels.webchat import WebChat
from agent_core.systems.port import NotSent, SendUnknown, Sent
from agent_core.systems.transport import Transport
from tests.systems.sandbox_scene import SECRET, Scene, chat, soon


def _play(play: Callable[[WebChat, Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with chat() as (channel, scene):
            await play(channel, scene)

    asyncio.run(run())


async def _sent(scene: Scene) -> list[dict[str, Any]]:
    messages = (await scene.control.get("/v1/conversations/cv-1/messages")).json()["messages"]
    return [message for message in messages if message["by"] != "customer"]


def test_R_I3_a_reply_is_delivered_once_however_often_it_is_sent() -> None:
    async def play(channel: WebChat, scene: Scene) -> None:
        first = await channel.send("cv-1", "On its way. 📦", delivery_id="d1", by="agent", deadline=soon())
        again = await channel.send("cv-1", "On its way. 📦", delivery_id="d1", by="agent", deadline=soon())
        assert isinstance(first, Sent)
        assert first == again == await channel.look_up("d1", deadline=soon())
        assert [(message["text"], message["by"]) for message in await _sent(scene)] == [("On its way. 📦", "agent")]
        other = await channel.send("cv-1", "Other", delivery_id="d1", by="agent", deadline=soon())
        assert isinstance(other, NotSent)
        assert not other.transient
        missing = await channel.look_up("d2", deadline=soon())
        assert isinstance(missing, NotSent)
        assert missing.transient

    _play(play)


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        ({"kind": "drop_after"}, True),
        ({"kind": "malformed"}, True),
        ({"kind": "drop_before"}, False),
        ({"kind": "status", "status": 500}, False),
        ({"kind": "timeout", "seconds": 30}, False),
    ],
)
def test_R_A7_a_reply_whose_answer_was_lost_is_looked_up(fault: dict[str, Any], arrives: bool) -> None:
    async def play(channel: WebChat, scene: Scene) -> None:
        await scene.arm(match="POST /v1/conversations/*", **fault)
        deadline = soon(0.3 if fault["kind"] == "timeout" else 10)
        assert isinstance(await channel.send("cv-1", "Hi", delivery_id="d1", by="system", deadline=deadline), SendUnknown)
        assert isinstance(await channel.look_up("d1", deadline=soon()), Sent if arrives else NotSent)
        assert len(await _sent(scene)) == arrives

    _play(play)


def test_a_busy_channel_a_foreign_conversation_and_a_failing_look_up_have_their_types() -> None:
    async def play(channel: WebChat, scene: Scene) -> None:
        await scene.arm(match="POST /v1/conversations/*", kind="status", status=429, seconds=9)
        busy = await channel.send("cv-1", "Hi", delivery_id="d1", by="agent", deadline=soon())
        assert busy == NotSent("rate_limited", "The other system asks us to wait.", True, 9)
        for conversation in ("cv-nobody", "..", "a/b"):
            foreign = await channel.send(conversation, "Hi", delivery_id="d2", by="agent", deadline=soon())
            assert isinstance(foreign, NotSent)
            assert not foreign.transient
        await scene.arm(match="GET /v1/messages", kind="status", status=503)
        assert isinstance(await channel.look_up("d1", deadline=soon()), SendUnknown)

    _play(play)


@pytest.mark.parametrize("body", [{}, {"id": 5}, {"id": "a b"}, {"messages": [{"id": "m"}, {"id": "n"}]}, {"messages": 1}])
def test_an_answer_of_another_form_is_unknown(body: dict[str, Any]) -> None:
    async def run() -> None:
        transport = Transport(inner=httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
        channel = WebChat(transport.site("channel", "https://chat.example", SecretStr("t")))
        assert isinstance(await channel.send("c", "x", delivery_id="d", by="agent", deadline=soon()), SendUnknown)
        assert isinstance(await channel.look_up("d", deadline=soon()), SendUnknown)
        await transport.close()

    asyncio.run(run())


def test_R_I5_what_the_stand_in_signs_is_what_we_verify() -> None:
    body = b'{"a":1}'
    now = int(system_clock().timestamp())
    assert sign_webhook(SECRET, "evt_1", now, body) == sign(read_secret(SECRET), "evt_1", now, body)


def test_R_I5_an_event_of_the_channel_is_verified_on_its_raw_bytes_and_read() -> None:
    arrived: list[tuple[bytes, dict[str, str]]] = []
    all_there = asyncio.Event()

    async def take(request: Request) -> Response:
        arrived.append((await request.body(), dict(request.headers)))
        if len(arrived) == 2:
            all_there.set()
        return Response(status_code=204)

    async def run() -> None:
        core = Starlette(routes=[Route("/v1/inbound/northwind/chat", take, methods=["POST"])])
        async with serve(core) as served, chat() as (_, scene):
            reply = {"conversation": "cv-1", "person": {"id": "p1", "name": "Sue"}, "text": "I take over.\u200b"}
            assert (await scene.control.post("/_sandbox/person-replies", json=reply)).status_code == 202
            await scene.control.post("/_sandbox/core", json={"core_url": served.base_url})
            async with asyncio.timeout(300):
                await all_there.wait()

    asyncio.run(run())
    messages = sorted((_verified(*each) for each in arrived), key=lambda message: message.author)
    assert [(message.author, message.text.text) for message in messages] == [
        ("customer", "Hello"),
        ("person", "I take over."),
    ]
    assert {(message.conversation, message.customer, message.authenticated) for message in messages} == {
        ("cv-1", "cus_1", True)
    }


def _verified(body: bytes, headers: dict[str, str]) -> InboundMessage:
    event = verify_signature(headers, body, keys=[read_secret(SECRET)], now=system_clock())
    message = read_message(body)
    assert message.event_id == event
    return message

"""The channel over real sockets: signed webhooks that are retried until taken, replies that are kept once."""

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent_core.sandbox.channel.app import create_channel_app, loopback_url
from agent_core.sandbox.channel.ledger import ChannelLedger
from agent_core.sandbox.channel.postman import Backoff
from agent_core.sandbox.channel.webhooks import new_webhook_secret, sign_webhook, webhook_headers
from agent_core.sandbox.clock import system_clock
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import serve
from tests.crash.disk import Faults, connect

TOKEN = "channel-test-token"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
ADA = {"id": "cus_1", "name": "Ada", "email": "ada@example.com", "authenticated": True}
QUICK = Backoff(first=0.01, longest=0.05)


class Core:
    """Receives webhooks as a core would, checks the signature on the raw bytes, and can refuse."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.ids: list[str] = []
        self.refuse_next = 0
        self.at_once = 0
        self.most_at_once = 0
        self.together = 1
        self._all_there = asyncio.Event()
        self._news = asyncio.Event()
        self.app = Starlette(routes=[Route("/v1/inbound/{brand}/{channel}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body = await request.body()
            headers = request.headers
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            key = base64.b64decode(SECRET.removeprefix("whsec_"))
            wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            if headers["webhook-signature"] != wanted:
                return Response(status_code=401)
            if self.at_once >= self.together:
                self._all_there.set()
            await self._all_there.wait()
            self.ids.append(headers["webhook-id"])
            if self.refuse_next > 0:
                self.refuse_next -= 1
                return Response(status_code=503)
            self.events.append(json.loads(body))
            self.paths.append(request.url.path)
            return Response(status_code=202)
        finally:
            self.at_once -= 1
            self._news.set()

    def wait_for(self, together: int) -> None:
        """Answer none from now on before so many are there at once; then all, and those that come after."""
        self.together, self.most_at_once = together, 0
        self._all_there.clear()

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(300):
            while not ready():
                self._news.clear()
                await self._news.wait()

    def texts(self) -> list[str]:
        return [event["message"]["text"] for event in self.events]


@asynccontextmanager
async def client_of(
    core_url: str | None, ledger: ChannelLedger | None = None, **more: Any
) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_channel_app(secret=SECRET, core_url=core_url, token=TOKEN, ledger=ledger, backoff=QUICK, **more)
    async with (
        serve(app) as served,
        local_client(base_url=served.base_url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120) as client,
    ):
        yield client


async def write(client: httpx.AsyncClient, text: str, conversation: str = "cv_1", **more: Any) -> dict[str, Any]:
    body = {"conversation": conversation, "customer": ADA, "text": text, "channel": "chat"} | more
    answer = await client.post("/_sandbox/messages", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def reply(client: httpx.AsyncClient, key: str, text: str = "Hello", by: str = "agent") -> httpx.Response:
    return await client.post(
        "/v1/conversations/cv_1/messages", json={"text": text, "by": by}, headers={"Idempotency-Key": key}
    )


def with_core(check: Callable[[Core, httpx.AsyncClient], Awaitable[None]], **more: Any) -> None:
    async def run() -> None:
        core = Core()
        async with serve(core.app) as served, client_of(served.base_url, **more) as client:
            await check(core, client)

    asyncio.run(run())


def test_R_I3_a_customers_message_arrives_signed_in_the_agreed_form() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        sent = await write(client, "Wo ist NW-10024?", channel="email", subject="Paket", language="de")
        await core.until(lambda: len(core.events) == 1)
        (event,) = core.events
        assert core.paths == ["/v1/inbound/northwind/email"]
        assert core.ids == [event["id"]] == [sent["event_id"]]
        assert event["type"] == "message.created"
        assert event["conversation"] == {"id": "cv_1", "channel": "email"}
        assert event["customer"] == ADA
        message = {"id": sent["message"]["id"], "text": "Wo ist NW-10024?", "subject": "Paket", "language": "de"}
        assert event["message"] == message
        assert event["occurred_at"].endswith("Z")

    with_core(check)


def test_a_whole_mail_arrives_as_it_was_written_and_nothing_stands_beside_it() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        raw = base64.b64encode(b"Subject: x\r\n\r\n\xff\0").decode()
        sent = await write(client, "what they typed", channel="email", subject="x", raw=raw)
        await core.until(lambda: len(core.events) == 1)
        (event,) = core.events
        assert event["email"] == {"raw": raw}
        assert event["message"] == {"id": sent["message"]["id"]}
        assert sent["message"]["text"] == "what they typed"
        good = {"customer": ADA, "text": "x", "raw": raw}
        for bad in ({"channel": "chat"}, {"channel": "email", "raw": "%"}, {"channel": "email", "raw": 7}):
            refused = await client.post("/_sandbox/messages", json=good | bad)
            assert refused.status_code == 422

    with_core(check)


def test_hostile_text_arrives_exactly_as_it_was_written() -> None:
    texts = ["a\x00b", "half \ud83d", "‮tfel‬ <script>", "\u200b" * 100_000, "\U000e0041\U000e0042"]

    async def check(core: Core, client: httpx.AsyncClient) -> None:
        for text in texts:
            body = {"conversation": "cv_1", "customer": ADA, "text": text}
            answer = await client.post("/_sandbox/messages", content=json.dumps(body).encode("ascii"))
            assert answer.status_code == 202
        await core.until(lambda: len(core.events) == len(texts))
        assert core.texts() == texts
        shown = (await client.get("/v1/conversations/cv_1/messages")).json()["messages"]
        assert [message["text"] for message in shown] == texts

    with_core(check)


def test_R_A6_a_refused_event_is_sent_again_with_the_same_id_until_it_is_taken() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        core.refuse_next = 3
        sent = await write(client, "one")
        await core.until(lambda: len(core.events) == 1)
        assert core.ids == [sent["event_id"]] * 4

    with_core(check)


def test_R_A6_a_channel_whose_disk_is_full_for_a_while_gives_no_event_up(tmp_path: Path) -> None:
    """Its postman ended, so that nothing was delivered any more, and going down was an error."""
    ChannelLedger.open(tmp_path / "channel").close()
    faults = Faults("full", 1, lasts=3)
    connection = connect(faults, tmp_path / "channel", isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    ledger = ChannelLedger(connection, system_clock)

    async def check(core: Core, client: httpx.AsyncClient) -> None:
        core.refuse_next = 1
        sent = await write(client, "one")
        faults.working = True
        await core.until(lambda: len(core.events) >= 2)
        assert set(core.ids) == {sent["event_id"]}
        assert sum(faults.hit.values()) >= 2
        await write(client, "two", "cv_2")
        await core.until(lambda: "two" in core.texts())

    with_core(check, ledger=ledger)
    ledger.close()


def test_a_ledger_whose_commit_failed_is_in_no_transaction(tmp_path: Path) -> None:
    ChannelLedger.open(tmp_path / "channel").close()
    faults = Faults("io", 1, about="COMMIT", working=True)
    connection = connect(faults, tmp_path / "channel", isolation_level=None)
    ledger = ChannelLedger(connection, system_clock)
    with pytest.raises(sqlite3.OperationalError), ledger.transaction():
        pass
    assert not connection.in_transaction
    ledger.close()


def test_R_A6_a_core_that_is_down_gets_everything_when_it_comes_back_also_after_a_restart_of_the_channel(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        ledger = ChannelLedger.open(tmp_path / "channel.db")
        async with serve(Core().app) as gone:
            down = gone.base_url
        async with client_of(down, ledger) as client:
            for number in range(5):
                await write(client, f"m{number}", f"cv_{number}")
            view = (await client.get("/v1/conversations/cv_0")).json()
            assert view["held_for_people"] is True
        ledger.close()
        ledger, core = ChannelLedger.open(tmp_path / "channel.db"), Core()
        async with serve(core.app) as served, client_of(None, ledger) as client:
            assert (await client.get("/_sandbox/outbox")).json()["pending"] == 5
            assert (await client.post("/_sandbox/core", json={"core_url": served.base_url})).status_code == 200
            await core.until(lambda: len(core.events) == 5)
            assert sorted(core.texts()) == [f"m{number}" for number in range(5)]
        ledger.close()

    asyncio.run(run())


def test_messages_of_one_conversation_arrive_in_order_one_at_a_time_and_conversations_side_by_side() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        core.wait_for(3)
        for number in range(6):
            for conversation in ("a", "b", "c"):
                await write(client, f"{conversation}{number}", conversation)
        await core.until(lambda: len(core.events) == 18)
        for conversation in ("a", "b", "c"):
            arrived = [text for text in core.texts() if text.startswith(conversation)]
            assert arrived == [f"{conversation}{number}" for number in range(6)]
        assert core.most_at_once == 3

    with_core(check)


def test_R_A6_events_are_doubled_raced_and_turned_round_on_demand() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        await client.post("/_sandbox/delivery", json={"duplicate": 1, "times": 1})
        await write(client, "twice")
        await write(client, "once")
        await core.until(lambda: len(core.events) == 3)
        assert core.texts() == ["twice", "twice", "once"]
        assert core.ids[0] == core.ids[1]

        core.wait_for(4)
        await client.post("/_sandbox/delivery", json={"duplicate": 3, "race": True})
        await write(client, "raced")
        await core.until(lambda: len(core.events) == 7)
        assert core.most_at_once == 4
        assert len(set(core.ids[3:])) == 1

        await client.post("/_sandbox/delivery", json={"reorder": True, "times": 3, "delay_seconds": 60})
        for text in ("x", "y", "z", "last"):
            await write(client, text)
        await core.until(lambda: len(core.events) == 11)
        assert core.texts()[7:] == ["z", "y", "x", "last"]

    with_core(check)


def test_a_delayed_event_is_overtaken_by_later_ones_and_still_arrives() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        await client.post("/_sandbox/delivery", json={"delay_seconds": 3})
        await write(client, "slow")
        await write(client, "fast")
        await core.until(lambda: len(core.events) == 2)
        assert core.texts() == ["fast", "slow"]

    with_core(check)


def test_R_I3_a_reply_is_kept_once_per_delivery_and_can_be_looked_up() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        await write(client, "hi")
        first, again, other = await reply(client, "d1"), await reply(client, "d1"), await reply(client, "d1", "Bye")
        assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
        assert first.json() == again.json()
        assert other.json()["error"]["code"] == "idempotency_mismatch"
        assert (await reply(client, "d1", by="person")).status_code == 409
        found = await client.get("/v1/messages", params={"delivery_id": "d1"})
        assert found.json()["messages"] == [first.json()]
        assert (await client.get("/v1/messages", params={"delivery_id": "d2"})).json()["messages"] == []
        shown = (await client.get("/v1/conversations/cv_1/messages")).json()["messages"]
        assert [(message["by"], message["text"]) for message in shown] == [("customer", "hi"), ("agent", "Hello")]

    with_core(check)


def test_R_A7_a_reply_whose_answer_was_lost_is_found_by_its_delivery_id() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        await write(client, "hi")
        fault = {"match": "POST /v1/conversations/*/messages", "kind": "drop_after"}
        await client.post("/_sandbox/faults", json=fault)
        with pytest.raises(httpx.TransportError):
            await reply(client, "d1")
        found = (await client.get("/v1/messages", params={"delivery_id": "d1"})).json()["messages"]
        assert [message["text"] for message in found] == ["Hello"]
        assert (await reply(client, "d1")).status_code == 200

    with_core(check)


def test_a_persons_reply_in_the_channel_reaches_the_core_as_a_persons() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        await write(client, "hi")
        body = {"conversation": "cv_1", "text": "I have it.", "person": {"id": "op_7", "name": "Mara"}}
        assert (await client.post("/_sandbox/person-replies", json=body)).status_code == 202
        await core.until(lambda: len(core.events) == 2)
        assert "author" not in core.events[0]
        assert core.events[1]["author"] == {"kind": "person", "id": "op_7", "name": "Mara"}
        assert core.events[1]["customer"] == ADA
        shown = (await client.get("/v1/conversations/cv_1/messages")).json()["messages"]
        assert (shown[1]["by"], shown[1]["person"]["name"]) == ("person", "Mara")

    with_core(check)


def test_a_reader_that_waits_is_told_at_once() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        sent = await write(client, "hi")
        url = f"/v1/conversations/cv_1/messages?after={sent['message']['seq']}&wait=30"
        async with asyncio.timeout(28), asyncio.TaskGroup() as group:
            waiting = group.create_task(client.get(url))
            while "wait=30" not in (await client.get("/_sandbox/requests")).text:
                assert not waiting.done()
            await reply(client, "d1")
        assert [message["text"] for message in waiting.result().json()["messages"]] == ["Hello"]

    with_core(check)


def test_broken_requests_are_refused_and_leave_nothing_behind() -> None:
    async def check(core: Core, client: httpx.AsyncClient) -> None:
        good = {"conversation": "cv_1", "customer": ADA, "text": "hi"}
        wrong: list[dict[str, Any]] = [
            {"channel": "fax"},
            {"conversation": "../etc"},
            {"conversation": ""},
            {"customer": None},
            {"customer": {"id": "x"}},
            {"customer": ADA | {"authenticated": "yes"}},
            {"text": 7},
            {"subject": None},
        ]
        for change in wrong:
            answer = await client.post("/_sandbox/messages", json=good | change)
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_field"), change
        assert (await client.get("/v1/conversations")).json()["conversations"] == []
        await write(client, "hi")
        theft = await client.post("/_sandbox/messages", json=good | {"customer": ADA | {"id": "cus_2"}})
        assert theft.json()["error"]["code"] == "other_customer"
        moved = await client.post("/_sandbox/messages", json=good | {"channel": "email"})
        assert moved.json()["error"]["code"] == "other_channel"
        assert (await reply(client, "d", "  ")).status_code == 422
        assert (await reply(client, "d", by="customer")).status_code == 422
        assert (await reply(client, "")).status_code == 400
        unknown = await client.post(
            "/v1/conversations/none/messages", json={"text": "a", "by": "agent"}, headers={"Idempotency-Key": "d"}
        )
        assert unknown.status_code == 404
        for query in ("after=x", "wait=-1", "wait=31", "after=-1", "wait=nan"):
            assert (await client.get(f"/v1/conversations/cv_1/messages?{query}")).status_code == 422, query
        elsewhere = await client.post("/_sandbox/core", json={"core_url": "http://example.com"})
        assert elsewhere.status_code == 422
        anonymous = await client.get("/v1/conversations", headers={"Authorization": "Bearer no"})
        assert anonymous.status_code == 401
        for nonsense in ({"times": 0}, {"race": 1}, {"duplicate": 101}, {"delay_seconds": "5"}):
            assert (await client.post("/_sandbox/delivery", json=nonsense)).status_code == 422

    with_core(check)


def test_the_signature_is_the_one_of_the_standards_own_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signature = sign_webhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = webhook_headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == signature


def test_secrets_and_urls_of_the_wrong_form_are_refused() -> None:
    assert new_webhook_secret() != new_webhook_secret()
    for secret in ("plain", "whsec_%%%", "whsec_YQ=="):
        with pytest.raises(ValueError, match="webhook secret"):
            sign_webhook(secret, "evt", 1, b"")
    assert loopback_url("http://127.0.0.1:8400/") == "http://127.0.0.1:8400"
    assert loopback_url("http://[::1]:8400") == "http://[::1]:8400"
    for url in ("https://127.0.0.1", "http://example.com", "http://127.0.0.1@evil.example", "file:///x", "http://:1"):
        with pytest.raises(ValueError, match=r"must read like"):
            loopback_url(url)

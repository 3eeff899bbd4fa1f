"""When the core is down, overloaded or stopped, messages reach people, and are taken once afterwards (R-N6).

Real sockets, and a real process that is killed.
"""

import asyncio
import contextlib
import json
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_core.contract.clock import system_clock
from agent_core.contract.commands import Pause
from agent_core.contract.ids import BrandId
from agent_core.sandbox.channel.app import create_channel_app
from agent_core.sandbox.channel.ledger import ChannelLedger
from agent_core.sandbox.channel.postman import Backoff
from agent_core.sandbox.channel.webhooks import new_webhook_secret
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.service.admission import Admission, Bounds, Overloaded
from agent_core.service.api import create_app
from agent_core.service.serving import served
from agent_core.service.settings import ROOT
from agent_core.store.folder import DATABASE_NAME
from tests.service.scene import PATIENCE_SECONDS, scene, until
from tests.store.logs import opened

WHERE = "Where is NW-10024?"
TOKEN = "core-down"


async def eventually(look: Callable[[], Awaitable[bool]]) -> None:
    """Until it is so; asking goes over a socket each time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await look():
            pass


async def answered(channel: httpx.AsyncClient, *threads: str, by: str = "agent") -> None:
    """Until the last words in each of these conversations are the agent's; the channel tells when there are new ones."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for thread in threads:
            last: dict[str, Any] = {"by": "", "seq": 0}
            while last["by"] != by:
                news = await channel.get(f"/v1/conversations/{thread}/messages?after={last['seq']}&wait=10", timeout=120)
                last = [last, *news.json()["messages"]][-1]


async def held(channel: httpx.AsyncClient) -> dict[str, bool]:
    """What the channel shows to its people, by conversation."""
    return {c["id"]: c["held_for_people"] for c in (await channel.get("/v1/conversations")).json()["conversations"]}


async def said(channel: httpx.AsyncClient, thread: str) -> list[str]:
    """Who spoke in a conversation, in order."""
    found = (await channel.get(f"/v1/conversations/{thread}/messages")).json()["messages"]
    return [message["by"] for message in found]


def test_R_N6_while_the_agent_is_stopped_people_see_what_waits_and_afterwards_it_is_answered_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as at, at.channel as channel:
            client, _ = await at.admin()
            await client.command(Pause())
            conversation = await at.write(WHERE)

            async def asked() -> bool | None:
                cards = [card for card in await client.asks() if card.conversation == conversation]
                return True if [card.kind for card in cards] == ["escalation"] else None

            await until(client, asked)
            assert (await client.asks())[0].sentence == "The agent is stopped here, and the customer waits."

            async def shown() -> bool:
                return (await held(channel)) == {"t1": True}

            await eventually(shown)
            await at.write("Hello?")
            await eventually(shown)
            assert await said(channel, "t1") == ["customer", "customer"]
            await client.resume()

            await answered(channel, "t1")

            async def nothing_is_asked() -> bool | None:
                return True if await client.asks() == () else None

            await until(client, nothing_is_asked)
            assert await said(channel, "t1") == ["customer", "customer", "agent"]
            assert (await held(channel)) == {"t1": False}

    asyncio.run(run())


def test_R_N6_beyond_its_bound_the_core_says_so_and_the_tickets_stay_with_people_until_there_is_room(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.api", "overloaded", required=True)

    async def overloaded() -> None:
        async with scene(tmp_path, bounds=Bounds(waiting=2, retry_after=7)) as at, at.channel as channel:
            await at.core.engine.stop()

            async def delivered(count: int) -> bool:
                return (await channel.get("/_sandbox/outbox")).json()["delivered"] == count

            async def two_are_refused() -> bool:
                outbox = (await channel.get("/_sandbox/outbox")).json()
                return outbox["delivered"] == 2 and [e["last_result"] for e in outbox["events"]] == ["503", "503"]

            for n in range(2):  # one after another: two that come at the same moment may both find the last place free
                await at.write(WHERE, thread=f"t{n}")
                await eventually(partial(delivered, n + 1))
            for n in range(2, 4):
                await at.write(WHERE, thread=f"t{n}")
            await eventually(two_are_refused)
            assert sorted((await held(channel)).values()) == [False, False, True, True]
            taken = next(name for name, waits in (await held(channel)).items() if not waits)
            await at.write("And please hurry.", thread=taken)

            await eventually(partial(delivered, 3))
            with pytest.raises(Overloaded) as refused:
                await Admission(at.core.store, system_clock, Bounds(waiting=2, retry_after=7)).new_conversation(
                    BrandId("northwind")
                )
            assert refused.value.retry_after == 7

    async def afterwards() -> None:
        async with scene(tmp_path) as at, at.channel as channel:
            await answered(channel, "t0", "t1", "t2", "t3")
            assert set((await held(channel)).values()) == {False}
            for n in range(4):
                assert (await said(channel, f"t{n}")).count("agent") == 1

    asyncio.run(overloaded())
    asyncio.run(afterwards())


def test_R_N6_the_answer_of_an_overloaded_core_says_when_to_come_again(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.api", "overloaded", required=True)

    async def run() -> None:
        async with scene(tmp_path, bounds=Bounds(entering=0)) as at, local_client() as client:
            answer = await client.post(f"{at.url}/v1/inbound/northwind/chat", content=b"{}")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.json()["error"]["code"] == "overloaded"

    asyncio.run(run())


def test_R_A9_what_enters_for_one_brand_fills_no_other_brands_entrance(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as store:
            admission = Admission(store, system_clock, Bounds(entering=1))
            with admission.entering(BrandId("northwind")):
                with pytest.raises(Overloaded), admission.entering(BrandId("northwind")):
                    raise AssertionError("there is no room")
                with admission.entering(BrandId("lumen")):
                    pass
            with admission.entering(BrandId("northwind")):
                pass

    asyncio.run(run())


def test_R_A9_an_exception_while_one_message_comes_in_leaves_its_ticket_with_people_and_no_other(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.doorway", "request_broke", required=True)

    async def run() -> None:
        async with scene(tmp_path) as at, at.channel as channel:

            class Breaking:
                """The entrance, which breaks for one conversation."""

                async def take(self, brand: str, name: str, headers: Any, chunks: Any) -> Any:
                    body = b"".join([chunk async for chunk in chunks])
                    if b'"broken"' in body:
                        raise ZeroDivisionError

                    async def again() -> AsyncGenerator[bytes]:
                        yield body

                    return await at.core.entrance.take(brand, name, headers, again())

            app = create_app(replace(at.core, entrance=Breaking()))  # pyright: ignore[reportArgumentType] - only `take` is asked
            async with served(app) as breaking:
                (await channel.post("/_sandbox/core", json={"core_url": breaking.base_url})).raise_for_status()
                await at.write(WHERE, thread="broken")
                await at.write(WHERE, thread="fine")

                await answered(channel, "fine")
                assert await held(channel) == {"broken": True, "fine": False}
                assert await said(channel, "broken") == ["customer"]

    asyncio.run(run())


@contextlib.asynccontextmanager
async def core_process(folder: Path, port: int, connection: dict[str, Any]) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A core as a process of its own; killed at the end if it still runs."""
    places = ["--data", str(folder / "data"), "--config", str(folder / "config"), "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent_core", "serve", "--embedded", "--sandbox", "--people", "40", *places,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        handed = {"token": "t", "connections": {"northwind": connection}}
        process.stdin.write(json.dumps(handed).encode() + b"\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert json.loads(await process.stdout.readline())["pid"] == process.pid
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process.stdin.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def taken(folder: Path) -> list[tuple[str, int]]:
    """How often the log has each message, by its author."""
    with contextlib.closing(sqlite3.connect(folder / "data" / DATABASE_NAME)) as database:
        rows = database.execute(
            "SELECT json_extract(data, '$.author'), json_extract(data, '$.message'), count(*) FROM event "
            "WHERE type = 'message_received' GROUP BY 1, 2"
        ).fetchall()
    return sorted((str(author), int(count)) for author, _, count in rows)


def test_R_N6_a_core_that_is_killed_with_messages_on_their_way_takes_each_once_and_answers_once_unless_a_person_did(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with contextlib.AsyncExitStack() as stack:
            world = stack.enter_context(ShopWorld.open(tmp_path / "shop.sqlite3", 1, 40))
            shop = await stack.enter_async_context(serve(create_shop_app(world, token=TOKEN)))
            ledger = ChannelLedger.open(tmp_path / "channel.sqlite3")
            stack.callback(ledger.close)
            secret, port = new_webhook_secret(), free_port()
            app = create_channel_app(
                secret=secret, core_url=f"http://127.0.0.1:{port}", token=TOKEN, ledger=ledger, backoff=Backoff(0.1, 0.5)
            )
            stand = await stack.enter_async_context(serve(app))
            headers = {"authorization": f"Bearer {TOKEN}"}
            channel = await stack.enter_async_context(local_client(base_url=stand.base_url, headers=headers, timeout=120))
            connection = {
                "shop_url": shop.base_url, "shop_token": TOKEN, "channel_url": stand.base_url, "channel_token": TOKEN,
                "webhook_secrets": [secret],
            }  # fmt: skip
            await outage(tmp_path, world, channel, port, connection)

    async def outage(
        folder: Path, world: ShopWorld, channel: httpx.AsyncClient, port: int, connection: dict[str, Any]
    ) -> None:
        who = world.order("NW-10024")["customer_id"]

        async def write(thread: str) -> None:
            customer = {"id": who, "name": "Amara", "email": "a@example.com", "authenticated": True}
            body = {"conversation": thread, "channel": "chat", "customer": customer, "text": WHERE}
            (await channel.post("/_sandbox/messages", json=body)).raise_for_status()

        async def some_came() -> bool:
            return (await channel.get("/_sandbox/outbox")).json()["delivered"] >= 2

        async with core_process(folder, port, connection) as core:
            for n in range(5):
                await write(f"t{n}")
            await eventually(some_came)
            core.send_signal(signal.SIGKILL)
            await core.wait()
        for n in range(5, 8):
            await write(f"t{n}")
        waiting = await held(channel)
        assert [waiting[f"t{n}"] for n in range(5, 8)] == [True] * 3, "people see them while nothing else does"
        reply = {"conversation": "t5", "text": "I am looking at it.", "person": {"id": "p1", "name": "Petra"}}
        (await channel.post("/_sandbox/person-replies", json=reply)).raise_for_status()
        others = [f"t{n}" for n in range(8) if n != 5]

        async with core_process(folder, port, connection):
            await answered(channel, *others)
            assert (await channel.get("/_sandbox/outbox")).json()["pending"] == 0
            for name in others:
                assert await said(channel, name) == ["customer", "agent"]
            assert await said(channel, "t5") == ["customer", "person"]
            assert set((await held(channel)).values()) == {False}
        assert taken(folder) == [("customer", 1)] * 8 + [("person", 1)]

    asyncio.run(run())

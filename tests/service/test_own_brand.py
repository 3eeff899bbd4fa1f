"""A folder written from scratch, with tools no code of ours knows, answers its customers; edits go live while it runs."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.responses import JSONResponse

from agent_core.boundary.signature import read_secret, sign
from agent_core.cli.main import main
from agent_core.contract.clock import system_clock
from agent_core.contract.events import AnswerAwaited, EffectStarted, ReleaseActivated, ReleaseRefused, ToolStateChanged
from agent_core.contract.ids import BrandId, ConversationId, brand_stream, conversation_id
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.stock.desk import Desk
from console.headless.client import CoreClient
from tests.service.scene import PATIENCE_SECONDS, Scene, approval, closed, scene, until
from tests.systems.bookings import KEY, bookings
from tests.workflows.own_brand import TOOLS, write_brand, write_stock_brand
from tests.workflows.releases import edit

KILN = BrandId("kiln")
SECRETS = {KILN: {"bookings_key": SecretStr(KEY)}}


async def write(it: Scene, text: str, *, thread: str = "t1", customer: str = "cus_1") -> ConversationId:
    who = {"id": customer, "name": "Mia Moor", "email": "mia@example.com", "authenticated": True}
    body = {"conversation": thread, "channel": "chat", "customer": who, "text": text}
    async with it.channel_of(KILN) as channel:
        (await channel.post("/_sandbox/messages", json=body)).raise_for_status()
    return conversation_id(KILN, "chat", thread, secret=it.core.store.secret)


async def reply(it: Scene, client: CoreClient, thread: str, words: str) -> str:
    """The first answer to the customer that holds these words."""

    async def look() -> str | None:
        async with it.channel_of(KILN) as channel:
            found = (await channel.get(f"/v1/conversations/{thread}/messages")).json()["messages"]
        return next((each["text"] for each in found if each["by"] != "customer" and words in each["text"]), None)

    return await until(client, look)


def test_R_B3_R_F1_a_brand_of_its_own_answers_end_to_end_with_a_persons_yes_for_its_write(tmp_path: Path) -> None:
    async def run() -> None:
        async with bookings() as (system, url):
            system.add("KB-1001", "cus_1", teacher="Iris")
            system.add("KB-2002", "cus_2")
            folder = write_brand(tmp_path / "brands", url)
            here = frozenset({f"127.0.0.1:{urlsplit(url).port}"})
            async with scene(tmp_path, brands=(), folders=(folder,), secrets=SECRETS, allowed_hosts=here) as it:
                boss = await it.admin()
                bo, _ = await it.colleague(boss, "Bo Becker")
                stream = await write(it, "Please move my class KB-1001 to friday.")
                card = await approval(bo)
                assert (card.title, card.money) == ("Move booking KB-1001 to friday", None)
                shown = {row.label: row.value for row in card.rows}
                assert (shown["Booking"], shown["New day"]) == ("KB-1001", "friday")
                evidence = {row.label: row.value for row in card.evidence}
                assert evidence["Booking is"] == "booked"
                assert system.moves == {}
                await bo.approve(card)
                await closed(bo, card)
                assert [move["day"] for move in system.moves.values()] == ["friday"]
                assert "now takes place on friday" in await reply(it, bo, "t1", "takes place")
                events = [record.event for record in await it.core.store.records(stream)]
                assert {e.system for e in events if isinstance(e, EffectStarted) and e.tool} == {"bookings"}
                text = "".join(record.model_dump_json() for record in await it.core.store.records(stream))
                assert KEY not in text

                # Somebody else's booking is nobody's business, whatever the number.
                await write(it, "Please move my class KB-2002 to friday.", thread="t2")
                assert "could not find a booking KB-2002 of yours" in await reply(it, bo, "t2", "KB-2002")
                assert len(system.moves) == 1

    asyncio.run(run())


def test_R_F1_an_edit_goes_live_while_the_core_runs_and_a_bad_one_changes_nothing_and_says_why(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.renewing", "edit_refused")

    async def run() -> None:
        folder = write_brand(tmp_path / "brands")
        async with scene(tmp_path, brands=(), folders=(folder,)) as it:
            reader = await it.reader()
            before = it.core.shelf.active(KILN).release
            assert (await it.core.renewal.renew(KILN)).outcome == "unchanged"

            edit(folder, "workflows/move_class.yaml", "Your class {booking_id} now takes", "Your class {booking} now takes")
            for _ in range(2):
                bad = await it.core.renewal.renew(KILN)
                assert (bad.outcome, bad.release) == ("refused", before.digest)
                assert "workflows/move_class.yaml:" in (bad.sentence or "")

            async def shown() -> str | None:
                return next((folder.sentence for folder in (await reader.integrations()).refused_folders), None)

            assert "workflows/move_class.yaml:" in await until(reader, shown)
            assert it.core.shelf.active(KILN).release is before

            edit(folder, "workflows/move_class.yaml", "Your class {booking} now takes", "Class {booking_id} takes")
            edit(folder, "brand.yaml", "greeting: Hello {name},", "greeting: Good day {name},")
            assert (await it.core.renewal.renew(KILN)).outcome == "live"
            after = it.core.shelf.active(KILN).release
            assert after.digest != before.digest
            assert it.core.shelf.release(before.digest) is before  # for the runs that began with it
            events = [record.event for record in await it.core.store.records(brand_stream(KILN))]
            told = [event for event in events if isinstance(event, ReleaseActivated | ReleaseRefused)]
            assert [type(event) for event in told] == [ReleaseActivated, ReleaseRefused, ReleaseActivated]
            await write(it, "Please move my class.")
            assert "Good day Mia" in await reply(it, reader, "t1", "Mia")

    asyncio.run(run())


def test_R_F1_a_watched_folder_is_read_when_it_has_stopped_changing(tmp_path: Path) -> None:
    async def run() -> None:
        folder = write_brand(tmp_path / "brands")
        async with scene(tmp_path, brands=(), folders=(folder,), watch=True) as it:
            before = it.core.shelf.active(KILN).release.digest
            edit(folder, "brand.yaml", "title: The Kiln", "title: Kiln and Wheel")
            async with asyncio.timeout(300):
                while it.core.shelf.active(KILN).release.digest == before:  # noqa: ASYNC110 - nothing tells it
                    await asyncio.sleep(0.1)
            assert it.core.shelf.active(KILN).release.brand.title == "Kiln and Wheel"

    asyncio.run(run())


def test_R_I5_in_a_sandbox_no_system_of_a_brand_is_really_asked_unless_it_was_named(tmp_path: Path) -> None:
    async def run() -> None:
        async with bookings() as (system, url):
            folder = write_brand(tmp_path / "brands", url)
            async with scene(tmp_path, brands=(), folders=(folder,), secrets=SECRETS) as it:
                client = await it.reader()
                await write(it, "Please move my class KB-1001 to friday.")
                assert "KB-1001" in await reply(it, client, "t1", "KB-1001")
                assert system.seen == []

    asyncio.run(run())


async def connected(it: Scene) -> None:
    """Until the programs of the brands have started: whoever asks one before waits two seconds for it at most."""
    for _, server, _ in it.core.servers._running.values():  # pyright: ignore[reportPrivateUsage] - nobody else needs to know
        assert await server.ready(PATIENCE_SECONDS)


def test_R_B3_a_brand_with_a_server_of_its_own_answers_until_the_server_says_something_else(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.own_servers", "tool_state")
    desk = Desk(tmp_path / "desk")
    line = json.dumps([sys.executable, "-m", "agent_core.sandbox.stock", str(tmp_path / "desk")])
    folder = write_stock_brand(tmp_path / "brands", f"command: {line}")
    assert main(["pin-mcp", str(folder), "--allow-programs"]) == 0

    async def run() -> None:
        async with scene(tmp_path, brands=(), folders=(folder,), allow_programs=True) as it:
            client = await it.reader()
            await connected(it)
            await write(it, "Please put aside CL-12.")
            assert "Two of CL-12 are put aside" in await reply(it, client, "t1", "CL-12")
            assert [call["tool"] for call in desk.asked()] == ["stock_of", "reserve"]
            assert (await client.integrations()).stopped_tools == ()
            desk.order(description="Now I move money.")
        async with scene(tmp_path, brands=(), folders=(folder,), allow_programs=True) as it:
            client = await it.reader()
            await connected(it)
            await write(it, "Please put aside CL-34.", thread="t2")
            assert "cannot look up our stock" in await reply(it, client, "t2", "stock")
            assert len(desk.asked()) == 2

            async def stopped() -> list[str] | None:
                return [tool.tool for tool in (await client.integrations()).stopped_tools] or None

            assert await until(client, stopped) == ["stock_of"]
        async with scene(tmp_path, brands=(), folders=(folder,), allow_programs=True) as it:
            client = await it.reader()
            assert [tool.code for tool in (await client.integrations()).stopped_tools] == ["schema_changed"]
            events = [record.event for record in await it.core.store.records(brand_stream(KILN))]
            assert [event.to for event in events if isinstance(event, ToolStateChanged)] == ["stopped"]  # told once
            running = {task.get_name() for task in asyncio.all_tasks()}
            assert "server kiln stock" in running
            edit(folder, "brand.yaml", "title: The Kiln", "title: Kiln")  # the same server: its connection is kept
            assert (await it.core.renewal.renew(KILN)).outcome == "live"
            it.core.servers.keep(KILN, ())
            async with asyncio.timeout(300):
                while any(one.get_name() == "server kiln stock" for one in asyncio.all_tasks()):  # noqa: ASYNC110 - it ends
                    await asyncio.sleep(0)

    asyncio.run(run())


def test_R_A10_no_program_of_a_brand_is_started_unless_the_installation_allows_it(tmp_path: Path) -> None:
    line = json.dumps([sys.executable, "-m", "agent_core.sandbox.stock", str(tmp_path / "desk")])
    folder = write_stock_brand(tmp_path / "brands", f"command: {line}")
    assert main(["pin-mcp", str(folder), "--allow-programs"]) == 0
    (tmp_path / "desk" / "pid").unlink(missing_ok=True)

    async def run() -> None:
        async with scene(tmp_path, brands=(), folders=(folder,)) as it:
            client = await it.reader()
            await write(it, "Please put aside CL-12.")
            await reply(it, client, "t1", "CL-12")
        assert not (tmp_path / "desk" / "pid").exists()

    asyncio.run(run())


def test_R_A5_a_declared_tool_that_answers_later_is_awaited_and_its_callback_told(tmp_path: Path) -> None:
    later = "      later: {reference: move_id, status: day, open: [open], path: '/moves/{reference}'}\n"
    tools = TOOLS.replace("      failures: {trans", later + "      failures: {trans")
    tools = tools.replace("    timeout_s: 5\n", "    timeout_s: 5\n    answers_within_s: 600\n")

    async def run() -> None:
        async with bookings() as (system, url):
            system.add("KB-1001", "cus_1")
            system.perform_then = JSONResponse({"move_id": "m-7", "day": "open"}, 202)
            folder = write_brand(tmp_path / "brands", url, tools=tools)
            here = frozenset({f"127.0.0.1:{urlsplit(url).port}"})
            async with scene(tmp_path, brands=(), folders=(folder,), secrets=SECRETS, allowed_hosts=here) as it:
                bo, _ = await it.colleague(await it.admin(), "Bo Becker")
                stream = await write(it, "Please move my class KB-1001 to friday.")
                await bo.approve(await approval(bo))

                async def awaited() -> bool | None:
                    records = await it.core.store.records(stream)
                    return True if any(isinstance(record.event, AnswerAwaited) for record in records) else None

                await until(bo, awaited)
                told = {"type": "operation.answered", "id": "evt_1", "occurred_at": "2026-11-01T10:00:00Z", "ref": "m-7",
                        "answer": {"move_id": "m-7", "day": "friday"}}  # fmt: skip
                body = json.dumps(told).encode()
                assert it.core.sandbox is not None
                secret = it.core.sandbox.connections[KILN].callback_secrets[0].get_secret_value()
                now = int(system_clock().timestamp())
                signature = sign(read_secret(secret), "evt_1", now, body)
                headers = {"webhook-id": "evt_1", "webhook-timestamp": str(now), "webhook-signature": signature}
                async with local_client(base_url=it.url) as client:
                    for path, status in (("/v1/callbacks/kiln/shop", 404), ("/v1/callbacks/kiln/bookings", 200)):
                        assert (await client.post(path, content=body, headers=headers)).status_code == status
                assert "now takes place on friday" in await reply(it, bo, "t1", "takes place")

    asyncio.run(run())

"""Who looks at what right now: seen by colleagues of the brand at once, gone with the session, never in the log (R-M9)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.presence import Heard, Looking
from agent_core.contract.views import PresentShown
from agent_core.service.presence import LIFE, Presence, mark_of
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import approval, scene, settled

CLOCK = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


async def _look(client: CoreClient, conversation: ConversationId | None, ask: str | None = None) -> None:
    await client.tell(Heard, "/v1/presence", Looking.model_validate({"conversation": conversation, "ask": ask}))


async def _present(client: CoreClient) -> list[tuple[str, str, str | None]]:
    return [(one.name, one.conversation, one.ask) for one in (await client.changes(None)).present]


def test_R_M9_colleagues_see_who_looks_at_what_at_once_and_when_they_leave(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            boss = await it.admin()
            client, _ = boss
            conversation = await it.write("Please refund NW-10023.")
            card = await approval(client)
            await settled(client, conversation, 2)
            mine, _ = await it.colleague(boss, "Cleo")
            first = await mine.changes(None)
            head = await it.core.store.head(conversation)
            waiting = asyncio.create_task(mine.changes(first.token, wait=25, present=first.present_mark))
            await asyncio.sleep(0)
            await _look(client, conversation, card.ask)
            news = await asyncio.wait_for(waiting, 24)
            assert [(one.name, one.ask) for one in news.present] == [("Ada Admin", card.ask)]
            assert news.present_mark == mark_of(news.present) != first.present_mark
            assert await _present(client) == [], "nobody is a colleague of themselves"
            still = await mine.changes(news.token, wait=0, present=news.present_mark)
            assert still.present == news.present
            assert await it.core.store.head(conversation) == head, "nothing of it is in the log"
            await _look(client, None)
            assert await _present(mine) == []
            await _look(client, conversation)
            await client.sign_out()
            assert await _present(mine) == [], "it ends with the session"

    asyncio.run(run())


def test_R_C1_nobody_of_another_brand_is_seen_or_can_be_seen_there(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it, asyncio.timeout(300):
            boss = await it.admin()
            client, _ = boss
            conversation = await it.write("Hello there")
            other, _ = await it.colleague(boss, "Bo", brands=("lumen",))
            await _look(client, conversation)
            assert await _present(other) == []
            nowhere = ConversationId(StreamId("c_00000000000000000000"))
            for where in (conversation, nowhere):
                with pytest.raises(CoreRefused) as refused:
                    await _look(other, where)
                assert refused.value.code == "not_found"
            assert await _present(client) == []

    asyncio.run(run())


def test_R_M9_a_console_that_is_gone_is_shown_no_longer_than_its_row_lives(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            boss = await it.admin()
            _, signer = boss
            conversation = await it.write("Hello there")
            await it.colleague(boss, "Cleo")
            now = [CLOCK]
            told: list[int] = []
            presence = Presence(it.core.store, it.core.people, lambda: now[0], lambda: told.append(1))
            seats = {seat.operator.id: seat for seat in it.core.desk._seats.values() if seat.operator is not None}  # pyright: ignore[reportPrivateUsage] - the seats of this core
            ada = seats.pop(signer.operator)
            (cleo,) = seats.values()
            await presence.look(ada, Looking(conversation=conversation))
            brands = it.core.shelf.names()

            async def seen() -> tuple[PresentShown, ...]:
                return await presence.others(cleo, brands)

            assert len(await seen()) == len(told) == 1
            now[0] += LIFE - timedelta(seconds=1)
            await presence.renew(ada.session)
            now[0] += LIFE - timedelta(seconds=1)
            assert len(await seen()) == 1, "each poll renews it"
            now[0] += timedelta(seconds=2)
            assert await seen() == ()
            await presence.renew(cleo.session)
            assert await seen() == (), "a poll puts nobody anywhere"

    asyncio.run(run())

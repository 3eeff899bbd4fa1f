"""What a console is told: everything that changed, once, of its own brands; and how it finds its way back."""

import asyncio
import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent_core.contract.events import event_classes
from agent_core.contract.ids import ConversationId
from agent_core.contract.views import FeedAnswer
from agent_core.sandbox.local_http import local_client
from agent_core.service.feed import Feed
from agent_core.service.projection import views
from agent_core.service.projection.items import RENDERERS, UNSEEN
from agent_core.service.projection.projector import Projector
from agent_core.service.sessions import Seat
from agent_core.store import ReadTx
from console.headless.client import CoreClient
from console.headless.errors import CoreUnreachable
from tests.service.scene import Scene, approval, closed, scene, settled


def test_R_M1_every_event_is_rendered_or_left_out_with_a_reason() -> None:
    shown, left_out = set(RENDERERS), set(UNSEEN)
    assert not shown & left_out
    assert shown | left_out == set(event_classes())
    assert all(len(reason) > 10 for reason in UNSEEN.values())


def test_R_M1_the_feed_tells_each_change_and_the_detail_says_what_why_and_since_when(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            first = await client.changes(None)
            assert (first.reset, first.rows) == (True, ())
            conversation = await it.write()
            await approval(client)
            detail = await settled(client, conversation, 2)
            assert detail.row.label == "awaiting_approval"
            assert detail.row.needs_person
            assert detail.row.verified
            assert detail.row.money is not None
            assert {card.kind for card in detail.asks} == {"approval"}
            kinds = [item.kind for item in detail.items]
            assert kinds.count("message") == 2
            assert kinds.count("tool_call") >= 4
            assert any(fact.key == "order.NW-10023.status" and fact.source_seq for fact in detail.facts)
            refund = next(run for run in detail.runs if run.workflow == "refund_order")
            states = {step.id: step.state for step in refund.steps}
            assert states["find_order"] == "done"
            assert states["refund_all"] == "waiting"
            assert states["refund_duplicate"] in ("open", "skipped")
            assert detail.waits_for[0].label == "A person's approval"
            assert detail.why_stopped.startswith("An action waits")
            assert detail.log_head.seq == detail.seq
            assert await client.detail(conversation, after_version=detail.seq) is None
            caught_up = await client.changes(first.token, wait=0)
            assert [row.conversation for row in caught_up.rows] == [conversation]
            assert caught_up.counts.approvals == 1
            assert caught_up.changed == ((conversation, caught_up.rows[0].version),)

    asyncio.run(run())


def test_the_feed_answers_as_soon_as_something_is_committed(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            token = (await client.changes(None)).token
            waiting = asyncio.create_task(client.changes(token, wait=25))
            await asyncio.sleep(0)
            await it.write("Hello there")
            news = await asyncio.wait_for(waiting, 24)
            assert len(news.rows) == 1

    asyncio.run(run())


def test_what_is_projected_between_a_look_and_the_wait_is_not_missed(tmp_path: Path) -> None:
    class Unlucky(Feed):
        """Everything there is to tell is projected right after the first look behind the cursor."""

        async def _answer(self, seat: Seat, cursor: Any, present: str | None) -> FeedAnswer | None:
            found = await super()._answer(seat, cursor, present)
            if not looked:
                looked.append(True)
                conversation = await scenes[0].write("Hello there")
                await settled(readers[0], conversation, 2)
            return found

    looked: list[bool] = []
    scenes: list[Scene] = []
    readers: list[CoreClient] = []

    async def run() -> None:
        async with scene(tmp_path) as it:
            scenes.append(it)
            readers.append(await it.reader())
            session = readers[0].session
            assert session is not None
            seat = await it.core.desk.seat(session.token)
            feed = Unlucky(it.core)
            token = (await feed.changes(seat, None, 0)).token
            async with asyncio.timeout(24):
                news = await feed.changes(seat, token, 25)
            assert len(news.rows) == 1

    asyncio.run(run())


def test_a_cursor_of_another_store_or_of_the_future_is_lost_and_the_client_begins_anew(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            await it.write("Hello there")
            good = (await client.changes(None)).token
            assert client.session is not None
            headers = {"authorization": f"Bearer {client.session.token}"}
            async with local_client(base_url=it.url, headers=headers) as raw:
                for bad in ("x", "W10", "é", good[:-3], "WyJ4IiwxLDFd", "WyIxIiw5OTk5OTk5OSwwXQ"):
                    answer = await raw.get("/v1/feed", params={"after": bad})
                    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "cursor_lost"), bad
                    page = await raw.get("/v1/conversations", params={"after": bad})
                    assert page.status_code in (200, 410)
            anew = await client.changes("WyJ4IiwxLDFd")
            assert anew.reset

    asyncio.run(run())


def test_R_M2_a_console_that_sees_other_brands_now_begins_anew_and_misses_nothing_that_was_open_there(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it:
            admin = await it.admin()
            narrow, _ = await it.colleague(admin, "Sam", brands=("lumen",))
            wide, _ = await it.colleague(admin, "Robin", brands=("lumen", "northwind"))
            conversation = await it.write()
            card = await approval(wide)
            here = await narrow.changes(None, begin="here")
            assert (here.rows, here.asks) == ((), ())
            same = await narrow.changes(here.token, wait=0)
            assert not same.reset
            anew = await wide.changes(same.token, wait=0)
            assert anew.reset, "what was open at the other brand would be told nowhere"
            assert [row.conversation for row in anew.rows] == [conversation]
            assert [ask.ask for ask in anew.asks] == [card.ask]
            assert (await narrow.changes(anew.token, wait=0)).reset, "and what is no longer theirs is forgotten"

    asyncio.run(run())


def test_views_are_the_same_when_they_are_built_again_from_the_log(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            conversation = await it.write()
            await approval(client)
            await settled(client, conversation, 2)

            def stored(tx: ReadTx) -> list[tuple[str, ...]]:
                wanted = "SELECT kind, id, brand, bucket, sort_key, data FROM view WHERE kind <> 'core' ORDER BY kind, id"
                return [tuple(map(str, row)) for row in tx.connection.execute(sa.text(wanted))]

            before = await it.core.store.read(stored)
            await it.core.store.write(views.forget)
            again = Projector(it.core.store, it.core.shelf, it.core.people)
            await again.catch_up()
            assert await it.core.store.read(stored) == before
            assert again.position == it.core.projector.position

    asyncio.run(run())


def test_a_closed_card_stays_as_it_is_whatever_is_said_later(tmp_path: Path) -> None:
    """It held the newest words as of whenever it was projected: a core that was killed in between left another card."""

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            conversation = await it.write()
            card = await approval(client)
            await settled(client, conversation, 2)
            await client.deny(card)
            await closed(client, card)
            await settled(client, conversation, 3)  # its customer has been told: what they write now is no part of that

            def stored(tx: ReadTx) -> dict[str, object]:
                wanted = "SELECT data FROM view WHERE kind = 'ask' AND bucket = 'closed'"
                return {**json.loads(tx.connection.execute(sa.text(wanted)).scalar_one()), "version": 0}

            before = await it.core.store.read(stored)
            await it.write("Thank you!")
            await settled(client, conversation, 4)
            await it.core.store.write(views.forget)
            await Projector(it.core.store, it.core.shelf, it.core.people).catch_up()
            assert await it.core.store.read(stored) == before

    asyncio.run(run())


def test_pages_of_the_list_hold_each_row_once_and_needs_come_first(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            greetings = [await it.write("Hello there", thread=f"t{number}") for number in range(7)]
            refund = await it.write("Please refund NW-10023", thread="refund")
            for conversation in (*greetings, refund):  # what moves between two pages may be on both
                await settled(client, conversation, 2)
            rows: list[tuple[str, bool]] = []
            token: str | None = None
            for _ in range(10):
                page = await client.rows(after=token, limit=3)
                rows.extend((row.conversation, row.needs_person) for row in page.rows)
                token = page.next
                if token is None:
                    break
            assert len(set(rows)) == len(rows) == 8
            needs = [needed for _, needed in rows]
            assert needs == sorted(needs, reverse=True)
            assert all(row.needs_person for row in (await client.rows(bucket="needs")).rows)
            shown = (await client.rows(bucket="agent")).rows + (await client.rows(bucket="needs")).rows
            assert {row.conversation for row in shown} == {name for name, _ in rows}
            assert (await client.rows(bucket="human")).rows == ()

    asyncio.run(run())


def test_a_damaged_log_is_shown_as_damaged(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            conversation = await it.write("Hello there")
            await settled(client, conversation, 2)
            assert (await client.log(conversation))["verified"] is True
            change = "UPDATE event SET data = replace(data, 'northwind', 'southwind') WHERE seq = 1 AND stream = :s"
            await it.core.store.write(lambda c: c.execute(sa.text(change), {"s": conversation}).rowcount)
            shown = await client.log(conversation)
            assert shown["verified"] is False

    asyncio.run(run())


def test_a_console_says_that_its_core_is_away_and_catches_up_when_it_is_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, signer = await it.admin()
            port = int(it.url.rsplit(":", 1)[1])
            seen: list[object] = []
            news = asyncio.Event()

            async def follow() -> None:
                async for each in mine.feed():
                    seen.append(each)
                    news.set()

            async with CoreClient(it.url) as mine:
                await mine.sign_in(signer)
                following = asyncio.create_task(follow())
                try:
                    await _wait(news, lambda: len(seen) >= 1)
                    await client.close()
                    it.core.stopping.set()
                    await it.stack.aclose()
                    await _wait(news, lambda: isinstance(seen[-1], CoreUnreachable))
                    async with scene(tmp_path, port=port) as again:
                        conversation = await again.write("Hello there")
                        await _wait(news, lambda: conversation in _told(seen))
                finally:
                    following.cancel()
                    await asyncio.wait({following})

    def _told(seen: list[object]) -> set[ConversationId]:
        return {row.conversation for each in seen if isinstance(each, FeedAnswer) for row in each.rows}

    async def _wait(news: asyncio.Event, there: object) -> None:
        assert callable(there)
        async with asyncio.timeout(300):
            while not there():
                news.clear()
                await news.wait()

    asyncio.run(run())

"""The list narrowed at the core: the same rule as the console's own, within bounds, and never another brand (R-M1)."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId, ConversationId, StreamId
from agent_core.contract.listing import PARTS, Place, RowFilter, ask_place_of, fits, place_of
from agent_core.contract.views import ConversationRow
from agent_core.service.projection import listing, views
from agent_core.service.projection.cards import placed_card
from agent_core.service.projection.listing import Listed
from agent_core.service.projection.rows import placed_row
from agent_core.store.tables import listed_row
from console.headless.errors import CoreRefused
from console.headless.listing import Listing
from tests.console import made
from tests.service.scene import NORTHWIND, approval, scene, settled

NOW = datetime(2026, 11, 21, 14, 4, tzinfo=UTC)
BRANDS = (BrandId("east"), BrandId("west"))
FILTERS = (
    RowFilter(),
    RowFilter(channels=("email",)),
    RowFilter(intents=("refund", "refund_order"), owners=("nobody", "person")),
    RowFilter(workflows=("shipping",), flagged=True),
    RowFilter(labels=("awaiting_human", "quarantined"), waiting_over_s=600),
    RowFilter(breach_within_s=300),
    RowFilter(channels=("sms",), intents=("lost",), workflows=("no_such_flow",)),
)


def _row(rng: random.Random, number: int) -> ConversationRow:
    def sometimes(seconds: int) -> datetime | None:
        return NOW + timedelta(seconds=rng.randint(-seconds, seconds)) if rng.random() < 0.5 else None

    return ConversationRow(
        conversation=ConversationId(StreamId(f"c_{number:020x}")), version=1, brand=rng.choice(BRANDS),
        channel=rng.choice(("email", "webchat", "sms")), customer_name="", snippet="", snippet_by="customer",
        label=rng.choice(("resolving", "awaiting_human", "quarantined", "closed")),
        owner=rng.choice(("agent", "nobody", "person")), owner_name=None,
        intents=tuple(rng.sample(("refund", "refund_order", "lost", "re_und"), rng.randint(0, 3))),
        needs_person=False, asks=(), urgency=rng.choice(("low", "critical")), sentiment="neutral", language="en", money=None,
        tool_failing=False, verified=False, messages=1, last_at=NOW - timedelta(seconds=rng.randint(0, 99)),
        waiting_since=sometimes(1_200), due_at=None, next_breach=sometimes(600), breached=rng.random() < 0.1,
        workflows=tuple(rng.sample(("refund", "shipping"), rng.randint(0, 2))), flagged=rng.random() < 0.3,
    )  # fmt: skip


def _stored(rows: Sequence[ConversationRow]) -> tuple[Connection, dict[str, Place], dict[str, str]]:
    # Collected wherever the collector happens to run: it must not mind which thread that is.
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    listed_row.create(engine)
    connection = engine.connect()
    places: dict[str, Place] = {}
    parts: dict[str, str] = {}
    for row in rows:
        stored = placed_row(row, 1)
        assert stored.listed is not None
        listing.put(connection, stored.id, stored.brand, stored.bucket, stored.sort_key, stored.listed)
        places[row.conversation], parts[row.conversation] = (stored.sort_key, stored.id), stored.bucket
    return connection, places, parts


def _walked(
    connection: Connection, brands: Sequence[BrandId], parts: Sequence[str], wanted: RowFilter, limit: int
) -> list[Place]:
    found: list[Place] = []
    after: Place | None = None
    for _ in range(200):
        page, after = listing.places(connection, brands, parts, wanted, NOW, after, limit)
        assert len(page) <= limit
        found += page
        if after is None:
            return found
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("wanted", FILTERS, ids=lambda wanted: wanted.model_dump_json(exclude_defaults=True))
def test_R_M1_the_core_narrows_a_list_by_the_rule_the_console_keeps(wanted: RowFilter) -> None:
    rng = random.Random(7)
    rows = [_row(rng, number) for number in range(900)]
    connection, places, parts = _stored(rows)
    for brands, shown in ((BRANDS, PARTS), (BRANDS[:1], PARTS), (BRANDS, ("needs",))):
        expected = sorted(
            places[row.conversation]
            for row in rows
            if row.brand in brands and parts[row.conversation] in shown and fits(row, wanted, NOW)
        )
        assert _walked(connection, brands, shown, wanted, 70) == expected
    connection.close()


def test_R_M1_one_page_looks_at_a_bounded_number_of_rows_and_says_how_far_it_came() -> None:
    rng = random.Random(3)
    rows = [_row(rng, number).model_copy(update={"channel": "email"}) for number in range(1_200)]
    rows[-1] = rows[-1].model_copy(update={"channel": "phone", "last_at": NOW - timedelta(days=9), "label": "resolving"})
    connection, places, _ = _stored(rows)
    # So many brands that each lane may look at few rows only.
    brands = (*BRANDS, *(BrandId(f"empty{number}") for number in range(98)))
    only = RowFilter(channels=("phone",))
    page, after = listing.places(connection, brands, PARTS, only, NOW, None, 10)
    assert page == [] or after is None
    assert _walked(connection, brands, PARTS, only, 10) == [places[rows[-1].conversation]]
    connection.close()


def test_R_M1_a_question_about_a_list_is_answered_from_its_index_alone() -> None:
    connection, _, _ = _stored([])
    plan: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        if statement.startswith("SELECT"):
            plan.extend(str(row) for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    raw = connection.connection.cursor()
    event.listen(connection, "before_cursor_execute", told)
    listing.places(connection, BRANDS[:1], ("needs",), FILTERS[4], NOW, ("0", "c"), 10)
    assert any("USING COVERING INDEX listed_row_page (brand=? AND bucket=?" in line for line in plan), plan
    assert not any("TEMP B-TREE" in line for line in plan), plan
    connection.close()


def test_a_row_of_words_is_found_whole_and_not_by_a_part() -> None:
    rng = random.Random(2)
    row = _row(rng, 1).model_copy(update={"intents": ("re_und",), "workflows": ()})
    assert Listed.of(row).intents == ",re_und,"
    connection, _, _ = _stored([row])
    for word, there in (("re_und", True), ("und", False), ("refund", False)):
        page, _ = listing.places(connection, BRANDS, PARTS, RowFilter(intents=(word,)), NOW, None, 10)
        assert bool(page) is there, word
    connection.close()


def test_R_M1_a_running_core_narrows_its_list_and_names_what_it_can_be_narrowed_to(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            asked = await it.write("Please refund NW-10023", thread="refund")
            await approval(client)
            await it.write("Hello there", thread="hello")
            lists = Listing(client)
            (choices,) = (await lists.choices()).brands
            assert choices.brand == NORTHWIND
            assert "refund_order" in dict(choices.workflows)
            assert choices.channels
            page = await lists.page("all", RowFilter(workflows=("refund_order",)))
            assert [row.conversation for row in page.rows] == [asked]
            assert page.next is None
            assert page.counts.by_brand[0].brand == NORTHWIND
            assert page.counts.by_brand[0].approvals == page.counts.approvals == 1
            assert (await lists.page("all", RowFilter(), BrandId("nobody"))).rows == ()
            with_flags = await lists.page("all", RowFilter(flagged=True))
            assert with_flags.rows == ()
            with pytest.raises(CoreRefused):
                await client.query(type(page), "/v1/conversations", owner="everybody")

    asyncio.run(run())


def test_R_M1_a_first_look_that_begins_here_tells_nothing_of_before_and_everything_since(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            refund = await it.write("Please refund NW-10023", thread="refund")
            card = await approval(client)
            await settled(client, refund, 2)
            first = await client.changes(None, begin="here")
            assert (first.reset, first.begun, first.rows, first.asks, first.more) == (True, "here", (), (), False)
            assert (first.counts.all, first.counts.asks) == (1, 1)
            everything = await client.changes(None)
            assert (everything.begun, [one.ask for one in everything.asks]) == ("all", [card.ask])
            conversation = await it.write("Hello there", thread="hello")
            await settled(client, conversation, 2)
            since = await client.changes(first.token, wait=0)
            assert conversation in {row.conversation for row in since.rows}
            lost = await client.changes("W10", begin="here")
            assert (lost.reset, lost.begun, lost.rows) == (True, "here", ())

    asyncio.run(run())


def test_R_M1_R_M2_pages_say_how_far_they_reach_and_go_on_from_there(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            waiting = [made.row(number, needs_person=True, asks=("approval",)) for number in range(1, 4)]
            placed = [placed_row(row, 1) for row in waiting] + [placed_card(made.ask(number), 1) for number in range(1, 4)]
            await it.core.store.write(lambda connection: views.put(connection, placed, it.core.projector.position))
            lists = Listing(client)
            rows = [await lists.page("needs", RowFilter(), limit=2)]
            rows.append(await lists.page("needs", RowFilter(), after=rows[0].next, limit=2))
            assert [len(page.rows) for page in rows] == [2, 1]
            assert [row for page in rows for row in page.rows] == sorted(waiting, key=place_of)
            assert rows[0].reached == place_of(rows[0].rows[-1])
            assert (rows[1].reached, rows[1].next) == (None, None)
            asks = [await lists.asks(limit=2)]
            asks.append(await lists.asks(NORTHWIND, asks[0].next, 2))
            shown = [card for page in asks for card in page.asks]
            assert shown == sorted(await client.asks(), key=ask_place_of)
            assert asks[0].reached == ask_place_of(asks[0].asks[-1])
            assert (asks[1].reached, asks[1].next, asks[1].counts.asks) == (None, None, 3)
            assert (await lists.asks(BrandId("nobody"))).asks == ()
            for other in (rows[0].next, (await client.changes(None)).token, "W10"):
                with pytest.raises(CoreRefused) as refused:
                    await lists.asks(after=other)
                assert refused.value.code == "cursor_lost"

    asyncio.run(run())

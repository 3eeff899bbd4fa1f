"""What a start reads of a brand's log: a few kinds and the last of each, the same as of the whole log (R-A7, R-M1)."""

import asyncio
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.contract.actors import System
from agent_core.contract.events import AnyEvent, InboundRefused, IntegrationStateChanged, Recorded, ToolStateChanged
from agent_core.contract.ids import BrandId, ToolName, brand_stream
from agent_core.service.brand_log import brand_records, integration_states
from agent_core.store import Append, Corrupt, Draft, NewStream, Store
from agent_core.store.tables import event

BRAND = BrandId("northwind")
ACTOR = System(part="test")

CHANGES = st.builds(
    IntegrationStateChanged,
    system=st.sampled_from(("shop", "channel", "model", 'sh"op')),
    operation=st.sampled_from(("read", "write", "ask")),
    to=st.sampled_from(("open", "closed")),
)
OTHERS = st.sampled_from((
    ToolStateChanged(tool=ToolName("find_room"), system="rooms", to="stopped", code="tool_gone", sentence="It is gone."),
    ToolStateChanged(tool=ToolName("find_room"), system="rooms", to="working", code="as_agreed", sentence="It is back."),
    InboundRefused(entrance="webchat", code="bad_signature", sentence="It was not signed.", size=9),
))  # fmt: skip


def before(records: tuple[Recorded, ...]) -> list[Recorded]:
    """The last change of each, found by going through all of them."""
    found: dict[tuple[str, str], Recorded] = {}
    for record in records:
        if isinstance(record.event, IntegrationStateChanged):
            found[record.event.system, record.event.operation] = record
    return sorted(found.values(), key=lambda record: record.seq)


async def kept(folder: Path, events: list[AnyEvent]) -> Store:
    store = await Store.open(folder)
    drafts = [Draft(each, ACTOR) for each in events]
    await store.append(Append(brand_stream(BRAND), drafts, create=NewStream("brand", BRAND)))
    return store


@settings(max_examples=12, deadline=None)
@given(st.lists(CHANGES | OTHERS, max_size=30))
def test_R_A7_what_is_picked_is_what_the_whole_log_says(events: list[AnyEvent]) -> None:
    async def play(folder: Path) -> None:
        async with await kept(folder, events) as store:
            whole = await store.records(brand_stream(BRAND))
            assert list(await integration_states(store, BRAND)) == before(whole)
            for kinds in ((ToolStateChanged,), (ToolStateChanged, InboundRefused)):
                assert list(await brand_records(store, BRAND, *kinds)) == [r for r in whole if isinstance(r.event, kinds)]

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(play(Path(name)))


def test_a_brand_without_a_log_has_said_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with await Store.open(tmp_path) as store:
            assert await integration_states(store, BRAND) == ()
            assert await brand_records(store, BRAND, ToolStateChanged) == ()

    asyncio.run(play())


@pytest.mark.parametrize("data", ["{", "[]", '{"type": "integration_state_changed"}'])
def test_a_row_that_somebody_spoilt_is_an_error_of_the_store_and_never_passed_over(tmp_path: Path, data: str) -> None:
    async def play() -> None:
        change = IntegrationStateChanged(system="shop", operation="read", to="open")
        async with await kept(tmp_path, [change, change]) as store:
            spoil = sa.update(event).where(event.c.seq == 1).values(data=data)
            await store.write(lambda connection: connection.execute(spoil))
            with pytest.raises(Corrupt):
                await integration_states(store, BRAND)

    asyncio.run(play())

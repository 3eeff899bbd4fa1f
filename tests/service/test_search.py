"""A lead finds what happened as they type, in their own brands only, and what is erased is gone (R-M5, R-C1, R-N5)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.ids import ConversationId
from agent_core.contract.searching import SearchAnswer, SearchFacets
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import Scene, approval, scene, settled

WORDS = "Please refund NW-10023. It was a present for Mrs Müller in Köln, but only a card with Grüße aus Hamburg came."


async def search(client: CoreClient, **asked: Any) -> SearchAnswer:
    return await client.query(SearchAnswer, "/v1/search", **asked)


async def indexed(it: Scene) -> None:
    """Waits until everything that is in the log can be found."""
    newest = "SELECT max(position) FROM event"
    position = await it.core.store.read(lambda tx: int(tx.connection.exec_driver_sql(newest).scalar() or 0))
    async with asyncio.timeout(300):
        await it.core.indexer.until(position)


def test_R_M5_what_was_said_done_and_decided_is_found_with_its_place_and_its_words_marked(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            client, _ = await it.admin()
            conversation = await it.write(WORDS)
            card = await approval(client)
            await settled(client, conversation, 2)
            await client.deny(card, comment="The parcel came back without the lampshade.")
            await settled(client, conversation, 3)
            await indexed(it)
            await _finds_words(client, conversation)
            await _filters(client, conversation)

    asyncio.run(run())


async def _finds_words(client: CoreClient, conversation: ConversationId) -> None:
    for words in ("refund nw-100", "köln", "koeln", "muell", "Muller", "MÜLLER", '"grüße aus"', "refund -lampshade"):
        answer = await search(client, q=words, kind="message")
        assert [hit.found_in.conversation for hit in answer.hits] == [conversation], words
        (hit,) = answer.hits
        assert (hit.kind, hit.by, hit.what) == ("message", "customer", "message_received")
        marked = [hit.snippet[mark.start : mark.end].casefold() for mark in hit.marks]
        assert marked, words
        assert all(len(each) > 2 for each in marked), marked
    (noted,) = (await search(client, q="lampsh", kind="decision")).hits
    assert (noted.kind, noted.by, noted.speaker) == ("decision", "person", "Ada Admin")
    everywhere = [(hit.what, hit.by) for hit in (await search(client, q="lampsh")).hits]
    assert ("countersigned", "person") in everywhere
    assert not [what for what, by in everywhere if by == "customer"]
    called = await search(client, q="refund_payment", kind="call")
    assert called.hits
    assert (await search(client, q="grüße -müller", kind="message")).hits == ()
    assert (await search(client, q="nothingofthekind")).count == 0


async def _filters(client: CoreClient, conversation: ConversationId) -> None:
    facets = await client.query(SearchFacets, "/v1/search/facets")
    assert facets.conversations == 1
    values_of = {
        "channel": facets.channels, "workflow": facets.workflows, "tool": facets.tools, "outcome": facets.outcomes,
        "state": facets.states, "currency": facets.currencies,
    }  # fmt: skip
    for name, values in values_of.items():
        assert values, name
        for value in values:
            for words in ("", "refund"):
                answer = await search(client, **{name: value.value, "q": words})
                assert answer.hits, (name, value)
                assert {hit.found_in.conversation for hit in answer.hits} == {conversation}
    (row,) = (await search(client)).hits
    assert row.found_in.handled == "touched"
    assert row.found_in.money is not None
    amount = row.found_in.money.amount_minor
    none: tuple[dict[str, Any], ...] = (
        {"money_from": amount + 1}, {"money_to": amount - 1}, {"handled": "automated"}, {"reviewed": "true"},
        {"score_from": 0}, {"state": "quarantined"}, {"workflow": "refund"}, {"since": "2999-01-01T00:00:00Z"},
        {"until": "2000-01-01T00:00:00Z"}, {"brand": "lumen"}, {"conversation": "c_none"}, {"replied": "person_alone"},
    )  # fmt: skip
    for asked in none:
        for words in ("", "refund"):
            assert (await search(client, q=words, **asked)).hits == (), asked
    assert (await search(client, money_from=amount, money_to=amount, reviewed="false")).count == 1
    for bad in ({"limit": 0}, {"q": "x" * 401}, {"by": "nobody"}, {"unknown": 1}):
        with pytest.raises(CoreRefused) as refused:
            await search(client, **bad)
        assert refused.value.code == "malformed"

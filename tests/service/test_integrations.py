"""Operators see which of their systems fail; the state is on record and survives a restart; nobody sees others' (R-A7)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.commands import StillUnknown
from agent_core.contract.events import AskPutOff, IntegrationStateChanged
from agent_core.contract.ids import BrandId, brand_stream
from agent_core.contract.integrations import IntegrationShown
from console.headless.client import CoreClient
from console.headless.errors import Conflict
from console.headless.signing import Signer
from tests.service.lost_answer import SHORT, approved_and_lost
from tests.service.scene import NORTHWIND, scene, settled, until


async def in_state(client: CoreClient, state: str) -> IntegrationShown:
    """The shop's reads, once they are in that state; waits for the feed."""

    async def look() -> IntegrationShown | None:
        found = (await client.integrations()).integrations
        return next((one for one in found if (one.system, one.operation, one.state) == ("shop", "read", state)), None)

    return await until(client, look)


def test_R_A7_a_failing_shop_is_seen_left_alone_and_remembered_over_a_restart(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    down = {"match": "GET /v1/*", "kind": "status", "status": 500, "times": 1000}

    async def first() -> Signer:
        async with scene(tmp_path, brands=("northwind", "lumen"), deadlines=SHORT) as it:
            client, signer = await it.admin()
            stranger, _ = await it.colleague((client, signer), "Lu Men", brands=("lumen",))
            await it.faults(down)
            conversations = [await it.write(f"Where is NW-1002{n}?", thread=f"t{n}") for n in range(3, 7)]
            shown = await in_state(client, "open")
            assert shown.brand == NORTHWIND
            assert (shown.failures, shown.code) == (5, "system_error")
            assert shown.next_probe is not None
            for conversation in conversations:
                await settled(client, conversation, 2)  # everybody is told, nobody waits for the shop
            assert (await stranger.integrations()).integrations == ()
            core = await client.core()
            assert [one.state for one in core.integration_states if one.operation == "read"] == ["open"]
            assert (await stranger.core()).integration_states == ()
            events = [r.event for r in await it.core.store.records(brand_stream(NORTHWIND))]
            changed = [e for e in events if isinstance(e, IntegrationStateChanged)]
            assert next((e.system, e.operation, e.to) for e in changed) == ("shop", "read", "open")
            assert not [
                r for r in await it.core.store.records(brand_stream(BrandId("lumen")))
                if isinstance(r.event, IntegrationStateChanged)
            ]  # fmt: skip
            return signer

    async def second(signer: Signer) -> None:
        async with scene(tmp_path, brands=("northwind", "lumen"), deadlines=SHORT) as it:
            client = await it.console()
            await client.sign_in(signer)
            shown = await in_state(client, "open")
            assert shown.failures == 5
            fares = it.core.shelf.active(NORTHWIND).integrations
            assert fares.held("shop", "write") is None

    asyncio.run(second(asyncio.run(first())))


def test_R_A7_a_person_who_cannot_tell_either_says_so_and_the_question_stays(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path, deadlines=SHORT) as it:
            client, _ = await it.admin()
            conversation, card, unknown = await approved_and_lost(it, client)
            assert "still_unknown" in unknown.verbs
            done = await client.still_unknown(unknown, again_s=600, comment="Their list is empty today.")
            (record,) = await it.core.store.records(conversation, after=(done.seq or 0) - 1, limit=1)
            assert isinstance(record.event, AskPutOff)
            assert 590 < (record.event.look_at - record.at).total_seconds() < 601
            after = await client.ask(unknown.ask)
            assert (after.state, after.raised_at, after.expires_at) == ("waiting", unknown.raised_at, unknown.expires_at)
            assert after.next_breach == unknown.next_breach
            with pytest.raises(Conflict) as wrong:
                await client.command(StillUnknown(ask=card.ask, conversation=conversation))
            assert wrong.value.code == "verb_not_allowed"
            await client.settle_unknown(after, happened=True)
            assert len(it.refunds()) == 1

    asyncio.run(run())

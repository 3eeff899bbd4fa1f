"""A lead has the whole log verified from the console: a clear verdict, and it can be stopped (R-M9, R-M5, R-C1)."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.verification import VerificationShown, VerificationWanted
from agent_core.service.verification import Verification
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import Scene, approval, scene, settled
from tests.service.test_brand_isolation import lumen_writes

PATH = "/v1/audit/verification"


async def _shown(client: CoreClient) -> VerificationShown:
    return await client.query(VerificationShown, PATH)


async def _verified(it: Scene, client: CoreClient) -> VerificationShown:
    begun = await client.tell(VerificationShown, PATH, VerificationWanted())
    assert (begun.state, begun.verdict) == ("running", None)
    await it.core.verification.finished()
    return await _shown(client)


def _held(verification: Verification) -> asyncio.Event:
    """It is under way until this is set, however fast the log was read."""
    read, over = verification._read, asyncio.Event()  # pyright: ignore[reportPrivateUsage] - held from outside

    async def held(arguments: list[str]) -> Mapping[str, Any]:
        report = await read(arguments)
        await over.wait()
        return report

    verification._read = held  # pyright: ignore[reportPrivateUsage] - as above
    return over


def test_R_M9_a_log_that_holds_is_said_to_hold_and_one_row_of_it_changed_is_named(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it, asyncio.timeout(300):
            boss = await it.admin()
            client, signer = boss
            assert (await _shown(client)).state == "never"
            conversation = await it.write("Please refund NW-10023.")
            await approval(client)
            await settled(client, conversation, 2)
            other = await lumen_writes(it, "l1", "Where is LL-200417?")
            await settled(client, other, 2)
            await it.core.audit.sign()
            held = await _verified(it, client)
            assert (held.state, held.verdict, held.findings, held.hidden) == ("done", "holds", (), 0)
            assert held.events == held.done == held.total > 50
            assert held.remembered_size is not None
            assert held.signed >= held.remembered_size > 0
            assert held.statements > 0
            assert (held.by, held.by_name) == (signer.operator, "Ada Admin")
            changed = 'UPDATE event SET actor = \'{"kind":"system","part":"nobody"}\' WHERE stream = ? AND seq = 3'
            await it.core.store.write(lambda connection: connection.exec_driver_sql(changed, (other,)))
            broken = await _verified(it, client)
            assert (broken.state, broken.verdict) == ("done", "broken")
            assert "DOES NOT HOLD" in broken.sentence
            assert ("event_changed", other, 3) in [(each.code, each.subject, each.seq) for each in broken.findings]
            north, _ = await it.colleague(boss, "Nora", role="lead", brands=("northwind",))
            hers = await _shown(north)
            assert (hers.verdict, hers.counts) == ("broken", broken.counts), "that it is broken everybody is told"
            assert hers.hidden == len(broken.findings) - len(hers.findings) > 0
            assert other not in hers.model_dump_json()

    asyncio.run(run())


def test_R_M9_who_may_not_verify_is_refused_and_a_verification_that_was_stopped_says_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            boss = await it.admin()
            client, _ = boss
            sam, _ = await it.colleague(boss, "Sam")
            with pytest.raises(CoreRefused) as refused:
                await sam.tell(VerificationShown, PATH, VerificationWanted())
            assert refused.value.code == "role_not_allowed"
            over = _held(it.core.verification)
            await client.tell(VerificationShown, PATH, VerificationWanted())
            again = await client.tell(VerificationShown, PATH, VerificationWanted())
            assert again.started_at == (await _shown(client)).started_at, "one at a time"
            stopped = await client.tell(VerificationShown, PATH, VerificationWanted(stop=True))
            assert (stopped.state, stopped.verdict) == ("cancelled", None)
            assert "says nothing" in stopped.sentence
            over.set()
            assert (await _verified(it, client)).verdict == "holds"

    asyncio.run(run())

"""The log proves itself over HTTP, and an old database brought back stops what moves money, and nothing else (R-M9)."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_core.audit.sequencer import checked
from agent_core.contract.checkpoints import CheckpointKey
from agent_core.contract.commands import Decide
from agent_core.contract.merkle import verify_consistency
from agent_core.contract.views import AskCard, CoreShown
from console.headless.client import CoreClient
from console.headless.errors import Conflict, CoreRefused, NotSignedIn
from console.headless.signing import Signer
from console.headless.witness import Witness, WitnessMemory
from tests.service.scene import BOTH, approval, closed, scene, until

ALARMS = {"rolled_back", "rewritten", "core_alarm"}
LOGGER = "agent_core.audit.sequencer"


def test_R_M9_the_core_hands_out_signed_checkpoints_and_proves_that_each_continues_the_last(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            stranger = await it.console()
            with pytest.raises(NotSignedIn):
                await stranger.audit_checkpoint()
            reader = await it.reader()
            first = await reader.audit_checkpoint()
            assert first.note is not None
            assert checked(first.note, CheckpointKey.read(first.key)) is not None
            await it.write("Where is NW-10024?")
            async with asyncio.timeout(300):
                while (await it.core.store.read(lambda tx: tx.hashes(0, 10**6)))[-1][0] <= first.size:  # noqa: ASYNC110 - nothing tells it
                    await asyncio.sleep(0.05)
            signed = await it.core.audit.sign()
            assert signed is not None
            new = signed.checkpoint
            shown = await reader.audit_consistency(first.size, new.size)
            proof = [bytes.fromhex(each) for each in shown.proof]
            assert verify_consistency(first.size, bytes.fromhex(first.root), new.size, new.root, proof)
            with pytest.raises(CoreRefused) as refused:
                await reader.audit_consistency(0, new.size + 1000)
            assert refused.value.code == "no_such_size"
            assert (await reader.core()).alarm is None

    asyncio.run(run())


def test_R_C4_a_decision_names_the_log_its_console_verified_and_another_log_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada, signer = await it.admin()
            await it.write("Please refund NW-10023")
            card = await approval(ada)
            core = it.core.instance.core
            await it.core.audit.sign()
            witness = Witness(WitnessMemory())
            await witness.look(core, ada)
            seen = witness.verified(core)
            assert seen is not None
            for wrong in ({"root_hash": "00" * 32}, {"size": seen.size + 10_000}):
                other = signer.decision(core, card, "approve", checkpoint=seen.model_copy(update=wrong))
                with pytest.raises(CoreRefused) as refused:
                    await ada.command(Decide(envelope=other))
                assert refused.value.code == "log_diverged"
            await ada.command(Decide(envelope=signer.decision(core, card, "approve", checkpoint=seen)))
            await closed(ada, card)
            assert len(it.refunds()) == 1

    asyncio.run(run())


async def restored(folder: Path, seen: WitnessMemory) -> Signer:
    """A core whose database was put back to an earlier moment; its admin's key."""
    async with scene(folder) as it:
        _, signer = await it.admin()
    shutil.copytree(folder / "data", folder / "backup")
    async with scene(folder) as it:
        await it.write("Where is NW-10024?", thread="t0")
        client = await it.console()
        await client.sign_in(signer)
        await until(client, lambda: _any(client))
        await it.core.audit.sign()
        assert (await Witness(seen).look(it.core.instance.core, client)).word is None
    shutil.rmtree(folder / "data")
    (folder / "backup").rename(folder / "data")
    return signer


async def _any(client: CoreClient) -> bool | None:
    return True if (await client.rows()).rows else None


def test_R_M9_a_restored_database_stops_actions_until_an_admin_has_signed_and_conversations_go_on(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(LOGGER, "audit_alarm")

    async def run() -> None:
        seen = WitnessMemory()
        signer = await restored(tmp_path, seen)
        async with scene(tmp_path) as it:
            ada = await it.console()
            await ada.sign_in(signer)
            alarm = (await ada.core()).alarm
            assert alarm is not None
            assert alarm.code == "rolled_back"
            assert alarm.found_size < alarm.expected_size
            assert (await ada.audit_checkpoint()).alarm == alarm
            witness = Witness(seen)
            assert (await witness.look(it.core.instance.core, ada)).word in ALARMS
            conversation = await it.write(BOTH)
            card = await approval(ada)
            await ada.approve(card)

            async def replied() -> list[dict[str, object]] | None:
                return await it.replies() or None

            assert await until(ada, replied), "the other question is answered"
            await _approved(ada, card)
            assert it.refunds() == []
            with pytest.raises(Conflict) as refused:
                await it.colleague((ada, signer), "Bo Becker")
            assert refused.value.code == "actions_stopped"
            with pytest.raises(CoreRefused) as other:
                await ada.acknowledge_audit(alarm.model_copy(update={"alarm": "00" * 32}), it.core.instance.core)
            assert other.value.code == "no_such_alarm"
            assert it.refunds() == []
            await ada.acknowledge_audit(alarm, it.core.instance.core, comment="I put Monday's backup back.")
            await closed(ada, card)
            assert len(it.refunds()) == 1
            assert await _alarm_over(ada)
            assert (await witness.look(it.core.instance.core, ada)).word in ALARMS, "a witness asks its own people"
            assert witness.accept(it.core.instance.core)
            assert (await witness.look(it.core.instance.core, ada)).word is None
            detail = await ada.detail(conversation)
            assert detail is not None
        async with scene(tmp_path) as it:
            assert it.core.audit.alarm is None

    asyncio.run(run())


async def _approved(client: CoreClient, card: AskCard) -> None:
    async def look() -> bool | None:
        return True if (await client.ask(card.ask)).statement is not None else None

    await until(client, look)


async def _alarm_over(client: CoreClient) -> CoreShown | None:
    shown = await client.core()
    return shown if shown.alarm is None else None


def test_only_an_admin_for_every_brand_acknowledges(tmp_path: Path, expected_logs: Callable[..., object]) -> None:
    expected_logs(LOGGER, "audit_alarm")

    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            _, bos = await it.colleague(ada, "Bo Becker")
        shutil.rmtree(tmp_path / "config" / "audit")
        async with scene(tmp_path) as it:
            bo = await it.console()
            await bo.sign_in(bos)
            alarm = (await bo.core()).alarm
            assert alarm is not None
            assert alarm.code == "forgotten"
            with pytest.raises(CoreRefused) as refused:
                await bo.acknowledge_audit(alarm, it.core.instance.core)
            assert refused.value.code == "admin_only"

    asyncio.run(run())


def test_the_first_answer_of_the_feed_after_an_acknowledgement_says_that_the_alarm_is_over(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs(LOGGER, "audit_alarm")

    async def run() -> None:
        async with scene(tmp_path) as it:
            _, signer = await it.admin()
        shutil.rmtree(tmp_path / "config" / "audit")
        async with scene(tmp_path) as it:
            ada, watching = await it.console(), await it.console()
            await ada.sign_in(signer)
            await watching.sign_in(signer)
            alarm = (await ada.core()).alarm
            assert alarm is not None
            token = (await watching.changes(None)).token
            async with it.core.audit._signing:  # pyright: ignore[reportPrivateUsage] - the slow step between event and end
                signed = asyncio.create_task(ada.acknowledge_audit(alarm, it.core.instance.core))
                told = asyncio.create_task(watching.changes(token, wait=20))
                done, _ = await asyncio.wait({signed, told}, timeout=0.5)
                assert not done, "the event is written, and nothing is told before it has come to its end"
            await signed
            answer = await told
            assert answer.core is not None
            assert answer.core.alarm is None

    asyncio.run(run())

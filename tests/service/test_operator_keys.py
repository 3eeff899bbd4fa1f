"""Keys that are stopped, revoked or replaced while people work: nothing they signed and nobody executed happens (R-C7)."""

import asyncio
import base64
import contextlib
from collections.abc import Awaitable
from pathlib import Path

import pytest

from agent_core.contract.actors import Person
from agent_core.contract.commands import Claim
from agent_core.contract.events import EffectStarted, KeyRevoked, KeyStopped
from agent_core.contract.ids import CORE_STREAM, KeyFingerprint
from agent_core.contract.money import Money
from agent_core.contract.operator_commands import OperatorKey, StopKey
from agent_core.contract.statements import strict_base64
from agent_core.contract.views import AskCard, FeedAnswer
from agent_core.sandbox.local_http import local_client
from agent_core.store import Append, Draft
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from console.headless.key_signing import Terms, revocation, rotation
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer
from tests.service.scene import approval, scene, until


async def reopened(client: CoreClient, card: AskCard) -> AskCard:
    """The card, once it waits again without approvals."""

    async def look() -> AskCard | None:
        found = await client.ask(card.ask)
        assert card.binding is not None
        moved = found.binding is not None and found.binding.nonce != card.binding.nonce
        return found if moved and found.state in ("waiting", "claimed") else None

    return await until(client, look)


async def refused(act: Awaitable[object]) -> str:
    """The code it was refused with; there is always a sentence."""
    with pytest.raises(CoreRefused) as caught:
        await act
    assert caught.value.message.endswith((".", ")"))
    return caught.value.code


def test_R_C7_what_a_revoked_key_approved_and_nobody_executed_waits_again_with_the_reason(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            await bo.approve(card)
            await Operators(ada[0]).revoke(bo_signer.key.fingerprint, "lost_laptop")
            again = await reopened(ada[0], card)
            assert again.approvals == ()
            log = await ada[0].log(card.conversation)
            codes = [each["event"]["code"] for each in log["events"] if each["event"]["type"] == "look_again"]
            assert codes == ["key_revoked"]
            assert it.refunds() == []
            assert await refused(bo.rows()) == "key_revoked"  # the client tried to sign in again

    asyncio.run(run())


def test_R_C7_a_claim_of_somebody_without_a_key_is_given_back_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            await bo.command(Claim(ask=card.ask, conversation=card.conversation))
            await Operators(ada[0]).stop(bo_signer.key.fingerprint, "suspicious")

            async def free() -> AskCard | None:
                found = await ada[0].ask(card.ask)
                return found if found.state == "waiting" and found.version > card.version else None

            await until(ada[0], free)
            assert await refused(bo.asks()) == "key_stopped"

    asyncio.run(run())


def test_R_C7_the_long_poll_of_a_key_that_falls_ends_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            first = await bo.changes(None)
            waiting = asyncio.create_task(bo.query(FeedAnswer, "/v1/feed", after=first.token, wait=25))
            await Operators(ada[0]).stop(bo_signer.key.fingerprint, "suspicious")
            assert await asyncio.wait_for(refused(waiting), 24) == "key_stopped"  # it tried to sign in again

    asyncio.run(run())


def test_R_C7_revocation_against_dispatch_either_it_began_before_or_it_never_does(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            command = revocation(ada[1], await ada[0].challenge(), bo_signer.key.fingerprint, "lost_laptop")

            async def approves() -> None:
                with contextlib.suppress(CoreRefused):  # the key may have fallen first
                    await bo.approve(card)

            async with asyncio.TaskGroup() as group:
                group.create_task(approves())
                group.create_task(ada[0].command(command))
            await it.write("And where is NW-10024?", thread="t2")
            store = it.core.store
            fell = next(r.position for r in await store.records(CORE_STREAM) if isinstance(r.event, KeyRevoked))
            started = [
                record.position
                for record in await store.records(card.conversation)
                if isinstance(record.event, EffectStarted) and record.event.purpose == "approved_tool"
            ]
            assert all(position < fell for position in started)
            if not started:
                assert it.refunds() == []
                assert (await ada[0].ask(card.ask)).approvals == ()

    asyncio.run(run())


def test_R_C7_a_key_is_replaced_by_its_successor_and_both_are_one_person(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it:
            ada = await it.admin()
            bo, old = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            await bo.approve(card)
            new = await Operators(bo).rotate(KeyPair.new())
            again = await reopened(bo, card)
            listed = {row.key: row for row in (await Operators(bo).all()).operators}
            assert listed[old.key.fingerprint].state == "rotated"
            assert listed[new.key.fingerprint].follows == old.key.fingerprint
            assert listed[new.key.fingerprint].operator == old.operator
            done = await bo.approve(again)
            assert done.statement is not None
            stale = await it.console()
            assert await refused(stale.sign_in(old)) == "key_rotated"

    asyncio.run(run())


def test_R_C7_who_may_stop_and_who_may_revoke_whom(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker", brands=("northwind",))
            _, cy_signer = await it.colleague(ada, "Cy Clark", brands=("northwind",))
            _, lou_signer = await it.colleague(ada, "Lou Lumen", brands=("lumen",))
            people = Operators(bo)
            assert await refused(people.stop(ada[1].key.fingerprint, "x")) == "above_you"
            assert await refused(people.stop(lou_signer.key.fingerprint, "x")) == "no_such_key"
            assert await refused(people.stop(KeyFingerprint("ed25519:00"), "x")) == "no_such_key"
            assert await refused(people.revoke(cy_signer.key.fingerprint, "x")) == "may_not_revoke"
            await people.stop(cy_signer.key.fingerprint, "suspicious")
            assert await refused(people.stop(cy_signer.key.fingerprint, "x")) == "out_of_use_already"
            await people.revoke(bo_signer.key.fingerprint, "lost_phone")
            assert await refused(people.stop(cy_signer.key.fingerprint, "x")) == "key_revoked"
            admin = Operators(ada[0])
            assert await refused(admin.revoke(bo_signer.key.fingerprint, "x")) == "out_of_use_already"
            async with local_client(base_url=it.url) as raw:
                body = StopKey(key=ada[1].key.fingerprint, reason="x").model_dump(mode="json")
                answer = await raw.post("/v1/commands", json=body, headers={"idempotency-key": "k"})
                assert answer.status_code == 401

    asyncio.run(run())


def test_R_C7_every_bit_of_a_rotation_and_of_a_revocation_matters(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            client, signer = ada
            revoke = revocation(signer, await client.challenge(), bo_signer.key.fingerprint, "lost_laptop")
            rotate = rotation(signer, await client.challenge(), KeyPair.new())
            for command in (revoke, rotate):
                payload = strict_base64(command.envelope.payload)
                for place in range(0, len(payload) * 8, 397):
                    bent = bytearray(payload)
                    bent[place // 8] ^= 1 << (place % 8)
                    envelope = command.envelope.model_copy(update={"payload": base64.b64encode(bytes(bent)).decode()})
                    wrong = command.model_copy(update={"envelope": envelope})
                    assert await refused(client.command(wrong)) == "bad_signature"
            foreign = revocation(bo_signer, await bo.challenge(), bo_signer.key.fingerprint, "x")
            assert await refused(client.command(foreign)) == "foreign_operator"
            await client.command(revoke)
            assert await refused(client.command(revoke)) == "out_of_use_already"
            again = rotate.model_copy(update={"envelope": revoke.envelope})
            assert await refused(client.command(again)) == "bad_statement"
            stolen = rotation(
                Signer(KeyPair.new(), signer.operator, "admin", signer.console), await client.challenge(), KeyPair.new()
            )
            assert await refused(client.command(stolen)) == "unknown_key"

    asyncio.run(run())


def test_R_C7_a_core_that_died_before_it_reached_everything_does_so_when_it_starts(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=300) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            await bo.approve(card)
            fell = KeyStopped(key=bo_signer.key.fingerprint, operator=ada[1].operator, reason="suspicious")
            await it.core.store.append(Append(CORE_STREAM, [Draft(fell, Person(operator=ada[1].operator))]))
        async with scene(tmp_path, undo_s=300) as it:
            client = await it.console()
            await client.sign_in(ada[1])
            assert (await reopened(client, card)).approvals == ()

    asyncio.run(run())


def test_R_C7_limits_of_an_action_and_of_a_day_hold_when_approving_and_again_before_acting(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=300) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            people = Operators(ada[0])

            async def known() -> OperatorKey:
                return next(key for key in (await people.all()).operators if key.operator == bo_signer.operator)

            fifty = Money(amount_minor=50_000, currency="EUR")
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            assert card.money is not None
            cent = card.money.model_copy(update={"amount_minor": card.money.amount_minor - 1})
            dollars = card.money.model_copy(update={"currency": "USD"})
            for terms, code in (
                (Terms("supervisor", ("northwind",), cent), "over_limit"),
                (Terms("supervisor", ("northwind",), fifty, day_limit=cent), "over_daily_amount"),
                (Terms("supervisor", ("northwind",), fifty, day_limit=dollars), "over_daily_amount"),
                (Terms("supervisor", ("northwind",), fifty, day_count=0), "over_daily_count"),
                (Terms("supervisor", ("lumen",), fifty), "not_found"),
            ):
                await people.amend(await known(), terms)
                assert await refused(bo.approve(card)) == code
            # Nobody widens their own, and nobody gives what they do not have.
            mine = next(key for key in (await people.all()).operators if key.operator == ada[1].operator)
            assert await refused(people.amend(mine, Terms("admin", ("*",), None))) == "enrolment_refused"
            await people.amend(await known(), Terms("supervisor", ("northwind",), fifty, day_limit=card.money, day_count=1))
            await bo.approve(card)
            # A smaller limit takes no signature away: it is judged again before it acts, by what its owner may do then.
            await people.amend(await known(), Terms("supervisor", ("northwind",), cent))
            assert [approval.operator for approval in (await ada[0].ask(card.ask)).approvals] == [bo_signer.operator]
            assert it.refunds() == []

    asyncio.run(run())

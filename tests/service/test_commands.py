"""What people do: signed or not, once, with one winner, and everybody else told who it was."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.canonical import digest
from agent_core.contract.commands import (
    Claim,
    Decide,
    HandBack,
    HandToTeam,
    Pause,
    PersonReply,
    ReleaseClaim,
    Resume,
    TakeOver,
)
from agent_core.contract.views import ConversationDetail, CoreShown
from console.headless.client import CoreClient
from console.headless.errors import Conflict, CoreRefused, NoKey
from console.headless.signing import KeyPair, Signer, new_operator
from tests.service.scene import CONSOLE, NORTHWIND, approval, closed, scene, settled, until


def test_R_M9_of_two_people_at_the_same_instant_one_decides_and_the_other_is_told_who(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=2) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            outcomes: list[str] = []

            async def decide(client: CoreClient, name: str) -> None:
                try:
                    await (client.approve(card) if name == "Ada" else client.deny(card))
                except Conflict as lost:
                    outcomes.append(f"{lost.code}: {lost.message}")
                else:
                    outcomes.append(f"{name} won")

            async with asyncio.TaskGroup() as group:
                group.create_task(decide(ada[0], "Ada"))
                group.create_task(decide(bo, "Bo"))
            won = [each for each in outcomes if each.endswith("won")]
            lost = [each for each in outcomes if not each.endswith("won")]
            assert len(won) == 1
            assert len(lost) == 1
            who = "Ada Admin has already approved" if won == ["Ada won"] else "Bo Becker has already denied"
            assert lost[0].startswith(f"decided_already: {who}")
            await closed(ada[0], card)
            assert len(it.refunds()) == (1 if won == ["Ada won"] else 0)

    asyncio.run(run())


def test_the_same_key_answers_the_same_result_and_other_content_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it:
            client, signer = await it.admin()
            await it.write("Please refund NW-10023")
            card = await approval(client)
            assert client.session is not None
            command = Decide(envelope=signer.decision(client.session.core, card, "approve"))
            first = await client.command(command, key="k1")
            assert await client.command(command, key="k1") == first
            with pytest.raises(Conflict) as refused:
                await client.command(Pause(), key="k1")
            assert refused.value.code == "idempotency_mismatch"
            with pytest.raises(Conflict) as again:
                await client.command(command, key="k2")
            assert again.value.message == "You have already approved this."

    asyncio.run(run())


def test_an_approval_can_be_recalled_until_it_acts_and_given_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it:
            client, _ = await it.admin()
            await it.write("Please refund NW-10023")
            card = await approval(client)
            done = await client.approve(card)
            assert done.statement is not None
            deciding = await client.ask(card.ask)
            await client.recall(card, done.statement)

            async def waiting() -> bool | None:
                found = await client.ask(card.ask)
                return True if found.state == "waiting" and found.version > deciding.version else None

            await until(client, waiting)
            again = await client.ask(card.ask)
            assert again.look_again is False
            assert again.approvals == ()
            await client.approve(again)
            assert it.refunds() == []

    asyncio.run(run())


def test_R_C5_a_message_after_the_card_was_shown_asks_to_look_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            await it.write("Please refund NW-10023")
            card = await approval(client)
            await it.write("By the way, the colour was wrong.")

            async def newer() -> bool | None:
                found = await client.ask(card.ask)
                return True if found.look_again else None

            await until(client, newer)
            with pytest.raises(CoreRefused) as refused:
                await client.approve(card)
            assert refused.value.code in {"look_again", "nonce_not_issued"}
            fresh = await client.ask(card.ask)
            assert fresh.latest_words == "By the way, the colour was wrong."
            await client.approve(fresh)
            await closed(client, card)
            assert len(it.refunds()) == 1

    asyncio.run(run())


def test_a_claim_is_shown_and_taken_over_only_with_a_reason(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, signer = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            card = await approval(bo)
            claim = Claim(ask=card.ask, conversation=card.conversation)
            await bo.command(claim)

            async def held() -> str | None:
                return (await ada[0].ask(card.ask)).claimed_name

            assert await until(ada[0], held) == "Bo Becker"
            with pytest.raises(Conflict, match=r"Bo Becker is on it\."):
                await ada[0].command(claim)
            with pytest.raises(Conflict):
                await ada[0].command(ReleaseClaim(ask=card.ask, conversation=card.conversation))
            await ada[0].command(claim.model_copy(update={"steal": "Bo is at lunch"}))

            async def mine() -> bool | None:
                found = await ada[0].ask(card.ask)
                return True if found.claimed_by not in (None, signer.operator) else None

            await until(ada[0], mine)

    asyncio.run(run())


def test_R_E3_a_person_takes_over_writes_and_hands_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            client = ada[0]
            conversation = await it.write("Where is NW-10024?")
            await settled(client, conversation, 2)
            with pytest.raises(Conflict) as early:
                await client.command(PersonReply(conversation=conversation, text="Hello"))
            assert early.value.code == "not_in_control"
            await client.command(TakeOver(conversation=conversation))
            with pytest.raises(Conflict, match="Ada Admin has this conversation"):
                await bo.command(TakeOver(conversation=conversation))
            await client.command(PersonReply(conversation=conversation, text="Hello, this is \u200bAda."))
            detail = await settled(client, conversation, 3)
            last = (await it.replies())[-1]
            assert (last["by"], last["text"]) == ("person", "Hello, this is Ada.")
            assert detail.row.owner == "person"
            assert detail.row.owner_name == "Ada Admin"
            assert "Ada Admin has the conversation" in detail.why_stopped
            with pytest.raises(Conflict) as foreign:
                await bo.command(HandBack(conversation=conversation))
            assert foreign.value.code == "not_yours"
            await client.command(HandBack(conversation=conversation, note="Answered the delivery question."))
            await client.command(HandToTeam(conversation=conversation))

            async def waits() -> ConversationDetail | None:
                found = await client.detail(conversation)
                return found if found and found.row.label == "awaiting_human" else None

            waiting = await until(client, waits)
            assert [card.code for card in waiting.asks if card.state != "closed"] == ["handed_to_team"]

    asyncio.run(run())


def test_the_stop_switch_stops_at_once_and_starting_again_needs_a_signature(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            client, signer = ada
            bo, _ = await it.colleague(ada, "Bo Becker", brands=("northwind",))
            await bo.command(Pause())
            conversation = await it.write("Where is NW-10024?")

            async def paused() -> CoreShown | None:
                found = await client.core()
                return found if found.paused and (await client.rows()).rows else None

            await until(client, paused)
            with pytest.raises(Conflict, match="already stopped"):
                await client.command(Pause())
            with pytest.raises(CoreRefused) as narrow:
                await bo.resume()
            assert narrow.value.code == "foreign_brand"
            wrong = signer.widening(await client.challenge(), "resume", "northwind", digest({"paused": False}))
            with pytest.raises(CoreRefused) as refused:
                await client.command(Resume(envelope=wrong))
            assert refused.value.code == "bad_statement"
            assert await it.replies() == []
            await client.resume()
            await settled(client, conversation, 2)
            await bo.command(Pause(brand=NORTHWIND))
            assert (await client.core()).brands[0].paused
            await bo.resume(NORTHWIND)
            assert not (await client.core()).brands[0].paused

    asyncio.run(run())


def test_R_C7_a_read_only_session_may_read_and_stop_and_nothing_else(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            reader = await it.reader()
            stranger = Signer(KeyPair.new(), new_operator("Eve"), "admin", CONSOLE)
            signed = stranger.widening(await reader.challenge(), "resume", "*", digest({"paused": False}))
            await reader.command(Pause())
            with pytest.raises(CoreRefused) as refused:
                await reader.command(Resume(envelope=signed))
            assert refused.value.code == "read_only_session"
            with pytest.raises(NoKey):
                await reader.resume()
            assert (await reader.core()).brands[0].brand == "northwind"

    asyncio.run(run())


def test_R_C7_the_first_key_enrols_itself_once_and_later_ones_need_an_admin(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            reader = await it.reader()
            other = Signer(KeyPair.new(), new_operator("Eve"), "supervisor", CONSOLE)
            with pytest.raises(Conflict) as not_admin:
                await reader.enrol(other.enrolment(await reader.challenge(), name="Eve"))
            assert not_admin.value.code == "first_is_admin"
            me = Signer(KeyPair.new(), new_operator("Ada"), "admin", CONSOLE)
            await reader.enrol(me.enrolment(await reader.challenge(), name="Ada"))
            second = Signer(KeyPair.new(), new_operator("Eve"), "admin", CONSOLE)
            with pytest.raises(CoreRefused) as refused:
                await reader.enrol(second.enrolment(await reader.challenge(), name="Eve"))
            assert refused.value.code == "not_first"
            await reader.sign_in(me)
            bo, bo_signer = await it.colleague((reader, me), "Bo Becker")
            with pytest.raises(Conflict) as small:
                await bo.enrol(bo_signer.enrolment(await bo.challenge(), name="Eve", of=other))
            assert small.value.code == "enrolment_refused"
            unsigned = me.enrolment(await reader.challenge(), name="Eve", of=second).model_copy(update={"name": "Adam"})
            with pytest.raises(Conflict, match="not the one that was signed"):
                await reader.enrol(unsigned)

    asyncio.run(run())


def test_the_demonstrations_second_person_is_marked_everywhere(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it:
            ada = await it.admin()
            robot, _ = await it.colleague(ada, "Robin Robot", simulated=True)
            await it.write("Please refund NW-10023")
            card = await approval(robot)
            await robot.approve(card)

            async def given() -> bool | None:
                found = await ada[0].ask(card.ask)
                return found.approvals[0].simulated if found.approvals else None

            assert await until(ada[0], given) is True
            shown = {person.name: person.simulated for person in (await ada[0].core()).operators}
            assert shown == {"Ada Admin": False, "Robin Robot": True}

    asyncio.run(run())

"""A person who has a conversation proposes an action: read first, asked about, signed as shown, never alone (R-C3, R-E3)."""

import asyncio
from pathlib import Path
from typing import Any

from agent_core.audit.checking import check_file
from agent_core.audit.verifying import verify
from agent_core.authority.checks import CHECKS
from agent_core.contract.commands import HandBack, HandToTeam, TakeOver
from agent_core.contract.ids import ConversationId
from agent_core.contract.proposing import ActionPreview, ProposeAction
from agent_core.contract.views import AskCard, ToolCallItem
from console.headless.acting import Acting
from console.headless.client import CoreClient
from console.headless.operators import Operators
from tests.service.scene import Scene, closed, scene, until
from tests.service.test_asks_life import refused, shown
from tests.service.test_editing import told

HELP = "I want to speak to a human, please."


async def taken(it: Scene, client: CoreClient) -> tuple[ConversationId, dict[str, Any]]:
    """A conversation that a person has taken over, in which nothing of the shop was ever read; and a refund to propose."""
    conversation = await it.write(HELP)

    async def there() -> bool | None:
        page = await client.rows()
        return next((True for row in page.rows if row.conversation == conversation), None)

    await until(client, there)
    await client.command(TakeOver(conversation=conversation))
    assert it.core.sandbox is not None
    payment = it.core.sandbox.shop.payments_of("NW-10023")[0]
    wanted = {
        "order_id": "NW-10023",
        "payment_id": payment["id"],
        "amount_minor": 1500,
        "currency": "EUR",
        "reason": "Arrived broken.",
    }
    return conversation, wanted


async def raised(client: CoreClient, preview: ActionPreview) -> AskCard:
    """Its card, once it can be decided."""
    assert preview.ask is not None

    async def there() -> AskCard | None:
        found = next((one for one in await client.asks() if one.ask == preview.ask), None)
        return found if found is not None and found.binding is not None else None

    return await until(client, there)


def test_R_C3_R_E3_a_person_in_control_proposes_and_another_approves_and_it_happens_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            conversation, wanted = await taken(it, bo)
            acting = Acting(bo)

            # What there is: writing tools of the brand's workflows, with what their forms need.
            offered = await acting.preview(conversation)
            assert {"refund_payment", "cancel_order", "create_return"} <= {one.tool for one in offered.offered}
            assert (offered.obstacles, offered.draft) == ((), None)
            blank = await acting.preview(conversation, "refund_payment")
            amount = next(field for field in blank.fields if field.name == "amount_minor")
            assert (amount.money, amount.required) == ("currency", True)

            # Everything is asked before anything is signed; what it rests on is read, though nobody had read it before.
            for changes, code in (
                ({"amount_minor": "15"}, "not_valid"),
                ({"tip": 1}, "unknown_field"),
                ({"reason": "zero\u200bwidth"}, "unclean"),
                ({"amount_minor": 200_000}, "over_refundable"),
                ({"currency": "USD"}, "other_currency"),
                ({"payment_id": "pay_other"}, "foreign_payment"),
            ):
                wrong = await acting.preview(conversation, "refund_payment", {**wanted, **changes})
                assert (wrong.draft, wrong.binding, wrong.faults[0].code) == (None, None, code), (changes, wrong.faults)
            preview = await acting.preview(conversation, "refund_payment", wanted)
            assert preview.faults == ()
            assert (preview.countersigners, preview.required_people, preview.able) == ("one", 1, 1)
            assert "15.00\xa0EUR" in preview.title
            assert {one.label for one in preview.evidence} >= {"Still refundable", "Order belongs to customer"}
            owner = next(one for one in preview.evidence if one.label == "Order belongs to customer")
            assert owner.this_customer, "a form may call the customer by name, not by an id"
            known = await acting.preview(conversation, "refund_payment")
            assert "NW-10023" in next(field for field in known.fields if field.name == "order_id").known

            # The signature is about exactly that, is this person's, and approves nothing.
            assert preview.draft is not None
            assert preview.binding is not None
            assert preview.ask is not None
            assert bo.session is not None
            yes = bo_signer.decision_on(bo.session.core, preview.ask, preview.binding, "approve")
            command = ProposeAction(conversation=conversation, draft=preview.draft, envelope=yes)
            await refused(bo.command(command), "not_a_decision")
            bent = preview.model_copy(update={"binding": preview.binding.model_copy(update={"arguments_digest": "0" * 64})})
            await refused(acting.propose(bent), "other_arguments")
            await refused(Acting(ada[0]).propose(preview), "preview_gone")
            await acting.propose(preview, comment="She sent a picture.")
            await refused(acting.propose(preview), "preview_gone")

            card = await raised(ada[0], preview)
            assert (card.proposed_name, card.money) == ("Bo Becker", preview.money)
            assert [one.this_customer for one in card.evidence if one.label == owner.label] == [True]
            detail = await ada[0].detail(conversation)
            assert detail is not None
            assert "this customer (Giulia De Luca)" in {one.value for one in detail.facts}
            await refused(bo.approve(card), "own_proposal")
            assert it.refunds() == []
            equal = await acting.preview(conversation, "refund_payment", {**wanted, "reason": "Once more."})
            assert [fault.code for fault in equal.faults] == ["pending_elsewhere"]

            # He still has the conversation: his own action is done all the same, once, when somebody else agrees.
            await ada[0].approve(card)
            over = await closed(ada[0], card)
            assert (over.closed_by, over.closed_name) == ("person", "Ada Admin")
            assert [refund["amount_minor"] for refund in it.refunds()] == [1500]
            detail = await bo.detail(conversation)
            assert detail is not None
            calls = [item for item in detail.items if isinstance(item, ToolCallItem)]
            call = next(item for item in calls if item.proposal == preview.proposal)
            assert (call.tool, call.outcome) == ("refund_payment", "succeeded")
            outcome, notice = await told(it, bo, card)
            assert (outcome, notice["proposed_by"], notice["arguments"]) == ("succeeded", "colleague", wanted)
            assert "tool_use_id" not in notice
            log = await bo.log(conversation)
            assert log["verified"] is True

            # Whoever verifies the file, or the whole database, years later finds it in order.
            report = check_file(await ada[0].export(conversation))
            assert (report.findings, report.executed) == ((), 1)
            found = await asyncio.to_thread(verify, tmp_path / "data" / "countersign.sqlite3")
            assert [str(each) for each in found.findings] == []

    asyncio.run(run())


def test_R_E3_R_C5_an_own_action_waits_while_somebody_else_has_the_conversation_and_outlives_handing_over(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            lea, _ = await it.colleague(ada, "Lea Lind", role="lead")
            conversation, wanted = await taken(it, bo)
            acting = Acting(bo)

            # Only who has it proposes, and what was shown to him is gone with the control.
            assert [one.code for one in (await Acting(lea).preview(conversation)).obstacles] == ["not_in_control"]
            preview = await acting.preview(conversation, "refund_payment", wanted)
            await bo.command(HandToTeam(conversation=conversation))
            await refused(acting.propose(preview), "not_in_control")
            await bo.command(TakeOver(conversation=conversation))
            again = await acting.preview(conversation, "refund_payment", wanted)
            await acting.propose(again)
            card = await raised(lea, again)

            # Somebody else has it: it waits, and cannot be approved; nobody has it: it acts.
            await bo.command(HandToTeam(conversation=conversation))
            await ada[0].command(TakeOver(conversation=conversation))
            await refused(lea.approve(await shown(lea, card, lambda one: one.binding)), "human_control")
            assert it.refunds() == []
            await ada[0].command(HandBack(conversation=conversation))
            await lea.approve(await shown(lea, card, lambda one: one.binding))
            over = await closed(lea, card)
            assert (over.closed_by, over.closed_name) == ("person", "Lea Lind")
            assert [refund["amount_minor"] for refund in it.refunds()] == [1500]

            # The agent, who has it again, is told by code and tells the customer as usual.
            async def said() -> bool | None:
                return True if any("15.00" in reply["text"] for reply in await it.replies()) else None

            await until(lea, said)

    asyncio.run(run())


def test_R_C3_what_belongs_to_another_customer_is_not_even_read_into_the_conversation(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            conversation, wanted = await taken(it, bo)
            assert it.core.sandbox is not None
            people = it.core.sandbox.shop.people()
            other = next(p for p in people if p.orders and all(order.id != "NW-10023" for order in p.orders))
            foreign = {**wanted, "order_id": other.orders[0].id}
            wrong = await Acting(bo).preview(conversation, "refund_payment", foreign)
            assert wrong.draft is None
            assert wrong.faults
            found = await bo.detail(conversation)
            assert found is not None
            assert other.orders[0].id not in found.model_dump_json()
            log = await bo.log(conversation)
            ended = [e["event"] for e in log["events"] if e["event"]["type"] == "effect_finished"]
            reads = [each for each in ended if each.get("code") not in (None, "superseded")]  # what taking over cut short
            assert {each["code"] for each in reads} <= {"not_this_customers", "not_found"}
            assert all(each["facts"] == [] for each in reads)
            assert reads

    asyncio.run(run())


def test_R_C7_an_action_of_somebody_whose_key_fell_is_not_done_whoever_approves_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            conversation, wanted = await taken(it, bo)
            acting = Acting(bo)
            preview = await acting.preview(conversation, "refund_payment", wanted)
            await acting.propose(preview)
            await raised(ada[0], preview)
            await Operators(ada[0]).revoke(bo_signer.key.fingerprint, "lost")
            card = await raised(ada[0], preview)
            await ada[0].approve(card)
            over = await closed(ada[0], card)
            assert (over.closed_by, over.closed_sentence) == ("lapsed", CHECKS["proposer_gone"].sentence)
            assert it.refunds() == []

    asyncio.run(run())


def test_R_C6_R_A3_what_was_proposed_and_approved_survives_the_core_and_happens_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            conversation, wanted = await taken(it, bo)
            preview = await Acting(bo).preview(conversation, "refund_payment", wanted)
            await Acting(bo).propose(preview)
            card = await raised(ada[0], preview)
            await it.core.engine.stop()
            await ada[0].approve(card)
            assert it.refunds() == []
        async with scene(tmp_path) as it:
            reader = await it.reader()

            async def done() -> bool | None:
                return True if it.refunds() else None

            await until(reader, done)
            assert preview.ask is not None
            over = await reader.ask(preview.ask)
            await closed(reader, over)
            assert [refund["amount_minor"] for refund in it.refunds()] == [1500]

    asyncio.run(run())

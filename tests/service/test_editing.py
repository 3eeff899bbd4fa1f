"""What was proposed, changed by a person before it is approved: asked about first, signed as shown, told exactly (R-C3)."""

import asyncio
import json
from pathlib import Path
from typing import Any

from agent_core.contract.commands import Edit, HandBack, TakeOver
from agent_core.contract.views import AskCard
from console.headless.asks import Asks
from console.headless.client import CoreClient
from tests.service.scene import Scene, approval, closed, scene, settled, until
from tests.service.test_asks_life import ONE, refused, shown


async def proposed(client: CoreClient, card: AskCard) -> dict[str, Any]:
    """The arguments as they are proposed."""
    asked = await Asks(client).edit_preview(card)
    assert (asked.draft, asked.faults) == (None, ())
    return {field.name: field.value for field in asked.fields if field.value is not None}


async def told(it: Scene, client: CoreClient, card: AskCard) -> tuple[str, dict[str, Any]]:
    """What the run was told last."""
    log = await client.log(card.conversation)
    event = next(each["event"] for each in reversed(log["events"]) if each["event"]["type"] == "notice_given")
    body = (await it.core.store.bodies([event["notice"]["id"]]))[event["notice"]["id"]]
    return event["outcome"], json.loads(body.text)


def test_R_C3_a_smaller_amount_is_approved_by_whoever_makes_it_and_the_agent_is_told_exactly(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            lea, _ = await it.colleague(ada, "Lea Lind", role="lead")
            conversation = await it.write(ONE)
            card = await approval(bo)
            await settled(bo, conversation, 2)
            asks, now = Asks(bo), await proposed(bo, card)
            assert now["amount_minor"] == 6490

            # Everything is asked before anything is signed: schema, policy, what cannot be kept, no change at all.
            for changes, code, field in (
                ({"amount_minor": "50"}, "not_valid", "amount_minor"),
                ({"amount_minor": -1}, "not_valid", "amount_minor"),
                ({"amount_minor": 64.5}, "not_canonical", ""),
                ({"tip": 1}, "unknown_field", ""),
                ({"reason": "zero\u200bwidth"}, "unclean", "reason"),
                ({"amount_minor": 6491}, "over_refundable", ""),
                ({"payment_id": "pay_other"}, "foreign_payment", ""),
                ({}, "nothing_changed", ""),
            ):
                wrong = await asks.edit_preview(card, {**now, **changes})
                assert (wrong.draft, wrong.binding) == (None, None)
                assert (wrong.faults[0].code, wrong.faults[0].field) == (code, field), wrong.faults
            missing = await asks.edit_preview(card, {"amount_minor": 1})
            assert {fault.code for fault in missing.faults} == {"missing"}

            # Less, and other words: it only narrows, so one's own signature approves it.
            less = {**now, "amount_minor": 5000, "reason": "Half of it arrived."}
            preview = await asks.edit_preview(card, less)
            assert (preview.narrows, preview.may_approve, preview.people_besides) == (True, True, 0)
            assert "50.00\xa0EUR" in preview.title
            assert {change.label for change in preview.changes} == {"Amount", "Reason"}

            # Nobody else can sign what was shown to him, nothing else can be signed under it, and a denial is no edit.
            assert preview.draft is not None
            assert preview.binding is not None
            assert preview.new_ask is not None
            assert bo.session is not None
            assert lea.session is not None
            await refused(Asks(lea).edit(preview), "preview_gone")
            other = await asks.edit_preview(card, {**now, "amount_minor": 4000})
            assert other.draft is not None
            crossed = bo_signer.decision_on(bo.session.core, preview.new_ask, preview.binding, "approve")
            bent = Edit(conversation=conversation, draft=other.draft, envelope=crossed)
            await refused(bo.command(bent), "other_customer")
            no = bo_signer.decision_on(bo.session.core, preview.new_ask, preview.binding, "deny")
            await refused(bo.command(Edit(conversation=conversation, draft=preview.draft, envelope=no)), "not_an_approval")
            old = bo_signer.decision(bo.session.core, card, "approve")
            await refused(bo.command(Edit(conversation=conversation, draft=preview.draft, envelope=old)), "other_proposal")
            assert it.refunds() == []

            yes = bo_signer.decision_on(bo.session.core, preview.new_ask, preview.binding, "approve")
            command = Edit(conversation=conversation, draft=preview.draft, envelope=yes)
            done = await bo.command(command, key="k1")
            assert await bo.command(command, key="k1") == done
            first = await closed(bo, card)
            assert (first.closed_by, first.closed_name) == ("person", "Bo Becker")

            await shown(bo, card.model_copy(update={"ask": preview.new_ask}), lambda one: one.state == "closed")
            assert [refund["amount_minor"] for refund in it.refunds()] == [5000]
            await settled(bo, conversation, 3)
            outcome, notice = await told(it, bo, card)
            assert (outcome, notice["outcome"]) == ("edited_succeeded", "edited_succeeded")
            assert {each["argument"]: (each["from"], each["to"]) for each in notice["changed"]} == {
                "amount_minor": (6490, 5000),
                "reason": (now["reason"], "Half of it arrived."),
            }
            assert notice["effective_arguments"] == less
            assert "50.00" in (await it.replies())[-1]["text"]
            await refused(asks.edit(other), "ask_over")

    asyncio.run(run())


def test_R_C3_R_C7_any_other_change_is_ones_own_proposal_and_somebody_else_approves_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund 25 EUR for order NW-10023")
            card = await approval(bo)
            asks, now = Asks(bo), await proposed(bo, card)
            more = await asks.edit_preview(card, {**now, "amount_minor": now["amount_minor"] + 500})
            assert (more.narrows, more.may_approve, more.people_besides) == (False, False, 1)
            assert more.draft is not None
            assert more.binding is not None
            assert more.new_ask is not None
            assert bo.session is not None

            # It cannot be smuggled in as an approval, nor as a smaller change.
            forged = bo_signer.decision_on(bo.session.core, more.new_ask, more.binding, "approve")
            await refused(
                bo.command(Edit(conversation=card.conversation, draft=more.draft, envelope=forged)), "own_proposal"
            )
            hidden = more.model_copy(update={"narrows": True})
            await refused(asks.edit(hidden), "other_edit")

            await asks.edit(more, comment="Shipping was ours to pay.")
            raised = await shown(ada[0], card.model_copy(update={"ask": more.new_ask}), lambda it: it.binding)
            assert (raised.proposed_name, raised.expires_at, raised.raised_at) == (
                "Bo Becker",
                card.expires_at,
                card.raised_at,
            )
            await refused(bo.approve(raised), "own_proposal")

            # Making it smaller again does not make it the agent's: it stays his, and he cannot approve it.
            less = await asks.edit_preview(raised, {**now, "amount_minor": now["amount_minor"] + 400})
            assert (less.narrows, less.may_approve) == (True, False)
            assert [each.code for each in less.obstacles] == ["own_proposal"]
            await refused(asks.edit(less, approve=True), "own_proposal")
            await asks.edit(less)
            assert less.new_ask is not None
            last = await shown(ada[0], card.model_copy(update={"ask": less.new_ask}), lambda it: it.binding)
            assert last.proposed_name == "Bo Becker"
            await refused(bo.approve(last), "own_proposal")
            assert it.refunds() == []

            await ada[0].approve(last)
            over = await closed(ada[0], last)
            assert (over.closed_by, over.closed_name) == ("person", "Ada Admin")
            assert [refund["amount_minor"] for refund in it.refunds()] == [now["amount_minor"] + 400]
            log = await ada[0].log(card.conversation)
            assert log["verified"] is True
            ends = [e["event"]["outcome"] for e in log["events"] if e["event"]["type"] == "proposal_settled"]
            assert ends == ["edited", "edited", "executed"]

    asyncio.run(run())


def test_R_C3_R_C5_ones_own_proposal_stays_ones_own_through_a_lapse_and_waits_while_a_person_has_control(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            lea, _ = await it.colleague(ada, "Lea Lind", role="lead")
            conversation = await it.write("Please refund 25 EUR for order NW-10023")
            card = await approval(bo)
            now = await proposed(bo, card)
            more = await Asks(bo).edit_preview(card, {**now, "amount_minor": 3000})
            await Asks(bo).edit(more)
            assert more.new_ask is not None
            mine = await shown(lea, card.model_copy(update={"ask": more.new_ask}), lambda it: it.binding)

            # Somebody refunded a part elsewhere meanwhile: it lapses, which is nobody's no, and comes again as his.
            assert it.core.sandbox is not None
            it.core.sandbox.shop.refund(
                now["payment_id"], amount_minor=1000, currency="EUR", reason="by hand", idempotency_key="by hand"
            )
            await lea.approve(mine)
            lapsed = await closed(lea, mine)
            assert (lapsed.closed_by, lapsed.closed_name) == ("lapsed", None)

            async def renewed() -> AskCard | None:
                return next((one for one in await lea.asks() if one.kind == "approval" and one.ask != mine.ask), None)

            again = await until(lea, renewed)
            assert again.proposed_name == "Bo Becker"
            assert {change.label for change in again.changes} >= {"Amount", "Still refundable"}
            await refused(bo.approve(again), "own_proposal")

            # While a person has the conversation it is kept and cannot be approved or changed; it can be denied.
            await ada[0].command(TakeOver(conversation=conversation))
            held = await shown(lea, again, lambda it: it.state == "waiting")
            await refused(lea.approve(held), "human_control")
            await refused(Asks(lea).edit_preview(held, {**now, "amount_minor": 2000}), "human_control")
            await refused(Asks(lea).ask_back(held, "Why?"), "agent_stopped")
            await lea.deny(held, comment="We send a new one instead.")
            over = await closed(lea, again)
            assert (over.closed_by, over.closed_name) == ("person", "Lea Lind")
            await ada[0].command(HandBack(conversation=conversation))

            async def answered() -> bool | None:
                return True if any("We send a new one instead." in reply["text"] for reply in await it.replies()) else None

            await until(lea, answered)
            outcome, notice = await told(it, lea, card)
            assert (outcome, notice["by"]) == ("denied", "person")
            assert [(each["argument"], each["from"], each["to"]) for each in notice["changed"]] == [
                ("amount_minor", 2500, 3000)
            ]
            assert "effective_arguments" not in notice
            assert [refund["amount_minor"] for refund in it.refunds()] == [1000]

    asyncio.run(run())

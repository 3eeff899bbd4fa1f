"""An ask's whole life over HTTP: taken, taken from somebody, asked back, sent up, decided by two (R-C3)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.actors import System
from agent_core.contract.bodies import new_body
from agent_core.contract.commands import Decide
from agent_core.contract.events import KeyRevoked
from agent_core.contract.ids import CORE_STREAM
from agent_core.contract.views import AskCard
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.store import Append, Draft
from console.headless.asks import Asks
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from console.headless.signing import KeyPair, Seen, Signer
from tests.service.scene import CONSOLE, NORTHWIND, Scene, approval, closed, quick_brand, scene, settled, until

ONE = "Please refund NW-10023"


_TWO = """
@id("two-for-much")
@why("A refund above 50.00 EUR needs two people here")
@code("two_people")
forbid (principal, action == Action::"refund_payment.executeApproved", resource is Order)
unless { context.approval.approverCount >= 2 || context.arguments.amountMinor <= 5000 };
"""


def two_people(folder: Path, *, undo_s: int = 0) -> None:
    """A brand where a refund above 50.00 EUR needs two."""
    policies = quick_brand(folder, undo_s=undo_s) / "authority.cedar"
    policies.write_text(policies.read_text(encoding="utf-8") + _TWO, encoding="utf-8")


async def shown(client: CoreClient, card: AskCard, wanted: Callable[[AskCard], object]) -> AskCard:
    """The card, once there is one and something is true of it."""

    async def look() -> AskCard | None:
        try:
            found = await client.ask(card.ask)
        except CoreRefused as no:
            if no.code != "not_found":
                raise
            return None
        return found if wanted(found) else None

    return await until(client, look)


async def refused(doing: Awaitable[object], code: str) -> str:
    """The sentence of a refusal with this code."""
    with pytest.raises(CoreRefused) as no:
        await doing
    assert no.value.code == code, f"{no.value.code}: {no.value.message}"
    return no.value.message


class Thinking:
    """The sandbox's model, which thinks about a person's question for as long as a test wants."""

    def __init__(self, it: Scene) -> None:
        brand = it.core.means.shelf.active(NORTHWIND)
        self.inner: Any = brand.model
        self.done = asyncio.Event()
        object.__setattr__(brand, "model", self)

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        if request.purpose == "ask_back":
            await self.done.wait()
        answer: ModelAnswer = await self.inner.answer(request, deadline_seconds=deadline_seconds)
        return answer

    async def close(self) -> None:
        await self.inner.close()


def test_R_C3_R_M9_an_ask_is_held_by_one_taken_with_a_reason_asked_back_and_sent_up(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            lea, _ = await it.colleague(ada, "Lea Lind", role="lead")
            client = ada[0]
            conversation = await it.write(ONE)
            first = await approval(bo)
            await settled(client, conversation, 2)

            # Who is not on it decides nothing, passes nothing on, and hears who is.
            await Asks(bo).claim(first)
            card = await shown(client, first, lambda it: it.claimed_name)
            for doing in (
                client.approve(card),
                client.deny(card),
                Asks(client).ask_back(card, "Why?"),
                Asks(client).escalate(card, "x"),
            ):
                assert (await refused(doing, "claimed")).startswith("Bo Becker is on it.")
            await Asks(client).claim(card, steal="Bo is at lunch.")
            card = await shown(bo, first, lambda it: it.claim_taken_from_name)
            assert (card.claim_taken_from_name, card.claimed_name) == ("Bo Becker", "Ada Admin")
            assert card.claim_reason == "Bo is at lunch."
            assert (await refused(bo.approve(card), "claimed")).startswith("Ada Admin is on it.")

            # The agent answers a person on the card: nothing is executed, and the customer hears nothing.
            said = await it.replies()
            model = Thinking(it)
            await Asks(client).ask_back(card, "Which payment is it, and is it really still open?")
            await refused(Asks(client).ask_back(card, "And now?"), "already_asked")
            model.done.set()
            card = await shown(client, first, lambda it: it.questions and it.questions[-1].state != "waiting")
            answer = card.questions[-1]
            assert (answer.state, answer.name) == ("answered", "Ada Admin")
            assert "refund_payment" in answer.answer
            assert answer.grounded_on > 0
            assert (card.state, card.approvals, it.refunds()) == ("claimed", (), [])
            assert await it.replies() == said

            # Sent up it is for those above alone, on the same clocks.
            await Asks(client).escalate(card, "More than I may decide, I think.")
            up = await shown(client, first, lambda it: it.escalation_note)
            assert (up.roles, up.claimed_by, up.escalated_by_name) == (("lead", "admin"), None, "Ada Admin")
            assert (up.look_by, up.answer_by, up.expires_at) == (card.look_by, card.answer_by, card.expires_at)
            assert up.priority < card.priority
            await refused(bo.approve(up), "role_not_allowed")
            await refused(Asks(bo).escalate(up, "x"), "role_not_allowed")
            await Asks(lea).claim(up)
            await lea.approve(await shown(lea, first, lambda it: it.claimed_by), seen=Seen(up.raised_at, opened=True))
            over = await closed(client, first)
            assert (over.closed_by, over.closed_name, len(it.refunds())) == ("person", "Lea Lind", 1)
            events = [each["event"] for each in (await client.log(conversation))["events"]]
            told = [each for each in events if each["type"] == "notice_given"]
            assert [each["outcome"] for each in told] == ["succeeded"]

    asyncio.run(run())


def test_R_C3_R_C7_two_people_with_two_keys_and_nothing_else_is_two_people(tmp_path: Path) -> None:
    async def run() -> None:
        two_people(tmp_path)
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, bo_signer = await it.colleague(ada, "Bo Becker")
            cy, _ = await it.colleague(ada, "Cy Cole")
            lea, lea_signer = await it.colleague(ada, "Lea Lind", role="lead")
            await it.write(ONE)
            card = await approval(lea)
            assert card.required_people == 2
            await lea.approve(card)
            half = await shown(bo, card, lambda it: it.second_person_wanted)
            assert (half.state, it.refunds()) == ("waiting", [])

            # The same person, also with another key of theirs; somebody else's name over one's own key; one key for two.
            await refused(lea.approve(half), "same_person")
            other = Signer(KeyPair.new(), lea_signer.operator, "lead", CONSOLE)
            assert lea.session is not None
            limit = lea.session.limit
            await ada[0].enrol(ada[1].enrolment(await ada[0].challenge(), name="Lea Lind", limit=limit, of=other))
            again = await it.console()
            await again.sign_in(other)
            await refused(again.approve(half), "same_person")
            assert bo.session is not None
            borrowed = Signer(lea_signer.key, bo_signer.operator, "supervisor", CONSOLE)
            await refused(bo.command(decision(bo.session.core, borrowed, half)), "foreign_operator")
            shared = Signer(lea_signer.key, bo_signer.operator, "supervisor", CONSOLE)
            wanted = ada[1].enrolment(await ada[0].challenge(), name="Bo Becker", limit=limit, of=shared)
            await refused(ada[0].enrol(wanted), "enrolment_refused")

            # A key revoked in between: its yes counts no more, everybody is asked anew.
            await revoke(it, lea_signer)
            await refused(bo.approve(half), "approval_void")
            anew = await shown(bo, card, lambda it: not it.approvals)
            assert anew.binding is not None
            assert half.binding is not None
            assert anew.binding.nonce != half.binding.nonce
            await refused(bo.approve(half), "nonce_not_issued")

            # Who makes it smaller counts with that change or not at all; an admin is one person like everybody else.
            asks = Asks(bo)
            now = {field.name: field.value for field in (await asks.edit_preview(anew)).fields if field.value is not None}
            less = await asks.edit_preview(anew, {**now, "amount_minor": 6000})
            assert (less.narrows, less.required_people, less.people_besides) == (True, 2, 1)
            await asks.edit(less, approve=False)
            assert less.new_ask is not None
            smaller = await shown(bo, card.model_copy(update={"ask": less.new_ask}), lambda it: it.binding)
            assert (smaller.approvals, smaller.proposed_by) == ((), None)
            await ada[0].approve(smaller)
            half = await shown(bo, smaller, lambda it: it.second_person_wanted)
            await refused(ada[0].approve(half), "same_person")
            await refused(bo.approve(half), "own_edit")
            assert it.refunds() == []
            await cy.approve(half)
            over = await closed(bo, smaller)
            assert over.closed_by == "person"
            assert [refund["amount_minor"] for refund in it.refunds()] == [6000]
            assert {given.name for given in over.approvals} == {"Ada Admin", "Cy Cole"}

    asyncio.run(run())


def decision(core: str, signer: Signer, card: AskCard) -> Decide:
    """An approval as somebody would send it past their own console."""
    return Decide(envelope=signer.decision(core, card, "approve"))


async def revoke(it: Scene, whose: Signer) -> None:
    """The key counts no more; a revocation is honoured even when its proof is damaged."""
    body = new_body("envelope", "{}")
    event = KeyRevoked(key=whose.key.fingerprint, operator=whose.operator, statement="0" * 64, envelope=body.ref)
    await it.core.store.append(Append(CORE_STREAM, [Draft(event, System(part="test"))], bodies=[body]))

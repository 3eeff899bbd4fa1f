"""A customer nobody vouches for proves who they are by code, once, and need not repeat what they want (R-B6)."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from agent_core.contract.actors import System
from agent_core.contract.bodies import new_body
from agent_core.contract.events import AskRaised, EffectFinished, EffectStarted, FactsLearned, Routed, RunInput, RunOpened
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import ConversationId, FactId
from agent_core.engine.identity import customer_of
from agent_core.engine.session import Remembered, Session
from agent_core.store import Append, Draft
from agent_core.systems.port import NotChecked, NotProven, Proven
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play

WANT = f"Where is {ORDER}?"


class ShopProver:
    """The shop's own world, asked as the client asks it."""

    def __init__(self, stage: Stage) -> None:
        self._shop = stage.harness.shop
        self.asked: list[tuple[str, str]] = []
        self.down = False

    async def owner(self, email: str, reference: str, *, deadline: datetime) -> Proven | NotProven | NotChecked:
        self.asked.append((email, reference))
        if self.down:
            return NotChecked("down", "The shop cannot be reached.")
        people = self._shop.customers_by_email(email)
        orders = {order["id"] for person in people for order in self._shop.orders_of(person["id"])}
        return Proven(people[0]["id"]) if reference in orders else NotProven()


def prepared(stage: Stage) -> ShopProver:
    prover = ShopProver(stage)
    stage.harness.brand = replace(stage.harness.brand, prover=prover)
    stage.harness.brands.at_work = stage.harness.brand
    return prover


def mail_of(stage: Stage, order: str = ORDER) -> str:
    return stage.harness.shop.customer(stage.harness.shop.order(order)["customer_id"])["email"]


async def stranger(stage: Stage, text: str, event: str = "1", *, thread: str = "thread_1") -> ConversationId:
    """Somebody whom the channel does not know writes."""
    c = await stage.harness.customer_writes(text, f"{thread}:{event}", customer="visitor_7", thread=thread)
    if event == "1":
        value = [{"id": "no.1", "key": "customer.authenticated", "value": False},
                 {"id": "no.2", "key": "customer.email", "value": None}]  # fmt: skip
        body = new_body("facts", json.dumps(value))
        refs = tuple(FactRef(id=FactId(row["id"]), key=row["key"]) for row in value)  # pyright: ignore[reportArgumentType] - rows of the test
        learned = FactsLearned(source="channel chat", facts=refs, body=body.ref)
        await stage.harness.store.append(Append(c, [Draft(learned, System(part="inbound"))], bodies=[body]))
    stage.harness.runner.nudge(c)
    await stage.settle(c)
    return c


def test_R_B6_after_a_proof_the_run_goes_on_and_nobody_repeats_anything(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        prover = prepared(stage)
        c = await stranger(stage, WANT)
        assert "e-mail address" in stage.texts()[-1]
        assert await stage.events(c, RunOpened) == []
        await stranger(stage, f"Sure: {mail_of(stage)}", "2")
        assert prover.asked == [(mail_of(stage), ORDER)]
        (opened,) = await stage.events(c, RunOpened)
        assert opened.workflow == "where_is_my_order"
        (heard,) = await stage.events(c, RunInput)
        assert len(heard.messages) == 2, "it hears the request and the proof"
        assert ORDER in stage.texts()[-1]
        state = await stage.harness.state(c)
        assert state.facts["customer.authenticated"].source == "prove"
        session = Session(stage.harness.store, c, stage.clock, Remembered())
        await session.refresh()
        assert await customer_of(session) == stage.harness.shop.order(ORDER)["customer_id"]
        assert state.unproven == ()
        assert not state.damaged

    play(tmp_path, scene)


def test_R_B6_both_halves_at_once_need_no_question(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        prepared(stage)
        c = await stranger(stage, f"{WANT} I am {mail_of(stage)}")
        assert len(stage.texts()) == 1
        assert [e.purpose for e in await stage.events(c, EffectStarted)][1] == "prove"
        assert [run.phase for run in (await stage.harness.state(c)).runs.values()] == ["answered"]

    play(tmp_path, scene)


def test_R_B6_nobody_learns_which_half_was_wrong(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        prepared(stage)
        other = mail_of(stage, "NW-10030")
        assert other != mail_of(stage)
        told: list[list[str]] = []
        for number, said in enumerate((
            f"{WANT} nobody@nowhere.example", f"{WANT} {other}", f"Where is NW-99999? {mail_of(stage)}",
            "Where is NW-99998? nobody@nowhere.example",
        )):  # fmt: skip
            before = len(stage.texts())
            c = await stranger(stage, said, thread=f"t{number}")
            await stranger(stage, f"Again: {said}", "2", thread=f"t{number}")
            told.append(stage.texts()[before:])
            ends = [e for e in await stage.events(c, EffectFinished) if e.code == "not_proven"]
            assert [(e.outcome, e.sentence) for e in ends] == [
                ("refused", "What the customer named does not belong together.")
            ] * len(ends)
            assert await stage.events(c, RunOpened) == []
            assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["not_authenticated"]
        assert all(texts == told[0] for texts in told)
        assert len(told[0]) == 2, "one more question, then a person"

    play(tmp_path, scene)


def test_R_B6_an_address_that_was_tried_too_often_is_left_to_people_in_every_conversation(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        prover = prepared(stage)
        c = await stranger(stage, f"Where is NW-10999? {mail_of(stage)}", thread="first")
        for number in range(11):
            c = await stranger(stage, f"Where is NW-1{number:04}? {mail_of(stage)}", thread=f"t{number}")
        assert len(prover.asked) == 10
        assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["not_authenticated"]
        assert (await stage.events(c, Routed))[-1].rule == "not_proven"
        stage.clock.forward(days=1)
        await stranger(stage, f"{WANT} {mail_of(stage)}", thread="next_day")
        assert len(prover.asked) == 11

    play(tmp_path, scene)


def test_R_B6_a_shop_that_does_not_answer_is_no_wrong_answer(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        prover = prepared(stage)
        prover.down = True
        c = await stranger(stage, f"{WANT} {mail_of(stage)}")
        assert (await stage.harness.state(c)).proofs_failed == 0
        assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["tool_unavailable"]
        assert "colleague" in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_B6_proof_of_one_customer_opens_no_other_customers_order(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        prepared(stage)
        theirs = next(
            f"NW-{number}" for number in range(10024, 10060)
            if stage.harness.shop.order(f"NW-{number}")["customer_id"] != stage.harness.shop.order(ORDER)["customer_id"]
        )  # fmt: skip
        c = await stranger(stage, f"{WANT} {mail_of(stage)}")
        await stranger(stage, f"And where is {theirs}?", "2")
        assert "could not find" in stage.texts()[-1] or "colleague" in stage.texts()[-1]
        state = await stage.harness.state(c)
        assert not any(key.startswith(f"payment.{theirs}") for key in state.facts)

    play(tmp_path, scene)

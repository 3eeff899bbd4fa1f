"""Exactly once, over HTTP, against a core in a process of its own (R-C6, R-M9): whoever clicks, repeats, or pulls the plug.

What happened is what the shop says. A seed says who comes first and by how little.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest

from agent_core.contract.commands import CommandDone, Decide
from agent_core.contract.views import AskCard
from console.headless.client import CoreClient
from console.headless.errors import Conflict, CoreRefused
from tests.end_to_end.far_core import FarCore, card_about, far_core, over

Word = Literal["approve", "deny"]
WORDS: tuple[Word, ...] = ("approve", "deny")
CLOSE = 0.010
"""Within so many seconds two people decide."""
ROUNDS = 1


_T = TypeVar("_T")


def play(folder: Path, scene: Callable[[FarCore], Awaitable[None]]) -> None:
    async def run() -> None:
        async with far_core(folder) as it:
            await scene(it)

    asyncio.run(run())


async def asked_about(it: FarCore, client: CoreClient, order: str, thread: str) -> AskCard:
    """A customer wants their money back; the card that asks for it."""
    await it.write(f"Please refund 10 EUR for order {order}", thread, order)
    return await card_about(client, order)


async def decides(client: CoreClient, card: AskCard, word: Word, after: float) -> CommandDone | Conflict:
    """One person's click."""
    await asyncio.sleep(after)
    try:
        return await (client.approve(card) if word == "approve" else client.deny(card))
    except Conflict as lost:
        return lost


async def together(*work: Coroutine[Any, Any, _T]) -> list[_T]:
    """All of it at once."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
    return [task.result() for task in tasks]


async def two_people(it: FarCore, seed: int, rounds: int) -> None:
    chance = random.Random(seed)
    first, second = await it.people()
    names = {0: "Ada Admin", 1: "Bo Becker"}
    cards: list[tuple[str, AskCard, bool]] = []
    for number, order in enumerate(it.refundable()[:rounds]):
        card = await asked_about(it, first, order, f"t{number}")
        words: list[Word] = [chance.choice(WORDS) for _ in range(2)]
        waits = [chance.uniform(0.0, CLOSE) for _ in range(2)]
        said = await together(
            *(decides(client, card, word, wait) for client, word, wait in zip((first, second), words, waits, strict=True))
        )
        won = [place for place, each in enumerate(said) if isinstance(each, CommandDone)]
        assert len(won) == 1, (seed, number, said)
        lost = said[1 - won[0]]
        assert isinstance(lost, Conflict)
        verb = "approved" if words[won[0]] == "approve" else "denied"
        assert (lost.code, lost.message) == ("decided_already", f"{names[won[0]]} has already {verb} this."), (seed, number)
        cards.append((order, card, verb == "approved"))
    for order, card, approved in cards:
        closed = await over(first, card)
        assert closed.closed_by == "person"
        assert [each["amount_minor"] for each in it.refunds(order)] == ([1_000] if approved else []), (seed, order)


async def one_person_clicks_often(it: FarCore, client: CoreClient, other: CoreClient, order: str) -> None:
    card = await asked_about(it, client, order, "often")
    assert client.session is not None
    command = Decide(envelope=client.signer.decision(client.session.core, card, "approve"))
    done = await together(*(client.command(command, key="click") for _ in range(4)))
    assert len({each.statement for each in done}) == 1, "a double click is one click"
    assert await client.command(command, key="click") == done[0], "so is one that was sent again"
    for again in (
        client.command(command, key="another"),
        client.command(Decide(envelope=client.signer.decision(client.session.core, card, "approve")), key="signed-again"),
        client.command(Decide(envelope=client.signer.decision(client.session.core, card, "deny")), key="thought-again"),
        other.approve(card, key="colleague"),
        other.command(command, key="same-envelope"),
    ):
        with pytest.raises(CoreRefused) as refused:
            await again
        assert refused.value.code in {"decided_already", "already_done", "nonce_used", "foreign_operator"}
    with pytest.raises(CoreRefused) as mismatch:
        await client.command(Decide(envelope=client.signer.decision(client.session.core, card, "approve")), key="click")
    assert mismatch.value.code == "idempotency_mismatch"
    await over(client, card)
    assert len(it.refunds(order)) == 1
    assert await client.command(command, key="click") == done[0], "also long afterwards"
    assert len(it.refunds(order)) == 1


async def honest_second(it: FarCore, client: CoreClient, order: str) -> None:
    """The same again, really meant: it is shown to the person that there was one already, and then it is done."""
    first = await asked_about(it, client, order, "second")
    await it.write(f"Please refund 10 EUR for order {order}", "elsewhere", order)  # while the first one waits
    await client.approve(await client.ask(first.ask))
    await over(client, first)
    assert len(it.refunds(order)) == 1
    cards = [card for card in await client.asks() if card.kind == "approval" and order in card.model_dump_json()]
    assert cards == [], "an equal wish that was open is no second proposal"
    again = await asked_about(it, client, order, "later")
    assert "Equal action" in {row.label for row in again.rows}, "whoever says yes sees that it was done before"
    await client.approve(again)
    await over(client, again)
    assert [each["amount_minor"] for each in it.refunds(order)] == [1_000, 1_000]


async def killed_in_between(it: FarCore, client: CoreClient, order: str, *, when: str) -> tuple[CoreClient, CoreClient]:
    """A yes; then the core dies before it acts, or while the shop is asked, before or after the shop has done it."""
    key = when.replace(" ", "-")
    card = await asked_about(it, client, order, key)
    assert client.session is not None
    command = Decide(envelope=client.signer.decision(client.session.core, card, "approve"))
    if when != "before it acts":
        await it.late("late" if when == "the shop has done it" else "slow", 4.0)
    done = await client.command(command, key=key)
    if when == "before it acts":
        assert it.refunds(order) == []
    else:
        it.faults.requests.clear()
        await it.asked(order)
    await it.kill()
    if when == "before it acts":
        assert it.refunds(order) == []
    await it.begin()
    people = await it.back()
    assert await people[0].command(command, key=key) == done, "who was not told is told the same"
    with pytest.raises(Conflict):
        await people[1].approve(card)
    await over(people[0], card)
    assert len(it.refunds(order)) == 1, when
    return people


def test_R_C6_two_people_at_once_and_one_who_clicks_often_and_each_yes_is_done_once(tmp_path: Path) -> None:
    async def scene(it: FarCore) -> None:
        orders = it.refundable()
        await two_people(it, 1, ROUNDS)
        first, second = await it.back()
        await one_person_clicks_often(it, first, second, orders[ROUNDS])

    play(tmp_path, scene)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_R_C6_twice_twenty_pairs_of_people_within_ten_milliseconds_have_one_winner_each(tmp_path: Path, seed: int) -> None:
    play(tmp_path, lambda it: two_people(it, seed, 20))


@pytest.mark.slow
def test_R_C6_a_core_killed_anywhere_between_a_yes_and_its_result_does_it_once(tmp_path: Path) -> None:
    async def scene(it: FarCore) -> None:
        orders = it.refundable()
        people = await it.people()
        for number, when in enumerate(("before it acts", "the shop has not done it", "the shop has done it")):
            people = await killed_in_between(it, people[0], orders[number], when=when)

    play(tmp_path, scene)


@pytest.mark.slow
def test_R_C6_an_equal_wish_is_found_and_an_honest_second_one_is_possible(tmp_path: Path) -> None:
    async def scene(it: FarCore) -> None:
        client, _ = await it.people()
        await honest_second(it, client, it.refundable()[0])

    play(tmp_path, scene)


@pytest.mark.slow
def test_R_C6_of_two_wishes_decided_at_once_each_answer_reaches_its_own(tmp_path: Path) -> None:
    """Approve A, deny B, within milliseconds, many at a time: the right ones are done, and each customer hears their own."""

    async def scene(it: FarCore) -> None:
        first, second = await it.people()
        orders = it.refundable()[:12]
        cards = [await asked_about(it, first, order, f"t{number}") for number, order in enumerate(orders)]
        chance = random.Random(7)
        work: list[Coroutine[Any, Any, CommandDone | Conflict]] = []
        for number, card in enumerate(cards):
            word: Word = "deny" if number % 2 else "approve"
            who = first if chance.random() < 0.5 else second
            work.append(decides(who, card, word, chance.uniform(0.0, CLOSE)))
        assert all(isinstance(each, CommandDone) for each in await together(*work))
        for number, (order, card) in enumerate(zip(orders, cards, strict=True)):
            await over(first, card)
            assert len(it.refunds(order)) == (0 if number % 2 else 1), (number, order)
        for number, card in enumerate(cards):
            log = await first.log(card.conversation)
            ends = [each["event"] for each in log["events"] if each["event"]["type"] == "proposal_settled"]
            assert [end["outcome"] for end in ends] == ["denied" if number % 2 else "executed"], number

    play(tmp_path, scene)

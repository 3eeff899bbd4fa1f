"""Two calls of one answer, both waiting for people: a yes to one and a no to the other, whoever is quick and whatever dies.

Over HTTP, with two consoles, against a core in a process of its own. What happened is what the shop says; who was told what
is what the log says (R-C6, R-A7).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from agent_core.contract.commands import CommandDone
from agent_core.contract.views import AskCard
from console.headless.client import CoreClient
from console.headless.errors import Conflict
from tests.end_to_end.far_core import FarCore, far_core, over, until
from tests.end_to_end.two_calls import AMOUNT, two_calls_brand

When = Literal["nobody dies", "before it acts", "the shop has not done it", "the shop has done it"]
ALL: Final[tuple[When, ...]] = ("nobody dies", "before it acts", "the shop has not done it", "the shop has done it")
CLOSE: Final = 0.010
"""Within so many seconds two people decide."""
Pair = dict[str, AskCard]
"""The two cards of a conversation, by their orders."""


def play(folder: Path, scene: Callable[[FarCore], Awaitable[None]]) -> None:
    async def run() -> None:
        async with far_core(folder, two_calls_brand(folder)) as it:
            await scene(it)

    asyncio.run(run())


def pairs(it: FarCore) -> list[tuple[str, str]]:
    """Two orders each of different people, an odd and an even one, that could be refunded with one yes."""

    def small(order: str) -> bool:
        payments = it.shop.payments_of(order)
        return len(payments) == 1 and 2_000 < payments[0]["refundable_minor"] < 50_000

    found: list[tuple[str, str]] = []
    for person in it.shop.people():
        fitting = [each.id for each in person.orders if small(each.id)]
        odd = [each for each in fitting if int(each[-1]) % 2]
        even = [each for each in fitting if not int(each[-1]) % 2]
        if odd and even:
            found.append((odd[0], even[0]))
    return found


async def both_cards(it: FarCore, client: CoreClient, orders: tuple[str, str], thread: str) -> Pair:
    """A customer wants money back for two orders; both cards, of one conversation."""
    await it.write(f"Please refund {orders[0]} and {orders[1]}", thread, orders[0])

    async def look() -> Pair | None:
        cards = [card for card in await client.asks() if card.kind == "approval"]
        found = {order: card for order in orders for card in cards if order in card.title}
        return found if len(found) == 2 else None

    found = await until(look, client)
    assert len({card.conversation for card in found.values()}) == 1
    assert len({card.ask for card in found.values()}) == 2
    return found


async def decide(client: CoreClient, card: AskCard, word: str, after: float, key: str) -> CommandDone:
    """One person's click."""
    await asyncio.sleep(after)
    return await (client.approve(card, key=key) if word == "approve" else client.deny(card, key=key))


def by_type(log: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The events of one type."""
    return [each["event"] for each in log["events"] if each["event"]["type"] == kind]


async def one_each(
    it: FarCore, people: tuple[CoreClient, CoreClient], orders: tuple[str, str], when: When, seed: int
) -> None:
    """A yes to one and a no to the other; the core may die between the yes and its end."""
    chance = random.Random(seed)
    yes, no = chance.sample(orders, 2)
    for_it, against = chance.sample(people, 2)
    key = f"{when.replace(' ', '-')}-{seed}"
    cards = await both_cards(it, people[0], orders, key)
    if when in {"the shop has not done it", "the shop has done it"}:
        await it.late("late" if when == "the shop has done it" else "slow", 4.0)
    it.faults.requests.clear()
    async with asyncio.TaskGroup() as group:
        approving = group.create_task(decide(for_it, cards[yes], "approve", chance.uniform(0.0, CLOSE), f"{key}-yes"))
        denying = group.create_task(decide(against, cards[no], "deny", chance.uniform(0.0, CLOSE), f"{key}-no"))
    said = (approving.result(), denying.result())
    if when != "nobody dies":
        if when != "before it acts":
            await it.asked(yes)
        await it.kill()
        await it.begin()
        people = await it.back()
        for_it, against = people
    closed = {order: await over(people[0], card) for order, card in cards.items()}
    assert {order: card.closed_by for order, card in closed.items()} == {yes: "person", no: "person"}, (when, seed)
    assert [each["amount_minor"] for each in it.refunds(yes)] == [AMOUNT], (when, seed)
    assert it.refunds(no) == [], (when, seed)
    for card, word in ((cards[yes], "deny"), (cards[no], "approve")):
        with pytest.raises(Conflict):
            await decide(for_it, card, word, 0, f"{key}-late-{word}")
    await told(people[0], cards, yes, no)
    assert len({each.statement for each in said}) == 2
    assert (len(it.refunds(yes)), len(it.refunds(no))) == (1, 0), "and it stays so"


async def told(client: CoreClient, cards: Pair, yes: str, no: str) -> None:
    """Each call of the model hears of its own proposal, and nothing was started for the other."""
    conversation = cards[yes].conversation
    assert conversation is not None

    async def look() -> dict[str, Any] | None:
        found = await client.log(conversation)
        return found if len(by_type(found, "notice_given")) >= 2 else None

    log = await until(look, client)
    proposed = {each["proposal"]["id"]: each["proposal"] for each in by_type(log, "proposed")}
    named = {order: card.binding.proposal for order, card in cards.items() if card.binding is not None}
    assert len({each["run"] for each in proposed.values()}) == 1
    (spoke,) = [each for each in by_type(log, "model_spoke") if {"refund_payment"} == {c["tool"] for c in each["calls"]}]
    asked = [each["tool_use_id"] for each in spoke["calls"]]
    assert sorted(asked) == sorted(each["tool_use_id"] for each in proposed.values()), "two calls of one answer"
    heard = {each["tool_use_id"]: each for each in by_type(log, "notice_given")}
    outcome = {order: heard[proposed[named[order]]["tool_use_id"]] for order in (yes, no)}
    assert {order: each["proposal"] for order, each in outcome.items()} == {yes: named[yes], no: named[no]}
    assert (outcome[yes]["outcome"], outcome[no]["outcome"]) == ("succeeded", "denied")
    settled = {each["proposal"]: each["outcome"] for each in by_type(log, "proposal_settled")}
    assert settled == {named[yes]: "executed", named[no]: "denied"}
    writes = [each for each in by_type(log, "effect_started") if each["kind"] == "write"]
    assert {each["proposal"] for each in writes} == {named[yes]}
    assert len({each["idempotency_key"] for each in writes}) == 1


@pytest.mark.slow
def test_R_C6_of_two_calls_in_one_conversation_each_answer_reaches_its_own_though_the_core_dies(tmp_path: Path) -> None:
    async def scene(it: FarCore) -> None:
        await one_each(it, await it.people(), pairs(it)[0], "the shop has done it", 2)

    play(tmp_path, scene)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_R_C6_of_two_calls_the_right_one_is_done_once_wherever_the_core_dies(tmp_path: Path, seed: int) -> None:
    async def scene(it: FarCore) -> None:
        orders = pairs(it)
        people = await it.people()
        for number, when in enumerate(ALL):
            await one_each(it, people, orders[number], when, seed)
            people = await it.back()

    play(tmp_path, scene)

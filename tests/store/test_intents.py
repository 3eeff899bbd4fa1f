"""An equal action is found however it is asked for, and an honest second one stays possible (R-C6)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent_core.contract.outcomes import ProposalOutcome
from agent_core.store import Append, Draft, DuplicateIntent, IntentClaim, IntentEnd, Store
from tests.store.logs import BRAND, conversation, opened, opening, proposed, settled

INTENT = "11" * 32


def put(*drafts: Draft, number: int = 1, repeats: Sequence[str] = ()) -> Append:
    return Append(conversation(number), drafts, repeats=repeats)


async def holders(store: Store) -> list[tuple[str, str]]:
    return [(row.holder, row.state) for row in await store.intents(BRAND, "order:NW-1")]


def test_R_C6_an_open_intent_is_found_from_another_conversation(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append_all([opening(1), opening(2)])
            await store.append(put(proposed("p1")))
            with pytest.raises(DuplicateIntent) as duplicate:
                await store.append(put(proposed("p2", number=2), number=2))
            found = duplicate.value
            assert (found.proposal, found.conversation, found.state) == ("p1", conversation(1), "open")
            assert len(await store.records(conversation(2))) == 1
            await store.append(put(proposed("p3", number=2, intent="22"), number=2))

    asyncio.run(body())


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        ("executed", [("p1", "executed")]),
        ("unknown", [("p1", "unknown")]),
        ("denied", []),
        ("expired", []),
        ("lapsed", []),
        ("withdrawn", []),
        ("failed", []),
        ("not_executed", []),
    ],
)
def test_R_C6_only_what_did_not_happen_frees_its_intent(
    tmp_path: Path, outcome: ProposalOutcome, left: list[tuple[str, str]]
) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(put(proposed("p1")))
            await store.append(put(settled("p1", outcome)))
            assert await holders(store) == left
            if left:
                with pytest.raises(DuplicateIntent) as duplicate:
                    await store.append(put(proposed("p2")))
                assert duplicate.value.state == outcome
            else:
                await store.append(put(proposed("p2")))

    asyncio.run(body())


def test_R_C6_what_was_executed_stays_executed_whatever_arrives_late(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(put(proposed("p1")))
            await store.append(put(settled("p1", "executed")))
            await store.append(put(settled("p1", "expired")))
            assert await holders(store) == [("p1", "executed")]

    asyncio.run(body())


def test_R_C6_an_unknown_outcome_is_settled_later_either_way(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(put(proposed("p1"), proposed("p2", intent="22")))
            await store.append(put(settled("p1", "unknown"), settled("p2", "unknown")))
            await store.append(put(settled("p1", "executed"), settled("p2", "not_executed")))
            assert await holders(store) == [("p1", "executed")]

    asyncio.run(body())


def test_an_honest_second_refund_is_possible_once_somebody_has_seen_the_first(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(put(proposed("p1"), settled("p1", "executed")))
            await store.append(put(proposed("p2"), repeats=[INTENT]))
            with pytest.raises(DuplicateIntent) as third:
                await store.append(put(proposed("p3"), repeats=[INTENT]))
            assert (third.value.holder, third.value.state) == ("p2", "open")
            await store.append(put(settled("p2", "denied")))
            assert await holders(store) == [("p1", "executed")]

    asyncio.run(body())


@pytest.mark.parametrize("intent", ["11", "22"])
def test_a_proposal_takes_the_place_of_the_one_it_supersedes(tmp_path: Path, intent: str) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(put(proposed("p1")))
            await store.append(put(settled("p1", "lapsed"), proposed("p2", intent=intent, supersedes="p1")))
            assert await holders(store) == [("p2", "open")]
            await store.append(put(proposed("p3", intent=intent, supersedes="p2"), settled("p2", "lapsed")))
            assert await holders(store) == [("p3", "open")]

    asyncio.run(body())


@pytest.mark.parametrize("outcome", ["executed", "unknown"])
def test_R_C6_what_may_have_happened_cannot_be_superseded(tmp_path: Path, outcome: ProposalOutcome) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(put(proposed("p1")))
            await store.append(put(settled("p1", outcome)))
            with pytest.raises(DuplicateIntent):
                await store.append(put(proposed("p2", intent="22", supersedes="p1")))

    asyncio.run(body())


def test_R_C6_an_effect_that_writes_without_a_proposal_holds_its_intent_too(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append_all([opening(1), opening(2)])
            claim = IntentClaim(INTENT, "order:NW-1", "e5")
            await store.append(Append(conversation(1), intents=[claim]))
            await store.append(Append(conversation(1), intents=[claim]))  # the same start, tried again
            with pytest.raises(DuplicateIntent):
                await store.append(Append(conversation(2), intents=[claim]))  # another conversation's e5
            with pytest.raises(DuplicateIntent):
                await store.append(put(proposed("p1", number=2), number=2))
            await store.append(Append(conversation(2), intent_ends=[IntentEnd("e5", "ended")]))  # not theirs
            assert await holders(store) == [("e5", "open")]
            await store.append(Append(conversation(1), intent_ends=[IntentEnd("e5", "executed")]))
            with pytest.raises(DuplicateIntent) as duplicate:
                await store.append(Append(conversation(1), intents=[claim]))
            assert duplicate.value.state == "executed"

    asyncio.run(body())


def test_R_C6_of_many_equal_proposals_at_once_one_is_stored(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append_all([opening(n) for n in range(10)])
            stored: list[int] = []

            async def propose(number: int) -> None:
                try:
                    await store.append(put(proposed(f"p{number}", number=number), number=number))
                    stored.append(number)
                except DuplicateIntent:
                    pass

            async with asyncio.TaskGroup() as group:
                for number in range(10):
                    group.create_task(propose(number))
            assert [(f"p{n}", "open") for n in stored] == await holders(store)
            assert len(stored) == 1

    asyncio.run(body())

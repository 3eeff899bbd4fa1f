"""The agent's caps rest on both sides: what it did itself, and what the other side says was given (R-C1, R-C2)."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import AskRaised, CallJudged, EffectFinished, EffectStarted, NoticeGiven, Proposed
from agent_core.contract.ids import BrandId, ConversationId, EffectId
from agent_core.contract.money import Money
from agent_core.engine.day_counts import Begun, CannotKnow, Day, Theirs, under_way, under_way_about, under_way_key
from agent_core.store import Append
from agent_core.systems.tallying import NO_LIST, CannotTell, Told
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play
from tests.engine.world import WorldTools

ASKS = f"Please refund 20 EUR for order {ORDER}."
DOWN = CannotTell("not_reached", "The shop cannot be reached.", transient=True)


def elsewhere(stage: Stage, minor: int, order: str = ORDER) -> None:
    """Somebody gives money back in the shop itself."""
    stage.harness.shop.alter_order(order, status=None, note=None, refund_elsewhere_minor=minor)


async def tallies(stage: Stage, c: ConversationId) -> list[EffectFinished]:
    """How every question to the other side ended."""
    started = {e.effect for e in await stage.events(c, EffectStarted) if e.purpose == "tally"}
    return [e for e in await stage.events(c, EffectFinished) if e.effect in started]


async def card_of(stage: Stage, c: ConversationId) -> dict[str, Any]:
    """The card of the one proposal."""
    (proposed,) = await stage.events(c, Proposed)
    return await read(stage, proposed.proposal.card)


async def read(stage: Stage, ref: Any) -> Any:
    return json.loads((await stage.harness.store.body(ref)).text)


def told(stage: Stage, *answers: Told | CannotTell | None) -> list[int]:
    """What the other side says, in order; none is what stands in its list. Gives back how often it was asked."""
    asked: list[int] = []
    waiting = list(answers)

    async def answer(found: Told | CannotTell) -> Told | CannotTell:
        asked.append(1)
        said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return found if said is None else said

    stage.harness.tools.tallied = answer
    return asked


def test_R_C1_money_is_given_alone_after_the_other_side_was_asked_and_that_is_on_record(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        elsewhere(stage, 1_000)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [1_000, 2_000]
        (ended,) = await tallies(stage, c)
        assert ended.outcome == "succeeded"
        assert await read(stage, ended.result) == {
            "amount_minor": 1_000, "count": 1, "read_at": "2026-11-21T09:00:00.000000Z",
        }  # fmt: skip
        (asked,) = [e for e in await stage.events(c, EffectStarted) if e.purpose == "tally"]
        question = await read(stage, asked.arguments)
        assert question["since"] == "2026-11-21T00:00:00.000000Z"
        assert question["customer"] == stage.harness.shop.order(ORDER)["customer_id"]
        (judged,) = [e for e in await stage.events(c, CallJudged) if e.writes]
        found = judged.counted
        assert found is not None
        assert (found.ours_minor, found.theirs_minor, found.missing_minor, found.effect) == (0, 1_000, 0, asked.effect)

    play(tmp_path, scene, alone=True)


def test_R_C1_refunds_made_in_the_shop_itself_stop_the_one_that_would_need_nobody(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        elsewhere(stage, 3_100)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [3_100]
        state = await stage.harness.state(c)
        (known,) = state.open_proposals()
        assert known.proposal.code == "needs_approval"
        counted = (await card_of(stage, c))["counted"]
        assert counted["ours"]["amount_minor"] == 0
        assert (counted["theirs"]["amount_minor"], counted["theirs"]["count"]) == (3_100, 1)
        assert counted["read_at"] == "2026-11-21T09:00:00.000000Z"
        assert len(stage.texts()) == 1, "the customer hears that it waits, and of no error"

    play(tmp_path, scene, alone=True)


def test_R_C1_what_was_given_yesterday_is_not_counted(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        elsewhere(stage, 3_100)
        stage.clock.forward(days=1)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [3_100, 2_000]

    play(tmp_path, scene, alone=True)


def test_R_C1_a_restored_database_forgets_nothing_that_the_shop_remembers(tmp_path: Path) -> None:
    """Refunds of one customer, from databases that know nothing of each other, and one shop."""
    given: list[int] = []

    for number in range(3):

        async def scene(stage: Stage) -> None:
            c = await stage.writes(ASKS, "1")
            await stage.settle(c)
            state = await stage.harness.state(c)
            assert len(state.open_proposals()) == (len(stage.harness.refunds()) == len(given))
            given[:] = [r["amount_minor"] for r in stage.harness.refunds()]

        folder = tmp_path / str(number)
        folder.mkdir()
        if number:
            for name in ("shop.sqlite", "shop.sqlite-wal", "shop.sqlite-shm"):
                before = tmp_path / str(number - 1) / name
                if before.exists():
                    (folder / name).write_bytes(before.read_bytes())
        play(folder, scene, alone=True)
    assert given == [2_000, 2_000], "the third would have passed the customer's 50.00 of the day"


NONSENSE = CannotTell("bad_answer", "Nonsense.")


@pytest.mark.parametrize("answer", [DOWN, NO_LIST, NONSENSE], ids=["down", "no list", "nonsense"])
def test_R_C2_when_it_cannot_be_known_a_person_decides_and_reads_why(tmp_path: Path, answer: CannotTell) -> None:
    async def scene(stage: Stage) -> None:
        asked = told(stage, answer)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert stage.harness.refunds() == []
        assert len(asked) == (2 if answer.transient else 1), "once more where that may help"
        (known,) = (await stage.harness.state(c)).open_proposals()
        assert known.proposal.code == "caps_unknown"
        assert "house-given-known" in {rule.id for rule in known.proposal.rules}
        (raised,) = await stage.events(c, AskRaised)
        assert raised.ask.code == "caps_unknown"
        assert raised.ask.sentence == "It could not be found out what this customer was given today, so a person decides."
        counted = (await card_of(stage, c))["counted"]
        assert (counted["theirs"], counted["code"]) == (None, answer.code)
        assert len(stage.texts()) == 1
        assert (await stage.harness.state(c)).control == "agent"
        await stage.harness.decide(c, "approve")
        await stage.settle(c)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [2_000], "a person's yes needs no count"

    play(tmp_path, scene, alone=True)


def test_R_C4_what_a_person_was_asked_because_of_caps_is_asked_anew_when_a_value_changed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        told(stage, DOWN)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        (first,) = (await stage.harness.state(c)).open_proposals()
        elsewhere(stage, 500)
        await stage.harness.decide(c, "approve")
        await stage.settle(c)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [500]
        (again,) = (await stage.harness.state(c)).open_proposals()
        assert again.proposal.supersedes == first.proposal.id
        await stage.harness.decide(c, "approve")
        await stage.settle(c)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [500, 2_000]

    play(tmp_path, scene, alone=True)


def test_R_A7_one_answer_that_got_lost_is_asked_for_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        told(stage, DOWN, None)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [2_000]
        first, second = await tallies(stage, c)
        assert (first.outcome, second.outcome) == ("failed", "succeeded")
        assert first.retry_at is not None

    play(tmp_path, scene, alone=True)


def test_R_A7_a_system_without_room_for_repetitions_is_not_asked_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        while stage.harness.brand.integrations.may_retry("shop"):
            pass
        asked = told(stage, DOWN)
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert len(asked) == 1
        assert len((await stage.harness.state(c)).open_proposals()) == 1

    play(tmp_path, scene, alone=True)


def test_R_A2_a_question_that_a_crash_cut_is_asked_again_but_not_for_ever(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine.runner", "effect_broke")

    async def scene(stage: Stage) -> None:
        asked = 0

        async def dies(_: Told | CannotTell) -> Told | CannotTell:
            nonlocal asked
            asked += 1
            raise asyncio.CancelledError

        stage.harness.tools.tallied = dies
        c = await stage.writes(ASKS, "1")
        await stage.settle(c, within=600)
        assert 1 < asked < 8
        (known,) = (await stage.harness.state(c)).open_proposals()
        assert known.proposal.code == "caps_unknown"

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize("minutes", [1, -60], ids=["old", "from the future"])
def test_R_C1_an_old_answer_is_not_acted_on(tmp_path: Path, minutes: int) -> None:
    """The answer came; before the write could start, time passed, and somebody gave money back in the shop.

    Or the clock was set back, and nobody knows how old the answer is.
    """

    async def scene(stage: Stage) -> None:
        append, waited = stage.harness.store.append, False

        async def slowly(request: Append) -> Any:
            nonlocal waited
            starts = [d.event for d in request.drafts if isinstance(d.event, EffectStarted) and d.event.kind == "write"]
            if starts and not waited:
                waited = True
                stage.clock.forward(minutes=minutes)
                elsewhere(stage, 3_100)
                await append(Append(ConversationId(request.stream), moves_scope=("brand:northwind",)))
            return await append(request)

        stage.harness.store.append = slowly
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert waited
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [3_100]
        assert len(await tallies(stage, c)) == 2
        assert len((await stage.harness.state(c)).open_proposals()) == 1

    play(tmp_path, scene, alone=True)


def test_R_C2_nobody_is_asked_where_no_money_is_given_alone(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = told(stage, DOWN)
        large = await stage.writes(f"Please refund order {ORDER}.", "1", thread="large")
        where = await stage.writes(f"Where is order {ORDER}?", "2", thread="where")
        for c in (large, where):
            await stage.settle(c)
        assert asked == []
        assert len((await stage.harness.state(large)).open_proposals()) == 1
        assert "counted" not in await card_of(stage, large)

    play(tmp_path, scene, alone=True)


def test_R_C2_tools_that_cannot_be_asked_at_all_are_a_person_s(tmp_path: Path) -> None:
    class Mute:
        """Tools of before: they perform, and cannot say what a customer was given."""

        def __init__(self, inner: WorldTools) -> None:
            self.perform, self.reconcile = inner.perform, inner.reconcile

    async def scene(stage: Stage) -> None:
        mute: Any = Mute(stage.harness.tools)
        stage.harness.brands.activate(replace(stage.harness.brands.at_work, tools=mute))
        c = await stage.writes(ASKS, "1")
        await stage.settle(c)
        assert await tallies(stage, c) == []
        (known,) = (await stage.harness.state(c)).open_proposals()
        assert known.proposal.code == "caps_unknown"
        assert await stage.events(c, NoticeGiven) == []

    play(tmp_path, scene, alone=True)


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def day(minor: int = 0, count: int = 0, under: int = 0, under_count: int = 0, *, theirs: int, often: int = 0) -> Day:
    then = Begun(minor, count, under, under_count)
    stand = (minor, count) * 3
    return Day("EUR", NOON, tuple("abcdef"), stand, Theirs(theirs, often, then, EffectId("e1"), NOON))


def test_the_higher_count_is_what_caps_are_held_against() -> None:
    low, high = day(3_000, 2, theirs=1_000, often=1), day(1_000, 1, theirs=3_000, often=2)
    for one in (low, high):
        assert (one.caps.customer_minor, one.caps.customer_count, one.caps.known) == (3_000, 2, True)
    assert high.caps.brand_minor == 3_000, "the brand gave at least what this customer got"
    busy = day(2_000, 1, 2_000, 1, theirs=1_500, often=1)
    assert (busy.caps.customer_minor, busy.caps.customer_count) == (3_500, 2)
    later = busy.caps_at((4_000, 2, 9_000, 7, 4_000, 2))
    assert (later.customer_minor, later.customer_count, later.brand_minor, later.brand_count) == (5_500, 3, 9_000, 7)
    approved = busy.caps_at((2_000, 1, 2_000, 1, 6_000, 2))
    assert (approved.customer_minor, approved.customer_count) == (7_500, 3), "begun with people's yes since they were asked"
    unknown = replace(busy, theirs=CannotKnow("no_list"))
    assert (unknown.caps.known, unknown.found.code, unknown.found.theirs_minor) == (False, "no_list", None)
    assert replace(busy, theirs=None).caps.known, "where nobody has to ask"


def test_what_is_under_way_says_its_amount_and_no_name() -> None:
    secret = b"s" * 32
    euros = under_way_key(Money(amount_minor=10**15, currency="EUR"), "c/r1/t1")
    dollars = under_way_key(Money(amount_minor=7, currency="USD"), "c/r1/t2")
    assert len(euros) <= 64
    assert under_way([euros, dollars], "EUR") == (10**15, 2)
    about = {under_way_about(secret, BrandId(brand), who) for brand in ("northwind", "lumen") for who in ("cus_1", "cus_2")}
    assert len(about) == 4
    assert not [one for one in about if "cus" in one]

"""A person's day is counted from the log: in the brand's time zone, one currency at a time, what still counts (R-C7)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent_core.contract.actors import Actor, Person, System
from agent_core.contract.bodies import new_body
from agent_core.contract.events import AnyEvent, Countersigned, LookAgain, ProposalSettled, Proposed, Recalled
from agent_core.contract.ids import AskId, BrandId, KeyFingerprint, OperatorId, ProposalId, StreamId
from agent_core.contract.money import Money
from agent_core.contract.outcomes import ProposalOutcome
from agent_core.engine.approved_days import ApprovedDays, Asked, day
from agent_core.store import Append, Draft, NewStream, Store
from tests.authority.world import World, world

SUE, BERLIN = OperatorId("sue"), "Europe/Berlin"
NOON = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)  # the day on which Berlin's clocks go forward


class Days:
    """A store in which people approve, and a clock that stands still."""

    def __init__(self, store: Store, made: World) -> None:
        self.store, self.made = store, made
        self.now = NOON
        self.days = ApprovedDays()
        self.streams = 0

    async def proposed(self, money: Money | None) -> tuple[StreamId, ProposalId]:
        """A conversation with one proposal."""
        self.streams += 1
        stream = StreamId(f"c_{self.streams:020d}")
        name = ProposalId(f"p_{self.streams}")
        proposal = self.made.built.proposal.model_copy(
            update={"id": name, "money": money, "intent_key": f"{self.streams:064x}", "conversation": stream}
        )
        made = NewStream("conversation", BrandId("northwind"))
        await self.store.append(Append(stream, [Draft(Proposed(proposal=proposal), System(part="t"))], create=made))
        return stream, name

    async def say(self, stream: StreamId, event: AnyEvent) -> None:
        actor: Actor = Person(operator=SUE)
        await self.store.append(Append(stream, [Draft(event, actor)]))

    async def approves(
        self, money: Money | None, who: OperatorId = SUE, at: datetime | None = None
    ) -> tuple[StreamId, ProposalId]:
        """Somebody approves something of this amount, at a moment."""
        before, self.now = self.now, at or self.now
        where = await self.proposed(money)
        await self.say(where[0], self.yes(where[1], who))
        self.now = before
        return where

    def yes(self, proposal: ProposalId, who: OperatorId = SUE) -> Countersigned:
        return Countersigned(
            ask=AskId("a"), proposal=proposal, decision="approve", operator=who, key=KeyFingerprint("ed25519:0"), nonce="n",
            statement=self.statement(proposal, who), envelope=new_body("envelope", "{}").ref, seen_through=1,
            expires_at=self.now, not_before=self.now,
        )  # fmt: skip

    @staticmethod
    def statement(proposal: ProposalId, who: OperatorId) -> str:
        return f"{proposal}{who}".encode().hex().ljust(64, "0")[:64]

    async def day(self, currency: str | None = "EUR", beside: tuple[StreamId, ProposalId] | None = None) -> tuple[int, int]:
        """Count and minor units of Sue's day; beside one of her approvals: of what she approved before it."""
        stream, proposal = beside or (StreamId("c_x"), ProposalId("p_x"))
        statement = None if beside is None else self.statement(proposal, SUE)
        asked = Asked(SUE, stream, proposal, statement, self.now, BERLIN, currency)
        totals = await self.store.read(lambda tx: self.days.totals(tx, asked))
        anew = ApprovedDays()
        assert totals == await self.store.read(lambda tx: anew.totals(tx, asked))  # what is remembered is what is read
        return totals.count, totals.minor.get(currency or "", 0)


def eur(minor: int) -> Money:
    return Money(amount_minor=minor, currency="EUR")


def play(tmp_path: Path, scene: Callable[[Days], Awaitable[None]]) -> None:
    async def run() -> None:
        holder: list[Days] = []
        async with await Store.open(tmp_path, clock=lambda: holder[0].now if holder else NOON) as store:
            holder.append(Days(store, world()))
            await scene(holder[0])

    asyncio.run(run())


def settled(where: tuple[StreamId, ProposalId], outcome: ProposalOutcome) -> ProposalSettled:
    return ProposalSettled(proposal=where[1], outcome=outcome, by="person", code="x", sentence="It is over.")


def test_R_C7_what_waits_counts_and_what_was_taken_back_does_not(tmp_path: Path) -> None:
    async def scene(it: Days) -> None:
        one, two, three = [await it.approves(eur(minor)) for minor in (100, 20, 3)]
        await it.approves(eur(1_000), OperatorId("sam"))
        assert await it.day() == (3, 123)
        await it.say(one[0], Recalled(ask=AskId("a"), proposal=one[1], operator=SUE, statement=it.statement(one[1], SUE)))
        assert await it.day() == (2, 23)
        await it.say(two[0], LookAgain(proposal=two[1], seen_through=2, nonce="m"))
        assert await it.day() == (1, 3)
        await it.say(two[0], it.yes(two[1]))
        await it.say(two[0], settled(two, "executed"))
        await it.say(three[0], settled(three, "failed"))
        assert await it.day() == (1, 20)

    play(tmp_path, scene)


def test_R_C7_two_currencies_are_never_added(tmp_path: Path) -> None:
    async def scene(it: Days) -> None:
        await it.approves(eur(100))
        await it.approves(Money(amount_minor=7, currency="USD"))
        await it.approves(None)
        assert [await it.day(currency) for currency in ("EUR", "USD", None)] == [(3, 100), (3, 7), (3, 0)]

    play(tmp_path, scene)


def test_R_C7_a_day_is_the_brands_own_also_when_its_clocks_change(tmp_path: Path) -> None:
    begin, end = day(NOON, BERLIN)
    assert (begin, end) == (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))

    async def scene(it: Days) -> None:
        for at, minor in ((begin - timedelta(seconds=1), 1), (begin, 20), (end - timedelta(seconds=1), 300), (end, 4_000)):
            await it.approves(eur(minor), at=at)
        assert await it.day() == (2, 320)
        it.now = end
        assert await it.day() == (1, 4_000)
        it.now = begin - timedelta(hours=1)
        assert await it.day() == (1, 1)

    play(tmp_path, scene)


def test_R_C7_right_before_acting_what_was_approved_earlier_that_day_counts(tmp_path: Path) -> None:
    async def scene(it: Days) -> None:
        first, second = await it.approves(eur(100)), await it.approves(eur(20))
        assert await it.day(beside=first) == (0, 0)
        assert await it.day(beside=second) == (1, 100)
        it.now = NOON + timedelta(hours=13)  # it acts in the next day, and belongs to the day it was given in
        assert await it.day(beside=second) == (1, 100)

    play(tmp_path, scene)

"""A console holds what its lists were read up to, and misses nothing of it, in whatever order it comes (R-M1, R-M2)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from agent_core.contract.ids import AskId, ConversationId
from agent_core.contract.listing import Part, RowFilter, ask_place_of, part_of, place_of
from agent_core.contract.statements import ConsoleIdentity
from agent_core.contract.views import AskCard, AskPage, ConversationRow, Counts, FeedAnswer, RowPage
from console.connected import Connected
from console.headless import feed_decoding
from console.headless.client import CoreClient
from console.headless.feed_decoding import conversation_detail, feed_answer
from console.headless.keys import MemoryKeyStore
from console.state import holding, sentences
from console.state.app_state import AppState, Paging
from console.state.happenings import (
    AsksArrived,
    AsksFailed,
    AsksWanted,
    BrandChosen,
    BucketChosen,
    ConnectionChanged,
    ConversationChosen,
    FeedArrived,
    Happening,
    PageArrived,
    PageFailed,
    PageWanted,
    SearchTyped,
)
from console.state.holding import MOST_LISTED, SPARE, held
from console.state.listing import FilterChosen
from console.state.occasions import Told, occasions
from console.state.ports import RefusedByCore
from console.state.reduce import reduce
from console.state.selectors import open_asks, shown_rows, waiting_asks, wants_asks, wants_page
from tests.console import made
from tests.console.test_listed import changed

PAGE = 5
BUCKETS = ("needs", "all", "agent")
STEPS = st.one_of(
    st.tuples(st.just("change"), st.integers(1, 40), st.integers(0, 60)),
    st.tuples(st.just("ask"), st.sampled_from((0, 1, 2)), st.just(0)),
    st.tuples(st.sampled_from(("come", "fail", "feed", "lost")), st.integers(0, 3), st.just(0)),
)


@dataclass
class Simulated:
    """A core with forty conversations, and a console far away from it."""

    rows: dict[ConversationId, ConversationRow] = field(default_factory=dict[ConversationId, ConversationRow])
    asks: dict[AskId, AskCard] = field(default_factory=dict[AskId, AskCard])
    told: dict[ConversationId, int] = field(default_factory=dict[ConversationId, int])
    coming: list[Happening] = field(default_factory=list[Happening])
    state: AppState = field(default_factory=lambda: AppState(now=made.NOW))
    version: int = 1
    looks: int = 60

    def __post_init__(self) -> None:
        for number in range(1, 41):
            self.change(number, number)
        self.begin()

    def change(self, number: int, look: int) -> None:
        self.version += 1
        row = changed(number, self.version, look)
        self.rows[row.conversation] = row
        if number % 3:
            return  # who has no ask is held for nothing but its place in a list
        card = made.ask(
            number, version=self.version, priority=look % 3, raised_at=made.NOW - timedelta(seconds=look),
            state="closed" if look % 4 == 3 else "waiting",
        )  # fmt: skip
        self.asks[card.ask] = card

    def say(self, happening: Happening) -> None:
        before = self.state
        # As little is spared as can be: what is let go too early is missed.
        self.state = held(before, reduce(before, happening), spare=0, spare_asks=0, looks=self.looks)

    def begin(self) -> None:
        self.told = {name: row.version for name, row in self.rows.items()}
        self.say(FeedArrived(made.answer(rows=(), asks=(), counts=Counts(), begun="here"), made.NOW))

    def feed(self) -> None:
        news = [row for name, row in self.rows.items() if row.version > self.told.get(name, 0)]
        cards = [card for card in self.asks.values() if card.version > self.told.get(card.conversation, 0)]
        self.told |= {row.conversation: row.version for row in news}
        answer = made.answer(reset=False, rows=tuple(news), asks=tuple(cards), counts=Counts(), core=None)
        self.say(FeedArrived(answer, made.NOW))

    def ask(self, which: int) -> None:
        bucket, state = BUCKETS[which], self.state
        paging = state.paging.get(bucket, Paging())
        if paging.more:
            after = () if paging.next is None else tuple(paging.next.split())
            there = sorted(place_of(row) for row in self.rows.values() if bucket in (part_of(row), "all"))
            found = [place for place in there if place > after][:PAGE]
            end = found[-1] if len(found) == PAGE else None
            page = RowPage(
                rows=tuple(self.rows[ConversationId(place[1])] for place in found),  # pyright: ignore[reportArgumentType] - from an id
                next=None if end is None else " ".join(end), counts=Counts(), reached=end,
            )  # fmt: skip
            self.say(PageWanted(bucket))
            self.coming.append(PageArrived(bucket, page, state.narrowing.wanted, state.brand, state.begun))
        if state.asking.more and which == 0:
            after = () if state.asking.next is None else tuple(state.asking.next.split())
            waiting = sorted(ask_place_of(card) for card in self.asks.values() if card.state != "closed")
            found = [place for place in waiting if place > after][:PAGE]
            end = found[-1] if len(found) == PAGE else None
            cards = tuple(self.asks[AskId(place[1])] for place in found)
            self.say(AsksWanted())
            self.coming.append(
                AsksArrived(AskPage(asks=cards, next=end and " ".join(end), counts=Counts(), reached=end), None, state.begun)
            )

    def step(self, kind: str, one: int, other: int) -> None:
        match kind:
            case "change":
                self.change(one, other)
            case "ask":
                self.ask(one)
            case "feed":
                self.feed()
            case "lost":
                if one == 0:
                    self.begin()
            case _ if self.coming:
                came = self.coming.pop(one % len(self.coming))
                if kind == "fail":
                    came = AsksFailed(None) if isinstance(came, AsksArrived) else PageFailed(getattr(came, "bucket", "all"))
                self.say(came)
            case _:
                return


def _upto(rows: Mapping[ConversationId, ConversationRow], bucket: str, paging: Paging) -> list[ConversationRow]:
    fitting = [row for row in rows.values() if bucket in (part_of(row), "all")]
    return sorted((row for row in fitting if paging.reached is None or place_of(row) <= paging.reached), key=place_of)


@settings(max_examples=200, deadline=None)
@given(st.lists(STEPS, max_size=60), st.sampled_from((1, 5, 60)))
def test_R_M1_a_list_read_in_pages_is_the_cores_own_up_to_where_it_was_read(
    steps: list[tuple[str, int, int]], looks: int
) -> None:
    it = Simulated(looks=looks)
    for step in steps:
        it.step(*step)
    while it.coming:
        it.say(it.coming.pop(0))
    it.feed()
    for bucket in BUCKETS:
        paging = it.state.paging.get(bucket)
        if paging is None or not paging.started:
            continue
        assert shown_rows(replace(it.state, bucket=bucket)) == _upto(it.rows, bucket, paging)
    if it.state.asking.started:
        reached = it.state.asking.reached
        waiting = sorted((card for card in it.asks.values() if card.state != "closed"), key=ask_place_of)
        assert open_asks(it.state) == [card for card in waiting if reached is None or ask_place_of(card) <= reached]


def listed(count: int, *, more: bool = True) -> AppState:
    state = reduce(AppState(now=made.NOW), FeedArrived(made.answer(rows=(), asks=(), begun="here"), made.NOW))
    state = reduce(reduce(state, BucketChosen("all")), ConnectionChanged("live", made.NOW))
    rows = tuple(made.row(number) for number in range(1, count + 1))
    page = RowPage(
        rows=rows, next="further" if more else None, counts=Counts(), reached=place_of(rows[-1]) if more else None
    )
    return reduce(state, PageArrived("all", page))


def test_R_M1_what_is_held_does_not_grow_with_what_happens_elsewhere() -> None:
    state = reduce(listed(200), ConversationChosen(made.conversation(90_000)))
    for first in range(1_000, 41_000, 300):
        rows = tuple(made.row(number) for number in range(first, first + 300))
        told = tuple((row.conversation, row.version) for row in rows)
        answer = made.answer(reset=False, rows=rows, asks=(), core=None, changed=told)
        state = reduce(state, FeedArrived(answer, made.NOW))
        assert len(state.rows) <= 200 + SPARE + 300
    assert len(shown_rows(state)) == 200
    assert state.newest == {}


def test_R_M8_what_can_go_is_looked_for_among_a_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = [0]

    def counted(row: ConversationRow) -> Part:
        looked[-1] += 1
        return part_of(row)

    monkeypatch.setattr(holding, "part_of", counted)
    state = listed(MOST_LISTED)
    for first in range(10_000, 40_000, 100):
        rows = tuple(made.row(number) for number in range(first, first + 100))
        looked.append(0)
        state = reduce(state, FeedArrived(made.answer(reset=False, rows=rows, asks=(), core=None), made.NOW))
    assert 0 < max(looked[1:]) <= holding.LOOKS + 2 * 100
    assert len(state.rows) < 2 * (MOST_LISTED + SPARE), "what comes goes again, however much comes"
    assert {made.conversation(number) for number in range(1, MOST_LISTED + 1)} <= state.rows.keys()


def test_what_is_worked_on_stays_though_no_list_shows_it() -> None:
    state = reduce(listed(200), ConversationChosen(made.conversation(5_000)))
    mine = made.row(5_000)
    news = made.answer(reset=False, rows=(mine,), asks=(), core=None, changed=((mine.conversation, 7),))
    state = held(state, reduce(state, FeedArrived(news, made.NOW)), spare=0)
    assert state.rows[mine.conversation] is mine
    assert state.newest == {mine.conversation: 7}
    assert mine not in shown_rows(state)


def test_a_page_asked_for_before_the_story_began_anew_is_not_taken_for_a_page_of_this_one() -> None:
    state = listed(3)
    asked = state.begun
    state = reduce(state, FeedArrived(made.answer(rows=(), asks=(), begun="here"), made.NOW))
    late = PageArrived("all", RowPage(rows=(made.row(9),), next=None, counts=Counts()), begun=asked)
    assert reduce(state, late) is state
    assert wants_page(state)
    assert not wants_page(reduce(state, PageArrived("all", late.page, begun=state.begun)))


def test_words_typed_into_the_list_are_looked_for_further_until_a_screen_is_full_or_lists_end() -> None:
    state = listed(60)
    assert not wants_page(state)
    assert wants_page(reduce(state, SearchTyped("customer 59")))
    assert not wants_page(reduce(state, SearchTyped("customer")))
    assert not wants_page(reduce(listed(60, more=False), SearchTyped("customer 59")))
    assert not wants_page(reduce(listed(MOST_LISTED), SearchTyped("nobody")))
    # Another list is read on from its own beginning, whatever is held of the one before.
    anew = reduce(listed(MOST_LISTED), FilterChosen(RowFilter(channels=("sms",))))
    page = PageArrived("all", RowPage(rows=(), next="further", counts=Counts()), RowFilter(channels=("sms",)))
    assert wants_page(reduce(anew, page))


def test_the_queue_is_read_ahead_of_whoever_works_it_off_and_counted_whole() -> None:
    state = reduce(listed(3), ConnectionChanged("live", made.NOW))
    assert wants_asks(state)
    cards = tuple(made.ask(number) for number in range(1, 61))
    reached = max(ask_place_of(card) for card in cards)
    page = AskPage(asks=cards, next="further", counts=Counts(asks=9_000), reached=reached)
    state = reduce(reduce(state, AsksWanted()), AsksArrived(page, None, state.begun))
    assert not wants_asks(state)
    assert (len(open_asks(state)), waiting_asks(state)) == (60, 9_000)
    behind = made.ask(99, priority=9)
    state = reduce(state, FeedArrived(made.answer(reset=False, rows=(), asks=(behind,), counts=page.counts), made.NOW))
    assert behind not in open_asks(state)
    done = tuple(card.model_copy(update={"version": 2, "state": "closed"}) for card in cards[:20])
    state = reduce(state, FeedArrived(made.answer(reset=False, rows=(), asks=done, counts=page.counts), made.NOW))
    assert wants_asks(state)
    assert reduce(state, BrandChosen(made.BRAND)).asking == Paging()


def test_R_M8_what_a_page_of_the_queue_brings_is_no_news() -> None:
    before = listed(3)
    told, _ = occasions(Told(), before, replace(before, asks={}))
    page = AskPage(asks=(made.ask(1),), next=None, counts=Counts())
    after = reduce(before, AsksArrived(page, None, before.begun))
    told, found = occasions(replace(told, begun=True), before, after)
    assert found == ()
    assert made.ask(1).ask in told.asks


@pytest.mark.parametrize("answer", [made.answer(), made.answer(rows=(), asks=(), more=True, begun="here")])
def test_an_answer_decoded_in_parts_is_the_answer(answer: FeedAnswer) -> None:
    assert asyncio.run(feed_answer(answer.model_dump_json().encode())) == answer


@pytest.mark.parametrize("said", [b"", b"[]", b'{"rows": 1}', b'{"rows": [{}]}', b'{"token": "1", "unknown": 1}', b"\xff"])
def test_what_is_no_answer_of_the_feed_is_refused_however_it_is_wrong(said: bytes) -> None:
    with pytest.raises(ValueError, match=r"validation error|JSON|value|column"):
        asyncio.run(feed_answer(said))


def test_a_conversation_decoded_in_parts_is_the_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = made.detail(1)
    turns = list[float]()

    async def turn(seconds: float) -> None:
        turns.append(seconds)

    monkeypatch.setattr(feed_decoding, "SLICE_S", 0.0)
    monkeypatch.setattr(asyncio, "sleep", turn)
    assert asyncio.run(conversation_detail(detail.model_dump_json().encode())) == detail
    assert turns == [0] * len(detail.items)


@pytest.mark.parametrize("said", [b"", b"[]", b'{"items": 1}', b'{"items": [{"kind": "none"}]}', b'{"items": []}'])
def test_what_is_no_conversation_is_refused_however_it_is_wrong(said: bytes) -> None:
    with pytest.raises(ValueError, match=r"validation error|JSON|value|column"):
        asyncio.run(conversation_detail(said))


def test_a_core_that_is_older_is_said_to_be() -> None:
    class Older(CoreClient):
        async def changes(self, *given: object, **named: object) -> FeedAnswer:
            return made.answer(begun="all")

    async def run() -> None:
        async with Older("http://127.0.0.1:1") as client:
            line = Connected(MemoryKeyStore(), ConsoleIdentity(version="1", instance="i_1"), lambda: made.NOW)
            line.attach(client, "core", SecretStr("x"))
            with pytest.raises(RefusedByCore) as refused:
                await line.feed(None, 0)
            assert refused.value.message == sentences.OLDER_CORE

    asyncio.run(run())

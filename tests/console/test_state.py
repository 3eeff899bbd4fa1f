"""The pure state: views merge by version, clicks leave marks only, and everyone who cannot decide is told why."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.ids import OperatorId
from agent_core.contract.views import ApprovalGiven, AskCard, ConversationRow, RowPage
from console.state.ages import ago, left, old, short_count
from console.state.app_state import AppState, Keyring
from console.state.happenings import (
    AskArmed,
    AskChosen,
    AskReviewed,
    CommandAnswered,
    CommandRefused,
    CommandSent,
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    Happening,
    KeyringKnown,
    News,
    NoticesSeen,
    PageArrived,
    PageWanted,
    PreferencesChosen,
    SearchTyped,
    SignedIn,
    SignedOut,
    Ticked,
    WorkspaceChosen,
)
from console.state.reduce import reduce
from console.state.selectors import (
    cannot_decide,
    detail_is_stale,
    is_mine,
    must_look_again,
    needs_second_press,
    next_ask,
    open_asks,
    read_only_reason,
    shown_ask,
    shown_rows,
)
from console.state.store import Store
from tests.console import made


def state(*happenings: Happening) -> AppState:
    now = AppState(now=made.NOW)
    for one in happenings:
        now = reduce(now, one)
    return now


SIGNED_IN: tuple[Happening, ...] = (
    KeyringKnown(Keyring(usable=True, kind="os")),
    SignedIn(made.session()),
    FeedArrived(made.answer(), made.NOW),
    ConnectionChanged("live", made.NOW),
)


def versions() -> st.SearchStrategy[list[ConversationRow | AskCard]]:
    def a_row(n: int, v: int) -> ConversationRow:
        return made.row(n, version=v, snippet=f"{n}.{v}")

    def a_card(n: int, v: int) -> AskCard:
        return made.ask(n, version=v, sentence=f"{n}.{v}")

    row = st.builds(a_row, st.integers(1, 4), st.integers(1, 5))
    card = st.builds(a_card, st.integers(1, 4), st.integers(1, 5))
    return st.lists(st.one_of(row, card), max_size=20)


@given(versions(), st.randoms(use_true_random=False))
def test_any_order_of_feed_answers_comes_to_the_same_rows_and_asks(
    views: list[ConversationRow | AskCard], order: random.Random
) -> None:
    def told(parts: list[ConversationRow | AskCard]) -> AppState:
        now = AppState(now=made.NOW)
        for at, view in enumerate(parts):
            rows = (view,) if isinstance(view, ConversationRow) else ()
            asks = (view,) if isinstance(view, AskCard) else ()
            answer = made.answer(token=str(at), reset=False, rows=rows, asks=asks, core=None)
            now = reduce(now, FeedArrived(answer, made.NOW))
        return now

    shuffled = list(views)
    order.shuffle(shuffled)
    one, two = told(views), told(shuffled)
    assert one.rows == two.rows
    assert one.asks == two.asks


def test_a_late_answer_never_takes_a_newer_ones_place() -> None:
    newer, older = made.row(1, version=3, snippet="new"), made.row(1, version=2, snippet="old")
    now = state(
        FeedArrived(made.answer(rows=(newer,)), made.NOW), FeedArrived(made.answer(reset=False, rows=(older,)), made.NOW)
    )
    assert now.rows[made.conversation(1)].snippet == "new"


def test_a_reset_forgets_what_was_read_before_and_asks_for_pages_anew() -> None:
    now = state(*SIGNED_IN, PageWanted("needs"), PageArrived("needs", RowPage(rows=(), next=None, counts=made.COUNTS)))
    after = reduce(now, FeedArrived(made.answer(rows=(made.row(99),), asks=()), made.NOW))
    assert set(after.rows) == {made.conversation(99)}
    assert not after.asks
    assert not after.paging


def test_nothing_but_a_mark_changes_because_of_a_click() -> None:
    before = state(*SIGNED_IN)
    ask = made.ask(1).ask
    after = reduce(before, CommandSent(str(ask), "approve", 1))
    assert set(after.pending) == {ask}
    assert replace(after, pending={}) == before


def test_the_mark_goes_when_the_core_has_spoken_and_not_before() -> None:
    ask = made.ask(1)
    sent = state(*SIGNED_IN, CommandSent(str(ask.ask), "approve", ask.version), CommandAnswered(str(ask.ask)))
    same = reduce(sent, FeedArrived(made.answer(reset=False, asks=(ask,)), made.NOW))
    assert ask.ask in same.pending
    newer = made.ask(1, version=2, state="deciding")
    assert not reduce(sent, FeedArrived(made.answer(reset=False, asks=(newer,)), made.NOW)).pending


def test_a_refusal_takes_the_mark_away_and_is_said() -> None:
    now = state(*SIGNED_IN, CommandSent("a", "approve", 1), CommandRefused("a", "already_decided", "Ines Roth was faster."))
    assert not now.pending
    assert now.notices[-1].title == "Ines Roth was faster."
    assert now.unseen == 1
    assert reduce(now, NoticesSeen()).unseen == 0


def test_a_mark_the_core_answered_but_no_view_followed_goes_after_a_while() -> None:
    now = state(*SIGNED_IN, CommandSent("a", "resolve", 1), CommandAnswered("a"))
    assert "a" in reduce(now, Ticked(made.NOW + timedelta(seconds=5))).pending
    assert not reduce(now, Ticked(made.NOW + timedelta(seconds=20))).pending


def test_time_follows_the_cores_clock() -> None:
    behind = made.NOW - timedelta(hours=1)
    now = state(FeedArrived(made.answer(), behind), Ticked(behind + timedelta(seconds=3)))
    assert now.now == made.NOW + timedelta(seconds=3)


def test_a_first_press_is_taken_back_when_the_ask_is_decided_elsewhere() -> None:
    now = state(*SIGNED_IN, AskArmed(made.ask(2).ask))
    closed = made.ask(2, version=9, state="closed")
    assert reduce(now, FeedArrived(made.answer(reset=False, asks=(closed,)), made.NOW)).armed is None


def test_news_with_one_key_is_shown_once_and_the_list_is_bounded() -> None:
    now = state(*(News(f"k{at % 100}", f"t{at}") for at in range(250)))
    assert len(now.notices) == 60
    assert len({one.key for one in now.notices}) == 60
    assert now.notices[-1].title == "t249"


def test_R_M2_the_queue_is_ordered_by_priority_then_money_then_age() -> None:
    big = made.ask(7, priority=1, money=made.euros(90_000), raised_at=made.NOW)
    now = reduce(state(*SIGNED_IN), FeedArrived(made.answer(reset=False, asks=(big,)), made.NOW))
    assert [card.conversation for card in open_asks(now)] == [made.conversation(n) for n in (3, 7, 1, 2, 4)]


def test_moving_through_the_queue_stays_inside_it() -> None:
    now = state(*SIGNED_IN)
    order = [card.ask for card in open_asks(now)]
    assert next_ask(now, order[0], -1) == order[0]
    assert next_ask(now, order[0], 1) == order[1]
    assert next_ask(now, order[-1], 1) == order[-1]
    assert next_ask(now, None, 1) == order[0]
    assert next_ask(AppState(now=made.NOW), None, 1) is None


def test_what_needs_a_person_stands_first_and_the_most_urgent_of_it_before_all() -> None:
    now = replace(state(*SIGNED_IN), bucket="all")
    names = [row.customer_name for row in shown_rows(now)]
    assert names[0] == "Tom Haverford"
    assert set(names[:4]) == {"Tom Haverford", "Amara Okafor", "Jonas Weber", "Fatima Zahra"}
    assert len(names) == len(made.ROWS)


@pytest.mark.parametrize(
    ("words", "found"),
    [("okafor", 1), ("OKAFOR charged", 1), ("okafor parcel-nowhere", 0), ("refund", 3), ("", 4)],
)
def test_the_list_is_narrowed_by_every_word(words: str, found: int) -> None:
    assert len(shown_rows(state(*SIGNED_IN, SearchTyped(words)))) == found


def test_a_just_closed_ask_stays_shown_until_the_person_moves_on() -> None:
    now = replace(state(*SIGNED_IN), ask=made.ask(1).ask)
    closed = made.ask(1, version=2, state="closed", closed_by="person")
    after = reduce(now, FeedArrived(made.answer(reset=False, asks=(closed,)), made.NOW))
    shown = shown_ask(after)
    assert shown is not None
    assert shown.state == "closed"


def test_R_M7_without_a_keyring_everything_is_read_only_with_its_sentence() -> None:
    sentence = "No keyring answers on this computer."
    nobody = made.session(operator=None, role=None, name=None, key=None, limit=None)
    now = state(*SIGNED_IN, KeyringKnown(Keyring(usable=False, sentence=sentence)), SignedIn(nobody))
    assert read_only_reason(now) == sentence
    assert cannot_decide(now, made.ask(1)) == sentence


def test_offline_and_signing_in_say_so() -> None:
    assert "cannot be reached" in read_only_reason(state(*SIGNED_IN, ConnectionChanged("offline", made.NOW, "x")))
    assert "Signing in" in read_only_reason(state())
    first = made.session(operator=None, may_enrol_first=True)
    assert "enrol" in read_only_reason(state(*SIGNED_IN, SignedIn(first)))


def test_R_C7_who_may_not_decide_is_told_why() -> None:
    now = state(*SIGNED_IN)
    mine = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
    assert cannot_decide(now, made.ask(1)) == ""
    assert "limit" in cannot_decide(now, made.ask(2, money=made.euros(64_000)))
    assert "roles may decide this: on call, admin." in cannot_decide(now, made.ask(1, roles=("on_call", "admin")))
    assert "second person" in cannot_decide(now, made.ask(1, approvals=(mine,), required_people=2))
    other_brand = reduce(now, SignedIn(made.session(brands=("lumen",))))
    assert "brand" in cannot_decide(other_brand, made.ask(1))
    admin = reduce(now, SignedIn(made.session(role="admin", limit=None)))
    assert cannot_decide(admin, made.ask(2, money=made.euros(64_000))) == ""


def test_R_A7_whoever_approved_may_find_out_what_became_of_it_and_approves_nothing_twice() -> None:
    mine = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
    now = state(*SIGNED_IN)
    assert "second person" in cannot_decide(now, made.ask(1, approvals=(mine,)))
    lost = made.ask(1, kind="unknown_outcome", approvals=(mine,), verbs=("confirm_executed", "confirm_not_executed"))
    assert cannot_decide(now, lost) == ""


def test_much_at_stake_needs_a_second_press() -> None:
    now = state(*SIGNED_IN)
    assert not needs_second_press(now, made.ask(1))
    assert needs_second_press(now, made.ask(1, money=made.euros(10_000)))
    assert needs_second_press(now, made.ask(1, money=None, reversible=False))
    assert not needs_second_press(now, made.ask(1, money=None, reversible=True))


def test_only_the_author_can_take_a_decision_back() -> None:
    now = state(*SIGNED_IN)
    mine = ApprovalGiven(operator=made.ME, name="Mira", at=made.NOW)
    other = ApprovalGiven(operator=OperatorId("o_ines"), name="Ines", at=made.NOW)
    assert is_mine(now, made.ask(1, state="deciding", approvals=(mine,)))
    assert not is_mine(now, made.ask(1, state="deciding", approvals=(mine, other)))


def test_R_C5_looking_again_holds_until_confirmed_and_returns_with_the_next_message() -> None:
    first = made.ask(1, version=2, look_again=True)
    now = state(*SIGNED_IN, FeedArrived(made.answer(reset=False, asks=(first,)), made.NOW))
    assert must_look_again(now, first)
    now = reduce(now, AskReviewed(first.ask))
    assert not must_look_again(now, first)
    second = made.ask(1, version=3, look_again=True)
    now = reduce(now, FeedArrived(made.answer(reset=False, asks=(second,)), made.NOW))
    assert must_look_again(now, second)


def test_a_conversation_is_read_again_when_the_feed_says_that_it_moved() -> None:
    now = state(*SIGNED_IN, ConversationChosen(made.conversation(1)))
    assert detail_is_stale(now)
    now = reduce(now, DetailArrived(made.detail(1)))
    assert not detail_is_stale(now)
    moved = made.answer(reset=False, changed=((made.conversation(1), 25),))
    assert detail_is_stale(reduce(now, FeedArrived(moved, made.NOW)))


def test_an_answer_about_a_conversation_left_meanwhile_is_not_shown() -> None:
    now = state(*SIGNED_IN, ConversationChosen(made.conversation(1)), ConversationChosen(made.conversation(2)))
    assert reduce(now, DetailArrived(made.detail(1))).detail is None


def test_a_listener_that_dispatches_is_heard_after_everyone_saw_the_first_state() -> None:
    store = Store(AppState(now=made.NOW))
    seen: list[tuple[str, str]] = []

    def first(_before: AppState, after: AppState) -> None:
        seen.append(("first", after.search))
        if after.search == "a":
            store.dispatch(SearchTyped("b"))

    store.listen(first)
    leave = store.listen(lambda _before, after: seen.append(("second", after.search)))
    store.dispatch(SearchTyped("a"))
    assert seen == [("first", "a"), ("second", "a"), ("first", "b"), ("second", "b")]
    leave()
    store.dispatch(SearchTyped("c"))
    assert seen[-1] == ("first", "c")


def test_ages_and_counts_read_well() -> None:
    now = made.NOW
    assert ago(now - timedelta(seconds=42), now) == "0:42"
    assert ago(now - timedelta(hours=3), now) == "3\u00a0h"
    assert ago(now - timedelta(days=1), now) == "1\u00a0day"
    assert ago(now + timedelta(seconds=5), now) == "0:00"
    assert ago(None, now) == ""
    assert old(now - timedelta(seconds=5), now) == "5\u00a0s"
    assert old(now - timedelta(minutes=5), now) == "5\u00a0min"
    assert left(now + timedelta(seconds=5), now) == 5
    assert left(now - timedelta(seconds=5), now) == 0
    assert left(None, now) is None
    assert [short_count(n) for n in (7, 1_284, 38_400, 2_000_000)] == ["7", "1.2k", "38k", "2M"]


def test_R_C3_a_first_press_is_taken_back_when_the_card_binds_something_else_before_the_second() -> None:
    card = made.ask(1)
    assert card.binding is not None
    armed = state(FeedArrived(made.answer(asks=(card,)), made.NOW), AskArmed(card.ask))
    claimed = card.model_copy(update={"version": card.version + 1, "claimed_by": made.ME, "state": "claimed"})
    same = reduce(armed, FeedArrived(made.answer(reset=False, asks=(claimed,)), made.NOW))
    assert same.armed == card.ask
    dearer = card.binding.model_copy(update={"money": made.euros(99_900), "nonce": "n_another"})
    moved = claimed.model_copy(update={"version": card.version + 2, "binding": dearer})
    assert reduce(same, FeedArrived(made.answer(reset=False, asks=(moved,)), made.NOW)).armed is None
    closed = claimed.model_copy(update={"version": card.version + 2, "state": "closed"})
    assert reduce(same, DetailArrived(made.detail(1, asks=(closed,)))).armed is None


def test_R_C4_what_was_shown_and_opened_is_known_from_the_first_moment_on() -> None:
    ask = made.ask(1).ask
    begun = state(FeedArrived(made.answer(), made.NOW), WorkspaceChosen("approvals"), AskChosen(ask))
    first = begun.seen[ask]
    assert not first.opened
    later = reduce(begun, Ticked(made.NOW + timedelta(seconds=90)))
    assert later.seen[ask] == first
    live = reduce(reduce(later, WorkspaceChosen("live")), ConversationChosen(made.conversation(1)))
    assert not live.seen[ask].opened  # it is not there yet
    live = reduce(live, DetailArrived(made.detail(1, asks=(made.ask(1),))))
    assert live.seen[ask].opened
    assert live.seen[ask].shown_at == first.shown_at


def test_R_M8_who_signs_out_leaves_nothing_of_customers_and_late_answers_are_not_shown() -> None:
    store = begun_store()
    kept = replace(store.state.preferences, theme="dark")
    for happening in (PreferencesChosen(kept), News("a", "Refund — Amara Okafor"), SearchTyped("amara"), SignedOut()):
        store.dispatch(happening)
    assert "Amara" not in repr(store.state)
    assert store.state.preferences == kept
    store.dispatch(FeedArrived(made.answer(), made.NOW))
    store.dispatch(DetailArrived(made.detail(1)))
    assert not store.state.rows
    store.dispatch(SignedOut(resting=False))
    store.dispatch(SignedIn(made.session()))
    store.dispatch(FeedArrived(made.answer(), made.NOW))
    assert store.state.rows


def begun_store() -> Store:
    store = Store(AppState(now=made.NOW))
    for happening in (
        SignedIn(made.session()),
        FeedArrived(made.answer(), made.NOW),
        ConversationChosen(made.conversation(1)),
    ):
        store.dispatch(happening)
    store.dispatch(DetailArrived(made.detail(1)))
    assert "Amara" in repr(store.state)
    return store

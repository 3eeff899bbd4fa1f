"""What a supervisor's day showed: what waits, the way through the queue, whose it is, and who still sits there."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_core.contract.ids import OperatorId
from agent_core.contract.presence import Looking, PresentShown
from agent_core.contract.views import ApprovalGiven, AskCard, Numbers
from console import strings, words
from console.present import Standing
from console.presenting import around
from console.state.app_state import AppState, Paging
from console.state.happenings import (
    AskChosen,
    CommandSent,
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    PersonActed,
    SignedIn,
    Ticked,
    WorkspaceChosen,
)
from console.state.occasions import Told, occasions
from console.state.reduce import reduce
from console.state.selectors import AWAY_AFTER, here, in_control, looking, next_ask, open_asks, waiting_asks
from console.state.speech import speech
from console.state.store import Store
from console.state.triage import TriageChosen
from console.tasks import Tasks
from console.widgets.plain_label import PlainLabel
from tests.console import made
from tests.console.opened import Opened, opened_window

pytestmark = pytest.mark.qt
OTHER_MIRA = OperatorId("o_mira_2")


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot) -> Iterator[Opened]:
    with opened_window(qapp, qtbot) as one:
        yield one


def holding(*cards: AskCard) -> AppState:
    state = AppState(now=made.NOW)
    for happening in (SignedIn(made.session()), ConnectionChanged("live", made.NOW), told(*cards, reset=True)):
        state = reduce(state, happening)
    return state


def told(*cards: AskCard, reset: bool = False) -> FeedArrived:
    return FeedArrived(made.answer(reset=reset, asks=cards), made.NOW)


def four() -> tuple[AskCard, ...]:
    """Four refunds, the dearest first."""
    return tuple(made.ask(number, money=made.euros(9_000 - number)) for number in range(1, 5))


# -- how many wait -----------------------------------------------------------------------------------------------------


def test_R_M2_what_somebody_has_decided_does_not_count_as_waiting() -> None:
    one, two, three, four_th = four()
    state = holding(
        one, two.model_copy(update={"state": "deciding"}), three.model_copy(update={"state": "executing"}), four_th
    )
    assert len(open_asks(state)) == 4, "it can still be taken back"
    assert waiting_asks(state) == 2
    # Not all pages are read: the core's number counts, and that one leaves out what is decided as well.
    state = replace(state, asking=Paging(next="more", started=True), counts=made.COUNTS.model_copy(update={"asks": 7}))
    assert waiting_asks(state) == 7
    assert Numbers(asks=7).asks == 7


def test_R_M1_beside_a_transcript_what_was_decided_does_not_wait_for_anybody(opened: Opened) -> None:
    def heading() -> set[str]:
        return {label.whole_text() for label in opened.window.live.side.findChildren(PlainLabel)}

    assert {strings.NEEDS_YOU, words.waiting_for_you(1)} <= heading()
    opened.say(told(made.ask(1, version=5, state="deciding", not_before=made.NOW + timedelta(seconds=9))))
    assert words.LAST_DECISION in heading()
    assert not {strings.NEEDS_YOU, words.waiting_for_you(1)} & heading()


# -- the way through the queue -----------------------------------------------------------------------------------------


def test_R_M2_from_an_ask_that_has_just_closed_one_goes_on_where_it_stood() -> None:
    cards = four()
    names = [card.ask for card in cards]
    for gone, after, before in ((0, 1, 1), (1, 2, 0), (2, 3, 1), (3, 2, 2)):
        closed = cards[gone].model_copy(update={"state": "closed", "version": 2})
        state = reduce(holding(*cards), told(closed))
        assert next_ask(state, names[gone], 1) == names[after], gone
        assert next_ask(state, names[gone], -1) == names[before], gone


def test_R_M2_what_was_decided_stays_in_its_place_of_the_list_until_one_moves_on(opened: Opened) -> None:
    cards = four()
    opened.say(told(*cards, reset=True), WorkspaceChosen("approvals"), AskChosen(cards[1].ask))
    opened.say(told(cards[1].model_copy(update={"state": "closed", "version": 2})))
    listed = [row.id for row in opened.window.approvals.model.rows]
    assert listed == [card.ask for card in cards]
    opened.press(Qt.Key.Key_J)
    assert opened.store.state.ask == cards[2].ask
    opened.say(AskChosen(cards[3].ask), told(cards[3].model_copy(update={"state": "closed", "version": 2})))
    opened.press(Qt.Key.Key_J)
    assert opened.store.state.ask == cards[2].ask, "at the end one goes back to what is open"


# -- two people of one name --------------------------------------------------------------------------------------------


def theirs() -> DetailArrived:
    row = made.row(1, version=9, label="human_control", owner="person", owner_name="Mira Duarte", owner_by=OTHER_MIRA)
    return DetailArrived(made.detail(1, row=row, seq=30))


def test_R_M9_who_has_a_conversation_is_told_by_who_they_are_and_not_by_their_name() -> None:
    state = reduce(holding(), ConversationChosen(made.conversation(1)))
    state = reduce(state, theirs())
    assert not in_control(state)
    assert around.composer(state) == ("closed", words.OTHER_WRITES.format(name="Mira Duarte"))
    mine = made.row(1, version=10, label="human_control", owner="person", owner_name="Renamed Since", owner_by=made.ME)
    assert in_control(reduce(state, DetailArrived(made.detail(1, row=mine, seq=31))))


def test_R_E3_what_somebody_answered_in_the_channel_itself_can_be_handed_back_from_here(opened: Opened) -> None:
    row = made.row(1, version=8, label="human_control", owner="person", owner_name="A colleague in the channel")
    opened.say(DetailArrived(made.detail(1, row=row, seq=29)))
    head = around.header(opened.store.state)
    assert head is not None
    assert (head.in_control, head.can_control) == (True, True), "the button says hand back"
    assert around.composer(opened.store.state)[0] == "closed", "it is in nobody's hands here"
    opened.press(Qt.Key.Key_H)
    assert opened.window.prompt.current == f"hand_back:{made.conversation(1)}"
    opened.press(Qt.Key.Key_Return)
    assert [deed[0] for deed in opened.deeds.deeds] == ["hand_back"]
    opened.say(theirs())
    assert around.header(opened.store.state) is not None
    opened.press(Qt.Key.Key_H)
    assert opened.window.prompt.current is None, "what a colleague has is theirs to give back"


def test_R_M9_a_decision_of_a_colleague_of_the_same_name_is_told_as_theirs() -> None:
    before = replace(holding(made.ask(1)), seen={})
    before = reduce(reduce(before, WorkspaceChosen("approvals")), AskChosen(made.ask(1).ask))
    closed = made.ask(
        1, version=3, state="closed", closed_by="person", closed_name="Mira Duarte", closed_operator=OTHER_MIRA,
        closed_at=made.NOW,
    )  # fmt: skip
    after = reduce(before, told(closed))
    assert [one.kind for one in occasions(Told(begun=True), before, after)[1]] == ["decided"]
    assert speech(before, after) == ()
    deciding = made.ask(
        1, version=3, state="deciding", approvals=(ApprovalGiven(operator=OTHER_MIRA, name="Mira Duarte", at=made.NOW),)
    )
    after = reduce(before, told(deciding))
    assert [one.kind for one in occasions(Told(begun=True), before, after)[1]] == ["decided"]


def test_R_M9_two_people_of_one_name_who_look_are_two() -> None:
    both = tuple(
        PresentShown(
            operator=OperatorId(who), name="Anna Schmidt", conversation=made.conversation(1), ask=None, since=made.NOW
        )
        for who in ("o_anna_1", "o_anna_2", "o_anna_2")
    )
    state = replace(holding(), present=both)
    assert here(state, made.conversation(1)) == ("Anna Schmidt", "Anna Schmidt")


# -- who went to lunch -------------------------------------------------------------------------------------------------


def held(until: timedelta, version: int = 2) -> AskCard:
    return made.ask(
        1, version=version, state="claimed", claimed_by=made.ME, claimed_name="Mira Duarte", claimed_until=made.NOW + until
    )


def renewed(opened: Opened) -> int:
    return sum(deed[0] == "claim" for deed in opened.deeds.deeds)


def test_R_M9_a_claim_is_renewed_while_somebody_is_there_and_lapses_when_they_went_away(opened: Opened) -> None:
    opened.say(told(held(timedelta(seconds=120)), reset=True), WorkspaceChosen("approvals"), AskChosen(made.ask(1).ask))
    opened.say(Ticked(made.NOW + timedelta(seconds=80)))
    assert renewed(opened) == 1, "they read"
    opened.say(told(held(timedelta(seconds=200), version=3)))
    opened.say(Ticked(made.NOW + timedelta(seconds=160)))
    assert renewed(opened) == 2
    opened.say(told(held(timedelta(seconds=280), version=4)))
    opened.say(Ticked(made.NOW + timedelta(seconds=270)))
    assert renewed(opened) == 2, "nothing was pressed or moved for longer than three minutes"
    QTest.mouseMove(opened.window.windowHandle())
    QTest.keyClick(opened.window.windowHandle(), Qt.Key.Key_Control)
    opened.say(Ticked(made.NOW + timedelta(seconds=271)))
    assert renewed(opened) > 2, "they are back in time"


def test_R_M9_who_repairs_in_triage_what_they_claimed_stays_on_it(opened: Opened) -> None:
    opened.say(told(held(timedelta(seconds=20)), reset=True), WorkspaceChosen("triage"), Ticked(made.NOW))
    assert renewed(opened) == 0, "another conversation is looked at"
    opened.say(TriageChosen(made.conversation(1)))
    assert renewed(opened) >= 1


def test_R_M9_whose_claim_ran_out_is_told_so_and_whoever_gave_it_back_is_not() -> None:
    before = holding(held(timedelta(seconds=1)))
    free, known = told(made.ask(1, version=3)), frozenset({made.ask(1).ask})
    seen = Told(begun=True, asks=known, close=known)
    assert [one.kind for one in occasions(seen, before, reduce(before, free))[1]] == ["lapsed"]
    early = holding(held(timedelta(seconds=90)))
    assert occasions(seen, early, reduce(early, free))[1] == (), "given back, long before"
    asked = reduce(before, CommandSent(str(made.ask(1).ask), "release", 2))
    assert occasions(seen, asked, reduce(asked, free))[1] == ()


def test_R_M9_who_went_away_is_not_shown_as_looking() -> None:
    async def run() -> None:
        store = Store(holding(made.ask(1)))
        said: list[Looking] = []

        class Line:
            async def look_at(self, place: Looking) -> None:
                said.append(place)

        def failed(error: BaseException) -> None:
            raise error

        tasks = Tasks(failed)
        Standing(store, Line(), tasks, 0)
        store.dispatch(PersonActed())
        store.dispatch(ConversationChosen(made.conversation(1)))
        await asyncio.sleep(0.01)
        store.dispatch(Ticked(made.NOW + AWAY_AFTER))
        assert looking(store.state) == Looking()
        await asyncio.sleep(0.01)
        store.dispatch(PersonActed())
        await asyncio.sleep(0.01)
        there = Looking(conversation=made.conversation(1))
        assert said == [there, Looking(), there]
        await tasks.close()

    asyncio.run(run())


def test_R_M9_a_window_that_gets_another_surface_goes_on_hearing_who_is_there(opened: Opened) -> None:
    opened.window.destroy()
    opened.window.show()
    opened.say(Ticked(made.NOW + AWAY_AFTER))
    QTest.keyClick(opened.window.windowHandle(), Qt.Key.Key_Control)
    assert opened.store.state.acted == made.NOW + AWAY_AFTER

"""What moves while somebody presses or writes: no press hits what nobody looked at, no words are lost (R-M2, R-M9, R-E3).

Each test is a moment of a day with colleagues: the state moves between what is painted and what is pressed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.checked_replies import ReplyWarning
from agent_core.contract.listing import ask_place_of
from agent_core.contract.risk import Risk
from agent_core.contract.views import ApprovalGiven, AskCard, AskPage
from console import texts_acting, texts_stopping, words
from console.presenting.around import header
from console.shell.window import MainWindow
from console.state.app_state import Doubted
from console.state.happenings import (
    AskChosen,
    AsksArrived,
    CommandAnswered,
    CommandRefused,
    CommandSent,
    ConversationChosen,
    DetailArrived,
    EditShown,
    FeedArrived,
    News,
    PacketArrived,
    ReplyDoubted,
    SignedIn,
    SignedOut,
    WorkspaceChosen,
)
from console.state.selectors import open_asks
from console.state.store import Store
from console.widgets.button import Button
from console.widgets.conversation_list import ConversationRowRole
from console.widgets.plain_label import PlainLabel
from console.workspaces.approvals import queue_row
from tests.console import made
from tests.console.fake_core import AskedFor
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt
CTRL = Qt.KeyboardModifier.ControlModifier


@dataclass
class Moment:
    """A window over a made-up day, and what was asked for in it."""

    window: MainWindow
    store: Store

    @property
    def deeds(self) -> list[tuple[object, ...]]:
        asked = self.window.deeds
        assert isinstance(asked, AskedFor)
        return asked.deeds

    def tell(self, *happenings: object) -> None:
        """The state moves, and nothing is painted yet."""
        for one in happenings:
            self.store.dispatch(one)  # pyright: ignore[reportArgumentType] - tests pass happenings only

    def say(self, *happenings: object) -> None:
        """The state moves, and the window shows it."""
        self.tell(*happenings)
        self.window.refresh.flush()

    def feed(self, *cards: AskCard) -> FeedArrived:
        return FeedArrived(made.answer(reset=False, asks=cards), made.NOW)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A press, before anything that was told is painted."""
        target: QWidget = QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, held)

    def write(self, text: str) -> None:
        for letter in text:  # each where the keyboard is by then
            QTest.keyClicks(QApplication.focusWidget() or self.window, letter)
        self.window.refresh.flush()

    def titles(self) -> list[str]:
        return [notice.title for notice in self.store.state.notices]


@pytest.fixture
def moment(qapp: QApplication, qtbot: QtBot) -> Iterator[Moment]:
    with shown_window(qapp, qtbot, begun("light")) as window:
        window.refresh.flush()
        yield Moment(window, window.store)


def mine(number: int) -> DetailArrived:
    """The conversation is in this person's hands."""
    row = made.row(number, version=5, label="human_control", owner="person", owner_name="Mira Duarte")
    return DetailArrived(made.detail(number, row=row, seq=26))


def decided_by_ines(number: int, version: int = 8) -> AskCard:
    return made.ask(
        number, version=version, state="closed", closed_by="person", closed_name="Ines Roth", closed_at=made.NOW,
        closed_sentence="Approved",
    )  # fmt: skip


# -- a press hits what it was meant for, or nothing --------------------------------------------------------------------


@pytest.mark.parametrize("painted", [True, False])
def test_R_M2_no_key_reaches_the_card_of_a_conversation_that_is_left_while_the_next_one_loads(
    moment: Moment, painted: bool
) -> None:
    moment.tell(ConversationChosen(made.conversation(2)))
    if painted:
        moment.window.refresh.flush()
    for key in (Qt.Key.Key_A, Qt.Key.Key_D, Qt.Key.Key_R, Qt.Key.Key_T, Qt.Key.Key_C):
        moment.press(key)
    assert moment.deeds == []
    assert moment.window.prompt.current is None
    assert moment.store.state.reviewed == {}


def test_R_C3_a_yes_counts_for_what_stood_on_the_card_and_not_for_what_came_in_that_moment(moment: Moment) -> None:
    known = made.ask(1)
    assert known.binding is not None
    newer = known.binding.model_copy(update={"nonce": "n_9", "seen_through": 9})
    moment.tell(moment.feed(made.ask(1, version=2, look_again=True, latest_words="Wait!", binding=newer)))
    moment.press(Qt.Key.Key_A)
    assert moment.deeds == []
    assert texts_acting.MOVED_UNDER in moment.titles()
    moment.window.refresh.flush()
    moment.tell(moment.feed(made.ask(1, version=3, look_again=True, latest_words="Keep one of them!", binding=newer)))
    moment.press(Qt.Key.Key_R)
    assert moment.store.state.reviewed == {}, "the newest words were not on the screen yet"
    moment.window.refresh.flush()
    moment.press(Qt.Key.Key_R)
    moment.window.refresh.flush()
    moment.press(Qt.Key.Key_A)
    assert moment.deeds == [("approve", known.ask)]


def test_R_M2_in_live_another_card_that_slides_under_the_hand_takes_no_press(moment: Moment, qtbot: QtBot) -> None:
    second = made.ask(7, conversation=made.conversation(1), money=made.euros(4_000))
    moment.say(moment.feed(second))
    assert [card.props.key for card in moment.window.live.side.cards] == [made.ask(1).ask, second.ask]
    moment.say(moment.feed(decided_by_ines(1)))
    moment.press(Qt.Key.Key_A)
    assert moment.deeds == []
    first = moment.window.live.side.first_card
    assert first is not None
    assert first.props.key == second.ask
    qtbot.waitUntil(lambda: not first.settles)
    moment.window.refresh.flush()
    moment.press(Qt.Key.Key_A)
    assert moment.deeds == [("approve", second.ask)], "a moment later it is what stands there"


def test_R_M2_in_live_a_more_urgent_ask_of_the_same_conversation_takes_no_press_meant_for_another(moment: Moment) -> None:
    urgent = made.ask(7, conversation=made.conversation(1), money=made.euros(9_000), priority=0)
    moment.say(moment.feed(urgent))
    moment.press(Qt.Key.Key_A)
    assert moment.deeds == []


def test_R_M2_a_decision_right_behind_a_move_acts_on_neither_card_until_it_is_shown(moment: Moment) -> None:
    moment.say(moment.feed(made.ask(7, money=made.euros(2_000))), WorkspaceChosen("approvals"), AskChosen(made.ask(1).ask))
    moment.press(Qt.Key.Key_J)
    moment.press(Qt.Key.Key_A)
    assert moment.deeds == []


def test_R_M2_while_the_queue_is_read_anew_nothing_takes_the_place_of_the_shown_ask(moment: Moment) -> None:
    moment.say(WorkspaceChosen("approvals"), AskChosen(made.ask(1).ask))
    other = made.ask(8, version=3, priority=0)
    moment.say(FeedArrived(made.answer(reset=True, rows=(), asks=(other,)), made.NOW))
    moment.press(Qt.Key.Key_A)
    assert moment.deeds == []
    assert moment.store.state.ask == made.ask(1).ask


def test_R_M2_the_list_stands_on_the_ask_that_the_card_shows_even_behind_the_pages_that_were_read(moment: Moment) -> None:
    urgent = made.ask(7, priority=0)
    moment.say(moment.feed(urgent), WorkspaceChosen("approvals"), AskChosen(made.ask(1).ask))
    page = AskPage(asks=(urgent,), next="more", counts=made.COUNTS, reached=ask_place_of(urgent))
    moment.say(AsksArrived(page, None, moment.store.state.begun))
    assert [card.ask for card in open_asks(moment.store.state)] == [urgent.ask]
    card = moment.window.approvals.card
    assert card is not None
    assert card.props.key == made.ask(1).ask
    assert moment.window.approvals.queue.currentIndex().data(ConversationRowRole.ID) == card.props.key


def test_R_C3_a_double_click_is_one_press_of_two(moment: Moment, qtbot: QtBot) -> None:
    moment.say(moment.feed(made.ask(1, version=2, risk=Risk(tier="high", min_shown_s=0, confirm=True))))

    def approve() -> Button:
        QApplication.processEvents()
        card = moment.window.live.side.first_card
        assert card is not None
        return next(button for button in card.findChildren(Button) if button.props.key == "A" and button.isVisible())

    QTest.mouseClick(approve(), Qt.MouseButton.LeftButton)
    moment.window.refresh.flush()
    assert moment.store.state.armed == made.ask(1).ask
    QTest.mouseClick(approve(), Qt.MouseButton.LeftButton)
    moment.window.refresh.flush()
    assert moment.deeds == []
    qtbot.wait(QApplication.styleHints().mouseDoubleClickInterval() + 20)
    QTest.mouseClick(approve(), Qt.MouseButton.LeftButton)
    assert moment.deeds == [("approve", made.ask(1).ask)]


def test_R_C4_z_takes_back_the_last_decision_of_whoever_has_gone_on_to_the_next_card(moment: Moment) -> None:
    given = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
    leaving = made.ask(1, version=2, state="deciding", approvals=(given,), not_before=made.NOW + timedelta(seconds=5))
    moment.say(moment.feed(leaving, made.ask(7)), WorkspaceChosen("approvals"), AskChosen(made.ask(7).ask))
    moment.press(Qt.Key.Key_Z)
    assert moment.deeds == [("recall", leaving.ask)]
    assert any(leaving.title in title for title in moment.titles()), "and it is said which"
    over = made.ask(1, version=3, state="executing", approvals=(given,))
    moment.say(moment.feed(over))
    moment.press(Qt.Key.Key_Z)
    assert len(moment.deeds) == 1
    assert moment.titles()[-1] == texts_acting.NOTHING_TO_TAKE_BACK


def test_R_M2_a_row_of_the_queue_does_not_say_that_it_needs_what_was_given(moment: Moment) -> None:
    said = []
    for number, how in enumerate(("waiting", "deciding", "executing", "closed")):
        card = made.ask(20 + number, state=how)
        said.append(queue_row(moment.store.state, card).state)
    assert said == ["awaiting_approval", "resolving", "resolving", "closed"]


# -- the keyboard stays where it is ------------------------------------------------------------------------------------


def reached_by_tab(window: MainWindow) -> list[QWidget]:
    """Where Tab leads, until it is where it began; each of them is in sight when it is reached."""
    found: list[QWidget] = []
    for _ in range(80):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        QApplication.processEvents()
        here = QApplication.focusWidget()
        assert here is not None
        if here in found:
            break
        found.append(here)
        assert not here.visibleRegion().isEmpty(), here
    return found


def named(widget: QWidget) -> bool:
    """Whether a screen reader can say what this is."""
    return bool(QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip())


def test_R_M2_R_M8_tab_never_leaves_what_lies_over_the_dimmed_window(moment: Moment) -> None:
    window = moment.window
    planes = (
        (window.forms.assess, window.form),
        (window.lists.narrow, window.form),
        (window.open_palette, window.palette_overlay),
        (window.show_keys, window.sheet),
        (window.show_guide, window.guide),
    )
    moment.say(PacketArrived(made.packet(1)))
    for open_it, plane in planes:
        open_it()
        assert plane.isVisible()
        found = reached_by_tab(window)
        assert found
        assert [one for one in found if not plane.isAncestorOf(one)] == []
        assert [one for one in found if not named(one)] == []
        plane.close_overlay()


def test_R_M2_a_reason_is_sent_though_the_button_that_asked_for_it_was_built_anew_meanwhile(moment: Moment) -> None:
    card = moment.window.live.side.first_card
    assert card is not None
    deny = next(button for button in card.findChildren(Button) if button.props.key == "D")
    deny.setFocus(Qt.FocusReason.TabFocusReason)
    moment.press(Qt.Key.Key_Space)
    assert moment.window.prompt.current is not None
    moment.say(moment.feed(made.ask(1, version=2, latest_words="?", subtitle="Amara Okafor · order NW-88213")))
    QApplication.sendPostedEvents(None, 52)  # the old button is gone for good
    moment.write("Too old")
    moment.press(Qt.Key.Key_Return)
    assert moment.deeds == [("deny", made.ask(1).ask, "Too old")]


def test_R_M2_a_pressed_button_that_goes_passes_the_keyboard_to_no_other_decision(moment: Moment) -> None:
    second = made.ask(7, conversation=made.conversation(1), money=made.euros(4_000))
    moment.say(moment.feed(second))
    card = moment.window.live.side.first_card
    assert card is not None
    approve = next(button for button in card.findChildren(Button) if button.props.key == "A")
    approve.setFocus(Qt.FocusReason.TabFocusReason)
    moment.press(Qt.Key.Key_Space)
    assert moment.deeds == [("approve", made.ask(1).ask)]
    for _ in range(3):
        moment.press(Qt.Key.Key_Space)
    moment.say(CommandSent(str(made.ask(1).ask), "approve", 1))
    for _ in range(3):
        moment.press(Qt.Key.Key_Space)
    assert moment.deeds == [("approve", made.ask(1).ask)]
    moment.say(CommandRefused(str(made.ask(1).ask), "moved", "Not yet."))
    QApplication.processEvents()
    here = QApplication.focusWidget()
    assert isinstance(here, Button)
    assert here.props.key == "A", "it can be pressed again, and is where the keyboard was"


def test_R_E3_nobody_is_offered_to_take_what_a_colleague_has(moment: Moment) -> None:
    row = made.row(1, version=6, label="human_control", owner="person", owner_name="Ines Roth")
    moment.say(DetailArrived(made.detail(1, row=row, seq=27)))
    props = header(moment.store.state)
    assert props is not None
    assert (props.can_control, props.hint) == (False, words.HAS_IT.format(name="Ines Roth"))


# -- what is written is not lost, and is no command --------------------------------------------------------------------


def test_R_M2_R_E3_letters_of_a_reply_are_no_commands_when_the_conversation_goes_from_its_writer(moment: Moment) -> None:
    moment.say(mine(1))
    moment.press(Qt.Key.Key_W)
    moment.write("Hello Amara, ")
    waits = made.row(1, version=6, label="awaiting_human", owner="nobody")
    moment.say(DetailArrived(made.detail(1, row=waits, seq=27)))
    moment.write("thanks a lot for a day of patience, and all that")
    assert moment.deeds == []
    assert moment.window.prompt.current is None
    assert isinstance(QApplication.focusWidget(), QPlainTextEdit)
    assert moment.window.live.conversation.composer.text() == "Hello Amara, ", "and it can still be read"
    moment.press(Qt.Key.Key_Escape)
    moment.window.refresh.flush()
    assert not moment.window.live.conversation.composer.isVisible()
    moment.say(DetailArrived(made.detail(1, row=mine(1).detail.row.model_copy(update={"version": 7}), seq=28)))
    assert moment.window.live.conversation.composer.text() == "Hello Amara, "


def test_R_M9_letters_of_a_reason_are_no_commands_when_somebody_else_was_faster(moment: Moment, qtbot: QtBot) -> None:
    moment.say(moment.feed(made.ask(7, conversation=made.conversation(1), money=made.euros(2_000))))
    moment.press(Qt.Key.Key_D)
    moment.write("Not th")
    moment.say(moment.feed(decided_by_ines(1)))
    assert moment.window.prompt.current is None
    moment.write("at damaged, that is all too late")
    assert moment.deeds == []
    assert moment.window.prompt.current is None
    assert texts_acting.UNSENT in moment.titles()
    assert any("Ines Roth" in notice.words for notice in moment.store.state.notices)
    qtbot.waitUntil(lambda: not moment.window.typing_on.on)
    moment.press(Qt.Key.Key_D)
    assert moment.window.prompt.current is not None, "whoever paused is heard again"


def test_R_M9_a_change_of_what_somebody_else_decided_closes_and_says_who(moment: Moment) -> None:
    moment.press(Qt.Key.Key_E)
    moment.say(EditShown(made.edit(1)))
    assert (moment.window.form.current or "").startswith("edit:")
    moment.say(moment.feed(decided_by_ines(1)))
    assert moment.window.form.current is None
    assert any("Ines Roth" in notice.words for notice in moment.store.state.notices)


@pytest.mark.parametrize("after", ["refused", "other"])
def test_R_M2_a_reason_that_came_to_nothing_stands_there_again(moment: Moment, after: str) -> None:
    ask = made.ask(1).ask
    moment.press(Qt.Key.Key_D)
    moment.write("Too old")
    moment.press(Qt.Key.Key_Return)
    moment.say(CommandSent(str(ask), "deny", 1))
    refused = CommandRefused(str(ask), "claimed", "Ines Roth is on it.")
    ended = refused if after == "refused" else CommandAnswered(str(ask), shown=True)
    moment.say(ended, News("line", "The core is back"))
    moment.press(Qt.Key.Key_D)
    assert moment.window.prompt.given() == ("Too old" if after == "refused" else "")
    if after == "refused":
        moment.press(Qt.Key.Key_Return)
        assert moment.deeds == [("deny", ask, "Too old")] * 2


def test_R_E3_half_a_reply_is_found_again_and_belongs_to_its_conversation_alone(moment: Moment) -> None:
    composer = moment.window.live.conversation.composer
    moment.say(mine(1))
    moment.press(Qt.Key.Key_W)
    moment.write("Hello Amara")
    moment.say(ConversationChosen(made.conversation(2)), mine(2))
    assert composer.text() == ""
    moment.say(ConversationChosen(made.conversation(1)), mine(1))
    assert composer.text() == "Hello Amara"
    moment.say(SignedOut(resting=True))
    assert composer.text() == ""
    moment.say(SignedIn(made.session()), ConversationChosen(made.conversation(1)), mine(1))
    assert composer.text() == ""


def test_R_E3_words_for_the_agent_never_stand_in_the_field_that_writes_to_the_customer(moment: Moment) -> None:
    composer = moment.window.live.conversation.composer
    moment.press(Qt.Key.Key_W)
    moment.write("She may be lying")
    moment.say(mine(1))
    moment.press(Qt.Key.Key_Return, CTRL)
    assert moment.deeds == []
    assert composer.text() == ""


def test_R_E3_a_reply_that_was_refused_stays_whatever_else_is_told_in_that_moment(moment: Moment) -> None:
    moment.say(mine(1))
    moment.press(Qt.Key.Key_W)
    moment.write("Hello Amara")
    moment.press(Qt.Key.Key_Return, CTRL)
    subject = f"reply:{made.conversation(1)}"
    moment.say(CommandSent(subject, "reply"))
    moment.say(CommandRefused(subject, "unreachable", "The core does not answer."), News("line", "The core is gone"))
    assert moment.window.live.conversation.composer.text() == "Hello Amara"


def test_R_F2_R_E3_a_reply_that_a_check_held_back_while_its_writer_looked_elsewhere_is_not_lost(moment: Moment) -> None:
    moment.say(mine(1))
    moment.press(Qt.Key.Key_W)
    moment.write("By Friday")
    moment.press(Qt.Key.Key_Return, CTRL)
    subject = f"reply:{made.conversation(1)}"
    moment.say(CommandSent(subject, "reply"), ConversationChosen(made.conversation(2)), mine(2))
    warning = ReplyWarning(check="promises", code="date", sentence="Nothing says so.", places=((3, 9),))
    moment.tell(ReplyDoubted(Doubted(made.conversation(1), "By Friday", "By Friday", (warning,))))
    moment.tell(News(f"refused:{subject}", words.NOT_SENT_YET, words.NOT_SENT_YET_WORDS, "warn", made.conversation(1)))
    moment.say(CommandAnswered(subject, shown=True))
    moment.say(ConversationChosen(made.conversation(1)), mine(1))
    assert moment.window.live.conversation.composer.text() == "By Friday"


# -- the stop switch ---------------------------------------------------------------------------------------------------


def test_R_M3_one_paused_brand_never_takes_the_place_of_the_stop_switch(moment: Moment) -> None:
    lumen = made.core().brands[0].model_copy(update={"brand": "lumen", "title": "Lumen", "paused": True})
    moment.say(FeedArrived(made.answer(reset=False, core=made.core(brands=(*made.core().brands, lumen))), made.NOW))
    moment.press(Qt.Key.Key_Period, CTRL)
    moment.press(Qt.Key.Key_Return)
    assert moment.deeds == [("pause", None)]
    said = [button.props.words for button in moment.window.top.findChildren(Button) if button.isVisible()]
    assert "Pause agents" in said, "the others work, and can be stopped"
    assert moment.window.stops.isVisible()
    assert "All agents of Lumen are paused" in moment.window.stops.accessibleName()
    moment.window.stops.resume_wanted.emit()
    moment.press(Qt.Key.Key_Return)
    assert moment.deeds == [("pause", None), ("resume", "lumen")]


def test_R_M9_a_lease_is_kept_while_its_owner_works_on_it_in_live(moment: Moment) -> None:
    soon = made.NOW + timedelta(seconds=30)
    held = made.ask(1, version=4, state="claimed", claimed_by=made.ME, claimed_name="Mira", claimed_until=soon)
    moment.say(moment.feed(held))
    assert moment.deeds == [("claim", held.ask, "")]


@pytest.mark.parametrize("what", ["everything", "brand"])
def test_R_M3_what_was_approved_while_agents_are_stopped_does_not_say_that_it_leaves(moment: Moment, what: str) -> None:
    mine_ = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
    leaving = made.ask(1, version=2, state="deciding", approvals=(mine_,), not_before=made.NOW + timedelta(seconds=5))
    stopped = tuple(one.model_copy(update={"paused": True}) for one in made.core().brands)
    core = made.core(paused=True) if what == "everything" else made.core(brands=stopped)
    moment.say(FeedArrived(made.answer(reset=False, core=core, asks=(leaving,)), made.NOW))
    card = moment.window.live.side.first_card
    assert card is not None
    said = [label.whole_text() for label in card.findChildren(PlainLabel)]
    assert texts_stopping.HELD.format(verb=words.APPROVED) in said
    assert texts_stopping.AGENTS in said
    moment.press(Qt.Key.Key_Z)
    assert moment.deeds == [("recall", leaving.ask)]

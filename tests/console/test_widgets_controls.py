"""What people press, choose and answer: one press is one signal, and no key acts on what is not shown (R-M2, R-M3)."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from console import strings
from console.theme.controller import Theme
from console.widgets.approval_card import ApprovalCard
from console.widgets.approval_props import ApprovalProps
from console.widgets.approval_state import (
    ApprovalState,
    Claimed,
    Closed,
    LookAgain,
    ReadOnly,
    Sending,
    UndoCountdown,
    Waiting,
    allowed,
)
from console.widgets.avatar import initials
from console.widgets.button import Button, ButtonProps
from console.widgets.composer import Composer, ComposerProps, Doubts
from console.widgets.conversation_list import (
    COMPACT_ROW_HEIGHT,
    ROW_HEIGHT,
    ConversationList,
    ConversationRowRole,
)
from console.widgets.gallery import samples
from console.widgets.gallery.window import RowsModel
from console.widgets.meter import Meter, MeterProps
from console.widgets.nav_rail import NavRail
from console.widgets.packet_card import PacketCard, PacketProps, PacketRow
from console.widgets.prompt_overlay import PromptOverlay, PromptProps
from console.widgets.search_field import SearchField
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.widgets.toast import MOST_TOASTS, ToastProps, ToastStack

# The offscreen platform says once per window that it passes on no size hints; nothing can be done about it here.
pytestmark = [pytest.mark.qt, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 700)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    return made


@pytest.fixture
def card(theme: Theme, qtbot: QtBot) -> ApprovalCard:
    made = ApprovalCard(theme, samples.APPROVAL)
    qtbot.addWidget(made)
    made.show()
    return made


def buttons(widget: QWidget) -> dict[str, Button]:
    return {button.props.words: button for button in widget.findChildren(Button) if button.isVisibleTo(widget)}


def test_R_M2_two_clicks_are_one_decision(card: ApprovalCard) -> None:
    heard: list[tuple[str, str]] = []

    def decided(key: str, verb: str) -> None:
        heard.append((key, verb))

    card.decided.connect(decided)
    approve = buttons(card)[strings.APPROVE]
    approve.click()
    assert not any(button.isEnabled() for button in buttons(card).values())
    approve.click()
    assert not card.press("deny")
    assert heard == [("a1", "approve")]


def test_a_refused_press_can_be_pressed_again(card: ApprovalCard) -> None:
    assert card.press("approve")
    card.release()
    assert card.press("approve")


def test_R_M2_a_press_changes_nothing_on_the_card_until_the_core_says_so(card: ApprovalCard) -> None:
    card.press("approve")
    assert isinstance(card.props.state, Waiting)
    card.set_props(replace(samples.APPROVAL, state=Closed("Approved", "Ines Roth", "14:04")))
    assert strings.APPROVE not in buttons(card)


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (Waiting(), {"approve", "edit", "deny", "ask_back", "take_over"}),
        (LookAgain("hm"), {"edit", "deny", "ask_back", "take_over"}),
        (Claimed("Ines"), set[str]()),
        (Sending("Approve"), set[str]()),
        (UndoCountdown("Approve", 7), set[str]()),
        (Closed("Denied", "Ines", "14:04", good=False), set[str]()),
        (ReadOnly("no key"), set[str]()),
    ],
)
def test_R_M2_what_can_be_pressed_follows_from_the_situation(
    theme: Theme, qtbot: QtBot, state: ApprovalState, possible: set[str]
) -> None:
    props = replace(samples.APPROVAL, state=state)
    assert set(allowed(state, props.offered)) == possible
    made = ApprovalCard(theme, props)
    qtbot.addWidget(made)
    heard: list[str] = []

    def decided(_key: str, verb: str) -> None:
        heard.append(verb)

    made.decided.connect(decided)
    for verb in ("approve", "edit", "deny", "ask_back", "take_over"):
        made.press(verb)
        made.release()
    assert set(heard) == possible


def test_a_verb_the_core_does_not_offer_is_not_shown(theme: Theme, qtbot: QtBot) -> None:
    made = ApprovalCard(theme, replace(samples.APPROVAL, offered=frozenset({"deny"})))
    qtbot.addWidget(made)
    assert strings.DENY in buttons(made)
    assert strings.APPROVE not in buttons(made)
    assert not made.press("approve")


def test_undo_and_look_again_speak(theme: Theme, qtbot: QtBot) -> None:
    for state, words, name in (
        (UndoCountdown("Approve", 7), strings.UNDO, "recalled"),
        (LookAgain("x"), strings.RECONFIRM, "seen"),
    ):
        made = ApprovalCard(theme, replace(samples.APPROVAL, state=state))
        qtbot.addWidget(made)
        with qtbot.waitSignal(getattr(made, name), timeout=60_000) as heard:
            buttons(made)[words].click()
        assert heard.args == ["a1"]


def test_the_clock_goes_on_without_building_the_card_again(card: ApprovalCard) -> None:
    before = buttons(card)[strings.APPROVE]
    card.set_seconds_left(0)
    assert buttons(card)[strings.APPROVE] is before
    card.set_props(samples.APPROVAL)
    assert buttons(card)[strings.APPROVE] is before


def test_R_D1_hostile_words_on_a_card_stay_words(theme: Theme, qtbot: QtBot) -> None:
    evil = "<img src=x>\u202e" + "\n" * 300 + "A" * 50_000
    made = ApprovalCard(theme, ApprovalProps("k", evil, evil, evil, evil, evil, evidence=samples.EVIDENCE))
    qtbot.addWidget(made)
    made.resize(380, 600)
    made.grab()
    said = [child.accessibleName() for child in made.findChildren(QWidget)]
    assert any("<img src=x>‹RLO›" in words for words in said)
    assert all(len(words) < 5_000 for words in said)


def test_a_busy_button_cannot_be_pressed_and_says_so(theme: Theme, qtbot: QtBot) -> None:
    button = Button(theme, ButtonProps("Send", key="S"))
    qtbot.addWidget(button)
    assert button.accessibleName() == "Send, key S"
    button.set_props(ButtonProps("Send", busy=True))
    assert not button.isEnabled()
    assert button.accessibleName() == "Send, under way"


def test_a_clicked_button_does_not_take_the_keyboard(theme: Theme, window: QWidget) -> None:
    field = QLineEdit(window)
    button = Button(theme, ButtonProps("Send"), window)
    button.move(100, 100)
    field.show()
    button.show()
    field.setFocus()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.focusWidget() is field


def test_R_M1_the_list_moves_with_j_and_k_and_says_each_row(theme: Theme, qtbot: QtBot) -> None:
    listed = ConversationList(theme)
    qtbot.addWidget(listed)
    model = RowsModel(samples.ROWS)
    model.setParent(listed)
    listed.setModel(model)
    listed.resize(340, 900)
    listed.show()
    heard: list[str] = []
    listed.chosen.connect(heard.append)
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_K):
        QTest.keyClick(listed, key)
    assert heard == ["c1", "c2", "c1"]
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Amara Okafor. Needs approval. Refund · Where is my order. waiting 0:42")
    assert listed.choose_id("c5")
    assert not listed.choose_id("nobody")
    with qtbot.waitSignal(listed.opened, timeout=60_000) as opened:
        QTest.keyClick(listed, Qt.Key.Key_Return)
    assert opened.args == ["c5"]


def test_rows_are_compact_on_a_small_screen(theme: Theme, qtbot: QtBot) -> None:
    listed = ConversationList(theme)
    qtbot.addWidget(listed)
    model = RowsModel(samples.ROWS)
    model.setParent(listed)
    listed.setModel(model)
    listed.show()
    for height, expected in ((900, ROW_HEIGHT), (560, COMPACT_ROW_HEIGHT)):
        listed.resize(340, height)
        qtbot.waitUntil(lambda wanted=expected: listed.visualRect(model.index(0, 0)).height() == wanted, timeout=60_000)
        listed.grab()


def test_a_list_of_nothing_and_a_row_of_nonsense_are_painted(theme: Theme, qtbot: QtBot) -> None:
    class Nonsense(RowsModel):
        def data(self, index: QModelIndex, role: int = 0) -> object:  # pyright: ignore[reportIncompatibleMethodOverride] - a narrower index is enough here
            return {int(ConversationRowRole.STATE): "no-such-state", int(ConversationRowRole.NAME): 7}.get(role)

    listed = ConversationList(theme)
    qtbot.addWidget(listed)
    listed.resize(340, 400)
    listed.step(1)
    listed.grab()
    model = Nonsense(samples.ROWS)
    model.setParent(listed)
    listed.setModel(model)
    listed.grab()


def test_R_M3_a_question_is_answered_by_signal_and_keeps_the_keyboard(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    below = QLineEdit(window)
    below.show()
    below.setFocus()
    prompt = PromptOverlay(theme, window)
    prompt.ask(PromptProps("p", "Deny?", "The agent is told why.", "Deny", "danger", field="Reason", required=True))
    field = next(one for one in prompt.findChildren(QLineEdit))
    assert window.focusWidget() is field
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert prompt.current == "p", "a required reason cannot be empty"
    QTest.keyClicks(field, "not a duplicate")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() is field
    with qtbot.waitSignal(prompt.answered, timeout=60_000) as answered:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert answered.args == ["p", "not a duplicate"]
    assert prompt.current is None
    assert below.text() == ""
    assert window.focusWidget() is below


def test_R_M9_a_question_decided_elsewhere_closes_without_an_answer(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    prompt = PromptOverlay(theme, window)
    prompt.ask(PromptProps("p", "Approve?", "It leaves at once."))
    with qtbot.assertNotEmitted(prompt.answered), qtbot.waitSignal(prompt.dismissed, timeout=60_000) as gone:
        prompt.close_prompt()
    assert gone.args == ["p"]
    assert prompt.isHidden()


def test_R_M2_enter_on_the_no_of_a_dangerous_question_is_a_no(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    prompt = PromptOverlay(theme, window)
    prompt.ask(PromptProps("p", "Pause?", "Everything stops.", tone="danger"))
    with qtbot.assertNotEmitted(prompt.answered), qtbot.waitSignal(prompt.dismissed, timeout=60_000):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)


def test_news_of_one_kind_replaces_itself_and_bad_news_stays(theme: Theme, window: QWidget) -> None:
    stack = ToastStack(theme, window)
    for number in range(MOST_TOASTS + 3):
        stack.show_toast(ToastProps(f"t{number}", "News", tone="danger"))
    assert len(stack.keys()) == MOST_TOASTS
    stack.show_toast(ToastProps("t6", "Newer"))
    assert stack.keys()[-1] == "t6"
    assert len(stack.keys()) == MOST_TOASTS


def test_a_filter_announces_a_choice_and_moves_only_when_told(theme: Theme, qtbot: QtBot) -> None:
    props = SegmentedProps("Filter", (Segment("a", "Needs you", "4"), Segment("b", "All")), "a")
    control = Segmented(theme, props)
    qtbot.addWidget(control)
    control.resize(300, 34)
    heard: list[str] = []
    control.chosen.connect(heard.append)
    QTest.keyClick(control, Qt.Key.Key_Right)
    QTest.mouseClick(control, Qt.MouseButton.LeftButton, pos=QPoint(280, 17))
    assert heard == ["b", "b"]
    assert control.accessibleName() == "Filter: Needs you 4"


def test_a_search_is_announced_once_after_a_pause(theme: Theme, qtbot: QtBot) -> None:
    field = SearchField(theme, "Filter…", "/")
    qtbot.addWidget(field)
    heard: list[str] = []
    field.searched.connect(heard.append)
    QTest.keyClicks(field, " refund ")
    qtbot.waitUntil(lambda: heard == ["refund"], timeout=60_000)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert heard == ["refund", ""]


def test_R_M1_what_is_at_hand_is_searched_with_every_letter(theme: Theme, qtbot: QtBot) -> None:
    field = SearchField(theme, "Filter…", "/")
    qtbot.addWidget(field)
    heard: list[str] = []
    field.typed.connect(heard.append)
    QTest.keyClicks(field, "re ")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert heard == ["r", "re", "re", ""]


def test_R_E3_words_leave_the_composer_once_and_stay_until_taken(theme: Theme, qtbot: QtBot) -> None:
    composer = Composer(theme, ComposerProps("reply"))
    qtbot.addWidget(composer)
    composer.show()
    composer.focus_field()
    heard: list[tuple[str, str]] = []

    def sent(mode: str, words: str) -> None:
        heard.append((mode, words))

    composer.sent.connect(sent)
    field = composer.focusProxy() or QApplication.focusWidget() or composer.findChildren(QWidget)[0]
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not heard, "nothing is not sent"
    QTest.keyClicks(field, "Hello")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not heard, "a bare Enter is a new line"
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert heard == [("reply", "Hello\n")]
    composer.set_props(ComposerProps("reply", busy=True))
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(heard) == 1
    assert composer.text() == "Hello\n"


def test_the_rail_asks_for_a_place_and_counts_what_waits(theme: Theme, qtbot: QtBot) -> None:
    rail = NavRail(theme)
    qtbot.addWidget(rail)
    rail.set_count("approvals", 4)
    names = [child.accessibleName() for child in rail.findChildren(QWidget)]
    assert "Approvals, 4 waiting, key Ctrl 2" in names
    tab = next(child for child in rail.findChildren(QWidget) if child.accessibleName().startswith("Approvals"))
    with qtbot.waitSignal(rail.chosen, timeout=60_000) as chosen:
        QTest.mouseClick(tab, Qt.MouseButton.LeftButton)
    assert chosen.args == ["approvals"]


def test_a_confidence_out_of_range_is_clamped(theme: Theme, qtbot: QtBot) -> None:
    meter = Meter(theme, MeterProps(140))
    qtbot.addWidget(meter)
    assert meter.accessibleName() == "100 percent sure"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Amara Okafor", "AO"),
        ("松本 陽子", "松"),
        ("", "?"),
        ("<b>", "?"),
        ("a", "A"),
        ("Œuvre 7", "Œ"),
        ("\u202eevil", "?"),
    ],
)
def test_initials_stand_for_any_name(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_R_F2_a_doubt_stands_beside_exactly_the_words_it_is_about(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    composer = Composer(theme, ComposerProps("reply"), window)
    composer.write("See you 👋 by Friday")
    composer.set_props(ComposerProps("reply", doubts=Doubts("See you 👋 by Friday", "Look", ("A day.",), ((10, 19),))))
    field = composer.findChild(QPlainTextEdit)
    assert field is not None
    (marked,) = field.extraSelections()
    assert marked.cursor.selectedText() == "by Friday"
    assert strings.SEND_ANYWAY in [button.props.words for button in composer.findChildren(Button)]
    composer.write("See you")
    assert field.extraSelections() == []
    assert strings.SEND_REPLY in [button.props.words for button in composer.findChildren(Button)]
    composer.write("See you 👋 by Friday")
    assert len(field.extraSelections()) == 1


def test_R_E2_the_packet_takes_a_part_of_the_pane_and_folds_to_a_line(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    column = QVBoxLayout(window)
    card = PacketCard(theme, window)
    column.addWidget(card)
    column.addStretch(1)
    assert card.isHidden()
    hostile = "<b>Pay</b> \u202e" + "word " * 400
    card.set_props(PacketProps((PacketRow("user", "Customer", hostile), PacketRow("hand", "Why you", "Asked.")), "2 words"))
    qtbot.waitUntil(lambda: 150 < card.height() <= window.height() // 2)
    assert "Why you: Asked." in card.accessibleName()
    card.toggle()
    qtbot.waitUntil(lambda: card.height() < 60)
    card.set_props(PacketProps(()))
    assert card.isHidden()

"""The window as a person uses it: places, keys that never fire while one writes, and questions."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from agent_core.contract.views import ApprovalGiven
from console.presenting.approval import situation
from console.state.app_state import WORKSPACES
from console.state.happenings import (
    CommandAnswered,
    CommandSent,
    DetailArrived,
    FeedArrived,
    WorkspaceChosen,
)
from console.state.selectors import open_asks
from console.widgets.approval_state import Armed, LookAgain
from tests.console import made
from tests.console.opened import Opened

pytestmark = pytest.mark.qt


def test_ctrl_and_a_digit_go_to_each_of_the_seven_workspaces(opened: Opened) -> None:
    for at, place in enumerate(WORKSPACES):
        opened.press(Qt.Key(Qt.Key.Key_1 + at), Qt.KeyboardModifier.ControlModifier)
        assert opened.store.state.workspace == place
        assert opened.window.stack.currentWidget() is opened.window.workspaces[place]


def test_R_M2_one_key_approves_the_shown_card(opened: Opened) -> None:
    opened.press(Qt.Key.Key_A)
    assert opened.deeds.deeds == [("approve", made.ask(1).ask)]


def test_R_M2_keys_never_fire_while_one_writes(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Slash)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    opened.type("adtzr")
    assert field.text() == "adtzr"
    assert not opened.deeds.deeds


def test_R_M2_keys_never_fire_while_a_question_is_open(opened: Opened) -> None:
    opened.press(Qt.Key.Key_D)
    assert opened.window.prompt.current == f"deny:{made.ask(1).ask}"
    opened.type("a d t")
    assert not opened.deeds.deeds
    opened.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    opened.press(Qt.Key.Key_Escape)
    opened.press(Qt.Key.Key_A)
    assert opened.deeds.deeds == [("approve", made.ask(1).ask)]


def test_R_C3_a_denial_needs_its_reason(opened: Opened) -> None:
    opened.press(Qt.Key.Key_D)
    opened.press(Qt.Key.Key_Return)
    assert not opened.deeds.deeds
    opened.type("The order is too old")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("deny", made.ask(1).ask, "The order is too old")]


def test_much_at_stake_is_asked_for_twice(opened: Opened) -> None:
    much = made.ask(1, version=2, money=made.euros(30_000), title="Refund 300.00 EUR")
    opened.say(FeedArrived(made.answer(reset=False, asks=(much,)), made.NOW))
    opened.press(Qt.Key.Key_A)
    assert not opened.deeds.deeds
    assert isinstance(situation(opened.store.state, much), Armed)
    opened.press(Qt.Key.Key_A)
    assert opened.deeds.deeds == [("approve", much.ask)]


def test_R_M9_a_question_about_an_ask_decided_elsewhere_closes_by_itself(opened: Opened) -> None:
    opened.press(Qt.Key.Key_D)
    closed = made.ask(1, version=2, state="closed", closed_by="person", closed_name="Ines Roth", closed_at=made.NOW)
    opened.say(FeedArrived(made.answer(reset=False, asks=(closed,)), made.NOW))
    assert opened.window.prompt.current is None
    assert not opened.deeds.deeds


def test_R_M2_the_queue_is_walked_and_decided_by_keyboard_alone(opened: Opened) -> None:
    opened.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    first = opened.window.approvals.card
    assert first is not None
    assert first.props.key == made.ask(3).ask
    opened.press(Qt.Key.Key_J)
    assert opened.window.approvals.card is not None
    assert opened.window.approvals.card.props.key == made.ask(1).ask
    assert opened.store.state.wanted == made.conversation(1)
    opened.press(Qt.Key.Key_A)
    opened.press(Qt.Key.Key_K)
    opened.press(Qt.Key.Key_S)
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("approve", made.ask(1).ask), ("resolve", made.ask(3).ask, "")]


def test_R_M2_a_more_urgent_ask_never_slips_under_the_hand(opened: Opened) -> None:
    opened.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    card = opened.window.approvals.card
    assert card is not None
    shown = card.props.key
    urgent = made.ask(8, priority=0, money=made.euros(9_000), raised_at=made.NOW - timedelta(hours=1))
    opened.say(FeedArrived(made.answer(reset=False, asks=(urgent,)), made.NOW))
    assert open_asks(opened.store.state)[0].ask == urgent.ask
    assert card.props.key == shown


def test_enter_opens_the_conversation_of_the_shown_ask_in_live(opened: Opened) -> None:
    opened.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    opened.press(Qt.Key.Key_J)
    opened.press(Qt.Key.Key_Return)
    assert opened.store.state.workspace == "live"
    assert opened.store.state.wanted == made.conversation(1)


def test_z_takes_back_only_what_has_not_left(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Z)
    assert not opened.deeds.deeds
    mine = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
    leaving = made.ask(1, version=2, state="deciding", approvals=(mine,), not_before=made.NOW + timedelta(seconds=5))
    opened.say(FeedArrived(made.answer(reset=False, asks=(leaving,)), made.NOW))
    opened.press(Qt.Key.Key_Z)
    assert opened.deeds.deeds == [("recall", leaving.ask)]


def test_R_C5_new_words_of_the_customer_must_be_seen_before_approving(opened: Opened) -> None:
    again = made.ask(1, version=2, look_again=True, latest_words="Wait, keep one of them!")
    opened.say(FeedArrived(made.answer(reset=False, asks=(again,)), made.NOW))
    found = situation(opened.store.state, again)
    assert isinstance(found, LookAgain)
    assert "Wait, keep one of them!" in found.words
    opened.press(Qt.Key.Key_A)
    assert not opened.deeds.deeds
    opened.press(Qt.Key.Key_R)
    opened.press(Qt.Key.Key_A)
    assert opened.deeds.deeds == [("approve", again.ask)]


def test_R_M3_the_stop_switch_is_two_keys_away_everywhere_even_while_writing(opened: Opened) -> None:
    for place in WORKSPACES:
        opened.say(WorkspaceChosen(place))
        opened.press(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
        opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("pause", None)] * len(WORKSPACES)
    opened.say(WorkspaceChosen("live"))
    opened.press(Qt.Key.Key_Slash)
    opened.press(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.prompt.current == "pause"


def test_R_M3_the_stop_switch_comes_over_every_question_form_and_sheet(opened: Opened) -> None:
    window = opened.window
    opened.say(WorkspaceChosen("live"))
    covers = (
        lambda: opened.press(Qt.Key.Key_D),
        window.open_palette,
        window.show_keys,
        window.show_guide,
        window.forms.route,
        window.lists.narrow,
        lambda: window.beliefs.correct("9:b16.0"),
    )
    for number, cover in enumerate(covers, 1):
        cover()
        window.refresh.flush()
        opened.press(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
        assert window.prompt.current == "pause", number
        opened.press(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
        opened.press(Qt.Key.Key_Return)
        assert opened.deeds.deeds[-1] == ("pause", None)
        assert [deed for deed in opened.deeds.deeds if deed[0] in {"approve", "deny"}] == []
        window.form.close_overlay()
        for over in (window.palette_overlay, window.sheet, window.guide):
            over.close_overlay()
    assert opened.deeds.deeds.count(("pause", None)) == len(covers)


def test_a_paused_core_is_resumed_with_the_same_key(opened: Opened) -> None:
    opened.say(FeedArrived(made.answer(reset=False, core=made.core(paused=True)), made.NOW))
    opened.press(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("resume", None)]


def test_R_M3_control_is_taken_and_given_back_with_a_note(opened: Opened) -> None:
    opened.press(Qt.Key.Key_T)
    assert opened.deeds.deeds == [("take_over", made.conversation(1))]
    row = made.row(1, version=5, label="human_control", owner="person", owner_name="Mira Duarte")
    opened.say(DetailArrived(made.detail(1, row=row, seq=26)))
    assert opened.window.live.conversation.composer.isVisible()
    opened.press(Qt.Key.Key_H)
    opened.type("Offer a voucher")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds[-1] == ("hand_back", made.conversation(1), "Offer a voucher")


def test_a_reply_stays_in_the_field_until_the_core_took_it(opened: Opened) -> None:
    row = made.row(1, version=5, label="human_control", owner="person", owner_name="Mira Duarte")
    opened.say(DetailArrived(made.detail(1, row=row, seq=26)))
    opened.press(Qt.Key.Key_W)
    assert isinstance(QApplication.focusWidget(), QPlainTextEdit)
    opened.type("Hello Amara")
    opened.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert opened.deeds.deeds == [("reply", made.conversation(1), "Hello Amara")]
    subject = f"reply:{made.conversation(1)}"
    opened.say(CommandSent(subject, "reply"))
    assert opened.window.live.conversation.composer.text() == "Hello Amara"
    opened.say(CommandAnswered(subject, shown=True))
    assert opened.window.live.conversation.composer.text() == ""


def test_no_other_conversation_opens_by_itself_when_the_chosen_one_leaves_the_list(opened: Opened) -> None:
    row = made.row(1, version=5, label="human_control", owner="person", owner_name="Mira Duarte")
    opened.say(DetailArrived(made.detail(1, row=row, seq=26)))
    assert opened.window.live.listed.model.place_of(made.conversation(1)) == -1
    opened.window.top.setFocus()
    opened.window.live.enter()
    opened.window.refresh.flush()
    assert opened.store.state.wanted == made.conversation(1)


def test_ctrl_k_opens_the_palette_even_while_writing_and_finds_people_and_places(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Slash)
    opened.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.palette_overlay.isVisible()
    opened.type("amara")
    opened.press(Qt.Key.Key_Return)
    assert not opened.window.palette_overlay.isVisible()
    assert opened.store.state.wanted == made.conversation(1)
    opened.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    opened.type("settings")
    opened.press(Qt.Key.Key_Return)
    assert opened.store.state.workspace == "settings"
    assert not opened.deeds.deeds


def test_question_mark_shows_all_keys_and_escape_leaves(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    assert opened.window.sheet.isVisible()
    opened.press(Qt.Key.Key_A)
    assert not opened.deeds.deeds
    opened.press(Qt.Key.Key_Escape)
    assert not opened.window.sheet.isVisible()

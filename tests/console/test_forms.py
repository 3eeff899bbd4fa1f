"""The forms over a conversation: nothing is sent that was not shown, and no key acts below one (R-B7, R-A8, R-E2)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from agent_core.contract.commands import FlagAssessment
from agent_core.contract.editing import FieldFault
from agent_core.contract.overriding import Obstacle, OverridePreview
from console.state.happenings import (
    AskChosen,
    ConversationChosen,
    DetailArrived,
    EditShown,
    FeedArrived,
    PacketArrived,
    RoutingShown,
    WorkspaceChosen,
)
from console.widgets.button import Button
from console.widgets.check_row import CheckRow
from console.widgets.plain_label import PlainLabel
from tests.console import made
from tests.console.opened import Opened

pytestmark = pytest.mark.qt
CTRL = Qt.KeyboardModifier.ControlModifier


def row(opened: Opened, key: str) -> CheckRow:
    return next(one for one in opened.window.form.findChildren(CheckRow) if one.props.key == key)


def yes(opened: Opened) -> Button:
    return next(one for one in opened.window.form.findChildren(Button) if one.props.key == "Ctrl ↵")


def write(opened: Opened, text: str) -> None:
    fields = [one for one in opened.window.form.findChildren(QPlainTextEdit) if one.isVisible()]
    fields[0].setPlainText(text)


def route(opened: Opened, **changes: object) -> OverridePreview:
    opened.press(Qt.Key.Key_R)
    chat = made.conversation(1)
    assert opened.deeds.deeds.pop() == ("preview", chat, ("refund_order", "where_is_my_order"), None)
    preview = made.preview(1, **changes)
    opened.say(RoutingShown(preview))
    assert opened.window.form.current == f"route:{chat}"
    return preview


def test_R_B7_a_choice_is_previewed_again_and_only_what_was_shown_is_sent(opened: Opened) -> None:
    preview = route(opened)
    assert yes(opened).isEnabled()
    row(opened, "cancel_order").click()
    asked = opened.deeds.deeds.pop()
    assert asked[0] == "preview"
    assert set(asked[2]) == {"where_is_my_order", "change_address", "cancel_order"}  # type: ignore[call-overload] # pyright: ignore[reportArgumentType]
    assert not yes(opened).isEnabled()
    newer = preview.model_copy(update={"then": ("where_is_my_order", "change_address", "cancel_order")})
    opened.say(RoutingShown(newer))
    assert yes(opened).isEnabled()
    write(opened, "They want it cancelled.")
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.deeds.deeds == [("override", newer, "They want it cancelled.")]
    assert opened.window.form.current is None


def test_R_B7_a_choice_that_is_taken_back_is_asked_about_again(opened: Opened) -> None:
    preview = route(opened)
    row(opened, "cancel_order").click()
    row(opened, "cancel_order").click()
    assert [one[0] for one in opened.deeds.deeds] == ["preview", "preview"]
    opened.say(RoutingShown(preview.model_copy(update={"then": (*preview.then, "cancel_order")})))
    assert not yes(opened).isEnabled()
    opened.say(RoutingShown(preview.model_copy(update={"queue": None})))
    assert yes(opened).isEnabled()


def test_R_B7_an_obstacle_keeps_the_yes_away(opened: Opened) -> None:
    route(opened, obstacles=(Obstacle(code="still_under_way", sentence="Something is being carried out."),))
    assert not yes(opened).isEnabled()
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.deeds.deeds == []
    assert opened.window.form.current is not None


def test_R_M2_no_key_reaches_the_card_below_a_form_and_leaving_the_conversation_closes_it(opened: Opened) -> None:
    route(opened)
    opened.press(Qt.Key.Key_A)
    opened.press(Qt.Key.Key_T)
    assert opened.deeds.deeds == []
    opened.say(ConversationChosen(made.conversation(2)))
    assert opened.window.form.current is None


def test_R_M4_R_A8_what_is_wrong_with_a_held_conversation_is_shown_in_triage(opened: Opened) -> None:
    held = made.ROWS[3].model_copy(update={"version": 5})
    opened.say(ConversationChosen(held.conversation), DetailArrived(made.detail(4, row=held, seq=26)))
    opened.press(Qt.Key.Key_X)
    state = opened.window.store.state
    assert (state.workspace, state.wanted) == ("triage", held.conversation)
    assert state.triage.looked_at is not None
    assert state.triage.looked_at.conversation == held.conversation
    assert opened.window.form.current is None


def test_R_M2_R_A8_a_quarantine_in_the_queue_leads_from_its_card_to_triage(opened: Opened) -> None:
    held = made.ask(4, kind="quarantine", verbs=("take_over", "repair"), binding=None, money=None)
    opened.say(FeedArrived(made.answer(asks=(held,)), made.NOW), WorkspaceChosen("approvals"), AskChosen(held.ask))
    opened.window.approvals.enter()
    opened.press(Qt.Key.Key_X)
    state = opened.window.store.state
    assert state.workspace == "triage"
    assert state.triage.looked_at is not None
    assert state.triage.looked_at.conversation == held.conversation


def test_R_E2_a_wrong_assessment_is_one_key_away_and_needs_what_would_be_right(opened: Opened) -> None:
    wanted = made.ROWS[2].model_copy(update={"version": 5})
    opened.say(
        ConversationChosen(wanted.conversation),
        DetailArrived(made.detail(3, row=wanted, seq=26)),
        PacketArrived(made.packet(3)),
    )
    opened.press(Qt.Key.Key_F)
    assert not yes(opened).isEnabled()
    row(opened, "pending").click()
    row(opened, "misread").click()
    write(opened, "They want a new one, not the money.")
    opened.press(Qt.Key.Key_Return, CTRL)
    ((verb, command),) = opened.deeds.deeds
    assert verb == "assess"
    assert isinstance(command, FlagAssessment)
    assert (command.part, command.wrong, command.seen) == ("pending", "misread", 26)


def test_R_E3_words_to_the_agent_are_not_words_to_the_customer(opened: Opened) -> None:
    opened.say(DetailArrived(made.detail(1, row=made.row(1, version=7), seq=26)))
    opened.press(Qt.Key.Key_W)
    field = opened.window.live.conversation.composer.findChild(QPlainTextEdit)
    assert field is not None
    QTest.keyClicks(field, "Offer store credit first.")
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.deeds.deeds == [("steer", made.conversation(1), "Offer store credit first.")]


def edit(opened: Opened) -> QLineEdit:
    verbs = ("approve", "edit", "deny")
    opened.say(FeedArrived(made.answer(reset=False, asks=(made.ask(1, version=2, verbs=verbs),)), made.NOW))
    opened.press(Qt.Key.Key_E)
    assert opened.deeds.deeds.pop() == ("preview_edit", made.ask(1).ask, None)
    opened.say(EditShown(made.edit(1)))
    assert not yes(opened).isEnabled()
    amount = next(one for one in opened.window.form.findChildren(QLineEdit) if one.text() == "64.90")
    amount.setText("50")
    opened.window.form.pause_over()
    return amount


def test_R_C3_a_change_is_shown_to_the_core_and_what_is_signed_is_its_answer(opened: Opened) -> None:
    amount = edit(opened)
    (_, ask, sent) = opened.deeds.deeds.pop()
    assert (ask, sent) == (
        made.ask(1).ask,
        {"payment_id": "pay_20", "amount_minor": 5_000, "currency": "EUR", "reason": "duplicate charge"},
    )
    assert not yes(opened).isEnabled()
    answer = made.edited(1)
    opened.say(EditShown(answer))
    assert yes(opened).isEnabled()
    amount.setText("55")
    assert not yes(opened).isEnabled()  # the answer was about something else
    amount.setText("50")
    opened.window.form.pause_over()
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.deeds.deeds[-1] == ("edit", answer, "")


def test_R_C3_an_answer_about_what_was_written_before_is_not_taken_for_one_about_what_stands_there(opened: Opened) -> None:
    amount = edit(opened)
    amount.setText("nothing")
    opened.window.form.pause_over()
    opened.say(EditShown(made.edited(1)))  # about the fifty of before
    assert not yes(opened).isEnabled()
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.deeds.deeds[-1][0] == "preview_edit"


@pytest.mark.parametrize("written", ["50.001", "1,000.00", "fifty", "-5", "5e1", "٥٠"])
def test_R_C3_what_is_no_amount_is_never_sent(opened: Opened, written: str) -> None:
    amount = edit(opened)
    opened.deeds.deeds.clear()
    amount.setText(written)
    opened.window.form.pause_over()
    assert opened.deeds.deeds == []
    assert not yes(opened).isEnabled()


def test_R_C3_a_fault_keeps_the_yes_away_and_names_its_field(opened: Opened) -> None:
    edit(opened)
    fault = FieldFault(field="amount_minor", code="above_refundable", sentence="More than can be refunded.")
    opened.say(EditShown(made.edit(1, faults=(fault,))))
    assert not yes(opened).isEnabled()
    said = [label.whole_text() for label in opened.window.form.findChildren(PlainLabel)]
    assert "More than can be refunded." in said
    assert "Amount in EUR" in said

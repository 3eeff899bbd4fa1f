"""What the agent believes, put right by the person who sees it: the form, the command, the row, and the way back (R-M1)."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from agent_core.contract.correcting import CorrectBelief, EndCorrection
from console.presenting import side
from console.presenting.side import workflow
from console.shell.window import MainWindow
from console.state.app_state import Keyring
from console.state.happenings import ConversationChosen, DetailArrived, KeyringKnown, SignedIn
from console.widgets.beliefs import BeliefsCard
from console.widgets.button import Button
from console.workspaces.correcting import correction, correction_form
from tests.console import made
from tests.console.scenes_beliefs import OF_BELIEF, OF_FACT
from tests.console.shown_window import shown_window
from tests.console.states import begun


class Told:
    def __init__(self) -> None:
        self.commands: list[CorrectBelief | EndCorrection] = []

    def read_listing(self) -> None:
        return

    def correct_belief(self, command: CorrectBelief) -> None:
        self.commands.append(command)

    def end_correction(self, command: EndCorrection) -> None:
        self.commands.append(command)


def test_R_M1_a_corrected_belief_is_struck_and_says_who_when_and_how_they_know() -> None:
    detail = made.detail(1, corrections=(OF_BELIEF, OF_FACT))
    rows = {row.statement: row for row in side.beliefs(detail, made.NOW, correctable=True).rows}
    row = rows["Refund of a duplicate charge"]
    assert row.mark == "corrected"
    assert "Ines Roth, just now: the payment provider, by phone" in row.instead
    assert row.correction == "k1"
    assert rows["Signed in: Amara Okafor, account 20931"].correction == "k2"
    over = made.detail(1, corrections=(OF_BELIEF.model_copy(update={"over": True}),))
    assert all(not one.instead for one in side.beliefs(over, made.NOW).rows)


def test_R_M1_a_correction_stays_in_sight_when_its_row_is_gone() -> None:
    gone = made.detail(1, beliefs=(), facts=(), corrections=(OF_BELIEF,))
    (row,) = side.beliefs(gone, made.NOW).rows
    assert (row.statement, row.correction) == ("Refund of a duplicate charge", "k1")


def test_R_M1_each_belief_shows_the_facts_it_cites_with_source_and_age() -> None:
    first, _, opinion, *_ = side.beliefs(made.detail(1), made.NOW).rows
    assert [(one.seq, one.words) for one in first.cited] == [(9, "Order status: shipped · Get order · 2\u00a0min")]
    assert opinion.cited == ()


def test_what_is_not_believed_any_more_cannot_be_put_right() -> None:
    detail = made.detail(1)
    assert correction_form(detail, (), "9:b16.7") is None
    assert correction(detail, "9:f99", {"source": ("x",)}) is None
    assert correction(detail, "9:b16.0", {"source": ("  ",)}) is None


def test_the_form_says_what_lapses() -> None:
    detail = made.detail(1)
    resting = correction_form(detail, (made.ask(1),), "9:b16.0")
    other = correction_form(detail, (made.ask(1, evidence=()),), "9:b16.0")
    assert resting is not None
    assert other is not None
    assert any("1 action that waits" in line.words for line in resting.first.lines)
    assert any(line.words.startswith("Nothing that waits") for line in other.first.lines)


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    with shown_window(qapp, qtbot, begun("light"), live=Told()) as shown:
        yield shown


def _button(window: MainWindow, start: str) -> Button:
    QApplication.processEvents()
    (card,) = (one for one in window.findChildren(BeliefsCard) if one.isVisible())
    return next(one for one in card.findChildren(Button) if one.accessibleName().startswith(start) and one.isVisible())


@pytest.mark.qt
def test_R_M1_a_belief_is_put_right_from_its_row_and_taken_back_from_there(window: MainWindow) -> None:
    told = window.beliefs._deeds  # pyright: ignore[reportPrivateUsage] - what the test gave it
    assert isinstance(told, Told)
    _button(window, "Correct: Refund of a duplicate").click()
    assert window.form.isVisible()
    words, line = window.form.findChildren(QPlainTextEdit)[0], window.form.findChildren(QLineEdit)[0]
    QTest.keyClick(words, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert told.commands == [], "without a source nothing is sent"
    QTest.keyClicks(words, "It is the shipping.")
    QTest.keyClicks(line, "Seen it")
    QTest.keyClick(line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    (command,) = told.commands
    assert isinstance(command, CorrectBelief)
    assert (command.at, command.index, command.fact) == (16, 0, None)
    assert (command.right, command.source) == ("It is the shipping.", "Seen it")
    window.store.dispatch(DetailArrived(made.detail(1, seq=30, corrections=(OF_BELIEF,))))
    window.refresh.flush()
    _button(window, "Take back").click()
    assert told.commands[-1] == EndCorrection(conversation=made.conversation(1), correction="k1")


@pytest.mark.qt
def test_a_form_about_a_belief_closes_when_its_conversation_is_left(window: MainWindow) -> None:
    _button(window, "Correct: Refund of a duplicate").click()
    window.store.dispatch(ConversationChosen(made.conversation(2)))
    window.refresh.flush()
    assert not window.form.isVisible()


@pytest.mark.qt
def test_R_M7_nobody_who_only_reads_is_offered_to_put_anything_right(window: MainWindow) -> None:
    window.store.dispatch(SignedIn(made.session(operator=None, role=None, name=None, key=None, limit=None)))
    window.store.dispatch(KeyringKnown(Keyring(sentence="No keyring.")))
    window.refresh.flush()
    with pytest.raises(StopIteration):
        _button(window, "Correct: ")


def test_R_M5_where_one_looks_back_nothing_is_offered_that_would_do_nothing() -> None:
    (run, *_) = made.detail(1).runs
    assert workflow(run).action
    assert workflow(run, acts=False).action == ""

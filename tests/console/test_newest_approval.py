"""One key shows the approval that was asked for last, from anywhere, and never from under somebody who writes (R-M2)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.views import AskCard
from console.shell.commands import palette_lines
from console.shell.window import MainWindow
from console.state.happenings import AskChosen, FeedArrived, QueueNarrowed, WorkspaceChosen
from console.state.selectors import newest_approval
from tests.console import made
from tests.console.scene import asks, say
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt

BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def ago(number: int, seconds: int, **changes: object) -> AskCard:
    return made.ask(number, version=3, raised_at=made.NOW - timedelta(seconds=seconds), **changes)


OLD, NEW = ago(1, 600, priority=0), ago(21, 5, priority=8, customer_name="Newest Person")


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    store = begun("light")
    say(store, asks(OLD, NEW, ago(22, 1, kind="escalation"), ago(23, 2, state="closed"), ago(24, 3, state="deciding")))
    with shown_window(qapp, qtbot, store) as shown:
        yield shown


def press(window: MainWindow) -> None:
    focus: QWidget = QApplication.focusWidget() or window
    QTest.keyClick(focus, Qt.Key.Key_J, BOTH)
    window.refresh.flush()


def test_R_M2_the_newest_is_the_last_one_asked_for_that_nobody_has_decided(window: MainWindow) -> None:
    newest = newest_approval(window.store.state)
    assert newest is not None
    assert newest.ask == NEW.ask


def test_R_M2_its_key_shows_it_from_another_workspace(window: MainWindow) -> None:
    assert window.store.state.workspace == "live"
    press(window)
    assert (window.store.state.workspace, window.store.state.ask) == ("approvals", NEW.ask)
    card = window.approvals.card
    assert card is not None
    assert card.props.key == NEW.ask


def test_a_queue_that_shows_only_what_is_overdue_shows_everything_again(window: MainWindow) -> None:
    say(window.store, WorkspaceChosen("approvals"), AskChosen(OLD.ask), QueueNarrowed(True))
    press(window)
    assert (window.store.state.ask, window.store.state.only_missed) == (NEW.ask, False)


def test_R_M2_it_never_takes_the_window_from_who_writes_or_is_asked(window: MainWindow) -> None:
    window.live.listed.search.setFocus()
    press(window)
    assert window.store.state.workspace == "live"
    window.live.enter()
    window.show_keys()
    press(window)
    assert window.store.state.workspace == "live"


def test_where_no_approval_waits_it_says_so_and_nothing_moves(window: MainWindow) -> None:
    say(window.store, FeedArrived(made.answer(rows=(), asks=()), made.NOW))
    press(window)
    assert window.store.state.workspace == "live"
    assert "whisper" in window.news.toasts.keys()  # noqa: SIM118 — its own method, no mapping


def test_it_stands_in_the_palette_with_its_key(window: MainWindow) -> None:
    (line,) = (one for one in palette_lines(window.store.state) if one.key == "do:newest")
    assert line.words.replace("\u00a0", " ") == "Newest approval: Refund 64.90 EUR — Newest Person"
    window.carry_out("do:newest")
    assert window.store.state.ask == NEW.ask

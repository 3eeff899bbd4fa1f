"""A small screen shows two panes whole instead of three cut, and no key acts on what is not in sight (R-M1, R-M2, R-M8)."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console import texts_log
from console.shell.sheet import SheetLine, SheetProps
from console.shell.window import MainWindow
from console.state.app_state import WorkspaceKey
from console.state.happenings import AskChosen, ConnectionChanged, FeedArrived, WorkspaceChosen
from console.theme.controller import Theme
from console.widgets.button import Button, ButtonProps
from console.widgets.chip import Chip
from console.widgets.folding import FoldingPanes
from console.widgets.plain_label import PlainLabel
from tests.console import made, made_acting, scenes_stopping
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor
from tests.console.scene import asks, say
from tests.console.states import begun

pytestmark = pytest.mark.qt

SMALL = (911, 440)
"""1366x768 at 150 %, without the bars of a desktop."""


class Small:
    """A window on a small screen, and what it asked for."""

    def __init__(self, window: MainWindow, deeds: AskedFor) -> None:
        self.window, self.deeds = window, deeds

    def go(self, place: WorkspaceKey) -> FoldingPanes | None:
        say(self.window.store, WorkspaceChosen(place))
        self.window.refresh.flush()
        return self.window.workspaces[place].folding

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key)
        self.window.refresh.flush()
        QApplication.processEvents()  # panes are laid out by the loop


@pytest.fixture
def small(qapp: QApplication, qtbot: QtBot) -> Iterator[Small]:
    theme = Theme("light")
    theme.install(qapp)
    deeds = AskedFor()
    window = MainWindow(
        theme, begun("light"), deeds, "console.ini", audit=AuditAskedFor(), acting=made_acting.ActingAskedFor()
    )
    window.resize(*SMALL)
    window.fit(SMALL[0])
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.live.enter()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    yield Small(window, deeds)
    window.stop()
    window.close()
    window.deleteLater()


def place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


@pytest.mark.parametrize("where", ["live", "approvals", "triage", "audit"])
def test_R_M8_on_a_small_screen_nothing_stands_outside_the_window(small: Small, where: WorkspaceKey) -> None:
    window = small.window
    assert (window.width(), window.height()) == SMALL
    small.go(where)
    for turn in range(2):
        panes = [pane for split in [window.splitters()[where]] for pane in (split.widget(at) for at in range(split.count()))]
        shown = [pane for pane in panes if pane is not None and pane.isVisible()]
        assert shown
        for pane in shown:
            assert window.rect().contains(place(pane, window)), f"{where}, turned {turn} times"
            assert pane.width() >= pane.minimumWidth()
        small.key(Qt.Key.Key_F6)


@pytest.mark.parametrize("where", ["live", "approvals"])
def test_R_M8_the_list_and_the_details_take_turns_by_key_and_by_button(small: Small, where: WorkspaceKey) -> None:
    folding = small.go(where)
    assert folding is not None
    assert folding.folded
    split = small.window.splitters()[where]
    first, last = split.widget(0), split.widget(2)
    assert first is not None
    assert last is not None
    assert (first.isVisible(), last.isVisible()) == (True, False)
    small.key(Qt.Key.Key_F6)
    assert (first.isVisible(), last.isVisible()) == (False, True)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus.isVisible(), "no key is lost in a pane that is hidden"
    QTest.mouseClick(folding.button, Qt.MouseButton.LeftButton)
    assert (first.isVisible(), last.isVisible()) == (True, False)
    assert "F6" in folding.button.toolTip()
    assert folding.button.accessibleName()
    small.window.resize(1_366, 768)
    assert not folding.folded
    assert first.isVisible()
    assert last.isVisible()
    assert not folding.button.isVisible()


def test_R_M2_a_key_acts_on_no_card_that_is_out_of_sight(small: Small) -> None:
    live = small.window.live
    card = live.side.first_card
    assert card is not None
    assert not card.isVisible()
    small.key(Qt.Key.Key_A)
    assert small.deeds.deeds == []
    assert card.isVisible(), "the first press shows it"
    small.key(Qt.Key.Key_A)
    assert [one[0] for one in small.deeds.deeds] == ["approve"]


def test_R_M8_the_rail_shows_icons_alone_where_it_is_short(small: Small) -> None:
    rail = small.window.rail
    for tab in rail.findChildren(QWidget):
        assert rail.rect().contains(tab.geometry())
        assert tab.accessibleName()


def test_R_M3_a_strip_says_on_every_place_who_stopped_everything_and_since_when(small: Small) -> None:
    strip = small.window.stops
    assert not strip.isVisible()
    core = made.core(paused=True, stopped=scenes_stopping.STOPPED)
    say(small.window.store, FeedArrived(made.answer(reset=False, core=core), made.NOW))
    places: tuple[WorkspaceKey, ...] = ("live", "approvals", "settings")
    for where in places:
        small.go(where)
        assert strip.isVisible()
        assert "All agents are paused" in strip.accessibleName()
        assert "Ines Roth" in strip.accessibleName()
    strip.resume_wanted.emit()
    assert small.window.prompt.current == "resume"
    nobody = scenes_stopping.STOPPED.model_copy(update={"by": None, "by_name": ""})
    say(small.window.store, FeedArrived(made.answer(reset=False, core=made.core(paused=True, stopped=nobody)), made.NOW))
    small.window.refresh.flush()
    assert "somebody of another brand" in strip.accessibleName()


def test_R_M8_what_a_core_that_is_away_said_last_is_no_statement(small: Small) -> None:
    say(small.window.store, ConnectionChanged("offline", made.NOW, "The core does not answer."))
    small.window.refresh.flush()
    said = [one.whole_text() for one in small.window.status.findChildren(PlainLabel) if not one.isHidden()]
    assert not [one for one in said if "working" in one or "healthy" in one], said


def test_R_M2_a_long_headline_never_cuts_the_clock_beside_it(small: Small) -> None:
    small.go("approvals")
    card = small.window.approvals.card
    assert card is not None
    say(small.window.store, asks(made.ask(1, version=9, title="Donaudampfschifffahrt" * 9)), AskChosen(made.ask(1).ask))
    small.window.refresh.flush()
    QApplication.processEvents()
    card = small.window.approvals.card
    assert card is not None
    clocks = [one for one in card.findChildren(Chip) if one.isVisible()]
    assert clocks
    assert all(one.width() >= one.sizeHint().width() for one in clocks)


def test_R_M8_a_log_of_nothing_keeps_its_head_on_top_and_a_short_sheet_is_short(small: Small) -> None:
    window = small.window
    window.resize(1_366, 768)
    window.show_log(())
    QApplication.processEvents()
    title = next(one for one in window.log_sheet.findChildren(PlainLabel) if one.whole_text() == texts_log.TITLE)
    assert place(title, window).top() - place(window.log_sheet.panel, window).top() < 80
    window.log_sheet.close_overlay()
    window.sheet.show_sheet(SheetProps("One thing", "It happened lately.", (SheetLine("A refund was denied."),)))
    QApplication.processEvents()
    assert window.sheet.panel.height() < 320


def test_R_M8_a_button_that_is_too_narrow_is_cut_at_its_end(small: Small, qtbot: QtBot) -> None:
    theme = small.window.theme
    button = Button(theme, ButtonProps("Everything of this and more", "primary", small=True))
    qtbot.addWidget(button)
    button.resize(80, 28)
    picture = button.grab().toImage()
    left = {picture.pixelColor(x, y).name() for x in range(3, 5) for y in range(8, 20)}
    assert left == {picture.pixelColor(4, 4).name()}, "its first letters are whole"


def test_R_M1_a_name_is_never_covered_by_what_is_said_of_its_conversation(small: Small) -> None:
    small.go("live")
    for _ in range(2):
        for _layout in range(3):
            QApplication.processEvents()  # a pane, its head, and what stands in it
        head = small.window.live.conversation.head
        name = next(one for one in head.findChildren(PlainLabel) if one.whole_text() == "Amara Okafor")
        chips = [one for one in head.findChildren(Chip) if one.isVisible()]
        assert chips
        assert all(place(name, head).right() <= place(one, head).left() for one in chips)
        small.key(Qt.Key.Key_F6)

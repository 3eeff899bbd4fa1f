"""A small screen shows two panes whole instead of three cut, and no key acts on what is not in sight (R-M1, R-M2, R-M8)."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.shell.window import MainWindow
from console.state.app_state import WorkspaceKey
from console.state.happenings import WorkspaceChosen
from console.theme.controller import Theme
from console.widgets.folding import FoldingPanes
from tests.console import made_acting
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor
from tests.console.scene import say
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

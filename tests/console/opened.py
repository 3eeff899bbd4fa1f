"""A person at the keyboard of a real window without a core, and a window with a day's conversations in it."""

from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.shell.window import MainWindow
from console.state.happenings import Happening
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor
from tests.console.shown_window import shown_window
from tests.console.states import begun


class AtWindow:
    """Whoever sits before a window: what they press and write, and what happens meanwhile."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.store = window.store

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """One press where the keyboard is, and the window shows what came of it."""
        QTest.keyClick(QApplication.focusWidget() or self.window, key, held)
        self.window.refresh.flush()

    def type(self, text: str) -> None:
        """Words into the field that has the keyboard."""
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClicks(target, text)
        self.window.refresh.flush()

    def say(self, *happenings: Happening) -> None:
        """The state moves, and the window shows it."""
        for one in happenings:
            self.store.dispatch(one)
        self.window.refresh.flush()


class Opened(AtWindow):
    """A window with a day's conversations, and what was asked for in it."""

    def __init__(self, window: MainWindow, deeds: AskedFor) -> None:
        super().__init__(window)
        self.deeds = deeds


@contextmanager
def opened_window(qapp: QApplication, qtbot: QtBot) -> Generator[Opened]:
    """One, with the keyboard in the list, for as long as the block lasts."""
    deeds = AskedFor()
    with shown_window(qapp, qtbot, begun("light"), deeds, audit=AuditAskedFor()) as window:
        yield Opened(window, deeds)

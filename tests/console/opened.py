"""A window with a day's conversations in it, and a person at its keyboard, without a core."""

from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.views import RowPage
from console.shell.window import MainWindow
from console.state.app_state import AppState, Keyring
from console.state.happenings import (
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    KeyringKnown,
    PageArrived,
    SignedIn,
)
from console.state.preferences import Preferences
from console.state.store import Store
from console.theme.controller import Theme
from tests.console import made
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor


class Opened:
    """A window with a day's conversations, and what was asked for in it."""

    def __init__(self, window: MainWindow, store: Store, deeds: AskedFor) -> None:
        self.window = window
        self.store = store
        self.deeds = deeds

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        target: QWidget = QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, held)
        self.window.refresh.flush()

    def type(self, text: str) -> None:
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClicks(target, text)
        self.window.refresh.flush()

    def say(self, *happenings: object) -> None:
        for one in happenings:
            self.store.dispatch(one)  # pyright: ignore[reportArgumentType] - tests pass happenings only
        self.window.refresh.flush()


@contextmanager
def opened_window(qapp: QApplication, qtbot: QtBot) -> Generator[Opened]:
    """One, with the keyboard in the list, for as long as the block lasts."""
    store = Store(AppState(now=made.NOW, preferences=Preferences(theme="light")))
    store.dispatch(KeyringKnown(Keyring(usable=True, kind="memory", sentence="In memory.", fingerprint=made.KEY)))
    store.dispatch(SignedIn(made.session()))
    store.dispatch(FeedArrived(made.answer(), made.NOW))
    store.dispatch(PageArrived("needs", RowPage(rows=(), next=None, counts=made.COUNTS)))
    store.dispatch(ConversationChosen(made.conversation(1)))
    store.dispatch(DetailArrived(made.detail(1)))
    store.dispatch(ConnectionChanged("live", made.NOW))
    theme = Theme("light")
    theme.install(qapp)
    deeds = AskedFor()
    window = MainWindow(theme, store, deeds, "console.ini", audit=AuditAskedFor())
    window.resize(1_366, 768)
    window.fit(1_366)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.live.enter()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    yield Opened(window, store, deeds)
    window.stop()
    window.close()
    window.deleteLater()
    theme.deleteLater()

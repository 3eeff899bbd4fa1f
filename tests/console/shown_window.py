"""A real window over a made-up state, with the keyboard in it; gone when the block ends."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.shell.window import MainWindow
from console.state.store import Store
from console.theme.controller import Theme
from tests.console.fake_core import AskedFor


@contextmanager
def shown_window(application: QApplication, qtbot: QtBot, store: Store) -> Generator[MainWindow]:
    """The window of a store, at 1366 by 768 and in the light theme."""
    theme = Theme("light")
    theme.install(application)
    window = MainWindow(theme, store, AskedFor(), "console.ini")
    window.resize(1_366, 768)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.live.enter()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    yield window
    window.stop()
    window.close()
    window.deleteLater()


async def has_keyboard(window: MainWindow) -> None:
    """Until a window has the keyboard: on a real screen its shortcuts hear nothing before."""
    came = asyncio.Event()

    def changed(_before: QWidget | None, now: QWidget | None) -> None:
        if now is not None:
            came.set()

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.focusChanged.connect(changed)
    try:
        window.activateWindow()
        window.workspaces[window.store.state.workspace].enter()
        async with asyncio.timeout(300):
            while QApplication.focusWidget() is None:
                await came.wait()
                came.clear()
    finally:
        application.focusChanged.disconnect(changed)

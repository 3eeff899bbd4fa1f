"""A real window over a made-up state, with the keyboard in it; gone when the block ends."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.shell.window import MainWindow
from console.state.store import Store
from console.theme.controller import Theme
from console.widgets.banner import Banner
from console.widgets.pane import ScrollColumn
from console.widgets.plain_label import PlainLabel
from tests.console.fake_core import AskedFor

PATIENCE_MS = 30_000
"""A bound only: a machine that does much besides is slow to show a window."""


@contextmanager
def shown_window(
    application: QApplication, qtbot: QtBot, store: Store, deeds: AskedFor | None = None, *, width: int = 1_366, **more: Any
) -> Generator[MainWindow]:
    """The window of a store, 768 high and in the light theme.

    Args:
        application: The one that there is.
        qtbot: Waits until it stands on the screen.
        store: What it shows.
        deeds: Writes down what is asked for in it.
        width: In pixels.
        more: The deeds of single workspaces, as `MainWindow` names them.
    """
    theme = Theme("light")
    theme.install(application)
    window = MainWindow(theme, store, deeds or AskedFor(), "console.ini", **more)
    window.resize(width, 768)
    window.fit(width)
    with qtbot.waitExposed(window, timeout=PATIENCE_MS):
        window.show()
    window.activateWindow()
    window.live.enter()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=PATIENCE_MS)
    try:
        yield window
    finally:
        window.stop()
        window.close()
        window.deleteLater()
        theme.deleteLater()


def nothing_is_cut(window: MainWindow) -> None:
    """No column is wider than what shows it, and no banner lower than its words."""
    for scrolled in (one for one in window.findChildren(ScrollColumn) if one.isVisible()):
        inner = scrolled.widget()
        assert inner is not None
        assert inner.width() <= scrolled.viewport().width(), scrolled.accessibleName()
    for banner in (one for one in window.findChildren(Banner) if one.isVisible()):
        for label in banner.findChildren(PlainLabel):
            assert label.height() >= label.heightForWidth(label.width()), label.whole_text()


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

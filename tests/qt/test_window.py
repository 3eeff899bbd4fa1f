"""A real window on a real X server: shown, exposed, drawn, typed into and closed, as a person's would be."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow
from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.xvfb


def test_the_platform_is_a_real_x_server(qapp: QApplication) -> None:
    assert QGuiApplication.platformName() == "xcb"
    assert QGuiApplication.primaryScreen().geometry().width() >= 1280


def test_a_window_is_exposed_drawn_typed_into_and_closed(qtbot: QtBot) -> None:
    window = QMainWindow()
    field = QLineEdit()
    window.setCentralWidget(field)
    window.setStyleSheet("QLineEdit { background: #204060; color: white; border: none }")
    window.resize(480, 320)
    qtbot.addWidget(window)
    window.show()
    assert QTest.qWaitForWindowExposed(window, 60_000)
    assert window.windowHandle() is not None
    assert int(window.winId()) != 0
    QTest.keyClicks(field, "countersign")
    assert field.text() == "countersign"
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert field.text() == "countersig"

    def shown_on_the_screen() -> bool:
        pixel = window.screen().grabWindow(window.winId()).toImage().pixelColor(470, 300)
        return pixel.name() == "#204060"

    qtbot.waitUntil(shown_on_the_screen, timeout=60_000)
    window.close()
    assert not window.isVisible()

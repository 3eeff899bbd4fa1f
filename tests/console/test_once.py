"""What is shown once stays until somebody has it, and nothing of it stays behind."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from console.shell.once import OnceOverlay
from console.theme.controller import Theme
from console.widgets.plain_label import PlainLabel
from console.workspaces.people_deeds import Once

pytestmark = pytest.mark.qt
CODE = "XK4T-9QPM-2LWD-7RHC"


def test_R_M7_a_code_shown_once_is_copied_whole_and_goes_only_when_somebody_is_done(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1100, 700)
    plane = OnceOverlay(Theme("light"), window)
    window.show()
    plane.show_once(Once("The code for Kim", "It is shown once.", CODE, "They open Countersign."))
    QTest.mouseClick(plane, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert plane.isVisible(), "a press beside it takes nothing away"
    assert CODE in [label.text() for label in plane.findChildren(PlainLabel)]
    QTest.keyClick(plane.first_focus(), Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == CODE
    plane.done.click()
    assert not plane.isVisible()
    plane.show_once(Once("Your key", "Read it to them.", "ed25519:" + "e" * 64))
    assert CODE not in [label.text() for label in plane.findChildren(PlainLabel) if not label.isHidden()]
    QTest.keyClick(plane, Qt.Key.Key_Escape)
    assert not plane.isVisible()

"""The strip says something else many times a minute, for a whole day (R-M8)."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from console.theme.controller import Theme
from console.widgets.key_cap import KeyCapProps, KeyHint
from console.widgets.status_bar import StatusBar, StatusBarProps, StatusPiece

pytestmark = pytest.mark.qt


def said(number: int) -> StatusBarProps:
    """Other words and other keys each time."""
    keys = tuple(KeyCapProps((chr(65 + at),), f"key {at} of {number}") for at in range(number % 7))
    return StatusBarProps((StatusPiece(f"{number} waiting", "warn"), StatusPiece("Live", "ok")), keys, f"Person {number}")


def test_R_M8_what_the_strip_said_before_goes_whole_however_often_it_changes(theme: Theme, qapp: QApplication) -> None:
    window = QWidget()
    strip = StatusBar(theme, said(0), window)
    for number in range(1, 400):
        strip.resize(300 + number % 5 * 200, 30)
        strip.set_props(said(number))
        if number % 3 == 0:
            # What was deleted goes at once, and other widgets come to stand where it was.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(strip.findChildren(KeyHint)) == 399 % 7
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

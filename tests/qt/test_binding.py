"""The binding does not lose references: PySide6 6.12.0 lost one to None per call and aborted Python after some thousands.

A short smoke test does not see that, which is why this one calls often. It proves the pinned version, on this Python.
"""

import sys

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel

CALLS = 20_000
NOISE = 200
"""References to None that other code may take or drop meanwhile; a lost one per call is a hundred times that."""

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from 3.12: nothing can be lost")


def test_twenty_thousand_calls_that_answer_none_lose_no_reference(qapp: QApplication) -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for number in range(CALLS):
        thing.setObjectName(str(number))
    assert abs(sys.getrefcount(None) - before) < NOISE


def test_twenty_thousand_questions_answered_by_none_lose_no_reference(qapp: QApplication) -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        assert thing.parent() is None
    assert abs(sys.getrefcount(None) - before) < NOISE


def test_twenty_thousand_painter_calls_lose_no_reference(qapp: QApplication) -> None:
    image = QImage(16, 16, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for number in range(CALLS):
        painter.drawPoint(number % 16, 3)
    painter.end()
    assert abs(sys.getrefcount(None) - before) < NOISE


def test_twenty_thousand_texts_on_a_widget_lose_no_reference(qapp: QApplication) -> None:
    label = QLabel()
    before = sys.getrefcount(None)
    for number in range(CALLS):
        label.setText(str(number))
    label.deleteLater()
    assert abs(sys.getrefcount(None) - before) < NOISE

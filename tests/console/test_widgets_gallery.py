"""Every widget in both themes, looked at by a machine before people do: painted, named, quiet (R-M8)."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from console.theme.controller import Theme
from console.theme.tokens import LIGHT, ThemeName
from console.widgets.gallery.__main__ import picture
from console.widgets.gallery.sheet import sheet
from console.widgets.gallery.window import GalleryWindow
from console.widgets.plain_label import PlainLabel
from console.widgets.transcript.view import TranscriptView

# The offscreen platform says once per window that it passes on no size hints; nothing can be done about it here.
pytestmark = [pytest.mark.qt, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> GalleryWindow:
    made = GalleryWindow(theme)
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    made.fit(1366)
    qtbot.waitUntil(lambda: made.findChildren(TranscriptView)[0].column.settled, timeout=60_000)
    return made


def shades(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_R_M8_every_widget_paints_in_both_themes_without_a_word_in_the_log(
    theme: Theme, qtbot: QtBot, name: ThemeName
) -> None:
    theme.choose(name)
    page = sheet(theme)
    qtbot.addWidget(page)
    page.resize(page.sizeHint())
    assert len(shades(picture(page, 1.0))) > 100


def test_R_M8_a_whole_window_switches_live(window: GalleryWindow, theme: Theme) -> None:
    before = picture(window, 1.0)
    theme.choose("dark")
    after = picture(window, 1.0)
    kept = sum(before.pixel(x, y) == after.pixel(x, y) for x in range(0, 1366, 11) for y in range(0, 768, 11)) / (125 * 70)
    assert kept < 0.05, "something kept the colours of the other theme"
    theme.choose("light")
    assert picture(window, 1.0) == before


def test_R_M8_at_two_pixels_per_pixel_the_picture_is_sharper_not_larger(window: GalleryWindow) -> None:
    fine = picture(window, 2.0)
    assert (fine.width(), fine.height()) == (2732, 1536)
    assert fine.deviceIndependentSize().toSize() == window.size()


def test_R_M8_everything_that_takes_the_keyboard_has_a_name(window: GalleryWindow, theme: Theme, qtbot: QtBot) -> None:
    page = sheet(theme)
    qtbot.addWidget(page)
    nameless = [
        widget
        for root in (window, page)
        for widget in root.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.accessibleName()
        and not isinstance(widget, QLabel)
        and widget.objectName() not in {"qt_scrollarea_viewport", "scrolled"}
    ]
    assert not nameless


def test_R_D1_every_label_comes_from_the_factory(window: GalleryWindow, theme: Theme, qtbot: QtBot) -> None:
    page = sheet(theme)
    qtbot.addWidget(page)
    for root in (window, page):
        for label in root.findChildren(QLabel):
            assert isinstance(label, PlainLabel)
            assert label.textFormat() == Qt.TextFormat.PlainText


def test_a_small_screen_cuts_nothing_off_at_the_side(window: GalleryWindow) -> None:
    for child in window.findChildren(QWidget):
        if not child.isVisible() or isinstance(child.parentWidget(), TranscriptView):
            continue
        right = child.mapTo(window, QPoint(child.width(), 0)).x()
        assert right <= window.width() + 1, child


def test_the_ground_of_the_window_is_the_ground_of_the_theme(window: GalleryWindow) -> None:
    transcript = window.findChildren(TranscriptView)[0]
    corner = transcript.viewport().mapTo(window, QPoint(4, 300))
    assert picture(window, 1.0).pixelColor(corner).name().upper() == LIGHT.ground

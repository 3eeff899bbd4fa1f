"""The theme: fonts and icons are really there, and everything switches live (R-M8)."""

import re

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.theme.assets import RESOURCES, AssetMissing
from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_STRONG, MONO, font, text_width
from console.theme.icons import icon, icon_names, paint_icon
from console.theme.style import style_sheet
from console.theme.tokens import DARK, LIGHT

pytestmark = pytest.mark.qt


def test_bundled_fonts_are_used_not_replaced(theme: Theme) -> None:
    assert {"Inter", "JetBrains Mono"} <= set(QFontDatabase.families())
    assert QFontInfo(font(BODY)).family() == "Inter"
    assert QFontInfo(font(MONO)).family() == "JetBrains Mono"
    assert text_width("Countersign", BODY_STRONG) > text_width("Countersign", BODY)


def test_loading_the_fonts_again_changes_nothing(theme: Theme, qapp: QApplication) -> None:
    before = sorted(QFontDatabase.families())
    theme.install(qapp)
    assert sorted(QFontDatabase.families()) == before


def test_digits_do_not_jump_and_hyphens_stay_narrow(theme: Theme) -> None:
    assert text_width("1111", BODY) == pytest.approx(text_width("8888", BODY))
    assert text_width("-", BODY) < text_width("8", BODY)


def test_every_font_is_small_and_has_its_licence() -> None:
    fonts = sorted((RESOURCES / "fonts").glob("*.ttf"))
    assert len(fonts) == 6
    for path in fonts:
        assert path.stat().st_size < 400_000
        assert (path.parent / f"{path.stem.split('-')[0]}-LICENSE.txt").is_file()
    assert (RESOURCES / "icons" / "LICENSE").is_file()


def test_every_bundled_icon_is_a_drawing(theme: Theme) -> None:
    for name in sorted(icon_names()):
        picture = QImage(24, 24, QImage.Format.Format_ARGB32)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        paint_icon(painter, QRectF(0, 0, 24, 24), name, "#112233")
        painter.end()
        assert any(picture.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), name


def test_an_icon_nobody_bundled_is_refused() -> None:
    with pytest.raises(AssetMissing) as refusal:
        icon("../../etc/passwd", "#000000")
    assert refusal.value.code == "asset_missing"


def test_an_icon_takes_the_colour_it_is_given(theme: Theme) -> None:
    picture = icon("octagon-pause", "#FF0000", 32).pixmap(32, 32).toImage()
    inks = {picture.pixelColor(x, y).name() for x in range(32) for y in range(32) if picture.pixelColor(x, y).alpha() == 255}
    assert "#ff0000" in inks


def test_R_M8_the_theme_switches_live_and_says_so_once(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed, timeout=60_000):
        theme.choose("dark")
    assert theme.tokens is DARK
    assert qapp.palette().window().color() == QColor(DARK.ground)
    assert DARK.control in qapp.styleSheet()
    with qtbot.assertNotEmitted(theme.changed):
        theme.choose("dark")
    theme.toggle()
    assert theme.tokens is LIGHT


def test_an_unknown_desktop_gets_the_light_theme(qapp: QApplication) -> None:
    made = Theme("system", system=lambda: Qt.ColorScheme.Unknown)
    assert made.tokens is LIGHT
    made.deleteLater()


def test_R_M8_a_desktop_that_turns_dark_is_followed_only_when_asked(theme: Theme, qtbot: QtBot) -> None:
    desktop = [Qt.ColorScheme.Light]
    follows = Theme("system", system=lambda: desktop[0])
    assert follows.tokens is LIGHT
    desktop[0] = Qt.ColorScheme.Dark
    with qtbot.waitSignal(follows.changed, timeout=60_000), qtbot.assertNotEmitted(theme.changed):
        QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert follows.tokens is DARK
    assert theme.tokens is LIGHT
    follows.deleteLater()


def test_the_style_sheet_holds_no_colour_of_its_own() -> None:
    for tokens in (LIGHT, DARK):
        known = set(re.findall(r"#[0-9A-Fa-f]{6,8}", repr(tokens)))
        assert set(re.findall(r"#[0-9A-Fa-f]{6,8}", style_sheet(tokens))) <= known

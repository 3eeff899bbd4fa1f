"""The window looks as it looked when somebody last looked at it and accepted it, in both themes (R-M8)."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from console.theme.tokens import ThemeName
from tests.console.golden.compare import Difference, difference, draw_difference
from tests.console.golden.drawing import CALIBRATION, FOLDER, SCENES, THEMES, calibration, drawn, stored

pytestmark = pytest.mark.qt
OUT = Path("build/golden")
DARK_TOO = ("live", "approvals", "audit-alarm")
"""The others are compared in the dark theme where the slow tests run: a layout is the same in both."""


@pytest.fixture(scope="module")
def calibrated(qapp: QApplication) -> QApplication:
    """The application, where letters come out as on the computer that drew the pictures."""
    if sys.platform == "win32":
        pytest.skip("the golden pictures are drawn where the time zone can be set")
    if calibration(qapp) != QImage(str(CALIBRATION)).convertToFormat(QImage.Format.Format_RGB32):
        pytest.skip("this platform draws letters otherwise than the one that drew the golden pictures (calibration.png)")
    return qapp


@pytest.mark.parametrize(
    ("scene", "theme"),
    [
        pytest.param(scene, theme, marks=() if theme == "light" or scene in DARK_TOO else pytest.mark.slow)
        for scene in SCENES
        for theme in THEMES
    ],
)
def test_R_M8_a_window_looks_as_it_was_accepted(calibrated: QApplication, scene: str, theme: ThemeName) -> None:
    kept = QImage(str(stored(scene, theme)))
    assert not kept.isNull(), f"{stored(scene, theme).name} is missing: python -m tests.console.golden --accept"
    now = drawn(calibrated, scene, theme)
    found = difference(kept, now)
    if found:
        sheet = OUT / stored(scene, theme).name
        draw_difference(kept, now, found, sheet)
        pytest.fail(
            f"{scene} ({theme}) differs in {found.pixels} pixels: look at {sheet.resolve()} (above as accepted, below as it"
            f" is now); if that is wanted: python -m tests.console.golden --accept --only {scene}"
        )


def test_every_stored_picture_belongs_to_a_scene() -> None:
    wanted = {CALIBRATION} | {stored(scene, theme) for scene in SCENES for theme in THEMES}
    assert set(FOLDER.glob("*.png")) == wanted


# -- the comparison itself ---------------------------------------------------------------------------------------------


def _sheet(
    *, left: float = 40, line: bool = True, words: str = "Refund", fill: str = "#e8eefc", soft: bool = True
) -> QImage:
    picture = QImage(300, 120, QImage.Format.Format_RGB32)
    picture.fill(QColor("#fafafa"))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, soft)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(fill))
    painter.drawRoundedRect(QRectF(left, 20, 90, 30), 8, 8)
    painter.setPen(QColor("#222222"))
    painter.drawText(QPointF(left + 14, 40), words)
    if line:
        painter.fillRect(QRect(0, 80, 300, 1), QColor("#e2e2e6"))
    painter.end()
    return picture


def test_edges_that_are_smoothed_otherwise_are_no_difference(qapp: QApplication) -> None:
    assert not difference(_sheet(), _sheet())
    assert not difference(_sheet(), _sheet(soft=False))
    assert not difference(_sheet(words=""), _sheet(words="", left=40.4))


@pytest.mark.parametrize(
    ("other", "where"),
    [
        pytest.param({"left": 42}, QRect(40, 20, 92, 30), id="moved-by-two-pixels"),
        pytest.param({"line": False}, QRect(0, 80, 300, 1), id="a-hairline-gone"),
        pytest.param({"words": "Refunds"}, QRect(50, 25, 80, 25), id="a-letter-more"),
        pytest.param({"fill": "#fce8e8"}, QRect(40, 20, 90, 30), id="another-colour"),
    ],
)
def test_a_thing_that_moved_or_is_gone_is_a_difference_where_it_is(
    qapp: QApplication, other: dict[str, float], where: QRect, tmp_path: Path
) -> None:
    before, after = _sheet(), _sheet(**other)  # pyright: ignore[reportArgumentType] - each case names one argument
    found = difference(before, after)
    assert found
    assert all(place.intersects(where) for place in found.places)
    draw_difference(before, after, found, tmp_path / "sheet.png")
    drawn_sheet = QImage(str(tmp_path / "sheet.png"))
    assert (drawn_sheet.width(), drawn_sheet.height()) == (300, 248)


def test_another_size_is_a_difference_everywhere(qapp: QApplication) -> None:
    found = difference(_sheet(), _sheet().copy(0, 0, 200, 100))
    assert found == Difference(20_000, (QRect(0, 0, 200, 100),))

"""How the golden pictures are drawn: the real window, the house's own fonts, one clock, no blinking.

The scenes here show only words that the bundled fonts can draw: what another font would have to lend is drawn otherwise on
every computer. It must never draw a state that `tests.console.states` does not have.
"""

import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication

from console.language import catalogue
from console.theme.controller import Theme
from console.theme.fonts import BODY, CAPTION, HEADING, font
from console.theme.tokens import ThemeName
from tests.console.guide_pictures import small
from tests.console.states import draw

SIZE: Final = (1_366, 768, 1.0)
THEMES: Final[tuple[ThemeName, ...]] = ("light", "dark")
SCENES: Final = (
    "live", "approvals", "look-again", "handoff", "edit", "palette-typed", "paused", "settings",
    "audit-oversight", "audit-alarm",
)  # fmt: skip
FOLDER: Final = Path(__file__).parent
CALIBRATION: Final = FOLDER / "calibration.png"
_SAMPLE: Final = "Refund 64.90 EUR — Amara Okafor · NW-88213 Åß ffi"


def stored(scene: str, theme: ThemeName) -> Path:
    """Where the picture of a scene is kept."""
    return FOLDER / f"{scene}-{theme}.png"


@contextmanager
def steady(application: QApplication) -> Generator[None]:
    """Everything that would make two drawings differ is held still: the caret, the time zone, the language."""
    blink, zone, tag = application.cursorFlashTime(), os.environ.get("TZ"), catalogue.spoken()
    application.setCursorFlashTime(0)
    os.environ["TZ"] = "UTC"
    time.tzset()
    catalogue.speak("en")
    try:
        yield
    finally:
        application.setCursorFlashTime(blink)
        os.environ.pop("TZ") if zone is None else os.environ.update(TZ=zone)
        time.tzset()
        catalogue.speak(tag)


def drawn(application: QApplication, scene: str, theme: ThemeName) -> QImage:
    """A scene, as it would be stored."""
    chosen = Theme(theme)
    chosen.install(application)
    with steady(application), tempfile.TemporaryDirectory() as place:
        path = Path(place) / "whole.png"
        draw(application, chosen, scene, SIZE, path)
        picture = small(QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32))
    chosen.deleteLater()
    # Without a running loop nothing is ever deleted, and every later style sheet would dress all windows so far.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return picture


def calibration(application: QApplication) -> QImage:
    """Letters and curves: where these come out otherwise, every picture would."""
    Theme("light").install(application)
    picture = QImage(420, 130, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(20, 20, 20))
    for number, face in enumerate((CAPTION, BODY, HEADING)):
        painter.setFont(font(face))
        painter.drawText(QPointF(8, 24 + 28 * number), _SAMPLE)
    painter.setPen(QPen(QColor(0, 90, 200), 1.5))
    painter.drawRoundedRect(QRectF(8.5, 92.5, 200, 28), 7, 7)
    painter.end()
    return picture

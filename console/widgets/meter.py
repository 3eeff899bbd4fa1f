"""How sure the agent is, as a short bar with its number beside it (R-M1).

Tone follows the value unless the caller knows better. It must never show a bar without the number.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import SMALL_MEDIUM
from console.theme.tokens import Tone
from console.widgets.painting import RIGHT, begin, box, text
from console.widgets.themed import ThemedWidget


@dataclass(frozen=True, slots=True)
class MeterProps:
    """A share from 0 to 100 percent, whole numbers, and optionally what it means."""

    percent: int
    tone: Tone | None = None


def confidence_tone(percent: int) -> Tone:
    """Return what a confidence means: sure from 80, unsure below 50, between them a warning."""
    if percent >= 80:
        return "ok"
    return "warn" if percent >= 50 else "danger"


class Meter(ThemedWidget):
    """A bar of 52 pixels and its number."""

    def __init__(self, theme: Theme, props: MeterProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._props = props
        self.set_props(props)

    def set_props(self, props: MeterProps) -> None:
        """Show another share; out of range is clamped."""
        self._props = MeterProps(max(0, min(100, props.percent)), props.tone)
        self.setAccessibleName(strings.confidence_spoken(self._props.percent))
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(98, 18)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        middle = self.height() / 2
        tone = self.tokens.tone(self._props.tone or confidence_tone(self._props.percent))
        track = QRectF(0, middle - 2.5, 52, 5)
        box(painter, track, 2.5, self.tokens.line)
        if self._props.percent:
            box(painter, QRectF(0, track.y(), max(5.0, 52 * self._props.percent / 100), 5), 2.5, tone.solid)
        number = QRectF(54, 0, self.width() - 54, self.height())
        text(painter, number, strings.percent(self._props.percent), SMALL_MEDIUM, self.tokens.text_soft, RIGHT)
        painter.end()

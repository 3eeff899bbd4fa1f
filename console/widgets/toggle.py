"""A switch that is on or off, as a track with a knob; the space bar turns it, and its name says how it stands.

Nothing slides: it stands where it was put at once, whatever the system's motion.
"""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from console.theme.controller import Theme
from console.widgets.painting import begin, box, disc, focus_ring

_WIDE, _HIGH = 40, 22


class Toggle(QAbstractButton):
    """The switch; `toggled` as of every button, `clicked` only when a person turned it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(_WIDE + 8, _HIGH + 8)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(_WIDE + 8, _HIGH + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self._theme.tokens
        rect = QRectF(4, 4, _WIDE, _HIGH)
        on = self.isChecked()
        fill = tokens.accent.solid if on else tokens.sunken
        edge = tokens.accent.solid if on else tokens.control
        if not self.isEnabled():
            fill, edge = tokens.sunken, tokens.line
        box(painter, rect, _HIGH / 2, fill, edge)
        knob = QRectF(rect.right() - _HIGH + 4 if on else rect.x() + 4, rect.y() + 4, _HIGH - 8, _HIGH - 8)
        disc(painter, knob, tokens.accent.on_solid if on and self.isEnabled() else edge)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), 12, tokens.focus)
        painter.end()

"""The plane and the shadow of what floats above the window: toasts, prompts, the palette.

The shadow is painted, not a graphics effect: effects render the whole widget through a picture and blur text at 2x.
"""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.theme.controller import Theme
from console.theme.tokens import Tokens
from console.widgets.painting import begin, box
from console.widgets.themed import ThemedWidget

SHADOW = 22
"""Pixels around the plane in which the shadow fades."""


def paint_shadow(painter: QPainter, plane: QRectF, radius: float, tokens: Tokens) -> None:
    """Paint a soft shadow around a plane, a little lower than it."""
    shade = QColor(tokens.shadow)
    strongest = shade.alphaF()
    rings = 14
    for ring in range(rings, 0, -1):
        spread = SHADOW * ring / rings
        shade.setAlphaF(strongest * (1 - ring / (rings + 1)) ** 2 / 6)
        plane_here = plane.adjusted(-spread, -spread * 0.6, spread, spread).translated(0, 3)
        box(painter, plane_here, radius + spread, shade)


class FloatingPlane(ThemedWidget):
    """A raised plane with a shadow; children go inside its margins of `SHADOW` pixels."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, radius: float = 14) -> None:
        super().__init__(theme, parent)
        self._radius = radius

    def fit_height(self) -> None:
        """Take exactly the height its words need at its width; layouts guess it too large for wrapped labels."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setFixedHeight(layout.totalHeightForWidth(self.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        plane = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        paint_shadow(painter, plane, self._radius, self.tokens)
        box(painter, plane, self._radius, self.tokens.raised, self.tokens.line_strong)
        painter.end()

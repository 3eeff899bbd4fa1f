"""How far something long has come, as a bar with words; without an end in sight it only says that it goes on.

It must never claim to be nearly done: what is shown is what was counted.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.theme.controller import Theme
from console.theme.fonts import CAPTION, SMALL_MEDIUM
from console.widgets.painting import RIGHT, begin, box, text
from console.widgets.themed import ThemedWidget


@dataclass(frozen=True, slots=True)
class ProgressProps:
    """What is done, how much of how much (0 of 0: nobody knows yet), and words at the right."""

    words: str
    done: int = 0
    total: int = 0
    aside: str = ""


class Progress(ThemedWidget):
    """The bar."""

    def __init__(self, theme: Theme, props: ProgressProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._props = props
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_props(props)

    def set_props(self, props: ProgressProps) -> None:
        """Show how far it is now."""
        self._props = props
        self.setAccessibleName(" ".join(part for part in (props.words, props.aside) if part))
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(280, 34)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens, props = self.tokens, self._props
        text(painter, QRectF(0, 0, self.width() * 0.6, 18), props.words, SMALL_MEDIUM, tokens.text)
        text(painter, QRectF(self.width() * 0.6, 0, self.width() * 0.4, 18), props.aside, CAPTION, tokens.text_quiet, RIGHT)
        track = QRectF(0, 24, self.width(), 7)
        box(painter, track, 3.5, tokens.line)
        if props.total > 0:
            share = max(0.0, min(1.0, props.done / props.total))
            if share:
                box(painter, QRectF(0, 24, max(7.0, track.width() * share), 7), 3.5, tokens.accent.solid)
        painter.end()

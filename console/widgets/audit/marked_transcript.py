"""A transcript to read only, in which the place that a search found is marked (R-M5).

The mark stays where it is while one scrolls, selects and copies. It must never be the only sign: the place is scrolled to
and said as well.
"""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.theme.controller import Theme
from console.widgets.painting import box, smooth
from console.widgets.transcript.view import TranscriptView


class MarkedTranscript(TranscriptView):
    """A transcript with at most one marked item."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._marked = ""

    @property
    def marked(self) -> str:
        """The key of the marked item; empty for none."""
        return self._marked

    def mark(self, key: str) -> bool:
        """Mark an item and bring it into view; return whether it is there."""
        self._marked = key
        number = self._number()
        if number >= 0:
            self.set_current(number)
        self.viewport().update()
        return number >= 0

    def _number(self) -> int:
        if not self._marked:
            return -1
        return next((at for at, block in enumerate(self.blocks) if block.key == self._marked), -1)

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        super().paintEvent(event)
        number = self._number()
        if number < 0:
            return
        rect = QRectF(self.block_rect(number))
        if rect.bottom() < 0 or rect.top() > self.viewport().height():
            return
        painter = QPainter(self.viewport())
        smooth(painter)
        tokens = self.theme.tokens
        box(painter, QRectF(self.left - 15, rect.y() + 2, 4, rect.height() - 4), 2, tokens.warn.solid)
        box(painter, rect.adjusted(-4, -4, 4, 4), 14, None, tokens.warn.solid, 1.5)
        painter.end()

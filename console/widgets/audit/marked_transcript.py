"""A transcript to read only, in which the place that a search found is marked (R-M5).

The mark stays where it is while one scrolls, selects and copies. It must never be the only sign: the place is scrolled to
and said as well.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.theme.controller import Theme
from console.widgets.painting import box, smooth
from console.widgets.transcript.selection import Place, Range
from console.widgets.transcript.view import TranscriptView


class MarkedTranscript(TranscriptView):
    """A transcript with at most one marked item."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._marked = ""
        self._found: Range | None = None

    @property
    def marked(self) -> str:
        """The key of the marked item; empty for none."""
        return self._marked

    def mark(self, key: str, words: tuple[str, ...] = ()) -> bool:
        """Mark an item and bring it into view, its first of some words chosen; return whether it is there."""
        self._marked = key
        number = self._number()
        if self._found is not None and self.chosen == self._found:
            self.choose(None)
        if number >= 0:
            self.set_current(number)
            self._found = self._first_of(number, words)
            self.choose(self._found)
        self.viewport().update()
        return number >= 0

    def _first_of(self, number: int, words: tuple[str, ...]) -> Range | None:
        """Where the first of some words stands in an item; None where none does."""
        block = self.blocks[number]
        for at, run in enumerate(block.runs):
            said = run.words.lower()
            if len(said) != len(run.words):
                # A sign that becomes two when it is made small would put the mark beside the word.
                continue
            places = [(said.find(word.lower()), len(word)) for word in words if word and word.lower() in said]
            if places:
                start, length = min(places)
                return Range(Place(number, at, start), Place(number, at, start + length))
        return None

    def _number(self) -> int:
        if not self._marked:
            return -1
        return next((at for at, block in enumerate(self.blocks) if block.key == self._marked), -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() == Qt.Key.Key_Escape and self.chosen is not None and self.chosen == self._found:
            # What a search chose is nobody's selection: the key goes on to where it leads.
            self.choose(None)
        super().keyPressEvent(event)

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
        # Close to what it frames: the name above a message keeps its descenders.
        box(painter, rect.adjusted(-1, -1, 1, 1), 14, None, tokens.warn.solid, 1.5)
        painter.end()

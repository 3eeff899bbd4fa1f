"""The one way to put words into a label or a tooltip: plain, bounded, nothing hidden, nothing interpreted (R-D1, R-M8).

`QLabel` guesses by default whether a text is HTML; a customer must never decide that. This class turns the guess off
and cannot be talked out of it, and `plain_tooltip` does the same for tooltips, which have no such switch.
"""

import html
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from console.theme.controller import Theme
from console.theme.fonts import BODY, Face, font, metrics
from console.theme.tokens import Tone
from console.widgets.painting import colour, smooth
from console.widgets.visible_text import DEFAULT_LIMIT, breakable, one_line, unbroken, visible

Ink = Literal["text", "soft", "quiet"]


class PlainLabel(QLabel):
    """A label that shows exactly the characters it was given.

    On one line it is cut with an ellipsis and the whole text moves to the tooltip; with `wrap` it grows downwards.

    Args:
        theme: Where its colours come from.
        words: What to show.
        face: How to set it.
        ink: How loud: `text`, `soft` or `quiet`.
        tone: A meaning that overrides the ink.
        wrap: Break lines instead of cutting.
        limit: Characters shown at most.
        selectable: Let the mouse and the keyboard select the words.
    """

    def __init__(
        self,
        theme: Theme,
        words: str = "",
        face: Face = BODY,
        *,
        ink: Ink = "text",
        tone: Tone | None = None,
        wrap: bool = False,
        limit: int = DEFAULT_LIMIT,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        super().setTextFormat(Qt.TextFormat.PlainText)
        self._theme = theme
        self._face = face
        self._ink: Ink = ink
        self._tone: Tone | None = tone
        self._limit = limit
        self._whole = ""
        self.setFont(font(face))
        self.setWordWrap(wrap)
        self.setOpenExternalLinks(False)
        if selectable:
            flags = Qt.TextInteractionFlag
            self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self._selectable = selectable
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        else:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.setText(words)

    def setText(self, words: str) -> None:  # Qt's name
        """Show other words; whatever they contain is shown as characters."""
        shown = unbroken(visible(words, self._limit) if self.wordWrap() else one_line(words, self._limit))
        if shown == self._whole:
            return
        self._whole = shown
        # What can be copied stays as it is, and is short; everything else may be torn apart rather than push its card wide.
        super().setText(breakable(shown) if self.wordWrap() and not self._selectable else shown)
        self.setAccessibleName(shown)
        self.updateGeometry()

    def setTextFormat(self, _format: Qt.TextFormat) -> None:  # Qt's name
        """Stay plain: the format of outside words is not negotiable."""

    def whole_text(self) -> str:
        """Return the visible text before any ellipsis."""
        return self._whole

    def set_ink(self, ink: Ink, tone: Tone | None = None) -> None:
        """Change how loud the words are, or what they mean."""
        self._ink = ink
        self._tone = tone
        self._recolour()

    def _recolour(self) -> None:
        tokens = self._theme.tokens
        shade = {"text": tokens.text, "soft": tokens.text_soft, "quiet": tokens.text_quiet}[self._ink]
        if self._tone is not None:
            shade = tokens.tone(self._tone).text
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, colour(shade))
        palette.setColor(QPalette.ColorRole.Text, colour(shade))
        palette.setColor(QPalette.ColorRole.Highlight, colour(tokens.selection))
        palette.setColor(QPalette.ColorRole.HighlightedText, colour(tokens.text))
        self.setPalette(palette)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        if self.wordWrap():
            return super().minimumSizeHint()
        face = metrics(self._face)
        shortest = min(face.horizontalAdvance(self._whole), face.horizontalAdvance("MMM…"))
        return QSize(int(shortest) + 1, int(face.height()) + 2)

    def sizeHint(self) -> QSize:  # Qt's name
        if self.wordWrap():
            return super().sizeHint()
        face = metrics(self._face)
        return QSize(int(face.horizontalAdvance(self._whole)) + 2, int(face.height()) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        if self.wordWrap() or self._selectable:
            if not self.wordWrap() and (self.width() + 1 < self.sizeHint().width()) != bool(self.toolTip()):
                plain_tooltip(self, "" if self.toolTip() else self._whole)
            super().paintEvent(event)
            return
        painter = QPainter(self)
        smooth(painter)
        painter.setFont(font(self._face))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        fitting = metrics(self._face).elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width() + 0.5)
        if (fitting != self._whole) != bool(self.toolTip()):
            plain_tooltip(self, self._whole if fitting != self._whole else "")
        # A first strong character from right to left must not move a label away from its column.
        align = (self.alignment() & ~Qt.AlignmentFlag.AlignVertical_Mask) | Qt.AlignmentFlag.AlignVCenter
        flags = int(align) | int(Qt.AlignmentFlag.AlignAbsolute) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(self.rect(), flags, fitting)
        painter.end()


def as_tooltip(words: str) -> str:
    """Plain words as Qt takes tooltips: escaped, so that its guess at markup finds nothing of theirs. Empty stays empty."""
    if not words:
        return ""
    escaped = html.escape(visible(words, 1_000)).replace("\n", "<br/>")
    return f"<span>{escaped}</span>"


def plain_tooltip(widget: QWidget, words: str) -> None:
    """Give a widget a tooltip of plain words."""
    widget.setToolTip(as_tooltip(words))

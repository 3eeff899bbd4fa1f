"""A paragraph in the transcript: laid out once per width, painted with its selection, asked where the pointer is.

Plain text only. The layout can be dropped while the words stay, so that thousands of messages cost little memory. It
must never break a character a person sees as one.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTextCharFormat, QTextLayout, QTextOption

from console.theme.fonts import Face, font, metrics
from console.theme.tokens import Tokens
from console.widgets.painting import colour
from console.widgets.visible_text import is_right_to_left


class TextRun:
    """One selectable paragraph.

    Args:
        words: Visible text.
        face: How it is set.
        lead: Line height as a share of the pixel size.
    """

    __slots__ = ("_face", "_layout", "_lead", "_wide", "_width", "height", "natural", "origin", "words")

    def __init__(self, words: str, face: Face, lead: float = 1.45) -> None:
        self.words = words
        self._wide = any(char > "\uffff" for char in words)
        self._face = face
        self._lead = lead
        self._layout: QTextLayout | None = None
        self._width = -1.0
        self.height = 0.0
        self.natural = 0.0
        self.origin = QPointF()
        """Where it lies in its block, set by the block."""

    def arrange(self, width: float) -> float:
        """Break into lines of at most `width` pixels; return the height."""
        if self._layout is not None and width == self._width:
            return self.height
        self._width = width
        made = QTextLayout(self.words.replace("\n", "\u2028"), font(self._face))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(
            Qt.LayoutDirection.RightToLeft if is_right_to_left(self.words) else Qt.LayoutDirection.LeftToRight
        )
        made.setTextOption(option)
        made.setCacheEnabled(True)
        step = self._face.px * self._lead
        gap = (step - metrics(self._face).height()) / 2
        y = gap
        natural = 0.0
        made.beginLayout()
        while (line := made.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y))
            y += step
            natural = max(natural, line.naturalTextWidth())
        made.endLayout()
        self._layout = made
        self.natural = natural
        self.height = y - gap
        return self.height

    def tighten(self) -> None:
        """Set again at the width the words really need, so that right-to-left lines start at the near edge."""
        if self._layout is not None and is_right_to_left(self.words):
            self.arrange(max(1.0, self.natural + 1))

    def release(self) -> None:
        """Drop the layout, keep words and height."""
        self._layout = None

    def paint(
        self, painter: QPainter, at: QPointF, ink: str, tokens: Tokens, selection: tuple[int, int] | None = None
    ) -> None:
        """Paint at a position; `selection` is a range of characters."""
        if self._layout is None:
            self.arrange(self._width)
        if self._layout is None:
            return
        painter.setPen(colour(ink))
        if selection is None or selection[0] >= selection[1]:
            self._layout.draw(painter, at)
            return
        chosen = QTextLayout.FormatRange()
        chosen.start = self._to_units(selection[0])
        chosen.length = self._to_units(selection[1]) - chosen.start
        look = QTextCharFormat()
        look.setBackground(QColor(tokens.selection))
        look.setForeground(QColor(tokens.text))
        chosen.format = look
        self._layout.draw(painter, at, [chosen])

    def rect(self) -> QRectF:
        """Return the place of the words inside their block."""
        return QRectF(self.origin.x(), self.origin.y(), max(self.natural, 1.0), self.height)

    def hit(self, point: QPointF) -> int:
        """Return the character boundary nearest to a point inside the block."""
        if self._layout is None:
            self.arrange(self._width)
        layout = self._layout
        if layout is None or layout.lineCount() == 0:
            return 0
        y = point.y() - self.origin.y()
        if y < 0:
            return 0
        if y >= self.height:
            return len(self.words)
        number = min(layout.lineCount() - 1, int(y / max(1.0, self._face.px * self._lead)))
        cursor = layout.lineAt(number).xToCursor(point.x() - self.origin.x())
        return self._from_units(cursor[0] if isinstance(cursor, tuple) else int(cursor))

    def _to_units(self, position: int) -> int:
        """Return where a character begins for Qt, which counts UTF-16 units: an emoji is two."""
        if not self._wide:
            return position
        return len(self.words[:position].encode("utf-16-le", "surrogatepass")) // 2

    def _from_units(self, units: int) -> int:
        """Return which character begins at a UTF-16 unit."""
        if not self._wide:
            return units
        return len(self.words.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "ignore"))

    def word_at(self, position: int) -> tuple[int, int]:
        """Return the range of the word around a character boundary."""
        words = self.words
        start = min(position, len(words))
        end = start
        while start > 0 and (words[start - 1].isalnum() or words[start - 1] in "_-'’"):
            start -= 1
        while end < len(words) and (words[end].isalnum() or words[end] in "_-'’"):
            end += 1
        if start == end and end < len(words):
            end += 1
        return start, end

"""The rows of what is poisoned or stuck: whose it is, what is wrong in words, since when, and what is promised (R-M4).

It must never sort: the worst first is the core's order.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from console import texts_triage as texts
from console.theme.controller import Theme
from console.theme.fonts import BODY_STRONG, CAPTION, SMALL, text_width
from console.theme.icons import paint_icon
from console.theme.tokens import Tokens, Tone
from console.widgets.chip import ChipProps, chip_width, paint_chip
from console.widgets.conversation_list import ConversationDelegate, ConversationList, ConversationRowRole, Read
from console.widgets.painting import RIGHT, box, text
from console.widgets.visible_text import one_line

_PROPS = Qt.ItemDataRole.UserRole
_LEAST_CHIP = 44.0


@dataclass(frozen=True, slots=True)
class TriageRowProps:
    """One row.

    Attributes:
        id: The conversation, or the mark of the file.
        name: Whose it is.
        sentence: What is wrong, in words.
        kind: The same in a word.
        icon: Name of an icon.
        tone: How bad it is.
        since: Since when, written.
        promise: What breaches next and when, written; empty when nothing is near.
        breached: It is broken already.
        aside: A quiet word at the end: the brand, the size.
    """

    id: str
    name: str
    sentence: str
    kind: str
    icon: str
    tone: Tone
    since: str = ""
    promise: str = ""
    breached: bool = False
    aside: str = ""

    def role(self, role: int) -> object:
        """Return the value of a role, or None for a role this row does not know."""
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(self.name, 200)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.spoken()
            case Qt.ItemDataRole.UserRole:
                return self
            case ConversationRowRole.ID:
                return self.id
            case _:
                return None

    def spoken(self) -> str:
        """Return what a screen reader says."""
        more = ", ".join(part for part in (self.promise, self.aside) if part)
        return texts.ROW_SPOKEN.format(
            name=one_line(self.name, 120), kind=self.kind, sentence=one_line(self.sentence, 300), since=self.since, more=more
        )


class TriageDelegate(ConversationDelegate):
    """Paints one row."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)

    def _paint_face(self, painter: QPainter, rect: QRectF, read: Read, tokens: Tokens, plane: str) -> None:
        del plane
        props = read(_PROPS)
        if not isinstance(props, TriageRowProps):
            return
        tone = tokens.tone(props.tone)
        side = 32.0 if self.compact else 36.0
        tile = QRectF(rect.x() + 13, rect.y() + (9 if self.compact else 11), side, side)
        box(painter, tile, 10, tone.soft, tone.line)
        paint_icon(painter, tile.adjusted(8, 8, -8, -8), props.icon, tone.text, 2.0)

    def _paint_words(self, painter: QPainter, rect: QRectF, read: Read, tokens: Tokens) -> None:
        props = read(_PROPS)
        if not isinstance(props, TriageRowProps):
            return
        step = 18.0 if self.compact else 21.0
        x = rect.x() + (57 if self.compact else 61)
        right = rect.right() - 12
        y = rect.y() + (5 if self.compact else 8)
        wide = text_width(props.since, CAPTION) + 1
        text(painter, QRectF(right - wide, y, wide, step), props.since, CAPTION, tokens.text_quiet, RIGHT)
        name = QRectF(x, y, right - wide - 10 - x, step)
        text(painter, name, one_line(props.name, 200), BODY_STRONG, tokens.text)
        y += step
        text(painter, QRectF(x, y, right - x, step), one_line(props.sentence, 300), SMALL, tokens.text_soft)
        middle = rect.bottom() - (15 if self.compact else 19)
        chip = ChipProps(props.kind, props.tone)
        if props.promise:
            mark = ChipProps(props.promise, "danger" if props.breached else "warn", "timer", outlined=True)
            # What is wrong is said whole; what is promised takes what is left.
            wide = min(chip_width(mark), right - x - chip_width(chip) - 8)
            if wide >= _LEAST_CHIP:
                paint_chip(painter, right - wide, middle, mark, tokens, room=wide)
                right -= wide + 8
        x += paint_chip(painter, x, middle, chip, tokens, room=max(20.0, right - x)) + 8
        # The side says it whole; half a word here would say nothing.
        if right - x >= text_width(one_line(props.aside, 80), CAPTION):
            text(painter, QRectF(x, middle - 10, right - x, 20), one_line(props.aside, 80), CAPTION, tokens.text_quiet)


class TriageList(ConversationList):
    """The list; `chosen` and `opened` as in every list of conversations."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._rows = TriageDelegate(theme, self)
        self.setItemDelegate(self._rows)
        self.setAccessibleName(texts.TITLE)

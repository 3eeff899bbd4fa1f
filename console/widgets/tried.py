"""What the agent tried, newest first: each call in one line with what came of it; a press shows the very result (R-M1).

It must never say more of a call than its card in the transcript does.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console import strings, texts_beside
from console.strings import ToolOutcome
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, SMALL_MEDIUM, text_width
from console.theme.icons import paint_icon
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card
from console.widgets.painting import RIGHT, text
from console.widgets.transcript.cards import OUTCOME_LOOKS
from console.widgets.visible_text import one_line

_HEIGHT = 28
_ICON = 14.0


@dataclass(frozen=True, slots=True)
class TriedRow:
    """One call: its item of the transcript, what it did to what, what came of it, and how old that is."""

    key: str
    what: str
    about: str
    outcome: ToolOutcome
    age: str = ""

    def words(self) -> str:
        """What was done to what."""
        return f"{self.what} · {self.about}" if self.about else self.what


class _TriedButton(Button):
    """A call as one line; what does not fit is cut, and whole in its tooltip."""

    def __init__(self, theme: Theme, row: TriedRow) -> None:
        outcome = strings.OUTCOME_WORDS[row.outcome]
        words = one_line(row.words(), 160)
        spoken = texts_beside.TRIED_SPOKEN.format(what=words, outcome=outcome)
        super().__init__(
            theme, ButtonProps(words, "ghost", hint=f"{words} — {outcome}", spoken=spoken, small=True, quiet=True)
        )
        self._row = row
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return QSize(80, _HEIGHT)

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(200, _HEIGHT)

    def _paint_content(self, painter: QPainter, ink: str) -> None:
        tokens = self.theme.tokens
        tone, icon = OUTCOME_LOOKS[self._row.outcome]
        middle = self.height() / 2
        paint_icon(painter, QRectF(4, middle - _ICON / 2, _ICON, _ICON), icon, tokens.tone(tone).text, 2.1)
        plain = self._row.outcome == "succeeded"
        remark = self._row.age if plain else strings.OUTCOME_WORDS[self._row.outcome]
        wide = text_width(remark, CAPTION) + 2
        shade = tokens.text_quiet if plain else tokens.tone(tone).text
        text(painter, QRectF(self.width() - 4 - wide, 0, wide, self.height()), remark, CAPTION, shade, RIGHT)
        room = QRectF(26, 0, self.width() - 26 - wide - 14, self.height())
        text(painter, room, one_line(self._row.words(), 160), SMALL_MEDIUM, ink)


class TriedCard(QWidget):
    """The card.

    Signals:
        wanted(str): Someone wants to see a call; its item of the transcript.
    """

    wanted = Signal(str)

    def __init__(self, theme: Theme, rows: tuple[TriedRow, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        card = Card(theme, margin=10, spacing=1)
        outer.addWidget(card)
        for row in rows:
            button = _TriedButton(theme, row)
            button.clicked.connect(lambda _checked=False, key=row.key: self.wanted.emit(key))
            card.body.addWidget(button)

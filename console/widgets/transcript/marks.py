"""Marks between the messages: the day, routing, notices, guardrails, what was removed.

They say what code did, so they are small, centred and never look like something anyone said.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from console import strings
from console.theme.fonts import CAPTION_MEDIUM, SMALL_MEDIUM, text_width
from console.theme.icons import paint_icon
from console.widgets.painting import CENTRE, box, line, text
from console.widgets.transcript.block import Block, Look, guessed_lines
from console.widgets.transcript.items import DayDivider, GuardrailMark, NoticeMark, RoutingMark, StrippedMark
from console.widgets.transcript.text_run import TextRun
from console.widgets.visible_text import one_line

if TYPE_CHECKING:
    from console.theme.tokens import Tone

_DAY = 40.0
_SIDE = 13.0
_ICON = 14.0
_AFTER = 14.0


class DayBlock(Block):
    """A day between two hairlines."""

    def __init__(self, item: DayDivider) -> None:
        super().__init__(item.key)
        self._words = one_line(item.words, 160)

    def arrange(self, width: float) -> float:
        del width
        return _DAY

    def guess(self, width: float) -> float:
        del width
        return _DAY

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        half = min(text_width(self._words, CAPTION_MEDIUM) / 2 + 12, look.width / 2)
        centre = look.x + look.width / 2
        middle = round(look.y + 15) + 0.5
        line(painter, look.x, middle, centre - half, middle, tokens.line_strong)
        line(painter, centre + half, middle, look.x + look.width, middle, tokens.line_strong)
        place = QRectF(centre - half, look.y, 2 * half, 30)
        text(painter, place, self._words, CAPTION_MEDIUM, tokens.text_quiet, CENTRE)

    def spoken(self) -> str:
        return self._words

    def copied(self) -> str:
        return self._words


Mark = RoutingMark | NoticeMark | GuardrailMark | StrippedMark


class MarkBlock(Block):
    """A pill with an icon and words that may take several lines."""

    def __init__(self, item: Mark) -> None:
        super().__init__(item.key)
        self._tone: Tone
        match item:
            case RoutingMark():
                self._tone, self._icon, words = item.tone, item.icon, item.words
            case NoticeMark():
                self._tone, self._icon, words = item.tone, "bell", f"{strings.NOTICE}: {item.words}"
            case GuardrailMark():
                rule = f" · {item.rule}" if item.rule else ""
                self._tone, self._icon, words = item.tone, "shield-alert", f"{item.words}{rule}"
            case StrippedMark():
                self._tone, self._icon, words = "warn", "eraser", f"{strings.STRIPPED}: {item.words}"
        self.runs = [TextRun(one_line(words, 600), SMALL_MEDIUM, 1.5)]
        self._pill = QRectF()

    def arrange(self, width: float) -> float:
        run = self.runs[0]
        room = min(width - 88, 660) - 2 * _SIDE - _ICON - 7
        run.arrange(room)
        wide = run.natural + 2 * _SIDE + _ICON + 7 + 1
        self._pill = QRectF((width - wide) / 2, 0, wide, run.height + 9)
        run.origin = QPointF(self._pill.x() + _SIDE + _ICON + 7, 4.5)
        return self._pill.height() + _AFTER

    def guess(self, width: float) -> float:
        return 9 + guessed_lines(self.runs[0].words, min(width - 88, 660) - 47, 12) * 18 + _AFTER

    def outline(self, width: float) -> QRectF:
        del width
        return self._pill.adjusted(-3, -3, 3, 3)

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        tone = tokens.tone(self._tone)
        pill = self._pill.translated(look.x, look.y)
        box(painter, pill, 13.5, tone.soft, tone.line)
        top = pill.y() + 4.5 + (18 - _ICON) / 2
        paint_icon(painter, QRectF(pill.x() + _SIDE - 1, top, _ICON, _ICON), self._icon, tone.text, 2.1)
        self.paint_runs(painter, look, [tone.text])

    def spoken(self) -> str:
        return self.runs[0].words

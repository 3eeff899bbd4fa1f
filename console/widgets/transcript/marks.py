"""Marks between the messages: the day, routing, notices, guardrails, what was removed.

They say what code did, so they are small, centred and never look like something anyone said.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from console import strings
from console.theme.fonts import CAPTION_MEDIUM, SMALL, SMALL_MEDIUM, text_width
from console.theme.icons import paint_icon
from console.widgets.painting import CENTRE, box, line, text
from console.widgets.transcript.block import Block, Look, guessed_lines
from console.widgets.transcript.items import BesideMark, DayDivider, GuardrailMark, NoticeMark, RoutingMark, StrippedMark
from console.widgets.transcript.text_run import TextRun
from console.widgets.visible_text import one_line, unbroken, visible

if TYPE_CHECKING:
    from console.theme.tokens import Tone, ToneColours

_DAY = 40.0
_SIDE = 13.0
_ICON = 14.0
_AFTER = 14.0
_INDENT = 44.0
_CHEVRON = 12.0
_INSIDE_LIMIT = 20_000


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
                self._tone, self._icon, words = item.tone, "bell", item.words
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
        tone = look.tokens.tone(self._tone)
        _paint_pill(painter, self._pill.translated(look.x, look.y), tone, self._icon)
        self.paint_runs(painter, look, [tone.text])

    def spoken(self) -> str:
        return self.runs[0].words


class BesideBlock(Block):
    """A pill that says what came beside a message; what it stands for unfolds below it, as plain text."""

    def __init__(self, item: BesideMark) -> None:
        super().__init__(item.key)
        self._tone: Tone = item.tone
        self._icon = item.icon
        self._inside = item.inside
        self._open = False
        self._words = TextRun(one_line(item.words, 600), SMALL_MEDIUM, 1.5)
        self._text = TextRun("", SMALL, 1.5)
        self.runs = [self._words]
        self._pill = QRectF()
        self._plane = QRectF()

    def arrange(self, width: float) -> float:
        room = min(width - 2 * _INDENT, 660)
        fold = _CHEVRON + 5 if self._inside else 0
        self._words.arrange(room - 2 * _SIDE - _ICON - 7 - fold)
        self._words.tighten()
        wide = self._words.natural + 2 * _SIDE + _ICON + 7 + 1 + fold
        self._pill = QRectF(_INDENT, 0, wide, self._words.height + 9)
        self._words.origin = QPointF(self._pill.x() + _SIDE + _ICON + 7, 4.5)
        bottom = self._pill.bottom()
        if self._open:
            self._text.arrange(room - 2 * _SIDE)
            self._text.origin = QPointF(_INDENT + _SIDE, bottom + 6 + 8)
            self._plane = QRectF(_INDENT, bottom + 6, room, self._text.height + 16)
            bottom = self._plane.bottom()
        return bottom + (_AFTER if self._open else _AFTER - 4)

    def guess(self, width: float) -> float:
        room = min(width - 2 * _INDENT, 660) - 47
        inside = 22 + guessed_lines(self._text.words, room, 12) * 18 if self._open else 0
        return 9 + guessed_lines(self._words.words, room, 12) * 18 + inside + _AFTER - 4

    def outline(self, width: float) -> QRectF:
        del width
        return self._pill.united(self._plane if self._open else self._pill).adjusted(-3, -3, 3, 3)

    def can_unfold(self) -> bool:
        return bool(self._inside)

    def unfolded(self) -> bool:
        return self._open

    def unfold(self) -> bool:
        if not self._inside:
            return False
        self._open = not self._open
        if self._open and not self._text.words:
            self._text = TextRun(unbroken(visible(self._inside, _INSIDE_LIMIT)), SMALL, 1.5)
        self.runs = [self._words, self._text] if self._open else [self._words]
        self.arranged_for = -1.0
        return True

    def unfolding(self) -> tuple[str, str]:
        return strings.SHOW_TEXT, strings.HIDE_TEXT

    def folds_by_click(self) -> bool:
        return bool(self._inside)

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        tone = tokens.tone(self._tone)
        pill = self._pill.translated(look.x, look.y)
        _paint_pill(painter, pill, tone, self._icon)
        if self._inside:
            side = QRectF(pill.right() - _SIDE - _CHEVRON + 3, pill.y() + 4.5 + (18 - _CHEVRON) / 2, _CHEVRON, _CHEVRON)
            paint_icon(painter, side, "chevron-down" if self._open else "chevron-right", tone.text, 2.1)
        if self._open:
            box(painter, self._plane.translated(look.x, look.y), 9, tokens.sunken, tokens.line)
        self.paint_runs(painter, look, [tone.text, tokens.text_soft] if self._open else [tone.text])

    def spoken(self) -> str:
        return "\n".join(run.words for run in self.runs)


def _paint_pill(painter: QPainter, pill: QRectF, tone: "ToneColours", icon: str) -> None:
    """A mark's pill with its icon on the left; its words are painted over it."""
    box(painter, pill, 13.5, tone.soft, tone.line)
    top = pill.y() + 4.5 + (18 - _ICON) / 2
    paint_icon(painter, QRectF(pill.x() + _SIDE - 1, top, _ICON, _ICON), icon, tone.text, 2.1)

"""Messages as bubbles: the customer on the left, everyone who answers on the right, each recognisable by shape.

Names and times are painted, words are runs that can be selected. It must never show a message as sent that was not.
"""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from console import strings
from console.theme.fonts import CAPTION, READING, SMALL_STRONG, text_width
from console.theme.icons import paint_icon
from console.theme.tokens import Tokens, Tone
from console.widgets.avatar import Speaker, paint_avatar
from console.widgets.painting import bubble_path, colour, text
from console.widgets.transcript.block import Block, Look, guessed_lines
from console.widgets.transcript.items import AgentMessage, CustomerMessage, PersonMessage, SystemMessage
from console.widgets.transcript.text_run import TextRun
from console.widgets.visible_text import one_line, visible

_MARGIN = 44.0
_PAD_X = 15.0
_PAD_Y = 9.0
_HEAD = 21.0
_AFTER = 16.0
_WIDEST = 620.0
_MESSAGE_LIMIT = 20_000

Message = CustomerMessage | AgentMessage | PersonMessage | SystemMessage
_Planes = tuple[str, str]


class MessageBlock(Block):
    """One message."""

    def __init__(self, item: Message) -> None:
        super().__init__(item.key)
        self._speaker: Speaker
        self._note_tone: Tone = "neutral"
        remark = ""
        match item:
            case CustomerMessage():
                self._speaker, self._name, remark = "customer", item.name, item.language
            case AgentMessage():
                self._speaker, self._name = "agent", item.name
                self._note_tone = item.note_tone
            case PersonMessage():
                self._speaker, self._name = "person", item.name
                remark = strings.ON_BEHALF if item.on_behalf else ""
            case SystemMessage():
                self._speaker, self._name = "system", strings.SYSTEM_SPEAKER
        self._name = one_line(self._name, 120)
        self._when = f"{item.when} · {one_line(remark, 60)}" if remark else item.when
        self._note = one_line(item.note, 300)
        self.runs = [TextRun(visible(item.text, _MESSAGE_LIMIT), READING)]
        self._bubble = QRectF()

    @property
    def _right(self) -> bool:
        return self._speaker != "customer"

    def arrange(self, width: float) -> float:
        run = self.runs[0]
        widest = min(width * 0.76, _WIDEST, width - 2 * _MARGIN)
        run.arrange(widest - 2 * _PAD_X)
        bubble = max(run.natural + 2 * _PAD_X + 1, 56.0)
        run.tighten()
        x = width - _MARGIN - bubble if self._right else _MARGIN
        self._bubble = QRectF(x, _HEAD, bubble, run.height + 2 * _PAD_Y)
        run.origin = QPointF(x + _PAD_X, _HEAD + _PAD_Y)
        return self._bubble.bottom() + (23 if self._note else 0) + _AFTER

    def guess(self, width: float) -> float:
        lines = guessed_lines(self.runs[0].words, min(width * 0.76, _WIDEST) - 2 * _PAD_X, READING.px)
        return _HEAD + 2 * _PAD_Y + lines * READING.px * 1.45 + (23 if self._note else 0) + _AFTER

    def outline(self, width: float) -> QRectF:
        del width
        return self._bubble.adjusted(-3, -3, 3, 3)

    def _planes(self, tokens: Tokens) -> _Planes:
        match self._speaker:
            case "customer":
                return tokens.surface, tokens.line
            case "agent":
                return tokens.accent.soft, tokens.accent.line
            case "person":
                return tokens.ok.soft, tokens.ok.line
            case "system":
                return tokens.neutral.soft, tokens.neutral.line

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        bubble = self._bubble.translated(look.x, look.y)
        self._paint_head(painter, look, bubble)
        plane, edge = self._planes(tokens)
        painter.setPen(QPen(colour(edge), 1))
        painter.setBrush(colour(plane))
        inner = bubble.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawPath(bubble_path(inner, 13, 4, tail_right=self._right))
        self.paint_runs(painter, look, [tokens.text])
        left = look.x + look.width - 32 if self._right else look.x
        paint_avatar(painter, QRectF(left, look.y + _HEAD, 32, 32), self._name, tokens, self._speaker)
        if self._note:
            self._paint_note(painter, tokens, bubble, look)

    def _paint_head(self, painter: QPainter, look: Look, bubble: QRectF) -> None:
        tokens = look.tokens
        # A right-to-left name is isolated by having its own rectangle: it cannot reorder the time beside it.
        name = min(text_width(self._name, SMALL_STRONG) + 1, look.width * 0.5)
        when = text_width(self._when, CAPTION)
        x = bubble.x() + 1
        if self._right:
            x = max(look.x, bubble.right() - name - 8 - when - 1)
        text(painter, QRectF(x, look.y, name, 17), self._name, SMALL_STRONG, tokens.text)
        text(painter, QRectF(x + name + 8, look.y, when + 4, 17), self._when, CAPTION, tokens.text_quiet)

    def _paint_note(self, painter: QPainter, tokens: Tokens, bubble: QRectF, look: Look) -> None:
        icons: dict[Tone, Literal["shield-check", "info", "triangle-alert"]] = {
            "ok": "shield-check",
            "warn": "triangle-alert",
            "danger": "triangle-alert",
        }
        width = text_width(self._note, CAPTION)
        x = max(look.x + 18, bubble.right() - width - 1) if self._right else bubble.x() + 19
        top = bubble.bottom() + 6
        shade = tokens.text_quiet if self._note_tone == "neutral" else tokens.tone(self._note_tone).text
        paint_icon(painter, QRectF(x - 17, top + 2, 12, 12), icons.get(self._note_tone, "info"), shade, 2.2)
        room = QRectF(x, top, look.x + look.width - x, 16)
        text(painter, room, self._note, CAPTION, tokens.text_quiet)

    def spoken(self) -> str:
        words = strings.message_spoken(self._name, self._when, self.runs[0].words)
        return f"{words} {self._note}".strip()

    def copied(self) -> str:
        return f"{self._name} ({self._when})\n{self.runs[0].words}"

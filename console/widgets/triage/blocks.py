"""How a request is painted: its messages, its blocks with what is wrong with each, and pairs that are compared (R-M4).

What a block holds is shown as characters, with everything invisible made visible, and folded where it is long. It must
never paint a fault by colour alone, and never hide that something was cut.
"""

from typing import Final, assert_never

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from console import texts_triage as texts
from console.theme.fonts import BODY, BODY_MEDIUM, CAPTION, MONO_SMALL, SMALL_MEDIUM, SMALL_STRONG, Face, text_width
from console.theme.icons import paint_icon
from console.theme.tokens import Tone
from console.widgets.chip import ChipProps, chip_width, paint_chip
from console.widgets.key_cap import key_cap_width, paint_key_cap
from console.widgets.painting import RIGHT, box, line, text
from console.widgets.transcript.block import Block, Look, guessed_lines
from console.widgets.transcript.cards import RAW_KEY
from console.widgets.transcript.items import RoutingMark
from console.widgets.transcript.marks import MarkBlock
from console.widgets.transcript.text_run import TextRun
from console.widgets.triage.items import ComparedPair, Fault, RequestHead, RequestItem, RequestNote, RequestPiece
from console.widgets.triage.pairs import PairBlock
from console.widgets.visible_text import one_line, visible

FOLD_SIGNS: Final = 480
FOLD_LINES: Final = 9
MOST_SIGNS: Final = 20_000
_PAD = 12.0
_HEAD = 34.0
_AFTER = 10.0
_ICON = 15.0


def block_for(item: RequestItem) -> Block:
    """Return the block that paints an item."""
    match item:
        case RequestHead():
            return HeadBlock(item)
        case RequestPiece():
            return PieceBlock(item)
        case RequestNote():
            return MarkBlock(RoutingMark(item.key, item.words, item.tone, item.icon))
        case ComparedPair():
            return PairBlock(item)
        case _:
            assert_never(item)


def folded(whole: str, signs: int = FOLD_SIGNS, lines: int = FOLD_LINES) -> tuple[str, int]:
    """Return the beginning of a text that is shown at once, and how many characters are folded away."""
    kept = whole[:signs]
    parts = kept.split("\n")
    if len(parts) > lines:
        kept = "\n".join(parts[:lines])
    return kept, len(whole) - len(kept)


class HeadBlock(Block):
    """Where a message begins."""

    def __init__(self, item: RequestHead) -> None:
        super().__init__(item.key)
        self._words = one_line(item.words, 120)
        self._remark = one_line(item.remark, 160)

    def arrange(self, width: float) -> float:
        del width
        return 34.0

    def guess(self, width: float) -> float:
        del width
        return 34.0

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        wide = text_width(self._words, SMALL_STRONG) + 2
        aside = text_width(self._remark, CAPTION) + 2 if self._remark else 0.0
        wide = min(wide, max(40.0, look.width - aside - 30))
        text(painter, QRectF(look.x, look.y + 8, wide, 20), self._words, SMALL_STRONG, tokens.text_soft)
        middle = round(look.y + 18) + 0.5
        end = look.x + look.width - (aside + 8 if aside else 0)
        line(painter, look.x + wide + 10, middle, end, middle, tokens.line_strong)
        if self._remark:
            place = QRectF(look.x + look.width - aside, look.y + 8, aside, 20)
            text(painter, place, self._remark, CAPTION, tokens.text_quiet, RIGHT)

    def spoken(self) -> str:
        return f"{self._words} {self._remark}".strip()

    def copied(self) -> str:
        return self._words


class PieceBlock(Block):
    """One block of a request, and below it what is wrong with it."""

    def __init__(self, item: RequestPiece) -> None:
        super().__init__(item.key)
        self.item = item
        self._open = False
        self._face: Face = MONO_SMALL if item.code else BODY
        self._body = TextRun("", self._face, 1.5)
        self._hidden = 0
        self._fill()
        self._faults = [(TextRun(one_line(each.words, 500), BODY_MEDIUM, 1.4), _below(each)) for each in item.faults]
        self._card = QRectF()
        self._gather()

    @property
    def severe(self) -> bool:
        """Whether the API would refuse the request because of this block."""
        return any(each.severe for each in self.item.faults)

    def _fill(self) -> None:
        whole = visible(self.item.text, MOST_SIGNS)
        shown, self._hidden = (whole, 0) if self._open else folded(whole)
        self._body = TextRun(shown, self._face, 1.5)

    def _gather(self) -> None:
        self.runs = [self._body, *(run for pair in self._faults for run in pair)]

    def arrange(self, width: float) -> float:
        y = _HEAD + 2
        inner = width - 2 * _PAD
        if self._body.words:
            self._body.arrange(inner)
            self._body.tighten()
            self._body.origin = QPointF(_PAD, y)
            y += self._body.height
        if self._hidden:
            y += 20
        y = y + 8 if self._body.words else _HEAD - 5 if self._faults else _HEAD
        for words, below in self._faults:
            y += 7
            words.arrange(inner - 26)
            words.origin = QPointF(_PAD + 26, y)
            y += words.height + 1
            if below.words:
                below.arrange(inner - 26)
                below.origin = QPointF(_PAD + 26, y)
                y += below.height
            y += 7
        self._card = QRectF(0, 0, width, y)
        return y + _AFTER

    def guess(self, width: float) -> float:
        inner = width - 2 * _PAD
        body = guessed_lines(self._body.words, inner, self._face.px) * self._face.px * 1.5 if self._body.words else 0.0
        return _HEAD + 10 + body + (20 if self._hidden else 0) + 50 * len(self._faults) + _AFTER

    def outline(self, width: float) -> QRectF:
        del width
        return self._card.adjusted(-3, -3, 3, 3)

    def can_unfold(self) -> bool:
        return bool(self._hidden) or self._open

    def unfolded(self) -> bool:
        return self._open

    def unfold(self) -> bool:
        if not self.can_unfold():
            return False
        self._open = not self._open
        self._fill()
        self._gather()
        self.arranged_for = -1.0
        return True

    def unfolding(self) -> tuple[str, str]:
        return texts.SHOW_WHOLE, texts.SHOW_LESS

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        card = self._card.translated(look.x, look.y)
        tone = self._tone()
        box(painter, card, 9, tokens.surface, tokens.tone(tone).text if tone else tokens.line, 1.5 if tone else 1.0)
        self._paint_head(painter, card, look, tone)
        if self._hidden:
            place = QRectF(card.x() + _PAD, look.y + self._body.origin.y() + self._body.height, card.width() - 2 * _PAD, 20)
            text(painter, place, texts.FOLDED_AWAY.of(self._hidden), CAPTION, tokens.text_quiet)
        self._paint_faults(painter, card, look)
        inks = [tokens.text_soft if self.item.code else tokens.text]
        for fault in self.item.faults:
            inks += [tokens.tone("danger" if fault.severe else "warn").text, tokens.text_soft]
        self.paint_runs(painter, look, inks)

    def _tone(self) -> Tone | None:
        if not self.item.faults:
            return "accent" if self.item.chosen else None
        return "danger" if self.severe else "warn"

    def _paint_head(self, painter: QPainter, card: QRectF, look: Look, tone: Tone | None) -> None:
        tokens = look.tokens
        middle = card.y() + _HEAD / 2 + 1
        shade = tokens.tone(tone).text if tone else tokens.text_quiet
        paint_icon(painter, QRectF(card.x() + _PAD, middle - _ICON / 2, _ICON, _ICON), self.item.icon, shade, 2.0)
        right = card.right() - _PAD
        if tone is not None:
            mark = _fault_chip(len(self.item.faults), severe=self.severe)
            if not self.item.faults:
                mark = ChipProps(texts.CHOSEN, "accent", "check")
            right -= chip_width(mark)
            paint_chip(painter, right, middle, mark, tokens)
            right -= 8
        if self.can_unfold() and look.current:
            right -= key_cap_width(RAW_KEY)
            paint_key_cap(painter, right, middle, RAW_KEY, tokens.text_quiet)
            right -= 8
        left = card.x() + _PAD + _ICON + 8
        title = one_line(self.item.title, 120)
        wide = min(text_width(title, SMALL_MEDIUM) + 1, max(0.0, right - left))
        text(painter, QRectF(left, middle - 10, wide, 20), title, SMALL_MEDIUM, tokens.text)
        left += wide + 9
        if right - left > 30:
            detail = one_line(self.item.detail, 160)
            text(painter, QRectF(left, middle - 10, right - left, 20), detail, CAPTION, tokens.text_quiet)

    def _paint_faults(self, painter: QPainter, card: QRectF, look: Look) -> None:
        tokens = look.tokens
        for fault, (words, below) in zip(self.item.faults, self._faults, strict=True):
            tone = tokens.tone("danger" if fault.severe else "warn")
            top = look.y + words.origin.y() - 6
            high = words.height + (below.height if below.words else 0) + 12
            plane = QRectF(card.x() + 5, top, card.width() - 10, high)
            box(painter, plane, 7, tone.soft, tone.line)
            side = QRectF(card.x() + _PAD + 2, look.y + words.origin.y() + 1, 16, 16)
            paint_icon(painter, side, "circle-x" if fault.severe else "triangle-alert", tone.text, 2.1)

    def spoken(self) -> str:
        faults = " ".join(f"{words.words} {below.words}" for words, below in self._faults)
        said = texts.FAULT_SPOKEN.format(what=faults) if faults else ""
        return f"{one_line(self.item.title, 120)}. {said} {self._body.words}".strip()

    def copied(self) -> str:
        return "\n".join([one_line(self.item.title, 120), visible(self.item.text, MOST_SIGNS),
                          *(f"{words.words} {below.words}".strip() for words, below in self._faults)])  # fmt: skip


def _below(fault: Fault) -> TextRun:
    return TextRun(one_line(fault.below, 600), CAPTION, 1.5)


def _fault_chip(count: int, *, severe: bool) -> ChipProps:
    words = (texts.FAULTS if severe else texts.REMARKS).of(count)
    return ChipProps(words, "danger" if severe else "warn", "circle-x" if severe else "triangle-alert")

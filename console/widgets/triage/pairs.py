"""Two columns that are compared, row by row: what stays, what is changed, what comes and what goes (R-M4).

How a row differs is a sign and a word; the colour only repeats it. It must never let a row of one side slip beside a row
it does not belong to.
"""

from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from console import texts_triage as texts
from console.theme.fonts import BODY, CAPTION, MONO_SMALL, SMALL_MEDIUM
from console.theme.tokens import Tone
from console.widgets.chip import ChipProps, chip_width, paint_chip
from console.widgets.key_cap import key_cap_width, paint_key_cap
from console.widgets.painting import CENTRE, box, text
from console.widgets.transcript.block import Block, Look, guessed_lines
from console.widgets.transcript.cards import RAW_KEY
from console.widgets.transcript.text_run import TextRun
from console.widgets.triage.items import ComparedPair, Likeness, PairSide
from console.widgets.visible_text import one_line, visible

LOOKS: Final[dict[Likeness, tuple[Tone, str]]] = {
    "same": ("neutral", "equal"),
    "changed": ("warn", "pencil"),
    "added": ("ok", "plus"),
    "removed": ("danger", "minus"),
}
"""The tone and the sign of each likeness."""

GAP: Final = 12.0
_PAD = 11.0
_STRIP = 26.0
_TITLE = 26.0
_AFTER = 12.0
_FOLD = {"same": (56, 1), "changed": (700, 14), "added": (700, 14), "removed": (700, 14)}
_MOST = 20_000


class PairBlock(Block):
    """A row of a comparison."""

    def __init__(self, item: ComparedPair) -> None:
        super().__init__(item.key)
        self.item = item
        self._open = False
        self._more = [0, 0]
        self._texts: list[TextRun | None] = [None, None]
        self._why = one_line(item.why, 300)
        self._cards = [QRectF(), QRectF()]
        self._fill()

    @property
    def sides(self) -> tuple[PairSide | None, PairSide | None]:
        """Left and right."""
        return self.item.left, self.item.right

    def _fill(self) -> None:
        signs, lines = _FOLD[self.item.likeness]
        for at, side in enumerate(self.sides):
            if side is None:
                continue
            whole = visible(side.text, _MOST)
            kept = whole if self._open else "\n".join(whole[:signs].split("\n")[:lines])
            self._more[at] = len(whole) - len(kept)
            self._texts[at] = TextRun(kept, MONO_SMALL if side.code else BODY, 1.5)
        self.runs = [run for run in self._texts if run is not None]

    def _column(self, width: float) -> float:
        return (width - GAP) / 2

    def arrange(self, width: float) -> float:
        wide = self._column(width)
        bottoms = [0.0, 0.0]
        for at, run in enumerate(self._texts):
            if run is None:
                continue
            left = at * (wide + GAP)
            run.arrange(wide - 2 * _PAD)
            run.tighten()
            run.origin = QPointF(left + _PAD, _STRIP + _TITLE)
            high = run.height if run.words else -4.0
            bottoms[at] = run.origin.y() + high + (18 if self._more[at] else 0) + 8
        bottom = max(bottoms)
        self._cards = [QRectF(at * (wide + GAP), _STRIP, wide, bottom - _STRIP) for at in (0, 1)]
        return bottom + _AFTER

    def guess(self, width: float) -> float:
        inner = self._column(width) - 2 * _PAD
        high = max((guessed_lines(run.words, inner, 11) * 16.5 for run in self.runs), default=16.0)
        return _STRIP + _TITLE + high + 8 + (18 if any(self._more) else 0) + _AFTER

    def outline(self, width: float) -> QRectF:
        return QRectF(-3, 0, width + 6, self._cards[0].bottom() + 3)

    def can_unfold(self) -> bool:
        return any(self._more) or self._open

    def unfolded(self) -> bool:
        return self._open

    def unfold(self) -> bool:
        if not self.can_unfold():
            return False
        self._open = not self._open
        self._fill()
        self.arranged_for = -1.0
        return True

    def unfolding(self) -> tuple[str, str]:
        return texts.SHOW_WHOLE, texts.SHOW_LESS

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        tone, sign = LOOKS[self.item.likeness]
        mark = ChipProps(self.item.mark, tone, sign)
        middle = look.y + _STRIP / 2 - 1
        paint_chip(painter, look.x, middle, mark, tokens)
        left = look.x + chip_width(mark) + 9
        right = look.x + look.width
        if self.can_unfold() and look.current:
            right -= key_cap_width(RAW_KEY)
            paint_key_cap(painter, right, middle, RAW_KEY, tokens.text_quiet)
            right -= 8
        text(painter, QRectF(left, middle - 10, right - left, 20), self._why, CAPTION, tokens.text_soft)
        for at, side in enumerate(self.sides):
            card = self._cards[at].translated(look.x, look.y)
            if side is None:
                box(painter, card, 9, tokens.sunken, tokens.line)
                text(painter, card, texts.NOTHING_HERE, CAPTION, tokens.text_quiet, CENTRE)
                continue
            # Only the side that is new, or that goes, carries the colour; the sign and the word say it as well.
            loud = self.item.likeness != "same" and (self.item.likeness != "changed" or at == 1)
            box(painter, card, 9, tokens.surface, tokens.tone(tone).text if loud else tokens.line, 1.5 if loud else 1.0)
            room = QRectF(card.x() + _PAD, card.y() + 4, card.width() - 2 * _PAD, 20)
            text(painter, room, one_line(side.title, 120), SMALL_MEDIUM, tokens.text)
            run = self._texts[at]
            if self._more[at] and run is not None:
                below = QRectF(card.x() + _PAD, look.y + run.origin.y() + run.height, card.width() - 2 * _PAD, 18)
                text(painter, below, texts.FOLDED_AWAY.of(self._more[at]), CAPTION, tokens.text_quiet)
        quiet = self.item.likeness == "same"
        self.paint_runs(painter, look, [tokens.text_quiet if quiet else tokens.text_soft] * len(self.runs))

    def spoken(self) -> str:
        said = [f"{one_line(side.title, 120)}: {one_line(side.text, 400)}" if side else texts.NOTHING_HERE
                for side in self.sides]  # fmt: skip
        return texts.PAIR_SPOKEN.format(mark=self.item.mark, why=self._why, left=said[0], right=said[1])

    def copied(self) -> str:
        return "\n".join([f"{self.item.mark} {self._why}".strip(), *(run.words for run in self.runs)])

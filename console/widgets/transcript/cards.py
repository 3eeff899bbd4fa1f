"""Tool calls and proposals as cards: what was done in a person's words, the raw data one key away (R-M1).

A card must never show a person JSON unless they ask, and never hide that a call failed, was refused or still waits.
"""

import json

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from console import strings
from console.strings import ToolOutcome
from console.theme.fonts import BODY, BODY_STRONG, CAPTION, MONO_SMALL, OVERLINE, SMALL, text_width
from console.theme.icons import paint_icon
from console.theme.tokens import Tokens, Tone
from console.widgets.chip import ChipProps, chip_width, paint_chip
from console.widgets.key_cap import key_cap_width, paint_key_cap
from console.widgets.painting import RIGHT, box, line, text
from console.widgets.transcript.block import Block, Look, guessed_lines
from console.widgets.transcript.items import ProposalCard, ToolCallCard
from console.widgets.transcript.text_run import TextRun
from console.widgets.visible_text import one_line, unbroken, visible

RAW_KEY = "I"
_MARGIN = 44.0
_WIDEST = 660.0
_HEAD = 44.0
_PAD = 14.0
_AFTER = 16.0
_ROW_GAP = 3.0
_RAW_LIMIT = 20_000
_MOST_ROWS = 24

OUTCOME_LOOKS: dict[ToolOutcome, tuple[Tone, str]] = {
    "succeeded": ("ok", "check"),
    "refused": ("danger", "ban"),
    "failed": ("danger", "x"),
    "timed_out": ("danger", "clock"),
    "unknown": ("danger", "circle-alert"),
    "denied": ("danger", "ban"),
    "pending": ("warn", "pause"),
    "running": ("info", "loader-circle"),
    "repaired": ("info", "wrench"),
    "not_run": ("neutral", "circle-x"),
}
"""The tone and the icon of each outcome."""


def pretty(raw: str) -> str:
    """Return JSON on indented lines; anything else as it is."""
    if len(raw) > _RAW_LIMIT:
        return raw
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw


class CardBlock(Block):
    """A card with a heading, rows of label and value, a concluding line, and raw data on demand."""

    def __init__(self, key: str, rows: tuple[tuple[str, str], ...], conclusion: str, raw: str) -> None:
        super().__init__(key)
        self._labels = [one_line(label, 60) for label, _ in rows[:_MOST_ROWS]]
        self._values = [TextRun(unbroken(visible(value, 2_000)), SMALL, 1.5) for _, value in rows[:_MOST_ROWS]]
        self._conclusion = TextRun(unbroken(visible(conclusion, 2_000)), BODY, 1.45)
        self._raw_source = raw
        self._raw: TextRun | None = None
        self._card = QRectF()
        self._label_width = 0.0
        self._gather()

    def _gather(self) -> None:
        self.runs = [*self._values, self._conclusion]
        if self._raw is not None:
            self.runs.append(self._raw)

    # -- what the two cards say differently --------------------------------------------------------------------

    def title(self) -> str:
        """Return the heading."""
        raise NotImplementedError

    def detail(self) -> str:
        """Return the quiet words behind the heading."""
        raise NotImplementedError

    def remark(self) -> str:
        """Return the quiet words before the chip."""
        raise NotImplementedError

    def chip(self) -> ChipProps:
        """Return the chip at the right."""
        raise NotImplementedError

    def icon(self) -> str:
        """Return the icon's name."""
        raise NotImplementedError

    # -- geometry ----------------------------------------------------------------------------------------------

    def arrange(self, width: float) -> float:
        wide = min(width - 2 * _MARGIN, _WIDEST)
        # A card stands on the side of those who act, its right edge under the bubbles of the agent.
        left = width - _MARGIN - wide
        widest_label = max((text_width(label, SMALL) for label in self._labels), default=0.0)
        self._label_width = min(max(widest_label, 52.0), wide * 0.35) + 16
        y = _HEAD + 10
        for run in self._values:
            run.arrange(wide - 2 * _PAD - self._label_width)
            run.tighten()
            run.origin = QPointF(left + _PAD + self._label_width, y)
            y += run.height + _ROW_GAP
        if self._conclusion.words:
            y += 5 if self._values else 0
            indent = 2 * _PAD
            self._conclusion.arrange(wide - indent)
            self._conclusion.origin = QPointF(left + _PAD, y)
            y += self._conclusion.height
        if self._raw is not None:
            y += 30
            self._raw.arrange(wide - 2 * _PAD - 20)
            self._raw.origin = QPointF(left + _PAD + 10, y)
            y += self._raw.height + 8
        y += 11
        self._card = QRectF(left, 0, wide, y)
        return y + _AFTER

    def guess(self, width: float) -> float:
        wide = min(width - 2 * _MARGIN, _WIDEST) - 2 * _PAD
        rows = sum(guessed_lines(run.words, wide - 100, 12) * 18 + _ROW_GAP for run in self._values)
        last = guessed_lines(self._conclusion.words, wide, 13) * 19 + 5 if self._conclusion.words else 0
        return _HEAD + 10 + rows + last + 11 + _AFTER

    def outline(self, width: float) -> QRectF:
        del width
        return self._card.adjusted(-3, -3, 3, 3)

    # -- raw data ----------------------------------------------------------------------------------------------

    def can_unfold(self) -> bool:
        return bool(self._raw_source)

    def unfolded(self) -> bool:
        return self._raw is not None

    def unfold(self) -> bool:
        if not self._raw_source:
            return False
        shown = visible(pretty(self._raw_source), _RAW_LIMIT)
        self._raw = None if self._raw is not None else TextRun(shown, MONO_SMALL, 1.5)
        self._gather()
        self.arranged_for = -1.0
        return True

    # -- paint -------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, look: Look) -> None:
        tokens = look.tokens
        card = self._card.translated(look.x, look.y)
        chip = self.chip()
        loud = chip.tone in {"warn", "danger"}
        box(painter, card, 11, tokens.surface, tokens.tone(chip.tone).line if loud else tokens.line)
        self._paint_head(painter, card, tokens, chip, look)
        line(painter, card.x() + 1, card.y() + _HEAD + 0.5, card.right() - 1, card.y() + _HEAD + 0.5, tokens.line)
        for label, run in zip(self._labels, self._values, strict=True):
            place = QRectF(card.x() + _PAD, look.y + run.origin.y(), self._label_width - 12, 18)
            text(painter, place, label, SMALL, tokens.text_quiet)
        if self._raw is not None:
            self._paint_raw_plane(painter, card, tokens, look)
        self.paint_runs(painter, look, self._inks(tokens, chip.tone))

    def _inks(self, tokens: Tokens, tone: Tone) -> list[str]:
        concluding = tokens.tone(tone).text if tone in {"danger", "warn"} else tokens.text
        inks = [tokens.text_soft] * len(self._values) + [concluding]
        return [*inks, tokens.text_soft] if self._raw is not None else inks

    def _paint_raw_plane(self, painter: QPainter, card: QRectF, tokens: Tokens, look: Look) -> None:
        if self._raw is None:
            return
        top = look.y + self._raw.origin.y()
        text(painter, QRectF(card.x() + _PAD, top - 26, 200, 16), strings.RAW, OVERLINE, tokens.text_quiet)
        plane = QRectF(card.x() + _PAD, top - 7, card.width() - 2 * _PAD, self._raw.height + 14)
        box(painter, plane, 7, tokens.sunken, tokens.line)

    def _paint_head(self, painter: QPainter, card: QRectF, tokens: Tokens, chip: ChipProps, look: Look) -> None:
        tone = tokens.tone(chip.tone)
        middle = card.y() + _HEAD / 2
        tile = QRectF(card.x() + 11, middle - 13, 26, 26)
        box(painter, tile, 8, tone.soft)
        paint_icon(painter, tile.adjusted(5.5, 5.5, -5.5, -5.5), self.icon(), tone.text, 2.0)
        right = card.right() - 12 - chip_width(chip)
        paint_chip(painter, right, middle, chip, tokens)
        if self.can_unfold() and look.current:
            right -= key_cap_width(RAW_KEY) + 8
            paint_key_cap(painter, right, middle, RAW_KEY, tokens.text_quiet)
        remark = one_line(self.remark(), 80)
        if remark:
            wide = text_width(remark, CAPTION) + 2
            right -= wide + 9
            text(painter, QRectF(right, card.y(), wide, _HEAD), remark, CAPTION, tokens.text_quiet, RIGHT)
        left = tile.right() + 10
        title = one_line(self.title(), 160)
        wide = min(text_width(title, BODY_STRONG) + 1, max(0.0, right - left - 8))
        text(painter, QRectF(left, card.y(), wide, _HEAD), title, BODY_STRONG, tokens.text)
        left += wide + 9
        text(painter, QRectF(left, card.y() + 1, right - left - 8, _HEAD), self.detail(), CAPTION, tokens.text_quiet)

    def copied(self) -> str:
        rows = [f"{label}: {run.words}" for label, run in zip(self._labels, self._values, strict=True)]
        raw = [self._raw.words] if self._raw is not None else []
        return "\n".join([f"{one_line(self.title(), 160)} — {self.chip().words}", *rows, self._conclusion.words, *raw])

    def spoken(self) -> str:
        rows = ", ".join(f"{label} {run.words}" for label, run in zip(self._labels, self._values, strict=True))
        return strings.tool_spoken(one_line(self.title(), 160), self.chip().words, rows, self._conclusion.words)


class ToolCallBlock(CardBlock):
    """A call of a tool."""

    def __init__(self, item: ToolCallCard) -> None:
        result = item.result or (strings.UNANSWERED_CALL if item.outcome == "running" else "")
        super().__init__(item.key, item.rows, result, item.raw)
        self._item = item

    def title(self) -> str:
        return self._item.title

    def detail(self) -> str:
        return one_line(self._item.workflow, 80)

    def remark(self) -> str:
        return self._item.duration

    def chip(self) -> ChipProps:
        tone, icon = OUTCOME_LOOKS[self._item.outcome]
        return ChipProps(strings.OUTCOME_WORDS[self._item.outcome], tone, icon)

    def icon(self) -> str:
        return self._item.icon


class ProposalBlock(CardBlock):
    """Something proposed, waiting for or answered by a person."""

    def __init__(self, item: ProposalCard) -> None:
        super().__init__(item.key, ((strings.TO_WHOM, item.to_whom),), item.why, item.raw)
        self._item = item

    def title(self) -> str:
        return self._item.title

    def detail(self) -> str:
        return strings.PROPOSED

    def remark(self) -> str:
        return self._item.remark

    def chip(self) -> ChipProps:
        icons: dict[Tone, str] = {"ok": "badge-check", "danger": "ban", "warn": "shield-alert"}
        return ChipProps(self._item.state, self._item.tone, icons.get(self._item.tone, "clock"))

    def icon(self) -> str:
        return "signature"

    def _inks(self, tokens: Tokens, tone: Tone) -> list[str]:
        del tone
        return [tokens.text, tokens.text_soft, *([tokens.text_soft] if self.unfolded() else [])]

"""How many of what, as bars: how long decisions took, how often something happened (R-C8, R-M5).

Every bar has its number beside it, and a chart of few cases says so itself. It must never draw an empty scale as if it
were a measurement, and never show a share without how many it is of.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.language.numbers import number
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, CAPTION_MEDIUM, SMALL, SMALL_MEDIUM, text_width
from console.theme.tokens import Tone
from console.widgets.painting import CENTRE, RIGHT, begin, box, line, text
from console.widgets.themed import ThemedWidget


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it counts, how many, and what that means."""

    words: str
    count: int
    tone: Tone = "accent"


@dataclass(frozen=True, slots=True)
class BarsProps:
    """Bars in order, what a screen reader calls them, and words where there is nothing to draw."""

    name: str
    bars: tuple[Bar, ...]
    empty: str = ""


class Columns(ThemedWidget):
    """Bars that stand: a distribution over ranges, from left to right."""

    def __init__(self, theme: Theme, props: BarsProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._props = props
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_props(props)

    def set_props(self, props: BarsProps) -> None:
        """Show other bars."""
        self._props = props
        said = ", ".join(f"{one.words}: {one.count}" for one in props.bars if one.count)
        self.setAccessibleName(f"{props.name}. {said or props.empty}")
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(320, 128)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens, props = self.tokens, self._props
        most = max((one.count for one in props.bars), default=0)
        floor = self.height() - 22.0
        line(painter, 0, floor + 0.5, self.width(), floor + 0.5, tokens.line_strong)
        if not most:
            text(painter, QRectF(0, 0, self.width(), floor), props.empty, SMALL, tokens.text_quiet, CENTRE)
        room = self.width() / max(1, len(props.bars))
        for at, one in enumerate(props.bars):
            x = at * room
            label = QRectF(x, floor + 4, room, 16)
            text(painter, label, one.words, CAPTION, tokens.text_quiet, CENTRE)
            if not one.count:
                continue
            high = max(3.0, (floor - 22) * one.count / most)
            wide = min(46.0, room - 8)
            place = QRectF(x + (room - wide) / 2, floor - high, wide, high)
            box(painter, place, min(4.0, high / 2), tokens.tone(one.tone).solid)
            text(painter, QRectF(x, place.y() - 18, room, 16), number(one.count), CAPTION_MEDIUM, tokens.text_soft, CENTRE)
        painter.end()


@dataclass(frozen=True, slots=True)
class ShareProps:
    """Parts of a whole. `count`: of how many; `note` stands beside the name, e.g. that they are few."""

    name: str
    count: int
    parts: tuple[Bar, ...]
    note: str = ""


class Shares(ThemedWidget):
    """One bar that lies, divided into parts, with a legend that gives each part's number."""

    def __init__(self, theme: Theme, props: ShareProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._props = props
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_props(props)

    def set_props(self, props: ShareProps) -> None:
        """Show other parts."""
        self._props = props
        said = ", ".join(f"{one.words}: {one.count}" for one in props.parts if one.count)
        self.setAccessibleName(f"{props.name}, {props.count}. {said}. {props.note}".strip())
        self.updateGeometry()
        self.update()

    def _legend(self, width: float) -> list[tuple[Bar, float, int]]:
        """Each part that has something, where it stands, and in which row."""
        placed: list[tuple[Bar, float, int]] = []
        x, row = 0.0, 0
        for one in self._props.parts:
            if not one.count:
                continue
            wide = text_width(one.words, CAPTION) + text_width(number(one.count), CAPTION_MEDIUM) + 34
            if x and x + wide > width:
                x, row = 0.0, row + 1
            placed.append((one, x, row))
            x += wide
        return placed

    def hasHeightForWidth(self) -> bool:  # Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # Qt's name
        legend = self._legend(width)
        return 44 + 18 * (legend[-1][2] + 1 if legend else 0)

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(320, self.heightForWidth(max(320, self.width())))

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens, props = self.tokens, self._props
        wide = self.width()
        count = number(props.count)
        text(painter, QRectF(0, 0, wide - 70, 18), props.name, SMALL_MEDIUM, tokens.text)
        taken = text_width(props.name, SMALL_MEDIUM) + 10
        if taken < wide - 120:
            text(painter, QRectF(taken, 0, wide - 70 - taken, 18), props.note, CAPTION, tokens.warn.text)
        text(painter, QRectF(wide - 70, 0, 70, 18), count, SMALL_MEDIUM, tokens.text_soft, RIGHT)
        track = QRectF(0, 23, wide, 10)
        box(painter, track, 5, tokens.line)
        whole = sum(one.count for one in props.parts)
        x = 0.0
        for one in props.parts:
            if one.count and whole:
                part = max(3.0, wide * one.count / whole)
                box(painter, QRectF(x, 23, max(2.0, min(part, wide - x) - 1.5), 10), 3, tokens.tone(one.tone).solid)
                x += part
        for one, left, row in self._legend(wide):
            y = 40.0 + 18 * row
            box(painter, QRectF(left, y + 4, 9, 9), 3, tokens.tone(one.tone).solid)
            text(painter, QRectF(left + 14, y, 400, 17), one.words, CAPTION, tokens.text_soft)
            after = left + 19 + text_width(one.words, CAPTION)
            text(painter, QRectF(after, y, 70, 17), number(one.count), CAPTION_MEDIUM, tokens.text)
        painter.end()

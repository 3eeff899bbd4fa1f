"""A few choices side by side of which one holds, with counts: the filter above a list.

Arrow keys move, the choice is announced by `chosen`. It must never choose by itself when props change.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import CAPTION_MEDIUM, SMALL_MEDIUM, text_width
from console.widgets.painting import CENTRE, begin, box, focus_ring, text
from console.widgets.themed import ThemedWidget


@dataclass(frozen=True, slots=True)
class Segment:
    """One choice: its id, its words, and a count already written out (or empty)."""

    key: str
    words: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class SegmentedProps:
    """The choices and the one that holds."""

    name: str
    segments: tuple[Segment, ...]
    current: str


class Segmented(ThemedWidget):
    """The control.

    Signals:
        chosen(str): The id of the choice someone made.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, props: SegmentedProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_props(props)

    def set_props(self, props: SegmentedProps) -> None:
        """Show other choices, or another one holding."""
        self._props = props
        shown = next((one for one in props.segments if one.key == props.current), Segment("", ""))
        self.setAccessibleName(strings.segment_spoken(props.name, shown.words, shown.count))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(int(sum(self._natural())) + 6, 34)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return QSize(int(sum(width - 12 for width in self._natural())) + 6, 34)

    def _natural(self) -> list[float]:
        return [
            text_width(one.words, SMALL_MEDIUM) + (text_width(one.count, CAPTION_MEDIUM) + 6 if one.count else 0) + 22
            for one in self._props.segments
        ]

    def _places(self) -> list[QRectF]:
        natural = self._natural()
        spare = (self.width() - 6 - sum(natural)) / max(1, len(natural))
        places: list[QRectF] = []
        x = 3.0
        for width in natural:
            places.append(QRectF(x, 3, width + spare, self.height() - 6))
            x += width + spare
        return places

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        for one, place in zip(self._props.segments, self._places(), strict=True):
            if place.contains(event.position()):
                self._choose(one.key)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        keys = [one.key for one in self._props.segments]
        if step is None or self._props.current not in keys:
            super().keyPressEvent(event)
            return
        at = keys.index(self._props.current) + step
        if 0 <= at < len(keys):
            self._choose(keys[at])

    def _choose(self, key: str) -> None:
        if key != self._props.current:
            self.chosen.emit(key)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self.tokens
        box(painter, QRectF(self.rect()), 9, tokens.ground, tokens.line)
        for one, place in zip(self._props.segments, self._places(), strict=True):
            current = one.key == self._props.current
            if current:
                plane = tokens.surface if tokens.name == "light" else tokens.raised
                box(painter, place, 7, plane, tokens.control)
                if self.hasFocus():
                    focus_ring(painter, place, 7, tokens.focus)
            count = text_width(one.count, CAPTION_MEDIUM) + 6 if one.count else 0.0
            # Where there is no room for everything, words are cut before counts, and never drawn over their neighbour.
            count = min(count, max(0.0, place.width() - 30))
            words = min(text_width(one.words, SMALL_MEDIUM), max(12.0, place.width() - count - 8))
            x = place.x() + max(4.0, (place.width() - words - count) / 2)
            ink = tokens.text if current else tokens.text_soft
            text(painter, QRectF(x, place.y(), words + 1, place.height()), one.words, SMALL_MEDIUM, ink)
            if one.count:
                shade = tokens.accent.text if current else tokens.text_quiet
                room = QRectF(x + words + 6, place.y(), count, place.height())
                text(painter, room, one.count, CAPTION_MEDIUM, shade)
        if not self._props.segments:
            text(painter, QRectF(self.rect()), strings.NOTHING_TO_CHOOSE, CAPTION_MEDIUM, tokens.text_quiet, CENTRE)
        painter.end()

"""The life of a conversation as a line one can stand on: every event a mark, the present at its right end (R-M5, R-G3).

Arrow keys go from event to event, so that nothing between two of them can be missed. It must never move by itself while
somebody stands in the past.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console import texts_audit
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, SMALL_MEDIUM, text_width
from console.theme.tokens import Tone
from console.widgets.painting import RIGHT, begin, box, disc, focus_ring, text
from console.widgets.themed import ThemedWidget

_EDGE = 18.0
_FAR = 10


@dataclass(frozen=True, slots=True)
class Moment:
    """One place on the line: the event's place in the log, when, what happened in a few words, and what it means."""

    position: int
    when: str
    words: str
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class TimeLineProps:
    """The moments in order, and where one stands; None is the present."""

    moments: tuple[Moment, ...] = ()
    current: int | None = None


class TimeLine(ThemedWidget):
    """The line.

    Signals:
        chosen(object): The position somebody wants to stand on; None for the present.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._props = TimeLineProps()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_props(self._props)

    @property
    def props(self) -> TimeLineProps:
        """What it shows."""
        return self._props

    def set_props(self, props: TimeLineProps) -> None:
        """Show other moments, or stand elsewhere."""
        self._props = props
        self.setAccessibleName(texts_audit.TIME_LINE_SPOKEN.format(where=self._said()))
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(300, 52)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return QSize(160, 52)

    @property
    def place(self) -> int:
        """The number of the moment one stands on; the last one is the present."""
        moments, current = self._props.moments, self._props.current
        if current is None:
            return len(moments) - 1
        return max((at for at, one in enumerate(moments) if one.position <= current), default=0)

    def _said(self) -> str:
        moments = self._props.moments
        if not moments:
            return texts_audit.TIME_NOW
        place = self.place
        words = texts_audit.TIME_AT.format(number=place + 1, count=len(moments), what=moments[place].words)
        return words if self._props.current is not None else texts_audit.TIME_NOW_AT.of(len(moments))

    # -- the person ----------------------------------------------------------------------------------------------------

    def _go(self, place: int) -> None:
        moments = self._props.moments
        if not moments:
            return
        place = max(0, min(len(moments) - 1, place))
        wanted = None if place == len(moments) - 1 else moments[place].position
        if wanted != self._props.current:
            self.chosen.emit(wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1,
            Qt.Key.Key_PageDown: -_FAR, Qt.Key.Key_PageUp: _FAR,
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps:
            self._go(self.place + steps[key])
        elif key == Qt.Key.Key_Home:
            self._go(0)
        elif key == Qt.Key.Key_End:
            self._go(len(self._props.moments) - 1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._go(self._nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(self._nearest(event.position().x()))

    def _x(self, place: int) -> float:
        last = len(self._props.moments) - 1
        room = self.width() - 2 * _EDGE
        return _EDGE + (room * place / last if last > 0 else room)

    def _nearest(self, x: float) -> int:
        last = len(self._props.moments) - 1
        room = max(1.0, self.width() - 2 * _EDGE)
        return round((x - _EDGE) / room * last) if last > 0 else 0

    # -- paint ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self.tokens
        past = self._props.current is not None
        words = QRectF(_EDGE, 4, self.width() - 2 * _EDGE, 18)
        moments = self._props.moments
        when = moments[self.place].when if moments and past else ""
        wide = text_width(when, CAPTION) + 2
        ink = tokens.warn.text if past else tokens.text_soft
        text(painter, words.adjusted(0, 0, -wide - 8, 0), self._said(), SMALL_MEDIUM, ink)
        text(painter, words, when, CAPTION, tokens.text_quiet, RIGHT)
        middle = 35.0
        track = QRectF(_EDGE, middle - 2, self.width() - 2 * _EDGE, 4)
        box(painter, track, 2, tokens.line_strong)
        if moments:
            here = self._x(self.place)
            done = QRectF(_EDGE, middle - 2, max(4.0, here - _EDGE), 4)
            box(painter, done, 2, tokens.warn.solid if past else tokens.accent.solid)
            step = max(1, len(moments) // max(1, int(track.width() / 5)))
            for at in range(0, len(moments), step):
                one = moments[at]
                x = self._x(at)
                if one.tone != "neutral" and abs(x - here) > 8:
                    disc(painter, QRectF(x - 3, middle - 3, 6, 6), tokens.surface)
                    disc(painter, QRectF(x - 2.2, middle - 2.2, 4.4, 4.4), tokens.tone(one.tone).text)
            disc(painter, QRectF(here - 8, middle - 8, 16, 16), tokens.surface)
            disc(painter, QRectF(here - 6.5, middle - 6.5, 13, 13), tokens.warn.solid if past else tokens.accent.solid)
            disc(painter, QRectF(here - 2.5, middle - 2.5, 5, 5), tokens.accent.on_solid)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()).adjusted(6, 1, -6, -1), 8, tokens.focus)
        painter.end()

"""One thing to choose among several, or to tick: a mark, its words, and a quiet line below (R-M8).

Space or a click changes it; among things of which one holds, the arrow keys move. It must never change by itself.
"""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, CAPTION, font, metrics
from console.theme.icons import paint_icon
from console.widgets.painting import begin, box, colour, focus_ring
from console.widgets.plain_label import plain_tooltip
from console.widgets.visible_text import one_line

_MARK = 18
_GAP = 10


@dataclass(frozen=True, slots=True)
class CheckProps:
    """What stands beside the mark.

    Attributes:
        key: Its id.
        words: What it is.
        below: A quiet line, or empty.
        enabled: Whether it can be changed now.
    """

    key: str
    words: str
    below: str = ""
    enabled: bool = True


class CheckRow(QAbstractButton):
    """The row; `toggled` is its signal.

    Args:
        theme: Where its colours come from.
        props: What it says.
        kind: `one` of several, or `any` of them.
        on: Whether it holds at first.
    """

    def __init__(
        self, theme: Theme, props: CheckProps, kind: Literal["one", "any"], *, on: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.props = props
        self._round = kind == "one"
        self.setCheckable(True)
        self.setChecked(on)
        self.setAutoExclusive(kind == "one")
        self.setEnabled(props.enabled)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(one_line(props.words, 160))
        self.setAccessibleName(f"{one_line(props.words, 160)}. {one_line(props.below, 300)}".strip(". "))
        plain_tooltip(self, props.below)
        theme.changed.connect(self.update)

    def put_out(self, why: str) -> None:
        """It cannot be chosen any more: not chosen from now on, and the quiet line says why."""
        self.props = CheckProps(self.props.key, self.props.words, why, enabled=False)
        self.setAccessibleName(f"{one_line(self.props.words, 160)}. {one_line(why, 300)}".strip(". "))
        plain_tooltip(self, why)
        self.setChecked(False)
        self.setEnabled(False)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(200, 46 if self.props.below else 30)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self._theme.tokens
        top = 7.0
        mark = QRectF(5, top, _MARK, _MARK)
        on = self.isChecked()
        fill = tokens.accent.solid if on else tokens.surface
        edge = tokens.accent.solid if on else tokens.control
        if not self.isEnabled():
            fill, edge = (tokens.control, tokens.control) if on else (tokens.sunken, tokens.line_strong)
        radius = _MARK / 2 if self._round else 5.0
        box(painter, mark, radius, fill, edge, 1.5)
        if on and self._round:
            box(painter, mark.adjusted(5.5, 5.5, -5.5, -5.5), 4, tokens.accent.on_solid)
        elif on:
            paint_icon(painter, mark.adjusted(2, 2, -2, -2), "check", tokens.accent.on_solid, 3.0)
        left = 5 + _MARK + _GAP
        wide = self.width() - left - 6
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(font(BODY_MEDIUM))
        painter.setPen(colour(tokens.text if self.isEnabled() else tokens.text_quiet))
        line = metrics(BODY_MEDIUM).elidedText(one_line(self.props.words, 160), elide, wide)
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(left, top - 2, wide, _MARK + 4), flags, line)
        if self.props.below:
            painter.setFont(font(CAPTION))
            painter.setPen(colour(tokens.text_quiet))
            line = metrics(CAPTION).elidedText(one_line(self.props.below, 300), elide, wide)
            painter.drawText(QRectF(left, top + _MARK + 1, wide, 17), flags, line)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, tokens.focus)
        painter.end()

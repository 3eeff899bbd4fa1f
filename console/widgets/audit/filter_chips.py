"""Filters of a search as chips that can be taken away one by one, in as many rows as they need (R-M5).

It must never change a filter by itself: it tells which one somebody wants gone.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console import texts_audit
from console.theme.controller import Theme
from console.theme.fonts import CAPTION_MEDIUM, text_width
from console.theme.icons import paint_icon
from console.widgets.painting import begin, box, focus_ring, text
from console.widgets.plain_label import plain_tooltip
from console.widgets.visible_text import one_line

_HEIGHT = 24
_GAP = 6
_WIDEST = 260


@dataclass(frozen=True, slots=True)
class FilterProps:
    """One filter: its id and what it says, e.g. `Spoken by: customer`."""

    key: str
    words: str


class FilterChip(QAbstractButton):
    """A filter that goes away when it is pressed; Delete and Backspace do it as well."""

    def __init__(self, theme: Theme, props: FilterProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.props = props
        self._words = one_line(props.words, 80)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(texts_audit.REMOVE_FILTER.format(filter=self._words))
        plain_tooltip(self, texts_audit.REMOVE_FILTER.format(filter=one_line(props.words, 400)))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(min(_WIDEST, int(text_width(self._words, CAPTION_MEDIUM)) + 36), _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self._theme.tokens
        rect = QRectF(self.rect())
        hot = self.underMouse() or self.isDown()
        box(painter, rect, 7, tokens.accent.soft, tokens.control if hot else tokens.accent.line)
        room = QRectF(10, 0, rect.width() - 34, rect.height())
        text(painter, room, self._words, CAPTION_MEDIUM, tokens.accent.text)
        paint_icon(painter, QRectF(rect.right() - 19, rect.height() / 2 - 6, 12, 12), "x", tokens.accent.text, 2.4)
        if self.hasFocus():
            focus_ring(painter, rect, 7, tokens.focus)
        painter.end()


class FilterChips(QWidget):
    """The chips.

    Signals:
        removed(str): The id of a filter that somebody wants gone.
    """

    removed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[FilterProps, ...] | None = None
        self._chips: list[FilterChip] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(texts_audit.FILTERS)
        self.hide()

    def show_filters(self, filters: tuple[FilterProps, ...]) -> None:
        """Show these filters."""
        if filters == self._shown:
            return
        stood = next((at for at, chip in enumerate(self._chips) if chip.hasFocus()), -1)
        self._shown = filters
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = [FilterChip(self._theme, one, self) for one in filters]
        for chip in self._chips:
            chip.clicked.connect(lambda _checked=False, key=chip.props.key: self.removed.emit(key))
            chip.show()
        self.setVisible(bool(filters))
        self._place()
        if stood >= 0 and self._chips:
            # Whoever takes filters away by keyboard stays among them.
            self._chips[min(stood, len(self._chips) - 1)].setFocus()

    def _rows(self, width: int) -> list[tuple[FilterChip, QRect]]:
        placed: list[tuple[FilterChip, QRect]] = []
        x = y = 0
        for chip in self._chips:
            wide = min(chip.sizeHint().width(), max(60, width))
            if x and x + wide > width:
                x, y = 0, y + _HEIGHT + _GAP
            placed.append((chip, QRect(x, y, wide, _HEIGHT)))
            x += wide + _GAP
        return placed

    def _place(self) -> None:
        rows = self._rows(self.width())
        for chip, rect in rows:
            chip.setGeometry(rect)
        # Said outright: a layout that reckons heights by itself asks at another width than it gives in the end.
        self.setFixedHeight(rows[-1][1].bottom() + 1 if rows else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        self._place()
        super().resizeEvent(event)

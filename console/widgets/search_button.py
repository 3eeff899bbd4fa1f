"""A button that looks like a search field, because the field itself opens in the palette.

It must never take text: what is typed belongs to the palette.
"""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY
from console.theme.icons import paint_icon
from console.widgets.key_cap import key_cap_width, paint_key_cap
from console.widgets.painting import begin, box, focus_ring, text


class SearchButton(QAbstractButton):
    """The button; `clicked` is its signal."""

    def __init__(self, theme: Theme, words: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = words
        self._key = key
        self.setAccessibleName(strings.field_spoken(words, key))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(460)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(440, 34)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return QSize(180, 34)

    def enterEvent(self, event: QEnterEvent) -> None:  # Qt's name
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # Qt's name
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self._theme.tokens
        rect = QRectF(self.rect())
        box(painter, rect, 9, tokens.hover if self.underMouse() else tokens.sunken, tokens.control)
        if self.hasFocus():
            focus_ring(painter, rect, 9, tokens.focus)
        middle = self.height() / 2
        paint_icon(painter, QRectF(12, middle - 8, 16, 16), "search", tokens.text_quiet, 2.0)
        right = self.width() - key_cap_width(self._key) - 9
        text(painter, QRectF(36, 0, right - 44, self.height()), self._words, BODY, tokens.text_quiet)
        paint_key_cap(painter, right, middle, self._key, tokens.text_quiet)
        painter.end()

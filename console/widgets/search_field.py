"""A field to search in, with its icon, its key and a way to empty it.

It announces the text once typing pauses, so that a query per letter never happens. Whoever searches only what is at hand
hears every letter at once.
"""

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY, font
from console.theme.icons import paint_icon
from console.widgets.key_cap import key_cap_width, paint_key_cap
from console.widgets.painting import begin

_PAUSE_MS = 120
_LONGEST = 500


class SearchField(QLineEdit):
    """The field.

    Signals:
        typed(str): The text as it stands after every letter, for what asks nobody.
        searched(str): The text, after a pause or at Enter; empty when cleared by Escape.
    """

    typed = Signal(str)
    searched = Signal(str)

    def __init__(self, theme: Theme, placeholder: str, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._key = key
        self.setFont(font(BODY))
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(strings.field_spoken(placeholder, key))
        self.setMaxLength(_LONGEST)
        self.setFixedHeight(34)
        self.setTextMargins(24, 0, int(key_cap_width(key)) + 4 if key else 0, 0)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._announce)
        self.textEdited.connect(self._typed)
        theme.changed.connect(self.update)

    def _typed(self, text: str) -> None:
        self._pause.start()
        self.typed.emit(text.strip())

    def _announce(self) -> None:
        self._pause.stop()
        self.searched.emit(self.text().strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._announce()
            return
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.typed.emit("")
            self._announce()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        super().paintEvent(event)
        painter = begin(self)
        quiet = self._theme.tokens.text_quiet
        middle = self.height() / 2
        paint_icon(painter, QRectF(11, middle - 8, 16, 16), "search", quiet, 2.0)
        if self._key and not self.text() and not self.hasFocus():
            paint_key_cap(painter, self.width() - key_cap_width(self._key) - 9, middle, self._key, quiet)
        painter.end()

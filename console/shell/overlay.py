"""A plane over the dimmed window that keeps the keyboard until it is closed: the palette and every sheet of lines.

Like the prompt it has no event loop of its own and can be closed from outside at any moment. While it is open no key
reaches what lies below.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.theme.controller import Theme
from console.widgets.floating import SHADOW, FloatingPlane
from console.widgets.keyboard import give_back, tab_within
from console.widgets.painting import begin, faded
from console.widgets.themed import ThemedWidget


class Overlay(ThemedWidget):
    """The plane; put content into `column`, and say what gets the keyboard in `first_focus`.

    Signals:
        closed: It was closed.
    """

    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget, width: int, height: int) -> None:
        super().__init__(theme, window)
        self._window = window
        self._size = (width, height)
        self._before: QWidget | None = None
        self.panel = FloatingPlane(theme, self)
        self.column = QVBoxLayout(self.panel)
        self.column.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)
        self.column.setSpacing(0)
        self.hide()
        window.installEventFilter(self)

    def first_focus(self) -> QWidget:
        """What gets the keyboard when it opens."""
        return self

    def open(self) -> None:
        """Show it."""
        if not self.isVisible():
            self._before = self._window.focusWidget()
        self.setGeometry(self._window.rect())
        self._place()
        self.show()
        self.raise_()
        self.first_focus().setFocus(Qt.FocusReason.PopupFocusReason)

    def close_overlay(self) -> None:
        """Take it away and give the keyboard back."""
        if not self.isVisible():
            return
        self.hide()
        before, self._before = self._before, None
        give_back(before, self._window)
        self.closed.emit()

    def _place(self) -> None:
        wide = min(self._size[0] + 2 * SHADOW, self.width() - 20)
        high = min(self._size[1] + 2 * SHADOW, self.height() - 40)
        left = (self.width() - wide) // 2
        self.panel.setGeometry(QRect(QPoint(left, max(10, int((self.height() - high) * 0.26))), self.panel.size()))
        self.panel.setFixedSize(wide, high)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.close_overlay()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_overlay()
        event.accept()

    def focusNextPrevChild(self, forwards: bool) -> bool:  # Qt's name
        """Keep the keyboard on the plane: what is dimmed is not acted on."""
        tab_within(self, forwards=forwards)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
            self._place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        painter.fillRect(self.rect(), faded("#05070C", 70 if self.tokens.name == "light" else 140))
        painter.end()

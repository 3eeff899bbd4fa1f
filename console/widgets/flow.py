"""A row that goes on in the next line when there is no more room: for chips and small buttons in a narrow pane."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget
from shiboken6 import isValid

_Index = int


class FlowLayout(QLayout):
    """Lays its widgets out from left to right, and wraps.

    Args:
        parent: Whose layout it is.
        gap: Pixels between widgets, and between lines.
    """

    def __init__(self, parent: QWidget | None = None, gap: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:  # Qt's name
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: _Index) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride] - Qt takes no item as well
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: _Index) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride] - Qt takes no item as well
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # Qt's name
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # Qt's name
        return self._laid(QRect(0, 0, width, 0), moved=False)

    def setGeometry(self, rect: QRect) -> None:  # Qt's name
        super().setGeometry(rect)
        self._laid(rect, moved=True)

    def sizeHint(self) -> QSize:  # Qt's name
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # Qt's name
        tallest = max((item.sizeHint().height() for item in self._standing()), default=0)
        return QSize(0, tallest)

    def clear(self) -> None:
        """Take every widget out and away."""
        while self._items:
            widget = self._items.pop().widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _standing(self) -> list[QLayoutItem]:
        """What there is to lay out: Qt asks once more while it takes a card apart, and has taken away its items already."""
        return [item for item in self._items if isValid(item)]

    def _laid(self, rect: QRect, *, moved: bool) -> int:
        """Give each widget its place; return the height of all."""
        x, y, line = rect.x(), rect.y(), 0
        for item in self._standing():
            size = item.sizeHint()
            size.setWidth(min(size.width(), rect.width()))
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if moved:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line - rect.y()

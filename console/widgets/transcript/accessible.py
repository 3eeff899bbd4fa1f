"""The transcript for a screen reader: a list whose children are the items, each with its own words and place (R-M8).

The view paints, so Qt sees one blank widget; these interfaces tell it what is there. Ownership is the delicate part:
Qt's cache deletes an interface with its widget, Python must hold it until then, and a child is dropped by its id.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

if TYPE_CHECKING:
    from console.widgets.transcript.view import BlockView

# Qt asks one process-wide factory and keeps what it returns until the widget dies; Python must hold the same things
# exactly as long. This list is that hold, and nothing reads it.
_held: list["TranscriptInterface"] = []
_installed: list[Callable[[str, QObject], QAccessibleInterface | None]] = []


class ItemInterface(QAccessibleInterface):
    """One item of a transcript."""

    def __init__(self, owner: "TranscriptInterface", number: int) -> None:
        super().__init__()
        self._owner = owner
        self._number = number

    def isValid(self) -> bool:
        return isValid(self._owner) and self._number < self._owner.childCount()

    def object(self) -> QObject | None:
        return None

    def window(self) -> QWindow | None:
        return self._owner.window()

    def parent(self) -> QAccessibleInterface:
        return self._owner

    def child(self, _index: int) -> QAccessibleInterface | None:
        return None

    def childCount(self) -> int:
        return 0

    def childAt(self, _x: int, _y: int) -> QAccessibleInterface | None:
        return None

    def indexOfChild(self, _child: QAccessibleInterface) -> int:
        return -1

    def text(self, kind: QAccessible.Text) -> str:
        if kind == QAccessible.Text.Name and self.isValid():
            return self._owner.view.blocks[self._number].spoken()
        return ""

    def setText(self, _kind: QAccessible.Text, _words: str) -> None:
        """Stay as said: a transcript cannot be edited."""

    def rect(self) -> QRect:
        if not self.isValid():
            return QRect()
        view = self._owner.view
        place = view.block_rect(self._number)
        return QRect(view.viewport().mapToGlobal(place.topLeft()), place.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        view = self._owner.view
        state.focusable = True
        state.selectable = True
        state.readOnly = True
        state.focused = view.hasFocus() and view.current == self._number
        if self.isValid():
            state.offscreen = not view.block_rect(self._number).intersects(view.viewport().rect())
        return state


class TranscriptInterface(QAccessibleInterface):
    """The list of items."""

    def __init__(self, view: "BlockView[Any]") -> None:
        super().__init__()
        self.view = view
        self._items: dict[int, ItemInterface] = {}

    def isValid(self) -> bool:
        return True

    def object(self) -> QObject:
        return self.view

    def window(self) -> QWindow | None:
        return self.view.window().windowHandle()

    def parent(self) -> QAccessibleInterface | None:
        above = self.view.parentWidget()
        return QAccessible.queryAccessibleInterface(above) if isinstance(above, QWidget) else None

    def child(self, index: int) -> QAccessibleInterface | None:
        if not 0 <= index < self.childCount():
            return None
        if index not in self._items:
            self._items[index] = ItemInterface(self, index)
        return self._items[index]

    def drop_items(self) -> None:
        """Delete the children where Qt keeps them; only once the widget is gone."""
        for item in self._items.values():
            if isValid(item):
                QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(item))
        self._items.clear()

    def childCount(self) -> int:
        return len(self.view.blocks)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:
        point = self.view.viewport().mapFromGlobal(QPoint(x, y))
        number = self.view.column.block_at(point.y() + self.view.top)
        inside = number >= 0 and self.view.block_rect(number).contains(point)
        return self.child(number) if inside else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return next((number for number, one in self._items.items() if one is child), -1)

    def focusChild(self) -> QAccessibleInterface | None:
        return self.child(self.view.current) if self.view.hasFocus() else None

    def text(self, kind: QAccessible.Text) -> str:
        return self.view.accessibleName() if kind == QAccessible.Text.Name else ""

    def setText(self, _kind: QAccessible.Text, _words: str) -> None:
        """Stay as named."""

    def rect(self) -> QRect:
        return QRect(self.view.mapToGlobal(QPoint(0, 0)), self.view.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.List

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = True
        state.focused = self.view.hasFocus()
        state.invisible = not self.view.isVisible()
        return state


def _drop_the_dead() -> None:
    """Let go of interfaces whose widget is gone, children first and through Qt's cache, which knows them by id."""
    for interface in [one for one in _held if not isValid(one)]:
        interface.drop_items()
        _held.remove(interface)


def speak_transcripts(kind: "type[BlockView[Any]]") -> None:
    """Tell Qt, once per process, how to read transcripts aloud.

    Args:
        kind: The class of the view, passed in because the view imports this module.
    """
    if _installed:
        return

    def make(_name: str, thing: QObject) -> QAccessibleInterface | None:
        if not isinstance(thing, kind):
            return None
        _drop_the_dead()
        made = TranscriptInterface(thing)
        _held.append(made)
        return made

    QAccessible.installFactory(make)
    _installed.append(make)

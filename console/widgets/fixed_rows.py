"""A list whose rows are all of one height: where each stands is arithmetic, so five thousand cost what ten do (R-M1, R-M8).

Qt's own list measures every row again after any change, asking the model twice for each; rows that move many times a second
made it deaf for longer than a frame. It stays a `QListView`, so that a screen reader meets a list. It must never look at a
row that is not in view.
"""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
)
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHoverEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyleOptionViewItem, QWidget

_Index = QModelIndex | QPersistentModelIndex
_Move = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint
_HOVERED = {QEvent.Type.HoverEnter, QEvent.Type.HoverMove}
_LEFT = {QEvent.Type.HoverLeave, QEvent.Type.Leave}


class FixedRows(QListView):
    """One column of rows, scrolled by the pixel, one of which is selected.

    Attributes:
        row_height: The height of every row now, in pixels; whoever changes it schedules a layout.
    """

    # Of the class, because Qt asks for places before its own constructor is over.
    row_height: int = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hovered = QPersistentModelIndex()
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().setSingleStep(30)

    def in_view(self) -> tuple[int, int]:
        """The first and the last place that may be on the screen."""
        height, top = self.row_height, self.verticalScrollBar().value()
        return max(0, top // height), (top + self.viewport().height()) // height

    def plain_state(self) -> QStyle.StateFlag:
        """How most rows look: nobody stands on them or points at them."""
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        return _plain(option)

    def hovered(self) -> QPersistentModelIndex:
        """The row under the pointer; invalid where there is none."""
        return self._hovered

    def _count(self) -> int:
        model: QAbstractItemModel | None = self.model()
        return 0 if model is None else model.rowCount()  # pyright: ignore[reportUnnecessaryComparison] - None before setModel

    def _at(self, row: int) -> QRect:
        height = self.row_height
        return QRect(0, row * height - self.verticalScrollBar().value(), self.viewport().width(), height)

    # -- what Qt asks --------------------------------------------------------------------------------------------------

    def doItemsLayout(self) -> None:  # Qt's name
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:  # Qt's name
        bar, room = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(room)
        bar.setRange(0, max(0, self._count() * self.row_height - room))
        self.horizontalScrollBar().setRange(0, 0)
        QAbstractItemView.updateGeometries(self)

    def visualRect(self, index: _Index) -> QRect:  # Qt's name
        return self._at(index.row()) if index.isValid() else QRect()

    def indexAt(self, p: QPoint) -> QModelIndex:  # Qt's name
        row = (p.y() + self.verticalScrollBar().value()) // self.row_height
        inside = 0 <= p.x() < self.viewport().width() and 0 <= row < self._count()
        return self.model().index(row, 0) if inside else QModelIndex()

    def scrollTo(self, index: _Index, hint: QAbstractItemView.ScrollHint = _Hint.EnsureVisible) -> None:  # Qt's name
        if not index.isValid():
            return
        # The bar may not know of rows that just came.
        self.executeDelayedItemsLayout()
        bar, place, room = self.verticalScrollBar(), self._at(index.row()), self.viewport().height()
        above, below = place.top(), place.top() + place.height() - room
        if hint == _Hint.PositionAtCenter:
            by = (above + below) // 2
        elif hint == _Hint.PositionAtTop or (hint == _Hint.EnsureVisible and above < 0):
            by = above
        elif hint == _Hint.PositionAtBottom or below > 0:
            by = min(above, below)
        else:
            return
        bar.setValue(bar.value() + by)

    def moveCursor(self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:  # noqa: ARG002 - Qt's names
        here, last = self.currentIndex(), self._count() - 1
        if last < 0:
            return QModelIndex()
        page = max(1, self.viewport().height() // self.row_height)
        by = {
            _Move.MoveUp: -1, _Move.MovePrevious: -1, _Move.MoveDown: 1, _Move.MoveNext: 1,
            _Move.MovePageUp: -page, _Move.MovePageDown: page, _Move.MoveHome: -last, _Move.MoveEnd: last,
        }.get(cursorAction, 0)  # fmt: skip
        row = here.row() + by if here.isValid() else 0
        return self.model().index(max(0, min(last, row)), 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:  # Qt's name
        top, height, found = self.verticalScrollBar().value(), self.row_height, rect.normalized()
        first, last = max(0, (found.top() + top) // height), min(self._count() - 1, (found.bottom() + top) // height)
        chosen = QItemSelection()
        if first <= last:
            chosen.select(self.model().index(first, 0), self.model().index(last, 0))
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # Qt's name
        region, room = QRegion(), self.viewport().rect()
        for index in selection.indexes():
            region += QRegion(self._at(index.row()).intersected(room))
        return region

    def viewportEvent(self, event: QEvent) -> bool:  # Qt's name
        if event.type() in _HOVERED and isinstance(event, QHoverEvent):
            self._hovered = QPersistentModelIndex(self.indexAt(event.position().toPoint()))
        elif event.type() in _LEFT:
            self._hovered = QPersistentModelIndex()
        return super().viewportEvent(event)

    def paintEvent(self, e: QPaintEvent) -> None:  # Qt's name
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        flags, plain = QStyle.StateFlag, _plain(option)
        stood_on = self.currentIndex().row() if self.hasFocus() or self.viewport().hasFocus() else -1
        hovered = self._hovered.row() if self._hovered.isValid() else -1
        selected = {index.row() for index in self.selectionModel().selectedIndexes()} if self._count() else set[int]()
        first, last = self.in_view()
        wanted = e.rect()
        painter = QPainter(self.viewport())
        for row in range(first, min(last, self._count() - 1) + 1):
            place = self._at(row)
            if not wanted.intersects(place):
                continue
            state = plain
            for there, flag in (
                (row in selected, flags.State_Selected),
                (row == hovered, flags.State_MouseOver),
                (row == stood_on, flags.State_HasFocus),
            ):
                if there:
                    state |= flag
            index = self.model().index(row, 0)
            option.rect, option.state = place, state  # pyright: ignore[reportAttributeAccessIssue] - the stubs leave them out
            self.itemDelegateForIndex(index).paint(painter, option, index)
        painter.end()

    # -- what a screen reader is told: Qt's list says it by places of its own layout, which is not made here ----------------

    def currentChanged(self, current: _Index, previous: _Index) -> None:  # Qt's name
        QAbstractItemView.currentChanged(self, current, previous)
        if current.isValid() and self.hasFocus():
            self._tell(QAccessible.Event.Focus, current.row())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:  # Qt's name
        QAbstractItemView.selectionChanged(self, selected, deselected)
        for index in selected.indexes():
            self._tell(QAccessible.Event.Selection, index.row())
        for index in deselected.indexes():
            self._tell(QAccessible.Event.SelectionRemove, index.row())

    def _tell(self, event: QAccessible.Event, row: int) -> None:
        if QAccessible.isActive():
            told = QAccessibleEvent(self, event)
            told.setChild(row)
            QAccessible.updateAccessibility(told)


def _plain(option: QStyleOptionViewItem) -> QStyle.StateFlag:
    flags = QStyle.StateFlag
    return option.state & ~(flags.State_HasFocus | flags.State_MouseOver | flags.State_Selected)

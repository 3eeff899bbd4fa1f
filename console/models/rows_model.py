"""A list of rows as a Qt model that changes in place: selection and scroll position survive every update (R-M8).

Rows are values with an id; the model is told the whole new order and works out what came, went, moved and changed. It
must never reset because one row changed, and never read anything but what it was given.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal


class Row(Protocol):
    """A frozen value with an id, that answers what a delegate asks for."""

    @property
    def id(self) -> str:
        """Its id among the others."""
        ...

    def role(self, role: int) -> object:
        """The value of a role, or None for one it does not know."""
        ...


_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class RowsModel(QAbstractListModel):
    """Rows in order.

    Signals:
        more_wanted: The view has come near the end and `set_more(True)` was said.
    """

    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._more = False

    @property
    def rows(self) -> Sequence[Row]:
        """The rows now."""
        return self._rows

    def set_more(self, more: bool) -> None:
        """Say whether another page could be read."""
        self._more = more

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows in this order; ids are unique."""
        wanted = {row.id: row for row in rows}
        self._take_away({row.id for row in self._rows} - wanted.keys())
        here = {row.id for row in self._rows}
        fresh = [row for row in rows if row.id not in here]
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows.extend(fresh)
            self.endInsertRows()
        before = self._rows
        if [row.id for row in before] != list(wanted):
            self._put_in_order(list(wanted))
        changed = [at for at, row in enumerate(rows) if self._rows[at] != row]
        self._rows = list(rows)
        for _, run in groupby(enumerate(changed), key=lambda pair: pair[1] - pair[0]):
            places = [at for _, at in run]
            self.dataChanged.emit(self.index(places[0], 0), self.index(places[-1], 0))

    def _take_away(self, gone: set[str]) -> None:
        if not gone:
            return
        at = len(self._rows) - 1
        while at >= 0:
            if self._rows[at].id not in gone:
                at -= 1
                continue
            last = at
            while at > 0 and self._rows[at - 1].id in gone:
                at -= 1
            self.beginRemoveRows(QModelIndex(), at, last)
            del self._rows[at : last + 1]
            self.endRemoveRows()
            at -= 1

    def _put_in_order(self, ids: list[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        by_id = {row.id: row for row in self._rows}
        places = {row_id: at for at, row_id in enumerate(ids)}
        old = self.persistentIndexList()
        new = [self.index(places[self._rows[index.row()].id], 0) for index in old]
        self._rows = [by_id[row_id] for row_id in ids]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def place_of(self, row_id: str) -> int:
        """Where a row stands; -1 if it does not."""
        return next((at for at, row in enumerate(self._rows) if row.id == row_id), -1)

    # -- Qt ------------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self._rows[index.row()].role(role) if index.isValid() else None

    def canFetchMore(self, parent: _Index) -> bool:  # Qt's name
        return self._more and not parent.isValid()

    def fetchMore(self, parent: _Index) -> None:  # Qt's name
        if self.canFetchMore(parent):
            self._more = False
            self.more_wanted.emit()

"""A list of rows as a Qt model that changes in place: selection and scroll position survive every update (R-M8).

Rows are values with an id; the model is told the whole new order and works out what came, went, moved and changed. It
must never reset because one row changed, and never read anything but what it was given.
"""

from collections.abc import Iterable, Sequence
from itertools import compress, count, groupby
from operator import attrgetter, is_not
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


_MOST_RUNS = 8
_ID = attrgetter("id")
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
        if rows is self._rows:
            return
        ids, before = list(map(_ID, rows)), list(map(_ID, self._rows))
        if ids != before:
            self._arrange(rows, ids, before)
        # Of thousands a few are others than before: only these are compared by what they say.
        others = compress(count(), map(is_not, rows, self._rows))
        changed = [at for at in others if rows[at] != self._rows[at]]
        self._rows = list(rows)
        self._tell(changed)

    def announce(self, first: int, last: int) -> None:
        """Tell that rows say something else now, though they are the same: time went on."""
        last = min(last, len(self._rows) - 1)
        if 0 <= first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))

    def _tell(self, changed: Sequence[int]) -> None:
        runs = _runs(changed)
        if len(runs) > _MOST_RUNS:
            # Views look at what of it they show; many small announcements cost more than one that is too wide.
            runs = [(changed[0], changed[-1])]
        for first, last in runs:
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))

    def _arrange(self, rows: Sequence[Row], ids: Sequence[str], before: Sequence[str]) -> None:
        wanted = set(ids)
        if len(ids) != len(before) or not wanted.issuperset(before):
            known = set(before)
            self._take_away(known - wanted)
            fresh = [row for row in rows if row.id not in known]
            if fresh:
                first = len(self._rows)
                self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
                self._rows.extend(fresh)
                self.endInsertRows()
        if ids != list(map(_ID, self._rows)):
            self._put_in_order(ids)

    def _take_away(self, gone: set[str]) -> None:
        if not gone:
            return
        runs = _runs(at for at, row in enumerate(self._rows) if row.id in gone)
        if len(runs) > _MOST_RUNS:
            # A letter typed leaves a few of thousands: what goes is put together, and told once. Before the others, because
            # Qt goes on to the row behind those that go: to the first that is left.
            ids = list(map(_ID, self._rows))
            self._put_in_order([*(one for one in ids if one in gone), *(one for one in ids if one not in gone)])
            runs = [(0, len(gone) - 1)]
        for first, last in reversed(runs):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()

    def _put_in_order(self, ids: Sequence[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        by_id = dict(zip(map(_ID, self._rows), self._rows, strict=True))
        old = self.persistentIndexList()
        # Somebody stands on few of many: only these are looked for.
        new = [self.index(ids.index(self._rows[index.row()].id), 0) for index in old]
        self._rows = list(map(by_id.__getitem__, ids))
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def place_of(self, row_id: str, perhaps: int = -1) -> int:
        """Where a row stands, looked for at a likely place first; -1 if it does not."""
        if 0 <= perhaps < len(self._rows) and self._rows[perhaps].id == row_id:
            return perhaps
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


def _runs(places: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending places as runs without a gap: the first and the last of each."""
    runs = ([at for _, at in run] for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]))
    return [(run[0], run[-1]) for run in runs]

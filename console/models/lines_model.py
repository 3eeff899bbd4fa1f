"""A list that is shown anew as a whole: what a search found, a page of a log (R-M8).

Lines are values without an identity of their own, so nothing of a selection survives; `RowsModel` is for what changes in
place. It must never be given outside text that its two functions do not bound.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

_Line = TypeVar("_Line")
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class LinesModel(QAbstractListModel, Generic[_Line]):
    """Lines in order; a delegate finds the line itself under the user's role.

    Args:
        parent: Who owns it.
        words: What a line says, bounded.
        spoken: What a screen reader says of it, bounded.
        tip: What a pointer that rests on it is told, bounded; nothing where it is None.
    """

    def __init__(
        self,
        parent: QObject,
        words: Callable[[_Line], str],
        spoken: Callable[[_Line], str],
        *,
        tip: Callable[[_Line], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.lines: Sequence[_Line] = ()
        self._words = words
        self._spoken = spoken
        self._tip = tip

    def show_lines(self, lines: Sequence[_Line]) -> None:
        """Show these instead of those of before."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        match role:
            case Qt.ItemDataRole.UserRole:
                return line
            case Qt.ItemDataRole.DisplayRole:
                return self._words(line)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(line)
            case Qt.ItemDataRole.ToolTipRole if self._tip is not None:
                return self._tip(line)
            case _:
                return None

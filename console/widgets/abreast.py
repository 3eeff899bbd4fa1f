"""Quiet buttons under a loud one: in one row where they fit whole, else two beside each other.

It must never push the place it stands in wide: more than two beside each other would.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from console.widgets.button import Button

_NARROW = 2
_GAP = 8


class Abreast(QWidget):
    """The buttons.

    Args:
        buttons: At least one, in order.
        room: The width it will have, as far as that is known: so it is as high at first as it stays.
    """

    def __init__(self, buttons: Sequence[Button], room: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons = buttons
        self._abreast = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._arrange(room)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._arrange(self.width())

    def _arrange(self, room: int) -> None:
        whole = sum(one.sizeHint().width() + _GAP for one in self._buttons) - _GAP
        abreast = len(self._buttons) if whole <= room else _NARROW
        if abreast == self._abreast:
            return
        self._grid.setColumnStretch(self._abreast, 0)
        self._abreast = abreast
        for at, one in enumerate(self._buttons):
            self._grid.removeWidget(one)
            self._grid.addWidget(one, *divmod(at, abreast), Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(abreast, 1)

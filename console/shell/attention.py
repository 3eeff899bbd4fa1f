"""Whether somebody sits at this window: what is held for them is held only while they do (R-M9).

It hears the events of the window's own surface, before any part of the window takes them. It must never watch every event
of the process (objects that are just being destroyed would be handed over), never keep what was pressed, and never take an
event away.
"""

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from console.state.happenings import PersonActed
from console.state.selectors import ACTED_AGAIN
from console.state.store import Store

if TYPE_CHECKING:
    from PySide6.QtGui import QWindow

_INPUT: Final = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel, QEvent.Type.TouchBegin,
    QEvent.Type.TouchUpdate, QEvent.Type.TabletPress, QEvent.Type.InputMethod,
})  # fmt: skip


class Attention(QObject):
    """Whether anything is pressed or moved in a window.

    Args:
        window: The window.
        store: Is told, at most once in a while.

    Signals:
        came: The window was taken up again.
    """

    came = Signal()

    def __init__(self, window: QWidget, store: Store) -> None:
        super().__init__(window)
        self._window = window
        self._store = store
        self._surface: QWindow | None = None

    def watch(self) -> None:
        """Hear the window, which stands on the screen now, or on another surface; whoever opened it is there."""
        surface = cast("QWindow | None", self._window.windowHandle())  # none before it stands on a screen
        if surface is not self._surface and surface is not None:
            self.stop()
            self._surface = surface
            surface.installEventFilter(self)
        self.acted()

    def stop(self) -> None:
        """Hear nothing more."""
        surface, self._surface = self._surface, None
        if surface is not None and isValid(surface):
            surface.removeEventFilter(self)

    def acted(self) -> None:
        """Somebody is there."""
        state = self._store.state
        if state.acted is None or state.now - state.acted >= ACTED_AGAIN:
            self._store.dispatch(PersonActed())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        kind = event.type() if watched is self._surface else None
        if kind in _INPUT:
            self.acted()
        elif kind == QEvent.Type.FocusIn:
            self.came.emit()
        return False

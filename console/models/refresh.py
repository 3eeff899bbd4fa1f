"""Tells views at most twenty times a second that the state changed, however often it does (R-M8).

The first change is told at once, so that a key press is answered in the same moment; what follows within the interval is
told together. What can be made ready before is made ready in steps, with a turn of the loop between two of them: whoever
types meanwhile is heard. It must never lose the last change, also where making ready fails.
"""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from console.state.app_state import AppState
from console.state.store import Store

INTERVAL_MS = 50


Ready = Callable[[AppState], Iterator[None]]
"""Makes ready what a state will need, a little at each step. What it leaves undone is done when the state is told."""


def _nothing(_state: AppState) -> Iterator[None]:
    return iter(())


class Refresh(QObject):
    """Changes of a store, coalesced.

    Args:
        store: The state.
        parent: Who owns it.
        ready: What is done in steps before a change is told.

    Signals:
        changed(AppState, AppState): The state last told, and the state now.
    """

    changed = Signal(object, object)

    def __init__(self, store: Store, parent: QObject | None = None, ready: Ready = _nothing) -> None:
        super().__init__(parent)
        self._told = store.state
        self._store = store
        self._ready = ready
        self._steps: Iterator[None] | None = None
        self._leave = store.listen(self._heard)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(INTERVAL_MS)
        self._pause.timeout.connect(self._go_on)
        self._telling = False

    def stop(self) -> None:
        """Hear nothing more."""
        self._leave()
        self._pause.stop()

    def flush(self) -> None:
        """Tell now what was not told yet."""
        self._tell()

    def _heard(self, _before: AppState, _after: AppState) -> None:
        if not self._pause.isActive() and not self._telling:
            # Not from inside the dispatch: views may dispatch while they are told.
            self._pause.start(0)

    def _go_on(self) -> None:
        """One step, or tell where none is left."""
        if self._steps is None and self._told is not self._store.state:
            self._steps = self._ready(self._store.state)
        more = False
        try:
            more = self._steps is not None and next(self._steps, self) is not self
        finally:
            if more:
                self._pause.start(0)
            else:
                self._tell()

    def _tell(self) -> None:
        self._steps = None
        before, after = self._told, self._store.state
        if before is after:
            return
        self._told = after
        self._telling = True
        try:
            self.changed.emit(before, after)
        finally:
            self._telling = False
        # While this runs, further changes wait for its end.
        self._pause.start(INTERVAL_MS)

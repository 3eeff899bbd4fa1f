"""Holds the state of one console and tells who listens when it changed. No Qt and no loop: whoever dispatches waits.

It must never be reached through a global, and a listener must never dispatch from inside a notification: that is queued
and comes after, so that everyone sees every state in the same order.
"""

from collections import deque
from collections.abc import Callable

from console.state.app_state import AppState
from console.state.folding import FoldedTexts
from console.state.happenings import Happening
from console.state.reduce import reduce

Listener = Callable[[AppState, AppState], None]
"""Called with the state before and after."""


class Store:
    """The state of one console.

    Attributes:
        texts: What words are looked for in, of the rows that are held.
    """

    def __init__(self, state: AppState) -> None:
        self._state = state
        self.texts = FoldedTexts()
        self._listeners: list[Listener] = []
        self._queue: deque[Happening] = deque()
        self._busy = False

    @property
    def state(self) -> AppState:
        """The state now."""
        return self._state

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of every change; the answer ends it."""
        self._listeners.append(listener)

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave

    def dispatch(self, happening: Happening) -> None:
        """Let something happen."""
        self._queue.append(happening)
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue:
                before = self._state
                self._state = reduce(before, self._queue.popleft())
                if self._state is not before:
                    if self._state.rows is not before.rows:
                        self.texts.keep(self._state.rows)
                    for listener in tuple(self._listeners):
                        listener(before, self._state)
        finally:
            self._busy = False

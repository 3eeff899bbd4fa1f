"""Somebody typed, and what they typed into was taken away: what their fingers still send is no command (R-M2).

It lasts until they pause. It must never hold back a key for longer than that, and never watch every event of the process: a
filter in Python would be handed objects that are just being destroyed.
"""

from typing import Final

from PySide6.QtCore import QObject, QTimer

PAUSE_MS: Final = 700
"""Who has not pressed anything for so long has seen that the field is gone."""


class TypingOn(QObject):
    """Whether plain keys still belong to a field that is gone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)

    @property
    def on(self) -> bool:
        """Whether keys are taken now."""
        return self._pause.isActive()

    def begin(self) -> None:
        """A field was taken away under somebody's hands."""
        self._pause.start()

    def takes(self) -> bool:
        """Whether a key that came now belongs to it; each such key prolongs it."""
        if not self.on:
            return False
        self._pause.start()
        return True

    def stop(self) -> None:
        """Hear nothing more."""
        self._pause.stop()

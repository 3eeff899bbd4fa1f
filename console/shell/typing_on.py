"""Somebody typed, and what they typed into was taken away: what their fingers still send is no command (R-M2).

It lasts until they pause, and holds for every view: a letter would decide, a space press a button, Enter open something. It
must never hold back a key for longer than that, and never one with Ctrl, such as the stop switch.
"""

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from console.shell.keys import is_writing

PAUSE_MS: Final = 700
"""Who has not pressed anything for so long has seen that the field is gone."""
_COMMANDING: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class TypingOn(QObject):
    """Takes the keys that belong to a field that is gone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.stop)

    @property
    def on(self) -> bool:
        """Whether keys are taken now."""
        return self._pause.isActive()

    def begin(self) -> None:
        """A field was taken away under somebody's hands."""
        application = QCoreApplication.instance()
        if application is not None and not self.on:
            application.installEventFilter(self)
        self._pause.start()

    def stop(self) -> None:
        """Hear nothing more."""
        self._pause.stop()
        application = QCoreApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        if not isinstance(event, QKeyEvent) or event.modifiers() & _COMMANDING or is_writing(QApplication.focusWidget()):
            return False
        self._pause.start()
        return True

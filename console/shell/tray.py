"""The desktop's tray, where there is one: news outside the window, and how much waits (R-M8).

Looked for once a show, because trays come and go with panels. It must never hold anything that cannot be reached in the
window.
"""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

_STAYS_MS = 8_000


class Tray(QObject):
    """The tray.

    Signals:
        wanted: Somebody chose the icon or a piece of news: the window is wanted.
    """

    wanted = Signal()

    def __init__(self, icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tray: QSystemTrayIcon | None = None
        self._says = ""

    @property
    def there(self) -> bool:
        """Whether this desktop has a tray that shows news."""
        return QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()

    def show(self, title: str, text: str) -> None:
        """Show news; plain text, which the desktop may cut."""
        tray = self._shown()
        if tray is not None:
            tray.showMessage(title, text, self._icon, _STAYS_MS)

    def waiting(self, text: str) -> None:
        """Say how much waits when somebody points at the icon."""
        self._says = text
        if self._tray is not None:
            self._tell_plain(self._tray)

    def _tell_plain(self, tray: QSystemTrayIcon) -> None:
        """Desktops show the words of an icon as they are: counts alone, never what somebody wrote."""
        tray.setToolTip(self._says)

    def _shown(self) -> QSystemTrayIcon | None:
        if self._tray is None and self.there:
            self._tray = QSystemTrayIcon(self._icon, self)
            self._tell_plain(self._tray)
            self._tray.activated.connect(self._activated)
            self._tray.messageClicked.connect(self.wanted)
            self._tray.show()
        return self._tray

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in {QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick}:
            self.wanted.emit()

    def stop(self) -> None:
        """Take the icon away."""
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

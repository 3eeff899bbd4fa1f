"""Whether things may move: the person's choice, else the desktop's own (R-M8).

Reduced, the text cursor does not blink, menus and tooltips neither slide nor fade, and news stays until it is closed. (The
style sheet leaves no scroll bar or button that moves.) It must never make anything unreachable by standing still.
"""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtDBus import QDBus, QDBusConnection, QDBusInterface, QDBusMessage
from PySide6.QtWidgets import QApplication

MotionChoice = Literal["system", "full", "reduced"]
_PORTAL = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SETTINGS = "org.freedesktop.portal.Settings"
_ANSWERS_IN_MS = 150
_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_FadeMenu, Qt.UIEffect.UI_AnimateCombo, Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
)  # fmt: skip


def desktop_is_still() -> bool:
    """Whether the desktop says that it moves nothing; False where nobody answers.

    Asked once, before the window is shown, of the settings portal that every Linux desktop offers, and waited for a
    moment only. Source: https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html
    """
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    portal = QDBusInterface(_PORTAL, _PATH, _SETTINGS, bus)
    portal.setTimeout(_ANSWERS_IN_MS)
    answer = portal.call(QDBus.CallMode.Block, "Read", "org.gnome.desktop.interface", "enable-animations")
    if answer.type() != QDBusMessage.MessageType.ReplyMessage or not answer.arguments():
        return False
    return answer.arguments()[0] is False


class Motion:
    """How much moves in one application.

    Args:
        choice: What the person chose.
        system: Asks the desktop; asked at most once.
    """

    def __init__(self, choice: MotionChoice = "system", system: Callable[[], bool] = desktop_is_still) -> None:
        self._system = system
        self._asked: bool | None = None
        self._blink = QApplication.cursorFlashTime()
        self.choice: MotionChoice = choice
        self.reduced = False
        self.choose(choice)

    def choose(self, choice: MotionChoice) -> None:
        """Let things move, or not, from now on."""
        self.choice = choice
        if choice == "system" and self._asked is None:
            self._asked = self._system()
        self.reduced = choice == "reduced" or (choice == "system" and bool(self._asked))
        QApplication.setCursorFlashTime(0 if self.reduced else self._blink)
        for effect in _EFFECTS:
            QApplication.setEffectEnabled(effect, not self.reduced)

"""Says to a screen reader what changed while nothing on the screen has the keyboard (`console.state.speech`, R-M8)."""

from collections.abc import Callable

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from console.state.app_state import AppState
from console.state.speech import Said, speech
from console.widgets.visible_text import one_line

_LONGEST = 300


def announced(widget: QWidget) -> Callable[[Said], None]:
    """A voice: announcements of a widget, polite unless they must be heard now."""

    def say(said: Said) -> None:
        event = QAccessibleAnnouncementEvent(widget, one_line(said.text, _LONGEST))
        if said.now:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    return say


class Speaking:
    """The voice of one window.

    Args:
        say: How it is said.
    """

    def __init__(self, say: Callable[[Said], None]) -> None:
        self._say = say

    def refresh(self, before: AppState, state: AppState) -> None:
        """Say what changed."""
        for one in speech(before, state):
            self._say(one)

"""What stands in every place but the settings while nobody is signed in: why, and the way to the settings (R-M8).

An empty list would say that nothing waits. It must never show anything of a core.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console import strings, texts_shell
from console.state.app_state import AppState
from console.state.selectors import read_only_reason
from console.theme.controller import Theme
from console.widgets.empty_state import EmptyState, EmptyStateProps


def closed_because(state: AppState) -> str:
    """Why nothing is shown here; empty while something is, and where one can do something about it."""
    if state.session is not None or state.workspace == "settings" or not (state.keyring.resting or state.keyring.shut):
        return ""
    return read_only_reason(state)


class ClosedPlace(QWidget):
    """The place.

    Signals:
        settings_wanted: Where one signs in, or uses a code.
    """

    settings_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._said = ""
        self.shown: EmptyState | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def say(self, why: str) -> None:
        """Say why; the same said again changes nothing."""
        if why == self._said:
            return
        if self.shown is not None:
            self._column.removeWidget(self.shown)
            self.shown.deleteLater()
        props = EmptyStateProps("lock", texts_shell.NOBODY, why, "neutral", action=strings.SETTINGS)
        self._said, self.shown = why, EmptyState(self._theme, props)
        self.shown.acted.connect(self.settings_wanted.emit)
        self._column.addWidget(self.shown)

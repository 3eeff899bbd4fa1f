"""What every painted widget shares: it is given the theme, and repaints when the theme changes.

It must never find the theme by itself.
"""

from PySide6.QtWidgets import QFrame, QWidget

from console.theme.controller import Theme
from console.theme.tokens import Tokens


class ThemedWidget(QWidget):
    """A widget that paints itself from the tokens of its theme."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        theme.changed.connect(self.retheme)

    @property
    def tokens(self) -> Tokens:
        """The tokens of the moment."""
        return self.theme.tokens

    def retheme(self) -> None:
        """Take over new tokens; override to refresh what is cached, and call this."""
        self.update()


class ThemedFrame(QFrame):
    """A container that paints its own plane from the tokens of its theme."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        theme.changed.connect(self.retheme)

    @property
    def tokens(self) -> Tokens:
        """The tokens of the moment."""
        return self.theme.tokens

    def retheme(self) -> None:
        """Take over new tokens; override to refresh what is cached, and call this."""
        self.update()

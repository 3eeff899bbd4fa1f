"""The theme as one object: what is shown now, what was chosen, and a signal when it changes (R-M8).

Widgets are given a `Theme` and repaint on `changed`. It must never be reached through a global, and never change
because of anything but the person's choice or, when that is *system*, the desktop's own setting.
"""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from console.theme.fonts import BODY, font, load_fonts
from console.theme.motion import Motion, MotionChoice
from console.theme.style import palette, style_sheet
from console.theme.tokens import DARK, LIGHT, ThemeName, Tokens

ThemeChoice = Literal["system", "light", "dark"]


class Theme(QObject):
    """The current tokens of one application.

    Signals:
        changed: The tokens are new; repaint.
    """

    changed = Signal()

    def __init__(
        self,
        choice: ThemeChoice = "system",
        parent: QObject | None = None,
        system: Callable[[], Qt.ColorScheme] | None = None,
    ) -> None:
        """Choose a theme.

        Args:
            choice: What the person chose.
            parent: Who owns this object.
            system: Asks the desktop for its scheme; by default Qt does.
        """
        super().__init__(parent)
        self._system = system or QGuiApplication.styleHints().colorScheme
        self._choice: ThemeChoice = choice
        self._motion: Motion | None = None
        self._application: QApplication | None = None
        self._tokens = self._wanted()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def tokens(self) -> Tokens:
        """The tokens shown now."""
        return self._tokens

    @property
    def choice(self) -> ThemeChoice:
        """What the person chose."""
        return self._choice

    @property
    def name(self) -> ThemeName:
        """Which theme is shown now."""
        return self._tokens.name

    def prepare(self, application: QApplication) -> None:
        """Give an application what widgets measure themselves with while they are made: its style, fonts and palette.

        Raises:
            AssetMissing: If a bundled font is missing.
        """
        load_fonts()
        self._application = application
        application.setStyle("Fusion")
        application.setFont(font(BODY))
        application.setPalette(palette(self._tokens))

    def install(self, application: QApplication) -> None:
        """Give an application its fonts, palette and style sheet, now and at every later change.

        A window that is made between `prepare` and this is dressed once as a whole. With a style sheet in place, each widget
        that is put into another is looked through anew with all that is in it: a window takes twice as long to make.

        Raises:
            AssetMissing: If a bundled font is missing.
        """
        if self._application is None:
            self.prepare(application)
        application.setStyleSheet(style_sheet(self._tokens))

    def choose(self, choice: ThemeChoice) -> None:
        """Choose a theme; emits `changed` only if what is shown changes."""
        self._choice = choice
        self._apply(self._wanted())

    def move(self, choice: MotionChoice) -> None:
        """Let things move as the person chose, from now on."""
        if self._motion is None:
            self._motion = Motion(choice)
        elif self._motion.choice != choice:
            self._motion.choose(choice)

    @property
    def still(self) -> bool:
        """Whether nothing is to move, blink, or leave by itself."""
        return self._motion is not None and self._motion.reduced

    def toggle(self) -> None:
        """Switch between light and dark, leaving *system*."""
        self.choose("light" if self.name == "dark" else "dark")

    def _wanted(self) -> Tokens:
        if self._choice == "system":
            # Unknown (offscreen, plain window managers) means light: the paper-like default.
            return DARK if self._system() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice == "dark" else LIGHT

    def _follow_system(self) -> None:
        if self._choice == "system":
            self._apply(self._wanted())

    def _apply(self, tokens: Tokens) -> None:
        if tokens is self._tokens:
            return
        self._tokens = tokens
        self._dress()
        self.changed.emit()

    def _dress(self) -> None:
        if self._application is not None:
            self._application.setPalette(palette(self._tokens))
            self._application.setStyleSheet(style_sheet(self._tokens))

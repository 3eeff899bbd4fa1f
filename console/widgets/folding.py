"""Three panes side by side; where a window has no room for them, the first and the last take turns beside the middle one.

So a small screen, or one with large letters, shows two of them whole rather than three of them cut. It must never leave the
keyboard in a pane that is hidden, and never hide the middle one.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import texts_shell
from console.theme.controller import Theme
from console.widgets.button import Button, ButtonProps
from console.widgets.key_cap import KeyCapProps, KeyHint
from console.widgets.keyboard import has_keyboard
from console.widgets.pane import Pane

FOLD_KEY = "F6"
_ABREAST = 1_020
"""Less than this, in pixels, does not hold three panes."""
_STRIP = 44


class FoldingPanes(QWidget):
    """The panes, and at their edge the strip that turns from the first to the last where they are folded.

    Args:
        theme: Where colours come from.
        panes: All three.
        first: One that can be hidden.
        last: The other one.

    Signals:
        turned: A pane that had the keyboard was hidden: it is to be put where it belongs.
    """

    turned = Signal()

    def __init__(self, theme: Theme, panes: QWidget, first: QWidget, last: QWidget) -> None:
        super().__init__()
        self._first, self._last = first, last
        self._folded = self._at_last = self._wanted = False
        self._says = True
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(panes, 1)
        self._strip = Pane(theme, "sunken", frozenset({"left"}))
        self._strip.setFixedWidth(_STRIP)
        column = QVBoxLayout(self._strip)
        column.setContentsMargins(6, 14, 5, 14)
        self.button = Button(theme, ButtonProps("", "ghost", "panel-right", spoken=texts_shell.FOLD_LAST))
        self.button.clicked.connect(self.turn)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(KeyHint(theme, KeyCapProps((FOLD_KEY,), "")), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        row.addWidget(self._strip)
        self._strip.hide()

    @property
    def folded(self) -> bool:
        """Whether there is no room for three."""
        return self._folded and self._says

    @property
    def hides_last(self) -> bool:
        """Whether there is something in the last pane that cannot be seen now."""
        return self.folded and not self._at_last

    def say(self, says: bool, *, wanted: bool = False) -> None:
        """Whether the last pane has anything to show, and whether a person is wanted there."""
        if (says, wanted) != (self._says, self._wanted):
            self._says, self._wanted = says, wanted
            self._stand()

    def turn(self) -> bool:
        """Show the other one; return whether there was one to show."""
        if not self.folded:
            return False
        self._at_last = not self._at_last
        self._stand()
        return True

    def show_first(self) -> None:
        """Show the first one."""
        if self._at_last:
            self._at_last = False
            self._stand()

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        folded = self.width() < _ABREAST
        if folded != self._folded:
            self._folded = folded
            self._stand()

    def _stand(self) -> None:
        at_last = self.folded and self._at_last
        shown = ((self._first, not at_last), (self._last, self._says and (at_last or not self.folded)))
        left = any(not stays and has_keyboard(pane) for pane, stays in shown)
        if left:
            self.setFocus()  # or Qt would pass it on to what stands next, maybe a button
        for pane, stays in sorted(shown, key=lambda one: one[1]):
            pane.setVisible(stays)
        spoken = texts_shell.FOLD_FIRST if at_last else texts_shell.FOLD_LAST
        self.button.set_props(
            ButtonProps(
                "", "primary" if self._wanted and not at_last else "ghost", "panel-left" if at_last else "panel-right",
                spoken=spoken, hint=f"{spoken} ({FOLD_KEY})",
            )
        )  # fmt: skip
        self._strip.setVisible(self.folded)
        if left:
            self.turned.emit()

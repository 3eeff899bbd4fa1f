"""What stands below the fold of a column of cards, named at its foot: one press brings it up (R-M1).

A card to decide can be taller than a small screen; that the agent believes something, and that it stopped for a reason, must
still be seen beside it. It must never take room while everything it names is in sight.
"""

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.theme.controller import Theme
from console.widgets.button import Button, ButtonProps
from console.widgets.pane import Pane, ScrollColumn

_HIGH = 40
_HEADING = 40
"""Of a part, its heading and the first of its words: with so much of it in sight it needs no name."""


class BelowFold(Pane):
    """The foot of a column; stands below its `scroll` in one layout.

    Args:
        theme: The look.
        scroll: The column.
        parts: What is named: the part, its words, its icon.
    """

    def __init__(self, theme: Theme, scroll: ScrollColumn, parts: tuple[tuple[QWidget, str, str], ...]) -> None:
        super().__init__(theme, "sunken", frozenset({"top"}))
        self._scroll = scroll
        self.setFixedHeight(_HIGH)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        row.setSpacing(6)
        self.buttons: list[tuple[QWidget, Button]] = []
        for part, words, icon in parts:
            button = Button(theme, ButtonProps(words, "ghost", icon, small=True))
            button.may_be_cut()
            button.clicked.connect(partial(self._bring, part))
            row.addWidget(button)
            self.buttons.append((part, button))
            part.installEventFilter(self)
        row.addStretch(1)
        scroll.installEventFilter(self)
        scroll.verticalScrollBar().valueChanged.connect(self._look)
        scroll.verticalScrollBar().rangeChanged.connect(self._look)
        self.hide()

    def _bring(self, part: QWidget, _checked: bool = False) -> None:
        self._scroll.verticalScrollBar().setValue(self._top(part))
        # Where the foot goes with its press, the keyboard stays in the column.
        self._scroll.setFocus()

    def _top(self, part: QWidget) -> int:
        return part.mapTo(self._scroll.viewport(), QPoint(0, 0)).y() + self._scroll.verticalScrollBar().value()

    def _look(self, *_moved: int) -> None:
        # Measured as if this did not stand there: it neither comes and goes by itself, nor covers what it would name.
        fold = self._scroll.verticalScrollBar().value() + self._scroll.height() + (_HIGH if self.isVisible() else 0)
        named = any(self._below(part, fold) for part, _ in self.buttons)
        for part, button in self.buttons:
            button.setVisible(named and self._below(part, fold - _HIGH))
        self.setVisible(named and not self._scroll.isHidden())

    def _below(self, part: QWidget, fold: int) -> bool:
        return part.isVisibleTo(self._scroll) and self._top(part) + _HEADING > fold

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if event.type() in {QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide}:
            self._look()
        return super().eventFilter(watched, event)

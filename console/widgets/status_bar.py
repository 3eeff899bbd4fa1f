"""The strip below everything: how the machine is doing, which keys work here, who is signed in (R-M8).

It must never be the only place where a problem is said.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, CAPTION_MEDIUM
from console.theme.tokens import Tone
from console.widgets.card import Icon
from console.widgets.key_cap import KeyCapProps, KeyHint
from console.widgets.painting import begin, disc
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.widgets.themed import ThemedWidget

_BETWEEN = 6
"""What a key's words keep clear behind them, beside the row's own spacing."""


@dataclass(frozen=True, slots=True)
class StatusPiece:
    """One short statement and what it means; neutral ones carry no dot."""

    words: str
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class StatusBarProps:
    """What the strip says: statements, the keys of this workspace, who is signed in."""

    pieces: tuple[StatusPiece, ...]
    keys: tuple[KeyCapProps, ...] = ()
    signed_in: str = ""


class _Dot(ThemedWidget):
    def __init__(self, theme: Theme, tone: Tone) -> None:
        super().__init__(theme)
        self._tone: Tone = tone
        self.setFixedSize(7, 7)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = begin(self)
        disc(painter, QRectF(0, 0, 7, 7), self.tokens.tone(self._tone).text)
        painter.end()


class StatusBar(Pane):
    """The strip."""

    def __init__(self, theme: Theme, props: StatusBarProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset({"top"}), parent)
        self.setFixedHeight(30)
        self.setAccessibleName(strings.STATUS)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 1, 16, 0)
        self._row.setSpacing(7)
        self._props: StatusBarProps | None = None
        self._hints: list[KeyHint] = []
        self.set_props(props)

    def set_props(self, props: StatusBarProps) -> None:
        """Say something else."""
        if props == self._props:
            return
        self._props = props
        self._hints = []
        # No layout stands in this one: one that is taken out ends the Python halves of the widgets it held, before Qt does.
        while (piece := self._row.takeAt(0)) is not None:
            widget = piece.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for statement in props.pieces:
            if statement.tone != "neutral":
                self._row.addWidget(_Dot(self.theme, statement.tone))
            self._row.addWidget(PlainLabel(self.theme, statement.words, CAPTION, ink="quiet"))
            self._row.addSpacing(12)
        self._row.addStretch(1)
        for hint in props.keys:
            made = KeyHint(self.theme, hint)
            made.setFixedWidth(made.sizeHint().width() + _BETWEEN)  # which goes with it where it is hidden
            self._hints.append(made)
            self._row.addWidget(made)
        if props.signed_in:
            self._row.addSpacing(8)
            self._row.addWidget(Icon(self.theme, "key-round", None, 13))
            self._row.addWidget(PlainLabel(self.theme, props.signed_in, CAPTION_MEDIUM, ink="soft"))
        for at in range(self._row.count()):
            item = self._row.itemAt(at)
            statement_at = None if item is None else item.widget()
            if statement_at is not None:
                statement_at.show()  # what is not shown yet takes no room in the sum
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where room is short, hints go before any statement is cut, the last of them (all keys) at the very end."""
        for hint in self._hints:
            hint.show()
        for hint in self._hints:
            # Layouts remember how wide they were before something was shown or hidden.
            self._row.invalidate()
            if self._row.sizeHint().width() <= self.width():
                return
            hint.hide()

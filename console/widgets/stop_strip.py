"""A strip across the window while agents are stopped: what is, by whom and since when, and the way to let them work again.

Whoever comes to their desk must not have to ask around. It must never show by itself: only the core's word counts (R-M3).
"""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console import texts_stopping
from console.theme.controller import Theme
from console.theme.fonts import SMALL, SMALL_STRONG
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon
from console.widgets.painting import begin, colour, line
from console.widgets.plain_label import PlainLabel
from console.widgets.themed import ThemedFrame

_HEIGHT = 38


@dataclass(frozen=True, slots=True)
class StopStripProps:
    """What is stopped, and by whom and since when as far as a log says."""

    what: str
    said: str


class StopStrip(ThemedFrame):
    """The strip; it takes no room where nothing is stopped.

    Signals:
        resume_wanted: What is stopped is to work again; the caller asks before.
    """

    resume_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFixedHeight(_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 14, 1)
        row.setSpacing(9)
        row.addWidget(Icon(theme, "octagon-pause", "danger"))
        self._what = PlainLabel(theme, "", SMALL_STRONG, tone="danger", limit=160)
        row.addWidget(self._what)
        self._said = PlainLabel(theme, "", SMALL, ink="soft", limit=1_000)
        row.addWidget(self._said, 1)
        resume = Button(theme, ButtonProps(texts_stopping.RESUME, icon="play", small=True))
        resume.clicked.connect(self.resume_wanted)
        row.addWidget(resume)
        self.hide()

    def set_props(self, props: StopStripProps | None) -> None:
        """Say something else, or nothing."""
        if props is not None:
            self._what.setText(props.what)
            self._said.setText(props.said)
            self.setAccessibleName(f"{props.what}. {props.said}")
        self.setVisible(props is not None)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tone = self.tokens.danger
        painter.fillRect(self.rect(), colour(tone.soft))
        line(painter, 0, self.height() - 0.5, self.width(), self.height() - 0.5, tone.line)
        painter.end()

"""What a place says when there is nothing in it: one line, an icon, at most one thing to do.

It must never look like an error, and never like a promise with a date.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY, TITLE, metrics
from console.theme.icons import paint_icon
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.chip import Chip, ChipProps
from console.widgets.painting import begin, box
from console.widgets.plain_label import PlainLabel
from console.widgets.themed import ThemedWidget


@dataclass(frozen=True, slots=True)
class EmptyStateProps:
    """What an empty place says.

    Attributes:
        icon: Name of an icon.
        title: The name of the place, or empty.
        words: One line.
        tone: What the emptiness means.
        not_built: Marks a place that is still to come.
        action: Words of one button, or empty.
    """

    icon: str
    title: str
    words: str
    tone: Tone = "accent"
    not_built: bool = False
    action: str = ""


_PLACES: dict[str, tuple[str, Tone, bool]] = {
    "live": ("messages-square", "accent", False),
    "approvals": ("shield-check", "ok", False),
    "triage": ("stethoscope", "accent", True),
    "audit": ("scroll-text", "accent", True),
    "measures": ("chart-column", "accent", True),
    "releases": ("rocket", "accent", True),
    "settings": ("settings", "accent", True),
}
"""Icon, tone, and whether it is still to come, of each workspace."""


def empty_place(key: str) -> EmptyStateProps:
    """What a workspace says while nothing stands in it."""
    icon, tone, to_come = _PLACES[key]
    return EmptyStateProps(icon, strings.place_name(key), strings.place_words(key), tone, not_built=to_come)


class _Emblem(ThemedWidget):
    def __init__(self, theme: Theme, icon: str, tone: Tone) -> None:
        super().__init__(theme)
        self._icon = icon
        self._tone: Tone = tone
        self.setFixedSize(72, 72)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = begin(self)
        tone = self.tokens.tone(self._tone)
        box(painter, QRectF(0, 0, 72, 72), 22, tone.soft, tone.line)
        paint_icon(painter, QRectF(22, 22, 28, 28), self._icon, tone.text, 1.7)
        painter.end()


_WIDEST = 440
_LOW = 190


def _even(words: str) -> int:
    """As narrow as words may stand without one line more: so no last line holds a single word."""
    face = metrics(BODY)
    flags = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)

    def high(width: int) -> float:
        return face.boundingRect(QRectF(0, 0, width, 10_000), flags, words).height()

    least, wide, all_lines = 160, _WIDEST, high(_WIDEST)
    while wide - least > 8:
        middle = (least + wide) // 2
        if high(middle) > all_lines:
            least = middle
        else:
            wide = middle
    return min(_WIDEST, wide + 8)


class EmptyState(ThemedWidget):
    """An empty place.

    Signals:
        acted: The one thing to do was chosen.
    """

    acted = Signal()

    def __init__(self, theme: Theme, props: EmptyStateProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName(" ".join(part for part in (props.title, props.words) if part))
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(4)
        self._emblem = _Emblem(theme, props.icon, props.tone)
        column.addWidget(self._emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(6)
        if props.title:
            column.addWidget(PlainLabel(theme, props.title, TITLE), 0, Qt.AlignmentFlag.AlignHCenter)
        words = PlainLabel(theme, props.words, BODY, ink="soft", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setMaximumWidth(_even(words.whole_text()))
        # Not aligned by the layout: an aligned label would be given the height of one line.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(words, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        if props.not_built:
            chip = Chip(theme, ChipProps(strings.NOT_BUILT_YET, "neutral", "hourglass"))
            column.addWidget(chip, 0, Qt.AlignmentFlag.AlignHCenter)
        if props.action:
            button = Button(theme, ButtonProps(props.action))
            button.clicked.connect(self.acted.emit)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(5)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._emblem.setVisible(self.height() >= _LOW)

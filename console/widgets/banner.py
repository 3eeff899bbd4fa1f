"""A strip inside a card or above a pane: why something is so, and at most one thing to do about it.

It must never be the only place where an error is said, and never hide what it stands above.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.theme.controller import Theme
from console.theme.fonts import SMALL, SMALL_STRONG
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon
from console.widgets.painting import begin, box
from console.widgets.plain_label import PlainLabel
from console.widgets.themed import ThemedFrame


@dataclass(frozen=True, slots=True)
class BannerProps:
    """What a banner says: icon, tone, a title, a second line, words and key of one button."""

    icon: str
    tone: Tone
    title: str
    words: str = ""
    action: str = ""
    key: str = ""


class Banner(ThemedFrame):
    """The strip.

    Signals:
        acted: Its button was used.
    """

    acted = Signal()

    def __init__(self, theme: Theme, props: BannerProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._tone: Tone = props.tone
        # A fixed height would be that of the widest shape, and cut the words of a narrow one.
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(f"{props.title}. {props.words}".strip())
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 8, 9, 8)
        row.setSpacing(9)
        top = Qt.AlignmentFlag.AlignVCenter if not props.words else Qt.AlignmentFlag.AlignTop
        row.addWidget(Icon(theme, props.icon, props.tone), 0, top)
        column = QVBoxLayout()
        column.setSpacing(2)
        self._title = PlainLabel(theme, props.title, SMALL_STRONG, tone=props.tone, wrap=True, limit=300)
        column.addWidget(self._title)
        if props.words:
            column.addWidget(PlainLabel(theme, props.words, SMALL, ink="soft", wrap=True, limit=1_000))
        row.addLayout(column, 1)
        if props.action:
            button = Button(theme, ButtonProps(props.action, key=props.key, small=True))
            button.clicked.connect(self.acted)
            if props.words:
                # Beside a sentence the button would leave it a column of two words.
                column.addSpacing(5)
                column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def set_words(self, title: str) -> None:
        """Say something else in the same situation, e.g. a countdown."""
        self._title.setText(title)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tone = self.tokens.tone(self._tone)
        box(painter, QRectF(self.rect()), 8, tone.soft, tone.line)
        painter.end()

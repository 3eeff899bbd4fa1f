"""A plane that holds what belongs together, and the heading above a group of them.

It must never carry meaning by its edge alone: a toned card always says in words why.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.theme.controller import Theme
from console.theme.fonts import BODY_STRONG, CAPTION
from console.theme.icons import paint_icon
from console.theme.tokens import Tone
from console.widgets.painting import begin, box
from console.widgets.plain_label import PlainLabel
from console.widgets.themed import ThemedFrame, ThemedWidget


class Card(ThemedFrame):
    """A rounded plane with a vertical layout in `body`.

    Args:
        theme: Where its colours come from.
        tone: A meaning for its edge.
        margin: Pixels around the content.
        spacing: Pixels between its parts.
    """

    def __init__(
        self,
        theme: Theme,
        tone: Tone | None = None,
        *,
        margin: int = 16,
        spacing: int = 8,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._tone: Tone | None = tone
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin - 2, margin, margin - 2)
        self.body.setSpacing(spacing)

    def set_tone(self, tone: Tone | None) -> None:
        """Give the edge another meaning."""
        self._tone = tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self.tokens
        edge = tokens.line if self._tone is None else tokens.tone(self._tone).solid
        box(painter, QRectF(self.rect()), 11, tokens.surface, edge, 1.0 if self._tone is None else 1.5)
        painter.end()


class Icon(ThemedWidget):
    """One icon among ordinary widgets; silent for screen readers, because words stand beside it."""

    def __init__(
        self, theme: Theme, name: str, tone: Tone | None = None, side: int = 16, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._name = name
        self._tone: Tone | None = tone
        self._side = side
        self.setFixedSize(side, side)

    def set_icon(self, name: str, tone: Tone | None = None) -> None:
        """Show another icon."""
        self._name = name
        self._tone = tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        shade = self.tokens.text_quiet if self._tone is None else self.tokens.tone(self._tone).text
        paint_icon(painter, QRectF(0, 0, self._side, self._side), self._name, shade, 2.0)
        painter.end()


@dataclass(frozen=True, slots=True)
class SectionProps:
    """A heading: icon, title, and a quiet remark at its right."""

    icon: str
    title: str
    remark: str = ""


class SectionHeading(QWidget):
    """The heading above a group of cards."""

    def __init__(self, theme: Theme, props: SectionProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(8)
        row.addWidget(Icon(theme, props.icon))
        self.title = PlainLabel(theme, props.title, BODY_STRONG)
        row.addWidget(self.title)
        row.addStretch(1)
        self.remark = PlainLabel(theme, props.remark, CAPTION, ink="quiet")
        row.addWidget(self.remark)

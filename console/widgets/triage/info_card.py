"""A card that says something in lines: a title with what it means, and below it sentences, each with an icon (R-M4).

It must never carry its meaning by colour alone, and never interpret a line.
"""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_STRONG, CAPTION, MONO_SMALL
from console.theme.tokens import Tone
from console.widgets.card import Card, Icon
from console.widgets.plain_label import PlainLabel


@dataclass(frozen=True, slots=True)
class InfoLine:
    """One line: words, a quiet line below them, an icon, and what it means. `mono`: text that is to be compared."""

    words: str
    below: str = ""
    icon: str = ""
    tone: Tone | None = None
    mono: bool = False


@dataclass(frozen=True, slots=True)
class InfoProps:
    """What a card says. `loud`: its edge carries the tone as well."""

    title: str
    icon: str
    tone: Tone = "neutral"
    lines: tuple[InfoLine, ...] = ()
    loud: bool = False


class InfoCard(Card):
    """The card; built again only when what it says has changed."""

    def __init__(self, theme: Theme, props: InfoProps | None = None, parent: QWidget | None = None) -> None:
        super().__init__(theme, margin=14, spacing=0, parent=parent)
        self._props: InfoProps | None = None
        self._content: QWidget | None = None
        self.show_props(props)

    @property
    def props(self) -> InfoProps | None:
        """What it says now."""
        return self._props

    def show_props(self, props: InfoProps | None) -> None:
        """Say something else, or nothing."""
        self.setVisible(props is not None)
        if props is None or props == self._props:
            return
        self._props = props
        if self._content is not None:
            self.body.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self.set_tone(props.tone if props.loud else None)
        self._content = self._build(props)
        self.body.addWidget(self._content)
        self.setAccessibleName(". ".join((props.title, *(f"{one.words} {one.below}".strip() for one in props.lines))))

    def _build(self, props: InfoProps) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(9)
        top = Qt.AlignmentFlag.AlignTop
        tone = props.tone if props.tone != "neutral" else None
        head.addWidget(Icon(self.theme, props.icon, tone, 18), 0, top)
        head.addWidget(PlainLabel(self.theme, props.title, BODY_STRONG, tone=tone, wrap=True, limit=300), 1)
        column.addLayout(head)
        for one in props.lines:
            column.addLayout(self._line(one))
        return content

    def _line(self, one: InfoLine) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if one.icon:
            row.addSpacing(1)
            row.addWidget(Icon(self.theme, one.icon, one.tone, 15), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        face = MONO_SMALL if one.mono else BODY
        ink = "soft" if one.mono or not one.icon else "text"
        column.addWidget(PlainLabel(self.theme, one.words, face, ink=ink, tone=one.tone, wrap=True, limit=400))
        if one.below:
            column.addWidget(PlainLabel(self.theme, one.below, CAPTION, ink="quiet", wrap=True, limit=700))
        row.addLayout(column, 1)
        return row

"""The handoff packet above a transcript: who, what, why a person, what was tried, what comes next (R-E2).

It must never cover the transcript: it takes at most a part of the pane, scrolls inside, and folds to one line.
"""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_STRONG, CAPTION, SMALL
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.plain_label import PlainLabel

_MOST_SHARE = 0.42
_EDGE = 24


@dataclass(frozen=True, slots=True)
class PacketRow:
    """One bullet: what it is about, its words, the customer's own words, and how loud it is."""

    icon: str
    label: str
    words: str
    quoted: str = ""
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class PacketProps:
    """What the packet says, in order, and its size in words."""

    rows: tuple[PacketRow, ...]
    remark: str = ""


class PacketCard(Pane):
    """The packet.

    Signals:
        wrong: Somebody says that it is wrong.
    """

    wrong = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sunken", frozenset({"bottom"}), parent)
        self._theme = theme
        self._props = PacketProps(())
        self._content: QWidget | None = None
        self._folded = False
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, 8, 14, 8)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon(theme, "headset", "warn"))
        head.addWidget(PlainLabel(theme, strings.PACKET, BODY_STRONG))
        self._remark = PlainLabel(theme, "", CAPTION, ink="quiet")
        head.addWidget(self._remark, 1)
        self.wrong_button = Button(theme, ButtonProps(strings.PACKET_WRONG, "ghost", "flag", "F", small=True))
        self.wrong_button.clicked.connect(self.wrong)
        head.addWidget(self.wrong_button)
        self._fold = Button(theme, ButtonProps("", "ghost", "chevron-up", "P", small=True, spoken=strings.PACKET_FOLD))
        self._fold.clicked.connect(self.toggle)
        head.addWidget(self._fold)
        column.addLayout(head)
        self._scroll = ScrollColumn(strings.PACKET, 0, 5)
        self._scroll.column.setContentsMargins(0, 2, 12, 4)
        self._scroll.column.addStretch(1)
        column.addWidget(self._scroll)
        self.hide()

    @property
    def folded(self) -> bool:
        """Whether only its head is shown."""
        return self._folded

    def set_props(self, props: PacketProps) -> None:
        """Say something else; nothing to say hides it."""
        self.setVisible(bool(props.rows))
        if props == self._props:
            return
        self._props = props
        self._remark.setText(props.remark)
        if self._content is not None:
            self._scroll.column.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._content = QWidget()
        inner = QVBoxLayout(self._content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(5)
        for row in props.rows:
            inner.addLayout(self._row(row))
        self._scroll.column.insertWidget(0, self._content)
        said = " ".join(f"{row.label}: {row.words} {row.quoted}".strip() for row in props.rows)
        self.setAccessibleName(f"{strings.PACKET}. {said}")
        self._take_room()

    def toggle(self) -> None:
        """Fold it to one line, or open it."""
        self.fold(not self._folded)

    def fold(self, folded: bool) -> None:
        """Show only its head, or all of it."""
        self._folded = folded
        self._scroll.setVisible(not folded)
        icon, spoken = ("chevron-down", strings.PACKET_OPEN) if folded else ("chevron-up", strings.PACKET_FOLD)
        self._fold.set_props(ButtonProps("", "ghost", icon, "P", small=True, spoken=spoken))
        self._take_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._take_room()

    def _take_room(self) -> None:
        """As high as its words need, up to its share of the pane."""
        content = self._content
        if self._folded or content is None:
            return
        width = max(240, self.width() - _EDGE - 14 - 12)
        layout = content.layout()
        needed = max(0, layout.heightForWidth(width)) if layout is not None else 0
        content.setFixedHeight(needed)
        pane = self.parentWidget()
        most = int((pane.height() if pane is not None else 900) * _MOST_SHARE)
        self._scroll.setFixedHeight(max(60, min(needed + 6, most)))

    def _row(self, row: PacketRow) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(9)
        top = Qt.AlignmentFlag.AlignTop
        icon = Icon(self._theme, row.icon, row.tone, 14)
        held = QVBoxLayout()
        held.setContentsMargins(0, 2, 0, 0)
        held.addWidget(icon)
        line.addLayout(held)
        line.setAlignment(held, top)
        label = PlainLabel(self._theme, row.label, SMALL, ink="quiet")
        label.setFixedWidth(76)
        line.addWidget(label, 0, top)
        column = QVBoxLayout()
        column.setSpacing(1)
        if row.words:
            column.addWidget(PlainLabel(self._theme, row.words, BODY, tone=row.tone, wrap=True, limit=1_000))
        if row.quoted:
            column.addWidget(PlainLabel(self._theme, f"“{row.quoted}”", BODY, wrap=True, limit=1_000, selectable=True))
        line.addLayout(column, 1)
        return line

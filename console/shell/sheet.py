"""A sheet of lines over the window: all keys, the notices, the log of a conversation. Read, then Esc.

It must never be where something is decided.
"""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import strings, words
from console.shell.overlay import Overlay
from console.theme.controller import Theme
from console.theme.fonts import BODY, CAPTION, MONO_SMALL, SMALL, SMALL_STRONG, TITLE
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon
from console.widgets.floating import SHADOW
from console.widgets.key_cap import KeyCapProps, KeyHint
from console.widgets.pane import ScrollColumn
from console.widgets.plain_label import PlainLabel


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line.

    Attributes:
        words: What it says; alone and `head` it is a heading.
        aside: A quiet word before it: a time, a number.
        below: A second, quiet line.
        keys: Key caps shown before the words.
        icon: Name of an icon, or empty.
        tone: What it means.
        head: Whether it is a heading.
        key: Something to open with a button; empty for none.
    """

    words: str
    aside: str = ""
    below: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    tone: Tone | None = None
    head: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class SheetProps:
    """What a sheet says: title, a quiet line, and lines."""

    title: str
    words: str
    lines: tuple[SheetLine, ...]
    empty: str = ""


_WIDE, _HIGH = 720, 560


class Sheet(Overlay):
    """The sheet.

    Signals:
        opened(str): The key of a line somebody wants to open.
    """

    opened = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window, _WIDE, _HIGH)
        self._content: QWidget | None = None
        self._close: Button | None = None
        self._scroll: ScrollColumn | None = None

    def first_focus(self) -> QWidget:
        return self._close or self

    def show_sheet(self, props: SheetProps) -> None:
        """Show lines."""
        if self._content is not None:
            self.column.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._content = self._build(props)
        self.column.addWidget(self._content)
        self._size = (_WIDE, self._needed())
        self.setAccessibleName(f"{props.title}. {props.words}")
        self.open()

    def _build(self, props: SheetProps) -> QWidget:
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(24, 18, 12, 12)
        outer.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self.theme, props.title, TITLE), 1)
        self._close = Button(self.theme, ButtonProps("", "ghost", "x", spoken=strings.DISMISS, small=True))
        self._close.clicked.connect(self.close_overlay)
        head.addWidget(self._close)
        outer.addLayout(head)
        if props.words:
            outer.addWidget(PlainLabel(self.theme, props.words, SMALL, ink="quiet", wrap=True))
        scroll = ScrollColumn(props.title, 0, 9)
        scroll.column.setContentsMargins(0, 6, 14, 6)
        for line in props.lines:
            scroll.column.addLayout(self._line(line))
        if not props.lines:
            scroll.column.addWidget(PlainLabel(self.theme, props.empty, BODY, ink="soft"))
        scroll.column.addStretch(1)
        outer.addWidget(scroll, 1)
        self._scroll = scroll
        return content

    def _needed(self) -> int:
        """As high as what it says, up to a height from which it scrolls."""
        if self._content is None or self._scroll is None:
            return _HIGH
        around = self._content.heightForWidth(_WIDE) - self._scroll.sizeHint().height()
        return min(_HIGH, around + self._scroll.column.totalHeightForWidth(_WIDE - 36) + 2 * SHADOW)

    def _line(self, line: SheetLine) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        top = Qt.AlignmentFlag.AlignTop
        if line.head:
            row.setContentsMargins(0, 8, 0, 0)
            row.addWidget(PlainLabel(self.theme, line.words, SMALL_STRONG, ink="quiet"))
            return row
        if line.aside:
            aside = PlainLabel(self.theme, line.aside, MONO_SMALL, ink="quiet")
            aside.setFixedWidth(118)
            row.addWidget(aside, 0, top)
        if line.icon:
            row.addWidget(Icon(self.theme, line.icon, line.tone), 0, top)
        if line.keys:
            caps = QWidget()
            caps.setFixedWidth(140)
            inner = QHBoxLayout(caps)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.addWidget(KeyHint(self.theme, KeyCapProps(line.keys, "")))
            inner.addStretch(1)
            row.addWidget(caps)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(PlainLabel(self.theme, line.words, BODY, tone=line.tone, wrap=True, limit=600))
        if line.below:
            column.addWidget(PlainLabel(self.theme, line.below, CAPTION, ink="quiet", wrap=True, limit=600))
        row.addLayout(column, 1)
        if line.key:
            button = Button(self.theme, ButtonProps(words.OPEN, small=True))
            button.clicked.connect(lambda _checked=False, key=line.key: self._open_line(key))
            row.addWidget(button, 0, top)
        return row

    def _open_line(self, key: str) -> None:
        self.close_overlay()
        self.opened.emit(key)

"""Where a person writes: guidance to the agent, or, when in control, a reply to the customer (R-E3, R-M3).

The two look different on purpose. It must never send on a bare Enter: words to a customer leave with Ctrl+Enter or the
button, once, and stay in the field until the core has taken them. It must never go from under the hands of somebody who
writes: what they type next would be commands of the window.
"""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY, font
from console.widgets.banner import Banner, BannerProps
from console.widgets.button import Button, ButtonProps
from console.widgets.painting import colour
from console.widgets.pane import Pane

ComposerMode = Literal["guidance", "reply", "closed"]
_LONGEST = 8_000
_MOST_LINES = 8
_ONLY_AWAY = frozenset({Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason})
"""The keyboard comes back by itself."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What checks have against the words in the field, as long as these are the words.

    Attributes:
        text: The words that were checked.
        title: That there is something, in a line.
        lines: What it is.
        places: `[start, end)` in `text`, to be underlined.
    """

    text: str
    title: str
    lines: tuple[str, ...]
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ComposerProps:
    """What is written here, whether it is being sent, and what a check warns about."""

    mode: ComposerMode
    busy: bool = False
    doubts: Doubts | None = None


class _Field(QPlainTextEdit):
    submitted = Signal()
    left = Signal()
    _invites = ""

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _ONLY_AWAY:
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.submitted.emit()
            return
        super().keyPressEvent(event)

    def invite(self, words: str) -> None:
        """Say what may be written here, on one line."""
        self._invites = words
        room = self.viewport().width() - 2 * int(self.document().documentMargin()) - 2
        self.setPlaceholderText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(room, 0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.invite(self._invites)
        if event.oldSize().width() != event.size().width():
            self.textChanged.emit()


class Composer(Pane):
    """The composer.

    Signals:
        sent(str, str): The mode and the words; the field stays full until `clear`.
    """

    sent = Signal(str, str)

    def __init__(self, theme: Theme, props: ComposerProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset({"top"}), parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 16, 12)
        column.setSpacing(8)
        self._warning: Banner | None = None
        self._doubted: Doubts | None = None
        self._props = ComposerProps("closed")
        self._for: ComposerMode = "guidance"
        """Who reads what stands here, also while nobody can write."""
        self._column = column
        row = QHBoxLayout()
        row.setSpacing(10)
        self._field = _Field()
        self._field.setFont(font(BODY))
        self._field.setTabChangesFocus(True)
        self._field.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._field.document().setDocumentMargin(2)
        self._field.submitted.connect(self._send)
        self._field.left.connect(self._left)
        self._field.textChanged.connect(self._fit)
        self._field.textChanged.connect(self._show_doubts)
        row.addWidget(self._field, 1)
        self._button = Button(theme, ButtonProps(strings.SEND_GUIDANCE))
        self._button.clicked.connect(self._send)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(row)
        self._props = props
        self.set_props(props)
        self._fit()

    def set_props(self, props: ComposerProps) -> None:
        """Write something else, or show that it is being sent; whoever writes when it closes keeps the field, to read."""
        self._props = props
        closed = props.mode == "closed"
        if not closed:
            self._for = props.mode
            reply = props.mode == "reply"
            placeholder = strings.REPLY_PLACEHOLDER if reply else strings.GUIDANCE_PLACEHOLDER
            self._field.invite(placeholder)
            self._field.setAccessibleName(strings.field_spoken(placeholder, ""))
        self._field.setReadOnly(props.busy or closed)
        self.setVisible(not closed or (self.isVisible() and self.window().focusWidget() is self._field))
        self._show_doubts()
        self._refresh()

    def _left(self) -> None:
        if self._props.mode == "closed":
            self.hide()

    def _standing(self) -> Doubts | None:
        """The doubts, while the words are those that were checked."""
        doubts = self._props.doubts
        return doubts if doubts is not None and doubts.text == self.text() else None

    def _show_doubts(self) -> None:
        doubts = self._standing()
        if doubts == self._doubted:
            return
        self._doubted = doubts
        if self._warning is not None:
            self._column.removeWidget(self._warning)
            self._warning.hide()
            self._warning.deleteLater()
            self._warning = None
        if doubts is not None:
            banner = BannerProps("triangle-alert", "warn", doubts.title, "\n".join(doubts.lines))
            self._warning = Banner(self.theme, banner)
            self._column.insertWidget(0, self._warning)
        self._field.setExtraSelections([self._underlined(*place) for place in doubts.places] if doubts else [])

    def _underlined(self, start: int, end: int) -> QTextEdit.ExtraSelection:
        marked = QTextEdit.ExtraSelection()
        cursor = self._field.textCursor()
        # Qt counts UTF-16 units, the core counts characters.
        cursor.setPosition(_units(self.text()[:start]))
        cursor.setPosition(_units(self.text()[:end]), QTextCursor.MoveMode.KeepAnchor)
        form = QTextCharFormat()
        form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        form.setUnderlineColor(colour(self.tokens.tone("warn").solid))
        form.setBackground(colour(self.tokens.tone("warn").soft))
        marked.cursor, marked.format = cursor, form
        return marked

    def text(self) -> str:
        """Return what is written."""
        return self._field.toPlainText()

    def write(self, words: str) -> None:
        """Put words into the field in place of what is there."""
        self._field.setPlainText(words)

    def clear(self) -> None:
        """Empty the field, after the core took the words."""
        self._field.clear()

    def focus_field(self) -> None:
        """Put the keyboard into the field."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _refresh(self) -> None:
        reply = self._for == "reply"
        words = strings.SEND_REPLY if reply else strings.SEND_GUIDANCE
        words = strings.SEND_ANYWAY if self._standing() is not None else words
        full = bool(self.text().strip()) and len(self.text()) <= _LONGEST and self._props.mode != "closed"
        icon = "send" if reply else "corner-down-left"
        kind = "primary" if reply else "secondary"
        self._button.set_props(ButtonProps(words, kind, icon, key="Ctrl ↵", enabled=full, busy=self._props.busy))

    def _fit(self) -> None:
        # A plain document's height is its number of lines as they are broken on screen.
        lines = max(1, min(_MOST_LINES, int(self._field.document().size().height())))
        self._field.setFixedHeight(20 + 18 * lines)
        self._refresh()

    def _send(self) -> None:
        if self._button.isEnabled():
            self.sent.emit(self._props.mode, self.text())


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2

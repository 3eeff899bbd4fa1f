"""A call without a result: what is known of it, and the three things a person may say about it (R-M4, R-A8).

What is known already is chosen; whoever knows better says so. It must never choose an answer by itself, and never offer
one that the core does not allow.
"""

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import texts_triage as texts
from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_STRONG, CAPTION, MONO_SMALL, SMALL
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card, Icon
from console.widgets.check_row import CheckProps, CheckRow
from console.widgets.plain_label import PlainLabel
from console.widgets.triage.info_card import InfoLine

CallWord = Literal["executed", "not_executed", "unknown"]
CALL_KEYS: Final[dict[str, CallWord]] = {"E": "executed", "D": "not_executed", "U": "unknown"}


@dataclass(frozen=True, slots=True)
class CallProps:
    """What a call card says.

    Attributes:
        key: The call.
        place: `1 of 2`.
        title: What the call does, with the amount.
        arguments: Exactly what was sent, as JSON.
        lines: What is known of it: the record, attempts, what the other side said.
        allowed: What may be said about it.
        answer: What is said now.
        can_ask: The other side can be asked.
        asking: It is being asked.
        current: Keys act on this one.
        enabled: Something can be said now.
        note: How what is said is signed.
        sign: Words of a button that signs this answer by itself; empty when the repair does.
    """

    key: str
    place: str
    title: str
    arguments: str
    lines: tuple[InfoLine, ...]
    allowed: tuple[CallWord, ...]
    answer: CallWord
    can_ask: bool = False
    asking: bool = False
    current: bool = False
    enabled: bool = True
    note: str = ""
    sign: str = ""


class CallCard(Card):
    """The card.

    Signals:
        said(str, str): The call, and what the person says about it.
        ask_wanted(str): The other side is to be asked about this call.
        sign_wanted(str): What is said about this call is to be signed.
    """

    said = Signal(str, str)
    ask_wanted = Signal(str)
    sign_wanted = Signal(str)

    def __init__(self, theme: Theme, props: CallProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, margin=14, spacing=0, parent=parent)
        self._props = props
        self.rows: dict[CallWord, CheckRow] = {}
        self.ask: Button | None = None
        self._content = self._build(props)
        self.body.addWidget(self._content)
        self._dress()

    @property
    def props(self) -> CallProps:
        """What it says now."""
        return self._props

    def set_props(self, props: CallProps) -> None:
        """Say something else; the keyboard stays on the answer it stood on."""
        if props == self._props:
            return
        focused: CallWord | None = next((word for word in self.rows if self.rows[word].hasFocus()), None)
        on_ask = self.ask is not None and self.ask.hasFocus()
        self._props = props
        self.body.removeWidget(self._content)
        self._content.hide()
        self._content.deleteLater()
        self._content = self._build(props)
        self.body.addWidget(self._content)
        self._dress()
        again: QWidget | None = self.ask if on_ask else None
        if focused is not None:
            again = self.rows.get(focused)
        if again is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dress(self) -> None:
        self.set_tone("accent" if self._props.current else None)
        self.setAccessibleName(f"{self._props.place}. {self._props.title}")

    def _build(self, props: CallProps) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon(self.theme, "wrench", None, 17), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(PlainLabel(self.theme, props.title, BODY_STRONG, wrap=True, limit=200), 1)
        head.addWidget(PlainLabel(self.theme, props.place, CAPTION, ink="quiet"), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        if props.arguments:
            column.addWidget(PlainLabel(self.theme, props.arguments, MONO_SMALL, ink="quiet", wrap=True, limit=300))
        for line in props.lines:
            column.addLayout(self._line(line))
        self.rows = {}
        group = QWidget()
        inside = QVBoxLayout(group)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        caps: dict[CallWord, str] = {word: key for key, word in CALL_KEYS.items()}
        for word in props.allowed:
            words = texts.CALL_ANSWERS[word]
            said = CheckProps(word, f"{words}  ({caps[word]})" if props.current else words, enabled=props.enabled)
            row = CheckRow(self.theme, said, "one", on=word == props.answer)
            row.clicked.connect(lambda _on=False, word=word: self.said.emit(self._props.key, word))
            self.rows[word] = row
            inside.addWidget(row)
        column.addWidget(group)
        column.addLayout(self._foot(props))
        return content

    def _foot(self, props: CallProps) -> QVBoxLayout:
        foot = QVBoxLayout()
        foot.setSpacing(7)
        if props.note:
            foot.addWidget(PlainLabel(self.theme, props.note, CAPTION, ink="quiet", wrap=True))
        self.ask = None
        if props.can_ask:
            words = texts.ASKING_SYSTEM if props.asking else texts.ASK_SYSTEM
            key = "A" if props.current else ""
            self.ask = Button(self.theme, ButtonProps(words, icon="plug-zap", key=key, busy=props.asking, small=True))
            self.ask.clicked.connect(lambda: self.ask_wanted.emit(self._props.key))
            foot.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignLeft)
        if props.sign:
            key = "X" if props.current else ""
            sign = Button(self.theme, ButtonProps(props.sign, "primary", key=key, enabled=props.enabled, small=True))
            sign.clicked.connect(lambda: self.sign_wanted.emit(self._props.key))
            foot.addWidget(sign, 0, Qt.AlignmentFlag.AlignLeft)
        return foot

    def _line(self, one: InfoLine) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addSpacing(1)
        row.addWidget(Icon(self.theme, one.icon or "info", one.tone, 14), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(1)
        face = BODY if one.tone is not None else SMALL
        column.addWidget(PlainLabel(self.theme, one.words, face, ink="soft", tone=one.tone, wrap=True, limit=500))
        if one.below:
            column.addWidget(PlainLabel(self.theme, one.below, CAPTION, ink="quiet", wrap=True, limit=500))
        row.addLayout(column, 1)
        return row

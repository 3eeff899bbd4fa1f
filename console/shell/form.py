"""A form over the window: choices to make, words to give, and beside them what would follow, as the core says it.

What follows is asked for while a person chooses, so that nobody signs what they have not seen. It has no event loop of its
own, can be closed from outside at any moment, and answers once. It must never decide: the yes only tells what was chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from console import strings
from console.shell.overlay import Overlay
from console.theme.controller import Theme
from console.theme.fonts import BODY, CAPTION, SMALL, SMALL_MEDIUM, SMALL_STRONG, TITLE, font
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon
from console.widgets.check_row import CheckProps, CheckRow
from console.widgets.pane import ScrollColumn
from console.widgets.plain_label import PlainLabel

Given = Mapping[str, tuple[str, ...]]
"""What was chosen, by field: ids of choices, or the one text."""

_LONGEST: Final = 4_000
_WIDTH, _HEIGHT = 860, 600
_PAUSE_MS = 200


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing to choose or to say.

    Attributes:
        key: Its id.
        label: What is asked.
        kind: `one` or `any` of the choices, `line` for a short value, or `text`.
        choices: What can be chosen.
        given: What holds at first: ids of choices, or the text.
        required: Whether something must be chosen or said.
        hint: What stands in an empty text.
    """

    key: str
    label: str
    kind: Literal["one", "any", "line", "text"]
    choices: tuple[CheckProps, ...] = ()
    given: tuple[str, ...] = ()
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of what would follow; a heading, or words with an icon and a quiet line."""

    words: str
    below: str = ""
    icon: str = ""
    tone: Tone | None = None
    head: bool = False


@dataclass(frozen=True, slots=True)
class FormFollows:
    """What would follow from what is chosen.

    Attributes:
        lines: In words.
        ready: Whether the yes can be pressed.
        note: A quiet line beside the yes: why it cannot, or what it needs.
        of: What was chosen when this was said; a form that shows something newer waits.
    """

    lines: tuple[FormLine, ...] = ()
    ready: bool = True
    note: str = ""
    of: Given | None = None


@dataclass(frozen=True, slots=True)
class FormProps:
    """A form: its id, title, a sentence, fields, the words of the yes, and a heading above what follows."""

    key: str
    title: str
    words: str
    fields: tuple[FormField, ...]
    confirm: str = field(default_factory=lambda: strings.CONFIRM)
    tone: Tone = "accent"
    icon: str = "pencil"
    follows: str = ""
    first: FormFollows = field(default_factory=FormFollows)
    split: int = 0
    """Fields of the first column, where nothing is shown beside them; half of them with 0."""


class _Words(QPlainTextEdit):
    submitted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(200, 84)


class Form(Overlay):
    """The form of one window.

    Signals:
        changed(str, object): The id, and what is chosen now.
        answered(str, object): The id, and what was chosen when the yes was pressed.
        dismissed(str): The id of a form left without an answer.
        taken_away: What it asked has no meaning any more; whoever filled it in may still be typing.
    """

    changed = Signal(str, object)
    answered = Signal(str, object)
    dismissed = Signal(str)
    taken_away = Signal()

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window, _WIDTH, _HEIGHT)
        self._props: FormProps | None = None
        self._follows = FormFollows()
        self._content: QWidget | None = None
        self._rows: dict[str, list[CheckRow]] = {}
        self._texts: dict[str, _Words | QLineEdit] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._told)
        self._lines: QVBoxLayout | None = None
        self._shown: QWidget | None = None
        self._note: PlainLabel | None = None
        self._yes: Button | None = None

    @property
    def current(self) -> str | None:
        """The id of the form that is open."""
        return self._props.key if self._props is not None and self.isVisible() else None

    def first_focus(self) -> QWidget:
        for one in self._props.fields if self._props is not None else ():
            rows = [row for row in self._rows.get(one.key, ()) if row.isEnabled()]
            chosen = [row for row in rows if row.isChecked()]
            found: list[QWidget] = [*chosen, *rows, *(self._texts[key] for key in (one.key,) if key in self._texts)]
            if found:
                return found[0]
        return self

    def show_form(self, props: FormProps) -> None:
        """Open a form; one that is open is dismissed first."""
        self.close_overlay()
        if self._content is not None:
            self.column.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._props = props
        self._rows, self._texts, self._shown = {}, {}, None
        self._content = self._build(props)
        self.column.addWidget(self._content)
        self.setAccessibleName(f"{props.title}. {props.words}")
        self.set_follows(props.first)
        self.open()
        self.changed.emit(props.key, self.given())

    def set_follows(self, follows: FormFollows) -> None:
        """Say what would follow from what is chosen."""
        self._follows = follows
        if self._lines is None:
            self._check()
            return
        if self._shown is not None:
            self._lines.removeWidget(self._shown)
            self._shown.hide()
            self._shown.deleteLater()
        self._shown = QWidget()
        column = QVBoxLayout(self._shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for line in follows.lines:
            column.addLayout(self._line(line))
        self._lines.insertWidget(0, self._shown)
        self._check()

    def given(self) -> Given:
        """What is chosen now."""
        chosen = {key: tuple(row.props.key for row in rows if row.isChecked()) for key, rows in self._rows.items()}
        said = {key: (_said(words).strip(),) for key, words in self._texts.items()}
        return chosen | said

    def close_overlay(self) -> None:
        self._pause.stop()
        props, self._props = self._props, None
        super().close_overlay()
        if props is not None:
            self.dismissed.emit(props.key)

    def take_away(self) -> None:
        """Close it from outside."""
        if self.isVisible():
            self.taken_away.emit()
            self.close_overlay()

    def put_out(self, field: str, choice: str, why: str) -> None:
        """Take a choice out of a question that stands: it says why, and cannot be chosen any more."""
        for row in self._rows.get(field, ()):
            if row.props.key == choice and row.isEnabled():
                with QSignalBlocker(row):
                    row.put_out(why)
                self._check()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._answer()
            event.accept()
            return
        super().keyPressEvent(event)

    # -- building ------------------------------------------------------------------------------------------------------

    def _build(self, props: FormProps) -> QWidget:
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(24, 18, 18, 16)
        outer.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Icon(self.theme, props.icon, props.tone, 20))
        head.addWidget(PlainLabel(self.theme, props.title, TITLE, limit=160), 1)
        close = Button(self.theme, ButtonProps("", "ghost", "x", spoken=strings.DISMISS, small=True))
        close.clicked.connect(self.close_overlay)
        head.addWidget(close)
        outer.addLayout(head)
        outer.addWidget(PlainLabel(self.theme, props.words, BODY, ink="soft", wrap=True, limit=600))
        middle = QHBoxLayout()
        middle.setSpacing(20)
        # With nothing to show beside them, the fields themselves stand in two columns.
        at = len(props.fields) if props.follows else props.split or max(1, len(props.fields) // 2)
        middle.addWidget(self._asked(props.title, props.fields[:at]), 5)
        self._lines = None
        if props.follows:
            middle.addLayout(self._following(props.follows), 6)
        elif props.fields[at:]:
            middle.addWidget(self._asked(props.title, props.fields[at:]), 4)
        outer.addLayout(middle, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._note = PlainLabel(self.theme, "", SMALL, ink="quiet", wrap=True)
        foot.addWidget(self._note, 1)
        no = Button(self.theme, ButtonProps(strings.CANCEL, key="Esc"))
        no.clicked.connect(self.close_overlay)
        foot.addWidget(no)
        self._yes = Button(self.theme, ButtonProps(props.confirm, "primary", key="Ctrl ↵"))
        self._yes.clicked.connect(self._answer)
        foot.addWidget(self._yes)
        outer.addLayout(foot)
        return content

    def _asked(self, title: str, fields: tuple[FormField, ...]) -> ScrollColumn:
        asked = ScrollColumn(title, 0, 4)
        asked.column.setContentsMargins(0, 4, 10, 4)
        for one in fields:
            self._field(asked.column, one)
        asked.column.addStretch(1)
        return asked

    def _following(self, title: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(0, 4, 0, 0)  # as the fields beside it: both columns begin on one line
        column.setSpacing(4)
        column.addWidget(PlainLabel(self.theme, title, SMALL_STRONG))
        scroll = ScrollColumn(title, 0, 6)
        scroll.column.setContentsMargins(0, 4, 10, 4)
        scroll.column.addStretch(1)
        column.addWidget(scroll, 1)
        self._lines = scroll.column
        return column

    def _field(self, column: QVBoxLayout, asked: FormField) -> None:
        if asked.label:
            column.addWidget(PlainLabel(self.theme, asked.label, SMALL_MEDIUM, ink="soft", wrap=True, limit=300))
        if asked.kind == "text":
            words = _Words()
            words.setFont(font(BODY))
            words.setTabChangesFocus(True)
            words.setPlaceholderText(asked.hint)
            words.setAccessibleName(strings.field_spoken(asked.label, ""))
            words.setFixedHeight(84)
            words.setPlainText("".join(asked.given)[:_LONGEST])
            words.textChanged.connect(self._typed)
            words.submitted.connect(self._answer)
            self._texts[asked.key] = words
            column.addWidget(words)
        elif asked.kind == "line":
            line = QLineEdit("".join(asked.given)[:_LONGEST])
            line.setFont(font(BODY))
            line.setFixedHeight(36)
            line.setPlaceholderText(asked.hint)
            line.setAccessibleName(strings.field_spoken(asked.label, ""))
            line.textChanged.connect(self._typed)
            self._texts[asked.key] = line
            column.addWidget(line)
        else:
            # Radio buttons of one question exclude each other by having a parent of their own.
            group = QWidget()
            rows = QVBoxLayout(group)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(0)
            made = [CheckRow(self.theme, one, asked.kind, on=one.key in asked.given) for one in asked.choices]
            for row in made:
                row.toggled.connect(self._touched)
                rows.addWidget(row)
            self._rows[asked.key] = made
            column.addWidget(group)
        column.addSpacing(6)

    def _line(self, line: FormLine) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(9)
        if line.head:
            row.setContentsMargins(0, 6, 0, 0)
            row.addWidget(PlainLabel(self.theme, line.words, SMALL_STRONG, ink="quiet", wrap=True, limit=200))
            return row
        if line.icon:
            row.addWidget(Icon(self.theme, line.icon, line.tone), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(PlainLabel(self.theme, line.words, BODY, tone=line.tone, wrap=True, limit=800))
        if line.below:
            column.addWidget(PlainLabel(self.theme, line.below, CAPTION, ink="quiet", wrap=True, limit=800))
        row.addLayout(column, 1)
        return row

    # -- the person ----------------------------------------------------------------------------------------------------

    def _touched(self) -> None:
        self._check()
        self._told()

    def _typed(self) -> None:
        """Whoever types is asked about once they pause; until then the yes waits for the answer."""
        self._check()
        self._pause.start()

    def write(self, key: str, said: str) -> None:
        """Put words into a field, as if they had been typed."""
        field = self._texts[key]
        if isinstance(field, QLineEdit):
            field.setText(said)
        else:
            field.setPlainText(said)

    def pause_over(self) -> None:
        """Tell what is written now, without waiting for a pause."""
        self._told()

    def _told(self) -> None:
        self._pause.stop()
        if self._props is not None:
            self.changed.emit(self._props.key, self.given())

    def _missing(self) -> bool:
        given = self.given()
        return self._props is None or any(one.required and not any(given[one.key]) for one in self._props.fields)

    def _check(self) -> None:
        if self._props is None or self._yes is None or self._note is None:
            return
        follows, given = self._follows, self.given()
        of = follows.of or {}
        old = any(sorted(given.get(key, ())) != sorted(chosen) for key, chosen in of.items())
        enabled = follows.ready and not old and not self._missing()
        kind = "danger_solid" if self._props.tone == "danger" else "primary"
        self._yes.set_props(ButtonProps(self._props.confirm, kind, key="Ctrl ↵", enabled=enabled))
        self._note.setText(strings.LOADING if old else follows.note)

    def _answer(self) -> None:
        if self._props is None or self._yes is None or not self._yes.isEnabled():
            return
        self._pause.stop()
        props, self._props = self._props, None
        given = self.given()
        super().close_overlay()
        self.answered.emit(props.key, given)


def _said(words: _Words | QLineEdit) -> str:
    return words.text() if isinstance(words, QLineEdit) else words.toPlainText()

"""A question to the person, over the window and never in its own event loop.

A modal box blocks the loop that carries the feed, so a decision made elsewhere could not close it. This overlay dims
the window, keeps the keyboard inside, answers by signal, and can be closed from outside at any moment (R-M3, R-M9).
"""

from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY, SMALL, SMALL_MEDIUM, TITLE, font
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonKind, ButtonProps
from console.widgets.card import Icon
from console.widgets.floating import SHADOW, FloatingPlane
from console.widgets.keyboard import give_back, tab_within
from console.widgets.painting import begin, faded
from console.widgets.plain_label import PlainLabel
from console.widgets.themed import ThemedWidget

_LONGEST_ANSWER = 1_000


@dataclass(frozen=True, slots=True)
class PromptProps:
    """A question.

    Attributes:
        key: Its id, given back with the answer.
        title: The question.
        words: What follows from a yes.
        confirm: Words of the yes.
        tone: `danger` makes the yes red and leaves the focus on the no.
        icon: Name of an icon.
        field: Label of a text to give, or empty for a plain yes or no.
        required: Whether that text must not be empty.
        note: A quiet line below, e.g. that this works without a key.
        secret: Whether what is typed is not shown.
        given: What stands in the text at first: words that were given to this question before and came to nothing.
    """

    key: str
    title: str
    words: str
    confirm: str = field(default_factory=lambda: strings.CONFIRM)
    tone: Tone = "accent"
    icon: str = "message-circle-question-mark"
    field: str = ""
    required: bool = False
    note: str = ""
    secret: bool = False
    given: str = ""


class PromptOverlay(ThemedWidget):
    """The overlay of one window.

    Signals:
        answered(str, str): The id and the text given (empty without a field).
        dismissed(str): The id of a question left without an answer.
    """

    answered = Signal(str, str)
    dismissed = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window)
        self._window = window
        self._props: PromptProps | None = None
        self._panel: FloatingPlane | None = None
        self._field: QLineEdit | None = None
        self._yes: Button | None = None
        self._no: Button | None = None
        self._before: QWidget | None = None
        self.hide()
        window.installEventFilter(self)

    @property
    def current(self) -> str | None:
        """The id of the question shown, or None."""
        return self._props.key if self._props else None

    def given(self) -> str:
        """What is typed now."""
        return self._field.text().strip() if self._field is not None else ""

    def ask(self, props: PromptProps) -> None:
        """Show a question; one still open is dismissed first."""
        self.close_prompt()
        self._before = self._window.focusWidget()
        self._props = props
        self._build(props)
        self.setAccessibleName(f"{props.title}. {props.words}")
        self.setGeometry(self._window.rect())
        self._place()
        self.show()
        self.raise_()
        first = self._field or (self._no if props.tone == "danger" else self._yes)
        if first is not None:
            first.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_prompt(self) -> None:
        """Take the question away without an answer, e.g. because it was decided elsewhere."""
        props, self._props = self._props, None
        self._leave()
        if props is not None:
            self.dismissed.emit(props.key)

    def _build(self, props: PromptProps) -> None:
        panel = FloatingPlane(self.theme, self)
        panel.setFixedWidth(468 + 2 * SHADOW)
        column = QVBoxLayout(panel)
        column.setContentsMargins(SHADOW + 24, SHADOW + 22, SHADOW + 24, SHADOW + 20)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Icon(self.theme, props.icon, props.tone, 20), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(PlainLabel(self.theme, props.title, TITLE, wrap=True, limit=200), 1)
        column.addLayout(head)
        column.addWidget(PlainLabel(self.theme, props.words, BODY, ink="soft", wrap=True, limit=1_000))
        self._field = None
        if props.field:
            column.addSpacing(4)
            column.addWidget(PlainLabel(self.theme, props.field, SMALL_MEDIUM, ink="soft"))
            self._field = QLineEdit()
            self._field.setFont(font(BODY))
            self._field.setMaxLength(_LONGEST_ANSWER)
            if props.secret:
                self._field.setEchoMode(QLineEdit.EchoMode.Password)
            self._field.setFixedHeight(36)
            self._field.setAccessibleName(props.field)
            self._field.setText(props.given)
            self._field.textChanged.connect(self._check)
            column.addWidget(self._field)
        if props.note:
            column.addWidget(PlainLabel(self.theme, props.note, SMALL, ink="quiet", wrap=True))
        column.addSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self._no = Button(self.theme, ButtonProps(strings.CANCEL, key="Esc"))
        self._no.clicked.connect(self.close_prompt)
        self._yes = Button(self.theme, ButtonProps(props.confirm, self._yes_kind(props), key="↵"))
        self._yes.clicked.connect(self._answer)
        row.addWidget(self._no)
        row.addWidget(self._yes)
        column.addLayout(row)
        self._panel = panel
        panel.show()
        self._check()

    @staticmethod
    def _yes_kind(props: PromptProps) -> ButtonKind:
        return "danger_solid" if props.tone == "danger" else "primary"

    def _check(self) -> None:
        if self._props is None or self._yes is None:
            return
        missing = self._props.required and (self._field is None or not self._field.text().strip())
        kind = self._yes_kind(self._props)
        self._yes.set_props(ButtonProps(self._props.confirm, kind, key="↵", enabled=not missing))

    def _answer(self) -> None:
        if self._props is None or self._yes is None or not self._yes.isEnabled():
            return
        given = self.given()
        props, self._props = self._props, None
        self._leave()
        self.answered.emit(props.key, given)

    def _leave(self) -> None:
        if self._panel is not None:
            self._panel.hide()
            self._panel.deleteLater()
        self._panel = self._field = self._yes = self._no = None
        self.hide()
        before, self._before = self._before, None
        give_back(before, self._window)

    def _place(self) -> None:
        if self._panel is None:
            return
        self._panel.fit_height()
        x = (self.width() - self._panel.width()) // 2
        self._panel.move(x, max(0, int((self.height() - self._panel.height()) * 0.36)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.close_prompt()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            # Enter on the no is a no, also while the window's system has not made it active yet.
            if self._no is not None and self._window.focusWidget() is self._no:
                self.close_prompt()
            else:
                self._answer()
        # Nothing else reaches the window below: no key may act on what is dimmed.
        event.accept()

    def focusNextPrevChild(self, forwards: bool) -> bool:  # Qt's name
        """Keep the keyboard inside the question."""
        tab_within(self, forwards=forwards)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if watched is self._window and event.type() == QEvent.Type.Resize and self._props is not None:
            self.setGeometry(self._window.rect())
            self._place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        painter.fillRect(self.rect(), faded("#05070C", 90 if self.tokens.name == "light" else 150))
        painter.end()

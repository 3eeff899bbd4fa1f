"""Whether the log is still the one that was written: the alarm, the verdict, what this console saw (R-M9, R-M5).

It must never call a log whole that was not verified to its end, and never hide an alarm behind a verdict.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from console import texts_audit
from console.language.numbers import number
from console.presenting.proof import AlarmProps, VerdictProps, alarms, verdict, verified_by, witnessed
from console.state.app_state import AppState
from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_MEDIUM, CAPTION, HEADING, MONO_SMALL, SMALL, SMALL_MEDIUM
from console.theme.tokens import Tone
from console.widgets.audit.progress import Progress, ProgressProps
from console.widgets.audit.section import Section
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card, Icon
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.plain_label import PlainLabel

_MONO_LABELS = 40
"""A value without blanks and at least this long is a digest, and set to be compared sign by sign."""


class ProofPart(Pane):
    """The part.

    Signals:
        verify_wanted: The log is to be verified; the one that runs is to be stopped.
        acknowledge_wanted(str): An alarm is to be acknowledged: `core` or `witness`.
    """

    verify_wanted = Signal()
    acknowledge_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "ground", frozenset(), parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = ScrollColumn(texts_audit.PART_PROOF, 28, 10)
        outer.addWidget(scroll)
        column = scroll.centred(860, 560, 12)
        self._alarms: Section[tuple[AlarmProps, ...]] = Section(theme, "shield-alert", "", self._alarm_cards)
        column.addWidget(self._alarms)
        self._verdict = _Verdict(theme)
        self._verdict.pressed.connect(self.verify_wanted)
        column.addWidget(self._verdict)
        self._witness: Section[tuple[tuple[str, str, Tone | None], ...]] = Section(
            theme, "eye", texts_audit.WITNESS, self._witness_card
        )
        column.addWidget(self._witness)
        offline: Section[bool] = Section(theme, "globe", texts_audit.OFFLINE, self._offline_card)
        column.addWidget(offline)
        offline.show_props(True)

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        self._alarms.show_props(alarms(state) or None)
        self._verdict.show_verdict(verdict(state), verified_by(state.audit.verification))
        self._witness.show_props(witnessed(state))

    # -- cards ---------------------------------------------------------------------------------------------------------

    def _alarm_cards(self, props: tuple[AlarmProps, ...]) -> Sequence[QWidget]:
        return [self._alarm(one) for one in props]

    def _alarm(self, props: AlarmProps) -> Card:
        card = Card(self.theme, "danger", margin=20, spacing=12)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Icon(self.theme, "shield-alert", "danger", 24), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(PlainLabel(self.theme, props.title, HEADING, tone="danger", wrap=True), 1)
        card.body.addLayout(head)
        card.body.addLayout(_grid(self.theme, tuple((label, value, None) for label, value in props.rows)))
        row = QHBoxLayout()
        row.addWidget(PlainLabel(self.theme, props.why_not, SMALL, ink="quiet", wrap=True), 1)
        if props.action:
            said = texts_audit.ALARM_SENDING if props.busy else props.action
            button = Button(self.theme, ButtonProps(said, "danger", "signature", "A", busy=props.busy))
            button.clicked.connect(lambda _checked=False, kind=props.kind: self.acknowledge_wanted.emit(kind))
            row.addWidget(button)
        card.body.addLayout(row)
        card.setAccessibleName(f"{props.title}. {props.sentence}")
        return card

    def _witness_card(self, rows: tuple[tuple[str, str, Tone | None], ...]) -> Sequence[QWidget]:
        card = Card(self.theme, spacing=8)
        (_, said, tone), *rest = rows
        card.body.addWidget(PlainLabel(self.theme, said, BODY_MEDIUM, tone=tone, wrap=True))
        card.body.addLayout(_grid(self.theme, tuple(rest)))
        card.body.addWidget(PlainLabel(self.theme, texts_audit.WITNESS_WORDS, CAPTION, ink="quiet", wrap=True))
        return [card]

    def _offline_card(self, _shown: bool) -> Sequence[QWidget]:
        card = Card(self.theme, spacing=8)
        card.body.addWidget(PlainLabel(self.theme, texts_audit.OFFLINE_WORDS, BODY, ink="soft", wrap=True))
        for label, command in texts_audit.OFFLINE_ROWS:
            row = QHBoxLayout()
            row.setSpacing(10)
            name = PlainLabel(self.theme, label, SMALL, ink="quiet")
            name.setMinimumWidth(190)
            row.addWidget(name)
            row.addWidget(PlainLabel(self.theme, command, MONO_SMALL, selectable=True), 1)
            copy = Button(self.theme, ButtonProps("", "ghost", "copy", small=True, spoken=texts_audit.COPY_COMMAND))
            copy.clicked.connect(lambda _checked=False, words=command: QGuiApplication.clipboard().setText(words))
            row.addWidget(copy)
            card.body.addLayout(row)
        return [card]


class _Verdict(Card):
    """The verdict, its figures and what does not hold."""

    pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, margin=20, spacing=12)
        self._shown: VerdictProps | None = None
        head = QHBoxLayout()
        head.setSpacing(12)
        self._icon = Icon(theme, "shield-check", "neutral", 30)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel(theme, texts_audit.VERIFY_TITLE, CAPTION, ink="quiet"))
        self._title = PlainLabel(theme, "", HEADING)
        words.addWidget(self._title)
        self._words = PlainLabel(theme, "", BODY, ink="soft", wrap=True)
        words.addWidget(self._words)
        self._by = PlainLabel(theme, "", CAPTION, ink="quiet")
        words.addWidget(self._by)
        head.addLayout(words, 1)
        self.button = Button(theme, ButtonProps(texts_audit.VERIFY, "primary", key="V"))
        self.button.clicked.connect(self.pressed)
        head.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.progress = Progress(theme, ProgressProps(""))
        self.progress.hide()
        self.body.addWidget(self.progress)
        self._found: Section[VerdictProps] = Section(theme, "shield-alert", "", self._details)
        self.body.addWidget(self._found)

    def show_verdict(self, props: VerdictProps, by: str) -> None:
        """Show how it stands."""
        self._by.setText(by)
        self._by.setVisible(bool(by))
        if props == self._shown:
            return
        self._shown = props
        if not props.running and self.isVisible():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{props.title}. {props.words}"))
        strong = props.tone in {"ok", "danger", "warn"}
        self.set_tone(props.tone if strong else None)
        self._icon.set_icon(props.icon, props.tone)
        self._title.setText(props.title)
        self._title.set_ink("text", props.tone if strong else None)
        self._words.setText(props.words)
        self._words.setVisible(bool(props.words))
        self.setAccessibleName(f"{texts_audit.VERIFY_TITLE}. {props.title}. {props.words}")
        kind = "secondary" if props.running else "primary"
        self.button.set_props(ButtonProps(props.button, kind, key="V"))
        self.progress.setVisible(props.running)
        if props.running:
            said = texts_audit.VERIFY_PROGRESS.format(done=number(props.done), total=number(props.total))
            self.progress.set_props(ProgressProps(said if props.total else "", props.done, props.total))
        self._found.show_props(props if props.rows or props.findings or props.notes else None)

    def _details(self, props: VerdictProps) -> Sequence[QWidget]:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        if props.findings:
            column.addWidget(PlainLabel(self.theme, texts_audit.VERIFY_FOUND, SMALL_MEDIUM, tone="danger"))
        for said, where in props.findings:
            row = QHBoxLayout()
            row.setSpacing(9)
            row.addWidget(Icon(self.theme, "circle-x", "danger"), 0, Qt.AlignmentFlag.AlignTop)
            words = QVBoxLayout()
            words.setSpacing(1)
            words.addWidget(PlainLabel(self.theme, said, BODY, wrap=True, limit=800))
            words.addWidget(PlainLabel(self.theme, where, MONO_SMALL, ink="quiet", selectable=True))
            row.addLayout(words, 1)
            column.addLayout(row)
        if props.more:
            column.addWidget(PlainLabel(self.theme, props.more, SMALL, ink="soft"))
        if props.rows:
            column.addLayout(_grid(self.theme, tuple((label, value, None) for label, value in props.rows)))
        if props.notes:
            column.addWidget(PlainLabel(self.theme, texts_audit.VERIFY_NOTES, SMALL_MEDIUM, ink="soft"))
        for note in props.notes:
            column.addWidget(PlainLabel(self.theme, note, SMALL, ink="soft", wrap=True, limit=800))
        return [holder]


def _grid(theme: Theme, rows: tuple[tuple[str, str, Tone | None], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(20)
    grid.setVerticalSpacing(8)
    grid.setColumnMinimumWidth(0, 170)
    grid.setColumnStretch(1, 1)
    for at, (label, value, tone) in enumerate(rows):
        grid.addWidget(PlainLabel(theme, label, SMALL, ink="quiet", wrap=True), at, 0, Qt.AlignmentFlag.AlignTop)
        digest = len(value) >= _MONO_LABELS and " " not in value
        face = MONO_SMALL if digest else SMALL_MEDIUM
        said = PlainLabel(theme, value, face, tone=tone, wrap=not digest, selectable=digest)
        said.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said, at, 1)
    return grid

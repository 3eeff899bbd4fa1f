"""What the agent believes: each statement with its source, age and confidence; a click shows what it rests on (R-M1).

It must never show a belief like a fact: facts carry no meter and say so.
"""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console import strings, texts_beliefs, texts_beside
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, CAPTION, SMALL, text_width
from console.theme.icons import paint_icon
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card
from console.widgets.chip import Chip, ChipProps
from console.widgets.meter import Meter, MeterProps
from console.widgets.painting import text
from console.widgets.plain_label import PlainLabel
from console.widgets.visible_text import one_line


@dataclass(frozen=True, slots=True)
class Cited:
    """A fact that a belief rests on: the event it was read in, and what it says with source and age."""

    seq: int
    words: str


@dataclass(frozen=True, slots=True)
class BeliefRow:
    """One statement.

    Attributes:
        key: Id of the belief or fact.
        topic: What it is about, e.g. `Parcel position`; empty where the statement says it.
        statement: What is believed.
        source: Where it comes from.
        age: How old that is, written.
        percent: Confidence from 0 to 100, or None for a fact, which code produced.
        mark: Whether it is stale or was corrected by a person.
        cited: The facts it rests on.
        instead: What a person said is so, who and when; the statement is struck.
        correction: The name under which that can be taken back.
    """

    key: str
    topic: str
    statement: str
    source: str
    age: str = ""
    percent: int | None = None
    mark: Literal["", "stale", "corrected"] = ""
    cited: tuple[Cited, ...] = ()
    instead: str = ""
    correction: str = ""


@dataclass(frozen=True, slots=True)
class BeliefsProps:
    """All statements, most important first, whether a person can correct them here, and how many last ones are folded."""

    rows: tuple[BeliefRow, ...]
    correctable: bool = True
    folded: int = 0


class _CitedButton(Button):
    """A cited fact as one line that is cut where the column ends; the whole is its tooltip."""

    def __init__(self, theme: Theme, props: ButtonProps) -> None:
        super().__init__(theme, props)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return QSize(60, 24)

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(int(text_width(self.props.words, CAPTION)) + 26, 24)

    def _paint_content(self, painter: QPainter, ink: str) -> None:
        paint_icon(painter, QRectF(2, (self.height() - 12) / 2, 12, 12), "search", ink, 2.0)
        text(painter, QRectF(20, 0, self.width() - 22, self.height()), self.props.words, CAPTION, ink)


class BeliefsCard(QWidget):
    """The card.

    Signals:
        opened(str): Someone wants to see what a statement rests on; its id.
        corrected(str): Someone wants to correct it; its id.
        taken_back(str): Someone wants a correction gone; its name.
        fact_wanted(int): Someone wants to see where a cited fact was read; the event's `seq`.
        unfolded: Someone wants to see every row.
    """

    unfolded = Signal()

    opened = Signal(str)
    corrected = Signal(str)
    taken_back = Signal(str)
    fact_wanted = Signal(int)

    def __init__(self, theme: Theme, props: BeliefsProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._props = BeliefsProps(())
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._card: Card | None = None
        self._show(props)

    def set_props(self, props: BeliefsProps) -> None:
        """Show other statements."""
        if props != self._props:
            self._show(props)

    def _show(self, props: BeliefsProps) -> None:
        self._props = props
        if self._card is not None:
            self._outer.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
        self._card = Card(self._theme, spacing=10)
        for row in props.rows[: len(props.rows) - props.folded]:
            self._card.body.addLayout(self._row(row))
        if props.folded:
            more = Button(
                self._theme, ButtonProps(texts_beside.MORE_FACTS.of(props.folded), "ghost", "chevron-down", small=True)
            )
            more.clicked.connect(self.unfolded)
            self._card.body.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        if not props.rows:
            self._card.body.addWidget(PlainLabel(self._theme, strings.NO_BELIEFS, SMALL, ink="quiet", wrap=True))
        self._outer.addWidget(self._card)

    def _row(self, row: BeliefRow) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(0, 1)
        first = QHBoxLayout()
        first.setSpacing(7)
        statement = PlainLabel(self._theme, row.statement, BODY_MEDIUM, wrap=True, limit=240)
        if row.instead:
            struck = statement.font()
            struck.setStrikeOut(True)
            statement.setFont(struck)
            statement.set_ink("quiet")
            statement.setAccessibleName(f"{strings.CORRECTED}: {statement.whole_text()}")
        first.addWidget(statement, 1)
        if row.mark == "stale":
            first.addWidget(Chip(self._theme, ChipProps(strings.STALE, "danger", "history")))
        elif row.mark == "corrected":
            first.addWidget(Chip(self._theme, ChipProps(strings.CORRECTED, "info", "pencil")))
        # What was believed has no confidence any more: its mark stands where that stood.
        grid.addLayout(first, 0, 0, 1, 2 if row.instead else 1)
        if row.instead:
            pass
        elif row.percent is None:
            fact = Chip(self._theme, ChipProps(strings.FACT, "ok", "badge-check"))
            grid.addWidget(fact, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        else:
            grid.addWidget(Meter(self._theme, MeterProps(row.percent)), 0, 1)
        about = " · ".join(part for part in (row.topic, row.source) if part)
        source = strings.source_and_age(about, row.age)
        grid.addWidget(PlainLabel(self._theme, source, CAPTION, ink="quiet"), 1, 0)
        below = 2
        if row.instead:
            grid.addWidget(PlainLabel(self._theme, row.instead, SMALL, tone="info", wrap=True, limit=600), below, 0, 1, 2)
            below += 1
        for cited in row.cited:
            grid.addWidget(self._cited(cited), below, 0, 1, 2)
            below += 1
        actions = QHBoxLayout()
        actions.setSpacing(0)
        said = one_line(row.statement, 80)
        offered: list[tuple[str, str, SignalInstance, str]] = []
        if not row.cited and not row.key.startswith("0:"):
            offered.append(("search", f"{strings.EVIDENCE}: {said}", self.opened, row.key))
        if self._props.correctable and row.correction:
            spoken = texts_beliefs.TAKE_BACK_SPOKEN.format(statement=said)
            offered.append(("undo-2", spoken, self.taken_back, row.correction))
        elif self._props.correctable:
            offered.append(("pencil", f"{strings.CORRECT}: {said}", self.corrected, row.key))
        for icon, spoken, signal, given in offered:
            button = Button(self._theme, ButtonProps("", "ghost", icon, spoken=spoken, small=True, quiet=True))
            button.setFixedSize(24, 22)
            button.clicked.connect(lambda _checked=False, emit=signal, key=given: emit.emit(key))
            actions.addWidget(button)
        grid.addLayout(actions, 1, 1, Qt.AlignmentFlag.AlignRight)
        return grid

    def _cited(self, cited: Cited) -> Button:
        spoken = texts_beliefs.SHOW_FACT.format(fact=one_line(cited.words, 160))
        words = one_line(cited.words, 120)
        button = _CitedButton(
            self._theme, ButtonProps(words, "ghost", "search", hint=spoken, spoken=spoken, small=True, quiet=True)
        )
        button.clicked.connect(lambda _checked=False, seq=cited.seq: self.fact_wanted.emit(seq))
        return button

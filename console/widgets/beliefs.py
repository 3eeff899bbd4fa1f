"""What the agent believes: each statement with its source, age and confidence; a click shows what it rests on (R-M1).

It must never show a belief like a fact: facts carry no meter and say so.
"""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, CAPTION, SMALL
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card
from console.widgets.chip import Chip, ChipProps
from console.widgets.meter import Meter, MeterProps
from console.widgets.plain_label import PlainLabel
from console.widgets.visible_text import one_line


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
    """

    key: str
    topic: str
    statement: str
    source: str
    age: str = ""
    percent: int | None = None
    mark: Literal["", "stale", "corrected"] = ""


@dataclass(frozen=True, slots=True)
class BeliefsProps:
    """All statements, most important first, and whether a person can correct them here."""

    rows: tuple[BeliefRow, ...]
    correctable: bool = True


class BeliefsCard(QWidget):
    """The card.

    Signals:
        opened(str): Someone wants to see what a statement rests on; its id.
        corrected(str): Someone wants to correct it; its id.
    """

    opened = Signal(str)
    corrected = Signal(str)

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
        for row in props.rows:
            self._card.body.addLayout(self._row(row))
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
        first.addWidget(PlainLabel(self._theme, row.statement, BODY_MEDIUM, wrap=True, limit=240), 1)
        if row.mark == "stale":
            first.addWidget(Chip(self._theme, ChipProps(strings.STALE, "danger", "history")))
        elif row.mark == "corrected":
            first.addWidget(Chip(self._theme, ChipProps(strings.CORRECTED, "info", "pencil")))
        grid.addLayout(first, 0, 0)
        if row.percent is None:
            fact = Chip(self._theme, ChipProps(strings.FACT, "ok", "badge-check"))
            grid.addWidget(fact, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        else:
            grid.addWidget(Meter(self._theme, MeterProps(row.percent)), 0, 1)
        about = " · ".join(part for part in (row.topic, row.source) if part)
        source = strings.source_and_age(about, row.age)
        grid.addWidget(PlainLabel(self._theme, source, CAPTION, ink="quiet"), 1, 0)
        actions = QHBoxLayout()
        actions.setSpacing(0)
        statement = one_line(row.statement, 80)
        offered = [("search", strings.EVIDENCE, self.opened), ("pencil", strings.CORRECT, self.corrected)]
        for icon, words, signal in offered if self._props.correctable else offered[:1]:
            props = ButtonProps("", "ghost", icon, spoken=f"{words}: {statement}", small=True, quiet=True)
            button = Button(self._theme, props)
            button.setFixedSize(24, 22)
            button.clicked.connect(lambda _checked=False, emit=signal, key=row.key: emit.emit(key))
            actions.addWidget(button)
        grid.addLayout(actions, 1, 1, Qt.AlignmentFlag.AlignRight)
        return grid

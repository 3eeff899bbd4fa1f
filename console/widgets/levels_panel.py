"""Levels in Settings: each workflow's ladder, how its actions fared, who signed, what waits for a second person (R-C8).

It must never do what was pressed: it tells; and never show a number without what it counts.
"""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from console import texts_levels
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, CAPTION, SMALL, SMALL_STRONG
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonKind, ButtonProps
from console.widgets.card import Card, Icon, SectionHeading, SectionProps
from console.widgets.level_ladder import LadderProps, LevelLadder
from console.widgets.plain_label import PlainLabel, plain_tooltip
from console.widgets.segmented import Segmented, SegmentedProps

_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts; more about it in `tip`; loud where it deserves a look."""

    label: str
    value: str
    tip: str = ""
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class ToolFigures:
    """How the actions with one tool fared."""

    tool: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class LevelDeed:
    """Something that can be done about a workflow: its id, words, icon, what is spoken, how loud."""

    key: str
    words: str
    icon: str
    spoken: str
    kind: ButtonKind = "secondary"


@dataclass(frozen=True, slots=True)
class LevelNote:
    """Something that needs a look: in words, with what can be done about it."""

    words: str
    icon: str
    tone: Tone
    deeds: tuple[LevelDeed, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelCard:
    """A workflow of a brand. `none`: what stands in place of figures where there are none."""

    brand: str
    workflow: str
    title: str
    ladder: LadderProps
    signed: str
    notes: tuple[LevelNote, ...] = ()
    figures: tuple[ToolFigures, ...] = ()
    none: str = ""
    deeds: tuple[LevelDeed, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelsProps:
    """Everything that is shown: cards by brand (its title, empty where there is one only), and what went wrong."""

    brands: tuple[tuple[str, tuple[LevelCard, ...]], ...]
    said: str = ""
    problems: tuple[str, ...] = ()


class LevelsPanel(QWidget):
    """The panel.

    Signals:
        wanted(str, str, str): What is to be done (`change`, `sign`, `take_back`), of which brand, about which workflow.
        period_chosen(str): Days of evidence.
    """

    wanted = Signal(str, str, str)
    period_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: LevelsProps | None = None
        self._text = ""
        self._buttons: dict[tuple[str, str, str], Button] = {}
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(SectionHeading(theme, SectionProps("gauge", texts_levels.TITLE)), 1)
        self.periods = Segmented(theme, SegmentedProps(texts_levels.PERIOD, (), ""))
        self.periods.setMinimumWidth(250)
        self.periods.chosen.connect(self.period_chosen)
        head.addWidget(self.periods)
        column.addLayout(head)
        column.addWidget(PlainLabel(theme, texts_levels.WORDS, SMALL, ink="soft", wrap=True))
        self._held = QWidget()
        column.addWidget(self._held)

    def fits(self, typed: str) -> bool:
        """Whether all words typed are in what is shown here."""
        return all(part in self._text for part in typed.casefold().split())

    def show_props(self, props: LevelsProps, periods: SegmentedProps) -> None:
        """Show these; built again only when something is another, and the keyboard stays where it was."""
        self.periods.set_props(periods)
        if props == self._shown:
            return
        self._shown = props
        cards = [card for _, shown in props.brands for card in shown]
        said = (word for card in cards for word in (card.title, card.signed, *(note.words for note in card.notes)))
        self._text = " ".join((texts_levels.TITLE, texts_levels.WORDS, *said)).casefold()
        focused = QApplication.focusWidget()
        before = next((key for key, button in self._buttons.items() if button is focused), None)
        self._buttons = {}
        self._column.removeWidget(self._held)
        self._held.hide()
        self._held.deleteLater()
        self._held = QWidget()
        inner = QVBoxLayout(self._held)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        for problem in props.problems:
            inner.addWidget(PlainLabel(self._theme, problem, SMALL, tone="danger", wrap=True, limit=400))
        if props.said:
            card = Card(self._theme)
            card.body.addWidget(PlainLabel(self._theme, props.said, SMALL, ink="quiet", wrap=True))
            inner.addWidget(card)
        for title, shown in props.brands:
            if title:
                inner.addWidget(PlainLabel(self._theme, title, SMALL_STRONG, ink="quiet", limit=80))
            for one in shown:
                inner.addWidget(self._card(one))
        self._column.addWidget(self._held)
        if before in self._buttons:
            self._buttons[before].setFocus(Qt.FocusReason.OtherFocusReason)

    def _card(self, props: LevelCard) -> Card:
        card = Card(self._theme, spacing=10)
        head = QHBoxLayout()
        head.setSpacing(10)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(PlainLabel(self._theme, props.title, BODY_MEDIUM, limit=120))
        said.addWidget(PlainLabel(self._theme, props.signed, CAPTION, ink="quiet", wrap=True, limit=400))
        head.addLayout(said, 1)
        for deed in props.deeds:
            head.addWidget(self._deed(props, deed), 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(head)
        card.body.addWidget(LevelLadder(self._theme, props.ladder))
        for note in props.notes:
            card.body.addLayout(self._note(props, note))
        for one in props.figures:
            card.body.addWidget(PlainLabel(self._theme, one.tool, SMALL_STRONG, ink="soft", limit=120))
            card.body.addLayout(self._figures(one.figures))
        if props.none:
            card.body.addWidget(PlainLabel(self._theme, props.none, SMALL, ink="quiet", wrap=True))
        return card

    def _note(self, props: LevelCard, note: LevelNote) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(Icon(self._theme, note.icon, note.tone))
        row.addWidget(PlainLabel(self._theme, note.words, SMALL, tone=note.tone, wrap=True, limit=400), 1)
        for deed in note.deeds:
            row.addWidget(self._deed(props, deed))
        return row

    def _deed(self, props: LevelCard, deed: LevelDeed) -> Button:
        button = Button(self._theme, ButtonProps(deed.words, deed.kind, deed.icon, spoken=deed.spoken, small=True))
        button.clicked.connect(lambda _on=False, what=deed.key: self.wanted.emit(what, props.brand, props.workflow))
        self._buttons[deed.key, props.brand, props.workflow] = button
        return button

    def _figures(self, figures: tuple[Figure, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(1)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, 96)
        for at, one in enumerate(figures):
            row, column = divmod(at, _COLUMNS)
            label = PlainLabel(self._theme, one.label, CAPTION, ink="quiet")
            label.setMinimumWidth(0)
            value = PlainLabel(self._theme, one.value, BODY_MEDIUM, tone=one.tone)
            if one.tip:
                plain_tooltip(value, one.tip)
            grid.addWidget(label, row * 3, column)
            grid.addWidget(value, row * 3 + 1, column)
            grid.setRowMinimumHeight(row * 3 + 2, 5)
        return grid

"""How people decide: how long it takes, how often unopened, changed, taken back or called wrong (R-C4, R-C8, R-M5).

Numbers say how oversight works, never who is good: rows with few decisions are marked, and shares come with counts.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_core.contract.oversight import OversightAnswer
from console import strings, texts_audit
from console.presenting.clock import moment
from console.presenting.oversight import RowProps, rows, total
from console.state.app_state import AppState
from console.state.audit import PERIODS, Period
from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_MEDIUM, CAPTION, HEADING, SMALL, SMALL_STRONG
from console.widgets.audit.bars import Columns, Shares
from console.widgets.audit.section import Section
from console.widgets.card import Card
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.plain_label import PlainLabel
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.workspaces.audit_deeds import AuditDeeds

_MOST: Final = 40
"""Rows that are drawn; nobody compares more people by eye."""


class OversightPart(Pane):
    """The part."""

    def __init__(self, theme: Theme, deeds: AuditDeeds, parent: QWidget | None = None) -> None:
        super().__init__(theme, "ground", frozenset(), parent)
        self._deeds = deeds
        self._by = "person"
        self._asked: Period | None = None
        self._state: AppState | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = ScrollColumn(texts_audit.PART_OVERSIGHT, 28, 10)
        outer.addWidget(scroll)
        self._scroll = scroll
        column = scroll.centred(1_080, 620, 12)
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(PlainLabel(theme, texts_audit.OVERSIGHT_TITLE, HEADING))
        words.addWidget(PlainLabel(theme, texts_audit.OVERSIGHT_WORDS, BODY, ink="soft", wrap=True))
        self._since = PlainLabel(theme, "", CAPTION, ink="quiet")
        words.addWidget(self._since)
        head.addLayout(words, 1)
        head.addSpacing(20)
        self._periods = Segmented(theme, SegmentedProps(texts_audit.PERIOD, (), ""))
        self._periods.setMinimumWidth(250)
        self._periods.chosen.connect(self._period)
        head.addWidget(self._periods, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self._ways = Segmented(theme, SegmentedProps(texts_audit.SHOWN_BY, (), ""))
        self._ways.setMaximumWidth(460)
        self._ways.chosen.connect(self._way)
        column.addWidget(self._ways)
        self._problem = PlainLabel(theme, "", BODY, tone="danger", wrap=True)
        column.addWidget(self._problem)
        self._total: Section[tuple[RowProps, ...]] = Section(theme, "users", "", self._cards)
        column.addWidget(self._total)
        self._rows: Section[tuple[RowProps, ...]] = Section(theme, "users", "", self._cards)
        column.addWidget(self._rows)
        self._places = QStackedWidget()
        self._places.setMinimumHeight(260)
        self._loading = EmptyState(theme, EmptyStateProps("loader-circle", "", strings.LOADING, "neutral"))
        self._none = EmptyState(theme, EmptyStateProps("gauge", "", texts_audit.NO_DECISIONS, "neutral"))
        self._places.addWidget(self._loading)
        self._places.addWidget(self._none)
        column.addWidget(self._places)
        self._note = PlainLabel(theme, texts_audit.NOT_COMPLETE, SMALL, tone="warn", wrap=True)
        column.addWidget(self._note)

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        audit, self._state = state.audit, state
        if self.isVisible() and self._asked is None and state.connection.phase == "live":
            self._asked = audit.period
            self._deeds.read_oversight(audit.period)
        periods = tuple(Segment(one, texts_audit.PERIOD_DAYS.of(int(one))) for one in PERIODS)
        self._periods.set_props(SegmentedProps(texts_audit.PERIOD, periods, audit.period))
        ways = (
            Segment("person", texts_audit.BY_PERSON),
            Segment("workflow", texts_audit.BY_WORKFLOW),
            Segment("both", texts_audit.BY_BOTH),
        )
        self._ways.set_props(SegmentedProps(texts_audit.SHOWN_BY, ways, self._by))
        problem = audit.oversight_problem
        self._problem.setText(texts_audit.OVERSIGHT_FAILED.format(why=problem) if problem else "")
        self._problem.setVisible(bool(problem))
        answer = audit.oversight
        self._show(answer, loading=answer is None and not problem)

    def _show(self, answer: OversightAnswer | None, *, loading: bool) -> None:
        made = rows(answer, self._by)[:_MOST] if answer is not None else ()
        self._total.show_props(total(answer) if made and answer is not None else None)
        self._rows.show_props(made or None)
        self._places.setVisible(loading or (answer is not None and not made))
        self._places.setCurrentWidget(self._loading if loading else self._none)
        self._ways.setVisible(bool(made))
        self._note.setVisible(answer is not None and not answer.complete)
        said = ""
        if answer is not None:
            said = texts_audit.RANGE.format(least=moment(answer.since), most=moment(answer.until))
        self._since.setText(said)

    def enter(self) -> None:
        """Put the keyboard where it belongs."""
        self._periods.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        super().hideEvent(event)
        # Whoever comes back asks anew.
        self._asked = None

    def _period(self, key: str) -> None:
        for period in PERIODS:
            if period == key:
                self._deeds.read_oversight(period)

    def _way(self, key: str) -> None:
        self._by = key
        if self._state is not None:
            self.refresh(self._state)

    # -- cards ---------------------------------------------------------------------------------------------------------

    def _cards(self, props: tuple[RowProps, ...]) -> Sequence[QWidget]:
        return [self._card(one) for one in props]

    def _card(self, props: RowProps) -> Card:
        card = Card(self.theme, margin=18, spacing=12)
        row = QHBoxLayout()
        row.setSpacing(28)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(Shares(self.theme, props.shares))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for at, (label, value) in enumerate(props.figures):
            grid.addWidget(PlainLabel(self.theme, label, SMALL, ink="quiet"), at, 0)
            grid.addWidget(PlainLabel(self.theme, value, BODY_MEDIUM), at, 1)
        left.addLayout(grid)
        left.addStretch(1)
        row.addLayout(left, 11)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(PlainLabel(self.theme, texts_audit.DECISION_TIME, SMALL_STRONG, ink="quiet"))
        right.addWidget(Columns(self.theme, props.times))
        right.addStretch(1)
        row.addLayout(right, 10)
        card.body.addLayout(row)
        return card

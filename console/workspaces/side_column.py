"""Beside a transcript: what waits for this person, why it stopped, believes, tried, waits for, steps (R-M1).

Each section is built again only when what it says has changed, so that nothing flickers and no focus is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_core.contract.listing import ask_place_of
from console import strings, texts_beside, words
from console.presenting import side
from console.state.app_state import AppState
from console.state.deciding import undecided
from console.state.selectors import can_correct, paused_in
from console.theme.controller import Theme
from console.widgets.approval_card import ApprovalCard
from console.widgets.approval_state import Closed
from console.widgets.beliefs import BeliefsCard, BeliefsProps
from console.widgets.below_fold import BelowFold
from console.widgets.card import SectionHeading, SectionProps
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.run_panels import WaitsForCard, WaitsForProps, WorkflowCard, WorkflowProps
from console.widgets.tried import TriedCard, TriedRow
from console.workspaces.cards import AskCards
from console.workspaces.deciding import Deciding

if TYPE_CHECKING:
    from agent_core.contract.ids import ConversationId

_Props = TypeVar("_Props")


class _Section(QWidget, Generic[_Props]):
    """A heading and cards made of one value."""

    def __init__(self, theme: Theme, heading: SectionProps, make: Callable[[_Props], list[QWidget]]) -> None:
        super().__init__()
        self._make = make
        self._shown: _Props | None = None
        self._cards: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(9)
        self.heading = SectionHeading(theme, heading)
        self._column.addWidget(self.heading)
        self.hide()

    def show_props(self, props: _Props | None) -> None:
        """Show a value, or nothing."""
        self.setVisible(props is not None)
        if props is None or props == self._shown:
            return
        self._shown = props
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = self._make(props)
        for card in self._cards:
            self._column.addWidget(card)


class SideColumn(Pane):
    """The column.

    Signals:
        source_wanted(int): Show the very event that a statement rests on; its `seq`.
        correct_wanted(str): Put right what a row says; its id.
        take_back_wanted(str): Take a correction back; its name.
        item_wanted(str): Show a call; its item of the transcript.
        pause_wanted(str): Stop a workflow, or let it work again; its name.
    """

    item_wanted = Signal(str)
    pause_wanted = Signal(str)

    source_wanted = Signal(int)
    correct_wanted = Signal(str)
    take_back_wanted = Signal(str)

    def __init__(self, theme: Theme, deciding: Deciding, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sunken", frozenset(), parent)
        self.setMinimumWidth(320)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = ScrollColumn(strings.BELIEVES, 14, 9)
        outer.addWidget(scroll)
        self._asks_heading = SectionHeading(theme, SectionProps("signature", strings.NEEDS_YOU))
        self._asks = AskCards(theme, deciding)
        self._why: _Section[WaitsForProps] = _Section(
            theme, SectionProps("octagon-pause", words.WHY_STOPPED), lambda props: [WaitsForCard(theme, props)]
        )
        self._waits: _Section[WaitsForProps] = _Section(
            theme, SectionProps("hourglass", strings.WAITS_FOR), lambda props: [WaitsForCard(theme, props)]
        )
        self._believes: _Section[BeliefsProps] = _Section(theme, SectionProps("brain", strings.BELIEVES), self._believed)
        self._tried: _Section[tuple[TriedRow, ...]] = _Section(
            theme, SectionProps("search", texts_beside.TRIED), self._calls
        )
        self._unfolded: ConversationId | None = None
        self._steps: _Section[tuple[WorkflowProps, ...]] = _Section(theme, SectionProps("activity", words.STEPS), self._runs)
        for part in (
            self._asks_heading,
            self._asks,
            self._why,
            self._believes,
            self._tried,
            self._waits,
            self._steps,
        ):
            scroll.column.addWidget(part)
        scroll.column.addStretch(1)
        # A tall card would hide why it stopped, and what is believed, below a small screen.
        named = (
            (self._why, words.WHY_STOPPED, "octagon-pause"), (self._believes, strings.BELIEVES, "brain"),
        )  # fmt: skip
        outer.setSpacing(0)
        self.below = BelowFold(theme, scroll, named)
        outer.addWidget(self.below)
        self._scroll = scroll
        self._conversation: ConversationId | None = None

    def _believed(self, props: BeliefsProps) -> list[QWidget]:
        card = BeliefsCard(self.theme, props)
        card.opened.connect(self._opened)
        card.unfolded.connect(partial(self._unfold, props))
        card.fact_wanted.connect(self.source_wanted)
        card.corrected.connect(self.correct_wanted)
        card.taken_back.connect(self.take_back_wanted)
        return [card]

    def _calls(self, rows: tuple[TriedRow, ...]) -> list[QWidget]:
        card = TriedCard(self.theme, rows)
        card.wanted.connect(self.item_wanted)
        return [card]

    def _runs(self, runs: tuple[WorkflowProps, ...]) -> list[QWidget]:
        cards = [WorkflowCard(self.theme, run) for run in runs]
        for card in cards:
            card.acted.connect(self.pause_wanted)
        return [*cards]

    def _unfold(self, props: BeliefsProps) -> None:
        self._unfolded = self._conversation
        self._believes.show_props(replace(props, folded=0))

    def _opened(self, key: str) -> None:
        seq = side.source_of(key)
        if seq:
            self.source_wanted.emit(seq)

    @property
    def cards(self) -> Sequence[ApprovalCard]:
        """The cards that stand here, the one that keys act on first."""
        return self._asks.cards

    @property
    def waits(self) -> bool:
        """Whether somebody is asked to decide here."""
        return any(not isinstance(card.props.state, Closed) for card in self._asks.cards)

    @property
    def first_card(self) -> ApprovalCard | None:
        """The card that keys act on."""
        return self._asks.cards[0] if self._asks.cards else None

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        detail = state.detail
        if detail is None:
            # What stood here was about a conversation that is left: no key may reach it while the next one loads.
            self._asks.show_nothing()
            self._scroll.hide()
            return
        self._scroll.show()
        conversation = self._conversation = detail.row.conversation
        mine = [one for one in state.asks.values() if one.conversation == conversation and one.state != "closed"]
        mine.sort(key=ask_place_of)
        closed = [one for one in state.asks.values() if one.conversation == conversation and one.state == "closed"]
        closed.sort(key=lambda one: one.closed_at or one.raised_at)
        # The last decision stays in sight when nothing is open: how it ended is part of the story.
        shown = mine or closed[-1:]
        self._asks_heading.setVisible(bool(shown))
        waiting = sum(1 for one in mine if undecided(one))
        self._asks_heading.title.setText(strings.NEEDS_YOU if waiting else words.LAST_DECISION)
        self._asks_heading.remark.setText(words.waiting_for_you(waiting) if waiting else "")
        self._asks.setVisible(bool(shown))
        self._asks.show_asks(state, shown)
        self._why.show_props(side.why_stopped(detail))
        self._waits.show_props(side.waits_for(detail, state.now))
        believed = side.beliefs(detail, state.now, correctable=can_correct(state))
        self._believes.show_props(replace(believed, folded=0) if self._unfolded == conversation else believed)
        self._tried.show_props(side.tried(detail, state.now) or None)
        self._tried.heading.remark.setText(side.calls_in_all(detail))
        paused = [one.workflow for one in paused_in(state, detail.row)]
        self._steps.show_props(side.workflows(detail, paused) or None)

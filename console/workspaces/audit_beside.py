"""Beside a conversation of the past: what was known and believed at that moment, and what leads said about it (R-M5)."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_core.contract.reviewing import ReviewQueue, ReviewsShown
from console import texts_audit
from console.presenting import side
from console.presenting.clock import moment
from console.presenting.looking_back import as_of
from console.presenting.searching import score_words
from console.state.app_state import AppState
from console.state.audit import REVIEWING
from console.state.selectors import read_only_reason
from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_MEDIUM, CAPTION, FIGURE, SMALL
from console.widgets.audit.section import Section
from console.widgets.beliefs import BeliefsCard, BeliefsProps
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card
from console.widgets.meter import Meter, MeterProps
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.plain_label import PlainLabel
from console.widgets.run_panels import WaitsForCard, WaitsForProps, WorkflowCard, WorkflowProps
from console.widgets.segmented import Segment, Segmented, SegmentedProps


class BesidePane(Pane):
    """The column.

    Signals:
        source_wanted(int): Show the event a statement rests on.
        note_wanted: A note is to be written.
        score_wanted: The conversation is to be scored.
        done_wanted: It was looked at.
        next_wanted: The next one to review is wanted.
    """

    source_wanted = Signal(int)
    note_wanted = Signal()
    score_wanted = Signal()
    done_wanted = Signal()
    next_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sunken", frozenset(), parent)
        self.setMinimumWidth(300)
        self._tab = "then"
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 14, 0)
        self._tabs = Segmented(theme, SegmentedProps(texts_audit.BESIDE, (), ""))
        self._tabs.chosen.connect(self.show_tab)
        head.addWidget(self._tabs)
        column.addLayout(head)
        self._stack = QStackedWidget()
        column.addWidget(self._stack, 1)
        self._known = self._known_column(theme)
        self._reviews = _Reviews(theme, self)
        self._stack.addWidget(self._known)
        self._stack.addWidget(self._reviews)

    def _known_column(self, theme: Theme) -> ScrollColumn:
        scroll = ScrollColumn(texts_audit.KNOWN, 14, 9)
        self._stopped: Section[WaitsForProps] = Section(
            theme, "octagon-pause", texts_audit.STOPPED, lambda props: [WaitsForCard(theme, props)]
        )
        self._waits: Section[WaitsForProps] = Section(
            theme, "hourglass", texts_audit.WAITED_FOR, lambda props: [WaitsForCard(theme, props)]
        )
        self._steps: Section[tuple[WorkflowProps, ...]] = Section(
            theme, "activity", texts_audit.STEPS, lambda runs: [WorkflowCard(theme, run) for run in runs]
        )
        self._beliefs: Section[BeliefsProps] = Section(theme, "brain", texts_audit.KNOWN, self._believed)
        for part in (self._stopped, self._waits, self._beliefs, self._steps):
            scroll.column.addWidget(part)
        scroll.column.addStretch(1)
        return scroll

    def _believed(self, props: BeliefsProps) -> Sequence[QWidget]:
        card = BeliefsCard(self.theme, props)
        card.opened.connect(self._source)
        card.fact_wanted.connect(self.source_wanted)
        return [card]

    def _source(self, key: str) -> None:
        seq = side.source_of(key)
        if seq:
            self.source_wanted.emit(seq)

    def turn(self) -> None:
        """Show the other one."""
        self.show_tab("then" if self._tab == "reviews" else "reviews")

    def says_something(self, state: AppState) -> bool:
        """Whether there is anything to stand here: an open conversation, or the reviews that wait."""
        return self._tab == "reviews" or state.audit.past.conversation is not None

    def show_tab(self, key: str) -> None:
        """Show what was known, or the reviews."""
        self._tab = key
        self._stack.setCurrentWidget(self._reviews if key == "reviews" else self._known)
        self._tabs.set_props(SegmentedProps(texts_audit.BESIDE, self._segments(past=False), key))

    def _segments(self, *, past: bool) -> tuple[Segment, ...]:
        known = texts_audit.TAB_THEN if past else texts_audit.TAB_NOW
        return Segment("then", known), Segment("reviews", texts_audit.TAB_REVIEW)

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        past = state.audit.past
        detail = past.shown
        in_past = past.position is not None
        self._tabs.set_props(SegmentedProps(texts_audit.BESIDE, self._segments(past=in_past), self._tab))
        self._reviews.refresh(state)
        if detail is None:
            for section in (self._stopped, self._waits, self._steps, self._beliefs):
                section.show_props(None)
            return
        now = as_of(past) or state.now
        self._beliefs.name(texts_audit.KNOWN if in_past else texts_audit.KNOWN_NOW)
        self._waits.name(texts_audit.WAITED_FOR if in_past else texts_audit.WAITS_FOR)
        self._stopped.show_props(side.why_stopped(detail))
        self._waits.show_props(side.waits_for(detail, now))
        self._beliefs.show_props(replace(side.beliefs(detail, now), folded=0))
        self._steps.show_props(tuple(side.workflow(run, acts=False) for run in detail.runs) or None)


class _Reviews(ScrollColumn):
    """What leads said, and what one can say."""

    def __init__(self, theme: Theme, pane: BesidePane) -> None:
        super().__init__(texts_audit.TAB_REVIEW, 14, 9)
        self._theme = theme
        self._queue: Section[ReviewQueue] = Section(theme, "inbox", texts_audit.TAB_REVIEW, self._queued)
        self._queue.heading.hide()
        self.column.addWidget(self._queue)
        self._score = Button(theme, ButtonProps(texts_audit.REVIEW_SCORE, "primary", key="S", small=True))
        self._note = Button(theme, ButtonProps(texts_audit.REVIEW_NOTE, key="C", small=True))
        self._done = Button(theme, ButtonProps(texts_audit.REVIEW_DONE, key="D", small=True))
        following = Button(theme, ButtonProps(texts_audit.REVIEW_NEXT, key="N", small=True))
        # Two and two: in other languages four would push the column wide.
        for both in (((self._score, pane.score_wanted), (self._note, pane.note_wanted)),
                     ((self._done, pane.done_wanted), (following, pane.next_wanted))):  # fmt: skip
            row = QHBoxLayout()
            row.setSpacing(6)
            for button, signal in both:
                button.clicked.connect(signal)
                row.addWidget(button)
            row.addStretch(1)
            self.column.addLayout(row)
        self._why = PlainLabel(theme, "", SMALL, ink="quiet", wrap=True)
        self.column.addWidget(self._why)
        self._said: Section[ReviewsShown] = Section(theme, "flag", "", self._reviewed)
        self.column.addWidget(self._said)
        self.column.addStretch(1)

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        past = state.audit.past
        shown = past.reviews
        self._queue.show_props(state.audit.queue)
        may = shown is not None and shown.may_review and not read_only_reason(state)
        busy = REVIEWING in state.pending
        kinds = (
            (self._score, texts_audit.REVIEW_SCORE, "S"),
            (self._note, texts_audit.REVIEW_NOTE, "C"),
            (self._done, texts_audit.REVIEW_DONE, "D"),
        )
        for button, said, key in kinds:
            kind = "primary" if button is self._score else "secondary"
            button.set_props(ButtonProps(said, kind, key=key, small=True, enabled=may and not busy))
        why = past.problems.get("reviews", "")
        if shown is not None and not may:
            why = read_only_reason(state) or texts_audit.MAY_NOT_REVIEW
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self._said.show_props(shown)

    def _queued(self, queue: ReviewQueue) -> Sequence[QWidget]:
        card = Card(self._theme, spacing=4)
        waiting = sum(count for _, count in queue.waiting)
        card.body.addWidget(PlainLabel(self._theme, texts_audit.QUEUE_WAITING.of(waiting), BODY_MEDIUM))
        parts = " · ".join(f"{texts_audit.PICKED[why]}: {count}" for why, count in queue.waiting if count)
        if parts:
            card.body.addWidget(PlainLabel(self._theme, parts, CAPTION, ink="soft", wrap=True))
        share = texts_audit.QUEUE_SHARE.format(share=queue.share_percent)
        card.body.addWidget(PlainLabel(self._theme, share, CAPTION, ink="quiet", wrap=True))
        return [card]

    def _reviewed(self, shown: ReviewsShown) -> Sequence[QWidget]:
        made: list[QWidget] = [self._one_score(shown, at) for at in range(len(shown.scores))]
        for note in shown.notes:
            card = Card(self._theme, spacing=3)
            about = "" if note.about is None else texts_audit.NOTE_AT.format(seq=note.about)
            head = " · ".join(part for part in (note.name, moment(note.at), about) if part)
            card.body.addWidget(PlainLabel(self._theme, head, CAPTION, ink="quiet"))
            card.body.addWidget(PlainLabel(self._theme, note.text, BODY, wrap=True, limit=4_000))
            made.append(card)
        if not made:
            made.append(PlainLabel(self._theme, texts_audit.NO_REVIEWS, SMALL, ink="quiet", wrap=True))
        return made

    def _one_score(self, shown: ReviewsShown, at: int) -> Card:
        score = shown.scores[at]
        card = Card(self._theme, spacing=5)
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self._theme, score_words(score.total_percent), FIGURE))
        side_by = QVBoxLayout()
        side_by.setSpacing(0)
        side_by.addWidget(PlainLabel(self._theme, score.name, BODY_MEDIUM))
        old = "" if score.current else texts_audit.SCORE_OLD_RUBRIC
        replaced = texts_audit.SCORE_REPLACED if score.replaced else ""
        quiet = " · ".join(part for part in (moment(score.at), old, replaced) if part)
        side_by.addWidget(PlainLabel(self._theme, quiet, CAPTION, ink="quiet"))
        head.addSpacing(10)
        head.addLayout(side_by, 1)
        card.body.addLayout(head)
        titles = {one.id: one for one in shown.rubric.criteria}
        for one in score.scores:
            known = titles.get(one.criterion)
            row = QHBoxLayout()
            row.addWidget(PlainLabel(self._theme, known.title if known else one.criterion, SMALL), 1)
            if known is not None and known.most:
                row.addWidget(Meter(self._theme, MeterProps(100 * one.points // known.most)))
            card.body.addLayout(row)
        if score.comment:
            card.body.addWidget(PlainLabel(self._theme, score.comment, BODY, wrap=True, limit=4_000))
        return card

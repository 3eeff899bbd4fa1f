"""The list of Live: search, parts with counts, rows, and what it says when there are none (R-M1)."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from agent_core.contract.ids import AskId, BrandId, ConversationId, StreamId
from agent_core.contract.listing import EVERYTHING
from console import strings, texts_listing, words
from console.language.numbers import number
from console.models.rows_model import RowsModel
from console.presenting.approval import reasons
from console.presenting.listed import ListedRows, Sight
from console.state.ages import short_count
from console.state.app_state import AppState, Paging
from console.state.buckets import BUCKETS
from console.state.happenings import BucketChosen, ConversationChosen, SearchTyped
from console.state.holding import MOST_LISTED
from console.state.selectors import listed_to_the_end, looked_at, numbers, paused_workflows
from console.state.store import Store
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, SMALL, TITLE
from console.widgets.button import Button, ButtonProps
from console.widgets.conversation_list import COMPACT_ROW_HEIGHT, ConversationList
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.filter_bar import FilterBar
from console.widgets.pane import Pane, PaneStack
from console.widgets.plain_label import PlainLabel
from console.widgets.search_field import SearchField
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.workspaces.filtering import filter_bar
from console.workspaces.workspace import Deeds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent_core.contract.views import AskCard


class LiveList(Pane):
    """The list.

    Signals:
        opened: Enter or a double click on a row.
    """

    opened = Signal()

    def __init__(self, theme: Theme, store: Store, deeds: Deeds, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset(), parent)
        self.setMinimumWidth(280)
        self._store = store
        self._deeds = deeds
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 13, 0, 0)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setContentsMargins(20, 0, 14, 0)
        head.setSpacing(8)
        head.addWidget(PlainLabel(theme, words.SHOWING, TITLE))
        self._count = PlainLabel(theme, "", SMALL, ink="quiet")
        head.addWidget(self._count)
        head.addStretch(1)
        self.filter = Button(theme, ButtonProps(texts_listing.FILTER, "ghost", "list-filter", "V", small=True))
        head.addWidget(self.filter)
        column.addLayout(head)
        self._parts = Segmented(theme, SegmentedProps(strings.FILTER, (), ""))
        self._parts.chosen.connect(self._choose_part)
        box = QVBoxLayout()
        box.setContentsMargins(14, 0, 14, 0)
        box.setSpacing(8)
        box.addWidget(self._parts)
        self.search = SearchField(theme, strings.SEARCH_LIST, "/")
        # The rows at hand are narrowed with every letter; the core is asked for more only where they are too few.
        self.search.typed.connect(self._narrow)
        self.search.searched.connect(self._narrow)
        box.addWidget(self.search)
        self.bar = FilterBar(theme)
        box.addWidget(self.bar)
        column.addLayout(box)
        self._stack = PaneStack(COMPACT_ROW_HEIGHT)
        column.addWidget(self._stack, 1)
        self._sight = Sight(store.state.now)
        self._asked: tuple[Mapping[AskId, AskCard], BrandId | None] | None = None
        self._moved = False
        """Rows that are the same say something else than what views were told of them."""
        self._listed = ListedRows(self._sight, store.texts)
        self.model = RowsModel(self)
        self.model.more_wanted.connect(self._read_more)
        self.rows = ConversationList(theme)
        self.rows.setModel(self.model)
        self.rows.chosen.connect(self._choose)
        self.rows.opened.connect(self._open)
        self._stack.addWidget(self.rows)
        calm = EmptyStateProps("circle-check", "", words.NOTHING_NEEDS_YOU, "ok")
        self._calm = EmptyState(theme, calm)
        self._none = EmptyState(theme, EmptyStateProps("search", "", words.NO_MATCH, "neutral"))
        self._empty = EmptyState(theme, EmptyStateProps("messages-square", "", strings.NO_CONVERSATIONS, "neutral"))
        self._loading = EmptyState(theme, EmptyStateProps("loader-circle", "", strings.LOADING, "neutral"))
        self._unfit = EmptyState(theme, EmptyStateProps("list-filter", "", texts_listing.NONE_FIT, "neutral"))
        for part in (self._unfit, self._calm, self._none, self._empty, self._loading):
            self._stack.addWidget(part)
        self._note = PlainLabel(
            theme, texts_listing.LISTED_SO_FAR.format(count=number(MOST_LISTED)), CAPTION, ink="quiet", wrap=True
        )
        self._note.setContentsMargins(20, 0, 16, 12)
        self._note.hide()
        column.addWidget(self._note)
        self._following = False

    def press(self, key: str) -> None:
        """Take a plain key: search, or narrow."""
        if key == "/":
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.filter.click()

    def ready(self, state: AppState) -> "Iterator[None]":
        """Make ready what is shown of a state: the order of its rows, then the picture of each that comes into view."""
        self._moved = self._look(state) or self._moved
        rows = self._listed.at(state)
        if self.rows.isVisible():
            first, last = self.rows.in_view()
            yield from self.rows.paint_ahead(one.props() for one in rows[first : last + 1])

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        counts = numbers(state)
        self.bar.set_props(filter_bar(state))
        known = {"needs": counts.needs_person, "agent": counts.agent, "human": counts.human, "all": counts.all}
        segments = tuple(Segment(key, words.BUCKET_WORDS[key], short_count(known[key])) for key in BUCKETS)
        self._parts.set_props(SegmentedProps(strings.FILTER, segments, state.bucket))
        self._count.setText(number(counts.all))
        moved, self._moved = self._look(state) or self._moved, False
        rows = self._listed.at(state)
        # When its row goes, Qt stands on a neighbour: that is nobody's choice.
        self._following = True
        self.model.set_rows(rows)
        self._following = False
        if moved:
            self.model.announce(*self.rows.in_view())
        paging = state.paging.get(state.bucket, Paging())
        self.model.set_more(paging.more and paging.started and not listed_to_the_end(state))
        self._note.setVisible(paging.next is not None and listed_to_the_end(state))
        self._follow(state)
        if rows:
            self._stack.setCurrentWidget(self.rows)
        elif paging.loading and (state.search or state.narrowing.wanted != EVERYTHING):
            self._stack.setCurrentWidget(self._loading)
        elif state.narrowing.wanted != EVERYTHING:
            self._stack.setCurrentWidget(self._unfit)
        elif state.search:
            self._stack.setCurrentWidget(self._none)
        elif not paging.started and state.connection.phase != "offline":
            self._stack.setCurrentWidget(self._loading)
        else:
            self._stack.setCurrentWidget(self._calm if state.bucket == "needs" else self._empty)

    def _look(self, state: AppState) -> bool:
        """What rows are looked at with now; whether rows that are the same say something else with it."""
        sight, before = (
            self._sight,
            (self._sight.now.replace(microsecond=0), self._sight.why, self._sight.seen, self._sight.paused),
        )
        asked = (state.asks, state.brand)
        if self._asked is None or asked[0] is not self._asked[0] or asked[1] != self._asked[1]:
            sight.why, self._asked = reasons(state), asked
        sight.now, sight.seen, sight.paused = state.now, looked_at(state), paused_workflows(state)
        return before != (sight.now.replace(microsecond=0), sight.why, sight.seen, sight.paused)

    def _follow(self, state: AppState) -> None:
        """Stand on the wanted conversation without announcing it as a choice."""
        self._following = True
        here = self.rows.currentIndex()
        place = -1 if state.wanted is None else self.model.place_of(state.wanted, here.row())
        if place < 0:
            # What was chosen is not in this part of the list: nothing is marked, and nothing else is opened by itself.
            self.rows.selectionModel().clear()
        elif here.row() != place:
            self.rows.setCurrentIndex(self.model.index(place, 0))
        self._following = False

    def _choose(self, conversation: str) -> None:
        if not self._following:
            self._store.dispatch(ConversationChosen(ConversationId(StreamId(conversation))))

    def _narrow(self, typed: str) -> None:
        self._store.dispatch(SearchTyped(typed))

    def _open(self, conversation: str) -> None:
        self._choose(conversation)
        self.opened.emit()

    def _choose_part(self, key: str) -> None:
        for bucket in BUCKETS:
            if bucket == key:
                self._store.dispatch(BucketChosen(bucket))

    def _read_more(self) -> None:
        self._deeds.read_page(self._store.state.bucket)

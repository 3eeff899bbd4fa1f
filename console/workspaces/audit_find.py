"""The left of Audit: a search that answers as one types, what narrows it, and what it found (R-M5)."""

from datetime import timedelta
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from agent_core.contract.searching import SearchAsked, SearchHit
from console import strings, texts_audit
from console.presenting.searching import filter_chips, found_note, found_words, hit_props, without
from console.state.app_state import AppState
from console.state.past import PastOpened
from console.state.searching import Search
from console.state.selectors import brands
from console.state.store import Store
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, SMALL_MEDIUM
from console.widgets.audit.filter_chips import FilterChips
from console.widgets.audit.hit_list import HitList, HitProps, HitsModel
from console.widgets.button import Button, ButtonProps
from console.widgets.conversation_list import COMPACT_ROW_HEIGHT
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.pane import Pane, PaneStack
from console.widgets.plain_label import PlainLabel
from console.widgets.search_field import SearchField
from console.workspaces.audit_deeds import AuditDeeds


class _Field(SearchField):
    """The field; Enter and Down lead on to what was found.

    Signals:
        left: The keyboard is wanted at the hits.
    """

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter:
            super().keyPressEvent(event)
        if enter or event.key() == Qt.Key.Key_Down:
            self.left.emit()
            return
        super().keyPressEvent(event)


class FindPane(Pane):
    """The pane.

    Signals:
        opened: A hit was entered: the keyboard goes to the conversation.
        filter_wanted: Something is to narrow the search.
        keep_wanted: The search is to be kept.
        kept_wanted: The kept searches are wanted.
    """

    opened = Signal()
    filter_wanted = Signal()
    keep_wanted = Signal()
    kept_wanted = Signal()

    def __init__(self, theme: Theme, store: Store, deeds: AuditDeeds, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset(), parent)
        self.setMinimumWidth(300)
        self._store = store
        self._deeds = deeds
        self._following = False
        self._begun = False
        self._waited = store.state.now
        self._today = store.state.now.astimezone().date()
        self._brand: str | None = store.state.brand
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        box = QVBoxLayout()
        box.setContentsMargins(14, 0, 14, 0)
        box.setSpacing(8)
        self.field = _Field(theme, texts_audit.SEARCH, "/")
        self.field.left.connect(self._to_hits)
        self.field.searched.connect(self._typed)
        box.addWidget(self.field)
        box.addLayout(self._buttons(theme))
        self.chips = FilterChips(theme)
        self.chips.removed.connect(self._remove)
        box.addWidget(self.chips)
        box.addLayout(self._counts(theme))
        self._note = PlainLabel(theme, "", CAPTION, tone="warn", wrap=True)
        self._note.hide()
        box.addWidget(self._note)
        column.addLayout(box)
        self._stack = PaneStack(COMPACT_ROW_HEIGHT)
        column.addWidget(self._stack, 1)
        self.model: HitsModel[SearchHit] = HitsModel(self._present, self)
        self.model.more_wanted.connect(self._deeds.search_more)
        self.hits = HitList(theme)
        self.hits.show_model(self.model)
        self.hits.chosen.connect(self._choose)
        self.hits.opened.connect(self._open)
        self._stack.addWidget(self.hits)
        self._places(theme)

    def _buttons(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        offered = (
            (ButtonProps(texts_audit.FILTER, icon="list-filter", key="F", small=True), self.filter_wanted),
            (ButtonProps(texts_audit.KEEP, key="B", small=True), self.keep_wanted),
            (ButtonProps(texts_audit.KEPT, key="L", small=True), self.kept_wanted),
        )
        for props, signal in offered:
            button = Button(theme, props)
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _counts(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(6, 0, 0, 0)
        self._count = PlainLabel(theme, "", SMALL_MEDIUM, ink="soft")
        row.addWidget(self._count, 1)
        self.order = Button(theme, ButtonProps(""))
        self.order.clicked.connect(self._turn)
        row.addWidget(self.order)
        return row

    def _places(self, theme: Theme) -> None:
        self._none = EmptyState(theme, EmptyStateProps("search", "", texts_audit.NO_HITS, "neutral"))
        self._empty = EmptyState(theme, EmptyStateProps("messages-square", "", texts_audit.NO_CONVERSATIONS, "neutral"))
        self._loading = EmptyState(theme, EmptyStateProps("loader-circle", "", strings.LOADING, "neutral"))
        self._failed: EmptyState | None = None
        for part in (self._none, self._empty, self._loading):
            self._stack.addWidget(part)

    def _present(self, hit: SearchHit) -> HitProps:
        return hit_props(hit, self._store.state.now)

    # -- the state -----------------------------------------------------------------------------------------------------

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        search = state.audit.search
        if not self._begun and state.session is not None and state.connection.phase == "live":
            self._begun = True
            self.ask(search.asked.model_copy(update={"brand": search.asked.brand or state.brand}))
        if not self.field.hasFocus() and self.field.text().strip() != search.asked.q:
            self.field.setText(search.asked.q)
            self.field.setCursorPosition(0)
        self._look_again(state)
        if state.brand != self._brand:
            # The one brand of the whole window narrows the search as well; its chip says so, and can be taken away.
            self._brand = state.brand
            self.ask(search.asked.model_copy(update={"brand": state.brand}))
        titles = {str(one.brand): one.title for one in brands(state)}
        self.chips.show_filters(filter_chips(search.asked, titles))
        self._say_count(found_words(search), loading=search.loading)
        note = search.problem if search.problem and search.hits else found_note(search)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        order = texts_audit.BEST_FIRST if search.asked.order == "best" else texts_audit.NEWEST_FIRST
        spoken = texts_audit.ORDER_SPOKEN.format(order=order)
        self.order.set_props(ButtonProps(order, "ghost", small=True, spoken=spoken, enabled=bool(search.asked.q)))
        today = state.now.astimezone().date()
        if today != self._today:
            self._today = today
            self.model.forget_shown()
        self._following = True
        another = self.model.set_hits(search.hits, (search.found, id(search.hits) if not search.hits else 0))
        if another:
            self.hits.scrollToTop()
        self._following = False
        self.model.set_more(search.next_page is not None)
        self._follow(state)
        self._show_place(search)

    def _look_again(self, state: AppState) -> None:
        """Ask anew now and then while nothing is found, or not everything is looked through: the index follows the log."""
        search = state.audit.search
        waits = search.last is not None and not search.loading and (not search.hits or search.last.catching_up)
        if not waits or search.problem or state.connection.phase != "live" or not self.isVisible():
            self._waited = state.now
        elif state.now - self._waited >= _AGAIN:
            self._waited = state.now
            self.ask(search.asked)

    def _say_count(self, words: str, *, loading: bool) -> None:
        if words != self._count.whole_text() and not loading and self.field.hasFocus():
            # Whoever types without seeing hears how much there is, once it is known.
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self._count.setText(words)

    def _follow(self, state: AppState) -> None:
        """Stand on the hit that is open, without opening it anew."""
        past = state.audit.past
        here = self.hits.currentIndex().row()
        hits = self.model.hits
        if 0 <= here < len(hits) and _is_open(hits[here], past.conversation, past.seq):
            return
        self._following = True
        place = -1
        if past.conversation is not None and len(hits) <= _FOLLOWED:
            place = next((at for at, hit in enumerate(hits) if _is_open(hit, past.conversation, past.seq)), -1)
        self.hits.stand_on(place)
        self._following = False

    def _show_place(self, search: Search) -> None:
        if search.hits:
            self._stack.setCurrentWidget(self.hits)
        elif search.problem:
            self._stack.setCurrentWidget(self._problem(search.problem))
        elif search.last is None or (search.loading and search.found != search.asked):
            self._stack.setCurrentWidget(self._loading)
        else:
            narrowed = bool(search.asked.q) or search.is_filtered
            self._stack.setCurrentWidget(self._none if narrowed else self._empty)

    def _problem(self, sentence: str) -> QWidget:
        if self._failed is not None and self._failed.accessibleName().endswith(sentence):
            return self._failed
        if self._failed is not None:
            self._stack.removeWidget(self._failed)
            self._failed.deleteLater()
        props = EmptyStateProps("circle-alert", texts_audit.SEARCH_FAILED, sentence, "warn", action=texts_audit.TRY_AGAIN)
        self._failed = EmptyState(self.theme, props)
        self._failed.acted.connect(lambda: self._deeds.search(self._store.state.audit.search.asked))
        self._stack.addWidget(self._failed)
        return self._failed

    # -- the person ----------------------------------------------------------------------------------------------------

    def _typed(self, typed: str) -> None:
        asked = self._store.state.audit.search.asked
        if typed != asked.q:
            self.ask(asked.model_copy(update={"q": typed[:400]}))

    def ask(self, asked: SearchAsked) -> None:
        """Look for something else."""
        self._deeds.search(asked)

    def _remove(self, key: str) -> None:
        self.ask(without(self._store.state.audit.search.asked, key))

    def _turn(self) -> None:
        asked = self._store.state.audit.search.asked
        self.ask(asked.model_copy(update={"order": "newest" if asked.order == "best" else "best"}))

    def _choose(self, row: int) -> None:
        if self._following:
            return
        hit = self.model.hits[row]
        last = self._store.state.audit.search.last
        understood = last.understood if last is not None else ()
        seq = hit.seq if self._store.state.audit.search.asked.q else None
        self._deeds.open_past(PastOpened(hit.found_in.conversation, seq, understood))

    def _open(self, row: int) -> None:
        hit = self.model.hits[row]
        past = self._store.state.audit.past
        if past.conversation != hit.found_in.conversation:
            self._choose(row)
        self.opened.emit()

    def _to_hits(self) -> None:
        (self.hits if self.hits.isVisible() else self).setFocus()

    def search(self) -> None:
        """Put the keyboard into the search."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()


_AGAIN: Final = timedelta(seconds=3)
_FOLLOWED = 2_000
"""Hits that are gone through to find the one that is open; further down nothing is marked until somebody goes there."""


def _is_open(hit: SearchHit, conversation: str | None, seq: int | None) -> bool:
    return hit.found_in.conversation == conversation and (seq is None or hit.seq == seq)

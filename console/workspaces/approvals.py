"""Approvals: one queue of asks, the shown one large, and what was said around it; cleared by keyboard alone (R-M2)."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from agent_core.contract.ids import AskId
from agent_core.contract.listing import ask_place_of
from agent_core.contract.views import AskCard
from console import strings, texts_acting, texts_clocks, words
from console.models.rows_model import RowsModel
from console.presenting import around
from console.presenting.approval import approval_props, headline
from console.presenting.rows import CHANNEL_ICONS, intent_words, promise
from console.presenting.transcript import KeptTranscript
from console.state.ages import ago
from console.state.app_state import AppState, WorkspaceKey
from console.state.happenings import AskChosen, ConversationChosen, News, QueueNarrowed
from console.state.selectors import missed_asks, newest_approval, next_ask, queued, shown_ask, waiting_asks
from console.state.store import Store
from console.strings import ConversationState
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, SMALL, TITLE
from console.widgets.approval_card import ApprovalCard
from console.widgets.button import Button, ButtonProps
from console.widgets.conversation_list import ConversationList, ConversationRowProps
from console.widgets.empty_state import EmptyState, EmptyStateProps, empty_place
from console.widgets.folding import FoldingPanes
from console.widgets.key_cap import KeyCapProps
from console.widgets.keyboard import has_keyboard
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.plain_label import PlainLabel
from console.widgets.transcript.view import TranscriptView
from console.workspaces.cards import follow
from console.workspaces.deciding import Deciding
from console.workspaces.workspace import Asking, Deeds, Picking, Workspace

if TYPE_CHECKING:
    from agent_core.contract.listing import Place
    from console.widgets.transcript.items import TranscriptItem

_STATES: dict[str, ConversationState] = {
    "approval": "awaiting_approval",
    "escalation": "awaiting_human",
    "quarantine": "quarantined",
    "unknown_outcome": "awaiting_external",
    "breach": "awaiting_human",
    "review": "awaiting_human",
}


def _state(card: AskCard) -> ConversationState:
    """What a row of the queue says: what it waits for, until it is decided; then that it is being done, or over."""
    if card.state in {"deciding", "executing"}:
        return "resolving"
    return "closed" if card.state == "closed" else _STATES[card.kind]


def queue_row(state: AppState, card: AskCard) -> ConversationRowProps:
    """An ask as a row of the queue."""
    clocks = [at for at in (card.next_breach, card.expires_at) if at is not None]
    breach, breached = promise(min(clocks, default=None), state.now, broken=bool(card.missed))
    row = state.rows.get(card.conversation)
    holder = card.claimed_name or ""
    picked = card.ask in state.acting.picked
    about = " · ".join(intent_words(name) for name in row.intents) if row else ""
    return ConversationRowProps(
        id=card.ask,
        name=card.customer_name,
        snippet=f"{headline(card)} — {card.sentence}" if card.kind == "approval" else card.sentence or card.title,
        state=_state(card),
        intents=texts_acting.CHOSEN if picked else holder or about or words.ASK_KINDS[card.kind],
        waiting=ago(card.raised_at, state.now),
        channel=CHANNEL_ICONS.get(row.channel if row else "", "message-circle"),
        unread=card.state == "waiting",
        breach=breach,
        breached=breached,
    )


class ApprovalsWorkspace(Workspace):
    """The workspace.

    Signals:
        open_wanted: The conversation of the shown ask is wanted in Live.
    """

    open_wanted = Signal()
    place: ClassVar[WorkspaceKey] = "approvals"

    def __init__(self, theme: Theme, store: Store, deeds: Deeds, asking: Asking, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._store = store
        self._deciding = Deciding(store, deeds, asking)
        self._picking: Picking | None = None
        self._read_to: Place | None = None
        self._heard: frozenset[AskId] | None = None
        self._following = False
        self._in_sight: AskId | None = None
        self._items: tuple[TranscriptItem, ...] = ()
        self._told = KeptTranscript()
        self._excerpt_of = ""
        self.card: ApprovalCard | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        row.addWidget(self._stack)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        queue, card, excerpt = self._queue_pane(theme), self._card_pane(theme), self._excerpt_pane(theme)
        self.folding = self._folding = FoldingPanes(theme, self.split, queue, excerpt)
        self._folding.turned.connect(self.enter)
        self._stack.addWidget(self._folding)
        self._empty = EmptyState(theme, empty_place("approvals"))
        self._stack.addWidget(self._empty)
        for pane in (queue, card, excerpt):
            self.split.addWidget(pane)
        self.split.setStretchFactor(2, 1)

    def use(self, picking: Picking) -> None:
        """Where like cases are chosen together."""
        self._picking = picking

    def _queue_pane(self, theme: Theme) -> QWidget:
        pane = Pane(theme)
        pane.setMinimumWidth(280)
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 13, 0, 0)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setContentsMargins(20, 0, 14, 0)
        head.setSpacing(8)
        head.addWidget(PlainLabel(theme, words.QUEUE, TITLE))
        self._count = PlainLabel(theme, "", SMALL, ink="quiet")
        head.addWidget(self._count)
        head.addStretch(1)
        column.addLayout(head)
        self.only_missed = Button(theme, ButtonProps("", icon="timer", key="V", small=True))
        self.only_missed.clicked.connect(self.narrow)
        self.only_missed.hide()
        line = QHBoxLayout()
        line.setContentsMargins(20, 0, 14, 0)
        line.addWidget(self.only_missed)
        line.addStretch(1)
        column.addLayout(line)
        self.model = RowsModel(self)
        self.queue = ConversationList(theme)
        self.queue.setAccessibleName(words.QUEUE)
        self.queue.setModel(self.model)
        self.queue.chosen.connect(self._choose)
        self.queue.opened.connect(self._open)
        column.addWidget(self.queue, 1)
        return pane

    def _card_pane(self, theme: Theme) -> QWidget:
        pane = Pane(theme, "sunken")
        pane.setMinimumWidth(400)
        outer = QVBoxLayout(pane)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = ScrollColumn(strings.NEEDS_YOU, 24, 10)
        outer.addWidget(scroll)
        self._place = QVBoxLayout()
        scroll.column.addLayout(self._place)
        scroll.column.addWidget(PlainLabel(theme, words.SIGN_TO_DECIDE, CAPTION, ink="quiet", wrap=True))
        scroll.column.addStretch(1)
        return pane

    def _excerpt_pane(self, theme: Theme) -> QWidget:
        pane = Pane(theme, "ground")
        pane.setMinimumWidth(320)
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = Pane(theme, "surface", frozenset({"bottom"}))
        bar.setFixedHeight(52)
        head = QHBoxLayout(bar)
        head.setContentsMargins(20, 0, 14, 0)
        head.addWidget(PlainLabel(theme, words.CONVERSATION_EXCERPT, TITLE), 1)
        button = Button(theme, ButtonProps(words.OPEN_CONVERSATION, icon="arrow-right", key="↵", small=True))
        button.clicked.connect(self.open_wanted)
        head.addWidget(button)
        column.addWidget(bar)
        self.excerpt = TranscriptView(theme)
        self.excerpt_loads = EmptyState(theme, EmptyStateProps("loader-circle", "", strings.LOADING, "neutral"))
        unreached = EmptyStateProps("cloud-off", "", words.EXCERPT_UNREACHED, "neutral")
        self.excerpt_unreached = EmptyState(theme, unreached)
        self.excerpt_stack = QStackedWidget()
        for one in (self.excerpt, self.excerpt_loads, self.excerpt_unreached):
            self.excerpt_stack.addWidget(one)
        column.addWidget(self.excerpt_stack, 1)
        return pane

    def fit(self, width: int) -> None:
        """Give the panes the widths that suit a window."""
        queue, card = (348, 500) if width >= 1_500 else (290, 440)
        self.split.setSizes([queue, card, max(320, width - queue - card - 2)])

    # -- the state -----------------------------------------------------------------------------------------------------

    def refresh(self, state: AppState) -> None:
        self.announce(state)
        queue = queued(state)
        self._show_missed(state)
        picked = len(state.acting.picked)
        said = (words.waiting_for_you(waiting_asks(state)), texts_acting.PICKED.of(picked) if picked else "")
        self._count.setText(texts_acting.JOIN.join(part for part in said if part))
        chosen = shown_ask(state)
        listed = list(queue)
        if chosen is not None and chosen not in queue:
            # What was just decided stays where it stood until the person moves on, and so does what went behind the pages
            # that were read: the list must never stand on another ask than the card.
            place = ask_place_of(chosen)
            at = sum(1 for card in queue if ask_place_of(card) < place)
            listed = [*queue[:at], chosen, *queue[at:]]
        # When its row goes, Qt stands on a neighbour: that is nobody's choice.
        self._following = True
        self.model.set_rows([queue_row(state, card) for card in listed])
        self._following = False
        self._stack.setCurrentWidget(self._folding if listed else self._empty)
        self._show_card(state, chosen)
        self._show_excerpt(state, chosen)
        if chosen is not None and self.isVisible():
            self._deciding.keep(chosen)
        self._following = True
        place = -1 if chosen is None else self.model.place_of(chosen.ask)
        if place >= 0 and chosen is not None:
            index = self.model.index(place, 0)
            if self.queue.currentIndex() != index:
                self.queue.setCurrentIndex(index)
            if self._in_sight != chosen.ask and self.isVisible():
                self._in_sight = chosen.ask
                self.queue.scrollTo(index)
        self._following = False
        if state.only_missed and not any(card.missed for card in queue):
            self._store.dispatch(QueueNarrowed(False))  # or what is missed next would hide the rest by surprise
        if self.isVisible() and chosen is not None:
            if state.ask != chosen.ask:
                # What is shown stays shown: a more urgent ask must not slip under a hand that is about to press.
                self._store.dispatch(AskChosen(chosen.ask))
                if self.card is not None and state.ask is not None:
                    self.card.settle()  # the one before is gone, and nobody chose this one
            if state.wanted != chosen.conversation:
                self._store.dispatch(ConversationChosen(chosen.conversation))

    def _show_missed(self, state: AppState) -> None:
        """Offer the overdue ones alone, while there are any."""
        count = len(missed_asks(state))
        spoken = texts_clocks.ALL_AGAIN_SPOKEN if state.only_missed else texts_clocks.ONLY_MISSED_SPOKEN.format(count=count)
        props = ButtonProps(
            texts_clocks.ONLY_MISSED.format(count=count), "primary" if state.only_missed else "secondary", "timer", "V",
            spoken=spoken, hint=spoken, small=True,
        )  # fmt: skip
        if props != self.only_missed.props:
            self.only_missed.set_props(props)
        self.only_missed.setVisible(bool(count))

    def _show_card(self, state: AppState, ask: AskCard | None) -> None:
        if ask is None:
            if self.card is not None:
                if has_keyboard(self.card):
                    self.queue.setFocus()
                self._place.removeWidget(self.card)
                self.card.hide()
                self.card.deleteLater()
                self.card = None
            return
        if self.card is None:
            self.card = ApprovalCard(self.theme, approval_props(state, ask))
            self._deciding.connect(self.card)
            self._place.addWidget(self.card)
            return
        follow(self.card, state, ask)

    def _show_excerpt(self, state: AppState, ask: AskCard | None) -> None:
        detail = state.detail
        if ask is None or detail is None or detail.row.conversation != ask.conversation:
            if self._excerpt_of:
                self._excerpt_of, self._items, self._told = "", (), KeptTranscript()
                self.excerpt.set_items((), fresh=True)
            if ask is not None:
                away = state.connection.phase == "offline"
                self.excerpt_stack.setCurrentWidget(self.excerpt_unreached if away else self.excerpt_loads)
            return
        self.excerpt_stack.setCurrentWidget(self.excerpt)
        items = self._told.at(detail, state.now, around.brand_title(state, detail.row.brand))
        if items != self._items or self._excerpt_of != ask.conversation:
            self.excerpt.set_items(items, fresh=self._excerpt_of != ask.conversation)
            self._items, self._excerpt_of = items, str(ask.conversation)

    def announce(self, state: AppState) -> None:
        """Tell a screen reader about asks that are new, wherever the person is."""
        waiting = frozenset(card.ask for card in state.asks.values() if card.state == "waiting")
        # What a page of the queue brings waited before, and is no news.
        paged, self._read_to = state.asking.reached != self._read_to, state.asking.reached
        fresh = waiting - (self._heard if self._heard is not None and not paged else waiting)
        self._heard = waiting | (self._heard or frozenset())
        for ask in fresh:
            card = state.asks[ask]
            said = words.NEW_ASK.format(what=card.title, who=card.customer_name)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    # -- the person ----------------------------------------------------------------------------------------------------

    def _choose(self, ask: str) -> None:
        if not self._following:
            self.show_ask(AskId(ask))

    def _open(self, _ask: str) -> None:
        self.open_wanted.emit()

    def narrow(self) -> None:
        """Show only what is overdue, from the first of it, or everything again."""
        missed, only = missed_asks(self._store.state), not self._store.state.only_missed
        if only and not missed:
            return
        self._store.dispatch(QueueNarrowed(only))
        shown = shown_ask(self._store.state)
        if only and (shown is None or not shown.missed):
            self.show_ask(missed[0].ask)

    def show_ask(self, ask: AskId) -> None:
        """Show an ask and what was said around it."""
        card = self._store.state.asks.get(ask)
        self._store.dispatch(AskChosen(ask))
        if card is not None:
            self._store.dispatch(ConversationChosen(card.conversation))

    def show_newest(self) -> bool:
        """Show the approval that was asked for last, and the whole queue where it is none of what is overdue."""
        newest = newest_approval(self._store.state)
        if newest is None:
            return False
        if not newest.missed:
            self._store.dispatch(QueueNarrowed(False))
        self.show_ask(newest.ask)
        return True

    def enter(self) -> None:
        self.keyboard_to(self.queue)

    def hints(self) -> tuple[KeyCapProps, ...]:
        if self._stack.currentWidget() is self._empty:
            return (KeyCapProps(("Ctrl K",), words.HINTS["commands"]), KeyCapProps(("?",), words.HINTS["all_keys"]))
        if self._store.state.acting.picked:
            return (
                KeyCapProps(("Space",), texts_acting.HINT_CHOOSE),
                KeyCapProps(("⇧ J",), texts_acting.HINT_NEXT),
                KeyCapProps(("A",), texts_acting.HINT_REVIEW),
                KeyCapProps(("Esc",), texts_acting.HINT_NONE),
            )
        return (
            KeyCapProps(("J", "K"), words.HINTS["move"]),
            KeyCapProps(("A",), words.HINTS["approve"]),
            KeyCapProps(("D",), words.HINTS["deny"]),
            KeyCapProps(("Z",), words.HINTS["undo"]),
            KeyCapProps(("↵",), words.HINTS["open"]),
            KeyCapProps(("?",), words.HINTS["all_keys"]),
        )

    def press(self, key: str) -> bool:
        match key:
            case "J" | "K":
                shown = shown_ask(self._store.state)
                wanted = next_ask(self._store.state, shown.ask if shown else None, 1 if key == "J" else -1)
                if wanted is not None:
                    self.show_ask(wanted)
            case "Space" | "Shift+J" | "Shift+A" | "Escape":
                return self._pick(key)
            case "A" if self._picking is not None and self._picking.review():
                pass
            case "V":
                self.narrow()
            case "Enter":
                self.open_wanted.emit()
            case _ if self._moves():
                self._store.dispatch(News("not-now", texts_acting.MOVED_UNDER))
            case "T":
                if self.card is not None and not self.card.press("take_over"):
                    self.open_wanted.emit()
            case _:
                return self._deciding.press(self.card, key)
        return True

    def _moves(self) -> bool:
        """Whether another card is chosen already than the one on the screen: no key acts on either of them yet."""
        chosen = shown_ask(self._store.state)
        return self.card is not None and chosen is not None and chosen.ask != self.card.props.key

    def _pick(self, key: str) -> bool:
        shown = shown_ask(self._store.state)
        if self._picking is None or shown is None:
            return False
        if key == "Escape":
            return self._picking.clear()
        if key == "Shift+A":
            self._picking.pick_like(shown.ask)
        elif self._picking.pick(shown.ask) and key == "Shift+J":
            self.press("J")
        return True

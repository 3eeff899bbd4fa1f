"""One conversation: its head, its transcript, and where a person writes when they are in control (R-M1, R-M3, R-E3)."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_core.contract.ids import ConversationId
from agent_core.contract.stopping import PausedWorkflow
from console import strings, words
from console.presenting import around
from console.presenting.handoff import doubts, packet_props
from console.presenting.looking_back import item_of
from console.presenting.stopping import banner
from console.presenting.transcript import KeptTranscript
from console.state.app_state import AppState
from console.state.selectors import in_control, paused_in
from console.theme.controller import Theme
from console.theme.fonts import SMALL_MEDIUM
from console.widgets.banner import Banner, BannerProps
from console.widgets.card import Icon
from console.widgets.composer import Composer, ComposerProps
from console.widgets.conversation_header import ConversationHeader, ConversationHeaderProps
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.packet_card import PacketCard
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.widgets.prompt_overlay import PromptProps
from console.widgets.transcript.view import TranscriptView
from console.workspaces.drafts import Drafts
from console.workspaces.workspace import Asking, Deeds

if TYPE_CHECKING:
    from agent_core.contract.views import ConversationDetail
    from console.widgets.transcript.items import TranscriptItem


class ConversationPane(Pane):
    """The pane.

    Signals:
        left: The person is done writing and wants the list again.
        assess_wanted: The handoff is wrong.
        route_wanted: Somebody else should work on it.
        repair_wanted: It is to be repaired.
        resume_wanted(str): A workflow that is paused may work again; its name.
    """

    left = Signal()
    assess_wanted = Signal()
    route_wanted = Signal()
    repair_wanted = Signal()
    resume_wanted = Signal(str)

    def __init__(self, theme: Theme, deeds: Deeds, asking: Asking, parent: QWidget | None = None) -> None:
        super().__init__(theme, "ground", frozenset(), parent)
        self.setMinimumWidth(400)
        self._deeds = deeds
        self._asking = asking
        self._shown: ConversationId | None = None
        self._items: tuple[TranscriptItem, ...] = ()
        self._told = KeptTranscript()
        self._detail: ConversationDetail | None = None
        self._drafts = Drafts()
        self._control = self._mine = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack)
        empty = EmptyStateProps("messages-square", "", strings.NO_CONVERSATION_CHOSEN)
        self._empty = EmptyState(theme, empty)
        self._stack.addWidget(self._empty)
        self._loading = EmptyState(theme, EmptyStateProps("loader-circle", "", strings.LOADING, "neutral"))
        self._stack.addWidget(self._loading)
        self._open = QWidget()
        self._stack.addWidget(self._open)
        column = QVBoxLayout(self._open)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.head = ConversationHeader(theme, ConversationHeaderProps("", (), "", can_route=False))
        self.head.control_wanted.connect(self._control_wanted)
        self.head.more_wanted.connect(self.read_log)
        self.head.route_wanted.connect(self.route_wanted)
        self.head.repair_wanted.connect(self.repair_wanted)
        column.addWidget(self.head)
        self.offline_box = QWidget()
        around_offline = QVBoxLayout(self.offline_box)
        around_offline.setContentsMargins(24, 8, 24, 0)
        around_offline.addWidget(Banner(theme, BannerProps("cloud-off", "warn", strings.OFFLINE)))
        self.offline_box.hide()
        column.addWidget(self.offline_box)
        self._paused_box, self._paused = QWidget(), tuple[PausedWorkflow, ...]()
        self._paused_column = QVBoxLayout(self._paused_box)
        self._paused_column.setContentsMargins(24, 8, 24, 0)
        self._paused_column.setSpacing(6)
        self._paused_box.hide()
        column.addWidget(self._paused_box)
        self.packet = PacketCard(theme, self._open)
        self.packet.wrong.connect(self.assess_wanted)
        column.addWidget(self.packet)
        self.transcript = TranscriptView(theme)
        column.addWidget(self.transcript, 1)
        self.composer = Composer(theme, ComposerProps("closed"))
        self.composer.sent.connect(self._send)
        column.addWidget(self.composer)
        self._hint = Pane(theme, "surface", frozenset({"top"}))
        hint = QHBoxLayout(self._hint)
        hint.setContentsMargins(24, 13, 16, 13)
        hint.setSpacing(9)
        hint.addWidget(Icon(theme, "info"))
        self._hint_words = PlainLabel(theme, "", SMALL_MEDIUM, ink="soft", wrap=True)
        hint.addWidget(self._hint_words, 1)
        column.addWidget(self._hint)

    @property
    def shown(self) -> ConversationId | None:
        """The conversation on the screen: none while the one that is wanted loads."""
        return self._shown

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        detail = self._detail = state.detail
        self.offline_box.setVisible(state.connection.phase == "offline")
        if state.session is None and state.keyring.resting:
            self._drafts.forget()
            self.composer.clear()
        if detail is None:
            self._stack.setCurrentWidget(self._loading if state.wanted is not None else self._empty)
            self._shown, self._items, self._told = None, (), KeptTranscript()
            return
        self._stack.setCurrentWidget(self._open)
        props = around.header(state)
        if props is not None:
            self.head.set_props(props)
            self._control = props.in_control
            self._mine = in_control(state)
        self._show_paused(paused_in(state, detail.row), state.now)
        items = self._told.at(detail, state.now, around.brand_title(state, detail.row.brand))
        fresh = detail.row.conversation != self._shown
        if fresh or items != self._items:
            self._shown, self._items = detail.row.conversation, items
            self.transcript.set_items(items, fresh=fresh)
        if fresh:
            self.packet.fold(False)
        self.packet.set_props(packet_props(state))
        self._refresh_composer(state, detail.row.conversation)

    def _show_paused(self, paused: tuple[PausedWorkflow, ...], now: datetime) -> None:
        """Say which of its workflows are paused, by whom and since when, with the way to let them work again."""
        if paused == self._paused:
            return
        self._paused = paused
        while (old := self._paused_column.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for one in paused:
            shown = Banner(self.theme, banner(one, now))
            shown.acted.connect(partial(self.resume_wanted.emit, one.workflow))
            self._paused_column.addWidget(shown)
        self._paused_box.setVisible(bool(paused))

    def _refresh_composer(self, state: AppState, conversation: ConversationId) -> None:
        mode, hint = around.composer(state)
        # Words leave the field once the core took them, and wait there for whoever comes back to what they are for.
        self._field_says(self._drafts.settled(state, self.composer.text()))
        self._field_says(self._drafts.turned(conversation, mode, self.composer.text()))
        pending = state.pending.get(f"reply:{conversation}")
        self.composer.set_props(ComposerProps(mode, pending is not None, doubts(state.doubted)))
        self._hint.setVisible(mode == "closed")
        self._hint_words.setText(hint)

    def _field_says(self, text: str) -> None:
        if text != self.composer.text():
            self.composer.write(text)

    def carry_on(self, old: "ConversationPane") -> None:
        """Go on with what is half written in a pane that goes."""
        self.composer.write(self._drafts.carried(old._drafts, old.composer.text()))

    def _send(self, mode: str, text: str) -> None:
        if self._shown is None or not text.strip():
            return
        self._drafts.sent(self._shown, mode, text)
        if mode == "guidance":
            self._deeds.steer(self._shown, text)
        else:
            self._deeds.reply(self._shown, text)

    def _control_wanted(self, take: bool) -> None:
        if take:
            self.take_over()
        else:
            self.hand_back()

    def take_over(self) -> None:
        """Take control: narrowing, at once."""
        if self._shown is not None and not self._mine:
            self._deeds.take_over(self._shown)

    def hand_back(self) -> None:
        """Ask for a note to the agent and give control back."""
        conversation = self._shown
        if conversation is None or not self._control:
            return
        props = _hand_back(conversation)
        self._asking.ask(props, lambda note: self._deeds.hand_back(conversation, note))

    def hand_to_team(self) -> None:
        """Ask, and stop the agent here without owning the conversation."""
        conversation = self._shown
        if conversation is not None:
            self._asking.ask(_hand_to_team(conversation), lambda _: self._deeds.hand_to_team(conversation))

    def show_source(self, seq: int) -> None:
        """Stand on the item of the transcript that an event belongs to: of a fact, the result it was read from."""
        if self._detail is not None:
            self.show_item(item_of(self._detail, seq))

    def show_item(self, key: str) -> None:
        """Stand on an item of the transcript."""
        shown = [block.key for block in self.transcript.blocks]
        if key in shown:
            self.transcript.setFocus()
            self.transcript.set_current(shown.index(key))

    def read_log(self) -> None:
        """Show the log itself."""
        if self._shown is not None:
            self._deeds.read_log(self._shown)

    def write(self) -> bool:
        """Put the keyboard into the field, if one can write."""
        if not self.composer.isVisible():
            return False
        self.composer.focus_field()
        return True


def _hand_back(conversation: str) -> PromptProps:
    return PromptProps(
        f"hand_back:{conversation}", words.HAND_BACK_TITLE, words.HAND_BACK_WORDS, strings.HAND_BACK, "accent", "undo-2",
        words.HAND_BACK_FIELD,
    )  # fmt: skip


def _hand_to_team(conversation: str) -> PromptProps:
    return PromptProps(
        f"hand_to_team:{conversation}", words.HAND_TEAM_TITLE, words.HAND_TEAM_WORDS, words.HAND_TEAM_YES, "warn", "users"
    )

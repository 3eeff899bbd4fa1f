"""Live: every conversation as it happens, the chosen one whole, and beside it what the agent believes (R-M1, R-M3)."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from agent_core.contract.ids import AskId
from console import texts_shell, words
from console.state.app_state import AppState, WorkspaceKey
from console.state.happenings import News
from console.state.store import Store
from console.theme.controller import Theme
from console.widgets.folding import FoldingPanes
from console.widgets.key_cap import KeyCapProps
from console.workspaces.conversation_pane import ConversationPane
from console.workspaces.deciding import Deciding
from console.workspaces.live_list import LiveList
from console.workspaces.side_column import SideColumn
from console.workspaces.workspace import Asking, Deeds, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator


class LiveWorkspace(Workspace):
    """The workspace.

    Signals:
        propose_wanted: An action of one's own is to be proposed in the open conversation.
        pause_wanted(str, str): Stop a workflow of a brand, or let it work again.
    """

    propose_wanted = Signal()
    pause_wanted = Signal(str, str)
    place: ClassVar[WorkspaceKey] = "live"

    def __init__(self, theme: Theme, store: Store, deeds: Deeds, asking: Asking, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._deciding = Deciding(store, deeds, asking)
        self.listed = LiveList(theme, store, deeds)
        self.conversation = ConversationPane(theme, deeds, asking)
        self.side = SideColumn(theme, self._deciding)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        for pane in (self.listed, self.conversation, self.side):
            self.split.addWidget(pane)
        self.split.setStretchFactor(1, 1)
        self.folding = self._folding = FoldingPanes(theme, self.split, self.listed, self.side)
        self._folding.turned.connect(self.enter)
        row.addWidget(self._folding)
        self.listed.opened.connect(self.conversation.transcript.setFocus)
        self.side.source_wanted.connect(self.conversation.show_source)
        self.side.item_wanted.connect(self.conversation.show_item)
        self._store = store
        self.side.pause_wanted.connect(self._pause_wanted)
        self.conversation.resume_wanted.connect(self._pause_wanted)
        self.setFocusProxy(self.listed.rows)

    def _pause_wanted(self, workflow: str) -> None:
        detail = self._store.state.detail
        if detail is not None:
            self.pause_wanted.emit(detail.row.brand, workflow)

    def fit(self, width: int) -> None:
        """Give the panes the widths that suit a window."""
        side = 400 if width >= 1_500 else 364
        listed = 348 if width >= 1_500 else 312
        self.split.setSizes([listed, max(400, width - side - listed - 2), side])

    def ready(self, state: AppState) -> "Iterator[None]":
        return self.listed.ready(state)

    def refresh(self, state: AppState) -> None:
        self.listed.refresh(state)
        self.conversation.refresh(state)
        self.side.refresh(state)
        self._folding.say(True, wanted=self.side.waits)
        for card in self.side.cards if self.isVisible() else ():
            held = state.asks.get(AskId(card.props.key))
            if held is not None:
                self._deciding.keep(held)

    def hints(self) -> tuple[KeyCapProps, ...]:
        return (
            KeyCapProps(("J", "K"), words.HINTS["move"]),
            KeyCapProps(("A",), words.HINTS["approve"]),
            KeyCapProps(("T",), words.HINTS["take_over"]),
            KeyCapProps(("Ctrl K",), words.HINTS["commands"]),
            KeyCapProps(("?",), words.HINTS["all_keys"]),
        )

    def enter(self) -> None:
        self.keyboard_to(self.listed.rows, self.conversation.transcript)

    def press(self, key: str) -> bool:
        match key:
            case "J" | "K":
                self.listed.rows.step(1 if key == "J" else -1)
            case "V" | "/":
                self.listed.press(key)
            case "X":
                self.conversation.repair_wanted.emit()
            case "Escape":
                self.enter()
            case _ if self._store.state.wanted != self.conversation.shown:
                pass  # the list stands elsewhere already: no key acts on the conversation that is left, nor on one unseen
            case _:
                return self._press_here(key)
        return True

    def _press_here(self, key: str) -> bool:
        """Take a key for the conversation on the screen."""
        pane = self.conversation
        if self._folding.hides_last and self._deciding.takes(self.side.first_card, key):
            # No key acts on a card that nobody sees: the first press shows it.
            self._folding.turn()
            self._store.dispatch(News("not-now", texts_shell.FOLD_LOOK_FIRST))
            return True
        match key:
            case "T":
                pane.take_over()
            case "H":
                pane.hand_back()
            case "M":
                pane.hand_to_team()
            case "W":
                return pane.write()
            case "R":
                # New words of a customer come first: the same key confirms that they were seen.
                if not self._deciding.press(self.side.first_card, key):
                    pane.route_wanted.emit()
            case "F":
                pane.assess_wanted.emit()
            case "O":
                self.propose_wanted.emit()
            case "P":
                pane.packet.toggle()
            case "G":
                pane.read_log()
            case _:
                return self._deciding.press(self.side.first_card, key)
        return True

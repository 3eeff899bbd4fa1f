"""The cards of open asks as widgets that follow the state: built once per ask, changed only where something changed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_core.contract.views import AskCard
from console import strings
from console.presenting.approval import approval_props, frozen
from console.state.app_state import AppState
from console.theme.controller import Theme
from console.widgets.approval_card import ApprovalCard
from console.widgets.approval_state import Closed, UndoCountdown
from console.widgets.keyboard import has_keyboard
from console.workspaces.deciding import Deciding

if TYPE_CHECKING:
    from agent_core.contract.ids import ConversationId


def follow(card: ApprovalCard, state: AppState, ask: AskCard) -> None:
    """Bring a card up to date; clocks move without building anything again."""
    props = approval_props(state, ask)
    if frozen(props) != frozen(card.props):
        card.set_props(props)
    else:
        card.set_wait(props.wait_s)
        if props.seconds_left is not None:
            card.set_seconds_left(props.seconds_left)
        if isinstance(props.state, UndoCountdown):
            card.set_undo_seconds(props.state.seconds)
        if str(ask.ask) not in state.pending:
            card.release()


class AskCards(QWidget):
    """Several cards below each other."""

    def __init__(self, theme: Theme, deciding: Deciding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(strings.NEEDS_YOU)
        self._theme = theme
        self._deciding = deciding
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(9)
        self.cards: list[ApprovalCard] = []
        self._of: ConversationId | None = None

    def show_nothing(self) -> None:
        """Nothing is known to stand here: no press means anything."""
        self._of = None
        self._drop(self.cards)
        self.cards = []

    def show_asks(self, state: AppState, asks: list[AskCard]) -> None:
        """Show these asks, in this order."""
        of = asks[0].conversation if asks else None
        before = self.cards if of == self._of else []
        self._of = of
        if [card.props.key for card in self.cards] != [ask.ask for ask in asks]:
            stood = [(card.props.key, isinstance(card.props.state, Closed)) for card in before]
            self._build(state, asks)
            for (key, over), card in zip(stood, self.cards, strict=False):
                if key != card.props.key and not over:
                    card.settle()  # one that was decided elsewhere went, or a more urgent one came: nobody chose this one
            return
        for card, ask in zip(self.cards, asks, strict=True):
            follow(card, state, ask)

    def _build(self, state: AppState, asks: list[AskCard]) -> None:
        kept = {card.props.key: card for card in self.cards}
        self.cards = []
        for ask in asks:
            card = kept.pop(ask.ask, None)
            if card is None:
                card = ApprovalCard(self._theme, approval_props(state, ask))
                self._deciding.connect(card)
            else:
                follow(card, state, ask)
            self.cards.append(card)
        self._drop(kept.values())
        for at, card in enumerate(self.cards):
            self._column.insertWidget(at, card)

    def _drop(self, cards: Iterable[ApprovalCard]) -> None:
        """Take cards away; the keyboard stays here and goes to no neighbour, where a press would mean another deed."""
        for gone in cards:
            if has_keyboard(gone):
                self.setFocus()
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()

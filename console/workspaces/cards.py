"""The cards of open asks as widgets that follow the state: built once per ask, changed only where something changed."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_core.contract.views import AskCard
from console.presenting.approval import approval_props, frozen
from console.state.app_state import AppState
from console.theme.controller import Theme
from console.widgets.approval_card import ApprovalCard
from console.widgets.approval_state import UndoCountdown
from console.workspaces.deciding import Deciding


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
        self._theme = theme
        self._deciding = deciding
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(9)
        self.cards: list[ApprovalCard] = []

    def show_asks(self, state: AppState, asks: list[AskCard]) -> None:
        """Show these asks, in this order."""
        if [card.props.key for card in self.cards] != [ask.ask for ask in asks]:
            self._build(state, asks)
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
        for gone in kept.values():
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for at, card in enumerate(self.cards):
            self._column.insertWidget(at, card)

"""Beside a request: what is wrong, what the next turn would be, the open calls, and the one thing to do (R-M4, R-A8).

What stands on top never scrolls away, and no news lies over it: the repair, or why there is none. It must never send
anything by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from console import texts_triage as texts
from console.theme.controller import Theme
from console.theme.fonts import BODY_STRONG, SMALL
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon, SectionHeading, SectionProps
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.plain_label import PlainLabel
from console.widgets.triage.call_card import CallCard, CallProps
from console.widgets.triage.info_card import InfoCard, InfoProps

_MARGIN: Final = 14


@dataclass(frozen=True, slots=True)
class SideProps:
    """What stands beside a request; the two buttons act on what is shown.

    Attributes:
        cards: What is to be said first, from the most urgent on.
        calls: Open calls.
        after: What is to be said below the calls.
        act: The one thing to do.
        other: Something else that can be done.
        note: Why it cannot be done.
        verdict: What would follow, always in sight: icon, tone, words.
    """

    cards: tuple[InfoProps, ...] = ()
    calls: tuple[CallProps, ...] = ()
    after: tuple[InfoProps, ...] = ()
    act: ButtonProps | None = None
    other: ButtonProps | None = None
    note: str = ""
    verdict: tuple[str, Tone, str] | None = None


class TriageSide(Pane):
    """The column.

    Signals:
        acted: The one thing to do was pressed.
        other_wanted: The other button was pressed.
        said(str, str): A call, and what the person says about it.
        ask_wanted(str): The other side is to be asked about this call.
        sign_wanted(str): What is said about this call is to be signed by itself.
    """

    acted = Signal()
    other_wanted = Signal()
    said = Signal(str, str)
    ask_wanted = Signal(str)
    sign_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sunken", frozenset(), parent)
        self.setMinimumWidth(320)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.cards_scroll = ScrollColumn(texts.DIAGNOSIS, 14, 10)
        self._first = _Cards(theme)
        self._heading = SectionHeading(theme, SectionProps("wrench", texts.CALLS))
        self._calls = QVBoxLayout()
        self._calls.setSpacing(10)
        self.cards: list[CallCard] = []
        self._after = _Cards(theme)
        self.cards_scroll.column.addWidget(self._first)
        self.cards_scroll.column.addWidget(self._heading)
        self.cards_scroll.column.addLayout(self._calls)
        self.cards_scroll.column.addWidget(self._after)
        self.cards_scroll.column.addStretch(1)
        self._head = Pane(theme, "surface", frozenset({"bottom"}))
        head = QVBoxLayout(self._head)
        head.setContentsMargins(_MARGIN, 11, _MARGIN, 12)
        head.setSpacing(9)
        told = QHBoxLayout()
        told.setSpacing(8)
        self._sign = Icon(theme, "info", None, 17)
        self._verdict = PlainLabel(theme, "", BODY_STRONG, wrap=True)
        told.addWidget(self._sign)
        told.addWidget(self._verdict, 1)
        head.addLayout(told)
        self._note = PlainLabel(theme, "", SMALL, ink="soft", wrap=True, limit=500)
        head.addWidget(self._note)
        buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        buttons.setSpacing(8)
        self._buttons = buttons
        self.act = Button(theme, ButtonProps(texts.REPAIR))
        self.act.clicked.connect(self.acted)
        self.other = Button(theme, ButtonProps(texts.OPEN_LIVE))
        self.other.clicked.connect(self.other_wanted)
        buttons.addWidget(self.act, 1)
        buttons.addWidget(self.other)
        head.addLayout(buttons)
        outer.addWidget(self._head)
        outer.addWidget(self.cards_scroll, 1)

    def show_props(self, props: SideProps, *, fresh: bool) -> None:
        """Show this; `fresh`: of something else than before, so begin at the top."""
        self._first.show_cards(props.cards)
        self._after.show_cards(props.after)
        self._heading.setVisible(bool(props.calls))
        self._show_calls(props.calls)
        self._head.setVisible(props.act is not None or props.other is not None or bool(props.note))
        self._sign.setVisible(props.verdict is not None)
        self._verdict.setVisible(props.verdict is not None)
        if props.verdict is not None:
            icon, tone, words = props.verdict
            self._sign.set_icon(icon, tone)
            self._verdict.set_ink("text", tone)
            self._verdict.setText(words)
        self._note.setVisible(bool(props.note))
        self._note.setText(props.note)
        for button, wanted in ((self.act, props.act), (self.other, props.other)):
            button.setVisible(wanted is not None)
            if wanted is not None:
                button.set_props(wanted)
        self._fit()
        if fresh:
            self.cards_scroll.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Buttons whose words do not fit beside each other stand above each other."""
        shown = [one for one in (self.act, self.other) if not one.isHidden()]
        needed = sum(one.sizeHint().width() for one in shown) + 8 * (len(shown) - 1) + 2 * _MARGIN
        stacked = needed > self.width()
        ways = QBoxLayout.Direction
        self._buttons.setDirection(ways.TopToBottom if stacked else ways.LeftToRight)

    def _show_calls(self, calls: Sequence[CallProps]) -> None:
        if [card.props.key for card in self.cards] == [one.key for one in calls]:
            for card, props in zip(self.cards, calls, strict=True):
                moved = props.current and not card.props.current
                card.set_props(props)
                if moved:
                    self.cards_scroll.ensureWidgetVisible(card)
            return
        for card in self.cards:
            self._calls.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        for props in calls:
            card = CallCard(self.theme, props)
            card.said.connect(self.said)
            card.ask_wanted.connect(self.ask_wanted)
            card.sign_wanted.connect(self.sign_wanted)
            self.cards.append(card)
            self._calls.addWidget(card)


class _Cards(QWidget):
    """Info cards above each other; built again only where one has changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._cards: list[InfoCard] = []

    def show_cards(self, props: Sequence[InfoProps]) -> None:
        """Show these."""
        while len(self._cards) < len(props):
            self._cards.append(InfoCard(self._theme))
            self._column.addWidget(self._cards[-1])
        for at, card in enumerate(self._cards):
            card.show_props(props[at] if at < len(props) else None)
        self.setVisible(bool(props))

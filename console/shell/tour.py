"""The tour's card, in the lower left corner: one step, what to do next, and a way out (R-M8).

It covers nothing that is decided and takes no keys. It must never press anything for a person.
"""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import texts_tour
from console.state.tour import STEPS, TourStep, place_of
from console.theme.controller import Theme
from console.theme.fonts import BODY_STRONG, CAPTION, SMALL
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon
from console.widgets.floating import SHADOW, FloatingPlane
from console.widgets.nav_rail import RAIL_WIDTH
from console.widgets.plain_label import PlainLabel

_WIDE = 284
_BELOW = 36
"""Pixels of the status bar and a little air."""

_LEADS_TO: dict[TourStep, str] = {
    "key": "go:settings", "wait": "go:live", "approvals": "go:approvals", "done": "guide:start",
}  # fmt: skip


class Tour(QObject):
    """The tour of one window.

    Signals:
        wanted(str): The key of what a button leads to.
        ended: The person has enough of it.
    """

    wanted = Signal(str)
    ended = Signal()

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._card: FloatingPlane | None = None
        self.step: TourStep | None = None
        window.installEventFilter(self)

    def show_step(self, step: TourStep | None) -> None:
        """Show a step, or nothing."""
        if step == self.step:
            return
        self.step = step
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
            self._card = None
        if step is not None:
            self._card = self._built(step)
            self._place()
            self._card.show()
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._card, self._card.accessibleName()))

    def _built(self, step: TourStep) -> FloatingPlane:
        card = FloatingPlane(self._theme, self._window, radius=12)
        card.setFixedWidth(_WIDE + 2 * SHADOW)
        progress = texts_tour.PROGRESS.format(step=place_of(step), steps=len(STEPS))
        title, words = texts_tour.TITLES[step], texts_tour.WORDS[step]
        card.setAccessibleName(texts_tour.SPOKEN.format(progress=progress, title=title, words=words))
        column = QVBoxLayout(card)
        column.setContentsMargins(SHADOW + 14, SHADOW + 12, SHADOW + 14, SHADOW + 12)
        column.setSpacing(5)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon(self._theme, "signature" if step != "done" else "badge-check", "accent", 16))
        head.addWidget(PlainLabel(self._theme, progress, CAPTION, ink="quiet"), 1)
        column.addLayout(head)
        column.addWidget(PlainLabel(self._theme, title, BODY_STRONG, wrap=True))
        column.addWidget(PlainLabel(self._theme, words, SMALL, ink="soft", wrap=True, limit=400))
        row = QHBoxLayout()
        row.setContentsMargins(0, 5, 0, 0)
        row.setSpacing(8)
        lead = texts_tour.ACTIONS[step]
        if lead:
            go = Button(self._theme, ButtonProps(lead, "primary", small=True))
            go.clicked.connect(lambda: self.wanted.emit(_LEADS_TO[step]))
            row.addWidget(go)
        words_of_end = texts_tour.FINISH if step == "done" else texts_tour.SKIP
        end = Button(self._theme, ButtonProps(words_of_end, "ghost", small=True))
        end.clicked.connect(self.ended)
        row.addWidget(end)
        row.addStretch(1)
        column.addLayout(row)
        return card

    def _place(self) -> None:
        if self._card is None:
            return
        self._card.fit_height()
        top = self._window.height() - _BELOW - self._card.height() + SHADOW
        self._card.move(RAIL_WIDTH + 10 - SHADOW, max(0, top))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._place()
        return False

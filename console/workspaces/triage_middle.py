"""The middle of Triage: the request block by block, before and after, what if; or the conversation alive again (R-M4).

It must never show one thing under the head of another: what belongs to something older goes before the newer comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console import texts_triage as texts
from console.state.triage import TriageView
from console.theme.controller import Theme
from console.theme.fonts import HEADING, SMALL, SMALL_STRONG
from console.widgets.button import Button, ButtonProps
from console.widgets.chip import Chip, ChipProps
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.widgets.transcript.view import TranscriptView
from console.widgets.triage.items import RequestItem
from console.widgets.triage.request_view import RequestView

if TYPE_CHECKING:
    from console.widgets.transcript.items import TranscriptItem


@dataclass(frozen=True, slots=True)
class MiddleHead:
    """What stands above: whose it is, in a word what is wrong, a quiet line, the views, and the one that is shown.

    Attributes:
        view: The view that is shown; None where there is nothing to choose.
        columns: Names of two columns; empty for one.
        other_run: Words of a button to the request of another workflow; empty for none.
    """

    name: str
    chip: ChipProps | None = None
    detail: str = ""
    view: TriageView | None = None
    views: tuple[TriageView, ...] = ()
    counts: tuple[str, ...] = ()
    columns: tuple[str, str] | None = None
    other_run: str = ""


@dataclass(frozen=True, slots=True)
class MiddleStrip:
    """A strip below the head: what this is in a sentence, and up to three buttons with their keys."""

    words: str
    buttons: tuple[tuple[str, ButtonProps], ...] = ()


_HEAD = 68
_NAME = 200
"""So much of a long name stands beside the views."""


class TriageMiddle(Pane):
    """The pane.

    Signals:
        view_chosen(str): Another view is wanted.
        run_wanted: The request of the next workflow is wanted.
        pressed(str): A button of the strip, by its id.
    """

    view_chosen = Signal(str)
    run_wanted = Signal()
    pressed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "ground", frozenset(), parent)
        self.setMinimumWidth(400)
        self._head_shown: MiddleHead | None = None
        self._strip_shown: MiddleStrip | None = None
        self._strip: QWidget | None = None
        self._items: tuple[RequestItem, ...] = ()
        self._said: tuple[TranscriptItem, ...] = ()
        self._subject = ""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._build_head(theme)
        self._strip_place = QVBoxLayout()
        self._strip_place.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._strip_place)
        self._names = Pane(theme, "sunken", frozenset({"bottom"}))
        names = QHBoxLayout(self._names)
        names.setContentsMargins(24, 5, 24, 5)
        names.setSpacing(12)
        self._left = PlainLabel(theme, "", SMALL_STRONG, ink="quiet")
        self._right = PlainLabel(theme, "", SMALL_STRONG, ink="quiet")
        names.addWidget(self._left, 1)
        names.addWidget(self._right, 1)
        self._column.addWidget(self._names)
        self._stack = QStackedWidget()
        self._column.addWidget(self._stack, 1)
        self.request = RequestView(theme)
        self._stack.addWidget(self.request)
        self.alive = TranscriptView(theme)
        self._stack.addWidget(self.alive)
        self._empty: EmptyState | None = None
        self._empty_shown: EmptyStateProps | None = None

    def _build_head(self, theme: Theme) -> None:
        self._head = Pane(theme, "surface", frozenset({"bottom"}))
        self._head.setFixedHeight(_HEAD)
        lines = QVBoxLayout(self._head)
        lines.setContentsMargins(24, 0, 16, 0)
        lines.setSpacing(0)
        row = self._beside = QHBoxLayout()
        lines.addLayout(row)
        self._below = QHBoxLayout()
        lines.addLayout(self._below)
        row.setSpacing(10)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        first = QHBoxLayout()
        first.setSpacing(8)
        self._name = PlainLabel(theme, "", HEADING, limit=120)
        first.addWidget(self._name)
        self._chip = Chip(theme, ChipProps(""))
        first.addWidget(self._chip)
        first.addStretch(1)
        words.addLayout(first)
        self._detail = PlainLabel(theme, "", SMALL, ink="quiet", limit=200)
        words.addWidget(self._detail)
        words.addStretch(1)
        row.addLayout(words, 1)
        self._other_run = Button(theme, ButtonProps("", icon="route", key="W", small=True))
        self._other_run.clicked.connect(self.run_wanted)
        row.addWidget(self._other_run)
        self.views = Segmented(theme, SegmentedProps(texts.VIEW, (), ""))
        self.views.chosen.connect(self.view_chosen)
        row.addWidget(self.views)
        self._column.addWidget(self._head)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit_head()

    def _fit_head(self) -> None:
        """Where the views have no room beside the name they stand below it."""
        head = self._head_shown
        beside = [one for one in (self._chip, self._other_run, self.views) if not one.isHidden()]
        needed = min(self._name.sizeHint().width(), _NAME) + sum(one.sizeHint().width() + 10 for one in beside) + 40
        below = head is not None and head.view is not None and needed > self.width()
        if below == (self._below.count() > 0):
            return
        (self._beside if below else self._below).removeWidget(self.views)
        if below:
            self._below.addWidget(self.views)
            self._below.addStretch(1)
        else:
            while (item := self._below.takeAt(0)) is not None:
                del item
            self._beside.addWidget(self.views)
        self._head.setFixedHeight(_HEAD + 40 if below else _HEAD)

    def show_head(self, head: MiddleHead | None) -> None:
        """Show whose it is and what can be shown."""
        self._head.setVisible(head is not None)
        self._names.setVisible(head is not None and head.columns is not None)
        if head is None or head == self._head_shown:
            return
        self._head_shown = head
        self._name.setText(head.name)
        self._chip.setVisible(head.chip is not None)
        if head.chip is not None:
            self._chip.set_props(head.chip)
            self._chip.setMinimumWidth(self._chip.sizeHint().width())
        self._detail.setText(head.detail)
        self.views.setVisible(head.view is not None)
        if head.view is not None:
            counts = head.counts or ("",) * len(head.views)
            segments = tuple(Segment(key, texts.VIEWS[key], count) for key, count in zip(head.views, counts, strict=True))
            self.views.set_props(SegmentedProps(texts.VIEW, segments, head.view))
            self.views.setFixedWidth(self.views.sizeHint().width())
        self._other_run.setVisible(bool(head.other_run))
        if head.other_run:
            self._other_run.set_props(ButtonProps(head.other_run, icon="route", key="W", small=True))
        if head.columns is not None:
            self._left.setText(head.columns[0])
            self._right.setText(head.columns[1])
        self._fit_head()

    def show_strip(self, strip: MiddleStrip | None) -> None:
        """Show a strip below the head, or none."""
        if strip == self._strip_shown:
            return
        self._strip_shown = strip
        if self._strip is not None:
            self._strip_place.removeWidget(self._strip)
            self._strip.hide()
            self._strip.deleteLater()
            self._strip = None
        if strip is None:
            return
        pane = Pane(self.theme, "surface", frozenset({"bottom"}))
        row = QHBoxLayout(pane)
        row.setContentsMargins(24, 9, 16, 9)
        row.setSpacing(8)
        row.addWidget(PlainLabel(self.theme, strip.words, SMALL, ink="soft", wrap=True, limit=500), 1)
        for key, props in strip.buttons:
            button = Button(self.theme, props)
            button.clicked.connect(lambda _on=False, key=key: self.pressed.emit(key))
            row.addWidget(button)
        self._strip = pane
        self._strip_place.addWidget(pane)

    def show_items(self, subject: str, items: Sequence[RequestItem], *, at_fault: bool) -> None:
        """Show a request or a comparison. `subject`: what it is of; another one begins anew."""
        self._stack.setCurrentWidget(self.request)
        shown = tuple(items)
        fresh = subject != self._subject
        if not fresh and shown == self._items:
            return
        self._subject, self._items = subject, shown
        self.request.set_items(shown, fresh=fresh)
        # The first fault may stand in messages that came later.
        if at_fault and self.request.current < 0:
            self.request.show_first_fault()

    def show_alive(self, items: "Sequence[TranscriptItem]") -> None:
        """Show the conversation as it goes on."""
        self._stack.setCurrentWidget(self.alive)
        shown = tuple(items)
        if shown != self._said:
            self.alive.set_items(shown, fresh=not self._said)
            self._said = shown
        self._subject = ""

    def show_empty(self, props: EmptyStateProps) -> EmptyState:
        """Show that there is nothing, and why."""
        self._subject, self._items, self._said = "", (), ()
        if self._empty is None or props != self._empty_shown:
            if self._empty is not None:
                self._stack.removeWidget(self._empty)
                self._empty.deleteLater()
            self._empty, self._empty_shown = EmptyState(self.theme, props), props
            self._empty.acted.connect(lambda: self.pressed.emit("empty"))
            self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)
        return self._empty

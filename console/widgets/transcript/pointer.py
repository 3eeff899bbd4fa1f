"""What the mouse does in a transcript: press, drag, double and triple click, and scrolling while dragging.

It must never change what is chosen on a mere move.
"""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from console.widgets.transcript.block import Block
from console.widgets.transcript.selection import Place, Range

_TRIPLE_DISTANCE = 6


class Selectable(Protocol):
    """What the pointer needs of the view."""

    current: int
    chosen: Range | None

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks shown."""
        ...

    def place_at(self, point: QPointF) -> Place:
        """Return the boundary nearest to a point."""
        ...

    def over_text(self, point: QPointF) -> bool:
        """Say whether a point is on words."""
        ...

    def choose(self, chosen: Range | None) -> None:
        """Select a range."""
        ...

    def selected_text(self) -> str:
        """Return what is chosen."""
        ...

    def viewport(self) -> QWidget:
        """Return the viewport."""
        ...

    def verticalScrollBar(self) -> QScrollBar:  # Qt's name
        """Return the scroll bar."""
        ...


class Pointer:
    """The mouse over one transcript."""

    def __init__(self, view: Selectable) -> None:
        self._view = view
        self._anchor: Place | None = None
        self._last = QPointF()
        self._double_at: QPointF | None = None
        parent = view if isinstance(view, QObject) else None
        self._scroll = QTimer(parent)
        self._scroll.setInterval(30)
        self._scroll.timeout.connect(self._scroll_on)
        self._forget = QTimer(parent)
        self._forget.setSingleShot(True)
        self._forget.timeout.connect(self._forget_double)

    def press(self, event: QMouseEvent) -> None:
        """Start choosing at a point; with Shift, extend; right after a double click, take the paragraph."""
        if event.button() != Qt.MouseButton.LeftButton or not self._view.blocks:
            return
        point = event.position()
        place = self._view.place_at(point)
        if self._double_at is not None and (point - self._double_at).manhattanLength() < _TRIPLE_DISTANCE:
            self._forget_double()
            runs = self._view.blocks[place.block].runs
            end = len(runs[place.run].words) if runs else 0
            self._view.choose(Range(Place(place.block, place.run, 0), Place(place.block, place.run, end)))
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._view.chosen is not None:
            self._anchor = self._view.chosen.anchor
            self._view.choose(Range(self._anchor, place))
            return
        self._anchor = place
        self._view.current = place.block
        self._view.choose(None)

    def move(self, event: QMouseEvent) -> None:
        """Extend while the button is down; else show what the pointer is over."""
        self._last = event.position()
        viewport = self._view.viewport()
        if self._anchor is None or not event.buttons() & Qt.MouseButton.LeftButton:
            over = self._view.over_text(self._last)
            viewport.setCursor(Qt.CursorShape.IBeamCursor if over else Qt.CursorShape.ArrowCursor)
            return
        self._extend()
        outside = not 0 <= self._last.y() <= viewport.height()
        if outside and not self._scroll.isActive():
            self._scroll.start()
        elif not outside:
            self._scroll.stop()

    def release(self, _event: QMouseEvent) -> None:
        """Stop choosing; where the desktop has one, fill the primary selection."""
        self._anchor = None
        self._scroll.stop()
        clipboard = QGuiApplication.clipboard()
        words = self._view.selected_text()
        if words and clipboard.supportsSelection():
            clipboard.setText(words, QClipboard.Mode.Selection)

    def double_click(self, event: QMouseEvent) -> None:
        """Take the word."""
        if event.button() != Qt.MouseButton.LeftButton or not self._view.blocks:
            return
        place = self._view.place_at(event.position())
        runs = self._view.blocks[place.block].runs
        if not runs:
            return
        start, end = runs[place.run].word_at(place.char)
        self._view.choose(Range(Place(place.block, place.run, start), Place(place.block, place.run, end)))
        self._double_at = event.position()
        self._forget.start(QGuiApplication.styleHints().mouseDoubleClickInterval())

    def _forget_double(self) -> None:
        self._forget.stop()
        self._double_at = None

    def _extend(self) -> None:
        if self._anchor is not None and self._view.blocks:
            self._view.choose(Range(self._anchor, self._view.place_at(self._last)))

    def _scroll_on(self) -> None:
        height = self._view.viewport().height()
        far = self._last.y() if self._last.y() < 0 else self._last.y() - height
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + int(max(-60.0, min(60.0, far))))
        self._extend()

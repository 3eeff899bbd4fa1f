"""The transcript on screen: paints what is visible, sticks to the newest, selects and copies, moves by keyboard (R-M1).

Opening costs the last screenful; the rest is measured in idle slices while the anchor stays where the eye is. Nothing
a customer writes is ever interpreted: blocks lay out plain text only. It must never scroll by itself while someone
reads further up.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QElapsedTimer, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QWidget

from console import strings
from console.theme.controller import Theme
from console.widgets.button import Button, ButtonProps
from console.widgets.painting import colour, focus_ring, smooth
from console.widgets.transcript.accessible import speak_transcripts
from console.widgets.transcript.block import Block, Look
from console.widgets.transcript.build import block_for
from console.widgets.transcript.column import TOP, Column
from console.widgets.transcript.items import TranscriptItem
from console.widgets.transcript.pointer import Pointer
from console.widgets.transcript.selection import Place, Range, copied_text, end_of, everything

_WIDEST = 940
_SLICE_MS = 5
_AT_END = 32


class Keyed(Protocol):
    """Anything that can stand in a view of blocks: a frozen value with an id of its own."""

    @property
    def key(self) -> str:
        """Its id among the others."""
        ...


_Item = TypeVar("_Item", bound=Keyed)


class BlockView(QAbstractScrollArea, Generic[_Item]):
    """Painted blocks above each other, however many.

    Args:
        theme: Where its colours come from.
        made: Makes the block that paints an item.
        grows: New items come at the end, so one stands at the newest; else one begins at the top.
        widest: The column is at most this wide, in pixels.

    Signals:
        copied(str): This text was put on the clipboard.
        current_changed(str): The keyboard stands on the item with this key.
    """

    copied = Signal(str)
    current_changed = Signal(str)

    def __init__(
        self,
        theme: Theme,
        made: Callable[[_Item], Block],
        *,
        grows: bool = True,
        widest: int = _WIDEST,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.column = Column()
        self._made = made
        self._grows = grows
        self._widest = widest
        self._known: dict[str, tuple[_Item, Block]] = {}
        self.chosen: Range | None = None
        self.current = -1
        self._begin = ""
        self._stick = grows
        self._moving = False
        self._pointer = Pointer(self)
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._settle_more)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(strings.TRANSCRIPT)
        self.verticalScrollBar().setSingleStep(28)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._newest = Button(theme, ButtonProps(strings.TO_THE_END, icon="chevron-down", small=True), self.viewport())
        self._newest.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._newest.clicked.connect(self.scroll_to_end)
        self._newest.hide()
        theme.changed.connect(self.viewport().update)
        speak_transcripts(BlockView)

    # -- what it shows ---------------------------------------------------------------------------------------------

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks shown, in order."""
        return self.column.blocks

    def set_items(self, items: Iterable[_Item], *, fresh: bool = False) -> None:
        """Show these items.

        Args:
            items: In the order shown. Items that stay the same keep their layout and whether they are unfolded.
            fresh: Something else: start at its newest (or its top), with nothing chosen.
        """
        before = self._anchor()
        kept = None if fresh or before is None else (self.blocks[before[0]].key, before[1])
        current = self.blocks[self.current].key if 0 <= self.current < len(self.blocks) else None
        known: dict[str, tuple[_Item, Block]] = {}
        for item in items:
            old = self._known.get(item.key)
            known[item.key] = old if old is not None and old[0] == item else (item, self._made(item))
        self._known = known
        self.column.replace([block for _, block in known.values()], self._column_width())
        keys = {block.key: number for number, block in enumerate(self.blocks)}
        self.chosen = None
        self.current = keys.get(current or "", -1) if not fresh else -1
        begin, self._begin = (self._begin, "") if fresh else ("", self._begin)
        if fresh:
            self._stick = self._grows and begin not in keys
        start = (0, -TOP) if fresh and self.blocks else None
        if begin in keys:
            start = (keys[begin], 8.0)  # well inside it: heights above are still being measured, and rounded
        self._show_where(start if kept is None or kept[0] not in keys else (keys[kept[0]], kept[1]))
        self._idle.start()

    def append(self, items: Iterable[_Item]) -> None:
        """Add items at the end; an item whose key is shown already takes the place of the old one."""
        added = list(items)
        if any(item.key in self._known for item in added):
            merged = {key: item for key, (item, _) in self._known.items()} | {item.key: item for item in added}
            self.set_items(merged.values())
            return
        for item in added:
            block = self._made(item)
            self._known[item.key] = (item, block)
            self.column.append(block)
        self._show_where(self._anchor())
        self._newest.setVisible(not self._stick)

    def begin_at(self, key: str) -> None:
        """Start what is shown anew next at a block, if it is there; else as ever."""
        self._begin = key

    def place(self) -> str:
        """The key of the block at the upper edge; empty at the end, and where nothing is shown."""
        anchor = self._anchor()
        return "" if self._stick or anchor is None else self.blocks[anchor[0]].key

    def scroll_to_end(self) -> None:
        """Go to the newest and stay there."""
        self._stick = True
        self._show_where(None)
        self._newest.hide()

    # -- geometry --------------------------------------------------------------------------------------------------

    def _column_width(self) -> float:
        return float(max(280, min(self.viewport().width() - 48, self._widest)))

    @property
    def left(self) -> float:
        """Left edge of the column in the viewport."""
        return (self.viewport().width() - self.column.width) / 2

    @property
    def top(self) -> float:
        """How far it is scrolled."""
        return float(self.verticalScrollBar().value())

    def block_rect(self, number: int) -> QRect:
        """Return where a block lies in the viewport."""
        y = self.column.offsets[number] - self.top
        outline = self.blocks[number].outline(self.column.width)
        return outline.translated(self.left, y).toAlignedRect()

    def _anchor(self) -> tuple[int, float] | None:
        number = self.column.block_at(self.top)
        return None if number < 0 else (number, self.top - self.column.offsets[number])

    def _show_where(self, anchor: tuple[int, float] | None) -> None:
        """Put the scroll position right for new heights: at the end, or where the eye was."""
        view = self.viewport().height()
        self._moving = True
        if self._stick:
            self.column.settle_end(view * 1.5)
        self._set_range()
        bar = self.verticalScrollBar()
        if self._stick:
            bar.setValue(bar.maximum())
        elif anchor is not None and anchor[0] < len(self.blocks):
            bar.setValue(round(self.column.offsets[anchor[0]] + anchor[1]))
        self._moving = False
        self._settle_visible()
        self.viewport().update()

    def _set_range(self) -> None:
        bar = self.verticalScrollBar()
        view = self.viewport().height()
        bar.setPageStep(max(1, view - 40))
        bar.setRange(0, max(0, round(self.column.height - view)))

    def _settle_visible(self) -> None:
        """Make exact what is about to be painted, without moving what is at the top of the view."""
        for _ in range(4):
            anchor = self._anchor()
            if anchor is None or not self.column.settle(self.top - 80, self.top + self.viewport().height() + 80):
                return
            self._keep(anchor)

    def _keep(self, anchor: tuple[int, float]) -> None:
        self._moving = True
        self._set_range()
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum() if self._stick else round(self.column.offsets[anchor[0]] + anchor[1]))
        self._moving = False

    def _settle_more(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        anchor = self._anchor()
        if anchor is not None and self.column.settle_some(lambda: clock.elapsed() >= _SLICE_MS):
            self._keep(anchor)
            self.viewport().update()
        if anchor is None or self.column.settled:
            self._idle.stop()

    def resizeEvent(self, _event: QResizeEvent) -> None:  # Qt's name
        anchor = self._anchor()
        self.column.resize(self._column_width())
        self._show_where(anchor)
        self._newest.adjustSize()
        self._newest.move((self.viewport().width() - self._newest.width()) // 2, self.viewport().height() - 42)
        if not self.column.settled:
            self._idle.start()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # Qt's name
        if self._moving:
            return
        bar = self.verticalScrollBar()
        self._stick = self._grows and bar.value() >= bar.maximum() - _AT_END
        if self._stick:
            self._newest.hide()
        self._settle_visible()
        self.viewport().update()

    # -- paint -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        painter = QPainter(self.viewport())
        smooth(painter)
        tokens = self.theme.tokens
        painter.fillRect(event.rect(), colour(tokens.ground))
        first = number = self.column.block_at(self.top)
        bottom = self.top + self.viewport().height()
        while 0 <= number < len(self.blocks) and self.column.offsets[number] < bottom:
            block = self.blocks[number]
            y = self.column.offsets[number] - self.top
            current = number == self.current and self.hasFocus()
            selection = self.chosen.of_block(number, block) if self.chosen else {}
            look = Look(tokens, self.left, round(y), self.column.width, selection, number == self.current)
            block.paint(painter, look)
            if current:
                ring = block.outline(self.column.width).translated(self.left, round(y))
                focus_ring(painter, QRectF(ring), 14, tokens.focus)
            number += 1
        painter.end()
        self.column.forget_far(first, number)

    # -- choosing and copying --------------------------------------------------------------------------------------

    def place_at(self, point: QPointF) -> Place:
        """Return the character boundary nearest to a point of the viewport."""
        y = point.y() + self.top
        number = self.column.block_at(y)
        if number < 0:
            return Place(0, 0, 0)
        block = self.blocks[number]
        inside = QPointF(point.x() - self.left, y - self.column.offsets[number])
        best, nearest = -1, float("inf")
        for at, run in enumerate(block.runs):
            rect = run.rect()
            far_y = max(rect.top() - inside.y(), inside.y() - rect.bottom(), 0.0)
            far_x = max(rect.left() - inside.x(), inside.x() - rect.right(), 0.0)
            if far_y * 1000 + far_x < nearest:
                best, nearest = at, far_y * 1000 + far_x
        return Place(number, best, block.runs[best].hit(inside)) if best >= 0 else Place(number, 0, 0)

    def over_text(self, point: QPointF) -> bool:
        """Say whether a point of the viewport is on words."""
        y = point.y() + self.top
        number = self.column.block_at(y)
        if number < 0:
            return False
        inside = QPointF(point.x() - self.left, y - self.column.offsets[number])
        return any(run.rect().contains(inside) for run in self.blocks[number].runs)

    def choose(self, chosen: Range | None) -> None:
        """Select a range, or nothing."""
        self.chosen = chosen
        self.viewport().update()

    def selected_text(self) -> str:
        """Return the text that would be copied; empty when nothing is chosen."""
        words = copied_text(self.blocks, self.chosen) if self.chosen and not self.chosen.empty else ""
        # Amounts are held together on the screen; elsewhere they are ordinary words.
        return words.replace("\u00a0", " ")

    def copy(self) -> None:
        """Copy what is chosen, or the current item when nothing is."""
        words = self.selected_text()
        if not words and 0 <= self.current < len(self.blocks):
            words = self.blocks[self.current].copied().replace("\u00a0", " ")
        if words:
            QGuiApplication.clipboard().setText(words)
            self.copied.emit(words)

    # -- keyboard --------------------------------------------------------------------------------------------------

    def set_current(self, number: int, *, extend: bool = False) -> None:
        """Stand on an item, bring it into view and say it; `extend` chooses everything passed over."""
        if not self.blocks:
            return
        number = max(0, min(len(self.blocks) - 1, number))
        start = self.current if self.current >= 0 else number
        if extend:
            anchor = self.chosen.anchor if self.chosen else Place(start, 0, 0)
            later = number >= anchor.block
            self.chosen = Range(anchor, end_of(self.blocks, number) if later else Place(number, 0, 0))
        elif self.chosen is not None:
            self.chosen = None
        self.current = number
        self._reveal(number)
        self.viewport().update()
        self.current_changed.emit(self.blocks[number].key)
        focus = QAccessibleEvent(self, QAccessible.Event.Focus)
        focus.setChild(number)
        QAccessible.updateAccessibility(focus)

    def _reveal(self, number: int) -> None:
        self.column.settle(self.column.offsets[number], self.column.offsets[number] + 1)
        self._set_range()
        bar = self.verticalScrollBar()
        y, height = self.column.offsets[number], self.blocks[number].height
        if y < self.top:
            bar.setValue(int(y) - 12)
        elif y + height > self.top + self.viewport().height():
            bar.setValue(int(min(y - 12, y + height - self.viewport().height())))

    def toggle_raw(self) -> None:
        """Show or hide the raw data of the current item."""
        anchor = self._anchor()
        if not 0 <= self.current < len(self.blocks) or not self.blocks[self.current].unfold():
            return
        self.chosen = None
        self._stick = False
        self.column.remeasure(self.current)
        self._show_where(anchor)

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        super().focusInEvent(event)
        by_key = event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
        if by_key and self.current < 0 and self.blocks:
            self.set_current(len(self.blocks) - 1 if self._grows else 0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        super().focusOutEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.choose(everything(self.blocks))
            return
        step = self._step(Qt.Key(event.key()))
        if step is not None:
            self.set_current(step, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            return
        plain: dict[Qt.Key, Callable[[], None]] = {Qt.Key.Key_I: self.toggle_raw}
        if event.key() == Qt.Key.Key_Escape and self.chosen is not None:
            self.choose(None)
            return
        act = plain.get(Qt.Key(event.key()))
        if act is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            act()
            return
        super().keyPressEvent(event)

    def _step(self, key: Qt.Key) -> int | None:
        last = len(self.blocks) - 1
        here = self.current if self.current >= 0 else (last + 1 if self._grows else -1)
        steps = {
            Qt.Key.Key_Down: here + 1,
            Qt.Key.Key_J: here + 1,
            Qt.Key.Key_Up: here - 1,
            Qt.Key.Key_K: here - 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        return steps.get(key)

    # -- pointer ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        self._pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        self._pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        self._pointer.release(event)
        number = self.column.block_at(event.position().y() + self.top)
        left = event.button() == Qt.MouseButton.LeftButton
        if (
            left
            and number == self.current
            and number >= 0
            and not self.selected_text()
            and self.blocks[number].folds_by_click()
        ):
            self.toggle_raw()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        self._pointer.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # Qt's name
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        number = self.column.block_at(event.pos().y() + self.top)
        if number >= 0 and event.reason() == QContextMenuEvent.Reason.Mouse:
            self.current = number
        copy = menu.addAction(strings.COPY if self.selected_text() else strings.COPY_MESSAGE)
        copy.triggered.connect(self.copy)
        menu.addAction(strings.SELECT_ALL).triggered.connect(lambda: self.choose(everything(self.blocks)))
        if 0 <= self.current < len(self.blocks) and self.blocks[self.current].can_unfold():
            show, hide = self.blocks[self.current].unfolding()
            words = hide if self.blocks[self.current].unfolded() else show
            menu.addAction(words).triggered.connect(self.toggle_raw)
        menu.popup(event.globalPos())


class TranscriptView(BlockView[TranscriptItem]):
    """A transcript."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, block_for, parent=parent)

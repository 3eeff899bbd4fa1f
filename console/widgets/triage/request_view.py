"""A request on screen: thousands of blocks, what is wrong in place, and a jump to the next of it (R-M4).

It begins at the top, or at the first fault. It must never move by itself afterwards.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from console import texts_triage as texts
from console.theme.controller import Theme
from console.widgets.transcript.block import Block
from console.widgets.transcript.view import BlockView
from console.widgets.triage.blocks import PieceBlock, block_for
from console.widgets.triage.items import RequestItem
from console.widgets.triage.pairs import PairBlock

_WIDEST: Final = 1_280
_NEAR_END: Final = 3
_EYE: Final = 0.3


class RequestView(BlockView[RequestItem]):
    """The view.

    Signals:
        near_end: The person comes near the end of what was read.
    """

    near_end = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, block_for, grows=False, widest=_WIDEST, parent=parent)
        self.setAccessibleName(texts.REQUEST)

    def faults(self) -> Sequence[int]:
        """Where something is wrong, or differs, by number of the block."""
        return [number for number, block in enumerate(self.blocks) if _marked(block)]

    def next_fault(self, step: int) -> bool:
        """Stand on the next thing that is wrong (or the one before); return whether there is one."""
        found = self.faults()
        if not found:
            return False
        if step > 0:
            wanted = next((at for at in found if at > self.current), found[0])
        else:
            here = self.current if self.current >= 0 else len(self.blocks)
            wanted = next((at for at in reversed(found) if at < here), found[-1])
        self.set_current(wanted)
        self._bring(wanted)
        return True

    def show_first_fault(self) -> None:
        """Stand on the first thing that is wrong, the severe before the others."""
        found = self.faults()
        severe = [at for at in found if isinstance(block := self.blocks[at], PieceBlock) and block.severe]
        if found:
            self.set_current((severe or found)[0])
            self._bring(self.current)

    def _bring(self, number: int) -> None:
        """Put a block where the eye is: in the upper part, with what stands before it still in view."""
        view = self.viewport().height()
        for _ in range(4):
            top = self.column.offsets[number] - view * _EYE
            if not self.column.settle(top, top + view):
                break
        self._set_range()
        top = self.column.offsets[number] - max(0.0, min(view * _EYE, view - self.blocks[number].height - 24))
        self.verticalScrollBar().setValue(round(top))

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        if 0 <= self.current < len(self.blocks):
            self._bring(self.current)

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # Qt's name
        super().scrollContentsBy(dx, dy)
        bar = self.verticalScrollBar()
        if bar.value() > bar.maximum() - _NEAR_END * self.viewport().height():
            self.near_end.emit()


def _marked(block: Block) -> bool:
    if isinstance(block, PieceBlock):
        return bool(block.item.faults)
    return isinstance(block, PairBlock) and block.item.likeness != "same"

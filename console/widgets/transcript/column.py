"""The stack of blocks: heights, offsets, and which of them are near enough to be laid out.

Heights are estimates until a block comes into view or its turn in the idle time; `offsets` are prefix sums over both.
Pure of widgets: the view asks, the column answers. It must never lay out the whole transcript at once.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from console.widgets.transcript.block import Block

TOP = 20.0
BOTTOM = 12.0
_KEEP_AROUND = 60


class Column:
    """The blocks of one transcript at one width."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.offsets: list[float] = [TOP]
        self.width = -1.0
        self._exact = 0
        self._cursor = 0

    @property
    def height(self) -> float:
        """The height of everything, in pixels."""
        return self.offsets[-1] + BOTTOM

    @property
    def settled(self) -> bool:
        """Whether every height is exact."""
        return self._exact >= len(self.blocks)

    def replace(self, blocks: Sequence[Block], width: float) -> None:
        """Take other blocks; those already measured for this width keep their heights."""
        self.blocks = list(blocks)
        self._start(width)

    def resize(self, width: float) -> bool:
        """Take another width; return whether it is another one."""
        if width == self.width:
            return False
        self._start(width)
        return True

    def _start(self, width: float) -> None:
        self.width = width
        self._cursor = len(self.blocks) - 1
        self._exact = 0
        for block in self.blocks:
            if block.arranged_for == width:
                self._exact += 1
            else:
                block.height = block.guess(width)
        self._sum()

    def append(self, block: Block) -> None:
        """Add one block at the end, measured."""
        self.blocks.append(block)
        self.offsets.append(self.offsets[-1] + block.measure(self.width))
        self._exact += 1

    def remeasure(self, number: int) -> None:
        """Measure one block again after it changed its height."""
        self.blocks[number].measure(self.width)
        self._sum()

    def _sum(self) -> None:
        self.offsets = list(accumulate((block.height for block in self.blocks), initial=TOP))

    def block_at(self, y: float) -> int:
        """Return the number of the block at a height, clamped to what there is; -1 when empty."""
        if not self.blocks:
            return -1
        return max(0, min(len(self.blocks) - 1, bisect_right(self.offsets, y) - 1))

    def settle(self, top: float, bottom: float) -> bool:
        """Measure the blocks between two heights; return whether any height changed."""
        if not self.blocks:
            return False
        changed = False
        number = self.block_at(top)
        y = self.offsets[number]
        while number < len(self.blocks) and y < bottom:
            block = self.blocks[number]
            changed |= self._measure(block)
            y += block.height
            number += 1
        if changed:
            self._sum()
        return changed

    def settle_end(self, room: float) -> None:
        """Measure the last blocks until they fill `room` pixels."""
        y = 0.0
        changed = False
        for block in reversed(self.blocks):
            changed |= self._measure(block)
            y += block.height
            if y > room:
                break
        if changed:
            self._sum()

    def settle_some(self, spent: Callable[[], bool]) -> bool:
        """Measure further blocks, from the end backwards, until `spent` says stop; return whether heights changed."""
        changed = False
        while self._cursor >= 0 and not self.settled:
            block = self.blocks[self._cursor]
            if block.arranged_for != self.width:
                changed |= self._measure(block)
                block.release()
            self._cursor -= 1
            if spent():
                break
        if changed:
            self._sum()
        return changed

    def _measure(self, block: Block) -> bool:
        if block.arranged_for == self.width:
            return False
        before = block.height
        self._exact += 1
        return block.measure(self.width) != before

    def forget_far(self, first: int, last: int) -> None:
        """Drop the layouts of blocks just out of reach on either side of what is visible."""
        for number in (
            *range(first - 2 * _KEEP_AROUND, first - _KEEP_AROUND),
            *range(last + _KEEP_AROUND, last + 2 * _KEEP_AROUND),
        ):
            if 0 <= number < len(self.blocks):
                self.blocks[number].release()

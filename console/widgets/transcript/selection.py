"""What is chosen in a transcript: two places, everything between them, and the text that copies.

Pure: positions are numbers, so a selection survives scrolling and dropped layouts. It must never copy more than what
is shown as chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from console.widgets.transcript.block import Block, Selection


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A boundary between characters: number of the block, of the run in it, of the character."""

    block: int
    run: int
    char: int


@dataclass(frozen=True, slots=True)
class Range:
    """From where a selection started to where it stands now, in either order."""

    anchor: Place
    head: Place

    @property
    def first(self) -> Place:
        """The earlier end."""
        return min(self.anchor, self.head)

    @property
    def last(self) -> Place:
        """The later end."""
        return max(self.anchor, self.head)

    @property
    def empty(self) -> bool:
        """Whether nothing lies between the ends."""
        return self.anchor == self.head

    def of_block(self, number: int, block: Block) -> Selection:
        """Return what is chosen of one block, by run."""
        first, last = self.first, self.last
        if self.empty or not first.block <= number <= last.block:
            return {}
        chosen: Selection = {}
        for at, run in enumerate(block.runs):
            start, end = 0, len(run.words)
            if number == first.block:
                start = end if at < first.run else (first.char if at == first.run else 0)
            if number == last.block:
                end = 0 if at > last.run else (last.char if at == last.run else end)
            if start < end:
                chosen[at] = (start, end)
        return chosen


def end_of(blocks: Sequence[Block], number: int) -> Place:
    """Return the last place of a block."""
    runs = blocks[number].runs
    return Place(number, len(runs) - 1, len(runs[-1].words)) if runs else Place(number, 0, 0)


def everything(blocks: Sequence[Block]) -> Range:
    """Return the selection of a whole transcript."""
    last = end_of(blocks, len(blocks) - 1) if blocks else Place(0, 0, 0)
    return Range(Place(0, 0, 0), last)


def copied_text(blocks: Sequence[Block], chosen: Range) -> str:
    """Return the text of a selection; whole blocks bring their names, parts only their words."""
    parts: list[str] = []
    for number in range(chosen.first.block, min(chosen.last.block + 1, len(blocks))):
        block = blocks[number]
        pieces = chosen.of_block(number, block)
        if not block.runs:
            if chosen.first.block < number < chosen.last.block:
                parts.append(block.copied())
            continue
        whole = all(pieces.get(at) == (0, len(run.words)) for at, run in enumerate(block.runs) if run.words)
        if whole and pieces and chosen.first.block != chosen.last.block:
            parts.append(block.copied())
        elif pieces:
            parts.append("\n".join(block.runs[at].words[start:end] for at, (start, end) in sorted(pieces.items())))
    return ("\n\n" if len(parts) > 1 else "").join(parts)

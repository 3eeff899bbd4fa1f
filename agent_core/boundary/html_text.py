"""Writes the visible text of a document as a person would read it: lines, paragraphs, lists, tables (R-D1).

White space collapses as in a browser. A table's row is one line when its cells are; a table that only lays out a page
is not. It must never hold more than its bound, and says when it left something out.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_SPACE = re.compile(r"[ \t\n\f\r]+")
_MOST_CELLS: Final = 24
"""Tables within tables whose cells are put side by side; deeper ones follow each other."""


@dataclass(slots=True)
class _Frame:
    """Text under construction: the page, or a cell."""

    parts: list[str] = field(default_factory=list[str])
    breaks: int = 0
    """Line ends wanted before the next text."""
    space: bool = False
    cells: list[str] | None = None
    """The cells of the present row, in a table."""


class TextWriter:
    """Collects text; `text()` answers it."""

    __slots__ = ("_frames", "_left", "_most", "_prefix", "cut")

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most
        self._frames = [_Frame()]
        self._prefix = ""
        self.cut = False

    @property
    def empty(self) -> bool:
        """Nothing was written yet."""
        return self._left == self._most

    def write(self, text: str, *, kept: bool = False) -> None:
        """Adds text; white space collapses unless it is kept."""
        frame = self._frames[-1]
        if kept:
            self._put(frame, text)
            return
        collapsed = _SPACE.sub(" ", text)
        if collapsed == " " or not collapsed:
            frame.space = frame.space or collapsed == " "
            return
        begins, ends = collapsed[0] == " ", collapsed[-1] == " "
        frame.space = frame.space or begins
        self._put(frame, collapsed.strip(" "))
        frame.space = ends

    def prefix(self, text: str) -> None:
        """What the next text begins with, such as a list's bullet."""
        self._prefix = text

    def line(self) -> None:
        """The next text begins a line."""
        self._want(1)

    def paragraph(self) -> None:
        """The next text begins a paragraph."""
        self._want(2)

    def end_line(self) -> None:
        """A line ends here: `<br>`."""
        frame = self._frames[-1]
        if frame.parts:
            frame.breaks = min(frame.breaks + 1, 3)
        frame.space = False

    def begin_row(self) -> None:
        """A table's row begins."""
        self.line()
        if len(self._frames) <= _MOST_CELLS:
            self._frames[-1].cells = []

    def begin_cell(self) -> bool:
        """A cell begins; answers whether it is one of a row."""
        if self._frames[-1].cells is None:
            self.line()
            return False
        self._frames.append(_Frame())
        return True

    def end_cell(self) -> None:
        """Ends a cell that `begin_cell` said yes to."""
        cell = "".join(self._frames.pop().parts)
        cells = self._frames[-1].cells
        if cells is not None and cell:
            cells.append(cell)

    def end_row(self) -> None:
        """The row is over: one line, or its cells one after another."""
        frame = self._frames[-1]
        cells, frame.cells = frame.cells, None
        if cells:
            flat = all("\n" not in cell for cell in cells)
            text = (" | " if flat else "\n").join(cells)
            self._lead(frame)
            frame.parts.append(text)
            self.line()

    def text(self) -> str:
        """Everything so far."""
        while len(self._frames) > 1:
            self.end_cell()
            self.end_row()
        return "".join(self._frames[0].parts)

    def _want(self, breaks: int) -> None:
        frame = self._frames[-1]
        frame.space = False
        if frame.parts:
            frame.breaks = max(frame.breaks, breaks)

    def _lead(self, frame: _Frame) -> None:
        if frame.breaks:
            frame.parts.append("\n" * frame.breaks)
        elif frame.space and frame.parts:
            frame.parts.append(" ")
        frame.breaks, frame.space = 0, False
        if self._prefix:
            frame.parts.append(self._prefix)
            self._prefix = ""

    def _put(self, frame: _Frame, text: str) -> None:
        if len(text) > self._left:
            text, self.cut = text[: self._left], True
        if text:
            self._left -= len(text)
            self._lead(frame)
            frame.parts.append(text)

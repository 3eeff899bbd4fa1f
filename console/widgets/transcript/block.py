"""What every painted item has in common: a height for a width, runs of text, words for the ear.

A block must never know its neighbours or the scroll position.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from console import strings
from console.theme.tokens import Tokens

if TYPE_CHECKING:
    from console.widgets.transcript.text_run import TextRun

Selection = dict[int, tuple[int, int]]
"""Number of a run -> chosen range of characters in it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a paint needs besides the painter.

    Attributes:
        tokens: The theme.
        x: Left edge of the column, in the viewport.
        y: Upper edge of the block, in the viewport.
        width: Width of the column.
        selection: What is chosen in the block's runs.
        current: Whether the keyboard stands on this block.
    """

    tokens: Tokens
    x: float
    y: float
    width: float
    selection: Selection
    current: bool


class Block(ABC):
    """One painted item.

    Attributes:
        key: Id of the item.
        height: Exact once arranged, an estimate before.
        arranged_for: The width it is arranged for, -1 before.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.height = 0.0
        self.arranged_for = -1.0
        self.runs: list[TextRun] = []

    def measure(self, width: float) -> float:
        """Arrange for a width, once; return the exact height."""
        if width != self.arranged_for:
            self.height = self.arrange(width)
            self.arranged_for = width
        return self.height

    @abstractmethod
    def arrange(self, width: float) -> float:
        """Place the runs for a width; return the height."""

    @abstractmethod
    def guess(self, width: float) -> float:
        """Return a cheap estimate of the height."""

    @abstractmethod
    def paint(self, painter: QPainter, look: Look) -> None:
        """Paint."""

    @abstractmethod
    def spoken(self) -> str:
        """Return what a screen reader says."""

    def copied(self) -> str:
        """Return what copying the whole block gives."""
        return "\n".join(run.words for run in self.runs if run.words)

    def can_unfold(self) -> bool:
        """Say whether raw data can be shown."""
        return False

    def unfolded(self) -> bool:
        """Say whether raw data is shown."""
        return False

    def unfold(self) -> bool:
        """Show or hide raw data; return whether the height must be measured again."""
        return False

    def unfolding(self) -> tuple[str, str]:
        """Return the words for showing, and for hiding, what is folded away."""
        return strings.SHOW_RAW, strings.HIDE_RAW

    def folds_by_click(self) -> bool:
        """Say whether a plain click shows or hides what is folded away."""
        return False

    def release(self) -> None:
        """Drop what can be made again, while far from view."""
        for run in self.runs:
            run.release()

    def outline(self, width: float) -> QRectF:
        """Return the box a focus ring goes around, inside the block."""
        return QRectF(0, 0, width, self.height)

    def paint_runs(self, painter: QPainter, look: Look, inks: list[str]) -> None:
        """Paint the runs at their places, each in its ink."""
        for number, (run, ink) in enumerate(zip(self.runs, inks, strict=True)):
            at = QPointF(look.x + run.origin.x(), look.y + run.origin.y())
            run.paint(painter, at, ink, look.tokens, look.selection.get(number))


def guessed_lines(words: str, width: float, px: int) -> float:
    """Return about how many lines some words take."""
    per_line = max(8.0, width / (px * 0.52))
    return max(1.0, len(words) / per_line + words.count("\n") * 0.6)

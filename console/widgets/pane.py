"""A plane of the window with hairlines where it meets others.

It must never draw a line where nothing meets.
"""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from console.theme.controller import Theme
from console.widgets.painting import begin, colour, line
from console.widgets.themed import ThemedFrame

Plane = Literal["surface", "sunken", "ground"]
Edge = Literal["left", "right", "top", "bottom"]


class Pane(ThemedFrame):
    """A plane with some edges."""

    def __init__(
        self, theme: Theme, plane: Plane = "surface", edges: frozenset[Edge] = frozenset(), parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._plane: Plane = plane
        self._edges = edges

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens = self.tokens
        fill = {"surface": tokens.surface, "sunken": tokens.sunken, "ground": tokens.ground}[self._plane]
        painter.fillRect(self.rect(), colour(fill))
        right, bottom = self.width() - 0.5, self.height() - 0.5
        ends: dict[Edge, tuple[float, float, float, float]] = {
            "left": (0.5, 0, 0.5, bottom),
            "right": (right, 0, right, bottom),
            "top": (0, 0.5, right, 0.5),
            "bottom": (0, bottom, right, bottom),
        }
        for edge in self._edges:
            line(painter, *ends[edge], tokens.line)
        painter.end()


class PaneStack(QStackedWidget):
    """Places of which one is shown; in a low window they give way before anything above them does.

    Args:
        least: Pixels that always remain.
    """

    def __init__(self, least: int) -> None:
        super().__init__()
        self.setMinimumHeight(least)

    def hasHeightForWidth(self) -> bool:  # Qt's name
        """Never: else what a place would like to have counts as what it needs."""
        return False


class ScrollColumn(QScrollArea):
    """A column of cards that scrolls when they do not fit; add to `column`."""

    def __init__(self, name: str, margin: int = 16, spacing: int = 10, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName(name)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setObjectName("scrolled")
        inner.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(spacing)
        self.setWidget(inner)

    def centred(self, widest: int, least: int, spacing: int) -> QVBoxLayout:
        """Give a page in the middle, as broad as there is room up to a breadth, and nothing beside it."""
        centre = QHBoxLayout()
        centre.addStretch(1)
        held = QWidget()
        held.setMaximumWidth(widest)
        held.setMinimumWidth(least)
        column = QVBoxLayout(held)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(spacing)
        centre.addWidget(held, 20)
        centre.addStretch(1)
        self.column.addLayout(centre)
        self.column.addStretch(1)
        return column

"""A key as it looks on the keyboard, so that every action teaches its shortcut (R-M8).

It must never be the only sign of an action.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console import strings
from console.strings import key_name
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, KEY, text_width
from console.widgets.painting import CENTRE, begin, box, colour, faded, text
from console.widgets.themed import ThemedWidget

KEY_HEIGHT = 17.0


def key_cap_width(key: str) -> float:
    """Return how wide a key cap is, in pixels."""
    return max(KEY_HEIGHT, text_width(key_name(key), KEY) + 10)


def paint_key_cap(painter: QPainter, x: float, middle: float, key: str, ink: str) -> float:
    """Paint a key cap from `x` rightwards, centred on `middle`; return its width."""
    width = key_cap_width(key)
    rect = QRectF(x, middle - KEY_HEIGHT / 2, width, KEY_HEIGHT)
    box(painter, rect, 4, faded(ink, 30), faded(ink, 70))
    text(painter, rect, key_name(key), KEY, colour(ink), CENTRE)
    return width


@dataclass(frozen=True, slots=True)
class KeyCapProps:
    """A key and what it does, for the status bar and help.

    Attributes:
        keys: Key names in order, e.g. `("Ctrl", "K")`.
        words: What they do.
    """

    keys: tuple[str, ...]
    words: str


class KeyHint(ThemedWidget):
    """Key caps followed by what they do."""

    def __init__(self, theme: Theme, props: KeyCapProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._props = props
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(strings.field_spoken(props.words, " ".join(props.keys)))

    def sizeHint(self) -> QSize:  # Qt's name
        keys = sum(key_cap_width(key) + 3 for key in self._props.keys)
        return QSize(int(keys + 3 + text_width(self._props.words, CAPTION)) + 2, 20)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        middle = self.height() / 2
        x = 0.0
        for key in self._props.keys:
            x += paint_key_cap(painter, x, middle, key, self.tokens.text_quiet) + 3
        rest = QRectF(x + 3, 0, self.width() - x - 3, self.height())
        text(painter, rest, self._props.words, CAPTION, self.tokens.text_quiet)
        painter.end()

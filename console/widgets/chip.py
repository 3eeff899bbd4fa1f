"""A state or a mark in one or two words, with a tone and an icon: never colour alone.

The same painter serves lists, transcript and widgets. It must never be clickable; what acts is a button.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.theme.controller import Theme
from console.theme.fonts import CAPTION_MEDIUM, MONO_SMALL, Face, text_width
from console.theme.icons import paint_icon
from console.theme.tokens import Tokens, Tone
from console.widgets.painting import begin, box, text
from console.widgets.themed import ThemedWidget
from console.widgets.visible_text import one_line

CHIP_HEIGHT = 21.0
_PADDING = 7.0
_ICON = 12.0
_GAP = 5.0


@dataclass(frozen=True, slots=True)
class ChipProps:
    """What a chip says.

    Attributes:
        words: One or two words; outside text is made visible and cut to 60 characters.
        tone: What it means.
        icon: Name of an icon, or None.
        mono: Set in the monospaced face, for names of workflows and rules.
        outlined: An edge instead of a fill, for facts that are not states.
        spoken: What a screen reader says instead of the words.
    """

    words: str
    tone: Tone = "neutral"
    icon: str | None = None
    mono: bool = False
    outlined: bool = False
    spoken: str = ""


def _face(props: ChipProps) -> Face:
    return MONO_SMALL if props.mono else CAPTION_MEDIUM


def chip_width(props: ChipProps) -> float:
    """Return the natural width of a chip, in pixels."""
    icon = 0.0 if not props.icon else _ICON + _GAP - 1 if props.words else _ICON - 2
    return text_width(one_line(props.words, 60), _face(props)) + 2 * _PADDING + icon


def paint_chip(
    painter: QPainter, x: float, middle: float, props: ChipProps, tokens: Tokens, *, room: float | None = None
) -> float:
    """Paint a chip from `x` rightwards, centred on `middle`, at most `room` wide; return its width."""
    width = chip_width(props)
    if room is not None:
        width = min(width, max(room, 0.0))
    if width < 2 * _PADDING:
        return 0.0
    tone = tokens.tone(props.tone)
    rect = QRectF(x, middle - CHIP_HEIGHT / 2, width, CHIP_HEIGHT)
    box(painter, rect, 6, None if props.outlined else tone.soft, tokens.line_strong if props.outlined else tone.line)
    left = x + _PADDING
    if props.icon:
        paint_icon(painter, QRectF(left - 1, middle - _ICON / 2, _ICON, _ICON), props.icon, tone.text, 2.2)
        left += _ICON + _GAP - 1
    words = QRectF(left, rect.y(), rect.right() - left - _PADDING + 2, CHIP_HEIGHT)
    text(painter, words, one_line(props.words, 60), _face(props), tone.text)
    return width


class Chip(ThemedWidget):
    """A chip among ordinary widgets. `whole`: what it says is never cut, whatever stands beside it."""

    def __init__(self, theme: Theme, props: ChipProps, parent: QWidget | None = None, *, whole: bool = False) -> None:
        super().__init__(theme, parent)
        self._whole = whole
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._props = props
        self.set_props(props)

    @property
    def props(self) -> ChipProps:
        """What it says now."""
        return self._props

    def set_props(self, props: ChipProps) -> None:
        """Say something else."""
        self._props = props
        self.setAccessibleName(props.spoken or one_line(props.words, 60))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(int(chip_width(self._props)) + 1, int(CHIP_HEIGHT) + 1)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        wide = self.sizeHint().width()
        return QSize(wide if self._whole else min(wide, 64), int(CHIP_HEIGHT) + 1)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        paint_chip(painter, 0, self.height() / 2, self._props, self.tokens, room=float(self.width()))
        painter.end()

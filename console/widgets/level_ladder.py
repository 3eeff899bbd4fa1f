"""How far a workflow may go, as four steps of which it stands on one (R-C8).

Steps its file does not declare carry a lock: never colour alone. It must never be clickable; what changes a level is a form.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.theme.controller import Theme
from console.theme.fonts import SMALL, SMALL_STRONG
from console.theme.icons import paint_icon
from console.widgets.painting import begin, box, text
from console.widgets.plain_label import plain_tooltip
from console.widgets.themed import ThemedWidget

_GAP: Final = 6.0
_BAR: Final = 6.0
_LOCK: Final = 12.0


@dataclass(frozen=True, slots=True)
class LadderProps:
    """The steps in words, on which it stands, which is the highest its file declares, and the whole as it is spoken."""

    steps: tuple[str, ...]
    now: int
    declared: int
    spoken: str


class LevelLadder(ThemedWidget):
    """The ladder."""

    def __init__(self, theme: Theme, props: LadderProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._props = props
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(props.spoken)
        plain_tooltip(self, props.spoken)

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(360, 30)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        tokens, props = self.tokens, self._props
        room = (self.width() + _GAP) / max(1, len(props.steps))
        for at, words in enumerate(props.steps):
            x, wide = at * room, room - _GAP
            bar = QRectF(x, 1, wide, _BAR)
            if at <= props.now:
                box(painter, bar, _BAR / 2, tokens.accent.solid)
            elif at <= props.declared:
                box(painter, bar, _BAR / 2, tokens.line, tokens.control)
            else:
                box(painter, bar, _BAR / 2, None, tokens.line_strong)
            left = x + 1
            if at > props.declared:
                paint_icon(painter, QRectF(left, 12, _LOCK, _LOCK), "lock", tokens.text_quiet, 2.0)
                left += _LOCK + 4
            here = at == props.now
            ink = tokens.accent.text if here else tokens.text_quiet
            face = SMALL_STRONG if here else SMALL
            text(painter, QRectF(left, 9, x + wide - left, 19), words, face, ink)
        painter.end()

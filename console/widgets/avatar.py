"""Initials on a colour that stays with the person, or an icon for the agent and the system.

It must never load a picture: a picture of a customer is a request to a stranger's server.
"""

import unicodedata
import zlib
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.theme.controller import Theme
from console.theme.fonts import Face
from console.theme.icons import paint_icon
from console.theme.tokens import Tokens, Tone
from console.widgets.painting import CENTRE, begin, box, disc, text
from console.widgets.themed import ThemedWidget
from console.widgets.visible_text import one_line

Speaker = Literal["customer", "agent", "person", "system"]
_TONES: dict[Speaker, Tone] = {"agent": "accent", "person": "ok", "system": "neutral"}
_ICONS: dict[Speaker, str] = {"agent": "sparkles", "person": "headset", "system": "settings"}


def initials(name: str) -> str:
    """Return one or two signs that stand for a name; a question mark for a name without letters."""
    words = [word for word in one_line(name, 80).split() if unicodedata.category(word[0])[0] in "LN"]
    if not words:
        return "?"
    first = words[0][0]
    if ord(first) > 0x2E7F:
        # Ideographs say enough alone.
        return first
    second = words[1][0] if len(words) > 1 and unicodedata.category(words[1][0]).startswith("L") else ""
    return (first + second).upper()[:2]


def avatar_fill(name: str, tokens: Tokens) -> str:
    """Return the fill that always belongs to this name."""
    return tokens.avatars[(zlib.crc32(name.encode("utf-8", "replace")) >> 3) % len(tokens.avatars)]


def paint_avatar(painter: QPainter, rect: QRectF, name: str, tokens: Tokens, speaker: Speaker = "customer") -> None:
    """Paint who speaks into a square."""
    if speaker == "customer":
        disc(painter, rect, avatar_fill(name, tokens))
        text(painter, rect, initials(name), Face(max(9, int(rect.height() * 0.37)), 600), "#FFFFFF", CENTRE)
        return
    inner = rect.height() * 0.25
    tone = tokens.tone(_TONES[speaker])
    # The agent is a rounded square and people are circles, so that shape and not only colour tells them apart.
    if speaker == "agent":
        box(painter, rect, rect.height() * 0.32, tone.solid)
    else:
        disc(painter, rect, tone.solid)
    paint_icon(painter, rect.adjusted(inner, inner, -inner, -inner), _ICONS[speaker], tone.on_solid, 2.0)


@dataclass(frozen=True, slots=True)
class AvatarProps:
    """Whose avatar, how they take part, and how large in pixels."""

    name: str
    speaker: Speaker = "customer"
    side: int = 34


class Avatar(ThemedWidget):
    """One avatar."""

    def __init__(self, theme: Theme, props: AvatarProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_props(props)

    def set_props(self, props: AvatarProps) -> None:
        """Show someone else."""
        self._props = props
        self.setAccessibleName(one_line(props.name, 80))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        return QSize(self._props.side, self._props.side)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        side = float(self._props.side)
        paint_avatar(painter, QRectF(0, 0, side, side), self._props.name, self.tokens, self._props.speaker)
        painter.end()

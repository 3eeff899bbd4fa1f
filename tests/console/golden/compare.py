"""Whether two pictures of a window show the same: an edge drawn a little softer is the same, a thing moved or gone is not.

Each pixel of one picture must lie within what the same place of the other has around it, and the other way round: so an
edge may be smoothed differently, but even a line of one pixel that is gone, or two pixels away, is seen. It must never
compare by an average over the picture: a button is a small part of a window.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter, QPen

SHADES: Final = 12
"""By how much a colour may be off, of 255: the stored pictures have 256 colours."""
PIXELS: Final = 6
"""So many pixels may be off by more."""
_TILE: Final = 16
_RGB: Final = QImage.Format.Format_RGB32
_Mode = QPainter.CompositionMode
_BEYOND: Final = bytes(int(value > SHADES) for value in range(256))
_MARK: Final = QColor(255, 0, 170)


@dataclass(frozen=True)
class Difference:
    """Where two pictures differ.

    Attributes:
        pixels: How many pixels differ by more than they may.
        places: The parts of the picture that hold them, in pixels.
    """

    pixels: int
    places: tuple[QRect, ...]

    def __bool__(self) -> bool:
        """Whether it is one that a person would see."""
        return self.pixels > PIXELS


def difference(stored: QImage, drawn: QImage) -> Difference:
    """Where a picture differs from the stored one; everywhere, when it is not as large."""
    if stored.size() != drawn.size():
        return Difference(drawn.width() * drawn.height(), (drawn.rect(),))
    if stored == drawn:
        return Difference(0, ())
    stored, drawn = stored.convertToFormat(_RGB), drawn.convertToFormat(_RGB)
    off: set[tuple[int, int]] = set()
    for one, other in ((drawn, stored), (stored, drawn)):
        above, below = _spread(other, _Mode.CompositionMode_Lighten), _spread(other, _Mode.CompositionMode_Darken)
        off |= _beyond(_outside(one, above, _Mode.CompositionMode_Lighten))
        off |= _beyond(_outside(one, below, _Mode.CompositionMode_Darken))
    tiles = sorted({(y // _TILE, x // _TILE) for x, y in off})
    return Difference(len(off), tuple(QRect(x * _TILE, y * _TILE, _TILE, _TILE) for y, x in tiles))


def draw_difference(stored: QImage, drawn: QImage, found: Difference, path: Path) -> None:
    """Write what was stored, and below it what was drawn, with the places marked in both."""
    high = max(stored.height(), drawn.height())
    sheet = QImage(max(stored.width(), drawn.width()), 2 * high + 8, _RGB)
    sheet.fill(_MARK)
    painter = QPainter(sheet)
    for top, picture in ((0, stored), (high + 8, drawn)):
        painter.drawImage(QPoint(0, top), picture)
        painter.setPen(QPen(_MARK, 2))
        for place in found.places:
            painter.drawRect(place.translated(0, top))
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(str(path))


def _spread(picture: QImage, mode: QPainter.CompositionMode) -> QImage:
    """The lightest, or the darkest, of each pixel and the eight around it, by channel."""
    for steps in ((QPoint(1, 0), QPoint(-1, 0)), (QPoint(0, 1), QPoint(0, -1))):
        wider = picture.copy()
        painter = QPainter(wider)
        painter.setCompositionMode(mode)
        for step in steps:
            painter.drawImage(step, picture)
        painter.end()
        picture = wider
    return picture


def _outside(picture: QImage, bound: QImage, mode: QPainter.CompositionMode) -> QImage:
    """By how much each pixel is lighter (or darker) than the bound; black where it is not."""
    result = picture.copy()
    painter = QPainter(result)
    for one in (mode, _Mode.CompositionMode_Difference):
        painter.setCompositionMode(one)
        painter.drawImage(QPoint(0, 0), bound)
    painter.end()
    return result


def _beyond(excess: QImage) -> set[tuple[int, int]]:
    """The pixels that are off by more than they may."""
    plain = excess.convertToFormat(QImage.Format.Format_RGB888)
    wide = plain.bytesPerLine()
    marks = bytes(plain.constBits()).translate(_BEYOND)
    found = (match.start() for match in re.finditer(b"\x01", marks))
    return {(at % wide // 3, at // wide) for at in found if at % wide < plain.width() * 3}

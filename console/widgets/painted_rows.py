"""Pictures of rows that were painted lately: scrolling moves them, and only what changed is painted anew (R-M1).

A picture is found by everything that can be seen of it; it must never be found by less, and never be kept without a bound.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from PySide6.QtGui import QPixmap

MOST_PIXELS: Final = 3_000_000
"""Of all pictures together, 12 MB: about ninety rows of a usual list, or two screens of them at twice the pixels."""


class PaintedRows:
    """The pictures, the longest unused of which goes first.

    Args:
        most: Pixels at most, of all of them together.
    """

    def __init__(self, most: int = MOST_PIXELS) -> None:
        self._most = most
        self._pixels = 0
        self._kept: OrderedDict[Hashable, QPixmap] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, look: Hashable) -> QPixmap | None:
        """The picture of this look, or None."""
        found = self._kept.get(look)
        if found is not None:
            self._kept.move_to_end(look)
        return found

    def keep(self, look: Hashable, picture: QPixmap) -> None:
        """Keep a picture."""
        self._kept[look] = picture
        self._pixels += picture.width() * picture.height()
        while self._pixels > self._most and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._pixels -= gone.width() * gone.height()

"""Icons as vectors in the colour of the moment: sharp at every device pixel ratio, right in both themes.

The files are Lucide's (ISC). An icon is always beside words or carries an accessible name elsewhere. It must never
read a file whose name came from outside: names are a closed set found once in the resources.
"""

import logging
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from console.theme.assets import RESOURCES, AssetMissing

_log = logging.getLogger(__name__)
_INSTEAD = "circle-dot"
_SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 3.0)


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    """Return the names of the bundled icons."""
    return frozenset(path.stem for path in (RESOURCES / "icons").glob("*.svg"))


@lru_cache(maxsize=512)
def _renderer(name: str, colour: str, stroke: float) -> QSvgRenderer:
    if name not in icon_names():
        raise AssetMissing(f"no icon named {name!r}")
    source = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    source = source.replace("currentColor", colour).replace('stroke-width="2"', f'stroke-width="{stroke}"')
    return QSvgRenderer(QByteArray(source.encode()))


def paint_icon(painter: QPainter, rect: QRectF, name: str, colour: str, stroke: float = 1.9) -> None:
    """Paint an icon into a rectangle, in a `#RRGGBB` colour.

    A name nobody bundled is logged and painted as a dot: an exception out of a paint event would leave a painter open,
    and that ends the process.
    """
    if name not in icon_names():
        _log.warning("icon_missing: %s", name)
        name = _INSTEAD
    _renderer(name, colour, stroke).render(painter, rect)


@lru_cache(maxsize=256)
def icon(name: str, colour: str, px: int = 18) -> QIcon:
    """Return a `QIcon` for the few places that want one (menus, the window), with a picture per pixel ratio.

    Raises:
        AssetMissing: If there is no icon of that name.
    """
    # Found before a painter is open: one that is torn away from its picture by an exception takes the process along.
    drawing = _renderer(name, colour, 1.9)
    made = QIcon()
    for scale in _SCALES:
        side = round(px * scale)
        picture = QPixmap(QSize(side, side))
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        drawing.render(painter, QRectF(0, 0, side, side))
        painter.end()
        picture.setDevicePixelRatio(scale)
        made.addPixmap(picture)
    return made

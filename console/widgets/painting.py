"""The few strokes everything painted is made of: crisp boxes, plain text on one line, cached colours.

It must never draw text in a way that could interpret markup, and never keep state between two paints.
"""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from console.theme.fonts import Face, font, metrics

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


@lru_cache(maxsize=256)
def colour(value: str) -> QColor:
    """Return the shared `QColor` of a token; do not change it."""
    return QColor(value)


def faded(value: str, alpha: int) -> QColor:
    """Return a colour with an opacity from 0 to 255."""
    made = QColor(value)
    made.setAlpha(alpha)
    return made


def begin(widget: QWidget) -> QPainter:
    """Start painting on a widget, with smooth edges and text. The caller calls `end`."""
    painter = QPainter(widget)
    smooth(painter)
    return painter


def smooth(painter: QPainter) -> None:
    """Turn on smooth edges and text."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)


def box(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: str | QColor | None,
    edge: str | QColor | None = None,
    width: float = 1.0,
) -> None:
    """Paint a rounded box whose edge lies inside `rect`, on whole pixels."""
    if edge is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        inset = width / 2
        rect = rect.adjusted(inset, inset, -inset, -inset)
        painter.setPen(QPen(colour(edge) if isinstance(edge, str) else edge, width))
    if fill is None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        painter.setBrush(colour(fill) if isinstance(fill, str) else fill)
    painter.drawRoundedRect(rect, radius, radius)


def disc(painter: QPainter, rect: QRectF, fill: str | QColor) -> None:
    """Paint a filled circle."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(fill) if isinstance(fill, str) else fill)
    painter.drawEllipse(rect)


def line(painter: QPainter, x1: float, y1: float, x2: float, y2: float, stroke: str) -> None:
    """Paint a hairline on whole pixels."""
    painter.setPen(QPen(colour(stroke), 1))
    painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))


def text(
    painter: QPainter,
    rect: QRectF,
    words: str,
    face: Face,
    ink: str | QColor,
    align: Qt.AlignmentFlag = LEFT,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Paint plain words on one line, cut with an ellipsis where they do not fit."""
    painter.setFont(font(face))
    painter.setPen(colour(ink) if isinstance(ink, str) else ink)
    fitting = metrics(face).elidedText(words, elide, max(0.0, rect.width() + 0.5))
    painter.drawText(rect, int(align) | int(Qt.TextFlag.TextSingleLine), fitting)


def bubble_path(rect: QRectF, radius: float, tight: float, *, tail_right: bool) -> QPainterPath:
    """Return a rounded box with one tighter upper corner, on the speaker's side."""
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    corner = QPainterPath()
    side = QRectF(rect.right() - radius, rect.top(), radius, radius)
    if not tail_right:
        side = QRectF(rect.left(), rect.top(), radius, radius)
    corner.addRoundedRect(side, tight, tight)
    return path.united(corner)


def focus_ring(painter: QPainter, rect: QRectF, radius: float, ring: str) -> None:
    """Paint the focus ring inside a rectangle."""
    box(painter, rect, radius, None, ring, 2.0)

"""Buttons: what they do in a word, an icon, and the key that does it; the kind says how much is at stake.

A key cap is a picture: shortcuts belong to the workspace, which scopes them so that no key fires while someone types
(R-M2). A button must never act twice for one click: `busy` takes it out of play at once.
"""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, SMALL_MEDIUM, text_width
from console.theme.icons import paint_icon
from console.widgets.key_cap import key_cap_width, paint_key_cap
from console.widgets.painting import begin, box, focus_ring, text
from console.widgets.plain_label import plain_tooltip

_LEAST_MARGIN = 6
_LEAST_WORDS = 48
ButtonKind = Literal["primary", "secondary", "danger", "danger_solid", "ghost"]


@dataclass(frozen=True, slots=True)
class ButtonProps:
    """What a button says.

    Attributes:
        words: What happens; empty for an icon alone, which then needs `spoken`.
        kind: How much is at stake.
        icon: Name of an icon, or None.
        key: The key cap shown, or empty.
        enabled: Whether it can be used.
        busy: The action is under way: not usable, and it says so.
        hint: A tooltip; why it is disabled, for instance.
        spoken: What a screen reader says instead of the words.
        small: 28 instead of 34 pixels high.
        quiet: A ghost icon in small and low voice, for actions repeated on every row.
    """

    words: str
    kind: ButtonKind = "secondary"
    icon: str | None = None
    key: str = ""
    enabled: bool = True
    busy: bool = False
    hint: str = ""
    spoken: str = ""
    small: bool = False
    quiet: bool = False


class Button(QAbstractButton):
    """A painted button; `clicked` is its signal."""

    def __init__(self, theme: Theme, props: ButtonProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._props = props
        theme.changed.connect(self.update)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # A click must not take the keyboard away from the list or the field it serves.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.set_props(props)

    @property
    def props(self) -> ButtonProps:
        """What it says now."""
        return self._props

    def set_props(self, props: ButtonProps) -> None:
        """Say and be something else."""
        self._props = props
        self.setEnabled(props.enabled and not props.busy)
        said = props.spoken or props.words
        self.setAccessibleName(strings.button_spoken(said, props.key, busy=props.busy))
        self._tell()
        self.updateGeometry()
        self.update()

    def _tell(self) -> None:
        """Say in a tooltip what cannot be read on it."""
        props = self._props
        whole = props.words and self._content_width() <= self.width()
        plain_tooltip(self, props.hint or ("" if whole else props.spoken or props.words))

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._tell()

    def _content_width(self) -> float:
        props = self._props
        face = SMALL_MEDIUM if props.small else BODY_MEDIUM
        width = text_width(props.words, face) if props.words else 0.0
        if props.icon or props.busy:
            width += 16 + (6 if props.words else 0)
        if props.key:
            width += key_cap_width(props.key) + 8
        return width

    def sizeHint(self) -> QSize:  # Qt's name
        height = 28 if self._props.small else 34
        if not self._props.words and not self._props.key:
            return QSize(height, height)
        return QSize(int(self._content_width()) + (20 if self._props.small else 26), height)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """As much as it takes to read a few letters; it counts only where a place lets its buttons be cut (`may_be_cut`)."""
        hint, props = self.sizeHint(), self._props
        if not props.words:
            return hint
        face = SMALL_MEDIUM if props.small else BODY_MEDIUM
        spare = max(0, int(text_width(props.words, face)) - _LEAST_WORDS) + (22 if props.icon or props.busy else 0)
        return QSize(hint.width() - spare, hint.height())

    def may_be_cut(self) -> None:
        """Let a narrow place cut the words with an ellipsis, rather than be pushed wide by them."""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def enterEvent(self, event: QEnterEvent) -> None:  # Qt's name
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # Qt's name
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        rect = QRectF(self.rect())
        ink = self._paint_box(painter, rect)
        self._paint_content(painter, ink)
        painter.end()

    def _paint_box(self, painter: QPainter, rect: QRectF) -> str:
        """Paint plane, edge and focus; return the colour of the words."""
        tokens, kind = self.theme.tokens, self._props.kind
        hot = self.isEnabled() and self.underMouse()
        down = self.isDown()
        fill: str | None = tokens.surface if tokens.name == "light" else tokens.raised
        edge: str | None = tokens.control
        ink = tokens.text
        if kind in {"primary", "danger_solid"}:
            tone = tokens.accent if kind == "primary" else tokens.danger
            fill = tone.solid
            if hot or down:
                fill = tokens.accent_hover if kind == "primary" else tokens.danger_hover
            edge, ink = None, tone.on_solid
        elif kind == "danger":
            ink = tokens.danger.text
            if hot or down:
                fill, edge = tokens.danger.soft, tokens.danger.text
        elif kind == "ghost":
            ink, edge, fill = tokens.text_quiet if self._props.quiet else tokens.text_soft, None, None
            if hot or down:
                fill = tokens.hover
        elif hot or down:
            fill = tokens.pressed if down else tokens.hover
        if not self.isEnabled():
            ink = tokens.text_quiet
            edge = tokens.line if kind != "ghost" else None
            fill = tokens.sunken if kind != "ghost" else None
        box(painter, rect, 8, fill, edge)
        if self.hasFocus():
            ring = tokens.focus if kind not in {"primary", "danger_solid"} else tokens.text
            focus_ring(painter, rect, 8, ring)
        return ink

    def _paint_content(self, painter: QPainter, ink: str) -> None:
        props = self._props
        face = SMALL_MEDIUM if props.small else BODY_MEDIUM
        # Where words are longer than the place they were given, the icon goes first; then they are cut with an ellipsis.
        over = max(0.0, self._content_width() - (self.width() - 2 * _LEAST_MARGIN))
        name = "loader-circle" if props.busy else props.icon
        if over and name and props.words:
            name, over = "", max(0.0, over - 22)
            x = float(_LEAST_MARGIN)
        else:
            x = (self.width() - self._content_width()) / 2
            x = max(float(_LEAST_MARGIN), x) if props.words else x
        middle = self.height() / 2
        if name:
            soft = self.theme.tokens.text_soft
            shade = soft if props.kind == "secondary" and self.isEnabled() else ink
            side = 13.0 if props.quiet else 16.0
            place = QRectF(x + (16 - side) / 2, middle - side / 2, side, side)
            paint_icon(painter, place, name, shade, 2.0)
            x += 22
        if props.words:
            room = text_width(props.words, face) - over
            text(painter, QRectF(x, 0, room + 2, self.height()), props.words, face, ink)
            x += room + 8
        if props.key:
            paint_key_cap(painter, x, middle, props.key, ink)

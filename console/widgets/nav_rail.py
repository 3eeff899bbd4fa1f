"""The workspaces down the left edge: icon, name, and how much waits there (R-M1, R-M8).

It must never hide a workspace that cannot be used yet: an empty place says so itself.
"""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import Face, text_width
from console.theme.icons import paint_icon
from console.widgets.painting import CENTRE, begin, box, focus_ring, line, text
from console.widgets.plain_label import plain_tooltip
from console.widgets.themed import ThemedFrame

RAIL_WIDTH = 76
_TALL = 54
_LOW = 40
"""Where the rail is short, its tabs show their icons alone."""
_NAME = Face(10, 500)
_TIGHT = _NAME._replace(spacing=-0.3)
"""For a name that would touch the edges of its plane."""
_COUNT = Face(10, 700)


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace: its id, icon, the key that goes there, and whether it stands at the bottom."""

    key: str
    icon: str
    shortcut: str
    last: bool = False

    @property
    def words(self) -> str:
        """Its name."""
        return strings.place_name(self.key)


PLACES: tuple[Place, ...] = (
    Place("live", "messages-square", "Ctrl 1"),
    Place("approvals", "shield-check", "Ctrl 2"),
    Place("triage", "stethoscope", "Ctrl 3"),
    Place("audit", "scroll-text", "Ctrl 4"),
    Place("measures", "chart-column", "Ctrl 5"),
    Place("releases", "rocket", "Ctrl 6"),
    Place("settings", "settings", "Ctrl 7", last=True),
)
"""The seven workspaces, in order."""


class _Tab(QAbstractButton):
    def __init__(self, theme: Theme, place: Place) -> None:
        super().__init__()
        self._theme = theme
        self._place = place
        self._count = 0
        self._named = True
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedSize(RAIL_WIDTH - 12, _TALL)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_count(0)
        theme.changed.connect(self.update)

    def set_count(self, count: int) -> None:
        """Show how much waits there."""
        self._count = count
        spoken = strings.workspace_spoken(self._place.words, count, self._place.shortcut)
        self.setAccessibleName(spoken)
        plain_tooltip(self, spoken)
        self.update()

    def set_named(self, named: bool) -> None:
        """Show the name below the icon, or the icon alone."""
        self._named = named
        self.setFixedHeight(_TALL if named else _LOW)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(RAIL_WIDTH - 12, _TALL if self._named else _LOW)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = begin(self)
        tokens = self._theme.tokens
        rect = QRectF(self.rect())
        ink = tokens.text_soft
        if self.isChecked():
            box(painter, rect, 10, tokens.accent.soft, tokens.accent.line)
            ink = tokens.accent.text
        elif self.underMouse():
            box(painter, rect, 10, tokens.hover)
            ink = tokens.text
        centre = rect.width() / 2
        paint_icon(painter, QRectF(centre - 10, 9 if self._named else 10, 20, 20), self._place.icon, ink, 1.9)
        if self._named:
            face = _NAME if text_width(self._place.words, _NAME) < rect.width() - 4 else _TIGHT
            text(painter, QRectF(0, 33, rect.width(), 14), self._place.words, face, ink, CENTRE)
        if self._count:
            words = str(self._count) if self._count < 100 else "99+"
            wide = max(16.0, text_width(words, _COUNT) + 8)
            badge = QRectF(centre + 3, 4, wide, 16)
            box(painter, badge.adjusted(-1.5, -1.5, 1.5, 1.5), 9.5, tokens.surface)
            box(painter, badge, 8, tokens.danger.solid)
            text(painter, badge, words, _COUNT, tokens.danger.on_solid, CENTRE)
        if self.hasFocus():
            focus_ring(painter, rect, 10, tokens.focus)
        painter.end()


class NavRail(ThemedFrame):
    """The rail.

    Signals:
        chosen(str): The id of the workspace someone wants.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, current: str = "live", parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFixedWidth(RAIL_WIDTH)
        self.setAccessibleName(strings.WORKSPACES)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 10, 6, 10)
        column.setSpacing(4)
        self._around = 2 * 10 + 4 * len(PLACES)
        self.setMinimumHeight(len(PLACES) * _LOW + self._around)
        self._named = True
        self._tabs: dict[str, _Tab] = {}
        for place in PLACES:
            if place.last:
                column.addStretch(1)
            tab = _Tab(theme, place)
            tab.clicked.connect(lambda _checked=False, key=place.key: self.chosen.emit(key))
            self._tabs[place.key] = tab
            column.addWidget(tab)
        self.set_current(current)

    def set_current(self, key: str) -> None:
        """Mark the workspace shown."""
        self._tabs[key].setChecked(True)

    def set_count(self, key: str, count: int) -> None:
        """Show how much waits in a workspace."""
        self._tabs[key].set_count(count)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        named = self.height() >= len(PLACES) * _TALL + self._around
        if named != self._named:
            self._named = named
            for tab in self._tabs.values():
                tab.set_named(named)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        painter = begin(self)
        painter.fillRect(self.rect(), self.tokens.surface)
        line(painter, self.width() - 0.5, 0, self.width() - 0.5, self.height(), self.tokens.line)
        painter.end()

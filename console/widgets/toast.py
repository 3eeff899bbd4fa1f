"""Short news inside the window, for desktops without a tray: what happened, and at most one thing to do about it.

Bad news stays until it is dismissed; other news leaves by itself, never while the pointer rests on it (R-M8). It must never
stand over what somebody decides by: an amount, a button.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY_STRONG, SMALL
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Icon
from console.widgets.floating import SHADOW, FloatingPlane
from console.widgets.plain_label import PlainLabel

_STAYS_MS = 7_000
_ICONS: dict[Tone, str] = {
    "neutral": "info",
    "accent": "info",
    "info": "info",
    "ok": "circle-check",
    "warn": "triangle-alert",
    "danger": "circle-alert",
}
MOST_TOASTS = 4
_WIDE = 372
_NARROW = 250
"""A toast in a slim column: its words take more lines."""
_EDGE = 12
_LOWER = 2 / 3
"""Of the height of a list: what it is narrowed with, and its first rows, stay free."""


@dataclass(frozen=True, slots=True)
class ToastProps:
    """One piece of news.

    Attributes:
        key: Its id; the same id replaces what is shown.
        title: What happened.
        words: A second line, or empty.
        tone: What it means; `danger` stays until dismissed.
        action: Words of one button, or empty.
    """

    key: str
    title: str
    words: str = ""
    tone: Tone = "neutral"
    action: str = ""


class Toast(FloatingPlane):
    """One piece of news on a floating plane.

    Signals:
        acted(str): Its button was used; the id.
        dismissed(str): It was closed or left by itself; the id.
    """

    acted = Signal(str)
    dismissed = Signal(str)

    def __init__(self, theme: Theme, props: ToastProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, radius=12)
        self.props = props
        self._theme = theme
        self.setFixedWidth(_WIDE + 2 * SHADOW)
        self.setAccessibleName(f"{props.title}. {props.words}".strip())
        row = QHBoxLayout(self)
        row.setContentsMargins(SHADOW + 14, SHADOW + 12, SHADOW + 8, SHADOW + 12)
        row.setSpacing(11)
        row.addWidget(Icon(theme, _ICONS[props.tone], props.tone, 18), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addWidget(PlainLabel(theme, props.title, BODY_STRONG, wrap=True, limit=160))
        if props.words:
            column.addWidget(PlainLabel(theme, props.words, SMALL, ink="soft", wrap=True, limit=240))
        if props.action:
            action = Button(theme, ButtonProps(props.action, small=True))
            action.clicked.connect(self._act)
            column.addSpacing(5)
            # Below the words, which have the whole of a slim column.
            column.addWidget(action, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(column, 1)
        close = Button(theme, ButtonProps("", "ghost", "x", spoken=strings.DISMISS, small=True))
        close.clicked.connect(self._dismiss)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._leaves = QTimer(self)
        self._leaves.setSingleShot(True)
        self._leaves.setInterval(_STAYS_MS)
        self._leaves.timeout.connect(self._dismiss)
        self._let_go()

    def _let_go(self) -> None:
        """Bad news stays, and so does all news where nothing is to move by itself."""
        if self.props.tone != "danger" and not self._theme.still:
            self._leaves.start()

    @property
    def leaving(self) -> bool:
        """Whether it leaves by itself."""
        return self._leaves.isActive()

    def stop(self) -> None:
        """Count down no more."""
        self._leaves.stop()

    def _act(self) -> None:
        self.acted.emit(self.props.key)
        self._dismiss()

    def _dismiss(self) -> None:
        self._leaves.stop()
        self.dismissed.emit(self.props.key)

    def enterEvent(self, event: QEnterEvent) -> None:  # Qt's name
        self._leaves.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # Qt's name
        self._let_go()
        super().leaveEvent(event)


class ToastStack(QObject):
    """The news of one window, newest lowest, in the lower left corner of a part of it; at most four at a time.

    What does not fit above the others there is not shown; it is heard, and stands under the bell.

    Args:
        theme: The look.
        window: Over which they stand.
        part: Where in the window now: a list, in which nothing is decided; None is the window itself.

    Signals:
        acted(str): The button of a toast was used; its id.
    """

    acted = Signal(str)

    def __init__(self, theme: Theme, window: QWidget, part: Callable[[], QWidget | None] = lambda: None) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._part = part
        self._beside: QWidget = window
        self._toasts: list[Toast] = []
        window.installEventFilter(self)

    def show_toast(self, props: ToastProps) -> None:
        """Show news, read it to a screen reader, and let the oldest go when there is too much."""
        self._remove(props.key)
        while len(self._toasts) >= MOST_TOASTS:
            self._remove(self._toasts[0].props.key)
        toast = Toast(self._theme, props, self._window)
        toast.acted.connect(self.acted)
        toast.dismissed.connect(self._remove)
        self._toasts.append(toast)
        self.place()
        toast.raise_()
        said = QAccessibleAnnouncementEvent(toast, toast.accessibleName())
        if props.tone == "danger":
            said.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(said)

    def keys(self) -> tuple[str, ...]:
        """Return the ids shown now, oldest first."""
        return tuple(toast.props.key for toast in self._toasts)

    def leaving(self, key: str) -> bool:
        """Return whether news will leave by itself."""
        return any(toast.props.key == key and toast.leaving for toast in self._toasts)

    def dismiss(self, key: str) -> None:
        """Take one away, e.g. because the window closes or what it says no longer holds."""
        self._remove(key)

    def _remove(self, key: str) -> None:
        for toast in [one for one in self._toasts if one.props.key == key]:
            self._toasts.remove(toast)
            toast.stop()
            toast.hide()
            toast.deleteLater()
        self.place()

    def place(self) -> None:
        """Stand where the window has room now."""
        self._watch(self._part() or self._window)
        beside, bottom_edge = self._beside, self._window.height() - 34
        room = QRect(beside.mapTo(self._window, QPoint(0, 0)), beside.size())
        wide = max(_NARROW, min(_WIDE, room.width() - 2 * _EDGE)) + 2 * SHADOW
        bottom = min(room.y() + room.height() - _EDGE, bottom_edge) + SHADOW
        highest, full = bottom - SHADOW - int(room.height() * _LOWER), False
        for toast in reversed(self._toasts):
            toast.setFixedWidth(wide)
            toast.fit_height()
            top = bottom - toast.height()
            full = full or (top + SHADOW < highest and toast is not self._toasts[-1])
            toast.setVisible(not full)
            toast.move(room.x() + _EDGE - SHADOW, top)
            bottom = top + 2 * SHADOW - _EDGE

    def _watch(self, part: QWidget) -> None:
        """Follow a part whose edge is dragged."""
        if part is self._beside:
            return
        if self._beside is not self._window:
            self._beside.removeEventFilter(self)
        if part is not self._window:
            part.installEventFilter(self)
        self._beside = part

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if watched in (self._window, self._beside) and event.type() == QEvent.Type.Resize:
            self.place()
        return False

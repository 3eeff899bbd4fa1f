"""Short news inside the window, for desktops without a tray: what happened, and at most one thing to do about it.

Bad news stays until it is dismissed; other news leaves by itself, never while the pointer rests on it (R-M8).
"""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
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
        self.setFixedWidth(372 + 2 * SHADOW)
        self.setAccessibleName(f"{props.title}. {props.words}".strip())
        row = QHBoxLayout(self)
        row.setContentsMargins(SHADOW + 14, SHADOW + 12, SHADOW + 8, SHADOW + 12)
        row.setSpacing(11)
        row.addWidget(Icon(theme, _ICONS[props.tone], props.tone, 18), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addWidget(PlainLabel(theme, props.title, BODY_STRONG, wrap=True, limit=160))
        if props.words:
            column.addWidget(PlainLabel(theme, props.words, SMALL, ink="soft", wrap=True, limit=300))
        row.addLayout(column, 1)
        if props.action:
            action = Button(theme, ButtonProps(props.action, small=True))
            action.clicked.connect(self._act)
            row.addWidget(action, 0, Qt.AlignmentFlag.AlignTop)
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
    """The news of one window, newest lowest, in its lower right corner; at most four at a time.

    Signals:
        acted(str): The button of a toast was used; its id.
    """

    acted = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
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
        self._place()
        toast.show()
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
        self._place()

    def _place(self) -> None:
        bottom = self._window.height() - 34 + SHADOW
        for toast in reversed(self._toasts):
            toast.fit_height()
            bottom -= toast.height() - SHADOW
            toast.move(self._window.width() - toast.width() - 18 + SHADOW, bottom - SHADOW)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._place()
        return False

"""Over the window, what is shown once and by nobody again: a one-time code, the fingerprint of a key just made (R-M7).

It is read aloud or copied, so it stands large, sign by sign, and can be selected. A press beside it must never take it
away, and nothing of it is kept once it is closed.
"""

from typing import Final

from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console import strings, texts_people
from console.shell.overlay import Overlay
from console.theme.controller import Theme
from console.theme.fonts import BODY, HEADING, SMALL, Face
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card
from console.widgets.floating import SHADOW
from console.widgets.plain_label import PlainLabel
from console.workspaces.people_deeds import Once

_WIDTH: Final = 660
_HEIGHT: Final = 256
_HEIGHT_ALONE: Final = 204
"""Pixels, with and without what happens then."""
_LARGE: Final = Face(22, 500, mono=True, spacing=1.0)
_LONG: Final = Face(13, 500, mono=True)
_LARGE_SIGNS: Final = 32
"""A code of a person's length stands large; a fingerprint has twice as many signs and stays on one line."""


class OnceOverlay(Overlay):
    """The plane."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window, _WIDTH, _HEIGHT)
        edge = SHADOW + 24
        self.column.setContentsMargins(edge, edge - 4, edge, edge - 6)
        self.column.setSpacing(10)
        self._title = PlainLabel(theme, "", HEADING)
        self._words = PlainLabel(theme, "", BODY, ink="soft", wrap=True)
        self._box = Card(theme, margin=16, spacing=0)
        self._signs: PlainLabel | None = None
        self._after = PlainLabel(theme, "", SMALL, ink="quiet", wrap=True)
        self._copy = Button(theme, ButtonProps(strings.COPY, icon="copy"))
        self._copy.clicked.connect(self._take)
        self.done = Button(theme, ButtonProps(texts_people.ONCE_DONE, "primary"))
        self.done.clicked.connect(self.close_overlay)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self._copy)
        row.addWidget(self.done)
        for each in (self._title, self._words, self._box, self._after):
            self.column.addWidget(each)
        self.column.addStretch(1)
        self.column.addLayout(row)
        self.closed.connect(self._forget)

    def first_focus(self) -> QWidget:
        return self._copy

    def show_once(self, once: Once) -> None:
        """Show it."""
        self._forget()
        self._copy.set_props(ButtonProps(strings.COPY, icon="copy"))
        self._title.setText(once.title)
        self._words.setText(once.words)
        face = _LARGE if len(once.shown) <= _LARGE_SIGNS else _LONG
        self._signs = PlainLabel(self.theme, once.shown, face, selectable=True)
        self._box.body.addWidget(self._signs)
        self._after.setText(once.after)
        self._after.setVisible(bool(once.after))
        self.setAccessibleName(f"{once.title}. {once.words}")
        self._size = (_WIDTH, _HEIGHT if once.after else _HEIGHT_ALONE)
        self.open()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Stay: a press beside it would take away what nobody can show again."""
        event.accept()

    def _take(self) -> None:
        if self._signs is not None:
            QGuiApplication.clipboard().setText(self._signs.whole_text())
            self._copy.set_props(ButtonProps(texts_people.ONCE_COPIED, icon="check"))

    def _forget(self) -> None:
        if self._signs is not None:
            self._box.body.removeWidget(self._signs)
            self._signs.hide()
            self._signs.deleteLater()
            self._signs = None

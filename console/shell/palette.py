"""The command palette: go anywhere, do anything, find any loaded conversation, by keyboard (R-M8).

Opens over the window with Ctrl+K. What it offers is given to it as lines; choosing one closes it first and then emits the
line's key, so that whatever follows finds the window as it was.
"""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from console import words
from console.models.lines_model import LinesModel
from console.shell.matching import best
from console.shell.overlay import Overlay
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, CAPTION, READING, font, text_width
from console.theme.icons import paint_icon
from console.widgets.key_cap import key_cap_width, paint_key_cap
from console.widgets.painting import RIGHT, box, smooth, text
from console.widgets.visible_text import one_line

_MOST = 60
_ROW = 40
_PAUSE_MS = 140
_LONGEST = 200
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PaletteLine:
    """One thing to choose.

    Attributes:
        key: What is chosen.
        words: What it says.
        kind: What it is, in a word.
        icon: Name of an icon.
        shortcut: The key that does the same, or empty.
        more: Further words it is found by.
        recent: Whether this person was there lately.
        found: The core found it for what is typed, so it is offered whatever its words.
    """

    key: str
    words: str
    kind: str
    icon: str
    shortcut: str = ""
    more: str = ""
    recent: bool = False
    found: bool = False


def _words(line: PaletteLine) -> str:
    return one_line(line.words, _LONGEST)


def _spoken(line: PaletteLine) -> str:
    return f"{line.kind}: {_words(line)}, {line.shortcut}".rstrip(", ")


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(300, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        line = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(line, PaletteLine):
            return
        tokens = self._theme.tokens
        rect = QRectF(option.rect).adjusted(8, 1, -8, -1)
        painter.save()
        smooth(painter)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            box(painter, rect, 8, tokens.accent.soft, tokens.accent.line)
        ink = tokens.accent.text if chosen else tokens.text_soft
        paint_icon(painter, QRectF(rect.x() + 12, rect.center().y() - 8, 16, 16), line.icon, ink, 2.0)
        right = rect.right() - 12
        if line.shortcut:
            right -= key_cap_width(line.shortcut)
            paint_key_cap(painter, right, rect.center().y(), line.shortcut, tokens.text_quiet)
            right -= 10
        wide = text_width(line.kind, CAPTION) + 2
        text(painter, QRectF(right - wide, rect.y(), wide, rect.height()), line.kind, CAPTION, tokens.text_quiet, RIGHT)
        room = QRectF(rect.x() + 40, rect.y(), right - wide - rect.x() - 52, rect.height())
        text(painter, room, _words(line), BODY_MEDIUM, tokens.text)
        painter.restore()


class _Field(QLineEdit):
    """Hands the keys that move to the list."""

    moved = Signal(int)
    taken = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self.moved.emit(step)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.taken.emit()
        elif event.key() in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            self.moved.emit(1 if event.key() == Qt.Key.Key_Tab else -1)
        else:
            super().keyPressEvent(event)


class Palette(Overlay):
    """The palette.

    Signals:
        chosen(str): The key of the line chosen.
        typed(str): What is looked for, after a pause.
    """

    chosen = Signal(str)
    typed = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window, 640, 470)
        self.setAccessibleName(words.PALETTE_PLACEHOLDER)
        self._all: tuple[PaletteLine, ...] = ()
        self._added: tuple[PaletteLine, ...] = ()
        self._says = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._paused)
        self._field = _Field()
        self._field.setProperty("bare", True)
        self._field.setFont(font(READING))
        self._field.setFixedHeight(52)
        self._field.setTextMargins(18, 0, 18, 0)
        self._field.setPlaceholderText(words.PALETTE_PLACEHOLDER)
        self._field.setAccessibleName(words.PALETTE_PLACEHOLDER)
        self._field.setMaxLength(200)
        self._field.textEdited.connect(self._edited)
        self._field.moved.connect(self._step)
        self._field.taken.connect(self._take)
        self.column.addWidget(self._field)
        rule = QFrame()
        rule.setFixedHeight(1)
        rule.setAutoFillBackground(True)
        rule.setBackgroundRole(rule.palette().ColorRole.Mid)
        self.column.addWidget(rule)
        self._lines: LinesModel[PaletteLine] = LinesModel(self, _words, _spoken)
        self._list = QListView()
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setItemDelegate(_Delegate(theme, self._list))
        self._list.setModel(self._lines)
        self._list.setAccessibleName(words.PALETTE_PLACEHOLDER)
        self._list.setContentsMargins(0, 6, 0, 6)
        self._list.clicked.connect(self._clicked)
        self.column.addSpacing(6)
        self.column.addWidget(self._list, 1)
        self.column.addSpacing(6)

    def first_focus(self) -> QWidget:
        return self._field

    def offer(self, lines: tuple[PaletteLine, ...]) -> None:
        """Open with these lines and an empty field."""
        self._all, self._added, self._says = lines, (), ""
        self._pause.stop()
        self._field.clear()
        self._narrow("")
        self.open()

    def add(self, lines: tuple[PaletteLine, ...], says: str = "") -> None:
        """Show what was found elsewhere for what is typed, below the rest; the line one stands on stays.

        Args:
            lines: What was found.
            says: A line that only tells, e.g. that it is still being looked for; empty for none.
        """
        self._added, self._says = lines, says
        stood = self._list.currentIndex().row()
        key = self._lines.lines[stood].key if 0 <= stood < len(self._lines.lines) else ""
        self._narrow(self._field.text())
        again = next((at for at, line in enumerate(self._lines.lines) if line.key == key), 0)
        self._list.setCurrentIndex(self._lines.index(again, 0))

    def _edited(self, typed: str) -> None:
        self._added = ()
        self._narrow(typed)
        self._pause.start()

    def _paused(self) -> None:
        self.typed.emit(self._field.text())

    def close_overlay(self) -> None:
        self._pause.stop()
        super().close_overlay()

    def _narrow(self, typed: str) -> None:
        found = best(typed, self._all, _MOST)
        found += [line for line in self._added if all(line.key != one.key for one in found)]
        if self._says:
            found.append(PaletteLine("", self._says, "", "loader-circle"))
        self._lines.show_lines(found or [PaletteLine("", words.PALETTE_EMPTY, "", "search")])
        self._list.setCurrentIndex(self._lines.index(0, 0))

    def _step(self, by: int) -> None:
        last = self._lines.rowCount() - 1
        at = max(0, min(last, self._list.currentIndex().row() + by))
        self._list.setCurrentIndex(self._lines.index(at, 0))

    def _take(self) -> None:
        self._clicked(self._list.currentIndex())

    def _clicked(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        key = self._lines.lines[index.row()].key
        if not key:
            return
        self.close_overlay()
        self.chosen.emit(key)

"""The log of a conversation over the window: decisions first, everything when asked for, the raw event one key away (R-M8).

A list of a painted row each, so that a long log opens at once. Read, copied, and left with Esc. It must never be where
something is decided.
"""

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QPlainTextEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console import strings, texts_log
from console.language.numbers import number
from console.models.lines_model import LinesModel
from console.presenting.log_view import SHOWN, LogLine, Shown
from console.shell.overlay import Overlay
from console.theme.controller import Theme
from console.theme.fonts import BODY, CAPTION, MONO_SMALL, SMALL, TITLE, font, text_width
from console.theme.icons import paint_icon
from console.widgets.button import Button, ButtonProps
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.painting import box, smooth, text
from console.widgets.plain_label import PlainLabel, as_tooltip
from console.widgets.search_field import SearchField
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.widgets.visible_text import one_line, visible

MOST_LINES = 5_000
_ROW = 44
_LONGEST = 400
_RAW_LONGEST = 60_000
_Index = QModelIndex | QPersistentModelIndex


def _words(line: LogLine) -> str:
    return one_line(line.words, _LONGEST)


def _tip(line: LogLine) -> str:
    return as_tooltip(line.tip())


def _spoken(line: LogLine) -> str:
    return one_line(line.spoken(), _LONGEST)


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(300, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        line = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(line, LogLine):
            return
        tokens = self._theme.tokens
        rect = QRectF(option.rect).adjusted(4, 1, -8, -1)
        painter.save()
        smooth(painter)
        if option.state & QStyle.StateFlag.State_Selected:
            box(painter, rect, 8, tokens.accent.soft, tokens.accent.line)
        ink = tokens.text_quiet if line.tone is None else tokens.tone(line.tone).text
        paint_icon(painter, QRectF(rect.x() + 10, rect.y() + 6, 15, 15), line.icon, ink, 2.0)
        wide = text_width(line.at, MONO_SMALL) + 2
        upper = QRectF(rect.x() + 36, rect.y() + 3, rect.width() - wide - 58, 21)
        loud = tokens.text if line.kind != "inner" else tokens.text_soft
        text(painter, upper, _words(line), BODY, loud)
        text(painter, QRectF(rect.right() - wide - 10, rect.y() + 3, wide, 21), line.at, MONO_SMALL, tokens.text_quiet)
        lower = QRectF(upper.x(), rect.y() + 22, rect.width() - 46, 17)
        text(painter, lower, f"{line.seq} · {one_line(line.who, 80)}", CAPTION, tokens.text_quiet)
        painter.restore()


class _List(QListView):
    """Keys of the log: kinds by number, the raw event with Enter, copying with Ctrl C, `/` to search."""

    parted = Signal(int)
    opened = Signal()
    copied = Signal()
    sought = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        held = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_R:
                self.opened.emit()
            case Qt.Key.Key_C if held:
                self.copied.emit()
            case Qt.Key.Key_1 | Qt.Key.Key_2 | Qt.Key.Key_3 | Qt.Key.Key_4:
                self.parted.emit(event.key() - Qt.Key.Key_1)
            case Qt.Key.Key_Slash:
                self.sought.emit()
            case Qt.Key.Key_Escape:
                event.ignore()
            case _:
                super().keyPressEvent(event)


class LogSheet(Overlay):
    """The view.

    Signals:
        said(str): Something to tell the person, e.g. how much was copied.
    """

    said = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window, 940, 640)
        self.setAccessibleName(texts_log.TITLE)
        self._all: tuple[LogLine, ...] = ()
        self._part: Shown = "decided"
        self._typed = ""
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(24, 18, 16, 14)
        outer.setSpacing(9)
        outer.addLayout(self._head())
        self._cut = PlainLabel(theme, "", SMALL, ink="quiet")
        outer.addWidget(self._cut)
        self._model: LinesModel[LogLine] = LinesModel(self, _words, _spoken, tip=_tip)
        self.list = self._listed()
        outer.addWidget(self.list, 5)
        self._empty = EmptyState(theme, EmptyStateProps("scroll-text", "", texts_log.NOTHING_HERE, "neutral"))
        outer.addWidget(self._empty, 5)
        self.raw = QPlainTextEdit()
        self.raw.setReadOnly(True)
        self.raw.setFont(font(MONO_SMALL))
        self.raw.setAccessibleName(texts_log.RAW)
        self.raw.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.raw.hide()
        outer.addWidget(self.raw, 4)
        foot = QHBoxLayout()
        foot.addWidget(PlainLabel(theme, texts_log.KEYS, CAPTION, ink="quiet"), 1)
        copy = Button(theme, ButtonProps(texts_log.COPY, "secondary", "copy", small=True))
        copy.clicked.connect(self.copy)
        foot.addWidget(copy)
        self._raw_button = Button(theme, ButtonProps(texts_log.RAW, "secondary", "braces", small=True))
        self._raw_button.clicked.connect(self.toggle_raw)
        foot.addWidget(self._raw_button)
        outer.addLayout(foot)
        self.column.addWidget(content)

    def _head(self) -> QVBoxLayout:
        head = QVBoxLayout()
        head.setSpacing(10)
        titled = QHBoxLayout()
        titled.addWidget(PlainLabel(self.theme, texts_log.TITLE, TITLE), 1)
        close = Button(self.theme, ButtonProps("", "ghost", "x", spoken=strings.DISMISS, small=True))
        close.clicked.connect(self.close_overlay)
        titled.addWidget(close)
        head.addLayout(titled)
        head.addWidget(PlainLabel(self.theme, texts_log.WORDS, SMALL, ink="quiet"))
        row = QHBoxLayout()
        row.setSpacing(10)
        self.parts = Segmented(self.theme, SegmentedProps(texts_log.TITLE, (), ""))
        self.parts.chosen.connect(self.show_part)
        row.addWidget(self.parts, 3)
        self.search = SearchField(self.theme, texts_log.SEARCH, "/")
        self.search.searched.connect(self._seek)
        row.addWidget(self.search, 2)
        head.addLayout(row)
        return head

    def _listed(self) -> _List:
        made = _List()
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setUniformItemSizes(True)
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.setItemDelegate(_Delegate(self.theme, made))
        made.setModel(self._model)
        made.setAccessibleName(texts_log.TITLE)
        made.parted.connect(self._part_by_number)
        made.opened.connect(self.toggle_raw)
        made.copied.connect(self.copy)
        made.sought.connect(self.search.setFocus)
        made.doubleClicked.connect(self._doubled)
        made.selectionModel().currentChanged.connect(self._moved)
        return made

    def first_focus(self) -> QWidget:
        return self.list

    def show_log(self, lines: tuple[LogLine, ...]) -> None:
        """Open with the log of a conversation, at its newest decision."""
        whole = len(lines)
        self._all = lines[-MOST_LINES:]
        self._cut.setText(texts_log.CUT.format(shown=number(MOST_LINES), all=number(whole)) if whole > MOST_LINES else "")
        self._cut.setVisible(whole > MOST_LINES)
        self._typed = ""
        self.search.clear()
        self.raw.hide()
        self.show_part("decided")
        self.open()

    def show_part(self, part: str) -> None:
        """Show one part of the log, at its end."""
        known: dict[str, Shown] = {one: one for one in SHOWN}
        self._part = known.get(part, "all")
        segments = tuple(
            Segment(one, texts_log.KINDS[one], number(sum(line.in_part(one) for line in self._all))) for one in SHOWN
        )
        self.parts.set_props(SegmentedProps(texts_log.TITLE, segments, self._part))
        self._fill()

    def _part_by_number(self, at: int) -> None:
        self.show_part(SHOWN[at])

    def _seek(self, typed: str) -> None:
        self._typed = typed
        self._fill()
        self.list.setFocus()

    def _fill(self) -> None:
        wanted = self._typed.casefold().split()
        kept = [line for line in self._all if line.in_part(self._part) and _holds(line, wanted)]
        self._model.show_lines(kept)
        self._empty.setVisible(not kept)
        self.list.setVisible(bool(kept))
        if kept:
            last = self._model.index(len(kept) - 1, 0)
            self.list.setCurrentIndex(last)
            self.list.selectionModel().select(last, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.list.scrollToBottom()
        self._show_raw()

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """What is listed now."""
        return tuple(self._model.lines)

    def current(self) -> LogLine | None:
        """The line one stands on."""
        index = self.list.currentIndex()
        return self._model.lines[index.row()] if index.isValid() else None

    def toggle_raw(self) -> None:
        """Show the event as it stands in the log, or hide it."""
        self.raw.setVisible(self.raw.isHidden() and self.current() is not None)
        self._show_raw()
        # The list is another height from now on, once it has been laid out.
        QTimer.singleShot(0, self.list, self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        self.list.scrollTo(self.list.currentIndex())

    def _doubled(self, _index: QModelIndex) -> None:
        self.toggle_raw()

    def _moved(self, _now: QModelIndex, _before: QModelIndex) -> None:
        self._show_raw()

    def _show_raw(self) -> None:
        line = self.current()
        if not self.raw.isHidden() and line is not None:
            self.raw.setPlainText(visible(line.raw, _RAW_LONGEST))

    def copy(self) -> None:
        """Put the chosen lines, or with the raw event shown that one, on the clipboard."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        chosen = [self._model.lines[row] for row in rows]
        if not chosen:
            return
        raw = not self.raw.isHidden()
        QGuiApplication.clipboard().setText("\n".join(line.raw if raw else line.spoken() for line in chosen))
        self.said.emit(texts_log.COPIED.of(len(chosen)))


def _holds(line: LogLine, wanted: list[str]) -> bool:
    if not wanted:
        return True
    said = f"{line.words} {line.who} {line.seq} {line.raw}".casefold()
    return all(part in said for part in wanted)

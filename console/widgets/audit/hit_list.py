"""The list of what a search found: who, when, and the words with what matched marked in them (R-M5).

It stays fast with a hundred thousand hits: a table view places rows without walking over them, and a row is turned into
words only when it is painted. Marks are ranges over plain text, never markup. It must never ask for another page by itself
more than once until it was told whether there is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QResizeEvent, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from console import texts_audit
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, CAPTION, SMALL, font, metrics, text_width
from console.theme.icons import paint_icon
from console.theme.tokens import Tokens, Tone
from console.widgets.chip import ChipProps, chip_width, paint_chip
from console.widgets.painting import RIGHT, box, colour, focus_ring, smooth, text
from console.widgets.visible_text import one_line, visible

ROW_HEIGHT = 92
COMPACT_ROW_HEIGHT = 76
COMPACT_BELOW = 620
"""A list shorter than this many pixels shows one line of words per hit, e.g. on a 1366×768 screen."""

_CUT = "…"
_LEAD = (28, 70)
"""Characters kept before the first match, on one line and on more."""
_LONGEST = 600
"""Characters of one piece that are looked at; two lines hold fewer."""
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HIT = int(Qt.ItemDataRole.UserRole)
_Hit = TypeVar("_Hit")


@dataclass(frozen=True, slots=True)
class HitProps:
    """One hit as it is shown.

    Attributes:
        key: Its id in the list.
        name: Who the conversation is with.
        when: Written out.
        pieces: The words around the match in order; True where they matched. Outside text.
        icon: Of who spoke, or what it was.
        about: Who spoke and where: quiet.
        chip: What the conversation is now, or None.
        tone: Of the icon.
    """

    key: str
    name: str
    when: str
    pieces: tuple[tuple[str, bool], ...]
    icon: str = "message-circle"
    about: str = ""
    chip: ChipProps | None = None
    tone: Tone = "neutral"

    @property
    def words(self) -> str:
        """The words without marks."""
        return "".join(piece for piece, _ in self.pieces)

    def spoken(self) -> str:
        """What a screen reader says."""
        return ". ".join(
            part for part in (one_line(self.name, 120), self.when, one_line(self.words, 300), self.about) if part
        )


class HitsModel(QAbstractListModel, Generic[_Hit]):
    """Hits in the order of the answer.

    Args:
        present: Turns one hit into what is shown.

    Signals:
        more_wanted: The view has come near the end and `set_more(True)` was said.
    """

    more_wanted = Signal()

    def __init__(self, present: Callable[[_Hit], HitProps], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: Sequence[_Hit] = ()
        self._of: object = None
        self._more = False
        self._present = lru_cache(maxsize=512)(present)

    @property
    def hits(self) -> Sequence[_Hit]:
        """The hits now."""
        return self._hits

    def set_more(self, more: bool) -> None:
        """Say whether another page could be read."""
        self._more = more

    def set_hits(self, hits: Sequence[_Hit], of: object) -> bool:
        """Show hits; those of the same question are only ever added to, so nothing that is shown moves.

        Args:
            hits: In their order.
            of: What was asked; another one shows another list.

        Returns:
            Whether it is another list.
        """
        before, after = len(self._hits), len(hits)
        if of == self._of and after >= before and (not before or hits[before - 1] is self._hits[-1]):
            if after > before:
                self.beginInsertRows(QModelIndex(), before, after - 1)
                self._hits = hits
                self.endInsertRows()
            return False
        self.beginResetModel()
        self._hits, self._of = hits, of
        self.endResetModel()
        return True

    def forget_shown(self) -> None:
        """Present anew what is painted, e.g. because a day went by."""
        self._present.cache_clear()
        if self._hits:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._hits) - 1, 0))

    # -- Qt ------------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or role not in {_HIT, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return None
        shown = self._present(self._hits[index.row()])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return shown.spoken()
        return shown if role == _HIT else None

    def canFetchMore(self, parent: _Index) -> bool:  # Qt's name
        return self._more and not parent.isValid()

    def fetchMore(self, parent: _Index) -> None:  # Qt's name
        if self.canFetchMore(parent):
            self._more = False
            self.more_wanted.emit()


class _HitDelegate(QStyledItemDelegate):
    """Paints one row."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.compact = False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        shown = index.data(_HIT)
        if not isinstance(shown, HitProps):
            return
        rect = QRectF(option.rect).adjusted(8, 2, -8, -2)
        tokens = self._theme.tokens
        state = option.state
        painter.save()
        smooth(painter)
        if state & QStyle.StateFlag.State_Selected:
            box(painter, rect, 10, tokens.accent.soft, tokens.accent.line)
            box(painter, QRectF(rect.x() + 1, rect.y() + 12, 3, rect.height() - 24), 1.5, tokens.accent.solid)
        elif state & QStyle.StateFlag.State_MouseOver:
            box(painter, rect, 10, tokens.hover)
        self._paint_words(painter, rect.adjusted(14, 7, -12, -7), shown, tokens)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            focus_ring(painter, rect, 10, tokens.focus)
        painter.restore()

    def _paint_words(self, painter: QPainter, room: QRectF, shown: HitProps, tokens: Tokens) -> None:
        wide = text_width(shown.when, CAPTION) + 1
        head = QRectF(room.x(), room.y(), room.width() - wide - 10, 19)
        text(painter, head, one_line(shown.name, 160), BODY_MEDIUM, tokens.text)
        text(painter, QRectF(room.right() - wide, room.y(), wide, 19), shown.when, CAPTION, tokens.text_quiet, RIGHT)
        middle = room.bottom() - 10
        words = QRectF(room.x(), room.y() + 20, room.width(), middle - 12 - room.y() - 20)
        paint_pieces(painter, words, shown.pieces, tokens, lines=1 if self.compact else 2)
        shade = tokens.text_quiet if shown.tone == "neutral" else tokens.tone(shown.tone).text
        paint_icon(painter, QRectF(room.x(), middle - 6.5, 13, 13), shown.icon, shade, 2.1)
        right = room.right()
        if shown.chip is not None:
            taken = min(150.0, room.width() * 0.5)
            wide = paint_chip_right(painter, right, middle, shown.chip, tokens, taken)
            right -= wide + 8
        about = QRectF(room.x() + 19, middle - 9, max(0.0, right - room.x() - 19), 18)
        text(painter, about, one_line(shown.about, 200), CAPTION, tokens.text_quiet)


def paint_chip_right(painter: QPainter, right: float, middle: float, chip: ChipProps, tokens: Tokens, room: float) -> float:
    """Paint a chip that ends at `right`; return its width."""
    wide = min(chip_width(chip), room)
    return paint_chip(painter, right - wide, middle, chip, tokens, room=wide)


def paint_pieces(painter: QPainter, room: QRectF, pieces: tuple[tuple[str, bool], ...], tokens: Tokens, lines: int) -> None:
    """Paint words of which some are marked, on so many lines; the last one ends in an ellipsis when there is more."""
    pieces = near(tuple((_seen(piece), match) for piece, match in pieces), lines)
    words = "".join(piece for piece, _ in pieces)
    if not words:
        return
    face = metrics(SMALL)
    layout = _laid_out(words, pieces, tokens)
    y, height = room.y(), face.height() + 1
    layout.beginLayout()
    start = last = 0
    for number in range(lines):
        row = layout.createLine()
        if not row.isValid():
            break
        row.setLineWidth(room.width())
        row.setPosition(QPointF(0, number * height))
        last = row.textStart() + row.textLength()
        start = row.textStart()
    layout.endLayout()
    cut = last < _units(words)
    painter.setPen(colour(tokens.text_soft))
    if not cut:
        layout.draw(painter, QPointF(room.x(), y))
        return
    # The line that does not end the text is laid out again with what fits of the rest, so that the ellipsis is at its end.
    if lines > 1:
        painter.save()
        painter.setClipRect(QRectF(room.x(), y, room.width(), (lines - 1) * height))
        layout.draw(painter, QPointF(room.x(), y))
        painter.restore()
    at = _from_units(words, start)
    rest = _after(pieces, at)
    whole = "".join(piece for piece, _ in rest)
    fitting = face.elidedText(whole, Qt.TextElideMode.ElideRight, room.width())
    kept = max(0, len(fitting) - 1)
    short = (*_before(rest, kept), ("…", False))
    end = _laid_out("".join(piece for piece, _ in short), short, tokens)
    end.beginLayout()
    row = end.createLine()
    if row.isValid():
        row.setLineWidth(room.width() + 200)
    end.endLayout()
    end.draw(painter, QPointF(room.x(), y + (lines - 1) * height))


def near(pieces: tuple[tuple[str, bool], ...], lines: int) -> tuple[tuple[str, bool], ...]:
    """The words from a little before the first match: what was found must be seen in a narrow row of so many lines."""
    if len(pieces) < 2 or pieces[0][1]:
        return pieces
    lead = "".join(piece for piece, _ in pieces[: next((at for at, one in enumerate(pieces) if one[1]), 0)])
    most = _LEAD[0] if lines == 1 else _LEAD[1]
    if len(lead) <= most:
        return pieces
    kept = lead[-most:]
    blank = kept.find(" ")
    first = next(at for at, one in enumerate(pieces) if one[1])
    return ((_CUT, False), (kept[blank + 1 :] if 0 <= blank < most - 1 else kept, False), *pieces[first:])


@lru_cache(maxsize=2_048)
def _seen(piece: str) -> str:
    """Outside words on one line with nothing hidden in them; blanks at the ends stay, because another piece follows."""
    return visible(piece, _LONGEST).replace("\n", " ").replace("\t", " ")


def _laid_out(words: str, pieces: tuple[tuple[str, bool], ...], tokens: Tokens) -> QTextLayout:
    layout = QTextLayout(words, font(SMALL))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    marked = QTextCharFormat()
    marked.setBackground(QColor(tokens.warn.soft if tokens.name == "light" else tokens.warn.line))
    marked.setForeground(QColor(tokens.text))
    formats: list[QTextLayout.FormatRange] = []
    at = 0
    for piece, match in pieces:
        length = _units(piece)
        if match:
            one = QTextLayout.FormatRange()
            one.start, one.length, one.format = at, length, marked  # pyright: ignore[reportAttributeAccessIssue] - the stubs miss these fields
            formats.append(one)
        at += length
    layout.setFormats(formats)
    return layout


def _units(words: str) -> int:
    """Length as Qt counts it: UTF-16 units."""
    return len(words) + sum(1 for char in words if char > "\uffff")


def _from_units(words: str, units: int) -> int:
    seen = 0
    for at, char in enumerate(words):
        if seen >= units:
            return at
        seen += 2 if char > "\uffff" else 1
    return len(words)


def _after(pieces: tuple[tuple[str, bool], ...], at: int) -> tuple[tuple[str, bool], ...]:
    rest: list[tuple[str, bool]] = []
    for piece, match in pieces:
        if at < len(piece):
            rest.append((piece[at:], match))
        at = max(0, at - len(piece))
    return tuple(rest)


def _before(pieces: tuple[tuple[str, bool], ...], count: int) -> tuple[tuple[str, bool], ...]:
    kept: list[tuple[str, bool]] = []
    for piece, match in pieces:
        if count <= 0:
            break
        kept.append((piece[:count], match))
        count -= len(piece)
    return tuple(kept)


class HitList(QTableView):
    """The list.

    Signals:
        chosen(int): The row the keyboard or the pointer stands on.
        opened(int): The row entered with Enter or a double click.
    """

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _HitDelegate(theme, self)
        self.setItemDelegate(self._rows)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(20)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.setAccessibleName(texts_audit.HITS)
        self.verticalScrollBar().setSingleStep(30)
        self.activated.connect(self._open)
        theme.changed.connect(self.viewport().update)

    def show_model(self, model: QAbstractListModel) -> None:
        """Show the hits of a model."""
        self.setModel(model)
        self.selectionModel().currentChanged.connect(self._choose)

    def _choose(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.row())

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index.row())

    def stand_on(self, row: int) -> None:
        """Stand on a row, or on none with -1."""
        if row < 0:
            self.selectionModel().clear()
        elif self.currentIndex().row() != row:
            self.setCurrentIndex(self.model().index(row, 0))

    def step(self, rows: int) -> None:
        """Move by some rows, staying inside the list."""
        count = self.model().rowCount()
        if count == 0:
            return
        here = self.currentIndex().row() if self.currentIndex().isValid() else (-1 if rows > 0 else count)
        self.setCurrentIndex(self.model().index(max(0, min(count - 1, here + rows)), 0))

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        # Qt would stand on the first row by itself; only a person opens a conversation.
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in {Qt.Key.Key_J, Qt.Key.Key_K}:
            self.step(1 if event.key() == Qt.Key.Key_J else -1)
            return
        if plain and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._open(self.currentIndex())
            return
        commanding = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Escape or (commanding and event.text().isprintable() and event.text().strip()):
            # Letters and signs are commands of the workspace, not a search for names.
            event.ignore()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        compact = self.viewport().height() < COMPACT_BELOW
        if compact != self._rows.compact:
            self._rows.compact = compact
            self.verticalHeader().setDefaultSectionSize(COMPACT_ROW_HEIGHT if compact else ROW_HEIGHT)
        super().resizeEvent(event)

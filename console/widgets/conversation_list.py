"""The list of conversations: painted rows over any item model, moved through with J and K (R-M1, R-M8).

The delegate reads the roles below and nothing else, so the model may be a list, a window over a million rows, or a
test. Every text is made visible before it is painted. It must never ask a model for more than the row in view.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from console import strings
from console.strings import ConversationState
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, BODY_STRONG, CAPTION, CAPTION_MEDIUM, SMALL, text_width
from console.theme.icons import paint_icon
from console.theme.tokens import Tokens, Tone
from console.widgets.avatar import paint_avatar
from console.widgets.chip import ChipProps, chip_width, paint_chip
from console.widgets.fixed_rows import FixedRows
from console.widgets.painted_rows import PaintedRows
from console.widgets.painting import RIGHT, box, colour, disc, focus_ring, smooth, text
from console.widgets.plain_label import as_tooltip
from console.widgets.visible_text import one_line

ROW_HEIGHT = 92
COMPACT_ROW_HEIGHT = 76
COMPACT_BELOW = 800
"""A list shorter than this many pixels shows compact rows, e.g. on a 1366×768 screen."""

_Index = QModelIndex | QPersistentModelIndex
Read = Callable[[int], object]
"""What a row says of a role."""


class ConversationRowRole(IntEnum):
    """What the delegate asks a model for.

    `NAME` is `Qt.DisplayRole` as well, for type-ahead; all are `str` unless said otherwise.
    """

    ID = Qt.ItemDataRole.UserRole + 1
    """Id of the conversation."""
    NAME = Qt.ItemDataRole.UserRole + 2
    """Who writes."""
    SNIPPET = Qt.ItemDataRole.UserRole + 3
    """The last words said."""
    STATE = Qt.ItemDataRole.UserRole + 4
    """One of `strings.ConversationState`."""
    INTENTS = Qt.ItemDataRole.UserRole + 5
    """What it is about, joined."""
    WAITING = Qt.ItemDataRole.UserRole + 6
    """How long someone waits, written."""
    CHANNEL = Qt.ItemDataRole.UserRole + 7
    """Name of an icon: `mail`, `message-circle`, `smartphone`, `phone`."""
    UNREAD = Qt.ItemDataRole.UserRole + 8
    """bool: something nobody here has seen."""
    OWNER = Qt.ItemDataRole.UserRole + 9
    """Who holds it, if a person does."""
    BREACH = Qt.ItemDataRole.UserRole + 10
    """What breaches next and when, written; empty when nothing is near."""
    BREACHED = Qt.ItemDataRole.UserRole + 11
    """bool: the promise is already broken."""
    HERE = Qt.ItemDataRole.UserRole + 12
    """Colleagues who look at it now, joined."""
    PAUSED = Qt.ItemDataRole.UserRole + 13
    """Which of its workflows are paused, in words; empty when none is."""


WHOLE = Qt.ItemDataRole.UserRole + 20
"""The whole row as a hashable value: a row that says the same as when it was painted is not painted again."""

STATE_LOOKS: dict[ConversationState, tuple[Tone, str]] = {
    "listening": ("neutral", "circle-dot"),
    "triaging": ("info", "split"),
    "resolving": ("accent", "sparkles"),
    "awaiting_approval": ("warn", "shield-alert"),
    "awaiting_external": ("info", "hourglass"),
    "awaiting_human": ("danger", "hand"),
    "human_control": ("ok", "headset"),
    "quarantined": ("danger", "biohazard"),
    "closed": ("neutral", "circle-check"),
}
"""The tone and the icon of each derived state (R-A1)."""


def state_chip(state: ConversationState) -> ChipProps:
    """Return the chip of a state."""
    tone, icon = STATE_LOOKS[state]
    return ChipProps(strings.STATE_WORDS[state], tone, icon)


@dataclass(frozen=True, slots=True)
class ConversationRowProps:
    """A row as a value, for models that keep it so; `role` gives what the delegate asks for."""

    id: str
    name: str
    snippet: str
    state: ConversationState
    intents: str = ""
    waiting: str = ""
    channel: str = "message-circle"
    unread: bool = False
    owner: str = ""
    breach: str = ""
    breached: bool = False
    here: str = ""
    paused: str = ""

    def role(self, role: int) -> object:
        """Return the value of a role, or None for a role this row does not know."""
        match role:
            case _ if role == WHOLE:
                return self
            case Qt.ItemDataRole.DisplayRole:
                return one_line(self.name, 200)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.spoken()
            case Qt.ItemDataRole.ToolTipRole:
                return as_tooltip("\n".join(line for line in (self.name, self.snippet, self.intents, self.paused) if line))
            case _:
                field = _FIELDS.get(role)
                return None if field is None else cast("str | bool", getattr(self, field))

    def spoken(self) -> str:
        """Return what a screen reader says."""
        seen = strings.also_looking(one_line(self.here, 120)) if self.here else ""
        unread, paused = strings.UNREAD if self.unread else "", one_line(self.paused, 120)
        extra = ", ".join(part for part in (self.owner, self.breach, unread, seen, paused) if part)
        state = strings.STATE_WORDS[self.state]
        name, snippet = one_line(self.name, 200), one_line(self.snippet, 200)
        return strings.conversation_spoken(name, state, one_line(self.intents, 120), self.waiting, snippet, extra)


_SHOWN = (
    QStyle.StateFlag.State_Selected
    | QStyle.StateFlag.State_MouseOver
    | QStyle.StateFlag.State_HasFocus
    | QStyle.StateFlag.State_KeyboardFocusChange
)
"""What of a row's state can be seen."""

_FIELDS: dict[int, str] = {int(role): role.name.lower() for role in ConversationRowRole}


class ConversationDelegate(QStyledItemDelegate):
    """Paints one row."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._painted = PaintedRows()
        self.compact = False

    @property
    def row_height(self) -> int:
        """The height of every row now."""
        return COMPACT_ROW_HEIGHT if self.compact else ROW_HEIGHT

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # Qt's name
        return QSize(240, self.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        whole = index.data(int(WHOLE))
        # Of where it is painted to: a window drawn into a larger picture of itself says its own ratio as its device.
        ratio = painter.deviceTransform().m11()
        # Asked of the row itself where that can be: through Qt each answer costs several times as much.
        read: Read = whole.role if isinstance(whole, ConversationRowProps) else index.data
        if not isinstance(whole, Hashable) or whole is None or not ratio.is_integer():
            # Between whole pixels a picture would be blurred where strokes are not.
            self._paint_row(painter, QRectF(option.rect), option.state, read)
            return
        picture = self._picture(whole, option.rect.size(), option.state, ratio, read)
        painter.drawPixmap(option.rect.topLeft(), picture)

    def paint_ahead(self, whole: ConversationRowProps, size: QSize, state: QStyle.StateFlag, ratio: float) -> bool:
        """Make the picture of a row before it is wanted; False where there is one, or none will be used."""
        known = not ratio.is_integer() or self._painted.get(self._look(whole, size, state, ratio)) is not None
        if not known:
            self._picture(whole, size, state, ratio, whole.role)
        return not known

    def _look(self, whole: Hashable, size: QSize, state: QStyle.StateFlag, ratio: float) -> Hashable:
        """Everything that can be seen of a row."""
        return whole, size.width(), size.height(), state & _SHOWN, self._theme.tokens.name, ratio

    def _picture(self, whole: Hashable, size: QSize, state: QStyle.StateFlag, ratio: float, read: Read) -> QPixmap:
        look = self._look(whole, size, state, ratio)
        picture = self._painted.get(look)
        if picture is None:
            picture = QPixmap(size * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(colour(self._theme.tokens.surface))
            onto = QPainter(picture)
            self._paint_row(onto, QRectF(0, 0, size.width(), size.height()), state, read)
            onto.end()
            self._painted.keep(look, picture)
        return picture

    def _paint_row(self, painter: QPainter, place: QRectF, state: QStyle.StateFlag, read: Read) -> None:
        rect = place.adjusted(8, 2, -8, -2)
        tokens = self._theme.tokens
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hover = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        smooth(painter)
        if selected:
            box(painter, rect, 10, tokens.accent.soft, tokens.accent.line)
            box(painter, QRectF(rect.x() + 1, rect.y() + 13, 3, rect.height() - 26), 1.5, tokens.accent.solid)
        elif hover:
            box(painter, rect, 10, tokens.hover)
        plane = tokens.accent.soft if selected else tokens.hover if hover else tokens.surface
        self._paint_face(painter, rect, read, tokens, plane)
        self._paint_words(painter, rect, read, tokens)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            focus_ring(painter, rect, 10, tokens.focus)
        painter.restore()

    @staticmethod
    def _text(read: Read, role: ConversationRowRole) -> str:
        value = read(int(role))
        return one_line(value, 300) if isinstance(value, str) else ""

    def _paint_face(self, painter: QPainter, rect: QRectF, read: Read, tokens: Tokens, plane: str) -> None:
        side = 32.0 if self.compact else 36.0
        top = rect.y() + (9 if self.compact else 11)
        paint_avatar(painter, QRectF(rect.x() + 13, top, side, side), self._text(read, ConversationRowRole.NAME), tokens)
        badge = QRectF(rect.x() + 13 + side - 13, top + side - 13, 18, 18)
        disc(painter, badge, plane)
        channel = self._text(read, ConversationRowRole.CHANNEL) or "message-circle"
        paint_icon(painter, badge.adjusted(3, 3, -3, -3), channel, tokens.text_soft, 2.3)

    def _paint_words(self, painter: QPainter, rect: QRectF, read: Read, tokens: Tokens) -> None:
        role = ConversationRowRole
        step = 18.0 if self.compact else 21.0
        x = rect.x() + (57 if self.compact else 61)
        right = rect.right() - 12
        y = rect.y() + (5 if self.compact else 8)
        unread = bool(read(int(role.UNREAD)))
        waiting = self._text(read, role.WAITING)
        wide = text_width(waiting, CAPTION) + 1
        late = bool(read(int(role.BREACHED)))
        shade = tokens.danger.text if late else tokens.text_quiet
        text(painter, QRectF(right - wide, y, wide, step), waiting, CAPTION_MEDIUM if late else CAPTION, shade, RIGHT)
        if self._text(read, role.HERE):
            wide += 20
            paint_icon(painter, QRectF(right - wide, y + (step - 15) / 2, 15, 15), "eye", tokens.info.text, 2.0)
        if self._text(read, role.PAUSED):
            wide += 20
            paint_icon(painter, QRectF(right - wide, y + (step - 15) / 2, 15, 15), "octagon-pause", tokens.warn.text, 2.0)
        name = QRectF(x, y, right - wide - 10 - x, step)
        text(painter, name, self._text(read, role.NAME), BODY_STRONG if unread else BODY_MEDIUM, tokens.text)
        y += step
        snippet = QRectF(x, y, right - x - (16 if unread else 0), step)
        ink = tokens.text_soft if unread else tokens.text_quiet
        text(painter, snippet, self._text(read, role.SNIPPET), SMALL, ink)
        if unread:
            middle = QPointF(right - 4, y + step / 2)
            disc(painter, QRectF(middle.x() - 3.5, middle.y() - 3.5, 7, 7), tokens.accent.solid)
        middle = rect.bottom() - (15 if self.compact else 19)
        self._paint_state(painter, x, right, middle, read, tokens)

    def _paint_state(self, painter: QPainter, x: float, right: float, middle: float, read: Read, tokens: Tokens) -> None:
        role = ConversationRowRole
        value = read(int(role.STATE))
        state = value if value in STATE_LOOKS else "listening"
        owner = self._text(read, role.OWNER)
        chip = state_chip(state)
        if state == "human_control" and owner:
            chip = ChipProps(owner, chip.tone, chip.icon)
        breach = self._text(read, role.BREACH)
        if breach:
            # What is overdue is never pushed out by a long name of a state: that one is cut.
            late = bool(read(int(role.BREACHED)))
            mark = ChipProps(breach, "danger" if late else "warn", "timer", outlined=True)
            wide = chip_width(mark)
            paint_chip(painter, right - wide, middle, mark, tokens)
            right -= wide + 8
        x += paint_chip(painter, x, middle, chip, tokens, room=right - x) + 8
        if right - x < 40:
            return
        room = QRectF(x, middle - 10, right - x, 20)
        text(painter, room, self._text(read, role.INTENTS), CAPTION, tokens.text_quiet)


class ConversationList(FixedRows):
    """The list.

    Signals:
        chosen(str): The id of the conversation the keyboard or the pointer stands on.
        opened(str): The id of the one entered with Enter or a double click.
    """

    chosen = Signal(str)
    opened = Signal(str)
    row_height = ROW_HEIGHT

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = ConversationDelegate(theme, self)
        self.setItemDelegate(self._rows)
        self.setAccessibleName(strings.CONVERSATIONS)
        self.activated.connect(self._open)
        theme.changed.connect(self.viewport().update)

    @property
    def compact(self) -> bool:
        """Whether rows are compact now."""
        return self._rows.compact

    def setModel(self, model: QAbstractItemModel | None) -> None:  # Qt's name
        super().setModel(model)
        selection = self.selectionModel()
        if model is not None:
            selection.currentChanged.connect(self._choose)

    def choose_id(self, conversation: str) -> bool:
        """Stand on a conversation if it is loaded; return whether it is."""
        model = self.model()
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            if index.data(int(ConversationRowRole.ID)) == conversation:
                self.setCurrentIndex(index)
                return True
        return False

    def paint_ahead(self, rows: Iterable[ConversationRowProps]) -> Iterator[None]:
        """Make the pictures of rows that are about to be in view, one for each step; those that stand out are left out."""
        size, ratio = QSize(self.viewport().width(), self.row_height), self.viewport().devicePixelRatioF()
        state, marked = self.plain_state(), self.marked()
        for one in () if size.isEmpty() else rows:
            if one.id not in marked and self._rows.paint_ahead(one, size, state, ratio):
                yield

    def marked(self) -> frozenset[str]:
        """Rows that look otherwise than most: selected, or under the pointer."""
        places = (*self.selectionModel().selectedIndexes(), self.hovered())
        return frozenset(str(one.data(int(ConversationRowRole.ID))) for one in places if one.isValid())

    def _choose(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(str(index.data(int(ConversationRowRole.ID))))

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(str(index.data(int(ConversationRowRole.ID))))

    def step(self, rows: int) -> None:
        """Move by some rows, staying inside the list."""
        model = self.model()
        if model is None or model.rowCount() == 0:  # pyright: ignore[reportUnnecessaryComparison] - None before setModel
            return
        here = self.currentIndex().row() if self.currentIndex().isValid() else (-1 if rows > 0 else model.rowCount())
        self.setCurrentIndex(model.index(max(0, min(model.rowCount() - 1, here + rows)), 0))

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        # Qt would choose the first row by itself when none is chosen; only a person opens another conversation.
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in {Qt.Key.Key_J, Qt.Key.Key_K}:
            before = self.currentIndex()
            self.step(1 if event.key() == Qt.Key.Key_J else -1)
            # At the end of the list the workspace knows better: what stood there may be over.
            event.setAccepted(self.currentIndex() != before)
            return
        commanding = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier == Qt.KeyboardModifier.NoModifier
        if commanding and event.text().isprintable() and event.text():
            # Letters and signs are commands of the workspace, not a search for names.
            event.ignore()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        compact = self.viewport().height() < COMPACT_BELOW - 150
        if compact != self._rows.compact:
            self._rows.compact = compact
            self.row_height = self._rows.row_height
            self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)

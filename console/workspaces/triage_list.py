"""The list of Triage: the file, the poisoned, the stuck; and a calm word when everything is healthy (R-M4)."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from agent_core.contract.ids import ConversationId, StreamId
from console import texts_triage as texts
from console.language.numbers import number
from console.models.rows_model import RowsModel
from console.presenting.triage_side import FILE, list_rows
from console.state.app_state import AppState
from console.state.happenings import ConversationChosen
from console.state.store import Store
from console.state.triage import FileChosen, TriageChosen, triage_rows
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, SMALL, TITLE
from console.widgets.button import Button, ButtonProps
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.widgets.triage.rows import TriageList


class TriageListPane(Pane):
    """The pane.

    Signals:
        open_wanted: A file is to be opened.
        entered: The person wants to work on what they stand on.
    """

    open_wanted = Signal()
    entered = Signal()

    def __init__(self, theme: Theme, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset(), parent)
        self._store = store
        self._following = False
        self.setMinimumWidth(260)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setContentsMargins(20, 0, 12, 0)
        head.setSpacing(8)
        self._title = PlainLabel(theme, texts.TITLE, TITLE)
        head.addWidget(self._title)
        self._count = PlainLabel(theme, "", SMALL, ink="quiet")
        head.addWidget(self._count)
        head.addStretch(1)
        self._opens = Button(theme, _opens(whole=True))
        self._opens.clicked.connect(self.open_wanted)
        head.addWidget(self._opens)
        column.addLayout(head)
        self.model = RowsModel(self)
        self.rows = TriageList(theme)
        self.rows.setModel(self.model)
        self.rows.chosen.connect(self._choose)
        self.rows.opened.connect(self._opened)
        column.addWidget(self.rows, 1)
        self._note = PlainLabel(theme, "", CAPTION, ink="quiet", wrap=True)
        self._note.setContentsMargins(20, 0, 16, 12)
        column.addWidget(self._note)

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        slice_ = state.triage
        count = len(triage_rows(slice_))
        known = slice_.rows is not None
        said = texts.WAITING.of(count) if count else texts.NONE_WAITING if known else ""
        self._count.setText(said if count < 1_000 else number(count))
        self._fit()
        # When its row goes, Qt stands on a neighbour: that is nobody's choice.
        self._following = True
        self.model.set_rows(list_rows(state))
        place = -1
        if slice_.on_file:
            place = self.model.place_of(FILE)
        elif slice_.looked_at is not None:
            place = self.model.place_of(slice_.looked_at.conversation)
        if place < 0:
            self.rows.selectionModel().clear()
        elif self.rows.currentIndex().row() != place:
            self.rows.setCurrentIndex(self.model.index(place, 0))
        self._following = False
        note = ""
        if slice_.reading == "failed" and known:  # else it is said where the conversation would stand
            note = f"{texts.NOT_READ}: {slice_.problem}"
        elif slice_.rows is not None and not slice_.rows.complete:
            note = texts.CUT_LIST
        self._note.setVisible(bool(note))
        self._note.setText(note)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where its words do not fit beside the title the button is an icon; its tooltip says the words."""
        whole = _opens(whole=True)
        if self._opens.props != whole:
            self._opens.set_props(whole)
        needed = sum(one.sizeHint().width() for one in (self._title, self._count, self._opens)) + 2 * 8 + 32
        if needed > self.width():
            self._opens.set_props(_opens(whole=False))

    def step(self, by: int) -> None:
        """Move by some rows."""
        self.rows.step(by)

    def _choose(self, wanted: str) -> None:
        if not self._following:
            self.show_one(wanted)

    def _opened(self, _wanted: str) -> None:
        self.entered.emit()

    def show_one(self, wanted: str) -> None:
        """Look at a conversation, or at the file."""
        if wanted == FILE:
            self._store.dispatch(FileChosen(True))
            return
        conversation = ConversationId(StreamId(wanted))
        self._store.dispatch(TriageChosen(conversation))
        # Its rows and its transcript come with the feed, so that it can be shown alive at once.
        self._store.dispatch(ConversationChosen(conversation))


def _opens(*, whole: bool) -> ButtonProps:
    words = texts.OPEN_FILE if whole else ""
    return ButtonProps(words, "secondary", "file-search", "O", spoken=texts.OPEN_FILE, hint=texts.OPEN_FILE, small=True)

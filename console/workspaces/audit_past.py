"""A conversation of the past, to read only: at the place that was found, and as it was at any moment (R-M5, R-G3)."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console import strings, texts_audit
from console.presenting import around
from console.presenting.looking_back import item_of, then_words, time_line
from console.presenting.transcript import transcript
from console.state.app_state import AppState
from console.state.audit import EXPORTING
from console.state.past import Past
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, TITLE
from console.widgets.audit.marked_transcript import MarkedTranscript
from console.widgets.audit.time_line import TimeLine
from console.widgets.banner import Banner, BannerProps
from console.widgets.button import Button, ButtonProps
from console.widgets.chip import Chip, ChipProps
from console.widgets.conversation_list import state_chip
from console.widgets.empty_state import EmptyState, EmptyStateProps
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.workspaces.audit_deeds import AuditDeeds

if TYPE_CHECKING:
    from agent_core.contract.views import ConversationDetail


class PastPane(Pane):
    """The pane.

    Signals:
        seen_wanted: What models saw is wanted.
        live_wanted: The conversation is wanted in Live.
        export_wanted: It is to be exported.
    """

    seen_wanted = Signal()
    live_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, theme: Theme, deeds: AuditDeeds, parent: QWidget | None = None) -> None:
        super().__init__(theme, "ground", frozenset(), parent)
        self.setMinimumWidth(380)
        self._deeds = deeds
        self._shown: tuple[object, ...] = ()
        self._opened = 0
        self._lined: Past | None = None
        self._followed = ("", 0)
        self._conversation = ""
        self._detail: ConversationDetail | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack)
        self._empty = EmptyState(theme, EmptyStateProps("scroll-text", "", texts_audit.CHOOSE))
        self._loading = EmptyState(theme, EmptyStateProps("loader-circle", "", strings.LOADING, "neutral"))
        self._open = QWidget()
        self._failed, self._why = self._empty, ""
        for part in (self._empty, self._loading, self._open):
            self._stack.addWidget(part)
        column = QVBoxLayout(self._open)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head(theme))
        self._banner = Banner(theme, BannerProps("history", "warn", " ", action=texts_audit.BACK_TO_NOW, key="Esc"))
        self._banner.acted.connect(lambda: self._deeds.stand_at(None))
        self._banner_box = QWidget()
        box = QVBoxLayout(self._banner_box)
        box.setContentsMargins(24, 8, 24, 0)
        box.addWidget(self._banner)
        self._banner_box.hide()
        column.addWidget(self._banner_box)
        self.transcript = MarkedTranscript(theme)
        column.addWidget(self.transcript, 1)
        foot = Pane(theme, "surface", frozenset({"top"}))
        row = QHBoxLayout(foot)
        row.setContentsMargins(6, 3, 6, 3)
        self.line = TimeLine(theme)
        self.line.chosen.connect(self._stand)
        row.addWidget(self.line)
        column.addWidget(foot)

    def _head(self, theme: Theme) -> QWidget:
        head = Pane(theme, "surface", frozenset({"bottom"}))
        row = QHBoxLayout(head)
        row.setContentsMargins(24, 10, 14, 10)
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(3)
        first = QHBoxLayout()
        first.setSpacing(8)
        self._name = PlainLabel(theme, "", TITLE)
        first.addWidget(self._name)
        self._chip = Chip(theme, ChipProps(""))
        first.addWidget(self._chip)
        first.addStretch(1)
        words.addLayout(first)
        self._about = PlainLabel(theme, "", CAPTION, ink="quiet")
        words.addWidget(self._about)
        row.addLayout(words, 1)
        seen = Button(theme, ButtonProps(texts_audit.SEEN_BY_MODEL, icon="bot", key="M"))
        seen.clicked.connect(self.seen_wanted)
        row.addWidget(seen)
        live = Button(theme, ButtonProps("", "ghost", "messages-square", spoken=texts_audit.OPEN_LIVE))
        live.clicked.connect(self.live_wanted)
        row.addWidget(live)
        self._export = Button(theme, ButtonProps("", "ghost", "send", spoken=texts_audit.EXPORT))
        self._export.clicked.connect(self.export_wanted)
        row.addWidget(self._export)
        return head

    # -- the state -----------------------------------------------------------------------------------------------------

    def refresh(self, state: AppState) -> None:
        """Show the state."""
        past = state.audit.past
        self._follow(state, past)
        shown = self._detail = past.shown
        if shown is None or past.detail is None:
            why = past.problems.get("detail", "")
            self._say_failed(why)
            place = self._empty if past.conversation is None else self._failed if why else self._loading
            self._stack.setCurrentWidget(place)
            self._shown = ()
            return
        self._stack.setCurrentWidget(self._open)
        self._show_head(state, past)
        if past is not self._lined:
            # Every step is put into words: not twenty times a second while nothing here has changed.
            self._lined = past
            self.line.set_props(time_line(past))
        fresh = self._conversation != shown.row.conversation
        self._conversation = shown.row.conversation
        key = (shown.row.conversation, shown.seq, past.position is None)
        if key != self._shown:
            self._shown = key
            items = transcript(shown, state.now, around.brand_title(state, shown.row.brand))
            self.transcript.set_items(items, fresh=fresh or past.position is not None)
            if past.position is not None:
                self.transcript.mark(item_of(shown, past.position))
        if past.opened != self._opened:
            self._opened = past.opened
            self._go_to(past)

    def _say_failed(self, why: str) -> None:
        """Say why nothing can be read, with the way to try again."""
        if why == self._why:
            return
        if self._why:
            self._stack.removeWidget(self._failed)
            self._failed.deleteLater()
            self._failed = self._empty
        self._why = why
        if why:
            said = texts_audit.NOT_READ.format(why=why)
            props = EmptyStateProps("circle-alert", "", said, "warn", action=texts_audit.TRY_AGAIN)
            self._failed = EmptyState(self.theme, props)
            self._failed.acted.connect(self._deeds.read_past)
            self._stack.addWidget(self._failed)

    def _follow(self, state: AppState, past: Past) -> None:
        """Ask anew, once, when the feed says that more has happened here than is shown."""
        detail = past.detail
        if detail is None or detail.row.conversation != past.conversation:
            return
        newest = (detail.row.conversation, state.newest.get(detail.row.conversation, 0))
        if newest[1] > detail.seq and newest != self._followed:
            self._followed = newest
            self._deeds.read_past()

    def _show_head(self, state: AppState, past: Past) -> None:
        detail = past.shown or past.detail
        assert detail is not None, "only what is there has a head"
        row = detail.row
        self._name.setText(row.customer_name)
        self._chip.set_props(state_chip(row.label))
        picked = texts_audit.PICKED[past.picked] if past.picked is not None else ""
        flows = " + ".join(f"{run.workflow}.v{run.version}" for run in detail.runs)
        self._about.setText(" · ".join(part for part in (picked, row.conversation, detail.external_id, flows) if part))
        busy = EXPORTING in state.pending
        spoken = texts_audit.EXPORTING if busy else texts_audit.EXPORT
        self._export.set_props(ButtonProps("", "ghost", "send", spoken=spoken, busy=busy))
        said = past.problems.get("moment", "") or then_words(past)
        self._banner_box.setVisible(bool(said))
        if said:
            self._banner.set_words(said)

    def _go_to(self, past: Past) -> None:
        """Stand on the place that was found; without one at the newest, as in Live."""
        if past.detail is None:
            self._opened = 0
            return
        self.transcript.mark(item_of(past.detail, past.seq), past.words)

    def show_source(self, seq: int) -> None:
        """Stand on the item that an event belongs to."""
        detail = self._detail
        key = item_of(detail, seq) if detail is not None else ""
        if key and self.transcript.mark(key):
            self.transcript.setFocus()

    def _stand(self, position: object) -> None:
        self._deeds.stand_at(position if isinstance(position, int) else None)

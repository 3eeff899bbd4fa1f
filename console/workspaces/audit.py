"""Audit: find, understand and prove what happened; by keyboard alone (R-M5, R-M9, R-N5).

Nothing in the past is changed from here. It must never carry a key into a form or a file that the person did not open.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from agent_core.contract.ids import ConversationId
from console import strings, texts_audit, words
from console.presenting.proof import alarms
from console.shell.form import Form
from console.shell.palette import PaletteLine
from console.state.app_state import AppState, WorkspaceKey
from console.state.audit import AUDIT_PARTS, AuditPart, AuditPartChosen
from console.state.selectors import log_alarm
from console.state.store import Store
from console.theme.controller import Theme
from console.theme.fonts import TITLE
from console.widgets.banner import Banner, BannerProps
from console.widgets.button import Button, ButtonProps
from console.widgets.folding import FoldingPanes
from console.widgets.key_cap import KeyCapProps
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.widgets.prompt_overlay import PromptProps
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.workspaces.audit_asking import AuditAsking
from console.workspaces.audit_beside import BesidePane
from console.workspaces.audit_deeds import AuditDeeds
from console.workspaces.audit_find import FindPane
from console.workspaces.audit_oversight import OversightPart
from console.workspaces.audit_past import PastPane
from console.workspaces.audit_proof import ProofPart
from console.workspaces.audit_seen import SeenPage
from console.workspaces.workspace import Answer, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable


_NARROW = 1_020


class AuditShell(Protocol):
    """The window, as far as Audit needs it."""

    def ask(self, props: PromptProps, answer: Answer) -> None:
        """Put a question over the window."""
        ...

    def offer(self, lines: tuple[PaletteLine, ...]) -> None:
        """Let the person choose among lines; what they choose comes back by `carry_out`."""
        ...

    def open_conversation(self, conversation: ConversationId) -> None:
        """Show a conversation in Live."""
        ...


class AuditWorkspace(Workspace):
    """The workspace.

    Signals:
        log_wanted(str): The log of this conversation is wanted.
    """

    log_wanted = Signal(str)
    place: ClassVar[WorkspaceKey] = "audit"

    def __init__(
        self, theme: Theme, store: Store, deeds: AuditDeeds, shell: AuditShell, form: Form, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._store = store
        self._deeds = deeds
        self._shell = shell
        self.asking = AuditAsking(store, deeds, shell, form)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head(theme))
        self._alarm = QWidget()
        box = QVBoxLayout(self._alarm)
        box.setContentsMargins(16, 8, 16, 8)
        banner = Banner(
            theme,
            BannerProps("shield-alert", "danger", texts_audit.ALARM_SHORT, action=texts_audit.ALARM_OPEN, key="P"),
        )
        banner.acted.connect(partial(self.show_part, "proof"))
        box.addWidget(banner)
        self._alarm.hide()
        column.addWidget(self._alarm)
        self._offline = QWidget()
        strip = QVBoxLayout(self._offline)
        strip.setContentsMargins(16, 8, 16, 8)
        strip.addWidget(Banner(theme, BannerProps("cloud-off", "warn", strings.OFFLINE)))
        self._offline.hide()
        column.addWidget(self._offline)
        self._parts = QStackedWidget()
        column.addWidget(self._parts, 1)
        self.finding = FindPane(theme, store, deeds)
        self.past = PastPane(theme, deeds)
        self.beside = BesidePane(theme)
        self.seen = SeenPage(theme, deeds)
        self._parts.addWidget(self._conversations())
        self.proof = ProofPart(theme)
        self.oversight = OversightPart(theme, deeds)
        self._parts.addWidget(self.proof)
        self._parts.addWidget(self.oversight)
        self._connect()
        self.setAccessibleName(strings.AUDIT)

    def _head(self, theme: Theme) -> QWidget:
        head = Pane(theme, "surface", frozenset({"bottom"}))
        row = QHBoxLayout(head)
        row.setContentsMargins(20, 8, 14, 8)
        row.setSpacing(10)
        row.addWidget(PlainLabel(theme, strings.AUDIT, TITLE))
        row.addSpacing(6)
        self._tabs = Segmented(theme, SegmentedProps(texts_audit.PARTS, (), ""))
        self._tabs.setMinimumWidth(380)
        self._tabs.chosen.connect(self.show_part)
        row.addWidget(self._tabs)
        row.addStretch(1)
        offered = (
            (ButtonProps(texts_audit.REVIEW_NEXT, icon="flag", key="N", small=True), self._deeds.next_review),
            (ButtonProps(texts_audit.VERIFY, icon="shield-check", key="V", small=True), self.verify),
            (ButtonProps(texts_audit.ERASE, icon="eraser", key="X", small=True), self.asking.erase),
        )
        self._offered: list[tuple[Button, ButtonProps]] = []
        for props, act in offered:
            button = Button(theme, props)
            button.clicked.connect(act)
            row.addWidget(button)
            self._offered.append((button, props))
        return head

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._tabs.setMinimumWidth(300 if narrow else 380)
        for button, props in self._offered:
            button.set_props(replace(props, words="", spoken=props.words) if narrow else props)

    def _conversations(self) -> QWidget:
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.finding)
        self._opened = QStackedWidget()
        self._both = QSplitter(Qt.Orientation.Horizontal)
        self._both.setHandleWidth(1)
        self._both.setChildrenCollapsible(False)
        self._both.addWidget(self.past)
        self._both.addWidget(self.beside)
        self._both.setStretchFactor(0, 1)
        self._opened.addWidget(self._both)
        self._opened.addWidget(self.seen)
        self.split.addWidget(self._opened)
        self.split.setStretchFactor(1, 1)
        self.folding = self._folding = FoldingPanes(self.theme, self.split, self.finding, self.beside)
        self._folding.turned.connect(self.enter)
        return self._folding

    def _connect(self) -> None:
        self.finding.opened.connect(self.past.transcript.setFocus)
        self.finding.filter_wanted.connect(self.asking.filter)
        self.finding.keep_wanted.connect(self.asking.keep)
        self.finding.kept_wanted.connect(self.asking.kept)
        self.past.seen_wanted.connect(self.show_seen)
        self.past.live_wanted.connect(self.open_live)
        self.past.export_wanted.connect(self.export)
        self.seen.left.connect(self.leave_seen)
        self.beside.source_wanted.connect(self._source)
        self.beside.note_wanted.connect(self.asking.note)
        self.beside.score_wanted.connect(self.asking.score)
        self.beside.done_wanted.connect(self.asking.finish)
        self.beside.next_wanted.connect(self._deeds.next_review)
        self.proof.verify_wanted.connect(self.verify)
        self.proof.acknowledge_wanted.connect(self.asking.acknowledge)

    def fit(self, width: int) -> None:
        """Give the panes the widths that suit a window."""
        listed = 380 if width >= 1_500 else 322
        side = 390 if width >= 1_500 else 364
        self.split.setSizes([listed, width - listed - 1])
        self._both.setSizes([width - listed - side - 2, side])
        self.seen.split.setSizes([270, width - listed - 271])

    # -- the state -----------------------------------------------------------------------------------------------------

    def refresh(self, state: AppState) -> None:
        audit = state.audit
        parts = (
            Segment("find", texts_audit.PART_FIND),
            Segment("proof", texts_audit.PART_PROOF),
            Segment("oversight", texts_audit.PART_OVERSIGHT),
        )
        self._tabs.set_props(SegmentedProps(texts_audit.PARTS, parts, audit.part))
        self._alarm.setVisible(bool(log_alarm(state)) and audit.part != "proof")
        self._offline.setVisible(state.connection.phase == "offline")
        self._parts.setCurrentIndex(AUDIT_PARTS.index(audit.part))
        self.asking.refresh(state)
        if audit.part == "proof":
            self.proof.refresh(state)
        elif audit.part == "oversight":
            self.oversight.refresh(state)
        else:
            self.finding.refresh(state)
            self.past.refresh(state)
            self.beside.refresh(state)
            self._folding.say(self.beside.says_something(state))
            if self._opened.currentWidget() is self.seen:
                self.seen.refresh(state)

    def hints(self) -> tuple[KeyCapProps, ...]:
        return (
            KeyCapProps(("/",), texts_audit.HINT_SEARCH),
            KeyCapProps(("T",), texts_audit.HINT_TIME),
            KeyCapProps(("M",), texts_audit.HINT_SEEN),
            KeyCapProps(("N",), texts_audit.HINT_NEXT),
            KeyCapProps(("?",), words.HINTS["all_keys"]),
        )

    def enter(self) -> None:
        match self._store.state.audit.part:
            case "find":
                self._to_hits()
            case "proof":
                self.setFocus()
                self._deeds.read_verification()
            case "oversight":
                self.oversight.enter()

    # -- the person ----------------------------------------------------------------------------------------------------

    def show_part(self, key: str) -> None:
        """Look elsewhere in Audit."""
        for part in AUDIT_PARTS:
            if part == key:
                self._to(part)

    def _to(self, part: AuditPart) -> None:
        self._store.dispatch(AuditPartChosen(part))
        self.refresh(self._store.state)
        self.enter()

    def search(self) -> None:
        """Put the keyboard into the search."""
        self._to("find")
        self.finding.search()

    def verify(self) -> None:
        """Verify the log, or stop the verification that runs."""
        shown = self._store.state.audit.verification
        if self._store.state.audit.part != "proof":
            self._to("proof")
        if shown is not None and shown.state == "running":
            self._deeds.stop_verifying()
        else:
            self._deeds.verify()

    def _acknowledge(self) -> None:
        """Acknowledge the first alarm that stands and that this person can do something about."""
        standing = next((one for one in alarms(self._store.state) if one.action), None)
        if standing is not None:
            self._to("proof")
            self.asking.acknowledge(standing.kind)

    def show_seen(self) -> None:
        """Show what models saw in the open conversation."""
        if self._store.state.audit.past.conversation is not None:
            self._opened.setCurrentWidget(self.seen)
            self.seen.refresh(self._store.state)
            self.seen.show_page()

    def leave_seen(self) -> None:
        """Show the transcript again."""
        self._opened.setCurrentWidget(self._both)
        self._deeds.show_call(None)
        self.past.transcript.setFocus()

    def open_live(self) -> None:
        """Show the open conversation in Live, where one can act."""
        conversation = self._store.state.audit.past.conversation
        if conversation is not None:
            self._shell.open_conversation(conversation)

    def _source(self, seq: int) -> None:
        self.past.show_source(seq)

    def _stand(self) -> None:
        self._to("find")
        self.past.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _log(self) -> None:
        conversation = self._store.state.audit.past.conversation
        if conversation is not None:
            self.log_wanted.emit(conversation)

    def export(self) -> None:
        """Ask where to, and write the open conversation there with its proofs. Never waits for the dialog."""
        conversation = self._store.state.audit.past.conversation
        if conversation is None:
            return
        dialog = QFileDialog(self.window(), texts_audit.EXPORT_TITLE)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(texts_audit.EXPORT_FILES)
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{conversation}.countersign.json")
        dialog.fileSelected.connect(partial(self._export_to, conversation))
        dialog.open()

    def _export_to(self, conversation: ConversationId, file: str) -> None:
        if file:
            self._deeds.export(conversation, Path(file))

    def carry_out(self, key: str) -> None:
        """Do what a line of the palette stands for."""
        kind, _, rest = key.partition(":")
        deeds: dict[str, Callable[[], None]] = {
            "search": self.search,
            "verify": self.verify,
            "next": self._deeds.next_review,
            "erase": self.asking.erase,
            "export": self.export,
            "seen": self.show_seen,
        }
        if kind == "part":
            self.show_part(rest)
        elif kind in deeds:
            if kind in {"next", "erase", "export", "seen"}:
                self._to("find")
            deeds[kind]()
        else:
            self._to("find")
            self.asking.carry_out(key)

    def press(self, key: str) -> bool:
        seen = self._opened.currentWidget() is self.seen and self._store.state.audit.part == "find"
        anywhere: dict[str, Callable[[], None]] = {
            "/": self.search,
            "P": partial(self.show_part, "proof"),
            "O": partial(self.show_part, "oversight"),
            "V": self.verify,
            "X": self.asking.erase,
            "L": self.asking.kept,
            "A": self._acknowledge,
        }
        here: dict[str, Callable[[], None]] = {
            "J": partial(self.seen.step if seen else self.finding.hits.step, 1),
            "K": partial(self.seen.step if seen else self.finding.hits.step, -1),
            "F": self.asking.filter,
            "B": self.asking.keep,
            "T": self._stand,
            "M": self.leave_seen if seen else self.show_seen,
            "W": self.open_live,
            "G": self._log,
            "E": self.export,
            "S": self.asking.score,
            "C": self.asking.note,
            "D": self.asking.finish,
            "R": self.beside.turn,
        }
        if key == "N":
            self._to("find")
            self.beside.show_tab("reviews")
            self._deeds.next_review()
            return True
        if key == "Escape":
            self._back(seen=seen)
            return True
        part = self._store.state.audit.part
        act = anywhere.get(key) or (here.get(key) if part == "find" else None)
        if act is None:
            return False
        act()
        return True

    def _back(self, *, seen: bool) -> None:
        """One step back: out of what a model saw, out of the past, to the hits."""
        if self._store.state.audit.part != "find":
            self._to("find")
        elif seen:
            if not self.seen.back():
                self.leave_seen()
        elif self._store.state.audit.past.position is not None:
            self._deeds.stand_at(None)
        else:
            self._to_hits()

    def _to_hits(self) -> None:
        hits = self.finding.hits
        (hits if hits.isVisible() else self).setFocus()

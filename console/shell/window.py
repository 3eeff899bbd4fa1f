"""The window: bars, rail, workspaces, and what floats above them (R-M1, R-M3, R-M8).

It shows the state and passes on what a person wants. Plain keys go to the workspace in front, and only when nobody is
writing and nothing is open above it. It must never wait, and never change a view because of a click.
"""

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from agent_core.contract.events import Recorded
from agent_core.contract.ids import AskId, BrandId, ConversationId, StreamId
from console import strings, texts_acting, texts_audit, texts_shell, texts_triage, words
from console.language.catalogue import spoken
from console.models.refresh import Refresh
from console.presenting import around, log_view
from console.presenting.stopping import stops
from console.shell.acting import ActingForms
from console.shell.attention import Attention
from console.shell.beliefs import Beliefs
from console.shell.closed import ClosedPlace, closed_because
from console.shell.commands import resume_lines
from console.shell.finder import Finder
from console.shell.form import Form
from console.shell.guide import Guide
from console.shell.guide_pages import guide_pages
from console.shell.keys import is_writing, plain_key
from console.shell.levels import LevelForms
from console.shell.lists import Lists, brand_lines
from console.shell.log_sheet import LogSheet
from console.shell.news import News
from console.shell.once import OnceOverlay
from console.shell.palette import Palette, PaletteLine
from console.shell.people import People
from console.shell.questions import Questions
from console.shell.sheet import Sheet, SheetLine, SheetProps
from console.shell.speaking import Speaking, announced
from console.shell.stopping import Stopping
from console.shell.tour import Tour
from console.shell.triage_files import TriageFiles
from console.shell.typing_on import TypingOn
from console.state import preferences
from console.state.app_state import WORKSPACES, AppState, WorkspaceKey
from console.state.happenings import (
    BrandChosen,
    BucketChosen,
    ConversationChosen,
    PreferencesChosen,
    WorkspaceChosen,
)
from console.state.selectors import log_alarm, numbers, paused, waiting_asks
from console.state.store import Store
from console.state.tour import tour_step
from console.state.triage import TriageChosen, count_of
from console.theme.controller import Theme
from console.widgets.chip import ChipProps
from console.widgets.folding import FOLD_KEY
from console.widgets.nav_rail import RAIL_WIDTH, NavRail
from console.widgets.prompt_overlay import PromptOverlay, PromptProps
from console.widgets.status_bar import StatusBar, StatusBarProps
from console.widgets.stop_strip import StopStrip
from console.widgets.top_bar import TopBar, TopBarProps
from console.workspaces.account_deeds import AccountDeeds
from console.workspaces.acting_deeds import ActingDeeds
from console.workspaces.approvals import ApprovalsWorkspace
from console.workspaces.audit import AuditWorkspace
from console.workspaces.audit_deeds import AuditDeeds
from console.workspaces.finding_deeds import FindingDeeds
from console.workspaces.forms import Forms
from console.workspaces.levels_deeds import LevelsDeeds
from console.workspaces.live import LiveWorkspace
from console.workspaces.live_deeds import LiveDeeds
from console.workspaces.people_deeds import Once, PeopleDeeds
from console.workspaces.places import ComingWorkspace
from console.workspaces.settings import SettingsWorkspace
from console.workspaces.stopping_deeds import StoppingDeeds
from console.workspaces.triage import TriageWorkspace
from console.workspaces.triage_deeds import NoTriage, TriageDeeds
from console.workspaces.triage_forking import Forking
from console.workspaces.workspace import Answer, Deeds, Workspace

_LEAST = (860, 420)
"""What 1366x768 at 150 % leaves beside the bars of a desktop."""


class MainWindow(QWidget):
    """The window of one console.

    Signals:
        closing: The person closed it.
        reports_wanted: The folder with the reports of errors is wanted.
    """

    closing = Signal()
    reports_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        store: Store,
        deeds: Deeds,
        settings_file: str = "",
        live: LiveDeeds | None = None,
        *,
        triage: TriageDeeds | None = None,
        audit: AuditDeeds | None = None,
        finding: FindingDeeds | None = None,
        account: AccountDeeds | None = None,
        people: PeopleDeeds | None = None,
        levels: LevelsDeeds | None = None,
        stopping: StoppingDeeds | None = None,
        acting: ActingDeeds | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle(strings.PRODUCT)
        self.setMinimumSize(*_LEAST)
        self.theme = theme
        self.store = store
        self.deeds = deeds
        self.typing_on = TypingOn(self)
        self.attention = Attention(self, store)
        self._build_frame()
        self.form = Form(theme, self)
        self.live = LiveWorkspace(theme, store, deeds, self)
        self.approvals = ApprovalsWorkspace(theme, store, deeds, self)
        acts = triage or NoTriage()
        self.forking = Forking(store, acts)
        self.triage = TriageWorkspace(theme, store, acts, deeds, self, self.forking)
        self.settings = SettingsWorkspace(theme, deeds, self, settings_file)
        self.audit = None if audit is None else AuditWorkspace(theme, store, audit, self, self.form)
        self.workspaces: dict[WorkspaceKey, Workspace] = {}
        for place in WORKSPACES:
            made: dict[WorkspaceKey, Workspace] = {
                "live": self.live, "approvals": self.approvals, "settings": self.settings, "triage": self.triage,
            }  # fmt: skip
            if self.audit is not None:
                made["audit"] = self.audit
            self.workspaces[place] = made.get(place) or ComingWorkspace(theme, place)
            self.stack.addWidget(self.workspaces[place])
        self.closed = ClosedPlace(theme)
        self.closed.settings_wanted.connect(partial(self._go, "settings"))
        self.stack.addWidget(self.closed)
        self.approvals.open_wanted.connect(self._open_in_live)
        self.settings.set.connect(self.choose)
        self._account = account  # held: a signal does not hold what it tells
        if account is not None:
            self.settings.sign_out_wanted.connect(account.sign_out)
            self.settings.sign_in_wanted.connect(account.sign_in)
        if self.audit is not None:
            self.audit.log_wanted.connect(self._read_log)
        self.prompt = PromptOverlay(theme, self)
        self.questions = Questions(self.prompt, store, self.typing_on)
        self.palette_overlay = Palette(theme, self)
        self.guide = Guide(theme, self, guide_pages(spoken()))
        self.finder = Finder(self.palette_overlay, store, finding, self.guide.lines())
        self.speaking = Speaking(announced(self))
        self.palette_overlay.chosen.connect(self.carry_out)
        self.sheet = Sheet(theme, self)
        self.once = OnceOverlay(theme, self)
        self.sheet.opened.connect(self.carry_out)
        self.log_sheet = LogSheet(theme, self)
        self.news = News(
            theme, self, store, self.sheet, self._list_of,
            opens=self.open_conversation, reports=self.reports_wanted.emit,
        )  # fmt: skip
        self.log_sheet.said.connect(self.news.whisper)
        self.form.taken_away.connect(self.typing_on.begin)
        self.forms = Forms(self.form, store, deeds)
        self.lists = Lists(self.form, store, live)
        self.acting = ActingForms(self.form, store, acting)
        self.approvals.use(self.acting)
        self.live.propose_wanted.connect(self.acting.propose)
        listed = self.live.listed
        listed.filter.clicked.connect(self.lists.narrow)
        listed.bar.part_removed.connect(self.lists.remove)
        listed.bar.view_chosen.connect(self.lists.show)
        listed.bar.save_wanted.connect(self.lists.narrow)
        listed.bar.cleared.connect(self.lists.clear)
        self.people = People(self.form, self, store, people)
        self.settings.people.wanted.connect(self.people.wanted)
        if people is not None:
            self.settings.people_wanted.connect(people.read_people)
        self.stopping = Stopping(self.form, self, store, deeds, stopping)
        self.live.pause_wanted.connect(self.stopping.workflow)
        self.levels = LevelForms(self.form, self, store, levels)
        self.levels.serve(self.settings)
        self.beliefs = Beliefs(self.form, store, live)
        self.live.side.correct_wanted.connect(self.beliefs.correct)
        self.live.side.take_back_wanted.connect(self.beliefs.take_back)
        self.forking.use(self.form)
        self.files = TriageFiles(theme, self, store, acts)
        self.triage.file_wanted.connect(self.files.open_file)
        self.triage.save_wanted.connect(self.files.save_file)
        self.triage.open_wanted.connect(self._open_in_live)
        pane = self.live.conversation
        pane.assess_wanted.connect(self.forms.assess)
        pane.route_wanted.connect(self.forms.route)
        pane.repair_wanted.connect(self.repair)
        self.tour = Tour(theme, self)
        self.tour.wanted.connect(self.carry_out)
        self.tour.ended.connect(partial(self.choose, "tour", "off"))
        self._build_shortcuts()
        self.refresh = Refresh(store, self, self._ready)
        self.refresh.changed.connect(self._refresh)
        self._refresh(store.state, store.state)
        self._show_workspace(store.state.workspace)

    def _build_frame(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.top = TopBar(self.theme, TopBarProps("", ChipProps(words.CONNECTING)))
        self.top.search_wanted.connect(self.open_palette)
        self.top.brand_wanted.connect(self.choose_brand)
        self.top.pause_wanted.connect(self.ask_pause)
        self.top.notifications_wanted.connect(self.show_notices)
        self.top.theme_wanted.connect(self.toggle_theme)
        column.addWidget(self.top)
        self.stops = StopStrip(self.theme)
        self.stops.resume_wanted.connect(self._resume_stopped)
        column.addWidget(self.stops)
        row = QHBoxLayout()
        row.setSpacing(0)
        self.rail = NavRail(self.theme)
        self.rail.chosen.connect(self._go)
        row.addWidget(self.rail)
        self.stack = QStackedWidget()
        self.stack.setMinimumSize(1, 1)  # what is not shown must not keep the window large
        row.addWidget(self.stack, 1)
        column.addLayout(row, 1)
        self.status = StatusBar(self.theme, StatusBarProps(()))
        column.addWidget(self.status)

    def _build_shortcuts(self) -> None:
        keys: list[tuple[str, Callable[[], None]]] = [
            ("Ctrl+K", self.open_palette),
            ("Ctrl+B", self.choose_brand),
            ("Ctrl+.", self.ask_pause),
            ("Ctrl+Shift+L", self.toggle_theme),
            ("Ctrl+Shift+J", self._newest_by_key),
            ("F1", self.show_guide),
            (FOLD_KEY, self._turn_panes),
        ]
        keys += [(f"Ctrl+{at + 1}", partial(self._go, place)) for at, place in enumerate(WORKSPACES)]
        for sequence, act in keys:
            shortcut = QShortcut(QKeySequence(sequence), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(partial(self._shortcut, act))

    def _shortcut(self, act: Callable[[], None]) -> None:
        # The stop switch comes before any question: an open one is dismissed, which is a no, and what is half written stays.
        if self.prompt.current is None or (act == self.ask_pause and self.prompt.current not in {"pause", "resume"}):
            act()

    def fit(self, width: int) -> None:
        """Give every workspace the pane widths that suit a window."""
        self.live.fit(width - RAIL_WIDTH)
        self.approvals.fit(width - RAIL_WIDTH)
        self.triage.fit(width - RAIL_WIDTH)
        if self.audit is not None:
            self.audit.fit(width - RAIL_WIDTH)

    def splitters(self) -> dict[str, QSplitter]:
        """The panes whose sizes are worth remembering, by name."""
        named = {"live": self.live.split, "approvals": self.approvals.split, "triage": self.triage.split}
        return named if self.audit is None else {**named, "audit": self.audit.split}

    def _list_of(self) -> QWidget:
        """The list beside what is decided: news may stand over it."""
        place = self.store.state.workspace
        split = self.splitters().get(place)
        listed = split.widget(0) if split is not None else None
        return listed if listed is not None and not listed.isHidden() else self.workspaces[place]

    # -- the state -----------------------------------------------------------------------------------------------------

    def _ready(self, state: AppState) -> Iterator[None]:
        return self.workspaces[state.workspace].ready(state)

    def _refresh(self, before: AppState, state: AppState) -> None:
        if state.preferences.theme != self.theme.choice:
            self.theme.choose(state.preferences.theme)
        self.theme.move(state.preferences.motion)
        self.top.set_props(around.top_bar(state))
        self.stops.set_props(stops(state))
        self.rail.set_count("approvals", waiting_asks(state))
        self.rail.set_count("triage", count_of(state.triage, numbers(state).quarantined))
        self.rail.set_count("audit", int(bool(log_alarm(state))))
        if state.workspace != before.workspace:
            self._show_workspace(state.workspace)
        self._stand(state)
        shown = self.workspaces[state.workspace]
        shown.refresh(state)
        if shown is not self.approvals:
            self.approvals.announce(state)
        self.status.set_props(around.status_bar(state, () if closed_because(state) else shown.hints()))
        self.questions.refresh(state)
        self.forms.refresh(before, state)
        self.finder.refresh(before, state)
        self.speaking.refresh(before, state)
        self.lists.refresh(before, state)
        self.acting.refresh(before, state)
        self.stopping.refresh(before, state)
        self.levels.refresh(before, state)
        self.tour.show_step(tour_step(state))
        self.news.refresh(state)

    def _show_workspace(self, place: WorkspaceKey) -> None:
        self.rail.set_current(place)
        shown = self.workspaces[place]
        shown.refresh(self.store.state)
        self._stand(self.store.state)
        shown.refresh(self.store.state)
        self.news.toasts.place()
        if not self._covered():
            shown.enter()

    def _stand(self, state: AppState) -> None:
        """Show the chosen place, or why nothing is shown here."""
        why = closed_because(state)
        if why:
            self.closed.say(why)
        wanted = self.closed if why else self.workspaces[state.workspace]
        if self.stack.currentWidget() is not wanted:
            self.stack.setCurrentWidget(wanted)

    # -- the person ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        key = plain_key(event)
        if key is None or self._covered():
            super().keyPressEvent(event)
            return
        if is_writing(QApplication.focusWidget()):
            if key == "Escape":
                self.workspaces[self.store.state.workspace].enter()
            return
        if self.typing_on.takes():
            return
        if key == "?":
            self.show_keys()
        elif not self.workspaces[self.store.state.workspace].press(key):
            super().keyPressEvent(event)

    def _covered(self) -> bool:
        return self.prompt.current is not None or any(
            over.isVisible() for over in (self.palette_overlay, self.sheet, self.once, self.log_sheet, self.form, self.guide)
        )

    def event(self, event: QEvent) -> bool:  # Qt's name
        taken = super().event(event)
        if event.type() in {QEvent.Type.Show, QEvent.Type.WinIdChange}:
            self.attention.watch()
        return taken

    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        event.accept()
        self.closing.emit()

    def stop(self) -> None:
        """Hear nothing more; called before it goes away."""
        self.refresh.stop()
        self.typing_on.stop()
        self.attention.stop()
        self.files.stop()
        self.palette_overlay.close_overlay()
        self.sheet.close_overlay()
        self.once.close_overlay()
        self.log_sheet.close_overlay()
        self.guide.close_overlay()
        self.form.close_overlay()
        self.prompt.close_prompt()
        self.news.stop()

    def ask(self, props: PromptProps, answer: Answer) -> None:
        """Put a question over the window; the answer is called when it is given, and not when it is dismissed."""
        self.palette_overlay.close_overlay()
        self.sheet.close_overlay()
        self.questions.ask(props, answer)

    def repair(self, conversation: ConversationId | None = None) -> None:
        """Show in Triage what is wrong with a conversation; with the open one by itself."""
        about = conversation or self.store.state.wanted
        if about is not None:
            self.store.dispatch(TriageChosen(about))
            self.store.dispatch(ConversationChosen(about))
            self._go("triage")

    def edit(self, ask: AskId) -> None:
        """Ask for other arguments of a proposal."""
        self.forms.edit(ask)

    def open_palette(self) -> None:
        """Open the palette, or close it when it is open."""
        if self.palette_overlay.isVisible():
            self.palette_overlay.close_overlay()
            return
        self.sheet.close_overlay()
        self.guide.close_overlay()
        self.finder.open()

    def offer(self, lines: tuple[PaletteLine, ...]) -> None:
        """Let the person choose among lines; what they choose is carried out."""
        self.sheet.close_overlay()
        self.guide.close_overlay()
        self.finder.offer(lines)

    def choose_brand(self) -> None:
        """Offer the brands this session sees."""
        lines = tuple(brand_lines(self.store.state))
        if lines and not self.form.isVisible():
            self.sheet.close_overlay()
            self.finder.offer(lines)

    def carry_out(self, key: str) -> None:
        """Do what a line of the palette or of a sheet stands for."""
        kind, _, rest = key.partition(":")
        match kind:
            case "go":
                self._go(rest)
            case "theme":
                if rest == "toggle":
                    self.toggle_theme()
                else:
                    self._choose_theme(rest)
            case "setting" | "set" | "customer":
                self._take(kind, rest)
            case "help" | "notices" | "reports":
                {"help": self.show_keys, "notices": self.show_notices, "reports": self.reports_wanted.emit}[kind]()
            case "guide":
                self.guide.show_page(rest)
            case "brand":
                self.store.dispatch(BrandChosen(BrandId(rest) if rest else None))
            case "list":
                deed, _, name = rest.partition(":")
                self.lists.carry_out(deed, name)
            case "stop":
                self.stopping.carry_out(rest)
            case "conversation":
                self.open_conversation(ConversationId(StreamId(rest)))
            case "triage":
                self.triage.press(rest)
            case "do":
                self._do(rest)
            case "audit" if self.audit is not None:
                self._go("audit")
                self.audit.carry_out(rest)
            case _:
                pass

    def _take(self, kind: str, rest: str) -> None:
        """Go to a setting, set it, or show a customer's conversations."""
        if kind == "customer":
            self.finder.show_customer(rest)
        elif kind == "set":
            self.choose(*rest.partition(":")[::2])
        else:
            self._go("settings")
            self.settings.show_setting(rest)

    def _do(self, deed: str) -> None:
        pane = self.live.conversation
        deeds: dict[str, Callable[[], None]] = {
            "pause": self.ask_pause,
            "resume": self.ask_pause,
            "take_over": pane.take_over,
            "hand_back": pane.hand_back,
            "hand_to_team": pane.hand_to_team,
            "log": pane.read_log,
            "route": self.forms.route,
            "repair": self.repair,
            "assess": self.forms.assess,
            "propose": self.acting.propose,
            "newest": self.show_newest,
        }
        deeds[deed]()

    def _read_log(self, conversation: str) -> None:
        self.deeds.read_log(ConversationId(StreamId(conversation)))

    def _go(self, place: str) -> None:
        for known in WORKSPACES:
            if known == place:
                self.palette_overlay.close_overlay()
                self.sheet.close_overlay()
                self.store.dispatch(WorkspaceChosen(known))
                self.refresh.flush()

    def _newest_by_key(self) -> None:
        """As with plain keys: never from under somebody who writes or who is being asked something."""
        if not self._covered() and not is_writing(QApplication.focusWidget()):
            self.show_newest()

    def show_newest(self) -> None:
        """Show the approval that was asked for last, in the queue; where none waits, say so."""
        if self.approvals.show_newest():
            self._go("approvals")
        else:
            self.news.whisper(texts_shell.NO_APPROVAL)

    def open_conversation(self, conversation: ConversationId) -> None:
        """Show a conversation in Live, whatever part of the list it is in."""
        self.store.dispatch(ConversationChosen(conversation))
        row = self.store.state.rows.get(conversation)
        if row is not None and self.store.state.bucket == "needs" and not row.needs_person:
            self.store.dispatch(BucketChosen("all"))
        self._go("live")

    def _open_in_live(self) -> None:
        wanted = self.store.state.wanted
        if wanted is not None:
            self.open_conversation(wanted)

    def toggle_theme(self) -> None:
        """Switch between light and dark."""
        self._choose_theme("light" if self.theme.name == "dark" else "dark")

    def _choose_theme(self, choice: str) -> None:
        self.choose("theme", choice)

    def choose(self, key: str, word: str) -> None:
        """Set something that is declared; a word that means nothing changes nothing."""
        after = preferences.changed(self.store.state.preferences, key, word)
        if after != self.store.state.preferences:
            self.store.dispatch(PreferencesChosen(after))
            self.refresh.flush()

    def ask_pause(self) -> None:
        """The stop switch: ask, then stop; or ask, then resume with a signature."""
        self.stopping.ask()

    def resume_brand(self) -> None:
        """Ask whether a brand that is stopped by itself may work again; which one, where there are several."""
        lines = resume_lines(self.store.state)
        if len(lines) == 1:
            self.carry_out(lines[0].key)
        elif not self._covered():
            self.offer(lines)

    def _turn_panes(self) -> None:
        folding = self.workspaces[self.store.state.workspace].folding
        if folding is not None and not self._covered():
            folding.turn()

    def _resume_stopped(self) -> None:
        if paused(self.store.state):
            self.ask_pause()
        else:
            self.resume_brand()

    def show_keys(self) -> None:
        """Show every key."""
        lines: list[SheetLine] = []
        own = (
            (texts_acting.TITLE, texts_acting.KEYS),
            (texts_triage.TITLE, texts_triage.KEYS),
            (strings.AUDIT, texts_audit.KEYS),
        )
        for title, keys in (*words.KEYS, *own):
            lines.append(SheetLine(title, head=True))
            lines += [SheetLine(said, keys=tuple(caps.split())) for caps, said in keys]
        self.sheet.show_sheet(SheetProps(words.KEY_HELP_TITLE, words.DECISION_KEY_NOTE, tuple(lines)))

    def show_guide(self) -> None:
        """Open the guide at the page about this workspace, or close it when it is open."""
        if self.guide.isVisible():
            self.guide.close_overlay()
        elif not self._covered():
            self.guide.show_page(self.store.state.workspace)

    def show_once(self, once: Once) -> None:
        """Show something that nobody can show again, such as a one-time code."""
        self.once.show_once(once)

    def show_notices(self) -> None:
        """Show what happened lately, newest first."""
        self.news.show_all()

    def show_log(self, records: tuple[Recorded, ...]) -> None:
        """Show the log of a conversation."""
        state = self.store.state
        names = {str(one.operator): one.name for one in state.core.operators} if state.core is not None else {}
        self.log_sheet.show_log(log_view.lines(records, names, state.now))

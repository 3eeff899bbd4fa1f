"""Settings: appearance, the key and where it is, who is signed in, the core, where data lives (R-M7, R-M8).

It must never show a secret: of a key, only its fingerprint; and never offer a file as a place for one.
"""

from datetime import datetime
from typing import ClassVar, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from agent_core.contract.ids import BrandId
from agent_core.contract.integrations import IntegrationShown
from console import strings, texts_model, texts_settings, texts_shell, words
from console.language.numbers import money
from console.presenting import clock
from console.presenting.around import signed_in
from console.presenting.codes import as_head, in_words
from console.presenting.levels import level_periods, levels_props
from console.presenting.people import enrols, invitation_lines, may_accept, nobody_words, people_lines, recovery_lines
from console.state.app_state import AppState, WorkspaceKey
from console.state.preferences import Preferences
from console.state.selectors import read_only_reason
from console.theme.controller import Theme
from console.theme.fonts import BODY, HEADING, MONO, SMALL, SMALL_MEDIUM
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card, SectionHeading, SectionProps
from console.widgets.levels_panel import LevelsPanel
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.people_panel import PeoplePanel
from console.widgets.plain_label import PlainLabel
from console.widgets.prompt_overlay import PromptProps
from console.widgets.search_field import SearchField
from console.workspaces.declared import Declared
from console.workspaces.workspace import Asking, Deeds, Workspace

LEVELS: Final = "levels"
"""Where `show_setting` finds how far workflows may go."""
LOOK_AGAIN_S: Final = 15
_Row = tuple[str, str, Tone | None]


class _Rows(Card):
    """Labels and values, built again only when they change."""

    def __init__(self, theme: Theme, *, mono: frozenset[str] = frozenset()) -> None:
        super().__init__(theme, spacing=10)
        self._mono = mono
        self._shown: tuple[_Row, ...] | None = None
        self._grid: QWidget | None = None

    def fits(self, typed: str, title: str) -> bool:
        """Whether all words typed are in what is shown here, or in its title."""
        text = " ".join((title, *(part for row in self._shown or () for part in row[:2]))).casefold()
        return all(part in text for part in typed.casefold().split())

    def show_rows(self, rows: tuple[_Row, ...]) -> None:
        """Show these rows."""
        if rows == self._shown:
            return
        self._shown = rows
        if self._grid is not None:
            self.body.removeWidget(self._grid)
            self._grid.hide()
            self._grid.deleteLater()
        self._grid = QWidget()
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, 170)
        grid.setColumnStretch(1, 1)
        for at, (label, value, tone) in enumerate(rows):
            grid.addWidget(PlainLabel(self.theme, label, SMALL, ink="quiet"), at, 0, Qt.AlignmentFlag.AlignTop)
            face = MONO if label in self._mono else SMALL_MEDIUM
            grid.addWidget(PlainLabel(self.theme, value, face, tone=tone, wrap=True, selectable=True), at, 1)
        self.body.insertWidget(0, self._grid)


class SettingsWorkspace(Workspace):
    """The workspace.

    Signals:
        people_wanted: Whose keys count is to be read.
        levels_wanted: How far workflows may go is to be read; evidence_wanted: how their actions fared.
        set(str, str): A declared setting's key, and the word it is set to.
        sign_out_wanted: The person wants to leave; they were asked.
        sign_in_wanted: The person is back.
        model_given(str): The key of a real model, for the keyring.
        model_forgotten: The real model's key is to leave the keyring.
    """

    set = Signal(str, str)
    sign_out_wanted = Signal()
    sign_in_wanted = Signal()
    model_given = Signal(str)
    model_forgotten = Signal()
    people_wanted = Signal()
    levels_wanted = Signal()
    evidence_wanted = Signal()
    place: ClassVar[WorkspaceKey] = "settings"

    def __init__(
        self, theme: Theme, deeds: Deeds, asking: Asking, settings_file: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._deeds = deeds
        self._asking = asking
        self._file = settings_file
        self._resting = False
        self._informing: list[tuple[QWidget, str, _Rows]] = []
        self._read_for: tuple[IntegrationShown, ...] | None = None
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        plane = Pane(theme, "ground")
        outer.addWidget(plane)
        middle = QHBoxLayout(plane)
        middle.setContentsMargins(0, 0, 0, 0)
        scroll = self._scroll = ScrollColumn(strings.SETTINGS, 28, 10)
        middle.addWidget(scroll)
        column = scroll.centred(820, 560, 10)
        head = QHBoxLayout()
        head.addWidget(PlainLabel(theme, strings.SETTINGS, HEADING), 1)
        self.search = SearchField(theme, texts_settings.SEARCH, "/")
        self.search.setFixedWidth(290)
        self.search.searched.connect(self._narrow)
        head.addWidget(self.search)
        column.addLayout(head)
        self._nothing = PlainLabel(theme, texts_settings.NOTHING_FOUND, BODY, ink="soft")
        self._nothing.hide()
        column.addWidget(self._nothing)
        self._key(theme, column)
        self.declared = Declared(theme, Preferences())
        self.declared.chosen.connect(self.set)
        column.addWidget(self.declared)
        self._core = self._section(theme, column, "plug-zap", words.CORE)
        self.model = Button(theme, ButtonProps(texts_model.CONNECT, icon="sparkles"))
        self.model.clicked.connect(self.ask_model)
        self._core.body.addWidget(self.model, 0, Qt.AlignmentFlag.AlignLeft)
        self._stand_in = True
        self._systems = self._section(theme, column, "activity", words.SYSTEMS)
        self.people = PeoplePanel(theme)
        column.addWidget(self.people)
        self._people_for: object = None
        self.levels = LevelsPanel(theme)
        column.addWidget(self.levels)
        self._levels_for: object = None
        data = self._section(theme, column, "database", words.DATA)
        rows: list[_Row] = [(label, value, None) for label, value in words.DATA_ROWS]
        if self._file:
            rows.append((words.SETTINGS_FILE, self._file, None))
        data.show_rows(tuple(rows))

    def _section(self, theme: Theme, column: QVBoxLayout, icon: str, title: str) -> _Rows:
        held = QWidget()
        inner = QVBoxLayout(held)
        inner.setContentsMargins(0, 8, 0, 0)
        inner.setSpacing(10)
        inner.addWidget(SectionHeading(theme, SectionProps(icon, title)))
        rows = _Rows(theme, mono=frozenset({words.FINGERPRINT}))
        inner.addWidget(rows)
        column.addWidget(held)
        self._informing.append((held, title, rows))
        return rows

    def _narrow(self, typed: str) -> None:
        found = self.declared.narrow(typed)
        for held, title, rows in self._informing:
            fits = rows.fits(typed, title)
            held.setVisible(fits)
            found = found or fits
        self.people.setVisible(self.people.fits(typed))
        self.levels.setVisible(self.levels.fits(typed))
        self._nothing.setVisible(not found and not self.people.fits(typed) and not self.levels.fits(typed))

    def show_setting(self, key: str) -> None:
        """Bring a declared setting, or the levels, into sight and give it the keyboard."""
        self.search.clear()
        self._narrow("")
        if key == LEVELS:
            self._scroll.ensureWidgetVisible(self.levels, 0, 600)
            QTimer.singleShot(0, self.levels.periods, self.levels.periods.setFocus)
            return
        row = self.declared.stand_on(key)
        if row is not None:
            self._scroll.ensureWidgetVisible(row, 0, 120)

    def _key(self, theme: Theme, column: QVBoxLayout) -> None:
        self._own = self._section(theme, column, "key-round", words.YOUR_KEY)
        self._enrol_row = QWidget()
        row = QVBoxLayout(self._enrol_row)
        row.setContentsMargins(0, 6, 0, 0)
        row.addWidget(PlainLabel(theme, words.ENROL_WORDS, SMALL, ink="soft", wrap=True))
        self.enrol = Button(theme, ButtonProps(words.ENROL, "primary", "key-round"))
        self.enrol.clicked.connect(self._ask_name)
        row.addWidget(self.enrol, 0, Qt.AlignmentFlag.AlignLeft)
        self._own.body.addWidget(self._enrol_row)
        self.account = Button(theme, ButtonProps(texts_shell.SIGN_OUT, "secondary", "unplug"))
        self.account.clicked.connect(self._leave_or_come)
        self._own.body.addWidget(self.account, 0, Qt.AlignmentFlag.AlignLeft)

    def _leave_or_come(self) -> None:
        if self._resting:
            self.sign_in_wanted.emit()
            return
        title, said, yes = texts_shell.SIGN_OUT_TITLE, texts_shell.SIGN_OUT_WORDS, texts_shell.SIGN_OUT
        self._asking.ask(PromptProps("sign-out", title, said, yes, "accent", "unplug"), self._leave)

    def _leave(self, _given: str) -> None:
        self.sign_out_wanted.emit()

    def _ask_name(self) -> None:
        props = PromptProps(
            "enrol", words.ENROL_TITLE, words.ENROL_WORDS, words.ENROL_YES, "accent", "key-round", words.ENROL_FIELD,
            required=True,
        )  # fmt: skip
        self._asking.ask(props, self._deeds.enrol_first)

    def ask_model(self) -> None:
        """Ask for the key of a real model, or whether to go back to the stand-in."""
        if self._stand_in:
            props = PromptProps(
                "model", texts_model.CONNECT, texts_model.CONNECT_WORDS, texts_model.CONNECT_YES, "accent", "sparkles",
                texts_model.FIELD, required=True, note=texts_model.NOTE, secret=True,
            )  # fmt: skip
            self._asking.ask(props, self.model_given.emit)
            return
        away = PromptProps(
            "model", texts_model.DISCONNECT, texts_model.DISCONNECT_WORDS, texts_model.DISCONNECT_YES, "warn", "unplug"
        )
        self._asking.ask(away, lambda _given: self.model_forgotten.emit())

    def refresh(self, state: AppState) -> None:
        self.declared.refresh(state.preferences)
        self._resting = state.keyring.resting
        self.account.setVisible(self._resting or (state.session is not None and state.session.operator is not None))
        said = texts_shell.SIGN_IN if self._resting else texts_shell.SIGN_OUT
        self.account.set_props(ButtonProps(said, "primary" if self._resting else "secondary", "unplug"))
        self._own.show_rows(_own_rows(state))
        session = state.session
        self._enrol_row.setVisible(session is not None and session.may_enrol_first and session.operator is None)
        busy = "enrol" in state.pending
        usable = state.keyring.usable or state.keyring.kind != "none"
        self.enrol.set_props(ButtonProps(words.ENROL, "primary", "key-round", busy=busy, enabled=usable))
        self._core.show_rows(_core_rows(state))
        self._stand_in = state.core is None or state.core.stand_in
        said = texts_model.CONNECT if self._stand_in else texts_model.DISCONNECT
        self.model.set_props(
            ButtonProps(said, icon="sparkles" if self._stand_in else "unplug", enabled=state.core is not None)
        )
        self._systems.show_rows(_system_rows(state))
        self.people.show_lines(
            people_lines(state), invitation_lines(state), recovery_lines(state),
            nobody=nobody_words(state), may_invite=enrols(state), may_accept=may_accept(state),
            may_rotate=not read_only_reason(state),
        )  # fmt: skip
        about = (state.session, state.core.operators if state.core is not None else ())
        if self.isVisible() and about != self._people_for:
            # Who counts is told by the core in part; when that moves, all of it is asked for again.
            self._people_for = about
            self.people_wanted.emit()
        self._refresh_levels(state)
        known = state.core.integration_states if state.core is not None else ()
        if self.isVisible() and known != self._read_for:
            # What the core says by itself is a part of it: when that moves, all of it is asked for again.
            self._read_for = known
            self._deeds.read_systems()

    def _refresh_levels(self, state: AppState) -> None:
        self.levels.show_props(levels_props(state), level_periods(state))
        if not self.isVisible() or state.connection.phase != "live" or state.session is None:
            return
        # Nobody is told when somebody signs a level, so whoever looks asks again now and then.
        about = (state.session.session, int(state.now.timestamp()) // LOOK_AGAIN_S)
        if about != self._levels_for:
            first, self._levels_for = self._levels_for is None, about
            self.levels_wanted.emit()
            if first:
                self.evidence_wanted.emit()

    def enter(self) -> None:
        self.declared.rows["theme"].control.setFocus()

    def press(self, key: str) -> bool:
        if key == "/":
            self.search.setFocus()
        return key == "/"

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        super().hideEvent(event)
        self._read_for, self._people_for, self._levels_for = None, None, None


def _own_rows(state: AppState) -> tuple[_Row, ...]:
    keyring, session = state.keyring, state.session
    tone: Tone | None = None if keyring.usable else "warn"
    rows: list[_Row] = [
        (words.OPERATOR, signed_in(state), None if session is not None and session.operator else "warn"),
        (words.WHERE_KEPT, keyring.sentence or "—", tone),
    ]
    if keyring.fingerprint:
        rows.append((words.FINGERPRINT, keyring.fingerprint, None))
    if session is not None and session.operator is not None:
        limit = money(session.limit) if session.limit is not None else words.NO_LIMIT
        rows.append((words.LIMIT, words.ALL_MONEY if session.role == "admin" and session.limit is None else limit, None))
        known = {one.brand: one.title for one in state.core.brands} if state.core is not None else {}
        named = (words.EVERY_BRAND if one == "*" else known.get(BrandId(one), one) for one in session.brands)
        rows.append((words.BRANDS, ", ".join(named) or "—", None))
    elif read_only_reason(state) != keyring.sentence:
        rows.append((strings.READ_ONLY, read_only_reason(state), "warn"))
    return tuple(rows)


def _core_rows(state: AppState) -> tuple[_Row, ...]:
    core = state.core
    if core is None:
        return ((words.CORE, words.CONNECTING, "warn"),)
    model: _Row = (words.MODEL, words.STAND_IN if core.stand_in else core.model, None)
    brands = ", ".join(words.brand_words(one.title, sandbox=one.sandbox, paused=one.paused) for one in core.brands)
    health = ", ".join(f"{as_head('of_a_brand', name)}: {words.HEALTH_WORDS[how]}" for name, how in core.integrations)
    failing: Tone | None = "warn" if any(how == "failing" for _, how in core.integrations) else None
    return (
        (words.CORE, core.core, None),
        (words.VERSION, core.version, None),
        model,
        (words.BRANDS, brands or "—", None),
        (words.INTEGRATIONS, health or "—", failing),
    )


def _system_rows(state: AppState) -> tuple[_Row, ...]:
    """Whatever does not work first: folders that could not go live, tools that are not used, systems left alone."""
    known = state.systems
    if known is None:
        shown = state.core.integration_states if state.core is not None else ()
        return tuple(map(_breaker, shown)) or ((words.SYSTEMS, strings.LOADING, None),)
    rows: list[_Row] = []
    for folder in known.refused_folders:
        rows.append(
            (
                f"{folder.brand}: {words.FOLDER}",
                words.REFUSED_SINCE.format(why=folder.sentence, time=_at(folder.since)),
                "danger",
            )
        )
    for tool in known.stopped_tools:
        rows.append(
            (f"{tool.brand}: {tool.tool}", words.REFUSED_SINCE.format(why=tool.sentence, time=_at(tool.since)), "warn")
        )
    rows += map(_breaker, known.integrations)
    return tuple(rows) or ((words.SYSTEMS, words.SYSTEMS_FINE, "ok"),)


def _at(moment: datetime) -> str:
    return clock.moment(moment)


def _breaker(shown: IntegrationShown) -> _Row:
    """A system that does not work: which, how, since when, and when it is tried again."""
    code = "" if shown.code is None else f" ({in_words('code', shown.code)})"
    how = f"{words.BREAKER_WORDS[shown.state]}{code}"
    since = _at(shown.since)
    value = words.BROKEN_SINCE.format(how=how, time=since)
    if shown.next_probe is not None:
        value = words.BROKEN_SINCE_AGAIN.format(how=how, time=since, again=_at(shown.next_probe))
    system, what = in_words("of_a_brand", shown.system), in_words("operation", shown.operation)
    name = f"{shown.brand}: {system} · {what}"
    tones: dict[str, Tone] = {"auth_failed": "danger", "closed": "ok"}
    return (name, value, tones.get(shown.state, "warn"))

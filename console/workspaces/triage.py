"""Triage: what is poisoned or stuck, what is wrong with it in place, what a repair would do, and the repair (R-M4, R-A8).

Everything can be done by keyboard alone. What is shown is what the core said; it must never offer a waiting approval as a
fault, and never sign anything but exactly what stands on the screen.
"""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from console import texts_triage as texts
from console.presenting import triage_side as side
from console.state.app_state import AppState, WorkspaceKey
from console.state.happenings import ConversationChosen, News
from console.state.store import Store
from console.state.triage import (
    TRIAGE_VIEWS,
    CallSaid,
    FileChosen,
    LookedAt,
    RequestChosen,
    Triage,
    TriageChosen,
    TriageViewChosen,
    answer_of,
    healed,
    messages_of,
    request_of,
    triage_rows,
)
from console.theme.controller import Theme
from console.widgets.folding import FoldingPanes
from console.widgets.key_cap import KeyCapProps
from console.widgets.prompt_overlay import PromptProps
from console.widgets.triage.call_card import CALL_KEYS, CallWord
from console.workspaces.deciding import Deciding
from console.workspaces.triage_deeds import TriageDeeds
from console.workspaces.triage_forking import Forking
from console.workspaces.triage_list import TriageListPane
from console.workspaces.triage_middle import TriageMiddle
from console.workspaces.triage_shown import empty_props, middle_head, middle_items, middle_strip, side_props, subject
from console.workspaces.triage_side import TriageSide
from console.workspaces.workspace import Asking, Deeds, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_core.contract.repairing import CallAnswerWord
    from console.widgets.triage.call_card import CallProps
    from console.widgets.triage.items import RequestItem


class TriageWorkspace(Workspace):
    """The workspace.

    Signals:
        open_wanted: The looked-at conversation is wanted in Live.
        file_wanted: A file is to be opened.
        save_wanted(str): The repaired form is to be saved; a name for it.
    """

    open_wanted = Signal()
    file_wanted = Signal()
    save_wanted = Signal(str)
    place: ClassVar[WorkspaceKey] = "triage"

    def __init__(
        self,
        theme: Theme,
        store: Store,
        acts: TriageDeeds,
        deeds: Deeds,
        asking: Asking,
        forking: Forking,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._store = store
        self._acts = acts
        self._deeds = deeds
        self._asking = asking
        self._forking = forking
        self._deciding = Deciding(store, deeds, asking)
        self._call = 0
        self._subject = ""
        self._told = ""
        self._drawn: Triage | None = None
        self._items: tuple[RequestItem, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.listed = TriageListPane(theme, store)
        self.middle = TriageMiddle(theme)
        self.side = TriageSide(theme)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        for pane in (self.listed, self.middle, self.side):
            self.split.addWidget(pane)
        self.split.setStretchFactor(1, 1)
        self.folding = self._folding = FoldingPanes(theme, self.split, self.listed, self.side)
        self._folding.turned.connect(self.enter)
        row.addWidget(self._folding)
        self.listed.open_wanted.connect(self.file_wanted)
        self.listed.entered.connect(self._enter_request)
        self.middle.view_chosen.connect(self._view)
        self.middle.run_wanted.connect(self._next_run)
        self.middle.pressed.connect(self._strip_pressed)
        self.middle.request.near_end.connect(self._read_on)
        self.middle.request.current_changed.connect(self._stands_on)
        self.middle.request.installEventFilter(self)
        self.side.acted.connect(self._act)
        self.side.other_wanted.connect(self._other)
        self.side.said.connect(self._said)
        self.side.ask_wanted.connect(self._asked)
        self.side.sign_wanted.connect(self._sign_answer)
        self.setFocusProxy(self.listed.rows)

    def fit(self, width: int) -> None:
        """Give the panes the widths that suit a window."""
        listed, beside = (348, 400) if width >= 1_500 else (300, 356)
        self.split.setSizes([listed, max(400, width - beside - listed - 2), beside])

    # -- the state -----------------------------------------------------------------------------------------------------

    def refresh(self, state: AppState) -> None:
        self._choose_first(state)
        self.listed.refresh(state)
        now = subject(state)
        fresh = now != self._subject
        if fresh:
            self._subject, self._call = now, 0
        self._show_middle(state)
        props = side_props(state, self._call)
        self._call = max(0, min(self._call, len(props.calls) - 1))
        self._announce(state)
        self._folding.say(bool(props.cards or props.calls or props.act), wanted=bool(props.calls or props.act))
        self.side.show_props(props, fresh=fresh)
        if self.isVisible() and not state.triage.on_file:
            at = state.triage.looked_at
            self._deciding.keep_about(None if at is None else at.conversation)

    def _announce(self, state: AppState) -> None:
        """Tell a screen reader what came of it: a repair that was taken, a file that was diagnosed."""
        told = ""
        file = state.triage.file
        if healed(state.triage):
            told = texts.HEALED
        elif state.triage.on_file and file is not None and file.reading != "reading":
            told = side.file_diagnosis(file).title
        if told and told != self._told:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, told))
        self._told = told

    def _show_middle(self, state: AppState) -> None:
        empty = empty_props(state)
        if empty is not None:
            self.middle.show_head(None)
            self.middle.show_strip(None)
            self.middle.show_empty(empty)
            return
        self.middle.show_head(middle_head(state))
        self.middle.show_strip(middle_strip(state))
        if healed(state.triage):
            self.middle.show_alive(self._forking.alive(state))
            return
        if state.triage is not self._drawn:
            # Thousands of blocks: made anew when the slice is another one, and not with every tick of the clock.
            self._drawn, self._items = state.triage, middle_items(state)
        self.middle.show_items(self._shown_of(state), self._items, at_fault=state.triage.view != "fork")

    @staticmethod
    def _shown_of(state: AppState) -> str:
        """What the middle shows, in a word: another one begins at its top."""
        fork = state.triage.fork
        ran = (
            ""
            if state.triage.view != "fork"
            else f":{fork.number}"
            if fork.answer is not None or fork.running
            else ":points"
        )
        return f"{subject(state)}:{state.triage.view}{ran}"

    def _choose_first(self, state: AppState) -> None:
        """Nobody has to choose when they come: the worst is shown."""
        rows = triage_rows(state.triage)
        if self.isVisible() and rows and state.triage.looked_at is None and not state.triage.on_file:
            first = next((one for one in rows if state.brand in (None, one.brand)), None)
            if first is not None:
                self._store.dispatch(TriageChosen(first.conversation))
                self._store.dispatch(ConversationChosen(first.conversation))

    # -- the person ----------------------------------------------------------------------------------------------------

    def hints(self) -> tuple[KeyCapProps, ...]:
        return (
            KeyCapProps(("J", "K"), texts.KEY_MOVE),
            KeyCapProps(("N",), texts.KEY_NEXT),
            KeyCapProps(("X",), texts.KEY_REPAIR),
            KeyCapProps(("O",), texts.KEY_FILE),
            KeyCapProps(("?",), texts.KEY_ALL),
        )

    def enter(self) -> None:
        self.keyboard_to(self.listed.rows)

    def press(self, key: str) -> bool:
        acts: dict[str, Callable[[], None]] = {
            "J": partial(self.listed.step, 1),
            "K": partial(self.listed.step, -1),
            "N": partial(self._next_fault, 1),
            "Shift+N": partial(self._next_fault, -1),
            "Q": partial(self._view, "request"),
            "B": partial(self._view, "repair"),
            "F": partial(self._view, "fork"),
            "W": self._next_run,
            "C": self._next_call,
            "A": self._ask_system,
            "X": self._sign,
            "R": partial(self._strip_pressed, "run"),
            "V": partial(self._strip_pressed, "change"),
            "O": self.file_wanted.emit,
            "S": self._save,
            "Enter": self._entered,
            "Escape": self._leave,
        }
        act = acts.get(key)
        if act is not None:
            act()
        elif key in CALL_KEYS:
            calls = self._calls()
            if calls:
                self._said(calls[self._call].key, CALL_KEYS[key])
        return act is not None or key in CALL_KEYS

    def _next_fault(self, step: int) -> None:
        if not self.middle.request.next_fault(step):
            self._say(texts.REQUEST_FINE)

    def _next_call(self) -> None:
        calls = self._calls()
        if calls:
            self._call = (self._call + 1) % len(calls)
            self.refresh(self._store.state)

    def _asked(self, call: str) -> None:
        self._acts.ask_systems((call,))

    def _ask_system(self) -> None:
        calls = self._calls()
        if calls and calls[self._call].can_ask:
            self._acts.ask_systems((calls[self._call].key,))

    def _sign(self) -> None:
        """Sign what becomes of the current call where that is signed by itself, else the repair."""
        calls = self._calls()
        if calls and calls[self._call].sign:
            self._sign_answer(calls[self._call].key)
        else:
            self._act()

    def _entered(self) -> None:
        if self.listed.rows.hasFocus() and not healed(self._store.state.triage):
            self._enter_request()
        else:
            self._open_live()

    def _calls(self) -> "tuple[CallProps, ...]":
        return side_props(self._store.state, self._call).calls

    def _look(self) -> LookedAt | None:
        slice_ = self._store.state.triage
        return None if slice_.on_file else slice_.looked_at

    def _say(self, words: str) -> None:
        self._store.dispatch(News("not-now", words))

    def _enter_request(self) -> None:
        self.middle.request.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _open_live(self) -> None:
        if self._look() is not None:
            self.open_wanted.emit()

    def _leave(self) -> None:
        """Back to the list; from the list, put the file away."""
        slice_ = self._store.state.triage
        if slice_.view == "fork" and slice_.fork.answer is not None and not slice_.on_file:
            self._forking.back()
        elif not self.listed.rows.hasFocus():
            self.enter()
        elif slice_.on_file:
            self._store.dispatch(FileChosen(False))

    def _view(self, wanted: str) -> None:
        slice_ = self._store.state.triage
        for view in TRIAGE_VIEWS:
            if view == wanted and not (view == "fork" and slice_.on_file):
                self._store.dispatch(TriageViewChosen(view))
                if view == "fork":
                    # From here on J and K choose the place.
                    self._enter_request()

    def _next_run(self) -> None:
        at = self._look()
        shown = request_of(at) if at is not None else None
        if at is None or at.shown is None or shown is None:
            return
        runs = [one.run for one in at.shown.requests]
        self._store.dispatch(RequestChosen(runs[(runs.index(shown.run) + 1) % len(runs)]))

    def _read_on(self) -> None:
        at = self._look()
        request = request_of(at) if at is not None else None
        if at is None or request is None or at.paging or self._store.state.triage.view != "request":
            return
        if messages_of(at, request)[1] is not None:
            self._acts.read_on()

    def _stands_on(self, key: str) -> None:
        self._forking.stands_on(key)

    def _strip_pressed(self, key: str) -> None:
        match key:
            case "run":
                self._forking.run()
            case "change":
                self._forking.change()
            case "back":
                self._forking.back()
            case "next":
                self._next_broken()
            case "live":
                self._open_live()
            case "empty":
                self._from_nothing()
            case _:
                pass

    def _from_nothing(self) -> None:
        """The one thing to do where nothing is shown: read again what could not be read, or open a file."""
        at, slice_ = self._look(), self._store.state.triage
        if not slice_.on_file and at is not None and at.reading == "failed":
            self._store.dispatch(TriageChosen(None))
            self._store.dispatch(TriageChosen(at.conversation))
        elif not slice_.on_file and slice_.rows is None and slice_.reading == "failed":
            self._acts.read_triage()
        else:
            self.file_wanted.emit()

    def _next_broken(self) -> None:
        at = self._look()
        left = [one for one in triage_rows(self._store.state.triage) if at is None or one.conversation != at.conversation]
        self._store.dispatch(TriageChosen(left[0].conversation if left else None))
        if left:
            self._store.dispatch(ConversationChosen(left[0].conversation))

    # -- acting --------------------------------------------------------------------------------------------------------

    def _said(self, call: str, word: str) -> None:
        known: CallWord | None = next((one for one in CALL_KEYS.values() if one == word), None)
        if known is None:
            return
        if self._store.state.triage.on_file:
            self._acts.say_of_file(call, known)
        else:
            self._store.dispatch(CallSaid(call, known))

    def _act(self) -> None:
        """The one thing to do: repair, save, or go to the next."""
        state = self._store.state
        if state.triage.on_file:
            self._save()
        elif healed(state.triage):
            self._next_broken()
        else:
            self._repair(state)

    def _repair(self, state: AppState) -> None:
        at = self._look()
        if at is None or at.shown is None:
            return
        reason = side.cannot_repair(state, at.shown)
        if reason:
            self._say(reason)
            return
        shown = at.shown
        props = PromptProps(
            f"triage-repair:{at.conversation}", texts.REPAIR_TITLE, side.question_words(at), texts.REPAIR, "accent",
            "stethoscope", texts.REPAIR_FIELD, note=texts.REPAIR_NOTE,
        )  # fmt: skip
        answers: dict[str, CallAnswerWord] = {
            one.call.key: answer_of(at, one) for one in shown.calls if one.settle_by == "repair"
        }
        self._asking.ask(props, lambda comment: self._acts.repair_shown(shown, answers, comment))

    def _sign_answer(self, call: str) -> None:
        """Sign by itself what became of a call that has a question of its own."""
        at = self._look()
        one = next((one for one in at.shown.calls if one.call.key == call), None) if at is not None and at.shown else None
        if at is None or at.shown is None or one is None or one.ask is None:
            return
        reason = side.cannot_act(self._store.state, at.shown)
        if reason:
            self._say(reason)
            return
        ask, answer = one.ask, answer_of(at, one)
        words = texts.SETTLE_WORDS.format(title=one.call.title, answer=texts.CALL_ANSWERS[answer])
        props = PromptProps(f"triage-settle:{ask}", texts.SETTLE_TITLE, words, texts.SETTLE_YES, "warn", "scale")

        def answered(given: str) -> None:
            if answer == "unknown":
                self._deeds.still_unknown(ask, given)
            else:
                self._deeds.settle(ask, answer == "executed")

        self._asking.ask(props, answered)

    def _other(self) -> None:
        if self._store.state.triage.on_file:
            self._store.dispatch(FileChosen(False))
        else:
            self._open_live()

    def _save(self) -> None:
        file = self._store.state.triage.file
        if file is None or file.answer is None or not file.answer.repaired or not self._store.state.triage.on_file:
            return
        stem, dot, suffix = file.name.rpartition(".")
        name = texts.REPAIRED_NAME.format(stem=stem or file.name, suffix=f"{dot}{suffix}" if stem else ".json")
        self.save_wanted.emit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        # In the points of a conversation, Enter runs from the one that is stood on.
        if watched is self.middle.request and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if plain and enter and self._store.state.triage.view == "fork":
                self._forking.run()
                return True
        return False

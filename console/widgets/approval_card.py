"""What a person countersigns: what happens, to whom, how much, why, on which evidence, under which rule (R-C3, R-M2).

Large type for the amount, plain words for the rest, keys on the buttons. A press only asks: the card changes when its
props change, because the core said so. It must never stay pressable after a press, and never show a decision as made.
"""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import strings, texts_acting, texts_listing, texts_stopping
from console.theme.controller import Theme
from console.theme.fonts import CAPTION, FIGURE, SMALL_MEDIUM
from console.theme.tokens import Tone
from console.widgets.abreast import Abreast
from console.widgets.approval_case import add_case
from console.widgets.approval_props import ApprovalProps
from console.widgets.approval_state import (
    VERBS,
    Armed,
    Claimed,
    Closed,
    Executing,
    LookAgain,
    ReadOnly,
    Sending,
    UndoCountdown,
    Verb,
    Waiting,
    allowed,
)
from console.widgets.banner import Banner, BannerProps
from console.widgets.button import Button, ButtonKind, ButtonProps
from console.widgets.card import Card
from console.widgets.chip import Chip, ChipProps
from console.widgets.keyboard import has_keyboard
from console.widgets.plain_label import PlainLabel

_LOOKS: dict[Verb, tuple[ButtonKind, str | None, str]] = {
    "approve": ("primary", "check", "A"),
    "confirm_executed": ("primary", "check", "Y"),
    "repair": ("primary", "stethoscope", "X"),
    "resolve": ("primary", "check", "S"),
    "confirm_not_executed": ("secondary", "x", "N"),
    "still_unknown": ("secondary", None, "U"),
    "edit": ("ghost", "pencil", "E"),
    "deny": ("danger", None, "D"),
    "ask_back": ("ghost", "message-circle-question-mark", "B"),
    "escalate": ("ghost", "chevron-up", "L"),
    "take_over": ("ghost", "hand", "T"),
}
_FIRST_ROW: frozenset[Verb] = frozenset(VERBS) - {"edit", "ask_back", "escalate", "take_over"}
_LOUD: frozenset[Verb] = frozenset({"approve", "confirm_executed", "repair", "resolve"})
_SOON = 120
_EDGES = 34
"""What a card's edges take of its width."""
_SETTLES_MS = 600
"""For so long nothing can be pressed on a card that came to stand where another one stood: the hand was above that one."""
_LEAST_HEADLINE = 120
"""A long word of a headline is torn apart before the clock beside it is cut."""


def _overdue() -> ChipProps:
    return ChipProps(texts_listing.OVERDUE, "danger", "timer")


def _leaves(state: UndoCountdown) -> str:
    """When a decision leaves: nothing does while agents are stopped."""
    if state.held:
        return texts_stopping.HELD.format(verb=state.verb)
    return strings.undo_in(state.verb, state.seconds)


class ApprovalCard(QWidget):
    """The card.

    Signals:
        decided(str, str): Id of the ask and the verb someone pressed.
        recalled(str): The author wants the decision back before it leaves.
        claim_wanted(str): Someone wants to be on it, or not any more.
        seen(str): Someone looked again at what the customer wrote since.
        too_soon: Something was pressed when the card had only just come to stand here.
    """

    decided = Signal(str, str)
    recalled = Signal(str)
    seen = Signal(str)
    claim_wanted = Signal(str)
    too_soon = Signal()

    def __init__(self, theme: Theme, props: ApprovalProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._props = props
        self._pressed = False
        self._buttons: dict[Verb, Button] = {}
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._card: Card | None = None
        self._clock: Chip | None = None
        self._banner: Banner | None = None
        self._keyboard: Verb | None = None
        """The verb whose button had the keyboard when it was taken out of play."""
        self._settles = QTimer(self)
        self._settles.setSingleShot(True)
        self._settles.setInterval(_SETTLES_MS)
        self._armed = QTimer(self)
        self._armed.setSingleShot(True)
        self._armed.setInterval(QGuiApplication.styleHints().mouseDoubleClickInterval())
        self._build()

    @property
    def props(self) -> ApprovalProps:
        """What it shows now."""
        return self._props

    def set_props(self, props: ApprovalProps) -> None:
        """Show another state of this approval, or another approval."""
        if props == self._props:
            return
        if props.key != self._props.key:
            self._keyboard = None
        if isinstance(props.state, Armed) and not isinstance(self._props.state, Armed):
            self._armed.start()
        self._props = props
        self._pressed = False
        self._build()

    @property
    def settles(self) -> bool:
        """Whether it came to stand here so lately that whoever presses now meant what stood here before."""
        return self._settles.isActive()

    def settle(self) -> None:
        """It came to stand where another card stood, and nobody chose that: nothing can be pressed for a moment."""
        self._settles.start()

    def set_seconds_left(self, seconds: int) -> None:
        """Let the clock go on without building anything again."""
        if self._clock is not None:
            self._clock.set_props(self._clock_chip(seconds))

    def set_undo_seconds(self, seconds: int) -> None:
        """Let the undo countdown go on."""
        state = self._props.state
        if self._banner is not None and isinstance(state, UndoCountdown):
            self._banner.set_words(_leaves(replace(state, seconds=seconds)))

    def set_wait(self, seconds: int) -> None:
        """Let the time for reading go on: the yes says how long, and is there when it is over."""
        if seconds == self._props.wait_s:
            return
        self._props = replace(self._props, wait_s=seconds)
        button = self._buttons.get("approve")
        if button is not None:
            button.set_props(self._button("approve"))

    def _possible(self) -> frozenset[Verb]:
        possible = allowed(self._props.state, self._props.offered)
        return possible - {"approve"} if self._props.wait_s > 0 else possible

    def press(self, verb: Verb) -> bool:
        """Do what the button of a verb does, for the workspace's keys; return whether it was possible."""
        if self._settles.isActive():
            self.too_soon.emit()
            return False
        if self._pressed or verb not in self._possible():
            return False
        # The next turn of the loop may be a second click: out of play first, then the signal.
        self._pressed = True
        self._keep_keyboard()
        for button in self._buttons.values():
            button.setEnabled(False)
        self.decided.emit(self._props.key, verb)
        return True

    def _act(self) -> None:
        """What the button of the banner does where the card is now."""
        if self._settles.isActive():
            self.too_soon.emit()
            return
        match self._props.state:
            case UndoCountdown():
                self.recalled.emit(self._props.key)
            case Waiting() | Claimed():
                self.claim_wanted.emit(self._props.key)
            case LookAgain():
                self.seen.emit(self._props.key)
            case Armed() | Sending() | Executing() | Closed() | ReadOnly():
                pass  # its banner has no button

    def _keep_keyboard(self) -> None:
        """Keep the keyboard on this card when its buttons go: Qt would pass it on to what stands next, maybe another yes."""
        if has_keyboard(self) and self.window().focusWidget() is not self:
            for verb, button in self._buttons.items():
                if has_keyboard(button):
                    self._keyboard = verb
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give_keyboard(self) -> None:
        """Put it back on the button that had it, once that can be pressed again."""
        button = None if self._keyboard is None else self._buttons.get(self._keyboard)
        if button is not None and button.isEnabled() and self.window().focusWidget() is self:
            if self._card is not None:
                self._card.show()  # what was built just now is shown by a later turn of the loop, and hears no key before
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clicked(self, verb: Verb, _checked: bool = False) -> None:
        # A double click is one intention: its second half must not be the second of two presses.
        if not self._armed.isActive():
            self.press(verb)

    def release(self) -> None:
        """Make it pressable again after the core refused what was asked."""
        self._pressed = False
        possible = self._possible()
        for verb, button in self._buttons.items():
            button.setEnabled(verb in possible)
        self._give_keyboard()

    # -- building ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        if self._card is not None:
            self._keep_keyboard()
            self._outer.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
        self._buttons = {}
        self._clock = None
        self._banner = None
        props = self._props
        self.setAccessibleName(f"{props.headline}. {strings.TO_WHOM} {props.to_whom}")
        card = Card(self.theme, self._edge(), spacing=9)
        self._card = card
        self._head(card.body)
        add_case(self.theme, props, card.body)
        self._situation(card.body)
        if not isinstance(props.state, (Closed, UndoCountdown, Executing)):
            self._verbs(card.body)
        if props.simulated:
            card.body.addWidget(PlainLabel(self.theme, props.simulated, CAPTION, ink="quiet", wrap=True))
        self._outer.addWidget(card)
        self._give_keyboard()

    def _edge(self) -> Tone | None:
        match self._props.state:
            case LookAgain():
                return "warn"
            case Waiting() | Armed() | UndoCountdown():
                return "accent"
            case Claimed() | Sending() | Executing() | Closed() | ReadOnly():
                return None

    def _clock_chip(self, seconds: int) -> ChipProps:
        tone: Tone = "danger" if seconds < _SOON else "warn"
        if seconds <= 0 and self._props.promised:
            return _overdue()
        return ChipProps(strings.time_left(seconds), tone, "timer")

    def _head(self, column: QVBoxLayout) -> None:
        props = self._props
        row = QHBoxLayout()
        row.setSpacing(8)
        headline = PlainLabel(self.theme, props.headline, FIGURE, wrap=True, limit=160)
        headline.setMinimumWidth(_LEAST_HEADLINE)
        headline.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        row.addWidget(headline, 1)
        if not isinstance(props.state, (Closed, UndoCountdown, Sending, Executing)):
            row.addLayout(self._clocks())
        column.addLayout(row)
        column.addWidget(PlainLabel(self.theme, props.to_whom, SMALL_MEDIUM, ink="soft", wrap=True, limit=240))

    def _clocks(self) -> QVBoxLayout:
        """What is overdue, above what still runs; a promise that runs on in a higher queue is no news beside it."""
        props, column = self._props, QVBoxLayout()
        column.setSpacing(4)
        right = Qt.AlignmentFlag.AlignRight
        if props.late:
            column.addWidget(Chip(self.theme, _overdue(), whole=True), 0, right)
        if props.seconds_left is not None and not (props.late and props.promised):
            self._clock = Chip(self.theme, self._clock_chip(props.seconds_left), whole=True)
            column.addWidget(self._clock, 0, right)
        column.addStretch(1)
        return column

    def _situation(self, column: QVBoxLayout) -> None:
        banner = self._situation_banner()
        if banner is None:
            return
        self._banner = Banner(self.theme, banner)
        self._banner.acted.connect(self._act)
        column.addWidget(self._banner)

    def _situation_banner(self) -> BannerProps | None:
        match self._props.state:
            case Waiting(_, True):
                return BannerProps("lock", "ok", strings.YOU_ARE_ON_IT, "", strings.GIVE_BACK, "C")
            case Waiting(looking):
                return BannerProps("eye", "info", strings.also_looking(", ".join(looking))) if looking else None
            case Armed(words):
                return BannerProps("signature", "accent", words)
            case Executing(words):
                return BannerProps("loader-circle", "info", words)
            case LookAgain(words):
                return BannerProps("eye", "warn", strings.LOOK_AGAIN, words, strings.RECONFIRM, "R")
            case Claimed(by, until):
                return BannerProps("lock", "info", strings.claimed_by(by), until, strings.TAKE_IT, "C")
            case Sending(verb):
                return BannerProps("signature", "info", verb, strings.SENDING)
            case UndoCountdown() as state:
                return BannerProps("undo-2", "accent", _leaves(state), "", strings.UNDO, "Z")
            case Closed(outcome, by, when, good):
                icon = "badge-check" if good else "ban"
                return BannerProps(icon, "ok" if good else "danger", strings.closed_by(outcome, by, when))
            case ReadOnly(reason):
                return BannerProps("lock", "warn", strings.READ_ONLY, reason)

    def _verbs(self, column: QVBoxLayout) -> None:
        column.addSpacing(2)
        first, quiet = QHBoxLayout(), list[Button]()
        first.setSpacing(8)
        for verb in VERBS:
            if verb not in self._props.offered:
                continue
            button = Button(self.theme, self._button(verb))
            button.may_be_cut()
            button.clicked.connect(partial(self._clicked, verb))
            self._buttons[verb] = button
            if verb in _FIRST_ROW:
                first.addWidget(button, 1 if verb in _LOUD else 0)
            else:
                quiet.append(button)
        column.addLayout(first)
        if quiet:
            column.addWidget(Abreast(quiet, self.width() - _EDGES))

    def _button(self, verb: Verb) -> ButtonProps:
        kind, icon, key = _LOOKS[verb]
        words, spoken = strings.verb_words(verb), ""
        if verb == "approve" and self._props.wait_s > 0:
            words, spoken = texts_acting.approve_in(self._props.wait_s), texts_acting.READ_FIRST
        enabled = verb in self._possible() and not self._pressed
        return ButtonProps(words, kind, icon, key, enabled=enabled, small=kind == "ghost", spoken=spoken)

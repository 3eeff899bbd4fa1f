"""The head of an open conversation: who, in which state, under whose control, and what can be done about it (R-M3).

It must never offer what the core did not offer this person.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import HEADING, SMALL
from console.widgets.button import Button, ButtonKind, ButtonProps
from console.widgets.chip import Chip, ChipProps, chip_width
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel

_NARROW = 700
_LEAST_CHIP = 64
"""As narrow as a chip with words may get."""


def _bare(chip: ChipProps) -> ChipProps:
    """A chip as its icon alone; one that has none stays as it is."""
    return replace(chip, words="", spoken=chip.spoken or chip.words) if chip.icon else chip


@dataclass(frozen=True, slots=True)
class ConversationHeaderProps:
    """What the head says.

    Attributes:
        name: The customer.
        chips: State, verification, what was stripped.
        detail: Id, workflows, turns, times.
        can_repair: Whether it is in quarantine and can be repaired: then that is what is offered first.
        can_route: Whether routing can be overridden; where it cannot, nothing is offered.
        control: Which of the two control buttons is offered.
        hint: Why a button is not offered, as its tooltip.
    """

    name: str
    chips: tuple[ChipProps, ...]
    detail: str
    can_route: bool = True
    can_repair: bool = False
    in_control: bool = False
    can_control: bool = True
    hint: str = ""


class ConversationHeader(Pane):
    """The head.

    Signals:
        route_wanted: Override routing.
        control_wanted(bool): True to take over, False to hand back.
        repair_wanted: Repair it.
        more_wanted: Show what else can be done.
    """

    route_wanted = Signal()
    control_wanted = Signal(bool)
    repair_wanted = Signal()
    more_wanted = Signal()

    def __init__(self, theme: Theme, props: ConversationHeaderProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset({"bottom"}), parent)
        self.setFixedHeight(68)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 14, 0)
        row.setSpacing(8)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addStretch(1)
        self._first = QHBoxLayout()
        self._first.setSpacing(7)
        self._name = PlainLabel(theme, props.name, HEADING, limit=120)
        self._first.addWidget(self._name)
        self._chips: list[Chip] = []
        self._first.addStretch(1)
        column.addLayout(self._first)
        self._detail = PlainLabel(theme, props.detail, SMALL, ink="quiet")
        column.addWidget(self._detail)
        column.addStretch(1)
        row.addLayout(column, 1)
        self._route = Button(theme, ButtonProps(strings.ROUTE, icon="route", key="R"))
        self._route.clicked.connect(self.route_wanted)
        row.addWidget(self._route)
        self._repair = Button(theme, ButtonProps(strings.REPAIR, "primary", "stethoscope", "X"))
        self._repair.clicked.connect(self.repair_wanted)
        row.addWidget(self._repair)
        self._control = Button(theme, ButtonProps(strings.TAKE_OVER))
        self._control.clicked.connect(self._control_clicked)
        row.addWidget(self._control)
        self._more = Button(theme, ButtonProps("", "ghost", "ellipsis", spoken=strings.MORE))
        self._more.clicked.connect(self.more_wanted)
        row.addWidget(self._more)
        self._props = props
        self._narrow = False
        self.set_props(props)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        if (self.width() < _NARROW) != self._narrow:
            self._narrow = self.width() < _NARROW
            self._refresh_buttons()
        self._refresh_chips()

    def _control_clicked(self) -> None:
        self.control_wanted.emit(not self._props.in_control)

    def set_props(self, props: ConversationHeaderProps) -> None:
        """Show another conversation or another state."""
        self._props = props
        self._name.setText(props.name)
        self._detail.setText(props.detail)
        for chip in self._chips:
            self._first.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [Chip(self.theme, chip) for chip in props.chips]
        for at, chip in enumerate(self._chips):
            self._first.insertWidget(at + 1, chip)
        self._refresh_buttons()
        self._refresh_chips()

    def _refresh_chips(self) -> None:
        """Whose conversation it is comes first: where room is short, chips behind the state show their icons alone."""
        beside = [one for one in (self._route, self._repair, self._control, self._more) if not one.isHidden()]
        room = self.width() - 38 - sum(one.sizeHint().width() + 8 for one in beside)
        name = min(self._name.sizeHint().width(), max(0, room * 3 // 5))
        whole = name + sum(chip_width(chip) + 8 for chip in self._props.chips)
        bare = [_bare(chip) for chip in self._props.chips]
        others = sum(chip_width(chip) + 8 for chip in bare[1:])
        least = name + _LEAST_CHIP + 8 + others
        for at, (chip, props) in enumerate(zip(self._chips, self._props.chips, strict=True)):
            chip.set_props(bare[at] if (whole > room if at else least > room) else props)
        if least > room and bare:
            name = min(name, max(0, int(room - others - chip_width(bare[0]) - 8)))
        self._name.setMinimumWidth(name)

    def _refresh_buttons(self) -> None:
        props = self._props
        words = "" if self._narrow else strings.ROUTE
        route = ButtonProps(
            words,
            icon="route",
            key="" if self._narrow else "R",
            enabled=props.can_route,
            hint=props.hint,
            spoken=strings.ROUTE,
        )
        self._route.set_props(route)
        self._route.setVisible(props.can_route)
        words = strings.HAND_BACK if props.in_control else strings.TAKE_OVER
        icon = "undo-2" if props.in_control else "hand"
        key = "H" if props.in_control else "T"
        self._repair.setVisible(props.can_repair)
        kind: ButtonKind = "secondary" if props.can_repair else "primary"
        self._control.set_props(ButtonProps(words, kind, icon, key, enabled=props.can_control, hint=props.hint))

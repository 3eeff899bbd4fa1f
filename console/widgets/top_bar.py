"""The bar above everything: the product, the brand, the search, the state of the connection, the stop switch (R-M3).

The stop switch is reachable from anywhere and works without a key. It must never change its look because of a click:
only what the core reports does.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console import strings, texts_listing
from console.theme.controller import Theme
from console.theme.fonts import TITLE
from console.theme.icons import paint_icon
from console.widgets.button import Button, ButtonProps
from console.widgets.chip import Chip, ChipProps
from console.widgets.painting import begin, box
from console.widgets.pane import Pane
from console.widgets.plain_label import PlainLabel
from console.widgets.search_button import SearchButton
from console.widgets.themed import ThemedWidget
from console.widgets.visible_text import one_line

_NARROW = 1_060


@dataclass(frozen=True, slots=True)
class TopBarProps:
    """What the bar says.

    Attributes:
        brand: The brand shown.
        brands: How many there are to choose from.
        connection: The state of the connection.
        stage: The stage of the release, or None.
        paused: Whether every agent is stopped now.
        unseen: How many notifications nobody saw.
        stand_in: Says that something on screen is simulated, or None.
    """

    brand: str
    connection: ChipProps
    stage: ChipProps | None = None
    paused: bool = False
    unseen: int = 0
    stand_in: ChipProps | None = None
    brands: int = 1


class _Mark(ThemedWidget):
    """The product's mark."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setFixedSize(28, 28)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = begin(self)
        tone = self.tokens.accent
        box(painter, QRectF(0, 0, 28, 28), 8, tone.solid)
        paint_icon(painter, QRectF(5.5, 5.5, 17, 17), "stamp", tone.on_solid, 2.1)
        painter.end()


class TopBar(Pane):
    """The bar.

    Signals:
        search_wanted: Open the palette.
        brand_wanted: Choose another brand.
        pause_wanted: Stop every agent, or resume them; the caller asks before.
        notifications_wanted: Show what was notified.
        theme_wanted: Switch between light and dark.
    """

    search_wanted = Signal()
    brand_wanted = Signal()
    pause_wanted = Signal()
    notifications_wanted = Signal()
    theme_wanted = Signal()

    def __init__(self, theme: Theme, props: TopBarProps, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", frozenset({"bottom"}), parent)
        self.setFixedHeight(54)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 14, 0)
        row.setSpacing(9)
        row.addWidget(_Mark(theme))
        self._product = PlainLabel(theme, strings.PRODUCT, TITLE)
        row.addWidget(self._product)
        row.addSpacing(4)
        self._brand = Button(theme, ButtonProps(props.brand, "secondary", "building-2", small=True))
        self._brand.clicked.connect(self.brand_wanted)
        row.addWidget(self._brand)
        row.addStretch(1)
        self._search = SearchButton(theme, strings.SEARCH_EVERYTHING, "Ctrl K")
        self._search.clicked.connect(self.search_wanted)
        row.addWidget(self._search, 6)
        row.addStretch(1)
        self._stand_in = Chip(theme, ChipProps(""))
        self._connection = Chip(theme, props.connection)
        self._stage = Chip(theme, ChipProps(""))
        for chip in (self._stand_in, self._connection, self._stage):
            row.addWidget(chip)
        self._pause = Button(theme, ButtonProps(strings.PAUSE_AGENTS))
        self._pause.clicked.connect(self.pause_wanted)
        row.addWidget(self._pause)
        self._theme_button = Button(theme, ButtonProps("", "ghost", "moon", spoken=strings.SWITCH_THEME))
        self._theme_button.clicked.connect(self.theme_wanted)
        row.addWidget(self._theme_button)
        self._bell = Button(theme, ButtonProps("", "ghost", "bell", spoken=strings.NOTIFICATIONS))
        self._bell.clicked.connect(self.notifications_wanted)
        row.addWidget(self._bell)
        self._props = props
        self._narrow = False
        self.set_props(props)
        self.retheme()

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        if (self.width() < _NARROW) != self._narrow:
            self._narrow = self.width() < _NARROW
            self._show_chips()

    def _show_chips(self) -> None:
        """Where room is short the mark alone says whose window it is, and what does not change says so by its icon."""
        self._product.setVisible(not self._narrow)
        self._connection.set_props(self._props.connection)
        for chip, said in ((self._stage, self._props.stage), (self._stand_in, self._props.stand_in)):
            chip.setVisible(said is not None)
            if said is not None:
                chip.set_props(replace(said, words="", spoken=said.spoken or said.words) if self._narrow else said)

    def set_props(self, props: TopBarProps) -> None:
        """Say something else."""
        said = texts_listing.BRAND_SPOKEN.format(brand=one_line(props.brand, 60))
        # With one brand there is nothing to choose: the same look, and no promise.
        self._brand.set_props(
            ButtonProps(one_line(props.brand, 28), "secondary", "building-2", spoken=said, small=True,
                        enabled=props.brands > 1, hint=texts_listing.CHOOSE_BRAND if props.brands > 1 else said)
        )  # fmt: skip
        self._props = props
        self._show_chips()
        if props.paused:
            self._pause.set_props(ButtonProps(strings.PAUSED, "danger_solid", "octagon-pause"))
        else:
            self._pause.set_props(ButtonProps(strings.PAUSE_AGENTS, "danger", "octagon-pause"))
        words = strings.notifications(props.unseen)
        self._bell.set_props(ButtonProps("", "ghost", "bell", spoken=words))

    def retheme(self) -> None:
        super().retheme()
        icon = "sun" if self.tokens.name == "dark" else "moon"
        self._theme_button.set_props(ButtonProps("", "ghost", icon, spoken=strings.SWITCH_THEME))
        self._theme_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

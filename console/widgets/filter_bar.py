"""Above a list: saved lists as tabs, and what narrows it now, each part of it one press away from going (R-M1).

It must never narrow by itself: it says what was pressed.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console import texts_listing
from console.theme.controller import Theme
from console.widgets.button import Button, ButtonProps
from console.widgets.flow import FlowLayout
from console.widgets.visible_text import one_line

_LONGEST = 26


@dataclass(frozen=True, slots=True)
class FilterPart:
    """A saved list, or one part of a filter: its id, its words, and whether it is shown now."""

    key: str
    words: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FilterBarProps:
    """What the bar says.

    Attributes:
        views: Saved lists that are pinned.
        parts: What narrows the list now.
        can_save: Whether what is shown is no saved list yet.
    """

    views: tuple[FilterPart, ...] = ()
    parts: tuple[FilterPart, ...] = ()
    can_save: bool = False


class FilterBar(QWidget):
    """The bar; it takes no room when there is nothing to say.

    Signals:
        view_chosen(str): The name of a saved list.
        part_removed(str): The id of a part of the filter.
        save_wanted: Keep this list under a name.
        cleared: Show everything again.
    """

    view_chosen = Signal(str)
    part_removed = Signal(str)
    save_wanted = Signal()
    cleared = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._props: FilterBarProps | None = None
        self._ends: list[tuple[Button, ButtonProps]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._views, self._views_flow = self._line(column)
        self._parts, self._parts_flow = self._line(column)
        self.set_props(FilterBarProps())

    def _line(self, column: QVBoxLayout) -> tuple[QWidget, FlowLayout]:
        line = QWidget()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        line.setSizePolicy(policy)
        flow = FlowLayout(line)
        column.addWidget(line)
        return line, flow

    def set_props(self, props: FilterBarProps) -> None:
        """Say something else."""
        if props == self._props:
            return
        self._props = props
        self._views_flow.clear()
        for view in props.views:
            words = one_line(view.words, _LONGEST)
            spoken = texts_listing.VIEW_SPOKEN.format(view=words)
            kind = "primary" if view.chosen else "secondary"
            made = self._button(ButtonProps(words, kind, "eye" if view.chosen else None, spoken=spoken, small=True))
            made.clicked.connect(lambda _on=False, key=view.key: self.view_chosen.emit(key))
            self._views_flow.addWidget(made)
        self._parts_flow.clear()
        for part in props.parts:
            words = one_line(part.words, _LONGEST)
            spoken = texts_listing.REMOVE_SPOKEN.format(part=words)
            made = self._button(ButtonProps(words, "secondary", "x", spoken=spoken, hint=spoken, small=True))
            made.clicked.connect(lambda _on=False, key=part.key: self.part_removed.emit(key))
            self._parts_flow.addWidget(made)
        self._ends = []
        if props.parts:
            ends = [(ButtonProps(texts_listing.CLEAR, "ghost", "eraser", small=True), self.cleared)]
            if props.can_save:
                ends.insert(0, (ButtonProps(texts_listing.SAVE_VIEW, "ghost", "eye", small=True), self.save_wanted))
            for whole, signal in ends:
                end = self._button(whole)
                end.clicked.connect(lambda _on=False, signal=signal: signal.emit())
                self._parts_flow.addWidget(end)
                self._ends.append((end, whole))
            self._fit()
        self._views.setVisible(bool(props.views))
        self._parts.setVisible(bool(props.parts))
        self.setVisible(bool(props.views or props.parts))

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where their words would begin one line more, what is done with the list says so by its icon."""
        if not self._ends:
            return
        bare, whole = self._high(bare=True), self._high(bare=False)
        if bare < whole:
            self._high(bare=True)

    def _high(self, *, bare: bool) -> int:
        """Put them so, and say how high the line becomes."""
        for end, whole in self._ends:
            props = replace(whole, words="", spoken=whole.words) if bare else whole
            if props != end.props:
                end.set_props(props)
        return self._parts_flow.heightForWidth(self.width())

    def _button(self, props: ButtonProps) -> Button:
        made = Button(self._theme, props)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

"""A heading and what is made of one value below it, built again only when the value changed: no flicker, no lost focus."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.theme.controller import Theme
from console.widgets.card import SectionHeading, SectionProps

_Props = TypeVar("_Props")


class Section(QWidget, Generic[_Props]):
    """The section; hidden while there is no value.

    Args:
        theme: Where its colours come from.
        icon: Of the heading.
        title: Of the heading; empty for none.
        make: Turns the value into widgets.
    """

    def __init__(self, theme: Theme, icon: str, title: str, make: Callable[[_Props], Sequence[QWidget]]) -> None:
        super().__init__()
        self._make = make
        self._shown: _Props | None = None
        self._made: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(9)
        self.heading = SectionHeading(theme, SectionProps(icon, title))
        self.heading.setVisible(bool(title))
        self._column.addWidget(self.heading)
        self.hide()

    def name(self, title: str) -> None:
        """Give the heading other words."""
        self.heading.title.setText(title)

    def show_props(self, props: _Props | None) -> None:
        """Show a value, or nothing."""
        self.setVisible(props is not None)
        if props is None or props == self._shown:
            return
        self._shown = props
        for one in self._made:
            self._column.removeWidget(one)
            one.hide()
            one.deleteLater()
        self._made = list(self._make(props))
        for one in self._made:
            self._column.addWidget(one)

"""The part of the settings page that is made from the declarations: a card a section, a row a setting (R-M8)."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console import texts_settings
from console.presenting import declared
from console.state.preferences import SETTINGS, Preferences, SectionKey, changed, setting, understood
from console.theme.controller import Theme
from console.widgets.card import Card, SectionHeading, SectionProps
from console.widgets.setting_row import SettingRow

_ICONS: dict[SectionKey, str] = {"appearance": "sun", "deciding": "stamp", "notices": "bell"}


class Declared(QWidget):
    """Every declared setting.

    Signals:
        chosen(str, str): A setting's key, and the word it is set to.
    """

    chosen = Signal(str, str)

    def __init__(self, theme: Theme, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.rows: dict[str, SettingRow] = {}
        self._sections: dict[SectionKey, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section, icon in _ICONS.items():
            held = QWidget()
            inner = QVBoxLayout(held)
            inner.setContentsMargins(0, 8, 0, 10)
            inner.setSpacing(10)
            inner.addWidget(SectionHeading(theme, SectionProps(icon, texts_settings.SECTIONS[section])))
            card = Card(theme, spacing=14)
            for one in SETTINGS:
                if one.section == section:
                    row = SettingRow(theme, declared.row(preferences, one))
                    row.chosen.connect(self._wanted)
                    self.rows[one.key] = row
                    card.body.addWidget(row)
            inner.addWidget(card)
            self._sections[section] = held
            column.addWidget(held)

    def refresh(self, preferences: Preferences) -> None:
        """Show how everything stands."""
        if preferences == self._preferences:
            return
        self._preferences = preferences
        for one in SETTINGS:
            self.rows[one.key].set_props(declared.row(preferences, one))

    def narrow(self, typed: str) -> bool:
        """Show only what fits what was typed; return whether anything does."""
        held = {one.key: declared.found(one, typed) for one in SETTINGS}
        for key, fits in held.items():
            self.rows[key].setVisible(fits)
        for section, widget in self._sections.items():
            widget.setVisible(any(held[one.key] for one in SETTINGS if one.section == section))
        return any(held.values())

    def stand_on(self, key: str) -> QWidget | None:
        """Give a setting the keyboard; return its row."""
        row = self.rows.get(key)
        if row is not None:
            QTimer.singleShot(0, row.control, row.control.setFocus)
        return row

    def _wanted(self, key: str, said: str) -> None:
        known = setting(key)
        if known is None:
            return
        word = declared.word_of(known, said)
        after = changed(self._preferences, key, word)
        row = self.rows[key]
        row.object_to("" if understood(key, word) else texts_settings.NOT_UNDERSTOOD.get(key, ""))
        row.set_props(declared.row(self._preferences, known))
        if after != self._preferences:
            self.chosen.emit(key, word)

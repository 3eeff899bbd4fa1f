"""People and keys in Settings: who counts, who is invited, what can be done about each, and how trust is recovered (R-C7).

It must never show more of a key than its fingerprint, and never do what was pressed: it tells.
"""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console import texts_people
from console.theme.controller import Theme
from console.theme.fonts import BODY_MEDIUM, MONO_SMALL, SMALL, SMALL_STRONG
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card, Icon, SectionHeading, SectionProps
from console.widgets.chip import Chip, ChipProps
from console.widgets.plain_label import PlainLabel


@dataclass(frozen=True, slots=True)
class PersonDeed:
    """Something that can be done about a line: its id, words or an icon alone with what is spoken."""

    key: str
    icon: str
    spoken: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A key or an invitation. `key`: its id; `fingerprint`: empty where no key was proven yet."""

    key: str
    name: str
    about: str
    state: str
    tone: Tone
    fingerprint: str = ""
    deeds: tuple[PersonDeed, ...] = ()


class PeoplePanel(QWidget):
    """The panel.

    Signals:
        wanted(str, str): What is to be done, and about which key or invitation: `invite`, `accept`, `rotate`, `amend`,
            `stop`, `revoke`, `countersign`, `withdraw`; the first three are about nobody listed.
    """

    wanted = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(SectionHeading(theme, SectionProps("users", texts_people.TITLE)), 1)
        self.invite = self._button(head, "invite", ButtonProps(texts_people.INVITE, "secondary", "plus", small=True))
        self.accept = self._button(head, "accept", ButtonProps(texts_people.HAVE_CODE, "secondary", "key-round", small=True))
        self.rotate = self._button(head, "rotate", ButtonProps(texts_people.ROTATE, "ghost", "refresh-cw", small=True))
        column.addLayout(head)
        self._held = QWidget()
        column.addWidget(self._held)
        self._column = column
        self._shown: object = None
        self._text = ""

    def fits(self, typed: str) -> bool:
        """Whether all words typed are in what is shown here."""
        return all(part in self._text for part in typed.casefold().split())

    def _button(self, row: QHBoxLayout, deed: str, props: ButtonProps) -> Button:
        made = Button(self._theme, props)
        made.clicked.connect(lambda _on=False: self.wanted.emit(deed, ""))
        row.addWidget(made)
        return made

    def show_lines(
        self, people: tuple[PersonLine, ...], invited: tuple[PersonLine, ...], recovery: tuple[str, ...],
        *, nobody: str, may_invite: bool, may_accept: bool, may_rotate: bool,
    ) -> None:  # fmt: skip
        """Show these; built again only when something is another."""
        self.invite.setVisible(may_invite)
        self.accept.setVisible(may_accept)
        self.rotate.setVisible(may_rotate)
        shown = (people, invited, recovery, nobody)
        if shown == self._shown:
            return
        self._shown = shown
        said = (word for line in (*people, *invited) for word in (line.name, line.about, line.state, line.fingerprint))
        self._text = " ".join((texts_people.TITLE, texts_people.RECOVERY, *said, *recovery)).casefold()
        self._column.removeWidget(self._held)
        self._held.hide()
        self._held.deleteLater()
        self._held = QWidget()
        inner = QVBoxLayout(self._held)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        inner.addWidget(self._card(people, nobody))
        if invited:
            inner.addWidget(PlainLabel(self._theme, texts_people.INVITATIONS, SMALL_STRONG, ink="quiet"))
            inner.addWidget(self._card(invited, ""))
        if recovery:
            inner.addWidget(self._recovery(recovery))
        self._column.addWidget(self._held)

    def _recovery(self, lines: tuple[str, ...]) -> Card:
        card = Card(self._theme, spacing=6)
        head = QHBoxLayout()
        head.setSpacing(9)
        head.addWidget(Icon(self._theme, "history", None, 16))
        head.addWidget(PlainLabel(self._theme, texts_people.RECOVERY, BODY_MEDIUM), 1)
        card.body.addLayout(head)
        for line in lines:
            card.body.addWidget(PlainLabel(self._theme, line, SMALL, ink="soft", wrap=True, limit=400, selectable=True))
        return card

    def _card(self, lines: tuple[PersonLine, ...], empty: str) -> Card:
        card = Card(self._theme, spacing=12)
        if not lines:
            card.body.addWidget(PlainLabel(self._theme, empty, SMALL, ink="quiet", wrap=True))
        for line in lines:
            card.body.addLayout(self._row(line))
        return card

    def _row(self, line: PersonLine) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        said = QVBoxLayout()
        said.setSpacing(2)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(PlainLabel(self._theme, line.name, BODY_MEDIUM, limit=80))
        first.addWidget(Chip(self._theme, ChipProps(line.state, line.tone)))
        first.addStretch(1)
        said.addLayout(first)
        said.addWidget(PlainLabel(self._theme, line.about, SMALL, ink="soft", wrap=True, limit=400))
        if line.fingerprint:
            said.addWidget(PlainLabel(self._theme, line.fingerprint, MONO_SMALL, ink="quiet", selectable=True))
        row.addLayout(said, 1)
        for deed in line.deeds:
            quiet = not deed.words
            kind = "ghost" if quiet else "primary"
            button = Button(self._theme, ButtonProps(deed.words, kind, deed.icon, spoken=deed.spoken, small=True))
            button.clicked.connect(lambda _on=False, what=deed.key, key=line.key: self.wanted.emit(what, key))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return row

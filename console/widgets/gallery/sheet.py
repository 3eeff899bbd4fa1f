"""One page with every widget in every state, side by side.

It must never leave a state out because it looks bad.
"""

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY_STRONG
from console.theme.tokens import TONES
from console.widgets.approval_card import ApprovalCard
from console.widgets.avatar import Avatar, AvatarProps
from console.widgets.banner import Banner, BannerProps
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card
from console.widgets.chip import Chip, ChipProps
from console.widgets.composer import Composer, ComposerProps, Doubts
from console.widgets.conversation_list import STATE_LOOKS, state_chip
from console.widgets.empty_state import EmptyState, empty_place
from console.widgets.gallery import samples
from console.widgets.key_cap import KeyCapProps, KeyHint
from console.widgets.meter import Meter, MeterProps
from console.widgets.plain_label import PlainLabel
from console.widgets.search_field import SearchField
from console.widgets.toast import Toast, ToastProps
from console.widgets.transcript.view import TranscriptView


def _titled(theme: Theme, words: str) -> tuple[Card, QVBoxLayout]:
    card = Card(theme)
    card.body.addWidget(PlainLabel(theme, words, BODY_STRONG))
    return card, card.body


def _small_parts(theme: Theme) -> QWidget:
    card, column = _titled(theme, "Small parts")
    tones = QHBoxLayout()
    for tone in TONES:
        tones.addWidget(Chip(theme, ChipProps(tone, tone, "circle-dot")))
    tones.addWidget(Chip(theme, ChipProps("refund.v7", "neutral", mono=True, outlined=True)))
    tones.addStretch(1)
    column.addLayout(tones)
    states = QHBoxLayout()
    for state in STATE_LOOKS:
        states.addWidget(Chip(theme, state_chip(state)))
    states.addStretch(1)
    column.addLayout(states)
    meters = QHBoxLayout()
    for percent in (0, 12, 38, 64, 97, 100):
        meters.addWidget(Meter(theme, MeterProps(percent)))
    for row in samples.ROWS[:7]:
        meters.addWidget(Avatar(theme, AvatarProps(row.name)))
    for speaker in ("agent", "person", "system"):
        meters.addWidget(Avatar(theme, AvatarProps("Northwind", speaker)))
    meters.addStretch(1)
    column.addLayout(meters)
    hints = QHBoxLayout()
    hints.addWidget(KeyHint(theme, KeyCapProps(("Ctrl", "K"), "commands")))
    hints.addWidget(KeyHint(theme, KeyCapProps(("G", "A"), "approvals")))
    hints.addWidget(SearchField(theme, strings.SEARCH_LIST, "/"), 1)
    column.addLayout(hints)
    return card


def _buttons(theme: Theme) -> QWidget:
    card, column = _titled(theme, "Buttons")
    for small in (False, True):
        row = QHBoxLayout()
        for kind in ("primary", "secondary", "danger", "danger_solid", "ghost"):
            row.addWidget(Button(theme, ButtonProps(kind, kind, "check", "A", small=small)))
        row.addWidget(Button(theme, ButtonProps("disabled", enabled=False, key="D", small=small)))
        row.addWidget(Button(theme, ButtonProps("busy", "primary", busy=True, small=small)))
        row.addWidget(Button(theme, ButtonProps("", "ghost", "ellipsis", spoken=strings.MORE, small=small)))
        row.addStretch(1)
        column.addLayout(row)
    for tone in ("info", "warn", "danger", "ok"):
        props = BannerProps("info", tone, "The customer wrote again.", "“Can I pause it instead?”", strings.RECONFIRM, "R")
        column.addWidget(Banner(theme, props))
    return card


def sheet(theme: Theme) -> QWidget:
    """Return the page, 1,680 pixels wide."""
    page = QWidget()
    page.setObjectName("window")
    page.setFixedWidth(1680)
    grid = QGridLayout(page)
    grid.setContentsMargins(24, 24, 24, 24)
    grid.setSpacing(18)
    grid.addWidget(_small_parts(theme), 0, 0, 1, 2)
    grid.addWidget(_buttons(theme), 1, 0, 1, 2)
    right = QVBoxLayout()
    for props in (
        ToastProps("1", "Decision sent", "Refund 64.90 € leaves in 7 s.", "ok", strings.UNDO),
        ToastProps("2", "The core cannot be reached", strings.OFFLINE, "danger"),
    ):
        right.addWidget(Toast(theme, props))
    right.addWidget(EmptyState(theme, empty_place("triage")))
    grid.addLayout(right, 0, 2, 2, 1)
    for at, approval in enumerate(samples.APPROVAL_STATES):
        column = grid.itemAtPosition(2, at % 3)
        if column is None:
            box = QVBoxLayout()
            box.setSpacing(14)
            grid.addLayout(box, 2, at % 3)
        cell = grid.itemAtPosition(2, at % 3)
        layout = cell.layout() if cell is not None else None
        if isinstance(layout, QVBoxLayout):
            layout.addWidget(ApprovalCard(theme, approval))
    for at in range(3):
        cell = grid.itemAtPosition(2, at)
        layout = cell.layout() if cell is not None else None
        if isinstance(layout, QVBoxLayout):
            layout.addStretch(1)
    transcript = TranscriptView(theme)
    transcript.setFixedHeight(940)
    transcript.set_items(samples.MORE_TRANSCRIPT, fresh=True)
    grid.addWidget(transcript, 3, 0, 1, 2)
    composers = QVBoxLayout()
    composers.addWidget(Composer(theme, ComposerProps("guidance")))
    composers.addWidget(_doubted(theme))
    composers.addWidget(Composer(theme, ComposerProps("reply", busy=True)))
    composers.addStretch(1)
    grid.addLayout(composers, 3, 2)
    for at in range(3):
        grid.setColumnStretch(at, 1)
    return page


def _doubted(theme: Theme) -> Composer:
    text = "It will surely be with you by Friday the 27th."
    doubts = Doubts(text, "Look at this before it leaves", ("This promises a date no source carries.",), ((28, 45),))
    made = Composer(theme, ComposerProps("reply"))
    made.write(text)
    made.set_props(ComposerProps("reply", doubts=doubts))
    return made

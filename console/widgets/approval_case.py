"""What a person reads on an approval card before they decide: why, what exactly, on which evidence, who signed (R-C3, R-M2).

Built once for what the props say; nothing here can be pressed. Every text may come from outside: it is shown as it is.
"""

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import BODY, CAPTION, OVERLINE, SMALL, SMALL_MEDIUM
from console.widgets.approval_props import ApprovalProps
from console.widgets.banner import Banner, BannerProps
from console.widgets.card import Icon
from console.widgets.chip import Chip, ChipProps
from console.widgets.plain_label import PlainLabel, plain_tooltip

if TYPE_CHECKING:
    from console.theme.tokens import Tone

_LABEL_WIDTH = 132
"""A label never takes the room of its value, whatever it says."""


def add_case(theme: Theme, props: ApprovalProps, column: QVBoxLayout) -> None:
    """Put the case into the column of a card, below its head."""
    if props.differences:
        _differences(theme, props, column)
    if props.why:
        column.addWidget(PlainLabel(theme, props.why, BODY, ink="soft", wrap=True, limit=1_200))
    _facts(theme, props, column)
    if props.evidence:
        _evidence(theme, props, column)
    if props.questions:
        _questions(theme, props, column)
    for note in props.notes:
        column.addWidget(PlainLabel(theme, note, SMALL, ink="soft", wrap=True, limit=600))
    _given(theme, props, column)


def _differences(theme: Theme, props: ApprovalProps, column: QVBoxLayout) -> None:
    lines = [strings.changed_row(one.label, one.before, one.now) for one in props.differences]
    column.addWidget(Banner(theme, BannerProps("refresh-cw", "info", strings.CHANGED_SINCE, "\n".join(lines))))


def _facts(theme: Theme, props: ApprovalProps, column: QVBoxLayout) -> None:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(1, 1)
    ours: tuple[tuple[str, str, Tone | None], ...] = (
        (strings.RULE, props.rule, None),
        (strings.REVERSIBLE, props.reversible, "warn" if props.irreversible else None),
    )
    rows = [row for row in (*props.rows, *ours) if row[1]]
    for at, (label, value, tone) in enumerate(rows):
        quiet = PlainLabel(theme, label, SMALL, ink="quiet")
        quiet.setMaximumWidth(_LABEL_WIDTH)
        grid.addWidget(quiet, at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(PlainLabel(theme, value, SMALL_MEDIUM, tone=tone, wrap=True, limit=400), at, 1)
    column.addLayout(grid)


def _evidence(theme: Theme, props: ApprovalProps, column: QVBoxLayout) -> None:
    column.addSpacing(2)
    column.addWidget(PlainLabel(theme, strings.EVIDENCE.upper(), OVERLINE, ink="quiet"))
    for fact in props.evidence:
        row = QHBoxLayout()
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(0)
        said = PlainLabel(theme, f"{fact.label}: {fact.value}", SMALL_MEDIUM, wrap=True, limit=300)
        if fact.signed:
            plain_tooltip(said, fact.signed)
            said.setAccessibleDescription(fact.signed)
        words.addWidget(said)
        source = strings.source_and_age(fact.source, fact.age)
        words.addWidget(PlainLabel(theme, source, CAPTION, ink="quiet"))
        row.addLayout(words, 1)
        if fact.stale:
            chip = Chip(theme, ChipProps(strings.STALE, "danger", "history"))
            row.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)


def _questions(theme: Theme, props: ApprovalProps, column: QVBoxLayout) -> None:
    column.addSpacing(2)
    column.addWidget(PlainLabel(theme, strings.ASKED_BACK.upper(), OVERLINE, ink="quiet"))
    for one in props.questions:
        column.addWidget(PlainLabel(theme, f"{one.by}: {one.text}", SMALL_MEDIUM, wrap=True, limit=1_200))
        ink: Literal["soft", "quiet"] = "soft" if one.answered else "quiet"
        column.addWidget(PlainLabel(theme, one.answer, SMALL, ink=ink, wrap=True, limit=1_200))


def _given(theme: Theme, props: ApprovalProps, column: QVBoxLayout) -> None:
    said: list[tuple[str, str, Tone | None]] = [(words, "signature", "ok") for words in props.given]
    if props.wanted:
        # Nobody has signed this yet: it must not look as if somebody had.
        said.append((props.wanted, "users", None))
    for words, icon, tone in said:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Icon(theme, icon, tone), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(PlainLabel(theme, words, SMALL_MEDIUM, ink="soft", tone=tone, wrap=True, limit=240), 1)
        column.addLayout(row)

"""What a conversation waits for and why, and how far each workflow has come, with the proof of each step (R-M1).

It must never show a step as done without saying what proves it.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_MEDIUM, BODY_STRONG, CAPTION, SMALL
from console.theme.tokens import Tone
from console.widgets.button import Button, ButtonProps
from console.widgets.card import Card, Icon
from console.widgets.chip import Chip, ChipProps
from console.widgets.plain_label import PlainLabel


@dataclass(frozen=True, slots=True)
class WaitsForProps:
    """What is waited for.

    Attributes:
        title: For whom or what, e.g. `A supervisor's decision`.
        why: Why it cannot go on without.
        since: How long already, written.
        next_step: What happens if nothing does, written.
        icon: Name of an icon.
        tone: How pressing it is.
        action: Words of one button, or empty.
    """

    title: str
    why: str
    since: str = ""
    next_step: str = ""
    icon: str = "hourglass"
    tone: Tone = "warn"
    action: str = ""


class WaitsForCard(QWidget):
    """The card.

    Signals:
        acted: Its button was used.
    """

    acted = Signal()

    def __init__(self, theme: Theme, props: WaitsForProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        card = Card(theme, spacing=4)
        outer.addWidget(card)
        head = QHBoxLayout()
        head.setSpacing(9)
        head.addWidget(Icon(theme, props.icon, props.tone, 17))
        head.addWidget(PlainLabel(theme, props.title, BODY_STRONG), 1)
        if props.since:
            head.addWidget(PlainLabel(theme, props.since, CAPTION, ink="quiet"))
        card.body.addLayout(head)
        card.body.addWidget(PlainLabel(theme, props.why, SMALL, ink="soft", wrap=True, limit=600))
        if props.next_step:
            card.body.addWidget(PlainLabel(theme, props.next_step, CAPTION, ink="quiet", wrap=True, limit=300))
        if props.action:
            card.body.addSpacing(4)
            button = Button(theme, ButtonProps(props.action, small=True))
            button.clicked.connect(self.acted)
            card.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)


StepState = Literal["done", "working", "waiting", "failed", "open"]
_STEPS: dict[StepState, tuple[str, Tone | None]] = {
    "done": ("circle-check", "ok"),
    "working": ("circle-dot", "accent"),
    "waiting": ("circle-pause", "warn"),
    "failed": ("circle-x", "danger"),
    "open": ("circle-dashed", None),
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step: what it is, how it stands, what proves it, how long it took or waits."""

    words: str
    state: StepState
    proof: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowProps:
    """One run: the workflow's name and version, its phase, its steps, and what the workflow is called.

    `key` names what its button is about, and `action` the button's words; none: no button.
    """

    name: str
    phase: str
    phase_tone: Tone
    steps: tuple[StepRow, ...]
    title: str = ""
    key: str = ""
    action: str = ""


class WorkflowCard(QWidget):
    """The steps of one run.

    Signals:
        acted(str): Its button was used; the key of what it is about.
    """

    acted = Signal(str)

    def __init__(self, theme: Theme, props: WorkflowProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        card = Card(theme, spacing=7)
        outer.addWidget(card)
        head = QHBoxLayout()
        head.addWidget(Chip(theme, ChipProps(props.name, "neutral", mono=True, outlined=True)))
        head.addStretch(1)
        head.addWidget(Chip(theme, ChipProps(props.phase, props.phase_tone)))
        card.body.addLayout(head)
        if props.title:
            card.body.addWidget(PlainLabel(theme, props.title, BODY_STRONG, limit=120))
        for step in props.steps:
            card.body.addLayout(self._step(theme, step))
        if props.action:
            button = Button(theme, ButtonProps(props.action, "ghost", small=True))
            button.setAccessibleName(f"{props.action} {props.title}".strip())
            button.clicked.connect(partial(self.acted.emit, props.key))
            card.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    @staticmethod
    def _step(theme: Theme, step: StepRow) -> QHBoxLayout:
        icon, tone = _STEPS[step.state]
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Icon(theme, icon, tone), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        face = BODY_MEDIUM if step.state in {"working", "waiting", "failed"} else BODY
        words.addWidget(
            PlainLabel(theme, step.words, face, ink="quiet" if step.state == "open" else "text", wrap=True, limit=240)
        )
        if step.proof:
            words.addWidget(PlainLabel(theme, step.proof, CAPTION, ink="quiet"))
        row.addLayout(words, 1)
        if step.remark:
            remark = PlainLabel(theme, step.remark, CAPTION, ink="quiet")
            row.addWidget(remark, 0, Qt.AlignmentFlag.AlignTop)
        return row

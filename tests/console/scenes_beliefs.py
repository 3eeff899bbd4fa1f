"""Scenes of what the agent believes: put right by a person, and the form that does it."""

from PySide6.QtWidgets import QLineEdit, QScrollArea

from agent_core.contract.correcting import CorrectionShown
from agent_core.contract.ids import FactId, OperatorId
from console.shell.window import MainWindow
from console.state.happenings import ConversationChosen, DetailArrived
from console.state.store import Store
from console.widgets.beliefs import BeliefsCard
from tests.console import made
from tests.console.scene import Scene, say

INES = OperatorId("o_ines")
OF_BELIEF = CorrectionShown(
    correction="k1", operator=INES, name="Ines Roth", at=made.NOW, believed_at=16, index=0, fact=None,
    statement="Refund of a duplicate charge", right="It is no duplicate: the second charge is the express shipping.",
    source="the payment provider, by phone", over=False,
)  # fmt: skip
OF_FACT = OF_BELIEF.model_copy(
    update={"correction": "k2", "believed_at": None, "index": None, "fact": FactId("f3"),
            "statement": "customer.authenticated",
            "right": "Somebody else sits at this computer.", "source": "the customer's own words"}
)  # fmt: skip


def _in_sight(window: MainWindow) -> None:
    window.refresh.flush()
    for card in window.findChildren(BeliefsCard):
        for area in window.findChildren(QScrollArea):
            if area.isAncestorOf(card):
                area.ensureWidgetVisible(card, 0, 400)


def _corrected(window: MainWindow, store: Store) -> None:
    say(store, DetailArrived(made.detail(1, seq=30, corrections=(OF_BELIEF, OF_FACT))))
    _in_sight(window)


def _beliefs(window: MainWindow, _store: Store) -> None:
    _in_sight(window)


def _form(window: MainWindow, store: Store) -> None:
    say(store, ConversationChosen(made.conversation(1)), DetailArrived(made.detail(1)))
    window.refresh.flush()
    window.beliefs.correct("9:b16.0")
    window.form.findChildren(QLineEdit)[0].setText("the payment provider, by phone")


SCENES: dict[str, Scene] = {"beliefs": _beliefs, "beliefs-corrected": _corrected, "belief-form": _form}

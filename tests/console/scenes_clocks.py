"""Scenes of the clocks of asks: an overdue escalation above what is not, and one whose clocks still run."""

from datetime import timedelta

from agent_core.contract.missed import Missed
from agent_core.contract.views import AskCard
from console.shell.window import MainWindow
from console.state.happenings import AskChosen, ConnectionChanged, QueueNarrowed, WorkspaceChosen
from console.state.store import Store
from tests.console import made
from tests.console.scene import Scene, asks, say

LOOKED = Missed(what="first_look", due=made.NOW - timedelta(minutes=9), queue="standard")
ANSWERED = Missed(what="answer", due=made.NOW - timedelta(minutes=2), queue="standard")


def escalation(number: int, **changes: object) -> AskCard:
    """Somebody is wanted: nothing expires, but somebody should look and decide."""
    clocks = {"look_by": made.NOW + timedelta(minutes=4), "answer_by": made.NOW + timedelta(hours=30)}
    return made.ask(
        number, kind="escalation", money=None, expires_at=None, binding=None, sentence="A lawyer was named.",
        verbs=("resolve", "take_over", "escalate"), **{**clocks, "next_breach": clocks["look_by"], **changes},
    )  # fmt: skip


def _overdue(_window: MainWindow, store: Store) -> None:
    late = escalation(1, version=2, missed=(LOOKED, ANSWERED), claimed_name="Ines Roth", next_breach=None)
    also = made.ask(2, version=2, missed=(LOOKED,), look_by=None, customer_name="Ola Nordmann")
    say(store, asks(late, also), WorkspaceChosen("approvals"), AskChosen(late.ask))


def _overdue_only(window: MainWindow, store: Store) -> None:
    _overdue(window, store)
    say(store, QueueNarrowed(True), AskChosen(made.ask(2).ask))


def _unreached(window: MainWindow, store: Store) -> None:
    _overdue_only(window, store)
    say(store, ConnectionChanged("offline", made.NOW, "The core does not answer."))


def _clocks(_window: MainWindow, store: Store) -> None:
    card = escalation(1, version=2)
    say(store, asks(card), WorkspaceChosen("approvals"), AskChosen(card.ask))


SCENES: dict[str, Scene] = {
    "asks-overdue": _overdue,
    "asks-overdue-only": _overdue_only,
    "asks-clocks": _clocks,
    "asks-unreached": _unreached,
}

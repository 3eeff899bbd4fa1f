"""Scenes of several people: colleagues look at the same conversation."""

from agent_core.contract.ids import OperatorId
from agent_core.contract.presence import PresentShown
from console.shell.window import MainWindow
from console.state.happenings import FeedArrived
from console.state.store import Store
from tests.console import made
from tests.console.scene import Scene, say

INES = PresentShown(
    operator=OperatorId("o_ines"), name="Ines Roth", conversation=made.conversation(1), ask=None, since=made.NOW
)
TOM = INES.model_copy(update={"operator": OperatorId("o_tom"), "name": "Tom Lee", "ask": made.ask(2).ask})


def _present(_window: MainWindow, store: Store) -> None:
    say(store, FeedArrived(made.answer(reset=False, present=(INES, TOM)), made.NOW))


SCENES: dict[str, Scene] = {"present": _present}

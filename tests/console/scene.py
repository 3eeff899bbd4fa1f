"""What the scenes of `tests.console.states` share: how a state is told, and what a scene is."""

from collections.abc import Callable

from agent_core.contract.views import AskCard
from console.shell.window import MainWindow
from console.state.happenings import FeedArrived, Happening
from console.state.store import Store
from tests.console import made

Scene = Callable[[MainWindow, Store], None]
"""Brings a window into a state."""


def say(store: Store, *happenings: Happening) -> None:
    """Let things happen, in their order."""
    for one in happenings:
        store.dispatch(one)


def asks(*cards: AskCard) -> FeedArrived:
    """The feed brings cards."""
    return FeedArrived(made.answer(reset=False, asks=cards), made.NOW)

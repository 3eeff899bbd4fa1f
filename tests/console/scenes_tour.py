"""The tour's steps in the window."""

from datetime import timedelta

from agent_core.contract.views import ApprovalGiven
from console.shell.window import MainWindow
from console.state.app_state import Preferences
from console.state.happenings import FeedArrived, PreferencesChosen, SignedIn, WorkspaceChosen
from console.state.store import Store
from tests.console import made
from tests.console.scene import Scene, asks, say

NOBODY = made.session(operator=None, role=None, name=None, key=None, limit=None, may_enrol_first=True)
MINE = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)


def _on(store: Store) -> None:
    theme = store.state.preferences.theme
    say(store, PreferencesChosen(Preferences(theme=theme, tour=True)), FeedArrived(made.answer(), made.NOW))


def _key(_window: MainWindow, store: Store) -> None:
    _on(store)
    say(store, SignedIn(NOBODY))


def _approvals(_window: MainWindow, store: Store) -> None:
    _on(store)
    say(store, WorkspaceChosen("settings"))


def _decide(_window: MainWindow, store: Store) -> None:
    _on(store)
    say(store, WorkspaceChosen("approvals"))


def _undo(_window: MainWindow, store: Store) -> None:
    _decide(_window, store)
    later = made.NOW + timedelta(seconds=5)
    say(store, asks(made.ask(1, version=2, state="deciding", approvals=(MINE,), not_before=later)))


def _done(_window: MainWindow, store: Store) -> None:
    _decide(_window, store)
    closed = made.ask(
        1, version=2, state="closed", approvals=(MINE,), closed_by="person", closed_name="Mira Duarte", closed_at=made.NOW,
        closed_sentence="Approved and done.",
    )  # fmt: skip
    say(store, asks(closed))


SCENES: dict[str, Scene] = {
    "tour-key": _key,
    "tour-approvals": _approvals,
    "tour-decide": _decide,
    "tour-undo": _undo,
    "tour-done": _done,
}

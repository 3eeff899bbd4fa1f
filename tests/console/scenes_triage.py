"""The Triage workspace in every state a person can meet (`tests.console.states`)."""

from datetime import timedelta

from agent_core.contract.forking import ForkWanted
from agent_core.contract.triage import ConversationTriage
from console.shell.window import MainWindow
from console.state.app_state import Keyring
from console.state.happenings import (
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    KeyringKnown,
    SignedIn,
    WorkspaceChosen,
)
from console.state.store import Store
from console.state.triage import (
    CallSaid,
    FileDiagnosed,
    FileDropped,
    LookArrived,
    LookFailed,
    ReconcileArrived,
    ReconcileSent,
    RepairTaken,
    TriageArrived,
    TriageChosen,
    TriageFailed,
    TriageViewChosen,
    TriageWanted,
)
from console.state.triage_fork import ForkArrived, ForkPointChosen, ForkSent
from tests.console import made
from tests.console import made_triage as triage
from tests.console.scene import Scene, say

_NOBODY = made.session(operator=None, role=None, name=None, key=None, limit=None)


def _begun(window: MainWindow, store: Store) -> None:
    say(store, SignedIn(made.session(role="on_call")), WorkspaceChosen("triage"), TriageWanted())
    window.refresh.flush()


def _of(shown: ConversationTriage) -> Scene:
    def scene(window: MainWindow, store: Store) -> None:
        _begun(window, store)
        say(store, TriageArrived(triage.answer()), TriageChosen(shown.conversation), LookArrived(shown))
        say(store, ConversationChosen(shown.conversation))
        window.refresh.flush()

    return scene


_shown = _of(triage.look())


def _loading(window: MainWindow, store: Store) -> None:
    _begun(window, store)


def _empty(window: MainWindow, store: Store) -> None:
    _begun(window, store)
    say(store, TriageArrived(triage.HEALTHY))


def _error(window: MainWindow, store: Store) -> None:
    _begun(window, store)
    say(store, TriageFailed("The core's answer could not be read."))


def _error_one(window: MainWindow, store: Store) -> None:
    _begun(window, store)
    at = triage.chosen()
    say(store, TriageArrived(triage.answer()), TriageChosen(at), LookFailed(at, "The core could not read this log."))


def _offline(window: MainWindow, store: Store) -> None:
    _shown(window, store)
    say(store, ConnectionChanged("offline", made.NOW - timedelta(seconds=70), "The core does not answer."))


def _read_only(window: MainWindow, store: Store) -> None:
    _shown(window, store)
    told = "No OS keyring holds your key on this computer. Install and start gnome-keyring, then start the console again."
    say(store, SignedIn(_NOBODY), KeyringKnown(Keyring(usable=False, kind="none", sentence=told)))


def _repair(window: MainWindow, store: Store) -> None:
    _shown(window, store)
    say(store, TriageViewChosen("repair"))


def _asked(window: MainWindow, store: Store) -> None:
    _shown(window, store)
    calls = frozenset(one.call for one in triage.LOOKED_UP.calls)
    say(store, ReconcileSent(calls), ReconcileArrived(triage.chosen(), calls, triage.LOOKED_UP))


def _asking(window: MainWindow, store: Store) -> None:
    _shown(window, store)
    key = triage.LOOKED_UP.calls[0].call
    say(store, ReconcileSent(frozenset({key})), CallSaid(key, "executed"))


def _question(window: MainWindow, store: Store) -> None:
    _asked(window, store)
    window.refresh.flush()
    window.triage.press("X")


def _healed(window: MainWindow, store: Store) -> None:
    _shown(window, store)
    row = made.row(4, version=9, customer_name="Fatima Zahra", label="resolving", owner="agent")
    say(
        store,
        RepairTaken(triage.chosen()),
        FeedArrived(made.answer(reset=False, rows=(row,)), made.NOW),
        DetailArrived(made.detail(4, row=row, seq=30)),
    )
    say(store, TriageArrived(triage.answer(*triage.ROWS[1:])))


def _points(window: MainWindow, store: Store) -> None:
    _shown(window, store)
    say(store, TriageViewChosen("fork"))


def _change(window: MainWindow, store: Store) -> None:
    _points(window, store)
    say(store, ForkPointChosen(triage.chosen(), 17))
    window.refresh.flush()
    window.triage.press("V")


def _forked(window: MainWindow, store: Store) -> None:
    _points(window, store)
    answer = triage.forked()
    say(store, ForkSent(triage.chosen(), ForkWanted(position=9)))
    say(store, ForkArrived(store.state.triage.fork.number, answer))


def _file(*, healthy: bool = False, problem: str = "", size: int = 18_204) -> Scene:
    def scene(window: MainWindow, store: Store) -> None:
        _begun(window, store)
        say(store, TriageArrived(triage.answer()), FileDropped("thread-48121.json", size))
        number = store.state.triage.files
        made_of = triage.FILE_HEALTHY if healthy else triage.diagnosed()
        say(store, FileDiagnosed(number, None if problem else made_of, problem))
        window.refresh.flush()

    return scene


def _file_repair(window: MainWindow, store: Store) -> None:
    _file()(window, store)
    say(store, TriageViewChosen("repair"))


def _file_huge(window: MainWindow, store: Store) -> None:
    _begun(window, store)
    too = "core-dump-of-everything.json is larger than 6 MB and was not read."
    say(store, TriageArrived(triage.HEALTHY), FileDropped("core-dump-of-everything.json", 0, too))


SCENES: dict[str, Scene] = {
    "triage": _shown,
    "triage-loading": _loading,
    "triage-empty": _empty,
    "triage-error": _error,
    "triage-error-one": _error_one,
    "triage-offline": _offline,
    "triage-read-only": _read_only,
    "triage-repair": _repair,
    "triage-asking": _asking,
    "triage-asked": _asked,
    "triage-question": _question,
    "triage-healed": _healed,
    "triage-stuck": _of(triage.stuck()),
    "triage-huge": _of(triage.huge()),
    "triage-hostile": _of(triage.hostile()),
    "triage-points": _points,
    "triage-change": _change,
    "triage-forked": _forked,
    "triage-file": _file(),
    "triage-file-repair": _file_repair,
    "triage-file-healthy": _file(healthy=True),
    "triage-file-not-json": _file(problem="This is no JSON: line 1, column 1."),
    "triage-file-huge": _file_huge,
}

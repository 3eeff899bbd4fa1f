"""The shell's own scenes: the log over the window, settings narrowed, and what newer parts of it show."""

from console.shell.window import MainWindow
from console.state.happenings import WorkspaceChosen
from console.state.store import Store
from tests.console.made_log import records
from tests.console.scene import Scene, say


def _log(window: MainWindow, _store: Store) -> None:
    window.show_log(records())


def _log_raw(window: MainWindow, _store: Store) -> None:
    window.show_log(records(40))
    window.log_sheet.show_part("all")
    window.log_sheet.toggle_raw()


def _log_empty(window: MainWindow, _store: Store) -> None:
    window.show_log(())


def _settings_found(window: MainWindow, store: Store) -> None:
    say(store, WorkspaceChosen("settings"))
    window.refresh.flush()
    window.settings.search.setText("quiet")
    window.settings.search.searched.emit("quiet")


SCENES: dict[str, Scene] = {
    "log": _log,
    "log-raw": _log_raw,
    "log-empty": _log_empty,
    "settings-found": _settings_found,
}

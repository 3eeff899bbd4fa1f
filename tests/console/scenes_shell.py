"""The shell's own scenes: the log over the window, settings narrowed, and what newer parts of it show."""

from PySide6.QtWidgets import QLineEdit

from agent_core.contract.searching import FoundConversation
from console import texts_identity, texts_shell, words
from console.shell.window import MainWindow
from console.state.app_state import Keyring
from console.state.finding import FindWanted, Found, Visited
from console.state.happenings import KeyringKnown, News, SignedIn, WorkspaceChosen
from console.state.store import Store
from tests.console import made
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


def _palette_found(window: MainWindow, store: Store) -> None:
    window.open_palette()
    field = window.palette_overlay.findChild(QLineEdit)
    if field is not None:
        field.insert("oka")
        window.palette_overlay.typed.emit("oka")
    older = FoundConversation(
        conversation=made.conversation(90), brand=made.BRAND, channel="email", customer_name="Ben Okafor", state="closed",
        workflows=("refund_order",), tools=(), outcomes=(), flags=(), language="en", replied="agent_alone",
        handled="automated", money=None, score_percent=None, reviewed=False, messages=4, opened_at=made.NOW,
        last_at=made.NOW,
    )  # fmt: skip
    say(store, FindWanted("oka"), Found("oka", (older,)))


def _palette_settings(window: MainWindow, store: Store) -> None:
    say(store, Visited("go:audit"), Visited("setting:quiet"))
    window.open_palette()


def _reported(_window: MainWindow, store: Store) -> None:
    say(store, News("unexpected", words.UNEXPECTED, texts_shell.REPORT_WRITTEN, "danger"))
    say(store, News("crashed", texts_shell.DIED_BEFORE, texts_shell.DIED_BEFORE_WORDS, "warn"))


def _shut(_window: MainWindow, store: Store) -> None:
    why = texts_identity.KEY_REFUSED.format(why="This key was revoked. Nothing it signed counts any more.")
    say(store, KeyringKnown(Keyring(usable=False, kind="os", sentence=why, shut=True)), SignedIn(None))


SCENES: dict[str, Scene] = {
    "shut": _shut,
    "log": _log,
    "log-raw": _log_raw,
    "log-empty": _log_empty,
    "settings-found": _settings_found,
    "palette-found": _palette_found,
    "palette-recent": _palette_settings,
    "reported": _reported,
}

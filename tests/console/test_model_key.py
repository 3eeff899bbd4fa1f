"""A real model's key: pasted once, kept in the keyring, handed to the core, seen nowhere else (R-M7)."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from console import texts_model
from console.headless.errors import NoKey
from console.headless.keys import Looked, MemoryKeyStore
from console.model_key import MODEL_KEY, forget_model_key, keep_model_key, looks_like_a_key, model_key
from console.shell.window import MainWindow
from console.state.happenings import FeedArrived, WorkspaceChosen
from tests.console import made
from tests.console.scene import say
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt
KEY = "sk-test-" + "a1B2c3D4" * 5


class NoKeyring(MemoryKeyStore):
    def look(self) -> Looked:
        return Looked("no_keyring")

    def get(self, name: str) -> str | None:
        raise AssertionError("nobody asks a keyring that cannot be used")


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    store = begun("light")
    say(store, WorkspaceChosen("settings"))
    with shown_window(qapp, qtbot, store) as shown:
        yield shown


def test_R_M7_a_key_is_kept_in_the_keyring_and_forgotten_again() -> None:
    keys = MemoryKeyStore()
    assert model_key(keys) is None
    keep_model_key(keys, SecretStr(f" {KEY}\n"))
    found = model_key(keys)
    assert found is not None
    assert (found.get_secret_value(), keys.get(MODEL_KEY)) == (KEY, KEY)
    assert KEY not in repr(found)
    forget_model_key(keys)
    assert model_key(keys) is None


def test_R_M7_without_a_keyring_nothing_is_kept_anywhere() -> None:
    keys = NoKeyring()
    with pytest.raises(NoKey) as refused:
        keep_model_key(keys, SecretStr(KEY))
    assert KEY not in str(refused.value)
    assert refused.value.message == texts_model.NOT_KEPT
    assert model_key(keys) is None
    forget_model_key(keys)


@pytest.mark.parametrize("given", ["", "short", "two words of some length here", "ключ" * 10, KEY + "\u200b", "a" * 401])
def test_R_M7_what_cannot_be_a_key_is_refused(given: str) -> None:
    assert not looks_like_a_key(given)
    assert looks_like_a_key(f"{KEY}\n")


def test_R_M7_what_is_typed_is_not_shown_and_not_in_the_state(window: MainWindow) -> None:
    given: list[str] = []
    window.settings.model_given.connect(given.append)
    window.settings.model.click()
    field = window.prompt.findChild(QLineEdit)
    assert field is not None
    assert field.echoMode() == QLineEdit.EchoMode.Password
    field.setText(KEY)
    window.prompt._answer()  # pyright: ignore[reportPrivateUsage] - as its yes does
    assert given == [KEY]
    assert KEY not in repr(window.store.state)


def test_R_M8_a_connected_model_can_be_taken_away_again(window: MainWindow) -> None:
    core = made.answer().core
    assert core is not None
    real = core.model_copy(update={"stand_in": False, "model": "claude-sonnet-5-5"})
    say(window.store, FeedArrived(made.answer(core=real), made.NOW))
    window.refresh.flush()
    gone: list[bool] = []
    window.settings.model_forgotten.connect(lambda: gone.append(True))
    window.settings.model.click()
    assert window.prompt.findChild(QLineEdit) is None
    window.prompt._answer()  # pyright: ignore[reportPrivateUsage] - as its yes does
    assert gone == [True]

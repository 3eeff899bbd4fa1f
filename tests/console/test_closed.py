"""While nobody is signed in every place says why, none that nothing waits; the way back is one press (R-M7, R-M8)."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from agent_core.contract.commands import Session
from agent_core.contract.money import Money
from console import texts_identity, texts_shell
from console.shell.closed import closed_because
from console.shell.memory import Memory
from console.state.app_state import WORKSPACES, AppState, Keyring
from console.state.happenings import KeyringKnown, SignedIn, SignedOut, WorkspaceChosen
from console.state.ports import SessionEnded
from console.state.selectors import open_asks, shown_rows
from console.widgets.button import Button
from tests.console import made
from tests.console.fake_core import FakeCore
from tests.console.opened import Opened
from tests.console.test_line import scene

pytestmark = pytest.mark.qt

SHUT = Keyring(usable=False, kind="os", sentence="This key was revoked.", shut=True)


@pytest.mark.parametrize("place", [one for one in WORKSPACES if one != "settings"])
def test_R_M7_every_place_says_why_it_shows_nothing(opened: Opened, place: str) -> None:
    window = opened.window
    opened.say(WorkspaceChosen(place))  # pyright: ignore[reportArgumentType] - a place
    assert window.stack.currentWidget() is not window.closed
    opened.say(KeyringKnown(SHUT), SignedIn(None))
    assert window.stack.currentWidget() is window.closed
    assert window.closed.shown is not None
    assert SHUT.sentence in window.closed.shown.accessibleName()
    assert not shown_rows(opened.store.state)
    assert not open_asks(opened.store.state)
    opened.say(KeyringKnown(Keyring(usable=True, kind="os", sentence="")), SignedIn(made.session()))
    assert window.stack.currentWidget() is window.workspaces[opened.store.state.workspace]


def test_R_M8_who_signed_out_finds_the_way_back_by_one_press(opened: Opened) -> None:
    window = opened.window
    opened.say(SignedOut())
    assert closed_because(opened.store.state) == texts_shell.SIGNED_OUT
    button = window.closed.findChild(Button)
    assert button is not None
    button.setFocus()
    opened.press(Qt.Key.Key_Space)
    assert opened.store.state.workspace == "settings"
    assert window.stack.currentWidget() is window.settings


def test_who_only_connects_is_told_nothing_of_the_kind() -> None:
    assert closed_because(AppState(now=made.NOW)) == ""
    assert closed_because(AppState(now=made.NOW, keyring=SHUT, session=made.session())) == ""


def test_R_M8_who_signed_out_is_signed_out_when_the_window_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "console.ini"
    assert not Memory(path).resting()
    Memory(path).rest(True)
    assert Memory(path).resting()
    Memory(path).rest(False)
    assert not Memory(path).resting()


async def test_R_M7_the_window_hears_why_nothing_is_shown_once_and_says_that_the_core_is_there() -> None:
    class Closing(FakeCore):
        closed = False

        async def sign_in(self) -> Session:
            if self.closed:
                self.signed_in += 1
                raise SessionEnded("key_revoked", SHUT.sentence)
            return await super().sign_in()

    core = Closing()
    async with scene(core=core) as here:
        core.answers.put_nowait(made.answer())
        await here.until(lambda state: state.connection.phase == "live")
        core.closed, here.signer.keyring = True, SHUT
        core.answers.put_nowait(SessionEnded("key_revoked", SHUT.sentence))
        await here.until(lambda state: state.session is None and state.core is None)
        here.line.hurry()
        tries = core.signed_in
        await here.until(lambda state: any(one.key == "shut" for one in state.notices))
        while core.signed_in < tries + 2:
            here.line.hurry()
            await asyncio.sleep(0)
        state = here.store.state
        assert state.connection.phase == "live", "it is the core that says so"
        assert [one.title for one in state.notices if one.key == "shut"] == [texts_identity.SHUT]
        assert not state.rows


async def test_R_C7_what_somebody_may_do_by_now_is_what_the_window_offers() -> None:
    async with scene() as here:
        here.core.answers.put_nowait(made.answer())
        await here.until(lambda state: state.connection.phase == "live")
        less = made.session(limit=Money(amount_minor=1, currency="EUR"))
        here.core.session = less
        here.core.answers.put_nowait(made.answer(token="9", reset=False))
        await here.until(lambda state: state.session is not None and state.session.limit == less.limit)
        assert here.store.state.rows, "nothing of it goes"

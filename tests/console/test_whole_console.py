"""The console over a real core process and real sockets: a refund by keyboard happens once, and nothing is left."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from agent_core.contract.events import EffectStarted, ProposalSettled
from agent_core.contract.ids import AskId
from console import texts_model, texts_shell
from console.demo_person import become_operator
from console.headless.keys import MemoryKeyStore
from console.model_key import MODEL_KEY
from console.state.app_state import AppState
from console.state.selectors import must_look_again, open_asks, read_only_reason, shown_ask, still_to_read
from console.state.sentences import PAUSED_UNSEEN
from tests.console.running import running_console, until
from tests.console.shown_window import has_keyboard

pytestmark = pytest.mark.qt


async def test_R_C6_a_refund_approved_by_one_key_in_the_window_happens_exactly_once(tmp_path: Path) -> None:
    async with running_console(tmp_path, customers=24) as console:
        assert await become_operator(console)
        console.window.carry_out("go:approvals")

        def waiting() -> list[AskId]:
            state = console.store.state
            asks = open_asks(state)
            return [
                one.ask for one in asks if one.kind == "approval" and one.state == "waiting" and one.required_people == 1
            ]

        assert await until(console, lambda _state: bool(waiting()))
        wanted = waiting()[0]
        while (shown := shown_ask(console.store.state)) is not None and shown.ask != wanted:
            queue = [one.ask for one in open_asks(console.store.state)]
            down = shown.ask not in queue or queue.index(shown.ask) < queue.index(wanted)
            QTest.keyClick(console.window, Qt.Key.Key_J if down else Qt.Key.Key_K)
            console.window.refresh.flush()
        console.window.refresh.flush()
        card = shown_ask(console.store.state)
        assert card is not None
        assert console.window.approvals.card is not None
        assert console.window.approvals.card.props.key == card.ask
        assert await until(console, lambda state: not still_to_read(state, state.asks[wanted]))
        console.window.refresh.flush()
        if must_look_again(console.store.state, console.store.state.asks[wanted]):  # its customer wrote meanwhile
            QTest.keyClick(console.window, Qt.Key.Key_R)
            console.window.refresh.flush()
        QTest.keyClick(console.window, Qt.Key.Key_A)
        if console.store.state.armed == card.ask:
            console.window.refresh.flush()
            QTest.keyClick(console.window, Qt.Key.Key_A)
        said = [notice.title for notice in console.store.state.notices]
        assert await until(console, lambda state: state.asks[card.ask].state != "waiting"), said
        assert await until(console, lambda state: state.asks[card.ask].state == "closed")
        records = await console.connected.log(card.conversation)
        settled = [one.event for one in records if isinstance(one.event, ProposalSettled)]
        writes = [one.event for one in records if isinstance(one.event, EffectStarted) and one.event.kind == "write"]
        assert [one.outcome for one in settled] == ["executed"]
        assert len(writes) == 1
        assert console.store.state.asks[card.ask].closed_name == "Mira Duarte"
    assert console.core is None


async def test_R_M3_two_key_presses_stop_everything_before_anybody_has_enrolled_a_key(tmp_path: Path) -> None:
    async with running_console(tmp_path) as console:
        assert await until(console, lambda state: state.session is not None and state.connection.phase == "live")
        session = console.store.state.session
        assert session is not None
        assert (session.operator, session.may_enrol_first) == (None, True)
        console.window.refresh.flush()
        await has_keyboard(console.window)
        QTest.keyClick(console.window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(console.window.focusWidget() or console.window, Qt.Key.Key_Return)
        said = [notice.title for notice in console.store.state.notices]
        assert await until(console, lambda state: state.core is not None and state.core.paused), said
        console.deeds.resume(None)
        assert await until(console, lambda state: not state.pending)
        assert console.store.state.core is not None
        assert console.store.state.core.paused, "nobody can let it work again without a signature"


async def test_R_M8_a_killed_core_is_started_again_and_the_person_is_still_signed_in(tmp_path: Path) -> None:
    async with running_console(tmp_path) as console:
        assert await become_operator(console)
        assert console.core is not None
        me = console.store.state.session
        console.core.process.kill()
        assert await until(console, lambda state: state.connection.phase == "offline")
        assert await until(console, lambda state: state.connection.phase == "live")
        now = console.store.state.session
        assert me is not None
        assert now is not None
        assert now.operator == me.operator


@pytest.mark.slow
async def test_R_M8_nothing_is_lost_while_the_core_is_away_and_nothing_is_decided(tmp_path: Path) -> None:
    """A core is killed while customers write and is started anew: all that was there is there, and newer; a draft stays."""
    async with running_console(tmp_path, customers=12) as console:
        assert await become_operator(console)
        window, store = console.window, console.store
        assert await until(console, lambda state: len(state.rows) >= 2)
        row = next(iter(store.state.rows.values()))
        window.open_conversation(row.conversation)
        assert await until(console, lambda state: state.detail is not None)
        before = store.state
        assert before.detail is not None
        window.live.conversation.composer.write("half a sentence")
        assert console.core is not None
        console.core.process.kill()
        assert await until(console, lambda state: state.connection.phase == "offline")
        window.refresh.flush()
        assert window.live.conversation.offline_box.isVisible()
        assert read_only_reason(store.state)
        assert store.state.rows.keys() >= before.rows.keys(), "what was shown is still shown"
        assert await until(console, lambda state: state.connection.phase == "live")
        window.refresh.flush()
        assert not window.live.conversation.offline_box.isVisible()
        page = await console.connected.rows("all", None, 200)
        assert {one.conversation for one in page.rows} >= before.rows.keys()
        wanted = {one.conversation: one.version for one in page.rows}
        assert await until(
            console,
            lambda state: all(name in state.rows and state.rows[name].version >= at for name, at in wanted.items()),
        )
        assert await until(console, lambda state: state.detail is not None and state.detail.seq >= seq_of(before))
        assert store.state.wanted == row.conversation
        assert window.live.conversation.composer.text() == "half a sentence"
        log = await console.connected.log(row.conversation)
        assert [one.seq for one in log] == list(range(1, len(log) + 1))


def seq_of(state: AppState) -> int:
    return state.detail.seq if state.detail is not None else 0


@pytest.mark.slow
async def test_R_M8_who_signs_out_leaves_nothing_on_the_screen_and_signs_in_again_with_the_kept_key(tmp_path: Path) -> None:
    async with running_console(tmp_path, customers=12) as console:
        assert await become_operator(console)
        assert await until(console, lambda state: bool(state.rows))
        me = console.store.state.session
        console.window.settings.sign_out_wanted.emit()
        assert console.store.state.rows == {}
        assert await until(console, lambda state: state.keyring.resting and state.session is None)
        assert read_only_reason(console.store.state) == texts_shell.SIGNED_OUT
        assert console.connected.signer is None
        assert console.store.state.rows == {}
        console.window.ask_pause()
        console.window.prompt.answered.emit("pause", "")
        assert await until(console, lambda state: any(one.title == PAUSED_UNSEEN for one in state.notices))
        assert console.store.state.session is None
        assert console.store.state.rows == {}, "stopping shows nobody anything"
        console.window.settings.sign_in_wanted.emit()
        assert await until(console, lambda state: state.session is not None and bool(state.rows))
        back = console.store.state.session
        assert back is not None
        assert me is not None
        assert (back.operator, back.session == me.session) == (me.operator, False)
        assert read_only_reason(console.store.state) == ""
        assert await until(console, lambda state: state.core is not None and state.core.paused)


def files_with(folder: Path, words: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


async def test_R_M7_a_model_is_connected_and_taken_away_and_the_core_starts_again_each_time(tmp_path: Path) -> None:
    """No message is written here, so the key of nobody is asked for nothing."""
    keys = MemoryKeyStore()

    def stands_in(state: AppState) -> bool | None:
        return None if state.core is None or state.connection.phase != "live" else state.core.stand_in

    async with running_console(tmp_path, keys=keys) as console:
        assert await until(console, lambda state: stands_in(state) is True)
        console.window.settings.model_given.emit("too short")
        assert console.store.state.notices[-1].title == texts_model.NO_KEY_FORM
        console.window.settings.model_given.emit("sk-test-" + "a1B2" * 10)
        assert await until(console, lambda state: stands_in(state) is False)
        assert keys.get(MODEL_KEY)
        assert await asyncio.to_thread(files_with, tmp_path, b"sk-test-a1B2") == []
        console.window.settings.model_forgotten.emit()
        assert await until(console, lambda state: stands_in(state) is True)
        assert keys.get(MODEL_KEY) is None

"""On-call with a real core process: a poisoned conversation is back to life in a handful of keystrokes (R-M4, R-A8)."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from agent_core.contract.events import QuarantineLifted
from agent_core.contract.ids import ConversationId
from agent_core.store import Store
from console.app import Console, Launch, application
from console.demo_person import become_operator
from console.headless.client import CoreClient
from console.headless.core_child import ServeOptions
from console.headless.core_process import core_process
from console.headless.keys import MemoryKeyStore
from console.state.app_state import AppState
from console.state.triage import TriageChosen, healed, triage_rows
from tests.console.poisoning import GHOST, poison
from tests.console.running import until
from tests.console.shown_window import has_keyboard

pytestmark = pytest.mark.qt
CTRL = Qt.KeyboardModifier.ControlModifier


async def answered(data: Path, anchor: Path) -> ConversationId:
    """A core lives for a while, until a conversation was answered; then it ends."""
    async with (
        core_process(ServeOptions(data, anchor, sandbox=True, customers=30, crowd_speed=6)) as started,
        CoreClient(started.url) as client,
    ):
        await client.sign_in_embedded(started.token.get_secret_value())
        async for _ in client.feed():
            page = await client.rows()
            for row in page.rows:
                if row.messages >= 2 and row.snippet_by == "agent" and row.label == "listening":
                    found = await client.detail(row.conversation)
                    if found is not None and found.runs:
                        return row.conversation
    raise AssertionError("the feed ended")


class Keys:
    """A person at the keyboard, whose presses are counted."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.count = 0

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.count += 1
        QTest.keyClick(QApplication.focusWidget() or self.console.window, key, held)
        self.console.window.refresh.flush()


async def a_turn_is_run_again(console: Console, conversation: ConversationId) -> None:
    """Two keys replay the newest turn; nothing but that somebody looked enters the log, and the look is read anew."""
    before = await console.connected.log(conversation)
    keys = Keys(console)
    keys.press(Qt.Key.Key_F)
    keys.press(Qt.Key.Key_R)
    assert await until(console, lambda state: state.triage.fork.answer is not None), console.store.state.triage.fork
    assert console.window.triage.middle.request.blocks
    after = await console.connected.log(conversation)
    assert len(after) - len(before) <= 1
    newest = after[-1].seq

    def read_anew(state: AppState) -> bool:
        at = state.triage.looked_at
        return at is not None and at.shown is not None and at.shown.log_head.seq >= newest

    assert await until(console, read_anew)
    keys.press(Qt.Key.Key_Escape)
    keys.press(Qt.Key.Key_Q)
    console.window.triage.enter()
    assert keys.count == 4


async def a_file_is_healed(console: Console, folder: Path) -> None:
    """A file with a call that was never answered is diagnosed, said about, saved, and healthy when it comes back."""
    body = {"model": "m", "max_tokens": 64, "messages": [
        {"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": [GHOST]},
        {"role": "user", "content": "Hello?"}]}  # fmt: skip
    source, target = folder / "thread.json", folder / "healed.json"
    await asyncio.to_thread(source.write_text, json.dumps(body), encoding="utf-8")
    console.window.files.take(source)
    assert await until(console, lambda state: bool(state.triage.file and state.triage.file.answer))
    first = console.store.state.triage.file
    assert first is not None
    assert first.answer is not None
    assert not first.answer.healthy
    console.triage.save_repaired(target)
    assert await until(console, lambda state: bool(state.triage.file and state.triage.file.saved))
    console.window.files.take(target)
    again = "healed.json"
    assert await until(
        console, lambda state: bool(state.triage.file and state.triage.file.name == again and state.triage.file.answer)
    )
    second = console.store.state.triage.file
    assert second is not None
    assert second.answer is not None
    assert second.answer.healthy


@dataclass(frozen=True)
class Poisoned:
    """Where a core keeps its data, and the conversation in it that is poisoned."""

    data: Path
    anchor: Path
    conversation: ConversationId
    keys: MemoryKeyStore = field(default_factory=MemoryKeyStore)


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Poisoned:
    folder = tmp_path_factory.mktemp("poisoned")
    data, anchor = folder / "data", folder / "anchor"

    async def begin() -> ConversationId:
        conversation = await answered(data, anchor)
        async with await Store.open(data) as store:
            await poison(store, conversation)
        return conversation

    return Poisoned(data, anchor, asyncio.run(begin()))


def started(poisoned: Poisoned, folder: Path) -> Console:
    """A console on a core process that finds the poisoned conversation in its data."""
    launch = Launch(settings_file=folder / "console.ini", keys=poisoned.keys, data=poisoned.data, anchor=poisoned.anchor)
    return Console(application(), launch)


async def test_R_M4_a_poisoned_conversation_is_seen_repaired_and_alive_again_in_four_keystrokes(
    poisoned: Poisoned, tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    conversation = poisoned.conversation
    console = started(poisoned, tmp_path)
    running = asyncio.get_running_loop().create_task(console.run())
    try:
        assert await become_operator(console)
        await has_keyboard(console.window)
        keys = Keys(console)
        keys.press(Qt.Key.Key_3, CTRL)
        assert await until(console, lambda state: state.triage.looked_at is not None)
        assert await until(console, lambda state: bool(state.triage.looked_at and state.triage.looked_at.shown))
        console.window.refresh.flush()
        looked = console.store.state.triage.looked_at
        assert looked is not None
        assert looked.shown is not None
        assert [one.conversation for one in triage_rows(console.store.state.triage)] == [conversation]
        assert looked.shown.requests[0].findings
        assert looked.shown.dry_run.verdict in {"passes", "waits"}
        keys.press(Qt.Key.Key_N)
        view = console.window.triage.middle.request
        assert "toolu_ghost" in view.blocks[view.current].spoken() + str(looked.shown.requests[0].findings)
        keys.press(Qt.Key.Key_X)
        assert console.window.prompt.current == f"triage-repair:{conversation}"
        keys.press(Qt.Key.Key_Return)
        said = [notice.title for notice in console.store.state.notices]
        assert await until(console, lambda state: healed(state.triage)), said
        assert await until(console, lambda state: state.triage.rows is not None and not state.triage.rows.rows)
        assert await until(console, lambda state: state.rows[conversation].label not in {"quarantined"})
        assert keys.count == 4
        records = await console.connected.log(conversation)
        lifted = [one for one in records if isinstance(one.event, QuarantineLifted)]
        assert len(lifted) == 1
    finally:
        console.end()
        await running
    assert console.core is None


@pytest.mark.slow
async def test_R_M4_a_turn_is_run_again_and_a_file_comes_back_healthy_over_a_real_core(
    poisoned: Poisoned, tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    console = started(poisoned, tmp_path)
    running = asyncio.get_running_loop().create_task(console.run())
    try:
        assert await become_operator(console)
        console.window.carry_out("go:triage")
        console.store.dispatch(TriageChosen(poisoned.conversation))
        assert await until(console, lambda state: bool(state.triage.looked_at and state.triage.looked_at.shown))
        console.window.refresh.flush()
        await a_turn_is_run_again(console, poisoned.conversation)
        await a_file_is_healed(console, tmp_path)
    finally:
        console.end()
        await running

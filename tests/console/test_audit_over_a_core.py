"""Audit over a real core and real sockets, by keys: from a word to what a model saw, a note, an erasure (R-M5, R-N5)."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from agent_core.store.folder import DATABASE_NAME
from console import texts_audit
from console.app import Console
from console.demo_person import become_operator
from console.state.app_state import AppState
from console.state.selectors import log_alarm
from tests.console.running import running_console, until

pytestmark = [pytest.mark.qt, pytest.mark.slow]


def press(console: Console, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key where the keyboard is, once what the core said stands on the screen."""
    console.window.refresh.flush()
    QTest.keyClick(QApplication.focusWidget() or console.window, key, held)
    console.window.refresh.flush()


def typed(console: Console, words: str) -> None:
    """Words where the keyboard is."""
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClicks(target, words)
    console.window.refresh.flush()


async def test_R_M5_a_lead_finds_reads_understands_notes_and_erases_by_keyboard_alone(tmp_path: Path) -> None:
    def found(word: str) -> Callable[[AppState], bool]:
        def true(state: AppState) -> bool:
            search = state.audit.search
            return search.found is not None and search.found.q == word and bool(search.hits)

        return true

    def past_is_read(state: AppState) -> bool:
        past = state.audit.past
        return past.detail is not None and past.reviews is not None and len(past.detail.items) > 3

    async with running_console(tmp_path, customers=24) as console:
        assert await become_operator(console)
        assert await until(console, lambda state: any(row.messages > 0 for row in state.rows.values()))
        press(console, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
        assert await until(console, found("")), console.store.state.audit.search.problem

        # A word, and the conversation at the place where it was said.
        press(console, Qt.Key.Key_Slash)
        typed(console, "ord")
        assert await until(console, found("ord")), console.store.state.audit.search
        assert any(hit.marks for hit in console.store.state.audit.search.hits)
        press(console, Qt.Key.Key_Return)
        press(console, Qt.Key.Key_J)
        assert await until(console, past_is_read), console.store.state.audit.past.problems
        past = console.store.state.audit.past
        conversation = past.conversation
        assert conversation is not None
        assert console.window.audit is not None
        console.window.refresh.flush()
        assert console.window.audit.past.transcript.marked

        # As it was at its first step.
        press(console, Qt.Key.Key_T)
        press(console, Qt.Key.Key_Home)
        assert await until(console, lambda state: state.audit.past.moment is not None)
        moment = console.store.state.audit.past.moment
        assert moment is not None
        assert moment.seq < moment.newest_seq
        assert len(moment.detail.items) < len(past.detail.items if past.detail is not None else ())
        press(console, Qt.Key.Key_Escape)

        # What the model saw in the first call, byte for byte.
        press(console, Qt.Key.Key_M)
        assert await until(console, lambda state: bool(state.audit.past.calls and state.audit.past.calls.calls))
        press(console, Qt.Key.Key_J)
        assert await until(console, lambda state: state.audit.past.request is not None)
        request = console.store.state.audit.past.request
        assert request is not None
        assert request.verdict == "verified"
        press(console, Qt.Key.Key_Escape)

        # A note for colleagues.
        press(console, Qt.Key.Key_C)
        typed(console, "Handled well")
        press(console, Qt.Key.Key_Return)
        assert await until(console, lambda state: bool(state.audit.past.reviews and state.audit.past.reviews.notes))

        # Everything of this conversation goes, once its number was typed.
        press(console, Qt.Key.Key_X)
        assert await until(console, lambda state: state.audit.erasure is not None), console.store.state.audit
        preview = console.store.state.audit.erasure
        assert preview is not None
        assert conversation in {row.conversation for row in preview.conversations}
        if preview.allowed:
            count = len(preview.conversations)
            field = console.window.form.findChildren(QLineEdit)[-1]
            field.setText(f"erase {count} conversation{'' if count == 1 else 's'}")
            console.window.form.pause_over()
            press(console, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            assert await until(console, lambda state: any(one.key == "audit:erase" for one in state.notices))
            assert [one.tone for one in console.store.state.notices if one.key == "audit:erase"] == ["ok"]
    assert console.core is None


async def test_R_M9_an_old_database_raises_an_alarm_that_an_admin_reads_and_acknowledges_with_a_signature(
    tmp_path: Path,
) -> None:
    database, old = tmp_path / "data" / DATABASE_NAME, tmp_path / "old.sqlite3"
    async with running_console(tmp_path) as console:
        assert await become_operator(console)
        with sqlite3.connect(database) as now, sqlite3.connect(old) as kept:
            now.backup(kept)
        console.deeds.pause(None)
        assert await until(console, lambda state: state.core is not None and state.core.paused)
        assert console.core is not None
        core = console.core
        # A core that ends in good order signs for everything it has: it knows then what an older database lacks.
        os.kill(core.process.pid, signal.SIGTERM)
        await core.ended()
        for stale in database.parent.glob(f"{DATABASE_NAME}-*"):
            stale.unlink()
        shutil.copyfile(old, database)
        assert await until(console, lambda state: state.core is not None and state.core.alarm is not None)
        console.window.carry_out("go:audit")
        assert console.window.audit is not None
        press(console, Qt.Key.Key_P)
        said = [one.accessibleName() for one in console.window.audit.proof.findChildren(QWidget)]
        assert texts_audit.ALARM_STOPPED_WORDS in said
        press(console, Qt.Key.Key_A)
        typed(console, "A test put an old database back.")
        press(console, Qt.Key.Key_Return)
        over = until(console, lambda state: state.core is not None and state.core.alarm is None)
        assert await over, [one.title for one in console.store.state.notices]
        assert await until(console, lambda state: not log_alarm(state)), console.store.state.log


async def test_R_M5_the_whole_log_is_verified_an_export_checked_offline_and_oversight_read(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    async with running_console(tmp_path, customers=24) as console:
        assert await become_operator(console)
        assert await until(console, lambda state: any(row.messages > 0 for row in state.rows.values()))
        conversation = next(row.conversation for row in console.store.state.rows.values() if row.messages)
        console.window.carry_out("go:audit")
        press(console, Qt.Key.Key_V)

        def verified(state: AppState) -> bool:
            shown = state.audit.verification
            return shown is not None and shown.state == "done"

        assert await until(console, verified), console.store.state.audit.verification_problem
        shown = console.store.state.audit.verification
        assert shown is not None
        assert (shown.verdict, shown.findings) == ("holds", ())
        assert shown.done > 0
        press(console, Qt.Key.Key_O)
        assert await until(console, lambda state: state.audit.oversight is not None)
        console.audit.export(conversation, file)
        assert await until(console, lambda state: any(one.key == "audit:export" for one in state.notices))
    checked = await asyncio.to_thread(
        subprocess.run, (sys.executable, "-m", "agent_core", "verify-export", str(file)), capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout

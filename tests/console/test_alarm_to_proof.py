"""From an alarm to its proof, one story for each kind of person: over a real core, in keystrokes (R-M2 … R-M5)."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from agent_core.contract.events import Countersigned, ProposalSettled, QuarantineLifted
from agent_core.contract.views import MessageItem
from console.app import Console
from console.shell.log_sheet import LogSheet
from console.state.app_state import AppState
from console.state.selectors import open_asks, shown_ask
from console.state.triage import healed
from tests.console.core_beside import Keys, console_beside, core_beside, signed_in
from tests.console.poisoning import poison
from tests.console.shown_window import has_keyboard

pytestmark = [pytest.mark.qt, pytest.mark.slow]
CTRL = Qt.KeyboardModifier.ControlModifier


def alarmed(state: AppState) -> bool:
    """Something stands in the corner of the window that was not there before."""
    return any(notice.key.startswith("notify:") for notice in state.notices)


def answered(state: AppState) -> bool:
    """A person's words reached the customer."""
    items = state.detail.items if state.detail is not None else ()
    return any(isinstance(item, MessageItem) and item.by == "person" and item.delivery == "sent" for item in items)


async def at_the_keyboard(console: Console) -> Keys:
    """Whoever opens the window with a key of theirs: signed in, past the tour, nothing pressed yet."""
    keys = Keys(console)
    console.window.choose("tour", "off")
    await keys.sees(signed_in)
    await has_keyboard(console.window)
    return keys


async def reads_the_log(keys: Keys) -> list[str]:
    """The log of the open conversation, by one key: what was decided comes first."""
    sheet = keys.console.window.log_sheet
    assert isinstance(sheet, LogSheet)
    keys.press(Qt.Key.Key_G)
    await keys.sees(lambda _state: sheet.isVisible() and bool(sheet.lines))
    said = [line.words for line in sheet.lines]
    keys.press(Qt.Key.Key_Escape)
    return said


async def test_R_M2_a_supervisor_from_the_alarm_over_a_refund_to_its_proof_in_five_strokes(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with core_beside(tmp_path) as beside:
        hers = await beside.colleague("Sue Supervisor", "supervisor")
        async with console_beside(tmp_path, beside, hers) as console:
            keys = await at_the_keyboard(console)
            conversation = await beside.write(beside.orders(4_000, 9_000)[0], "Please refund {order}.")
            await keys.sees(alarmed)
            keys.press(Qt.Key.Key_2, CTRL)
            await keys.sees(lambda state: (card := shown_ask(state)) is not None and card.conversation == conversation)
            card = shown_ask(console.store.state)
            assert card is not None
            keys.press(Qt.Key.Key_A)
            await keys.sees(lambda state: state.asks[card.ask].state == "closed")
            assert console.store.state.asks[card.ask].closed_name == "Sue Supervisor"
            keys.press(Qt.Key.Key_Return)
            await keys.sees(lambda state: state.workspace == "live" and state.wanted == conversation)
            await has_keyboard(console.window)
            said = await reads_the_log(keys)
            assert keys.count == 5
            assert any(line.startswith("Countersigned: approve by Sue Supervisor") for line in said), "\n".join(said)
            log = await console.connected.log(conversation)
            assert [one.event.outcome for one in log if isinstance(one.event, ProposalSettled)] == ["executed"]
            assert sum(isinstance(one.event, Countersigned) for one in log) == 1


async def test_R_E3_a_supervisor_takes_over_answers_and_hands_back_by_keyboard_alone(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with core_beside(tmp_path) as beside:
        hers = await beside.colleague("Sue Supervisor", "supervisor")
        async with console_beside(tmp_path, beside, hers) as console:
            keys = await at_the_keyboard(console)
            order = beside.orders(4_000, 9_000)[0]
            conversation = await beside.write(order, "My lawyer will hear of order {order}.")
            await keys.sees(alarmed)
            keys.press(Qt.Key.Key_2, CTRL)
            await keys.sees(lambda state: (card := shown_ask(state)) is not None and card.conversation == conversation)
            keys.press(Qt.Key.Key_T)
            keys.press(Qt.Key.Key_Return)
            await keys.sees(lambda state: state.detail is not None and state.detail.row.label == "human_control")
            await keys.sees(lambda state: state.packet is not None and state.packet.conversation == conversation)
            packet = console.store.state.packet
            assert packet is not None
            assert packet.words <= 80, "read in twenty seconds"
            await has_keyboard(console.window)
            keys.press(Qt.Key.Key_W)
            keys.write("I have it.")
            keys.press(Qt.Key.Key_Return, CTRL)
            await keys.sees(answered)
            keys.press(Qt.Key.Key_Escape)
            keys.press(Qt.Key.Key_H)
            keys.write("Offer a voucher")
            keys.press(Qt.Key.Key_Return)
            await keys.sees(lambda state: state.rows[conversation].label != "human_control")
            await keys.sees(lambda state: not [card for card in open_asks(state) if card.conversation == conversation])
            assert keys.count == 8 + len("I have it.") + len("Offer a voucher")


async def test_R_M5_a_lead_from_a_complaint_to_an_export_that_proves_itself(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with core_beside(tmp_path) as beside:
        theirs = await beside.colleague("Lea Lead", "lead")
        async with console_beside(tmp_path, beside, theirs) as console:
            keys = await at_the_keyboard(console)
            order = beside.orders(4_000, 9_000)[0]
            conversation = await beside.write(order, "Where is my order {order}?")
            await keys.sees(lambda state: conversation in state.rows and state.rows[conversation].messages >= 2)
            assert console.window.audit is not None
            keys.press(Qt.Key.Key_4, CTRL)
            keys.press(Qt.Key.Key_Slash)
            keys.write(order[-5:])
            await keys.sees(lambda state: any(hit.found_in.conversation == conversation for hit in state.audit.search.hits))
            keys.press(Qt.Key.Key_Return)
            keys.press(Qt.Key.Key_J)
            await keys.sees(
                lambda state: state.audit.past.conversation == conversation and state.audit.past.detail is not None
            )
            keys.press(Qt.Key.Key_M)
            await keys.sees(lambda state: bool(state.audit.past.calls))
            keys.press(Qt.Key.Key_Escape)
            keys.press(Qt.Key.Key_E)
            dialog = console.window.findChild(QFileDialog)
            assert dialog is not None
            dialog.setDirectory(str(tmp_path))
            keys.press(Qt.Key.Key_Return, into=dialog.findChild(QLineEdit))
            await keys.sees(lambda state: any(one.key == "audit:export" for one in state.notices))
            keys.press(Qt.Key.Key_V)
            await keys.sees(lambda state: (seen := state.audit.verification) is not None and seen.state == "done")
            seen = console.store.state.audit.verification
            assert seen is not None
            assert (seen.verdict, seen.findings) == ("holds", ())
            assert keys.count == 14
    (file,) = await asyncio.to_thread(lambda: list(tmp_path.glob("*.countersign.json")))
    checked = await asyncio.to_thread(
        subprocess.run, (sys.executable, "-m", "agent_core", "verify-export", str(file)), capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


async def test_R_M4_on_call_from_the_alarm_over_a_poisoned_conversation_to_its_proof(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with core_beside(tmp_path) as beside:
        theirs = await beside.colleague("Otto On-Call", "on_call")
        async with console_beside(tmp_path, beside, theirs) as console:
            keys = await at_the_keyboard(console)
            conversation = await beside.write(beside.orders(4_000, 9_000)[0], "Where is my order {order}?")
            await keys.sees(lambda state: conversation in state.rows and state.rows[conversation].label == "listening")
            await beside.there(poison(beside.scene.core.store, conversation))
            await keys.sees(alarmed)
            keys.press(Qt.Key.Key_3, CTRL)
            await keys.sees(lambda state: bool(state.triage.looked_at and state.triage.looked_at.shown))
            keys.press(Qt.Key.Key_X)
            assert console.window.prompt.current == f"triage-repair:{conversation}"
            keys.press(Qt.Key.Key_Return)
            await keys.sees(lambda state: healed(state.triage))
            await keys.sees(lambda state: state.rows[conversation].label != "quarantined")
            keys.press(Qt.Key.Key_Return)
            await keys.sees(lambda state: state.workspace == "live" and state.wanted == conversation)
            await has_keyboard(console.window)
            said = await reads_the_log(keys)
            assert keys.count == 6
            assert any("Otto On-Call" in line for line in said), said
            log = await console.connected.log(conversation)
            assert sum(isinstance(one.event, QuarantineLifted) for one in log) == 1

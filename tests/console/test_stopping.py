"""One workflow is stopped from the palette or the stack of runs, with what stops in sight, and resumed signed (R-M3)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_core.audit.report import Finding
from agent_core.audit.verifying import verify
from agent_core.contract.clock import system_clock
from agent_core.contract.commands import Pause
from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.statements import ConsoleIdentity
from agent_core.store.folder import DATABASE_NAME
from console import texts_stopping as texts
from console.connected import Connected
from console.presenting.approval import approval_props
from console.presenting.stopping import by_whom
from console.shell.finder import everything
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.happenings import FeedArrived, SignedIn
from console.state.selectors import paused_in, stop_subject
from console.state.stopping import ReachArrived
from console.state.store import Store
from console.stopping_deeds import StoppingPerson
from console.tasks import Tasks
from console.widgets.banner import Banner
from console.widgets.button import Button
from console.widgets.check_row import CheckRow
from console.workspaces.stopping_forms import FIELD, follows
from tests.console import made
from tests.console.core_beside import kept_by
from tests.console.fake_core import AskedFor
from tests.console.scene import say
from tests.console.scenes_stopping import HERE, PAUSED, REACH, REFUND, core, tell
from tests.console.shown_window import shown_window
from tests.console.states import begun
from tests.console.stopping_asked_for import StoppingAskedFor
from tests.service.scene import approval, scene

NORTHWIND = BrandId("northwind")
Shown = tuple[MainWindow, Store, AskedFor, StoppingAskedFor]


@pytest.fixture
def shown(qapp: QApplication, qtbot: QtBot) -> Iterator[Shown]:
    store, deeds, reading = begun("light"), AskedFor(), StoppingAskedFor()
    with shown_window(qapp, qtbot, store, deeds, stopping=reading) as window:
        yield window, store, deeds, reading


def _spoken(window: MainWindow, kind: type[Button] | type[Banner], beginning: str) -> list[Button | Banner]:
    window.refresh.flush()
    QApplication.processEvents()
    return [one for one in window.findChildren(kind) if one.accessibleName().startswith(beginning) and one.isVisible()]


def test_R_M3_what_stops_is_shown_before_a_workflow_is_stopped_and_the_keyboard_alone_does_it(shown: Shown) -> None:
    window, store, deeds, reading = shown
    tell(store)
    (line,) = [one for one in everything(store.state) if one.key == "stop:northwind/"]
    assert line.words == texts.PALETTE
    window.carry_out(line.key)
    assert reading.asked == [NORTHWIND]
    assert not window.form.isVisible(), "nothing is chosen before the core has said what stops"
    say(store, ReachArrived(NORTHWIND, REACH))
    window.refresh.flush()
    assert window.form.isVisible()
    QTest.keyClick(window.form, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert deeds.deeds == [], "which one must be said first"
    row = next(one for one in window.form.findChildren(CheckRow) if one.props.key == REFUND and one.isVisible())
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Space)
    window.form.pause_over()
    QTest.keyClick(window.form, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert deeds.deeds == [("pause", NORTHWIND, REFUND)]
    follow = follows(REACH.workflows, {FIELD: (REFUND,)})
    assert [line.words for line in follow.lines][:2] == [texts.CONVERSATIONS.of(41), texts.APPROVALS.of(3)]
    assert follow.ready


def test_R_M3_the_stack_of_runs_stops_its_workflow_and_the_core_alone_says_that_it_is_paused(shown: Shown) -> None:
    window, store, deeds, _ = shown
    tell(store)
    (button, *_rest) = _spoken(window, Button, f"{texts.PAUSE_THIS} Refund an order")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    say(store, ReachArrived(NORTHWIND, REACH))
    window.refresh.flush()
    assert window.form.given() == {FIELD: (REFUND,)}
    QTest.keyClick(window.form, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert deeds.deeds == [("pause", NORTHWIND, REFUND)]
    assert _spoken(window, Banner, "Refund an order") == [], "nothing is shown because of a press"
    tell(store, PAUSED)
    (banner,) = _spoken(window, Banner, "Refund an order")
    assert "Ines Roth" in banner.accessibleName()


def test_R_M3_a_paused_workflow_is_resumed_after_a_question_from_everywhere_it_is_shown(shown: Shown) -> None:
    window, store, deeds, reading = shown
    tell(store, PAUSED, HERE)
    keys = {one.key for one in everything(store.state)}
    assert {f"stop:northwind/{REFUND}", "stop:northwind/where_is_my_order"} <= keys
    window.carry_out(f"stop:northwind/{REFUND}")
    assert window.prompt.current == f"resume:northwind/{REFUND}"
    assert deeds.deeds == [], "it is asked first"
    window.prompt.answered.emit(f"resume:northwind/{REFUND}", "")
    assert deeds.deeds == [("resume", NORTHWIND, REFUND)]
    assert reading.asked == []


def test_R_M3_rows_that_have_a_paused_workflow_say_so_to_the_eye_and_to_the_ear(shown: Shown) -> None:
    window, store, _, _ = shown
    tell(store, PAUSED)
    window.refresh.flush()
    model = window.live.listed.rows.model()
    spoken = [str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(model.rowCount())]
    assert [texts.ROW.format(workflows="Refund an order") in one for one in spoken].count(True) == 1
    row = store.state.rows[made.conversation(1)]
    assert paused_in(store.state, row) == (PAUSED,)
    assert paused_in(store.state, row.model_copy(update={"label": "closed"})) == ()
    say(store, FeedArrived(made.answer(reset=False, core=core()), made.NOW))
    assert paused_in(store.state, row) == ()


def test_R_M3_without_a_key_a_workflow_can_be_stopped_and_who_did_it_is_not_made_up(shown: Shown) -> None:
    window, store, _, reading = shown
    nobody = made.session(operator=None, name=None, role=None, brands=(), key=None, limit=None)
    say(store, SignedIn(nobody))
    tell(store)
    window.carry_out("stop:northwind/")
    assert reading.asked == [NORTHWIND]
    assert by_whom(HERE, made.NOW).startswith("Paused without a key")


def test_R_M3_what_cannot_be_read_is_said_and_no_form_opens(shown: Shown) -> None:
    window, store, _, _ = shown
    tell(store)
    window.carry_out("stop:northwind/")
    say(store, ReachArrived(NORTHWIND, None, "The core does not answer."))
    window.refresh.flush()
    assert not window.form.isVisible()
    assert store.state.notices[-1].title == texts.UNKNOWN


def test_R_M3_a_card_of_a_paused_workflow_says_that_nothing_is_done_until_it_is_resumed(shown: Shown) -> None:
    _, store, _, _ = shown
    card = made.ask(1)
    assert card.binding is not None
    flow = PAUSED.model_copy(update={"workflow": card.binding.workflow})
    assert texts.CARD not in [label for label, *_ in approval_props(store.state, card).rows]
    tell(store, flow)
    (said,) = [words for label, words, _ in approval_props(store.state, card).rows if label == texts.CARD]
    assert "Ines Roth" in said


def test_a_stop_on_its_way_is_named_by_what_it_is_about() -> None:
    flow = WorkflowName("refund_order")
    assert [stop_subject(None), stop_subject(NORTHWIND), stop_subject(NORTHWIND, flow)] == [
        "pause:*", "pause:northwind", "pause:northwind/refund_order",
    ]  # fmt: skip


def _findings(folder: Path) -> list[Finding]:
    """What is wrong with the database of a core that runs there."""
    (database,) = folder.rglob(DATABASE_NAME)
    return verify(database).findings


def test_R_M3_over_a_real_core_the_preview_counts_the_stop_is_seen_and_the_signature_ends_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, signer = await it.admin()
            conversation = await it.write("Please refund order NW-10023.")
            await approval(client, conversation)
            failed: list[BaseException] = []
            store, tasks = Store(AppState(now=system_clock())), Tasks(failed.append)
            line = Connected(
                kept_by(signer, it.core.instance.core), ConsoleIdentity(version="0.1.0", instance="x"), system_clock
            )
            line.attach(client, it.core.instance.core, None)
            told = asyncio.Event()
            store.listen(lambda _before, _after: told.set())
            StoppingPerson(store, line, tasks).read_reach(NORTHWIND)
            async with asyncio.timeout(300):
                await told.wait()
            await tasks.close()
            assert store.state.reach.answer is not None
            reach = next(one for one in store.state.reach.answer.workflows if one.workflow == REFUND)
            assert (reach.conversations, reach.asks) == (1, 1)
            await client.command(Pause(brand=NORTHWIND, workflow=REFUND))
            (shown,) = (await client.core()).brands[0].paused_workflows
            assert (shown.by, shown.by_name) == (signer.operator, "Ada Admin")
            assert await asyncio.to_thread(_findings, tmp_path) == [], (
                "which workflows are stopped is proven from the log like any other stop"
            )
            await client.resume(NORTHWIND, REFUND)
            assert (await client.core()).brands[0].paused_workflows == ()
            assert not failed

    asyncio.run(run())

"""What we know about qasync and rely on, each hazard met once on purpose, and the rules of the house that avoid it."""

import asyncio
import subprocess
import sys

import pytest
import qasync
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

seen_loops: list[qasync.QEventLoop] = []


class Desk(QObject):
    """A signal with an async slot and a sync one, as views have."""

    asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.started: list[int] = []
        self.in_flight = False
        self.refused = 0
        self.done = asyncio.Event()

    @qasync.asyncSlot(int)
    async def answer(self, number: int) -> None:
        self.started.append(number)
        await asyncio.to_thread(lambda: None)
        self.done.set()

    def guard(self) -> None:
        if self.in_flight:
            self.refused += 1
            return
        self.in_flight = True
        self.asked.emit(1)


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_async_test_gets_a_loop_of_its_own(turn: int, qloop: qasync.QEventLoop) -> None:
    assert asyncio.get_running_loop() is qloop
    assert qloop not in seen_loops
    seen_loops.append(qloop)
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_an_async_slot_runs_to_its_end() -> None:
    desk = Desk()
    desk.asked.connect(desk.answer)
    desk.asked.emit(7)
    await desk.done.wait()
    assert desk.started == [7]


async def test_an_async_slot_starts_on_the_next_turn_so_two_clicks_would_start_it_twice() -> None:
    desk = Desk()
    desk.asked.connect(desk.answer)
    desk.asked.emit(1)
    desk.asked.emit(1)
    assert desk.started == []
    await desk.done.wait()
    others = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    if others:
        await asyncio.wait(others)
    assert desk.started == [1, 1]


async def test_a_sync_slot_that_closes_the_door_first_starts_it_once(qtbot: QtBot) -> None:
    desk = Desk()
    desk.asked.connect(desk.answer)
    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(desk.guard)
    button.click()
    button.click()
    await desk.done.wait()
    assert desk.started == [1]
    assert desk.refused == 1


async def test_cancelling_a_group_ends_its_tasks_before_the_next_line() -> None:
    ended: list[str] = []

    async def wait_for_ever(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wait_for_ever("a"))
            tasks.create_task(wait_for_ever("b"))
            await asyncio.sleep(0)
            tasks.create_task(_fail())

    with pytest.raises(ExceptionGroup):
        await group()
    assert sorted(ended) == ["a", "b"]


async def _fail() -> None:
    raise ValueError("meant")


async def test_a_deadline_ends_what_would_wait_for_ever() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()


async def test_callbacks_run_in_the_order_they_were_asked_for() -> None:
    loop = asyncio.get_running_loop()
    order: list[int] = []
    done = asyncio.Event()
    for number in range(500):
        loop.call_soon(order.append, number)
    loop.call_soon(done.set)
    await done.wait()
    assert order == list(range(500))


async def test_a_socket_on_this_machine_works_on_this_loop() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    assert await reader.readline() == b"hello\n"
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


def test_a_signal_can_be_awaited_from_a_sync_test(qtbot: QtBot, qapp: QApplication) -> None:
    desk = Desk()
    with qtbot.waitSignal(desk.asked, timeout=60_000) as blocker:
        desk.asked.emit(3)
    assert blocker.args == [3]


MODAL = """
import asyncio, sys, qasync
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog

async def other():
    while True:
        await asyncio.sleep(0)

async def main():
    task = asyncio.ensure_future(other())
    await asyncio.sleep(0)
    lost = []
    asyncio.get_running_loop().set_exception_handler(lambda _l, context: lost.append(str(context.get("exception"))))
    dialog = QDialog()
    QTimer.singleShot(100, dialog.reject)
    dialog.exec()
    print("lost" if any("Cannot enter into task" in text for text in lost) else "fine", flush=True)
    __import__("os")._exit(0)

application = QApplication([])
loop = qasync.QEventLoop(application)
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
"""


def test_a_modal_dialog_inside_a_coroutine_breaks_other_tasks_which_is_why_exec_is_banned() -> None:
    answer = subprocess.run([sys.executable, "-c", MODAL], capture_output=True, text=True, timeout=300, check=False)
    # Should a later qasync heal this, the ban in tests/architecture may be looked at again.
    assert "lost" in answer.stdout or "Cannot enter into task" in answer.stderr, answer

"""Async tests of the console: each `async def` test runs on a qasync loop of its own.

Why a fresh loop each: a task that outlives its test would run inside the next one. Whatever is still pending at the end
fails the test that started it, and so does an exception nobody looked at. Loaded only where Qt is installed.
"""

import asyncio
import inspect
from collections.abc import Generator
from typing import Any

import pytest
import qasync
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

PATIENCE_SECONDS = 600
"""A bound only, for a test that would wait for ever: several started processes on a machine that others use as well."""
for _wait in (QtBot.waitUntil, QtBot.waitSignal):
    assert _wait.__kwdefaults__ is not None
    _wait.__kwdefaults__["timeout"] = 60_000  # five seconds of pytest-qt's are a stall of a machine that others use, too
LOOP = pytest.StashKey[qasync.QEventLoop]()


@pytest.fixture
def qloop(qapp: QApplication, request: pytest.FixtureRequest) -> Generator[qasync.QEventLoop]:
    """A fresh event loop on the session's application; closing the last window does not end it."""
    quits = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    lost: list[str] = []

    def note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        lost.append(f"{context.get('message')}: {context.get('exception')!r}")

    loop.set_exception_handler(note)
    request.node.stash[LOOP] = loop
    yield loop
    left = [task for task in asyncio.all_tasks(loop) if not task.done()]
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    asyncio.set_event_loop(None)
    qapp.setQuitOnLastWindowClosed(quits)
    problems = [f"task still pending: {task.get_coro()!r}" for task in left] + lost
    assert not problems, "\n".join(problems)


@pytest.fixture(autouse=True)
def _loop_for_async_tests(request: pytest.FixtureRequest) -> None:
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("qloop")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test to its end on the loop its fixtures were made on."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    loop = pyfuncitem.stash[LOOP]
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await pyfuncitem.obj(**arguments)

    loop.run_until_complete(bounded())
    return True

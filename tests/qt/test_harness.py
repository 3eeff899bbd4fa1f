"""The rules that need Qt can fail: each is broken once on purpose, in a pytest of its own."""

from pathlib import Path

import pytest

from tests.harness.child import names, run

pytestmark = pytest.mark.qt

BAD_QT = """
import asyncio
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
kept = []

def test_leaves_a_timer(qapp):
    timer = QTimer()
    timer.start(10_000)
    kept.append(timer)

def test_leaves_a_window(qapp):
    kept.append(QWidget())

async def test_leaves_a_task():
    kept.append(asyncio.ensure_future(asyncio.Event().wait()))
    await asyncio.sleep(0)

async def test_loses_an_exception():
    def burst():
        raise ValueError("lost")
    asyncio.get_running_loop().call_soon(burst)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

async def test_fails_inside_a_coroutine():
    assert 1 == 2

async def test_is_good():
    await asyncio.sleep(0)
"""


def test_each_rule_of_qt_fails_the_test_that_breaks_it_and_no_other(tmp_path: Path) -> None:
    numbers, words = run(tmp_path, BAD_QT)
    assert names(numbers) == {
        "test_leaves_a_timer",
        "test_leaves_a_window",
        "test_leaves_a_task",
        "test_loses_an_exception",
        "test_fails_inside_a_coroutine",
    }, words

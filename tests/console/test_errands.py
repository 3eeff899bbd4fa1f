"""Deeds and questions end: whatever they end with, nothing stays marked and nobody waits for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from console import words
from console.errands import Errands
from console.state.app_state import AppState
from console.state.happenings import News
from console.state.ports import RefusedByCore
from console.state.store import Store
from console.tasks import Tasks
from tests.console import made


class Desk:
    """Errands over a state, and what ended their tasks."""

    def __init__(self) -> None:
        self.store = Store(AppState(now=made.NOW))
        self.failed: list[BaseException] = []
        self.all_done = asyncio.Event()
        self.errands = Errands(self.store, Tasks(self._report))

    def _report(self, error: BaseException) -> None:
        self.failed.append(error)
        self.all_done.set()


def run(work: Coroutine[Any, Any, None]) -> None:
    async def timely() -> None:
        async with asyncio.timeout(300):
            await work

    asyncio.run(timely())


def test_R_M2_a_deed_that_ends_as_nobody_expected_leaves_its_subject_free_and_is_reported() -> None:
    async def work() -> None:
        desk = Desk()

        async def deed() -> None:
            raise KeyError("nobody expected this")

        desk.errands.do("a_1", "approve", deed, shown=False)
        assert "a_1" in desk.store.state.pending
        await desk.all_done.wait()
        assert isinstance(desk.failed[0], KeyError)
        assert desk.store.state.pending == {}, "a card that stays sending could never be decided here again"

    run(work())


def test_a_second_press_does_nothing_and_a_refusal_frees_the_subject() -> None:
    async def work() -> None:
        desk, begun, go, over = Desk(), 0, asyncio.Event(), asyncio.Event()

        async def deed() -> None:
            nonlocal begun
            begun += 1
            await go.wait()
            raise RefusedByCore("moved", "Something newer happened.")

        for _ in range(2):
            desk.errands.do("a_1", "approve", deed, refused=over.set)
        go.set()
        await over.wait()
        assert (begun, dict(desk.store.state.pending)) == (1, {})
        assert desk.store.state.notices[-1].title == "Something newer happened."

    run(work())


def test_a_question_that_ends_as_nobody_expected_says_so_unless_a_newer_one_was_asked() -> None:
    async def work() -> None:
        desk, go = Desk(), asyncio.Event()

        async def question() -> News:
            await go.wait()
            raise KeyError("nobody expected this")

        async def newer() -> News:
            return News("level", "The newer answer")

        def problem(sentence: str) -> News:
            return News("problem", sentence)

        desk.errands.ask("level", question, problem)
        go.set()
        await desk.all_done.wait()
        assert [one.title for one in desk.store.state.notices] == [words.UNEXPECTED]
        desk.all_done.clear()
        go.clear()
        desk.errands.ask("level", question, problem)
        desk.errands.ask("level", newer, problem)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        go.set()
        await desk.all_done.wait()
        assert [one.title for one in desk.store.state.notices] == [words.UNEXPECTED, "The newer answer"]

    run(work())

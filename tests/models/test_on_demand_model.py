"""The client that is made when it is first asked: once, on another thread, within the deadline."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from agent_core.contract.events.effects import Usage
from agent_core.models.on_demand import OnDemandModel
from agent_core.models.port import ModelAnswer, ModelClient, ModelRequest

REQUEST = ModelRequest(purpose="triage", model="m", system="", tools=(), messages=(), output_schema=None, max_tokens=1)


class Known:
    """Answers at once, and remembers how it was asked."""

    def __init__(self) -> None:
        self.deadlines: list[float] = []
        self.closed = 0

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        self.deadlines.append(deadline_seconds)
        return ModelAnswer((), "end_turn", Usage(input_tokens=1, output_tokens=1), request.model)

    async def close(self) -> None:
        self.closed += 1


def making(known: Known, threads: list[int]) -> Callable[[], ModelClient]:
    def make() -> ModelClient:
        threads.append(threading.get_ident())
        return known

    return make


def test_two_first_questions_make_one_client_off_the_loop() -> None:
    async def play() -> None:
        known, threads = Known(), list[int]()
        model = OnDemandModel(making(known, threads))
        assert threads == []
        async with asyncio.TaskGroup() as group:
            group.create_task(model.answer(REQUEST, deadline_seconds=5))
            group.create_task(model.answer(REQUEST, deadline_seconds=5))
        await model.prepare()
        assert len(threads) == 1
        assert threads[0] != threading.get_ident()
        assert len(known.deadlines) == 2
        assert all(0 <= left < 5 for left in known.deadlines), "what the making took is part of the deadline"
        await model.close()
        assert known.closed == 1

    asyncio.run(play())


def test_what_was_never_asked_has_nothing_to_close() -> None:
    async def play() -> list[int]:
        threads: list[int] = []
        await OnDemandModel(making(Known(), threads)).close()
        return threads

    assert asyncio.run(play()) == []


def test_a_client_that_cannot_be_made_fails_each_question_and_is_tried_again() -> None:
    async def play() -> int:
        tries = 0

        def make() -> ModelClient:
            nonlocal tries
            tries += 1
            raise ImportError("gone")

        model = OnDemandModel(make)
        for _ in range(2):
            with pytest.raises(ImportError):
                await model.answer(REQUEST, deadline_seconds=5)
        await model.close()
        return tries

    assert asyncio.run(play()) == 2


def test_a_core_listens_without_the_libraries_of_vendors() -> None:
    """They take longer to load than all the rest of it."""
    words = "import sys, agent_core.cli.serve; print(*({'anthropic', 'mcp', 'mcp_types', 'httpx2'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == []

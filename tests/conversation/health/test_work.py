"""The work of a diagnosis and of a repair grows with a request and not with its square, however it is built (R-A10).

Counted in steps of the interpreter and not in time: the same on every machine.
"""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import Body
from tests.conversation.health.test_names import agent, call, done, request, text, user

SHAPES: dict[str, Callable[[int], Body]] = {
    "assistants in a row": lambda n: request(user("x"), *[agent(call(str(i))) for i in range(n)], user("y")),
    "results of one id before its calls": lambda n: request(*[user(done())] * n, *[agent(call()), user("?")] * n),
    "one id in one turn": lambda n: request(user("x"), agent(*[call()] * n), user(*[done()] * n)),
    "results in the wrong order": lambda n: request(
        user("x"), agent(*[call(str(i)) for i in range(n)]), user(*[done(str(n - i)) for i in range(n)])
    ),
    "empty texts": lambda n: request(user(text("x"), *[text("") for _ in range(n)])),
    "results of the assistant": lambda n: request(*[user("x"), agent(done(), text("ok"))] * n, user("z")),
    "lost writes": lambda n: request(*[m for i in range(n) for m in (user("x"), agent(call(str(i), "pay")))], user("z")),
    "users in a row": lambda n: request(*[user("x")] * n),
    "words of no type": lambda n: request(user(*[{"type": "input_text", "text": "x"}] * n)),
    "unknown roles": lambda n: request(user("x"), *[{"role": "tool", "content": "x"}] * n),
}


def steps(work: Callable[[], object]) -> int:
    """How many instructions of the interpreter a piece of work takes."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        del event, argument
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += 1
        return counted

    before = sys.gettrace()
    sys.settrace(counted)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_R_A10_twice_the_messages_are_twice_the_work(shape: Callable[[int], Body]) -> None:
    small, large = shape(40), shape(80)
    assert steps(lambda: diagnose(large)) < 2.2 * steps(lambda: diagnose(small))
    assert steps(lambda: repair(large)) < 2.2 * steps(lambda: repair(small))
    assert steps(lambda: repair(large, warnings=True)) < 2.4 * steps(lambda: repair(small, warnings=True))

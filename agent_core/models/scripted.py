"""A model whose answers are written down beforehand: for tests, rehearsals and the crash proof.

It fails on a request nobody expected and on an answer nobody asked for: a test that passes with either proves nothing. It
must never be reachable from configuration.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agent_core.contract.events.effects import Usage
from agent_core.contract.json_writing import json_text
from agent_core.models.failures import ModelFailure
from agent_core.models.port import Block, ModelAnswer, ModelRequest

Scripted = ModelAnswer | ModelFailure | Callable[[ModelRequest], ModelAnswer]
"""An answer, a failure, or a function that makes the answer from the request."""

_USAGE = Usage(input_tokens=100, output_tokens=20)


class ScriptBroken(AssertionError):
    """The script was not played as written."""


class ScriptedModel:
    """A `ModelClient` that plays a script in order.

    Attributes:
        requests: Every request so far.
    """

    def __init__(self, answers: Iterable[Scripted] = ()) -> None:
        self._left: list[Scripted] = list(answers)
        self.requests: list[ModelRequest] = []
        self.closed = False

    def add(self, *answers: Scripted) -> None:
        """Appends to the script."""
        self._left.extend(answers)

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        """Plays the next step; see `ModelClient`.

        Raises:
            ScriptBroken: Nothing is left.
            ModelFailure: The script says so.
        """
        assert deadline_seconds > 0
        request.request_bytes()
        self.requests.append(request)
        if not self._left:
            raise ScriptBroken(
                f"unexpected request {len(self.requests)}: {request.purpose}, {len(request.messages)} messages"
            )
        step = self._left.pop(0)
        if isinstance(step, ModelFailure):
            raise step
        return step if isinstance(step, ModelAnswer) else step(request)

    async def close(self) -> None:
        """Notes that it was closed."""
        self.closed = True

    def finish(self) -> None:
        """Checks that the whole script was played.

        Raises:
            ScriptBroken: Answers are left over.
        """
        if self._left:
            raise ScriptBroken(f"{len(self._left)} scripted answers were never asked for")


def say(text: str) -> ModelAnswer:
    """An answer of plain text."""
    return _answer([{"type": "text", "text": text}])


def say_json(value: Any) -> ModelAnswer:
    """An answer of structured output; takes a pydantic model or plain JSON."""
    dump = getattr(value, "model_dump", None)
    return say(json_text(dump(mode="json") if dump is not None else value))


def call_tools(*calls: tuple[str, str, Mapping[str, Any]]) -> ModelAnswer:
    """An answer of tool calls, each `(id, name, arguments)`."""
    return _answer([{"type": "tool_use", "id": i, "name": name, "input": dict(arguments)} for i, name, arguments in calls])


def _answer(blocks: list[Block]) -> ModelAnswer:
    stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    return ModelAnswer(tuple(blocks), stop, _USAGE, "scripted")

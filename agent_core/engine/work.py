"""What handling one step comes to: something to append, and perhaps an effect to perform once that is durable."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent_core.contract.ids import EffectId, RunId
from agent_core.engine.session import NOTHING, Pending


@dataclass(frozen=True, slots=True)
class Launch:
    """An effect to perform after its start is durable.

    `perform` returns what its end appends; nothing when nobody knows yet what became of it: then it stays open, and is
    settled like one that a crash left behind.
    """

    effect: EffectId
    perform: Callable[[], Awaitable[Pending | None]]


@dataclass(frozen=True, slots=True)
class Work:
    """The outcome of handling one step."""

    pending: Pending = NOTHING
    launches: tuple[Launch, ...] = ()
    planned: bool = False
    """Something was planned by the step itself: decide again."""
    outcome: Pending = NOTHING
    """What is true whatever else happens: appended without expectation."""
    hold: str | None = None
    """Not now: look at this proposal, or at this call by its `call_holder`, again a little later."""


def finish_key(stream: str, effect: EffectId) -> str:
    """Taken by the first end of an effect, so that a late one from a lost worker changes nothing."""
    return f"{stream}:{effect}:finish"  # keys of one conversation stand side by side, so a commit writes one page of them


def start_key(stream: str, effect: EffectId) -> str:
    """Taken by the start of an effect, so that two workers never start the same one."""
    return f"{stream}:{effect}:start"


def call_holder(stream: str, run: RunId, tool_use_id: str) -> str:
    """Who holds the intent of a write of the agent alone: the call itself. A proposal holds its own, by its id."""
    return f"{stream}/{run}/{tool_use_id}"

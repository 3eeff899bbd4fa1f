"""The port: how work is scheduled, and nothing about what it is.

A wake is a row, written by `Append.wake` in the transaction of the fact that caused it. An engine promises to look at every
woken conversation at least once after the wake was committed, and never twice at the same time. All correctness is in the
log and the fence, so an engine may be simple, and may look too often. Must never read an event.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent_core.contract.ids import StreamId
from agent_core.store import Priority


@dataclass(frozen=True, slots=True)
class Handled:
    """A look ended well. With `next_due`, the conversation is looked at again then, or earlier if it is woken.

    `ended`: the wake's row says so already, since the look's last append.
    """

    next_due: datetime | None = None
    priority: Priority = Priority.TIMER
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """A look as the wake table knows it: enough to end it in the transaction of its last append (`store.LookEnd`)."""

    owner: str
    generation: int


LOOK: ContextVar[Look | None] = ContextVar("look", default=None)
"""Set by an engine around `handle`, where a look may be ended by an append; a handler may leave it alone."""


Handle = Callable[[StreamId], Awaitable[Handled]]
"""Looks at one conversation until nothing is left to do now. May be cancelled at any await, and is then looked at again."""

Quarantine = Callable[[StreamId, Exception], Awaitable[None]]
"""Takes a conversation out of the agent's hands, in the log, because looking at it keeps failing (R-A9)."""

Nudge = Callable[[StreamId], None]
"""Something new was committed for a conversation that is being looked at now: read the log before going on (R-A3)."""


class Engine(Protocol):
    """Delivers wakes."""

    async def run(self, handle: Handle, *, quarantine: Quarantine, nudge: Nudge) -> None:
        """Works until `stop`, or until it is cancelled; either way nothing stays claimed.

        An exception of `handle` counts an attempt and backs off; after the last attempt `quarantine` is called.
        `Unavailable` is nobody's fault: it backs off and never quarantines.
        """
        ...

    async def stop(self) -> None:
        """Claims nothing more, gives what runs a moment to end, cancels the rest, and returns when all is given back."""
        ...

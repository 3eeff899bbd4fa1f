"""Tells the core where this person stands, so that colleagues see it; and nothing else (R-M9).

One saying at a time, the newest place only: who walks through a list quickly is told of where they stop. It must never
hold up anything: what cannot be said is said with the next move.
"""

import asyncio
from typing import Final, Protocol

from agent_core.contract.ids import SessionId
from agent_core.contract.presence import Looking
from console.state.app_state import AppState
from console.state.ports import ConsoleError
from console.state.selectors import looking
from console.state.store import Store
from console.tasks import Tasks

PAUSE_S: Final = 0.4
"""Who stays for so long looks at it."""


class Telling(Protocol):
    """The line, as far as this needs it."""

    async def look_at(self, place: Looking) -> None:
        """Say where this person stands. Raises a `ConsoleError`."""
        ...


class Standing:
    """Where one person stands.

    Args:
        store: The state.
        line: To the core.
        tasks: Where the saying is kept.
        pause: Seconds to wait before it is said.
    """

    def __init__(self, store: Store, line: Telling, tasks: Tasks, pause: float = PAUSE_S) -> None:
        self._store = store
        self._line = line
        self._tasks = tasks
        self._pause = pause
        self._said: tuple[SessionId | None, Looking] = (None, Looking())
        self._busy = False
        store.listen(self._heard)

    def _heard(self, _before: AppState, after: AppState) -> None:
        if not self._busy and self._wanted(after) is not None:
            self._busy = True
            self._tasks.start(self._say(), "presence")

    def _wanted(self, state: AppState) -> tuple[SessionId, Looking] | None:
        """What should be said now; None where it was said, or nobody is signed in to say it."""
        session = state.session
        if session is None or session.operator is None or state.connection.phase == "offline":
            return None
        now = (session.session, looking(state))
        return None if now == self._said else now

    async def _say(self) -> None:
        try:
            await asyncio.sleep(self._pause)
            while (wanted := self._wanted(self._store.state)) is not None:
                # Said or not: it is not tried in a circle, the next move says it anew.
                self._said = wanted
                try:
                    await self._line.look_at(wanted[1])
                except ConsoleError:
                    return
        finally:
            self._busy = False

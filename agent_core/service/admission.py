"""Whether a message may come in now: beyond its bounds the core says so, and the ticket stays with people (R-N6, R-A9).

Bounds stand per brand, so a brand that is flooded shuts no other brand's door. A refusal is 503 with the seconds after which
to try again; the channel keeps the message and shows it to its people meanwhile. However much waits, words in a conversation
that the core already has come in: they may change what was asked for. It must never wait itself.
"""

import contextlib
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass

from agent_core.contract.clock import Clock
from agent_core.contract.errors import Unavailable
from agent_core.contract.ids import BrandId
from agent_core.store import Store, wakes

_WORDS = "More is waiting here than can be worked on. Keep the message with your people, and send it again later."


class Overloaded(Unavailable):
    """Too much is waiting, or too many come at once."""

    def __init__(self, retry_after: int, detail: str) -> None:
        super().__init__("overloaded", _WORDS, detail=detail)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one brand may have waiting.

    Attributes:
        entering: Webhooks that are being taken in at the same time.
        waiting: Conversations that a customer waits in and nobody looks at yet; then no new one is taken. What comes at
            the same moment is not counted yet, so it may be passed by at most `entering`.
        retry_after: Seconds after which a refused message may be sent again.
    """

    entering: int = 64
    waiting: int = 1_000
    retry_after: int = 10


class Admission:
    """The bounds at one core's entrance."""

    def __init__(self, store: Store, clock: Clock, bounds: Bounds | None = None) -> None:
        self._store = store
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._entering: Counter[BrandId] = Counter()

    @contextlib.contextmanager
    def entering(self, brand: BrandId) -> Generator[None]:
        """One webhook is being taken in, for as long as the block lasts.

        Raises:
            Overloaded: There are too many.
        """
        if self._entering[brand] >= self._bounds.entering:
            raise Overloaded(1, f"{self._entering[brand]} webhooks are being taken in")
        self._entering[brand] += 1
        try:
            yield
        finally:
            self._entering[brand] -= 1

    async def new_conversation(self, brand: BrandId) -> None:
        """A conversation is about to begin.

        Raises:
            Overloaded: So many wait already that this one would wait unseen.
        """
        most, now_us = self._bounds.waiting, wakes.microseconds(self._clock())
        waiting = await self._store.read(lambda tx: wakes.waiting(tx.connection, brand, now_us, most), brief=True)
        if waiting >= most:
            raise Overloaded(self._bounds.retry_after, f"{waiting} conversations wait")

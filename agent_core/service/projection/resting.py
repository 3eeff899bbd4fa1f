"""When the page of a long conversation is kept: once, after it has come to rest, and from the very page that was shown.

A page is dear to make and dear to write. One that was just made from its log waits here; who opens the conversation again,
or sees it go on, puts a newer one in its place. One that was shown as it had been kept is made anew from the log at once:
that is its proof. It must never hold more than a few pages, and never keep one whose log went on.
"""

import time
from dataclasses import dataclass
from typing import Final

from agent_core.contract.ids import StreamId

REST_S: Final = 5.0
"""Nobody was shown anything newer for so long."""
QUIET_S: Final = 60.0
"""Nothing happened in a long conversation that nobody opened: its page is made before somebody does."""
MOST: Final = 8
"""Pages that wait to be kept; a page of 2,000 messages is a megabyte."""


@dataclass(frozen=True, slots=True)
class Made:
    """A page as it was shown.

    Attributes:
        of: What it was made of (`pages.made_of`).
        head: The hash at the head of its log.
        page: Its JSON.
    """

    of: str
    head: str
    page: str


class Resting:
    """Pages that are to be kept, each once, and since when they may be."""

    def __init__(self) -> None:
        self._due: dict[StreamId, tuple[float, Made | None]] = {}

    def want(self, conversation: StreamId) -> None:
        """Have a page made from its log as soon as there is time."""
        self._due[conversation] = (time.monotonic(), None)

    def went_on(self, conversation: StreamId, head: str) -> None:
        """Have a page made once nothing more happens, unless what was shown stands where the log does."""
        known = self._due.get(conversation)
        if known is None or known[1] is None or known[1].head != head:
            self._due[conversation] = (time.monotonic() + QUIET_S, None)

    def made(self, conversation: StreamId, made: Made) -> None:
        """A page was made from its log: it is kept once it rests."""
        self._due.pop(conversation, None)
        self._due[conversation] = (time.monotonic() + REST_S, made)
        waiting = [name for name, (_, one) in self._due.items() if one is not None]
        for name in waiting[:-MOST]:
            self._due[name] = (time.monotonic(), self._due[name][1])

    def next(self, *, all_of_them: bool = False) -> tuple[StreamId, Made | None] | None:
        """Take one that may be kept now; with `all_of_them`, whether it rests or not."""
        now = time.monotonic()
        for name, (due, made) in self._due.items():
            if due <= now or all_of_them:
                del self._due[name]
                return name, made
        return None

    def seconds(self) -> float | None:
        """How long until one may be kept; none where nothing waits."""
        due = min((due for due, _ in self._due.values()), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

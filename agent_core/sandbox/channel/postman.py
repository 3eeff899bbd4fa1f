"""Carries events to the core: signed, retried with back-off until the core says 2xx, and on demand twice, late or backwards.

Why it exists: real channels retry, race and reorder (R-A6), and none of them does so when a test asks. It must never give an
event up, and never have two attempts of one conversation under way at once unless a race was asked for.
"""

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass
from typing import Any

import httpx

from agent_core.sandbox.channel.ledger import WITH_PEOPLE, ChannelLedger, Letter
from agent_core.sandbox.channel.webhooks import webhook_headers
from agent_core.sandbox.clock import Clock, system_clock
from agent_core.sandbox.local_http import local_client

ATTEMPTS_AT_ONCE = 16


@dataclass(frozen=True)
class Backoff:
    """How long to wait after a failed attempt, in seconds: ``first`` doubled each time, ``longest`` at most."""

    first: float = 0.25
    longest: float = 30.0

    def after(self, attempts: int) -> float:
        """Answers the wait after ``attempts`` failures, 1 for the first."""
        return min(self.longest, self.first * 2 ** min(attempts - 1, 30))


@dataclass
class Mishaps:
    """What is to happen to the next ``times`` events.

    Attributes:
        times: How many events are still meant.
        duplicates: Extra copies of each.
        racing: Copies are posted at the same moment instead of one after another.
        delay_seconds: How long each is kept back.
        backwards: The events are kept back until all ``times`` are there (or ``delay_seconds`` are over), then delivered in
            reverse order.
    """

    times: int = 0
    duplicates: int = 0
    racing: bool = False
    delay_seconds: float = 0.0
    backwards: bool = False


class Postman:
    """Delivers the ledger's events while :meth:`run` runs."""

    def __init__(
        self,
        ledger: ChannelLedger,
        *,
        secret: str,
        core_url: str | None,
        backoff: Backoff,
        clock: Clock = system_clock,
    ) -> None:
        self._ledger = ledger
        self._secret = secret
        self._core_url = core_url
        self._backoff = backoff
        self._clock = clock
        self._mishaps = Mishaps()
        self._kept: list[str] = []
        self._busy: set[str] = set()
        self._changed = asyncio.Event()

    @property
    def core_url(self) -> str | None:
        """Where events go, or None while no core is known."""
        return self._core_url

    def point_at(self, core_url: str | None) -> None:
        """Sends events to another core from now on; everything that waits is due at once."""
        self._core_url = core_url
        self._ledger.release()
        self._changed.set()

    def arm(self, mishaps: Mishaps) -> None:
        """Makes something go wrong with the next events; replaces what was armed before."""
        self._mishaps = mishaps
        self._kept.clear()

    def post(self, event: dict[str, Any], path: str, about: str | None = None) -> None:
        """Takes an event to deliver; those about the same thing go one after another."""
        mishaps = self._mishaps
        if mishaps.times < 1:
            self._ledger.post(event, path, about=about)
        else:
            mishaps.times -= 1
            self._ledger.post(
                event,
                path,
                about=about,
                delay_seconds=mishaps.delay_seconds,
                copies=1 + mishaps.duplicates,
                racing=mishaps.racing,
            )
            if mishaps.backwards:
                self._kept.append(event["id"])
                if mishaps.times == 0:
                    self._ledger.release(self._kept, backwards=True)
                    self._kept.clear()
        self._changed.set()

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with (
            local_client(timeout=10.0, follow_redirects=False) as client,
            asyncio.TaskGroup() as group,
        ):
            while True:
                self._changed.clear()
                try:
                    if self._core_url is not None:
                        self._start_due(group, client)
                    await self._wait()
                except sqlite3.Error:  # its disk is full, or locked: what is due stays due
                    await asyncio.sleep(self._backoff.first)

    def _start_due(self, group: asyncio.TaskGroup, client: httpx.AsyncClient) -> None:
        for letter in self._ledger.due(frozenset(self._busy), ATTEMPTS_AT_ONCE - len(self._busy)):
            self._busy.add(letter.conversation_id)
            group.create_task(self._attempt(client, letter), name=f"webhook {letter.id}")

    async def _wait(self) -> None:
        seconds = self._ledger.seconds_until_due(frozenset(self._busy)) if self._core_url is not None else None
        if seconds is not None and len(self._busy) >= ATTEMPTS_AT_ONCE:
            seconds = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _attempt(self, client: httpx.AsyncClient, letter: Letter) -> None:
        copies = max(1, letter.copies) if letter.racing else 1
        try:
            async with asyncio.TaskGroup() as race:
                posts = [race.create_task(self._post(client, letter)) for _ in range(copies)]
            results = [post.result() for post in posts]
            refused = [result for result in results if not result.ok]
            if refused:
                wait = max(self._backoff.after(letter.attempts + 1), *(each.asks_to_wait for each in refused))
                self._ledger.failed(letter.id, refused[0].words, min(wait, self._backoff.longest))
            else:
                self._ledger.taken(letter.id, results[-1].words, copies)
        except sqlite3.Error:  # it cannot be written down: the event is delivered again, as channels do
            await asyncio.sleep(self._backoff.first)
        finally:
            self._busy.discard(letter.conversation_id)
            self._changed.set()

    async def _post(self, client: httpx.AsyncClient, letter: Letter) -> "Answered":
        timestamp = int(self._clock().timestamp())
        headers = webhook_headers(self._secret, letter.id, timestamp, letter.body)
        try:
            answer = await client.post(f"{self._core_url}{letter.path}", content=letter.body, headers=headers)
        except httpx.HTTPError as error:
            return Answered(False, type(error).__name__)
        words = f"{answer.status_code} {WITH_PEOPLE}" if _with_people(answer) else str(answer.status_code)
        wait = answer.headers.get("retry-after", "")
        return Answered(answer.is_success, words, float(wait) if wait.isascii() and wait.isdigit() else 0.0)


@dataclass(frozen=True)
class Answered:
    """What the core said to one attempt."""

    ok: bool
    words: str
    asks_to_wait: float = 0.0


def _with_people(answer: httpx.Response) -> bool:
    """Whether the core took it and says that its agent does nothing about it now."""
    try:
        said: Any = answer.json()
    except ValueError:
        return False
    return answer.is_success and isinstance(said, dict) and bool(said.get("with_people"))  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType] - any JSON

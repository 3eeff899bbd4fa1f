"""Plays planned customers against a channel: they write, wait, read the replies, answer, and lose patience.

Why it exists: the demo and the simulations need conversations that arrive by themselves and react (R-I5). It must never
reach the core directly; everything goes through the channel's HTTP surface, as a browser's chat window would.
"""

import asyncio
import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from agent_core.sandbox.customers.mails import compose
from agent_core.sandbox.customers.plan import ConversationScript, Line
from agent_core.sandbox.customers.reactions import Memory, react
from agent_core.sandbox.errors import SandboxError
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.shop.people import KnownPerson

MOST_OPEN = 200
_LONGEST_POLL_SECONDS = 25.0
_TRIES = 5
_FOLLOW_UP_PATIENCE = 4.0
_LINGER_SECONDS = 60.0


class ChannelUnreachable(SandboxError):
    """The channel or the shop does not answer as it should."""

    code = "channel_unreachable"


@dataclass(frozen=True)
class Pace:
    """How fast the crowd lives: ``speed`` 1 is real time, 60 a minute per second."""

    speed: float = 1.0

    def real(self, seconds: float) -> float:
        """Answers how long ``seconds`` of a customer's life take here."""
        return seconds / self.speed

    async def pause(self, seconds: float) -> None:
        """Lets ``seconds`` of a customer's life pass."""
        await asyncio.sleep(self.real(seconds))


@dataclass
class CrowdReport:
    """What the crowd has seen so far; counts of conversations, except ``written`` and ``read``, which count messages."""

    opened: int = 0
    written: int = 0
    read: int = 0
    satisfied: int = 0
    handed_over: int = 0
    left_open: int = 0
    unanswered: int = 0
    failed: int = 0


class CustomerCrowd:
    """The customers at work.

    Attributes:
        report: Counts, live while :meth:`run` runs.
    """

    def __init__(
        self, plan: Iterable[ConversationScript], *, channel_url: str, channel_token: str, pace: Pace | None = None
    ) -> None:
        """Prepares a crowd.

        Args:
            plan: The scripts, finite or endless, in the order they begin.
            channel_url: Base URL of the channel.
            channel_token: Its bearer token.
            pace: How fast they live.
        """
        self._plan = plan
        self._url = channel_url
        self._headers = {"Authorization": f"Bearer {channel_token}"}
        self._pace = pace or Pace()
        self.report = CrowdReport()

    async def run(self) -> CrowdReport:
        """Plays all scripts and answers what came of them; endless plans run until cancelled.

        Raises:
            ChannelUnreachable: The channel refuses the token. One that is merely down is tried again, then counted as
                failed.
        """
        room = asyncio.Semaphore(MOST_OPEN)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=MOST_OPEN)
        try:
            async with (
                local_client(base_url=self._url, headers=self._headers, limits=limits, timeout=60) as client,
                asyncio.TaskGroup() as group,
            ):
                for script in self._plan:
                    await self._pace.pause(script.starts_after_seconds)
                    await room.acquire()
                    playing = group.create_task(self._play(client, script), name=f"customer {script.id}")
                    playing.add_done_callback(lambda _done: room.release())
        except BaseExceptionGroup as group_error:
            unreachable = group_error.subgroup(ChannelUnreachable)
            if unreachable is None:
                raise
            raise ChannelUnreachable("The channel refuses the crowd. Check its token.") from None
        return self.report

    async def _play(self, client: httpx.AsyncClient, script: ConversationScript) -> None:
        conversation = _Conversation(client, script, self._pace, self.report)
        self.report.opened += 1
        try:
            memory = await conversation.play()
        except (httpx.HTTPError, _Refused):
            self.report.failed += 1
            return
        if not memory.replied_to:
            self.report.unanswered += 1
        elif memory.mood == "satisfied":
            self.report.satisfied += 1
        elif memory.mood == "handed_over":
            self.report.handed_over += 1
        else:
            self.report.left_open += 1


class _Refused(Exception):
    """The channel refused one message for good."""


class _Conversation:
    def __init__(self, client: httpx.AsyncClient, script: ConversationScript, pace: Pace, report: CrowdReport) -> None:
        self._client = client
        self._script = script
        self._pace = pace
        self._report = report
        self._seen = 0
        self._mails = 0
        self._last_reply: str | None = None

    async def play(self) -> Memory:
        script = self._script
        for line in script.opening:
            await self._write(line)
        memory, chased = Memory(), False
        patience = script.patience_seconds
        while True:
            replies = await self._replies(patience)
            if not replies:
                if chased or memory.mood != "open":
                    return memory
                chased = True
                await self._write(script.answers["chase"])
                patience = script.patience_seconds * _FOLLOW_UP_PATIENCE
                continue
            # Several replies at once are read together, and answered once, like a person would.
            line: Line | None = None
            for reply in replies:
                self._report.read += 1
                self._last_reply = reply["text"]
                memory, answer = react(script, memory, reply["text"])
                line = answer or line
            if line is not None:
                await self._write(line)
            if memory.mood != "open":
                patience = min(patience, _LINGER_SECONDS)

    async def _write(self, line: Line) -> None:
        script = self._script
        await self._pace.pause(line.pause_seconds)
        body: dict[str, Any] = {
            "conversation": script.id,
            "channel": script.channel,
            "customer": {
                "id": script.person.id,
                "name": script.person.name,
                "email": script.person.email,
                "authenticated": script.authenticated,
            },
            "text": line.text,
        }
        if script.subject is not None:
            body["subject"] = script.subject
        if script.channel == "email":
            self._mails += 1
            mail = compose(script, line.text, number=self._mails, last_reply=self._last_reply)
            body["raw"] = base64.b64encode(mail).decode("ascii")
        answer = await self._ask("POST", "/_sandbox/messages", body)
        if answer.status_code != 202:
            raise _Refused(answer.text[:200])
        self._report.written += 1

    async def _replies(self, patience: float) -> list[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._pace.real(patience)
        while True:
            left = max(0.0, until - loop.time())
            wait = min(_LONGEST_POLL_SECONDS, left)
            path = f"/v1/conversations/{self._script.id}/messages?after={self._seen}&wait={wait:.3f}"
            answer = await self._ask("GET", path, None)
            if answer.is_success:
                messages: list[dict[str, Any]] = answer.json()["messages"]
                self._seen = max([self._seen, *(message["seq"] for message in messages)])
                replies = [message for message in messages if message["by"] != "customer"]
                if replies:
                    return replies
            else:
                await self._pace.pause(1)
            if loop.time() >= until:
                return []

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        for attempt in range(1, _TRIES + 1):
            try:
                answer = await self._client.request(method, path, json=body)
            except httpx.ConnectError:
                # Only a connection that never came about is tried again: a message must not be written twice.
                if attempt == _TRIES:
                    raise
                await self._pace.pause(2.0**attempt)
                continue
            if answer.status_code == 401:
                raise ChannelUnreachable("The channel refuses the crowd. Check its token.")
            return answer
        raise AssertionError("the last attempt returns or raises")


async def people_of(shop_url: str, shop_token: str) -> list[KnownPerson]:
    """Asks a running shop for its customers.

    Raises:
        ChannelUnreachable: The shop is down or refuses the token.
    """
    try:
        async with local_client(timeout=30) as client:
            answer = await client.get(
                f"{shop_url.rstrip('/')}/_sandbox/people", headers={"Authorization": f"Bearer {shop_token}"}
            )
            answer.raise_for_status()
            return [KnownPerson.from_json(person) for person in answer.json()["people"]]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ChannelUnreachable("The shop does not answer. Check its URL and token.", type(error).__name__) from None

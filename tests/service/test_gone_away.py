"""Whoever asks may go away in the middle: nothing broke, and nobody is called to look at it (R-A9)."""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from agent_core.service.doorway import Doorway


def test_R_A9_a_client_that_goes_away_is_no_error_of_the_core() -> None:
    sent: list[Message] = []

    async def gone(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ClientDisconnect

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/v1/core", "headers": [(b"host", b"127.0.0.1:1")]}
    asyncio.run(Doorway(gone)(scope, receive, send))
    assert not sent  # and what is logged unexpectedly fails a test

"""What took a while is answered only to who still may have it (R-C1, R-C7).

A turn that is run again, an export or a search may take minutes. Meanwhile a key may be revoked, or its owner see other
brands: then the answer is none of theirs. Pure ASGI, inside the doorway. It must never hold back what came of a command:
that was done, and whoever gave it must not take it for undone.
"""

import time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_core.contract.errors import ErrorAnswer, ErrorBody
from agent_core.service.doorway import request_id
from agent_core.service.sessions import Desk, NotSignedIn, Seat

A_WHILE_S: Final = 0.5
"""Before that, nobody could tell which of the two came first."""

_SEAT: Final = "countersign.seat"
_DONE: Final = ("/v1/commands", "/repair")


def seated(scope: Scope, seat: Seat) -> None:
    """Notes whose request it is, and since when."""
    scope[_SEAT] = (seat, time.monotonic())


class StillSeated:
    """The application, asked again who is asking when it took its time.

    Args:
        app: The application.
        desk: Whose sessions count.
        a_while: Seconds an answer may take before its session is looked at again.
    """

    def __init__(self, app: ASGIApp, desk: Desk, *, a_while: float = A_WHILE_S) -> None:
        self._app = app
        self._desk = desk
        self._a_while = a_while

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "DELETE" or str(scope["path"]).endswith(_DONE):
            await self._app(scope, receive, send)
            return
        ended = False

        async def asked_again(message: Message) -> None:
            nonlocal ended
            if ended:
                return
            if message["type"] == "http.response.start" and message["status"] < 400:
                refused = await self._ended(scope)
                if refused is not None:
                    ended = True
                    await _answer(scope, send, refused)
                    return
            await send(message)

        await self._app(scope, receive, asked_again)

    async def _ended(self, scope: Scope) -> NotSignedIn | None:
        known: tuple[Seat, float] | None = scope.get(_SEAT)
        if known is None or time.monotonic() - known[1] < self._a_while:
            return None
        try:
            still = await self._desk.still(known[0])
        except NotSignedIn as ended:
            return ended
        less = still.operator is None and still.open_to != known[0].open_to
        return NotSignedIn("session_ended", "This session has ended. Sign in again.") if less else None


async def _answer(scope: Scope, send: Send, refused: NotSignedIn) -> None:
    body = ErrorAnswer(error=ErrorBody(code=refused.code, message=refused.message, request_id=request_id(scope)))
    content = body.model_dump_json().encode()
    headers: list[Any] = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

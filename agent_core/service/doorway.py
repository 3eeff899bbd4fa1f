"""What every request passes before anything reads it: whose host it names, whether a browser sends it, how large it is.

A core on loopback is reachable from every page in a browser of the same machine; the `Host` check and the refusal of
`Origin` keep those out (no CORS). It must never read a body, only count it.
"""

import json
import secrets
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

MOST_BODY: Final = 256 * 1024
"""Bytes of a command; webhooks have a bound of their own."""

_HERE: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_KEY: Final = "countersign.request_id"
_INBOUND: Final = "/v1/inbound/"


def request_id(scope: Scope) -> str:
    """The name of a request, in answers and logs."""
    return str(scope.get(_KEY, ""))


class _TooLarge(Exception):
    pass


class Doorway:
    """Pure ASGI, so that a body is bounded while it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = f"q_{secrets.token_hex(8)}"
        scope[_KEY] = name
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        refusal = _refusal(headers)
        if refusal is not None:
            await _answer(send, name, *refusal)
            return
        begun = False

        async def named(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", name.encode()), *_ALWAYS]
            await send(message)

        counted = receive if str(scope["path"]).startswith(_INBOUND) else _counted(receive, headers)
        try:
            await self._app(scope, counted, named)
        except _TooLarge:
            if not begun:
                await _answer(send, name, 413, "too_large", f"A request has at most {MOST_BODY} bytes.")
        except Exception as error:
            log.error("request_broke", request=name, path=scope["path"], exc_info=error)  # noqa: TRY400 - structured
            if not begun:
                await _answer(send, name, 500, "internal_error", "Something went wrong on our side.")


_ALWAYS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def _refusal(headers: dict[str, str]) -> tuple[int, str, str] | None:
    host = headers.get("host", "")
    bare = host if host.endswith("]") else host.rpartition(":")[0] or host
    if bare.lower() not in _HERE:
        return 403, "wrong_host", "This core is reached under this machine's own name only."
    if "origin" in headers:
        return 403, "no_browsers", "This core does not answer web pages."
    return None


def _counted(receive: Receive, headers: dict[str, str]) -> Receive:
    announced = headers.get("content-length", "")
    seen = int(announced[:12]) if announced.isascii() and announced.isdigit() else 0
    over = seen > MOST_BODY
    read = 0

    async def counted() -> Message:
        nonlocal read
        if over:
            raise _TooLarge
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BODY:
            raise _TooLarge
        return message

    return counted


async def _answer(send: Send, name: str, status: int, code: str, message: str) -> None:
    value: dict[str, Any] = {"ok": False, "error": {"code": code, "message": message, "request_id": name}}
    body = json.dumps(value).encode()
    headers = [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close"),
        (b"x-request-id", name.encode()), *_ALWAYS,
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

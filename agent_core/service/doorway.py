"""What every request passes before anything reads it: whose host it names, whether a browser sends it, how large it is.

A core on loopback is reachable from every page in a browser of the same machine; the `Host` check and the refusal of
`Origin` keep those out (no CORS). It must never read a body, only count it.
"""

import asyncio
import json
import secrets
from typing import Any, Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

MOST_BODY: Final = 256 * 1024
"""Bytes of a command; webhooks have a bound of their own."""
MOST_FILE_BODY: Final = 8 * 1024 * 1024 + 64 * 1024
"""Bytes of a request that brings a file to be looked at."""

_MOST_DRAINED: Final = 32 * 1024 * 1024
_DRAIN_SECONDS: Final = 2.0
_HERE: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_KEY: Final = "countersign.request_id"
_WEBHOOKS: Final = ("/v1/inbound/", "/v1/callbacks/")
_FILES: Final = "/v1/diagnose"


def request_id(scope: Scope) -> str:
    """The name of a request, in answers and logs."""
    return str(scope.get(_KEY, ""))


class _TooLarge(Exception):
    """The body is above the bound."""


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
        path = str(scope["path"])
        bound = None if path.startswith(_WEBHOOKS) else MOST_FILE_BODY if path == _FILES else MOST_BODY
        refusal = _refusal(headers, bound)
        if refusal is not None:
            await _answer(send, receive, name, *refusal)
            return
        begun = over = whole = False
        read = 0

        async def counted() -> Message:
            nonlocal over, read, whole
            message = await receive()
            read += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if bound is not None and read > bound:
                over = True
                raise _TooLarge
            return message

        async def named(message: Message) -> None:
            nonlocal begun
            if over and not begun:
                return  # whatever the application makes of a body that was cut off
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", name.encode()), *_ALWAYS]
            elif not (whole or message.get("more_body", False)):
                await send({**message, "more_body": True})
                await _drain(receive)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        try:
            await self._app(scope, counted, named)
        except _TooLarge:
            pass
        except ClientDisconnect:
            return  # whoever asked went away before all was said: nothing broke, and nobody is there to answer
        except Exception as error:
            log.error("request_broke", request=name, path=scope["path"], exc_info=error)  # noqa: TRY400 - structured
            if not begun:
                await _answer(send, receive, name, 500, "internal_error", "Something went wrong on our side.")
                return
        if over and not begun:
            await _answer(send, receive, name, *_too_large(bound))


_ALWAYS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def _too_large(bound: int | None) -> tuple[int, str, str]:
    return 413, "too_large", f"A request has at most {bound} bytes."


def _refusal(headers: dict[str, str], bound: int | None) -> tuple[int, str, str] | None:
    host = headers.get("host", "")
    bare = host if host.endswith("]") else host.rpartition(":")[0] or host
    if bare.lower() not in _HERE:
        return 403, "wrong_host", "This core is reached under this machine's own name only."
    if "origin" in headers:
        return 403, "no_browsers", "This core does not answer web pages."
    announced = headers.get("content-length", "")
    if bound is not None and announced.isascii() and announced.isdigit() and int(announced[:12]) > bound:
        return _too_large(bound)
    return None


async def _answer(send: Send, receive: Receive, name: str, status: int, code: str, message: str) -> None:
    value: dict[str, Any] = {"ok": False, "error": {"code": code, "message": message, "request_id": name}}
    body = json.dumps(value).encode()
    headers = [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close"),
        (b"x-request-id", name.encode()), *_ALWAYS,
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await _drain(receive)
    await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive) -> None:
    """Throws away what still comes, up to a bound: a connection cut while it sends would never read our answer."""
    left = _MOST_DRAINED
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b"")) + 1
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return

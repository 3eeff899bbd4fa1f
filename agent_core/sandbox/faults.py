"""Faults on demand in front of a stand-in: what a network and a tired vendor do, played when a test or a demo asks.

Why it exists: losing an answer *after* the write is the case that pays twice (R-A7, R-C6), and no vendor plays it for us.
It must never touch the stand-in's data itself, never fire on ``/_sandbox`` paths, and never record a credential.

Kinds:

=============  ======================================================================================================
status         answers ``status`` with the error shape; nothing is performed
timeout        performs nothing, keeps silent for ``seconds``, then cuts the connection
drop_before    cuts the connection before anything is performed
drop_after     performs the request completely, then cuts the connection: the outcome is unknown to the client
slow           waits ``seconds``, then performs and answers
malformed      performs the request, then answers 200 with half of a JSON document: the outcome is unknown too
late           performs the request at once, and answers it ``seconds`` later
twice          the network delivers the request twice: it is performed both times, and answered the second time
cut            performs the request, then cuts the connection in the middle of the answer
empty          performs the request, then answers 200 with nothing
wrong_schema   performs the request, then answers 200 with a JSON object that says nothing of what was asked
over_long      performs the request, then answers 200 with more than anybody should read
=============  ======================================================================================================
"""

import asyncio
import contextlib
import fnmatch
from collections import deque
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_core.sandbox.clock import Clock, iso, system_clock
from agent_core.sandbox.serving import ABORT
from agent_core.sandbox.wire import Refusal, error_answer, int_field, json_answer, number_field, read_json, text_field

FaultKind = Literal[
    "status", "timeout", "drop_before", "drop_after", "slow", "malformed", "late", "twice", "cut", "empty", "wrong_schema",
    "over_long",
]  # fmt: skip
_KINDS = cast("tuple[FaultKind, ...]", get_args(FaultKind))

KEPT_REQUESTS = 1_000
KEPT_BODY_BYTES = 16_384
_DEFAULT_SECONDS: dict[str, float] = {"timeout": 30.0, "slow": 2.0, "late": 2.0}
_OVER_LONG_BYTES = 3_000_000
_CODES = {408: "timeout", 429: "rate_limited", 500: "internal_error", 502: "bad_gateway", 503: "unavailable"}


@dataclass(frozen=True)
class Fault:
    """A fault that waits for its request.

    Attributes:
        match: ``METHOD /path`` with ``*`` for anything, for example ``POST /v1/payments/*``.
        kind: What happens.
        status: HTTP status for the kind ``status``.
        times: How often it still fires.
        after: How many matching requests pass first.
        seconds: Duration for ``timeout``, ``slow`` and ``late``.
    """

    match: str
    kind: FaultKind
    status: int = 503
    times: int = 1
    after: int = 0
    seconds: float = 0.0

    def meets(self, method: str, path: str) -> bool:
        """Tells whether the fault is meant for this request."""
        wanted_method, _, wanted_path = self.match.partition(" ")
        return fnmatch.fnmatchcase(method, wanted_method) and fnmatch.fnmatchcase(path, wanted_path)

    def view(self) -> dict[str, Any]:
        """Shows the fault as the control surface does."""
        return {
            "match": self.match,
            "kind": self.kind,
            "status": self.status,
            "times": self.times,
            "after": self.after,
            "seconds": self.seconds,
        }


class FaultBook:
    """The faults still to come and the requests seen so far. Used from one event loop only."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._faults: list[Fault] = []
        self._clock = clock
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)

    def add(self, fault: Fault) -> None:
        """Arms a fault behind those already armed."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Disarms every fault."""
        self._faults.clear()

    def armed(self) -> list[Fault]:
        """Lists the faults that can still fire."""
        return list(self._faults)

    def take(self, method: str, path: str) -> Fault | None:
        """Takes the fault for this request, counting it down; the first armed fault that matches wins."""
        for place, fault in enumerate(self._faults):
            if not fault.meets(method, path):
                continue
            if fault.after > 0:
                self._faults[place] = replace(fault, after=fault.after - 1)
                return None
            if fault.times <= 1:
                del self._faults[place]
            else:
                self._faults[place] = replace(fault, times=fault.times - 1)
            return fault
        return None

    def note(self, scope: Scope) -> dict[str, Any]:
        """Opens the record of a request; credentials are left out."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        entry: dict[str, Any] = {
            "at": iso(self._clock()),
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("latin-1"),
            "idempotency_key": next((v.decode("latin-1") for k, v in headers if k == b"idempotency-key"), None),
            "body": "",
            "status": None,
            "fault": None,
        }
        self.requests.append(entry)
        return entry

    def routes(self) -> list[Route]:
        """The control surface: ``/_sandbox/faults`` (GET, POST, DELETE) and ``/_sandbox/requests`` (GET, DELETE)."""
        return [
            Route("/_sandbox/faults", self._show_faults, methods=["GET"]),
            Route("/_sandbox/faults", self._arm, methods=["POST"]),
            Route("/_sandbox/faults", self._disarm, methods=["DELETE"]),
            Route("/_sandbox/requests", self._show_requests, methods=["GET"]),
            Route("/_sandbox/requests", self._forget_requests, methods=["DELETE"]),
        ]

    async def _show_faults(self, _request: Request) -> Response:
        return json_answer({"faults": [fault.view() for fault in self._faults]})

    async def _arm(self, request: Request) -> Response:
        fault = parse_fault(await read_json(request))
        self.add(fault)
        return json_answer({"fault": fault.view()}, 201)

    async def _disarm(self, _request: Request) -> Response:
        self.clear()
        return json_answer({"faults": []})

    async def _show_requests(self, _request: Request) -> Response:
        return json_answer({"requests": list(self.requests)})

    async def _forget_requests(self, _request: Request) -> Response:
        self.requests.clear()
        return json_answer({"requests": []})


def parse_fault(body: dict[str, Any]) -> Fault:
    """Reads a fault from the control surface's JSON.

    Raises:
        Refusal: 422 naming the field that is wrong.
    """
    kind: FaultKind | None = next((known for known in _KINDS if known == body.get("kind")), None)
    if kind is None:
        raise Refusal(422, "invalid_field", f"kind must be one of {', '.join(_KINDS)}.")
    match = text_field(body, "match", default="* *", limit=300)
    if " /" not in match and not match.endswith(" *"):
        raise Refusal(422, "invalid_field", "match must read like 'POST /v1/payments/*'.")
    status = int_field(body, "status", default=503)
    if not 400 <= status <= 599:
        raise Refusal(422, "invalid_field", "status must be between 400 and 599.")
    times = int_field(body, "times", default=1)
    after = int_field(body, "after", default=0)
    if times < 1 or after < 0:
        raise Refusal(422, "invalid_field", "times must be at least 1 and after at least 0.")
    seconds = number_field(body, "seconds", default=_DEFAULT_SECONDS.get(kind, 0.0))
    return Fault(match=match, kind=kind, status=status, times=times, after=after, seconds=seconds)


class FaultGate:
    """The outermost layer of a stand-in: records each request and plays the fault armed for it."""

    def __init__(self, app: ASGIApp, book: FaultBook) -> None:
        self._app = app
        self._book = book

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        entry = self._book.note(scope)
        fault = self._book.take(scope["method"], scope["path"])
        entry["fault"] = None if fault is None else fault.kind
        told = _told(receive, entry)
        noted = _noted(send, entry)
        if fault is None:
            await self._app(scope, told, noted)
        elif fault.kind == "status":
            code = _CODES.get(fault.status, "injected_fault")
            answer = error_answer(fault.status, code, "The stand-in was asked to fail here.")
            if fault.status in {429, 503}:
                answer.headers["retry-after"] = str(max(0, round(fault.seconds)))
            await answer(scope, told, noted)
        elif fault.kind == "slow":
            body = await _stays(receive, entry, fault.seconds)
            if body is not None:
                await self._app(scope, _replayed(body, receive), noted)
        elif fault.kind == "timeout":
            await _stays(receive, entry, fault.seconds)
            await cut(scope, receive)
        elif fault.kind == "drop_before":
            await cut(scope, receive)
        elif fault.kind == "drop_after":
            await self._app(scope, told, _noted(_swallow, entry))
            await cut(scope, receive)
        else:
            body = await _stays(receive, entry, 0.0, waits=False)
            if body is not None:
                await self._spoil(fault, scope, body, receive, noted)

    async def _spoil(self, fault: Fault, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Performs the request, and spoils its answer."""
        status, answer = await self._performed(scope, body, receive)
        match fault.kind:
            case "twice":
                status, answer = await self._performed(scope, body, receive)
            case "late":
                await asyncio.sleep(fault.seconds)
            case "empty":
                status, answer = 200, b""
            case "wrong_schema":
                status, answer = 200, b'{"unexpected": true}'
            case "over_long":
                status, answer = 200, b'{"padding": "' + b"x" * _OVER_LONG_BYTES + b'"}'
            case "cut":
                await _half_sent(status, answer, send)
                await cut(scope, receive)
                return
            case _:
                status, answer = 200, answer[: max(1, len(answer) // 2)] or b"{"
        await Response(answer, status_code=status, media_type="application/json")(scope, receive, send)

    async def _performed(self, scope: Scope, body: bytes, receive: Receive) -> tuple[int, bytes]:
        """Status and body of the answer, kept back."""
        status, kept = 500, bytearray()

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                kept.extend(message.get("body", b""))

        await self._app(scope, _replayed(body, receive), keep)
        return status, bytes(kept)


async def _half_sent(status: int, answer: bytes, send: Send) -> None:
    """Promises the whole answer and sends half of it."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer) + 2).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer[: len(answer) // 2], "more_body": True})


async def cut(scope: Scope, receive: Receive) -> None:
    """Closes the client's connection at once, without an answer.

    ASGI has no word for it, so the server's own extension is used; then the server is given the time to notice, or it would
    answer 500 by itself.

    Raises:
        LookupError: The server is not :mod:`agent_core.sandbox.serving`.
    """
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        raise LookupError("connections can only be cut under agent_core.sandbox.serving")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stays(receive: Receive, entry: dict[str, Any], seconds: float, *, waits: bool = True) -> bytes | None:
    """Reads the body, then waits ``seconds``; answers the body, or None when the client left first."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body.extend(message.get("body", b""))
        more = message.get("more_body", False)
    entry["body"] = bytes(body[:KEPT_BODY_BYTES]).decode("utf-8", "replace")
    if not waits:
        return bytes(body)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await receive()
            return None
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _swallow(_message: Message) -> None:
    """Takes an answer nobody will ever see."""


def _told(receive: Receive, entry: dict[str, Any]) -> Receive:
    async def told() -> Message:
        message = await receive()
        if message["type"] == "http.request" and len(entry["body"]) < KEPT_BODY_BYTES:
            entry["body"] += message.get("body", b"")[:KEPT_BODY_BYTES].decode("utf-8", "replace")
        return message

    return told


def _noted(send: Send, entry: dict[str, Any]) -> Send:
    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry["status"] = message["status"]
        await send(message)

    return noted

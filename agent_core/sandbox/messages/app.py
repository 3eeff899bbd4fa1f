"""The HTTP face of the stand-in: endpoints, authentication, answers and streams.

Composes the rules, the faults and whoever answers; it holds no rule itself. It must only ever listen on loopback: the
endpoints below ``/_sandbox`` are open to whoever can reach them.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from agent_core.contract.clock import Clock, system_clock
from agent_core.sandbox.messages.admin import admin_routes
from agent_core.sandbox.messages.answer import Answer, Finished, Think, finish, fit
from agent_core.sandbox.messages.brain import Brain
from agent_core.sandbox.messages.catalog import MODELS
from agent_core.sandbox.messages.faults import Fault, Faults
from agent_core.sandbox.messages.limits import RateLimits, RateWindow
from agent_core.sandbox.messages.literal import LiteralBrain
from agent_core.sandbox.messages.problems import ApiProblem, invalid
from agent_core.sandbox.messages.reading import MOST_BYTES, parse, too_large
from agent_core.sandbox.messages.record import Record, Recorded
from agent_core.sandbox.messages.rules import check_request, traits_of
from agent_core.sandbox.messages.script import Script
from agent_core.sandbox.messages.streaming import error_event, events
from agent_core.sandbox.messages.tokens import PromptCache, count_request
from agent_core.sandbox.serving import ABORT

_PLACEHOLDER_THOUGHT = "Following the steps of the workflow in order."


class MessagesService:
    """The state of one stand-in.

    Attributes:
        faults: Faults that are ordered.
        record: What was asked.
        script: The script, when one answers instead of the brain.
    """

    def __init__(
        self,
        *,
        api_key: str | None,
        brain: Brain,
        script: Script | None,
        seed: int,
        limits: RateLimits,
        chunk_seconds: float,
        now: Clock,
    ) -> None:
        self.faults = Faults()
        self.record = Record()
        self.script = script
        self._api_key = api_key
        self._brain = brain
        self._seed = seed
        self._cache = PromptCache()
        self._window = RateWindow(limits, now)
        self._chunk_seconds = chunk_seconds
        self._answered = 0

    async def messages(self, request: Request) -> Response:
        """`POST /v1/messages`."""
        return await self._guarded(request, self._answer)

    async def count_tokens(self, request: Request) -> Response:
        """`POST /v1/messages/count_tokens`."""

        async def count(request: Request, entry: Recorded) -> Response:
            body = check_request(await self._body(request, entry), dict(request.headers), counting=True)
            return JSONResponse({"input_tokens": count_request(body)})

        return await self._guarded(request, count)

    async def list_models(self, request: Request) -> Response:
        """`GET /v1/models`."""

        async def list_all(request: Request, _: Recorded) -> Response:
            return JSONResponse(_page(request.query_params))

        return await self._guarded(request, list_all)

    async def one_model(self, request: Request) -> Response:
        """`GET /v1/models/{model_id}`."""

        async def one(request: Request, _: Recorded) -> Response:
            return JSONResponse(traits_of(request.path_params["model_id"]).info())

        return await self._guarded(request, one)

    async def unknown(self, _: Request, error: Exception) -> Response:
        """Anything else, in the provider's error shape."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        problem = ApiProblem(status, "not_found_error" if status == 404 else "invalid_request_error", "Not Found")
        return self._problem(problem, self._request_id())

    async def _guarded(self, request: Request, work: Callable[[Request, Recorded], Any]) -> Response:
        request_id = self._request_id()
        entry = self.record.open(request.url.path)
        try:
            self._check_key(request)
            response: Response = await work(request, entry)
        except ApiProblem as problem:
            self.record.close(entry, problem.status, problem.message)
            return self._problem(problem, request_id)
        self.record.close(entry, response.status_code)
        for name, value in {**self._window.headers(), "request-id": request_id}.items():
            response.headers[name] = value
        return response

    def _problem(self, problem: ApiProblem, request_id: str) -> Response:
        headers = {**self._window.headers(), **problem.headers, "request-id": request_id}
        return JSONResponse(problem.body(request_id), problem.status, headers)

    def _request_id(self) -> str:
        self._answered += 1
        return "req_" + hashlib.sha256(f"{self._seed}:{self._answered}".encode()).hexdigest()[:24]

    def _check_key(self, request: Request) -> None:
        if self._api_key is None:
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._api_key.encode("utf-8", "replace")):
            raise ApiProblem(401, "authentication_error", "invalid x-api-key")

    async def _body(self, request: Request, entry: Recorded) -> object:
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                # The rest is read and dropped: a client that is still writing would see a broken connection, not the 413.
                if size <= MOST_BYTES:
                    chunks.append(chunk)
        except ClientDisconnect:
            # Nobody will read it: a caller that gave up while it was still writing is no fault of the stand-in.
            raise ApiProblem(499, "invalid_request_error", "The request did not arrive completely.") from None
        if size > MOST_BYTES:
            raise too_large()
        body = parse(b"".join(chunks))
        self.record.describe(entry, body)
        return body

    async def _answer(self, request: Request, entry: Recorded) -> Response:
        body = check_request(await self._body(request, entry), dict(request.headers))
        self._window.begin(count_request(body))
        fault = self.faults.take(body)
        self._raise_fault(fault, entry)
        answer, scripted = self._make(body)
        if scripted is not None:
            fault = scripted
            self._raise_fault(fault, entry)
        if fault is None:
            fault = self.faults.take_for(body, answer)
        if fault is not None:
            entry.fault = fault.kind
            answer = fault.reshape(answer)
        if not (fault is not None and fault.kind == "max_tokens_in_call"):
            answer = fit(answer, body)
        finished = finish(answer, body, self._cache.account(body), self._seed)
        entry.stop_reason = finished.message["stop_reason"]
        self._window.finish(finished.message["usage"]["output_tokens"])
        return await self._deliver(request, body, finished, fault)

    def _raise_fault(self, fault: Fault | None, entry: Recorded) -> None:
        problem = fault.problem() if fault is not None else None
        if fault is not None and problem is not None:
            entry.fault = fault.kind
            raise problem

    def _make(self, body: dict[str, Any]) -> tuple[Answer, Fault | None]:
        if self.script is not None:
            turn = self.script.take(body)
            if turn is None:
                raise invalid(self.script.failures[-1])
            return turn.answer, turn.fault
        answer = self._brain.think(body, self._seed)
        thinking = (body.get("thinking") or {}).get("type")
        if thinking in {"enabled", "adaptive"}:
            answer = replace(answer, blocks=(Think(_PLACEHOLDER_THOUGHT), *answer.blocks))
        return answer, None

    async def _deliver(self, request: Request, body: dict[str, Any], finished: Finished, fault: Fault | None) -> Response:
        kind = fault.kind if fault is not None else None
        if fault is not None and kind == "slow":
            await _quiet(request, fault.seconds)
        if kind == "drop":
            await _abort(request)
            return Response(status_code=502)
        if body.get("stream"):
            return StreamingResponse(
                self._stream(request, finished, fault),
                headers={"cache-control": "no-cache"},
                media_type="text/event-stream; charset=utf-8",
            )
        text = json.dumps(finished.message, ensure_ascii=False)
        if kind == "malformed":
            text = text[: len(text) // 2]
        return Response(text, media_type="application/json")

    async def _stream(self, request: Request, finished: Finished, fault: Fault | None) -> AsyncGenerator[bytes, None]:
        parts = list(events(finished))
        kind = fault.kind if fault is not None else None
        until = max(3, len(parts) // 2) if kind in {"cut_stream", "malformed"} else len(parts)
        for part in parts[:until]:
            yield part
            await asyncio.sleep(self._chunk_seconds)
        if kind == "malformed":
            yield b'event: content_block_delta\ndata: {"type": "content_block_del\n\n'
        if fault is not None and kind == "cut_stream":
            if fault.style == "error":
                yield error_event("overloaded_error", "Overloaded")
            elif fault.style == "drop":
                await _abort(request)


async def _quiet(request: Request, seconds: float) -> None:
    """Sends nothing for a while, but no longer than somebody listens."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    try:
        async with asyncio.timeout(seconds):
            await gone()
    except TimeoutError:
        return


async def _abort(request: Request) -> None:
    """Breaks the connection and waits until the server has noticed, so that nothing more is sent or logged."""
    abort: Callable[[], None] | None = request.scope.get("extensions", {}).get(ABORT)
    if abort is not None:
        abort()
        await _quiet(request, 1.0)


def _page(query: Mapping[str, str]) -> dict[str, Any]:
    names = list(MODELS)
    try:
        limit = int(query.get("limit", "20"))
    except ValueError:
        raise invalid("limit: Input should be a valid integer, unable to parse string as an integer") from None
    if not 1 <= limit <= 1000:
        raise invalid("limit: Input should be between 1 and 1000")
    if "before_id" in query:
        names = names[: names.index(query["before_id"])] if query["before_id"] in names else []
        shown = names[-limit:]
    else:
        after = query.get("after_id")
        names = names[names.index(after) + 1 :] if after in names else names if after is None else []
        shown = names[:limit]
    return {
        "data": [MODELS[name].info() for name in shown],
        "has_more": len(names) > len(shown),
        "first_id": shown[0] if shown else None,
        "last_id": shown[-1] if shown else None,
    }


def create_messages_app(
    *,
    api_key: str | None = None,
    brain: Brain | None = None,
    script: Script | None = None,
    seed: int = 0,
    limits: RateLimits | None = None,
    chunk_seconds: float = 0.0,
    now: Clock = system_clock,
) -> Starlette:
    """Builds the stand-in.

    Args:
        api_key: Key a client must send; None accepts any client.
        brain: Who answers; the literal offline brain when None.
        script: Answers instead of the brain when given.
        seed: Equal seeds give equal ids and answers.
        limits: Allowances per minute.
        chunk_seconds: Pause between two events of a stream, in seconds.
        now: Clock behind the rate-limit headers.

    Returns:
        An application for :func:`agent_core.sandbox.serving.serve`; its :class:`MessagesService` is ``app.state.service``.
    """
    service = MessagesService(
        api_key=api_key,
        brain=brain or LiteralBrain(),
        script=script,
        seed=seed,
        limits=limits or RateLimits(),
        chunk_seconds=chunk_seconds,
        now=now,
    )
    routes = [
        Route("/v1/messages", service.messages, methods=["POST"]),
        Route("/v1/messages/count_tokens", service.count_tokens, methods=["POST"]),
        Route("/v1/models", service.list_models, methods=["GET"]),
        Route("/v1/models/{model_id}", service.one_model, methods=["GET"]),
        *admin_routes(service.faults, service.record, script),
    ]
    app = Starlette(routes=routes, exception_handlers={404: service.unknown, 405: service.unknown})
    app.state.service = service
    return app


def service_of(app: Starlette) -> MessagesService:
    """The service behind an application made by :func:`create_messages_app`."""
    service = app.state.service
    assert isinstance(service, MessagesService)
    return service

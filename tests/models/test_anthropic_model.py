"""The real client against the stand-in of the Messages API, over a real socket (R-A7)."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from agent_core.models.failures import ModelFailure
from agent_core.models.manifest import rebuild, record_call
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.models.provider import AnthropicModel
from agent_core.sandbox.messages import Script, Turn, create_messages_app
from agent_core.sandbox.messages.answer import Answer, Call, Say, Think
from agent_core.sandbox.messages.faults import Fault, Kind
from agent_core.sandbox.serving import AsgiApp, serve
from agent_core.workflows.prompt import compose_schema, triage_schema

_KEY = "sk-ant-test-0123456789"
_TOOLS = [{"name": "get_order", "description": "Reads an order.", "input_schema": {"type": "object", "properties": {}}}]


def _request(**changes: Any) -> ModelRequest:
    fields: dict[str, Any] = {
        "purpose": "run",
        "model": "claude-sonnet-5-5",
        "system": "<workflow name=\"w\" version=\"1\" brand=\"b\">é</workflow>",
        "tools": _TOOLS,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Where is NW-10024? 👋"}]}],
        "output_schema": None,
        "max_tokens": 1024,
    }  # fmt: skip
    return ModelRequest(**(fields | changes))


@contextlib.asynccontextmanager
async def _model(app: AsgiApp, key: str = _KEY, *, silence_seconds: float = 60.0) -> AsyncGenerator[AnthropicModel]:
    async with serve(app) as served:
        model = AnthropicModel(base_url=served.base_url, api_key=SecretStr(key), silence_seconds=silence_seconds)
        try:
            yield model
        finally:
            await model.close()


def _ask(app: AsgiApp, request: ModelRequest, *, key: str = _KEY, deadline: float = 10, **options: float) -> ModelAnswer:
    async def ask() -> ModelAnswer:
        async with _model(app, key, **options) as model:
            return await model.answer(request, deadline_seconds=deadline)

    return asyncio.run(ask())


def _fails(app: AsgiApp, request: ModelRequest | None = None, **options: Any) -> ModelFailure:
    with pytest.raises(ModelFailure) as failed:
        _ask(app, request or _request(), **options)
    assert _KEY not in f"{failed.value!r} {failed.value} {failed.value.detail}"
    return failed.value


def _scripted(*blocks: Any, fault: Fault | None = None, **answer: Any) -> Starlette:
    return create_messages_app(api_key=_KEY, script=Script([Turn(Answer(blocks, **answer), fault=fault)]))


def test_an_answer_comes_whole_and_its_blocks_unchanged() -> None:
    app = _scripted(
        Think("Hm, ✓."), Say("On its way. " * 20), Call("get_order", {"order_id": "NW-1", "x": 120.5}, id="toolu_1")
    )
    answer = _ask(app, _request())
    assert [block["type"] for block in answer.content] == ["thinking", "text", "tool_use"]
    assert answer.content[0]["signature"]
    assert answer.text == "On its way. " * 20
    assert answer.stop_reason == "tool_use"
    assert answer.calls[0].arguments == {"order_id": "NW-1", "x": 120.5}
    assert answer.model == "claude-sonnet-5-5"
    assert answer.request_id
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0


def test_R_A7_an_answer_can_be_sent_back_as_it_came() -> None:
    script = Script([Turn(Answer((Think("So."), Call("get_order", {}, id="toolu_1")))), Turn(Answer((Say("Done."),)))])
    app = create_messages_app(api_key=_KEY, script=script)

    async def both() -> ModelAnswer:
        async with _model(app) as model:
            first = await model.answer(_request(), deadline_seconds=10)
            grown = [
                *_request().messages,
                {"role": "assistant", "content": list(first.content)},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "{}"}]},
            ]
            return await model.answer(_request(messages=grown), deadline_seconds=10)

    assert asyncio.run(both()).text == "Done."
    assert not script.failures


@pytest.mark.parametrize("schema", [triage_schema(), compose_schema()], ids=["triage", "compose"])
def test_the_stand_in_takes_every_schema_we_send(schema: Mapping[str, Any]) -> None:
    assert _ask(_scripted(Say("{}")), _request(output_schema=schema, tools=[])).text == "{}"


def test_R_H3_the_recorded_call_is_rebuilt_byte_for_byte_as_it_went_over_the_wire() -> None:
    seen: list[bytes] = []
    headers: list[Mapping[str, str]] = []
    inner = _scripted(Say("{}"))

    async def spy(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        seen.append(body)
        headers.append(dict(request.headers))
        sent = False

        async def again() -> Any:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await inner(scope, again, send)

    request = _request(output_schema=triage_schema())
    recorded = record_call(request)
    texts = {body.id: body.text for body in recorded.new}
    _ask(spy, request)
    assert seen == [rebuild(recorded.manifest.text, lambda ref: texts[ref.id])]
    assert seen == [request.request_bytes()]
    assert headers[0]["authorization"] == f"Bearer {_KEY}"
    assert headers[0]["content-type"] == "application/json"
    assert not any(_KEY in text for text in (*texts.values(), recorded.manifest.text))


@pytest.mark.parametrize(
    ("kind", "failure", "transient"),
    [
        ("rate_limited", "rate_limited", True),
        ("overloaded", "overloaded", True),
        ("server_error", "server_error", True),
        ("cut_stream", "connection", True),
        ("drop", "connection", True),
        ("refusal", "refusal", False),
        ("malformed", "bad_answer", False),
    ],
)
def test_R_A7_every_fault_of_the_provider_is_a_failure_with_a_kind(kind: Kind, failure: str, transient: bool) -> None:
    failed = _fails(_scripted(Say("A long enough answer to be cut."), fault=Fault(kind, seconds=7)))
    assert failed.kind == failure
    assert failed.transient is transient
    assert failed.code == f"model_{failure}"
    assert failed.retry_after == (7 if kind == "rate_limited" else None)


@pytest.mark.parametrize(("style", "failure"), [("end", "connection"), ("error", "server_error")])
def test_R_A7_a_stream_that_ends_early_or_with_an_error_is_no_answer(style: Any, failure: str) -> None:
    failed = _fails(_scripted(Say("A long enough answer to be cut."), fault=Fault("cut_stream", style=style)))
    assert failed.kind in {failure, "overloaded"}
    assert failed.transient


@pytest.mark.parametrize("cut", ['{"amount_minor": 12', '{"amount_minor": 120}', ""])
def test_R_A7_a_call_cut_by_max_tokens_is_truncated_and_never_a_call(cut: str) -> None:
    failed = _fails(_scripted(Call("get_order", {}, id="toolu_1", cut=cut), stop_reason="max_tokens"))
    assert failed.kind == "truncated"
    assert failed.usage is not None
    assert failed.usage.input_tokens > 0


@pytest.mark.parametrize(
    ("blocks", "stop"),
    [
        ((Call("get_order", {}, id="toolu_1", cut='{"a": 1, "a": 2}'),), "tool_use"),
        ((Call("get_order", {}, id="toolu_1", cut='{"a": NaN}'),), "tool_use"),
        ((Call("get_order", {}, id="toolu_1", cut="[1]"),), "tool_use"),
        ((Call("get_order", {}, id="bad id"),), "tool_use"),
        ((Call("get_order", {}, id="t1"), Call("get_order", {}, id="t1")), "tool_use"),
        ((Call("get_order", {}, id="t1"),), "end_turn"),
        ((Say("x"),), "tool_use"),
        ((), "end_turn"),
    ],
)
def test_R_A7_an_answer_that_is_not_whole_is_a_bad_answer(blocks: tuple[Any, ...], stop: Any) -> None:
    assert _fails(_scripted(*blocks, stop_reason=stop)).kind == "bad_answer"


def test_a_wrong_key_is_not_a_malformed_request() -> None:
    assert _fails(_scripted(Say("x")), key="sk-ant-wrong").kind == "unauthorised"


def test_a_poisoned_transcript_is_an_invalid_request_with_the_providers_words() -> None:
    poisoned = [*_request().messages, {"role": "assistant", "content": [{"type": "text", "text": " "}]}]
    failed = _fails(_scripted(Say("x")), _request(messages=poisoned))
    assert failed.kind == "invalid_request"
    assert "HTTP 400" in failed.detail
    assert not failed.transient


def test_a_lone_surrogate_is_stopped_before_it_is_sent() -> None:
    bad = [{"role": "user", "content": [{"type": "text", "text": "\ud800"}]}]
    assert _fails(_scripted(), _request(messages=bad)).kind == "invalid_request"


def _answering(respond: Callable[[Request], Response]) -> Starlette:
    return Starlette(routes=[Route("/v1/messages", respond, methods=["POST"])])


def _error(status: int, kind: str, message: str, **headers: str) -> Starlette:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return _answering(lambda _: JSONResponse(body, status, headers))


@pytest.mark.parametrize(
    ("app", "kind"),
    [
        (_error(413, "request_too_large", "Request exceeds the maximum size"), "too_long"),
        (_error(400, "invalid_request_error", "prompt is too long: 300000 tokens > 200000 maximum"), "too_long"),
        (_error(402, "billing_error", "no credit"), "unauthorised"),
        (_error(404, "not_found_error", "model: claude-nope"), "unauthorised"),
        (_error(504, "timeout_error", "took too long"), "timeout"),
        (_error(418, "something_new", "?"), "invalid_request"),
        (_error(599, "something_new", "?"), "server_error"),
        (_answering(lambda _: Response("<html>busy</html>", 502)), "server_error"),
        (_answering(lambda _: RedirectResponse("http://example.com/v1/messages", 307)), "invalid_request"),
    ],
)
def test_every_status_has_its_kind(app: Starlette, kind: str) -> None:
    assert _fails(app).kind == kind


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("12.5", 12.5, 12.5),
        ("-3", 0, 0),
        ("Sun, 01 Nov 2099 12:00:30 GMT", 10**8, 10**10),
        ("Sun, 01 Nov 1999 12:00:30 GMT", 0, 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, least: float, most: float) -> None:
    retry_after = _fails(_error(429, "rate_limit_error", "slow down", **{"retry-after": header})).retry_after
    assert retry_after is not None
    assert least <= retry_after <= most


def test_a_retry_after_nobody_can_read_is_none() -> None:
    assert _fails(_error(429, "rate_limit_error", "slow down", **{"retry-after": "soon"})).retry_after is None


def test_nobody_listening_is_a_lost_connection() -> None:
    async def ask() -> None:
        async with serve(_scripted()) as served:
            url = served.base_url
        model = AnthropicModel(base_url=url, api_key=SecretStr(_KEY))
        try:
            await model.answer(_request(), deadline_seconds=5)
        finally:
            await model.close()

    with pytest.raises(ModelFailure) as failed:
        asyncio.run(ask())
    assert failed.value.kind == "connection"


def test_the_deadline_bounds_the_whole_call_and_silence_bounds_each_wait() -> None:
    slow = Fault("slow", seconds=30)
    assert _fails(_scripted(Say("x"), fault=slow), deadline=0.2).kind == "timeout"
    assert _fails(_scripted(Say("x"), fault=slow), silence_seconds=0.2).kind == "timeout"


def test_R_A3_cancelling_the_task_ends_the_call_at_once() -> None:
    arrived = asyncio.Event()
    gone = asyncio.Event()

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await Request(scope, receive).body()
        arrived.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    async def cancel() -> None:
        async with _model(endless) as model:
            call = asyncio.create_task(model.answer(_request(), deadline_seconds=60))
            await arrived.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            async with asyncio.timeout(300):
                await gone.wait()

    asyncio.run(cancel())

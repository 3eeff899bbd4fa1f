"""The wire: answers, streams, counts, limits, faults and records, seen by the real client and by plain HTTP."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import anthropic
import httpx2
import pytest

from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.messages.answer import Answer, Call, Say, Think
from agent_core.sandbox.messages.limits import RateLimits
from agent_core.sandbox.messages.script import Script, Turn
from tests.sandbox.messages_scene import KEY, Scene, hello, play, tool

ARGUMENTS = {"order_id": "NW-10023", "note": 'größer als 12,5 — "quoted" \U0001f600', "amount_minor": 6490}
CALLING = Answer((Say("One moment."), Call("refund_order", ARGUMENTS)))


class Says:
    """A brain with one answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def think(self, request: dict[str, Any], seed: int) -> Answer:
        return self.answer


def test_an_answer_reaches_the_real_client_whole() -> None:
    async def work(stage: Scene) -> None:
        message = await stage.client.messages.create(**hello(tools=[tool("refund_order")]))
        text, call = message.content
        assert text.type == "text"
        assert text.text == "One moment."
        assert call.type == "tool_use"
        assert call.input == ARGUMENTS
        assert call.id.startswith("toolu_")
        assert message.stop_reason == "tool_use"
        assert message.usage.input_tokens > 0
        assert message.usage.output_tokens > 0
        assert message.usage.cache_read_input_tokens == 0

    play(work, brain=Says(CALLING))


def test_a_stream_adds_up_to_the_same_message() -> None:
    async def work(stage: Scene) -> None:
        request = hello(tools=[tool("refund_order")], thinking={"type": "adaptive"})
        whole = await stage.client.messages.create(**request)
        kinds: list[str] = []
        async with stage.client.messages.stream(**request) as stream:
            async for event in stream:
                kinds.append(event.type)
            final = await stream.get_final_message()
        assert [block.model_dump() for block in final.content] == [block.model_dump() for block in whole.content]
        assert final.stop_reason == "tool_use"
        assert final.id == whole.id
        assert final.usage.output_tokens == whole.usage.output_tokens
        assert {"thinking", "signature", "text", "input_json"} <= set(kinds)

    play(work, brain=Says(Answer((Think("hm " * 30), *CALLING.blocks))))


def test_the_events_of_a_stream_come_in_the_provider_s_order_and_in_chunks() -> None:
    async def work(stage: Scene) -> None:
        names: list[str] = []
        chunks = 0
        body = json.dumps(hello(stream=True, tools=[tool("refund_order")])).encode()
        headers = {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21"}
        async with stage.http.stream("POST", "/v1/messages", content=body, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["transfer-encoding"] == "chunked"
            text = ""
            async for chunk in answer.aiter_raw():
                chunks += 1
                text += chunk.decode()
        for line in text.splitlines():
            if line.startswith("event: "):
                names.append(line[7:])
        assert chunks > 3
        assert names[:2] == ["message_start", "ping"]
        assert names[-2:] == ["message_delta", "message_stop"]
        blocks = [name for name in names if name.startswith("content_block")]
        assert blocks[0] == "content_block_start"
        assert blocks[-1] == "content_block_stop"
        assert names.count("content_block_start") == names.count("content_block_stop") == 2
        first = json.loads(text.split("data: ")[1].splitlines()[0])
        assert first["message"]["content"] == []
        assert first["message"]["stop_reason"] is None

    play(work, brain=Says(CALLING))


def test_the_same_seed_and_request_give_the_same_answer() -> None:
    seen: list[str] = []

    async def work(stage: Scene) -> None:
        for _ in range(2):
            seen.append((await stage.post(hello())).text)

    play(work, brain=Says(CALLING))
    play(work, brain=Says(CALLING))
    play(work, brain=Says(CALLING), seed=1)
    assert len(set(seen[:4])) == 1
    assert seen[4] != seen[0]


def test_thinking_goes_back_to_where_it_came_from_and_nowhere_else() -> None:
    async def work(stage: Scene) -> None:
        request = hello(tools=[tool("refund_order")], thinking={"type": "adaptive"}, system="one")
        message = await stage.client.messages.create(**request)
        assert message.content[0].type == "thinking"
        call = next(block for block in message.content if block.type == "tool_use")
        request["messages"] += [
            {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in message.content]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "ok"}]},
        ]
        await stage.client.messages.create(**request)
        request["system"] = "two"
        with pytest.raises(anthropic.BadRequestError, match="bound to a different conversation"):
            await stage.client.messages.create(**request)

    play(work, brain=Says(CALLING))


def test_limits_of_the_request_cut_the_answer() -> None:
    async def work(stage: Scene) -> None:
        short = await stage.client.messages.create(**hello(max_tokens=2))
        assert short.stop_reason == "max_tokens"
        assert short.content[0].model_dump()["text"] == "one two "
        stopped = await stage.client.messages.create(**hello(stop_sequences=["three"]))
        assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "three")
        assert stopped.content[0].model_dump()["text"] == "one two "

    play(work, brain=Says(Answer((Say("one two three four"),))))


def test_tokens_are_counted_at_four_characters() -> None:
    async def work(stage: Scene) -> None:
        count = await stage.client.messages.count_tokens(
            model="claude-opus-5", messages=[{"role": "user", "content": "x" * 400}], system="y" * 40
        )
        assert 110 <= count.input_tokens <= 120
        refused = await stage.post(hello(), "/v1/messages/count_tokens")
        assert refused.json()["error"]["message"] == "max_tokens: Extra inputs are not permitted"

    play(work)


def test_the_cache_is_written_once_and_read_afterwards() -> None:
    async def work(stage: Scene) -> None:
        system = [{"type": "text", "text": "s" * 8000, "cache_control": {"type": "ephemeral"}}]
        first = (await stage.client.messages.create(**hello(system=system))).usage
        second = (await stage.client.messages.create(**hello(system=system))).usage
        assert first.cache_creation_input_tokens == second.cache_read_input_tokens
        assert (first.cache_read_input_tokens, second.cache_creation_input_tokens) == (0, 0)
        assert (first.cache_creation_input_tokens or 0) >= 2000
        assert first.input_tokens == second.input_tokens
        assert first.cache_creation is not None
        assert first.cache_creation.ephemeral_5m_input_tokens == first.cache_creation_input_tokens

    play(work)


def test_models_are_listed_page_by_page_and_described() -> None:
    async def work(stage: Scene) -> None:
        names = [model.id async for model in stage.client.models.list(limit=5)]
        assert len(names) == len(set(names)) >= 20
        one = await stage.client.models.retrieve("claude-opus-5-5")
        assert one.line == "opus"
        assert one.capabilities is not None
        assert not one.capabilities.thinking.types.disabled.supported
        with pytest.raises(anthropic.NotFoundError):
            await stage.client.models.retrieve("claude-9")

    play(work)


def test_every_answer_carries_the_rate_headers_and_a_request_id() -> None:
    async def work(stage: Scene) -> None:
        for answer in [
            await stage.post(hello()),
            await stage.post({}),
            await stage.post(hello(stream=True)),
            await stage.http.get("/v1/models", headers={"x-api-key": KEY}),
        ]:
            for name in ("requests", "tokens", "input-tokens", "output-tokens"):
                limit = int(answer.headers[f"anthropic-ratelimit-{name}-limit"])
                assert 0 <= int(answer.headers[f"anthropic-ratelimit-{name}-remaining"]) <= limit
                reset = datetime.fromisoformat(answer.headers[f"anthropic-ratelimit-{name}-reset"])
                assert reset.tzinfo == UTC
            assert answer.headers["request-id"].startswith("req_")

    play(work)


def test_an_allowance_that_is_used_up_is_a_429_that_says_when_to_come_back() -> None:
    async def work(stage: Scene) -> None:
        assert (await stage.post(hello())).headers["anthropic-ratelimit-requests-remaining"] == "0"
        with pytest.raises(anthropic.RateLimitError, match="rate limit of 1 requests per minute") as refused:
            await stage.client.messages.create(**hello())
        assert 1 <= int(refused.value.response.headers["retry-after"]) <= 60

    play(work, limits=RateLimits(requests=1))


async def order(stage: Scene, **fault: Any) -> None:
    answer = await stage.http.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limited", anthropic.RateLimitError),
        ("overloaded", anthropic.InternalServerError),
        ("server_error", anthropic.InternalServerError),
        ("drop", anthropic.APIConnectionError),
    ],
)
def test_a_fault_on_demand_hits_one_request_and_no_other(kind: str, error: type[Exception]) -> None:
    async def work(stage: Scene) -> None:
        await order(stage, kind=kind, after=1, seconds=7)
        await stage.client.messages.create(**hello())
        with pytest.raises(error) as raised:
            await stage.client.messages.create(**hello())
        if isinstance(raised.value, anthropic.APIStatusError):
            assert raised.value.status_code == {"rate_limited": 429, "overloaded": 529, "server_error": 500}[kind]
            assert (
                raised.value.type
                == {
                    "rate_limited": "rate_limit_error",
                    "overloaded": "overloaded_error",
                    "server_error": "api_error",
                }[kind]
            )
        if kind == "rate_limited":
            assert isinstance(raised.value, anthropic.RateLimitError)
            assert raised.value.response.headers["retry-after"] == "7"
        await stage.client.messages.create(**hello())
        assert (await stage.http.get("/_sandbox/faults")).json() == {"armed": [], "played": {kind: 1}}

    play(work)


def test_a_malformed_request_does_not_use_a_fault_up() -> None:
    async def work(stage: Scene) -> None:
        await order(stage, kind="overloaded")
        assert (await stage.post({})).status_code == 400
        assert (await stage.post(hello())).status_code == 529

    play(work)


def test_a_fault_meant_for_others_passes_by_and_can_be_cancelled() -> None:
    async def work(stage: Scene) -> None:
        await order(stage, kind="overloaded", times=5, match={"purpose": "run", "model": "claude-opus-*"})
        assert (await stage.post(hello())).status_code == 200
        assert (await stage.post(hello(system="<workflow name='x'>"))).status_code == 200
        hit = hello(model="claude-opus-5", system="<workflow name='x'>")
        assert (await stage.post(hit)).status_code == 529
        await stage.http.delete("/_sandbox/faults")
        assert (await stage.post(hit)).status_code == 200

    play(work)


@pytest.mark.parametrize("style", ["drop", "end", "error"])
def test_a_cut_stream_never_ends_in_a_finished_call(style: str) -> None:
    async def work(stage: Scene) -> None:
        await order(stage, kind="cut_stream", style=style)
        await stage.client.messages.create(**hello(tools=[tool("refund_order")]))
        seen: list[str] = []
        failed: Exception | None = None
        try:
            async for event in await stage.client.messages.create(**hello(stream=True, tools=[tool("refund_order")])):
                seen.append(event.type)
        except (anthropic.APIError, httpx2.HTTPError) as error:
            failed = error
        assert "message_start" in seen
        assert "message_stop" not in seen
        assert "message_delta" not in seen
        assert (failed is None) == (style == "end")
        if style == "error":
            assert isinstance(failed, anthropic.APIStatusError)
            assert failed.type == "overloaded_error"

    play(work, brain=Says(CALLING))


def test_a_call_cut_by_max_tokens_reads_as_a_smaller_number() -> None:
    async def work(stage: Scene) -> None:
        request = hello(tools=[tool("refund_order")])
        await order(stage, kind="max_tokens_in_call", times=2)
        whole = await stage.client.messages.create(**request)
        assert whole.stop_reason == "max_tokens"
        assert whole.content[-1].model_dump()["input"] == {"id": "x", "amount_minor": 12}
        async with stage.client.messages.stream(**request) as stream:
            final = await stream.get_final_message()
        assert final.stop_reason == "max_tokens"
        assert final.content[-1].model_dump()["input"]["amount_minor"] == 12

    play(work, brain=Says(Answer((Call("refund_order", {"id": "x", "amount_minor": 12345}),))))


def test_a_refusal_is_a_200_without_content() -> None:
    async def work(stage: Scene) -> None:
        await order(stage, kind="refusal")
        message = await stage.client.messages.create(**hello())
        assert (message.stop_reason, message.content) == ("refusal", [])
        assert message.stop_details is not None
        assert message.stop_details.category == "general_harms"

    play(work)


def test_a_slow_answer_is_given_up_by_the_client_and_does_not_hold_the_server() -> None:
    async def work(stage: Scene) -> None:
        await order(stage, kind="slow", seconds=600)
        with pytest.raises(anthropic.APITimeoutError):
            await stage.client.with_options(timeout=0.2).messages.create(**hello())
        await order(stage, kind="slow", seconds=0.01)
        await stage.client.messages.create(**hello())

    play(work)


def test_a_malformed_answer_is_no_message() -> None:
    async def work(stage: Scene) -> None:
        await order(stage, kind="malformed", times=2)
        with pytest.raises((anthropic.APIError, ValueError)):
            (await stage.client.messages.create(**hello())).model_dump()["content"]
        with pytest.raises((anthropic.APIError, ValueError)):
            async for _ in await stage.client.messages.create(**hello(stream=True)):
                pass

    play(work)


@pytest.mark.parametrize(
    "order_",
    [
        {},
        [],
        {"kind": "nonsense"},
        {"kind": "slow", "seconds": -1},
        {"kind": "slow", "times": 0},
        {"kind": "slow", "x": 1},
        {"kind": "slow", "match": {"colour": "red"}},
        {"kind": "slow", "match": {"purpose": "x"}},
        {"kind": "cut_stream", "style": "x"},
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_the_reason(order_: object) -> None:
    async def work(stage: Scene) -> None:
        answer = await stage.http.post("/_sandbox/faults", json=order_)
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("fault")
        assert (await stage.http.post("/_sandbox/faults", content=b"{")).status_code == 400

    play(work)


def test_requests_are_recorded_without_the_key_and_without_end() -> None:
    async def work(stage: Scene) -> None:
        await stage.post(hello(system="<triage brand='x'>"))
        await stage.post({"model": "x"})
        state = (await stage.http.get("/_sandbox/requests")).json()
        assert state["total"] == 2
        assert state["counts"]["/v1/messages 200"] == 1
        assert state["counts"]["purpose triage"] == 1
        first, second = state["requests"]
        assert first["body"]["system"] == "<triage brand='x'>"
        assert (first["purpose"], first["status"], first["stop_reason"]) == ("triage", 200, "end_turn")
        assert (second["status"], second["error"]) == (400, "max_tokens: Field required")
        assert KEY not in json.dumps(state)
        assert len((await stage.http.get("/_sandbox/requests?limit=1")).json()["requests"]) == 1
        await stage.post(hello(system="s" * 300_000))
        newest = (await stage.http.get("/_sandbox/requests?limit=1")).json()["requests"][0]
        assert newest["body"]["omitted"] == "too large to keep"
        await stage.http.delete("/_sandbox/requests")
        assert (await stage.http.get("/_sandbox/requests")).json()["requests"] == []

    play(work)


def test_many_conversations_at_once_get_their_own_answers() -> None:
    async def work(stage: Scene) -> None:
        async def ask(number: int) -> None:
            message = await stage.client.messages.create(
                model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": f"n{number}"}]
            )
            seen.add(message.id)

        seen: set[str] = set()
        async with asyncio.TaskGroup() as group:
            for number in range(25):
                group.create_task(ask(number))
        assert len(seen) == 25

    play(work)


def test_a_fault_in_a_script_is_played_with_its_turn() -> None:
    script = Script.parse([{"fault": "overloaded"}, {"answer": ["fine"]}])

    async def work(stage: Scene) -> None:
        assert (await stage.post(hello())).status_code == 529
        assert (await stage.post(hello())).status_code == 200

    play(work, script=script)
    script.require_fulfilled()


def test_a_client_that_hangs_up_in_a_stream_leaves_nothing_behind() -> None:
    async def work(stage: Scene) -> None:
        headers = {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21"}
        body = json.dumps(hello(stream=True)).encode()
        async with local_client() as other:
            url = f"{stage.base_url}/v1/messages"
            async with other.stream("POST", url, content=body, headers=headers) as answer:
                await anext(answer.aiter_raw())
        assert (await stage.post(hello())).status_code == 200

    play(work, script=Script([Turn(Answer((Say("word " * 5000),))), Turn(Answer((Say("x"),)))]))

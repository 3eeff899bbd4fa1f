"""The stand-in refuses what the provider refuses, with the provider's words."""

import base64
import json
import struct
import typing
from pathlib import Path
from typing import Any

import anthropic
import pytest
from anthropic.types import model

from agent_core.sandbox.messages.catalog import MODELS
from agent_core.sandbox.messages.problems import ApiProblem
from agent_core.sandbox.messages.reading import MOST_BYTES, parse
from agent_core.sandbox.messages.rules import check_request
from agent_core.sandbox.messages.signing import prefix_of, sign
from tests.poisoned_examples import FIXTURES, NOT_HERE, examples, expanded
from tests.sandbox.messages_scene import HEADERS, Scene, hello, play, tool

CALL = {"type": "tool_use", "id": "toolu_a", "name": "get_order", "input": {}}
DONE = {"type": "tool_result", "tool_use_id": "toolu_a", "content": "ok"}


def test_the_poisoned_examples_are_there() -> None:
    if not FIXTURES:
        pytest.skip(NOT_HERE)
    assert len(examples()) >= 17


@pytest.mark.parametrize("path", examples(), ids=lambda path: path.stem)
def test_R_A7_a_poisoned_transcript_fails_here_as_it_would_there(path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    expected = example["expected"]

    async def work(stage: Scene) -> None:
        answer = await stage.post(expanded(example))
        body = answer.json()
        if expected["http"] is None:
            assert answer.status_code == 200, body
            return
        assert answer.status_code == expected["http"]
        assert body["type"] == "error"
        assert body["error"]["type"] == "invalid_request_error"
        assert expected["error_matches"] in body["error"]["message"]
        assert body["request_id"] == answer.headers["request-id"]
        if expected["where"] and body["error"]["message"].startswith("messages."):
            assert body["error"]["message"].startswith(expected["where"])

    play(work)


def turns(*contents: Any) -> dict[str, Any]:
    """A request whose turns alternate, beginning with the user."""
    messages = [{"role": "assistant" if index % 2 else "user", "content": item} for index, item in enumerate(contents)]
    return hello(messages=messages, tools=[tool("get_order"), tool("track_parcel")])


def with_block(block: dict[str, Any]) -> dict[str, Any]:
    return turns("x", [block], "y")


def marks(count: int) -> list[dict[str, Any]]:
    return [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}} for _ in range(count)]


def picture(width: int, height: int) -> dict[str, Any]:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    data = base64.b64encode(head).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


CLOSED = {"type": "object", "properties": {}, "additionalProperties": False}


def wanted(schema: dict[str, Any]) -> dict[str, Any]:
    return hello(output_config={"format": {"type": "json_schema", "schema": schema}})


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("a call at the end is unanswered", turns("x", [CALL]), "messages.1: `tool_use` ids were found without"),
    ("a text before the result", turns("x", [CALL], [{"type": "text", "text": "hm"}, DONE]), "immediately after: toolu_a."),
    (
        "a system turn splits a pair",
        {
            **turns("x", [CALL]),
            "model": "claude-opus-5",
            "messages": [
                *turns("x", [CALL])["messages"],
                {"role": "system", "content": "s"},
                {"role": "user", "content": [DONE]},
            ],
        },
        "messages.1: `tool_use` ids were found without",
    ),
    (
        "an unknown id",
        turns("x", [CALL], [DONE, {**DONE, "tool_use_id": "toolu_b"}]),
        "messages.2.content.1: unexpected `tool_use_id` found in `tool_result` blocks: toolu_b.",
    ),
    ("a result two turns late", turns("x", [CALL], [DONE], "ok", [DONE]), "messages.4.content.0: unexpected `tool_use_id`"),
    ("an id used twice in a turn", turns("x", [CALL, CALL], [DONE]), "messages.1.content.1: `tool_use` ids must be unique"),
    ("an id used twice in a history", turns("x", [CALL], [DONE], [CALL], [DONE]), "`tool_use` ids must be unique"),
    ("an empty id", with_block({**CALL, "id": ""}), "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"),
    ("an id of another provider", with_block({**CALL, "id": "call:1.2"}), "tool_use.id: String should match pattern"),
    ("an empty list as input", with_block({**CALL, "input": []}), "tool_use.input: Input should be a valid dictionary"),
    ("white space alone", with_block({"type": "text", "text": " \n"}), "text content blocks must contain non-whitespace"),
    ("white space alone as a string", turns("  "), "messages: text content blocks must contain non-whitespace text"),
    (
        "an empty text in a result",
        turns("x", [CALL], [{**DONE, "content": [{"type": "text", "text": ""}]}]),
        "messages: text content blocks must be non-empty",
    ),
    ("an empty turn", turns("x", [], "y"), "messages.1: all messages must have non-empty content except for the optional"),
    ("an empty string turn", turns("", "a", "b"), "messages.0: all messages must have non-empty content"),
    ("no message", hello(messages=[]), "messages: at least one message is required"),
    (
        "an unknown role",
        hello(messages=[{"role": "tool", "content": "x"}]),
        "messages.0.role: Input should be 'user' or 'assistant'",
    ),
    (
        "a field of a message",
        hello(messages=[{"role": "user", "content": "x", "name": "y"}]),
        "messages.0.name: Extra inputs are not permitted",
    ),
    (
        "a field of a block",
        with_block({"type": "text", "text": "x", "index": 0}),
        "text.index: Extra inputs are not permitted",
    ),
    (
        "a cache mark on thinking",
        with_block({"type": "thinking", "thinking": "t", "signature": "s", "cache_control": None}),
        "messages.1.content.0.thinking.cache_control: Extra inputs are not permitted",
    ),
    ("a block type nobody knows", with_block({"type": "reasoning"}), "Input tag 'reasoning' found using 'type'"),
    ("a result in an assistant turn", with_block(DONE), "`tool_result` blocks can only be in `user` messages"),
    ("a document in an assistant turn", with_block({"type": "document", "source": {}}), "can only be in `user` messages"),
    (
        "thinking at the end of a turn",
        with_block({"type": "thinking", "thinking": "t", "signature": "s"}),
        "messages.1: The final block in an assistant message cannot be `thinking`.",
    ),
    ("null for the system prompt", hello(system=None), "system: Input should be a valid list"),
    (
        "an id of a server tool",
        with_block({"type": "server_tool_use", "id": "call_1", "name": "web_search", "input": {}}),
        "server_tool_use.id: String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'",
    ),
    ("a call in a user turn", turns([CALL]), "`tool_use` blocks can only be in `assistant` messages"),
    ("top_p", hello(top_p=1), "top_p: Extra inputs are not permitted"),
    ("top_k", hello(top_k=1), "top_k: Extra inputs are not permitted"),
    ("no model", {"max_tokens": 1, "messages": []}, "model: Field required"),
    ("no max_tokens", {"model": "claude-opus-5", "messages": []}, "max_tokens: Field required"),
    ("max_tokens as text", hello(max_tokens="12"), "max_tokens: Input should be a valid integer"),
    (
        "a tool name",
        hello(tools=[tool("get order")]),
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
    ),
    ("a long tool name", hello(tools=[tool("x" * 129)]), "tools.0.custom.name: String should have at most 128 characters"),
    ("two tools of one name", hello(tools=[tool("a"), tool("a")]), "tools: Tool names must be unique."),
    (
        "a schema that is no object",
        hello(tools=[{"name": "a", "input_schema": {"type": "string"}}]),
        "tools.0.custom.input_schema.type: Input should be 'object'",
    ),
    ("history with calls and no tools", {**turns("x", [CALL], [DONE]), "tools": []}, "must define tools"),
    (
        "five cache marks",
        hello(messages=[{"role": "user", "content": marks(5)}]),
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    (
        "five cache marks, one of them automatic",
        hello(messages=[{"role": "user", "content": marks(4)}], cache_control={"type": "ephemeral"}),
        "Found 5.",
    ),
    (
        "a cache mark on an empty text",
        hello(messages=[{"role": "user", "content": [{**marks(1)[0], "text": ""}]}]),
        "messages.0.content.0.text: cache_control cannot be set for empty text blocks",
    ),
    (
        "forced tools on Opus 5.5",
        hello(model="claude-opus-5-5", tools=[tool("a")], tool_choice={"type": "any"}),
        'tool_choice: type "tool" and "any" are not supported for this model.',
    ),
    (
        "a forced tool on Fable",
        hello(model="claude-fable-5", tools=[tool("a")], tool_choice={"type": "tool", "name": "a"}),
        'tool_choice: type "tool" and "any" are not supported for this model.',
    ),
    (
        "a forced tool on Mythos",
        hello(model="claude-mythos-5-2", tools=[tool("a")], tool_choice={"type": "any"}),
        "are not supported for this model.",
    ),
    (
        "forced tools while thinking",
        hello(tools=[tool("a")], tool_choice={"type": "any"}, thinking={"type": "adaptive"}),
        "Thinking may not be enabled when tool_choice forces tool use",
    ),
    (
        "a forced tool that is not there",
        hello(tools=[tool("a")], tool_choice={"type": "tool", "name": "b"}),
        "Tool 'b' not found in provided tools",
    ),
    (
        "a budget over max_tokens",
        hello(model="claude-haiku-4-5", thinking={"type": "enabled", "budget_tokens": 2048}),
        "`max_tokens` must be greater than `thinking.budget_tokens`",
    ),
    (
        "a small budget",
        hello(model="claude-haiku-4-5", thinking={"type": "enabled", "budget_tokens": 12}),
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (
        "thinking off on Opus 5.5",
        hello(model="claude-opus-5-5", thinking={"type": "disabled"}),
        "is not supported for this model",
    ),
    (
        "a budget on a model without budgets",
        hello(max_tokens=9000, thinking={"type": "enabled", "budget_tokens": 2048}),
        '"thinking.type.enabled" is not supported for this model.',
    ),
    (
        "prefill with white space at its end",
        {**turns("x", "So: "), "model": "claude-haiku-4-5"},
        "final assistant content cannot end with trailing whitespace",
    ),
    ("prefill on a new model", turns("x", "So:"), "This model does not support assistant message prefill."),
    (
        "a system turn first",
        hello(model="claude-opus-5", messages=[{"role": "system", "content": "s"}]),
        "messages.0: role 'system' must follow a 'user' message",
    ),
    (
        "a system turn before a user turn",
        hello(
            model="claude-opus-5",
            messages=[
                {"role": "user", "content": "a"},
                {"role": "system", "content": "s"},
                {"role": "user", "content": "b"},
            ],
        ),
        "messages.1: role 'system' must precede an 'assistant' message or end the array",
    ),
    (
        "a system turn on Sonnet",
        hello(messages=[{"role": "user", "content": "a"}, {"role": "system", "content": "s"}]),
        "role 'system' is not supported on this model",
    ),
    (
        "unsigned thinking",
        turns("x", [{"type": "thinking", "thinking": "t", "signature": ""}, {"type": "text", "text": "ok"}], "y"),
        "Invalid `signature` in `thinking` block",
    ),
    (
        "thinking of another provider on an old model",
        {
            **turns(
                "x", [{"type": "thinking", "thinking": "t", "signature": "c2lnbg=="}, {"type": "text", "text": "ok"}], "y"
            ),
            "model": "claude-opus-4-6",
        },
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    ),
    (
        "an undecodable image",
        hello(
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
                    ],
                }
            ]
        ),
        "Could not process image",
    ),
    ("a huge image", hello(messages=[{"role": "user", "content": [picture(9000, 10)]}]), "max allowed size: 8000 pixels"),
    (
        "the twenty-first image",
        hello(messages=[{"role": "user", "content": [picture(2500, 10)] * 21}]),
        "At least one of the image dimensions exceed max allowed size for many-image requests: 2000 pixels",
    ),
    (
        "citations on a user text",
        hello(
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "x", "citations": [{"type": "char_location", "cited_text": "x"}]},
                    ],
                }
            ]
        ),
        "Extra inputs are not permitted",
    ),
    (
        "an open object in a schema",
        wanted({"type": "object", "properties": {}}),
        "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    ),
    (
        "a bound in a schema",
        wanted({**CLOSED, "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 2}}}),
        "For 'integer' type, properties maximum, minimum are not supported",
    ),
    (
        "a long list in a schema",
        wanted({**CLOSED, "properties": {"n": {"type": "array", "minItems": 2}}}),
        "For 'array' type, 'minItems' values other than 0 or 1 are not supported",
    ),
]


@pytest.mark.parametrize(("request_", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_request_the_provider_refuses_is_refused(request_: dict[str, Any], words: str) -> None:
    with pytest.raises(ApiProblem) as raised:
        check_request(request_, HEADERS)
    assert words in raised.value.message
    assert (raised.value.status, raised.value.kind) == (400, "invalid_request_error")


TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("a plain question", hello()),
    (
        "parallel calls with all results first",
        turns(
            "x",
            [CALL, {**CALL, "id": "toolu_b"}],
            [{**DONE, "tool_use_id": "toolu_b"}, DONE, {"type": "text", "text": "and?"}],
        ),
    ),
    ("two user turns in a row", hello(messages=[{"role": "user", "content": "a"}, {"role": "user", "content": "b"}])),
    ("an empty result", turns("x", [CALL], [{"type": "tool_result", "tool_use_id": "toolu_a"}])),
    ("prefill on Haiku 4.5", {**turns("x", "So:"), "model": "claude-haiku-4-5"}),
    (
        "a system turn in its place",
        {
            **turns("x", [CALL]),
            "model": "claude-opus-5",
            "messages": [*turns("x", [CALL], [DONE])["messages"], {"role": "system", "content": "Policy."}],
        },
    ),
    ("four cache marks", hello(messages=[{"role": "user", "content": marks(4)}])),
    ("a NUL inside JSON", hello(messages=[{"role": "user", "content": "a\0b"}])),
    ("twenty large images", hello(messages=[{"role": "user", "content": [picture(2500, 10)] * 20}])),
    ("forced tools where they are taken", hello(tools=[tool("a")], tool_choice={"type": "tool", "name": "a"})),
    ("a closed schema", wanted({**CLOSED, "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}})),
    ("nothing to say in the last assistant turn", {**turns("x", ""), "model": "claude-haiku-4-5"}),
]


@pytest.mark.parametrize("request_", [row[1] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_a_request_the_provider_takes_is_taken(request_: dict[str, Any]) -> None:
    assert check_request(request_, HEADERS) == request_


def test_the_old_version_still_takes_a_temperature() -> None:
    assert check_request(hello(temperature=0.2), {"anthropic-version": "2023-06-01"})
    with pytest.raises(ApiProblem, match="anthropic-version: header is required"):
        check_request(hello(), {})
    with pytest.raises(ApiProblem, match="is not a valid version"):
        check_request(hello(), {"anthropic-version": "2027-01-01"})


def thought(request: dict[str, Any], text: str = "look it up") -> dict[str, Any]:
    return {"type": "thinking", "thinking": text, "signature": sign(text, prefix_of(request, len(request["messages"])))}


def signed(**changes: Any) -> dict[str, Any]:
    base = turns("x")
    return {**turns("x", [thought(base), CALL], [DONE]), **changes}


def test_signed_thinking_behind_its_own_prefix_is_taken() -> None:
    assert check_request(signed(), HEADERS)
    marked = signed()
    marked["messages"][0]["content"] = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]
    assert check_request(marked, HEADERS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"system": "another"}, "The `system` prompt differs"),
        ({"tools": [tool("get_order")]}, "The `tools` differ"),
        ({"first": "y"}, "An earlier message differs"),
    ],
)
def test_R_B5_a_changed_prefix_makes_thinking_invalid(change: dict[str, Any], words: str) -> None:
    request = signed()
    if "first" in change:
        request["messages"][0]["content"] = change["first"]
    else:
        request.update(change)
    with pytest.raises(ApiProblem, match="The block is bound to a different conversation") as raised:
        check_request(request, HEADERS)
    assert words in raised.value.message
    # Models before preserved thinking only look at the text of the block.
    assert check_request({**request, "model": "claude-opus-4-6"}, HEADERS)


def test_a_bound_block_may_be_dropped_where_the_beta_asks_for_it() -> None:
    request = signed(system="another")
    request["thinking"] = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    with pytest.raises(ApiProblem, match="Extra inputs"):
        check_request(request, HEADERS)
    assert check_request(request, {**HEADERS, "anthropic-beta": "thinking-binding-controls-2026-08-01"})


def test_edited_thinking_is_told_apart_by_where_it_stands() -> None:
    request = signed()
    request["messages"][1]["content"][0]["thinking"] = "redacted"
    with pytest.raises(ApiProblem, match="in the latest assistant message cannot be modified"):
        check_request(request, HEADERS)
    request["messages"] += [{"role": "assistant", "content": "done"}, {"role": "user", "content": "thanks"}]
    with pytest.raises(ApiProblem, match=r"Invalid `signature` in `thinking` block$"):
        check_request(request, HEADERS)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"a": "\\ud83d"}', "no low surrogate in string: line 1 column 8 (char 7)"),
        (b'{"a":\n "\\ud83d\\u0041"}', "invalid low surrogate in string: line 2"),
        (b'{"a": "\\udc00"}', "invalid high surrogate in string"),
        (b'{"a": "\xed\xa0\xbd"}', "str is not valid UTF-8"),
        (b'{"a": NaN}', "unexpected character"),
        (b'{"a": "\x00"}', "The request body is not valid JSON"),
        (b"", "The request body is not valid JSON"),
        (b"[" * 200_000, "recursion limit exceeded"),
        (b'{"a": ' + b"9" * 5000 + b"}", "number is out of range"),
    ],
)
def test_a_body_that_is_not_json_is_refused_in_the_provider_s_words(raw: bytes, words: str) -> None:
    with pytest.raises(ApiProblem) as raised:
        parse(raw)
    assert words in raised.value.message


def test_a_whole_surrogate_pair_is_an_ordinary_character() -> None:
    assert parse(b'{"a": "\\ud83d\\ude00 \\\\ud83d"}') == {"a": "\U0001f600 \\ud83d"}


def test_every_http_error_reaches_the_real_client_as_its_own_class() -> None:
    async def work(stage: Scene) -> None:
        with pytest.raises(anthropic.NotFoundError, match="model: gpt"):
            await stage.client.messages.create(model="gpt", max_tokens=1, messages=[{"role": "user", "content": "x"}])
        with pytest.raises(anthropic.AuthenticationError) as refused:
            await stage.client.with_options(api_key="wrong").messages.create(
                model="claude-opus-5", max_tokens=1, messages=[{"role": "user", "content": "x"}]
            )
        assert refused.value.request_id is not None
        assert "wrong" not in str(stage.service.record.state(10))
        answer = await stage.post(b" " * (MOST_BYTES + 1))
        assert answer.status_code == 413
        assert answer.json()["error"] == {"type": "request_too_large", "message": "Request exceeds the maximum size"}
        assert (await stage.http.get("/v1/nowhere")).json()["error"]["type"] == "not_found_error"
        assert (await stage.http.get("/v1/messages")).status_code == 405

    play(work)


def test_every_model_of_the_sdk_is_known() -> None:
    named = typing.get_args(typing.get_args(model.Model)[0])
    assert set(named) - set(MODELS) <= {"claude-mythos-preview"}

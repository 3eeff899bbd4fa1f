"""The finer rules, one row each: what is at fault is named, and what only looks like it is not."""

import base64
import json
import struct
from typing import Any

import pytest

from agent_core.conversation.health.capabilities import traits
from agent_core.conversation.health.diagnosing import diagnose, errors
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.health.images import size_of
from agent_core.conversation.health.repairing import repair
from agent_core.conversation.health.tools import kind_of
from tests.conversation.health.healthy import Body, picture, thought, tool
from tests.conversation.health.standin import refusal
from tests.conversation.health.test_names import agent, call, done, request, text, user

SERVER = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
LONG = "A" * 64


def names(body: Any, aside: Aside | None = None) -> list[str]:
    return [each.diagnosis for each in diagnose(body, aside or Aside())]


def image(media_type: str, head: bytes) -> Body:
    data = base64.b64encode(head).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def wanted(schema: Any) -> Body:
    return request(user("x"), output_config={"format": {"type": "json_schema", "schema": schema}})


AT_FAULT: list[tuple[str, Any, list[str]]] = [
    ("no object", [], ["malformed:body"]),
    ("no messages", {}, ["malformed:messages"]),
    ("messages that are an object", {"messages": {}}, ["malformed:messages"]),
    ("not one message", request(), ["no_messages"]),
    ("a message that is a text", request(user("x"), "hello"), ["malformed:message"]),  # type: ignore[arg-type]
    ("a message without content", request(user("x"), {"role": "user"}), ["consecutive_same_role", "malformed:content"]),
    ("a message without a role", request(user("x"), {"content": "y"}), ["wrong_role:unknown"]),
    ("a block that is a text", request(user("x", "y")), ["malformed:block", "malformed:block"]),
    ("a block without a type", request(user({"text": "x"})), ["malformed:block"]),
    ("a text that is a number", request(user({"type": "text", "text": 3})), ["malformed:block"]),
    ("citations of a user", request(user(text("x", citations=[{}]))), ["unknown_block_field"]),
    ("a field of a message", request({**user("x"), "name": "y"}), ["unknown_message_field"]),
    ("a call without an id", request(user("x"), agent({k: v for k, v in call().items() if k != "id"}), user("y")),
     ["bad_tool_use_id:missing"]),
    ("a result without an id", request(user("x"), agent(call()), user(done(), {"type": "tool_result", "content": "x"})),
     ["bad_tool_use_id:missing"]),
    ("a call without a name", request(user("x"), agent({**call(), "name": None}), user(done())), ["bad_tool_name"]),
    ("a call without an input", request(user("x"), agent(call(input=None)), user(done())),
         ["tool_input_not_object:missing"]),
    ("a number as input", request(user("x"), agent(call(input=3)), user(done())), ["tool_input_not_object:other"]),
    ("an input nested too deeply", request(user("x"), agent(call(input=json.loads('{"a":' * 150 + "[[1]]" + "}" * 150))),
                                           user(done())), ["tool_input_not_object:too_deep"]),
    ("NaN", request(user("x"), agent(call(input={"a": float("nan")})), user(done())), ["malformed:not_json"]),
    ("bytes in the system prompt", request(user("x"), system=b"x"), ["malformed:not_json", "malformed:system"]),
    ("an error that is a word", request(user("x"), agent(call()), user(done(is_error="yes"))), ["malformed:block"]),
    ("a number as result", request(user("x"), agent(call()), user(done(content=3))), ["malformed:block"]),
    ("a nested block that is a text", request(user("x"), agent(call()), user(done(content=["x"]))), ["malformed:block"]),
    ("a nested block without a type", request(user("x"), agent(call()), user(done(content=[{}]))), ["malformed:block"]),
    ("a nested call", request(user("x"), agent(call()), user(done(content=[call("b")]))), ["unknown_block_type"]),
    ("a nested text that is none", request(user("x"), agent(call()), user(done(content=[{"type": "text"}]))),
     ["malformed:block"]),
    ("a nested empty text", request(user("x"), agent(call()), user(done(content=[text("")]))), ["empty_text_block"]),
    ("a nested white text", request(user("x"), agent(call()), user(done(content=[text(" ")]))), ["whitespace_text_block"]),
    ("a nested marked empty text",
     request(user("x"), agent(call()), user(done(content=[text("", cache_control={"type": "ephemeral"})]))),
     ["cache_control_on_empty_text"]),
    ("a nested field", request(user("x"), agent(call()), user(done(content=[text("x", index=1)]))), ["unknown_block_field"]),
    ("nested citations", request(user("x"), agent(call()), user(done(content=[text("x", citations=[{}])]))),
     ["unknown_block_field"]),
    ("an image in a failed result", request(user("x"), agent(call()), user(done(content=[picture()], is_error=True))),
     ["error_result_not_text"]),
    ("redacted thinking without data", request(user("x"), agent({"type": "redacted_thinking", "data": ""}, text("y")),
                                               user("z")), ["thinking_unsigned:interrupted_stream"]),
    ("thinking at the end of a turn",
     request(user("x"), agent(text("y"), {"type": "thinking", "thinking": "t", "signature": LONG}), user("z")),
     ["thinking_not_followed"]),
    ("thinking behind words, with a budget",
     request(user("x"), agent(text("y"), {"type": "thinking", "thinking": "t", "signature": LONG}, text("y")), user("z"),
             model="claude-haiku-4-5", thinking={"type": "enabled", "budget_tokens": 1024}), ["thinking_not_first"]),
    ("thinking in a final turn while it is off",
     request(user("x"), agent({"type": "thinking", "thinking": "t", "signature": LONG}, text("So")),
             model="claude-haiku-4-5"), ["thinking_in_final_turn"]),
    ("edited thinking of an earlier turn",
     request(user("x"), agent({"type": "thinking", "thinking": "t", "signature": LONG}, text("y")), user("z"), agent("a"),
             user("b")), ["thinking_signature_invalid:edited_or_other_provider"]),
    ("a call of a user", request(user("x", ), agent("y"), user(text("z"), call())), ["wrong_role:tool_use_in_user"]),
    ("an image of the assistant", request(user("x"), agent(picture(), text("y")), user("z")),
     ["wrong_role:user_block_in_assistant"]),
    ("thinking of a user", request(user({"type": "thinking", "thinking": "t", "signature": LONG}, text("y"))),
     ["wrong_role:assistant_block_in_user"]),
    ("an image in a system turn",
     request(user("x"), {"role": "system", "content": [text("s"), picture()]}, model="claude-opus-5"),
     ["wrong_role:block_in_system"]),
    ("an unknown block", request(user({"type": "reasoning"})), ["unknown_block_type"]),
    ("a server call without a name", request(user("x"), agent({**SERVER, "name": None}, FOUND, text("y")), user("z")),
     ["malformed:block"]),
    ("a document without a source", request(user({"type": "document"}, text("x"))), ["malformed:block"]),
    ("a server call without a result", request(user("x"), agent(SERVER, text("y")), user("z"), agent("a"), user("b")),
     ["dangling_server_tool_use"]),
    ("a system turn behind the assistant",
     request(user("x"), agent("y"), {"role": "system", "content": "s"}, user("z"), model="claude-opus-5"),
     ["system_message_misplaced:not_after_user"]),
    ("a system turn before a user",
     request(user("x"), {"role": "system", "content": "s"}, user("z"), model="claude-opus-5"),
     ["system_message_misplaced:before_user"]),
    ("a system turn on Sonnet", request(user("x"), {"role": "system", "content": "s"}), ["system_message_unsupported"]),
    ("a call torn from its results by another turn", request(user("x"), agent(call()), agent("hm"), user(done())),
     ["consecutive_same_role:splits_tool_pair"]),
    ("results in two turns", request(user("x"), agent(call(), call("b")), user(done()), user(done("b"))),
     ["tool_results_not_contiguous"]),
    ("a cut that says so",
     request(user("x"), agent(call()), user("[earlier messages were removed]"), agent("ok"), user("y")),
     ["truncation_dropped_tool_result"]),
    ("one read and one write lost", request(user("x"), agent(call(), call("b", "refund_order")), user("?")),
     ["dangling_tool_use:crash_after_call_read_only", "dangling_tool_use:write_outcome_unknown"]),
    ("a result before its call", request(user("x"), agent("a"), user(done()), agent(call()), user(done())),
     ["orphan_tool_result:before_its_call"]),
    ("an answer that came only later",
     request(user("x"), agent(call()), user("?"), agent("wait"), user(done())), ["orphan_tool_result:late_async_result"]),
    ("one id twice in a turn", request(user("x"), agent(call(), call()), user(done(), done())), ["duplicate_tool_use_id"]),
    ("top_k", request(user("x"), top_k=1), ["removed_parameter:top_k"]),
    ("a parameter of others", request(user("x"), frequency_penalty=1), ["unknown_parameter"]),
    ("no model", request(user("x"), model=None), ["bad_parameter"]),
    ("max_tokens as a word", request(user("x"), max_tokens="1"), ["bad_parameter"]),
    ("stream as a word", request(user("x"), stream="yes"), ["bad_parameter"]),
    ("a stop sequence of white space", request(user("x"), stop_sequences=["\n"]), ["bad_parameter"]),
    ("metadata that is a word", request(user("x"), metadata="x"), ["bad_parameter"]),
    ("thinking that is a word", request(user("x"), thinking="yes"), ["bad_parameter"]),
    ("a budget where none is taken", request(user("x"), thinking={"type": "enabled", "budget_tokens": 1024}),
     ["thinking_unsupported"]),
    ("a budget that is too small",
     request(user("x"), model="claude-haiku-4-5", thinking={"type": "enabled", "budget_tokens": 10}),
     ["bad_parameter:thinking_budget"]),
    ("thinking off on Opus 5.5", request(user("x"), model="claude-opus-5-5", thinking={"type": "disabled"}),
     ["thinking_unsupported"]),
    ("a tool choice of a strange kind", request(user("x"), tool_choice={"type": "some"}), ["bad_parameter"]),
    ("a forced tool that is not there", request(user("x"), tool_choice={"type": "tool", "name": "b"}),
     ["forced_tool_choice_unknown_tool"]),
    ("a forced choice without tools", request(user("x"), tools=None, tool_choice={"type": "any"}),
     ["null_parameter", "forced_tool_choice_unknown_tool"]),
    ("a system prompt that is a number", request(user("x"), system=3), ["malformed:system"]),
    ("an image in the system prompt", request(user("x"), system=[picture()]), ["malformed:system"]),
    ("an empty system block", request(user("x"), system=[text("")]), ["empty_text_block"]),
    ("a white system block", request(user("x"), system=[text(" ")]), ["whitespace_text_block"]),
    ("tools that are an object", request(user("x"), tools={}), ["bad_tool"]),
    ("a tool that is a word", request(user("x"), tools=["a"]), ["bad_tool"]),
    ("a tool without a name", request(user("x"), tools=[{**tool("a"), "name": None}]), ["bad_tool"]),
    ("a tool without a schema", request(user("x"), tools=[{"name": "a"}]), ["bad_tool"]),
    ("a tool with a field of others", request(user("x"), tools=[{**tool("a"), "parameters": {}}]), ["bad_tool"]),
    ("a tool whose description is a list", request(user("x"), tools=[{**tool("a"), "description": []}]), ["bad_tool"]),
    ("a strict tool with an open schema", request(user("x"), tools=[{**tool("a"), "strict": True}]),
     ["output_schema_unsupported"]),
    ("two tools of one name", request(user("x"), tools=[tool("a"), tool("a")]), ["duplicate_tool_name"]),
    ("a cache mark of a strange kind", request(user(text("x", cache_control={"type": "forever"}))), ["bad_cache_control"]),
    ("output_config that is a word", request(user("x"), output_config="x"), ["bad_parameter"]),
    ("an output format of a strange kind", request(user("x"), output_config={"format": {"type": "xml"}}), ["bad_parameter"]),
    ("an open object in a schema", wanted({"type": "object"}), ["output_schema_unsupported"]),
    ("a bound deep in a schema",
     wanted({**SCHEMA, "properties": {"l": {"anyOf": [{"type": "array", "items": {"type": "integer", "maximum": 3}}]}}}),
     ["output_schema_unsupported"]),
    ("a list of two at least", wanted({**SCHEMA, "properties": {"l": {"type": "array", "minItems": 2}}}),
     ["output_schema_unsupported"]),
    ("an image without a source", request(user({"type": "image"})), ["image_undecodable"]),
    ("an image by an address that is none", request(user({"type": "image", "source": {"type": "url"}})),
         ["image_undecodable"]),
    ("an image of no known kind", request(user({"type": "image", "source": {"type": "raw"}})), ["image_undecodable"]),
    ("an image that is no base64",
     request(user({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "?"}})),
     ["image_undecodable"]),
    ("a GIF that says PNG", request(user(image("image/png", b"GIF89a" + struct.pack("<HH", 5, 5)))),
     ["image_undecodable:media_type_mismatch"]),
    ("a huge image", request(user(picture(9000, 5))), ["image_dimension:over_8000"]),
    ("an image in a result", request(user("x"), agent(call()), user(done(content=[picture(9000, 5)]))),
     ["image_dimension:over_8000"]),
    ("a long history", request(user("x" * 900_000), agent("y"), user("z")), ["context_overflow:whole_history"]),
    ("many images", request(user(*[picture()] * 130)), ["context_overflow:whole_history"]),
    ("half a character in a tool", request(user("x"), tools=[{**tool("a"), "description": "\udc00"}]), ["lone_surrogate"]),
    ("a hidden run of joiners", request(user("a" + "\u200b" * 5 + "b")), ["invisible_unicode_payload"]),
    ("an override of direction", request(user("refund \u202eWN")), ["invisible_unicode_payload"]),
    ("a refusal by its words", request(user("x"), agent("I'm sorry, but I can't help with that request."), user("y")),
     ["refusal_loop"]),
    ("a Python error of the client",
     request(user("x"), agent("Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error'}}"), user("y")),
     ["provider_error_stored_as_assistant_text"]),
]  # fmt: skip

HEALTHY: list[tuple[str, Any]] = [
    ("a flag made of tags", request(user("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!"))),
    ("Persian and emoji joiners", request(user("می‌خواهم 👩‍👩‍👧"))),
    ("an escaped NUL in text", request(user("a \\u0000 b"))),
    ("a paused server tool at the end", request(user("x"), agent(text("y"), SERVER))),
    ("a server tool and its result", request(user("x"), agent(SERVER, FOUND, text("y")), user("z"))),
    ("results in any order", request(user("x"), agent(call(), call("b")), user(done("b"), done()))),
    ("a refused refund, asked again", request(user("x"), agent(call(name="refund_order")),
     user(done(content='{"outcome":"denied"}')), agent(call("b", "refund_order")), user(done("b", "refunded")))),
    ("a failed refund, asked again", request(user("x"), agent(call(name="refund_order")),
     user(done(content="gateway", is_error=True)), agent(call("b", "refund_order")), user(done("b", "refunded")))),
    ("a refund that says it failed, asked again", request(user("x"), agent(call(name="refund_order")),
     user(done(content="Error: gateway timeout")), agent(call("b", "refund_order")), user(done("b", "refunded")))),
    ("a nameless server block", request(user("x"), agent(SERVER, FOUND, text("y")), user("z"), agent("a"), user("b"))),
    ("two different refunds", request(user("x"), agent(call(name="refund_order")), user(done()),
     agent(call("b", "refund_order", input={"order_id": "W2"})), user(done("b")))),
    ("a read asked twice", request(user("x"), agent(call()), user(done()), agent(call("b")), user(done("b")))),
    ("a call cut off and not carried out", request(user("x"), agent(call(name="refund_order")),
     user(done(content="not executed", is_error=True)))),
    ("a refusal that helps", request(user("x"), agent("I can't help with that order, but I can refund W2."), user("y"))),
    ("an agent that speaks of errors", request(user("x"), agent("The shop answered with an error; I will look."),
         user("y"))),
    ("a system prompt of blocks", request(user("x"), system=[text("a", cache_control={"type": "ephemeral", "ttl": "1h"})])),
    ("provider tools", request(user("x"), tools=[{"type": "web_search_20250305", "name": "web_search"},
                                                 {"type": "mcp_toolset", "mcp_server_name": "x"}])),
    ("a closed schema", wanted({**SCHEMA, "$defs": {"x": SCHEMA}, "properties": {"l": {"type": "array", "minItems": 1}}})),
    ("only an effort", request(user("x"), output_config={"effort": "low"})),
    ("an image by its address", request(user({"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}))),
    ("the choice of none", request(user("x"), tool_choice={"type": "none"})),
    ("thinking in the middle of a chain of calls",
     request(user("x"), agent({"type": "thinking", "thinking": "t", "signature": LONG}, call()), user(done()),
             agent(call("b")), user(done("b")), model="claude-haiku-4-5",
             thinking={"type": "enabled", "budget_tokens": 1024})),
    ("stop sequences", request(user("x"), stop_sequences=["END"], metadata={"user_id": "u"}, stream=True)),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in AT_FAULT], ids=[row[0] for row in AT_FAULT])
def test_R_A8_a_fault_is_named(body: Any, expected: list[str]) -> None:
    edited = expected == ["thinking_signature_invalid:edited_or_other_provider"]
    aside = Aside(edited_thinking=frozenset({1})) if edited else Aside()
    assert names(body, aside) == expected
    healed = repair(body, aside=aside, warnings=True)
    rest = {each.diagnosis for each in diagnose(healed.body)}
    assert rest <= {each.diagnosis for each in healed.left}


@pytest.mark.parametrize("body", [row[1] for row in HEALTHY], ids=[row[0] for row in HEALTHY])
def test_R_A8_what_only_looks_like_a_fault_is_none(body: Any) -> None:
    assert diagnose(body) == ()
    assert repair(body, warnings=True).body is body


def test_more_than_a_hundred_thousand_messages_are_too_many() -> None:
    body = {**request(), "messages": [user("x"), agent("y")] * 50_000 + [user("z")]}
    assert names(body) == ["too_many_messages"]
    assert names({**body, "messages": body["messages"][2:]}) == []


def test_the_old_version_takes_a_temperature() -> None:
    assert names(request(user("x"), temperature=1), Aside(api_version="2023-06-01")) == []


def test_the_order_of_findings_is_by_place_and_the_request_comes_last() -> None:
    body = request(user(text(""), text(" ")), agent(call()), user("?"), temperature=1)
    found = [(each.message, each.block) for each in diagnose(body)]
    assert found == [(0, 0), (0, 1), (1, None), (None, None)]


def test_errors_are_what_the_api_refuses() -> None:
    body = request(user("x"), user("y"), temperature=1)
    assert [each.diagnosis for each in errors(body)] == ["removed_parameter:temperature"]


def test_a_transcript_may_rest_on_the_assistant_s_words_and_a_foreign_one_may_begin_with_them() -> None:
    resting = {"messages": [user("x"), agent("done")]}
    assert names(resting, Aside(form="transcript")) == []
    begun = {"messages": [agent("hello"), user("x"), {"role": "system", "content": "s"}, user("y")]}
    assert names(begun, Aside(form="foreign")) == []
    assert names(begun, Aside(form="transcript"))[0] == "wrong_role:first_is_not_user"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("get_order", "read"), ("getOrderStatus", "read"), ("shop__list_refunds", "read"), ("get_or_create_label", "write"),
        ("find_and_delete", "write"), ("refund_order", "write"), ("createRefund", "write"), ("order", "unclear"),
             ("", "unclear"),
    ],
)  # fmt: skip
def test_a_tool_is_judged_by_its_first_verb(name: str, kind: str) -> None:
    assert kind_of(name, {}) == kind


def test_what_is_declared_goes_before_what_a_name_says() -> None:
    body = request(user("x"), agent(call(name="get_order")), user("?"))
    assert diagnose(body, Aside(tools={"get_order": "write"}))[0].side_effect == "unknown"
    assert diagnose(request(user("x"), agent(call(name="order")), user("?")))[0].side_effect == "possible"


def test_R_A8_the_same_refund_is_the_same_however_its_arguments_are_written() -> None:
    first = {"order": {"id": "W1", "lines": [1, 2]}, "amount": 64}
    again = {"amount": 64.0, "order": {"lines": [1, 2], "id": "W1"}}

    def twice(one: Any, other: Any) -> list[str]:
        calls = (call(name="refund_order", input=one), call("b", "refund_order", input=other))
        return names(request(user("x"), agent(calls[0]), user(done()), agent(calls[1]), user(done("b"))))

    assert twice(first, again) == ["duplicate_side_effect_suspected"]
    assert twice(first, {**again, "amount": 64.5}) == []
    assert twice(first, {**again, "order": {"id": "W1", "lines": [2, 1]}}) == []
    assert twice({"n": 10**5000}, {"n": 10**5000}) == ["malformed:not_json", "malformed:not_json"]


def test_half_arguments_that_were_carried_out_are_suspected_by_the_tool_s_own_schema() -> None:
    needs = {**tool("refund_order"), "input_schema": {"type": "object", "required": ["order_id", "amount"]}}
    body = request(user("x"), agent(call(name="refund_order")), user(done()), tools=[needs, "odd"])
    assert "truncated_tool_call_executed" in names(body)
    half = request(user("x"), agent(call(name="order")), user(done()))
    found = diagnose(half, Aside(stop_reasons={1: "max_tokens"}))
    assert [(each.diagnosis, each.side_effect) for each in found] == [("truncated_tool_call_executed", "possible")]
    read = request(user("x"), agent(call()), user(done(content=[text("ok")])))
    assert diagnose(read, Aside(stop_reasons={1: "max_tokens"}))[0].side_effect == "none"


def test_the_sizes_of_images_are_read_from_their_heads() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xd0\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 7, 9) + b"\0" * 9
    assert size_of(jpeg) == ("image/jpeg", 9, 7)
    assert size_of(b"\xff\xd8\xff\xe0\x00\x01" + b"\0" * 9) is None
    assert size_of(b"\xff\xd8\xff\xe0\x00\x04ab" + b"x" * 12) is None
    assert size_of(b"\xff\xd8" + (b"\xff\xe0\xff\xff" + b"\0" * 65_533) * 4) == ("image/jpeg", 0, 0)
    assert size_of(b"\xff\xd8\xff") is None
    assert size_of(b"GIF89a" + struct.pack("<HH", 3, 4)) == ("image/gif", 3, 4)
    riff = b"RIFF\0\0\0\0WEBP"
    assert size_of(riff + b"VP8X" + b"\0" * 8 + (4).to_bytes(3, "little") + (5).to_bytes(3, "little")) == (
        "image/webp",
        5,
        6,
    )
    assert size_of(riff + b"VP8 " + b"\0" * 10 + struct.pack("<HH", 8, 9)) == ("image/webp", 8, 9)
    bits = (10 - 1) | (11 - 1) << 14
    assert size_of(riff + b"VP8L" + b"\0" * 5 + bits.to_bytes(4, "little") + b"\0" * 5) == ("image/webp", 10, 11)
    assert size_of(riff + b"VP9 " + b"\0" * 20) is None
    assert size_of(riff) is None
    assert size_of(b"hello") is None


def test_base64_of_an_impossible_length_is_no_image() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "AAAAA"}
    assert names(request(user({"type": "image", "source": source}))) == ["image_undecodable"]


def test_an_image_is_decoded_no_further_than_its_head() -> None:
    made = picture()
    made["source"]["data"] = made["source"]["data"].rstrip("=") + "A" * 400_001
    made["source"]["data"] += "A" * (-len(made["source"]["data"]) % 4)
    assert names(request(user(made))) == []
    made["source"]["data"] = made["source"]["data"][:-1]
    assert names(request(user(made))) == ["image_undecodable"]
    assert refusal(request(user(made))) is not None


def test_a_dated_model_is_its_family_and_an_unknown_one_takes_the_least() -> None:
    assert traits("claude-haiku-4-5-20251001").prefill
    assert not traits("claude-next").prefill


def test_signed_thinking_is_taken_by_both_readers() -> None:
    body = request(user("x"), agent(call()), user(done()))
    body["messages"][1]["content"].insert(0, thought({**body, "messages": body["messages"][:1]}))
    assert names(body) == []
    assert refusal(body) is None

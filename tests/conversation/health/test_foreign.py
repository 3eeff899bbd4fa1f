"""Transcripts of others: read, judged at their own places, healed in their own form (R-A8)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from agent_core.conversation.health.findings import Outcome
from agent_core.conversation.health.foreign.detect import detect, read
from agent_core.conversation.health.foreign.transcript import FORMS, Transcript, open_calls
from agent_core.conversation.health.mend_pairs import NOT_KNOWN
from tests.conversation.health.test_any_json import ANY
from tests.conversation.health.test_names import agent, call, done, request, text, user

Row = dict[str, Any]


def chat_call(call_id: str, name: str = "get_order", arguments: str = '{"order_id": "W1"}') -> Row:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def said(role: str, content: Any, **more: Any) -> Row:
    return {"role": role, "content": content, **more}


CHAT: list[Row] = [
    said("system", "You help."),
    said("user", "where are W1 and W2?"),
    said("assistant", None, tool_calls=[chat_call("call_1"), chat_call("call|2", arguments="")]),
    said("tool", "delivered", tool_call_id="call_1"),
    said("tool", "", tool_call_id="call|2"),
    said("assistant", "Delivered."),
]
RESPONSES: list[Row] = [
    {"role": "user", "content": "where is W1?"},
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_order", "arguments": '{"order_id":"W1"}'},
    {"type": "function_call_output", "call_id": "call_1", "output": "delivered"},
    {"type": "web_search_call", "id": "ws_1", "status": "completed"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Delivered."}]},
]


def lc(name: str, **kwargs: Any) -> Row:
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", name], "kwargs": kwargs}


def graph_call(call_id: str, name: str = "get_order", **args: Any) -> Row:
    return {"name": name, "args": args or {"order_id": "W1"}, "id": call_id, "type": "tool_call"}


GRAPH: list[Row] = [
    lc("SystemMessage", content="You help.", type="system"),
    lc("HumanMessage", content="refund W1", type="human"),
    lc("AIMessage", content="", type="ai", tool_calls=[graph_call("c1", "refund_order")], invalid_tool_calls=[]),
    lc("ToolMessage", content="refunded", type="tool", tool_call_id="c1", status="success"),
    lc("AIMessage", content="Done.", type="ai", tool_calls=[], invalid_tool_calls=[]),
]
PLAIN: list[Row] = [
    {"type": "human", "content": "refund W1", "additional_kwargs": {}},
    {"type": "ai", "content": [{"type": "text", "text": "Refunding."}], "tool_calls": [graph_call("c1", "refund_order")]},
    {"type": "tool", "content": "refunded", "tool_call_id": "c1"},
]


def checkpoint(messages: list[Row], **more: Any) -> Row:
    return {"v": 4, "id": "1f0", "channel_values": {"messages": messages, "other": [1]}, **more}


def names(transcript: Transcript, **more: Any) -> list[tuple[str, int | None]]:
    return [(each.diagnosis, each.message) for each in transcript.diagnose(**more)]


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (CHAT, "openai_chat"),
        ({"model": "gpt", "messages": CHAT}, "openai_chat"),
        (RESPONSES, "openai_responses"),
        ({"input": RESPONSES}, "openai_responses"),
        ({"output": RESPONSES[1:3]}, "openai_responses"),
        ({"object": "list", "data": RESPONSES}, "openai_responses"),
        (checkpoint(GRAPH), "langgraph"),
        ({"checkpoint": checkpoint(PLAIN)}, "langgraph"),
        ({"values": {"messages": PLAIN}, "next": []}, "langgraph"),
        (GRAPH, "langgraph"),
        (PLAIN, "langgraph"),
        ([{"type": "ai", "data": {"content": "x"}}], "langgraph"),
        ([said("user", "x"), said("assistant", "", tool_calls=[graph_call("c1")])], "langgraph"),
        (request(user("x")), "messages"),
        ([user("x"), agent("y")], "messages"),
        ({"request": request(user("x"))}, "messages"),
        (3, "messages"),
        ([], "messages"),
    ],
)
def test_R_A8_the_form_is_recognised(value: Any, form: str) -> None:
    assert detect(value) == form


@pytest.mark.parametrize(
    "value",
    [CHAT, {"messages": CHAT}, RESPONSES, {"input": RESPONSES}, checkpoint(GRAPH), {"checkpoint": checkpoint(PLAIN)},
     {"values": {"messages": PLAIN}}, GRAPH, PLAIN, [user("x"), agent("y")]],
)  # fmt: skip
def test_R_A8_a_healthy_transcript_has_no_errors_and_comes_back_as_it_was(value: Any) -> None:
    transcript = read(value)
    assert [each for each in transcript.diagnose() if each.severity == "error"] == []
    assert transcript.repair().body == value


def test_R_A8_chat_completions_are_healed_in_their_own_form() -> None:
    rows = [
        *CHAT[:2],
        said("assistant", None, tool_calls=[chat_call("call_1", "refund_order"), chat_call("call_2", arguments='{"a": "W')]),
        said("user", [{"type": "text", "text": "hello?"}, {"type": "image_url", "image_url": {"url": "data:x"}}]),
        said("tool", "delivered", tool_call_id="call_2"),
        said("tool", "whose?", tool_call_id="call_9"),
        said("developer", "Be kind."),
        said("assistant", "One moment."),
    ]
    transcript = read({"model": "gpt", "messages": rows, "temperature": 0})
    assert names(transcript) == [
        ("interleaved_customer_message", 2), ("parallel_partial_results", 2), ("tool_input_not_object:raw_json_string", 2),
        ("orphan_tool_result:unknown_id", 5),
    ]  # fmt: skip
    done_ = transcript.repair()
    healed = done_.body["messages"]
    assert done_.body["temperature"] == 0
    assert healed[:2] == rows[:2]
    assert [call["id"] for call in healed[2]["tool_calls"]] == ["call_1", "call_2"]
    assert healed[2]["tool_calls"][0] is rows[2]["tool_calls"][0] or healed[2]["tool_calls"][0] == rows[2]["tool_calls"][0]
    assert json.loads(healed[2]["tool_calls"][1]["function"]["arguments"]) == {"unparsed_input": '{"a": "W'}
    assert healed[3] == {"role": "tool", "tool_call_id": "call_1", "content": NOT_KNOWN}
    assert healed[4] is rows[4]
    assert healed[5] is rows[3]
    assert healed[6:] == rows[6:]
    assert [(each.diagnosis, each.message) for each in done_.left] == [("parallel_partial_results", 2)]
    assert {change.path for change in done_.changes} <= {"messages.2", "messages.3", "messages.4", "messages.5"}
    assert read(done_.body).repair().body == done_.body


def test_the_old_function_form_is_read_by_its_names() -> None:
    def legacy(arguments: str = "{}") -> Row:
        return said("assistant", None, function_call={"name": "get_order", "arguments": arguments})

    found = said("function", "delivered", name="get_order")
    rows = [
        said("user", "x"),
        legacy(),
        found,
        legacy(),
        found,
        legacy(),
        said("user", "?"),
        said("function", "y", name="z"),
    ]
    transcript = read(rows)
    assert names(transcript) == [
        ("dangling_tool_use:crash_after_call_read_only", 5), ("orphan_tool_result:unknown_id", 7),
    ]  # fmt: skip
    healed = transcript.repair().body
    assert healed[:6] == rows[:6]
    assert healed[6] == {"role": "function", "name": "get_order", "content": NOT_KNOWN}
    assert healed[7] == rows[6]
    head = read([said("function", "y", name="z"), said("user", "x")])
    assert names(head) == [("orphan_tool_result:head_truncated", 0)]


def test_custom_calls_and_odd_rows_are_kept() -> None:
    custom = {"id": "c1", "type": "custom", "custom": {"name": "run", "input": "ls"}}
    rows = [said("user", "x"), said("assistant", "", tool_calls=[custom, 3]), said("tool", [{"type": "text", "text": "a"}],
            tool_call_id="c1"), 7, said("user", ["y", 5])]  # fmt: skip
    transcript = read(rows, "openai_chat")
    assert ("bad_tool_use_id:missing", 1) in names(transcript)
    healed = transcript.repair()
    assert healed.body[1]["tool_calls"][0]["custom"] == custom["custom"]
    assert any(each.diagnosis == "wrong_role:unknown" for each in healed.left)


def test_refusals_of_others_are_seen() -> None:
    rows = [said("user", "x"), said("assistant", None, refusal="No."), said("user", "where is my parcel?")]
    assert names(read(rows, "openai_chat")) == [("refusal_loop", 1)]
    assert read(rows, "openai_chat").repair().body == rows[2:]
    parts = [{"role": "user", "content": "x"}, {"type": "message", "role": "assistant", "content": [{"type": "refusal",
             "refusal": "No."}]}, {"role": "user", "content": "y"}]  # fmt: skip
    assert names(read(parts, "openai_responses")) == [("refusal_loop", 1)]


def test_words_of_a_chat_row_are_healed_part_by_part() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:x"}}
    rows = [said("system", "half \ud83d"), said("user", [text("half \ud83d"), image]), said("assistant", "half \ud83d")]
    healed = read(rows, "openai_chat").repair().body
    assert healed[0] == said("system", "half \ufffd")
    assert healed[1]["content"] == [text("half \ufffd"), image]
    assert healed[1]["content"][1] is image
    assert healed[2]["content"] == "half \ufffd"


def test_R_A8_responses_are_healed_item_by_item() -> None:
    rows: list[Row] = [
        {"type": "function_call_output", "call_id": "call_0", "output": [{"type": "output_text", "text": "lost"}]},
        {"role": "developer", "content": "Be kind."},
        RESPONSES[0],
        RESPONSES[1],
        {**RESPONSES[2], "arguments": '{"order_id"'},
        {"type": "custom_tool_call", "call_id": "call_2", "name": "refund_order", "input": "W1"},
        {"role": "user", "content": "hello?"},
        {"type": "function_call_output", "call_id": "call_1", "output": "delivered"},
        {"type": "reasoning", "id": "rs_2", "summary": []},
    ]
    transcript = read({"model": "gpt", "input": rows})
    assert names(transcript) == [
        ("orphan_tool_result:head_truncated", 0), ("interleaved_customer_message", 3), ("parallel_partial_results", 3),
        ("tool_input_not_object:raw_json_string", 4), ("thinking_not_followed", 8),
    ]  # fmt: skip
    done_ = transcript.repair()
    healed = done_.body["input"]
    assert healed[0]["content"] == "[A tool result that belongs to no call was removed here.]"
    assert healed[1:4] == rows[1:4]
    assert json.loads(healed[4]["arguments"]) == {"unparsed_input": '{"order_id"'}
    assert healed[4]["id"] == "fc_1"
    assert healed[5] is rows[5]
    outputs = [row for row in healed if row.get("type") == "function_call_output"]
    assert [row["call_id"] for row in outputs] == ["call_1", "call_2"]
    assert outputs[0] is rows[7]
    assert outputs[1]["output"] == NOT_KNOWN
    assert rows[8] not in healed
    assert [each.severity for each in read(done_.body).diagnose() if each.severity == "error"] == []


def test_R_A8_checkpoints_are_healed_in_the_form_they_have() -> None:
    rows = [*GRAPH[:3], lc("HumanMessage", content="did it work?", type="human")]
    transcript = read(checkpoint(rows))
    assert names(transcript) == [("dangling_tool_use:write_outcome_unknown", 2)]
    done_ = transcript.repair({"c1": Outcome("happened", "refunded")})
    healed = done_.body["channel_values"]["messages"]
    assert done_.body["channel_values"]["other"] == [1]
    assert healed[:3] == rows[:3]
    assert healed[3]["id"][-1] == "ToolMessage"
    assert healed[3]["kwargs"] == {"type": "tool", "content": "refunded", "tool_call_id": "c1", "status": "success"}
    assert healed[4] == rows[3]
    plain = read({"values": {"messages": PLAIN[:2]}})
    assert names(plain) == [("dangling_tool_use:tail", 1)]
    assert plain.repair().body["values"]["messages"][2]["type"] == "tool"
    wrapped = read([{"type": "human", "data": {"content": ""}}, {"type": "ai", "data": {"content": "a \ud83d"}}])
    assert wrapped.repair().body[0] == {"type": "ai", "data": {"content": "a \ufffd", "tool_calls": []}}


@pytest.mark.parametrize(
    "more",
    [
        {"pending_writes": [["t1", "__interrupt__", [{"value": {"action_requests": [{"name": "refund_order",
                                                                                    "args": {"order_id": "W1"}}]}}]]]},
        {"tasks": [{"interrupts": [{"value": [{"action_request": {"action": "refund_order",
            "args": {"order_id": "W1"}}}]}]}]},
        {"interrupts": [{"value": "Refund W1?"}]},
        {"pending_writes": [["t1", "__interrupt__", {"value": "Refund W1?"}], ["t1", "messages"], 3]},
        {"__interrupt__": [{"value": {}}]},
    ],
)  # fmt: skip
def test_R_A8_an_interrupt_is_a_waiting_approval_and_no_damage(more: Row) -> None:
    value = checkpoint(GRAPH[:3], **more)
    transcript = read(value)
    found = transcript.diagnose()
    assert [(each.diagnosis, each.severity) for each in found] == [("dangling_tool_use:awaiting_approval", "warning")]
    assert transcript.repair().body == value


def test_an_interrupt_covers_only_the_calls_it_names() -> None:
    both = lc("AIMessage", content="", type="ai", tool_calls=[graph_call("c1", "refund_order"), graph_call("c2")])
    value = {"values": {"messages": [GRAPH[1], both], "__interrupt__": [{"value": {"action_requests": [
        {"name": "refund_order", "args": {"order_id": "W1"}}]}}]}}  # fmt: skip
    found = read(value).diagnose()
    assert {(each.diagnosis, each.tool_use_ids) for each in found} == {
        ("dangling_tool_use:awaiting_approval", ("c1",)), ("dangling_tool_use:tail", ("c2",)),
    }  # fmt: skip
    empty = read({"values": {"messages": []}, "interrupts": [{"value": 1}]})
    assert names(empty) == [("no_messages", None)]


def test_calls_in_content_and_cut_calls_of_a_graph_are_one_call_each() -> None:
    content = [text("Let me look."), {"type": "tool_use", "id": "c1", "name": "get_order", "input": {"order_id": "W1"}},
               {"type": "tool_use", "id": "c3", "name": "get_order", "input": "{"},
                   {"type": "input_json_delta"}]  # fmt: skip
    cut = {"name": "get_order", "args": '{"order', "id": "c2", "error": "cut", "type": "invalid_tool_call"}
    rows = [
        {"type": "human", "content": "x"},
        {"type": "ai", "content": content, "tool_calls": [graph_call("c1")], "invalid_tool_calls": [cut],
         "response_metadata": {"stop_reason": "max_tokens"}},
        {"type": "tool", "content": "delivered", "tool_call_id": "c1", "status": "error"},
    ]  # fmt: skip
    transcript = read(rows)
    assert names(transcript) == [
        ("parallel_partial_results", 1), ("tool_input_not_object:raw_json_string", 1),
        ("tool_input_not_object:raw_json_string", 1),
    ]  # fmt: skip
    healed = transcript.repair().body
    assert [part.get("id") for part in healed[1]["content"]] == [None, "c3", "c1"]
    assert healed[1]["content"][1]["input"] == {"unparsed_input": "{"}
    assert [call["id"] for call in healed[1]["tool_calls"]] == ["c1", "c2"]
    assert healed[1]["invalid_tool_calls"] == []
    assert any(row is rows[2] for row in healed)
    assert {row.get("tool_call_id") for row in healed[2:]} == {"c1", "c2", "c3"}
    assert [each for each in read(healed).diagnose() if each.severity == "error"] == []


def test_openai_calls_inside_a_graph_message_are_read() -> None:
    rows = [lc("HumanMessage", content="x"), lc("AIMessage", content="", tool_calls=[chat_call("c1"), "odd"])]
    assert ("dangling_tool_use:tail", 1) in names(read(rows))
    system = [lc("SystemMessage", content="a \ud83d"), *GRAPH[1:2], lc("SystemMessage", content="b")]
    healed = read(system).repair().body
    assert healed[0]["kwargs"]["content"] == "a \ufffd"
    assert healed[2] == system[2]
    odd = read([{"type": "remove", "id": "x", "content": "y"}, {"type": "human", "content": "x"}], "langgraph")
    assert names(odd)[0] == ("wrong_role:unknown", 0)


def test_R_A8_a_list_of_messages_may_rest_and_says_how_its_turns_ended() -> None:
    rows = [user("x"), {**agent("No."), "stop_reason": "refusal", "id": "msg_1", "usage": {}}, user("y"), agent("z")]
    transcript = read(rows)
    assert names(transcript) == [("refusal_loop", 1)]
    assert transcript.repair().body == rows[2:]
    assert read(rows[2:]).repair().body == rows[2:]


def test_lines_of_a_session_are_read_and_kept() -> None:
    rows = [
        {"type": "summary", "text": "s"},
        {"type": "user", "message": user("x")},
        {"type": "assistant", "message": {**agent(call()), "id": "msg_1", "stop_reason": "tool_use"}},
        {"type": "note"},
        {"type": "user", "message": user(text("hm"), done())},
        {"type": "end"},
    ]
    transcript = read(rows)
    assert names(transcript) == [("tool_result_not_first", 4)]
    healed = transcript.repair().body
    assert healed[:4] == rows[:4]
    assert healed[4]["message"]["content"] == [done(), text("hm")]
    assert healed[5] == rows[5]
    lost = read(rows[:4]).repair().body
    assert [row.get("type") for row in lost] == ["summary", "user", "assistant", None, "note"]
    assert read(rows[:1] + rows[3:4], "messages").diagnose()[0].diagnosis == "malformed:content"


def test_recorded_examples_are_written_out() -> None:
    example = {
        "request": request(user(text("row "))),
        "meta": {"prefix_changed": "system", "messages.1": {"stop_reason": "refusal"}, "messages.x": 3},
        "expand": [
            {"path": ["messages", 0, "content", 0, "text"], "append": "row ", "times": 3},
            {"path": ["messages", 9], "append": "x", "times": 1},
            {"path": ["model"], "append": "-x", "times": 1},
            {"path": ["nothing"], "append": "x", "times": 1},
            {"path": [], "append": "x", "times": 1},
            {"path": ["max_tokens"], "append": "x", "times": 1},
            "odd",
        ],
    }
    transcript = read(example)
    assert transcript.body["messages"][0]["content"][0]["text"] == "row row row row "
    assert transcript.body["model"] == "claude-sonnet-5-5-x"
    assert transcript.aside.prefix_changed
    assert transcript.aside.stop_reasons == {1: "refusal"}
    assert read([example["request"]]).body is example["request"]
    assert read({"request": 3, "meta": 4}).diagnose()[0].diagnosis == "malformed:body"


def test_results_of_parts_and_halves_come_back_as_text() -> None:
    parts = [{"type": "text", "text": "half \ud83d"}, {"type": "text", "text": "b"}]
    rows = [said("user", "x"), said("assistant", "", tool_calls=[chat_call("c1")]), said("tool", parts, tool_call_id="c1")]
    assert read(rows).repair().body[2]["content"] == "half \ufffd\nb"
    items = [{"type": "function_call", "call_id": "c1", "name": "get_order", "arguments": "{}"},
             {"type": "function_call_output", "call_id": "c1", "output": "half \ud83d"},
             {"type": "function_call_output", "output": "whose?"}, {"type": "reasoning"},
             {"role": "assistant", "content": "a"},
             {"type": "message", "role": ["odd"], "content": "b"}]  # fmt: skip
    healed = read(items, "openai_responses").repair().body
    assert healed[1]["output"] == "half \ufffd"
    assert items[5] in healed
    graph = [GRAPH[1], {"type": "ai", "content": "a \ud83d", "tool_calls": [graph_call("c1"), 3]},
             {"type": "tool", "content": [text("b")], "tool_call_id": "c1"},
             {"type": "tool", "content": "whose?"}]  # fmt: skip
    back = read(graph).repair().body
    assert back[1]["content"] == "a \ufffd"
    assert back[2] is graph[2]


def test_a_turn_in_flight_is_the_last_message_of_any_form() -> None:
    for value in ([user("x"), agent(call())], CHAT[:3], RESPONSES[:3], GRAPH[:3]):
        transcript = read(value)
        assert {each.severity for each in transcript.diagnose(in_flight=True)} == {"warning"}
        assert transcript.repair(in_flight=True).body == value
    assert open_calls({"messages": [agent("x")]}) == []
    half = [user("x"), agent(call(), call("b", "refund_order")), user(done())]
    assert open_calls({"messages": half}) == ["toolu_b"]
    assert read(half).repair(in_flight=True).body == half
    assert open_calls({"messages": [*half, user("?")]}) == []
    begun = [*CHAT[:3], CHAT[3]]
    assert read(begun).repair(in_flight=True).body == begun
    assert open_calls({"messages": [{"role": "assistant", "content": "x"}]}) == []
    assert open_calls({"messages": ["x"]}) == []
    assert open_calls(3) == []


@settings(max_examples=150, deadline=None, database=None)
@given(ANY)
def test_R_A10_any_json_can_be_read_as_any_form(value: Any) -> None:
    wrapped = {"messages": value, "input": value, "channel_values": {"messages": value}, "tasks": value, "interrupts": value}
    for given_ in (value, [value, value], wrapped):
        for form in (None, *FORMS):
            transcript = read(given_, form)
            transcript.diagnose()
            transcript.repair(warnings=True)

"""What other programs make of a conversation: read for what it is, or called what it is, and never emptied (R-A8)."""

import json
from typing import Any

import pytest

from agent_core.conversation.health.foreign.detect import read
from agent_core.conversation.health.foreign.file import Unreadable, parsed
from agent_core.conversation.health.foreign.inside import located
from agent_core.conversation.health.mend_pairs import NOT_KNOWN
from tests.conversation.health.test_foreign import CHAT, PLAIN, chat_call, graph_call, said
from tests.conversation.health.test_names import agent, call, done, request, text, user

LOST = request(user("x"), agent(call(name="refund_order")), user("well?"))


def packed(module: str, name: str, **fields: Any) -> list[Any]:
    return [f"langchain_core.messages.{module}", name, fields, "model_validate_json"]


PACKED = [
    packed("human", "HumanMessage", content="refund W1", type="human", id="m1"),
    packed("ai", "AIMessage", content="", type="ai", id="m2", tool_calls=[graph_call("c1", "refund_order")]),
    packed("human", "HumanMessage", content="hello?", type="human", id="m3"),
]


def called(number: int) -> dict[str, Any]:
    return {"type": "function_call", "call_id": f"c{number}", "name": "get_order", "arguments": "{}"}


def answered(number: int) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": f"c{number}", "output": "refunded"}


def refused(data: Any) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        located(parsed(data if isinstance(data, bytes) else json.dumps(data).encode()))
    return caught.value


def lines(*values: Any) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


# Answers of a stream, and files that broke off.


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "message_start", "message": {**agent(), "id": "msg_1", "content": []}},
         {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"a": 12'}}],
        [{"object": "chat.completion.chunk", "choices": [{"delta": {"role": "assistant", "content": "x"}}]}] * 2,
        [{"type": "response.created", "response": {"output": []}}, {"type": "response.item.added", "item": called(1)}],
    ],
)  # fmt: skip
def test_R_A8_half_an_answer_is_called_a_stream_and_no_conversation(events: list[Any]) -> None:
    assert refused(lines(*events)).code == "stream_of_events"
    assert refused(events).code == "stream_of_events"


@pytest.mark.parametrize("cut", [1, 60, 200])
def test_R_A8_a_file_that_broke_off_is_said_to_be_cut_however_it_is_written(cut: int) -> None:
    for written in (json.dumps(LOST), json.dumps(LOST, indent=2)):
        error = refused(written[:-cut].encode())
        assert error.code == "not_json"
        assert "as if it had been cut off" in error.message
        assert " at at " not in error.message


def test_a_fault_in_a_file_of_many_lines_is_shown_where_it_is() -> None:
    broken = json.dumps(LOST, indent=2).replace('"refund_order",', '"refund_order"')
    assert "at line 1," not in refused(broken.encode()).message
    assert "Line 4" in refused(lines(user("x"), agent("y")) + b"\n\n{broken").message


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(json.dumps(LOST)).encode(),
        f"level=error msg=failed body={json.dumps(json.dumps(LOST))} attempt=2".encode(),
        f'{{"a": 1}} body={json.dumps(json.dumps([LOST]))}'.encode(),
    ],
)
def test_R_A8_a_request_written_as_text_is_read_whole(data: bytes) -> None:
    there = located(parsed(data))
    assert there.value in (LOST, [LOST])
    assert [each.head for each in read(there.value).diagnose()] == ["dangling_tool_use"]


# Checkpoints packed as msgpack.


def test_R_A8_a_checkpoint_unpacked_from_msgpack_is_healed_in_its_own_form() -> None:
    rows = PACKED
    value = {"v": 4, "channel_versions": {"messages": "7"}, "channel_values": {"messages": rows, "other": 1}}
    there = located(value)
    transcript = read(there.value)
    assert (there.at, transcript.form) == ("", "langgraph")
    assert [(each.diagnosis, each.message) for each in transcript.diagnose()] == [
        ("dangling_tool_use:write_outcome_unknown", 1)
    ]
    healed = transcript.repair().body
    assert {**healed, "channel_values": None} == {**value, "channel_values": None}
    messages = healed["channel_values"]["messages"]
    assert [messages[0], messages[1], messages[3]] == rows
    assert messages[2][:2] == ["langchain_core.messages.tool", "ToolMessage"]
    assert (messages[2][2]["content"], messages[2][2]["tool_call_id"], messages[2][3]) == (NOT_KNOWN, "c1", rows[0][3])
    assert read(rows[:1]).repair().body == rows[:1]


def test_a_checkpoint_whose_messages_are_bytes_says_so() -> None:
    value = {"v": 4, "channel_values": {"messages": [{"code": 5, "data": "lN4A"}] * 2}}
    assert refused(value).code == "messages_elsewhere"
    assert read(located({"channel_values": {"messages": PLAIN}}).value).diagnose() == ()


# What the provider keeps.


@pytest.mark.parametrize(
    ("items", "more"),
    [
        ([answered(1), answered(2)], {"previous_response_id": "resp_1"}),
        ([answered(1)], {"conversation": {"id": "conv_1"}}),
        ([user("x"), {"type": "item_reference", "id": "fc_1"}, answered(1)], {}),
        ([{"type": "item_reference", "id": "fc_1"}, called(2), answered(1), answered(2), user("y")], {}),
        ([called(2), answered(2), answered(1)], {"previous_response_id": "resp_1"}),
    ],
)
def test_R_A8_the_result_of_a_call_that_the_provider_keeps_is_no_orphan(items: list[Any], more: Any) -> None:
    value = {"model": "gpt-5", "input": items, **more}
    assert [each for each in read(value).diagnose() if each.severity == "error"] == []
    assert read(value).repair().body == value
    spoiled = {**value, "input": [*items, called(9), user("half \ud83d")]}
    healed = read(spoiled).repair().body["input"]
    assert healed[: len(items) + 1] == spoiled["input"][:-1]
    assert healed[-2]["call_id"] == "c9"
    assert "recalled" not in json.dumps(healed)


def test_a_result_nobody_keeps_a_call_for_is_an_orphan() -> None:
    assert [each.head for each in read({"model": "gpt-5", "input": [answered(1)]}).diagnose()] == ["orphan_tool_result"]
    twice = {"previous_response_id": "r", "input": [answered(1), answered(1)]}
    assert [each.head for each in read(twice).diagnose()] == ["duplicate_tool_result"]


# Forms that are not read, and chats.


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([{"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "a", "input": {}}]},
          {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "output": {}}]}], "calls as parts"),
        ([{"type": "UserMessage", "content": "x"}, {"type": "AssistantMessage", "content": [{"id": "c1"}]}], "have no role"),
    ],
)  # fmt: skip
def test_R_A8_a_form_that_is_not_read_is_named_and_not_emptied(messages: list[Any], says: str) -> None:
    error = refused({"model": "gpt-5", "messages": messages})
    assert (error.code, says in error.message) == ("unknown_form", True)


def test_R_A8_nothing_said_between_a_call_and_its_result_splits_them_all_the_same() -> None:
    rows = [
        *CHAT[:2],
        said("assistant", None, tool_calls=[chat_call("c1")]),
        said("user", ""),
        said("tool", "x", tool_call_id="c1"),
    ]
    assert {each.head for each in read(rows).diagnose()} == {"interleaved_customer_message", "empty_message"}
    assert read(rows).repair().body == [*rows[:3], rows[4]]


def test_R_A8_how_much_another_provider_takes_is_never_guessed() -> None:
    rows = [*CHAT, said("user", "x" * 900_000), said("assistant", "y"), said("user", [{"type": "text", "text": "z"}])]
    assert [each for each in read({"model": "gpt-4.1", "messages": rows}).diagnose() if each.severity == "error"] == []


def test_a_result_before_its_call_is_called_that() -> None:
    body = request(user(done(), text("y")), agent(call()), user("z"))
    assert "orphan_tool_result:before_its_call" in [each.diagnosis for each in read(body).diagnose()]


@pytest.mark.parametrize(
    "records",
    [
        [{"custom_id": "1", "result": {"type": "errored", "error": {"type": "error"}}}] * 2,
        [{"title": "t", "mapping": {"a": {"message": {"author": {"role": "user"}, "content": {"parts": ["x"]}}}}}],
    ],
)
def test_R_A8_records_without_a_message_are_no_conversation_and_not_emptied(records: list[Any]) -> None:
    assert refused(records).code == "unknown_form"
    assert refused(lines(*records, *records)).code == "unknown_form"


@pytest.mark.parametrize("name", ["sessionId", "conversation_id"])
def test_R_A8_a_log_of_several_conversations_is_not_read_as_one(name: str) -> None:
    rows: list[Any] = [
        {"type": "user", "message": user("x"), name: "s1"},
        {"type": "user", "message": user("y"), name: "s2"},
    ]
    error = refused(rows)
    assert (error.code, name in error.message) == ("several_transcripts", True)
    assert located([{**row, name: "s1"} for row in rows]).at == ""


def test_R_A8_a_write_whose_arguments_broke_off_and_that_was_carried_out_is_left_to_a_person() -> None:
    def carried_out(arguments: str) -> list[str]:
        calling = said("assistant", None, tool_calls=[chat_call("c1", "refund_order", arguments)])
        rows = [said("user", "x"), calling, said("tool", "refunded", tool_call_id="c1"), said("user", "y")]
        return [each.diagnosis for each in read(rows).repair().left]

    assert carried_out('{"amount": 12') == ["truncated_tool_call_executed"]
    assert carried_out('{"order_id": "W1') == ["truncated_tool_call_executed"]
    assert carried_out("W1") == carried_out('{"amount": 12}') == carried_out("[12") == []


def test_R_A8_a_request_to_a_cloud_that_hosts_the_models_keeps_what_that_cloud_takes() -> None:
    body = request(user("x"), anthropic_version="bedrock-2023-05-31", anthropic_beta=["a"], temperature=0.2)
    del body["model"]
    assert read(body).diagnose() == ()
    healed = read({**body, "foo": 1, "messages": [user("half \ud83d")]}).repair().body
    assert healed == {**body, "messages": [user("half \ufffd")]}
    named = read({**body, "model": "claude-sonnet-5-5"}).diagnose()
    assert {each.head for each in named} == {"unknown_parameter", "removed_parameter"}


def test_a_session_whose_last_line_broke_off_says_that_the_others_can_be_read() -> None:
    whole = lines(user("x"), agent("y"))
    assert "without it the file can be read" in refused(whole + b'\n{"role": "user", "content": "z').message
    assert "without it" not in refused(whole + b"\n{broken\n{}").message
    assert parsed(whole) == [user("x"), agent("y")]

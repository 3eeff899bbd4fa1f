"""What on-call is handed at three in the morning is found, or it is said what it is; no stack trace is an answer (R-A8)."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_core.cli.main import main
from agent_core.conversation.health.foreign.detect import read
from agent_core.conversation.health.foreign.file import Unreadable, parsed
from agent_core.conversation.health.foreign.inside import located
from tests.conversation.health.test_foreign import CHAT, GRAPH, PLAIN, RESPONSES, checkpoint, lc
from tests.conversation.health.test_names import agent, call, done, request, text, user

LOST = request(user("x"), agent(call(name="refund_order")), user("well?"))
WRITTEN = json.dumps(LOST)
STORED = {"type": "message", "role": "assistant", "content": [text("x")], "id": "msg_1"}


def lines(*values: Any) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


def found(data: bytes) -> tuple[Any, str]:
    there = located(parsed(data))
    return there.value, there.at


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (WRITTEN.encode(), ""),
        ("\ufeff".encode("utf-16-le") + WRITTEN.encode("utf-16-le"), ""),
        (WRITTEN.encode("utf-16-be"), ""),
        (WRITTEN.encode("utf-32"), ""),
        (f"2026-11-21T22:00:01Z DEBUG [http] POST /v1/messages body={WRITTEN} attempt=1\n".encode(), ""),
        (f"curl https://api/v1/messages -H 'x-y: z' -d '{WRITTEN}'\n".encode(), ""),
        (f"request:\n{json.dumps(LOST, indent=2)}\n".encode(), ""),
        (lines({"ts": 1}, {"ts": 2, "http": {"body": LOST}}, {"ts": 3}), "1.http.body"),
        (lines({"ts": 2, "body": WRITTEN}), "body"),
        (b"".join(b'22:00 INFO {"event": {"n": %d}}\n' % n for n in range(500)) + b"POST " + WRITTEN.encode(), ""),
        (lines(*[{"ts": n, "tags": ["a", "b", "c"]} for n in range(20_000)], {"body": LOST}), "20000.body"),
        (json.dumps({"log": {"entries": [{"request": {"postData": {"text": WRITTEN}}}]}}).encode(),
         "log.entries.0.request.postData.text"),
        (lines({"custom_id": "1", "params": LOST}), "params"),
    ],
)  # fmt: skip
def test_R_A8_a_request_is_found_wherever_it_stands(data: bytes, at: str) -> None:
    assert found(data) == (LOST, at)


@pytest.mark.parametrize(
    ("value", "at", "form"),
    [
        ({"inputs": {"messages": [GRAPH]}, "outputs": {}}, "inputs.messages.0", "langgraph"),
        ({"thread": checkpoint(PLAIN)}, "thread", "langgraph"),
        ({"session": {"items": [{"type": "user", "message": user("x")}]}}, "session.items", "messages"),
        ({"run": {"input": RESPONSES}}, "run", "openai_responses"),
        ({"history": CHAT}, "history", "openai_chat"),
        ({"channel_values": {"__root__": PLAIN}}, "", "langgraph"),
        ([["human", "x"], ["ai", "y"]], "", "langgraph"),
        ({"messages": [["human", "x"], ["ai", "y"]]}, "", "langgraph"),
        ([{"lc": 2, "type": "constructor", "id": ["x", "AIMessageChunk"], "kwargs": {"content": "x"}}], "", "langgraph"),
    ],
)
def test_R_A8_transcripts_of_others_are_found_too(value: Any, at: str, form: str) -> None:
    there = located(value)
    transcript = read(there.value)
    assert (there.at, transcript.form) == (at, form)
    assert transcript.body["messages"]
    assert transcript.repair().body is there.value or transcript.repair().body == there.value


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"\x1f\x8b\x08\x00", "compressed_file", "gzip"),
        (b"PK\x03\x04x", "compressed_file", "zip"),
        (b"SQLite format 3\0x", "database_file", "SQLite"),
        (b"\xff\xfe\x00", "not_json", "encoding"),
        (b"hello", "not_json", "line 1"),
        (bytes(range(1, 256)), "not_json", "line 1"),
        (WRITTEN[:-40].encode(), "not_json", "cut off"),
        (WRITTEN[:60].encode(), "not_json", "cut off"),
        (lines(user("x"), agent(call())) + b'\n{"role"', "not_json", "Line 3"),
        (b"{'messages': [{'role': 'user', 'content': None}]}", "python_text", "json.dumps"),
        (b"DEBUG Request options: {'method': 'post', 'json_data': {'stream': False}}", "python_text", "Python"),
        (b'event: message_start\ndata: {"type":"message_start"}\n', "stream_of_events", "stream"),
        (b'data: {"id":"1","choices":[]}\n\ndata: [DONE]\n', "stream_of_events", "stream"),
        (lines({"type": "error", "error": {"type": "invalid_request_error", "message": "messages.12.content.0: \x1b[2J"}}),
         "error_answer", "messages.12.content.0 of the request"),
        (b'API Error: 400 {"type":"error","error":{"type":"overloaded_error","message":"x"}}', "error_answer",
         "overloaded_error"),
        (lines({"error": {"message": "No tool output found", "code": "invalid"}}), "error_answer", "(invalid)"),
        (lines({"choices": [{"message": user("x")}]}), "answer_only", "one answer"),
        (lines(STORED | {"stop_reason": "end_turn"}), "answer_only", "one answer"),
        (lines({"v": 4, "channel_values": {}, "channel_versions": {"messages": "5"}}), "messages_elsewhere", "msgpack"),
        (lines({"checkpoint": {"channel_values": {"messages": "gqF2"}}}), "messages_elsewhere", "msgpack"),
        (lines({"type": "msgpack", "blob": "gqF2"}), "messages_elsewhere", "msgpack"),
        (lines({"checkpoint": "gqF2", "thread_id": "1"}), "messages_elsewhere", "msgpack"),
        (lines([{"role": "user", "parts": [text("x")]}, {"role": "user", "parts": []}]), "unknown_form", "parts"),
        (json.dumps({"chat": {"messages": [{"role": "user", "parts": [text("x")]}]}}).encode(), "unknown_form", "parts"),
        (lines({"contents": [{"role": "user", "parts": [{"text": "x"}]}]}), "unknown_form", "parts"),
        (lines({"modelId": "claude", "messages": [user({"text": "x"}), agent({"toolUse": {"toolUseId": "1"}})]}),
         "unknown_form", "Converse"),
        (lines(LOST, LOST), "several_transcripts", "0, 1"),
        (lines(*[{"params": LOST}] * 20), "several_transcripts", "and 8 more"),
        (f"a {WRITTEN} b {WRITTEN}".encode(), "several_transcripts", "0, 1"),
    ],
)  # fmt: skip
def test_R_A8_what_is_no_transcript_is_called_what_it_is(data: bytes, code: str, says: str) -> None:
    with pytest.raises(Unreadable) as refused:
        found(data)
    assert refused.value.code == code
    assert says in refused.value.message
    assert refused.value.message.endswith(".")
    assert refused.value.message.isascii()
    assert "\x1b" not in refused.value.message


def test_who_knows_where_it_stands_says_so() -> None:
    value = {"runs": [{"body": WRITTEN}, {"body": LOST}]}
    assert located(value, "runs.0.body").value == LOST
    assert located(value, "runs.1.body").at == "runs.1.body"
    assert located(value, "runs.0.body.messages").value == LOST["messages"]
    for nowhere in ("runs.2", "runs.x", "nothing", "runs.0.body.messages.0.content.y", "runs.\x1b"):
        with pytest.raises(Unreadable, match="There is nothing at") as refused:
            located(value, nowhere)
        assert refused.value.message.isascii()


def test_what_looks_like_nothing_is_read_and_named() -> None:
    for value in (
        None,
        3,
        "x",
        [],
        {},
        {"foo": 1},
        [1, 2],
        {"body": "{broken"},
        {"body": "[" * 100_000},
        {"x": '["messages"'},
    ):
        assert located(value).at == ""
        assert read(located(value).value).diagnose()
    nested: Any = {"a": 1}
    for _ in range(800):
        nested = {"a": [nested]}
    assert located(nested).at == ""


def test_only_a_line_feed_ends_a_line_of_a_session() -> None:
    said = user("a\u2028b\x85c\x0bd")
    data = "\r\n".join(json.dumps(each, ensure_ascii=False) for each in (said, agent("y"), user("z"))).encode()
    assert found(data)[0] == [said, agent("y"), user("z")]


# Forms of others.


def test_R_A8_a_computer_s_call_without_its_output_is_named_and_left_to_a_person() -> None:
    acted = {"type": "computer_call", "id": "cu_1", "call_id": "c1", "action": {"type": "click"}}
    rows = [{"role": "user", "content": "x"}, acted, {"role": "user", "content": "y"}]
    transcript = read({"model": "gpt-5", "input": rows})
    assert [(each.head, each.message, each.severity) for each in transcript.diagnose()] == [
        ("dangling_tool_use", 1, "error")
    ]
    healed = transcript.repair()
    assert healed.body["input"] == rows
    assert [each.tool_use_ids for each in healed.left] == [("c1",)]
    answered = [*rows[:2], {"type": "computer_call_output", "call_id": "c1", "output": {"type": "input_image"}}]
    assert read(answered).diagnose() == ()
    late = [*answered, {"type": "local_shell_call", "id": "s1", "action": {}}, answered[-1], rows[2]]
    assert {each.head for each in read(late).diagnose()} == {"dangling_tool_use", "orphan_tool_result"}


def test_R_A8_a_request_for_approval_waits_and_is_left_alone() -> None:
    asked = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "refund", "server_label": "s", "arguments": "{}"}
    rows = [{"role": "user", "content": "x"}, asked]
    transcript = read(rows)
    assert [each.diagnosis for each in transcript.diagnose()] == ["dangling_tool_use:awaiting_approval"]
    assert transcript.repair().body == rows
    given = [*rows, {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}]
    assert read(given).diagnose() == ()
    twice = read([*rows, given[2], *rows, {**given[2], "approve": False}])
    healed = twice.repair().body
    assert [row.get("approve") for row in healed if "approve" in row] == [True, False]
    ids = [row["id"] for row in healed if row.get("type") == "mcp_approval_request"]
    assert ids == [row["approval_request_id"] for row in healed if "approval_request_id" in row]
    assert len(set(ids)) == 2


def test_R_A8_spoken_words_and_lost_messages_are_never_taken_for_silence() -> None:
    rows = [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "x"}}]},
        {"role": "assistant", "content": None, "audio": {"id": "audio_1"}},
        {"role": "user", "content": "half \ud83d", "name": "ann"},
    ]
    transcript = read(rows, "openai_chat")
    assert {each.diagnosis for each in transcript.diagnose()} == {"lone_surrogate"}
    healed = transcript.repair().body
    assert healed[:2] == rows[:2]
    assert healed[2] == {"role": "user", "content": "half \ufffd", "name": "ann"}
    spoken = [rows[0], {**rows[1], "audio": {"id": "audio_1", "transcript": "half \ud83d"}}, rows[2]]
    assert read(spoken, "openai_chat").repair().body[1] == spoken[1]
    lost = {"lc": 1, "type": "not_implemented", "id": ["x", "HumanMessage"], "repr": "HumanMessage(...)"}
    graph = read([lost, lc("AIMessage", content="y")])
    assert [each.diagnosis for each in graph.diagnose()] == ["wrong_role:unknown"]
    assert graph.repair().body == [lost, lc("AIMessage", content="y")]


@pytest.mark.parametrize(
    "more",
    [{"model": "gpt-5"}, {}, {"model": "mistral", "response_format": {"type": "text"}},
     {"model": "local", "tools": [{"type": "function", "function": {"name": "a"}}]}],
)  # fmt: skip
def test_R_A8_a_chat_without_a_call_is_a_chat(more: Any) -> None:
    rows = [{"role": "system", "content": "s"}, {"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
    transcript = read({"messages": rows, **more})
    assert transcript.form == "openai_chat"
    assert transcript.diagnose() == ()


def test_a_request_of_ours_stays_one_whatever_it_begins_with() -> None:
    system = {"role": "system", "content": "s"}
    assert read(request(system, user("x"))).form == "messages"
    assert read({"model": "primary", "max_tokens": 9, "messages": [system, user("x")]}).form == "messages"
    assert read({"model": "gpt-5", "messages": [user("x"), agent(call()), user(done())]}).form == "messages"


def test_R_A10_ids_of_any_kind_are_read() -> None:
    odd = {"type": "tool_use", "id": [], "name": "a", "input": {}}
    row = {"type": "ai", "content": [odd], "tool_calls": [{"id": {}, "name": "a", "args": {}}]}
    read({"messages": [row], "interrupts": [{"value": 1}]}, "langgraph").repair()


@pytest.mark.parametrize("text_", ["[[" * 200_000, '{"a": ' * 50_000, '{"a": "' + "x" * 50_000 + '" !' * 200, "{'" * 9])
def test_R_A10_a_text_that_begins_like_json_again_and_again_is_given_up(text_: str) -> None:
    with pytest.raises(Unreadable):
        parsed(f"log {text_}".encode())


# At the terminal.


def ask(capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str, content: Any = None) -> tuple[int, str, str]:
    file = tmp_path / "given"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    code = main([arguments[0], str(file), *arguments[1:]])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_R_A8_a_page_for_people_says_what_is_wrong_where_and_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hostile = request(
        user("x"), agent(call("\x1b[2J\u202e", name="refund_order"), *[call(f"n|{n}") for n in range(9)]), user("?")
    )
    code, page, _ = ask(capsys, tmp_path, "diagnose", "--text", content={"body": hostile})
    assert code == 1
    assert page.isascii()
    assert "\x1b" not in page
    assert page.startswith(
        "The API would refuse it: 12 faults, and 1 thing to know.\nRead as Messages API: 3 messages, found at body.\n"
    )
    assert "1. messages.1  dangling_tool_use:crash_after_call_read_only  (error 400)" in page
    assert " and 1 more" in page
    assert "Outside: a write was sent, and nobody knows what became of it" in page
    assert page.rstrip().endswith("`repair` heals what can be healed; `--known FILE` tells it what became of calls.")
    assert ask(capsys, tmp_path, "diagnose", "--text", content=hostile) == ask(
        capsys, tmp_path, "diagnose", "--text", content=hostile
    )


def test_a_page_says_when_nothing_is_wrong_or_only_something_to_know(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, page, _ = ask(capsys, tmp_path, "diagnose", "--text", content=request(user("x")))
    assert (code, page.splitlines()[0]) == (0, "Healthy: nothing is wrong with it.")
    code, page, _ = ask(capsys, tmp_path, "diagnose", "--text", content=request(user("x"), user("y")))
    assert (code, page.splitlines()[0]) == (0, "The API would take it. 1 thing to know.")
    both = request(user("x"), user("y"), agent("z"))
    _, page, _ = ask(capsys, tmp_path, "diagnose", "--text", content=both)
    assert page.splitlines()[0] == "The API would refuse it: 1 fault, and 1 thing to know."
    assert "no messages" in ask(capsys, tmp_path, "diagnose", "--text", content={"messages": 3})[1]
    code, _, error = ask(capsys, tmp_path, "diagnose", "--text", content=b"")
    assert (code, error) == (2, "The file is empty.\n")


def test_a_page_of_a_repair_says_what_was_changed_and_what_is_left(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, page, _ = ask(capsys, tmp_path, "repair", "--text", content=LOST)
    assert code == 1
    assert page.startswith("1 change.\n")
    assert "messages.1.content.0: A result is written that says what is known, and no more." in page
    assert "1 thing left to a person:" in page
    twice = request(user(text("a"), text(""), text("")), **{"\x1b[2J": 1})
    _, page, _ = ask(capsys, tmp_path, "repair", "--text", content=twice)
    assert "\x1b" not in page
    assert page.rstrip().endswith("Nothing is left to a person.")
    code, page, _ = ask(capsys, tmp_path, "repair", "--text", content=request(user("x")))
    assert (code, page.splitlines()[0]) == (0, "Nothing was changed.")
    assert ask(capsys, tmp_path, "repair", "--text", content=b"\x1f\x8b")[0] == 2


def test_where_it_was_found_is_said_in_json_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    batch = [{"params": LOST}, {"params": request(user("x"))}]
    code, out, _ = ask(capsys, tmp_path, "diagnose", "--at", "0.params", content=batch)
    assert (code, json.loads(out)["at"]) == (1, "0.params")
    code, out, _ = ask(capsys, tmp_path, "repair", "--at", "1.params", content=batch)
    assert (code, json.loads(out)["at"], json.loads(out)["body"]) == (0, "1.params", batch[1]["params"])
    code, out, _ = ask(capsys, tmp_path, "diagnose", content=batch)
    assert (code, json.loads(out)["error"]["code"]) == (2, "several_transcripts")


@pytest.mark.parametrize("depth", [200, 600, 900])
def test_R_A10_a_deeply_nested_file_is_repaired_or_refused(
    depth: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    for body in (request(user("x"), foo=value), request(user("x"), agent(call(input={"a": value})), user(done()))):
        data = (
            b'{"a":' + json.dumps(body).encode() + b"}"
            if depth < 900
            else b'{"messages": [' + b"[" * 985 + b"]" * 985 + b"]}"
        )
        code, out, _ = ask(capsys, tmp_path, "repair", content=data)
        assert code in (0, 1, 2)
        assert json.loads(out)


def test_what_is_no_number_goes_out_as_json_all_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    body = request(user("x"), agent(call(input={"a": float("nan"), "b": float("inf")})), user(done()))
    code, out, _ = ask(capsys, tmp_path, "repair", content=body)
    assert code == 1
    shown = json.loads(out, parse_constant=lambda name: pytest.fail(name))
    assert shown["body"]["messages"][1]["content"][0]["input"] == {"a": "NaN", "b": "Infinity"}


def test_who_closes_the_pipe_is_answered_without_a_stack_trace(tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_text(json.dumps(request(*[user(text("")) for _ in range(5_000)])), encoding="utf-8")
    code = "import sys; from agent_core.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", code, "diagnose", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1


def test_standard_input_may_be_anything_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(f"DEBUG body={WRITTEN}".encode())

    monkeypatch.setattr(sys, "stdin", Input)
    assert main(["diagnose", "-", "--text"]) == 1
    assert "messages.1" in capsys.readouterr().out

"""`countersign-core diagnose` and `repair`: JSON out, an exit code scripts can trust, for files of every kind (R-A8)."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_core.cli import transcripts
from agent_core.cli.main import main
from tests.conversation.health.test_foreign import CHAT, GRAPH, checkpoint
from tests.conversation.health.test_names import agent, call, done, request, text, user

FIELDS = ["diagnosis", "message", "block", "tool_use_ids", "http_status", "side_effect", "repair"]
LOST = request(user("x"), agent(call(name="refund_order")), user("well?"))


def ask(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str, content: Any, *more: str
) -> tuple[int, dict[str, Any]]:
    file = tmp_path / "transcript.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    code = main([command, str(file), *more])
    return code, json.loads(capsys.readouterr().out)


def test_R_A8_a_healthy_request_has_no_findings(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert ask(capsys, tmp_path, "diagnose", request(user("x"))) == (0, {"findings": []})


def test_R_A8_a_fault_is_printed_with_its_promised_fields_first(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out = ask(capsys, tmp_path, "diagnose", LOST)
    assert code == 1
    (found,) = out["findings"]
    assert list(found)[:7] == FIELDS
    assert [found[name] for name in FIELDS] == [
        "dangling_tool_use:write_outcome_unknown", 1, None, ["toolu_a"], 400, "unknown", "reconcile_then_synthesise",
    ]  # fmt: skip


def test_R_A8_warnings_alone_are_no_failure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out = ask(capsys, tmp_path, "diagnose", request(user("x"), user("y")))
    assert (code, [each["severity"] for each in out["findings"]]) == (0, ["warning"])


def test_standard_input_is_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(b"\xef\xbb\xbf" + json.dumps(LOST).encode())

    monkeypatch.setattr(sys, "stdin", Input)
    assert main(["diagnose", "-"]) == 1
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b'{"a": ', "not_json"),
        (b'{"a": 1}\n{"a": ', "not_json"),
        (b"[" * 200_000, "too_deep"),
        (b"9" * 5000, "not_json"),
        (b'{"a": 1}\n' + b"9" * 5000, "not_json"),
    ],
)
def test_R_A10_a_file_that_cannot_be_read_is_answered_in_json(
    content: bytes, code: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out = ask(capsys, tmp_path, "diagnose", content)
    assert (status, out["ok"], out["error"]["code"]) == (2, False, code)
    assert out["error"]["message"].endswith(".")


def test_a_file_that_is_not_there_or_too_large_is_answered_in_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["repair", str(tmp_path / "nothing.json")]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unreadable_file"
    monkeypatch.setattr(transcripts, "MOST_BYTES", 3)
    status, out = ask(capsys, tmp_path, "diagnose", LOST)
    assert (status, out["error"]["code"]) == (2, "file_too_large")


def test_R_A8_lines_of_json_are_one_transcript(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = "\n\n".join(json.dumps(message) for message in LOST["messages"]).encode()
    code, out = ask(capsys, tmp_path, "diagnose", lines)
    assert (code, out["findings"][0]["message"]) == (1, 1)


def test_bytes_that_are_no_text_are_a_fault_of_the_transcript(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = json.dumps(request(user("x Y z"))).encode().replace(b"Y", b"\xed\xa0")
    code, out = ask(capsys, tmp_path, "diagnose", broken)
    assert (code, out["findings"][0]["diagnosis"]) == (1, "lone_surrogate")
    _, out = ask(capsys, tmp_path, "repair", broken)
    assert "\ufffd" in out["body"]["messages"][0]["content"]


def test_R_A8_a_repair_prints_body_changes_and_what_is_left(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out = ask(capsys, tmp_path, "repair", request(user("x"), agent(text(""), call()), user(done())))
    assert code == 0
    assert list(out) == ["body", "changes", "left"]
    assert [(change["path"], change["what"], change["why"]) for change in out["changes"]] == [
        ("messages.1.content.0", "drop_block", "empty_text_block")
    ]
    code, out = ask(capsys, tmp_path, "repair", LOST)
    assert (code, [each["diagnosis"] for each in out["left"]]) == (1, ["dangling_tool_use:write_outcome_unknown"])


@pytest.mark.parametrize(
    ("told", "content"),
    [
        ("succeeded", "[This call was carried out. Its result was not recorded.]"),
        ("denied", "[This call was not carried out.]"),
        ({"content": "refunded"}, "refunded"),
        ({"outcome": "happened", "content": [{"type": "text", "text": "a"}]}, [{"type": "text", "text": "a"}]),
    ],
)
def test_R_A8_what_is_known_of_calls_is_taken_from_a_file(
    told: Any, content: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    known = tmp_path / "known.json"
    known.write_text(json.dumps({"toolu_a": told}), encoding="utf-8")
    code, out = ask(capsys, tmp_path, "repair", LOST, "--known", str(known))
    assert (code, out["body"]["messages"][2]["content"][0]["content"]) == (0, content)


@pytest.mark.parametrize("told", [[], {"toolu_a": "maybe"}, {"toolu_a": {"outcome": "happened", "content": 3}},
                                  {"toolu_a": {"outcome": "happened", "is_error": "no"}}])  # fmt: skip
def test_outcomes_that_make_no_sense_are_refused(told: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    known.write_text(json.dumps(told), encoding="utf-8")
    code, out = ask(capsys, tmp_path, "repair", LOST, "--known", str(known))
    assert (code, out["error"]["code"]) == (2, "bad_outcomes")


def test_R_A8_a_turn_in_flight_and_a_waiting_approval_are_left_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    body = request(user("x"), agent(call(name="refund_order")))
    assert ask(capsys, tmp_path, "repair", body, "--in-flight") == (0, {"body": body, "changes": [], "left": []})
    waiting = checkpoint(GRAPH[:3], interrupts=[{"value": "Refund?"}])
    assert ask(capsys, tmp_path, "repair", waiting) == (0, {"body": waiting, "changes": [], "left": []})


def test_a_form_can_be_named_and_warnings_healed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out = ask(capsys, tmp_path, "repair", {"messages": CHAT}, "--format", "openai_chat")
    assert (code, out["body"]) == (0, {"messages": CHAT})
    code, out = ask(capsys, tmp_path, "repair", request(user("x"), user("y")), "--warnings")
    assert (code, len(out["body"]["messages"])) == (0, 1)

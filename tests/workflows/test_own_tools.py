"""Tools that a brand declares itself: what is refused, with file, line and reason, and what a good one becomes (R-B3)."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent_core.cli.main import main
from agent_core.engine.declared import judged_tool
from agent_core.service.brands import check_folder, gate_of
from agent_core.workflows.findings import BrandInvalid
from agent_core.workflows.json_shapes import kept, sample, shape_faults
from agent_core.workflows.release import Release
from agent_core.workflows.tools import argument_faults
from agent_core.workflows.tools_file import address_fault
from tests.workflows.own_brand import POLICY, TOOLS, WORKFLOW, write_brand
from tests.workflows.releases import load

if TYPE_CHECKING:
    from pydantic import JsonValue


def found(folder: Path, *, policy: bool = False) -> list[tuple[str, int, str]]:
    """What is wrong with a folder; `policy` looks at the policies too, which takes longer."""
    try:
        (check_folder if policy else load)(folder)
    except BrandInvalid as invalid:
        return [(finding.file, finding.line, finding.code) for finding in invalid.findings]
    return []


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_R_B3_a_brand_written_from_scratch_with_its_own_tools_makes_a_release(tmp_path: Path) -> None:
    made = check_folder(write_brand(tmp_path))
    assert Release.from_json(made.to_json()) == made
    assert [system.name for system in made.content.systems] == ["bookings"]
    assert list(made.tools_of("move_class")) == ["find_booking", "move_booking", "withdraw_proposal"]
    move = made.tools_of("move_class")["move_booking"]  # pyright: ignore[reportArgumentType] - a tool's name
    assert argument_faults(move, {"booking_id": "KB-1001", "day": "friday"}) == ()
    assert argument_faults(move, {"booking_id": "KB-1001", "day": "sunday", "more": 1}) != ()
    policy = gate_of(made).policy
    assert 'action "move_booking.approve"' in policy.schema_text
    assert "bookingState?: String" in policy.schema_text
    judged = judged_tool(move)
    assert [row.label for row in judged.arguments] == ["Booking", "New day", "Reason"]
    assert judged.evidence_keys({"booking_id": "KB-1"}) == (
        "booking.KB-1.customer",
        "booking.KB-1.state",
        "booking.KB-1.day",
    )


CASES: list[tuple[str, str, str]] = [
    ("    url: %URL%/api", "    url: http://bookings.example/api", "bad_address"),
    ("    url: %URL%/api", "    url: https://me:pw@bookings.example", "bad_address"),
    ("    kind: http\n", "    kind: ftp\n", "unknown_kind"),
    ("headers: {x-client: countersign}", "headers: {authorization: me}", "header_taken"),
    ("headers: {x-client: countersign}", 'headers: {"X Y": me}', "bad_value"),
    ("  - name: find_booking\n    system: bookings", "  - name: find_booking\n    system: nowhere", "unknown_system"),
    ("  - name: find_booking\n", "  - name: get_order\n", "name_taken"),
    ("  - name: find_booking\n", "  - name: Find\n", "bad_value"),
    ("  - name: find_booking\n", "  - name: move_booking\n", "duplicate_tool"),
    ("    owner: booking.{booking_id}.customer\n    arguments", "    arguments", "no_owner"),
    ("    resource: booking:{booking_id}\n", "", "no_resource"),
    ("    resource: booking:{booking_id}\n", "    resource: booking:{number}\n", "unknown_argument"),
    ("pattern: '^KB-[0-9]{4}$'", "pattern: '^(KB-)+$'", "bad_schema"),
    ("pattern: '^KB-[0-9]{4}$'", "format: uuid", "bad_schema"),
    ("{type: string, pattern: '^KB-[0-9]{4}$'", "{type: number", "bad_schema"),
    ("    result:\n      type: object", "    result:\n      $ref: other\n      type: object", "bad_schema"),
    ("    result:\n      type: object", "    result:\n      type: array", "bad_schema"),
    ("      required: [id, customer_id, day, state]", "      required: [id, price]", "bad_schema"),
    ('{key: "booking.{booking_id}.day", value: day}', '{key: "booking.{booking_id}.day", value: date}', "unknown_path"),
    ('{key: "booking.{booking_id}.day", value: day}', '{key: "customer.authenticated", value: day}', "fact_of_code"),
    ('{key: "booking.{booking_id}.day", value: day}', '{key: "customer.{day}", value: day}', "fact_of_code"),
    ('{key: "booking.{booking_id}.day", value: day}', '{key: "{day}.confirmed", value: day}', "bad_fact"),
    ('{key: "booking.{booking_id}.day", value: day}', '{key: "booking.{nobody}.day", value: day}', "bad_fact"),
    ("      path: /bookings/{booking_id}\n", "      path: //evil.example/{booking_id}\n", ""),
    ("      path: /bookings/{booking_id}\n", "      path: bookings/{booking_id}\n", "bad_value"),
    ("      path: /bookings/{booking_id}\n", "      path: /bookings/{number}\n", "unknown_argument"),
    ("      method: GET\n", "      method: DELETE\n", "read_with_write"),
    ("      method: POST\n", "      method: GET\n", "write_with_get"),
    ("idempotency: {header: idempotency-key}", "idempotency: {header: a, field: b}", "bad_key_place"),
    ('query: {key: "{idempotency_key}"}', 'query: {key: "{day}"}', "not_by_key"),
    ('        query: {key: "{idempotency_key}"}', '        query: {key: "{customer}"}', "unknown_argument"),
    ("    sentence: Move booking {booking_id} to {day}\n", "", "no_sentence"),
    ("{name: booking_state, type: String", "{name: customer_authenticated, type: String", "name_taken"),
    ("      reason: {type: string", "      in: {type: string", "name_taken"),
    ("    timeout_s: 5\n", "    timeout_s: 5\n    answers_within_s: 600\n", "answered_at_once"),
    ("    timeout_s: 5\n", "    timeout_s: 5\n    money: {amount: amount, currency: currency}\n", "unknown_argument"),
    ("    timeout_s: 5\n", "    timeout_s: 5\n    instead: [nothing]\n", "unknown_tool"),
    ("    timeout_s: 5\n", "    timeout_s: 5\n    colour: red\n", "unknown_field"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "code"), CASES)
def test_R_F1_a_wrong_declaration_is_refused_at_its_own_lines(tmp_path: Path, before: str, after: str, code: str) -> None:
    assert before in TOOLS
    text = TOOLS.replace(before, after, 1)
    all_found = found(write_brand(tmp_path, tools=text))
    if not code:  # `//host` after the system's own address is one more path, never a host
        assert all_found == []
        return
    mine = [(line, each) for file, line, each in all_found if file == "tools.yaml"]
    assert code in {each for _, each in mine}, all_found
    changed = {number for number, line in enumerate(text.splitlines(), 1) if line not in TOOLS.splitlines()}
    changed.add(line_of(TOOLS, before))
    assert min(abs(line - at) for line, each in mine if each == code for at in changed) <= 30, (mine, changed)
    assert all(line for line, _ in mine)


def test_R_B3_a_tool_in_no_workflow_and_a_workflow_with_no_such_tool_are_errors(tmp_path: Path) -> None:
    flow = WORKFLOW.replace("tools: [find_booking, move_booking]", "tools: [find_booking, teleport]")
    folder = write_brand(tmp_path, workflow=flow)
    at = line_of(flow, "tools: [")
    assert ("workflows/move_class.yaml", at, "unknown_tool") in found(folder)
    assert ("tools.yaml", line_of(TOOLS, "- name: move_booking"), "tool_without_workflow") in found(folder)


def test_a_policy_may_name_only_what_tools_declare(tmp_path: Path) -> None:
    policy = POLICY.replace("context.facts.bookingState", "context.facts.bookingMood")
    got = found(write_brand(tmp_path, policy=policy), policy=True)
    assert [(file, code) for file, _, code in got] == [("authority.cedar", "not_valid")]
    assert got[0][1] in range(line_of(policy, "move-ask"), line_of(policy, "move-approved"))


def test_a_folder_whose_tools_are_broken_is_not_told_of_policies_that_miss_them(tmp_path: Path) -> None:
    got = found(write_brand(tmp_path, tools=TOOLS.replace("kind: http", "kind: ftp", 1)), policy=True)
    assert not [each for each in got if each[0] == "authority.cedar"]


@pytest.mark.parametrize(
    "url",
    [
        "https://h/?x",
        "https://h/#x",
        "ftp://h",
        "https://",
        "http://10.0.0.1",
        "http://h",
        "https://h/{a}",
        "https://h:99999",
        "x",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert address_fault(url) is not None


def test_a_schema_has_bounds_and_no_references() -> None:
    deep: dict[str, object] = {"type": "string"}
    for _ in range(12):
        deep = {"type": "object", "properties": {"a": deep}}
    wide = {"type": "object", "properties": {f"a{n}": {"type": "string"} for n in range(400)}}
    for schema in (
        deep,
        wide,
        {"type": "string", "pattern": "(a+)+"},
        {"allOf": []},
        {"type": "string", "minLength": -1},
        True,
    ):
        assert shape_faults(schema, "result"), schema  # pyright: ignore[reportArgumentType] - any JSON value
    assert shape_faults({"type": "number"}, "arguments")
    assert shape_faults({"type": "number"}, "result") == []


def test_what_a_result_does_not_declare_is_dropped_and_a_sample_follows_the_schema() -> None:
    rows: JsonValue = {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}}
    schema: JsonValue = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "rows": rows},
    }  # fmt: skip
    assert kept(schema, {"id": "a", "iban": "x", "rows": [{"n": 1, "secret": 2}]}) == {"id": "a", "rows": [{"n": 1}]}
    assert sample(schema, {"id": "KB-1"}) == {"id": "KB-1", "rows": [{"n": 1}]}


def test_R_F1_check_brand_prints_findings_as_json_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = write_brand(tmp_path / "a"), write_brand(tmp_path / "b", tools=TOOLS.replace("kind: read", "kind: look", 1))
    assert main(["check-brand", "--json", str(good)]) == 0
    assert json.loads(capsys.readouterr().out)["tools"] == ["find_booking", "move_booking"]
    assert main(["check-brand", "--json", str(bad)]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert ("tools.yaml", line_of(TOOLS, "kind: read")) in {(each["file"], each["line"]) for each in findings}

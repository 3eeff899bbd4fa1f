"""A brand folder goes live as a whole, or is refused with file, line and reason (R-F1)."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from agent_core.contract.errors import Invalid
from agent_core.workflows.commerce_tools import commerce_catalog
from agent_core.workflows.findings import BrandInvalid, Finding
from agent_core.workflows.loader import load_brand
from agent_core.workflows.release import Release
from agent_core.workflows.tools import ToolDeclaration
from agent_core.workflows.yaml_text import MAX_BYTES
from tests.workflows.releases import BRANDS, copy, edit, findings, load, only, release

FLOW = "workflows/parcel_status.yaml"


@pytest.mark.parametrize("brand", ["northwind", "lumen"])
def test_R_B4_the_demo_brands_load(brand: str) -> None:
    assert release(brand).brand.name == brand


def test_the_release_names_every_workflow_intent_and_tool() -> None:
    made = release()
    workflows = {
        "refund_order": "refund", "where_is_my_order": "order_status", "cancel_order": "cancel_order",
        "cancel_subscription": "cancel_subscription", "change_address": "change_address",
        "goodwill_credit": "goodwill_credit", "resend_document": "resend_document",
        "return_or_exchange": "return_or_exchange",
    }  # fmt: skip
    assert set(made.workflows) == set(workflows)
    assert {routed.workflow: intent for intent, routed in made.intents.items()} == workflows
    assert set(made.tools) == {tool for flow in made.workflows.values() for tool in flow.tools}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("{tool: get_order, offer: ask_them}", "proof_for_no_write"),
        ("{tool: refund_payment, offer: find_order}", "offer_asks_nothing"),
        ("{tool: refund_payment, offer: nowhere}", "offer_asks_nothing"),
        ("{tool: refund_payment, offer: ask_them}", "offer_too_late"),
    ],
)
def test_R_B4_a_proof_names_a_write_and_a_question_before_it(tmp_path: Path, wrong: str, code: str) -> None:
    folder = copy(tmp_path, "northwind")
    flow = "workflows/refund_order.yaml"
    asking = "  - {id: ask_them, text: Ask., ask: Really?}"
    edit(folder, flow, "outputs:\n", f"{asking}\nproofs: [{wrong}]\noutputs:\n")
    assert code in {finding.code for finding in findings(folder)}


def test_R_H4_the_digest_is_over_the_content_and_not_the_spelling(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    before = load(folder).digest
    assert before == load(copy(tmp_path / "again")).digest
    path = folder / FLOW
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load(folder).digest == before
    edit(folder, FLOW, "Say what is known.", "Say what is really known.")
    assert load(folder).digest != before


def test_R_H4_every_part_of_the_folder_moves_the_digest(tmp_path: Path) -> None:
    digests = {load(copy(tmp_path)).digest}
    changes = [
        ("brand.yaml", "title: Lumen Lamps", "title: Lumen Lights"), ("behaviour.yaml", "Short and calm", "Calm and short"),
        ("tools.yaml", "timeout_s: 10", "timeout_s: 11"), ("authority.cedar", "may look", "may only look"),
        ("knowledge/README.md", "Nothing", "Not a thing"), (FLOW, "version: 1", "version: 2"),
    ]  # fmt: skip
    for number, change in enumerate(changes):
        folder = copy(tmp_path / str(number))
        edit(folder, *change)
        digests.add(load(folder).digest)
    assert len(digests) == len(changes) + 1


def test_a_release_is_stored_as_json_and_comes_back_the_same() -> None:
    made = release()
    again = Release.from_json(made.to_json(), digest=made.digest)
    assert again == made
    assert again.to_json() == made.to_json()
    assert again.workflow("refund_order") == made.workflow("refund_order")


def test_a_stored_release_that_was_changed_is_refused() -> None:
    made = release("lumen")
    value = json.loads(made.to_json())
    value["brand"]["title"] = "Another"
    with pytest.raises(Invalid) as caught:
        Release.from_json(json.dumps(value), digest=made.digest)
    assert caught.value.code == "release_digest_mismatch"
    with pytest.raises(Invalid) as caught:
        Release.from_json('{"brand": 1}')
    assert caught.value.code == "bad_release"


@pytest.mark.parametrize(
    ("file", "before", "after", "code", "line"),
    [
        ("brand.yaml", "title: Lumen Lamps", "titel: Lumen Lamps", "unknown_field", 4),
        ("brand.yaml", "default_language: en", "default_language: de", "unknown_language", 6),
        ("brand.yaml", "languages: [en]", "languages: [en, en]", "duplicate_name", 5),
        ("brand.yaml", "undo_s: 5", "undo_s: five", "bad_value", 13),
        ("brand.yaml", "undo_s: 5", "undo_s: -1", "bad_value", 13),
        ("brand.yaml", "Europe/Dublin", "Europe/Dubline", "unknown_timezone", 11),
        ("brand.yaml", "mon: 09:00-17:00", "mon: 19:00-17:00", "closed_before_open", 12),
        ("brand.yaml", "queues: {default: everyone}", "queues: {default: nobody}", "unknown_queue", 27),
        ("brand.yaml", "queues: {default: everyone}", "queues: {safety: everyone}", "missing_queue", 27),
        ("brand.yaml", "first_look_s: 7200", "first_look_s: 7200, answer_s: 60", "answer_before_look", 16),
        ("brand.yaml", r"'LL-\d{6}'", r"'(LL-\d+)+'", "bad_pattern", 19),
        ("brand.yaml", "example: LL-200417", "example: LL-2004", "example_does_not_match", 20),
        ("brand.yaml", "  closing: You are welcome.\n", "", "missing_text", 29),
        ("brand.yaml", "closing: You are welcome.", "closing: {de: Gerne.}", "missing_language", 40),
        ("behaviour.yaml", "format: 1", "format: 2", "bad_value", 1),
        ("behaviour.yaml", "code: promise", "code: Promise!", "bad_value", 4),
        ("tools.yaml", "name: get_order", "name: get_orders", "unknown_builtin", 3),
        ("tools.yaml", "use: commerce}", "use: comerce}", "unknown_group", 3),
        ("tools.yaml", "timeout_s: 10", "limits: {order_id: 3}", "bad_limit", 4),
        (FLOW, "version: 1", "version: '1'", "bad_value", 3),
        (FLOW, "topic: delivery", "topic: astrology", "topic_not_allowed", 5),
        (FLOW, "entities: [order_id]", "entities: [order]", "unknown_entity", 12),
        (FLOW, "tools: [get_order, track_order]", "tools: [get_order, track_order, track_order]", "duplicate_tool", 13),
        (FLOW, 'with: {order_id: "{order_id}"}\n    ask', 'with: {order: "{order_id}"}\n    ask', "argument_missing", 20),
        (FLOW, "find_order.outcome == succeeded\n    call", "find_ordr.outcome == succeeded\n    call", "unknown_path", 26),
        (FLOW, "when: find_order.outcome == succeeded\n    say", "when: find_order => 3\n    say", "bad_condition", 32),
        (FLOW, "{find_order.status}", "{find_order.stauts}", "unknown_path", 33),
        (FLOW, "{find_order.status}", "{find_order.status", "bad_placeholder", 33),
        (FLOW, "{find_order.status}", "{find_order.total.amount|money}", "unknown_path", 33),
        (FLOW, "{find_order.status}", "{find_order.status|minor}", "bad_placeholder", 33),
        (FLOW, "id: tell", "id: track", "duplicate_step", 30),
        (FLOW, "id: tell", "id: order_id", "step_name_taken", 30),
        (FLOW, "    say: Order {order_id} is {find_order.status}.\n", "", "idle_step", 30),
        (FLOW, "say: Order {order_id} is {find_order.status}.", "done: Order {order_id}.", "needs_call", 33),
        (FLOW, "Nothing else;", "\n  ## Steps\n  Nothing else;", "reserved_heading", 14),
        (FLOW, "Nothing else;", "\n  </workflow>\n  Nothing else;", "reserved_heading", 14),
    ],
)  # fmt: skip
def test_R_F1_an_error_is_refused_with_file_line_and_reason(
    tmp_path: Path, file: str, before: str, after: str, code: str, line: int
) -> None:
    folder = copy(tmp_path)
    edit(folder, file, before, after)
    wrong = [finding for finding in findings(folder) if finding.code == code]
    assert wrong, [finding.text() for finding in findings(folder)]
    assert (wrong[0].file, wrong[0].line) == (file, line)
    assert wrong[0].message.endswith(".")


def test_R_B3_a_tool_in_no_workflow_is_an_error(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    edit(folder, "tools.yaml", "tools:\n", "tools:\n  - {name: refund_payment, use: commerce}\n")
    found = only(folder)
    assert (found.file, found.line, found.code) == ("tools.yaml", 3, "tool_without_workflow")


def test_R_B3_a_workflow_naming_an_unknown_tool_is_an_error(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    edit(folder, FLOW, "tools: [get_order, track_order]", "tools: [get_order, track_order, issue_refund]")
    found = only(folder)
    assert (found.file, found.line, found.code) == (FLOW, 13, "unknown_tool")


def test_a_step_calls_no_tool_of_another_workflow(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    edit(folder, FLOW, "call: track_order", "call: refund_payment")
    assert "tool_not_in_workflow" in {finding.code for finding in findings(folder)}


def test_a_read_only_workflow_has_no_tool_that_writes(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    edit(folder, "tools.yaml", "tools:\n", "tools:\n  - {name: refund_payment, use: commerce}\n")
    edit(folder, FLOW, "tools: [get_order, track_order]", "tools: [get_order, track_order, refund_payment]")
    assert only(folder).code == "read_only_writes"


def test_two_workflows_share_no_name_and_no_intent(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    (folder / "workflows" / "second.yaml").write_bytes((folder / FLOW).read_bytes())
    assert {"duplicate_workflow", "duplicate_intent", "file_name"} == {finding.code for finding in findings(folder)}


def test_every_error_is_found_at_once(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    edit(folder, "brand.yaml", "Europe/Dublin", "Nowhere")
    edit(folder, "behaviour.yaml", "format: 1", "format: 9")
    edit(folder, FLOW, "version: 1", "version: 0")
    assert {finding.file for finding in findings(folder)} >= {"brand.yaml", "behaviour.yaml", FLOW}


def test_policy_findings_are_findings_of_the_folder(tmp_path: Path) -> None:
    folder = copy(tmp_path)

    def refuse(text: str, source: str, tools: Iterable[ToolDeclaration]) -> list[Finding]:
        assert "may look" in text
        assert [tool.name for tool in tools] == ["get_order", "track_order"]
        return [Finding(file=source, line=3, column=0, code="broad_permit", message="Too broad.")]

    with pytest.raises(BrandInvalid) as caught:
        load_brand(folder, tools=commerce_catalog(), check_policy=refuse)
    assert caught.value.code == "brand_invalid"
    assert caught.value.findings[0].text() == "authority.cedar:3:1: Too broad. [broad_permit]"


@pytest.mark.parametrize("name", ["brand.yaml", "behaviour.yaml", "tools.yaml", "authority.cedar", FLOW])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = copy(tmp_path)
    (folder / name).unlink()
    codes = {(finding.file, finding.code) for finding in findings(folder)}
    assert (name, "missing_file") in codes or ("workflows", "no_workflows") in codes


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    outside = tmp_path / "secret.yaml"
    (folder / "behaviour.yaml").rename(outside)
    (folder / "behaviour.yaml").symlink_to(outside)
    (folder / "knowledge" / "passwords.md").symlink_to("/etc/passwd")
    assert {(f.file, f.code) for f in findings(folder)} >= {("behaviour.yaml", "link"), ("knowledge/passwords.md", "link")}


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    (folder / "workflows").rename(tmp_path / "elsewhere")
    (folder / "workflows").symlink_to(tmp_path / "elsewhere")
    assert ("workflows", "not_a_folder") in {(f.file, f.code) for f in findings(folder)}


def test_strange_files_are_named_and_pipes_do_not_hang(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "workflows" / "x.json").write_text("{}", encoding="utf-8")
    os.mkfifo(folder / "workflows" / "pipe.yaml")
    (folder / "knowledge" / "big.md").write_bytes(b"x" * (MAX_BYTES + 1))
    (folder / "knowledge" / "bad.md").write_bytes(b"\xff")
    found = {(f.file, f.code) for f in findings(folder)}
    assert found == {
        ("notes.txt", "unknown_file"), ("workflows/x.json", "unknown_file"), ("workflows/pipe.yaml", "not_a_file"),
        ("knowledge/big.md", "file_too_large"), ("knowledge/bad.md", "not_utf8"),
    }  # fmt: skip


def test_no_folder_is_one_finding(tmp_path: Path) -> None:
    assert only(tmp_path / "nothing").code == "no_folder"
    assert only(BRANDS / "README.md").code == "no_folder"


def test_a_limit_narrows_the_arguments_of_a_tool() -> None:
    schema = release().tools_of("refund_order")
    amount = next(tool for name, tool in schema.items() if name == "refund_payment").arguments["amount_minor"]
    assert isinstance(amount, dict)
    assert amount["maximum"] == 200000


def test_brands_share_nothing() -> None:
    assert release("northwind").digest != release("lumen").digest
    assert not set(release("northwind").workflows) & set(release("lumen").workflows)
    assert "refund_payment" not in release("lumen").tools


@pytest.mark.parametrize(
    ("closing", "code", "line"),
    [
        ("asked: {follow_ups: 1, text: Hello?}", "no_follow_up_time", 16),
        ("asked: {follow_ups: 1, follow_up_s: 60}", "no_follow_up_text", 16),
        ("resolved: {follow_up_s: 60}", "idle_follow_up", 16),
        ("resolved: {close_s: 5}", "bad_value", 16),
        ("declined: {close_after: 60}", "unknown_field", 16),
        ("asked:\n    follow_ups: 1\n    follow_up_s: 60\n    text: {de: Noch da?}", "missing_language", 19),
    ],
)
def test_R_B8_a_mistake_in_what_silence_brings_is_refused_with_line_and_reason(
    tmp_path: Path, closing: str, code: str, line: int
) -> None:
    folder = copy(tmp_path)
    topics = "topics: {allowed: [delivery]}"
    edit(folder, "brand.yaml", topics, f"{topics}\nclosing:\n  {closing}")
    wrong = [finding for finding in findings(folder) if finding.code == code]
    assert wrong, [finding.text() for finding in findings(folder)]
    assert (wrong[0].file, wrong[0].line) == ("brand.yaml", line)


def test_a_brand_that_never_works_and_closes_only_while_it_works_is_refused(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    days = "days: {mon: 09:00-17:00, tue: 09:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}"
    edit(folder, "brand.yaml", days, "days: {}")
    topics = "topics: {allowed: [delivery]}"
    edit(folder, "brand.yaml", topics, f"{topics}\nclosing: {{resolved: {{close_s: 600}}}}")
    assert only(folder).code == "never_open"


def test_R_A5_a_release_that_was_stored_before_a_field_came_is_still_the_one_that_was_activated() -> None:
    value = json.loads(release("lumen").to_json())
    del value["brand"]["closing"]
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    old = Release.from_json(text, digest=digest)
    assert old.digest == digest
    assert old.brand.closing.resolved.close_s is None

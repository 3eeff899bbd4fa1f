"""What a model is sent: instructions first, the same bytes every time, nothing but this workflow (R-B5, R-B3)."""

import json
from typing import Any

import jsonschema
import pytest

from agent_core.contract.answers import RunAnswer
from agent_core.contract.errors import NotFound
from agent_core.workflows.outputs import missing_outputs
from agent_core.workflows.prompt import (
    compose_schema,
    compose_system,
    run_answer_schema,
    run_system,
    tool_schemas,
    triage_schema,
    triage_system,
)
from agent_core.workflows.release import Release
from tests.workflows.releases import release


def answer(**changes: Any) -> RunAnswer:
    given: dict[str, Any] = {
        "phase": "answered", "points": [], "question": None, "outputs": {"order_id": "NW-10023", "refund_status": "pending"},
        "beliefs": [], "escalation": None, "disclosures": [],
    }  # fmt: skip
    return RunAnswer.model_validate(given | changes)


def test_R_B5_the_instructions_stand_first() -> None:
    system = run_system(release(), "refund_order")
    lines = system.splitlines()
    assert lines[0] == '<workflow name="refund_order" version="1" brand="northwind">'
    assert lines[1] == "# Refund an order"
    assert lines[2].startswith("You work on one thing")
    order = [system.index(heading) for heading in ("\n## Steps", "\n## Entities", "\n## Required outputs", "\n## Rules")]
    assert order == sorted(order)
    assert lines[-1] == "</workflow>"


def test_R_B5_a_history_of_200_messages_changes_neither_the_place_nor_a_byte_of_the_instructions() -> None:
    made = release()
    first = run_system(made, "refund_order", "en")
    history: list[dict[str, str]] = []
    for turn in range(200):
        history.append({"role": "user" if turn % 2 == 0 else "assistant", "content": f"message {turn} " + "x" * 500})
        reloaded = Release.from_json(made.to_json(), digest=made.digest)
        request = {"system": run_system(reloaded, "refund_order", "en"), "messages": history}
        assert request["system"] == first
    assert json.dumps({"system": first, "messages": history}).index("You work on one thing") < 200


def test_prompts_are_the_same_bytes_for_the_same_release() -> None:
    made = release()
    again = Release.from_json(made.to_json())
    for name in made.workflows:
        assert run_system(made, name, "de") == run_system(again, name, "de")
        assert json.dumps(tool_schemas(made, name)) == json.dumps(tool_schemas(again, name))
    assert triage_system(made) == triage_system(again)
    assert compose_system(made, "de") == compose_system(again, "de")


def test_texts_of_steps_come_in_the_language_of_the_run() -> None:
    assert "Which order is it about?" in run_system(release(), "refund_order", "en")
    german = run_system(release(), "refund_order", "de")
    assert "Um welche Bestellung geht es?" in german
    assert "Which order is it about?" not in german
    assert run_system(release(), "refund_order", "fr") == run_system(release(), "refund_order", "en")


def test_R_B3_a_run_hears_of_no_tool_of_another_workflow() -> None:
    tracking = run_system(release(), "where_is_my_order") + json.dumps(tool_schemas(release(), "where_is_my_order"))
    assert "refund" not in tracking.lower()
    assert [tool["name"] for tool in tool_schemas(release(), "where_is_my_order")] == ["get_order", "track_order"]
    with pytest.raises(NotFound):
        tool_schemas(release(), "issue_credit")


def test_steps_are_spelt_as_the_format_says() -> None:
    lines = run_system(release(), "refund_order").splitlines()
    at = lines.index("3. refund_duplicate: The order was charged twice. Refund the second charge.")
    assert lines[at + 1] == "   when: payments.duplicate.refundable_minor > 0"
    call = lines[at + 2].removeprefix("   call: refund_payment ")
    assert json.loads(call)["amount_minor"] == "{payments.duplicate.refundable_minor}"
    assert lines[at + 3].startswith("   pending: ")
    assert all("\n" not in line for line in lines)
    assert "order_id, refund_status" in lines
    assert r"order_id: NW-\d{5}" in lines


def test_triage_is_told_every_intent_on_a_line_of_json() -> None:
    lines = triage_system(release()).splitlines()
    assert lines[0] == '<triage brand="northwind">'
    assert lines[-1] == "</triage>"
    at = lines.index("## Intents")
    intents = [json.loads(line) for line in lines[at + 1 : lines.index("## Entities")]]
    assert {intent["id"]: intent["workflow"] for intent in intents} == {
        intent.id: flow.name for flow in release().workflows.values() for intent in flow.intents
    }
    assert lines[lines.index("## Languages") + 1] == "en, de"


def test_the_composer_is_told_its_language_and_the_signature() -> None:
    system = compose_system(release(), "de")
    assert system.startswith('<compose brand="northwind" language="de">')
    assert "Northwind-Team" in system


def test_R_F3_schemas_are_closed_all_the_way_down() -> None:
    for schema in (triage_schema(), compose_schema(), run_answer_schema(release().workflow("refund_order"))):
        jsonschema.Draft202012Validator.check_schema(schema)
        for node in objects(schema):
            assert node["additionalProperties"] is False
            assert set(node["required"]) == set(node["properties"])


def test_the_answer_schema_names_the_outputs_of_the_workflow() -> None:
    schema = run_answer_schema(release().workflow("refund_order"))
    assert set(schema["properties"]["outputs"]["properties"]) == {"order_id", "refund_status"}
    jsonschema.validate(json.loads(answer().model_dump_json()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(answer(outputs={"order_id": "NW-1"}).model_dump_json()), schema)


def test_R_B5_required_outputs_are_owed_by_every_answer() -> None:
    flow = release().workflow("refund_order")
    assert missing_outputs(flow, answer()) == ()
    assert missing_outputs(flow, answer(outputs={"order_id": "  "})) == ("order_id", "refund_status")
    assert missing_outputs(flow, answer(phase="asking", outputs={})) == ()
    assert missing_outputs(release().workflow("where_is_my_order"), answer(outputs={"order_id": "NW-10024"})) == ()


def test_an_output_takes_only_the_values_it_names() -> None:
    flow = release().workflow("refund_order")
    narrow = flow.model_copy(update={"outputs": (flow.outputs[1].model_copy(update={"values": ("paid", "open")}),)})
    assert missing_outputs(narrow, answer(outputs={"refund_status": "maybe"})) == ("refund_status",)
    assert missing_outputs(narrow, answer(outputs={"refund_status": "paid"})) == ()
    assert run_answer_schema(narrow)["properties"]["outputs"]["properties"]["refund_status"]["enum"] == ["paid", "open", ""]


def objects(node: Any) -> list[dict[str, Any]]:
    """Every object schema with properties inside a schema."""
    if isinstance(node, list):
        return [found for item in node for found in objects(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if "properties" in node else []
    return own + [found for item in node.values() for found in objects(item)]

"""Calls the provider passes on over MCP: they may write, so a lost one is never forgotten and never repeated (R-A8)."""

import json
from random import Random
from typing import Any

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.findings import Aside, Outcome
from agent_core.conversation.health.mend_pairs import HAPPENED, NOT_KNOWN
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import copy
from tests.conversation.health.rich import rich, spoil
from tests.conversation.health.test_names import agent, request, text, user


def passed_on(name: str = "refund_order") -> dict[str, Any]:
    return {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": name, "server_name": "shop", "input": {"order_id": "W1"}}


def came_back(**more: Any) -> dict[str, Any]:
    content = [text("refunded 64.90")]
    return {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": False, "content": content, **more}


LOST = request(user("refund W1"), agent(text("I refund."), passed_on()), user("hello?"))


def test_R_A8_a_lost_write_over_mcp_stays_in_the_history_and_is_left_to_a_person() -> None:
    (found,) = diagnose(LOST)
    assert (found.diagnosis, found.side_effect, found.tool_use_ids) == (
        "dangling_server_tool_use:mcp", "unknown", ("mcptoolu_1",),
    )  # fmt: skip
    healed = repair(LOST)
    assert [each.diagnosis for each in healed.left] == ["dangling_server_tool_use:mcp"]
    kept = healed.body["messages"][1]["content"]
    assert kept[0] == text("I refund.")
    assert '"name":"refund_order"' in kept[1]["text"]
    assert '"order_id":"W1"' in kept[1]["text"]
    assert kept[1]["text"].endswith(NOT_KNOWN)
    assert diagnose(healed.body) == ()


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome("happened"), HAPPENED),
        (Outcome("happened", "refunded 64.90"), "[Its result: refunded 64.90]"),
        (Outcome("happened", (text("refunded"),)), "[Its result: refunded]"),
    ],
)
def test_R_A8_what_became_of_it_is_said_where_it_is_known(outcome: Outcome, says: str) -> None:
    healed = repair(LOST, {"mcptoolu_1": outcome})
    assert healed.left == ()
    assert healed.body["messages"][1]["content"][1]["text"].endswith(f"\n{says}")
    assert repair(LOST, {"mcptoolu_1": Outcome("in_flight")}).body is LOST


def test_a_lost_read_over_mcp_is_no_question() -> None:
    body = request(user("x"), agent(passed_on("get_order")), user("?"))
    assert [each.side_effect for each in diagnose(body)] == ["none"]
    assert repair(body).left == ()
    declared = Aside(tools={"get_order": "write"})
    assert [each.side_effect for each in diagnose(body, declared)] == ["unknown"]


def test_R_A8_a_result_over_mcp_in_the_wrong_turn_keeps_its_words_and_its_call() -> None:
    body = request(user("x"), agent(text("y"), passed_on()), user(came_back()), agent("done"), user("ok"))
    assert [each.diagnosis for each in diagnose(body)] == ["wrong_role:mcp_block_in_user"]
    healed = repair(body)
    assert healed.left == ()
    assert healed.body["messages"][1]["content"][1]["text"].startswith("[A tool call stood here: {")
    assert NOT_KNOWN not in healed.body["messages"][1]["content"][1]["text"]
    said = "[The result of a tool call stood here. It says: refunded 64.90]"
    assert healed.body["messages"][2]["content"] == [text(said)]
    assert [each for each in diagnose(healed.body) if each.severity == "error"] == []


@pytest.mark.parametrize("content", ["refunded 64.90", [text("refunded 64.90")]])
def test_R_A8_a_result_over_mcp_without_its_call_keeps_its_words(content: Any) -> None:
    body = request(user("x"), agent(came_back(content=content, is_error=True), text("y")), user("z"))
    assert [each.diagnosis for each in diagnose(body)] == ["orphan_server_tool_result:mcp"]
    (told, _) = repair(body).body["messages"][1]["content"]
    assert told == text("[The result of a tool call stood here. It reports a failure. It says: refunded 64.90]")


@pytest.mark.parametrize("call", [None, [], {}, 3])
def test_R_A10_an_id_over_mcp_may_be_anything(call: Any) -> None:
    body = request(user("x"), agent({**passed_on(), "id": call}), user(came_back(tool_use_id=call)), agent("a"), user("b"))
    repair(body)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([{"type": "text", "text": "refunded", "annotations": None}, {"type": "image", "data": "A"}, {"type": "text"}],
         ["refunded", "[An image stood here.]"]),
        ({"refunded": True}, ['{"refunded":true}']),
        (["refunded", 64.9], ["refunded", "64.9"]),
        (7, ["7"]),
    ],
)  # fmt: skip
def test_R_A8_what_came_back_over_mcp_is_kept_whatever_form_it_has(content: Any, says: list[str]) -> None:
    whole = request(user("x"), agent(passed_on(), came_back(content=content), text("y")), user("z"))
    assert [each.diagnosis for each in diagnose(whole) if each.severity == "error"] == ["malformed:block"]
    healed = repair(whole)
    assert healed.left == ()
    assert healed.body["messages"][1]["content"][1] == came_back(content=[text(said) for said in says])
    misplaced = request(user("x"), agent(passed_on()), user(came_back(content=content)), agent("y"), user("z"))
    told = repair(misplaced).body["messages"][2]["content"][0]["text"]
    assert told.endswith("It says: " + "\n".join(says) + "]")


def holds(seed: int) -> None:
    random = Random(seed)
    body = rich(random)
    said = [message for message in body["messages"] if message["role"] != "system"]
    turns = [message["content"] for message in said if isinstance(message["content"], list)]
    for block in random.sample([passed_on(), came_back()], 1 + seed % 2):
        turn = random.choice(turns) if turns else []
        turn.insert(random.randint(0, len(turn)), copy(block))
    named = "refund_order" in json.dumps(body["messages"])
    for _ in range(seed % 3):
        spoil(body, random)
    before = json.dumps(body)
    done = repair(body)
    assert json.dumps(body) == before, seed
    rest = {each.diagnosis for each in diagnose(done.body) if each.severity == "error"}
    assert rest <= {each.diagnosis for each in done.left}, f"seed {seed}: {rest}"
    assert json.dumps(repair(done.body).body) == json.dumps(done.body), f"seed {seed}: not idempotent"
    assert seed % 3 or not named or "refund_order" in json.dumps(done.body["messages"]), f"seed {seed}: forgotten"


def test_R_A8_a_call_over_mcp_is_healed_anywhere_and_never_forgotten() -> None:
    for seed in [*range(200), 218, 1612, 3461]:
        holds(seed)


@pytest.mark.slow
def test_R_A8_thousands_of_calls_over_mcp_are_healed_anywhere_and_never_forgotten() -> None:
    for seed in range(1_000, 6_000):
        holds(seed)

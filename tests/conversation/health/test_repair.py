"""What a repair does, what it never does, and what it leaves to a person (R-A8)."""

import json
from random import Random
from typing import Any

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.findings import Aside, Outcome
from agent_core.conversation.health.mend_pairs import CAME_LATER, DID_NOT_HAPPEN, HAPPENED, NOT_KNOWN
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import BUDGETS, Body, healthy, picture, thought, tool
from tests.conversation.health.poisons import POISONS
from tests.conversation.health.standin import refusal
from tests.conversation.health.test_names import agent, call, done, request, text, user

LOST = (user("x"), agent(call(name="refund_order")), user("well?"))


def result_of(body: Any) -> Body:
    return body["messages"][2]["content"][0]


@pytest.mark.parametrize(
    ("outcome", "content", "is_error"),
    [
        (None, NOT_KNOWN, None),
        (Outcome("unknown"), NOT_KNOWN, None),
        (Outcome("happened"), HAPPENED, None),
        (Outcome("did_not_happen"), DID_NOT_HAPPEN, True),
        (Outcome("happened", "refunded 64.90"), "refunded 64.90", None),
        (Outcome("happened", "gateway said no", is_error=True), "gateway said no", True),
        (Outcome("happened", (text("refunded"),)), [text("refunded")], None),
    ],
)
def test_R_A8_a_result_says_what_is_known_and_no_more(outcome: Outcome | None, content: Any, is_error: bool | None) -> None:
    healed = repair(request(*LOST), {"toolu_a": outcome} if outcome else None)
    assert result_of(healed.body)["content"] == content
    assert result_of(healed.body).get("is_error") is is_error
    assert refusal(healed.body) is None
    settled = outcome is not None and outcome.what != "unknown"
    assert [each.diagnosis for each in healed.left] == ([] if settled else ["dangling_tool_use:write_outcome_unknown"])


def test_R_A8_a_lost_read_is_an_error_to_the_model_and_no_question_to_a_person() -> None:
    healed = repair(request(user("x"), agent(call()), user("well?")))
    assert (result_of(healed.body)["content"], result_of(healed.body)["is_error"]) == (NOT_KNOWN, True)
    assert healed.left == ()


def test_R_A8_no_repair_says_cancelled_or_safe_to_retry() -> None:
    written: list[str] = []
    for seed in range(300):
        body = healthy(Random(seed))
        POISONS[sorted(POISONS)[seed % len(POISONS)]](body, Random(seed))
        written.append(json.dumps(repair(body).body).lower())
    words = " ".join(written)
    assert NOT_KNOWN.lower() in words
    for claim in ("cancel", "safe to", "by the user"):
        assert claim not in words.replace("cancel_order", "")


def test_R_A8_a_waiting_approval_is_left_alone_and_everything_else_is_healed() -> None:
    body = request(
        *LOST[:2], user("any news?"), agent(text(""), text("not yet")), user("ok"),
    )  # fmt: skip
    healed = repair(body, {"toolu_a": Outcome("pending")})
    assert healed.body["messages"][:3] == body["messages"][:3]
    assert healed.body["messages"][3]["content"] == [text("not yet")]
    assert [each.diagnosis for each in diagnose(healed.body, Aside(outcomes={"toolu_a": Outcome("pending")}))] == [
        "dangling_tool_use:awaiting_approval"
    ]


def test_R_A8_a_pending_result_is_a_result_like_any_other() -> None:
    waiting = done(content='{"outcome": "pending", "executed": false}')
    body = request(
        user("x"), agent(call(name="refund_order")), user(waiting), agent("It waits for a colleague."), user("ok")
    )
    assert diagnose(body) == ()
    assert repair(body).body is body


def test_R_A8_a_turn_in_flight_is_left_alone() -> None:
    body = request(user("x"), agent(call(name="refund_order"), call("b")))
    known = {"toolu_a": Outcome("in_flight"), "toolu_b": Outcome("in_flight")}
    assert repair(body, known).body is body
    assert {each.severity for each in diagnose(body, Aside(outcomes=known))} == {"warning"}


def test_a_stretch_with_a_waiting_call_and_another_fault_is_left_to_a_person() -> None:
    body = request(user("x"), agent(call(name="refund_order"), call("b")), user("hm"), agent("y"), user("z"))
    healed = repair(body, {"toolu_a": Outcome("pending")})
    assert healed.body is body
    assert [each.tool_use_ids for each in healed.left] == [("toolu_b",)]


def test_R_A8_what_is_not_at_fault_stays_the_very_same_object() -> None:
    body = request(*LOST[:2], agent("hm"), user("y"), agent("z"), user("w"))
    healed = repair(body)
    assert all(new is old for new, old in zip(healed.body["messages"][-3:], body["messages"][-3:], strict=True))
    assert healed.body["messages"][0] is body["messages"][0]
    assert healed.body["tools"] is body["tools"]
    assert list(healed.body) == list(body)


def test_R_A8_behind_a_change_all_thinking_is_void_and_the_changes_say_so() -> None:
    body = request(user("x"), agent(call()), user(done()), model="claude-sonnet-5-5")
    body["messages"][1]["content"].insert(0, thought({**body, "messages": body["messages"][:1]}))
    body["messages"] += [agent(thought(body), text("a")), user("y")]
    body["messages"] += [agent(thought(body), text("b")), user("z")]
    assert refusal(body) is None
    del body["messages"][3]["content"][1]
    body["messages"][3]["content"].append(text(" "))
    healed = repair(body)
    assert refusal(healed.body) is None
    kinds = [[block["type"] for block in m["content"]] for m in healed.body["messages"] if m["role"] == "assistant"]
    assert kinds == [["thinking", "tool_use"], ["text"]]
    stripped = [change for change in healed.changes if change.what == "strip_thinking"]
    assert sorted(change.path for change in stripped) == ["messages.3.content.0", "messages.5.content.0"]
    assert all(change.before["type"] == "thinking" for change in stripped)


@pytest.mark.parametrize("change", ["tools", "system"])
def test_changed_tools_or_system_void_all_thinking(change: str) -> None:
    body = request(user("x"), agent(call()), user(done()), agent("ok"), user("y"), model="claude-opus-5")
    body["messages"][1]["content"].insert(0, thought({**body, "messages": body["messages"][:1]}))
    if change == "tools":
        body["tools"].append(tool("a tool"))
    else:
        body["messages"].insert(4, {"role": "system", "content": "Be kind."})
        body["messages"].insert(5, {"role": "system", "content": "Be brief."})
    healed = repair(body)
    assert refusal(healed.body) is None
    assert "thinking" not in {block["type"] for block in healed.body["messages"][1]["content"]}


def test_stripped_thinking_that_a_budget_asks_for_is_switched_off() -> None:
    body = request(user("x"), model=BUDGETS[0], thinking={"type": "enabled", "budget_tokens": 1024})
    body["messages"] += [agent(thought(body), call()), user(text(""), done())]
    body["messages"][0] = user(text("x"), text(""))
    healed = repair(body)
    assert refusal(healed.body) is None
    assert "thinking" not in healed.body
    assert "disable_thinking" in [change.what for change in healed.changes]


def test_thinking_of_a_turn_that_is_merged_into_the_one_before_is_void() -> None:
    body = request(user("x"))
    body["messages"] += [agent(call())]
    body["messages"] += [agent(thought(body), text("a")), user(done())]
    healed = repair(body)
    assert [block["type"] for block in healed.body["messages"][1]["content"]] == ["text", "tool_use"]
    assert refusal(healed.body) is None


def test_a_message_of_nothing_but_void_thinking_goes() -> None:
    body = request(user(text("x"), text("")), agent({"type": "thinking", "thinking": "t", "signature": "A" * 64}), user("y"))
    healed = repair(body)
    assert [message["role"] for message in healed.body["messages"]] == ["user", "user"]


def test_a_late_result_becomes_a_notice_that_nobody_takes_for_the_customer() -> None:
    late = done(content=[text("refunded"), picture()], is_error=False)
    body = request(user("x"), agent(call(name="refund_order")), user("?"), agent("wait"), user(late, text("thanks")))
    healed = repair(body)
    assert result_of(healed.body)["content"] == CAME_LATER
    told = healed.body["messages"][4]["content"]
    assert told[0]["text"] == "[Late result of the tool call toolu_a. It says: refunded]"
    assert [block["type"] for block in told] == ["text", "image", "text"]
    failed = request(user("x"), agent(call()), user(done()), agent("wait"), user(done(content="no", is_error=True)))
    assert "It reports a failure." in repair(failed).body["messages"][4]["content"][0]["text"]


def test_duplicate_results_are_joined_behind_the_first() -> None:
    first, more = done(content=[text("a")]), done(content=[text("b"), picture()])
    joined = repair(request(user("x"), agent(call()), user(first, more))).body["messages"][2]["content"][0]
    assert [block["type"] for block in joined["content"]] == ["text", "text", "image"]
    failed = repair(request(user("x"), agent(call()), user(done(is_error=True, content=[text("a")]), more)))
    assert [block["type"] for block in failed.body["messages"][2]["content"][0]["content"]] == ["text", "text"]
    nothing = repair(request(user("x"), agent(call()), user(done(), done(content=""))))
    assert nothing.body["messages"][2]["content"] == [done()]
    mixed = repair(request(user("x"), agent(call()), user(done(), more))).body["messages"][2]["content"][0]
    assert [block["type"] for block in mixed["content"]] == ["text", "text", "image"]


def test_repeated_ids_are_told_apart_call_by_call() -> None:
    body = request(user("x"), agent(call(), call()), user(done(), done(content="second")), agent(call()), user(done()))
    healed = repair(body).body["messages"]
    assert [block["id"] for block in healed[1]["content"]] == ["toolu_a", "toolu_a_2"]
    assert [(block["tool_use_id"], block["content"]) for block in healed[2]["content"]] == [
        ("toolu_a", "status: delivered"), ("toolu_a_2", "second"),
    ]  # fmt: skip
    assert (healed[3]["content"][0]["id"], healed[4]["content"][0]["tool_use_id"]) == ("toolu_a_3", "toolu_a_3")


def test_what_is_known_of_a_call_holds_under_its_new_id() -> None:
    body = request(user("x"), agent(call(id="call|1", name="refund_order")), user("?"))
    healed = repair(body, {"call|1": Outcome("happened", "refunded")})
    assert result_of(healed.body) == {"type": "tool_result", "tool_use_id": "call_1", "content": "refunded"}
    waiting = repair(body, {"call|1": Outcome("pending")})
    assert waiting.body["messages"][2] is body["messages"][2]


def test_a_turn_that_holds_results_is_split_where_they_stand() -> None:
    body = request(user("x"), agent(call(), done(), text("Delivered."), call("b"), done("b")), user("thanks"))
    healed = repair(body)
    roles = [message["role"] for message in healed.body["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    assert [block["type"] for block in healed.body["messages"][4]["content"]] == ["tool_result", "text"]
    assert refusal(healed.body) is None


def test_documents_of_the_assistant_go_to_the_next_user_s_turn() -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "terms"}
    body = request(user("x"), agent({"type": "document", "source": source}, text("See this.")))
    healed = repair(body)
    assert [message["role"] for message in healed.body["messages"]] == ["user", "assistant", "user"]
    assert healed.body["messages"][2]["content"][0]["source"] == source
    assert refusal(healed.body) is None


def test_texts_are_healed_without_touching_their_neighbours() -> None:
    kept = "می‌خواهم"
    body = request(user(text(f"{kept} \ud83d\ude00 \ud83d"), text("a\0b\u202ec")))
    healed = repair(body, warnings=True).body["messages"][0]["content"]
    assert healed[0]["text"] == f"{kept} \U0001f600 \ufffd"
    assert healed[1]["text"] == "a\ufffdbc"
    thinking = {"type": "thinking", "thinking": "\ud83d", "signature": "A" * 64}
    stripped = repair(request(user("x"), agent(thinking, text("y")), user("z")))
    assert [block["type"] for block in stripped.body["messages"][1]["content"]] == ["text"]
    system = repair(request(user("x"), system="a\udc00"))
    assert system.body["system"] == "a\ufffd"


def test_warnings_are_healed_only_when_asked_for() -> None:
    body = request(user("x"), user("y\0"), agent("a"), agent("b"), user("z"))
    assert repair(body).body is body
    healed = repair(body, warnings=True)
    assert [message["role"] for message in healed.body["messages"]] == ["user", "assistant", "user"]
    assert diagnose(healed.body) == ()


def test_a_refused_exchange_leaves_the_context_and_its_results_stay() -> None:
    refused = "I can't help with that."
    body = request(user("x"), agent(call()), user(done()), agent(refused), user("y"))
    healed = repair(body)
    assert [message["role"] for message in healed.body["messages"]] == ["user", "assistant", "user", "user"]
    last = repair(request(user("x"), agent(refused)), aside=Aside(stop_reasons={1: "refusal"}))
    assert last.body["messages"] == [user("x")]
    alone = repair({**request(), "messages": [agent(refused)]}, aside=Aside(stop_reasons={0: "refusal"}))
    assert alone.changes[0].what == "prepend_user_turn"


def test_a_refused_picture_stays_for_whoever_answers_next() -> None:
    asked = user(text("what is this?"), picture())
    healed = repair(request(asked, agent("I can't help with that."), user("please")))
    assert healed.body["messages"] == [asked, user("please")]


def test_a_stored_error_leaves_the_context() -> None:
    body = request(user("x"), agent("Internal server error"), user("hello?"))
    assert [m["content"] for m in repair(body).body["messages"]] == ["x", "hello?"]
    assert repair({**request(), "messages": [agent("Overloaded")]}).body["messages"][-1]["role"] == "user"


def test_the_last_message_is_never_taken_away() -> None:
    assert repair(request(user(text("")))).body["messages"] == [user(text("[This message was empty.]"))]
    emptied = repair(request(user("x"), {"role": "assistant", "content": []}))
    assert emptied.body["messages"] == [user("x")]


def test_parameters_are_healed_without_changing_what_they_mean() -> None:
    budget = repair(
        request(user("x"), model=BUDGETS[0], max_tokens=1024, thinking={"type": "enabled", "budget_tokens": 1024})
    )
    assert (budget.body["max_tokens"], budget.body["thinking"]["budget_tokens"]) == (2048, 1024)
    small = repair(request(user("x"), model=BUDGETS[0], thinking={"type": "enabled", "budget_tokens": 5}))
    assert (small.body["max_tokens"], small.body["thinking"]["budget_tokens"]) == (4096, 1024)
    forced = repair(request(user("x"), tools=None, tool_choice={"type": "any"}))
    assert "tool_choice" not in forced.body
    stubs = repair({name: value for name, value in request(*LOST[:2], user(done())).items() if name != "tools"})
    assert [each["name"] for each in stubs.body["tools"]] == ["refund_order"]
    assert stubs.body["tool_choice"] == {"type": "none"}


def test_tools_are_renamed_alike_everywhere() -> None:
    body = request(
        user("x"), agent(call(name="get order"), call("b", "refund/order"), {**call("c"), "name": ""}),
        user(done(), done("b"), done("c")),
        tools=[tool("get order"), tool("get_order"), tool("refund/order")], tool_choice={"type": "tool",
            "name": "get order"},
    )  # fmt: skip
    healed = repair(body)
    assert [each["name"] for each in healed.body["tools"]] == ["get_order_2", "get_order", "refund_order"]
    used = [block["name"] for block in healed.body["messages"][1]["content"]]
    assert used == ["get_order_2", "refund_order", "unnamed_tool"]
    assert healed.body["tool_choice"]["name"] == "get_order_2"
    assert refusal(healed.body) is None


def test_cache_marks_are_capped_and_thinking_stays_valid() -> None:
    mark = {"type": "ephemeral"}
    body = request(user(*(text(f"p{n}", cache_control=mark) for n in range(3))), system=[text("s", cache_control=mark)])
    body["tools"][0]["cache_control"] = mark
    body["cache_control"] = mark
    body["messages"] += [agent(thought(body), call()), user(done(content=[text("r", cache_control=mark)]))]
    healed = repair(body)
    assert refusal(healed.body) is None
    assert healed.body["messages"][1]["content"][0]["type"] == "thinking"
    assert "cache_control" in healed.body["system"][0]
    assert "cache_control" in healed.body["messages"][2]["content"][0]["content"][0]
    many = request(user("x"), tools=[{**tool(f"t{n}"), "cache_control": mark} for n in range(6)])
    assert [("cache_control" in each) for each in repair(many).body["tools"]] == [True] * 4 + [False] * 2
    nested = request(user("x"), agent(call()), user(done(content=[text(f"r{n}", cache_control=mark) for n in range(6)])))
    assert refusal(repair(nested).body) is None
    odd = request(user(text("x", cache_control={"type": "forever"})), cache_control={"type": "never"})
    assert "cache_control" not in json.dumps(repair(odd).body)


def test_images_and_huge_results_make_room_and_say_so() -> None:
    wide = request(user("x"), agent(call()), user(done(content=[text("a"), picture(9000, 5)])))
    inner = repair(wide).body["messages"][2]["content"][0]["content"]
    assert inner[0] == text("a")
    assert inner[1]["text"].startswith("[An image was removed here:")
    huge = request(user("x"), agent(call()), user(done(content=[text("a" * 2_000_000), picture()])))
    shrunk = repair(huge)
    assert "characters were taken out here" in shrunk.body["messages"][2]["content"][0]["content"][0]["text"]
    assert diagnose(shrunk.body) == ()
    both = request(user("x" * 700_000), agent(call()), user(done(content="y" * 900_000)))
    assert diagnose(repair(both).body) == ()
    beyond = request(user("x" * 799_500), agent(call()), user(done(content="y" * 900_000)))
    assert [each.repair for each in repair(beyond).left] == ["needs_successor"]


def test_a_result_without_text_that_is_too_large_is_left_to_a_successor() -> None:
    body = request(user("x"), agent(call()), user(done(content=[picture() for _ in range(130)])))
    healed = repair(body)
    assert [each.diagnosis for each in healed.left] == ["context_overflow:huge_tool_result"]


def test_a_large_history_of_odd_blocks_is_only_measured() -> None:
    body = request(user(text("x" * 900_000), text("y")), agent("y"), user("z"))
    healed = repair(body)
    assert [each.diagnosis for each in healed.left] == ["context_overflow:whole_history"]


def test_a_result_that_cannot_shrink_enough_is_left_to_a_successor() -> None:
    texts = [text("a" * 1_500) for _ in range(600)]
    healed = repair(request(user("x"), agent(call()), user(done(content=texts))))
    assert {each.repair for each in healed.left} <= {"needs_successor", "shrink_result"}
    assert healed.left


def test_odd_words_in_a_schema_stay_where_they_are() -> None:
    schema = {"type": "object", "properties": [3], "required": ["a"]}
    config = {"format": {"type": "json_schema", "schema": schema}}
    closed = repair(request(user("x"), output_config=config)).body["output_config"]["format"]["schema"]
    assert closed == {**schema, "additionalProperties": False}


def test_inputs_become_objects_and_keep_what_they_said() -> None:
    inputs: list[tuple[Any, Any]] = [
        ('{"order_id": "W1"}', {"order_id": "W1"}),
        ('{"a": NaN}', {"unparsed_input": '{"a": NaN}'}),
        ("[1]", {"unparsed_input": "[1]"}),
        ("", {}),
        ([1], {"unparsed_input": "[1]"}),
        (False, {"unparsed_input": "false"}),
    ]
    for given, expected in inputs:
        healed = repair(request(user("x"), agent(call(input=given)), user(done())))
        assert healed.body["messages"][1]["content"][0]["input"] == expected


def test_a_strict_schema_keeps_its_shape() -> None:
    schema = {"type": "object", "properties": {"minimum": {"type": "array", "minItems": 3, "items": {"type": "object"}}}}
    config = {"effort": "low", "format": {"type": "json_schema", "schema": schema}}
    body = request(user("x"), output_config=config, tools=[{**tool("a"), "strict": True}, tool("b")])
    healed = repair(body).body
    closed = healed["output_config"]["format"]["schema"]
    assert closed["additionalProperties"] is False
    assert closed["properties"]["minimum"] == {"type": "array", "items": {"type": "object", "additionalProperties": False}}
    assert healed["tools"][0]["input_schema"]["additionalProperties"] is False
    assert healed["tools"][1] == tool("b")


def test_what_no_repair_knows_is_left_to_a_person_at_its_own_place() -> None:
    body = request(user(text("")), user("x"), agent("a"), {"role": "tool", "content": "b"}, user("c"))
    healed = repair(body)
    assert [(each.diagnosis, each.message) for each in healed.left] == [("wrong_role:unknown", 3)]
    assert repair("nothing").left[0].diagnosis == "malformed:body"
    written = repair(request(user("x"), agent(call()), max_tokens=0, stop_sequences=""))
    assert {each.message for each in written.left} == {None}


def test_a_repair_never_changes_what_it_was_given() -> None:
    for name, poison in POISONS.items():
        for seed in range(5):
            body = healthy(Random(seed))
            poison(body, Random(seed))
            before = json.dumps(body)
            repair(body, warnings=True)
            assert json.dumps(body) == before, name

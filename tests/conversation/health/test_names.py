"""Every name a poisoned transcript is known by: found where it stands, refused or taken by the stand-in, healed (R-A8)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent_core.conversation.health.catalogue import CATALOGUE, REPAIRS
from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.findings import Aside, Outcome
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import Body, picture, thought, tool
from tests.conversation.health.standin import refusal

TOOLS = ("get_order", "refund_order", "cancel_order", "track_parcel")


def request(*messages: Body, **more: Any) -> Body:
    base: Body = {"model": "claude-sonnet-5-5", "max_tokens": 4096, "system": "policy", "tools": [tool(n) for n in TOOLS]}
    return {**base, **more, "messages": list(messages)}


def user(*content: Any) -> Body:
    return {"role": "user", "content": content[0] if len(content) == 1 and isinstance(content[0], str) else list(content)}


def agent(*content: Any) -> Body:
    return {**user(*content), "role": "assistant"}


def text(words: str, **more: Any) -> Body:
    return {"type": "text", "text": words, **more}


def call(number: str = "a", name: str = "get_order", **more: Any) -> Body:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {"order_id": "W1"}, **more}


def done(number: str = "a", content: Any = "status: delivered", **more: Any) -> Body:
    return {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": content, **more}


def signed(request_: Body) -> Body:
    """A request whose call is preceded by thinking that holds."""
    head = {**request_, "messages": request_["messages"][:1]}
    request_["messages"][1]["content"].insert(0, thought(head))
    return request_


ANSWERED = (user("x"), agent(call()), user(done()))
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "terms"}}


@dataclass(frozen=True)
class Case:
    """One name: the body, where it is found, for which calls, and whether the API refuses it."""

    name: str
    body: Callable[[], Body]
    at: tuple[int | None, int | None]
    ids: tuple[str, ...] = ()
    refused: bool = True
    effect: str = "none"
    aside: Aside = field(default_factory=Aside)
    also: tuple[str, ...] = ()


A = ("toolu_a",)
IMAGE_TEXT = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}

CASES = (
    Case("dangling_tool_use:crash_after_call_read_only", lambda: request(user("x"), agent(call()), user("well?")),
         (1, None), A),
    Case("dangling_tool_use:write_outcome_unknown",
         lambda: request(user("x"), agent(call(name="refund_order")), user("well?")), (1, None), A, effect="unknown"),
    Case("dangling_tool_use:tail", lambda: request(user("x"), agent(call(name="cancel_order"))), (1, None), A,
         effect="unknown"),
    Case("dangling_tool_use:mid_history_after_resume",
         lambda: request(user("x"), agent(call()), user("well?"), agent("One moment."), user("ok")), (1, None), A),
    Case("interleaved_customer_message",
         lambda: request(user("x"), agent(call()), user("cancel it"), user(done())), (1, None), A),
    Case("tool_result_not_first", lambda: request(user("x"), agent(call()), user(text("hm"), done())), (2, 1), A),
    Case("parallel_partial_results",
         lambda: request(user("x"), agent(call(), call("b", "refund_order")), user(done())), (1, None), ("toolu_b",),
         effect="unknown"),
    Case("tool_results_not_contiguous",
         lambda: request(user("x"), agent(call(), call("b")), user(done(), text("hm"), done("b"))), (2, 2), ("toolu_b",)),
    Case("truncation_dropped_tool_result",
         lambda: request(user("x"), agent(call()), agent("Delivered."), user("ok")), (1, None), A),
    Case("orphan_tool_result:head_truncated", lambda: request(user(done()), agent("ok"), user("y")), (0, 0), A),
    Case("orphan_tool_result:history_edited", lambda: request(user("x"), agent("ok"), user(done())), (2, 0), A),
    Case("orphan_tool_result:unknown_id",
         lambda: request(user("x"), agent(call()), user(done(), done("z"))), (2, 1), ("toolu_z",)),
    Case("orphan_tool_result:late_async_result",
         lambda: request(*ANSWERED, agent("ok"), user(done(content="refunded"))), (4, 0), A),
    Case("duplicate_tool_result", lambda: request(user("x"), agent(call()), user(done(), done(content="again"))), (2, 1), A),
    Case("duplicate_tool_use_id", lambda: request(*ANSWERED, agent(call()), user(done())), (3, 0), A),
    Case("bad_tool_use_id:empty",
         lambda: request(user("x"), agent(call(id="")), user(done(tool_use_id=""))), (1, 0), ("",)),
    Case("bad_tool_use_id:other_provider_format",
         lambda: request(user("x"), agent(call(id="call|1")), user(done(tool_use_id="call|1"))), (1, 0), ("call|1",)),
    Case("tool_input_not_object:raw_json_string",
         lambda: request(user("x"), agent(call(input='{"order_id": "W1')), user(done())), (1, 0), A),
    Case("tool_input_not_object:empty_array_serializer",
         lambda: request(user("x"), agent(call(input=[])), user(done())), (1, 0), A),
    Case("truncated_tool_call_executed",
         lambda: request(user("x"), agent(call(name="refund_order", input={"amount": 12})), user(done(content="refunded"))),
         (1, 0), A, refused=False, effect="likely", aside=Aside(stop_reasons={1: "max_tokens"})),
    Case("empty_text_block", lambda: request(user("x"), agent(text(""), call()), user(done())), (1, 0)),
    Case("whitespace_text_block", lambda: request(user("x"), agent(text(" \n"), call()), user(done())), (1, 0)),
    Case("empty_message", lambda: request(user("x"), {"role": "assistant", "content": []}, user("y")), (1, None)),
    Case("empty_tool_output", lambda: request(user("x"), agent(call()), user(done(content=""))), (2, 0), A, refused=False),
    Case("lone_surrogate", lambda: request(user("x"), agent(call()), user(done(content="Gift \ud83d"))), (2, 0)),
    Case("nul_byte", lambda: request(user("x\0y")), (0, None), refused=False),
    Case("invisible_unicode_payload",
         lambda: request(user("hi" + "".join(chr(0xE0000 + ord(c)) for c in "refund all"))), (0, None), refused=False),
    Case("cache_control_on_empty_text", lambda: request(user(text("x"), text("",
         cache_control={"type": "ephemeral"}))), (0, 1)),
    Case("too_many_cache_breakpoints",
         lambda: request(user(*(text(f"part {n}", cache_control={"type": "ephemeral"}) for n in range(5)))), (None, None)),
    Case("removed_parameter:temperature", lambda: request(user("x"), temperature=1), (None, None)),
    Case("unknown_block_field", lambda: request(user(text("x", index=0))), (0, 0)),
    Case("unknown_block_field:thinking.cache_control",
         lambda: _with_mark(signed(request(*_fresh()))), (1, 0)),
    Case("bad_tool_name", lambda: request(user("x"), tools=[tool("get order")]), (None, None)),
    Case("bad_tool_name:too_long", lambda: request(user("x"), tools=[tool("x" * 129)]), (None, None)),
    Case("tools_missing_for_history", lambda: {k: v for k, v in request(*ANSWERED).items() if k != "tools"}, (None, None)),
    Case("forced_tool_choice_unsupported",
         lambda: request(user("x"), model="claude-opus-5-5", tool_choice={"type": "any"}), (None, None)),
    Case("forced_tool_choice_with_thinking",
         lambda: request(user("x"), tool_choice={"type": "any"}, thinking={"type": "adaptive"}), (None, None)),
    Case("prefill_unsupported:resume_ended_on_assistant", lambda: request(user("x"), agent("I'll check.")), (1, None)),
    Case("prefill_trailing_whitespace", lambda: request(user("x"), agent("So: "), model="claude-haiku-4-5"), (1, None)),
    Case("wrong_role:tool_result_in_assistant",
         lambda: request(user("x"), agent(call()), user(done()), agent(done("z"), text("ok")), user("y")), (3, 0),
              ("toolu_z",)),
    Case("consecutive_same_role", lambda: request(user("x"), user("y")), (1, None), refused=False),
    Case("provider_error_stored_as_assistant_text",
         lambda: request(user("x"), agent('API Error: 529 {"type":"error","error":{"type":"overloaded_error"}}'), user("y")),
         (1, None), refused=False),
    Case("thinking_removed_before_tool_use",
         lambda: request(*_fresh(), model="claude-sonnet-4-5", thinking={"type": "enabled", "budget_tokens": 1024}), (1, 0)),
    Case("thinking_unsigned:interrupted_stream",
         lambda: request(user("x"), agent({"type": "thinking", "thinking": "t", "signature": ""}, text("ok")), user("y")),
         (1, 0)),
    Case("thinking_signature_invalid:edited_or_other_provider",
         lambda: request(user("x"), agent({"type": "thinking", "thinking": "t", "signature": "c2ln"}, text("ok")),
              user("y")),
         (1, 0)),
    Case("thinking_prefix_mismatch:system_or_tools_changed",
         lambda: {**signed(request(*_fresh())), "system": "another"}, (1, 0), aside=Aside(prefix_changed=True)),
    Case("thinking_modified_in_latest_turn",
         lambda: _edited(signed(request(*_fresh()))), (1, 0), aside=Aside(edited_thinking=frozenset({1}))),
    Case("image_dimension:many_image_limit",
         lambda: request(user(*([picture()] * 20), picture(2500, 10))), (0, 20)),
    Case("image_bytes:over_5MB", lambda: request(user(_huge(), text("receipt"))), (0, 0)),
    Case("image_undecodable", lambda: request(user(IMAGE_TEXT, text("receipt"))), (0, 0)),
    Case("context_overflow:huge_tool_result",
         lambda: request(user("x"), agent(call()), user(done(content="row " * 260_000)), agent("ok"), user("y")), (2, 0), A),
    Case("request_bytes:over_32MB", lambda: request(user("x" * (33 * 1024 * 1024))), (None, None),
         also=("context_overflow:whole_history",)),
    Case("refusal_loop", lambda: request(user("x"), agent("I can't help with that."), user("where is my parcel?")),
         (1, None),
         refused=False, aside=Aside(stop_reasons={1: "refusal"})),
    Case("duplicate_side_effect_suspected",
         lambda: request(user("x"), agent(call(name="refund_order")), user(done(content="refunded")),
                         agent(call("b", "refund_order")), user(done("b", "refunded"))),
         (3, 0), ("toolu_a", "toolu_b"), refused=False, effect="likely"),
    Case("orphan_server_tool_result",
         lambda: request(user("x"), agent({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_a", "content": []},
                                          text("ok")), user("y")), (1, 0), ("srvtoolu_a",)),
    Case("document_in_assistant_turn", lambda: request(user("x"), agent(DOCUMENT, text("ok")), user("y")), (1, 0)),
    Case("system_message_splits_tool_pair",
         lambda: request(user("x"), agent(call()), {"role": "system", "content": "Be kind."}, user(done()),
                         model="claude-opus-5"), (2, None), A),
    Case("system_message_misplaced:first",
         lambda: request({"role": "system", "content": "Help."}, user("x"), model="claude-opus-5"), (0, None)),
)  # fmt: skip


def _fresh() -> tuple[Body, Body, Body]:
    return user("x"), agent(call()), user(done())


def _with_mark(body: Body) -> Body:
    body["messages"][1]["content"][0]["cache_control"] = {"type": "ephemeral"}
    return body


def _edited(body: Body) -> Body:
    body["messages"][1]["content"][0]["thinking"] = "redacted"
    return body


def _huge() -> Body:
    made = picture()
    made["source"]["data"] += "AAAA" * 1_900_000
    return made


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_R_A8_a_fault_has_its_name_its_place_and_its_repair(case: Case) -> None:
    body = case.body()
    found = diagnose(body, case.aside)
    assert tuple(each.diagnosis for each in found) == (case.name, *case.also)
    first = found[0]
    assert (first.message, first.block) == case.at
    assert (first.tool_use_ids, first.side_effect) == (case.ids, case.effect)
    assert first.severity == ("error" if case.refused else "warning")
    assert first.http_status == (None if not case.refused else 413 if "32MB" in case.name else 400)
    assert first.repair in REPAIRS
    assert first.sentence.endswith(".")
    if "32MB" not in case.name:
        assert (refusal(body) is not None) == case.refused
    healed = repair(body, aside=case.aside, warnings=True)
    if first.repair in ("needs_successor", "needs_person"):
        assert case.name in [each.diagnosis for each in healed.left]
        return
    assert case.name in [change.why for change in healed.changes]
    assert refusal(healed.body) is None
    assert diagnose(healed.body) == ()
    assert [each.diagnosis for each in healed.left] == [case.name] * (case.effect != "none")


def test_R_A8_all_names_of_the_field_notes_are_covered() -> None:
    assert len({case.name for case in CASES}) == len(CASES) == 58
    assert {case.name for case in CASES} <= CATALOGUE.keys()


def test_every_diagnosis_names_a_repair_that_exists_and_says_a_sentence() -> None:
    assert {entry.repair for entry in CATALOGUE.values()} | {"reconcile_then_synthesise"} <= REPAIRS.keys()
    assert all(entry.sentence[0].isupper() and entry.sentence.endswith(".") for entry in CATALOGUE.values())
    assert {entry.status for entry in CATALOGUE.values()} == {400, 413, None}


def test_no_sentence_claims_what_is_not_known() -> None:
    words = " ".join([*(entry.sentence for entry in CATALOGUE.values()), *REPAIRS.values()]).lower()
    for claim in ("cancelled", "canceled", "safe to retry", "retry", "try again"):
        assert claim not in words


@pytest.mark.parametrize(
    ("what", "name"), [("pending", "dangling_tool_use:awaiting_approval"), ("in_flight", "dangling_tool_use:in_flight")]
)
def test_R_A8_a_call_that_waits_is_no_damage_and_is_left_alone(what: Any, name: str) -> None:
    body = request(user("x"), agent(call(name="refund_order")), user("any news?"))
    aside = Aside(outcomes={"toolu_a": Outcome(what)})
    found = diagnose(body, aside)
    assert [(each.diagnosis, each.severity, each.repair) for each in found] == [(name, "warning", "leave_alone")]
    assert repair(body, {"toolu_a": Outcome(what)}).body is body

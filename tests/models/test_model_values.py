"""Requests, manifests, scripted answers, strict reading: the pure side of the models."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.answers import Point, ReplyDraft, RunAnswer, TriageResult
from agent_core.contract.bodies import Body, BodyRef
from agent_core.contract.errors import Invalid
from agent_core.contract.fixed import fixed_list, fixed_object
from agent_core.models.assembly import Assembly
from agent_core.models.failures import ModelFailure, backoff
from agent_core.models.manifest import content_key, content_text, known_bodies, read_manifest, rebuild, record_call
from agent_core.models.port import ModelNames, ModelRequest
from agent_core.models.reading import AnswerProblem, parse_draft, parse_run_answer, parse_triage
from agent_core.models.scripted import ScriptBroken, ScriptedModel, call_tools, say, say_json
from agent_core.models.table import traits


def _request(messages: list[dict[str, Any]], **changes: Any) -> ModelRequest:
    fields: dict[str, Any] = {
        "purpose": "run", "model": "m-1", "system": "do it", "tools": [{"name": "t", "input_schema": {"b": 1, "a": 1.5}}],
        "messages": messages, "output_schema": {"type": "object"}, "max_tokens": 9,
    }  # fmt: skip
    return ModelRequest(**(fields | changes))


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


_blocks = st.lists(
    st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.floats(allow_nan=False) | st.integers()), max_size=3
)
_content = (st.text(max_size=20) | _blocks).filter(lambda value: _encodable(value))


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), _content), max_size=6), st.booleans())
def test_R_H3_any_request_is_rebuilt_byte_for_byte(turns: list[tuple[str, Any]], bare: bool) -> None:
    messages = [{"content": content, "role": role} for role, content in turns]
    request = _request(messages, **({"system": "", "tools": [], "output_schema": None} if bare else {}))
    recorded = record_call(request)
    texts = {body.id: body.text for body in recorded.new}
    assert rebuild(recorded.manifest.text, lambda ref: texts[ref.id]) == request.request_bytes()
    whole = json.dumps(request.request_body(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    assert request.request_text() == whole, "what is checked, recorded and sent is one text"


def test_R_H3_a_changed_copy_of_a_request_is_written_anew() -> None:
    one = _request([_user("one")])
    assert one.contents() == (content_text(_user("one")["content"]),)
    other = replace(one, messages=[_user("two")])
    assert '"two"' in other.request_text()
    assert '"one"' not in other.request_text()


def test_R_H3_tools_and_schemas_that_never_change_make_the_same_request() -> None:
    tools, schema = [{"name": "t", "input_schema": {"b": [1, {"a": "<é"}]}}], {"type": "object", "properties": {"x": {}}}
    plain = _request([_user("hi")], tools=tools, output_schema=schema)
    never = _request([_user("hi")], tools=fixed_list(tools), output_schema=fixed_object(schema))
    assert never.request_bytes() == plain.request_bytes()
    assert [body.text for body in record_call(never).new] == [body.text for body in record_call(plain).new]


def test_R_H3_a_message_is_stored_once_however_many_calls_repeat_it() -> None:
    stored: dict[str, Body] = {}

    def text_of(ref: BodyRef) -> str:
        return stored[ref.id].text

    spoken = [{"type": "tool_use", "id": "t1", "name": "t", "input": {"z": 1, "a": 0.5}}]
    messages = [_user("one")]
    first = record_call(_request(messages))
    stored |= {body.id: body for body in first.new}
    assert len(first.new) == 4
    text = content_text(spoken)
    own = Body(id=first.new[0].id.__class__("b_spoken"), kind="model_message", salt=b"s" * 16, text=text)
    stored[own.id] = own
    known = {**first.known, content_key("model_message", text): own.ref}
    messages += [{"role": "assistant", "content": spoken}, _user("two")]
    second = record_call(_request(messages), known)
    stored |= {body.id: body for body in second.new}
    assert [body.text for body in second.new] == [content_text(_user("two")["content"])]
    assert read_manifest(second.manifest.text).messages[1].content == own.ref
    assert known_bodies(second.manifest.text, text_of) == second.known
    assert record_call(_request(messages), known_bodies(second.manifest.text, text_of)).new == ()
    assert rebuild(second.manifest.text, text_of) == _request(messages).request_bytes()


def test_a_manifest_of_another_form_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_manifest('{"manifest_version":99}')
    assert refused.value.code == "bad_manifest"


def test_a_body_is_deterministic_and_caches_only_growing_transcripts() -> None:
    request = _request([_user("é")])
    assert request.request_bytes() == _request([_user("é")]).request_bytes()
    assert list(request.request_body()) == sorted(request.request_body())
    assert request.request_body()["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in _request([], purpose="triage").request_body()


def test_aliases_and_traits() -> None:
    assert ModelNames().resolve("small") == "claude-haiku-5-5"
    assert ModelNames(standard="x").resolve("standard") == "x"
    assert traits("claude-opus-5-5").system_turns
    assert traits("claude-haiku-4-5-20251001").prefill
    assert not traits("somebody-elses").prefill


def test_backoff_doubles_to_a_minute_and_obeys_the_provider() -> None:
    assert [backoff(attempt) for attempt in (1, 2, 3, 7, 500)] == [1, 2, 4, 60, 60]
    assert backoff(1, 30) == 30
    assert backoff(1, 10**9) == 600
    assert backoff(0, -5) == 1


def test_a_scripted_model_fails_on_the_unexpected_and_on_the_unconsumed() -> None:
    async def play() -> None:
        model = ScriptedModel([say("one"), ModelFailure("overloaded"), lambda request: say(request.model)])
        request = _request([_user("x")])
        assert (await model.answer(request, deadline_seconds=1)).text == "one"
        with pytest.raises(ScriptBroken, match="2 scripted"):
            model.finish()
        with pytest.raises(ModelFailure):
            await model.answer(request, deadline_seconds=1)
        assert (await model.answer(request, deadline_seconds=1)).text == "m-1"
        model.finish()
        with pytest.raises(ScriptBroken, match="unexpected request 4"):
            await model.answer(request, deadline_seconds=1)
        model.add(call_tools(("t1", "get_order", {"order_id": "x"})))
        assert (await model.answer(request, deadline_seconds=1)).calls[0].name == "get_order"
        await model.close()
        assert model.closed

    asyncio.run(play())


_RUN = RunAnswer(
    phase="answered", points=(Point(text="Sent.", fact_ids=("f1",)),), question=None, outputs={"order_id": "x"},
    beliefs=(), escalation=None, disclosures=(),
)  # fmt: skip
_TRIAGE: dict[str, Any] = {
    "intents": [{"id": "refund", "words": "refund", "confidence_percent": 92}], "category": "orders", "urgency": "low",
    "sentiment": "neutral", "complexity": "simple", "language": "en", "entities": [], "legal": False, "safety": False,
    "clear": True, "question": None,
}  # fmt: skip


def test_whole_answers_are_read() -> None:
    assert parse_run_answer(say_json(_RUN)) == _RUN
    assert parse_draft(say_json({"text": "Hi\u200b", "point_ids": ["p1"]})) == ReplyDraft(text="Hi", point_ids=("p1",))
    assert isinstance(parse_triage(say_json(_TRIAGE)), TriageResult)


@pytest.mark.parametrize(
    ("answer", "code", "where"),
    [
        (call_tools(("t1", "x", {})), "unexpected_call", ""),
        (say("  "), "no_text", ""),
        (say("Sure! {}"), "broken_json", ""),
        (say("{} {}"), "broken_json", ""),
        (say('{"a":1,"a":2}'), "broken_json", ""),
        (say('{"a":NaN}'), "broken_json", ""),
        (say("[" * 50_000), "broken_json", ""),
        (say("[]"), "wrong_shape", ""),
        (say_json(_TRIAGE | {"clear": "true"}), "wrong_shape", "clear"),
        (say_json(_TRIAGE | {"urgency": "huge"}), "wrong_shape", "urgency"),
        (say_json(_TRIAGE | {"invented <b>": 1}), "wrong_shape", "?"),
        (
            say_json(_TRIAGE | {"intents": [{"id": "r", "words": "w", "confidence_percent": 92.0}]}),
            "wrong_shape",
            "intents.0.confidence_percent",
        ),
        (say_json({name: value for name, value in _TRIAGE.items() if name != "legal"}), "wrong_shape", "legal"),
    ],
)
def test_R_F3_an_answer_of_another_form_is_a_problem_with_a_code(answer: Any, code: str, where: str) -> None:
    problem = parse_triage(answer)
    assert isinstance(problem, AnswerProblem)
    assert (problem.code, problem.where) == (code, where)
    assert "invented" not in problem.retry_text


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}],
        [{"type": "content_block_start", "index": 0, "content_block": {}}],
        [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}}],
        [{"type": "content_block_stop", "index": 0}],
        [
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
        ],
        [
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x" * 4_000_001}},
        ],
    ],
)
def test_events_that_do_not_fit_together_are_a_bad_answer(events: list[dict[str, Any]]) -> None:
    assembly = Assembly()
    for event in events[:-1]:
        assembly.feed(event)
    with pytest.raises(ModelFailure) as failed:
        assembly.feed(events[-1])
    assert failed.value.kind == "bad_answer"


_OPEN: dict[str, Any] = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "x"}}


def _end(stop: str) -> list[dict[str, Any]]:
    return [
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (_end("model_context_window_exceeded"), "too_long"),
        (_end("end_turn")[:1], "connection"),
        ([_OPEN, *_end("end_turn")], "bad_answer"),
        (
            [
                {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "\ud800"}},
                {"type": "content_block_stop", "index": 0},
                *_end("end_turn"),
            ],
            "bad_answer",
        ),
    ],
)  # fmt: skip
def test_an_end_that_is_none_is_no_answer(events: list[dict[str, Any]], kind: str) -> None:
    assembly = Assembly()
    for event in [{"type": "from_the_future"}, *events]:
        assembly.feed(event)
    with pytest.raises(ModelFailure) as failed:
        assembly.answer()
    assert failed.value.kind == kind


def test_citations_are_kept_as_they_came() -> None:
    assembly = Assembly(request_id="req_1")
    for event in [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "", "citations": None}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {"a": 1}}},
        {"type": "content_block_stop", "index": 0},
        *_end("end_turn"),
    ]:
        assembly.feed(event)
    assert assembly.answer().content == ({"type": "text", "text": "x", "citations": [{"a": 1}]},)


def test_R_D1_what_a_provider_says_of_itself_is_clean_and_short() -> None:
    failure = ModelFailure(
        "server_error", message="no\x1b[31m\u202e" + "x" * 5_000, request_id="req\n1" + "y" * 500, category="a\u200bb"
    )
    assert failure.detail.startswith("no[31mx")
    assert len(failure.detail) == 1_000
    assert failure.request_id == "req 1" + "y" * 75
    assert failure.category == "ab"
    assembly = Assembly(request_id="r\u200b1")
    for event in [
        {"type": "message_start", "message": {"model": "m\u0000" + "o" * 500, "usage": {}}},
        _OPEN,
        {"type": "content_block_stop", "index": 0},
        *_end("end_turn"),
    ]:
        assembly.feed(event)
    answer = assembly.answer()
    assert (answer.model, answer.request_id) == ("m" + "o" * 79, "r1")


@pytest.mark.parametrize("name", ["get order", "get_order\u200b", "", "\u202eget_order", "x" * 129, None])
def test_R_A8_a_call_whose_tool_the_provider_could_not_take_back_is_a_bad_answer(name: object) -> None:
    assembly = Assembly()
    start = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    for event in [
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_stop", "index": 0},
        *_end("tool_use"),
    ]:
        assembly.feed(event)
    with pytest.raises(ModelFailure) as failed:
        assembly.answer()
    assert failed.value.kind == "bad_answer"

"""Blocks, parameters and marks that came later: what is at fault is named, refused by the stand-in, and healed (R-A8)."""

from typing import Any

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.findings import Aside, Outcome
from agent_core.conversation.health.parts import lacking
from agent_core.conversation.health.repairing import repair
from agent_core.conversation.health.schemas import schema_fault
from agent_core.sandbox.messages.problems import ApiProblem
from agent_core.sandbox.messages.rules import check_request
from tests.conversation.health.healthy import Body, picture, tool
from tests.conversation.health.rich import CITATION, CITING, DOCUMENT, HOUR, MARK, PAGES, SEARCH, SEARCHED
from tests.conversation.health.standin import refusal
from tests.conversation.health.test_names import agent, call, done, request, text, user

SCHEMA = {"type": "json_schema", "schema": {"type": "object", "properties": {}, "additionalProperties": False}}
REFERENCE = {"type": "tool_reference", "tool_name": "nobody"}


def later(name: str, **more: Any) -> Body:
    return {**tool(name), "defer_loading": True, **more}


def said(*blocks: Any) -> Body:
    return request(user("x"), agent(*blocks), user("y"))


def answered(*content: Any, **more: Any) -> Body:
    return request(user("x"), agent(call()), user(done(content=list(content), **more)))


FAULTS: list[tuple[str, Body, str]] = [
    ("a document of no known source", request(user({"type": "document", "source": {"type": "ftp"}})), "malformed:block"),
    ("a document as a PDF that says it is text",
     request(user({"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": "x"}})),
     "malformed:block"),
    ("a document of empty content", request(user({"type": "document", "source": {"type": "content", "content": []}})),
     "malformed:block"),
    ("a document with a number as its title", request(user({**DOCUMENT, "title": 3})), "malformed:block"),
    ("a search result without its source", request(user({**SEARCH, "source": None})), "malformed:block"),
    ("a search result with an empty text", request(user({**SEARCH, "content": [text("")]})), "malformed:block"),
    ("an upload without its file", request(user(text("x"), {"type": "container_upload"})), "malformed:block"),
    ("thinking without its text", said({"type": "thinking", "signature": "A" * 64}, text("y")), "malformed:block"),
    ("pages that are no pages", said(SEARCHED, {**PAGES, "content": [{"type": "text"}]}), "malformed:block"),
    ("a fetched page that is a list", said({**SEARCHED, "name": "web_fetch"},
     {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1", "content": []}, text("y")), "malformed:block"),
    ("a server tool nobody knows", said({**SEARCHED, "name": "shop"}, PAGES, text("y")), "malformed:block"),
    ("a server tool's call with words as input", said({**SEARCHED, "input": "x"}, PAGES, text("y")), "malformed:block"),
    ("a server tool's call of another provider",
     said({**SEARCHED, "id": "call_1"}, {**PAGES, "tool_use_id": "call_1"}, text("y")), "bad_tool_use_id:server_tool"),
    ("a search the customer interrupted", said(text("Let me look."), SEARCHED), "dangling_server_tool_use"),
    ("a search that was never answered", request(user("x"), agent(SEARCHED, call()), user(done()), agent(call("b")),
     user(done("b"))), "dangling_server_tool_use"),
    ("citations that are words", said(text("x", citations="y")), "unknown_block_field"),
    ("a citation of no kind", said(text("x", citations=[{**CITATION, "type": "page"}])), "unknown_block_field"),
    ("a nested reference without a name", answered({"type": "tool_reference"}), "malformed:block"),
    ("a reference to a tool that is not there", answered(REFERENCE), "tool_reference_unresolved"),
    ("every tool is loaded later", request(user("x"), tools=[later("a"), later("b")]), "all_tools_deferred"),
    ("a mark on a tool that is loaded later", request(user("x"), tools=[tool("a"), later("b", cache_control=MARK)]),
     "bad_cache_control:deferred_tool"),
    ("an hour behind five minutes", request(user(text("x", cache_control=MARK), text("y", cache_control=HOUR))),
     "bad_cache_control:ttl_order"),
    ("an automatic hour behind five minutes", request(user(text("x", cache_control=MARK)), cache_control=HOUR),
     "bad_cache_control:ttl_order"),
    ("a mark that is a word", request(user(text("x", cache_control="yes"))), "bad_cache_control"),
    ("a mark with a field", request(user(text("x", cache_control={**MARK, "scope": "all"}))), "bad_cache_control"),
    ("a choice among no tools", request(user("x"), tools=[], tool_choice={"type": "auto"}), "tool_choice_without_tools"),
    ("a choice that says more", request(user("x"), tool_choice={"type": "none", "name": "x"}), "unknown_parameter_field"),
    ("one call at a time, in words", request(user("x"), tool_choice={"type": "auto", "disable_parallel_tool_use": "yes"}),
     "bad_parameter"),
    ("thinking that says more", request(user("x"), thinking={"type": "adaptive", "budget_tokens": 2048}),
     "unknown_parameter_field"),
    ("thinking shown oddly", request(user("x"), thinking={"type": "adaptive", "display": "all"}), "bad_parameter"),
    ("an effort nobody knows", request(user("x"), output_config={"effort": "huge"}), "bad_parameter"),
    ("an effort that is a list", request(user("x"), output_config={"effort": []}), "bad_parameter"),
    ("an output setting of others", request(user("x"), output_config={"verbosity": 1}), "unknown_parameter_field"),
    ("metadata of others", request(user("x"), metadata={"trace": "x"}), "unknown_parameter_field"),
    ("a user that is a number", request(user("x"), metadata={"user_id": 3}), "bad_parameter"),
    ("a tier nobody knows", request(user("x"), service_tier="gold"), "bad_parameter"),
    ("a speed nobody knows", request(user("x"), speed="warp"), "bad_parameter"),
    ("a system prompt that is null", request(user("x"), system=None), "null_parameter"),
    ("a field on the system prompt", request(user("x"), system=[text("s", index=0)]), "unknown_parameter_field"),
    ("a schema in which citations are asked for", request(user({**DOCUMENT, "citations": {"enabled": True}}),
     output_config={"format": SCHEMA}), "output_format_with_citations"),
    ("a result that asks for citations and a schema", request(user("x"), agent(call()),
     user(done(content=[{**SEARCH, "citations": {"enabled": True}}])), output_config={"format": SCHEMA}),
     "output_format_with_citations"),
    ("a tool of OpenAI", request(user("x"), tools=[{"type": "function", "function": {"name": "a"}}]), "bad_tool"),
    ("a tool whose type is a list", request(user("x"), tools=[{**tool("a"), "type": []}]), "bad_tool"),
    ("a strict tool in words", request(user("x"), tools=[{**tool("a"), "strict": "yes"}]), "bad_tool"),
    ("examples that are words", request(user("x"), tools=[{**tool("a"), "input_examples": ["x"]}]), "bad_tool"),
    ("properties that are a list",
     request(user("x"), tools=[{"name": "a", "input_schema": {"type": "object", "properties": []}}]), "bad_tool"),
    ("required that is a word",
     request(user("x"), tools=[{"name": "a", "input_schema": {"type": "object", "required": "a"}}]), "bad_tool"),
    ("content that is one block", request({"role": "user", "content": text("x")}), "malformed:content_object"),
    ("a picture without a pixel", request(user(picture(0, 5))), "image_undecodable"),
]  # fmt: skip

HEALTHY: list[tuple[str, Body]] = [
    ("documents of every source", request(user(*[{"type": "document", "source": source} for source in (
        {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}, {"type": "url", "url": "https://x/y.pdf"},
        {"type": "file", "file_id": "f"}, {"type": "content", "content": "x"},
        {"type": "content", "content": [text("x"), picture()]})]))),
    ("a paused search at the end", request(user("x"), agent(text("y"), SEARCHED))),
    ("a search that failed", said(SEARCHED, {**PAGES, "content": {"type": "web_search_tool_result_error",
                                                                   "error_code": "unavailable"}}, text("y"))),
    ("a program that calls our tools while it runs", request(user("x"),
     agent({**SEARCHED, "name": "code_execution"}, call()), user(done()),
     agent(call("b", caller={"type": "code_execution_20250825", "tool_id": "srvtoolu_1"})), user(done("b")))),
    ("its result turns later", request(user("x"), agent({**SEARCHED, "name": "code_execution"}, call()), user(done()),
     agent({"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {}}, text("y")), user("z"))),
    ("an hour before five minutes", request(user(text("x", cache_control=HOUR), text("y", cache_control=MARK)))),
    ("a reference to a tool that is there", answered({"type": "tool_reference", "tool_name": "get_order"})),
    ("one tool of two is loaded later", request(user("x"), tools=[tool("a"), later("b")])),
    ("nothing is generated, the cache is filled", request(user("x"), max_tokens=0)),
    ("citations of an answer", said(CITING)),
    ("citations without a schema", request(user({**DOCUMENT, "citations": {"enabled": True}}))),
    ("a schema without citations", request(user({**DOCUMENT, "citations": {"enabled": False}}),
                                           output_config={"format": SCHEMA})),
    ("what may be null", request(user(text("x", cache_control=None, citations=None)), container=None, speed=None)),
]  # fmt: skip


@pytest.mark.parametrize(("body", "name"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_R_A8_a_fault_of_a_newer_kind_is_named_refused_and_healed(body: Body, name: str) -> None:
    assert {each.diagnosis for each in diagnose(body) if each.severity == "error"} == {name}
    assert refusal(body) is not None
    healed = repair(body)
    if healed.left:
        assert {each.repair for each in healed.left} == {"needs_person"}
        return
    assert healed.changes
    assert [each for each in diagnose(healed.body) if each.severity == "error"] == []
    assert refusal(healed.body) is None


@pytest.mark.parametrize("body", [row[1] for row in HEALTHY], ids=[row[0] for row in HEALTHY])
def test_R_A8_what_is_newer_and_right_is_healthy_for_both(body: Body) -> None:
    assert [each.diagnosis for each in diagnose(body) if each.severity == "error"] == []
    assert repair(body).body is body
    assert refusal(body) is None


def test_blocks_of_betas_are_looked_into_as_far_as_they_are_known() -> None:
    use = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "a", "server_name": "s", "input": {}}
    result = {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": [text("x")]}
    assert diagnose(said(use, result, text("y"))) == ()
    assert lacking({**use, "input": []}) == "input"
    assert lacking({**use, "server_name": None}) == "server_name"
    assert lacking({**result, "content": 3}) == "content"
    assert lacking({"type": "mcp_tool_result", "tool_use_id": "x"}) is None
    assert lacking({"type": "browser_state"}) == "tabs"
    assert lacking({"type": "browser_state", "tabs": []}) is None
    found = {"type": "tool_search_tool_result", "tool_use_id": "srvtoolu_1",
             "content": {"type": "tool_search_tool_search_result", "tool_references": [REFERENCE, 3]}}  # fmt: skip
    body = said({**SEARCHED, "name": "tool_search_tool_bm25"}, found, text("y"))
    healed = repair(body)
    assert [(each.diagnosis, each.block) for each in healed.left] == [("tool_reference_unresolved", 1)]
    assert healed.body is body
    assert refusal(body) is not None


@pytest.mark.parametrize(
    ("sampling", "fits"),
    [({"temperature": 1}, True), ({"temperature": 0.2}, False), ({"top_p": 0.97}, True), ({"top_p": 0.5}, False),
     ({"top_k": 5}, False), ({"temperature": 1, "top_p": 0.5, "top_k": 3}, False)],
)  # fmt: skip
def test_an_older_version_takes_sampling_and_thinking_but_not_both(sampling: Body, fits: bool) -> None:
    old = Aside(api_version="2023-06-01")
    headers = {"anthropic-version": "2023-06-01"}
    body = request(user("x"), thinking={"type": "adaptive"}, **sampling)
    assert (diagnose(body, old) == ()) is fits
    healed = repair(body, aside=old).body
    assert diagnose(healed, old) == ()
    assert check_request(healed, headers)
    assert set(healed) - set(body) == set()
    assert [name for name in sampling if name in healed] == [
        n for n in sampling if fits or (n, sampling[n]) == ("temperature", 1)
    ]
    if not fits:
        with pytest.raises(ApiProblem):
            check_request(body, headers)
    alone = {name: value for name, value in body.items() if name != "thinking"}
    assert diagnose(alone, old) == ()
    assert check_request(alone, headers)


def test_a_parameter_nobody_knows_takes_no_sampling_with_it_on_the_older_version() -> None:
    old = Aside(api_version="2023-06-01")
    assert repair(request(user("x"), temperature=0.2, foo=1), aside=old).body == request(user("x"), temperature=0.2)


def test_a_server_tool_s_new_id_reaches_everything_that_names_it() -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "call-1"}
    ended = {"type": "code_execution_tool_result", "tool_use_id": "call-1", "content": {}}
    begun = {**SEARCHED, "id": "call-1", "name": "code_execution"}
    body = request(user("x"), agent(begun, call(caller=caller)), user(done()), agent(ended, text("y")), user("z"))
    healed = repair(body)
    blocks = healed.body["messages"][1]["content"]
    assert blocks[0]["id"] == blocks[1]["caller"]["tool_id"] == "srvtoolu_call_1"
    assert healed.body["messages"][3]["content"][0]["tool_use_id"] == "srvtoolu_call_1"
    assert refusal(healed.body) is None
    assert {change.why for change in healed.changes} == {"bad_tool_use_id:server_tool"}


def test_marks_are_lowered_and_kept() -> None:
    content = [text(f"r{n}", cache_control=dict(mark)) for n, mark in enumerate((HOUR, MARK, HOUR))]
    body = request(user("x"), agent(call()), user(done(content=content), text("y", cache_control=HOUR)))
    healed = repair(body).body["messages"][2]["content"]
    assert [block["cache_control"] for block in healed[0]["content"]] == [HOUR, MARK, {**MARK, "ttl": "5m"}]
    assert healed[1]["cache_control"] == {**MARK, "ttl": "5m"}
    whole = repair(request(user(text("x", cache_control=MARK)), cache_control=HOUR)).body
    assert whole["cache_control"] == {**MARK, "ttl": "5m"}


def test_parameters_lose_only_what_nobody_knows() -> None:
    body = request(user("x"), system=[text("a"), text("b", index=1)], metadata={"user_id": "u", "trace": "t"}, stream=None)
    healed = repair(body)
    assert healed.body["system"] == [text("a"), text("b")]
    assert healed.body["metadata"] == {"user_id": "u"}
    assert "stream" not in healed.body
    assert {change.what for change in healed.changes} == {"drop_parameter_fields", "drop_parameter"}


def test_more_than_ten_thousand_tools_are_too_many() -> None:
    body = request(user("x"), tools=[tool(f"t{n}") for n in range(10_001)])
    assert "too_many_tools" in [each.diagnosis for each in diagnose(body)]
    assert refusal(body) is not None


def test_R_A10_a_name_may_be_anything_and_is_looked_up_all_the_same() -> None:
    body = request(
        user("x"), tool_choice={"type": "tool", "name": []}, tools=[{**tool("a b"), "name": "a b"}, {"name": ["x"]}]
    )
    assert {each.diagnosis for each in diagnose(body)} == {
        "bad_parameter", "bad_tool", "bad_tool_name", "forced_tool_choice_unknown_tool",
    }  # fmt: skip
    assert refusal(body) is not None
    assert repair(body).body["tool_choice"] == {"type": "auto"}


def test_a_schema_deeper_than_anybody_looks_is_left_to_a_person() -> None:
    schema: Body = {"type": "object", "additionalProperties": False}
    for _ in range(200):
        schema = {"type": "array", "items": schema}
    assert schema_fault(schema) == "depth"
    body = request(user("x"), output_config={"format": {"type": "json_schema", "schema": schema}})
    assert [each.diagnosis for each in repair(body).left] == ["output_schema_unsupported"]
    assert refusal(body) is not None


@pytest.mark.parametrize("depth", [300, 480, 2_000])
@pytest.mark.parametrize("leaf", ["\ud800", "\0", "x"])
def test_R_A10_no_nesting_breaks_a_repair(depth: int, leaf: str) -> None:
    value: Any = leaf
    for _ in range(depth):
        value = {"a": [value]}
    for body in (
        request(user("x"), agent(call(input={"a": value})), user(done())),
        request(user("x"), foo=value),
        request(user("x"), system=[text("s", k=value)]),
        request(user("x"), output_config={"format": {"type": "json_schema", "schema": value}}),
        answered(value),
    ):
        diagnose(body)
        repair(body, warnings=True)


def test_R_A8_what_waits_for_an_answer_keeps_its_id_its_name_and_its_input() -> None:
    waiting = [call("1|a", input='{"order_id"'), call("1|a", "refund order")]
    body = request(user("x"), agent(*waiting, call("2|b")), user("news?"), tools=[tool("refund order")])
    held = {"toolu_1|a": Outcome("pending")}
    healed = repair(body, held)
    assert healed.body["messages"][1]["content"][:2] == waiting
    assert healed.body["messages"][1]["content"][2]["id"] == "toolu_2_b"
    assert {each.diagnosis for each in healed.left} >= {"bad_tool_use_id:other_provider_format"}
    assert repair(healed.body, held).body == healed.body
    by_hand = Aside(by_hand=frozenset({"toolu_1|a"}))
    assert repair(request(user("x"), agent(waiting[1]), user("?")), aside=by_hand).changes == ()

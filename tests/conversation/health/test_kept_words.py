"""What was said is kept, whatever form it was said in: a repair loses no customer's words and no tool's answer (R-A8)."""

from typing import Any

import pytest

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import picture
from tests.conversation.health.standin import refusal
from tests.conversation.health.test_names import agent, call, done, request, text, user


def healed(body: Any) -> Any:
    """The messages of a healed body, which both readers take."""
    result = repair(body)
    assert [each.diagnosis for each in diagnose(result.body) if each.severity == "error"] == []
    assert refusal(result.body) is None
    return result.body["messages"]


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ([{"type": "output_text", "text": "refunded 64.90"}], [text("refunded 64.90")]),
        (["refunded", "64.90"], [text("refunded"), text("64.90")]),
        ({"type": "text", "text": "refunded"}, [text("refunded")]),
        ([{"type": "resource", "resource": {"text": "refunded"}}],
         [text('{"type":"resource","resource":{"text":"refunded"}}')]),
        ([{"status": "refunded"}], [text('{"status":"refunded"}')]),
        ([{"type": "text", "text": 64.9}], [text("64.9")]),
        ([text("a"), {"type": "text", "text": ""}, None, {"type": "text"}], [text("a")]),
        ([7, text("a")], [text("7"), text("a")]),
        (7, "7"),
    ],
)  # fmt: skip
def test_R_A8_a_tool_s_answer_is_kept_whatever_form_it_has(content: Any, kept: Any) -> None:
    messages = healed(request(user("x"), agent(call(name="refund_order")), user(done(content=content))))
    assert messages[2]["content"] == [done(content=kept)]


def test_R_A8_a_failed_result_keeps_its_words_and_says_what_stood_there() -> None:
    search = {"type": "search_result", "source": "s", "title": "t", "content": [text("no refund")]}
    messages = healed(request(user("x"), agent(call()), user(done(content=[text("a"), picture(), search], is_error=True))))
    told = messages[2]["content"][0]["content"]
    assert [block["type"] for block in told] == ["text", "text", "text"]
    assert told[1]["text"] == "[An image stood here.]"
    assert "no refund" in told[2]["text"]


@pytest.mark.parametrize(
    "block",
    ["where is W1?", {"type": "input_text", "text": "where is W1?"}, {"text": "where is W1?"}],
)
def test_R_A8_a_customer_s_words_are_kept_in_a_block_of_no_known_type(block: Any) -> None:
    assert healed(request(user(text("hello"), block)))[0]["content"] == [text("hello"), text("where is W1?")]
    said = healed(request(user("x"), agent(text("hm"), block), user("y")))[1]["content"]
    assert said == [text("hm"), text("where is W1?")]


def test_a_document_nobody_can_read_leaves_a_mark_and_reasoning_of_others_none() -> None:
    messages = healed(request(user(text("see"), {"type": "document", "source": 3})))
    assert messages[0]["content"] == [text("see"), text("[A document stood here that cannot be read.]")]
    said = agent({"type": "reasoning", "text": "the customer lies"}, text("Of course."))
    assert healed(request(user("x"), said, user("y")))[1]["content"] == [text("Of course.")]


def test_a_message_whose_content_is_one_block_is_kept() -> None:
    assert healed(request({"role": "user", "content": text("x")}))[0]["content"] == [text("x")]
    body = request({"role": "user", "content": {"type": "input_text", "text": "x"}}, agent("y"), user("z"))
    assert healed(body)[0]["content"] == [text("x")]


@pytest.mark.parametrize(
    ("system", "kept"),
    [
        (text("Never refund above 50."), [text("Never refund above 50.")]),
        (["Never refund.", text("Be brief.")], [text("Never refund."), text("Be brief.")]),
        ([{"type": "input_text", "text": "Never refund."}, picture()], [text("Never refund.")]),
        (3, None),
    ],
)
def test_R_A8_a_system_prompt_without_a_form_stays_the_system_prompt(system: Any, kept: Any) -> None:
    done_ = repair(request(user("x"), system=system))
    assert done_.body.get("system") == kept
    assert refusal(done_.body) is None
    assert done_.changes[0].what == "mend_system"


SEEN = picture()
DATA = SEEN["source"]["data"]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}", "detail": "low"}},
        {"type": "input_image", "image_url": f"data:image/png;base64,{DATA}"},
        {"type": "image", "data": DATA, "mimeType": "image/png"},
    ],
)
def test_R_A8_a_picture_in_the_form_of_others_stays_a_picture(block: Any) -> None:
    assert healed(request(user(text("see"), block)))[0]["content"] == [text("see"), SEEN]
    answered = healed(request(user("x"), agent(call()), user(done(content=[text("see"), block]))))
    assert answered[2]["content"] == [done(content=[text("see"), SEEN])]


def test_R_A8_a_picture_of_others_that_cannot_be_read_leaves_a_mark_and_never_its_bytes() -> None:
    block = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'A' * 4_000}"}}
    mark = text("[An image stood here that cannot be read.]")
    assert healed(request(user(text("see"), block)))[0]["content"] == [text("see"), mark]
    assert healed(request(user("x"), agent(text("see"), block), user("y")))[1]["content"] == [text("see"), mark]
    for result in (done(content=[text("a"), block]), done(content=[text("a"), block], is_error=True)):
        told = healed(request(user("x"), agent(call()), user(result)))[2]["content"][0]
        assert told["content"] == [text("a"), mark]
    far = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
    assert healed(request(user(far)))[0]["content"] == [
        {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}
    ]


def test_a_recording_in_a_result_leaves_a_mark_and_never_its_bytes() -> None:
    sound = {"type": "audio", "data": "A" * 4_000, "mimeType": "audio/wav"}
    told = healed(request(user("x"), agent(call()), user(done(content=[text("a"), sound]))))[2]["content"][0]
    assert told["content"] == [text("a"), text("[A recording stood here that cannot be heard.]")]


def test_R_A8_a_result_that_came_twice_says_it_once() -> None:
    twice = healed(request(user("x"), agent(call(name="refund_order")), user(*[done(content="refunded 64.90")] * 3)))
    assert twice[2]["content"] == [done(content="refunded 64.90")]
    told = [text("refunded"), text("64.90")]
    parts = healed(request(user("x"), agent(call()), user(done(content=told), done(content=[*told, text("closed")]))))
    assert parts[2]["content"] == [done(content=[*told, text("closed")])]


def test_R_A8_words_are_kept_however_deep_they_stand() -> None:
    held = {"type": "text", "text": {"value": "refund W1", "annotations": []}}
    refusing = {"type": "refusal", "refusal": "I cannot."}
    messages = healed(request(user(held), agent(refusing), user(held)))
    assert [message["content"] for message in messages] == [[text("refund W1")], [text("I cannot.")], [text("refund W1")]]


def test_R_A8_what_a_customer_has_sent_leaves_a_mark_where_it_cannot_be_read() -> None:
    sent = healed(request(user(text("see"), {"type": "input_file", "file_id": "f"}), agent("y"), user({"type": "a\x1b[2J"})))
    assert sent[0]["content"] == [text("see"), text("[Something stood here that cannot be read: input_file.]")]
    assert sent[2]["content"] == [text("[Something stood here that cannot be read: a\\x1b[2J.]")]
    said = healed(request(user("x"), agent(text("y"), {"type": "hologram"}), user({"type": "reasoning"}, text("z"))))
    assert (said[1]["content"], said[2]["content"]) == ([text("y")], [text("z")])

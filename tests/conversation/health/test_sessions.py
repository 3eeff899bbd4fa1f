"""Sessions kept record by record: what the model was sent is whole turns, and a record loses nothing by a repair (R-A8)."""

from typing import Any

from agent_core.conversation.health.foreign.detect import read
from agent_core.conversation.health.mend_pairs import NOT_KNOWN
from tests.conversation.health.test_names import agent, call, done, text, user

THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "A" * 64}


def record(number: int, message: Any, **more: Any) -> dict[str, Any]:
    return {"type": message["role"], "uuid": f"u{number}", "parentUuid": f"u{number - 1}", "message": message, **more}


def part(number: int, *blocks: Any, answer: str = "msg_1") -> dict[str, Any]:
    return record(number, {**agent(*blocks), "id": answer, "type": "message", "stop_reason": None, "usage": {"output": 3}})


ROWS = [
    {"type": "summary", "summary": "two orders"},
    record(1, user("where are W1 and W2?")),
    part(2, THOUGHT),
    part(3, text("I look.")),
    part(4, call("a")),
    {"type": "progress", "uuid": "p1"},
    part(5, call("b", name="refund_order")),
    record(6, user(done("a"))),
    record(7, user(done("b", "refunded"))),
    part(8, text("Done."), answer="msg_2"),
    record(9, user("thanks")),
]


def test_R_A8_an_answer_kept_in_pieces_is_one_turn_and_a_healthy_session_is_healthy() -> None:
    transcript = read(ROWS)
    assert [message["role"] for message in transcript.body["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    assert transcript.diagnose() == ()
    assert transcript.repair().body == ROWS


def test_R_A8_a_lost_result_of_a_session_is_written_beside_the_others_and_no_record_loses_a_word() -> None:
    rows = [*ROWS[:8], record(8, user("hello?"))]
    transcript = read(rows)
    assert [(each.diagnosis, each.message, each.tool_use_ids) for each in transcript.diagnose()] == [
        ("parallel_partial_results", 2, ("toolu_b",))
    ]
    done_ = transcript.repair()
    assert done_.body[:7] == rows[:7]
    healed = done_.body[7]
    assert {**healed, "message": None} == {**rows[7], "message": None}
    assert [block["tool_use_id"] for block in healed["message"]["content"][:2]] == ["toolu_a", "toolu_b"]
    assert healed["message"]["content"][1]["content"] == NOT_KNOWN
    assert [change.path for change in done_.changes] == ["messages.6.content.0"]
    assert [each.tool_use_ids for each in done_.left] == [("toolu_b",)]


def test_R_A8_a_touched_piece_of_an_answer_keeps_what_only_an_answer_says() -> None:
    rows = [
        ROWS[1],
        part(2, text("I look."), text("")),
        part(3, call("a")),
        record(4, user(done("a"))),
        record(5, user("k")),
    ]
    transcript = read(rows)
    assert [(each.diagnosis, each.message, each.block) for each in transcript.diagnose() if each.severity == "error"] == [
        ("empty_text_block", 1, 1)
    ]
    healed = transcript.repair().body
    assert healed[1] == part(2, text("I look."))
    assert healed[2] == rows[2]
    emptied = read([ROWS[1], part(2, text("")), part(3, call("a")), record(4, user(done("a")))]).repair().body
    assert emptied == [ROWS[1], part(3, call("a")), record(4, user(done("a")))]
    stored = {**agent(text("y"), text("")), "id": "msg_1", "usage": {"output": 3}}
    assert read([user("x"), stored]).repair().body == [user("x"), {**stored, "content": [text("y")]}]


def test_a_conversation_beside_the_session_is_kept_and_not_judged() -> None:
    beside = [record(20, user("search"), isSidechain=True), part(21, call("z"), answer="msg_9") | {"isSidechain": True}]
    rows = [*ROWS[:4], beside[0], *ROWS[4:7], beside[1], *ROWS[7:]]
    assert read(rows).diagnose() == ()
    assert [each.diagnosis for each in read(beside).diagnose()] == ["dangling_tool_use:tail"]
    lost = [row for row in rows if row is not ROWS[8]]
    assert [row for row in read(lost).repair().body if row in beside] == beside


def test_records_of_one_role_that_are_no_pieces_of_one_answer_stay_turns() -> None:
    rows = [record(1, user("x")), part(2, text("y")), part(3, text("z"), answer="msg_2"), record(4, user("a")), ROWS[10]]
    assert len(read(rows).body["messages"]) == 5
    assert len(read([record(1, user("x")), record(2, agent("y")), record(3, agent("z"))]).body["messages"]) == 3


def test_R_A8_what_became_words_stays_behind_the_results_of_its_turn() -> None:
    late = [
        ROWS[1],
        part(4, call("a")),
        record(5, user("?")),
        part(6, call("b"), answer="msg_2"),
        record(7, user(done("a"))),
    ]
    rows = [*late, record(8, user(done("b"))), part(9, text("Done."), answer="msg_3"), ROWS[10]]
    healed = read(rows).repair().body
    assert [each for each in read(healed).diagnose() if each.severity == "error"] == []
    told = [block for row in healed for block in row["message"]["content"] if isinstance(block, dict)]
    notice = next(block for block in told if str(block.get("text")).startswith("[Late result"))
    assert told.index(notice) > told.index(done("b"))

"""The slice of Triage: late answers change nothing, and nobody says of a call what the core does not allow (R-M4, R-A8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent_core.contract.forking import ForkWanted
from agent_core.contract.statements import LogHead
from agent_core.contract.triage import ConversationTriage, MessageShown
from agent_core.conversation.health.catalogue import REPAIRS as KNOWN
from console import texts_repairs
from console import texts_triage as texts
from console.presenting.triage_compare import file_repair_items, fork_items, point_items, position_of, repair_items
from console.presenting.triage_request import file_items, request_items
from console.presenting.triage_side import cannot_repair, list_rows
from console.state.app_state import AppState, Connection, Keyring
from console.state.happenings import Happening, KeyringKnown, SignedIn
from console.state.reduce import reduce
from console.state.triage import (
    CallSaid,
    FileCallSaid,
    FileChosen,
    FileDiagnosed,
    FileDropped,
    LookArrived,
    LookedAt,
    LookFailed,
    LookWanted,
    MorePageArrived,
    MorePageWanted,
    ReconcileArrived,
    ReconcileSent,
    RepairTaken,
    RequestChosen,
    Triage,
    TriageArrived,
    TriageChosen,
    TriageFailed,
    TriageViewChosen,
    answer_of,
    count_of,
    healed,
    messages_of,
    reads_on,
    request_of,
)
from console.state.triage_fork import ForkArrived, ForkPointChosen, ForkSent
from console.widgets.triage.items import ComparedPair, RequestPiece
from tests.console import made
from tests.console import made_triage as triage

CALL = f"r1/{triage.CALL}"


def slice_of(*happenings: Happening) -> Triage:
    state = AppState(now=made.NOW)
    for one in happenings:
        state = reduce(state, one)
    return state.triage


def looked(*happenings: Happening, shown: ConversationTriage | None = None) -> LookedAt:
    shown = shown or triage.look()
    at = slice_of(TriageChosen(shown.conversation), LookArrived(shown), *happenings).looked_at
    assert at is not None
    return at


def test_what_is_presumed_holds_until_the_other_side_or_a_person_says_otherwise() -> None:
    (call,) = triage.look().calls
    assert answer_of(looked(), call) == "unknown"
    asked = (ReconcileSent(frozenset({CALL})), ReconcileArrived(triage.chosen(), frozenset({CALL}), triage.LOOKED_UP))
    assert answer_of(looked(*asked), call) == "not_executed"
    assert answer_of(looked(*asked, CallSaid(CALL, "executed")), call) == "executed"
    assert looked(*asked).asking == frozenset()


def test_R_A8_an_answer_the_core_does_not_allow_is_not_taken() -> None:
    one = triage.call()
    narrow = one.model_copy(update={"call": one.call.model_copy(update={"allowed": ("executed", "not_executed")})})
    at = looked(CallSaid(CALL, "unknown"), CallSaid("r1/other", "executed"), shown=triage.look(calls=(narrow,)))
    assert at.said == {}


def test_a_newer_look_keeps_what_was_said_about_calls_that_are_still_open() -> None:
    newer = triage.look(log_head=LogHead(seq=30, hash=made.digest("x")))
    assert looked(CallSaid(CALL, "executed"), LookArrived(newer)).said == {CALL: "executed"}
    gone = newer.model_copy(update={"calls": ()})
    assert looked(CallSaid(CALL, "executed"), LookArrived(gone)).said == {}


def test_answers_that_overtake_each_other_leave_the_newest_look() -> None:
    older = triage.look(log_head=LogHead(seq=3, hash=made.digest("x")))
    shown = looked(LookArrived(older)).shown
    assert shown is not None
    assert shown.log_head.seq == 24


def test_answers_about_a_conversation_that_was_left_change_nothing() -> None:
    first, second = triage.look(), triage.stuck()
    late: tuple[Happening, ...] = (
        LookArrived(first),
        LookFailed(first.conversation, "no"),
        ReconcileArrived(first.conversation, frozenset({CALL}), triage.LOOKED_UP),
        MorePageArrived(first.conversation, triage.request()),
        RepairTaken(first.conversation),
        LookWanted(first.conversation),
    )
    begun = (TriageChosen(second.conversation), LookArrived(second))
    assert slice_of(*begun, *late) == slice_of(*begun)


def test_another_conversation_begins_with_its_request_and_nothing_said() -> None:
    after = slice_of(
        TriageChosen(triage.chosen()), LookArrived(triage.look()), TriageViewChosen("repair"), CallSaid(CALL, "executed"),
        TriageChosen(triage.stuck().conversation),
    )  # fmt: skip
    assert after.view == "request"
    assert after.looked_at == LookedAt(triage.stuck().conversation)


def test_pages_of_a_request_are_put_behind_each_other_once_and_a_newer_look_begins_anew() -> None:
    more = MessageShown(index=5, role="assistant", blocks=())
    page = triage.request(messages=(more,), first=5, next=None)
    shown = triage.look(requests=(triage.request(next=5),))
    at = looked(MorePageWanted(), MorePageArrived(shown.conversation, page), MorePageArrived(shown.conversation, page),
                shown=shown)  # fmt: skip
    request = request_of(at)
    assert request is not None
    messages, following = messages_of(at, request)
    assert [one.index for one in messages] == [0, 1, 2, 3, 4, 5]
    assert following is None
    assert not at.paging
    newer = shown.model_copy(update={"log_head": LogHead(seq=40, hash=made.digest("y"))})
    anew = looked(MorePageArrived(shown.conversation, page), LookArrived(newer), shown=shown)
    assert messages_of(anew, request)[1] == 5


def test_the_request_with_a_fault_is_shown_first_and_another_on_demand() -> None:
    fine = triage.request(run="r0", findings=(), messages=())
    shown = triage.look(requests=(fine, triage.request()))
    assert [one.run for one in (request_of(looked(shown=shown)),) if one] == ["r1"]
    assert [one.run for one in (request_of(looked(RequestChosen(fine.run), shown=shown)),) if one] == ["r0"]


def test_an_older_list_does_not_take_the_place_of_a_newer_one() -> None:
    older = triage.answer(as_of=made.NOW - timedelta(minutes=1))
    now = slice_of(TriageArrived(triage.HEALTHY), TriageArrived(older), TriageFailed("away"))
    assert now.rows == triage.HEALTHY
    assert (now.reading, now.problem) == ("failed", "away")
    assert count_of(now, 3) == 3
    assert count_of(slice_of(TriageArrived(triage.answer())), 1) == 4


def test_a_repair_is_alive_only_for_the_conversation_that_is_looked_at() -> None:
    begun = (TriageChosen(triage.chosen()), LookArrived(triage.look()))
    assert healed(slice_of(*begun, RepairTaken(triage.chosen())))
    assert not healed(slice_of(*begun, RepairTaken(triage.chosen()), TriageChosen(triage.stuck().conversation)))


def test_a_late_answer_about_an_older_file_is_not_shown() -> None:
    now = slice_of(FileDropped("a.json", 1), FileDropped("b.json", 2), FileDiagnosed(1, triage.diagnosed()))
    assert now.file is not None
    assert (now.file.name, now.file.answer, now.file.reading) == ("b.json", None, "reading")
    assert now.on_file
    done = slice_of(FileDropped("a.json", 1), FileDiagnosed(1, triage.diagnosed()), FileCallSaid(triage.CALL, "executed"))
    assert done.file is not None
    assert (done.file.said, done.file.reading) == ({triage.CALL: "executed"}, "reading")
    assert slice_of(FileDropped("a.json", 1), FileChosen(False)).file is None


def test_only_the_last_fork_that_was_asked_for_is_shown() -> None:
    wanted, at = ForkWanted(position=9), triage.chosen()
    begun = (TriageChosen(at), LookArrived(triage.look()), ForkSent(at, wanted))
    first = slice_of(*begun).fork
    assert first.running
    assert slice_of(*begun, ForkPointChosen(at, 3), ForkArrived(first.number, triage.forked())).fork.answer is None
    done = slice_of(*begun, ForkArrived(first.number, triage.forked())).fork
    assert (done.answer, done.running) == (triage.forked(), False)


# -- how it is shown ---------------------------------------------------------------------------------------------------


def test_R_M4_every_finding_is_shown_once_and_at_its_block() -> None:
    items = request_items(looked())
    marked = {
        one.key: [fault.words for fault in one.faults] for one in items if isinstance(one, RequestPiece) and one.faults
    }
    assert marked == {
        "m3.1": ["A tool call has no result in the message after it."],
        "m4w": ["The message after a tool call does not begin with its results."],
        "m4.1": ["A text block is empty."],
    }


def test_R_M4_a_finding_about_a_message_that_names_a_call_is_marked_at_the_call() -> None:
    about = triage.finding(block=None)
    messages = triage.messages()
    last = messages[3].model_copy(update={"findings": (0,), "blocks": (triage.block(
        0, "tool_use", triage.CALL_JSON, tool_use_id=triage.CALL, tool="refund_payment"),)})  # fmt: skip
    shown = triage.look(requests=(triage.request(messages=(last,), findings=(about,)),))
    marked = [one.key for one in request_items(looked(shown=shown)) if isinstance(one, RequestPiece) and one.faults]
    assert marked == ["m3.0"]


@pytest.mark.parametrize(
    "findings", [triage.FINDINGS, (triage.finding(message=None, block=None),), (triage.finding(message=99),)]
)
def test_no_finding_of_a_file_is_lost(findings: tuple[object, ...]) -> None:
    answer = triage.diagnosed(findings=findings)
    shown = [fault.words for one in file_items(answer) if isinstance(one, RequestPiece) for fault in one.faults]
    assert len(shown) == len(findings)


def test_R_M4_both_columns_tell_by_a_word_and_a_sign_what_stays_and_what_changes() -> None:
    pairs = [one for one in repair_items(triage.look()) if isinstance(one, ComparedPair)]
    assert [one.mark for one in pairs] == ["Kept"] * 4 + ["Removed", "Kept", "Added", "Changed", "Removed"]
    for one in pairs:
        assert (one.left is None) == (one.likeness == "added")
        assert (one.right is None) == (one.likeness == "removed")


def test_a_kept_block_that_is_told_once_stands_on_both_sides() -> None:
    kept = triage.compared().blocks[0].model_copy(update={"after": None})
    (pair,) = [one for one in file_repair_items(triage.diagnosed(blocks=(kept,))) if isinstance(one, ComparedPair)]
    assert pair.left == pair.right


def test_a_fork_shows_reply_verdicts_and_steps_and_its_points_lead_back_to_positions() -> None:
    pairs = [one for one in fork_items(triage.forked()) if isinstance(one, ComparedPair)]
    assert [one.mark for one in pairs] == ["Differs", "Differs", "Same", "Same", "Differs", "Only then", "Only here"]
    points = point_items(triage.points(), None)
    assert [position_of(one.key) for one in points] == [17, 9, 6, 3]
    assert [one.chosen for one in points if isinstance(one, RequestPiece)] == [True, False, False, False]


def test_every_repair_of_the_core_has_words() -> None:
    assert dict(KNOWN) == texts_repairs.REPAIRS


def test_R_M4_why_it_cannot_be_repaired_is_said_in_a_sentence() -> None:
    state = AppState(now=made.NOW, connection=Connection("live"))
    state = reduce(state, KeyringKnown(Keyring(usable=True, kind="memory")))
    on_call = reduce(state, SignedIn(made.session(role="on_call")))
    assert cannot_repair(on_call, triage.look()) == ""
    assert cannot_repair(on_call, triage.look(obstacle="Something is still under way.")) == "Something is still under way."
    assert cannot_repair(on_call, triage.stuck()) == texts.CANNOT_REPAIR.format(why=texts.NOT_REPAIRABLE)
    supervisor = reduce(state, SignedIn(made.session(role="supervisor")))
    assert "on call" in cannot_repair(supervisor, triage.look())
    away = replace(on_call, connection=Connection("offline"))
    assert cannot_repair(away, triage.look())


def test_the_list_is_narrowed_to_the_brand_of_the_window_and_the_file_stands_first() -> None:
    state = AppState(now=made.NOW)
    for one in (TriageArrived(triage.answer()), FileDropped("a.json", 10)):
        state = reduce(state, one)
    assert [row.name for row in list_rows(state)] == ["a.json", "Fatima Zahra", "Ola Nordmann", "Jean Dupont", "Aiko Tanaka"]
    assert [row.promise for row in list_rows(state)] == ["", "due in 6\u00a0min", "overdue", "due in 6\u00a0min", ""]
    elsewhere = replace(state, brand="other")  # pyright: ignore[reportArgumentType] - any other brand
    assert [row.name for row in list_rows(elsewhere)] == ["a.json"]


def test_R_M4_a_finding_in_a_block_that_is_not_shown_is_told_at_its_message() -> None:
    message = triage.messages()[3].model_copy(update={"blocks": triage.messages()[3].blocks[:1], "more_blocks": 900})
    shown = triage.look(requests=(triage.request(messages=(message,), findings=(triage.finding(block=700),)),))
    marked = [one.key for one in request_items(looked(shown=shown)) if isinstance(one, RequestPiece) and one.faults]
    assert marked == ["m3w"]


def test_R_M4_messages_are_read_by_themselves_as_far_as_the_last_finding_stands() -> None:
    far = triage.finding(message=900)
    page = triage.request(messages=(MessageShown(index=900, role="user", blocks=()),), first=900, next=901, findings=(far,))
    shown = triage.look(requests=(triage.request(next=5, total=1_000, findings=(far,)),))
    assert reads_on(looked(shown=shown))
    assert not reads_on(looked(MorePageWanted(), shown=shown))
    assert not reads_on(looked(MorePageArrived(shown.conversation, None), shown=shown))
    assert not reads_on(looked(MorePageArrived(shown.conversation, page), shown=shown))
    assert not reads_on(looked())

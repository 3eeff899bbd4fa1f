"""The checker finds each thing it is there to find: hand-made histories, one good one, and one bad one for every rule.

Written by hand, in plain values, without a line of the product: what the checker believes must not come from what it judges.
"""

import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crash import checker, history
from tests.crash.checker import RULES, check, main

CONV = "c_1"
Line = dict[str, Any]


class Script:
    """A history that is written line by line. Everything happens in one conversation, `c_1`."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def line(self, what: str, **more: Any) -> None:
        number = len(self.lines)
        self.lines.append({"n": number, "t": number * 10, "what": what, **more})

    def op(self, number: int, kind: str, op: str, who: str, **more: Any) -> None:
        self.line("op", type=kind, id=number, op=op, who=who, conv=CONV, **more)

    def commit(self, *events: Line, **paused: bool) -> None:
        self.line("commit", conv=CONV, events=list(events), paused=paused)

    def start(self, effect: str, purpose: str, kind: str, **more: Any) -> Line:
        at = "2026-11-21T09:01:00Z"
        base = {"type": "effect_started", "effect": effect, "purpose": purpose, "kind": kind, "turn": 1, "run": None,
                "proposal": None, "reply": None, "idempotency_key": None, "deadline": at}  # fmt: skip
        return {**base, **more}


def ended(effect: str) -> Line:
    return {"type": "effect_finished", "effect": effect}


MESSAGE = {"type": "message_received", "author": "customer"}
PROPOSAL = {"id": "p1", "idempotency_key": "key1", "nonce": "n1", "required_people": 1}
PROPOSED = {"type": "proposed", "proposal": PROPOSAL}
SIGNED = {"type": "countersigned", "proposal": "p1", "decision": "approve", "operator": "sue", "nonce": "n1",
          "statement": "s1"}  # fmt: skip
SETTLED = {"type": "proposal_settled", "proposal": "p1", "outcome": "executed"}
REFUND = {"tool": "refund", "key": "key1", "arguments": {"payment_id": "pay1", "amount_minor": 100}, "outcome": "succeeded",
          "refund": "re1"}  # fmt: skip
TAKEN = {"type": "control_changed", "to": "human"}
BACK = {"type": "control_changed", "to": "agent"}


def drafted(number: int, by: str = "one_run") -> Line:
    return {"type": "reply_drafted", "reply": number, "made_by": by}


def said(script: Script, number: int, effect: str, *, by: str = "one_run") -> None:
    """A reply from its draft to the customer."""
    script.commit(drafted(number, by), script.start(effect, "reply", "reply", reply=number, idempotency_key=f"d{number}"))
    script.line("send", delivery=f"d{number}", by="agent")
    script.line("delivered", delivery=f"d{number}", by="agent", text="Hello")
    script.commit(ended(effect), {"type": "reply_sent", "reply": number})


def good() -> Script:
    """A message, a proposal, a reply, two people who decide at once, the refund, a takeover and a hand-back."""
    script = Script()
    script.op(1, "invoke", "message", "customer", event="m1")
    script.commit(MESSAGE)
    script.op(1, "ok", "message", "customer", event="m1")
    script.commit({"type": "turn_opened", "turn": 1}, script.start("e1", "triage", "model"))
    script.commit(ended("e1"), PROPOSED)
    said(script, 1, "e2")
    script.op(2, "invoke", "approve", "sue", proposal="p1", statement="s1")
    script.op(3, "invoke", "approve", "leo", proposal="p1", statement="s2")
    script.commit(SIGNED)
    script.op(2, "ok", "approve", "sue", proposal="p1", statement="s1")
    words = "Sue has already approved this."
    script.op(3, "fail", "approve", "leo", proposal="p1", statement="s2", code="decided_already", message=words)
    script.commit(script.start("e3", "approved_tool", "write", proposal="p1", idempotency_key="key1"))
    script.line("tool_called", tool="refund", key="key1")
    script.line("effect", **REFUND)
    script.commit(ended("e3"), SETTLED)
    script.op(4, "invoke", "take_over", "leo")
    script.commit(TAKEN)
    script.op(4, "ok", "take_over", "leo")
    said(script, 2, "e4", by="person")
    script.commit(BACK)
    said(script, 3, "e5")
    return script


def test_a_good_history_is_good() -> None:
    assert check(good().lines) == []


def where(script: Script, what: str, number: int = 0) -> int:
    """The place of a line."""
    return [place for place, line in enumerate(script.lines) if line["what"] == what][number]


def event(script: Script, kind: str, number: int = 0) -> Line:
    """An event that stands in a commit."""
    found = [e for line in script.lines if line["what"] == "commit" for e in line["events"] if e["type"] == kind]
    return found[number]


def holder(script: Script, kind: str, number: int = 0) -> Line:
    """The commit in which an event stands."""
    wanted = event(script, kind, number)
    return next(line for line in script.lines if line["what"] == "commit" and any(e is wanted for e in line["events"]))


def without(script: Script, kind: str, number: int = 0) -> None:
    """Takes an event out of the log."""
    wanted = event(script, kind, number)
    for line in script.lines:
        if line["what"] == "commit":
            line["events"] = [e for e in line["events"] if e is not wanted]


def put(script: Script, place: int, line: Line) -> None:
    """Puts a line in before another one; everything is numbered anew."""
    script.lines.insert(place, line)
    for number, each in enumerate(script.lines):
        each["n"] = number


def _lost(script: Script) -> None:
    without(script, "message_received")


def _twice(script: Script) -> None:
    holder(script, "message_received")["events"].append(MESSAGE)


def _unanswered(script: Script) -> None:
    script.op(9, "invoke", "message", "customer", event="m2")
    script.commit(MESSAGE)
    script.op(9, "ok", "message", "customer", event="m2")


def _with_nobody(script: Script) -> None:
    _unanswered(script)
    script.commit({"type": "control_changed", "to": "awaiting_human"})


def _out_of_order(script: Script) -> None:
    first, third = where(script, "delivered", 0), where(script, "delivered", 2)
    script.lines[first]["delivery"], script.lines[third]["delivery"] = "d3", "d1"


def _decision_lost(script: Script) -> None:
    without(script, "countersigned")


def _decision_without_end(script: Script) -> None:
    without(script, "proposal_settled")


def _refused_and_counted(script: Script) -> None:
    holder(script, "countersigned")["events"].append({**SIGNED, "statement": "s2", "operator": "leo", "nonce": "n0"})


def _loser_not_told(script: Script) -> None:
    script.lines[next(p for p, line in enumerate(script.lines) if line.get("type") == "fail")]["message"] = "No."


def _loser_told_another(script: Script) -> None:
    failed = next(line for line in script.lines if line.get("type") == "fail")
    failed["message"] = "Leo has already approved this."


def _odd_refusal(script: Script) -> None:
    next(line for line in script.lines if line.get("type") == "fail")["code"] = "internal_error"


def _arrives_under_two_names(script: Script) -> None:
    said(script, 3, "e6")
    script.commit(script.start("e7", "reply", "reply", reply=3, idempotency_key="d3b"))
    script.line("delivered", delivery="d3b", by="agent", text="Hello")


def _arrived_and_forgotten(script: Script) -> None:
    without(script, "reply_sent")


def _sent_and_never_there(script: Script) -> None:
    del script.lines[where(script, "delivered")]


def _takeover_lost(script: Script) -> None:
    without(script, "control_changed")


def _recall_lost(script: Script) -> None:
    script.op(9, "invoke", "recall", "sue", proposal="p1", statement="s1")
    script.op(9, "ok", "recall", "sue", proposal="p1", statement="s1")
    script.commit({"type": "recalled", "proposal": "p1", "statement": "s1"})


def _turned_away_for_good(script: Script) -> None:
    line = next(line for line in script.lines if line.get("type") == "ok" and line["op"] == "message")
    line |= {"type": "fail", "code": "overloaded", "message": "Later."}


def _two_winners(script: Script) -> None:
    holder(script, "countersigned")["events"].append({**SIGNED, "statement": "s3", "operator": "leo"})


def _effect_nobody_proposed(script: Script) -> None:
    put(script, where(script, "effect") + 1, {**script.lines[where(script, "effect")], "key": "key9", "refund": "re9"})


def _too_few_people(script: Script) -> None:
    event(script, "proposed")["proposal"] = {**PROPOSAL, "required_people": 2}


def _decision_of_nobody(script: Script) -> None:
    script.lines = [line for line in script.lines if line.get("id") != 2]


def _approved_before_the_newest_words(script: Script) -> None:
    put(script, script.lines.index(holder(script, "effect_started", 2)), {**script.lines[1], "events": [MESSAGE]})


def _after_a_recall(script: Script) -> None:
    recalled = {"type": "recalled", "proposal": "p1", "statement": "s1"}
    put(script, script.lines.index(holder(script, "effect_started", 2)), {**script.lines[1], "events": [recalled]})


def _paid_twice(script: Script) -> None:
    put(script, where(script, "effect") + 1, {**script.lines[where(script, "effect")], "refund": "re2"})


def _done_and_not_done(script: Script) -> None:
    event(script, "proposal_settled")["outcome"] = "expired"


def _done_by_nobody(script: Script) -> None:
    del script.lines[where(script, "effect")]


def _equal_refund_unseen(script: Script) -> None:
    other = {**PROPOSAL, "id": "p2", "idempotency_key": "key2", "nonce": "n2"}
    holder(script, "proposed")["events"].append({"type": "proposed", "proposal": other})
    script.line("effect", **{**REFUND, "key": "key2", "refund": "re2"})


def _late_worker(script: Script) -> None:
    place = script.lines.index(holder(script, "effect_finished", 2))
    put(script, place + 1, {"n": 0, "t": 500, "what": "tool_called", "tool": "refund", "key": "key1"})


def _after_its_time(script: Script) -> None:
    script.lines[where(script, "send")]["t"] = 61_000


def _never_begun(script: Script) -> None:
    script.line("send", delivery="d9", by="agent")


def _over_a_person(script: Script) -> None:
    event(script, "reply_drafted", 1)["made_by"] = "one_run"


def _acts_over_a_person(script: Script) -> None:
    put(script, script.lines.index(holder(script, "effect_started", 2)), {**script.lines[1], "events": [TAKEN]})


def _thinks_over_a_person(script: Script) -> None:
    script.commit(TAKEN)
    script.commit(script.start("e9", "run", "model", run="r1"), ended("e9"))


def _stale(script: Script) -> None:
    commit = holder(script, "reply_drafted", 0)
    draft, start = commit["events"]
    commit["events"] = [draft, MESSAGE, start]


def _while_stopped(script: Script) -> None:
    put(script, script.lines.index(holder(script, "reply_drafted", 2)), {**script.lines[1], "events": [],
                                                                         "paused": {"global": True}})  # fmt: skip


def _its_workflow_stopped(script: Script) -> None:
    opened = {"type": "run_opened", "run": "r1", "workflow": "refund_order"}
    stopped = {"workflow:northwind/refund_order": True}
    script.line("commit", conv=CONV, events=[opened], paused=stopped)
    script.commit(script.start("e9", "run", "model", run="r1"), ended("e9"))


def _proposes_while_stopped(script: Script) -> None:
    opened = {"type": "run_opened", "run": "r1", "workflow": "refund_order"}
    script.line("commit", conv=CONV, events=[opened], paused={"workflow:northwind/refund_order": True})
    script.commit({"type": "proposed", "proposal": {**PROPOSAL, "id": "p9", "idempotency_key": "key9", "run": "r1"}})


def _says_it_while_stopped(script: Script) -> None:
    opened = {"type": "run_opened", "run": "r1", "workflow": "refund_order"}
    script.line("commit", conv=CONV, events=[opened], paused={"workflow:northwind/refund_order": True})
    draft = {**drafted(9), "covers": ["r1"]}
    script.commit(draft, script.start("e9", "reply", "reply", reply=9, idempotency_key="d9"))
    script.commit(ended("e9"))


def _turn_skipped(script: Script) -> None:
    event(script, "turn_opened")["turn"] = 2


def _two_at_once(script: Script) -> None:
    holder(script, "turn_opened")["events"].append(script.start("e8", "triage", "model"))
    script.commit(ended("e8"))


def _never_ended(script: Script) -> None:
    without(script, "effect_finished", 4)


def _answered_twice(script: Script) -> None:
    call = {"type": "call_answered", "run": "r1", "tool_use_id": "t1"}
    script.commit({"type": "model_spoke", "run": "r1", "calls": [{"tool_use_id": "t1"}]}, call, call)


def _refused_by_the_provider(script: Script) -> None:
    script.line("model_refused", call=3, why="a tool_use without its result")


def _told_twice(script: Script) -> None:
    told = {"type": "notice_given", "proposal": "p1"}
    script.commit(told, told)


def _quarantined(script: Script) -> None:
    script.line("quarantined", conv=CONV, why="KeyError")


BAD: tuple[tuple[str, Callable[[Script], None]], ...] = (
    ("no_message_is_lost_or_taken_twice", _lost),
    ("no_message_is_lost_or_taken_twice", _twice),
    ("every_message_is_answered_or_with_a_person", _unanswered),
    ("every_message_is_answered_or_with_a_person", _with_nobody),
    ("messages_keep_their_order", _out_of_order),
    ("each_reply_arrives_once_and_is_known_to_have_arrived", _arrives_under_two_names),
    ("each_reply_arrives_once_and_is_known_to_have_arrived", _arrived_and_forgotten),
    ("each_reply_arrives_once_and_is_known_to_have_arrived", _sent_and_never_there),
    ("what_a_person_was_told_is_done_stands_in_the_log", _takeover_lost),
    ("what_a_person_was_told_is_done_stands_in_the_log", _recall_lost),
    ("every_decision_takes_effect_once_or_has_a_reason", _decision_lost),
    ("every_decision_takes_effect_once_or_has_a_reason", _decision_without_end),
    ("every_decision_takes_effect_once_or_has_a_reason", _refused_and_counted),
    ("nobody_is_refused_without_a_reason", _loser_not_told),
    ("nobody_is_refused_without_a_reason", _loser_told_another),
    ("nobody_is_refused_without_a_reason", _odd_refusal),
    ("nobody_is_refused_without_a_reason", _turned_away_for_good),
    ("one_decision_per_question", _two_winners),
    ("no_effect_without_the_decisions_it_needs", _effect_nobody_proposed),
    ("no_effect_without_the_decisions_it_needs", _too_few_people),
    ("no_effect_without_the_decisions_it_needs", _decision_of_nobody),
    ("no_effect_without_the_decisions_it_needs", _approved_before_the_newest_words),
    ("no_effect_without_the_decisions_it_needs", _after_a_recall),
    ("at_most_one_effect_per_decision", _paid_twice),
    ("at_most_one_effect_per_decision", _done_and_not_done),
    ("at_most_one_effect_per_decision", _done_by_nobody),
    ("at_most_one_effect_per_decision", _equal_refund_unseen),
    ("nothing_is_done_but_under_an_open_start", _late_worker),
    ("nothing_is_done_but_under_an_open_start", _after_its_time),
    ("nothing_is_done_but_under_an_open_start", _never_begun),
    ("nobody_talks_over_a_person", _over_a_person),
    ("nobody_talks_over_a_person", _acts_over_a_person),
    ("nobody_talks_over_a_person", _thinks_over_a_person),
    ("what_is_stale_never_leaves", _stale),
    ("a_stop_stops", _while_stopped),
    ("a_stop_stops", _its_workflow_stopped),
    ("a_stop_stops", _proposes_while_stopped),
    ("a_stop_stops", _says_it_while_stopped),
    ("one_turn_at_a_time", _turn_skipped),
    ("one_turn_at_a_time", _two_at_once),
    ("one_turn_at_a_time", _never_ended),
    ("calls_are_answered_once", _answered_twice),
    ("calls_are_answered_once", _refused_by_the_provider),
    ("calls_are_answered_once", _told_twice),
    ("calls_are_answered_once", _quarantined),
)


@pytest.mark.parametrize(("rule", "spoil"), BAD, ids=[spoil.__name__.lstrip("_") for _, spoil in BAD])
def test_R_A6_a_bad_history_breaks_its_rule(rule: str, spoil: Callable[[Script], None]) -> None:
    script = good()
    script.lines = json.loads(json.dumps(script.lines))
    spoil(script)
    found = [each for each in check(script.lines) if each.startswith(f"{rule}: ")]
    assert found, f"{rule} holds of {spoil.__name__}"


def test_what_comes_while_a_reply_is_on_its_way_from_afar_does_not_make_it_stale_and_what_came_before_does() -> None:
    script = good()
    put(script, where(script, "send"), {"t": 50, "what": "commit", "conv": CONV, "events": [TAKEN], "paused": {}})
    send = script.lines[where(script, "send")]
    rule = "what_is_stale_never_leaves"
    assert [each for each in check(script.lines) if each.startswith(rule)]
    send["wanted"] = send["n"] - 1
    assert not [each for each in check(script.lines) if each.startswith(rule)]
    send["wanted"] = send["n"]
    assert [each for each in check(script.lines) if each.startswith(rule)]


def test_every_rule_has_a_history_that_breaks_it() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _ in BAD}


def test_the_checker_shares_no_code_with_the_product() -> None:
    for module in (checker, history):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        names += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        others = {name.partition(".")[0] for name in names if name != "tests.crash.history"}
        assert others <= set(sys.stdlib_module_names)


def test_a_file_is_judged_and_the_exit_code_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in good().lines), encoding="utf-8")
    assert main(str(path)) == 0
    script = good()
    _paid_twice(script)
    path.write_text("\n".join(json.dumps(line) for line in script.lines), encoding="utf-8")
    assert main(str(path)) == 1
    assert "p1 was paid 2 times" in capsys.readouterr().out


def _logged(*events: Line) -> list[history.Seen]:
    return [history.Seen(at, 0, event) for at, event in enumerate(events)]


@pytest.mark.parametrize(("needed", "waits"), [(2, True), (1, False)])
def test_who_approves_anew_after_another_look_waits_for_the_other_again(needed: int, waits: bool) -> None:
    proposed = {"type": "proposed", "proposal": {**PROPOSAL, "required_people": needed}}
    again = {"type": "look_again", "proposal": "p1"}
    log = _logged(proposed, SIGNED, again, {**SIGNED, "nonce": "n2", "statement": "s2"})
    assert history.became_of_it(log, log[-1], "p1", "approve") is waits

"""Judges a history of the core from outside: plain JSON lines in, violations out. Shares no code with the product.

A rule holds when the three witnesses of a `history` agree.

    python -m tests.crash.checker HISTORY.jsonl
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from tests.crash.history import (
    START,
    History,
    Line,
    Op,
    Seen,
    became_of_it,
    control_over_time,
    deciders_before,
    drafts_that_left,
    handed_over,
    is_start,
    messages_of,
    newest_start,
    open_asks,
    standing_approvals,
)

NAMES = {"sue": "Sue", "leo": "Leo"}
"""How people call those who decide."""

REASONS = frozenset({
    "decided_already", "look_again", "nonce_not_issued", "nonce_used", "proposal_over", "ask_over", "out_of_order",
    "expired",
    "already_taken", "not_possible", "not_yours", "not_in_control", "still_sending", "no_such_approval", "too_late",
    "same_person",
    "not_found", "already_paused", "not_paused", "shown_later", "conversation_taken", "other_control", "too_busy",
    "evidence_changed",
    "needs_repair", "human_control", "tool_withdrawn", "policy_changed", "other_policy", "log_diverged", "already_done",
    "over_daily_amount", "over_daily_count",
})  # fmt: skip
"""Codes with which a person may be refused; any other is a surprise."""

DONE: dict[str, tuple[str, dict[str, str]]] = {
    "take_over": ("control_changed", {"to": "human"}),
    "hand_back": ("control_changed", {"to": "agent"}),
    "hand_to_team": ("control_changed", {"to": "awaiting_human"}),
    "person_reply": ("reply_drafted", {"made_by": "person"}),
    "recall": ("recalled", {}),
}
"""What stands in the log when somebody was told that it is done."""

LATER = frozenset({"overloaded"})
"""Codes with which a message may be turned away, to be brought again."""


def check(lines: Iterable[Line]) -> list[str]:
    """Every violation of every rule."""
    history = History.of(lines)
    return [f"{rule.__name__}: {found}" for rule in RULES for found in rule(history)]


# -- messages ----------------------------------------------------------------------------------------------------------


def no_message_is_lost_or_taken_twice(history: History) -> Iterator[str]:
    """What was acknowledged stands in the log once, between the first time it was sent and the acknowledgement."""
    by_event: dict[tuple[str, str], list[Op]] = defaultdict(list)
    for op in history.asked("message"):
        by_event[op.invoke["conv"], op.invoke["event"]].append(op)
    taken: Counter[str] = Counter()
    unsure: Counter[str] = Counter()
    for (conv, event), ops in by_event.items():
        acknowledged = [op for op in ops if op.told == "ok"]
        if not acknowledged:
            unsure[conv] += 1
            continue
        taken[conv] += 1
        first, last = min(op.invoke["n"] for op in ops), min(op.ends for op in acknowledged)
        if not any(first < seen.n < last for seen in messages_of(history.logs.get(conv, []), "customer")):
            yield f"{event} of {conv} was acknowledged and is in no log"
    for conv in taken | unsure:
        count = len(messages_of(history.logs.get(conv, []), "customer"))
        if not taken[conv] <= count <= taken[conv] + unsure[conv]:
            yield f"{conv} holds {count} messages of {taken[conv]} acknowledged ones"


def every_message_is_answered_or_with_a_person(history: History) -> Iterator[str]:
    """A reply that was drafted after it arrived, or a person who has it and knows that they have."""
    for conv, log in history.logs.items():
        arrived = {line["delivery"] for line in history.saw("delivered")}
        answers = [seen.order for seen in drafts_that_left(log, arrived)]
        answers += [seen.order for seen in messages_of(log, "person")]
        last = max(answers, default=(-1, 0))
        waiting = [seen for seen in messages_of(log, "customer") if seen.order > last]
        if not waiting:
            continue
        control = control_over_time(log)[-1][1]
        asks = open_asks(log)
        if control == "human" or (control in ("awaiting_human", "quarantined") and asks):
            continue
        yield f"{conv}: {len(waiting)} unanswered, control {control}, open asks {sorted(asks)}"


def messages_keep_their_order(history: History) -> Iterator[str]:
    """A customer who waits for each acknowledgement is read in that order; replies arrive in the order they were made."""
    for conv, log in history.logs.items():
        numbers = {s.event["idempotency_key"]: s.event["reply"] for s in log if is_start(s, "reply")}
        arrived = [numbers[line["delivery"]] for line in history.saw("delivered") if line["delivery"] in numbers]
        if arrived != sorted(arrived):
            yield f"{conv}: replies arrived as {arrived}"


def each_reply_arrives_once_and_is_known_to_have_arrived(history: History) -> Iterator[str]:
    """Under whatever name it was handed over: the customer reads it once, and the log says so or that nobody knows."""
    for conv, log in history.logs.items():
        numbers = {s.event["idempotency_key"]: s.event["reply"] for s in log if is_start(s, "reply")}
        arrived = Counter(numbers[line["delivery"]] for line in history.saw("delivered") if line["delivery"] in numbers)
        yield from (f"{conv}: reply {number} arrived {count} times" for number, count in arrived.items() if count > 1)
        known = {s.event["reply"] for s in log if s.type in ("reply_sent", "reply_dropped")}
        yield from (f"{conv}: reply {number} arrived and nobody knows" for number in sorted(arrived.keys() - known))
        said = {s.event["reply"] for s in log if s.type == "reply_sent"}
        yield from (f"{conv}: reply {number} counts as sent and never arrived" for number in sorted(said - arrived.keys()))


# -- people ------------------------------------------------------------------------------------------------------------


def every_decision_takes_effect_once_or_has_a_reason(history: History) -> Iterator[str]:
    """Acknowledged: it is in the log once, and what became of it stands behind it. Refused: it is in no log."""
    for op in history.asked("approve", "deny"):
        conv, proposal, statement = op.invoke["conv"], op.invoke["proposal"], op.invoke["statement"]
        log = history.logs.get(conv, [])
        signed = [s for s in log if s.type == "countersigned" and s.event["statement"] == statement]
        same = [other for other in history.asked("approve", "deny") if other.invoke["statement"] == statement]
        if signed and all(other.told == "fail" for other in same):
            yield f"{statement[:8]} was refused and counts all the same"
        if op.told == "ok" and len(signed) != 1:
            yield f"{statement[:8]} of {op.invoke['who']} was acknowledged and stands in the log {len(signed)} times"
        first = min(other.invoke["n"] for other in same)  # asked again after an answer was lost, it took effect back then
        if op.told == "ok" and signed and not first < signed[0].n < op.ends:
            yield f"{statement[:8]} took effect outside the time it was asked"
        if signed and not became_of_it(log, signed[0], proposal, op.invoke["op"]):
            yield f"{conv}: nothing became of {op.invoke['op']} {statement[:8]} on {proposal}"


def what_a_person_was_told_is_done_stands_in_the_log(history: History) -> Iterator[str]:
    """A takeover, a hand-back, words of one's own, a recall: once each, between the asking and the answer."""
    for op in history.asked(*DONE):
        if op.told != "ok":
            continue
        kind, fields = DONE[op.invoke["op"]]
        wanted = fields | ({"statement": op.invoke["statement"]} if kind == "recalled" else {})
        log = history.logs.get(op.invoke["conv"], [])
        found = [s for s in log if s.type == kind and all(s.event.get(name) == value for name, value in wanted.items())]
        first = _first_asked(history, op)
        if not any(first < s.n < op.ends for s in found):
            yield f"{op.invoke['op']} of {op.invoke['who']} was acknowledged and is not in the log of {op.invoke['conv']}"


def _first_asked(history: History, op: Op) -> int:
    """When it was asked first: an answer that was lost is asked for again."""
    same = [o.invoke for o in history.asked(op.invoke["op"]) if (o.invoke["conv"], o.invoke["who"]) == _by(op)]
    earlier = [each["n"] for each in same if each["n"] <= op.invoke["n"]]
    lost = {o.invoke["n"] for o in history.asked(op.invoke["op"]) if o.told == "info"}
    first = op.invoke["n"]
    for n in sorted(earlier, reverse=True)[1:]:
        if n not in lost:
            break
        first = n
    return int(first)


def _by(op: Op) -> tuple[str, str]:
    return op.invoke["conv"], op.invoke["who"]


def nobody_is_refused_without_a_reason(history: History) -> Iterator[str]:
    """Who comes second is told who was first, by name."""
    for op in history.ops:
        if op.told != "fail" or op.end is None:
            continue
        code, words = str(op.end["code"]), str(op.end["message"])
        if code in LATER and op.invoke["op"] == "message":
            if not any(_same_message(op, other) and other.told == "ok" for other in history.asked("message")):
                yield f"{op.invoke['event']} was turned away and never taken"
            continue
        if code not in REASONS:
            yield f"{op.invoke['op']} of {op.invoke['who']}: {code}: {words}"
        if code == "decided_already" and not words.startswith("This is over:"):
            winners = deciders_before(history, op)
            names = {"You" if who == op.invoke["who"] else NAMES.get(who, who) for who in winners}
            if not any(words.startswith(f"{name} ha") for name in names):
                yield f"{op.invoke['who']} was told {words!r}, and the decision was {sorted(winners)}'s"


def _same_message(one: Op, other: Op) -> bool:
    return (one.invoke["conv"], one.invoke["event"]) == (other.invoke["conv"], other.invoke["event"])


def one_decision_per_question(history: History) -> Iterator[str]:
    """Of two people who decide the same card at the same instant, one does."""
    for conv, log, proposal in history.proposals():
        signed = [s for s in log if s.type == "countersigned" and s.event["proposal"] == proposal["id"]]
        denied = [s for s in signed if s.event["decision"] == "deny"]
        for nonce in {s.event["nonce"] for s in signed}:
            approved = [s for s in signed if s.event["nonce"] == nonce and s not in denied]
            people = {s.event["operator"] for s in approved}
            if len(approved) > proposal["required_people"] or len(people) != len(approved):
                yield f"{conv}: {len(approved)} approvals by {sorted(people)} of one card of {proposal['id']}"
        if len(denied) > 1:
            yield f"{conv}: {proposal['id']} was denied {len(denied)} times"


# -- effects -----------------------------------------------------------------------------------------------------------


def no_effect_without_the_decisions_it_needs(history: History) -> Iterator[str]:
    """Each refund rests on enough people, each of whom asked for it, on what was the card then; policy demands it."""
    known = {proposal["idempotency_key"]: (conv, log, proposal) for conv, log, proposal in history.proposals()}
    asked = {(op.invoke["who"], op.invoke["statement"]) for op in history.asked("approve")}
    for effect in history.saw("effect"):
        found = known.get(effect["key"])
        if found is None:
            yield f"{effect['tool']} under {effect['key']}, which nobody proposed"
            continue
        conv, log, proposal = found
        starts = [s for s in log if is_start(s, "approved_tool") and s.event["proposal"] == proposal["id"]]
        starts = [s for s in starts if s.n < effect["n"]]
        if not starts:
            yield f"{conv}: {proposal['id']} was done and never begun"
        for start in starts:
            standing = standing_approvals(log, proposal, start)
            people = {s.event["operator"] for s in standing}
            if len(people) < proposal["required_people"]:
                yield f"{conv}: {proposal['id']} was begun with {len(people)} of {proposal['required_people']} people"
            for signed in standing:
                if (signed.event["operator"], signed.event["statement"]) not in asked:
                    yield f"{conv}: {proposal['id']} rests on a decision that nobody made"
                if any(signed.order < m.order < start.order for m in messages_of(log, "customer")):
                    yield f"{conv}: {proposal['id']} was begun although the customer had written since it was approved"


def at_most_one_effect_per_decision(history: History) -> Iterator[str]:
    """The shop's own book: one refund per proposal, none after it ended otherwise, exactly one when it says so."""
    refunds: dict[str, set[str]] = defaultdict(set)
    arrived: dict[str, list[int]] = defaultdict(list)
    for effect in history.saw("effect"):
        if effect["outcome"] == "succeeded":
            refunds[effect["key"]].add(effect["refund"])
            arrived[effect["key"]].append(effect["n"])
    for conv, log, proposal in history.proposals():
        key, name = proposal["idempotency_key"], proposal["id"]
        ends = [s for s in log if s.type == "proposal_settled" and s.event["proposal"] == name]
        if len(refunds[key]) > 1:
            yield f"{conv}: {name} was paid {len(refunds[key])} times"
        outcome = ends[0].event["outcome"] if ends else None
        if outcome == "executed" and len(refunds[key]) != 1:
            yield f"{conv}: {name} counts as done and was done {len(refunds[key])} times"
        if outcome not in (None, "executed", "unknown") and refunds[key]:
            yield f"{conv}: {name} counts as {outcome} and was done"
    yield from _equal_refunds(history)


def _equal_refunds(history: History) -> Iterator[str]:
    """An equal refund is paid again only when it was proposed after the first was done, so that a person saw that."""
    proposed = {p["idempotency_key"]: (log[0].order, p["id"], log) for _, log, p in history.proposals()}
    paid: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for effect in history.saw("effect"):
        if effect["outcome"] == "succeeded" and effect["key"] in proposed:
            what = effect["arguments"]
            paid[what["payment_id"], what["amount_minor"]].setdefault(effect["refund"], effect["key"])
    for (payment, amount), refunds in paid.items():
        for earlier, later in pairwise(refunds.values()):
            _, name, log = proposed[earlier]
            done = [s.order for s in log if s.type == "proposal_settled" and s.event["proposal"] == name]
            if not done or done[0] > proposed[later][0]:
                yield f"{payment}: {amount} was paid again, and who agreed could not know of the first"


def nothing_is_done_but_under_an_open_start(history: History) -> Iterator[str]:
    """Whoever acts has said so before, in time, and nobody has settled it meanwhile: also a worker that was asleep."""
    for line in (*history.saw("send"), *history.saw("tool_called")):
        key = line.get("delivery") or line.get("key")
        if key is None:
            continue
        conv, start = newest_start(history, str(key), line["n"])
        if start is None:
            yield f"{line['what']} at {line['n']} that nobody began"
            continue
        ended = [s for s in history.logs[conv] if s.type == "effect_finished" and s.event["effect"] == start.event["effect"]]
        if any(s.n < line["n"] for s in ended):
            yield f"{conv}: {line['what']} at {line['n']} for {start.event['effect']}, which was settled before"
        if START + timedelta(milliseconds=line["t"]) > datetime.fromisoformat(start.event["deadline"]):
            yield f"{conv}: {line['what']} at {line['n']} after its time"


# -- control and turns -------------------------------------------------------------------------------------------------


def nobody_talks_over_a_person(history: History) -> Iterator[str]:
    """From a takeover on, until it is handed back, the agent begins nothing to say, and writes nothing."""
    for conv, log in history.logs.items():
        makers = {s.event["reply"]: s.event["made_by"] for s in log if s.type == "reply_drafted"}
        controls = control_over_time(log)
        for seen in log:
            if seen.type != "effect_started":
                continue
            control = [to for order, to in controls if order < seen.order][-1]
            purpose = seen.event["purpose"]
            if purpose == "reply" and control != "agent" and makers.get(seen.event["reply"]) != "person":
                yield f"{conv}: the agent spoke at {seen.n} while {control} had control"
            if (
                purpose in ("tool", "approved_tool")
                and seen.event["kind"] == "write"
                and control in ("human", "quarantined")
            ):
                yield f"{conv}: the agent acted at {seen.n} while {control} had control"
            if purpose in ("triage", "run", "compose") and control != "agent":
                yield f"{conv}: the agent thought at {seen.n} while {control} had control"


def what_is_stale_never_leaves(history: History) -> Iterator[str]:
    """Between the draft of the agent's reply and the moment it is handed over: no message, no change of control."""
    for conv, log in history.logs.items():
        drafts = {s.event["reply"]: s for s in log if s.type == "reply_drafted"}
        moves = [s for s in log if s.type in ("message_received", "control_changed")]
        for start in (s for s in log if is_start(s, "reply")):
            draft = drafts.get(start.event["reply"])
            if draft is None:
                yield f"{conv}: reply {start.event['reply']} was never drafted"
            elif draft.event["made_by"] != "person" and any(draft.order < m.order < start.order for m in moves):
                yield f"{conv}: reply {start.event['reply']} left although something newer had come"
            else:
                handed = [n for n in handed_over(history, start) if draft.event["made_by"] != "person"]
                late = [m for m in moves if draft.order < m.order and any(m.n < n for n in handed)]
                if late:
                    yield f"{conv}: reply {start.event['reply']} was handed over although something newer had come"


def a_stop_stops(history: History) -> Iterator[str]:
    """While brand or core is paused, nothing begins but a person's own words; of a paused workflow, nothing for its runs."""
    stopped: dict[str, bool] = {}
    spans: list[tuple[int, frozenset[str]]] = []
    for n, scope, paused in history.pauses:
        stopped[scope] = paused
        spans.append((n, frozenset(name for name, on in stopped.items() if on)))
    for conv, log in history.logs.items():
        drafts = {s.event["reply"]: s.event for s in log if s.type == "reply_drafted"}
        workflows = _workflows(log)
        for start in (s for s in log if s.type == "effect_started" or _by_the_agent(s, log)):
            draft = drafts.get(start.event.get("reply"), {})
            own = start.event.get("run") or (start.event["proposal"].get("run") if start.type == "proposed" else None)
            spoken = [run for run in draft.get("covers", ()) if not _with_people(log, run, start)]
            runs = {workflows.get(run, "") for run in (own, *spoken) if run is not None}
            handed = handed_over(history, start) if start.event.get("purpose") == "reply" else []
            for moment in (start.n, *handed):
                on = next((on for n, on in reversed(spans) if n < moment), frozenset[str]())
                alone = {name.partition("/")[2] for name in on if name.startswith("workflow:")}
                everything = start.type == "effect_started" and any(not name.startswith("workflow:") for name in on)
                if draft.get("made_by") != "person" and (everything or runs & alone):
                    what, stop = start.event.get("purpose", start.type), "everything" if everything else "its workflow"
                    yield f"{conv}: {what} began at {moment} while {stop} was stopped"


def _by_the_agent(seen: Seen, log: list[Seen]) -> bool:
    """Whether a run proposed this by itself: no person did, and it does not take the place of another."""
    if seen.type != "proposed" or seen.event["proposal"].get("supersedes") is not None:
        return False
    return not any(s.type == "action_proposed" and s.event["proposal"] == seen.event["proposal"]["id"] for s in log)


def _with_people(log: list[Seen], run: str, before: Seen) -> bool:
    """Whether people had a run by then: a reply that says so says nothing for its workflow."""
    kinds = ("run_escalated", "run_failed", "run_input", "run_answered", "run_opened")
    last = [s.type for s in log if s.order < before.order and s.event.get("run") == run and s.type in kinds]
    return bool(last) and last[-1] in ("run_escalated", "run_failed")


def _workflows(log: list[Seen]) -> dict[str, str]:
    """The workflow of every run, as the log tells it; one that goes on as another keeps its own."""
    known: dict[str, str] = {}
    for seen in log:
        if seen.type == "run_opened":
            known[seen.event["run"]] = seen.event["workflow"]
        elif seen.type == "run_continued_as" and seen.event["run"] in known:
            known[seen.event["successor"]] = known[seen.event["run"]]
    return known


def one_turn_at_a_time(history: History) -> Iterator[str]:
    """Turns are counted, work belongs to the newest, and nothing is begun that is under way already."""
    for conv, log in history.logs.items():
        turn, under_way = 0, dict[str, tuple[str, str | None]]()
        for seen in log:
            event = seen.event
            if seen.type == "turn_opened":
                if event["turn"] != turn + 1:
                    yield f"{conv}: turn {event['turn']} after turn {turn}"
                turn = event["turn"]
            elif seen.type == "effect_started":
                if event["effect"] in under_way:
                    yield f"{conv}: {event['effect']} began twice"
                kind = "write" if event["kind"] == "write" else event["purpose"]
                one = (kind, event["run"] if kind == "run" else None)
                if kind in ("write", "reply", "triage", "compose", "run") and one in under_way.values():
                    yield f"{conv}: a second {kind} at {seen.n}"
                if kind in ("triage", "compose", "run") and event["turn"] != turn:
                    yield f"{conv}: {kind} of turn {event['turn']} in turn {turn}"
                under_way[event["effect"]] = one
            elif seen.type == "effect_finished":
                under_way.pop(event["effect"], None)
        for effect, (kind, _) in under_way.items():
            yield f"{conv}: {effect} ({kind}) never ended"


def calls_are_answered_once(history: History) -> Iterator[str]:
    """Each tool call of a model gets exactly one result, and no request was one the provider would refuse."""
    for line in history.saw("model_refused"):
        yield f"call {line['call']}: {line['why']}"
    for line in history.saw("quarantined"):
        yield f"{line['conv']} was quarantined: {line['why']}"
    for conv, log in history.logs.items():
        made = [(s.event["run"], call["tool_use_id"]) for s in log if s.type == "model_spoke" for call in s.event["calls"]]
        answered = Counter((s.event["run"], s.event["tool_use_id"]) for s in log if s.type == "call_answered")
        for call in made:
            if answered[call] > 1:
                yield f"{conv}: {call} was answered {answered[call]} times"
        ends = Counter(s.event["effect"] for s in log if s.type == "effect_finished")
        yield from (f"{conv}: {effect} ended {count} times" for effect, count in ends.items() if count > 1)
        told = Counter(s.event["proposal"] for s in log if s.type == "notice_given" and s.event["proposal"])
        yield from (f"{conv}: its run was told {count} times of {name}" for name, count in told.items() if count > 1)


RULES: tuple[Callable[[History], Iterator[str]], ...] = (
    no_message_is_lost_or_taken_twice,
    every_message_is_answered_or_with_a_person,
    messages_keep_their_order,
    each_reply_arrives_once_and_is_known_to_have_arrived,
    what_a_person_was_told_is_done_stands_in_the_log,
    every_decision_takes_effect_once_or_has_a_reason,
    nobody_is_refused_without_a_reason,
    one_decision_per_question,
    no_effect_without_the_decisions_it_needs,
    at_most_one_effect_per_decision,
    nothing_is_done_but_under_an_open_start,
    nobody_talks_over_a_person,
    what_is_stale_never_leaves,
    a_stop_stops,
    one_turn_at_a_time,
    calls_are_answered_once,
)


def main(path: str) -> int:
    """Judges a file; 1 when a rule is broken."""
    lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    found = check(lines)
    sys.stdout.writelines(f"{each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Judges a history of the core from outside: plain JSON lines in, violations out. Shares no code with the product.

It knows three witnesses: what people and customers asked and were told (`op` lines), what the world outside saw arrive
(`send`, `delivered`, `tool_called`, `effect`, `model_refused`), and what was durable when (`commit` lines, the events as
they stand in the log). A rule holds when the witnesses agree. `n` orders all lines, `t` is milliseconds.

    python -m tests.crash.checker HISTORY.jsonl
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

Line = dict[str, Any]

START = datetime.fromisoformat("2026-11-21T09:00:00+00:00")
"""The moment at which `t` is 0."""

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
})  # fmt: skip
"""Codes with which a person may be refused; any other is a surprise."""

LATER = frozenset({"overloaded"})
"""Codes with which a message may be turned away, to be brought again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of a conversation's log, and when it became durable."""

    n: int
    place: int
    event: Line

    @property
    def type(self) -> str:
        """What it is."""
        return str(self.event["type"])

    @property
    def order(self) -> tuple[int, int]:
        """Its place among everything that happened."""
        return self.n, self.place


@dataclass
class Op:
    """Something a person or customer asked, and what they were told."""

    id: int
    invoke: Line
    end: Line | None = None

    @property
    def told(self) -> str:
        """`ok`, `fail`, or `info`: nobody knows."""
        return "info" if self.end is None else str(self.end["type"])

    @property
    def ends(self) -> float:
        """When they were told; never, when they were not."""
        return float("inf") if self.end is None else float(self.end["n"])


@dataclass
class History:
    """A history, sorted by witness."""

    lines: list[Line]
    ops: list[Op] = field(default_factory=list[Op])
    logs: dict[str, list[Seen]] = field(default_factory=dict[str, list[Seen]])
    pauses: list[tuple[int, str, bool]] = field(default_factory=list[tuple[int, str, bool]])

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "History":
        """Sorts the lines."""
        history = cls(list(lines))
        by_id: dict[int, Op] = {}
        for line in history.lines:
            if line["what"] == "op" and line["type"] == "invoke":
                by_id[line["id"]] = Op(line["id"], line)
            elif line["what"] == "op":
                by_id[line["id"]].end = line
            elif line["what"] == "commit":
                for scope, stopped in line.get("paused", {}).items():
                    history.pauses.append((line["n"], scope, stopped))
                log = history.logs.setdefault(line["conv"], [])
                log.extend(Seen(line["n"], place, event) for place, event in enumerate(line["events"]))
        history.ops = list(by_id.values())
        history.logs = {conv: log for conv, log in history.logs.items() if conv.startswith("c_")}
        return history

    def saw(self, what: str) -> list[Line]:
        """Lines of one kind."""
        return [line for line in self.lines if line["what"] == what]

    def asked(self, *names: str) -> list[Op]:
        """Operations of some kinds."""
        return [op for op in self.ops if op.invoke["op"] in names]

    def proposals(self) -> Iterator[tuple[str, list[Seen], Line]]:
        """Every proposal, with its conversation and the log from it on."""
        for conv, log in self.logs.items():
            for place, seen in enumerate(log):
                if seen.type == "proposed":
                    yield conv, log[place:], seen.event["proposal"]


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
        if not any(first < seen.n < last for seen in _messages(history.logs.get(conv, []), "customer")):
            yield f"{event} of {conv} was acknowledged and is in no log"
    for conv in taken | unsure:
        count = len(_messages(history.logs.get(conv, []), "customer"))
        if not taken[conv] <= count <= taken[conv] + unsure[conv]:
            yield f"{conv} holds {count} messages of {taken[conv]} acknowledged ones"


def every_message_is_answered_or_with_a_person(history: History) -> Iterator[str]:
    """A reply that was drafted after it arrived, or a person who has it and knows that they have."""
    for conv, log in history.logs.items():
        arrived = {line["delivery"] for line in history.saw("delivered")}
        answers = [seen.order for seen in _drafts_that_left(log, arrived)]
        answers += [seen.order for seen in _messages(log, "person")]
        last = max(answers, default=(-1, 0))
        waiting = [seen for seen in _messages(log, "customer") if seen.order > last]
        if not waiting:
            continue
        control = _control(log)[-1][1]
        asks = _open_asks(log)
        if control == "human" or (control in ("awaiting_human", "quarantined") and asks):
            continue
        yield f"{conv}: {len(waiting)} unanswered, control {control}, open asks {sorted(asks)}"


def messages_keep_their_order(history: History) -> Iterator[str]:
    """A customer who waits for each acknowledgement is read in that order; replies arrive in the order they were made."""
    for conv, log in history.logs.items():
        numbers = {s.event["idempotency_key"]: s.event["reply"] for s in log if _starts(s, "reply")}
        arrived = [numbers[line["delivery"]] for line in history.saw("delivered") if line["delivery"] in numbers]
        if arrived != sorted(arrived):
            yield f"{conv}: replies arrived as {arrived}"


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
        if signed and not _became_of_it(log, signed[0], proposal, op.invoke["op"]):
            yield f"{conv}: nothing became of {op.invoke['op']} {statement[:8]} on {proposal}"


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
            winners = _deciders(history, op)
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
        starts = [s for s in log if _starts(s, "approved_tool") and s.event["proposal"] == proposal["id"]]
        starts = [s for s in starts if s.n < effect["n"]]
        if not starts:
            yield f"{conv}: {proposal['id']} was done and never begun"
        for start in starts:
            standing = _approvals(log, proposal, start)
            people = {s.event["operator"] for s in standing}
            if len(people) < proposal["required_people"]:
                yield f"{conv}: {proposal['id']} was begun with {len(people)} of {proposal['required_people']} people"
            for signed in standing:
                if (signed.event["operator"], signed.event["statement"]) not in asked:
                    yield f"{conv}: {proposal['id']} rests on a decision that nobody made"
                if any(signed.order < m.order < start.order for m in _messages(log, "customer")):
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
        conv, start = _start_of(history, str(key), line["n"])
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
        controls = _control(log)
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
        for start in (s for s in log if _starts(s, "reply")):
            draft = drafts.get(start.event["reply"])
            if draft is None:
                yield f"{conv}: reply {start.event['reply']} was never drafted"
            elif draft.event["made_by"] != "person" and any(draft.order < m.order < start.order for m in moves):
                yield f"{conv}: reply {start.event['reply']} left although something newer had come"
            else:
                handed = [n for n in _handed_over(history, start) if draft.event["made_by"] != "person"]
                late = [m for m in moves if draft.order < m.order and any(m.n < n for n in handed)]
                if late:
                    yield f"{conv}: reply {start.event['reply']} was handed over although something newer had come"


def a_stop_stops(history: History) -> Iterator[str]:
    """While brand or core is paused, nothing begins but a person's own words."""
    stopped: dict[str, bool] = {}
    spans: list[tuple[int, bool]] = []
    for n, scope, paused in history.pauses:
        stopped[scope] = paused
        spans.append((n, any(stopped.values())))
    for conv, log in history.logs.items():
        makers = {s.event["reply"]: s.event["made_by"] for s in log if s.type == "reply_drafted"}
        for start in (s for s in log if s.type == "effect_started"):
            person = start.event["purpose"] == "reply" and makers.get(start.event["reply"]) == "person"
            handed = _handed_over(history, start) if start.event["purpose"] == "reply" else []
            for moment in (start.n, *handed):
                paused = [on for n, on in spans if n < moment]
                if paused and paused[-1] and not person:
                    yield f"{conv}: {start.event['purpose']} began at {moment} while everything was stopped"


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


# -- reading a log -----------------------------------------------------------------------------------------------------


def _messages(log: Iterable[Seen], author: str) -> list[Seen]:
    return [seen for seen in log if seen.type == "message_received" and seen.event["author"] == author]


def _starts(seen: Seen, purpose: str) -> bool:
    return seen.type == "effect_started" and seen.event["purpose"] == purpose


def _handed_over(history: History, start: Seen) -> list[int]:
    """When a reply that was begun there was given to the channel: before anything else began under its name.

    Of a core that is far away: the moment as of which it knew that the reply was still wanted (`wanted`). What came while
    it was on its way could not be known.
    """
    wanted = start.event["idempotency_key"]
    sent = [line for line in history.saw("send") if line["delivery"] == wanted and line["n"] > start.n]
    return [line.get("wanted", line["n"]) for line in sent[:1]]


def _drafts_that_left(log: list[Seen], arrived: set[str]) -> Iterator[Seen]:
    left = {s.event["reply"] for s in log if _starts(s, "reply") and s.event["idempotency_key"] in arrived}
    return (s for s in log if s.type == "reply_drafted" and s.event["reply"] in left)


def _control(log: list[Seen]) -> list[tuple[tuple[int, int], str]]:
    """Who had control from when on."""
    changes = [(s.order, str(s.event["to"])) for s in log if s.type == "control_changed"]
    return [((-1, 0), "agent"), *changes]


def _open_asks(log: list[Seen]) -> set[str]:
    asks: set[str] = set()
    for seen in log:
        if seen.type == "ask_raised":
            asks.add(seen.event["ask"]["id"])
        elif seen.type == "ask_resolved":
            asks.discard(seen.event["ask"])
    return asks


def _approvals(log: list[Seen], proposal: Line, before: Seen) -> list[Seen]:
    """The approvals that count at a moment."""
    standing: list[Seen] = []
    nonce = proposal["nonce"]
    for seen in log:
        if seen.order >= before.order:
            break
        if seen.event.get("proposal") != proposal["id"]:
            continue
        if seen.type == "look_again":
            standing, nonce = [], seen.event["nonce"]
        elif seen.type == "recalled":
            standing = [s for s in standing if s.event["statement"] != seen.event["statement"]]
        elif seen.type == "countersigned" and seen.event["decision"] == "approve" and seen.event["nonce"] == nonce:
            standing.append(seen)
    return standing


def _became_of_it(log: list[Seen], signed: Seen, proposal: str, wanted: str) -> bool:
    """Whether something after a decision says what it came to; one of two that are needed waits for the other."""
    if wanted == "approve" and _waits_for_another(log, proposal):
        return True
    for seen in (s for s in log if s.order > signed.order):
        about = seen.event.get("proposal")
        if seen.type == "ask_raised" and seen.event["ask"]["proposal"] == proposal:
            return True
        if about != proposal:
            continue
        if seen.type == "proposal_settled":
            return wanted == "approve" or seen.event["outcome"] == "denied"
        if seen.type in ("look_again", "recalled") and wanted == "approve":
            return True
    return False


def _waits_for_another(log: list[Seen], proposal: str) -> bool:
    needed = [
        s.event["proposal"]["required_people"] for s in log if s.type == "proposed" and s.event["proposal"]["id"] == proposal
    ]
    signed = [s.event for s in log if s.type == "countersigned" and s.event["proposal"] == proposal]
    approved = {event["operator"] for event in signed if event["decision"] == "approve"}
    return bool(needed) and 0 < len(approved) < needed[0] and len(signed) == len(approved)


def _deciders(history: History, op: Op) -> set[str]:
    """Who had decided about what this operation wanted to decide, before it was told."""
    log = history.logs.get(op.invoke["conv"], [])
    return {
        str(s.event["operator"])
        for s in log
        if s.type == "countersigned" and s.event["proposal"] == op.invoke["proposal"] and s.n < op.ends
    }


def _start_of(history: History, key: str, before: int) -> tuple[str, Seen | None]:
    """The newest start under an idempotency key before a moment, in whatever conversation."""
    found: tuple[str, Seen | None] = ("", None)
    for conv, log in history.logs.items():
        for seen in log:
            if seen.type == "effect_started" and seen.event["idempotency_key"] == key and seen.n < before:
                found = (conv, seen)
    return found


def main(path: str) -> int:
    """Judges a file; 1 when a rule is broken."""
    lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    found = check(lines)
    sys.stdout.writelines(f"{each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""A history of the core as plain JSON lines, sorted by witness, and how its logs are read. Shares no code with the product.

It knows three witnesses: what people and customers asked and were told (`op` lines), what the world outside saw arrive
(`send`, `delivered`, `tool_called`, `effect`, `model_refused`), and what was durable when (`commit` lines, the events as
they stand in the log). `n` orders all lines, `t` is milliseconds. What must hold of it is `checker`'s.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Line = dict[str, Any]

START = datetime.fromisoformat("2026-11-21T09:00:00+00:00")
"""The moment at which `t` is 0."""


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


def messages_of(log: Iterable[Seen], author: str) -> list[Seen]:
    return [seen for seen in log if seen.type == "message_received" and seen.event["author"] == author]


def is_start(seen: Seen, purpose: str) -> bool:
    return seen.type == "effect_started" and seen.event["purpose"] == purpose


def handed_over(history: History, start: Seen) -> list[int]:
    """When a reply that was begun there was given to the channel: before anything else began under its name.

    Of a core that is far away: the moment as of which it knew that the reply was still wanted (`wanted`). What came while
    it was on its way could not be known.
    """
    wanted = start.event["idempotency_key"]
    sent = [line for line in history.saw("send") if line["delivery"] == wanted and line["n"] > start.n]
    return [line.get("wanted", line["n"]) for line in sent[:1]]


def drafts_that_left(log: list[Seen], arrived: set[str]) -> Iterator[Seen]:
    left = {s.event["reply"] for s in log if is_start(s, "reply") and s.event["idempotency_key"] in arrived}
    return (s for s in log if s.type == "reply_drafted" and s.event["reply"] in left)


def control_over_time(log: list[Seen]) -> list[tuple[tuple[int, int], str]]:
    """Who had control from when on."""
    changes = [(s.order, str(s.event["to"])) for s in log if s.type == "control_changed"]
    return [((-1, 0), "agent"), *changes]


def open_asks(log: list[Seen]) -> set[str]:
    asks: set[str] = set()
    for seen in log:
        if seen.type == "ask_raised":
            asks.add(seen.event["ask"]["id"])
        elif seen.type == "ask_resolved":
            asks.discard(seen.event["ask"])
    return asks


def standing_approvals(log: list[Seen], proposal: Line, before: Seen) -> list[Seen]:
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


def became_of_it(log: list[Seen], signed: Seen, proposal: str, wanted: str) -> bool:
    """Whether something after a decision says what it came to; one of two that are needed waits for the other."""
    if wanted == "approve" and waits_for_another(log, proposal):
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


def waits_for_another(log: list[Seen], proposal: str) -> bool:
    needed = [
        s.event["proposal"]["required_people"] for s in log if s.type == "proposed" and s.event["proposal"]["id"] == proposal
    ]
    about = [s for s in log if s.event.get("proposal") == proposal]
    # What was approved before people had to look again counts no more: they approve anew, and wait for the other again.
    void = max((s.order for s in about if s.type in {"look_again", "recalled"}), default=(-1, -1))
    signed = [s.event for s in about if s.type == "countersigned" and s.order > void]
    approved = {event["operator"] for event in signed if event["decision"] == "approve"}
    return bool(needed) and 0 < len(approved) < needed[0] and len(signed) == len(approved)


def deciders_before(history: History, op: Op) -> set[str]:
    """Who had decided about what this operation wanted to decide, before it was told."""
    log = history.logs.get(op.invoke["conv"], [])
    return {
        str(s.event["operator"])
        for s in log
        if s.type == "countersigned" and s.event["proposal"] == op.invoke["proposal"] and s.n < op.ends
    }


def newest_start(history: History, key: str, before: int) -> tuple[str, Seen | None]:
    """The newest start under an idempotency key before a moment, in whatever conversation."""
    found: tuple[str, Seen | None] = ("", None)
    for conv, log in history.logs.items():
        for seen in log:
            if seen.type == "effect_started" and seen.event["idempotency_key"] == key and seen.n < before:
                found = (conv, seen)
    return found

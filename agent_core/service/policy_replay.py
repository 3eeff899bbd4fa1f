"""A candidate policy, or another level, held against what really was decided in the last days (R-C8). It executes nothing.

Each decision is asked about again with what was known when it was made: the log is folded up to it, facts are read from
their bodies, and the day's counters of autonomous writes are counted again from what began before it. What differs is listed
with the rules that would decide. It must never append, call a tool or a model, or take a body's absence for a value.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from agent_core.authority.facts import ApprovalFacts, CallFacts, Caps
from agent_core.authority.gate import Gate
from agent_core.contract.day_counts import DayCounted
from agent_core.contract.errors import CountersignError, Invalid
from agent_core.contract.events import CallJudged, EffectStarted, Proposed, Recorded
from agent_core.contract.ids import BrandId, StreamId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.contract.levels import DecisionDiffers, PolicyReplay
from agent_core.contract.money import NO_CURRENCY
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.engine.common import Context
from agent_core.engine.identity import customer_of
from agent_core.engine.judging import judged_call
from agent_core.engine.runtime import Brands, Deadlines, Instance, Operators, WorkflowLevels
from agent_core.engine.session import Remembered, Session
from agent_core.store import ReadTx, Store
from agent_core.store.picking import picked, position_before

MOST_DECISIONS: Final = 20_000
MOST_LISTED: Final = 500
_BEFORE_POLICY: Final = frozenset({"already_open", "already_unknown", "already_executed"})
"""Refusals by code that carry the rules of a policy that had allowed it."""
_OF_POLICY: Final = frozenset({"no_rule_allows", "not_judgeable", "unknown_tool"})
"""Refusals by policy that no single rule decided."""

Decided = Literal["execute", "propose", "forbid", "approved"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decisions are held against.

    Attributes:
        gate: The policies.
        levels: How far workflows may go.
    """

    gate: Gate
    levels: WorkflowLevels


@dataclass(frozen=True, slots=True)
class OneLevel:
    """Levels as they are, but for one workflow."""

    others: WorkflowLevels
    workflow: WorkflowName
    wanted: AuthorityLevel

    async def level(self, workflow: WorkflowName, declared: AuthorityLevel) -> AuthorityLevel:
        """The level at which a workflow would work."""
        return self.wanted if workflow == self.workflow else await self.others.level(workflow, declared)


@dataclass(frozen=True, slots=True)
class House:
    """Whose decisions are looked at, and what they rested on."""

    store: Store
    brands: Brands
    operators: Operators
    instance: Instance
    brand: BrandId


@dataclass(frozen=True, slots=True)
class _Decision:
    record: Recorded
    workflow: WorkflowName
    tool: str
    was: Decided
    call: CallFacts | None
    """None where the candidate knows no such tool."""
    customer: str
    currency: str
    """In which its day is counted."""
    people: int | None = None
    approval: ApprovalFacts | None = None
    counted: DayCounted | None = None
    """What was known of the customer's day, as it was on record then."""


@dataclass(frozen=True, slots=True)
class _Write:
    """An autonomous write that began: what the day's counters were made of."""

    position: int
    day: str
    customer: str
    currency: str
    amount: int


@dataclass(slots=True)
class _Found:
    decisions: list[_Decision]
    writes: list[_Write]
    unreadable: int = 0


async def replayed(house: House, candidate: Candidate, since: datetime, until: datetime) -> PolicyReplay:
    """Asks about every decision of a period again.

    Args:
        house: Whose.
        candidate: Instead of what was active.
        since: The first moment.
        until: No decision at or after it.

    Raises:
        Invalid: `bad_period`.
    """
    if since >= until:
        raise Invalid("bad_period", "The period must begin before it ends.")
    begin = since.replace(hour=0, minute=0, second=0, microsecond=0)
    found = _Found([], [])
    streams, whole = await house.store.read(lambda tx: _streams(tx, house.brand, begin, until))
    for stream in streams:
        await _walk(house, candidate, stream, found, begin, since, until)
    found.decisions.sort(key=lambda one: one.record.position)
    found.writes.sort(key=lambda one: one.position)
    differs = _differences(found, candidate.gate)
    counts = Counter(f"{one.was}>{one.would}" for one in differs)
    active = house.brands.active(house.brand).gate.policy_digest
    return PolicyReplay(
        brand=house.brand,
        since=since,
        until=until,
        policy_was=active,
        policy_would=candidate.gate.policy_digest,
        decisions=len(found.decisions),
        unreadable=found.unreadable,
        counts=tuple(sorted(counts.items())),
        differs=tuple(reversed(differs[-MOST_LISTED:])),
        complete=whole and len(differs) <= MOST_LISTED,
    )


def _streams(tx: ReadTx, brand: BrandId, begin: datetime, until: datetime) -> tuple[Sequence[StreamId], bool]:
    records = picked(tx.connection, ("call_judged", "effect_started"), position_before(tx.connection, begin))
    mine = [record for record in records if record.brand == brand and record.at < until]
    newest = mine[-MOST_DECISIONS:]
    return tuple(dict.fromkeys(record.stream for record in newest)), len(newest) == len(mine)


async def _walk(
    house: House,
    candidate: Candidate,
    stream: StreamId,
    found: _Found,
    begin: datetime,
    since: datetime,
    until: datetime,
) -> None:
    """One conversation, from its first event to the last of the period."""
    state, people = State(), dict[str, int]()
    memory = Remembered()
    records = await house.store.records(stream)
    for place, record in enumerate(records):
        if record.at >= until:
            break
        event = record.event
        if isinstance(event, CallJudged | EffectStarted) and record.at >= begin and not state.damaged:
            memory.state = state
            now = record.at
            context = _context(house, candidate, Session(house.store, stream, lambda now=now: now, memory))
            try:
                if isinstance(event, EffectStarted):
                    await _began(context, record, event, found, since, people)
                elif record.at >= since:
                    await _judged(context, record, event, found, _proposed_next(records[place + 1 : place + 6], event))
            except (CountersignError, LookupError, ValueError):
                found.unreadable += 1  # erased, damaged, or of a release that is not here any more
        if isinstance(event, Proposed):
            people[event.proposal.id] = event.proposal.required_people
        state = fold((record,), state)


def _context(house: House, candidate: Candidate, session: Session) -> Context:
    brand = replace(house.brands.active(house.brand), gate=candidate.gate, levels=candidate.levels)
    return Context(session, brand, house.brands, house.operators, house.instance, Deadlines(), {})


def _proposed_next(records: Iterable[Recorded], event: CallJudged) -> int | None:
    """How many people the proposal wanted that this verdict became."""
    for record in records:
        wanted = record.event
        if isinstance(wanted, Proposed) and wanted.proposal.tool_use_id == event.tool_use_id:
            return wanted.proposal.required_people
    return None


async def _judged(context: Context, record: Recorded, event: CallJudged, found: _Found, people: int | None) -> None:
    of_policy = event.rules or event.code in _OF_POLICY
    if event.verdict == "forbid" and (event.code in _BEFORE_POLICY or not of_policy):
        return
    run = context.session.state.runs[event.run]
    named = next(call for call in run.calls if call.tool_use_id == event.tool_use_id)
    arguments: dict[str, Any] = json.loads(await context.session.text(named.arguments))
    call = await _asked(context, event.run, event.tool, arguments, ignore_pending=False)
    customer = await customer_of(context.session)
    workflow, currency = WorkflowName(run.workflow), _currency(context, call)
    found.decisions.append(
        _Decision(record, workflow, event.tool, event.verdict, call, customer, currency, people, counted=event.counted)
    )


async def _began(
    context: Context, record: Recorded, event: EffectStarted, found: _Found, since: datetime, people: dict[str, int]
) -> None:
    if event.kind != "write" or event.run is None or event.tool is None or event.arguments is None:
        return
    if event.purpose == "tool" and event.attempt == 1:
        currency, amount = (NO_CURRENCY, 0) if event.money is None else (event.money.currency, event.money.amount_minor)
        customer = await customer_of(context.session)
        found.writes.append(_Write(record.position, f"{record.at:%Y-%m-%d}", customer, currency, amount))
    known = None if event.proposal is None else context.session.state.proposals.get(event.proposal)
    if event.purpose != "approved_tool" or known is None or record.at < since or event.attempt > 1:
        return
    arguments: dict[str, Any] = json.loads(await context.session.text(event.arguments))
    call = await _asked(context, event.run, event.tool, arguments, ignore_pending=True)
    run = context.session.state.runs[event.run]
    approval = ApprovalFacts(approvers=tuple(each.operator for each in known.approvals), verified=True)
    customer = await customer_of(context.session)
    found.decisions.append(
        _Decision(
            record, WorkflowName(run.workflow), event.tool, "approved", call, customer, _currency(context, call),
            people.get(str(event.proposal)), approval,
        )
    )  # fmt: skip


async def _asked(
    context: Context, run: str, tool: str, arguments: dict[str, Any], *, ignore_pending: bool
) -> CallFacts | None:
    declared = context.brand.gate.policy.tools.get(tool)  # pyright: ignore[reportArgumentType, reportCallIssue] - names are strings
    if declared is None:
        return None
    worker = context.session.state.runs[run]  # pyright: ignore[reportArgumentType] - ids are strings
    facts = await context.session.facts()
    return await judged_call(context, worker, declared, arguments, facts, Caps(), ignore_pending=ignore_pending)


def _currency(context: Context, call: CallFacts | None) -> str:
    money = None if call is None else call.tool.money_of(call.arguments)
    return context.brand.release.brand.currency if money is None else money.currency


def _differences(found: _Found, gate: Gate) -> list[DecisionDiffers]:
    """Everything that would have been decided otherwise, in the order in which it was."""
    differs: list[DecisionDiffers] = []
    tallies: Counter[tuple[str, ...]] = Counter()
    coming = iter(found.writes)
    write = next(coming, None)
    for one in found.decisions:
        while write is not None and write.position < one.record.position:
            for key, amount in _keys(write.day, write.customer, write.currency):
                tallies[key] += write.amount if amount else 1
            write = next(coming, None)
        other = _other(one, gate, tallies)
        if other is not None:
            differs.append(other)
    return differs


def _keys(day: str, customer: str, currency: str) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """The counters of a day, in the order of `Caps`: of this customer and of everybody, money and count."""
    return (
        ((day, "of", customer, currency), True), ((day, "of", customer, "count"), False),
        ((day, "all", currency), True), ((day, "all", "count"), False),
    )  # fmt: skip


def _caps(one: _Decision, counters: list[int]) -> Caps:
    """The day as it stood: our counters counted anew, and what the other side said then."""
    customer_minor, customer_count, brand_minor, brand_count = counters
    said = one.counted
    if said is None:
        return Caps(one.currency, customer_minor, customer_count, brand_minor, brand_count)
    customer_minor, customer_count = max(customer_minor, said.customer_minor), max(customer_count, said.customer_count)
    brand = max(brand_minor, customer_minor), max(brand_count, customer_count)
    return Caps(one.currency, customer_minor, customer_count, *brand, known=said.known)


def _other(one: _Decision, gate: Gate, tallies: Counter[tuple[str, ...]]) -> DecisionDiffers | None:
    """What would have been decided, where that is something else."""
    shown = DecisionDiffers(
        conversation=one.record.stream,  # pyright: ignore[reportArgumentType] - a conversation's stream is its name
        seq=one.record.seq,
        at=one.record.at,
        workflow=one.workflow,
        tool=one.tool,
        proposal=getattr(one.record.event, "proposal", None),
        was=one.was,
        would="forbid",
        people_was=one.people,
        code="unknown_tool",
    )
    if one.call is None:
        return None if one.was == "forbid" else shown
    if one.approval is not None:
        verdict = gate.may_execute_approved(one.call, one.approval)
        if verdict.allowed:
            return None
        return shown.model_copy(update={"code": verdict.code, "rules": verdict.rules})
    day = f"{one.record.at:%Y-%m-%d}"
    call = replace(one.call, caps=_caps(one, [tallies[key] for key, _ in _keys(day, one.customer, one.currency)]))
    verdict = gate.judge(call)
    people = gate.required_people(call) if verdict.verdict == "propose" else None
    if verdict.verdict == one.was and (people == one.people or one.people is None):
        return None
    return shown.model_copy(
        update={"would": verdict.verdict, "people_would": people, "code": verdict.code, "rules": verdict.rules}
    )

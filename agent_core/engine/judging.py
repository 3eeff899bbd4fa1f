"""What policy is told about a call: the run, its conversation, facts, and what the agent did alone today (R-C2).

Everything here is made by code from the log, the release and the enrolled operators; nothing a model said reaches policy
but the arguments themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import cycle
from typing import Final

from pydantic import JsonValue

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import CallFacts, Caps, OperatorFacts, RunFacts, call_facts
from agent_core.authority.gate import Gate
from agent_core.authority.tools import DeclaredTool
from agent_core.contract.facts import Fact
from agent_core.contract.ids import WorkflowName
from agent_core.contract.money import NO_CURRENCY, Money
from agent_core.conversation.state import ProposalState, Run, State
from agent_core.engine.common import Context
from agent_core.engine.day_counts import Day, day_of
from agent_core.engine.identity import customer_of
from agent_core.engine.proofs import is_confirmed
from agent_core.store import ReadTx, Stale

LEVELS = {"read_only": "read_only", "low_risk": "low_risk_writes"}
"""Authority levels of workflow files as policy spells them; the others are the same word."""


async def run_facts(
    context: Context, run: Run, facts: Mapping[str, Fact], resource: str, *, confirmed: bool = False
) -> RunFacts:
    """The run and its conversation at this moment. `confirmed`: the customer's own words for this very call are proven."""
    state = context.session.state
    declared = context.workflow_of(run).authority
    level = await context.brand.levels.level(WorkflowName(run.workflow), declared)
    known = facts.get("customer.authenticated")
    return RunFacts(
        brand=state.brand,
        workflow=WorkflowName(run.workflow),
        tools=context.release_of(run).tool_names_of(run.workflow),
        customer=await customer_of(context.session),
        level=LEVELS.get(level, level),  # pyright: ignore[reportArgumentType] - the words of the ladder
        customer_authenticated=known is not None and known.value is True,
        customer_confirmed=confirmed,
        quarantined=state.control == "quarantined",
        human_has_control=state.control == "human",
        resource_has_pending=pending_on(state, resource) is not None,
        sandbox_brand=context.brand.sandbox,
    )


def pending_on(state: State, resource: str, *, besides: str | None = None) -> str | None:
    """The open proposal about a resource, if there is one: another write to it must wait (DESIGN §4)."""
    return next(
        (p.proposal.id for p in state.open_proposals() if p.proposal.resource == resource and p.proposal.id != besides), None
    )


async def judged_call(
    context: Context,
    run: Run,
    tool: DeclaredTool,
    arguments: Mapping[str, JsonValue],
    facts: Mapping[str, Fact],
    caps: Caps,
    *,
    operator: OperatorFacts | None = None,
    ignore_pending: bool = False,
) -> CallFacts:
    """A call, ready to be judged."""
    resource = "" if ignore_pending else tool.resource_of(arguments)
    confirmed = await is_confirmed(context, run, tool.name, arguments)
    told = await run_facts(context, run, facts, resource, confirmed=confirmed)
    return call_facts(tool, arguments, told, facts, caps=caps, operator=operator)


async def principal(context: Context, known: ProposalState) -> OperatorFacts | None:
    """As whose action a proposal is judged: its proposer's where no model called it, or while they have the conversation.

    Raises:
        CheckFailed: `proposer_gone`: none of their keys counts any more.
    """
    who = known.proposed_by
    if who is None or not (known.own or context.session.state.control == "human"):
        return None
    ring = await context.operators.keyring()
    found = next((key.operator for key in ring.active if key.operator.id == who and key.stopped_at is None), None)
    if found is None:
        raise CheckFailed("proposer_gone", detail=f"{known.proposal.id} {who}")
    return found


async def tally_keys(context: Context, currency: str, day: datetime) -> tuple[str, ...]:
    """Counters, money and count of each, in the order of `Day.counters`.

    What the agent did alone in one UTC day, for the customer and for the whole brand; and those of `begun_keys`.
    """
    stem = f"alone:{day:%Y-%m-%d}:{context.session.state.brand}"
    customer = await _customer(context)
    return (
        f"{stem}:customer:{customer}:{currency}",
        f"{stem}:customer:{customer}:count",
        f"{stem}:all:{currency}",
        f"{stem}:all:count",
        *await begun_keys(context, currency),
    )


async def begun_keys(context: Context, currency: str) -> tuple[str, str]:
    """Counters, money and count, of what was ever begun for the customer, alone or with people's yes.

    They are where conversations of one customer meet.
    """
    stem = f"begun:{context.session.state.brand}:customer:{await _customer(context)}"
    return f"{stem}:{currency}", f"{stem}:count"


async def _customer(context: Context) -> str:
    """The customer's name in counters."""
    session = context.session
    return session.keyed("t", session.state.brand, await customer_of(session))


async def day_so_far(context: Context, tool: DeclaredTool, money: Money | None) -> Day:
    """What the agent has done alone today, by our own counters.

    Of a read whose rules do not ask for it nobody looks it up: it is judged by the same `Caps()` as its answer is later, so
    what policy says of both is mostly one question.
    """
    session = context.session
    if not tool.writes and not context.brand.gate.heeds_caps(tool):
        return Day(Caps().currency, day_of(session.now), (), _UNCOUNTED)
    currency = money.currency if money else context.brand.release.brand.currency
    keys = await tally_keys(context, currency, session.now)
    found = await session.tallies(keys)
    return Day(currency, day_of(session.now), keys, tuple(found.get(key, 0) for key in keys))


_UNCOUNTED: Final = (0,) * 6


def still_allowed(gate: Gate, asked: CallFacts, day: Day) -> Callable[[ReadTx], None]:
    """A check in the start's transaction: the agent may still do this alone, whoever acted since the day was counted.

    Where a counter has moved, policy is asked once more with what it is now, beside what the other side said. To demand that
    nothing moved would let one conversation of a brand act at a time, and send all others round again.

    Args:
        gate: Whose policy allowed it.
        asked: What was asked.
        day: What `asked.caps` was made from.
    """

    def check(tx: ReadTx) -> None:
        now = tuple(tx.tallies(day.counters).values())
        if now == day.ours:
            return
        again = gate.judge(replace(asked, caps=day.caps_at(now)))
        if again.verdict != "execute":
            raise Stale("scope", detail=day.counters[0])

    return check


async def counted(context: Context, money: Money | None, day: datetime) -> tuple[tuple[str, int], ...]:
    """What one more autonomous write adds, by counter."""
    return _added(await tally_keys(context, money.currency if money else NO_CURRENCY, day), money)


async def counted_with_a_yes(context: Context, money: Money) -> tuple[tuple[str, int], ...]:
    """What a write that people approved adds: no cap holds it, and whatever is given alone beside it has to know of it."""
    return _added(await begun_keys(context, money.currency), money)


def _added(keys: Sequence[str], money: Money | None) -> tuple[tuple[str, int], ...]:
    """What one more write adds to counters that are money and count by turns."""
    return tuple(zip(keys, cycle((money.amount_minor if money else 0, 1)), strict=False))

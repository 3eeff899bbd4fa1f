"""Asking the other side what a customer was given already, before the agent gives more alone: a recorded read (R-C1, R-A2).

It is a read like any other: under the fence, with the deadline, the breaker and the budget of repetitions of its system. It
never keeps a conversation waiting for ever: who cannot say is asked once more where that may help, then a person decides.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from agent_core.contract.clock import iso
from agent_core.contract.ids import ToolName
from agent_core.conversation.model_paths import reply_due
from agent_core.conversation.state import Call, Run
from agent_core.engine import effects
from agent_core.engine.common import Context
from agent_core.engine.day_counts import AskThem, CannotKnow, Theirs, begun, day_of, on_record, question
from agent_core.engine.declared import system_on_record, time_out
from agent_core.engine.identity import customer_of
from agent_core.engine.judging import begun_keys
from agent_core.engine.session import Pending, json_body
from agent_core.engine.waiting import again_at
from agent_core.engine.work import Launch, Work
from agent_core.systems.tallying import NO_LIST, CannotTell, Tallier
from agent_core.workflows.tools import ToolDeclaration


async def their_count(context: Context, call: Call, currency: str) -> Theirs | CannotKnow | AskThem:
    """What the other side said for this call, as far as it may still be used."""
    session = context.session
    if not isinstance(context.brand.tools, Tallier):
        return CannotKnow(NO_LIST.code)
    limit = context.brand.rules.interruptions
    return await on_record(session, call.tallied, await customer_of(session), currency, interruptions=limit)


async def ask_them(context: Context, run: Run, call: Call, declared: ToolDeclaration, arguments: Mapping[str, Any]) -> Work:
    """Starts the read; our own side of this moment stands in it, so that what we begin later can be told apart."""
    session, tools = context.session, context.brand.tools
    money = declared.money_of(arguments)
    assert money is not None
    assert isinstance(tools, Tallier)
    customer, since = await customer_of(session), day_of(session.now)
    counters = await begun_keys(context, money.currency)
    own = await begun(session, session.state.brand, customer, money.currency, counters)
    asked = json_body("arguments", question(customer, money.currency, since, own))
    known = call.tallied
    timeout = time_out(declared, context.deadlines.read)
    effect, pending = effects.start(
        session,
        kind="read",
        purpose="tally",
        timeout=timeout,
        attempt=1 if known is None or known.told is not None else known.failures + known.cut + 1,
        run=run.run,
        tool=ToolName(call.tool),
        tool_use_id=call.tool_use_id,
        arguments=asked.ref,
        system=system_on_record(declared),
    )
    deadline = session.now + timeout

    async def perform() -> Pending:
        found = await tools.tally(
            call.tool,
            customer=customer,
            currency=money.currency,
            since=since,
            until=since + timedelta(days=1),
            deadline=deadline,
        )
        if not isinstance(found, CannotTell):
            read_at = iso(session.clock())  # the log may take it in later
            told = json_body("result", {"amount_minor": found.amount_minor, "count": found.count, "read_at": read_at})
            return effects.finish(session, effect, "succeeded", result=told.ref, bodies=(told,))
        again = _asked_again(context, run, call, declared, found)
        return effects.finish(
            session,
            effect,
            "timed_out" if found.timed_out else "failed",
            code=found.code,
            sentence=found.sentence or None,
            transient=again is not None,
            retry_at=again,
        )

    return Work(pending + Pending(bodies=(asked,)), (Launch(effect, perform),))


def _asked_again(context: Context, run: Run, call: Call, declared: ToolDeclaration, found: CannotTell) -> datetime | None:
    """When they are asked once more: as any read is, while the system's budget has room, and in time for the reply."""
    rules, known = context.brand.rules, call.tallied
    failures = 1 + (known.failures if known is not None and known.told is None else 0)
    if not found.transient or failures >= rules.call_attempts:
        return None
    at = again_at(context.chance, context.session.clock(), failures, found.retry_after)
    due = reply_due(run.woken_at, rules)
    if due is not None and at > due:
        return None
    return at if context.brand.integrations.may_retry(declared.system) else None

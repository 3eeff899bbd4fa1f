"""Granted calls: performed, tried again, and answered exactly once (R-A7).

What may be done was judged before, in `verdicts`; of a write it is judged again right before it starts, and before it is
sent once more. It must never answer a call twice, and never call a write failed of which nobody knows what became.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from agent_core.authority.facts import Caps
from agent_core.authority.gate import Verdicted
from agent_core.boundary import marking
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.contract.events import AnyEvent, CallJudged
from agent_core.contract.facts import Fact
from agent_core.contract.ids import EffectId, ToolName
from agent_core.contract.outcomes import EffectOutcome, ToolOutcome
from agent_core.conversation.model_paths import reply_due
from agent_core.conversation.plan import AnswerNotRun, CloseCall, StartCall
from agent_core.conversation.state import Call, Run
from agent_core.engine import effects
from agent_core.engine.awaiting import taken
from agent_core.engine.common import UNKNOWN_VERBS, Context, answer_call, raise_ask, short_key
from agent_core.engine.day_counts import AskThem, under_way_about, under_way_key
from agent_core.engine.declared import system_on_record, time_out
from agent_core.engine.flagging import seen_answer, seen_values
from agent_core.engine.identity import customer_of
from agent_core.engine.judging import counted, judged_call
from agent_core.engine.session import Pending
from agent_core.engine.steps.doubts import call_done_after_all
from agent_core.engine.steps.tallies import ask_them
from agent_core.engine.steps.verdicts import (
    Named,
    Refusal,
    intent_key,
    named_call,
    no_longer_granted,
    other_ways,
    verdict_of,
)
from agent_core.engine.waiting import again_at, next_look
from agent_core.engine.work import Launch, Work, call_holder
from agent_core.store import IntentClaim, IntentEnd, ReadTx
from agent_core.systems.port import ToolResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_core.contract.actors import Actor


async def answer_not_run(context: Context, step: AnswerNotRun) -> Work:
    """Calls that will not be started any more."""
    session = context.session
    run = session.state.runs[step.run]
    pending, hold = Pending(), None
    for call in (c for c in run.calls if c.tool_use_id in step.tool_use_ids):
        if not call.attempts:
            work = await _not_done(context, run, call, "The customer wrote again first. This was not started.", "not_run")
        elif run.phase == "withdrawn":
            work = await _not_done(context, run, call, "It failed, and a person took the workflow off that wanted it.")
        else:
            work = await _not_done(context, run, call, "It failed, and the customer wrote before it was tried again.")
        pending, hold = pending + work.pending, hold or work.hold
    return Work(pending, hold=hold)


async def start_call(context: Context, step: StartCall) -> Work:
    """Performs one granted call. Of a write policy is asked again, now: another one may have come first (R-C2)."""
    session = context.session
    run = session.state.runs[step.run]
    call = next(c for c in run.calls if c.tool_use_id == step.tool_use_id)
    named = await named_call(context, run, call)
    if isinstance(named, Refusal):
        return await _not_done(context, run, call, named.sentence, "refused")
    writes = named.declaration.writes
    if not writes and _another_tells_whose(context, run, call, named):
        return Work()
    if writes and context.instance.actions_stopped():
        return await _not_done(context, run, call, "Actions are stopped at the moment, until people have looked into it.")
    down = context.brand.integrations.held(named.declaration.system, "write") if writes else None
    if down is not None:
        words = f"The {named.declaration.system} is not working at the moment."
        return await _not_done(context, run, call, f"{words} Nothing was sent. {other_ways(context, run, named)}")
    checks: tuple[Callable[[ReadTx], None], ...] = ()
    if writes and step.attempt == 1:
        verdict = await verdict_of(context, run, call, named)
        if isinstance(verdict, AskThem):
            return await ask_them(context, run, call, named.declaration, named.arguments)
        if not _granted(verdict):
            return Work(verdict)
        checks = verdict.checks
    elif writes and (refusal := await no_longer_granted(context, run, call, named)) is not None:
        return await _not_done(context, run, call, refusal.sentence, refusal.outcome)
    key = call.idempotency_key or (short_key(session.stream, run.run, call.tool_use_id) if writes else None)
    timeout = time_out(named.declaration, context.deadlines.write if writes else context.deadlines.read)
    effect, pending = effects.start(
        session,
        kind="write" if writes else "read",
        purpose="tool",
        timeout=timeout,
        attempt=step.attempt,
        run=run.run,
        tool=ToolName(call.tool),
        tool_use_id=call.tool_use_id,
        idempotency_key=key,
        arguments=call.arguments,
        money=named.declaration.money_of(named.arguments),
        system=system_on_record(named.declaration),
    )
    if writes and step.attempt == 1:
        money = named.declaration.money_of(named.arguments)
        wanted = intent_key(context, named)
        assert wanted is not None
        holder, resource = _holder(context, run, call.tool_use_id), named.tool.resource_of(named.arguments)
        claims = [IntentClaim(wanted, resource, holder)]
        if money is not None:
            customer = await customer_of(session)
            about = under_way_about(session.store.secret, session.state.brand, customer)
            claims.append(IntentClaim(under_way_key(money, holder), about, holder))
        pending += Pending(intents=tuple(claims), tallies=await counted(context, money, session.now), checks=checks)
    deadline = session.now + timeout

    async def perform() -> Pending | None:
        result = await context.brand.tools.perform(
            call.tool, named.arguments, idempotency_key=key, deadline=deadline, customer=await customer_of(session)
        )
        if writes and result.outcome in ("unknown", "timed_out"):
            return None
        known = await session.facts()
        return await call_ended(context, effect, run, call, named, result, known)

    return Work(pending, (Launch(effect, perform),))


def _another_tells_whose(context: Context, run: Run, call: Call, named: Named) -> bool:
    """Reads go side by side, but while nobody knows whose a thing is, the first read about it goes alone.

    What belongs to somebody unknown is withheld, and the first read is what makes the owner known.
    """
    session = context.session
    owner = named.tool.owner_key(named.arguments)
    if owner is None or owner in session.state.facts:
        return False
    about = {c.tool_use_id for c in run.calls if c.resource == call.resource and c.tool_use_id != call.tool_use_id}
    return any(e.run == run.run and e.tool_use_id in about for e in session.state.open.values())


def _granted(pending: Pending) -> bool:
    event = pending.drafts[0].event if len(pending.drafts) == 1 else None
    return isinstance(event, CallJudged) and event.verdict == "execute"


async def call_ended(
    context: Context,
    effect: EffectId,
    run: Run,
    call: Call,
    named: Named,
    result: ToolResult,
    known: dict[str, Fact],
    *,
    settled_by: Any = "performed",
) -> Pending:
    """The end of a call's attempt: its facts, and its result unless it will be tried again."""
    session = context.session
    if result.outcome == "accepted":
        return taken(context, session.true_state.open[effect], call.arguments, result, settled_by=settled_by)
    refs, facts_body = effects.tool_facts(effect, result)
    withheld = await _withheld(context, run, named, result, known)
    verdict = None
    if withheld is not None:
        held, verdict = withheld
        result = ToolResult("refused", code=held.code, sentence=held.sentence)
        refs, facts_body = (), None
    retry_at = _tried_again(context, run, call, named, result)
    again = retry_at is not None
    outcome: EffectOutcome = result.outcome
    result, flags = seen_answer(context.brand.release, effect, result)
    stored = effects.result_body(result)
    bodies: list[Body] = [stored, *([facts_body] if facts_body else [])]
    then: list[tuple[AnyEvent, Actor | None]] = []
    if not again:
        told: ToolOutcome = "pending" if result.outcome == "accepted" else result.outcome
        shown = seen_values(context.brand.release, result.facts)
        facts = [(ref.id, key, value) for ref, (key, value) in zip(refs, shown, strict=True)]
        reason = _plainly(context, run, call, named, result)
        text = marking.result_text(
            run.suffix, outcome=told, result=result.result, facts=facts if refs else (), reason=reason
        )
        body = new_body("result", text)
        bodies.append(body)
        then.append((answer_call(run, call.tool_use_id, told, body, effect=effect), None))
        for flag in flags:
            bodies.extend(flag.bodies)
            then.append((flag.event, None))
        if told == "unknown":
            then.append((raise_ask(context, "unknown_outcome", f"effect:{effect}", "unknown_outcome", run=run.run,
                                   effect=effect, verbs=UNKNOWN_VERBS, priority=1), None))  # fmt: skip
            retry_at = next_look(session.clock(), session.clock()) if result.transient else None
    pending = effects.finish(
        session,
        effect,
        outcome,
        settled_by=settled_by,
        code=result.code,
        sentence=result.sentence,
        transient=again,
        result=stored.ref,
        facts=refs,
        facts_body=facts_body.ref if facts_body else None,
        then=then,
        bodies=tuple(bodies),
        retry_at=retry_at,
        verdict=verdict,
    )
    if named.declaration.writes and not again:
        holder = _holder(context, run, call.tool_use_id)
        ends = {"succeeded": "executed", "unknown": "unknown"}
        pending += Pending(intent_ends=(IntentEnd(holder, ends.get(result.outcome, "ended")),))  # pyright: ignore[reportArgumentType] - the three words
    return pending


def _tried_again(context: Context, run: Run, call: Call, named: Named, result: ToolResult) -> datetime | None:
    """When the same call is made again: once, while the system's budget has room, and in time for the reply (R-A7)."""
    rules = context.brand.rules
    if not result.transient or result.outcome not in ("failed", "timed_out"):
        return None
    if call.failures + 1 >= rules.call_attempts:
        return None
    at = again_at(context.chance, context.session.clock(), call.failures + 1, result.retry_after)
    due = reply_due(run.woken_at, rules)
    if due is not None and at > due:
        return None
    return at if context.brand.integrations.may_retry(named.declaration.system) else None


def _plainly(context: Context, run: Run, call: Call, named: Named, result: ToolResult) -> str | None:
    """What the model is told, in words that leave nothing to guess."""
    said = result.sentence or ""
    if result.outcome == "unknown":
        return (
            f"{said} It was sent, and it is not known whether it happened. Do not say that it happened, and do not say that "
            "it did not. Do not call it again. A person finds out; say that, and end as `escalated` with `outcome_unknown`."
        ).strip()
    if result.outcome in ("failed", "timed_out"):
        times = f"It failed {call.failures + 1} times." if call.failures else "It failed."
        return f"{said} {times} {other_ways(context, run, named)}".strip()
    return result.sentence


async def _not_done(context: Context, run: Run, call: Call, reason: str, outcome: ToolOutcome = "failed") -> Work:
    """The one end of a call that is not its own attempt's. A write that was sent before is looked up first (R-A7)."""
    if (done := await call_done_after_all(context, run, call)) is not None:
        return done
    body = new_body("result", marking.result_text(run.suffix, outcome=outcome, reason=reason))
    ends = (IntentEnd(_holder(context, run, call.tool_use_id), "ended"),) if call.writes and call.attempts else ()
    answered = answer_call(run, call.tool_use_id, outcome, body)
    return Work(Pending((context.session.draft(answered),), (body,), intent_ends=ends))


def _holder(context: Context, run: Run, tool_use_id: str) -> str:
    return call_holder(context.session.stream, run.run, tool_use_id)


async def _withheld(
    context: Context, run: Run, named: Named, result: ToolResult, known: dict[str, Fact]
) -> tuple[Refusal, Verdicted | None] | None:
    """A read whose owner was not known before is asked about again, now that it is, before a model sees the answer.

    Returns:
        What the model is told and what policy said, which the log keeps; none when the answer may be seen.
    """
    owner = named.tool.owner_key(named.arguments)
    if named.declaration.writes or owner is None or result.outcome != "succeeded":
        return None
    facts = dict(known)
    for key, value in result.facts:
        facts[key] = Fact.model_construct(
            id="", key=key, value=value, source=named.tool.name, source_seq=0, read_at=context.session.now
        )
    try:
        asked = await judged_call(context, run, named.tool, named.arguments, facts, Caps())
        verdict = context.brand.gate.may_disclose(asked)
    except Unavailable:
        raise  # our own disk says nothing about whose it is: this look is put off
    except CountersignError as error:
        return Refusal(error.code, "What was found belongs to somebody else."), None
    if verdict.verdict == "execute":
        return None
    return Refusal("not_this_customers", "Nothing of this customer's was found under that name."), verdict


async def close_call(context: Context, step: CloseCall) -> Work:
    """A call failed for good: the model is told, and changes its way."""
    run = context.session.state.runs[step.run]
    reason = "The system did not work, also when tried again. Do not call it again for this in this turn."
    call = next(c for c in run.calls if c.tool_use_id == step.tool_use_id)
    return await _not_done(context, run, call, reason)

"""An approved action: everything read and checked again, then done once (R-C4, R-C5, R-C6).

The re-reading happens before the start, as its own work; the start is appended only if every check holds on what was just
read, under the fence, so a message, a takeover or a stop in between refuses it. No approval ever moves to other arguments.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import structlog

from agent_core.authority.decisions import DayTotals, Standing, given_from, heads_named, sizes_named
from agent_core.authority.dispatch import DispatchCase, Withdrawn, check_dispatch
from agent_core.authority.errors import CheckFailed, Lapsed
from agent_core.authority.facts import Caps
from agent_core.contract.actors import PersonForAgent
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    AskResolved,
    EffectFinished,
    EffectStarted,
    ProposalSettled,
)  # fmt: skip
from agent_core.contract.facts import FactKey
from agent_core.contract.ids import EffectId, OperatorId, ProposalId, ToolName
from agent_core.conversation.plan import Dispatch
from agent_core.conversation.state import ProposalState
from agent_core.engine import effects
from agent_core.engine.approved_days import Asked
from agent_core.engine.awaiting import taken
from agent_core.engine.common import UNKNOWN_VERBS, Context, Reread, raise_ask, resolve_asks
from agent_core.engine.day_counts import under_way_about, under_way_key
from agent_core.engine.declared import system_on_record, time_out
from agent_core.engine.identity import customer_of
from agent_core.engine.judging import counted_with_a_yes, judged_call, principal
from agent_core.engine.proposing import propose_again
from agent_core.engine.session import NOTHING, Pending, loose_json_body
from agent_core.engine.steps.approvals import reopened
from agent_core.engine.steps.doubts import found_after_all
from agent_core.engine.waiting import again_at, next_look
from agent_core.engine.work import Launch, Work
from agent_core.store import IntentClaim, ReadTx, Stale
from agent_core.systems.port import ToolResult
from agent_core.workflows.tools import argument_faults

if TYPE_CHECKING:
    from agent_core.contract.bodies import Body
    from agent_core.contract.outcomes import DecidedBy, ProposalOutcome

log = structlog.get_logger(__name__)


async def dispatch(context: Context, step: Dispatch) -> Work:
    """Reads again what the approval rests on; checks everything; starts the action if all of it holds."""
    session = context.session
    known = session.state.proposals[step.proposal]
    if context.instance.actions_stopped():
        return Work(hold=step.proposal)
    if context.brand.integrations.held(_system_of(context, known), "write") is not None:
        return Work(hold=step.proposal)  # nothing is read anew, every few seconds, for what cannot be done now
    again = context.reread.pop(step.proposal, None)
    if again is None:
        return await _read_again(context, known)
    if again.unanswered:
        return Work(hold=step.proposal)
    if not await context.instance.holds(session.stream):
        return Work(hold=step.proposal)  # rows were changed: the alarm stands, and nothing is done on them
    try:
        case = await _case(context, known, again.values)
        cleared = check_dispatch(case)
    except CheckFailed as failed:
        return await _refused(context, known, failed)
    if context.brand.integrations.held(_system_of(context, known), "write") is not None:
        return Work(hold=step.proposal)
    declared = context.brand.release.tools.get(known.proposal.tool)
    timeout = time_out(declared, context.deadlines.write)
    effect, started = effects.start(
        session,
        kind="write",
        purpose="approved_tool",
        timeout=timeout,
        attempt=step.attempt,
        run=known.proposal.run,
        tool=known.proposal.tool,
        tool_use_id=known.proposal.tool_use_id,
        proposal=step.proposal,
        idempotency_key=cleared.idempotency_key,
        arguments=known.proposal.arguments,
        money=known.proposal.money,
        cleared_by=tuple(approval.digest for approval in cleared.approvals),
        policy_digest=cleared.verdict.policy_digest,
        rules=cleared.verdict.rules,
        system=system_on_record(declared),
    )
    arguments = dict(case.call.arguments)
    deadline = session.now + timeout
    started += await _begins(context, known, step.attempt)
    started += Pending(checks=(_same_days(context, known, case.days),))

    async def perform() -> Pending | None:
        result = await context.brand.tools.perform(
            known.proposal.tool,
            arguments,
            idempotency_key=cleared.idempotency_key,
            deadline=deadline,
            customer=await customer_of(session),
        )
        return None if result.outcome in ("unknown", "timed_out") else await ended(context, effect, result)

    return Work(started, (Launch(effect, perform),))


async def _begins(context: Context, known: ProposalState, attempt: int) -> Pending:
    """What says how much is on its way to the customer, until its end is known: nothing is given alone as if it were not."""
    money = known.proposal.money
    if money is None:
        return NOTHING
    session = context.session
    about = under_way_about(session.store.secret, session.state.brand, await customer_of(session))
    claim = IntentClaim(under_way_key(money, f"{session.stream}/{known.proposal.id}"), about, known.proposal.id)
    return Pending(intents=(claim,), tallies=await counted_with_a_yes(context, money) if attempt == 1 else ())


def _system_of(context: Context, known: ProposalState) -> str:
    declared = context.brand.release.tools.get(known.proposal.tool)
    return "shop" if declared is None else declared.system


async def _read_again(context: Context, known: ProposalState) -> Work:
    """Reads again, from the systems, every value the approval rests on. Each read is on record like any other.

    A key that is absent afterwards is gone. A system that does not answer changes nothing about the approval: it is asked
    again later.
    """
    session, proposal = context.session, known.proposal
    wanted = {item.key for item in proposal.evidence}
    sources, written = await _sources(context, known)
    own = await session.facts(key for key in wanted if key.startswith("customer.") or key in written)
    again = Reread({key: fact.value for key, fact in own.items()})
    context.reread[proposal.id] = again
    pending = Pending()
    launches: list[Launch] = []
    for tool, arguments in sources:
        declared = context.brand.release.tools.get(ToolName(tool))
        effect, started = effects.start(
            session,
            kind="read",
            purpose="reread",
            timeout=time_out(declared, context.deadlines.read),
            attempt=known.attempts + 1,
            run=proposal.run,
            tool=ToolName(tool),
            proposal=proposal.id,
            arguments=arguments,
            system=system_on_record(declared),
        )
        session.plan(started)
        pending += started
        again.started.add(effect)
        again.unanswered.add(effect)
        launches.append(_rereading(context, effect, tool, await session.json(arguments), wanted, again))
    return Work(launches=tuple(launches), planned=bool(launches) or not wanted - own.keys())


def _rereading(
    context: Context, effect: EffectId, tool: str, arguments: dict[str, Any], wanted: set[FactKey], again: Reread
) -> Launch:
    session = context.session
    declared = context.brand.release.tools.get(ToolName(tool))
    deadline = session.now + time_out(declared, context.deadlines.read)

    async def perform() -> Pending:
        customer = await customer_of(session)
        result = await context.brand.tools.perform(
            tool, arguments, idempotency_key=None, deadline=deadline, customer=customer
        )
        if result.outcome not in ("failed", "timed_out", "unknown"):
            again.unanswered.discard(effect)
        again.values.update((key, value) for key, value in result.facts if key in wanted)
        refs, facts_body = effects.tool_facts(effect, result)
        stored = effects.result_body(result)
        return effects.finish(
            session,
            effect,
            result.outcome,
            code=result.code,
            sentence=result.sentence,
            result=stored.ref,
            facts=refs,
            facts_body=facts_body.ref if facts_body else None,
            bodies=(stored, *([facts_body] if facts_body else [])),
        )

    return Launch(effect, perform)


async def _sources(context: Context, known: ProposalState) -> tuple[list[tuple[str, BodyRef]], set[FactKey]]:
    """The reads that yielded the evidence, each once with its arguments; and keys a write told, which no read repeats."""
    session = context.session
    wanted = {item.source_seq for item in known.proposal.evidence}
    records = await session.store.records(session.stream)
    seqs = {r.event.effect: r.seq for r in records if isinstance(r.event, EffectFinished) and r.seq in wanted}
    found: dict[str, tuple[str, BodyRef]] = {}
    written: set[int] = set()
    for record in records:
        event = record.event
        if not isinstance(event, EffectStarted) or event.effect not in seqs:
            continue
        if event.kind == "write":
            written.add(seqs[event.effect])
        elif event.tool and event.arguments is not None:
            found[f"{event.tool}:{await session.text(event.arguments)}"] = (event.tool, event.arguments)
    return list(found.values()), {item.key for item in known.proposal.evidence if item.source_seq in written}


async def _case(context: Context, known: ProposalState, fresh: dict[FactKey, Any]) -> DispatchCase:
    session, brand, proposal = context.session, context.brand, known.proposal
    state = session.state
    run = state.runs[proposal.run]
    arguments = await arguments_of(context, known)
    facts = await session.facts()
    tool = brand.gate.policy.tools.get(proposal.tool)
    if tool is None:
        raise Lapsed("tool_withdrawn", detail=proposal.id)
    declared = brand.release.tools.get(proposal.tool)
    envelopes = [await session.text(a.envelope) for a in known.approvals]
    given = tuple(
        given_from(text, nonce=known.nonce, not_before=a.not_before)
        for text, a in zip(envelopes, known.approvals, strict=True)
    )
    heads = heads_named([each.envelope for each in given])
    records = await session.store.records(session.stream)
    others = await _same_intent(context, known)
    salts = await session.salts([proposal.arguments, proposal.evidence_body])
    return DispatchCase(
        standing=Standing(
            proposal=proposal,
            ask=state.asks[proposal.ask].ask,
            seen_through=known.seen_through,
            newest_message=state.last_customer_seq,
            nonce=known.nonce,
            waiting=known.open,
            ask_open=not state.asks[proposal.ask].resolved,
            control=state.control,
            log_hashes={r.seq: r.hash for r in records if r.seq in heads},
            checkpoints=await context.instance.roots(sizes_named([each.envelope for each in given])),
            proposed_by=known.proposed_by,
            edited_by=known.edited_by,
            in_control=state.operator,
            sandbox_brand=brand.sandbox,
        ),
        given=given,
        keys=await context.operators.keyring(),
        gate=brand.gate,
        call=await judged_call(
            context, run, tool, arguments, facts, Caps(), operator=await principal(context, known), ignore_pending=True
        ),
        now=session.now,
        core=context.instance.core,
        arguments_salt=salts[0],
        evidence_salt=salts[1],
        evidence_now=fresh,
        idempotency_key=proposal.idempotency_key,
        same_intent=others,
        nonces_spent=frozenset(
            other.nonce for other in state.proposals.values() if other.attempts and other.proposal.id != proposal.id
        ),
        withdrawn=Withdrawn(
            run=state.runs[state.heir(proposal.run)].phase == "withdrawn",
            workflow=proposal.workflow not in brand.release.workflows,
            tool=declared is None,
            arguments=declared is not None and bool(argument_faults(declared, arguments)),
        ),
        paused_workflow=proposal.workflow in context.paused,
        days=await _days(context, known),
    )


async def arguments_of(context: Context, known: ProposalState) -> dict[str, Any]:
    """The arguments that were proposed, from their body."""
    return cast("dict[str, Any]", json.loads(await context.session.text(known.proposal.arguments)))


async def _same_intent(context: Context, known: ProposalState) -> tuple[ProposalId, ...]:
    """Equal actions that the card did not show."""
    shown = (await context.session.json(known.proposal.card))["same_intent"]
    held = await context.session.intent(known.proposal.intent_key)
    return tuple(ProposalId(row.holder) for row in held if row.holder not in (known.proposal.id, *shown))


def _asked(context: Context, known: ProposalState) -> dict[OperatorId, Asked]:
    """Each approver's day, beside this proposal."""
    money = known.proposal.money
    return {
        approval.operator: Asked(
            operator=approval.operator,
            stream=context.session.stream,
            proposal=known.proposal.id,
            statement=approval.statement,
            given_by=approval.not_before,
            zone=context.brand.release.brand.opening_hours.timezone,
            currency=money.currency if money else None,
        )
        for approval in known.approvals
    }


async def _days(context: Context, known: ProposalState) -> dict[OperatorId, DayTotals]:
    """What each approver approved in that day, before this."""
    asked = _asked(context, known)
    return await context.session.store.read(
        lambda tx: {operator: context.days.totals(tx, one) for operator, one in asked.items()}, brief=True
    )


def _same_days(context: Context, known: ProposalState, days: Mapping[OperatorId, DayTotals]) -> Callable[[ReadTx], None]:
    """A check in the start's transaction: nobody's day has moved since it was looked at."""
    asked = _asked(context, known)

    def check(tx: ReadTx) -> None:
        for operator, one in asked.items():
            if context.days.totals(tx, one) != days[operator]:
                raise Stale("scope", detail=operator)

    return check


async def _refused(context: Context, known: ProposalState, failed: CheckFailed) -> Work:
    """What becomes of a proposal of which a check failed, as the check's own table says."""
    session, proposal = context.session, known.proposal
    log.info("not_dispatched", conversation=session.stream, proposal=proposal.id, code=failed.code, detail=failed.detail)
    match failed.then:
        case "wait":
            return Work(hold=proposal.id)
        case "settled":
            return Work(hold=proposal.id)
        case "refuse" | "look_again":
            return Work(Pending((session.draft(reopened(context, proposal.id, failed.code)),)))
        case "lapse":
            if (came_late := await found_after_all(context, known)) is not None:
                return came_late
            return Work(await lapse(context, known, failed))


async def lapse(context: Context, known: ProposalState, failed: CheckFailed) -> Pending:
    """It ends as not executed; what is still allowed is proposed anew, with the difference shown."""
    session, proposal = context.session, known.proposal
    changes = failed.changes if isinstance(failed, Lapsed) else ()
    again = await propose_again(context, known, changes)
    by: DecidedBy = "policy" if failed.code == "policy_forbids" else "lapsed"
    words = failed.message
    settled = ProposalSettled(
        run=proposal.run,
        proposal=proposal.id,
        outcome="lapsed",
        by=by,
        code=failed.code,
        sentence=words,
        changes=changes,
        superseded_by=again.proposal if again else None,
    )
    asks: list[Any] = [*resolve_asks(context, proposal.id, by, failed.code, words)]
    if again is None and known.approvals and _nobody_tells(context, known):
        asks.append(
            raise_ask(
                context,
                "escalation",
                f"not_done:{proposal.id}",
                "no_run_can_go_on",
                run=proposal.run,
                money=proposal.money,
                priority=1,
                words=f"{words} {_APPROVED_NOT_DONE}"[:400],
            )
        )
    pending = Pending(tuple(session.draft(event) for event in (settled, *asks)))
    return pending + again.pending if again else pending


_APPROVED_NOT_DONE = "It had been approved and was not done, and nobody has told the customer."


def _nobody_tells(context: Context, known: ProposalState) -> bool:
    """The run that wanted it is over: its notice wakes nobody, so a yes that came to nothing would be seen by nobody."""
    state = context.session.state
    return state.runs[state.heir(known.proposal.run)].phase in ("withdrawn", "failed")


async def ended(context: Context, effect: EffectId, result: ToolResult, *, settled_by: Any = "performed") -> Pending:
    """The end of an approved action's attempt: done, refused, to be tried again, or unknown and a person's question."""
    session = context.session
    opened = session.true_state.open[effect]
    assert opened.proposal is not None
    known = session.true_state.proposals[opened.proposal]
    if result.outcome == "accepted":
        return taken(context, opened, known.proposal.arguments, result, settled_by=settled_by)
    refs, facts_body = effects.tool_facts(effect, result)
    again = result.transient and result.outcome == "failed" and opened.attempt < context.brand.rules.approved_attempts
    now = session.clock()
    stored = effects.result_body(result)
    bodies: list[Body] = [stored, *([facts_body] if facts_body else [])]
    then: list[Any] = []
    if result.outcome in ("unknown", "timed_out"):
        ask = raise_ask(
            context,
            "unknown_outcome",
            f"proposal:{opened.proposal}",
            "unknown_outcome",
            run=opened.run,
            proposal=opened.proposal,
            effect=effect,
            money=known.proposal.money,
            verbs=UNKNOWN_VERBS,
            priority=1,
        )
        then.append((ask, None))
    elif not again:
        outcome: ProposalOutcome = "executed" if result.outcome == "succeeded" else "failed"
        facts = [{"id": r.id, "key": key, "value": value} for r, (key, value) in zip(refs, result.facts, strict=True)]
        detail = loose_json_body("result", {"result": dict(result.result), "facts": facts})
        bodies.append(detail)
        words = "It was done." if outcome == "executed" else (result.sentence or "The system refused it.")
        by = "person" if outcome == "executed" else "code"
        operator = known.approvals[-1].operator if known.approvals else None
        settled = ProposalSettled(
            run=known.proposal.run,
            proposal=opened.proposal,
            outcome=outcome,
            by=by,
            code=outcome if outcome == "executed" else (result.code or "failed"),
            sentence=words[:400],
            operator=operator,
            effect=effect,
            detail=detail.ref,
        )
        resolved = AskResolved(
            ask=known.proposal.ask,
            verb="approve",
            by=by,
            operator=operator,
            code=settled.code,
            sentence=settled.sentence,
        )
        actor = PersonForAgent(operator=operator) if operator else None
        then += [(settled, actor), (resolved, None)]
    return effects.finish(
        session,
        effect,
        result.outcome,
        settled_by=settled_by,
        code=result.code,
        sentence=result.sentence,
        transient=again,
        result=stored.ref,
        facts=refs,
        facts_body=facts_body.ref if facts_body else None,
        then=then,
        bodies=tuple(bodies),
        retry_at=_look_or_retry(context, result, again=again, attempt=opened.attempt, now=now),
    )


def _look_or_retry(context: Context, result: ToolResult, *, again: bool, attempt: int, now: datetime) -> datetime | None:
    """When it is tried again; for a write in doubt that can be looked up, when that is done again."""
    if again:
        return again_at(context.chance, now, attempt, result.retry_after)
    return next_look(now, now) if result.outcome in ("unknown", "timed_out") and result.transient else None

"""Writes of which nobody knows whether they happened: looked up now and then until code or a person knows (R-A7, R-C6).

A look-up is a read, recorded like any other. What it finds out settles the write once, under the fence: a person who was
faster has settled it already, and then this is only noted. It must never send the write again.
"""

from typing import TYPE_CHECKING

from agent_core.boundary import marking
from agent_core.contract.actors import PersonForAgent
from agent_core.contract.bodies import BodyRef, new_body
from agent_core.contract.events import (
    AnyEvent,
    AskRaised,
    AskResolved,
    EffectFinished,
    NoticeGiven,
    ProposalSettled,
    SecondAnswer,
)
from agent_core.contract.ids import EffectId
from agent_core.conversation.evolve_doubts import DID_NOT_HAPPEN, HAPPENED
from agent_core.conversation.plan import LookUp, NoteSecondAnswer, SettleDoubt
from agent_core.conversation.state import Call, Doubt, OpenEffect, ProposalState, Run
from agent_core.engine import effects
from agent_core.engine.common import Context, answer_call, raise_ask
from agent_core.engine.flagging import examine_answer
from agent_core.engine.session import Pending, loose_json_body
from agent_core.engine.waiting import next_look
from agent_core.engine.work import Launch, Work, call_holder
from agent_core.store import IntentEnd
from agent_core.systems.port import DidNotHappen, Happened, Reconciled, ToolResult, Unknown

if TYPE_CHECKING:
    from agent_core.contract.outcomes import DecidedBy

_FOUND = {True: "It was looked up: it happened.", False: "It was looked up: it did not happen."}


async def look_up(context: Context, step: LookUp) -> Work:
    """Asks the other side once more."""
    session = context.session
    doubt = session.state.doubts[step.effect]
    write = doubt.effect
    assert write.tool is not None
    assert write.idempotency_key is not None
    assert write.arguments is not None
    tool, key = write.tool, write.idempotency_key
    arguments = await session.json(write.arguments)
    effect, pending = effects.start(
        session,
        kind="read",
        purpose="look_up",
        timeout=context.deadlines.read,
        attempt=step.attempt,
        run=write.run,
        tool=tool,
        proposal=write.proposal,
        idempotency_key=key,
        arguments=write.arguments,
        about=step.effect,
    )
    deadline = session.now + context.deadlines.read

    async def perform() -> Pending:
        found = await context.brand.tools.reconcile(tool, arguments, key, deadline=deadline)
        return _looked(context, effect, doubt, found)

    return Work(pending, (Launch(effect, perform),))


def _looked(context: Context, effect: EffectId, doubt: Doubt, found: Reconciled) -> Pending:
    session = context.session
    now = session.clock()
    if isinstance(found, Happened):
        result = found.result
    elif isinstance(found, DidNotHappen):
        result = ToolResult("succeeded")
    else:
        again = next_look(doubt.since, now) if found.transient else None
        return effects.finish(
            session,
            effect,
            "unknown",
            code=found.code,
            sentence=found.sentence,
            transient=found.transient,
            retry_at=again,
        )
    refs, facts_body = effects.tool_facts(effect, result)
    facts = [{"id": r.id, "key": key, "value": value} for r, (key, value) in zip(refs, result.facts, strict=True)]
    detail = loose_json_body("result", {"result": dict(result.result), "facts": facts})
    happened = isinstance(found, Happened)
    return effects.finish(
        session,
        effect,
        "succeeded",
        code=HAPPENED if happened else DID_NOT_HAPPEN,
        sentence=_FOUND[happened],
        result=detail.ref,
        facts=refs,
        facts_body=facts_body.ref if facts_body else None,
        bodies=(detail, *([facts_body] if facts_body else [])),
    )


async def settle_doubt(context: Context, step: SettleDoubt) -> Work:
    """What a look-up found out becomes the end of the write, and its run is told."""
    session = context.session
    doubt = session.state.doubts[step.effect]
    assert doubt.found is not None
    words = _FOUND[doubt.found]
    write = doubt.effect
    pending = (
        _of_proposal(context, doubt, words) if write.proposal is not None else await _of_agent_alone(context, doubt, words)
    )
    asks = [
        AskResolved(ask=known.ask.id, verb=None, by="code", code="looked_up", sentence=words)
        for known in session.state.asks.values()
        if not known.resolved and _about(known.ask.effect, known.ask.proposal, write)
    ]
    return Work(pending + Pending(tuple(session.draft(ask) for ask in asks)))


def _about(effect: str | None, proposal: str | None, write: OpenEffect) -> bool:
    return effect == write.effect or (write.proposal is not None and proposal == write.proposal)


def _of_proposal(context: Context, doubt: Doubt, words: str) -> Pending:
    session = context.session
    proposal = doubt.effect.proposal
    assert proposal is not None
    known = session.state.proposals[proposal]
    event = ProposalSettled(
        run=known.proposal.run,
        proposal=proposal,
        outcome="executed" if doubt.found else "not_executed",
        by="code",
        code="looked_up",
        sentence=words,
        operator=known.approvals[-1].operator if known.approvals else None,
        effect=doubt.effect.effect,
        detail=doubt.detail if doubt.found else None,
    )
    return Pending((session.draft(event),))


async def _of_agent_alone(context: Context, doubt: Doubt, words: str) -> Pending:
    session, write = context.session, doubt.effect
    assert write.run is not None
    assert write.tool_use_id is not None
    outcome = "succeeded" if doubt.found else "failed"
    told = {"tool_use_id": write.tool_use_id, "tool": write.tool, "outcome": outcome, "by": "code", "reason": words}
    if doubt.found and doubt.detail is not None:
        told |= await session.json(doubt.detail)
    notice = loose_json_body("notice", told)
    finished = EffectFinished(
        effect=write.effect, outcome=outcome, settled_by="reconciled", code="looked_up", sentence=words
    )
    given = NoticeGiven(run=write.run, tool_use_id=write.tool_use_id, outcome=outcome, notice=notice.ref)
    holder = call_holder(session.stream, write.run, write.tool_use_id)
    return Pending(
        (session.draft(finished), session.draft(given)),
        (notice,),
        intent_ends=(IntentEnd(holder, "executed" if doubt.found else "ended"),),
    )


async def _once_more(context: Context, tool: str, arguments: BodyRef, key: str, about: str) -> Happened | Work | None:
    """Asks the other side about what was sent: that it happened, waiting with `about` while that cannot be said, or none."""
    deadline = context.session.now + context.deadlines.read
    found = await context.brand.tools.reconcile(tool, await context.session.json(arguments), key, deadline=deadline)
    if isinstance(found, Unknown):
        return Work(hold=about) if found.transient else None
    return found if isinstance(found, Happened) else None


async def found_after_all(context: Context, known: ProposalState) -> Work | None:
    """What is about to end as not done, and was sent before: perhaps the other side said too early that it did not happen.

    To be asked wherever a proposal ends otherwise than by its own attempt.

    Returns:
        Its end, when it did happen after all; waiting, when that cannot be said now; none when it was never sent, really did
        not happen, or cannot be looked up by anybody, so that the end of its attempts counts as it is on record.
    """
    if not known.attempts:
        return None
    session, proposal = context.session, known.proposal
    found = await _once_more(context, proposal.tool, proposal.arguments, proposal.idempotency_key, proposal.id)
    if not isinstance(found, Happened):
        return found
    detail = loose_json_body("result", {"result": dict(found.result.result), "facts": []})
    operator = known.approvals[-1].operator if known.approvals else None
    by: DecidedBy = "person" if operator else "code"
    settled = ProposalSettled(
        run=proposal.run,
        proposal=proposal.id,
        outcome="executed",
        by=by,
        code="looked_up",
        sentence=_FOUND[True],
        operator=operator,
        detail=detail.ref,
    )
    actor = PersonForAgent(operator=operator) if operator else None
    asks = [
        AskResolved(
            ask=asked.ask.id,
            verb="approve" if operator else None,
            by=by,
            operator=operator,
            code="looked_up",
            sentence=_FOUND[True],
        )
        for asked in session.state.asks.values()
        if not asked.resolved and asked.ask.proposal == proposal.id
    ]
    drafts = (session.draft(settled, actor), *(session.draft(ask) for ask in asks))
    return Work(Pending(drafts, (detail,)))


async def call_done_after_all(context: Context, run: Run, call: Call) -> Work | None:
    """The same for a call of the agent alone, asked wherever one is answered otherwise than by its own attempt.

    Returns:
        As `found_after_all`: its result, waiting, or none.
    """
    if not call.writes or not call.attempts or call.idempotency_key is None:
        return None
    session = context.session
    holder = call_holder(session.stream, run.run, call.tool_use_id)
    found = await _once_more(context, call.tool, call.arguments, call.idempotency_key, holder)
    if not isinstance(found, Happened):
        return found
    shown, _ = examine_answer(context.brand.release, "tool_answer", dict(found.result.result))
    body = new_body("result", marking.result_text(run.suffix, outcome="succeeded", result=shown, reason=_FOUND[True]))
    answered = session.draft(answer_call(run, call.tool_use_id, "succeeded", body))
    return Work(Pending((answered,), (body,), intent_ends=(IntentEnd(holder, "executed"),)))


async def note_second(context: Context, step: NoteSecondAnswer) -> Work:
    """A look-up came after somebody had settled it: on record, and a person looks when the two do not agree."""
    return Work(Pending(tuple(context.session.draft(event) for event in second_answer(context, step))))


def second_answer(context: Context, step: NoteSecondAnswer) -> tuple[AnyEvent, ...]:
    """The record of a look-up that came second."""
    state = context.session.state
    agrees = state.settled_doubts.get(step.effect) is step.happened
    noted = SecondAnswer(effect=step.effect, happened=step.happened, agrees=agrees, by="look_up")
    if agrees:
        return (noted,)
    ask: AskRaised = raise_ask(context, "review", f"second:{step.effect}", "answers_contradict", priority=1)
    return (noted, ask)
